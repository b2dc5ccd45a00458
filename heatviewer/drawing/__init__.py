"""Pictures from frozen requests: slices, 3D, labels and legends. No Qt; VTK and Pillow live here."""
