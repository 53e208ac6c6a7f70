"""Trains the model on what prepare.py wrote, judges it on repositories it did not see, and writes weights and vectors.

A logistic regression on features that are present or not, and on the letter triples of the value; whole numbers in the
end: features in 256ths, triples in 64ths of a unit of log odds.
"""
import argparse
import base64
import json
import os
import pickle
import random
from collections import Counter, defaultdict
from multiprocessing import Pool

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import features as F
import synthetic
from candidates import Rule

NORM = [0] + [round(384 / n ** 0.5) for n in range(1, F.LONGEST + 3)]
STRENGTH = 0.4
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# What is known without data: weights are at most these. Digests and ciphertext are no secrets, whatever stands around
# them, stand-ins mostly neither, in translations `password` names a label, and a test is no reason to accuse.
FIXED = {"digest mark": -5.0, "template": -4.0, "stand-in word": -3.0, "repeats": -3.0, "stand-in part": -2.0,
         "translation": -4.0, "says test or fake": -4.0, "public": -3.0, "hash word": -2.0, "last: hash": -1.5,
         "csrf or next or cursor": -2.5, "known constant": -3.0, "reference start": -2.5, "behind a literal": -2.0,
         "last: id": -1.5, "last: name or user": -1.5, "lock or generated": -1.0, "test path": 0.0, "example path": 0.0}
# A value that says that it is a stand-in is none to learn from, though some call it true.
DOUBTFUL = ("repeats", "counts", "template", "stand-in word", "stand-in part")


def described(job):
    table, path, before, value, after, above = job
    place = F.place_of_candidate(path.encode(), before, value, after, above)
    return F.features(place, table), F.trigrams(place.value)


def matrix(rows):
    ends, columns, values = [0], [], []
    for present, slots in rows:
        columns += present
        values += [1.0] * len(present)
        for slot, count in Counter(slots).items():
            columns.append(len(F.FEATURES) + slot)
            values.append(count * NORM[len(slots)] / 256)
        ends.append(len(columns))
    return sparse.csr_matrix((values, columns, ends), shape=(len(rows), len(F.FEATURES) + F.SLOTS))


class Data:
    """Candidates of repositories and, as one more repository, synthetic lines without secrets."""

    def __init__(self, folder, rule, table):
        with open(folder + "/data.pickle", "rb") as file:
            read = pickle.load(file)
        made = synthetic.lines("train", 8)
        rows = read["candidates"] + [
            ("random", "synthetic", path, number, 0, before, value, after, above)
            for number, path, before, value, after, above in synthetic.candidates(rule, made)]
        judged = synthetic.lines("judge", 5)
        self.judged = [(number, path, before, value, after, above)
                       for number, path, before, value, after, above in synthetic.candidates(rule, judged)]
        self.judged_lines = len(judged)
        jobs = [(table, row[2], *row[5:]) for row in rows] + [(table, *row[1:]) for row in self.judged]
        with Pool() as pool:
            seen = pool.map(described, jobs, chunksize=256)
        self.x = matrix(seen)
        self.random = np.array([row[0] == "random" for row in rows])
        self.repository = np.array([row[1] for row in rows])
        self.label = np.array([row[4] for row in rows])
        self.line = [(row[0], row[1], row[2], row[3]) for row in rows]
        doubtful = {F.NUMBER[name] for name in DOUBTFUL}
        self.doubtful = np.array([not doubtful.isdisjoint(present) for present, _ in seen[:len(rows)]])
        self.labels = read["labels"]
        self.hand, self.others = {}, {"original": set(), "random": set()}
        for variant in ("original", "random"):
            with open(f"{folder}/all_{variant}.json") as file:
                for found in json.load(file)["findings"]:
                    if found["rule"] != rule.id and found["family"] == "secrets":
                        owner, path = found["location"]["path"].split("/", 1)
                        region = found["location"]["region"]
                        for line in range(region["start_line"], region["end_line"] + 1):
                            self.others[variant].add((owner.replace("+", "/", 1), path, line))
            with open(f"{folder}/hand_{variant}.json") as file:
                for found in json.load(file)["findings"]:
                    owner, path = found["location"]["path"].split("/", 1)
                    key = (variant, owner.replace("+", "/", 1), path, found["location"]["region"]["start_line"])
                    level = 1 if found["evidence"] == "possible" else 2
                    self.hand[key] = max(self.hand.get(key, 0), level)

    def training(self, repositories, made):
        """What to train on: no value of which the label is in doubt."""
        known = np.isin(self.repository, sorted(repositories | ({"synthetic"} if made else set())))
        return np.flatnonzero(known & (self.label != -1) & ~((self.label == 1) & self.doubtful))

    def weights(self, rows, made):
        """No repository speaks for all: a candidate of one with many counts less."""
        count = Counter(self.repository[rows])
        weights = np.array([count[self.repository[row]] ** -0.4 for row in rows])
        weights[self.repository[rows] == "synthetic"] *= made
        return weights / weights.mean()


