"""The REST interface of this room."""
