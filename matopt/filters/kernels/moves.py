"""Compiled: the passes over the weights that all gradient steps are made of.

A block of four samples is added to the weights, then the weights are multiplied by the
regressors of the next. Two loops, because the sums of both would not fit the registers
of one, and in a loop that only adds nothing may be regrouped: that is slower.
"""

from numba import uintp

from matopt.linalg.compiled import CONTRACT, FAST, part

# Regressors are ``hop`` apart. Those of series are one sample apart, which the compiler
# must know to make the most of it.


def _add(of_series):
    @part(CONTRACT)
    def add(w, x, at, hop, stride, channels, length, a0, a1, a2, a3):
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, start = channel * length, at + channel * stride
            for j in range(length):
                p = start + j
                r = w[base + j] + a0 * x[p]
                r += a1 * x[p + h1]
                r += a2 * x[p + h2]
                r += a3 * x[p + h3]
                w[base + j] = r

    return add


def _multiply(of_series):
    @part(FAST)
    def multiply(w, x, at, hop, stride, channels, length, y):
        y0 = y1 = y2 = y3 = w.dtype.type(0.0)
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, start = channel * length, at + channel * stride
            for j in range(length):
                p, r = start + j, w[base + j]
                y0 += r * x[p]
                y1 += r * x[p + h1]
                y2 += r * x[p + h2]
                y3 += r * x[p + h3]
        y[0], y[1], y[2], y[3] = y0, y1, y2, y3

    return multiply


def _add_complex(of_series):
    @part(CONTRACT)
    def add(
        w, v, x, z, at, hop, stride, channels, length, a0, a1, a2, a3, b0, b1, b2, b3
    ):  # fmt: skip
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, start = channel * length, at + channel * stride
            for j in range(length):
                p = start + j
                x0, x1, x2, x3 = x[p], x[p + h1], x[p + h2], x[p + h3]
                r, s = w[base + j] + a0 * x0, v[base + j] + b0 * x0
                r, s = r + a1 * x1, s + b1 * x1
                r, s = r + a2 * x2, s + b2 * x2
                r, s = r + a3 * x3, s + b3 * x3
                z0, z1, z2, z3 = z[p], z[p + h1], z[p + h2], z[p + h3]
                r, s = r - b0 * z0, s + a0 * z0
                r, s = r - b1 * z1, s + a1 * z1
                r, s = r - b2 * z2, s + a2 * z2
                r, s = r - b3 * z3, s + a3 * z3
                w[base + j], v[base + j] = r, s

    return add


def _multiply_complex(of_series):
    @part(FAST)
    def multiply(w, v, x, z, at, hop, stride, channels, length, y):
        y0 = y1 = y2 = y3 = w.dtype.type(0.0)
        z0 = z1 = z2 = z3 = w.dtype.type(0.0)
        h1 = uintp(1) if of_series else hop
        h2 = h1 + h1
        h3 = h2 + h1
        for channel in range(channels):
            base, start = channel * length, at + channel * stride
            for j in range(length):
                p, r, s = start + j, w[base + j], v[base + j]
                y0 += r * x[p] + s * z[p]
                y1 += r * x[p + h1] + s * z[p + h1]
                y2 += r * x[p + h2] + s * z[p + h2]
                y3 += r * x[p + h3] + s * z[p + h3]
                z0 += r * z[p] - s * x[p]
                z1 += r * z[p + h1] - s * x[p + h1]
                z2 += r * z[p + h2] - s * x[p + h2]
                z3 += r * z[p + h3] - s * x[p + h3]
        y[0], y[1], y[2], y[3] = y0, y1, y2, y3
        y[4], y[5], y[6], y[7] = z0, z1, z2, z3

    return multiply


add_series, _add_rows = _add(True), _add(False)
multiply_series, _multiply_rows = _multiply(True), _multiply(False)
_add_complex_series, _add_complex_rows = _add_complex(True), _add_complex(False)
_multiply_complex_series = _multiply_complex(True)
_multiply_complex_rows = _multiply_complex(False)


@part()
def add(planes, w, v, x, z, at, hop, stride, channels, length, c):
    """w <- keep w + sum_k c_k u_k of one block.

    w and x are real parts, v and z the imaginary ones, or the same arrays again. c has
    the real parts of c_k, the imaginary ones, and keep; ``at`` is where the oldest
    sample of the first regressor is, ``hop`` how far it is to the next.
    """
    a, h = uintp(at), uintp(hop)
    s, n, m = uintp(stride), uintp(channels), uintp(length)
    keep = w.dtype.type(c[8])
    a0, a1 = w.dtype.type(c[0]), w.dtype.type(c[1])
    a2, a3 = w.dtype.type(c[2]), w.dtype.type(c[3])
    if keep != 1.0:
        _shrink(w, keep)
    if planes == 1:
        if hop == 1:
            add_series(w, x, a, h, s, n, m, a0, a1, a2, a3)
        else:
            _add_rows(w, x, a, h, s, n, m, a0, a1, a2, a3)
        return
    b0, b1 = w.dtype.type(c[4]), w.dtype.type(c[5])
    b2, b3 = w.dtype.type(c[6]), w.dtype.type(c[7])
    if keep != 1.0:
        _shrink(v, keep)
    if hop == 1:
        _add_complex_series(w, v, x, z, a, h, s, n, m, a0, a1, a2, a3, b0, b1, b2, b3)
    else:
        _add_complex_rows(w, v, x, z, a, h, s, n, m, a0, a1, a2, a3, b0, b1, b2, b3)


@part()
def _shrink(w, keep):
    """w <- keep w."""
    for j in range(len(w)):
        w[j] *= keep


@part()
def multiply(planes, w, v, x, z, at, hop, stride, channels, length, y):
    """y_k = w^H u_k of one block, the imaginary parts behind four real ones."""
    a, h = uintp(at), uintp(hop)
    s, n, m = uintp(stride), uintp(channels), uintp(length)
    if planes == 1:
        if hop == 1:
            multiply_series(w, x, a, h, s, n, m, y)
        else:
            _multiply_rows(w, x, a, h, s, n, m, y)
    elif hop == 1:
        _multiply_complex_series(w, v, x, z, a, h, s, n, m, y)
    else:
        _multiply_complex_rows(w, v, x, z, a, h, s, n, m, y)
