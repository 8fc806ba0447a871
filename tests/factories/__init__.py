"""Small factories, one module per app, for rows that tests stand on."""
