"""Use cases without a window: the scene with its history, loading, and jobs."""
