#!/usr/bin/env python3
"""Random events through the program and through the model: what they print must be the same.

CHAPAR names the program (default build/dev/chapar), CHAPAR_DIFFERENTIAL_CASES how many cases (300),
CHAPAR_SEED repeats a run, or one case of it (SEED:NUMBER).
"""
import itertools
import json
import math
import os
import re
import secrets
import subprocess
import sys
import tempfile
import unittest
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402
import replay  # noqa: E402

CHAPAR = os.environ.get("CHAPAR", str(HERE.parents[1] / "build" / "dev" / "chapar"))
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


# What counts when two outputs are compared: names, values and numbers; not null or empty fields, nor `resume`.

def normal(value):
    if isinstance(value, dict):
        items = {key: normal(item) for key, item in value.items() if key != "resume"}
        return {key: item for key, item in items.items() if item is not None}
    if isinstance(value, list):
        return [normal(item) for item in value] or None
    if isinstance(value, str) and INSTANT.fullmatch(value) and not value.startswith("0000"):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def same(one, other):
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def key(record):
    if record["record"] == "alert":
        return "alert {subject} r{revision} {kind} {stage}".format(**record).strip()
    return f"{record['record']} {record.get('id', '')}".strip()


def order(alerts):
    return [f"{alert['raised_at']} {key(alert)}" for alert in alerts]


def show(value):
    return json.dumps(value, ensure_ascii=False, default=str)


def differences(program, model):
    """Lines that say how two outputs (exit code, records in order) differ."""
    if program[0] != model[0]:
        yield f"exit code: program {program[0]}, model {model[0]}"
    sides = [{}, {}]
    for side, (_, records) in zip(sides, (program, model)):
        for record in records:
            name = key(record)
            if name in side:
                yield f"twice: {name}"
            side[name] = normal(record)
    ours, theirs = sides
    for name in sorted(ours.keys() - theirs.keys()):
        yield f"only the program: {name} {show(ours[name])}"
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"only the model: {name} {show(theirs[name])}"
    fields = 0
    for name in sorted(ours.keys() & theirs.keys(), key=lambda name: (name == "hash", name)):
        if name == "hash" and fields:
            continue  # follows from the rest
        for part in sorted(ours[name].keys() | theirs[name].keys()):
            one, other = ours[name].get(part), theirs[name].get(part)
            if not same(one, other):
                fields += 1
                yield f"{name}: {part}: program {show(one)}, model {show(other)}"
    if ours.keys() == theirs.keys():
        alerts = [[record for record in side[1] if record["record"] == "alert"] for side in (program, model)]
        if order(alerts[0]) != order(alerts[1]):
            pairs = itertools.zip_longest(order(alerts[0]), order(alerts[1]))
            yield "order of alerts: program {}, model {}".format(*next(pair for pair in pairs if pair[0] != pair[1]))


def by_model(lines, options):
    code, alerts, register, digest, _ = replay.run(lines, **options)
    if digest is None:
        return code, []
    return code, [*alerts, *register, {"record": "hash", "hash": digest}]


def by_program(lines, options):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file, \
            tempfile.NamedTemporaryFile("w", suffix=".json") as policy:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        command = [CHAPAR, "replay", "--emit", "alerts,register,hash"]
        for name, value in options.items():
            if name == "policy":
                policy.write(json.dumps(value))
                policy.flush()
                value = policy.name
            command += ["--" + name.replace("_", "-"), value]
        # The test's own settings look like options of the program.
        env = {name: value for name, value in os.environ.items() if not name.startswith("CHAPAR")}
        done = subprocess.run([*command, file.name], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env=env)
    try:
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]
    except json.JSONDecodeError:
        return f"{done.returncode}, and stdout is not JSON Lines", []


def compare(lines, options):
    return list(differences(by_program(lines, options), by_model(lines, options)))


