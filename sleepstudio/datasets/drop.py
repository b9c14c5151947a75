"""What a drop will do, said before it is done; and doing it. Files stay where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingFacts
from sleepstudio.datasets.catalogue_scan import ScanResult, scan
from sleepstudio.datasets.dataset_folders import Collection, collection_of
from sleepstudio.datasets.listing import files_below
from sleepstudio.datasets.names import HypnogramOwners
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.datasets.sleep_accel_files import LAYOUTS
from sleepstudio.datasets.sniff import Content, Sniffed, sniff
from sleepstudio.errors import DatasetError, StudioError
from sleepstudio.monitor import SILENT, Monitor

STEP = "drop"
MAX_FILES = 100_000
"""Files looked at in one drop; a plan that stopped there says so."""
_SUFFIXES = (
    ".edf", ".bdf", ".rec", ".hea", ".xml", ".csv", ".tsv", ".h5", ".hdf5", ".json", ".tflite", ".keras",
    ".out",
    "_heartrate.txt", "_labeled_sleep.txt",
)  # fmt: skip
"""What is opened in a folder; a file that is dropped itself is opened whatever it is called."""


class DropAction(StrEnum):
    """What will be done with a file or folder."""

    ADD_RECORDING = "add recording"
    ADD_DATASET = "add recordings of a dataset"
    ATTACH_HYPNOGRAM = "attach hypnogram"
    OPEN_FEATURES = "open feature store"
    LOAD_CONFIGURATION = "load configuration"
    OPEN_RUN = "open run"
    OPEN_STUDY = "open study"
    ALREADY_THERE = "already there"
    UNREADABLE = "unreadable"
    NOT_USED = "not used"


@dataclass(frozen=True)
class DropItem:
    """One file or folder and what will become of it.

    ``detail``: what was seen, or the reason why it cannot be used, with ``hint``. ``recording``: the file of
    the recording that a hypnogram goes to. ``adapter``: the dataset that a folder of recordings is.
    """

    path: Path
    action: DropAction
    detail: str = ""
    hint: str = ""
    recording: Path | None = None
    adapter: str = ""


@dataclass(frozen=True)
class DropPlan:
    """Everything that a drop will do, in the order in which it was found.

    ``others``: files in folders that are nothing to a study, and were not opened. ``truncated``: there were
    more files than are looked at in one drop.
    """

    items: tuple[DropItem, ...]
    others: int = 0
    truncated: bool = False

    def of(self, action: DropAction) -> tuple[DropItem, ...]:
        return tuple(item for item in self.items if item.action is action)

    @property
    def counts(self) -> Mapping[DropAction, int]:
        return Counter(item.action for item in self.items)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        idle = {DropAction.ALREADY_THERE, DropAction.UNREADABLE, DropAction.NOT_USED}
        return all(item.action in idle for item in self.items)


@dataclass(frozen=True)
class DropResult:
    """What was done. ``added``: ids; ``attached``: ids of recordings that got a hypnogram; ``scan``: what
    reading them found; ``failed``: what could not be added, with the reason.
    """

    added: tuple[str, ...]
    attached: tuple[str, ...]
    scan: ScanResult
    failed: tuple[DropItem, ...] = ()


def plan_drop(
    paths: Iterable[Path],
    catalogue: Catalogue | None,
    *,
    selected: str | None = None,
    monitor: Monitor = SILENT,
    max_files: int = MAX_FILES,
) -> DropPlan:
    """Looks at what is dropped: each file once, its beginning alone; folders to their depths.

    ``catalogue``: of the open study, None without one. ``selected``: the recording that a hypnogram goes to
    whose name does not tell. Raises Cancelled where the monitor's listener asks to stop.
    """
    walk = _Walk(max_files, monitor)
    for path in paths:
        walk.drop(path.expanduser().absolute())
    rows = catalogue.recordings() if catalogue else ()
    items = [*walk.items, *_recordings(walk.recordings, rows), *_datasets(walk, rows)]
    items += _hypnograms(walk.hypnograms, [path for path, _ in walk.recordings], rows, selected)
    items += [
        DropItem(folder, DropAction.OPEN_FEATURES, f"{count} feature tables")
        for folder, count in walk.stores.items()
    ]
    return DropPlan(tuple(items), walk.others, walk.truncated)


def apply_drop(plan: DropPlan, catalogue: Catalogue, monitor: Monitor = SILENT) -> DropResult:
    """Adds recordings, attaches hypnograms, and reads them; links runs to the study.

    Feature stores, configurations and studies are the caller's to open. What was added before a cancellation
    stays. Raises StudyError, Cancelled.
    """
    failed = []
    facts = [RecordingFacts(item.path.stem, item.path) for item in plan.of(DropAction.ADD_RECORDING)]
    for item in plan.of(DropAction.ADD_DATASET):
        try:
            facts += _members(Collection(item.adapter, item.path))
        except StudioError as error:
            failed.append(DropItem(item.path, DropAction.UNREADABLE, error.message, error.hint))
    added = catalogue.add(facts)
    by_path = {row.path: row.recording_id for row in catalogue.recordings()}
    attached: dict[str, list[Path]] = {}
    touched = []
    for item in plan.of(DropAction.ATTACH_HYPNOGRAM):
        recording_id = by_path.get(item.recording) if item.recording else None
        if recording_id is None:
            failed.append(DropItem(item.path, DropAction.UNREADABLE, "its recording was not added."))
            continue
        touched.append(recording_id)
        if not _is_beside(item):
            attached.setdefault(recording_id, []).append(item.path)
    catalogue.attach_all(attached)
    for item in plan.of(DropAction.OPEN_RUN):
        catalogue.study.link_run(item.path)
    read = scan(catalogue, (*added, *touched), monitor)
    return DropResult(added, tuple(dict.fromkeys(touched)), read, tuple(failed))


class _Walk:
    """Looks at files and folders, and sorts them by what they hold."""

    def __init__(self, max_files: int, monitor: Monitor) -> None:
        self.items: list[DropItem] = []
        self.recordings: list[tuple[Path, str]] = []
        self.hypnograms: list[tuple[Path, str]] = []
        self.sleep_accel: list[Path] = []
        self.collections: dict[Collection, int] = {}
        self.stores: dict[Path, int] = {}
        self.others = 0
        self.truncated = False
        self._left = max_files
        self._monitor = monitor
        self._seen: set[Path] = set()

    def drop(self, path: Path) -> None:
        if not path.exists():
            self._item(path, DropAction.UNREADABLE, "there is no such file.", "Was it moved?")
        elif path.is_dir():
            self._folder(path)
        else:
            self._file(path, path.parent, dropped_itself=True)

    def _folder(self, root: Path) -> None:
        inside: set[Path] = set()
        try:
            for folder, names in files_below(root):
                if any(parent in inside for parent in (folder, *folder.parents)):
                    continue
                whole = self._whole(folder, names)
                if whole is not None:
                    inside.add(folder)
                    self._item(folder, *whole)
                    continue
                collection = collection_of(folder, names)
                if collection is not None:
                    self.collections[collection] = self.collections.get(collection, 0) + 1
                    continue
                for name in names:
                    if self._left <= 0:
                        self.truncated = True
                        return
                    self._left -= 1
                    self._monitor.check_cancelled()
                    if name.lower().endswith(_SUFFIXES):
                        self._file(folder / name, root, dropped_itself=False)
                    else:
                        self.others += 1
        except DatasetError as error:
            self._item(Path(error.where or root), DropAction.UNREADABLE, error.message, error.hint)

    def _whole(self, folder: Path, names: Sequence[str]) -> tuple[DropAction, str] | None:
        """What a folder is as a whole; it is then not looked into."""
        if "study.json" in names and sniff(folder / "study.json").content is Content.STUDY:
            return DropAction.OPEN_STUDY, ""
        if "manifest.json" in names and sniff(folder / "manifest.json").content is Content.RUN:
            return DropAction.OPEN_RUN, ""
        return None

    def _file(self, path: Path, root: Path, *, dropped_itself: bool) -> None:
        if path in self._seen:
            return
        self._seen.add(path)
        seen = sniff(path)
        self._monitor.progress(STEP, len(self._seen), 0, path.name)
        if seen.content is Content.RECORDING:
            self.recordings.append((path, seen.detail))
        elif seen.content is Content.HYPNOGRAM:
            self.hypnograms.append((path, seen.detail))
        elif seen.content is Content.SLEEP_ACCEL:
            self.sleep_accel.append(path)
        elif seen.content is Content.FEATURES:
            self.stores[root] = self.stores.get(root, 0) + 1
        elif seen.content is Content.OTHER and not dropped_itself:
            self.others += 1
        else:
            self.items.append(_alone(path, seen))

    def _item(self, path: Path, action: DropAction, detail: str = "", hint: str = "") -> None:
        self.items.append(DropItem(path, action, detail, hint))


def _alone(path: Path, seen: Sniffed) -> DropItem:
    """What becomes of a file that stands for itself, or for the folder that it is in."""
    if seen.content is Content.CONFIGURATION:
        return DropItem(path, DropAction.LOAD_CONFIGURATION, seen.detail)
    if seen.content is Content.STUDY:
        return DropItem(path.parent, DropAction.OPEN_STUDY)
    if seen.content is Content.RUN:
        return DropItem(path.parent, DropAction.OPEN_RUN)
    if seen.content is Content.MODEL:
        if (path.parent / "manifest.json").is_file():
            return DropItem(path.parent, DropAction.OPEN_RUN)
        return DropItem(
            path,
            DropAction.NOT_USED,
            "a model by itself does not say which features and stages it is for.",
            "Drop the run's folder.",
        )
    if seen.content is Content.UNREADABLE:
        return DropItem(path, DropAction.UNREADABLE, seen.detail, seen.hint)
    return DropItem(
        path,
        DropAction.NOT_USED,
        seen.detail or "this is nothing that a study can use.",
        "Recordings are EDF, BDF or WFDB; hypnograms EDF+, XML or tables of text.",
    )


def _recordings(found: Iterable[tuple[Path, str]], rows: Sequence[CatalogueRecording]) -> Iterator[DropItem]:
    present = {row.path for row in rows}
    for path, detail in found:
        action = DropAction.ALREADY_THERE if path in present else DropAction.ADD_RECORDING
        yield DropItem(path, action, detail)


def _datasets(walk: _Walk, rows: Sequence[CatalogueRecording]) -> Iterator[DropItem]:
    """The folders of known collections; sleep-accel's is the one above where stages lie elsewhere."""
    present = {row.facts.root for row in rows}
    for adapter, root in walk.collections:
        action = DropAction.ALREADY_THERE if root in present else DropAction.ADD_DATASET
        yield DropItem(root, action, adapter, adapter=adapter)
    subjects: dict[Path, set[str]] = {}
    for path in walk.sleep_accel:
        layout = next(one for one in LAYOUTS if path.name.endswith(one.signals[0].suffix))
        subject = path.name.removesuffix(layout.signals[0].suffix)
        together = (path.parent / f"{subject}{layout.stages_suffix}").exists()
        subjects.setdefault(path.parent if together else path.parent.parent, set()).add(subject)
    for root, names in subjects.items():
        action = DropAction.ALREADY_THERE if root in present else DropAction.ADD_DATASET
        yield DropItem(root, action, f"sleep-accel, {len(names)} subjects", adapter="sleep-accel")


