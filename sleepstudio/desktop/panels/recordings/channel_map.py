"""The channels of a recording, and what each is used as; what is said of a label holds in the whole study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueChannel
from sleepstudio.desktop import icons, theme
from sleepstudio.desktop.panels.recordings.words import KIND_WORDS, rate_text, shown_unit
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.table import AnyIndex, Cells, Column, RowsModel, TableView
from sleepstudio.recordings import ChannelKind

COLUMNS: Final = (
    Column("Channel", 130, "swatch"),
    Column("Used as", 120, stretch=True, tip="What it measures; holds for this label in the whole study"),
    Column("Unit", 60, "dim", drops=2),
    Column("Rate", 74, "number", drops=1),
)
_USED_AS = 1
_BY_LABEL: Final = ""
_ARROW = 14


class ChannelsModel(RowsModel):
    """``chosen(label, kind)`` when another use was chosen; kind None: as the label tells."""

    chosen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.channels: tuple[CatalogueChannel, ...] = ()

    def set_channels(self, channels: Sequence[CatalogueChannel]) -> None:
        if tuple(channels) != self.channels:
            self.beginResetModel()
            self.channels = tuple(channels)
            self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.channels)

    def value(self, row: int, column: int) -> Any:
        channel = self.channels[row]
        if column == 0:
            return theme.now().signals[channel.kind], channel.label
        if column == _USED_AS:
            if channel.unmapped:
                return "Not known: choose", "warn"
            if channel.kind is ChannelKind.OTHER:
                return KIND_WORDS[channel.kind], "text3"
            return KIND_WORDS[channel.kind]
        return shown_unit(channel.unit) if column == 2 else rate_text(channel.rate_hz)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        editable = Qt.ItemFlag.ItemIsEditable if index.column() == _USED_AS else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | editable

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.EditRole or index.column() != _USED_AS:
            return False
        channel = self.channels[index.row()]
        kind = None if value == _BY_LABEL else ChannelKind(value)
        if (kind is channel.kind and channel.learned) or (kind is None and not channel.learned):
            return False
        self.chosen.emit(channel.label, kind)
        return True


class _UseCells(Cells):
    """Paints cells; the use is chosen from a list."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().paint(painter, option, index)
        if index.column() == _USED_AS:
            rect = option.rect
            arrow = icons.pixmap("down", "text3", _ARROW)
            painter.drawPixmap(rect.right() - 24, rect.center().y() - _ARROW // 2 + 1, arrow)

    def createEditor(  # noqa: N802
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,  # noqa: ARG002
        index: AnyIndex,  # noqa: ARG002
    ) -> QWidget:
        choice = Choice(name="Used as")
        choice.setParent(parent)
        choice.addItem("As its label tells", _BY_LABEL)
        choice.insertSeparator(1)
        for kind, words in KIND_WORDS.items():
            choice.addItem(words, kind.value)
        choice.activated.connect(lambda _index: self._commit(choice))
        QTimer.singleShot(0, choice, lambda: choice.showPopup() if choice.isVisible() else None)
        return choice

    def _commit(self, choice: Choice) -> None:
        self.commitData.emit(choice)
        self.closeEditor.emit(choice)

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:  # noqa: N802
        model = index.model()
        if isinstance(editor, Choice) and isinstance(model, ChannelsModel):
            channel = model.channels[index.row()]
            known = channel.learned or not channel.unmapped
            editor.setCurrentIndex(editor.findData(channel.kind.value) if known else 0)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: AnyIndex) -> None:  # noqa: N802
        if isinstance(editor, Choice):
            model.setData(index, editor.currentData())

    def updateEditorGeometry(  # noqa: N802
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: AnyIndex,  # noqa: ARG002
    ) -> None:
        editor.setGeometry(option.rect.adjusted(0, 0, 0, -1))


class ChannelTable(TableView):
    """Click on a use, or Enter on a row, to choose another. ``mapped(label, kind)``."""

    mapped = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(COLUMNS, name="Channels")
        self.channels = ChannelsModel()
        self.setItemDelegate(_UseCells(COLUMNS, self))
        self.setModel(self.channels)
        self.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.channels.chosen.connect(self.mapped)
        self.clicked.connect(self._clicked)
        self.activated.connect(lambda index: self.edit_use(index.row()))

    def set_channels(self, channels: Sequence[CatalogueChannel]) -> None:
        self.channels.set_channels(channels)

    def edit_use(self, row: int) -> None:
        """Opens the list of uses of a channel."""
        self.edit(self.channels.index(row, _USED_AS))

    def choose_label(self, label: str) -> None:
        """Selects the row of a channel, as the signal view chose it."""
        for row, channel in enumerate(self.channels.channels):
            if channel.label == label:
                self.selectRow(row)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == _USED_AS:
            self.edit_use(index.row())
