"""How well messages are read: `python -m benchmarks.reading`."""
