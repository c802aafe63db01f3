"""Write the vectors of a catalogue's texts beside it, so that nobody who installs it has to compute them.

python -m recommender.data.pack_vectors data/demo
"""

import argparse
import sys
from pathlib import Path

import chromadb

from recommender.catalogue import Catalogue
from recommender.data.readers import read_items
from recommender.features.embedder import SentenceEmbedder
from recommender.serving.retrieve import Retriever


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds catalogue.jsonl")
    folder = parser.parse_args().folder
    catalogue = Catalogue(read_items(folder / "catalogue.jsonl").rows)
    retriever = Retriever(chromadb.EphemeralClient(), catalogue, SentenceEmbedder())
    retriever.refresh(lambda done, total: print(f"\r{done:,} of {total:,}", end="", file=sys.stderr, flush=True))
    retriever.save_vectors(folder / "vectors.npz")
    return 0


if __name__ == "__main__":
    sys.exit(main())
