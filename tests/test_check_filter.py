"""The check of filters finds filters that are wrong, and passes all of ours."""

import numpy as np
import pytest

from matopt import filters
from matopt.check import CheckFailed, check_filter

OURS = [
    filters.LMS(3, 0.01),
    filters.NLMS(5),
    filters.SignSignLMS(2, 0.001),
    filters.GNGD(4),
    filters.AffineProjection(4, 2),
    filters.RLS(3),
    filters.QRRLS(3),
    filters.SlidingWindowRLS(3, 30),
    filters.Kalman(2, 1e-3, 0.1),
    filters.AugmentedRLS(2),
    filters.DiffusionLMS(2, 0.01, np.full((2, 2), 0.5)),
    filters.FrequencyDomainLMS(4, 0.1),
    filters.FrequencyDomainLMS(4, 0.1, block=7, constrained=False),
    filters.PartitionedFrequencyDomainLMS(10, 0.1, 64, "alternating"),
]


@pytest.mark.parametrize("f", OURS, ids=repr)
@pytest.mark.parametrize("dtype", [float, complex])
def test_ours_pass(f, dtype, rng):
    assert check_filter(f, rng, dtype=dtype).passed


def failures(f, rng):
    with pytest.raises(CheckFailed) as caught:
        check_filter(f, rng)
    return {m.name for m in caught.value.report.measurements if not m.passed}


class Forgetful(filters.LMS):
    """Loses its block at the end of a chunk."""

    def advance(self, state, signals, outputs):
        self.settle(state, signals.layout)
        super().advance(state, signals, outputs)
        state["weights"] *= 0.999


class Late(filters.LMS):
    """Returns the output of the sample before."""

    def advance(self, state, signals, outputs):
        super().advance(state, signals, outputs)
        outputs.output[...] = np.roll(outputs.output, 1, axis=1)


class Shaken(filters.FrequencyDomainLMS):
    """Loses what it knows of the power where a chunk begins."""

    def advance(self, state, signals, outputs):
        state["power"][...] = 0.0
        super().advance(state, signals, outputs)


def test_what_is_lost_between_chunks_is_found(rng):
    assert "chunks and files against the whole" in failures(Forgetful(4, 0.05), rng)
    whole_blocks = Shaken(4, 0.05, block=6, constrained=False)
    assert "chunks and files against the whole" in failures(whole_blocks, rng)


def test_a_wrong_output_is_found(rng):
    names = failures(Late(4, 0.05), rng)
    assert {"error against d - y", "output against w^H u"} <= names


def test_a_divergence_is_found(rng):
    assert failures(filters.LMS(8, 50.0), rng) == {"trials that diverged"}
