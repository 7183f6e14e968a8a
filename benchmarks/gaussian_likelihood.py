"""The Gaussian likelihood against the LAPACK and BLAS calls it cannot avoid.

    python benchmarks/gaussian_likelihood.py [n ...]

Value and gradient: one Cholesky factorization, one inverse, two symmetric products
(potrf, potri, 2 symm). Hessian product: two products (gemm). Set
OPENBLAS_NUM_THREADS to choose the threads.
"""

import sys

import numpy as np
from scipy.linalg import blas, lapack
from timing import minima

import matopt as mo


def main(sizes: list[int]) -> None:
    print("value and gradient, Hessian product; ratios to the unavoidable calls")
    print(f"{'space':<22}{'n':>6}{'f+g/floor':>11}{'Hv/floor':>10}{'floor ms':>10}")
    for n in sizes:
        for make in (mo.Symmetric, mo.PositiveDefinite):
            measure(make(n))


def measure(space: mo.Symmetric | mo.PositiveDefinite) -> None:
    n = space.n
    rng = np.random.default_rng(0)
    S = np.cov(rng.standard_normal((3 * n, n)), rowvar=False)
    f = mo.GaussianLikelihood.from_covariance(S).on(space)
    A = np.asfortranarray(S + np.eye(n))
    x = space.parameters(A)
    e = f.at(A)
    v = space.random_tangent(e.point, rng)
    V, H = np.asfortranarray(e.point.along(v)), np.empty((n, n), order="F")
    assert e.gradient_norm > 0

    def value_and_gradient() -> object:
        fresh = type(e)(f, space.point(x))
        return fresh.value, fresh.gradient

    def factor_invert_multiply() -> object:
        L = lapack.dpotrf(A, lower=1, clean=0)[0]
        P = lapack.dpotri(L, lower=1, overwrite_c=1)[0]
        B = blas.dsymm(1.0, P, A, lower=1, c=H, overwrite_c=1)
        return blas.dsymm(1.0, P, B, side=1, lower=1)

    def two_products() -> object:
        B = blas.dgemm(1.0, A, V, c=H, overwrite_c=1)
        return blas.dgemm(1.0, B, A)

    seconds = 1.0 if n < 500 else 4.0
    ours, floor = minima(value_and_gradient, factor_invert_multiply, seconds=seconds)
    hv, two = minima(lambda: e.hessp(v), two_products, seconds=seconds)
    print(
        f"{space!r:<22}{n:>6}{ours / floor:>11.2f}{hv / two:>10.2f}{1e3 * floor:>10.2f}"
    )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 500, 1000])
