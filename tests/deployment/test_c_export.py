"""The C header: the bytes it defines, in every dialect that includes it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sleepstudio.deployment.c_export import c_header, check_variable_name
from sleepstudio.errors import ConfigurationError

CONTENT = np.random.default_rng(0).integers(0, 256, 1003, np.uint8).tobytes()
DESCRIPTION = {"classes": "WAKE, SLEEP */ int x; /*", "note": "Grüße\nzweite Zeile"}
PROGRAM = """
#include <stdint.h>
#include <stdio.h>
#include "model_buffer.h"
#include "model_buffer.h"
int main(void) {
  if ((uintptr_t)night_model % 16 != 0) return 1;
  return fwrite(night_model, 1, night_model_len, stdout) == night_model_len ? 0 : 2;
}
"""


@pytest.mark.parametrize(
    ("suffix", "standard"),
    [(".c", "-std=c99"), (".c", "-std=c11"), (".cc", "-std=c++11"), (".cc", "-std=c++20")],
)
def test_compiled_it_holds_the_models_bytes(tmp_path: Path, suffix: str, standard: str) -> None:
    compiler = shutil.which("gcc" if suffix == ".c" else "g++")
    if compiler is None:
        pytest.skip("gcc or g++ is not installed (packaging/environment.sh names the Debian packages)")
    header = c_header(CONTENT, variable="night_model", description=DESCRIPTION)
    (tmp_path / "model_buffer.h").write_text(header, encoding="utf-8")
    source, program = tmp_path / f"main{suffix}", tmp_path / "program"
    source.write_text(PROGRAM)
    flags = [standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", str(program)]
    subprocess.run([compiler, *flags, str(source)], check=True, capture_output=True)
    assert subprocess.run([program], check=True, capture_output=True).stdout == CONTENT


@pytest.mark.parametrize(
    "name", ["", "3d", "sk-stage", "int", "class", "a b", "x" * 61, "modèle", "x;", "_X"]
)
def test_what_is_no_c_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot name a variable"):
        c_header(CONTENT, variable=name, description={})


@pytest.mark.parametrize("name", ["sk_stage_flatbuffer", "g_model", "M2"])
def test_names_in_use_are_accepted(name: str) -> None:
    assert check_variable_name(name) == name
