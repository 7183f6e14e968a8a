import mpmath as mp
import numpy as np
import pytest

from matopt.check import check_objective, check_space
from matopt.errors import NotPositiveDefinite, OutOfDomain
from matopt.linalg import Scatter
from matopt.objectives import GaussianLikelihood, LogDet, SquaredDistance, TraceInverse
from matopt.solvers import LBFGS, SciPy, Stop, TrustRegion, minimize
from matopt.spaces import Product, Sphere, StationaryKernel

KERNELS = {
    "squared_exponential": lambda s: mp.exp(-s * s / 2),
    "matern12": lambda s: matern(s, mp.mpf(1) / 2),
    "matern32": lambda s: matern(s, mp.mpf(3) / 2),
    "matern52": lambda s: matern(s, mp.mpf(5) / 2),
    "rational_quadratic": lambda s: (1 + s * s / 3) ** mp.mpf(-1.5),
}


def matern(s, nu):
    """The definition by a Bessel function (Rasmussen and Williams, 4.14)."""
    if s == 0:
        return mp.mpf(1)
    u = mp.sqrt(2 * nu) * s
    return 2 ** (1 - nu) / mp.gamma(nu) * u**nu * mp.besselk(nu, u)


SPACES = [
    StationaryKernel(n, kernel, spacing=0.5, noise=noise, alpha=1.5)
    for kernel in KERNELS
    for noise in (True, False)
    for n in (3, 6)
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_conforms(space, rng):
    check_space(space, rng)


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_objectives_conform(space, rng):
    X = rng.standard_normal((4, space.n))
    B = rng.standard_normal((space.n, space.n))
    for f in (GaussianLikelihood(X), LogDet(), TraceInverse(B), SquaredDistance(B)):
        # short against the spacing, so that T is well conditioned without noise
        check_objective(
            f, space, rng, x=space.random(rng) - [0, 0.7, 0][: space.dimension]
        )


def test_as_a_part_of_a_product(rng):
    f = GaussianLikelihood(rng.standard_normal((4, 3)))
    space = Product(Sphere(2), StationaryKernel(3, "matern32"))
    check_objective(f.of(1) + TraceInverse(np.eye(3)).of(1), space, rng)


@pytest.mark.parametrize("kernel", KERNELS)
def test_lags_and_their_derivatives_against_the_definition(kernel):
    space = StationaryKernel(5, kernel, spacing=0.5, alpha=1.5)
    x = np.log([2.0, 0.7, 0.3])
    point = space.point(x)

    def lag(k, log_length):
        return 2 * KERNELS[kernel](k * mp.mpf(0.5) / mp.exp(log_length))

    for k in range(1, 5):
        with mp.workdps(40):
            values = mp.taylor(lambda L, k=k: lag(k, L), mp.mpf(x[1]), 2)
        exact = [float(values[0]), float(values[1]), 2 * float(values[2])]
        unit, direction = np.eye(5)[k], np.eye(3)[1]
        assert point.lags[k] == pytest.approx(exact[0], rel=1e-13)
        assert point.push(direction)[k] == pytest.approx(exact[1], rel=1e-12)
        bent = point.pull_along(direction, unit)
        np.testing.assert_allclose(bent, [exact[1], exact[2], 0], rtol=1e-11)
    assert point.lags[0] == pytest.approx(2.3)


@pytest.mark.parametrize("solver", [TrustRegion(), LBFGS(), SciPy("BFGS")])
def test_finds_the_parameters_of_samples(solver):
    space = StationaryKernel(24, "matern32")
    truth = np.log([2.0, 4.0, 0.1])
    L = np.linalg.cholesky(space.matrix(truth))
    X = np.random.default_rng(0).standard_normal((2000, 24)) @ L.T
    result = minimize(GaussianLikelihood(X).on(space), solver=solver, stop=Stop(1e-5))
    assert result.success
    np.testing.assert_allclose(result.x, truth, atol=0.1)
    if isinstance(solver, TrustRegion):
        assert result.nit <= 10 and result.nfactor == result.nfev


def test_starts_where_correlations_fall_to_a_half(rng):
    space = StationaryKernel(30, spacing=0.25)
    L = np.linalg.cholesky(space.matrix(np.log([3.0, 1.5, 0.1])))
    X = rng.standard_normal((500, 30)) @ L.T
    variance, length, noise = np.exp(space.near(Scatter(X)))
    assert variance == pytest.approx(3.1, rel=0.2) and noise == pytest.approx(
        0.1 * variance
    )
    assert 0.75 <= length <= 3.0
    assert np.exp(space.near(Scatter(np.ones((1, 30)))))[1] == 0.25 * 16  # a ramp
    assert space.near(Scatter(np.zeros((2, 30)))) is None
    assert len(space.start()) == len(space.random(0)) == 3


def test_parameters_of_a_matrix():
    for space in SPACES:
        x = np.log([2.0, 1.3, 0.2][: space.dimension])
        np.testing.assert_allclose(space.parameters(space.matrix(x)), x, atol=1e-9)
        np.testing.assert_array_equal(space.admit(x), x)
    # without noise its variance is as small as rounding
    T = StationaryKernel(4, "matern12", noise=False).matrix(np.log([2.0, 1.3]))
    x = StationaryKernel(4, "matern12").parameters(T)
    assert x[2] < -25


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([800.0, 0.0, 0.0], "a parameter is too large or small for floating point"),
        ([0.0, 0.0, -800.0], "a parameter is too large or small for floating point"),
        ([0.0, -700.0, 0.0], "the length is too short for floating point numbers"),
    ],
)
def test_what_floating_point_cannot_hold_is_outside(x, message):
    space = StationaryKernel(3)
    with pytest.raises(OutOfDomain, match=message):
        _ = space.point(np.array(x)).logdet
    assert LogDet().on(space).at(x).value == np.inf


def test_wrong_arguments():
    space = StationaryKernel(4)
    with pytest.raises(
        ValueError, match=r"kernel must be one of squared_.* got 'cubic'"
    ):
        StationaryKernel(4, "cubic")
    with pytest.raises(ValueError, match="spacing must be positive, got 0"):
        StationaryKernel(4, spacing=0.0)
    with pytest.raises(ValueError, match="alpha must be positive, got -1"):
        StationaryKernel(4, alpha=-1.0)
    with pytest.raises(ValueError, match="n must be an integer of at least 3, got 2"):
        StationaryKernel(2)
    with pytest.raises(
        ValueError, match=r"matrix must belong to StationaryKernel\(4\)"
    ):
        space.parameters(np.eye(4))
    T = StationaryKernel(4, "matern12").matrix(np.zeros(3))
    with pytest.raises(
        ValueError, match=r"matrix must belong to StationaryKernel\(4\)"
    ):
        space.parameters(T)
    with pytest.raises(NotPositiveDefinite, match="matrix must be positive definite"):
        space.parameters(np.ones((4, 4)))
    with pytest.raises(ValueError, match=r"start must have shape \(3,\), got \(2,\)"):
        space.admit([0.0, 0.0])
