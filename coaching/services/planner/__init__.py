"""The follow-up engine: who is enrolled, what is due, what comes next."""
