"""Who uses the product: people, their roles, and the tokens of REST clients."""
