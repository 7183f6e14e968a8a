import mpmath
import numpy as np
import pytest
import scipy.linalg
from numeric import agrees_along, exact, first, normal, second, trace

from matopt.check import check_objective
from matopt.errors import OutOfDomain
from matopt.objectives import LogDet, TraceFunction
from matopt.spaces import Dense, PositiveDefinite, Symmetric

mp = mpmath.mp
FIELDS = pytest.mark.parametrize("dtype", [float, complex])

# tr F(X) of any square X
VALUES = {
    "exp": lambda X: trace(mp.expm(X)),
    "log": lambda X: mp.log(abs(mp.det(X))),
    "sqrt": lambda X: trace(mp.sqrtm(X)),
    "sin": lambda X: trace(mp.sinm(X)),
    "cos": lambda X: trace(mp.cosm(X)),
    "sinh": lambda X: trace(mp.expm(X) - mp.expm(-X)) / 2,
    "cosh": lambda X: trace(mp.expm(X) + mp.expm(-X)) / 2,
}
NAMES = pytest.mark.parametrize("name", VALUES)


def of_eigenvalues(name):
    """Tr F(X) of a Hermitian X, right at repeated eigenvalues too."""
    F = getattr(mp, name)

    def value(X):
        return mp.fsum(F(x) for x in mp.eighe((X + X.H) / 2, eigvals_only=True))

    return value


@FIELDS
@NAMES
def test_of_a_general_matrix(name, dtype, rng):
    X = normal(rng, 3, 3, dtype=dtype) * 0.4 + 1.5 * np.eye(3)
    space = Dense(3, 3, dtype=dtype)
    agrees_along(TraceFunction(name), space, VALUES[name], rng, X, rtol=1e-12)


def spectrum(values, rng, dtype):
    Q, _ = np.linalg.qr(normal(rng, len(values), len(values), dtype=dtype))
    X = (Q * np.array(values)) @ Q.conj().T
    return (X + X.conj().T) / 2


SPECTRA = {
    "identity": [1.0, 1.0, 1.0],
    "repeated": [0.5, 0.5, 3.0],
    "nearly": [0.5, 0.5 + 1e-9, 3.0],
    "less nearly": [0.5, 0.5 + 1e-5, 3.0],
    "apart": [1e-3, 1.0, 20.0],
}


@FIELDS
@NAMES
@pytest.mark.parametrize("kind", SPECTRA)
def test_at_repeated_and_nearly_repeated_eigenvalues(kind, name, dtype, rng):
    X = spectrum(SPECTRA[kind], rng, dtype)
    if kind == "identity":
        X = np.eye(3, dtype=dtype)
    space, value = Symmetric(3, dtype), of_eigenvalues(name)
    e = TraceFunction(name).on(space).at(X)
    assert e.value == pytest.approx(exact(value, X), rel=1e-12, abs=1e-12)
    for _ in range(3):
        u, v = rng.standard_normal((2, space.size))
        U, V = space.matrix(u), space.matrix(v)
        # the eigenvalue 1e-3 is known to 1e-13, and 1/sqrt(1e-3) is differentiated
        rel = 1e-9 if kind == "apart" else 1e-12
        assert e.gradient @ u == pytest.approx(first(value, X, U), rel=rel, abs=rel)
        size = np.linalg.norm(e.hessp(v)) * np.linalg.norm(u)
        off = e.hessp(v) @ u - second(value, X, U, V)
        assert abs(off) <= rel * size


@FIELDS
@NAMES
def test_on_hermitian_matrices(name, dtype, rng):
    for n in (1, 2, 5):
        X = spectrum(np.linspace(0.5, 2.0, n), rng, dtype)
        for space in (Symmetric(n, dtype), PositiveDefinite(n, dtype)):
            check_objective(TraceFunction(name), space, rng, x=X)


@NAMES
def test_order_one_of_a_general_matrix(name, rng):
    check_objective(TraceFunction(name), Dense(1, 1), rng, x=[[0.7]])


