"""Sleep Studio: from nights of recorded signals to a verified int8 sleep-staging model.

Importing the package is light: rooms are imported by name (``from sleepstudio.recordings import …``).
"""

__version__ = "0.1.0"
