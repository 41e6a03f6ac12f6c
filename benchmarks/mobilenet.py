"""MobileNetV2 in PyTorch with random weights, one thread: answers each line "<contender> <times>" with CPU and wall ms.

The architecture of Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", CVPR 2018, table 2, at 96x96.
Usage: /usr/bin/python3 mobilenet.py <images of a batch> <examples of a step>
"""
import json, sys, time
import torch
import torch.nn as nn

torch.set_num_threads(1)
torch.manual_seed(0)
images, examples = int(sys.argv[1]), int(sys.argv[2])


def conv(i, o, size, stride=1, groups=1, norm=True, act=True):
    layers = [nn.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=not norm)]
    layers += [nn.BatchNorm2d(o)] if norm else []
    return layers + ([nn.ReLU6(inplace=True)] if act else [])


class Inverted(nn.Module):
    def __init__(self, i, o, stride, expand, norm):
        super().__init__()
        wide = i * expand
        first = conv(i, wide, 1, norm=norm) if expand > 1 else []
        middle = conv(wide, wide, 3, stride, wide, norm=norm)
        self.path = nn.Sequential(*first, *middle, *conv(wide, o, 1, norm=norm, act=False))
        self.adds = stride == 1 and i == o

    def forward(self, x):
        return x + self.path(x) if self.adds else self.path(x)


table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def mobilenet(norm):
    layers, i = conv(3, 32, 3, 2, norm=norm), 32
    for expand, o, times, stride in table:
        for at in range(times):
            layers.append(Inverted(i, o, stride if at == 0 else 1, expand, norm))
            i = o
    return nn.Sequential(*layers, *conv(320, 1280, 1, norm=norm)).eval()


photos = torch.rand(images, 3, 96, 96)
features, maps = torch.rand(examples, 160, 3, 3), torch.rand(examples, 320, 3, 3)
labels = torch.arange(examples) % 9
criterion = nn.CrossEntropyLoss()


def encoder(norm):
    model = mobilenet(norm)

    def run():
        with torch.no_grad():
            model(photos)

    return run


def trainer(blocks, x):
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(320, 9)]
    model = nn.Sequential(*blocks, *head)
    optimizer = torch.optim.Adam(model.parameters(), 1e-4)

    def run():
        optimizer.zero_grad()
        loss = criterion(model(x), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return run


contenders = {
    "encode": encoder(True),
    "encode, normalisations folded": encoder(False),
    "head": trainer([], maps),
    "fine-tune of two blocks": trainer([Inverted(160, 160, 1, 6, False), Inverted(160, 320, 1, 6, False)], features),
}
print(json.dumps({"version": torch.__version__, "contenders": list(contenders)}), flush=True)
for line in sys.stdin:
    name, times = line.rsplit(" ", 1)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(int(times)):
        contenders[name]()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu / int(times) * 1e3, "wall": wall / int(times) * 1e3}), flush=True)
