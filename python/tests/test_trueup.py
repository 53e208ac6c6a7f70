"""The installed wheel, used as its user would."""

import json
import os
import pickle
import random
import signal
import string
import subprocess
import sys
import threading
import time

import pytest
import trueup


def stripe_key() -> str:
    """A value of the form that the rule knows, made here so that none is stored."""
    letters = random.Random(7)
    return "sk_" + "live_" + "".join(letters.choices(string.ascii_letters + string.digits, k=24))


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "settings.py").write_text(f'STRIPE_KEY = "{stripe_key()}"\n')
    (tmp_path / "readme.txt").write_text("nothing here\n")
    return tmp_path


def test_a_scan_gives_findings_and_a_verdict(tree):
    report = trueup.scan(tree, only=["secrets"])
    assert report.verdict == trueup.Verdict.FAIL
    assert [(finding.path, finding.start_line) for finding in report] == [("settings.py", 1)]
    assert len(report) == 1 and report[0] == report[-1]
    assert "critical" in repr(report[0])
    with pytest.raises(IndexError):
        report[1]


def test_bytes_go_through_the_same_door(tree):
    key = stripe_key()
    report = trueup.scan_bytes("settings.py", f'STRIPE_KEY = "{key}"\n'.encode())
    assert [finding.rule for finding in report] == [finding.rule for finding in trueup.scan(tree)]
    assert trueup.scan_bytes("empty.txt", b"").verdict == trueup.Verdict.PASS


def test_no_form_holds_the_secret(tree):
    report = trueup.scan(tree)
    key = stripe_key()
    for text in [report.to_sarif(), report.to_json(), report._repr_html_(), repr(report), repr(report.to_dicts())]:
        assert key not in text
    assert json.loads(report.to_sarif())["version"] == "2.1.0"
    assert json.loads(report.to_json())["version"] == 1


def test_reports_and_findings_can_be_pickled(tree):
    report = trueup.scan(tree)
    again = pickle.loads(pickle.dumps(report))
    assert again == report and again[0] == report[0] and hash(again[0]) == hash(report[0])
    assert again.to_sarif() == report.to_sarif()


def test_reports_are_frozen(tree):
    report = trueup.scan(tree)
    with pytest.raises(AttributeError):
        report.verdict = trueup.Verdict.PASS
    with pytest.raises(AttributeError):
        report[0].severity = "low"


def test_data_frames_take_the_report(tree):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(trueup.scan(tree))
    assert table.num_rows == 1
    assert table.column("severity").to_pylist() == ["critical"]
    assert table.schema.field("evidence").nullable


def test_history_is_a_switch_or_a_range(tree):
    with pytest.raises(trueup.TrueupError, match="needs a git repository"):
        trueup.scan(tree, history=True)
    with pytest.raises(trueup.TrueupError, match="needs a git repository"):
        trueup.scan(tree, history="A..B")
    assert trueup.scan(tree, history=False) == trueup.scan(tree)


def test_mistakes_are_one_exception_with_the_nearest_right_word(tree):
    with pytest.raises(trueup.TrueupError, match="secrets"):
        trueup.scan(tree, only=["secretss"])
    with pytest.raises(trueup.TrueupError, match="no such file or folder"):
        trueup.scan(tree / "absent")
    with pytest.raises(trueup.TrueupError, match="one of critical"):
        trueup.scan(tree, fail_on="hgih")
    assert pickle.loads(pickle.dumps(trueup.TrueupError("x"))).args == ("x",)


def test_threads_do_not_change_the_bytes(tree):
    for number in range(40):
        (tree / f"{number}.py").write_text(f'KEY = "{stripe_key()}"\n')
    one, many = trueup.scan(tree, threads=1), trueup.scan(tree, threads=4)
    assert one.to_sarif() == many.to_sarif() and one.to_json() == many.to_json()


def test_the_interpreter_runs_on_during_a_scan(tree):
    for number in range(300):
        (tree / f"{number}.txt").write_text("password = " + "x" * 20000)
    ticks, over = [], threading.Event()

    def tick():
        while not over.is_set():
            ticks.append(1)
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    trueup.scan(tree)
    over.set()
    thread.join()
    assert len(ticks) > 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_a_scan(tmp_path):
    for number in range(4000):
        (tmp_path / f"{number}.txt").write_text("password = 'some words' # token secret key\n" * 400)
    code = "import sys, trueup; print('on', flush=True); trueup.scan(sys.argv[1], threads=1)"
    scan = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    scan.stdout.readline()
    time.sleep(0.1)
    scan.send_signal(signal.SIGINT)
    _, error = scan.communicate(timeout=30)
    assert b"KeyboardInterrupt" in error and scan.returncode != 0


def test_the_wheel_brings_the_native_command(tree):
    run = subprocess.run([sys.executable, "-m", "trueup", "scan", str(tree)], capture_output=True, text=True)
    assert run.returncode == 1 and "Gate failed" in run.stdout
    version = subprocess.run([sys.executable, "-m", "trueup", "--version"], capture_output=True, text=True)
    assert version.stdout.split()[-1] == trueup.__version__