def logistic(x, y, weights):
    return LogisticRegression(C=STRENGTH, max_iter=400, solver="liblinear").fit(x, y, sample_weight=weights)


def fit(data, repositories, made=1.0, trees=False):
    """(columns used, model) from some repositories."""
    rows = data.training(repositories, made > 0)
    y, weights = (data.label[rows] == 1).astype(int), data.weights(rows, made)
    if trees:
        from sklearn.ensemble import HistGradientBoostingClassifier
        columns = np.arange(len(F.FEATURES))
        model = HistGradientBoostingClassifier(max_iter=200, max_leaf_nodes=6, l2_regularization=1.0)
        model.fit(data.x[rows][:, columns].toarray(), y, sample_weight=weights)
        return columns, model
    columns = np.arange(data.x.shape[1])
    model = logistic(data.x[rows], y, weights)
    for name, weight in FIXED.items():
        at = F.NUMBER[name]
        model.coef_[0][at] = min(model.coef_[0][at], weight)
    return columns, model


def scored(data, model, rows):
    columns, model = model
    x = data.x[rows][:, columns]
    if not isinstance(model, LogisticRegression):
        x = x.toarray()
    return model.predict_proba(x)[:, 1]


def by_line(data, rows, scores):
    """(label, highest score) of each line; a line with a true value is true."""
    lines = {}
    for row, score in zip(rows, scores):
        if data.label[row] == -1:
            continue
        label, best = lines.get(data.line[row], (-3, 0.0))
        lines[data.line[row]] = (max(label, data.label[row]), max(best, score))
    return lines


def measured(lines, flagged):
    """precision and recall on labelled lines, share of false lines flagged, precision if unlabelled lines are false."""
    true = sum(label == 1 for label, _ in lines.values())
    false = sum(label == 0 for label, _ in lines.values())
    hit = sum(label == 1 and flagged(key, score) for key, (label, score) in lines.items())
    wrong = sum(label == 0 and flagged(key, score) for key, (label, score) in lines.items())
    other = sum(label == -2 and flagged(key, score) for key, (label, score) in lines.items())
    return np.array([hit / max(hit + wrong, 1), hit / max(true, 1), wrong / max(false, 1),
                     hit / max(hit + wrong + other, 1)])


def with_others(data, variant, repositories, lines, flagged):
    """The same for all labelled lines of the repositories, when what other rules find is added."""
    known, true, taken = set(), {}, {key for key in data.others[variant] if key[0] in repositories}
    taken |= {key[1:] for key, (_, score) in lines.items() if flagged(key, score)}
    for repository, path, first, last, is_true, _ in data.labels:
        if repository in repositories:
            span = [(repository, path, line) for line in range(first, last + 1)]
            known.update(span)
            if is_true:
                true[repository, path, first, last] = span
    of_true = {line for span in true.values() for line in span}
    hit = sum(any(line in taken for line in span) for span in true.values())
    wrong = sum(line in known and line not in of_true for line in taken)
    other = sum(line not in known for line in taken)
    return np.array([hit / max(hit + wrong, 1), hit / max(len(true), 1), wrong / max(len(known - of_true), 1),
                     hit / max(hit + wrong + other, 1)])


def splits(data, count):
    """Halves of the repositories with about as many true lines."""
    true = Counter(data.repository[(data.label == 1) & ~data.random])
    names = sorted(set(data.repository) - {"synthetic"}, key=lambda name: (-true[name], name))
    for seed in range(100, 100 + count):
        chance, halves = random.Random(seed), (set(), set())
        for at in range(0, len(names), 2):
            pair = names[at:at + 2]
            chance.shuffle(pair)
            for half, name in zip(halves, pair):
                half.add(name)
        yield halves
        yield halves[::-1]


def said(name, values):
    precision, recall, false, strict = np.mean(values, axis=0)
    f1 = np.mean([2 * v[0] * v[1] / max(v[0] + v[1], 1e-9) for v in values])
    all_f1 = np.mean([2 * v[3] * v[1] / max(v[3] + v[1], 1e-9) for v in values])
    print(f"  {name:14} P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  false {false:.3f}   "
          f"unlabelled as false: P {strict:.3f}  F1 {all_f1:.3f}")


