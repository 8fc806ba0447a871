"""Names as search compares them."""

from django.db import models


class Searchable(models.Func):
    """Text in lower case without accents; the SQL function is made by core's first migration."""

    function = "searchable"
    arity = 1
    output_field = models.TextField()
