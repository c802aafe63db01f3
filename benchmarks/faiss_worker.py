"""The other side of `benchmarks.topk`: faiss's flat indexes, in the peers' environment, one search a line.

Reads "<index> <threads> <query number>" from standard input, answers with the seconds of that search and its rows.
Knows nothing of this project.
"""

import json
import sys
import time

import faiss
import numpy as np


def main() -> None:
    matrix, queries, k = np.load(sys.argv[1]), np.load(sys.argv[2]), int(sys.argv[3])
    dim = matrix.shape[1]
    kinds = faiss.ScalarQuantizer
    indexes = {
        "flat": faiss.IndexFlatIP(dim),
        "fp16": faiss.IndexScalarQuantizer(dim, kinds.QT_fp16, faiss.METRIC_INNER_PRODUCT),
        "sq8": faiss.IndexScalarQuantizer(dim, kinds.QT_8bit, faiss.METRIC_INNER_PRODUCT),
    }
    for index in indexes.values():
        index.train(matrix)
        index.add(matrix)
    del matrix
    print(json.dumps({"faiss-cpu": faiss.__version__, "options": faiss.get_compile_options()}), flush=True)
    for line in sys.stdin:
        name, threads, number = line.split()
        faiss.omp_set_num_threads(int(threads))
        query = queries[int(number) : int(number) + 1]
        started = time.perf_counter()
        _, rows = indexes[name].search(query, k)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "rows": rows[0].tolist()}), flush=True)


if __name__ == "__main__":
    main()
