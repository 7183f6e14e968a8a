import pytest

from matopt.filters import LMS, SystemIdentification, ensemble


@pytest.mark.parametrize(("history", "suffix"), [(None, ".png"), (10, ".svg")])
@pytest.mark.slow
def test_an_ensemble_is_drawn(tmp_path, history, suffix):
    pytest.importorskip("matplotlib")
    system = SystemIdentification([1.0, -0.5])
    e = ensemble(LMS(2, 0.05), system, 20, samples=60, history=history)
    path = e.plot(tmp_path / f"curves{suffix}")
    again = e.plot(tmp_path / f"again{suffix}")
    assert path.read_bytes() == again.read_bytes()
    if suffix == ".svg":
        text = path.read_text("utf-8")
        panels = text.count('id="axes_')
        assert panels == (2 if history is None else 3)
        assert "theory" in text


def test_curves_that_diverge_are_drawn_too(tmp_path):
    pytest.importorskip("matplotlib")
    e = ensemble(LMS(2, 5.0), SystemIdentification([1.0, 1.0]), 5, samples=300)
    assert e.plot(tmp_path / "diverged.png").stat().st_size > 0
