"""Tunes the small language model for its two jobs: judging messages and putting evidence into words.

`python -m agents.tuning` does it all; seeds and voices are in `data/reading` and `data/telling`. Nothing here is
needed to serve: the result is an adapter of a few megabytes.
"""
