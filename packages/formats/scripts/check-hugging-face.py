"""Checks that transformers loads what is written under the names of a Hugging Face folder.

    python3 check-hugging-face.py [NAME ...]

Needs torch, transformers and a build (`npx tsc -b`). For each kind of network it makes a tiny folder with random weights, lets
write-folder.mjs put a head of three classes on it and write it, loads the result by `from_pretrained`, and compares the logits; ends
with 1 if a parameter is missing or unexpected, or a logit differs by more than 1e-4 of the largest.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers as t

HERE = Path(__file__).parent
LIMIT = 1e-4
SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
WORDS = {**SIZES, "vocab_size": 31, "max_position_embeddings": 10}
MODERN = {**WORDS, "num_hidden_layers": 4, "pad_token_id": 0, "local_attention": 4, "global_attn_every_n_layers": 3}
MODERN |= {"bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
PICTURE = {**SIZES, "image_size": 12, "patch_size": 4}
NARROW = {"depth_multiplier": 0.05, "min_depth": 4, "depth_divisible_by": 4, "finegrained_output": False, "image_size": 32}
# A classifier, so that the folder says how a text is one vector, and the shape of an example.
KINDS = {
    "bert": (t.BertForSequenceClassification, t.BertConfig(**WORDS), [2, 6]),
    "roberta": (t.RobertaForSequenceClassification, t.RobertaConfig(**WORDS, type_vocab_size=1), [2, 6]),
    "distilbert": (
        t.DistilBertForSequenceClassification,
        t.DistilBertConfig(vocab_size=31, max_position_embeddings=10, dim=12, n_layers=2, n_heads=3, hidden_dim=20),
        [2, 6],
    ),
    "modernbert": (t.ModernBertForSequenceClassification, t.ModernBertConfig(**MODERN), [2, 9]),
    "modernbert-mean": (t.ModernBertForSequenceClassification, t.ModernBertConfig(**MODERN, classifier_pooling="mean"), [2, 9]),
    "vit": (t.ViTForImageClassification, t.ViTConfig(**PICTURE), [2, 12, 12, 3]),
    "vit-20": (t.ViTForImageClassification, t.ViTConfig(**PICTURE), [2, 20, 20, 3]),
    "deit": (t.DeiTForImageClassification, t.DeiTConfig(**PICTURE), [2, 12, 12, 3]),
    "dinov2": (
        t.Dinov2ForImageClassification,
        t.Dinov2Config(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2, image_size=12, patch_size=4),
        [2, 12, 12, 3],
    ),
    "resnet": (
        t.ResNetForImageClassification,
        t.ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[2, 1], layer_type="basic"),
        [2, 32, 32, 3],
    ),
    "convnext": (
        t.ConvNextForImageClassification,
        t.ConvNextConfig(hidden_sizes=[8, 12], depths=[1, 2], num_stages=2, image_size=32),
        [2, 32, 32, 3],
    ),
    "mobilenet_v2": (t.MobileNetV2ForImageClassification, t.MobileNetV2Config(**NARROW), [2, 32, 32, 3]),
}


def jittered(model):
    with torch.no_grad():
        for name, x in [*model.named_parameters(), *model.named_buffers()]:
            if x.dtype != torch.float32 or name.endswith("inv_freq"):
                continue
            if name.endswith("running_var"):
                x.uniform_(0.5, 2)
            else:
                x.add_(torch.randn_like(x) * (0.2 if x.dim() < 2 else 0.1))
    return model.eval()


def check(name):
    torch.manual_seed(1)
    kind, config, shape = KINDS[name]
    if len(shape) == 2:
        x = torch.randint(2, 31, shape).float()
    else:
        x = torch.randn(shape)
    with tempfile.TemporaryDirectory() as work:
        first, second = Path(work) / "from", Path(work) / "to"
        jittered(kind(config)).save_pretrained(first)
        second.mkdir()
        x.numpy().tofile(second / "x.bin")
        command = ["node", str(HERE / "write-folder.mjs"), str(first), str(second), ",".join(map(str, shape))]
        made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
        auto = t.AutoModelForSequenceClassification if len(shape) == 2 else t.AutoModelForImageClassification
        model, info = auto.from_pretrained(second, output_loading_info=True)
        wanted = torch.from_file(str(second / "logits.bin"), size=shape[0] * 3).reshape(-1, 3).clone()
    given = {"input_ids": x.long()} if len(shape) == 2 else {"pixel_values": x.permute(0, 3, 1, 2)}
    with torch.no_grad():
        logits = model.eval()(**given).logits
    difference = ((logits - wanted).abs().max() / wanted.abs().max()).item()
    problems = {key: value for key, value in info.items() if value}
    bad = type(model).__name__ != made or not difference <= LIMIT or bool(problems) or model.config.id2label != {0: "a", 1: "b", 2: "c"}
    print(f"{name}: {type(model).__name__}, difference {difference:.1e}{f' WRONG {problems}' if bad else ''}", flush=True)
    return bad


results = [check(name) for name in (sys.argv[1:] or KINDS)]
sys.exit(1 if any(results) else 0)
