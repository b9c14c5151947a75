"""The recordings of a study: catalogue, channels, signals, scoring, events."""
