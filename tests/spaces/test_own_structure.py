"""A structure by somebody else: what must be written, and what follows from it."""

import numpy as np
import pytest

import matopt as mo
from matopt.check import check_objective, check_space
from matopt.spaces import Structure


class CompoundSymmetry(Structure):
    """theta_0 on the diagonal, theta_1 off it."""

    def __init__(self, n):
        self.n = n

    @property
    def size(self):
        return 2

    def matrix(self, x):
        return x[0] * np.eye(self.n) + x[1] * (1 - np.eye(self.n))

    def adjoint(self, left, right=None):
        G = left if right is None else left @ right.conj().T
        return np.array([np.trace(G), G.sum() - np.trace(G)]).real


class Companion(CompoundSymmetry):
    """Not symmetric: the first row is free, below the diagonal are ones times theta."""

    def matrix(self, x):
        A = np.zeros((self.n, self.n))
        A[0, 0], A[1, 0] = x
        return A

    def adjoint(self, left, right=None):
        G = left if right is None else left @ right.conj().T
        return np.array([G[0, 0], G[1, 0]]).real


def test_three_methods_make_a_structure(rng):
    space = CompoundSymmetry(4)
    assert space.shape == (4, 4)
    assert space.hermitian
    assert repr(space) == "CompoundSymmetry()"
    check_space(space, rng)
    samples = rng.standard_normal((30, 4)) + rng.standard_normal((30, 1))
    f = mo.GaussianLikelihood(samples)
    check_objective(f, space, rng)
    result = mo.minimize(f.on(space))
    assert result.success
    S = samples.T @ samples / 30
    np.testing.assert_allclose(result.matrix, space.project(S), atol=1e-6)


def test_what_is_not_hermitian_is_seen():
    assert not Companion(3).hermitian
    with pytest.raises(ValueError, match="needs a space of symmetric"):
        mo.GaussianLikelihood(np.eye(3)).on(Companion(3))
