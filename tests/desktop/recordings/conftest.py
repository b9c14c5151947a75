"""The Recordings panel with someone at the keyboard, and a signal view alone."""

from recordings_person import person, reopened, scorer
from view_person import night, night_file, view

__all__ = ["night", "night_file", "person", "reopened", "scorer", "view"]
