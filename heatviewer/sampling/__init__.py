"""The one sampling rule: which value a volume has at a world point.

A grid covers −0.5 … n−0.5. In the outer half voxel interpolation clamps to the edge; beyond it
there is no data. A sample whose nearest voxel is missing is missing; elsewhere missing neighbours
are left out and the weights renormalised. ``rule`` is the reference in numpy, ``reslice`` the fast
kernel for planes; a test holds the two equal.
"""
