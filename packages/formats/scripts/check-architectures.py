"""Checks every architecture that is told from a bare state_dict, with torchvision and timm.

    python3 check-architectures.py [NAME ...]

Needs torch, torchvision, timm and a build (`npx tsc -b`). Weights are random and statistics of batch normalisation jittered. For
each network it writes the file, opens it by open-architecture.mjs, and compares the logits; ends with 1 if any differs by more than
1e-4 of the largest. Large networks take minutes: run it weekly, or name the networks that you touched.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import timm
import torch
import torchvision

HERE = Path(__file__).parent
LIMIT = 1e-4
# Classifiers that read one size of map, and positions, are made for 224 pixels.
WHOLE = ("alexnet", "vgg", "vit", "deit")
TORCHVISION = """alexnet squeezenet1_0 squeezenet1_1 vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn resnet18 resnet34
resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2 wide_resnet101_2 densenet121
densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0 efficientnet_b1
efficientnet_b2 convnext_tiny convnext_small convnext_base convnext_large vit_b_16 vit_b_32 vit_l_16 vit_l_32""".split()
TIMM = """vit_tiny_patch16 vit_small_patch16 vit_base_patch16 vit_base_patch32 deit_tiny_patch16 deit_small_patch16 efficientnet_b0 efficientnet_lite0 mobilenetv2_100
mobilenetv3_small_100 mobilenetv3_large_100 convnext_tiny convnext_small convnext_base convnext_large resnet18 resnet50""".split()
# timm has these under the names of another network, whose tensors and layers they have.
SAME = {
    "resnet18": "torchvision resnet18",
    "resnet50": "torchvision resnet50",
    "deit_tiny_patch16": "timm vit_tiny_patch16",
    "deit_small_patch16": "timm vit_small_patch16",
}


def jittered(model):
    """Random parameters, none of which is 0 or 1, at a size that keeps the numbers of deep networks in range."""
    with torch.no_grad():
        for name, x in [*model.named_parameters(), *model.named_buffers()]:
            if x.dtype != torch.float32:
                continue
            if name.endswith("running_var"):
                x.uniform_(0.5, 1.5)
            elif name.endswith("running_mean") or x.dim() < 2:
                x.add_(0.1 * torch.randn_like(x))
            elif "layer_scale" in name or "gamma" in name or "token" in name or "pos_embed" in name:
                x.normal_(0, 0.3)
            elif x.abs().max() == 0:
                x.normal_(0, 0.02)
    return model.eval()


def check(library, name):
    torch.manual_seed(1)
    made = getattr(torchvision.models, name)() if library == "torchvision" else timm.create_model(f"{name}_224" if name.startswith(("vit", "deit")) else name)
    model = jittered(made)
    size = 224 if name.startswith(WHOLE) else 64
    x = torch.randn(1, 3, size, size)
    with torch.no_grad():
        logits = model(x)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        torch.save(model.state_dict(), path / "model.pth")
        x[0].permute(1, 2, 0).contiguous().numpy().tofile(path / "x.bin")
        logits.numpy().tofile(path / "logits.bin")
        command = ["node", str(HERE / "open-architecture.mjs"), folder, str(size)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    expected = SAME.get(name, f"{library} {name}") if library == "timm" else f"{library} {name}"
    bad = found["architecture"] != expected or found["leftOver"] or not found["difference"] <= LIMIT
    print(
        f"{library} {name}: {found['architecture']}, {found['megabytes']:.0f} MB, difference {found['difference']:.1e}, opened in {found['seconds']:.1f} s,"
        f" peak {found['peak']:.0f} MB{' WRONG' if bad else ''}",
        flush=True,
    )
    return bad


wanted = sys.argv[1:]
everything = [*(("torchvision", name) for name in TORCHVISION), *(("timm", name) for name in TIMM)]
results = [check(library, name) for library, name in everything if not wanted or name in wanted or f"{library} {name}" in wanted]
sys.exit(1 if any(results) or not results else 0)
