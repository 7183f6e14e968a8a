"""The commands at the top of the repository, as far as can be told in no time."""

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent


@pytest.mark.parametrize("script", ["go", "test", ".ci/environment.sh"])
def test_shell_syntax(script):
    subprocess.run(["sh", "-n", script], cwd=TOP, check=True)


@pytest.mark.parametrize("command", ["go", "test", ".ci/run"])
def test_commands_are_executable(command):
    assert os.access(TOP / command, os.X_OK)
