"""A register of many commitments in the topics of a broker, and a processor of it: what several programs measure."""
import argparse
import json
import random
from datetime import date, timedelta
from pathlib import Path

from programs import RELEASE, Program, build, run, start_broker, stop_broker

PREFIX, COMMITMENTS = "restart.", 10  # an instrument
BEGIN, DAYS = date(2021, 1, 1), 1800  # of what is recorded


def events(count):
    """So many commitments, in the order of time."""
    rng = random.Random(1)
    for number in range(-(-count // COMMITMENTS)):
        name, at = f"accord-{number:07}", f"{BEGIN + timedelta(days=number * DAYS * COMMITMENTS // count)}T00:00:00Z"
        yield {"event": "signing", "instrument": name, "type": "SIGNED", "title": "Agreement on the glaciers",
               "parties": ["KAZ", "KGZ"], "date": at[:10], "recorded_at": at}
        for i in range(COMMITMENTS):
            yield {"event": "milestone", "commitment": f"pledge-{number:07}-{i}", "type": "UNDERTAKEN",
                   "instrument": name, "title": "Build the joint hydrological station", "parties": ["KAZ", "KGZ"],
                   "due": str(BEGIN + timedelta(days=rng.randrange(2000, 4000))), "date": at[:10], "recorded_at": at,
                   "source": {"document": f"Report of the secretariat no. {rng.randrange(1, 400)}", "locator": "par. 7"}}


def write_lines(events, path):
    """As a file for `publish`."""
    with path.open("w") as out:
        for event in events:
            out.write(json.dumps(event) + "\n")
    return path


def options_of(doc):
    """Options that its users have in common."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--commitments", type=int, default=1000000, help="how many (1000000)")
    options.add_argument("--partitions", type=int, default=4, help="of every topic (4)")
    options.add_argument("--chapar", type=Path, help="the program (default: made here)")
    options.add_argument("--folder", type=Path, help="for temporary files (default: as TMPDIR says)")
    return options


class LargeRegister:
    """Close it."""

    def __init__(self, options, folder, say):
        self.options, self.folder, self.say = options, folder, say
        self.plain = build("chapar", "bench") / "chapar_bench"
        self.chapar, self.state, self.brokers = options.chapar or RELEASE / "chapar", folder / "state", None

    def at(self):
        return ["--brokers", self.brokers, "--prefix", PREFIX]

    def process(self, *more):
        return [self.chapar, "process", "--clock", "stream", "--instance", "one", "--group", PREFIX, *self.at(), *more]

    def publish(self, events, *more):
        run(self.chapar, "publish", *self.at(), *more, write_lines(events, self.folder / "events.jsonl"))

    def prepare(self):
        self.say("starting a broker")
        self.brokers = start_broker(self.folder / "node")
        run(self.chapar, "topics", "create", *self.at(), "--partitions", self.options.partitions)
        self.say(f"publishing {self.options.commitments} commitments")
        self.publish(events(self.options.commitments), "--transaction-size", "50000")
        self.say("processing them")
        run(*self.process("--until-end"))

    def fill(self):
        """Lets the checkpoint be made: an orderly stop waits for what is missing, a moment at most."""
        self.say("making the checkpoint")
        missing = True
        while missing:
            run(*self.process("--until-end", "--state-dir", self.state))
            live = Program(*self.process("--state-dir", self.state))
            live.wait_for("tasks assigned")
            missing = restored(live.kill().err)[1]

    def close(self):
        if self.brokers:
            stop_broker(self.folder / "node")


def restored(log):
    """(subjects from the checkpoint, records read from the topics), of all tasks."""
    subjects = records = 0
    for line in log.splitlines():
        if "task restored" in line:
            words = dict(word.split("=", 1) for word in line.split() if "=" in word)
            subjects += int(words.get("from_checkpoint", 0))
            records += int(words["records"])
    return subjects, records
