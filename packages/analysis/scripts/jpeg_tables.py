"""Writes fixtures/jpeg-tables.json: the quantisation tables that Pillow stores at some qualities.

Run with: python packages/analysis/scripts/jpeg_tables.py
"""

import io
import json
import pathlib

import PIL
from PIL import Image

tables = {}
for quality in (5, 25, 50, 75, 100):  # libjpeg divides 5000 by others in whole numbers
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    stored = Image.open(file).quantization
    tables[str(quality)] = [list(stored[0]), list(stored[1])]

document = {"pillow": PIL.__version__, "tables": tables}
(pathlib.Path(__file__).parent.parent / "fixtures" / "jpeg-tables.json").write_text(json.dumps(document) + "\n")
