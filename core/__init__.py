"""The shared kernel: what every app needs and none owns. No word of the domain stands here."""
