"""From a ``.tflite`` to the layers of a board image."""