@NAMES
def test_both_ways_agree(name, rng):
    X = spectrum([0.3, 0.7, 1.1, 1.1], rng, float)
    one = TraceFunction(name).on(Symmetric(4)).at(X)
    two = TraceFunction(name).on(Dense(4, 4)).at(X)
    v = rng.standard_normal(10)
    V = Symmetric(4).matrix(v)
    assert one.value == pytest.approx(two.value, rel=1e-12)
    G = two.gradient.reshape(4, 4)
    np.testing.assert_allclose(one.gradient, Symmetric(4).adjoint(G), rtol=1e-10)
    H = two.hessp(V.ravel()).reshape(4, 4)
    np.testing.assert_allclose(one.hessp(v), Symmetric(4).adjoint(H), rtol=1e-9)


def test_128(rng):
    X, space = normal(rng, 4, 4), Dense(4, 4)
    g = TraceFunction("sin").on(space).at(X).gradient
    np.testing.assert_allclose(space.matrix(g), scipy.linalg.cosm(X).T, rtol=1e-12)


def test_the_trace_of_log_is_logdet_and_shares_its_factor(rng):
    problem = (TraceFunction("log") + LogDet()).on(PositiveDefinite(5))
    e = problem.at(PositiveDefinite(5).random(rng))
    assert e.value == pytest.approx(2 * np.linalg.slogdet(e.matrix)[1], rel=1e-12)
    e.hessp(e.gradient)
    assert e.point.factorizations == 1


def test_one_eigendecomposition_a_point(rng, monkeypatch):
    count, real = [], scipy.linalg.eigh
    monkeypatch.setattr(
        scipy.linalg, "eigh", lambda *a, **k: count.append(1) or real(*a, **k)
    )
    e = TraceFunction("exp").on(Symmetric(4)).start(rng)
    assert np.isfinite(e.value) and e.hessp(e.gradient).any()
    assert len(count) == 1


def test_a_defective_matrix_has_an_accurate_value():
    J = np.eye(6) + np.eye(6, k=1)  # its computed eigenvalues are off by eps^(1/6)
    value = TraceFunction("sqrt").on(Dense(6, 6)).at(J).value
    assert value == pytest.approx(6.0, rel=1e-13)


@pytest.mark.parametrize("name", ["sqrt", "log"])
def test_domain(name):
    f = TraceFunction(name)
    for space, X in (
        (Symmetric(2), np.diag([1.0, -1.0])),
        (Symmetric(2), np.diag([1.0, 0.0])),
        (Dense(2, 2), np.diag([1.0, -1.0])),
        (Dense(2, 2), np.diag([1.0, 0.0])),
        (Dense(2, 2, dtype=complex), np.diag([1.0, -1.0 + 1e-16j])),
    ):
        assert f.on(space).at(X).value == np.inf
        assert (-2.0 * f).on(space).at(X).value == np.inf
        with pytest.raises(OutOfDomain):
            _ = f.on(space).at(X).gradient
    rotation = np.array([[-1.0, -1.0], [1.0, -1.0]])  # eigenvalues -1 +- i
    assert np.isfinite(f.on(Dense(2, 2)).at(rotation).value)


def test_overflow_is_infinite_and_silent():
    X = 800.0 * np.eye(2)
    for space in (Symmetric(2), Dense(2, 2)):
        assert TraceFunction("exp").on(space).at(X).value == np.inf


def test_wide_gaps_do_not_overflow():
    e = TraceFunction("exp").on(Symmetric(2)).at(np.diag([700.0, -1000.0]))
    H = e.hessp(np.array([0.0, 1.0, 0.0]))
    assert H[1] == pytest.approx(2 * np.exp(700.0) / 1700.0, rel=1e-13)


def test_wrong_arguments():
    with pytest.raises(
        ValueError, match=r"got .sine.; did you mean .sin.* Known: exp, log"
    ):
        TraceFunction("sine")
    with pytest.raises(ValueError, match="got 3"):
        TraceFunction(3)
    with pytest.raises(ValueError, match="TraceFunction needs square matrices"):
        TraceFunction("exp").on(Dense(2, 3))
    assert repr(TraceFunction("exp")) == "TraceFunction(name='exp')"
