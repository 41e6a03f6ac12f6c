"""The networks of targets.mjs in PyTorch with random weights, one thread, normalisations folded.

Answers each line "<contender>|<times>" with the CPU and wall milliseconds of one run as JSON.
Usage: python3 targets.py <table of networks as JSON> <images of a batch>
"""
import json, sys, time
import torch
import torch.nn as nn

torch.set_num_threads(1)
torch.manual_seed(0)
networks, batch = json.loads(sys.argv[1]), int(sys.argv[2])


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


def sequence(kind):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = kind(28, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, x):
            return self.head(self.cell(x)[0][:, -1])

    model, x, y = Model(), torch.rand(64, 28, 28), torch.arange(64) % 10
    optimizer, criterion = torch.optim.SGD(model.parameters(), 0.01), nn.CrossEntropyLoss()

    def run():
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    return run


contenders = {"gru": sequence(nn.GRU), "lstm": sequence(nn.LSTM)}
for name, (stages, side, counts) in networks.items():
    contenders[f"{name} encode"] = encoder(stages, side)
    for count in counts:
        contenders[f"{name} fine-tune {count}"] = trainer(stages, side, count)
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    name, times = line.rstrip("\n").rsplit("|", 1)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(int(times)):
        contenders[name]()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu / int(times) * 1e3, "wall": wall / int(times) * 1e3}), flush=True)
