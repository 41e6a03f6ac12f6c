"""Writes the files that opening.mjs opens: networks of torchvision and of Keras with random weights, 98 and 338 MiB.

    python3 benchmarks/opening.py FOLDER       with torch, torchvision, safetensors, onnx; the files of Keras where keras and h5py are there
"""

import os
import sys
import warnings

import torch
import torchvision
from safetensors.torch import save_file

warnings.simplefilter("ignore")
os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
torch.manual_seed(0)

for make in (torchvision.models.resnet50, torchvision.models.convnext_base):
    model = make(weights=None).eval()
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    name = make.__name__
    torch.save(state, f"{name}.pth")
    torch.save(state, f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
    save_file(state, f"{name}.safetensors")
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), f"{name}.onnx", dynamo=False, opset_version=17)
try:
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
except ImportError:
    print("keras is not there: no .keras, no .h5")
else:
    model = keras.applications.ResNet50(weights=None)
    for ending in ("keras", "h5"):
        model.save(f"resnet50.{ending}")
