"""Say in one line that a port is taken, before anything is installed or started.

    python config/dev/port.py 8000

Stands alone: it runs before the virtual environment exists.
"""

import errno
import os
import socket
import sys


def complaint(host: str, port: int) -> str:
    """What is wrong with listening there, or an empty string."""
    if not 0 < port < 65536:
        return f"PORT is {port}: use a number from 1 to 65535."
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is taken. Choose another: make run PORT={port + 1 if port < 65535 else 8000}"
            return f"Can't listen on {host}:{port}: {error.strerror}."
    return ""


if __name__ == "__main__":
    text = sys.argv[1] if len(sys.argv) > 1 else "8000"
    message = (
        complaint(os.environ.get("HOST", "127.0.0.1"), int(text))
        if text.isdigit()
        else f"PORT is {text!r}: use a number."
    )
    if message:
        sys.exit(message)
