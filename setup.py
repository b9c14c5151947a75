"""A wheel carries `resources` as `sleepstudio/resources`; a checkout uses the folder itself."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithResources(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            shutil.copytree("resources", Path(self.build_lib, "sleepstudio", "resources"), dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithResources})
