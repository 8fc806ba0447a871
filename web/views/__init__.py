"""Pages that mix domains, and those of the frame."""
