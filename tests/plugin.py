"""Gives pytest its environment and its servers before Django reads the settings (loaded by `-p tests.plugin`).

With DATABASE_URL and REDIS_URL set the tests use those servers. Without, they start embedded
ones in `.data/test`, or join those of another pytest that is running.
"""

import os
import sys
import uuid
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

os.environ["PASSERELLE_ENV"] = "test"
os.environ.pop("DEBUG", None)
if str(BASE_DIR) not in sys.path:
    sys.path.insert(0, str(BASE_DIR))

from config import embedded  # noqa: E402  (the environment comes first)

# pytest-xdist starts its workers with the addresses already in their environment.
if not os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["PASSERELLE_TEST_RUN"] = uuid.uuid4().hex[:8]
    embedded.join_servers(BASE_DIR / ".data" / "test", durable=False)

from hypothesis import HealthCheck, settings  # noqa: E402

# A busy machine is no finding; in CI the same examples come every time.
settings.register_profile(
    "passerelle", deadline=None, derandomize=bool(os.environ.get("CI")), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("passerelle")

# Everything that this process keeps in the broker and the cache carries this prefix, so runs
# and xdist workers on one server don't see each other.
PREFIX = "test-{}-{}".format(os.environ["PASSERELLE_TEST_RUN"], os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ["CELERY_QUEUE"] = PREFIX
os.environ["CACHE_PREFIX"] = PREFIX
