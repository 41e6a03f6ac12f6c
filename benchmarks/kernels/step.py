"""The networks of networks.mjs in PyTorch, one thread; prints the CPU and wall milliseconds of a step as JSON.

Usage: /usr/bin/python3 step.py <network> <steps>
"""
import json, sys, time
import torch
import torch.nn as nn

torch.set_num_threads(1)
torch.manual_seed(0)


def cnn(norm):
    layers = [nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32) if norm else nn.Identity(), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64) if norm else nn.Identity(), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(7 * 7 * 64, 128), nn.ReLU(), nn.Linear(128, 10))


def separable():
    def block(i, o):
        return [nn.Conv2d(i, i, 3, padding=1, groups=i, bias=False), nn.Conv2d(i, o, 1, bias=False), nn.ReLU()]

    first = [nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *block(32, 64), nn.MaxPool2d(2), *block(64, 128), nn.Flatten(), nn.Linear(7 * 7 * 128, 10))


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.head = kind(28, 128, batch_first=True), nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


makers = {
    "cnn": lambda: cnn(False),
    "cnnBatchNorm": lambda: cnn(True),
    "separable": separable,
    "gru": lambda: Recurrent(nn.GRU),
    "lstm": lambda: Recurrent(nn.LSTM),
}


def stepper(network):
    """One step of SGD of a network on one batch; returns the loss."""
    model = makers[network]()
    sequence = network in ("gru", "lstm")
    batch = 64 if sequence else 128
    x = torch.rand(batch, 28, 28) if sequence else torch.rand(batch, 1, 28, 28)
    y = torch.arange(batch) % 10
    optimizer, criterion = torch.optim.SGD(model.parameters(), 0.01), nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def main(network, steps):
    step = stepper(network)
    for _ in range(3):
        step()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(steps):
        last = step()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"mode": torch.__version__, "cpu": cpu / steps * 1e3, "wall": wall / steps * 1e3, "loss": last}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
