"""Prepares the data: files of labelled repositories with original and with random values, and the candidates in them.

Labels are read from the `meta` files of CredData, lines from clones of the repositories. What it writes is never
committed.
"""
import argparse
import binascii
import csv
import hashlib
import io
import json
import os
import pickle
import random
import subprocess
from collections import Counter

from candidates import Rule, place_of


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, check=True).stdout


def clone_of(clones, repository):
    """The git directory of a repository: OWNER+NAME or OWNER/NAME, perhaps with `repo` or `.git` in it."""
    for name in (repository.replace("/", "+"), repository):
        for tail in ("repo/.git", "repo", ".git", ""):
            folder = os.path.join(clones, name, tail)
            if os.path.exists(os.path.join(folder, "HEAD")):
                return folder
    return None


def files_of(folder, commit, wanted):
    """path and bytes of the files whose hashed path is wanted."""
    for entry in git(folder, "ls-tree", "-r", "-z", commit).decode("utf-8", "replace").split("\0"):
        if not entry:
            continue
        head, path = entry.split("\t", 1)
        mode, kind, blob = head.split()
        name = hashlib.sha256(path.encode()).hexdigest()[:8]
        if kind == "blob" and mode != "120000" and name in wanted:
            try:
                yield name, path, git(folder, "cat-file", "blob", blob)
            except subprocess.CalledProcessError:
                print(f"  missing in the clone: {path}")


def drawn(value, repository):
    """A value of the same shape drawn at random: the same one for the same value of a repository."""
    chance = random.Random(hashlib.sha256(repository.encode() + b"\0" + value).digest())
    lower = b"abcdefghijklmnopqrstuvwxyz"
    hexadecimal = all(byte in b"0123456789abcdef-" for byte in value)
    upper_hexadecimal = all(byte in b"0123456789ABCDEF-" for byte in value)
    out = bytearray()
    for byte in value:
        if hexadecimal and byte != 45:
            out.append(chance.choice(b"0123456789abcdef"))
        elif upper_hexadecimal and byte != 45:
            out.append(chance.choice(b"0123456789ABCDEF"))
        elif 48 <= byte <= 57:
            out.append(chance.choice(b"0123456789"))
        elif 97 <= byte <= 122:
            out.append(chance.choice(lower))
        elif 65 <= byte <= 90:
            out.append(chance.choice(lower.upper()))
        else:
            out.append(byte)
    return bytes(out)


def lines_of(data):
    """(start, end) of each line."""
    spans, at = [], 0
    for line in data.split(b"\n"):
        spans.append((at, at + len(line)))
        at += len(line) + 1
    return spans


def to_bytes(data, span, column):
    """Byte offset of a column that counts characters."""
    line = data[span[0]:span[1]]
    try:
        return span[0] + len(line.decode("utf-8")[:column].encode("utf-8"))
    except UnicodeDecodeError:
        return span[0] + min(column, len(line))


def labels_of(data, rows):
    """(label, first line, last line, start, end) with offsets in bytes; -1 where a row labels whole lines."""
    spans, labels = lines_of(data), []
    for row in rows:
        first, last = int(row["LineStart"]), int(row["LineEnd"])
        if last > len(spans):
            continue
        start = end = -1
        if row["ValueStart"] not in ("", "-1"):
            start = to_bytes(data, spans[first - 1], int(row["ValueStart"]))
            stop = row["ValueEnd"]
            end = spans[last - 1][1] if stop in ("", "-1") else to_bytes(data, spans[last - 1], int(stop))
        labels.append((row["GroundTruth"] == "T", first, last, start, end, row["Category"]))
    return labels


def with_drawn_values(data, labels, repository):
    out = bytearray(data)
    for true, first, last, start, end, _ in labels:
        if true and first == last and 0 <= start < end:
            out[start:end] = drawn(data[start:end], repository)
    return bytes(out)


def label_of(labels, lines, line, start, end):
    """1 true, 0 false, -1 on a line with a true value but not that one, -2 on a line that nobody labelled."""
    here = [label for label in labels if label[1] <= line <= label[2]]
    overlapping = [label for label in here if label[3] < 0 or (label[3] < end and start < label[4])]
    if any(label[0] for label in overlapping):
        return 1
    if overlapping or (here and not any(label[0] for label in here)):
        return 0
    return -1 if here else -2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", required=True, help="git directory of CredData")
    parser.add_argument("--clones", required=True, help="folder of clones")
    parser.add_argument("--only", required=True, help="file that names the repositories that may be used")
    parser.add_argument("--rule", required=True, help="the rule whose candidates are judged")
    parser.add_argument("--out", required=True)
    words = parser.parse_args()
    allowed = set(open(words.only).read().split())
    rule = Rule(words.rule)
    candidates, true_lines, counted = [], [], Counter()
    for key, address in json.loads(git(words.labels, "show", "HEAD:snapshot.json")).items():
        repository = "/".join(address.removesuffix(".git").rstrip("/").split("/")[-2:])
        if repository not in allowed:
            continue
        folder = clone_of(words.clones, repository)
        if folder is None:
            print(f"no clone: {repository}")
            continue
        name = f"{binascii.crc32(binascii.unhexlify(key)):08x}"
        table = git(words.labels, "show", f"HEAD:meta/{name}.csv").decode()
        rows = {}
        for row in csv.DictReader(io.StringIO(table)):
            rows.setdefault(row["FileID"], []).append(row)
        counted["repositories"] += 1
        for file, path, data in files_of(folder, key[:40], rows):
            labels = labels_of(data, rows[file])
            spans = lines_of(data)
            for true, first, last, _, _, category in labels:
                true_lines.append((repository, path, first, last, true, category))
            for variant in ("original", "random"):
                text = data if variant == "original" else with_drawn_values(data, labels, repository)
                to = os.path.join(words.out, variant, repository.replace("/", "+"), path)
                os.makedirs(os.path.dirname(to), exist_ok=True)
                with open(to, "wb") as copy:
                    copy.write(text)
                for start, end, first in rule.candidates(text):
                    line = text.count(b"\n", 0, start) + 1
                    label = label_of(labels, spans, line, start, end)
                    before, value, after, above = place_of(text, start, end, first)
                    counted[variant, label] += 1
                    candidates.append((variant, repository, path, line, label, before, value, after, above))
    with open(os.path.join(words.out, "data.pickle"), "wb") as file:
        pickle.dump({"candidates": candidates, "labels": true_lines}, file)
    for key, count in sorted(counted.items(), key=str):
        print(key, count)


if __name__ == "__main__":
    main()
