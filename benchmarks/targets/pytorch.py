"""The contenders of `npm run bench` in PyTorch with random weights, one thread, normalisations of residual networks folded.

Usage: python3 pytorch.py <table of residual networks as JSON> <images of a batch> <transformer's cases as JSON>
"""
import json, sys
from functools import partial
from pathlib import Path

import torch
import torch.nn as nn

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "kernels")]
from serve import serve
from step import stepper
from transformer import contender as transformer

networks, batch, cases = json.loads(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])


def conv(i, o, size, stride=1, groups=1, act=True):
    layer = nn.Conv2d(i, o, size, stride, size // 2, groups=groups)
    return [layer, nn.ReLU6(inplace=True)] if act else [layer]


class Inverted(nn.Module):
    def __init__(self, i, o, stride, expand, size):
        super().__init__()
        wide = i * expand
        first = conv(i, wide, 1) if expand > 1 else []
        self.path = nn.Sequential(*first, *conv(wide, wide, size, stride, wide), *conv(wide, o, 1, act=False))
        self.adds = stride == 1 and i == o

    def forward(self, x):
        return x + self.path(x) if self.adds else self.path(x)


def residuals(stages):
    i, blocks = 32, []
    for expand, o, times, stride, size in stages:
        for at in range(times):
            blocks.append(Inverted(i, o, stride if at == 0 else 1, expand, size))
            i = o
    return blocks


def encoder(stages, side):
    model = nn.Sequential(*conv(3, 32, 3, 2), *residuals(stages), *conv(320, 1280, 1)).eval()
    x = torch.rand(batch, 3, side, side)

    def run():
        with torch.no_grad():
            model(x)

    return run


def trainer(stages, side, count):
    with torch.no_grad():
        x = nn.Sequential(*conv(3, 32, 3, 2), *residuals(stages)[:-count])(torch.rand(batch, 3, side, side))
    blocks = residuals(stages)[-count:]
    model = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(320, 9))
    optimizer, criterion = torch.optim.Adam(model.parameters(), 1e-4), nn.CrossEntropyLoss()
    labels = torch.arange(batch) % 9

    def run():
        optimizer.zero_grad()
        criterion(model(x), labels).backward()
        optimizer.step()

    return run


def product(size=512):
    a, b = torch.rand(size, size), torch.rand(size, size)
    return lambda: torch.mm(a, b)


contenders = {"product": product}
contenders |= {name: partial(stepper, name) for name in ("cnn", "cnnBatchNorm", "separable", "gru", "lstm")}
if hasattr(torch.nn.functional, "scaled_dot_product_attention"):
    contenders |= {f"transformer {case['name']}": partial(transformer, case) for case in cases}
for name, (stages, side, counts) in networks.items():
    contenders[f"{name} encode"] = partial(encoder, stages, side)
    for count in counts:
        contenders[f"{name} fine-tune {count}"] = partial(trainer, stages, side, count)
serve(contenders)
