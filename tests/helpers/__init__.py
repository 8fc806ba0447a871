"""What the tests share: servers, databases, worker processes, the browser."""
