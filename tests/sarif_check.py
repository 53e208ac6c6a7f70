"""Checks a SARIF report against our own schema, or reads what Microsoft's validator said of one.

    sarif_check.py REPORT
    sarif_check.py --validation RESULT

Exit 1 with one line for each fault.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def schema_faults(report):
    """Faults against tests/sarif.schema.json: the part of SARIF 2.1.0 that we write, and nothing else."""
    import jsonschema

    schema = json.loads((HERE / "sarif.schema.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(report)]


def validation_faults(log):
    """Errors and warnings of the validator; its exit status is 0 even with errors."""
    faults = []
    for run in log["runs"]:
        levels = {rule["id"]: rule.get("defaultConfiguration", {}).get("level", "warning")
                  for rule in run["tool"]["driver"].get("rules", [])}
        for result in run.get("results", []):
            level = result.get("level") or levels.get(result["ruleId"], "warning")
            if level in ("error", "warning"):
                message = result.get("message", {})
                said = message.get("text") or " ".join(message.get("arguments", []))
                faults.append(f"{level} {result['ruleId']}: {said[:200]}")
        for call in run.get("invocations", []):
            for note in call.get("toolExecutionNotifications", []) + call.get("toolConfigurationNotifications", []):
                if note.get("level") == "error":
                    faults.append(f"error: {note.get('message')}")
    return faults


def main(words):
    if words[:1] == ["--validation"]:
        path, check = words[1], validation_faults
    else:
        path, check = words[0], schema_faults
    faults = check(json.loads(pathlib.Path(path).read_text(encoding="utf-8-sig")))
    for fault in faults[:50]:
        print(fault)
    print(f"{path}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
