"""The Comparison panel: which runs, what they cost, where they differ, on which night, by how much."""
