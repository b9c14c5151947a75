"""The feature set and its settings, generated from the declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.recipe_fields import fields_of, params_of, values_of
from sleepstudio.desktop.widgets.forms import FieldSpec, Form
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.errors import ConfigurationError
from sleepstudio.features.feature_set import FeatureParams, FeatureSet
from sleepstudio.features.registry import feature_set, feature_set_names

CAPTION_WIDTH = 104


class RecipeForm(QWidget):
    """``edited`` comes when the set or a setting changed; ``params`` is None while something is wrong."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._recordings: tuple[CatalogueRecording, ...] = ()
        self._fields: tuple[FieldSpec, ...] = ()
        self._last_edited = ""
        self.feature_set: FeatureSet = feature_set(feature_set_names()[0])
        self.params: FeatureParams | None = self.feature_set.params_type()
        self.title = SectionTitle("Feature set")
        names = tuple((name, name) for name in feature_set_names())
        self.chooser = Form(
            (FieldSpec("set", "Set", "choice", names[0][0], choices=names),), caption_width=CAPTION_WIDTH
        )
        self.chooser.edited.connect(lambda _key: self._choose_set())
        self._summary = label("", tk.SMALL, tone="text3", wrap=True)
        self.form = Form((), caption_width=CAPTION_WIDTH)
        self._body = boxed(QVBoxLayout(), 0, (tk.GAP4, 0, tk.GAP4, tk.GAP2))
        self._body.addWidget(self.chooser)
        self._body.addWidget(self.form)
        self._body.addSpacing(tk.GAP1)
        self._body.addWidget(self._summary)
        whole = boxed(QVBoxLayout(self), 0)
        whole.addWidget(self.title)
        whole.addLayout(self._body)
        whole.addStretch(1)
        self._rebuild()

    @property
    def problem(self) -> str:
        """Why it cannot be run as it is; empty where it can."""
        if self.params is not None:
            return ""
        _, problems = params_of(self.feature_set, self.form.values())
        return next(iter(problems.values()), "")

    def section(self) -> dict[str, Any] | None:
        """The ``feature`` section of a configuration; None while something is wrong."""
        if self.params is None:
            return None
        params = self.params.model_dump(mode="json", exclude_defaults=True)
        return {"name": self.feature_set.name, "params": params}

    def set_recordings(self, recordings: Iterable[CatalogueRecording]) -> None:
        """Whose channels there are to choose from."""
        self._recordings = tuple(recordings)
        if fields_of(self.feature_set, self._recordings) != self._fields:
            self._rebuild(self.form.values())

    def restore(self, section: Mapping[str, Any]) -> None:
        """Takes a ``feature`` section; what does not fit any feature set is left as it is."""
        try:
            chosen = feature_set(str(section.get("name", "")))
            params = chosen.parse_params(section.get("params") or {})
        except (ConfigurationError, TypeError):
            return
        self.feature_set = chosen
        self.chooser.set_value("set", chosen.name)
        self._rebuild(values_of(chosen, params))
        self.edited.emit()

    def _choose_set(self) -> None:
        self.feature_set = feature_set(self.chooser.value("set"))
        self._rebuild()
        self.edited.emit()

    def _rebuild(self, values: Mapping[str, Any] | None = None) -> None:
        self._fields = fields_of(self.feature_set, self._recordings)
        form = Form(self._fields, caption_width=CAPTION_WIDTH)
        for key, value in (values or {}).items():
            self._set(form, key, value)
        form.edited.connect(self._edit)
        self._body.replaceWidget(self.form, form)
        self.form.hide()
        self.form.deleteLater()
        self.form = form
        count = len(self.feature_set.columns)
        self.title.set_detail(f"{count} features, one row per 30 s epoch")
        self._summary.setText(self.feature_set.summary)
        self._check()

    def _set(self, form: Form, key: str, value: Any) -> None:
        spec = next((field for field in self._fields if field.key == key), None)
        if spec is None:
            return
        if spec.kind == "choice" and value not in [choice for choice, _ in spec.choices]:
            # a channel that no recording here has: kept, and shown as it was chosen
            field = form.row(key).field
            assert isinstance(field, QComboBox)
            field.addItem(str(value), value)
        form.set_value(key, value)

    def _edit(self, key: str) -> None:
        self._last_edited = key
        self._check()
        self.edited.emit()

    def _check(self) -> None:
        self.params, problems = params_of(self.feature_set, self.form.values())
        keys = [spec.key for spec in self._fields]
        for key in keys:
            self.form.set_error(key, problems.get(key, ""))
        if "" in problems and keys:
            about = self._last_edited if self._last_edited in keys else keys[-1]
            self.form.set_error(about, problems[""])
        self._say_window()

    def _say_window(self) -> None:
        """How long a window of so many samples is, where the set says."""
        if "frame_size" in [spec.key for spec in self._fields]:
            window_s = getattr(self.params, "window_s", None)
            self.form.row("frame_size").set_aside(f"{window_s:g} s" if window_s else "")
