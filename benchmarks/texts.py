"""all-MiniLM-L6-v2 in PyTorch by the library transformers, one thread: serves each contender by its name.

Usage: python3 texts.py <folder of the network> <JSON of batches: {"encode": [[[id]]], "train": [[id]]}>
"""
import json, sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import AutoModel

from serve import serve

model = AutoModel.from_pretrained(sys.argv[1]).eval()
with open(sys.argv[2]) as file:
    batches = json.load(file)


def mean(states, mask):
    weights = mask.unsqueeze(-1).float()
    return (states * weights).sum(1) / weights.sum(1)


def encode():
    inputs = [torch.tensor(batch) for batch in batches["encode"]]

    def run():
        with torch.no_grad():
            for ids in inputs:
                mask = (ids != 0).long()
                mean(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    return run


def fine_tune():
    ids = torch.tensor(batches["train"])
    mask = (ids != 0).long()
    with torch.no_grad():
        states = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-3]
    layers, head = model.encoder.layer[-2:], nn.Linear(model.config.hidden_size, 2)
    optimizer = torch.optim.Adam([*layers.parameters(), *head.parameters()], 1e-4)
    labels = torch.arange(len(ids)) % 2
    extended = torch.zeros(mask.shape).masked_fill(mask == 0, torch.finfo(torch.float32).min)[:, None, None, :]

    def run():
        optimizer.zero_grad()
        x = states
        for layer in layers:
            x = layer(x, attention_mask=extended)
            x = x[0] if isinstance(x, tuple) else x
        loss = F.cross_entropy(head(mean(x, mask)), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return run


if __name__ == "__main__":
    serve({"encode": encode, "fine-tune of two layers": fine_tune})
