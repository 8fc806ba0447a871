"""This process's part of the Redis server: the keys and queues that carry its prefix."""

import functools

import redis
from django.conf import settings

from tests.plugin import PREFIX


@functools.cache
def client() -> redis.Redis:
    """A plain connection to the broker."""
    return redis.Redis.from_url(settings.REDIS_URL)


def forget_everything() -> None:
    """Drop this process's cached values and queued tasks; other runs keep theirs."""
    keys = list(client().scan_iter(match=f"*{PREFIX}*", count=1000))
    if keys:
        client().delete(*keys)


def queue_length(queue: str = PREFIX) -> int:
    """How many tasks wait in the queue."""
    return int(client().llen(queue))
