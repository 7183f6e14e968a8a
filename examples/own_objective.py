"""Bring an objective of your own, check it, and minimize it on two spaces."""

import numpy as np

import matopt as mo

target = np.array([[2.0, 1.0], [1.0, 3.0]])


def value(X):
    return np.sum(np.cosh(X - target)) - 4.0


def gradient(X):
    return np.sinh(X - target)


def hessp(X, V):
    return np.cosh(X - target) * V


f = mo.from_functions(value, gradient, hessp)
print(mo.check.check_objective(f, mo.Symmetric(2), rng=0))
for space in (mo.Symmetric(2), mo.Diagonal(2)):
    result = mo.minimize(f.on(space))
    print(space, result.status, result.matrix.tolist())
