"""Prints the errors of rules for the integral of conductance on random networks: the table of docs/adr/0034.

Run with a Python that has NumPy:  python3 packages/analysis/scripts/quadrature.py
"""
import numpy as np


def gauss_legendre(n):
    t, w = np.polynomial.legendre.leggauss(n)
    return (t + 1) / 2, w / 2


def derivative(x):
    """The derivative at each point of the polynomial through values at all points."""
    gaps = x[:, None] - x[None, :] + np.eye(len(x))
    logs, signs = -np.log(abs(gaps)).sum(1), np.prod(np.sign(gaps), 1)
    d = signs[None, :] * signs[:, None] * np.exp(logs[None, :] - logs[:, None]) / gaps
    np.fill_diagonal(d, 0)
    return d - np.diag(d.sum(1))


def network(kind, seed):
    """Points of a path to hidden values and gradients of the output by them."""
    r = np.random.RandomState(seed)
    w1, b1, w2, b2, v = r.randn(8, 5) * 0.9, r.randn(8) * 0.3, r.randn(6, 8) * 0.7, r.randn(6) * 0.3, r.randn(6)
    f = np.tanh if kind == "tanh" else lambda z: np.maximum(z, 0)
    slope = (lambda z: 1 - np.tanh(z) ** 2) if kind == "tanh" else lambda z: (z > 0) * 1.0

    def at(places, x):
        y = f(places[:, None] * x @ w1.T + b1)
        return y, (slope(y @ w2.T + b2) * v) @ w2

    return at


def interpolant(at, x, n):
    t, w = gauss_legendre(n)
    places = np.r_[0, t, 1]
    y, g = (values.astype(np.float32) for values in at(places, x))
    return (g * ((np.r_[0, w, 0][:, None] * derivative(places)).astype(np.float32) @ y)).sum(0)


def panels(at, x, n, size=5):
    """Interpolants on panels of the path, each with its ends and a few nodes."""
    t, w = gauss_legendre(size)
    places = np.r_[0, t, 1]
    rule = np.r_[0, w, 0][:, None] * derivative(places)
    total = 0
    for panel in range(n // size):
        y, g = at((panel + places) * size / n, x)
        total = total + (g * (rule @ y)).sum(0)
    return total


def trapezoids(at, x, n):
    y, g = at(np.linspace(0, 1, n + 1), x)
    return ((g[1:] + g[:-1]) / 2 * np.diff(y, axis=0)).sum(0)


def parabolas(at, x, n):
    y, g = at(np.linspace(0, 1, n + 1), x)
    a, b, c = y[:-2:2], y[1:-1:2], y[2::2]
    return ((g[:-2:2] * (-3 * a + 4 * b - c) + 4 * g[1:-1:2] * (c - a) + g[2::2] * (a - 4 * b + 3 * c)) / 6).sum(0)


def differences(at, x, n):
    y, g = at(gauss_legendre(n + 1)[0], x)
    return (g[:-1] * np.diff(y, axis=0)).sum(0)


for kind in ["tanh", "relu"]:
    for rule in [interpolant, panels, trapezoids, parabolas, differences]:
        errors = []
        for seed in range(30):
            at, x = network(kind, seed), np.random.RandomState(100 + seed).randn(5) * 1.5
            exact = trapezoids(at, x, 20000)
            errors.append(abs(rule(at, x, 50) - exact).max() / max(abs(exact).max(), 1e-3))
        print(f"{kind} {rule.__name__}: median {np.median(errors):.0e}, largest {max(errors):.0e}")
