"""Pilot projects in waves: who tries the health vault, and when."""
