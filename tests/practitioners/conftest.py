"""Files of practitioners for tests."""

import pytest


@pytest.fixture
def written(tmp_path):
    """Write bytes, or text in UTF-8, to a file and return its path."""

    def write(content, name="practitioners.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
