"""Figures as data, as SVG of the page, and as files for papers."""

import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from matopt.studies import Comparison, svg
from matopt.studies.cost import EVALUATIONS, ITERATIONS
from matopt.studies.figure import Figure, Line
from matopt.studies.figures import (
    all_figures,
    convergence_figure,
    data_figure,
    pair_figure,
    performance_figure,
    targets_figure,
)
from matopt.studies.plots import write_figures
from matopt.studies.profiles import performance
from matopt.studies.ticks import ticks

SPACE = "{http://www.w3.org/2000/svg}"


def figure(*lines, **settings):
    return Figure("name", "title", "caption", "x", "y", lines, **settings)


def parsed(drawn):
    return ElementTree.fromstring(drawn)


def paths(drawn, kind="l"):
    """The d of each path of the class."""
    found = parsed(drawn).iter("path")
    return [p.get("d") for p in found if kind in p.get("class").split()]


def corners(d):
    """The points of a path of M, H, V and l."""
    points, here = [], np.zeros(2, dtype=int)
    for command, numbers in re.findall(r"([MHVl])([-\d ]+)", d):
        values = np.array(numbers.split(), dtype=int)
        here = here.copy()
        match command:
            case "M":
                here[:] = values
            case "l":
                here += values
            case "H":
                here[0] = values[0]
            case "V":
                here[1] = values[0]
        points.append(here)
    return np.array(points)


def test_a_logarithmic_line_goes_through_its_points():
    x, y = np.array([1.0, 10, 100]), np.array([1.0, 1e-3, 1e-6])
    (d,) = paths(svg.draw(figure(Line("a", x, y), log_y=True)))
    points = corners(d)
    assert len(points) == 3  # equal ratios are equal distances, to rounding
    np.testing.assert_allclose(*np.diff(points, axis=0), atol=1)
    assert np.all(np.diff(points, axis=0) > 0)  # to the right, and down


def test_a_staircase_keeps_its_level_up_to_the_next_step():
    line = Line("a", np.array([1.0, 10, 100]), np.array([0.0, 0.5, 1.0]))
    (d,) = paths(svg.draw(figure(line, staircase=True)))
    (_, y0), (x1, y1), (x2, y2), (x3, y3), (x4, y4) = corners(d)
    assert y1 == y0 and x2 == x1 and y3 == y2 and x4 == x3
    assert y0 - y2 == y2 - y4 > 0


def test_what_is_infinite_is_not_drawn():
    line = Line("a", np.array([1.0, 2, 4]), np.array([np.inf, 1, 2]))
    (d,) = paths(svg.draw(figure(line, log_y=True)))
    assert len(corners(d)) == 2
    nothing = Line("a", np.array([1.0]), np.array([np.inf]))
    assert paths(svg.draw(figure(nothing, log_y=True))) == [""]


def test_an_infinite_band_ends_at_the_top():
    x, y = np.array([1.0, 2.0]), np.array([0.1, 0.01])
    line = Line("a", x, y, low=y / 10, high=np.array([1.0, np.inf]))
    (d,) = paths(svg.draw(figure(line, log_y=True)), "b")
    band = corners(d)
    assert band[2, 1] == band[3, 1] == band[:, 1].min()


@pytest.mark.parametrize("settings", [{}, {"log_y": True}, {"log_x": False}])
def test_no_curve_and_one_point(settings):
    one = Line("a", np.array([3.0]), np.array([0.0]))
    for drawn in (figure(**settings), figure(one, **settings)):
        assert parsed(svg.draw(drawn)).get("class") == "plot"


def test_names_are_escaped():
    label = "<b>&\"'\u2028é"
    line = Line(label, np.array([1.0, 2]), np.array([1.0, 2]))
    drawn = svg.draw(Figure("n", label, "", label, label, (line,)))
    root = parsed(drawn)
    assert root.get("aria-label") == label
    assert [t.text for t in root.iter("title")] == [label]
    assert [t.text for t in root.iter("text")].count(label) == 2


