"""`python3 generator/ewgen` and `python3 -m ewgen` both start here."""

import os
import sys

if not __package__:
    # Run as a folder: the package is found beside itself, not by an installed name.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from ewgen.cli import main

if __name__ == "__main__":
    sys.exit(main())
