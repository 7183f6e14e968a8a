import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood, LogDet, TraceInverse
from matopt.spaces import Banded, Fisher, LinearSpan

SPACES = [
    Banded(n, bandwidth, dtype, symmetric)
    for dtype in (float, complex)
    for n, bandwidth, symmetric in [
        (1, 0, False),
        (1, 0, True),
        (2, 1, True),
        (5, 1, False),
        (5, (2, 0), False),
        (5, (0, 3), False),
        (5, (1, 3), False),
        (5, 0, True),
        (5, 2, True),
        (12, 1, False),
        (12, 1, True),
    ]
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", [s for s in SPACES if s.symmetric], ids=repr)
def test_likelihood_conforms(space, rng):
    check_objective(GaussianLikelihood(rng.standard_normal((9, space.n))), space, rng)


def _band(G, lower, upper):
    return np.triu(np.tril(G, upper), -lower)


@pytest.mark.parametrize("widths", [(1, 1), (2, 0), (0, 3)])
def test_projection_is_the_band(widths, rng):
    G = rng.standard_normal((5, 5)) + 1j * rng.standard_normal((5, 5))
    space = Banded(5, widths, complex)
    np.testing.assert_array_equal(space.project(G), _band(G, *widths))
    np.testing.assert_array_equal(space.gradient_by_entries(G), _band(G, *widths))


def test_two_gradients_of_a_symmetric_band(rng):
    G = rng.standard_normal((5, 5))
    space = Banded(5, 1, symmetric=True)
    expected = _band(G + G.T, 1, 1)
    np.testing.assert_allclose(space.project(G), expected / 2)
    np.testing.assert_allclose(
        space.gradient_by_entries(G), expected - np.diag(np.diag(G))
    )


def test_factors_of_a_narrow_band_are_not_multiplied(rng):
    # order 40: fewer than one in eight entries is free, so G is never formed
    for space in (Banded(40, 1), Banded(40, 1, complex, True)):
        left, right = (rng.standard_normal((40, 3)) + 0j for _ in range(2))
        expected = [np.vdot(left @ right.conj().T, S).real for S in space.basis()]
        np.testing.assert_allclose(
            space.adjoint(left, right), expected, rtol=1e-10, atol=1e-12
        )


def test_a_full_band_is_the_whole_matrix():
    assert Banded(3, 2).size == 9
    assert Banded(3, 2, symmetric=True).size == 6
    assert Banded(3, 2, complex, True).size == 9


def test_repr_and_equality():
    assert repr(Banded(4, 1, symmetric=True)) == "Banded(4, 1, symmetric=True)"
    assert Banded(4, [1, 2]) == Banded(4, (1, 2)) != Banded(4, (2, 1))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="bandwidth must be below n = 3, got 3"):
        Banded(3, 3)
    with pytest.raises(ValueError, match="bandwidth must be an integer when symmetric"):
        Banded(3, (1, 1), symmetric=True)
    with pytest.raises(ValueError, match=r"bandwidth must be \(lower, upper\)"):
        Banded(3, (1, 1, 1))
    with pytest.raises(ValueError, match="bandwidth must be an integer of at least 0"):
        Banded(3, -1)
    with pytest.raises(ValueError, match=r"must belong to Banded\(3, 1\)"):
        Banded(3, 1).parameters(np.ones((3, 3)))


@pytest.fixture
def narrow(monkeypatch):
    """Take the band alone at any size."""
    monkeypatch.setattr("matopt.spaces.banded._WIDE", 1)
    monkeypatch.setattr("matopt.spaces.banded._NARROW", 1)


HERMITIAN = [
    Banded(n, b, dtype, symmetric=True)
    for dtype in (float, complex)
    for n, b in [(1, 0), (2, 1), (5, 0), (5, 2), (5, 4), (12, 3)]
]


@pytest.mark.parametrize("space", HERMITIAN, ids=repr)
def test_the_band_alone_conforms(space, narrow, rng):
    S = rng.standard_normal((space.n, space.n))
    f = GaussianLikelihood(rng.standard_normal((9, space.n)))
    check_space(space, rng)
    for objective in (f, LogDet() + TraceInverse(S @ S.T)):
        check_objective(objective, space, rng)
        check_objective(objective, Fisher(space), rng)


@pytest.mark.parametrize("space", HERMITIAN, ids=repr)
def test_the_band_alone_agrees_with_the_dense_twin(space, narrow, rng):
    x = space.random(rng)
    fast, dense = space.point(x), LinearSpan(space.basis()).point(x)
    B = rng.standard_normal((space.n, 4)).astype(space.dtype)
    if space.dtype is complex:
        B.imag = rng.standard_normal(B.shape)
    v = rng.standard_normal(space.size)
    close = {"rtol": 1e-8, "atol": 1e-9}
    np.testing.assert_allclose(fast.logdet, dense.logdet, **close)
    np.testing.assert_allclose(fast.solve(B), dense.solve(B), **close)
    np.testing.assert_allclose(fast.factor.inverse, dense.factor.inverse, **close)
    np.testing.assert_allclose(fast.logdet_gradient(), dense.logdet_gradient(), **close)
    np.testing.assert_allclose(fast.logdet_hessp(v), dense.logdet_hessp(v), **close)
    np.testing.assert_allclose(fast.information, dense.information, **close)
    a, b = (point.gaussian(Scatter(B.T)) for point in (fast, dense))
    np.testing.assert_allclose(a.value, b.value, **close)
    np.testing.assert_allclose(a.gradient, b.gradient, **close)
    np.testing.assert_allclose(a.hessp(v), b.hessp(v), **close)


def test_a_wide_matrix_is_not_formed(rng):
    space = Banded(200, 2, symmetric=True)
    f = GaussianLikelihood(rng.standard_normal((9, 200)))
    e = f.on(space).start()
    e.hessp(e.gradient)
    assert "dense" not in vars(e.point)
    far = space.point(-e.x)
    with pytest.raises(NotPositiveDefinite, match=r"order 200 .* of order 1 is not"):
        _ = far.logdet
