"""Which filter has which theory."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import chi2

from matopt.filters import (
    GNGD,
    LMF,
    LMS,
    NLMS,
    QRRLS,
    RLS,
    AffineProjection,
    AffineProjectionTheory,
    AugmentedCLMS,
    BlockLMS,
    ConstrainedLMS,
    Constraint,
    DiffusionLMS,
    ErrorFunction,
    Kalman,
    LMSTheory,
    MathewsLMS,
    MixedNormTheory,
    NLMSTheory,
    ReweightedZeroAttractingLMS,
    RLSTheory,
    Rule,
    SignalMoments,
    SignErrorLMS,
    SignErrorTheory,
    SignSignLMS,
    StochasticGradient,
    ZeroAttractingLMS,
    ZeroAttractingTheory,
    theory,
)
from matopt.filters.theory import known_theory

M = SignalMoments(np.eye(3), np.ones(3), 0.1)
WIDE = SignalMoments(np.eye(40), np.ones(40), 0.1)
EIGHT = SignalMoments(np.eye(8), np.ones(8), 0.1)
POWER_OF_8 = chi2(8).ppf((np.arange(100_000) + 0.5) / 100_000)  # |u|^2, in equal parts
LAGS = np.subtract.outer(np.arange(4), np.arange(4))


@dataclass(frozen=True)
class _Own(StochasticGradient):
    own: Rule
    length: int = 3

    @property
    def rule(self):
        return self.own

    @property
    def advice(self):
        return ""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(0.1), LMSTheory(M, 0.1)),
        (Rule(0.1, leakage=0.2), LMSTheory(M, 0.1, 0.2)),
        (Rule(0.1, error=ErrorFunction.SIGN), SignErrorTheory(M, 0.1)),
        (Rule(0.1, ErrorFunction.CUBIC, 0.3), MixedNormTheory(M, 0.1, 0.3)),
        (Rule(0.1, normalized=True), NLMSTheory(M, 0.1)),
    ],
)
def test_a_rule_has_its_theory(rule, expected):
    found = theory(_Own(rule), M)
    assert type(found) is type(expected)
    assert found.excess == expected.excess


@pytest.mark.parametrize(
    ("m", "length", "regularization"), [(M, 3, 1e-3), (M, 3, 1e-6), (WIDE, 40, 0.06)]
)
def test_nlms_is_regularized_by_the_largest_power_so_far(m, length, regularization):
    """eps by the 10^-4 quantile of chi^2, which is exact for white input."""
    found = theory(NLMS(length, 0.5, regularization), m)
    eps = regularization * chi2(length).isf(1e-4)
    expected = NLMSTheory(m, 0.5, eps)
    np.testing.assert_allclose(found.excess, expected.excess, rtol=1e-9)
    for samples in (1e2, 1e6):
        there = NLMSTheory(m, 0.5, regularization * chi2(length).isf(1.0 / samples))
        np.testing.assert_allclose(there.excess, found.excess, rtol=0.08)


@pytest.mark.parametrize("step", [0.5, 1.0, 1.5, 1.9, 1.99])
def test_nlms_has_a_theory_where_runs_of_any_length_are_within_a_tenth(step):
    """White input: (2 step E r - step^2 E r^2) D / L = step^2 Jmin E r / (eps + p)."""
    given = {}
    for regularization in (1e-5, 1e-3, 3e-3, 0.01, 0.02, 0.03, 0.05):
        excess = []
        for samples in (1e2, 1e4, 1e6):
            eps, p = regularization * chi2(8).isf(1.0 / samples), POWER_OF_8
            r = p / (eps + p)
            enters = step**2 * 0.1 * (r / (eps + p)).mean()
            excess.append(8 * enters / (2 * step * r - step**2 * r**2).mean())
        few, usual, many = excess
        is_within = usual / 1.1 < few < 1.1 * usual and 0.9 * usual < many
        found = known_theory(NLMS(8, step, regularization), EIGHT)
        assert (found is not None) == is_within, regularization
        if found is not None:
            np.testing.assert_allclose(found.excess, usual, rtol=1e-4)
        given[regularization] = found is not None
    assert given[1e-5] and not given[0.05]


def test_nlms_of_signals_without_noise_has_the_theory_of_those_with_little():
    for f in (NLMS(3, 0.5, 1e-3), NLMS(3, 0.5, 0.1), NLMS(3, 1.95, 1e-2)):
        quiet = known_theory(f, replace(M, minimum_error=0.0))
        little = known_theory(f, replace(M, minimum_error=1e-30))
        assert (quiet is None) == (little is None)
        assert quiet is None or quiet.excess == 0.0


def test_regularized_nlms_of_too_large_a_step_diverges_whatever_the_run():
    f = _Own(Rule(2.5, normalized=True, regularization=1e-6))
    assert theory(f, M).excess == np.inf


@pytest.mark.parametrize(
    ("R", "regularization"),
    [(np.eye(8), 0.1), (np.eye(1), 1e-6), (0.7 ** np.abs(LAGS), 0.01)],
)
def test_nlms_has_no_theory_where_its_regularization_grows(R, regularization):
    m = SignalMoments(R, np.zeros(len(R)), 0.1)
    with pytest.raises(TypeError, match="matters the more the longer the run; lower"):
        theory(NLMS(len(R), 0.5, regularization), m)


def test_a_constraint_leaves_lms_in_the_free_directions():
    f = ConstrainedLMS(3, 0.1, np.ones((3, 1)), [1.0])
    m = M.constrained(np.ones((3, 1)), [1.0])
    assert theory(f, M).excess == LMSTheory(m, 0.1).excess
    assert theory(f, M).minimum_error > M.minimum_error


def test_circular_signals_of_an_augmented_filter():
    m = SignalMoments(np.eye(2, dtype=complex), [1.0, 1j], 0.1)
    found, lms = theory(AugmentedCLMS(2, 0.01), m), LMSTheory(m, 0.01)
    np.testing.assert_allclose(found.minimum_error, 0.1, rtol=1e-12)
    assert 1.9 * lms.excess < found.excess < 2.1 * lms.excess
    with pytest.raises(TypeError, match="on real signals it is LMS of twice the step"):
        theory(AugmentedCLMS(3, 0.01), M)


def test_a_network_is_what_its_filter_does(rng):
    """Columns that sum to one, where rows do not: a filter and its theory agree."""
    A = np.array([[0.9, 0.5, 0.5], [0.1, 0.5, 0.0], [0.0, 0.0, 0.5]])
    f = DiffusionLMS(3, 0.05, A)
    runs, samples = 400, 400
    x = rng.standard_normal((runs, 3, samples, 3))
    d = x.sum(axis=3) + np.sqrt(0.1) * rng.standard_normal((runs, 3, samples))
    run = f.run(x, d, weights=np.ones(3))
    off = np.sum((run.weights - 1.0) ** 2, axis=2).mean()
    np.testing.assert_allclose(theory(f, M).deviation, off, rtol=0.06)


def test_filters_by_name():
    for f in (RLS(3, 0.9), QRRLS(3, 0.9)):
        assert theory(f, M).excess == RLSTheory(M, 0.9).excess
    projections = theory(AffineProjection(3, 2, 0.3), M)
    assert projections.excess == AffineProjectionTheory(M, 0.3, 2).excess
    attracted = ZeroAttractingLMS(3, 0.1, 1e-3)
    expected = ZeroAttractingTheory(M, 0.1, 1e-3)
    assert theory(attracted, M).excess == expected.excess
    assert theory(SignErrorLMS(3, 0.1), M).excess == SignErrorTheory(M, 0.1).excess
    assert theory(LMF(3, 0.1), M).excess == MixedNormTheory(M, 0.1).excess
    assert theory(LMS(3, 0.1), M).excess == LMSTheory(M, 0.1).excess
    assert theory(NLMS(3, 0.5, 0.0), M).excess == NLMSTheory(M, 0.5).excess


@pytest.mark.parametrize(
    "rule",
    [
        Rule(0.1, error=ErrorFunction.SIGN, leakage=0.1),
        Rule(0.1, normalized=True, leakage=0.1),
        Rule(0.1, error=ErrorFunction.CUBIC, normalized=True),
        Rule(0.1, attraction=0.1, reweighting=1.0),
        Rule(0.1, path=(0.5,)),
        Rule(0.1, ErrorFunction.SIGN, sign_data=True),
        Rule(0.1, leakage=0.1, constraint=Constraint(np.ones((3, 1)), np.ones(1))),
    ],
)
def test_what_is_not_wholly_explained_has_none(rule):
    with pytest.raises(TypeError, match="filter must be one whose theory is known"):
        theory(_Own(rule), M)


@pytest.mark.parametrize(
    ("f", "known"),
    [
        (MathewsLMS(3, 0.1, 1e-3), "between LMS at its lower and at its upper limit"),
        (GNGD(3), "with its regularization held it is NLMS"),
        (ReweightedZeroAttractingLMS(3, 0.1, 1e-3), "it is ZeroAttractingLMS"),
        (Kalman(3, 0.1, 1.0), "without drift of the weights it is RLS"),
        (BlockLMS(3, 0.1, 2), "for small steps it is LMS"),
        (SignSignLMS(3, 0.1), "not of all together, and an ensemble measures"),
    ],
)
def test_where_there_is_none_it_says_what_is_known(f, known):
    with pytest.raises(TypeError, match=known):
        theory(f, M)


def test_every_theory_says_whose_it_is_and_when_it_holds():
    def below(kind):
        for each in kind.__subclasses__():
            yield from below(each)
            yield each

    from matopt.filters import Theory

    final = [kind for kind in below(Theory) if not kind.__abstractmethods__]
    assert len(final) == 10
    for kind in final:
        assert any(c.isdigit() for c in kind.source)  # a year
        assert kind.conditions
