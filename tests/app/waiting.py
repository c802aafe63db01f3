"""Waiting in tests for what another task, thread or process does."""

import asyncio
from collections.abc import Callable


async def until(reached: Callable[[], bool], seconds: float = 5.0) -> None:
    """Return when `reached` says so; TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110  what is waited for may be in another thread and sets no event
            await asyncio.sleep(0.005)
