import pytest
from django.db import connection
@pytest.mark.django_db
def test_a():
    with connection.cursor() as c:
        c.execute("select count(*) from django_content_type"); print(c.fetchone(), connection.settings_dict["NAME"])
@pytest.mark.django_db(transaction=True)
def test_b(): 
    test_a.__wrapped__() if hasattr(test_a,'__wrapped__') else test_a()
@pytest.mark.django_db(transaction=True)
def test_c(): 
    test_a()
