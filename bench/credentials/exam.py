#!/usr/bin/env python3
"""Writes generated credentials and things that only look like them, scans them once with trueup, and prints how it did."""
import argparse
import collections
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

import contexts
import negatives
import values

HERE = pathlib.Path(__file__).parent
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
LEVELS = {"gate": RANK["medium"], "info": RANK["info"]}
# Cases of each format: most credentials of real repositories have no prefix, so those without one come more often.
WITH_PREFIX, WITHOUT_PREFIX, PER_CLASS = 3, 5, 32
MARKED = re.compile(r"\{(crc32_github|github_pat|gitlab_|vercel|cloudflare|grafana|atlassian:|zuplo|pypi|sentry_org|glc|age|pem|azure_)")

Positive = collections.namedtuple("Positive", "provider shape context lines")
Negative = collections.namedtuple("Negative", "kind path")


def has_prefix(shape):
    """Whether the value can be told by its beginning or by a checksum."""
    template = shape["value"]
    return len(template.split("{")[0]) >= 2 or bool(MARKED.match(template))


def plan(providers, seed):
    """Which format stands in which context: each time those that were used least, so that all come alike often."""
    used, rnd = collections.Counter(), random.Random(f"{seed}:plan")
    for provider in providers:
        for number, shape in enumerate(provider["formats"]):
            fitting = [n for n in contexts.CONTEXTS if contexts.fits(n, provider, shape)]
            rnd.shuffle(fitting)
            fitting.sort(key=used.__getitem__)
            for chosen in fitting[: WITH_PREFIX if has_prefix(shape) else WITHOUT_PREFIX]:
                used[chosen] += 1
                yield provider, number, shape, chosen


def write(root, folder, path, text):
    place = root / folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def write_positives(root, providers, seed, only):
    cases = {}
    for provider, number, shape, chosen in plan(providers, seed):
        if only and provider["slug"] != only:
            continue
        rnd = random.Random(f"{seed}:{provider['slug']}:{number}:{chosen}")
        value = values.make(shape["value"], rnd)
        ids = [(name, values.make(template, rnd)) for name, template in shape.get("ids", {}).items()]
        path, text, lines = contexts.render(chosen, contexts.Case(provider, shape, value, ids, rnd))
        folder = f"svc-{len(cases):04d}"
        write(root, folder, path, text)
        cases[folder] = Positive(provider, shape, chosen, lines)
    return cases


def write_negatives(root, seed):
    cases, seen = {}, set()
    for kind, function in negatives.CLASSES.items():
        rnd, made = random.Random(f"{seed}:{kind}"), 0
        for _ in range(PER_CLASS * 20):
            path, text = function(rnd)
            if (path, text) in seen or made == PER_CLASS:
                continue
            seen.add((path, text))
            folder, made = f"app-{len(cases):04d}", made + 1
            write(root, folder, path, text)
            cases[folder] = Negative(kind, path)
    return cases


def scan(command, root, report):
    """One scan of the folder; the findings nobody suppressed."""
    words = [*command.split(), "scan", "--only", "secrets", "--no-config", "--no-ignore", "--fail-on", "never", "-q", "-o", f"json={report}", str(root)]
    result = subprocess.run(words, capture_output=True, text=True)
    if not report.exists():
        sys.exit(f"{' '.join(words)} ended with {result.returncode} and no report\n{result.stderr}")
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    return [f for f in findings if f["kind"] == "fail" and f["suppression"] is None]


def places(finding):
    """The folder of the case and the lines of each place of a finding."""
    for place in [finding["location"], *finding["related"]]:
        region = place["region"]
        lines = (region["start_line"], region["end_line"]) if region else (1, 10**9)
        folder = next((p for p in place["path"].split("/") if re.fullmatch(r"(svc|app)-\d{4}", p)), None)
        yield folder, lines


def named(provider, rule):
    """Whether the id of the rule has the provider's slug or one of its aliases as words."""
    words = rule.split("/", 1)[-1].lower()
    for alias in [provider["slug"], provider["slug"].replace("-", ""), *provider.get("aliases", [])]:
        if f"-{alias}-" in f"-{words}-" or (len(alias) > 5 and alias in words.replace("-", "")):
            return True
    return False


def match(findings, positives, negative_cases):
    """For each case its best rank and the rules that hit it; findings beside the value are strays."""
    hits = collections.defaultdict(list)
    strays = collections.Counter()
    for finding in findings:
        rank, rule = RANK[finding["severity"]], finding["rule"]
        landed, folder = False, None
        for folder, (first, last) in places(finding):
            case = positives.get(folder)
            if folder in negative_cases or (case and first <= case.lines[1] and last >= case.lines[0]):
                hits[folder].append((rank, rule))
                landed = True
        if not landed:
            strays[(rule, positives[folder].context if folder in positives else "-")] += 1
    return hits, strays


def reaches(hits, folder, level):
    return any(rank >= LEVELS[level] for rank, _ in hits.get(folder, ()))


