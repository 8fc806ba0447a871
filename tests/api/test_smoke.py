import pytest
from django.urls import get_resolver
from .conftest import RestClient
from django.test.utils import CaptureQueriesContext
from django.db import connection

LISTS="me practitioners organisations communes software-products indicators measures segments segments/versions segments/runs coaches barriers topics cases visits follow-ups progress".split()

def test_all(office, field, network):
    for c in (office, field):
        for u in LISTS:
            r=c.get(f"/api/v1/{u}/"); print(u,r.status_code,r.content[:400].decode())
            assert r.status_code==200
    r=office.get("/api/v1/docs/"); assert r.status_code==200; print(len(r.content))
    r=office.get("/api/v1/schema/"); assert r.status_code==200; open("/tmp/schema.yaml","wb").write(r.content)
