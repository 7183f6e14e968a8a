"""Problem files read without matopt; only generators are those of matopt.

What a generator makes is data: it defines the problem, in float64. Data files are
read in 50 digits.
"""

import tomllib
from pathlib import Path

import numpy as np
from arithmetic import cholesky, double, exact
from mpmath import mpf

from matopt.studies.generators import generate

HERE = Path(__file__).parents[1]
LABELS = ("easy", "medium", "hard")


def center(X, _):
    """Subtract the mean of every column."""
    return X - X.sum(axis=0) / len(X)


def standardize(X, _):
    """Center, then divide every column by its standard deviation (over m)."""
    X = X - X.sum(axis=0) / len(X)
    return X / ((X * X).sum(axis=0) / len(X)) ** 0.5


def group_means(X, groups):
    """Replace every row by the mean of the rows of its group."""
    _, k = np.unique(groups, return_inverse=True)
    means = [X[k == j].sum(axis=0) / (k == j).sum() for j in range(k.max() + 1)]
    return np.array(means)[k]


def group_covariances(X, groups):
    """Return the covariances about the means of the groups, one a group."""
    X = X - group_means(X, groups)
    labels = np.unique(groups)
    return np.array(
        [X[groups == k].T @ X[groups == k] / sum(groups == k) for k in labels]
    )


def windows(X, width):
    """Rows are the windows of a vector: row i is X[i : i + width]."""
    return np.array([X[i : i + width] for i in range(len(X) - width + 1)])


def toeplitz(t):
    """Return the symmetric Toeplitz matrix of the first row t."""
    n = np.arange(len(t))
    return t[abs(n[:, None] - n)]


def same_block(n, first):
    """Say of each entry whether row and column are both among the first, or neither."""
    inside = np.arange(n) < first
    return inside[:, None] == inside


PLAIN = {  # transform: function of the array and the group labels
    "center": center,
    "standardize": standardize,
    "group-means": group_means,
    "group-center": lambda X, groups: X - group_means(X, groups),
    "group-covariances": group_covariances,
    "covariance": lambda X, _: X.T @ X / len(X),
    "root": lambda X, _: len(X) ** mpf("0.5") * cholesky(X).T,
    "transpose": lambda X, _: X.T,
    "flatten": lambda X, _: X.reshape(-1),
    "intercept": lambda X, _: np.column_stack([X[:, 0] * 0 + 1, X]),
    "toeplitz": lambda X, _: toeplitz(X),
}
WITH_NUMBER = {  # transform = { name = number }
    "windows": windows,
    "power": lambda X, exponent: X**exponent,
    "rows": lambda X, count: X[:count],
    "columns": lambda X, count: X[:, :count],
    "blocks": lambda X, first: np.where(same_block(len(X), first), X, X * 0),
    "cross": lambda X, first: np.where(same_block(len(X), first), X * 0, X),
}


def read_file(entry):
    """Return the selected columns of a data file and its group labels, as float64."""
    path = HERE / entry["file"]
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            return archive[entry["key"]].astype(float), None
    header, *lines = path.read_text().splitlines()
    names = header.split(",")
    table = np.array([[float(v) for v in line.split(",")] for line in lines])
    chosen = [names.index(c) for c in entry.get("columns", names)]
    groups = table[:, names.index(entry["groups"])] if "groups" in entry else None
    return table[:, chosen] if len(chosen) > 1 else table[:, chosen[0]], groups


def named(entry, values):
    """Return a table with the values of parameters in place of their names."""
    if isinstance(entry, dict):
        return {key: named(value, values) for key, value in entry.items()}
    if isinstance(entry, list):
        return [named(value, values) for value in entry]
    return values.get(entry, entry) if isinstance(entry, str) else entry


def transformed(X, groups, transforms):
    """Apply the transforms in order."""
    for transform in transforms:
        if isinstance(transform, str):
            X = PLAIN[transform](X, groups)
        else:
            ((name, argument),) = transform.items()
            X = WITH_NUMBER[name](X, argument)
    return X


def read_array(entry, number):
    """Return the array of one [data.NAME] table; number is exact or double."""
    if "identity" in entry:
        return number(np.eye(entry["identity"]))
    transforms = entry.get("transforms", [])
    if "generator" in entry:
        arguments = entry.get("arguments", {})
        made = generate(entry["generator"], entry.get("key"), arguments)
        return transformed(made, None, transforms)
    X, groups = read_file(entry)
    X = transformed(number(X), groups, transforms)
    shape = tuple(entry["shape"])
    if shape not in (X.shape, (*X.shape, 1)):
        raise ValueError(f"{entry['file']}: shape is {X.shape}, file says {shape}")
    return X.reshape(shape)


def classes(path):
    """Return the classes of a problem; [None] if it has none."""
    declared = tomllib.loads(path.read_text()).get("difficulty", {})
    return [label for label in LABELS if label in declared] or [None]


def read_problem(path, label=None, number=exact):
    """Return a problem in one class: a dict whose [data] holds arrays.

    Data that only solutions use are left out.
    """
    table = tomllib.loads(path.read_text())
    values = dict(table.get("parameters", {}))
    values |= table.get("difficulty", {}).get(label, {})
    table["parameters"], table["label"] = values, label
    table["files"] = table.get("data", {})
    if any("generator" in entry for entry in table["files"].values()):
        number = double
    table["data"] = {
        name: read_array(named(entry, values), number)
        for name, entry in table["files"].items()
        if name not in solutions(table)
    }
    table["space"] = named(table["space"], values)
    for term in table["term"]:
        term["coefficient"] = named(term.get("coefficient", 1.0), values)
        term["arguments"] = named(term.get("arguments", {}), values)
    return table


def solution(table):
    """Return the table of the optimum in the class that was read."""
    return table["solution"].get(table["label"], table["solution"])


def solutions(table):
    """Return the names of the arrays that are optima."""
    tables = [table["solution"], *(table["solution"].get(k, {}) for k in LABELS)]
    return {each["matrix"] for each in tables if "matrix" in each}
