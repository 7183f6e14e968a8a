"""Compiled: the one pass over the weights that all gradient steps are made of."""

from numba import njit, uintp

from matopt.filters.kernels.flags import FAST

# Four steps to the next block of regressors. With ``of_series`` they are one sample
# apart, which the compiler must know to make the most of it.


def _real(of_series):
    @njit(cache=True, nogil=True, fastmath=FAST)
    def move(
        w, x, at, to, hop, stride, channels, length, keep, a0, a1, a2, a3, y
    ):  # fmt: skip
        y0 = y1 = y2 = y3 = w.dtype.type(0.0)
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, shift = channel * length, channel * stride
            for j in range(length):
                p, q = at + shift + j, to + shift + j
                r = keep * w[base + j]
                r += a0 * x[p] + a1 * x[p + h1] + a2 * x[p + h2] + a3 * x[p + h3]
                w[base + j] = r
                y0 += r * x[q]
                y1 += r * x[q + h1]
                y2 += r * x[q + h2]
                y3 += r * x[q + h3]
        y[0], y[1], y[2], y[3] = y0, y1, y2, y3

    return move


def _complex(of_series):
    @njit(cache=True, nogil=True, fastmath=FAST)
    def move(
        w, v, x, z, at, to, hop, stride, channels, length, keep, a0, a1, a2, a3, b0, b1,
        b2, b3, y,
    ):  # fmt: skip
        y0 = y1 = y2 = y3 = w.dtype.type(0.0)
        z0 = z1 = z2 = z3 = w.dtype.type(0.0)
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, shift = channel * length, channel * stride
            for j in range(length):
                p, q = at + shift + j, to + shift + j
                r, s = keep * w[base + j], keep * v[base + j]
                r += a0 * x[p] + a1 * x[p + h1] + a2 * x[p + h2] + a3 * x[p + h3]
                r -= b0 * z[p] + b1 * z[p + h1] + b2 * z[p + h2] + b3 * z[p + h3]
                s += a0 * z[p] + a1 * z[p + h1] + a2 * z[p + h2] + a3 * z[p + h3]
                s += b0 * x[p] + b1 * x[p + h1] + b2 * x[p + h2] + b3 * x[p + h3]
                w[base + j] = r
                v[base + j] = s
                y0 += r * x[q] + s * z[q]
                y1 += r * x[q + h1] + s * z[q + h1]
                y2 += r * x[q + h2] + s * z[q + h2]
                y3 += r * x[q + h3] + s * z[q + h3]
                z0 += r * z[q] - s * x[q]
                z1 += r * z[q + h1] - s * x[q + h1]
                z2 += r * z[q + h2] - s * x[q + h2]
                z3 += r * z[q + h3] - s * x[q + h3]
        y[0], y[1], y[2], y[3] = y0, y1, y2, y3
        y[4], y[5], y[6], y[7] = z0, z1, z2, z3

    return move


move_series, move_rows = _real(True), _real(False)
_complex_series, _complex_rows = _complex(True), _complex(False)


@njit(cache=True, nogil=True)
def move(planes, w, v, x, z, at, to, hop, stride, channels, length, c, y):
    """w <- keep w + sum_k c_k u_k of one block, y_k = w^H u_k of another.

    w and x are real parts, v and z the imaginary ones, or the same arrays again. c has
    the real parts of c_k, the imaginary ones, and keep; ``at`` and ``to`` are where the
    oldest samples of the first regressors are, ``hop`` how far it is to the next.
    """
    a, b, h = uintp(at), uintp(to), uintp(hop)
    s, n, m = uintp(stride), uintp(channels), uintp(length)
    keep = w.dtype.type(c[8])
    a0, a1 = w.dtype.type(c[0]), w.dtype.type(c[1])
    a2, a3 = w.dtype.type(c[2]), w.dtype.type(c[3])
    if planes == 1:
        if hop == 1:
            move_series(w, x, a, b, h, s, n, m, keep, a0, a1, a2, a3, y)
        else:
            move_rows(w, x, a, b, h, s, n, m, keep, a0, a1, a2, a3, y)
        return
    b0, b1 = w.dtype.type(c[4]), w.dtype.type(c[5])
    b2, b3 = w.dtype.type(c[6]), w.dtype.type(c[7])
    if hop == 1:
        _complex_series(w, v, x, z, a, b, h, s, n, m, keep, a0, a1, a2, a3, b0, b1, b2,
                        b3, y)  # fmt: skip
    else:
        _complex_rows(w, v, x, z, a, b, h, s, n, m, keep, a0, a1, a2, a3, b0, b1, b2,
                      b3, y)  # fmt: skip
