import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from matopt.errors import OutOfDomain
from matopt.inference import fit_each
from matopt.objectives import GaussianLikelihood
from matopt.solvers import Status, Stop, minimize
from matopt.spaces import (
    Fisher,
    HermitianToeplitz,
    PositiveDefinite,
    Symmetric,
    SymmetricToeplitz,
)

module = sys.modules["matopt.inference.fit_each"]
TIGHT = Stop(gradient_norm=1e-8)


def processes(k, m, n, rng, dtype=float):
    """Data sets of moving averages, scaled from set to set."""
    shape = (k, m, n + 1)
    e = rng.standard_normal(shape)
    if dtype is complex:
        e = e + 1j * rng.standard_normal(shape)
    return (e[:, :, 1:] + 0.7 * e[:, :, :-1]) * (1.0 + np.arange(k))[:, None, None]


def agrees_with_minimize(fits, sets, space, mean=None, stop=TIGHT):
    assert len(fits) == len(sets)
    for i, X in enumerate(sets):
        r = minimize(GaussianLikelihood(X, mean=mean).on(space), stop=stop)
        assert fits.status[i] is r.status
        assert fits.success[i] == r.success
        if r.status is Status.NEARLY_SINGULAR:  # where they go on is chance
            continue
        assert fits.fun[i] == pytest.approx(r.fun, rel=1e-11, abs=1e-11)
        near = pytest.approx(r.gradient_norm, rel=1e-6, abs=1e-9)
        assert fits.gradient_norm[i] == near
        assert abs(fits.nit[i] - r.nit) <= 1
        scale = np.abs(r.matrix).max()
        np.testing.assert_allclose(fits.matrices[i], r.matrix, atol=1e-6 * scale)


@pytest.mark.parametrize("n", [1, 2, 3, 15])
@pytest.mark.parametrize("make", [SymmetricToeplitz, HermitianToeplitz])
def test_each_is_what_minimize_finds(n, make, rng):
    space = make(n)
    X = processes(5, 2 * n + 1, n, rng, space.dtype)
    fits = fit_each(X, space, stop=TIGHT)
    assert fits.success.all()
    assert fits.x.shape == (5, space.size)
    assert fits.matrices.dtype == space.dtype
    for x, A in zip(X, fits.matrices, strict=True):  # by dense formulas (43), (63)
        S, P = x.T @ x.conj() / len(x), np.linalg.inv(A)
        gradient = space.adjoint(P - P @ S @ P)
        assert np.linalg.norm(gradient) < 1e-6 * np.linalg.norm(space.adjoint(P))
    agrees_with_minimize(fits, X, space)


@pytest.mark.parametrize("mean", [None, "profile"])
def test_gradients_are_measured_by_the_metric_of_the_space(mean, rng):
    X = processes(4, 9, 5, rng)
    X += 3.0
    space, stop = Fisher(SymmetricToeplitz(5)), Stop(gradient_norm=0.1)
    fits = fit_each(X, space, mean=mean, stop=stop)
    assert fits.gradient_norm.max() > 1e-6
    agrees_with_minimize(fits, X, space, mean, stop)


def test_one_call_fits_all(rng, monkeypatch):
    monkeypatch.setattr(module, "minimize", None)
    assert fit_each(processes(4, 9, 5, rng), SymmetricToeplitz(5)).success.all()


def test_real_data_on_a_complex_space(rng):
    X = processes(3, 9, 4, rng)
    agrees_with_minimize(
        fit_each(X, HermitianToeplitz(4), stop=TIGHT), X, HermitianToeplitz(4)
    )


def test_sets_of_several_sizes_keep_their_order(rng):
    sets = [processes(1, m, 4, rng)[0] * m for m in (20, 7, 20, 9, 7)]
    agrees_with_minimize(
        fit_each(iter(sets), SymmetricToeplitz(4), stop=TIGHT),
        sets,
        SymmetricToeplitz(4),
    )


@pytest.mark.parametrize(
    "space", [PositiveDefinite(3), Symmetric(3), Fisher(Symmetric(3))]
)
def test_spaces_without_a_call_for_all(space, rng):
    X = processes(2, 12, 3, rng)
    agrees_with_minimize(fit_each(X, space, stop=TIGHT), X, space)


def test_orders_beyond_the_compiled_run(rng):
    X = processes(2, 200, 65, rng)
    agrees_with_minimize(
        fit_each(X, SymmetricToeplitz(65), stop=TIGHT), X, SymmetricToeplitz(65)
    )


def test_sets_without_a_minimum_end_as_minimize_says(rng):
    X, stop = processes(8, 3, 8, rng), replace(TIGHT, max_iterations=60)
    fits = fit_each(X, SymmetricToeplitz(8), stop=stop)
    assert 0 < fits.success.sum() < 8
    agrees_with_minimize(fits, X, SymmetricToeplitz(8), stop=stop)


