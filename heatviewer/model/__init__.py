"""Display state: what is shown and how. Frozen values without files, windows or arrays.

A change makes a new state that shares all that did not change, so a state is its own undo step,
a session is a dump of it, and a worker can hold one without a lock.
"""
