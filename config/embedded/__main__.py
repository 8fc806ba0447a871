"""Run any command with the embedded servers' addresses in its environment.

    python -m config.embedded -- psql-like-tool --option

Without a command it prints the two addresses and keeps the servers up until Ctrl-C.
"""

import os
import signal
import subprocess
import sys

from . import provide_servers


def main() -> int:
    command = [word for word in sys.argv[1:] if word != "--"]
    provide_servers(["embedded", "run"])
    if command:
        return subprocess.call(command)
    print(f"export DATABASE_URL={os.environ['DATABASE_URL']}\nexport REDIS_URL={os.environ['REDIS_URL']}", flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
