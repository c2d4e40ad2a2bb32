"""GPT-2's tokenizer from its official files (`encoder.json`, `vocab.bpe`), without dependencies."""

import functools
import json
import pathlib
import re
import sys
import unicodedata


def _byte_alphabet():
    """GPT-2's printable stand-in for each of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {**{b: chr(b) for b in printable}, **{b: chr(256 + i) for i, b in enumerate(others)}}


def _category(initial):
    """The body of a character class for \\p{L} or \\p{N}, which Python's re does not know."""
    members = [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == initial]
    ranges, start = [], members[0]
    for here, following in zip(members, [*members[1:], -1]):
        if following != here + 1:
            ranges.append(f"\\U{start:08x}-\\U{here:08x}")
            start = following
    return "".join(ranges)


_SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"


def _splitter():
    letter, number = _category("L"), _category("N")
    return re.compile(
        "'s|'t|'re|'ve|'m|'ll|'d"
        f"| ?[{letter}]+| ?[{number}]+| ?[^{_SPACE}{letter}{number}]+"
        f"|[{_SPACE}]+(?![^{_SPACE}])|[{_SPACE}]+"
    )


class Gpt2:
    """Encodes text; `byte_lengths[id]` is how many UTF-8 bytes a token stands for (0: end-of-text)."""

    END_OF_TEXT = 50256

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.ids = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        lines = (folder / "vocab.bpe").read_text(encoding="utf-8").split("\n")[1:]
        self.ranks = {tuple(line.split()): rank for rank, line in enumerate(lines) if line}
        self.alphabet = _byte_alphabet()
        self.split = _splitter()
        self.byte_lengths = [0] * len(self.ids)
        for token, number in self.ids.items():
            self.byte_lengths[number] = 0 if number == self.END_OF_TEXT else len(token)
        self.word = functools.lru_cache(maxsize=None)(self._word)

    def encode(self, text):
        return [number for part in self.split.findall(text) for number in self.word(part)]

    def _word(self, text):
        parts = [self.alphabet[byte] for byte in text.encode("utf-8")]
        while len(parts) > 1:
            pairs = list(zip(parts, parts[1:]))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            merged, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    merged.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    merged.append(parts[i])
                    i += 1
            parts = merged
        return [self.ids[part] for part in parts]
