"""Writes fixtures/onnx: tiny models of ONNX, one or more for each family of operators, and their outputs by onnxruntime.

    python packages/formats/scripts/onnx-fixtures.py

Needs torch, onnx and onnxruntime of PyPI. Inputs and outputs are written with channels last, as our tensors have them.
"""

import json
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).parent.parent / "fixtures" / "onnx"
numbers = np.random.default_rng(0)
cases = []


def rand(*shape):
    return (numbers.standard_normal(shape) * 0.5).astype(np.float32)


def channels_last(array):
    """Channels first as ONNX has them, [N, C, ...], to [N, ..., C]."""
    return np.moveaxis(array, 1, -1) if array.ndim > 2 else array


def rounded(array):
    return [float(f"{value:.7g}") for value in np.asarray(array, np.float64).ravel()]


def record(name, x, moves_in=True, moves_out=True, **facts):
    """Adds a case: the model's output on x, which has the axes of the model's input."""
    path = folder / f"{name}.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    y = session.run(None, {session.get_inputs()[0].name: x})[0]
    ours = channels_last(x) if moves_in else x
    out = channels_last(y) if moves_out else y
    cases.append({"name": name, "shape": list(ours.shape), "x": rounded(ours), "y": rounded(out), **facts})


def model(name, nodes, shape, constants=None, opset=17, out="y", in_type=TensorProto.FLOAT):
    """Writes a model of some nodes that reads x of a shape ("N" for the batch) and gives y."""
    values = [numpy_helper.from_array(np.asarray(value), key) for key, value in (constants or {}).items()]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", in_type, shape)],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        values,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="fixtures")
    folder.mkdir(exist_ok=True)
    onnx.save(made, folder / f"{name}.onnx")


def node(op, inputs, outputs="y", **attributes):
    return helper.make_node(op, inputs.split(" "), outputs.split(" "), name=f"the_{op}_{outputs.split(' ')[0]}", **attributes)


MAP = ["N", 3, 7, 6]


def on_map(name, nodes, constants=None, shape=None, opset=17, **facts):
    wanted = shape or MAP
    model(name, nodes, wanted, constants, opset)
    record(name, rand(2, *wanted[1:]), **facts)


def convolutions():
    w, b = rand(4, 3, 3, 3), rand(4)
    on_map("conv-pads", [node("Conv", "x w b", pads=[1, 0, 2, 1], strides=[2, 2], kernel_shape=[3, 3])], {"w": w, "b": b})
    on_map("conv-upper", [node("Conv", "x w b", auto_pad="SAME_UPPER", strides=[2, 2])], {"w": w, "b": b})
    on_map("conv-lower", [node("Conv", "x w b", auto_pad="SAME_LOWER", strides=[2, 2])], {"w": w, "b": b}, shape=["N", 3, 8, 6])
    on_map("conv-valid", [node("Conv", "x w", auto_pad="VALID")], {"w": w})
    on_map("conv-dilated", [node("Conv", "x w b", dilations=[2, 2], pads=[2, 2, 2, 2])], {"w": w, "b": b})
    on_map("conv-depthwise", [node("Conv", "x w b", group=3, pads=[1, 1, 1, 1])], {"w": rand(3, 1, 3, 3), "b": rand(3)})
    on_map("conv-multiplier", [node("Conv", "x w b", group=3, pads=[1, 1, 1, 1])], {"w": rand(6, 1, 3, 3), "b": rand(6)})
    on_map("conv-steps", [node("Conv", "x w b", pads=[1, 0], strides=[2])], {"w": rand(5, 3, 3), "b": rand(5)}, shape=["N", 3, 9])
    bn = {"s": rand(4), "o": rand(4), "m": rand(4), "v": np.abs(rand(4)) + 0.1}
    layers = [
        node("Conv", "x w", "a", pads=[1, 1, 1, 1]),
        node("BatchNormalization", "a s o m v", "c", epsilon=1e-3),
        node("Relu", "c"),
    ]
    on_map("batch-norm", layers, {"w": w, **bn})
    constants = [
        helper.make_node("Constant", [], ["w"], name="weights", value=numpy_helper.from_array(w)),
        helper.make_node("Constant", [], ["low"], name="low", value_float=-0.5),
        helper.make_node("Constant", [], ["high"], name="high", value=numpy_helper.from_array(np.float32(0.5))),
    ]
    on_map("constant-nodes", [*constants, node("Conv", "x w", "a"), node("Clip", "a low high")])
    half = [node("Cast", "w", "w32", to=1), node("Conv", "x w32")]
    on_map("half-weights", half, {"w": w.astype(np.float16)})
    typed = helper.make_tensor("w", TensorProto.FLOAT, w.shape, w.ravel().tolist())
    graph = helper.make_graph(
        [node("Conv", "x w")],
        "typed",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, MAP)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [typed],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "float-data.onnx")
    record("float-data", rand(2, 3, 7, 6))


