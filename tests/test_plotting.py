"""Figures: the same bytes every time."""

import pytest

from matopt.plotting import save


@pytest.mark.parametrize("suffix", ["svg", "SVG", "pdf", "Pdf", "png"])
def test_a_figure_is_the_same_file_every_time(tmp_path, monkeypatch, suffix):
    figure = pytest.importorskip("matplotlib.figure").Figure(figsize=(2, 1))
    figure.add_axes((0.2, 0.2, 0.7, 0.7)).plot([1, 3, 2])
    path, written = tmp_path / f"x.{suffix}", []
    for year in (1, 2):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(year * 365 * 86400))
        save(figure, path)
        written.append(path.read_bytes())
    assert written[0] == written[1]
