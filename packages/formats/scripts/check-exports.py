"""Checks what `ptu export` writes with the libraries that it is for.

    python3 check-exports.py MODEL-FOLDER [...]

Each folder is one of `ptu train`. Needs onnx, onnxruntime, torch, torchvision, safetensors and a build (`npx tsc -b`). Exports
the folder in each format into a temporary folder, checks the files, and compares the outputs on the examples of the folder's
parity.json: ONNX Runtime with the network that was trained, torchvision's class with the ONNX file. Ends with 1 if anything
differs by more than 1e-4.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import safetensors.torch
import torch
import torchvision

PTU = ["node", str(Path(__file__).parents[2] / "cli/dist/main.js")]
LIMIT = 1e-4
failed = False


def report(what, value, limit=LIMIT):
    global failed
    bad = not value <= limit
    failed |= bad
    print(f"  {what}: {value:.2e}{' TOO LARGE' if bad else ''}")


def export(model, out, *options):
    command = [*PTU, "export", str(model), "--out", str(out), "--backend", "cpu", "--json", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def examples(model):
    parity = json.loads((model / "parity.json").read_text())
    given, wanted = [], []
    for one in parity["examples"]:
        if "pixels" in one:
            x = np.frombuffer(base64.b64decode(one["pixels"]), np.uint8).astype(np.float32).reshape(parity["shape"])
        else:
            x = np.asarray(one["input"], np.float32)
        given.append(x)
        wanted.append(one["probabilities"])
    return np.stack(given), np.asarray(wanted)


def run(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x})))


def check_onnx(model, work, x, wanted):
    path = export(model, work / "onnx", "--to", "onnx") / "model.onnx"
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    opset = {one.domain: one.version for one in proto.opset_import}
    labels = json.loads({one.key: one.value for one in proto.metadata_props}["labels"])
    print(f"  onnx.checker passed: opset {opset['']}, ir {proto.ir_version}, {len(proto.graph.node)} nodes, {len(labels)} labels")
    found = run(path, x)
    report("ONNX Runtime, probabilities against the trained network", np.abs(found["probabilities"] - wanted).max())
    again = export(model, work / "again", "--to", "onnx") / "model.onnx"
    digests = [hashlib.sha256(one.read_bytes()).hexdigest() for one in (path, again)]
    report("bytes of two exports that differ", float(digests[0] != digests[1]), 0)
    if x.ndim == 4:
        first = export(model, work / "nchw", "--to", "onnx", "--layout", "nchw") / "model.onnx"
        onnx.checker.check_model(onnx.load(first), full_check=True)
        other = run(first, np.ascontiguousarray(x.transpose(0, 3, 1, 2)))
        report("the same with channels first", np.abs(other["probabilities"] - wanted).max())
    return found


def check_torch(model, work, x, found, wanted):
    folder = export(model, work / "torch", "--to", "pytorch")
    safe = export(model, work / "safetensors", "--to", "safetensors")
    about = json.loads((folder / "export.json").read_text())
    norm = [torch.tensor(about["normalisation"][name], dtype=torch.float32) for name in ("mean", "deviation")]
    logits = []
    for one in about["files"]:
        state = torch.load(folder / one["name"], weights_only=True)
        same = safetensors.torch.load_file(safe / one["name"].replace(".pth", ".safetensors"))
        equal = state.keys() == same.keys() and all(torch.equal(state[name], same[name]) for name in state)
        print(f"  {one['name']}: torch.load(weights_only=True), {len(state)} tensors; safetensors {'equal' if equal else 'DIFFERENT'}")
        report("tensors that differ between both", float(not equal), 0)
        maker = (one["architecture"] or "").removeprefix("torchvision ")
        if maker == one["architecture"] or not maker:
            print(f"  {one['name']}: no class of torchvision ({one['architecture']})")
            continue
        net = getattr(torchvision.models, maker)(num_classes=len(about["labels"]))
        print(f"  {one['name']}: {maker}.load_state_dict(strict={one['hasHead']}): {net.load_state_dict(state, strict=one['hasHead'])}")
        with torch.no_grad():
            logits.append(net.eval()(((torch.from_numpy(x) - norm[0]) / norm[1]).permute(0, 3, 1, 2)))
    if len(logits) == len(about["files"]):
        mean = sum(one.softmax(1) for one in logits) / len(logits)
        report("torchvision, probabilities against the trained network", np.abs(mean.numpy() - wanted).max())
        if "logits" in found:
            report("torchvision, logits against ONNX Runtime", np.abs(logits[0].numpy() - found["logits"]).max())


for name in sys.argv[1:]:
    model = Path(name)
    print(model)
    x, wanted = examples(model)
    with tempfile.TemporaryDirectory() as work:
        found = check_onnx(model, Path(work), x, wanted)
        check_torch(model, Path(work), x, found, wanted)

sys.exit(failed or len(sys.argv) < 2)
