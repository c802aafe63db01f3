"""The command: `python app.py` serves the chat; `python app.py --help` lists the rest."""

import os
import sys

from app.settings import threads

# Before a numerical library is loaded: threads that are started later know of this number, and of no cap set by then.
os.environ.setdefault("OMP_NUM_THREADS", str(threads()))

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