def shrink(lines, options, failing):
    """The fewest lines, fields and options that still fail; `failing` tells whether they do."""
    def smaller(items, rebuild):
        size = max(1, len(items) // 2)
        while True:
            at = 0
            while at < len(items):
                fewer = items[:at] + items[at + size:]
                if failing(*rebuild(fewer)):
                    items = fewer
                else:
                    at += size
            if size == 1:
                return items
            size = max(1, size // 2)

    lines = smaller(lines, lambda fewer: (fewer, options))
    options = dict(smaller(list(options.items()), lambda fewer: (lines, dict(fewer))))
    for at in range(len(lines)):
        try:
            names = list(json.loads(lines[at]))
        except json.JSONDecodeError:
            continue
        for name in names:
            event = {other: value for other, value in json.loads(lines[at]).items() if other != name}
            if "recorded_at" not in event or "dossier" not in event:
                continue  # what is left out would depend on the real clock
            fewer = [*lines[:at], json.dumps(event, ensure_ascii=False), *lines[at + 1:]]
            if failing(fewer, options):
                lines = fewer
    return lines, options


class DifferentialTest(unittest.TestCase):
    def setUp(self):
        if not os.access(CHAPAR, os.X_OK):
            self.fail(f"no program at {CHAPAR}: build it, or name it in CHAPAR")

    def test_program_and_model_print_the_same(self):
        seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
        names = [seed] if ":" in seed else [
            f"{seed}:{number}" for number in range(int(os.environ.get("CHAPAR_DIFFERENTIAL_CASES", "300")))]
        print(f"CHAPAR_SEED={seed}, {len(names)} cases", file=sys.stderr)
        dossiers = events = 0
        for name in names:
            case = generate.case(name)
            dossiers += len({event["dossier"] for event in case.events if "dossier" in event}) or 1
            events += len(case.events)
            if compare(case.lines(), case.options):
                lines, options = shrink(case.lines(), case.options, lambda *given: bool(compare(*given)))
                self.fail("\n".join([f"CHAPAR_SEED={name}, shrunk, with {options}:", *lines, "",
                                     *compare(lines, options)]))
        print(f"{len(names)} cases, {dossiers} dossiers, {events} events: no difference", file=sys.stderr)


class ComparisonTest(unittest.TestCase):
    """The comparison itself: it must notice what it is there for."""
    LINES = ['{"event": "milestone", "commitment": "c1", "type": "UNDERTAKEN", "dossier": "d1", "due": "2026-06-01", '
             '"recorded_at": "2026-05-20T00:00:00Z"}']
    OPTIONS = {"until": "2026-07-02T00:00:00Z"}

    def spoilt(self, spoil):
        code, records = by_model(self.LINES, self.OPTIONS)
        records = [json.loads(json.dumps(record)) for record in records]
        return list(differences(spoil(code, records), by_model(self.LINES, self.OPTIONS)))

    def test_equal(self):
        self.assertEqual(self.spoilt(lambda code, records: (code, records)), [])

    def test_exit_code(self):
        self.assertIn("exit code", self.spoilt(lambda code, records: (3, records))[0])

    def test_missing_alert(self):
        self.assertIn("only the model", self.spoilt(lambda code, records: (code, records[1:]))[0])

    def test_alert_twice(self):
        self.assertIn("twice", self.spoilt(lambda code, records: (code, [records[0], *records]))[0])

    def test_order(self):
        def swap(code, records):
            records[1], records[2] = records[2], records[1]
            return code, records
        self.assertIn("order of alerts", self.spoilt(swap)[0])

    def test_any_field(self):
        code, records = by_model(self.LINES, self.OPTIONS)
        for at, record in enumerate(records):
            for name in record:
                if name in ("record", "subject", "kind", "stage", "revision", "id"):
                    continue  # part of the key: another value is another record

                def spoil(code, records):
                    records[at][name] = ["spoilt"]
                    return code, records
                self.assertTrue(self.spoilt(spoil), f"{record['record']}: {name}")

    def test_shrinking_keeps_what_fails(self):
        lines = [json.dumps({"n": n, "recorded_at": "", "dossier": ""}) for n in range(20)]
        left, options = shrink(lines, {"zone": "UTC"}, lambda lines, _: any('"n": 7' in line for line in lines))
        self.assertEqual((left, options), ([lines[7]], {}))


if __name__ == "__main__":
    unittest.main()