def activations():
    plain = ["Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "HardSwish", "Elu", "Selu", "Softplus", "Softsign"]
    for op in plain:
        on_map(f"act-{op.lower()}", [node(op, "x", **({"alpha": 0.2} if op == "LeakyRelu" else {}))])
    zero, six, one = np.float32(0), np.float32(6), np.float32(1)
    on_map("act-clip6", [node("Mul", "x k", "a"), node("Clip", "a l h")], {"l": zero, "h": six, "k": np.float32(9)})
    on_map("act-clip1", [node("Mul", "x k", "a"), node("Clip", "a l h")], {"l": -one, "h": one, "k": np.float32(3)})
    on_map("act-prelu", [node("PRelu", "x s")], {"s": rand(3, 1, 1)})
    on_map("act-gelu20", [node("Gelu", "x")], opset=20)
    on_map("act-softmax", [node("Softmax", "x", axis=1)])
    model("act-softmax11", [node("Softmax", "x")], ["N", 5], opset=11)
    record("act-softmax11", rand(2, 5))


def dense():
    w, b = rand(6, 4), rand(4)
    for name, nodes, constants in [
        ("gemm", [node("Gemm", "x w b", alpha=0.5, beta=2.0)], {"w": w, "b": b}),
        ("gemm-turned", [node("Gemm", "x w", transB=1)], {"w": w.T.copy()}),
        ("matmul-bias", [node("MatMul", "x w", "a"), node("Add", "b a", "c"), node("Relu", "c")], {"w": w, "b": b}),
        ("matmul-transposed", [node("Transpose", "w", "t", perm=[1, 0]), node("MatMul", "x t")], {"w": w.T.copy()}),
        ("vector-norm", [node("Gemm", "x w b", "a"), node("BatchNormalization", "a s o m v")], {"w": w, "b": b, "s": rand(4), "o": rand(4), "m": rand(4), "v": np.abs(rand(4)) + 0.1}),
    ]:
        model(name, nodes, ["N", 6], constants)
        record(name, rand(2, 6))
    model("matmul-steps", [node("MatMul", "x w", "a"), node("Add", "a b")], ["N", 5, 6], {"w": w, "b": b})
    record("matmul-steps", rand(2, 5, 6), False, False)
    flat = [node("Conv", "x k", "a"), node("Flatten", "a", "f"), node("Gemm", "f w b")]
    on_map("flatten", flat, {"k": rand(4, 3, 3, 3), "w": rand(80, 5), "b": rand(5)})
    scrambled = [
        node("Conv", "x k", "a"),
        node("Flatten", "a", "f"),
        node("BatchNormalization", "f s o m v", "n"),
        node("Mul", "n g", "h"),
        node("Gemm", "h w"),
    ]
    bn = {"s": rand(80), "o": rand(80), "m": rand(80), "v": np.abs(rand(80)) + 0.1, "g": rand(80)}
    on_map("flatten-norm", scrambled, {"k": rand(4, 3, 3, 3), "w": rand(80, 5), **bn})
    shaped = [
        node("Conv", "x k", "a"),
        node("Shape", "a", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Unsqueeze", "n axes", "n1"),
        node("Concat", "n1 rest", "t", axis=0),
        node("Reshape", "a t", "f"),
        node("Gemm", "f w"),
    ]
    sizes = {"zero": np.int64(0), "axes": np.int64([0]), "rest": np.int64([-1])}
    on_map("reshape-computed", shaped, {"k": rand(4, 3, 3, 3), "w": rand(80, 5), **sizes})
    model("reshape-fixed", [node("Conv", "x k", "a"), node("Reshape", "a t", "f"), node("Gemm", "f w")], [1, 3, 7, 6], {"k": rand(4, 3, 3, 3), "w": rand(80, 5), "t": np.int64([1, 80])})
    record("reshape-fixed", rand(1, 3, 7, 6))
    tokens = [node("Conv", "x k", "a"), node("Reshape", "a t", "f"), node("Transpose", "f", "p", perm=[0, 2, 1]), node("MatMul", "p w", "d"), node("LayerNormalization", "d g h")]
    on_map("tokens", tokens, {"k": rand(4, 3, 3, 3), "t": np.int64([0, 4, -1]), "w": rand(4, 5), "g": rand(5), "h": rand(5)}, moves_out=False)
    places = [node("Conv", "x k", "a"), node("Transpose", "a", "p", perm=[0, 2, 3, 1]), node("MatMul", "p w", "d"), node("Transpose", "d", perm=[0, 3, 1, 2])]
    on_map("matmul-map", places, {"k": rand(3, 3, 1, 1), "w": rand(3, 4)})
    model("embedding", [node("Gather", "t x", "e"), node("ReduceMean", "e", "r", axes=[1], keepdims=0), node("Gemm", "r w")], ["N", 5], {"t": rand(9, 6), "w": w}, in_type=TensorProto.INT64)
    record("embedding", numbers.integers(0, 9, (2, 5)))


def arithmetic():
    scale = [node("Sub", "x m", "a"), node("Div", "a d", "b"), node("Conv", "b w")]
    on_map("pixels", scale, {"m": rand(1, 3, 1, 1), "d": np.abs(rand(1, 3, 1, 1)) + 0.2, "w": rand(4, 3, 3, 3)})
    on_map("constants", [node("Conv", "x w", "a"), node("Add", "a p", "b"), node("Mul", "q b", "c"), node("Sub", "r c", "d"), node("Div", "d s", "e"), node("Neg", "e")], {"w": rand(4, 3, 3, 3), "p": rand(4, 1, 1), "q": rand(1, 4, 1, 1), "r": np.float32(0.7), "s": np.abs(rand(4, 1, 1)) + 0.2})
    on_map("sub-left", [node("Conv", "x w", "a"), node("Sub", "p a")], {"w": rand(4, 3, 3, 3), "p": rand(4, 1, 1)})
    twice = [node("Conv", "x w", "a"), node("Conv", "a v", "b", pads=[1, 1, 1, 1]), node("Relu", "b", "c"), node("Sub", "a c", "d"), node("Mul", "d d", "e"), node("Add", "e d")]
    on_map("branches", twice, {"w": rand(4, 3, 3, 3), "v": rand(4, 4, 3, 3)})
    squeeze = [
        node("Conv", "x w", "a"),
        node("ReduceMean", "a", "p", axes=[2, 3], keepdims=1),
        node("Conv", "p u b", "q"),
        node("Relu", "q", "r"),
        node("Conv", "r v", "s"),
        node("HardSigmoid", "s", "t", alpha=1 / 6),
        node("Mul", "a t"),
    ]
    on_map("squeeze-excite", squeeze, {"w": rand(4, 3, 3, 3), "u": rand(2, 4, 1, 1), "b": rand(2), "v": rand(4, 2, 1, 1)}, opset=13)
    excite = [
        node("Conv", "x w", "a"),
        node("GlobalAveragePool", "a", "p"),
        node("Flatten", "p", "f"),
        node("Gemm", "f u", "q"),
        node("Sigmoid", "q", "r"),
        node("Unsqueeze", "r axes", "s"),
        node("Mul", "s a"),
    ]
    on_map("excite-dense", excite, {"w": rand(4, 3, 3, 3), "u": rand(4, 4), "axes": np.int64([2, 3])})
    swish = [node("Conv", "x w", "a"), node("Sigmoid", "a", "s"), node("Mul", "a s", "b"), node("Add", "b three", "c"), node("Clip", "c zero six", "d"), node("Mul", "b d", "e"), node("Div", "e six")]
    on_map("swish", swish, {"w": rand(4, 3, 3, 3), "three": np.float32(3), "zero": np.float32(0), "six": np.float32(6)})
    cat = [node("Conv", "x w", "a"), node("Conv", "x v", "b"), node("Concat", "a b", "c", axis=1), node("Relu", "c")]
    on_map("concat", cat, {"w": rand(4, 3, 3, 3), "v": rand(2, 3, 3, 3)})
    flat = [node("Conv", "x w", "a"), node("GlobalAveragePool", "a", "p"), node("Flatten", "p", "f"), node("GlobalMaxPool", "a", "q"), node("Flatten", "q", "g"), node("Concat", "f g", "c", axis=-1), node("Gemm", "c u")]
    on_map("concat-features", flat, {"w": rand(4, 3, 3, 3), "u": rand(8, 3)})


def pools():
    on_map("max-pool", [node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])])
    on_map("max-pool-ceil", [node("MaxPool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)])
    on_map("max-pool-ceil-beyond", [node("MaxPool", "x", kernel_shape=[2, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)], shape=["N", 3, 6, 6])
    on_map("max-pool-lower", [node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_LOWER")])
    on_map("average-pool", [node("AveragePool", "x", kernel_shape=[2, 2], strides=[2, 2])])
    on_map("average-pool-pads", [node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])])
    on_map("average-pool-counted", [node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)])
    on_map("average-pool-ceil", [node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, count_include_pad=1)])
    on_map("average-pool-counted-ceil", [node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)], shape=["N", 3, 8, 6])
    on_map("global-average", [node("GlobalAveragePool", "x")])
    on_map("reduce-mean", [node("ReduceMean", "x axes", keepdims=0)], {"axes": np.int64([-2, -1])}, opset=18)
    on_map("pool-steps", [node("Conv", "x w", "a"), node("MaxPool", "a", "b", kernel_shape=[2], strides=[2]), node("AveragePool", "b", "c", kernel_shape=[2], strides=[1]), node("GlobalAveragePool", "c", "d"), node("Squeeze", "d axes")], {"w": rand(4, 3, 2), "axes": np.int64([2])}, shape=["N", 3, 12])


def shapes():
    on_map("pad", [node("Pad", "x p", "a"), node("Conv", "a w")], {"p": np.int64([0, 0, 1, 0, 0, 0, 2, 1]), "w": rand(4, 3, 3, 3)})
    on_map("nothing", [node("Identity", "x", "a"), node("Dropout", "a", "b"), node("Cast", "b", "c", to=1), node("Conv", "c w")], {"w": rand(4, 3, 3, 3)})
    turned = [node("Transpose", "x", "a", perm=[0, 3, 1, 2]), node("Conv", "a w", "b"), node("Relu", "b", "c"), node("Transpose", "c", "d", perm=[0, 2, 3, 1]), node("Add", "d p")]
    model("channels-last", turned, ["N", 7, 6, 3], {"w": rand(4, 3, 3, 3), "p": rand(4)})
    record("channels-last", rand(2, 7, 6, 3), False, False)
    single = [node("Unsqueeze", "x axes", "a"), node("Conv", "a w", "b"), node("GlobalAveragePool", "b", "c"), node("Squeeze", "c axes2", "d"), node("Softmax", "d")]
    model("one-channel", single, ["N", 8], {"axes": np.int64([1]), "w": rand(4, 1, 3), "axes2": np.int64([2])})
    record("one-channel", rand(2, 8))


class Recurrent(nn.Module):
    def __init__(self, cell, **options):
        super().__init__()
        self.cell = cell(3, 4, batch_first=True, **options)
        self.dense = nn.Linear(8 if options.get("bidirectional") else 4, 2)

    def forward(self, x):
        return self.dense(self.cell(x)[0][:, -1])


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(6, eps=1e-3)
        self.dense = nn.Linear(6, 5)

    def forward(self, x):
        return nn.functional.gelu(self.dense(self.norm(x)))


class Basic(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.down = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if stride > 1 else None

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (self.down(x) if self.down else x))


class Inverted(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        wide = channels * 4
        self.adds = stride == 1 and channels == out
        self.conv = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, out, 1, bias=False), nn.BatchNorm2d(out),
        )

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class Pooled(nn.Module):
    def __init__(self, body, channels):
        super().__init__()
        self.body, self.fc = body, nn.Linear(channels, 5)

    def forward(self, x):
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(self.body(x), 1), 1))


