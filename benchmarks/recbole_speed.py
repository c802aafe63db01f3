"""How fast RecBole's SASRec trains, for information: its ranking is not measured.

python -m benchmarks.recbole_speed --dataset movielens-1m --budget 300

RecBole gets an environment of its own, made on first use under benchmarks/peers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import load_dataset, write_result
from benchmarks.quality import PEER_ENVIRONMENT, PEERS, export_split, peer_python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--budget", type=float, default=300, help="CPU seconds of training")
    given = parser.parse_args()
    split, _ = load_dataset(given.dataset)
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "split.npz"
        export_split(split, exported)
        line = [peer_python("recbole"), PEERS / "recbole_speed.py", exported, "--budget", str(given.budget)]
        ran = subprocess.run(line, check=True, env=os.environ | PEER_ENVIRONMENT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    figures = json.loads(ran.stdout[ran.stdout.index("{") :])
    versions = figures.pop("versions")
    print(json.dumps(figures, indent=1), file=sys.stderr)
    write_result(
        f"training_{given.dataset}_{figures['model']}", benchmark="training", dataset=given.dataset,
        model=figures.pop("model"), metrics=figures, n=len(split.users), measured_with=versions,
    )  # fmt: skip


if __name__ == "__main__":
    main()
