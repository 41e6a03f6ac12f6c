"""Golden values of calibration, scaling and shift from netcal, scikit-learn, SciPy, NumPy, PyTorch and Pillow.

Run: python scripts/generate_uncertainty.py   (numpy, scipy, scikit-learn, netcal, torch, pillow)
"""

import io
import json
import pathlib

import netcal
import numpy as np
import PIL
import scipy
import sklearn
import torch
from netcal.metrics import ECE
from netcal.scaling import TemperatureScaling
from PIL import Image
from scipy import ndimage, optimize, special
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.neighbors import NearestNeighbors

draw = np.random.default_rng(20260501)
n, classes = 117, 4
labels = draw.integers(0, classes, n)
logits = np.round(draw.normal(size=(n, classes)) * 1.1 + 3 * np.eye(classes)[labels] * draw.random((n, 1)), 4) * 1.3
p = special.softmax(logits, 1)


def flat(values):
    return [float(v) for v in np.asarray(values, dtype=np.float64).ravel()]


def ece(bins, equal):
    # netcal 1.4 leaves out bins by a threshold only if asked to; equal_intervals=False takes quantiles as edges; no quantile is an example here.
    return float(ECE(bins=bins, equal_intervals=equal).measure(p, labels))


def nll(z):
    return float(-special.log_softmax(z, 1)[np.arange(n), labels].mean())


inverse = optimize.minimize_scalar(lambda b: nll(b * logits), bounds=(1e-3, 10), method="bounded", options={"xatol": 1e-12}).x

# Vector scaling: PyTorch's L-BFGS in double precision.
z, y = torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)
w = torch.ones(classes, dtype=torch.float64, requires_grad=True)
b = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.LBFGS([w, b], max_iter=2000, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(z * w + b, y)
    loss.backward()
    return loss


optimizer.step(closure)
vector_loss = float(closure().detach())

# Images.
height, width = 13, 18
image = np.clip(np.round(ndimage.gaussian_filter(draw.random((height, width, 3)) * 900 - 250, (1, 1, 0))), 0, 255)
image = image.astype(np.uint8)
other = draw.integers(0, 256, (height, width, 3)).astype(np.uint8)


def jpeg(quality):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=quality, subsampling=0)
    return flat(np.asarray(Image.open(io.BytesIO(out.getvalue()))))


a, c = np.fft.fft2(image, axes=(0, 1)), np.fft.fft2(other, axes=(0, 1))
mixed = np.real(np.fft.ifft2(np.abs(c) * np.exp(1j * np.angle(a)), axes=(0, 1)))

# Features.
size, known, new = 3, 24, 9
own = draw.integers(0, 3, known)
features = np.round(draw.normal(size=(known, size)) + 2 * np.eye(3)[own], 4)
strange = np.round(draw.normal(size=(new, size)) * 2, 4)
means = np.stack([features[own == k].mean(0) for k in range(3)])
apart = features - means[own]
covariance = apart.T @ apart / known
shrunk = 0.9 * covariance + 0.1 * np.trace(covariance) / size * np.eye(size)
distances = np.min([np.einsum("ij,jk,ik->i", strange - m, np.linalg.inv(shrunk), strange - m) for m in means], axis=0)
unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
neighbours = NearestNeighbors(n_neighbors=3).fit(unit(features)).kneighbors(unit(strange))[0][:, 2]
usual, odd = np.round(draw.normal(size=40), 1), np.round(draw.normal(size=30) + 0.7, 1)

document = {
    "versions": {
        "netcal": getattr(netcal, "__version__", "1.4.0"), "scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
        "numpy": np.__version__, "torch": torch.__version__, "pillow": PIL.__version__,
    },
    "logits": flat(logits), "labels": labels.tolist(), "classes": classes,
    "eceWidth": {str(k): ece(k, True) for k in (5, 10, 15)},
    "eceMass": {str(k): ece(k, False) for k in (5, 7)},
    "brier": float(brier_score_loss(labels, p, scale_by_half=False)),
    "negativeLogLikelihood": float(log_loss(labels, p)),
    "temperature": float(1 / inverse),
    "temperatureLoss": nll(inverse * logits),
    "vector": {"weights": flat(w.detach()), "loss": vector_loss, "bias": flat(b.detach() - b.detach().mean())},
    "image": {"height": height, "width": width, "pixels": image.ravel().tolist(), "other": other.ravel().tolist()},
    "blurred": flat(ndimage.gaussian_filter(image.astype(float), (1.3, 1.3, 0), mode="nearest", truncate=4)),
    "turned": flat(ndimage.rotate(image.astype(float), 20, axes=(1, 0), reshape=False, order=1, mode="nearest")),
    "jpeg": {str(q): jpeg(q) for q in (7, 20, 60)},
    "recombined": flat(mixed),
    "features": {"size": size, "values": flat(features), "labels": own.tolist(), "strange": flat(strange)},
    "mahalanobis": flat(distances),
    "neighbours": flat(neighbours),
    "energy": flat(-2 * special.logsumexp(logits / 2, axis=1)),
    "maxSoftmax": flat(1 - p.max(1)),
    "usual": flat(usual), "odd": flat(odd),
    "roc": float(roc_auc_score(np.r_[np.zeros(40), np.ones(30)], np.r_[usual, odd])),
}
(pathlib.Path(__file__).parent.parent / "fixtures" / "uncertainty.json").write_text(json.dumps(document) + "\n")
print({k: document[k] for k in ("eceWidth", "eceMass", "brier", "negativeLogLikelihood", "temperature", "vector", "roc")})
