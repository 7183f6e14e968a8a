"""Filters that take a gradient step at every sample: one loop, many rules."""

from __future__ import annotations

from abc import abstractmethod

from matopt.filters import by_blocks, by_samples
from matopt.filters.filter import AdaptiveFilter
from matopt.filters.gauge import fresh_gauge
from matopt.filters.outputs import Outputs, State
from matopt.filters.rule import Rule
from matopt.filters.signals import Layout, Signals
from matopt.linalg import Array


class StochasticGradient(AdaptiveFilter):
    """A gradient step at every sample: a ``rule`` says which.

    Rules whose step is a number times the regressor run four samples a pass over the
    weights, others sample by sample.
    """

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """The update."""

    @property
    def memory(self) -> int:
        """What the regressors, their inner products or an estimated path reach back."""
        rule = self.rule
        further = by_blocks.REACH if rule.is_scalar else len(rule.estimate) - 1
        return self.length - 1 + further

    @property
    def margin(self) -> int:
        """What the block that a chunk ends in lacks."""
        return by_blocks.MARGIN if self.rule.is_scalar else 0

    def initial(self, layout: Layout, weights: Array) -> State:
        rule = self.rule
        how = by_blocks.initial if rule.is_scalar else by_samples.initial
        state = how(rule, layout, weights)
        state["gauge"] = fresh_gauge(weights)  # and the largest |u|^2
        state["gauge"][:, 1] += rule.at_once**2 * weights[0].size
        return state

    def advance(self, state: State, signals: Signals, outputs: Outputs) -> None:
        rule = self.rule
        how = by_blocks.advance if rule.is_scalar else by_samples.advance
        how(rule, state, signals, outputs)

    def settle(self, state: State, layout: Layout) -> None:
        if self.rule.is_scalar:
            by_blocks.settle(state, layout)
