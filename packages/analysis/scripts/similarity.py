"""Writes fixtures/similarity.json: CKA, LEEP, NCE, H-score and LogME by their published definitions, in float64.

Run with a Python that has NumPy:  python3 packages/analysis/scripts/similarity.py
The inputs come from a generator of integers that the tests have too, x <- 16843009 x + 3014898611 mod 2^32 from x = 1.
"""
import json
import pathlib

import numpy as np


def uniforms(count):
    x, found = 1, []
    for _ in range(count):
        x = (16843009 * x + 3014898611) % 2**32
        found.append(x / 2**32)
    return np.array(found)


def features(n, d, classes, offset=0):
    """Uniform numbers, with half a unit more in the column of the class."""
    y = np.arange(n) % classes
    return uniforms(offset + n * d)[offset:].reshape(n, d) + 0.5 * np.eye(classes, d)[y], y


def leep(p, y):
    joint = np.stack([p[y == c].sum(0) for c in range(y.max() + 1)]) / len(y)
    conditional = joint / joint.sum(0)
    return np.mean(np.log((p @ conditional.T)[np.arange(len(y)), y]))


def nce(z, y):
    joint = np.zeros((y.max() + 1, z.max() + 1))
    np.add.at(joint, (y, z), 1 / len(y))
    joint, pz = joint[:, joint.sum(0) > 0], joint.sum(0)[joint.sum(0) > 0]
    return (joint * np.log(np.where(joint > 0, joint / pz, 1))).sum()


def h_score(f, y):
    g = np.zeros_like(f)
    for c in range(y.max() + 1):
        g[y == c] = f[y == c].mean(0)
    return np.trace(np.linalg.pinv(np.atleast_2d(np.cov(f, rowvar=False)), rcond=1e-12) @ np.atleast_2d(np.cov(g, rowvar=False)))


def log_me(f, y, exact=False):
    n, d = f.shape
    u, s, _ = np.linalg.svd(f, full_matrices=False)
    s = s**2
    found = []
    for c in range(y.max() + 1):
        t = (y == c).astype(float)
        x2 = (u.T @ t) ** 2
        rest, a, b = t @ t - x2.sum(), 1.0, 1.0
        for _ in range(11):
            r = a / b
            gamma, m2, r2 = (s / (s + r)).sum(), (s * x2 / (r + s) ** 2).sum(), (x2 / (1 + s / r) ** 2).sum() + rest
            a, b = gamma / (m2 + 1e-5), (n - gamma) / (r2 + 1e-5)
            logs = np.log(a + b * s).sum() + ((d - len(s)) * np.log(a) if exact else 0)
            value = (d / 2 * np.log(a) + n / 2 * np.log(b) - logs / 2 - b / 2 * r2 - a / 2 * m2 - n / 2 * np.log(2 * np.pi)) / n
            if abs(a / b - r) / r <= 1e-3:
                break
        found.append(value)
    return np.mean(found)


def cka(a, b):
    a, b = a - a.mean(0), b - b.mean(0)
    return np.linalg.norm(b.T @ a) ** 2 / np.linalg.norm(a.T @ a) / np.linalg.norm(b.T @ b)


def cka_unbiased(a, b):
    n = len(a)

    def hsic(k, l):
        k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
        one = np.ones(n)
        return (np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))

    k, l = a @ a.T, b @ b.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


f, y = features(30, 4, 3)
p = np.exp(2 * uniforms(30 * 4 + 30 * 5)[120:].reshape(30, 5))
p = p / p.sum(1, keepdims=True)
wide, yw = features(10, 17, 2, 40)
square, ys = features(70, 60, 4, 7)
content = {
    "command": "python3 packages/analysis/scripts/similarity.py",
    "numpy": np.__version__,
    "leep": leep(p, y),
    "nce": nce(p.argmax(1), y),
    "sets": [
        {"examples": len(g), "size": g.shape[1], "classes": int(t.max()) + 1, "offset": o, "hScore": h_score(g, t), "logMe": log_me(g, t), "logMeExact": log_me(g, t, True)}
        for g, t, o in [(f, y, 0), (wide, yw, 40), (square, ys, 7)]
    ],
    "cka": {
        "first with probabilities": [cka(f, p), cka_unbiased(f, p)],
        "wide with first": [cka(wide, f[:10]), cka_unbiased(wide, f[:10])],
    },
}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "similarity.json"
path.write_text(json.dumps(content, indent=1) + "\n")
print(json.dumps(content, indent=1))