@pytest.mark.parametrize(
    "stop",
    [
        replace(TIGHT, max_iterations=1),
        replace(TIGHT, max_iterations=0),
        replace(TIGHT, max_evaluations=2),
        replace(TIGHT, value_change=1e-2),
    ],
)
def test_every_limit_of_stop_holds(stop, rng):
    X = processes(3, 20, 6, rng)
    fits = fit_each(X, SymmetricToeplitz(6), stop=stop)
    assert not fits.success.any()
    agrees_with_minimize(fits, X, SymmetricToeplitz(6), stop=stop)


@pytest.mark.parametrize("make", [SymmetricToeplitz, HermitianToeplitz])
@pytest.mark.parametrize("scale", [1e-150, 1e-100, 1e100, 1e150])
def test_units_do_not_matter(make, scale, rng):
    X = processes(3, 12, 5, rng, make(5).dtype) * scale
    stop = replace(TIGHT, gradient_norm=1e-7 / scale**2)
    agrees_with_minimize(fit_each(X, make(5), stop=stop), X, make(5), stop=stop)


def test_what_underflows_has_not_converged(rng):
    with pytest.raises(OutOfDomain) as raised:
        fit_each(processes(3, 12, 5, rng) * 1e-155, SymmetricToeplitz(5))
    assert raised.value.__notes__ == ["This is of samples[0]"]


def test_runs_are_held_a_few_at_a_time(rng, monkeypatch):
    X = processes(7, 9, 3, rng)
    whole = fit_each(X, SymmetricToeplitz(3), stop=TIGHT)
    terms = sys.modules["matopt.spaces.toeplitz_terms"]
    monkeypatch.setattr(terms, "_ENTRIES", 2 * 51 * 3)
    parts = fit_each(X, SymmetricToeplitz(3), stop=TIGHT)
    assert np.array_equal(whole.x, parts.x)
    assert np.array_equal(whole.nit, parts.nit)


def test_samples_are_not_written_into(rng):
    X = processes(3, 9, 3, rng)
    X.flags.writeable = False
    fit_each(X, SymmetricToeplitz(3), mean="profile")


def test_fits_say_how_they_went(rng):
    text = repr(fit_each(processes(4, 20, 3, rng), SymmetricToeplitz(3)))
    assert "4 on SymmetricToeplitz(3)" in text
    assert "4 CONVERGED" in text
    assert "at most" in text


def test_an_error_names_its_data_set(rng):
    X = processes(3, 5, 3, rng)
    X[2, :, 1] = 0.0
    with pytest.raises(ValueError, match="always 0, first 1") as raised:
        fit_each(X, Symmetric(3))
    assert "samples[2]" in raised.value.__notes__[0]


def test_an_error_of_a_size_names_its_data_set(rng):
    good = processes(2, 9, 3, rng)
    with pytest.raises(ValueError, match="2 features") as raised:
        fit_each([*good, good[0][:, :2]], SymmetricToeplitz(3))
    assert raised.value.__notes__ == ["This is of samples[2]"]
    with pytest.raises(ValueError, match="samples is complex") as raised:
        fit_each([good[0], good[1] + 0j], SymmetricToeplitz(3))
    assert raised.value.__notes__ == ["This is of samples[1]"]


def test_stop_must_be_a_stop(rng):
    with pytest.raises(TypeError, match="stop must be a Stop, got float"):
        fit_each(processes(2, 9, 3, rng), SymmetricToeplitz(3), stop=1e-6)


def test_limits_may_be_any_numbers(rng):
    X = processes(2, 9, 3, rng)
    stop = Stop(gradient_norm=Fraction(1, 10**6), max_iterations=30.0)
    agrees_with_minimize(
        fit_each(X, SymmetricToeplitz(3), stop=stop), X, SymmetricToeplitz(3), stop=stop
    )


def test_an_interrupt_ends_all_of_them(rng, monkeypatch):
    found = minimize(GaussianLikelihood(np.eye(3)).on(PositiveDefinite(3)))
    stopped = replace(found, status=Status.INTERRUPTED)
    monkeypatch.setattr(module, "minimize", lambda *a, **k: stopped)
    with pytest.raises(KeyboardInterrupt):
        fit_each(processes(2, 9, 3, rng), PositiveDefinite(3))


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        (np.ones((4, 3)), ValueError, r"3 dimension\(s\), got shape \(4, 3\)"),
        ([], ValueError, "at least one data set"),
        (3, TypeError, r"array \(k, m, n\) or several arrays \(m, n\), got int"),
        ([np.ones((4, 3)), np.ones(3)], ValueError, r"samples\[1\] must have 2"),
        (np.full((2, 4, 3), np.nan), ValueError, r"nan at index \(0, 0, 0\)"),
        (np.ones((2, 4, 5)), ValueError, r"5 features .* \(3, 3\)"),
        ([np.ones((4, 3)), np.ones((4, 2))], ValueError, "2 features"),
        (np.ones((2, 4, 3)) * 1j, ValueError, "samples is complex"),
        (np.ones((2, 0, 3)), ValueError, "must not be empty"),
    ],
)
def test_bad_samples(samples, error, message):
    with pytest.raises(error, match=message):
        fit_each(samples, SymmetricToeplitz(3))
