"""Writes tests/fixtures/tokenizers: three small tokenizers trained here by the library `tokenizers`, and what it makes of texts.

Run with the PyPI package `tokenizers` (0.22): python scripts/tokenizer-fixtures.py
With a path: prints the ids of 1,000 texts by that tokenizer.json instead, one JSON object a line.
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers, Regex

WORDS = """the quick brown fox jumps over a lazy dog transfer learning of networks isn't we're I'll 3.14 1,000 2026-11-28 e-mail
naïve café façade Ångström Straße ŒUVRE Γειά σου κόσμε Привет, мир! Ёлка שלום עולם مرحبا بالعالم สวัสดีชาวโลก नमस्ते दुनिया
வணக்கம் உலகம் ನಮಸ್ಕಾರ ជំរាបសួរ გამარჯობა բարեւ ሰላም 你好,世界 こんにちは世界 カタカナ 안녕하세요 Xin chào thế giới İstanbul
ｆｕｌｌｗｉｄｔｈ ① ½ ﬁne 👍🏽 👩‍👩‍👧 🏳️‍🌈 e\u0301 zero\u200dwidth\u200bjoiner tab\there line\u2028separator non\u00a0breaking soft\u00adhyphen
(brackets) [CLS] <s> ##ing __init__ @user #hashtag https://example.org/a?b=c&d=é $5.00 50% C++ "quotes" 'single' … — – •""".split()

SPECIAL = ["", " ", "a", "A", "\ufeffmark", "\x01control\x7f", "x" * 150, "   leading", "trailing   ", "two  spaces   three"]


def texts(count, seed):
    draw = random.Random(seed)
    made = list(SPECIAL)
    while len(made) < count:
        words = [draw.choice(WORDS) for _ in range(draw.randint(1, 12))]
        made.append(draw.choice([" ", "  ", "", " "]).join(words))
    return made[:count]


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=420, special_tokens=special, limit_alphabet=160)
    tokenizer.train_from_iterator(texts(300, 1), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer, 0


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=450, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts(300, 1), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, 1


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(texts(300, 1), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer, 1


if len(sys.argv) > 1:
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    for text in texts(1000, 7):
        print(json.dumps({"text": text, "ids": tokenizer.encode(text).ids}))
else:
    folder = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "tokenizers"
    for name, (tokenizer, padding) in {"word-piece": word_piece(), "byte-level": byte_level(), "unigram": unigram()}.items():
        cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts(120, 2)]
        made = {"padding": padding, "tokenizer": json.loads(tokenizer.to_str()), "cases": cases}
        (folder / f"{name}.json").write_text(json.dumps(made, ensure_ascii=True, separators=(",", ":")) + "\n")
