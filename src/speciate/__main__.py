"""The command `speciate`, and `python -m speciate`.

Imports are most of a short command: a Ctrl-C that comes while they run is answered here as `cli.main` answers it later.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Runs this process's command line and returns its exit code."""
    try:
        from .cli import main as command

        return command()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
