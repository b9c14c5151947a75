"""Starting the application as a process: what it loads, and what it says where it cannot start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"scipy", "physiokit", "matplotlib", "sklearn", "pandas", "tensorflow", "keras", "h5py"}

PAINTED = """
import sys
from pathlib import Path
from sleepstudio.desktop.app import make_application, open_window
from sleepstudio.desktop.settings import Settings

def done():
    print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
    application.quit()

application = make_application()
window = open_window(application, Settings(Path(sys.argv[1]) / "settings.ini", Path(sys.argv[1])))
window.painted.connect(done)
application.exec()
"""


def start(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """The command in an environment of its own; None takes a variable out."""
    given = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-m", "sleepstudio.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in given.items() if value is not None},
    )


def test_the_first_paint_comes_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PAINTED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    loaded = set(finished.stdout.split())
    assert "PySide6" in loaded
    assert not loaded & HEAVY


@pytest.mark.skipif(sys.platform != "linux", reason="only X11 and Wayland can be without a display")
@pytest.mark.parametrize(
    ("display", "said"), [(None, "there is no display"), (":4711", "the display :4711 does not answer")]
)
def test_without_a_display_one_line_says_so(display: str | None, said: str) -> None:
    finished = start(DISPLAY=display, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr.count("\n") == 1
    assert said in finished.stderr
    assert "--batch" in finished.stderr


def test_without_pyside_one_line_names_the_extra(tmp_path: Path) -> None:
    absent = tmp_path / "PySide6"
    absent.mkdir()
    (absent / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'PySide6'\", name='PySide6')"
    )
    finished = start(PYTHONPATH=str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert finished.returncode == 2
    assert finished.stderr.count("\n") == 1
    assert "sleepstudio[desktop]" in finished.stderr


def test_options_of_the_batch_are_refused_without_it() -> None:
    finished = start("--mode", "feature", QT_QPA_PLATFORM="offscreen")
    assert finished.returncode == 2
    assert "--mode" in finished.stderr
    assert "--batch" in finished.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to answer")
def test_the_study_that_is_named_opens_and_a_signal_closes_it_in_order(tmp_path: Path) -> None:
    from sleepstudio.study_folder import Study

    study = Study.create(tmp_path / "study", "Wrist cohort")
    process = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.cli", str(study.path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path / "config")},
        stderr=subprocess.PIPE,
        text=True,
    )
    kept = tmp_path / "config" / "sleepstudio" / "desktop.ini"
    for _ in range(600):
        # written once the study's panel is in front
        if kept.exists() and "Wrist cohort" in kept.read_text():
            break
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, process.stderr.read() if process.stderr else ""
    assert study.state()["front"] == "recordings"
    assert "Wrist cohort" in kept.read_text()


PRELOADED = """
import gc, sys
from PySide6.QtCore import QObject
from sleepstudio.desktop.app import make_application
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.preload import Preloading

application = make_application()
preloading = Preloading()
preloading.start()
preloading.wait()
assert all(entry.module in sys.modules for entry in PANELS)
assert not {"tensorflow", "keras"} & set(sys.modules)
made = [one for one in gc.get_objects() if isinstance(one, QObject) and one is not application]
print([type(one).__name__ for one in made if one.thread() is not application.thread()])
"""


def test_panels_are_imported_beside_the_window_and_leave_nothing_in_that_thread() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PRELOADED],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert finished.stdout.strip() == "[]"
    assert "Traceback" not in finished.stderr
