"""What practitioners do: monthly figures, segments of adoption and how they move."""