def percent(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "    - "


def share(cases, hits, level):
    return sum(reaches(hits, f, level) for f in cases), len(cases)


def grouped(cases, key):
    groups = collections.defaultdict(list)
    for folder, case in cases.items():
        groups[key(case)].append(folder)
    return groups


def mean_by_provider(positives, hits, level):
    rates = [sum(reaches(hits, f, level) for f in g) / len(g) for g in grouped(positives, lambda c: c.provider["slug"]).values()]
    return sum(rates) / len(rates)


def table(title, cases, hits, key):
    print(f"\n{title:<26} {'gate':>8} {'info':>9}  cases")
    groups = grouped(cases, key)
    for name in sorted(groups, key=lambda n: (-share(groups[n], hits, "gate")[0] / len(groups[n]), str(n))):
        gate, info = (percent(*share(groups[name], hits, level)) for level in LEVELS)
        print(f"{name:<26} {gate:>8}  {info:>8}  {len(groups[name])}")


def print_recall(positives, hits):
    print(f"positives: {len(positives)} cases, {len({c.provider['slug'] for c in positives.values()})} providers, "
          f"{len({(c.provider['slug'], c.shape['value'], c.shape['names'][0]) for c in positives.values()})} formats, "
          f"{len({c.context for c in positives.values()})} contexts")
    for level in LEVELS:
        print(f"recall by provider ({level}): {percent(mean_by_provider(positives, hits, level), 1)}   by case: {percent(*share(positives, hits, level))}")
    for level in LEVELS:
        print_named(positives, hits, level)
    table("recall by prefix", positives, hits, lambda c: "prefix or checksum" if has_prefix(c.shape) else "name and shape only")
    table("recall by kind", positives, hits, lambda c: c.shape["kind"])
    table("recall by context", positives, hits, lambda c: c.context)


def print_named(positives, hits, level):
    """How often a rule that hit says whose credential it is; where nobody issues it, there is nobody to name."""
    issued = [f for f, c in positives.items() if c.provider.get("issued", True) and c.shape["kind"] not in ("password", "pem")]
    found = [f for f in issued if reaches(hits, f, level)]
    rules = {f: {rule for rank, rule in hits[f] if rank >= LEVELS[level]} for f in found}
    right = {f for f in found if any(named(positives[f].provider, rule) for rule in rules[f])}
    prefixed = [f for f in found if has_prefix(positives[f].shape)]
    slugs = {c.provider["slug"] for c in positives.values()}
    wrong = collections.Counter((positives[f].provider["slug"], rule) for f in found if f not in right for rule in rules[f]
                                if any(f"-{slug}-" in f"-{rule.split('/', 1)[-1]}-" for slug in slugs))
    print(f"right provider named ({level}): {percent(len(right), len(found))} of {len(found)} found, "
          f"{percent(len(right.intersection(prefixed)), len(prefixed))} of those with prefix or checksum; another named: {sum(wrong.values())}")
    if level == "gate":
        print("".join(f"  {slug} by {rule}: {number}\n" for (slug, rule), number in wrong.most_common(10)), end="")


def print_missed(positives, hits, count):
    missed = [(c.provider["slug"], c.shape["names"][0], c.context, f) for f, c in positives.items() if not reaches(hits, f, "gate")]
    print(f"\nmissed at the gate: {len(missed)} (* found with info)")
    for slug, name, context, folder in missed[:count]:
        print(f"  {slug:<20} {name:<34} {context:<24} {folder}{' *' if reaches(hits, folder, 'info') else ''}")


def print_false(negative_cases, hits, strays, listed):
    for level in LEVELS:
        print(f"false alarms ({level}): {percent(*share(negative_cases, hits, level))}")
    table("false alarms by class", negative_cases, hits, lambda c: c.kind)
    rules = collections.Counter(rule for f in negative_cases if reaches(hits, f, "gate") for rank, rule in set(hits[f]) if rank >= LEVELS["gate"])
    print("\nrules behind false alarms at the gate: " + (", ".join(f"{r} {n}" for r, n in rules.most_common(15)) or "none"))
    for folder in [f for f in negative_cases if reaches(hits, f, "gate")][:listed]:
        print(f"  {negative_cases[folder].kind:<26} {folder}/{negative_cases[folder].path}  {', '.join(sorted({r for _, r in hits[folder]}))}")
    print(f"\nfindings beside the value in positive files: {sum(strays.values())}")
    for (rule, context), number in strays.most_common(8):
        print(f"  {number:>4}  {rule}  {context}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another seed is another set (default 1)")
    parser.add_argument("--trueup", default="trueup", help="the command to examine")
    parser.add_argument("--list-missed", type=int, default=0, metavar="N", help="list N missed cases and N false alarms")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="write the set there and leave it; a new or empty folder")
    parser.add_argument("--only-provider", metavar="SLUG", help="only the credentials of one provider, with the values they have in the whole set")
    return parser.parse_args()


def main():
    options = arguments()
    providers = tomllib.loads((HERE / "formats.toml").read_text(encoding="utf-8"))["provider"]
    if options.only_provider and options.only_provider not in {p["slug"] for p in providers}:
        sys.exit(f"no provider {options.only_provider} in formats.toml")
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        sys.exit(f"{options.keep} is not empty")
    work = pathlib.Path(tempfile.mkdtemp(prefix="credentials-"))
    root = options.keep or work / "set"
    try:
        positives = write_positives(root, providers, options.seed, options.only_provider)
        negative_cases = {} if options.only_provider else write_negatives(root, options.seed)
        hits, strays = match(scan(options.trueup, root, work / "report.json"), positives, negative_cases)
    finally:
        shutil.rmtree(work)
    print(f"seed {options.seed}")
    print_recall(positives, hits)
    print_missed(positives, hits, options.list_missed)
    if negative_cases:
        print(f"\nnegatives: {len(negative_cases)} cases, {len(negatives.CLASSES)} classes")
        print_false(negative_cases, hits, strays, options.list_missed)


if __name__ == "__main__":
    main()
