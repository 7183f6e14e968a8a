import mpmath as mp
import numpy as np
import pytest

from matopt.linalg import disk_from_origin, disk_move, disk_to_origin, disk_turn


def _point(rng, size=7):
    return disk_from_origin(rng.standard_normal(size) + 1j * rng.standard_normal(size))


def test_the_way_from_the_origin_is_radial(rng):
    u = np.array([0.0, 0.3, -2.0, 1j, 1.0 - 1j])
    z, gaps = disk_from_origin(u)
    np.testing.assert_allclose(np.arctanh(np.abs(z)), np.abs(u), rtol=1e-14)
    np.testing.assert_allclose(z * np.abs(u), u * np.abs(z), atol=1e-16)
    np.testing.assert_allclose(gaps, 1 - np.abs(z) ** 2, rtol=1e-13)
    np.testing.assert_allclose(disk_to_origin(z, gaps), u, atol=1e-15)
    np.testing.assert_array_equal(disk_from_origin(u.real)[0], np.tanh(u.real))


def test_gaps_keep_digits_where_z_has_none():
    u = np.array([25.0, -25.0])
    z, gaps = disk_from_origin(u)
    assert (np.abs(z) == 1.0).all()
    with mp.workdps(40):
        exact = float(1 / mp.cosh(25) ** 2)
    np.testing.assert_allclose(gaps, exact, rtol=1e-14)
    np.testing.assert_allclose(disk_to_origin(z, gaps), u, rtol=1e-14)
    assert disk_from_origin(np.array([1e3]))[1][0] == 0.0  # without a warning


def test_moves_are_as_long_as_their_tangents(rng):
    (z, gaps), u = _point(rng), _point(rng)[0]
    w, w_gaps = disk_move(z, gaps, u)
    distance = np.arctanh(np.abs((z - w) / (1 - z.conj() * w)))
    np.testing.assert_allclose(distance, np.abs(u), rtol=1e-10)
    np.testing.assert_allclose(w_gaps, 1 - np.abs(w) ** 2, rtol=1e-8)
    back, _ = disk_move(w, w_gaps, -disk_turn(z, u) * u)
    np.testing.assert_allclose(back, z, rtol=1e-10)


def test_a_turn_is_the_textbook_one(rng):
    # v (1 - |w|^2)/(1 - |z|^2) (1 - w conj z)/(1 - conj(w) z) for dz = v
    (z, gaps), u = _point(rng), _point(rng)[0]
    w, _ = disk_move(z, gaps, u)
    exact = (1 - w * z.conj()) / (1 - w.conj() * z)
    np.testing.assert_allclose(disk_turn(z, u), exact, rtol=1e-8)
    np.testing.assert_allclose(np.abs(disk_turn(z, u)), 1.0, rtol=1e-14)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_diameter_is_a_line(sign):
    z, u = np.tanh(np.array([0.5, -1.0])), np.array([0.25, 2.0]) * sign
    w, gaps = disk_move(z, 1 - z**2, u)
    np.testing.assert_allclose(np.arctanh(w), np.arctanh(z) + u, rtol=1e-13)
    np.testing.assert_allclose(gaps, 1 - w**2, rtol=1e-12)
    np.testing.assert_array_equal(disk_turn(z, u), 1.0)
