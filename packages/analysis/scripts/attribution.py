"""Writes fixtures/attribution.json: attributions by Captum in float64, for small networks whose weights are in the file.

Run with a Python that has PyTorch and Captum:  python3 packages/analysis/scripts/attribution.py
Layouts are the library's: maps [n, height, width, channels], kernels [height, width, in, out] and [in, out]. Captum's
conductance is of first order in its steps, so it takes many; its integrated gradients use the nodes of ours. The
baseline of the network with a pool is 0: at others Captum 0.9 loses part of the change beside a nonlinearity (residual 0.1).
"""
import json
import pathlib

import captum
import torch
from captum.attr import DeepLift, InputXGradient, IntegratedGradients, LayerConductance, LayerDeepLift
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(20261128)


class ToRows(nn.Module):
    """Flattens a map in the library's order."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def rounded(module):
    for p in module.parameters():
        p.data = torch.round(p.data * 1000) / 1000
    return module


def draw(*shape, spread=1.0):
    return torch.round(torch.randn(*shape) * spread * 1000) / 1000


def plain(t):
    return {"shape": list(t.shape), "values": [float(f"{v:.8g}") for v in t.detach().flatten().tolist()]}


def ours(t):
    """A map in the library's layout."""
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def weights(module):
    w = module.weight
    return {"kernel": plain(w.permute(2, 3, 1, 0) if w.dim() == 4 else w.T), "bias": plain(module.bias)}


def wide(module, by):
    for p in module.parameters():
        p.data = p.data * by
    return module


smooth = rounded(wide(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 6), nn.Sigmoid(), nn.Linear(6, 3)), 2.5))
rect = rounded(wide(nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3)), 1.5))
conv = rounded(wide(nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, padding=1), nn.ELU(), ToRows(), nn.Linear(27, 3)), 1.5))

# hidden layers at whose outputs units are explained: (index in the torch network, name of the block)
networks = {
    "smooth": (smooth, (4, 5), [(1, "first"), (3, "second")], 20000),
    "rectified": (rect, (4, 5), [(1, "first"), (3, "second")], 20000),
    "convolutional": (conv, (3, 2, 6, 6), [(2, "first"), (4, "second")], 4000),
}
content = {"command": "python3 packages/analysis/scripts/attribution.py", "torch": torch.__version__, "captum": captum.__version__, "networks": {}}
for name, (net, shape, cuts, steps) in networks.items():
    x, baseline, target = draw(*shape, spread=1.5), draw(1, *shape[1:], spread=0.3 if len(shape) == 2 else 0.0), [i % 3 for i in range(shape[0])]
    many = dict(baselines=baseline, target=torch.tensor(target))
    change = net(x)[range(shape[0]), target] - net(baseline.expand_as(x))[range(shape[0]), target]
    found = {
        "integratedGradients": IntegratedGradients(net).attribute(x, n_steps=50, **many),
        "inputTimesGradient": InputXGradient(net).attribute(x, target=torch.tensor(target)),
        "deepLift": DeepLift(net).attribute(x, baselines=baseline.expand_as(x), target=torch.tensor(target)),
    }
    for index, block in cuts:
        method = LayerConductance(net, net[index])
        found[f"conductance.{block}"] = method.attribute(x, n_steps=steps, method="riemann_trapezoid", internal_batch_size=8000, **many)
        found[f"deepLift.{block}"] = LayerDeepLift(net, net[index]).attribute(x, baselines=baseline.expand_as(x), target=torch.tensor(target))
    for key, value in found.items():
        if key != "inputTimesGradient":
            miss = (value.flatten(1).sum(1) - change).abs().max().item()
            print(name, key, "largest residual", f"{miss:.1e}")
    content["networks"][name] = {
        "params": [weights(m) for m in net if hasattr(m, "weight")],
        "x": plain(ours(x)),
        "baseline": plain(ours(baseline)),
        "target": target,
        "change": [float(f"{v:.8g}") for v in change.tolist()],
        "attributions": {key: plain(ours(value)) for key, value in found.items()},
    }

path = pathlib.Path(__file__).parent.parent / "fixtures" / "attribution.json"
path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