def judge(data, count, made, trees=False, each=False):
    """Prints the mean over splits: trained on one half of the repositories, judged on the other."""
    tables, union, complaints, detail = defaultdict(list), defaultdict(list), defaultdict(list), []
    judged = data.x[len(data.label):]
    for seen, unseen in splits(data, count):
        model = fit(data, seen, made, trees)
        for variant in (False, True):
            rows = np.flatnonzero(np.isin(data.repository, sorted(unseen)) & (data.random == variant))
            lines = by_line(data, rows, scored(data, model, rows))
            for name, level in (("hand: likely", 2), ("hand: possible", 1)):
                tables[variant, name].append(measured(lines, lambda key, _: data.hand.get(key, 0) >= level))
                union[variant, name].append(with_others(
                    data, "random" if variant else "original", unseen, lines,
                    lambda key, _: data.hand.get(key, 0) >= level))
            for limit in THRESHOLDS:
                tables[variant, f"model {limit}"].append(measured(lines, lambda _, score: score >= limit))
                union[variant, f"model {limit}"].append(with_others(
                    data, "random" if variant else "original", unseen, lines, lambda _, score: score >= limit))
            detail.append((variant, len(unseen), len(lines), sum(label == 1 for label, _ in lines.values())))
        x = judged[:, model[0]]
        scores = model[1].predict_proba(x.toarray() if trees else x)[:, 1]
        worst = {}
        for (number, *_), score in zip(data.judged, scores):
            worst[number] = max(worst.get(number, 0), score)
        for limit in THRESHOLDS:
            complaints[limit].append(sum(score >= limit for score in worst.values()))
    for title, of in (("lines of the generic rule", tables), ("all labelled lines, with the other rules", union)):
        for variant in (False, True):
            print(title, "random values" if variant else "original values", sep=", ")
            for (which, name), values in of.items():
                if which == variant:
                    said(name, values)
                    if each:
                        print("    F1 by split", " ".join(f"{2 * v[0] * v[1] / max(v[0] + v[1], 1e-9):.3f}" for v in values))
    print(f"of {data.judged_lines} synthetic lines without a secret the model takes (mean):",
          " ".join(f"{limit}: {np.mean(values):.1f}" for limit, values in complaints.items()))
    print("splits (random values, repositories, lines, true lines):", detail)


def whole(model):
    """The model in whole numbers."""
    columns, model = model
    known = len(F.FEATURES)
    weights, slots = [0] * known, [0] * F.SLOTS
    for column, weight in zip(columns, model.coef_[0]):
        if column < known:
            weights[column] = int(round(weight * 256))
        else:
            slots[column - known] = int(np.clip(round(weight * 64), -127, 127))
    return int(round(model.intercept_[0] * 256)), weights, slots


def score(model, present, slots):
    """256ths of log odds."""
    bias, weights, triples = model
    return bias + sum(weights[one] for one in present) + (4 * sum(triples[slot] for slot in slots) * NORM[len(slots)] >> 8)


NAMES = ("db_password", "apiToken", "CLIENT_SECRET", "auth-key", "user.passwd", "private_key_path", "tokenType", "password2",
         "credentials", "fake_secret", "passwords_by_env")
SHAPES = ('{n} = "{v}"', "{n}={v}", "{n}: {v}", '  "{n}": "{v}",', "{n} := `{v}`", "--{n} {v} --quiet", "<{n}>{v}</{n}>",
          "set('{n}', '{v}')", "# {n}: '{v}' # note", "{n} == '{v}')", '- name: {n}\n  value: "{v}"', "<key>{n}</key>\n<string>{v}</string>",
          "url: ${{{n}:-{v}}}@host/x", "curl 'https://acme.io/?{n}={v}&page=2'", '{n}: Some("{v}") "{v}{v}{v}{v}{v}"')
PATHS = ("src/app.py", "web/main.ts", ".env", "config/app.yaml", "test/app_test.go", "docs/readme.md", "i18n/de.json", "run.sh",
         "vendor/acme/main.go")


