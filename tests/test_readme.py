import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_first_example_prints_what_its_comments_say(capsys):
    block = re.search(r"```python\n(.*?)```", README.read_text(), re.S)[1]
    comments = re.findall(r"^print\(.*\)  # (.*)$", block, re.M)
    exec(block, {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(comments) >= 3
    for line, comment in zip(printed, comments, strict=True):
        assert comment.startswith(line)
