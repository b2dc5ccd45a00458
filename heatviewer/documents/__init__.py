"""Files that describe a study and hold no pixels: sessions, tasks, styles. Text in, plain values out.

Nothing here opens a path, runs code or asks the network: what a document names is found and read by
``app.studies``.
"""
