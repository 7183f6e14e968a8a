"""The errors of matopt, each with a message that says what to do."""


class OutOfDomain(ValueError):
    """The matrix is outside the domain of the objective.

    Solvers meet it as the value +inf at a trial point; a user meets it only at a
    start point, or when asking a point for what does not exist there.
    """


class NotPositiveDefinite(OutOfDomain):
    """A Hermitian matrix has no Cholesky factor."""


class Singular(OutOfDomain):
    """A square matrix has no inverse."""


class NoHessian(TypeError):
    """A second derivative was asked of an objective that has none."""
