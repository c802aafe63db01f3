"""What is put together at start."""

from collections.abc import Iterator

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from app.settings import Settings
from app.wiring import cap_threads


@pytest.fixture
def four_threads() -> Iterator[None]:
    """Libraries that were loaded with four threads, and have what they had afterwards."""
    before = torch.get_num_threads()
    with threadpool_limits(4):
        torch.set_num_threads(4)
        yield
    torch.set_num_threads(before)


def test_libraries_that_are_loaded_already_are_held_to_the_setting(four_threads: None) -> None:
    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info()}

    assert threads() == {4}
    cap_threads(Settings(threads=1))
    assert threads() == {1} and torch.get_num_threads() == 1
