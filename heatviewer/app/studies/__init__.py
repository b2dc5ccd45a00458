"""Studies that a document describes: sessions, tasks and cases, found, read, saved and followed.

``documents`` knows the texts; this package knows the disk. Free of Qt.
"""
