"""Writes fixtures/onnx/transformers: tiny networks with attention and channels that are split, exported by torch.onnx, with their
outputs by onnxruntime and gradients by PyTorch.

    python packages/formats/scripts/onnx-transformer-fixtures.py

Needs torch, timm, transformers, onnx, onnxscript and onnxruntime of PyPI. Weights are random, all of them jittered. Inputs and outputs are written
with channels last. A name that ends in -new is written by the exporter of torch.export, the others by the older one, opset 17.
"""

import json
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import transformers
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).parent.parent / "fixtures" / "onnx" / "transformers"
cases = []


def rounded(array):
    return [float(f"{value:.7g}") for value in np.asarray(array, np.float64).ravel()]


def channels_last(array, over_steps=False):
    return np.moveaxis(array, 1, -1) if array.ndim == 4 or (over_steps and array.ndim == 3) else array


def jittered(module):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.3)
                part.running_var.uniform_(0.3, 2)
    return module.eval()


def record(name, module, x, fixed=None, new=False, static=False, over_steps=False):
    """Exports a module and adds a case: its output on x; `fixed` names inputs that are always one number."""
    module = jittered(module)
    path = folder / f"{name}.onnx"
    names = ["x", *(fixed or {})]
    args = (x, *(torch.full(x.shape, number) for number in (fixed or {}).values()))
    dynamic = None if static else {one: {0: "batch"} for one in names}
    if new:
        shapes = None if static else ({0: torch.export.Dim.DYNAMIC},) * len(names)
        torch.onnx.export(module, args, str(path), dynamo=True, input_names=names, dynamic_shapes=shapes, external_data=False, verbose=False)
        made = onnx.load(path)
        for node in made.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        del made.graph.value_info[:]
        onnx.save(made, path)
    else:
        torch.onnx.export(module, args, str(path), dynamo=False, opset_version=17, input_names=names, dynamic_axes=dynamic)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    y = session.run(None, {one.name: value.numpy() for one, value in zip(session.get_inputs(), args)})[0]
    ours = channels_last(x.numpy(), over_steps)
    case = {"name": name, "shape": list(ours.shape), "x": rounded(ours), "y": rounded(channels_last(y))}
    if fixed:
        case["fixed"] = fixed
    if x.is_floating_point():
        given = x.clone().requires_grad_()
        module(given).square().sum().backward()
        case["gradient"] = rounded(channels_last(given.grad.numpy(), over_steps))
    cases.append(case)


class Attends(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.norm, self.options = nn.LayerNorm(8), options
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attention(y, y, y, **self.options)[0]


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(3, 8, 3), nn.Linear(4, 6)

    def forward(self, x):
        return F.glu(self.dense(F.glu(self.conv(x), 1).mean((2, 3))), -1)


class Shuffled(nn.Module):
    """Two units of ShuffleNet V2: half of the channels pass, and the halves are shuffled."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.units = nn.ModuleList(self.unit() for _ in range(2))

    @staticmethod
    def unit():
        return nn.Sequential(nn.Conv2d(4, 4, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, 1, 1, groups=4), nn.Conv2d(4, 4, 1))

    def forward(self, x):
        x = self.stem(x)
        for unit in self.units:
            passed, taken = x.chunk(2, 1)
            x = torch.cat((passed, unit(taken)), 1)
            n, c, h, w = x.shape
            x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return x


class Steps(nn.Module):
    """Convolutions over steps in groups, of which one takes every channel by itself."""

    def __init__(self):
        super().__init__()
        self.grouped, self.each = nn.Conv1d(6, 8, 3, stride=2, padding=2, groups=2), nn.Conv1d(8, 16, 2, dilation=2, groups=8)
        self.dense = nn.Linear(16, 3)

    def forward(self, x):
        return self.dense(self.each(torch.relu(self.grouped(x))).mean(-1))


class Moved(nn.Module):
    """Features that become a map, whose channels are first."""

    def __init__(self):
        super().__init__()
        self.dense, self.conv = nn.Linear(4, 50), nn.Conv2d(2, 3, 3)

    def forward(self, x):
        return self.conv(self.dense(x).reshape(-1, 2, 5, 5))


class Outputs(nn.Module):
    """A model of transformers whose inputs have an order, and that gives one tensor."""

    def __init__(self, model, *names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, x, mask=None, types=None):
        given = dict(zip(self.names, (x, mask, types)))
        found = self.model(**{name: value for name, value in given.items() if value is not None}, return_dict=True)
        return found.logits if hasattr(found, "logits") else found.last_hidden_state


def bert(kind, **options):
    config = transformers.BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=12, num_labels=3, **options)
    return Outputs(kind(config), "input_ids", "attention_mask", "token_type_ids")


def vit(**options):
    return timm.create_model("vit_tiny_patch16_224", img_size=16, patch_size=8, embed_dim=8, depth=2, num_heads=2, num_classes=3, **options)


def main():
    folder.mkdir(exist_ok=True)
    torch.manual_seed(5)
    picture = torch.randn(2, 3, 16, 16)
    steps = torch.randn(2, 5, 8)
    record("vit-timm", vit(), picture)
    record("vit-timm-scaled", vit(init_values=0.1, class_token=False, global_pool="avg"), picture)
    record("vit-static", vit(), picture[:1], static=True)
    config = transformers.ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12, image_size=16, patch_size=8)
    record("vit-hugging-face", Outputs(transformers.ViTForImageClassification(config), "pixel_values"), picture)
    record("vit-eager", Outputs(transformers.ViTForImageClassification(transformers.ViTConfig(**{**config.to_dict(), "attn_implementation": "eager"})), "pixel_values"), picture)
    record("attention", Attends(need_weights=False), steps)
    record("attention-weights", Attends(need_weights=True), steps)
    record("gated", Gated(), torch.randn(2, 3, 6, 6))
    record("shuffled", Shuffled(), torch.randn(2, 3, 6, 5))
    record("steps-in-groups", Steps(), torch.randn(2, 6, 9), over_steps=True)
    tokens = torch.randint(1, 30, (2, 7))
    fixed = {"attention_mask": 1, "token_type_ids": 0}
    record("bert", bert(transformers.BertModel), tokens, fixed)
    record("bert-classifier", bert(transformers.BertForSequenceClassification, attn_implementation="eager"), tokens, fixed)
    record("vit-new", vit(), picture, new=True)
    record("attention-new", Attends(need_weights=False), steps, new=True)
    torch.manual_seed(6)
    record("moved", Moved(), torch.randn(2, 4))
    (folder / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
