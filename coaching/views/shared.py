"""What the pages on the work have in common."""

from typing import Any

from core.errors import DomainError


def tell(form: Any, error: DomainError) -> None:
    """Show a domain error at its field where the form has it, else at the top."""
    known = {name: text for name, text in error.fields.items() if name in form.fields}
    for name, text in known.items():
        form.add_error(name, text)
    if not known:
        form.add_error(None, error.message)
