#!/usr/bin/env python3
"""An independent model of `chapar replay` over event files: register, alerts and state hash as the contract has them."""
import argparse
import hashlib
import json
import sys

import canonical
import deadlines
import events
import instant
import task
from zone import Zone

ORDER = ("INSTRUMENT", "SUMMIT", "COMMITMENT")


def without_nulls(value):
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def records(finished):
    """The register as it is printed: by kind and id."""
    if finished.clock is None:
        return
    day = finished.zone.day(finished.clock)
    for kind in ORDER:
        for name in sorted(name for name, s in finished.register.subjects.items() if s.kind == kind):
            record = finished.register.subjects[name].record(finished.register, day)
            record["as_of"] = instant.text_of(finished.clock)
            yield without_nulls(record)


def state_hash(printed):
    """Section 7: SHA-256 of the register without what depends on clock, partition and offset."""
    digest = hashlib.sha256()
    for record in printed:
        record = {name: value for name, value in record.items() if name != "as_of"}
        record["last"] = {name: value for name, value in record["last"].items() if name not in ("partition", "offset")}
        digest.update((canonical.dumps(record) + "\n").encode())
    return digest.hexdigest()


def run(lines, as_of=None, until=None, clock=None, zone="UTC", policy=None):
    """(exit code, alerts, records, hash, messages) of a replay of these lines; instants are RFC 3339 texts, the policy
    is what its file says."""
    read, errors = events.read(lines)
    if errors:
        return 3, [], [], None, [f"{line}: {message}" for line, message in errors]
    at = {name: value and instant.parse(value) for name, value in (("as_of", as_of), ("until", until))}
    at["clock"] = instant.parse(clock) if clock and clock != "stream" else None
    finished = task.replay(read, Zone(zone), policy=deadlines.Policy(policy), **at)
    printed = list(records(finished))
    refused = [f"{event.topic}@{event.offset}: {reason}" for event, reason in finished.refused]
    return 3 if refused else 0, list(map(without_nulls, finished.alerts)), printed, state_hash(printed), refused


def main(arguments):
    parser = argparse.ArgumentParser(prog="replay")
    for option in ("--as-of", "--until", "--clock", "--subject", "--policy"):
        parser.add_argument(option)
    parser.add_argument("--zone", default="UTC")
    parser.add_argument("--emit", default="alerts,register,hash")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args(arguments)
    lines, policy = [], None
    if options.policy:
        with open(options.policy, encoding="utf-8") as file:
            policy = json.load(file)
    for name in options.files:
        with open(name, encoding="utf-8") as file:
            lines += file.read().split("\n")
    code, alerts, printed, digest, messages = run(lines, options.as_of, options.until, options.clock, options.zone,
                                                    policy)
    for message in messages:
        print(message, file=sys.stderr)
    if digest is None:
        return code
    emit = options.emit.split(",")
    wanted = [alert for alert in alerts if options.subject in (None, alert["subject"])] if "alerts" in emit else []
    if "register" in emit:
        wanted += [record for record in printed if options.subject in (None, record["id"])]
    if "hash" in emit:
        wanted.append({"record": "hash", "hash": digest})
    for record in wanted:
        print(json.dumps(record, ensure_ascii=False))
    return code


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(arguments[1:] if arguments[:1] == ["replay"] else arguments))
