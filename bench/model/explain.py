"""Judges lines with the weights alone, and says what counted; `--check` repeats parity.json. Needs no package.

    python3 explain.py --path config/app.yaml < LINES
"""
import argparse
import base64
import json
import math
import os
import sys

import features as F
from candidates import Rule
from synthetic import candidates

HERE = os.path.dirname(os.path.abspath(__file__))


class Model:
    def __init__(self, path):
        with open(path) as file:
            read = json.load(file)
        self.read = read
        self.costs = base64.b64decode(read["costs"])
        self.triples = [byte - 256 if byte > 127 else byte for byte in base64.b64decode(read["triples"])]
        names = [feature["name"] for feature in read["features"]]
        assert names == [name for name, _ in F.FEATURES], "weights.json belongs to other features"

    def letters(self, slots):
        return 4 * sum(self.triples[slot] for slot in slots) * self.read["norm"][len(slots)] >> 8

    def judge(self, place):
        """(features, slots, score)."""
        present, slots = F.features(place, self.costs), F.trigrams(place.value)
        weights = sum(self.read["features"][one]["weight"] for one in present)
        return present, slots, self.read["bias"] + weights + self.letters(slots)

    def reasons(self, present, slots):
        """(units, group, features) of each group, the strongest first."""
        groups = {"letters": [self.letters(slots), []]}
        for one in present:
            feature = self.read["features"][one]
            group = groups.setdefault(feature["group"], [0, []])
            group[0] += feature["weight"]
            group[1].append(feature["name"])
        return sorted(((units, group, names) for group, (units, names) in groups.items()), key=lambda one: -abs(one[0]))


def whole(vector):
    """A vector with its value in one piece."""
    value = "".join(vector["value"])
    return {name: part.replace("«»", value) if isinstance(part, str) else part
            for name, part in dict(vector, value=value).items()}


def check(model):
    with open(os.path.join(HERE, "parity.json")) as file:
        vectors = json.load(file)
    for vector in vectors:
        vector = whole(vector)
        place = F.place_of_candidate(*(vector[part].encode() for part in F.Place._fields))
        present, slots, score = model.judge(place)
        assert (present, slots, score) == (vector["features"], vector["slots"], vector["score"]), vector
    print(f"{len(vectors)} vectors repeated")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--path", default="settings.py")
    parser.add_argument("--rule", default=os.path.join(HERE, "../../rules/secrets/assigned-secret.toml"))
    words = parser.parse_args()
    model = Model(os.path.join(HERE, "../../core/src/probe/model/weights.json"))
    if words.check:
        return check(model)
    lines = [(words.path, line.rstrip("\n")) for line in sys.stdin]
    for number, path, before, value, after, above in candidates(Rule(words.rule), lines):
        place = F.place_of_candidate(path.encode(), before, value, after, above)
        present, slots, score = model.judge(place)
        level = "gate" if score >= model.read["gate"] else "info" if score >= model.read["info"] else "no"
        print(f"{number + 1}: {level} {score} ({1 / (1 + math.exp(-score / 256)):.2f})  {value.decode('utf-8', 'replace')}")
        for units, group, names in model.reasons(present, slots)[:5]:
            print(f"    {units:+5}  {F.GROUPS[group]}: {', '.join(names)}")


if __name__ == "__main__":
    main()
