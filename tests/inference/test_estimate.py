import numpy as np
import pytest

from matopt.inference import Estimate

Z95 = 1.959963984540054  # the normal quantile of 0.975, Abramowitz and Stegun 26.2


def test_covariance_and_errors_come_from_the_root(rng):
    R = rng.standard_normal((4, 2, 3))
    e = Estimate(np.zeros((2, 3)), R)
    C = R.reshape(4, 6).T @ R.reshape(4, 6)
    np.testing.assert_allclose(e.covariance, C)
    np.testing.assert_allclose(e.standard_errors, np.sqrt(np.diag(C)).reshape(2, 3))


@pytest.mark.parametrize(
    ("scale", "value", "lower"),
    [
        ("linear", 0.5, 0.5 - Z95 * 0.1),
        ("log", 0.5, 0.5 * np.exp(-Z95 * 0.1 / 0.5)),
        ("atanh", 0.5, np.tanh(np.arctanh(0.5) - Z95 * 0.1 / 0.75)),
    ],
)
def test_intervals(scale, value, lower):
    e = Estimate(np.array([value]), np.array([[0.1]]))
    ((low, high),) = e.intervals(scale=scale)
    assert low == pytest.approx(lower, rel=1e-12)
    assert low < value < high
    ((narrow, _),) = e.intervals(0.5, scale)
    assert low < narrow < value


def test_repr():
    assert repr(Estimate(np.array(2.0), np.array([0.25]))) == "<Estimate 2 ± 0.25>"
    assert "9 numbers" not in repr(Estimate(np.ones(9), np.ones((1, 9))))
    assert "20 numbers of shape (4, 5)" in repr(
        Estimate(np.ones((4, 5)), np.ones((1, 4, 5)))
    )


@pytest.mark.parametrize("level", [0.0, 1.0, 95, float("nan")])
def test_level(level):
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        Estimate(np.ones(1), np.ones((1, 1))).intervals(level)


def test_scale():
    e = Estimate(np.array([-1.0]), np.ones((1, 1)))
    with pytest.raises(ValueError, match="scale must be one of linear, log, atanh"):
        e.intervals(scale="logit")
    with pytest.raises(ValueError, match="is for positive numbers"):
        e.intervals(scale="log")
    with pytest.raises(ValueError, match="is for numbers between -1 and 1"):
        e.intervals(scale="atanh")
