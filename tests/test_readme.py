"""What the examples of the README print is what stands beside them."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_examples_print_what_their_comments_say(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names, compared = {}, 0
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.S):
        exec(block, names)
        printed = capsys.readouterr().out.splitlines()
        comments = re.findall(r"^print\(.*\)  # (.*)$", block, re.M)
        for line, comment in zip(printed, comments, strict=False):
            parts = [part for part in line.split() if "e-" not in part]  # rounding
            assert all(part in comment for part in parts), (line, comment)
            compared += 1
    assert compared >= 7
