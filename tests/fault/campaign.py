"""A campaign: events come in, instances of `chapar process` are killed, held up, frozen and stopped at random
moments and at named places in their work, the broker with them; afterwards everything that was committed must
be what the model and a replay make of the committed events.

A campaign is what its seed says: CHAPAR_SEED=SEED runs the whole test with that seed, SEED:NUMBER one campaign
of it. The moments themselves are the machine's.
"""

import collections
import contextlib
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import threading
import time

from chapar_history import SUBJECTS, history
from chapar_kafka import consume, unique_prefix
from chapar_live import (QUICK, alert_differences, alerts, clean_up, committed, ends, group_of, make_topics, options,
                         process_all, register, register_differences, replayed)
from chapar_oracle import model_differences, unordered_differences
from chapar_run import scratch_folder, start
from chapar_stream import Pace, records_of

INSTANT = "2034-01-01T00:00:00Z"
SOURCES = pathlib.Path(__file__).resolve().parents[2]


def points(of="process"):
    """Every named place of a command, or of all ("any"), as the sources have them."""
    found = set()
    for folder in ("consumer", "edge", "core"):
        for path in (SOURCES / folder).rglob("*.c"):
            found |= set(re.findall(r'fault_point\("([^"]+)"\)', path.read_text()))
    return sorted(p for p in found if of == "any" or p.startswith("retry.") == (of == "retry"))


def seeds(count):
    """The seeds of `count` campaigns; what CHAPAR_SEED says is done again."""
    seed = os.environ.get("CHAPAR_SEED") or secrets.token_hex(4)
    print(f"CHAPAR_SEED={seed}", flush=True)
    return [seed] if ":" in seed else [f"{seed}:{number}" for number in range(count)]


def begin(prefix, *more, at=None, faults=None, env=None, limits=None):
    """Starts `chapar process` with the switch; `faults` as tests/fault/fault_point.c has them."""
    env = (env or {}) | ({"FAULT_POINTS": faults} if faults else {})
    return start("process", *options(prefix, at), "--group", group_of(prefix), *QUICK, *more, env=env, limits=limits,
                 name="chapar-faults")


def offset_differences(prefix, at=None):
    """What the group has not committed of what is there."""
    done = committed(prefix, at)
    return [f"{place}: committed up to {done.get(place)} of {end}" for place, end in ends(prefix, at).items()
            if done.get(place, 0) != end]


class Life:
    """One instance from its start to its end, with what is to become of it."""

    def __init__(self, campaign, slot, number, *clock):
        # Its own: when the others' lives end is the machine's, and must not change what is drawn here.
        draw = random.Random(f"{campaign.seed} slot {slot} life {number}")
        self.campaign, self.stack, self.frozen_until = campaign, contextlib.ExitStack(), None
        self.how, faults = draw.choices(("point", "within", "moment", "stop", "freeze"), campaign.manners)[0], None
        self.lifetime, self.ends_at = draw.uniform(0.05, 1), None
        self.point = draw.choice(campaign.points)
        if self.how in ("point", "within", "freeze"):
            often = self.point.split(".")[0] in ("event", "produce", "restore")
            passing = draw.choice((1, 2, 3, 5, 9, 20, 40) if often else (1, 1, 1, 2, 3))
            action = {"point": "kill", "within": f"kill-in={draw.choice((100, 1000, 5000, 20000))}",
                      "freeze": "stop"}[self.how]
            faults, self.lifetime = f"{self.point}:{passing}:{action}", draw.uniform(0.3, 1)
        name = ("--instance", f"{slot}") if draw.random() < campaign.static else ()
        state = ("--state-dir", campaign.state_of(slot, draw)) if campaign.state else ()
        if campaign.state and self.how != "moment":
            self.lifetime += draw.choice((0, 1, 2))  # a checkpoint is written once a second
        self.running = self.stack.enter_context(begin(campaign.prefix, *clock, *name, *state, *campaign.more,
                                                      at=campaign.at, faults=faults))
        self.begun = time.monotonic()

    def is_over(self):
        """Whether its time has come: counted from its start, or, where it is to die at work, from when it has some."""
        now = time.monotonic()
        if self.ends_at is None and (self.how in ("moment", "stop") or now > self.begun + 4 or
                                     "tasks assigned" in self.running.err()):
            self.ends_at = now + self.lifetime
        if self.campaign.away and self.how != "moment":
            self.ends_at = None  # nothing that it was to die of can happen now
        return self.ends_at is not None and now >= self.ends_at

    def turn(self):
        """Whether the life is over."""
        if self.running.ended():
            return self.over()
        if self.how == "freeze":
            return self.freeze()
        if not self.is_over():
            return False
        self.running.child.send_signal(signal.SIGTERM if self.how == "stop" else signal.SIGKILL)
        if self.how != "stop":
            self.point = "any" if self.how == "moment" else "not reached"
        self.running.wait(15)
        return self.over()

    def freeze(self):
        """It stops itself at its point; when the group has forgotten it, it wakes up and has to find that out."""
        if self.frozen_until is None and "fault point" in self.running.err():
            self.frozen_until = time.monotonic() + 3.6
        if self.frozen_until is None:
            self.how = "moment" if self.is_over() else "freeze"
        elif time.monotonic() > self.frozen_until:
            self.running.child.send_signal(signal.SIGCONT)
            self.how, self.ends_at = "moment", time.monotonic() + 1.5
            self.campaign.ended["frozen"] += 1
        return False

    def over(self):
        code, ended = self.running.child.returncode, self.campaign.ended
        ended["with tasks"] += "tasks assigned" in self.running.err()
        if code == -signal.SIGKILL:
            ended["killed"] += 1
            self.campaign.killed_at[self.point] += 1
        elif self.how == "stop" and code in (0, 1):
            ended["stopped"] += 1
            # 1: Kafka did not answer, as while the broker is away or offsets wait for a dead member's transaction.
            ended["stopped without an answer"] += code
        elif self.how == "stop" and code == -signal.SIGTERM and not self.running.err():
            ended["stopped before it listened"] += 1
        else:
            raise AssertionError(f"ended by itself with {code}\n{self.running.err()}")
        self.stack.close()
        return True


