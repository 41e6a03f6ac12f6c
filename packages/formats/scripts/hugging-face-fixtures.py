"""Writes tiny Hugging Face folders with what transformers computes of them: each block's output and gradients of weights.

Run with a Python that has PyTorch and transformers:  python3 packages/formats/scripts/hugging-face-fixtures.py
Weights are random, statistics of batch normalisation jittered. Each folder of `fixtures/hugging-face` holds `config.json`, weights
and `expected.json`, in the layout of this project: maps as [batch, height, width, channels]. CI reads only these files.
`python3 … interpolated` writes `interpolated.json` from those folders, `python3 … modernbert` those of ModernBERT alone, `python3 … minilm FOLDER` writes `fixtures/minilm.json` from the folder of all-MiniLM-L6-v2 instead.
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    CLIPConfig,
    CLIPModel,
    ConvNextConfig,
    ConvNextForImageClassification,
    DeiTConfig,
    DeiTForImageClassification,
    Dinov2Config,
    Dinov2Model,
    DistilBertConfig,
    DistilBertModel,
    MobileNetV2Config,
    MobileNetV2ForImageClassification,
    ModernBertConfig,
    ModernBertForMaskedLM,
    ModernBertForSequenceClassification,
    ResNetConfig,
    ResNetForImageClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
    ViTConfig,
    ViTForImageClassification,
)

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
SEED = 20261202
sizes = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
words = {"vocab_size": 31, "max_position_embeddings": 10, "hidden_act": "gelu"}
picture = {"image_size": 12, "patch_size": 4}


def plain(x):
    return {"shape": list(x.shape), "values": [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]}


def ours(x):
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def jitter(model):
    """Parameters and statistics that are all different, so that none can be left out or taken for another."""
    with torch.no_grad():
        for name, x in [*model.named_parameters(), *model.named_buffers()]:
            if x.dtype != torch.float32 or name.endswith("inv_freq"):
                continue
            if name.endswith("running_var"):
                x.uniform_(0.5, 2)
            elif x.dim() < 2:
                x.add_(torch.randn_like(x) * 0.2)
            elif "convolution" in name or "dwconv" in name or "patch" in name:
                x.normal_(0, (2 / x[0].numel()) ** 0.5)
            else:
                x.normal_(0, 0.25)
    return model.eval()


def texts(padding, model, blocks, pool, *probes):
    """Tokens of texts of three lengths; states of padding are zeros, as they are in this project."""
    tokens = torch.tensor([[4, 17, 30, 2, 9, 5], [8, 2, 5, 5, padding, padding], [6, padding, padding, padding, padding, padding]])
    real = tokens != padding
    out = model(input_ids=tokens, attention_mask=real.long(), output_hidden_states=True)
    states = [state * real.unsqueeze(-1) for state in out.hidden_states]
    pooled = states[-1][:, 0] if pool == "class" else states[-1].sum(1) / real.sum(1, keepdim=True)
    head = {"head": out.logits} if "logits" in out else {}
    return tokens, dict(zip(blocks, [*states, pooled])), head, probes


def pictures(model, blocks, last, probe, **more):
    x = torch.randn(2, 3, 12, 12).mul(1000).round() / 1000
    out = model(pixel_values=x, output_hidden_states=True, **more)
    states = [*out.hidden_states, *last(out)]
    head = {"head": out.logits} if "logits" in out else {}
    return x, dict(zip(blocks, states)), head, [probe]


def folder(name, model, run, shard=None, preprocessor=None):
    """Writes the folder of a model and what `run` computes of it."""
    where = FIXTURES / "hugging-face" / name
    shutil.rmtree(where, ignore_errors=True)
    x, states, head, probes = run
    last = list(states.values())[-1]
    cotangent = torch.randn_like(last).mul(100).round() / 100
    model.save_pretrained(where, **({"max_shard_size": shard} if shard else {}))
    probed = [parameter_of(model, where, probe) for _, probe in probes]
    gradients = torch.autograd.grad((last * cotangent).sum(), probed)
    if preprocessor:
        (where / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    expected = {
        "input": plain(ours(x)),
        "blocks": {name: plain(ours(state)) for name, state in states.items()},
        **{name: plain(value) for name, value in head.items()},
        "cotangent": plain(ours(cotangent)),
        "gradients": [
            {"block": block, "tensor": probe, **plain(gradient)} for (block, probe), gradient in zip(probes, gradients)
        ],
        "made": {"torch": torch.__version__, "transformers": transformers.__version__, "seed": SEED},
    }
    (where / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def parameter_of(model, where, name):
    """The parameter that is saved under a name, which transformers may call otherwise in memory."""
    saved = next(tensors[name] for file in where.glob("*.safetensors") if name in (tensors := load_file(file)))
    return next(x for x in model.parameters() if x.shape == saved.shape and torch.equal(x, saved))


def text_folders():
    names = ["embeddings", "encoder.layer.0", "encoder.layer.1", "pooling"]
    probes = [
        ("encoder.layer.0", "encoder.layer.0.attention.self.query.weight"),
        ("encoder.layer.0", "encoder.layer.0.intermediate.dense.weight"),
        ("encoder.layer.1", "encoder.layer.1.attention.self.value.weight"),
        ("embeddings", "embeddings.word_embeddings.weight"),
        ("embeddings", "embeddings.position_embeddings.weight"),
    ]
    model = jitter(BertModel(BertConfig(**sizes, **words)))
    folder("bert", model, texts(0, model, names, "mean", *probes), shard="12KB")
    model = jitter(BertForSequenceClassification(BertConfig(**sizes, **words, num_labels=3, layer_norm_eps=1e-3)))
    probe = ("encoder.layer.1", "bert.encoder.layer.1.output.dense.weight")
    folder("bert-classifier", model, texts(0, model, names, "class", probe))
    config = RobertaConfig(**sizes, **{**words, "hidden_act": "gelu_new"}, type_vocab_size=1, num_labels=2)
    model = jitter(RobertaForSequenceClassification(config))
    probe = ("embeddings", "roberta.embeddings.word_embeddings.weight")
    folder("roberta", model, texts(1, model, names, "class", probe))
    names = [name.replace("encoder", "transformer") for name in names]
    config = DistilBertConfig(vocab_size=31, max_position_embeddings=10, dim=12, n_layers=2, n_heads=3, hidden_dim=20)
    model = jitter(DistilBertModel(config))
    probe = ("transformer.layer.0", "transformer.layer.0.attention.v_lin.weight")
    folder("distilbert", model, texts(0, model, names, "mean", probe))


def modern_folders():
    """ModernBERT, whose layers alternate: of four, the first and the last read the whole text, the others two tokens on either side."""
    small = {**sizes, "num_hidden_layers": 4, "vocab_size": 31, "max_position_embeddings": 10, "pad_token_id": 0, "local_attention": 4}
    small |= {"bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
    names = ["embeddings", *(f"layers.{i}" for i in range(4)), "pooling"]
    for name, kind, pool, more in [
        ("modernbert", ModernBertForMaskedLM, "mean", {}),
        ("modernbert-classifier", ModernBertForSequenceClassification, "class", {"num_labels": 3, "norm_bias": True, "mlp_bias": True}),
        ("modernbert-mean", ModernBertForSequenceClassification, "mean", {"classifier_pooling": "mean", "attention_bias": True}),
    ]:
        config = ModernBertConfig(**small, **more, global_attn_every_n_layers=3)
        model = jitter(kind(config))
        tokens = torch.tensor([[4, 17, 30, 2, 9, 5, 8, 3], [8, 2, 5, 5, 0, 0, 0, 0], [6, 0, 0, 0, 0, 0, 0, 0]])
        real = tokens != 0
        seen = []
        inner = model.model
        hooks = [
            module.register_forward_hook(lambda _m, _i, y: seen.append(y if torch.is_tensor(y) else y[0]))
            for module in [inner.embeddings, *inner.layers, inner.final_norm]
        ]
        out = model(input_ids=tokens, attention_mask=real.long())
        for hook in hooks:
            hook.remove()
        states = [state * real.unsqueeze(-1) for state in seen]
        pooled = states[-1][:, 0] if pool == "class" else states[-1].sum(1) / real.sum(1, keepdim=True)
        head = {"head": out.logits} if out.logits.dim() == 2 else {}
        probe = ("layers.1", "model.layers.1.mlp.Wo.weight") if pool == "mean" else ("layers.2", "model.layers.2.attn.Wo.weight")
        folder(name, model, (tokens, dict(zip(names, [*states[:-1], pooled])), head, [probe]))


def picture_folders():
    names = ["embeddings", "encoder.layer.0", "encoder.layer.1", "pooling"]
    pixels = {"do_normalize": True, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4], "size": {"height": 12}}
    model = jitter(ViTForImageClassification(ViTConfig(**sizes, **picture, num_labels=3)))
    last = lambda out: [model.vit.layernorm(out.hidden_states[-1])[:, 0]]
    probe = ("encoder.layer.0", "vit.encoder.layer.0.intermediate.dense.weight")
    folder("vit", model, pictures(model, names, last, probe), preprocessor=pixels)
    deit = jitter(DeiTForImageClassification(DeiTConfig(**sizes, **picture, num_labels=3)))
    last = lambda out: [deit.deit.layernorm(out.hidden_states[-1])[:, 0]]
    folder("deit", deit, pictures(deit, names, last, ("embeddings", "deit.embeddings.position_embeddings")))
    dino = jitter(Dinov2Model(Dinov2Config(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2, **picture)))
    last = lambda out: [out.last_hidden_state[:, 0]]
    folder("dinov2", dino, pictures(dino, names, last, ("encoder.layer.1", "encoder.layer.1.layer_scale1.lambda1")))
    vision = {**sizes, **picture}
    text = {"vocab_size": 20, "max_position_embeddings": 6, **sizes}
    whole = jitter(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)))
    names = [name.replace("layer", "layers") for name in names]
    tower = whole.vision_model
    x, states, _, probes = pictures(
        tower, names, lambda out: [out.pooler_output], ("encoder.layers.0", "vision_model.encoder.layers.0.mlp.fc1.weight")
    )
    folder("clip", whole, (x, states, {"head": whole.visual_projection(states["pooling"])}, probes))


def hooked(model, modules, blocks, x):
    """The outputs of modules, in the order of the blocks."""
    seen = {}
    hooks = [
        model.get_submodule(module).register_forward_hook(lambda _m, _i, y, at=block: seen.update({at: y}))
        for module, block in zip(modules, blocks)
    ]
    out = model(pixel_values=x)
    for hook in hooks:
        hook.remove()
    return {block: seen[block] if torch.is_tensor(seen[block]) else seen[block][0] for block in blocks}, {"head": out.logits}


def convolutional(name, model, modules, base, probe, blocks=None, **more):
    x = torch.randn(2, 3, 32, 32).mul(1000).round() / 1000
    blocks = blocks or modules
    states, head = hooked(model, [f"{base}.{module}" for module in modules], blocks, x)
    folder(name, model, (x, states, head, [probe]), **more)


def convolutional_folders():
    for kind, early in [("basic", False), ("bottleneck", True)]:
        config = ResNetConfig(
            embedding_size=8, hidden_sizes=[8, 12], depths=[2, 1], layer_type=kind, num_labels=3, downsample_in_bottleneck=early
        )
        model = jitter(ResNetForImageClassification(config))
        modules = ["embedder", *(f"encoder.stages.{stage}.layers.{i}" for stage, i in [(0, 0), (0, 1), (1, 0)])]
        # the gradient of a normalisation's parameters, which are folded, is not compared: that of the classifier's side is
        probe = ("none", "resnet.encoder.stages.1.layers.0.layer.0.convolution.weight")
        convolutional(f"resnet-{kind}", model, modules, "resnet", probe)
    model = jitter(ConvNextForImageClassification(ConvNextConfig(hidden_sizes=[8, 12], depths=[1, 2], num_stages=2, image_size=32, num_labels=3)))
    modules = ["embeddings", "encoder.stages.0.layers.0", "encoder.stages.1.layers.0", "encoder.stages.1.layers.1", "layernorm"]
    blocks = [*modules[:-1], "pooling"]
    probe = ("encoder.stages.1.layers.0", "convnext.encoder.stages.1.layers.0.pwconv1.weight")
    convolutional("convnext", model, modules, "convnext", probe, blocks)
    config = MobileNetV2Config(depth_multiplier=0.05, min_depth=4, depth_divisible_by=4, finegrained_output=False, image_size=32, num_labels=3)
    model = jitter(MobileNetV2ForImageClassification(config))
    modules = ["conv_stem", *(f"layer.{i}" for i in range(16)), "conv_1x1"]
    convolutional("mobilenet-v2", model, modules, "mobilenet_v2", ("none", "mobilenet_v2.conv_1x1.convolution.weight"))


def interpolated():
    """What the folders of vision transformers compute for pictures of other sizes, with interpolated positions."""
    cases = {}
    for name, kind in [("vit", ViTForImageClassification), ("dinov2", Dinov2Model)]:
        model = kind.from_pretrained(FIXTURES / "hugging-face" / name).eval()
        for height, width in [(20, 16), (8, 12)]:
            x = torch.randn(1, 3, height, width).mul(1000).round() / 1000
            more = {"interpolate_pos_encoding": True} if name == "vit" else {}
            with torch.no_grad():
                out = model(pixel_values=x, output_hidden_states=True, **more)
            cases[f"{name} {height} {width}"] = {"input": plain(ours(x)), "states": plain(out.hidden_states[-1])}
    (FIXTURES / "hugging-face" / "interpolated.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def minilm(path):
    """States of the real network for four sequences of tokens, sampled; and the pooled vectors."""
    model = BertModel.from_pretrained(path).eval()
    lengths = [3, 17, 40, 64]
    tokens = torch.zeros(4, 64, dtype=torch.long)
    for row, length in enumerate(lengths):
        inner = torch.randint(1000, 30000, (length - 2,))
        tokens[row, :length] = torch.cat([torch.tensor([101]), inner, torch.tensor([102])])
    real = tokens != 0
    with torch.no_grad():
        out = model(input_ids=tokens, attention_mask=real.long(), output_hidden_states=True)
    states = [state * real.unsqueeze(-1) for state in out.hidden_states]
    pooled = states[-1].sum(1) / real.sum(1, keepdim=True)
    content = {
        "tokens": tokens.tolist(),
        "blocks": [plain(state.flatten()[:: 997]) for state in states],
        "pooled": plain(pooled),
        "made": {"torch": torch.__version__, "transformers": transformers.__version__, "seed": SEED},
    }
    (FIXTURES / "minilm.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


torch.manual_seed(SEED)
if sys.argv[1:2] == ["minilm"]:
    minilm(sys.argv[2])
elif sys.argv[1:2] == ["interpolated"]:
    interpolated()
elif sys.argv[1:2] == ["modernbert"]:
    modern_folders()
else:
    text_folders()
    picture_folders()
    convolutional_folders()
    interpolated()
    modern_folders()
