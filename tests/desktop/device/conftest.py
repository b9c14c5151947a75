"""Studies with features and runs."""

from staged_study import copy_study, featured_study, staged_study

__all__ = ["copy_study", "featured_study", "staged_study"]