class Campaign:
    def __init__(self, seed, at=None, node=None, kills=50, mode=None):
        self.seed, self.at, self.node, self.kills = seed, at, node, kills
        draw = self.random = random.Random(f"{seed} campaign")
        self.mode = mode or draw.choice(("ordered", "ordered", "ordered", "late", "late everywhere"))
        self.instances, self.partitions = draw.choice(((1, 1), (1, 4), (2, 2), (2, 4), (3, 4)))
        self.static = draw.choice((1, 0.9, 0.7))
        # Points, within what follows a point, any moment, orderly, frozen beyond the session.
        self.manners = (45, 25, 22, 6, 2)
        # Where checkpoints are kept; some are damaged between two lives.
        self.state = scratch_folder("state") if draw.random() < 0.5 else None
        # The clock's place needs a clock; the end of a session is an orderly one's; files are compacted when large.
        self.points = [p for p in points() if p not in ("clock.before", "session.after") and
                       not p.startswith("checkpoint.place") and (self.state or not p.startswith("checkpoint."))]
        self.more, self.away = ("-X", "session.timeout.ms=1000"), False
        self.given_up, self.older = 0, {}
        self.ended, self.killed_at, self.lives = (collections.Counter() for _ in range(3))
        self.prefix = unique_prefix("campaign")

    def events(self):
        if self.mode == "ordered":
            return history(self.seed, 20 + self.kills)
        events = history(self.seed, 20 + self.kills, in_order=False)
        if self.mode == "late everywhere":
            # Whether an id is known as something else depends on which came first.
            kinds = {}
            return [e for e in events if kinds.setdefault(e[SUBJECTS[e["event"]]], e["event"]) == e["event"]]
        # Within one topic the order of offsets is the order, whatever the times: the model can tell.
        kind = self.random.choice(("signing", "summit", "milestone", "milestone"))
        return [e for e in events if e["event"] == kind]

    def state_of(self, slot, draw):
        """The folder of a slot's checkpoints, as its last life has left it or a bad disk would."""
        folder = self.state / str(slot)
        for file in sorted(folder.glob("task-*")) if draw.random() < 0.15 else ():
            data = bytearray(file.read_bytes())
            what = draw.choice(("lost", "shorter", "wrong", "older", "longer"))
            self.ended["checkpoints damaged"] += 1
            if what == "lost":
                file.unlink()
                continue
            if what == "shorter":
                data = data[:draw.randrange(len(data) + 1)]
            elif what == "wrong" and data:
                data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            elif what == "older":
                data = bytearray(self.older.get(file, data))
            elif what == "longer":
                data += draw.randbytes(draw.randint(1, 200))
            self.older.setdefault(file, bytes(data))
            file.write_bytes(data)
        return folder

    def run(self):
        """Fails with what differs; prints what it was about."""
        began = time.monotonic()
        make_topics(self.prefix, self.partitions, self.at)
        try:
            records = records_of(self.seed, self.events(), self.prefix)
            pace = Pace(self.seed, [record for record, _ in records], self.at, aborted=0.1, overlapping=0.2,
                        pause=(0, 0.06))
            pace.start()
            self.kill(pace, self.kills if self.mode == "late everywhere" else self.kills * 4 // 5, "--clock", "stream")
            pace.advance(1)
            pace.join(90)
            if pace.failure or pace.done != len(records):
                raise AssertionError(f"published {pace.done} of {len(records)}: {pace.failure!r}")
            self.share = sum(committed(self.prefix, self.at).values()) / sum(ends(self.prefix, self.at).values())
            self.finish(pace)
            self.tell(records, time.monotonic() - began)
        except BaseException as failure:
            print(f"{self.seed}: {self}: {failure!r}", flush=True)
            raise
        finally:
            if self.state:
                shutil.rmtree(self.state)
        clean_up(self.prefix, self.at)

    def kill(self, pace, kills, *clock):
        """Until so many instances were killed."""
        lives, goal = [None] * self.instances, self.ended["killed"] + kills
        broker = self.broker(goal - kills // 2)
        try:
            while self.ended["killed"] < goal:
                for slot, life in enumerate(lives):
                    if life is None:
                        self.lives[slot] += 1
                        lives[slot] = Life(self, slot, self.lives[slot], *clock)
                    elif life.turn():
                        lives[slot] = None
                if pace:
                    pace.advance(min(0.97, (self.ended["killed"] + 1) / goal))
                    if pace.failure:
                        raise pace.failure
                next(broker, None)
                time.sleep(0.005)  # between two looks at everybody
        finally:
            for life in lives:
                if life:
                    life.stack.close()
            for _ in broker:
                pass

    def broker(self, when):
        """Kills the broker once, when so many instances were killed, and starts it again, beside everything else."""
        while self.node and self.ended["killed"] < when:
            yield
        if not self.node:
            return
        self.ended["broker killed"] += 1
        failures = []

        def again():
            try:
                self.node.kill()
                self.node.start()
            except BaseException as failure:
                failures.append(failure)
        thread, self.away = threading.Thread(target=again), True
        thread.start()
        while thread.is_alive():
            yield
        self.away = False
        node, self.node = self.node, None
        if failures:
            raise failures[0]
        assert node.brokers == self.at

    def finish(self, pace):
        """Everything is there now: the last of it is done, by instances that are killed as well, and looked at."""
        if self.mode == "late everywhere":
            process_all(self.prefix, "--clock", "stream", at=self.at, timeout=120)
            lines = unordered_differences(self.prefix, self.at)
        else:
            self.points.append("clock.before")
            if self.mode == "ordered" or not pace.doubtful:
                self.kill(None, self.kills - self.kills * 4 // 5, "--clock", INSTANT)
            process_all(self.prefix, "--clock", INSTANT, *self.last_state(), at=self.at, timeout=120)
            lines = (unordered_differences(self.prefix, self.at) if pace.doubtful else
                     model_differences(self.prefix, INSTANT, self.at))
            lines += self.replay_differences() if not pace.doubtful else []
        lines += offset_differences(self.prefix, self.at)
        if lines:
            raise AssertionError("\n".join([f"CHAPAR_SEED={self.seed}: {self}", f"{len(lines)} differences", *lines[:30]]))

    def last_state(self):
        return ("--state-dir", self.state_of(0, self.random)) if self.state else ()

    def replay_differences(self):
        expected_alerts, expected_register, reports = replayed(self.prefix, "--clock", INSTANT, at=self.at)
        places = sorted(f"{r.header('chapar_topic')} {r.header('chapar_partition')} offset {r.header('chapar_offset')}"
                        for r in consume(self.prefix + "dead-letters", self.at))
        lines = alert_differences(alerts(self.prefix, self.at), expected_alerts)
        lines += register_differences(register(self.prefix, self.at), expected_register)
        if places != sorted(line.split(": ")[0] for line in reports):
            lines.append(f"dead letters {places}, a replay has {reports}")
        return [f"against a replay: {line}" for line in lines]

    def __str__(self):
        return (f"{self.mode}, {self.partitions} partitions, {self.instances} instances, {self.static:.0%} static, "
                f"{dict(self.ended)}")

    def tell(self, records, seconds):
        """What was tried; how much of it fell within a transaction is the machine's choice, and only said."""
        written = consume(self.prefix + "alerts", self.at, committed=False)
        self.given_up = len(written) - len(alerts(self.prefix, self.at))
        print(f"{self.seed}: {self}; {len(records)} records, {self.share:.0%} done before the end, {len(written)} alerts "
              f"written of which {self.given_up} were given up, {seconds:.0f} s", flush=True)


