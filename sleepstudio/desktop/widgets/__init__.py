"""Widgets that the panels are put together from: each does one thing and is reused."""
