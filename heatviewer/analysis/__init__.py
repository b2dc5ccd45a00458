"""Numbers and volumes from volumes; knows no paths."""
