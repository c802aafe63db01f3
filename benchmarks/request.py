"""A whole request: history → the person's vector → scores of every item → seen ones left out → ten best.

python -m benchmarks.request --json benchmarks/results/request.json

This project's SASRec with made-up weights, at several sizes of catalogue, against RecTools' SASRec of the same shape
(64 wide, 2 blocks, 2 heads, the newest 50 items), which runs in the peers' environment at the sizes of --peer-items.
Both are asked in turn, a new person each time. With --onnx the encoder also runs in ONNX Runtime, for comparison only
(needs onnx, onnxscript and onnxruntime).
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.common import RESULTS, versions, write_result
from benchmarks.quality import peer_python
from benchmarks.worker import Worker
from recommender.models.sasrec import SASRec, SASRecConfig, SASRecNetwork
from recommender.serving.next_items import NextItems

K = 10


def made_up(n_items: int, seed: int) -> SASRec:
    """A SASRec as if loaded from disk, its weights drawn at random."""
    torch.manual_seed(seed)
    shape = SASRecConfig()
    network = SASRecNetwork(1, shape, None)
    arrays = {name: value.numpy() for name, value in network.state_dict().items() if not name.startswith("items.")}
    arrays["items"] = np.random.default_rng(seed).standard_normal((n_items + 1, shape.dim), dtype=np.float32)
    return SASRec.restore([str(item) for item in range(n_items)], asdict(shape), arrays)


def rectools(n_items: int, length: int) -> Worker:
    """RecTools' SASRec, which answers a number of threads and a person with the seconds of that request."""
    return Worker([peer_python(), Path(__file__).with_name("rectools_worker.py"), str(n_items), str(length)])


def onnx_encoder(model: SASRec, folder: Path, threads: int) -> Callable[[Any], Any]:
    """The same encoder in ONNX Runtime: (1, L, d) item vectors → (1, d)."""
    import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = model.network

        def forward(self, vectors: torch.Tensor) -> torch.Tensor:
            return self.network.head(self.network.encode(vectors)[-1][:, -1])

    path = folder / "encoder.onnx"
    if not path.exists():
        length = torch.export.Dim("length", min=2, max=50)
        program = torch.onnx.export(
            Encoder().eval(), (torch.zeros(1, 20, 64),), dynamo=True, dynamic_shapes={"vectors": {1: length}},
            input_names=["vectors"], verbose=False,
        )  # fmt: skip
        assert program is not None
        program.save(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda vectors: session.run(None, {"vectors": vectors})[0]


def milliseconds(values: list[float]) -> dict[str, float]:
    low, high = np.percentile(values, (50, 95)) * 1000
    return {"p50_ms": round(float(low), 3), "p95_ms": round(float(high), 3)}


def measure(n_items: int, options: argparse.Namespace, folder: Path) -> dict[str, dict[str, float]]:
    """Percentiles of each way at one size of catalogue, with each number of threads."""
    model = made_up(n_items, options.seed)
    started = time.perf_counter()
    requests = NextItems(model)
    print(f"{n_items:,} items: ready after {time.perf_counter() - started:.2f} s", flush=True)
    peer = rectools(n_items, options.length) if n_items in options.peer_items else None
    random = np.random.default_rng(options.seed)
    found: dict[str, dict[str, float]] = {}
    for threads in options.threads:
        torch.set_num_threads(threads)
        threadpool_limits(threads)  # of NumPy's BLAS, as the app does
        requests.index.threads = threads
        encode = onnx_encoder(model, folder, threads) if options.onnx else None
        times: dict[str, list[float]] = {}
        for turn in range(options.requests + 3):
            history = random.integers(1, n_items + 1, options.length).astype(np.int32)
            marks = [time.perf_counter()]
            vector = requests.user_vector(history)
            marks.append(time.perf_counter())
            if encode is not None:
                encode(model.network.items(torch.from_numpy(history.astype(np.int64)))[None].detach().numpy())
            marks.append(time.perf_counter())
            items, _ = requests.top_k(history, K)
            marks.append(time.perf_counter())
            assert len(items) == K and not set(items.tolist()) & set(history.tolist()) and len(vector) == 64
            if turn < 3:
                continue
            times.setdefault("palate", []).append(marks[3] - marks[2])
            times.setdefault("palate, the encoder alone", []).append(marks[1] - marks[0])
            if encode is not None:
                times.setdefault("ONNX Runtime, the encoder alone", []).append(marks[2] - marks[1])
            if peer is not None and turn < options.peer_requests + 3:
                time.sleep(0.01)  # let our threads go to sleep
                times.setdefault("rectools", []).append(peer.ask(threads, turn)["seconds"])
        for name, values in times.items():
            found[f"{name}, {n_items} items, {threads} thread{'s' * (threads > 1)}"] = milliseconds(values)
    if peer is not None:
        peer.close()
        found["versions"] = peer.versions  # type: ignore[assignment]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[3_400, 100_000, 1_000_000])
    parser.add_argument("--peer-items", type=int, nargs="*", default=[3_400, 100_000])
    parser.add_argument("--length", type=int, default=20, help="items in a history")
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--peer-requests", type=int, default=60)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--onnx", action="store_true")
    parser.add_argument("--json", type=Path, default=RESULTS / "request.json")
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    peer_versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for n_items in options.items:
            rows = measure(n_items, options, Path(folder))
            peer_versions |= {f"peer {k}": str(v) for k, v in rows.pop("versions", {}).items()}
            found |= rows
    ratios = {
        name.replace("rectools", "rectools / palate"): round(row["p50_ms"] / found[own]["p50_ms"], 1)
        for name, row in found.items()
        if (own := name.replace("rectools", "palate")) != name
    }
    print(json.dumps(found | {"ratios": ratios}, indent=1))
    write_result(
        options.json.stem,
        benchmark="request",
        dataset=f"made-up catalogues, histories of {options.length}",
        model="sasrec",
        seed=options.seed,
        protocol=f"one person, top {K}, seen items left out",
        n=options.requests,
        metrics=found,
        measured_with=versions("numba", *(["onnxruntime"] if options.onnx else [])) | peer_versions,
        folder=options.json.parent,
        ratios=ratios,
    )


if __name__ == "__main__":
    main()