def vectors(rule, table, model, count=200):
    """Candidates made from a seed, with their features and scores: what another implementation must repeat."""
    chance, out = random.Random("parity"), []
    words = synthetic.WORDS["train"] + synthetic.WORDS["judge"]
    lines = synthetic.lines("train", 1)[::2] + synthetic.lines("judge", 1)[::2]
    lines.append(("a_test.js", "expect(login({password: '', token: \"Password:\"tok9en})"))
    while len(lines) < 2 * count:
        value = "".join(chance.choice(synthetic.ALNUM) for _ in range(chance.choice((8, 12, 16, 20, 32, 40, 64, 300))))
        kind, name = chance.randrange(9), chance.choice(NAMES)
        if kind == 1:
            value = chance.choice(words) + str(chance.randrange(1000))
        elif kind == 2:
            value = chance.choice(words).capitalize() + chance.choice("!#$%&?@-_.") + chance.choice(words) + "\u00e9"[:chance.randrange(2)]
        elif kind == 3:
            value = "".join(chance.choice(synthetic.HEX) for _ in range(chance.choice((8, 32, 40, 64))))
        elif kind == 4:
            value = value.upper()
        elif kind == 5:
            value = chance.choice(("ABCDEFGH", "nil", "test-value", "abcdefgh1234", "passwords", "SECRET9", "xxxxxxxx", "true"))
        elif kind == 6:
            value = "".join(letter for letter in value.upper() if letter.isalpha()) or "X"
        lines.append((chance.choice(PATHS), chance.choice(SHAPES).format(n=name, v=value)))
    for _, path, before, value, after, above in synthetic.candidates(rule, lines):
        raw = (path.encode(), before, value, after, above)
        place = F.place_of_candidate(*raw)
        present, slots = F.features(place, table), F.trigrams(place.value)
        texts = [text.decode("utf-8", "replace") for text in raw]
        if any("\ufffd" in text for text in texts):
            continue
        out.append({"path": texts[0], "before": texts[1], "value": texts[2], "after": texts[3], "above": texts[4],
                    "features": present, "slots": slots, "score": score(model, present, slots)})
    # First what shows a feature that none before it has.
    shown, first, rest = set(), [], []
    for one in out:
        (rest if shown.issuperset(one["features"]) else first).append(one)
        shown.update(one["features"])
    return (first + rest[::max(1, len(rest) // count)])[:count]


def in_pieces(vector):
    """Nothing that looks like a secret is stored whole: the value lies in pieces, and `«»` stands for it elsewhere."""
    value = vector["value"]
    stored = dict(vector, value=[value[at:at + 5] for at in range(0, len(value), 5)])
    for part in ("before", "after", "above"):
        assert "«»" not in stored[part]
        if len(value) > 5:
            stored[part] = stored[part].replace(value, "«»")
    return stored


def most_telling(data, weights, count=12):
    """Features by how much they move the scores of lines: weight times how much their presence varies."""
    share = np.asarray(data.x[:len(data.label), :len(weights)].mean(axis=0)).ravel()
    moved = np.abs(np.array(weights)) * np.sqrt(share * (1 - share))
    for at in np.argsort(-moved)[:count]:
        print(f"  {F.FEATURES[at][0]:36} {weights[at] / 256:+.2f}  in {share[at]:.1%} of candidates")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="what prepare.py wrote")
    parser.add_argument("--reading", required=True, help="what reading.py wrote")
    parser.add_argument("--rule", required=True)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--trees", action="store_true", help="judge boosted trees instead, and write nothing")
    parser.add_argument("--made", type=float, default=1.0, help="weight of synthetic lines")
    parser.add_argument("--each", action="store_true", help="print F1 of each split")
    parser.add_argument("--out", help="folder for parity.json; the weights go where the scanner reads them")
    words = parser.parse_args()
    with open(words.reading) as file:
        costs = json.load(file)["costs"]
    table, rule = base64.b64decode(costs), Rule(words.rule)
    data = Data(words.data, rule, table)
    if words.splits:
        judge(data, words.splits, words.made, words.trees, words.each)
    if words.trees or not words.out:
        return
    model = whole(fit(data, set(data.repository) - {"synthetic"}, words.made))
    most_telling(data, model[1])
    write(words.out, model, costs, rule, table)


GATE, INFO, FORM = 0.6, 0.2, 0.05  # FORM: enough for a value that is formed like a password.
HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = os.path.join(HERE, "../../core/src/probe/model/weights.json")


def units(probability):
    return round(256 * float(np.log(probability / (1 - probability))))


def write(folder, model, costs, rule, table):
    bias, weights, slots = model
    with open(WEIGHTS, "w") as file:
        json.dump({
            "unit": 256, "bias": bias, "gate": units(GATE), "info": units(INFO), "form": units(FORM), "longest": F.LONGEST, "norm": NORM, "groups": F.GROUPS,
            "features": [{"name": name, "group": group, "weight": weight}
                         for (name, group), weight in zip(F.FEATURES, weights)],
            "triples": base64.b64encode(bytes(slot & 255 for slot in slots)).decode(),
            "costs": costs,
        }, file, indent=1)
        file.write("\n")
    made = vectors(rule, table, model)
    with open(folder + "/parity.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(in_pieces(one), ensure_ascii=False) for one in made) + "\n]\n")
    print(f"{sum(weight != 0 for weight in weights)} features with a weight, "
          f"{sum(slot != 0 for slot in slots)} slots, {len(made)} vectors")


if __name__ == "__main__":
    main()
