"""Writes fixtures/chars2vec: a small network in the files of chars2vec, and the vectors that two LSTMs written out here give.

Run: /path/to/python packages/formats/scripts/chars2vec-fixtures.py [folder of eng_50]
Needs torch, h5py and numpy. The published network (npm run fetch-weights) is read by this script alone: unpickling runs what a file
says, so give it that one only.
"""

import json
import pathlib
import pickle
import sys

import h5py
import numpy as np
import torch

folder = pathlib.Path(__file__).parent.parent / "fixtures" / "chars2vec"
folder.mkdir(parents=True, exist_ok=True)


def small(units=3, characters="abc!é"):
    rng = np.random.default_rng(7)
    with h5py.File(folder / "weights.h5", "w", libver="earliest") as file:
        file.attrs["backend"] = np.bytes_("tensorflow")
        file.attrs["keras_version"] = np.bytes_("2.2.0")
        file.attrs["layer_names"] = np.array([b"input_1", b"lstm_1", b"lstm_2"])
        file.create_group("input_1").attrs["weight_names"] = np.array([], dtype="S1")
        for i, width in enumerate([len(characters), units]):
            layer = f"lstm_{i + 1}"
            names = ["kernel", "recurrent_kernel", "bias"]
            group = file.create_group(layer)
            group.attrs["weight_names"] = np.array([f"{layer}/{name}:0".encode() for name in names])
            for name, shape in zip(names, [(width, 4 * units), (units, 4 * units), (4 * units,)]):
                group.create_dataset(f"{layer}/{name}:0", data=rng.normal(0, 1.2, shape).astype("float32"))
    with open(folder / "model.pkl", "wb") as file:
        pickle.dump([units, {c: i for i, c in enumerate(characters)}], file, protocol=2)


def vector(path, word):
    """Two LSTMs of Keras 2.2 over one word: gates in the order i, f, c, o, hard sigmoids of slope 1/5."""
    with open(path / "model.pkl", "rb") as file:
        units, places = pickle.load(file)
    with h5py.File(path / "weights.h5") as file:
        read = lambda layer, name: torch.tensor(file[f"{layer}/{layer}/{name}:0"][()].astype("float64"))
        layers = [[read(f"lstm_{i}", name) for name in ("kernel", "recurrent_kernel", "bias")] for i in (1, 2)]
    gate = lambda x: torch.clamp(0.2 * x + 0.5, 0, 1)
    steps = []
    for character in word.lower():
        step = torch.zeros(len(places), dtype=torch.float64)
        if character in places:
            step[places[character]] = 1
        steps.append(step)
    for kernel, recurrent, bias in layers:
        h, c = torch.zeros(units, dtype=torch.float64), torch.zeros(units, dtype=torch.float64)
        states = []
        for step in steps:
            i, f, g, o = (step @ kernel + h @ recurrent + bias).chunk(4)
            c = gate(f) * c + gate(i) * torch.tanh(g)
            h = gate(o) * torch.tanh(c)
            states.append(h)
        steps = states
    return [round(value, 7) for value in steps[-1].tolist()]


small()
words = ["a", "Cab", "é!b x😀a", "ccccccccccccccc"]
golden = {"small": {word: vector(folder, word) for word in words}}
if len(sys.argv) > 1:
    published = ["a", "transfer", "Déjà vu!", "few labelled texts"]
    golden["eng_50"] = {word: vector(pathlib.Path(sys.argv[1]), word)[:12] for word in published}
(folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=2) + "\n")
