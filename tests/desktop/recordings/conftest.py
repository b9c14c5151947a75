"""The Recordings panel with someone at the keyboard, and a signal view alone."""

from recordings_person import person, reopened, scorer
from small_disk import disk
from view_person import night, night_file, view

__all__ = ["disk", "night", "night_file", "person", "reopened", "scorer", "view"]
