"""Palate: the page, the HTTP API, the commands, and what wires the parts together."""

__version__ = "0.3.1"
