"""Checks that no network of timm is taken for another one by the names and shapes of its tensors.

    python3 check-timm-names.py [PATTERN]

Needs timm and a build (`npx tsc -b`). Makes every network of timm without memory for its weights, or those whose names match the
regular expression PATTERN, and lets recognise-tensors.mjs say what they are taken for; ends with 1 where that is neither the
network itself nor one of those below. All of timm take a quarter of an hour.
"""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

import timm
import torch

warnings.simplefilter("ignore")
# The same layers at another size, or under another name; a longer classifier is left over.
SAME = {"convnext_large_mlp": "convnext_large"}
# Nothing in a file tells these from the network on the right: its facts name them.
TOLD_APART_BY_NOTHING = {
    "resnetblur18": "resnet18",
    "resnetblur50": "resnet50",
    "resnetaa50": "resnet50",
    "efficientnet_blur_b0": "efficientnet_b0",
}


def plain(name):
    name = SAME.get(name, TOLD_APART_BY_NOTHING.get(name, name))
    return re.sub(r"^tf_", "", re.sub(r"^deit_", "vit_", re.sub(r"_(224|384)$", "", name)))


def shapes(name):
    try:
        with torch.device("meta"):
            return {key: list(value.shape) for key, value in timm.create_model(name).state_dict().items()}
    except Exception as error:  # A few networks need memory, or more than timm.
        print(f"{name} was not made: {str(error)[:80]}")
        return {}


networks = {name: shapes(name) for name in timm.list_models() if re.search(sys.argv[1] if sys.argv[1:] else "", name)}
script = str(Path(__file__).parent / "recognise-tensors.mjs")
found = json.loads(subprocess.run(["node", script], input=json.dumps(networks), check=True, capture_output=True, text=True).stdout)
wrong = {name: architecture for name, architecture in found.items() if architecture.split()[-1] != plain(name)}
print(f"{len(networks)} networks of timm, {len(found)} recognised, wrong: {wrong or 'none'}")
sys.exit(1 if wrong or not found else 0)
