"""The Features panel: recipe, what was computed, every epoch under its hypnogram, how stages differ."""
