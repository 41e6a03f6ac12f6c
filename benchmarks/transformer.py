"""MiniLM's transformer layer in PyTorch with random weights, one thread: serves each by its name.

A layer has 384 features, 12 heads and 1,536 hidden units, the exact GELU, and normalisations after
each sum, as in BERT (Devlin et al., NAACL 2019, §3). Its attention is `scaled_dot_product_attention` with a mask of padding.
Usage: python3 transformer.py <JSON of cases: [{"name", "kind", "batch", "steps", "layers"}]>
"""
import json, sys
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F

from serve import serve

FEATURES, HEADS, HIDDEN = 384, 12, 1536


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(FEATURES, FEATURES) for _ in range(4))
        self.wide, self.narrow = nn.Linear(FEATURES, HIDDEN), nn.Linear(HIDDEN, FEATURES)
        self.norms = nn.ModuleList(nn.LayerNorm(FEATURES, 1e-12) for _ in range(2))

    def forward(self, x, mask):
        batch, steps, _ = x.shape
        q, k, v = (m(x).view(batch, steps, HEADS, -1).transpose(1, 2) for m in self.maps[:3])
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(x.shape)
        h = self.norms[0](x + self.maps[3](y))
        return self.norms[1](h + self.narrow(F.gelu(self.wide(h))))


class Encoder(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, x, mask):
        for layer in self.layers:
            x = layer(x, mask)
        return x


def forward(case, encoder, x, mask):
    def run():
        with torch.no_grad():
            encoder(x, mask)

    return run


def both(case, encoder, x, mask):
    weights = torch.randn_like(x)

    def run():
        encoder.zero_grad()
        (encoder(x, mask) * weights).sum().backward()

    return run


def step(case, encoder, x, mask):
    head = nn.Linear(FEATURES, 2)
    optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters()], 1e-4)
    labels = torch.arange(len(x)) % 2

    def run():
        optimizer.zero_grad()
        loss = F.cross_entropy(head(encoder(x, mask).mean(1)), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return run


kinds = {"forward": forward, "forward + backward": both, "encode": forward, "fine-tune": step}


def contender(case):
    x = torch.randn(case["batch"], case["steps"], FEATURES)
    mask = torch.ones(case["batch"], 1, 1, case["steps"], dtype=torch.bool)
    return kinds[case["kind"]](case, Encoder(case["layers"]), x, mask)


if __name__ == "__main__":
    serve({case["name"]: partial(contender, case) for case in json.loads(sys.argv[1])})
