"""The command: `python app.py` serves the chat; `python app.py --help` lists the rest."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
