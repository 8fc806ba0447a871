"""Pages on the work."""
