"""Lists of cases that are gone through one by one: read from a table, shown, rated. Free of Qt."""