def _members(collection: Collection) -> list[RecordingFacts]:
    """What is known of a collection's recordings, whose people its adapter knows. Raises StudioError."""
    adapter, root = collection
    dataset = dataset_from_params(adapter, {"path": str(root)})
    return [
        RecordingFacts(
            entry.recording_id,
            entry.files[0],
            adapter,
            root,
            entry.recording_id,
            entry.subject_id if entry.subject_id != entry.recording_id else None,
        )
        for entry in dataset.entries()
    ]


def _hypnograms(
    found: Sequence[tuple[Path, str]],
    dropped: Sequence[Path],
    rows: Sequence[CatalogueRecording],
    selected: str | None,
) -> Iterator[DropItem]:
    """Each hypnogram with its recording: in its folder by name, else anywhere by name, else the selected."""
    recordings = list(dict.fromkeys((*dropped, *(row.path for row in rows if not row.facts.adapter))))
    by_folder: dict[Path, list[Path]] = {}
    by_name: dict[str, list[Path]] = {}
    for path in recordings:
        by_folder.setdefault(path.parent, []).append(path)
        by_name.setdefault(path.name, []).append(path)
    in_folder = {folder: HypnogramOwners(path.name for path in paths) for folder, paths in by_folder.items()}
    anywhere = HypnogramOwners(by_name)
    present = {(row.path, source.path) for row in rows for source in row.sources}
    chosen = next((row.path for row in rows if row.recording_id == selected), None)
    for path, detail in found:
        local = in_folder.get(path.parent)
        owner = local.owner(path.name) if local else None
        name = anywhere.owner(path.name)
        if owner is not None:
            recording: Path | None = path.parent / owner
        elif name is not None and len(by_name[name]) == 1:
            recording = by_name[name][0]
        elif name is not None:
            yield DropItem(
                path,
                DropAction.NOT_USED,
                f"{len(by_name[name])} recordings are called {name}.",
                "Select its recording, then drop the hypnogram alone.",
            )
            continue
        else:
            recording = chosen if len(found) == 1 else None
        if recording is None:
            yield DropItem(
                path,
                DropAction.NOT_USED,
                "no recording is called as this hypnogram is.",
                "Select its recording, then drop the hypnogram alone.",
            )
        elif (recording, path) in present:
            yield DropItem(path, DropAction.ALREADY_THERE, detail, recording=recording)
        else:
            yield DropItem(path, DropAction.ATTACH_HYPNOGRAM, detail, recording=recording)


def _is_beside(item: DropItem) -> bool:
    """Whether a scan finds the hypnogram by itself, by its name in its recording's folder."""
    if item.recording is None or item.path.parent != item.recording.parent:
        return False
    return HypnogramOwners([item.recording.name]).owner(item.path.name) == item.recording.name
