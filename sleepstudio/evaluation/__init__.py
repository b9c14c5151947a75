"""How well staging agrees with the expert: per recording, over people, against baselines, as a report."""
