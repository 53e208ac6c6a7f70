"""Counts letter triples in the names and words of program text: what reads like a word.

Any large body of code and documentation will do; ours was the standard library of Python with the packages that
training needs. Each word counts by the logarithm of how often it stands there. The table has one byte for each triple
of start, a to z: its cost in eighths of a bit.
"""
import argparse
import base64
import json
import math
import os
from collections import Counter

from features import letters_of

ENDS = (".py", ".txt", ".rst", ".md", ".h", ".pyi", ".c", ".pyx")


def words_in(folders):
    words = Counter()
    for folder in folders:
        for root, below, files in os.walk(folder):
            below.sort()
            for file in sorted(files):
                if file.endswith(ENDS):
                    with open(os.path.join(root, file), "rb") as text:
                        for word in text.read(200_000).split():
                            if len(word) <= 60:
                                words[word.strip(b"\"'`.,;:()[]{}<>")] += 1
    return words


def table_of(words):
    triples, pairs, singles = Counter(), Counter(), Counter()
    parts = Counter()
    for word, count in words.items():
        part = []
        for symbol in letters_of(word):
            if symbol:
                part.append(symbol)
            elif part:
                parts[tuple(part)] += count
                part = []
    for part, count in parts.items():
        weight = math.log2(1 + count) if count > 1 else 0.3
        first = second = 0
        for symbol in part:
            triples[first, second, symbol] += weight
            pairs[second, symbol] += weight
            singles[symbol] += weight
            first, second = second, symbol
    befores, before, total = Counter(), Counter(), sum(singles.values())
    for (first, second, _), count in triples.items():
        befores[first, second] += count
    for (second, _), count in pairs.items():
        before[second] += count
    table = bytearray()
    for first in range(27):
        for second in range(27):
            for symbol in range(27):
                one = (singles[symbol] + 1) / (total + 27)
                two = (pairs[second, symbol] + 20 * one) / (before[second] + 20)
                three = (triples[first, second, symbol] + 10 * two) / (befores[first, second] + 10)
                table.append(min(127, round(-math.log2(three) * 8)))
    return bytes(table), len(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="folders of code and documentation")
    parser.add_argument("--out", required=True)
    words = parser.parse_args()
    table, count = table_of(words_in(words.folders))
    with open(words.out, "w") as file:
        json.dump({"words": count, "costs": base64.b64encode(table).decode()}, file)
    print(f"{count} words")


if __name__ == "__main__":
    main()
