"""Products of three matrices in the cheaper order."""

from matopt.linalg import Array, product


def chain(A: Array | None, X: Array, B: Array | None) -> Array:
    """A X B, associated for the fewest multiplications; None is the identity."""
    if A is None:
        return X if B is None else product(X, B)
    if B is None:
        return product(A, X)
    (p, m), (n, q) = A.shape, B.shape
    if p * n * (m + q) <= m * q * (n + p):
        return product(product(A, X), B)
    return product(A, product(X, B))
