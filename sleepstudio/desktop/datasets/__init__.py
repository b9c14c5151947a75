"""Public datasets in the window: their cards, tokens, and their download as a job."""
