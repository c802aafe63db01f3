"""Several processes on one training run, started by torchrun: who I am, and how the group begins and ends.

torchrun --nproc-per-node 2 app.py train --model sasrec
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import torch
import torch.distributed as dist

_PATIENCE = timedelta(days=1)  # one process may make labels or embeddings for hours while the others wait


def is_main() -> bool:
    """Whether this process writes what all of them made; true where there is only one."""
    return not dist.is_initialized() or dist.get_rank() == 0


def everywhere(true_here: bool) -> bool:
    """Whether something holds in every process. All must ask: what they find on disk changes while one is ahead."""
    if not dist.is_initialized():
        return true_here
    answer = torch.tensor(int(true_here))
    dist.all_reduce(answer, dist.ReduceOp.MIN)
    return bool(answer)


@contextmanager
def group() -> Iterator[None]:
    """The process group that torchrun's environment describes, if it does (gloo: processors, no GPU needed)."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield
        return
    dist.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield
        # Nobody leaves while another still waits for them; who finds the others gone here is the last one, and done.
        with suppress(RuntimeError):
            dist.barrier()
    finally:
        dist.destroy_process_group()


@contextmanager
def main_first() -> Iterator[None]:
    """The main process goes through this block before the others: one makes a file, all then read it."""
    if not is_main():
        dist.barrier()
    yield
    if dist.is_initialized() and is_main():
        dist.barrier()
