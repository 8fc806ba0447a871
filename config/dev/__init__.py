"""Run the whole product on one machine with one command; the Makefile calls it, production never does."""
