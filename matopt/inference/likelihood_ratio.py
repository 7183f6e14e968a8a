"""The likelihood ratio test of a structure inside a larger one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matopt.inference.fit import Fit, fit
from matopt.inference.log_likelihood import gaussian, log_likelihood, weight
from matopt.linalg import Array, Cholesky, product
from matopt.objectives import GaussianLikelihood
from matopt.solvers.rows import Rows
from matopt.spaces import Seed, generator

_ROUNDING = 1e-6  # how far a larger likelihood may be below, times max(1, |ln L|)


@dataclass(frozen=True, repr=False)
class LikelihoodRatio(Rows):
    """2 (ln L_large - ln L_small), chi-square where the small structure is true."""

    statistic: float
    freedom: int  # the parameters that the small structure has less
    factor: float = 1.0  # Bartlett's: the mean of the statistic over the freedom

    @property
    def p_value(self) -> float:
        """The chance of a statistic as large, divided by the Bartlett factor."""
        from scipy.special import chdtrc

        return float(chdtrc(self.freedom, self.statistic / self.factor))

    def _rows(self) -> dict[str, str]:
        return {
            "statistic": f"{self.statistic:.6g}",
            "freedom": f"{self.freedom}",
            "factor": f"{self.factor:.4g}",
            "p_value": f"{self.p_value:.4g}",
        }


def likelihood_ratio(
    small: Fit, large: Fit, *, simulations: int = 0, rng: Seed = None
) -> LikelihoodRatio:
    """Test whether the samples contradict the structure of ``small``.

    Both are fits of one likelihood to the same samples, and every matrix of the small
    space must belong to the large one. If only the large fit has a mean, the test is
    also of a zero mean. The chi-square law (Wilks, 1938) is off by a factor 1 + O(1/m),
    which with few samples rejects true structures much too often. ``simulations``
    estimates the factor (Bartlett, 1937) from that many sets of Gaussian samples of the
    small fit's covariance, to which both are fitted as they were to the data.
    """
    freedom = _check_nested(small, large)
    statistic = _statistic(small, large)
    factor = 1.0
    if simulations:
        draw = generator(rng)
        statistics = [_simulated(small, large, draw) for _ in range(simulations)]
        factor = float(np.mean(statistics)) / freedom
    return LikelihoodRatio(statistic, freedom, factor)


def _statistic(small: Fit, large: Fit) -> float:
    gain = large.log_likelihood - small.log_likelihood
    if gain < -_ROUNDING * max(1.0, abs(small.log_likelihood)):
        raise ValueError(
            f"the large fit has the lower likelihood, by {-gain:.3g}: it is not at its "
            "maximum; fit it again with start=small.matrix"
        )
    return 2.0 * max(0.0, gain)


def _check_nested(small: Fit, large: Fit) -> int:
    """The difference of the numbers of parameters."""
    for name, each in (("small", small), ("large", large)):
        if each.space.factors:
            raise TypeError(
                f"likelihood_ratio is of one covariance, but {each.space!r} of the "
                f"{name} fit has several matrices; for samples with a mean take "
                'GaussianLikelihood(samples, mean="profile")'
            )
        if not each.result.success:
            raise ValueError(
                f"the {name} fit did not converge, it is {each.result.status}: its "
                "likelihood is not a maximum. Minimize further, or see diagnose(fit)"
            )
    if small.count != large.count:
        raise ValueError(
            "both fits must be to the same samples, but small has "
            f"{small.count} and large has {large.count}"
        )
    _check_samples(small, large)
    freedom = large.parameters - small.parameters
    if freedom <= 0:
        raise ValueError(
            "large must have more parameters than small, but they have "
            f"{large.parameters} and {small.parameters}; exchange them"
        )
    for A in _members(small):
        try:
            large.space.parameters(A)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{small.space!r} is not a part of {large.space!r}: {error}"
            ) from error
    return freedom


def _check_samples(small: Fit, large: Fit) -> None:
    """At one matrix the likelihood of the same samples is the same.

    About a mean that was fitted for the large fit alone it is larger by what it gains.
    """
    more = large.objective.mean_parameters - small.objective.mean_parameters
    if more < 0:
        raise ValueError(
            "the mean is fitted in small but zero in large, so that small is no part "
            "of large; fit the mean in both"
        )
    there = large.objective.at(small.point)
    off = log_likelihood(large.objective, there.value) - small.log_likelihood
    if more:
        off -= weight(large.objective) * there.mean_gain
    if abs(off) > _ROUNDING * max(1.0, abs(small.log_likelihood)):
        raise ValueError(
            "both fits must be of one likelihood to the same samples, but at the "
            f"matrix of small that of large is off by {off:.3g}; fit both to one "
            "objective"
        )


def _members(small: Fit) -> list[Array]:
    """The fit, and a matrix of the family near it: generic, positive definite."""
    tangent = small.point.space.random_tangent(small.point)
    C = Cholesky.of(small.point.dense).congruence(small.point.along(tangent))
    step = 0.1 / max(float(np.linalg.norm(C)), 1e-300)
    near = small.point.space.retract(small.point, step * tangent)
    return [small.point.dense, near.dense]


def _simulated(small: Fit, large: Fit, draw: np.random.Generator) -> float:
    """The statistic of samples that the small fit could have been made from."""
    f = gaussian(small.objective)
    if not isinstance(f, GaussianLikelihood):
        raise TypeError(f"simulations are of covariance fits, got {f!r}")
    samples = _draw(small.point.dense, f.count, draw)
    parts = [_again(each, samples, small.matrix) for each in (small, large)]
    return _statistic(*parts)


def _again(each: Fit, samples: Array, start: Array) -> Fit:
    """The same fit to other samples."""
    mean = "profile" if gaussian(each.objective).scatter.centred else None
    return fit(GaussianLikelihood(samples, mean=mean), each.space, start=start)


def _draw(A: Array, count: int, draw: np.random.Generator) -> Array:
    """Zero-mean Gaussian samples of covariance A, circular where it is complex."""
    z: Array = draw.standard_normal((len(A), count))
    if A.dtype.kind == "c":
        z = (z + 1j * draw.standard_normal(z.shape)) / np.sqrt(2.0)
    return product(Cholesky.of(A).L, z).T
