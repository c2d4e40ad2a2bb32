"""Question-and-answer documents as tokens, and the exact packed windows of GhostMoE.

The stream is `eot d1 eot d2 … eot`; window j has inputs s[jT … jT+T−1] and targets s[jT+1 … jT+T].
"""

import json
import pathlib

import numpy as np

from gpt2_bpe import Gpt2

KEYS = ("input_ids", "targets", "segment_ids", "positions")


def read_questions(path):
    """The documents of a JSONL file with the fields question and answer."""
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    return [f"Question: {record['question']}\nAnswer: {record['answer']}" for record in records]


def encode_file(path, tokenizer, kept=None):
    """Tokens and starts of all documents of a JSONL file; kept: a folder for .npy copies."""
    name = pathlib.Path(path).stem
    files = [pathlib.Path(kept) / f"{name}.{part}.npy" for part in ("tokens", "offsets")] if kept else []
    if files and all(file.exists() for file in files):
        return tuple(np.load(file) for file in files)
    documents = [tokenizer.encode(text) for text in read_questions(path)]
    tokens = np.array([token for document in documents for token in document], np.uint16)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    for file, array in zip(files, (tokens, offsets)):
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, array)
    return tokens, offsets


def read_cache(folder, split):
    """Tokens and starts from the engine's own cache entry: raw little-endian uint16 and int64."""
    folder = pathlib.Path(folder)
    tokens = np.fromfile(folder / f"{split}.tokens", "<u2")
    offsets = np.fromfile(folder / f"{split}.offsets", "<i8")
    if offsets[0] != 0 or offsets[-1] != len(tokens):
        raise ValueError(f"{folder}/{split}.offsets ends at {offsets[-1]}, {split}.tokens at {len(tokens)}")
    return tokens, offsets


def stream(tokens, offsets, order, end_of_text=Gpt2.END_OF_TEXT):
    """`eot d1 eot d2 … eot`, the documents in the given order."""
    parts = [np.array([end_of_text], np.int64)]
    for document in order:
        parts += [tokens[offsets[document] : offsets[document + 1]].astype(np.int64), parts[0]]
    return np.concatenate(parts)


def windows(tokens, length, end_of_text=Gpt2.END_OF_TEXT):
    """All windows of a stream as int64 arrays [windows, length]; the last one is padded."""
    scored = len(tokens) - 1
    count = -(-scored // length)
    out = {key: np.full(count * length, fill, np.int64) for key, fill in zip(KEYS, (0, -1, -1, 0))}
    out["input_ids"][:scored] = tokens[:-1]
    out["targets"][:scored] = tokens[1:]
    place = np.arange(scored)
    begins = (tokens[:-1] == end_of_text) | (place % length == 0)
    out["segment_ids"][:scored] = np.cumsum(begins) - 1
    out["positions"][:scored] = place - np.maximum.accumulate(np.where(begins, place, 0))
    return {key: value.reshape(count, length) for key, value in out.items()}
