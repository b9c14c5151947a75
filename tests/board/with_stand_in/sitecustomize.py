"""Puts the stand-in for SEGGER's library under the debugger's process of an application that a test starts.

Python imports this by itself where the folder is on PYTHONPATH. The file that STAND_IN names has the
arguments of ``stand_in_jlink.py``, read anew by each process: what misbehaves can change meanwhile.
"""

import os
import sys
from pathlib import Path

if "sleepstudio.board.probe_process" in sys.orig_argv:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import pylink.library
    from stand_in_jlink import Library, StandIn

    port, *misbehaviours = Path(os.environ["STAND_IN"]).read_text("utf-8").split()
    stand_in = StandIn(int(port), frozenset(misbehaviours))
    pylink.library.Library = lambda **_: Library(stand_in.dll)