def residual():
    stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    return Pooled(nn.Sequential(stem, Basic(8, 8, 1), Basic(8, 12, 2)), 12)


def inverted():
    stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
    return Pooled(nn.Sequential(stem, Inverted(8, 8, 1), Inverted(8, 12, 2), Inverted(12, 12, 1)), 12)


def plain():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(8 * 16, 10), nn.ReLU(), nn.Dropout(), nn.Linear(10, 5),
    )  # fmt: skip


def jittered(module):
    """Statistics and biases that are not those of a network that was never trained."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            for tensor in (part.weight.data, part.bias.data, part.running_mean):
                tensor.add_(torch.randn_like(tensor) * 0.3)
            part.running_var.uniform_(0.3, 2)
    return module.eval()


def exported(name, module, x, opset=17, folds=True):
    path = folder / f"{name}.onnx"
    axes = {"x": {0: "batch"}, "y": {0: "batch"}}
    options = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": axes, "dynamo": False}
    mode = torch.onnx.TrainingMode.EVAL if folds else torch.onnx.TrainingMode.PRESERVE
    torch.onnx.export(module, torch.from_numpy(x), str(path), opset_version=opset, training=mode, do_constant_folding=folds, **options)


def networks():
    torch.manual_seed(0)
    for name, cell, options in [
        ("lstm", nn.LSTM, {}),
        ("lstm-both", nn.LSTM, {"bidirectional": True}),
        ("gru", nn.GRU, {}),
        ("rnn", nn.RNN, {}),
    ]:
        x = rand(2, 5, 3)
        exported(name, Recurrent(cell, **options).eval(), x)
        record(name, x, False, False)
    for opset in (11, 17):
        x = rand(2, 4, 6)
        exported(f"norm-gelu-{opset}", Normalised().eval(), x, opset)
        record(f"norm-gelu-{opset}", x, False, False)
    for name, make, folds in [("residual", residual, True), ("inverted", inverted, False), ("plain", plain, True)]:
        x = rand(2, 3, 16, 16)
        module = jittered(make())
        exported(name, module, x, 13 if name == "plain" else 17, folds)
        record(name, x)
        if name == "inverted":
            cases[-1]["gradient"] = gradient_of(module, x)


def gradient_of(module, x):
    """d(sum of the squared outputs)/dx with channels last, by PyTorch."""
    given = torch.from_numpy(x).requires_grad_()
    module(given).square().sum().backward()
    return rounded(channels_last(given.grad.numpy()))


def recurrent_nodes():
    def cell(name, op, gates, outputs="y1", squeeze=1, directions=1, after=(), **attributes):
        constants = {"w": rand(directions, gates * 4, 3), "r": rand(directions, gates * 4, 4), "b": rand(directions, gates * 8)}
        if squeeze is not None:
            constants["a"] = np.int64([squeeze])
        nodes = [node(op, "x w r b", outputs, hidden_size=4, **attributes), *(after or [node("Squeeze", "y1 a", "s"), node("Transpose", "s", perm=[1, 0, 2])])]
        model(name, nodes, [5, "N", 3], constants)
        given = rand(5, 2, 3)
        record(name, given, False, False)
        cases[-1]["shape"] = [2, 5, 3]
        cases[-1]["x"] = rounded(np.swapaxes(given, 0, 1))

    last = [node("Squeeze", "h a")]
    cell("lstm-reverse", "LSTM", 4, direction="reverse")
    cell("lstm-last", "LSTM", 4, "y1 h", 0, after=last)
    cell("lstm-last-reverse", "LSTM", 4, "y1 h", 0, after=last, direction="reverse")
    cell("gru-before", "GRU", 3)
    both = [node("Transpose", "h", "t", perm=[1, 0, 2]), node("Flatten", "t")]
    cell("gru-both", "GRU", 3, "y1 h", None, directions=2, after=both, direction="bidirectional", linear_before_reset=1)


def refusals():
    model("refused-operator", [node("Conv", "x w", "a"), node("Einsum", "a a", equation="nchw,nchw->nchw")], ["N", 3, 5, 5], {"w": rand(4, 3, 3, 3)})
    model("refused-open", [node("Conv", "x w", "a"), node("Relu", "a")], ["N", 3, "H", "W"], {"w": rand(4, 3, 3, 3)})
    model("refused-attention", [node("MatMul", "x u", "a"), node("MatMul", "a x")], ["N", 4, 4], {"u": rand(4, 4)})
    model("refused-opset", [node("Relu", "x")], ["N", 4], opset=9)
    model("refused-batch", [node("Reshape", "x t", "a"), node("Relu", "a")], ["N", 4, 4], {"t": np.int64([2, -1])})
    model("refused-integers", [node("Cast", "w", "v", to=1), node("DequantizeLinear", "w s", "u"), node("MatMul", "x u")], ["N", 4], {"w": numbers.integers(0, 9, (4, 4)).astype(np.int8), "s": np.float32(0.1)})
    model("left-over", [node("Gemm", "x w")], ["N", 4], {"w": rand(4, 4), "never_read": rand(3)})


def sided():
    """Windows with sides of two lengths, and convolutions in groups."""
    global numbers
    numbers = np.random.default_rng(11)
    four = ["N", 4, 7, 6]
    on_map("conv-groups", [node("Conv", "x w b", group=2, pads=[1, 1, 1, 1], strides=[2, 1])], {"w": rand(6, 2, 3, 3), "b": rand(6)}, four)
    on_map("conv-sides", [node("Conv", "x w b", pads=[0, 1, 0, 2], strides=[1, 2])], {"w": rand(4, 3, 1, 3), "b": rand(4)})
    on_map("conv-sides-upper", [node("Conv", "x w", auto_pad="SAME_UPPER", strides=[2, 1])], {"w": rand(4, 3, 2, 5)})
    on_map("conv-sides-dilated", [node("Conv", "x w", dilations=[1, 2], pads=[1, 2, 1, 2])], {"w": rand(4, 3, 3, 3)})
    on_map("conv-sides-depthwise", [node("Conv", "x w", group=3, pads=[1, 0, 1, 0])], {"w": rand(6, 1, 3, 1)})
    on_map("pool-sides", [node("MaxPool", "x", kernel_shape=[3, 1], strides=[2, 1], pads=[1, 0, 1, 0])])
    on_map("pool-sides-ceil", [node("AveragePool", "x", kernel_shape=[2, 3], strides=[2, 3], ceil_mode=1)])
    on_map("pool-sides-counted", [node("AveragePool", "x", kernel_shape=[1, 3], pads=[0, 1, 0, 1], count_include_pad=1)])


def bounds():
    """A larger and a smaller of two numbers, and a single channel that is last and is moved by a Reshape."""
    global numbers
    numbers = np.random.default_rng(12)
    on_map("act-max", [node("Max", "x c")], {"c": np.float32(-0.4)})
    on_map("act-min", [node("Min", "c x")], {"c": np.asarray([0.3], np.float32)})
    layers = [node("Reshape", "x s", "a"), node("Conv", "a w", pads=[0, 1, 0, 1])]
    model("one-channel-last", layers, ["N", 7, 6, 1], {"s": np.asarray([-1, 1, 7, 6]), "w": rand(4, 1, 3, 3)})
    record("one-channel-last", rand(2, 7, 6, 1), moves_in=False)


def external():
    made = onnx.load(folder / "conv-valid.onnx")
    onnx.save(made, folder / "external.onnx", save_as_external_data=True, location="external.data", size_threshold=0)


folder.mkdir(exist_ok=True)
for old in folder.iterdir():
    old.unlink()
for write in (convolutions, activations, dense, arithmetic, pools, shapes, networks, recurrent_nodes, refusals, sided, bounds, external):
    write()
(folder / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
