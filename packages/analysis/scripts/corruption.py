"""Writes fixtures/corruption.json: worst corruptions in closed form, in float64.

Run with a Python that has NumPy and SciPy:  python3 packages/analysis/scripts/corruption.py
The support of n entries is found by trying every one where there are few; the value on it is checked by SciPy, which climbs
the linear function on the ball without the closed form.
"""
import itertools
import json
import pathlib

import numpy as np
from scipy.optimize import minimize

EPSILON = 0.1


def worst(g, p, n):
    """The best of all supports of n entries, ties to the first; on a support by Hoelder's inequality."""
    best = None
    for support in itertools.combinations(range(len(g)), n) if len(g) <= 6 else [np.sort(np.argsort(-abs(g), kind="stable")[:n])]:
        h = np.zeros_like(g)
        h[list(support)] = g[list(support)]
        q = 1.0 if p == np.inf else np.inf if p == 1 else p / (p - 1)
        value = EPSILON * np.linalg.norm(h, q)
        if best is None or value > best[0] + 1e-15:
            best = (value, h)
    value, h = best
    if p == np.inf:
        a = EPSILON * np.sign(h)
    elif p == 1:
        a = np.zeros_like(h)
        j = np.argmax(abs(h))
        a[j] = EPSILON * np.sign(h[j])
    else:
        steep = abs(h) ** (1 / (p - 1))
        a = EPSILON * np.sign(h) * steep / np.linalg.norm(steep, p)
    assert abs(a @ g - value) <= 1e-12 * value
    return value, a


def climb(g, p):
    """The largest a·g with ||a||_p = epsilon by a solver: scale invariant, so unconstrained."""
    ratio = lambda a: -(a @ g) * EPSILON / np.linalg.norm(a, p)
    return max(-minimize(ratio, g + 0.01 * np.random.default_rng(i).normal(size=len(g)), method="BFGS").fun for i in range(5))


rng = np.random.default_rng(20261128)
gradients = [
    np.array([0.3, -0.4, 0.0, 1.2, -0.05]),
    np.array([0.5, -0.5, 0.25, 0.5, -0.25, 0.125]),
    np.round(rng.normal(size=40) * 10.0 ** rng.integers(-3, 2, size=40), 6),
]
cases = []
for g in gradients:
    for p in [1, 1.05, 1.5, 2, 3, 10, np.inf]:
        for n in [len(g), 2, 1]:
            value, a = worst(g, p, n)
            if n == len(g) and 1.5 <= p <= 3 and len(g) <= 6:
                assert abs(climb(g, p) - value) < 1e-5 * value, (p, climb(g, p), value)
            cases.append({"gradient": g.tolist(), "p": "Infinity" if p == np.inf else p, "n": n, "corruption": a.tolist(), "predicted": value})

content = {"command": "python3 packages/analysis/scripts/corruption.py", "numpy": np.__version__, "epsilon": EPSILON, "cases": cases}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "corruption.json"
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
