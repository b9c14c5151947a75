"""One file a dataset: its card. A new one is a new file here and one line in ``datasets/registry.py``."""