@pytest.mark.parametrize(
    ("low", "high"), [(1, 2), (1, 9), (0.3, 40), (1e-17, 1), (1e-3, 1e12), (5, 5.5)]
)
@pytest.mark.parametrize("log", [True, False])
def test_ticks_are_in_the_range(low, high, log):
    found = ticks(float(low), float(high), log)
    slack = 1e-9 * high
    assert all(low - slack <= t <= high + slack for t in found)
    assert len(found) <= 12
    if not log:
        assert len(found) >= 2


def test_curves_of_the_performance_figure_are_the_profile(outcomes):
    comparison = Comparison(outcomes)
    drawn = performance_figure(comparison, EVALUATIONS)
    profile = performance(comparison.costs(EVALUATIONS), 1.0)
    assert [line.label for line in drawn.lines] == list(comparison.methods)
    for k, line in enumerate(drawn.lines):
        assert line.x[0] == 1 and line.y[0] == profile.share(1)[k]
        for x, y in zip(line.x, line.y, strict=True):
            assert y == pytest.approx(profile.share(x)[k])
        assert line.y[-1] == np.mean(np.isfinite(profile.levels[:, k]))


def test_a_pair_keeps_its_styles(outcomes):
    comparison = Comparison(outcomes)
    first, last = comparison.methods[0], comparison.methods[-1]
    drawn = pair_figure(comparison, EVALUATIONS, first, last)
    assert [line.style for line in drawn.lines] == [0, len(comparison.methods) - 1]


def test_data_profiles_rise_with_the_tolerance(outcomes):
    comparison = Comparison(outcomes)
    loose, tight = (data_figure(comparison, tau) for tau in (1e-1, 1e-7))
    assert (loose.name, tight.name) == ("data-1e-1", "data-1e-7")
    for a, b in zip(loose.lines, tight.lines, strict=True):
        assert a.y[-1] >= b.y[-1]
    shares = [line.y[-1] for line in targets_figure(comparison).lines]
    assert all(0 < share <= 1 for share in shares)


def test_convergence_has_bands_only_of_several_starts(outcomes, synthetic):
    comparison = Comparison(outcomes)
    drawn = convergence_figure(comparison, comparison.cases[0])
    assert all(line.low is not None for line in drawn.lines)
    one = Comparison(synthetic(cases=1, seeds=1))
    drawn = convergence_figure(one, one.cases[0], ITERATIONS)
    assert all(line.low is None for line in drawn.lines) and not drawn.log_x


@pytest.mark.slow
def test_files_for_papers(tmp_path, synthetic):
    comparison = Comparison(synthetic(cases=1, methods=2, seeds=2))
    figures = list(all_figures(comparison))
    names = [drawn.name for drawn in figures]
    assert names[:2] == ["performance-evaluations", "performance-factorizations"]
    assert {"pair-evaluations-newtoncg-trustregion", "data-1e-7", "targets"} < {*names}
    written = write_figures([figures[-1]] * 2, tmp_path / "new")  # one name twice
    assert len({*written}) == 6
    for path in written:
        content = path.read_bytes()
        match path.suffix:
            case ".svg":
                assert ElementTree.fromstring(content).tag == f"{SPACE}svg"
            case ".pdf":
                assert content.startswith(b"%PDF")
            case ".csv":
                header, *rows = csv.reader(content.decode().splitlines())
                assert header == ["curve", "x", "y", "low", "high"] and rows
    for one, other in zip(written[:3], written[3:], strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_the_csv_has_every_number(tmp_path):
    line = Line("a, b", np.array([1.0, 0.1]), np.array([2.0, np.inf]))
    figure(line).write_csv(tmp_path / "f.csv")
    _, *rows = csv.reader((tmp_path / "f.csv").read_text().splitlines())
    assert rows == [["a, b", "1.0", "2.0", "", ""], ["a, b", "0.1", "inf", "", ""]]


def test_dollars_are_no_mathematics(tmp_path):
    line = Line("a$b_", np.array([1.0, 2]), np.array([1.0, 2]))
    write_figures([figure(line)], tmp_path)


def test_nothing_to_draw(tmp_path):
    assert list(all_figures(Comparison([]))) == []
    write_figures([figure(log_y=True)], tmp_path)
