"""Studies with features and runs, and the panel over one of them."""

from blocking_calls import blocking
from features_shown import panel
from staged_study import copy_study, featured_study, staged_study

__all__ = ["blocking", "copy_study", "featured_study", "panel", "staged_study"]
