"""Diffusion LMS over a network: exact for independent Gaussian regressors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matopt.filters.signal_moments import SignalMoments
from matopt.filters.theory_base import Theory, check_step
from matopt.lazy import lazy
from matopt.linalg import LU, Array, as_array


@dataclass(frozen=True, eq=False)
class DiffusionTheory(Theory):
    """Every node takes an LMS step, then averages: w_k = sum_l a_lk psi_l.

    All nodes see regressors of the same R, independent of each other's. Per mode l_i
    of R the N x N matrix K_i over the nodes follows A^T ((1 - mu l_i)^2 K_i +
    diag(...)) A, with what LMS has on the diagonal. ``combination`` A is that of
    ``DiffusionLMS``, whose columns sum to one. excess and deviation are averages over
    the nodes; with a_lk = 1 / N and small steps both are those of LMS over N.
    Cattivelli & Sayed (2010), Sayed (2014).
    """

    moments: SignalMoments
    step: float
    combination: Array  # (nodes, nodes)
    noise: Array | None = None  # E |v|^2 of each node; default: minimum_error

    source = "Cattivelli & Sayed (2010); Sayed (2014)"
    conditions = "exact for independent Gaussian regressors with R common to all nodes"

    def __post_init__(self) -> None:
        check_step(self.step)
        A = as_array(self.combination, "combination", ndim=2, dtype=float)
        if A.shape[0] != A.shape[1] or not np.allclose(A.sum(axis=0), 1.0):
            raise ValueError(
                f"combination must be square with columns that sum to 1, got shape "
                f"{A.shape} and sums from {A.sum(axis=0).min():g} to "
                f"{A.sum(axis=0).max():g}"
            )
        object.__setattr__(self, "combination", A)
        if self.noise is not None:
            v = as_array(self.noise, "noise", shape=(len(A),), dtype=float)
            object.__setattr__(self, "noise", v)

    @property
    def nodes(self) -> int:
        """The size of the network."""
        return len(self.combination)

    @property
    def minimum_error(self) -> float:
        """The average of the nodes' noise."""
        return float(self._noise.mean())

    @property
    def excess(self) -> float:
        return float(self.node_excess.mean())

    @property
    def node_excess(self) -> Array:
        """The excess of each node in the end."""
        excess: Array = self.moments.eigenvalues @ self._final
        return excess

    @property
    def deviation(self) -> float:
        """E |w_o - w|^2 in the end, averaged over the nodes."""
        return float(self._final.sum() / self.nodes)

    def states(self, start: Array) -> Iterator[tuple[float, float]]:
        m, A, eig = self.moments, self.combination.T, self.moments.eigenvalues
        k = np.abs(m.to_modes(m.weights - start)) ** 2
        K = np.broadcast_to(k[:, None, None], (m.length, self.nodes, self.nodes))
        node = np.arange(self.nodes)
        q = m.mode_walk[:, None, None]
        decay = ((1.0 - self.step * eig) ** 2)[:, None, None]
        while True:
            own = K[:, node, node]
            excess = eig @ own
            yield float(excess.mean()), float(own.sum() / self.nodes)
            K = decay * K
            K[:, node, node] += self._added(own, excess)
            K = A @ K @ A.T + q

    def _added(self, own: Array, excess: Array) -> Array:
        """What the diagonal of K gains beyond (1 - mu l)^2 K: (modes, nodes)."""
        mu, eig = self.step, self.moments.eigenvalues[:, None]
        c = 0.0 if self.moments.is_complex else 1.0
        gained: Array = mu * mu * eig * (excess + self._noise + c * eig * own)
        return gained

    @property
    def _noise(self) -> Array:
        if self.noise is not None:
            return self.noise
        return np.full(self.nodes, self.moments.minimum_error)

    @lazy
    def _final(self) -> Array:
        """The diagonals of the K_i in the end, (modes, nodes).

        Mode by mode linear in the excess of the nodes, which is then solved for.
        """
        mu, m, A, N = self.step, self.moments, self.combination.T, self.nodes
        c = 0.0 if m.is_complex else 1.0
        pair, diagonal = np.kron(A, A), np.arange(N) * (N + 1)
        constant, gain = np.empty((m.length, N)), np.empty((m.length, N, N))
        for i, (eig, q) in enumerate(zip(m.eigenvalues, m.mode_walk, strict=True)):
            kept = np.full(N * N, (1.0 - mu * eig) ** 2)
            kept[diagonal] += c * (mu * eig) ** 2
            F = pair * kept
            if np.max(np.abs(np.linalg.eigvals(F))) >= 1.0:
                return np.full((m.length, N), np.inf)
            right = np.column_stack(
                [pair[:, diagonal] * (mu * mu * eig), np.full(N * N, q)]
            )
            solved = LU(np.eye(N * N) - F).solve(right)[diagonal]
            gain[i] = solved[:, :N]
            constant[i] = solved[:, :N] @ self._noise + solved[:, N]
        total = np.tensordot(m.eigenvalues, gain, axes=1)
        if np.max(np.abs(np.linalg.eigvals(total))) >= 1.0:
            return np.full((m.length, N), np.inf)
        excess = LU(np.eye(N) - total).solve(m.eigenvalues @ constant)
        final: Array = constant + gain @ excess
        return final
