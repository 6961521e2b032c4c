"""A soak: load over a register that does not grow, instances that come and go, a broker that restarts, and two
instances that live through all of it, whose memory, descriptors, threads, folder and lag must stay level.

The subjects are those of `chapar generate`, published once. After that events only revise them: reports, ends,
reopenings, summits held and planned anew, all out of the same few documents. No deadline is moved, for each move stays in
a record; repetitions that come round every few days raise alerts by the clock. So the register is as large at
the end as after the first minutes, and nothing of what grows is its.

Time goes in cycles. In each everything happens once that happens at all, but for the broker's restart; what is
compared is a cycle's worst with that of other cycles, so that it does not matter that an instance with three tasks has
more in its hands than one with two.
"""

import json
import pathlib
import random
import statistics
import threading
import time

from chapar_kafka import admin, connection, produce
from chapar_live import EVENTS, group_of, options
from chapar_run import run, wait_for
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

import instant  # noqa: I001  (tests/model, whose path chapar_live sets)

SOURCES = [{"document": "Report of the secretariat", "locator": f"par. {n}"} for n in range(3)]
BEGIN = instant.parse("2026-01-01T00:00:00Z")
# A batch that meets a broker that goes away is given up soon, and its transaction with it.
SOON = ("-X", "message.timeout.ms=9000", "-X", "transaction.timeout.ms=10000", "-X", "socket.timeout.ms=5000")


class Load(threading.Thread):
    """Publishes batch after batch, each by a `chapar publish` of its own, so many events a second in all, until it
    is told to stop. Between two batches some records that are no events. Time in the events goes from 2026 on, a
    span of 300 days in `seconds`."""

    def __init__(self, seed, prefix, at, rate, seconds, subjects=4000):
        super().__init__(daemon=True)
        self.seed, self.prefix, self.at, self.rate = seed, prefix, at, rate
        self.random, self.stopping, self.failure = random.Random(f"{seed} load"), threading.Event(), None
        self.now, self.step = BEGIN, 300 * 86_400_000 / (rate * seconds)
        self.published = self.wrong = self.again = 0
        self.pause = threading.Lock()  # held by who wants no batch under way
        generated = run("generate", "--seed", random.Random(seed).randrange(1, 10**6), "--events", subjects).out
        self.first = [json.loads(line) for line in generated.splitlines()]
        kinds = {"instrument": {}, "summit": {}, "commitment": {}}
        for e in self.first:
            name = {"signing": "instrument", "summit": "summit", "milestone": "commitment"}[e["event"]]
            kinds[name].setdefault(e[name], e)
        self.instruments, self.summits, self.commitments = (list(kinds[k].values()) for k in kinds)
        self.daily = [self.repeating(n) for n in range(40)]

    def repeating(self, n):
        of = self.random.choice(self.instruments)
        day = instant.text_of(BEGIN + n % 7 * 86_400_000)[:10]
        return {"event": "milestone", "commitment": f"round-{n}", "type": "UNDERTAKEN", "dossier": of["dossier"],
                "instrument": of["instrument"], "title": f"Read gauge no. {n}", "parties": ["KGZ", "TJK"],
                "due": f"R/{day}/P{self.random.choice((1, 2, 7))}D", "source": SOURCES[0],
                "recorded_at": instant.text_of(BEGIN)}

    def revision(self):
        """An event that leaves a subject as large as it was."""
        draw, at = self.random, instant.text_of(int(self.now))
        self.now += self.step * draw.uniform(0.5, 1.5)
        what = draw.choices(("instrument", "summit", "commitment", "round"), (5, 5, 80, 10))[0]
        of = draw.choice({"instrument": self.instruments, "summit": self.summits, "commitment": self.commitments,
                          "round": self.daily}[what])
        made = {"event": of["event"], "recorded_at": at, "dossier": of["dossier"], "source": draw.choice(SOURCES)}
        if what == "instrument":
            return made | {"instrument": of["instrument"], "type": "RATIFIED", "parties": [draw.choice(("KAZ", "TJK", "UZB"))],
                           "date": at[:10]}
        if what == "summit":
            return made | {"summit": of["summit"], "type": draw.choice(("SCHEDULED", "HELD"))}
        kind = draw.choices(("REPORTED", "FULFILLED", "REOPENED", "DISPUTED"), (60, 18, 18, 4))[0]
        made |= {"commitment": of["commitment"], "type": kind, "claimed_by": draw.choice(("KAZ", "KGZ", "UZB", "org:adb"))}
        return made | ({"progress": round(draw.random(), 2), "note": f"As told in report {draw.randrange(1000, 9999)}"}
                       if kind == "REPORTED" else {})

    def run(self):
        try:
            self.publish(self.first)
            self.publish(self.daily)
            begun = time.monotonic()
            while not self.stopping.is_set():
                with self.pause:
                    due = int((time.monotonic() - begun) * self.rate) - self.published
                    count = max(50, min(due, 20 * self.rate))
                    self.publish([self.revision() for _ in range(count)])
                    self.published += count
                    self.spoil()
                self.stopping.wait(max(0, begun + (self.published + self.rate / 2) / self.rate - time.monotonic()))
        except Exception as failure:  # told by the test
            self.failure = failure

    def stop(self):
        self.stopping.set()
        self.join(180)
        assert not self.is_alive(), "the load does not end"
        if self.failure:
            raise self.failure

    def publish(self, events):
        """In one transaction; again where the broker went away before it could be committed."""
        lines = "".join(json.dumps(e) + "\n" for e in events)
        while True:
            done = run("publish", *options(self.prefix, self.at), *SOON, "-", stdin=lines, timeout=180)
            if done.code == 0:
                return
            assert done.code == 1, done.err
            self.again += 1
            if self.arrived(instant.parse(events[0]["recorded_at"])):
                return

    def arrived(self, since):
        """Whether a record of that time or a later one has been committed, once nothing is undecided."""
        client, consumer = admin(self.at), Consumer(connection(self.at) | {"group.id": "soak-reader"})
        places = [TopicPartition(self.prefix + topic, p) for topic in EVENTS for p in
                  range(len(client.list_topics(timeout=60).topics[self.prefix + topic].partitions))]

        def ends(level):
            asked = client.list_offsets({place: OffsetSpec.latest() for place in places}, isolation_level=level)
            return {(p.topic, p.partition): future.result(30).offset for p, future in asked.items()}

        def decided():
            try:
                high = ends(IsolationLevel.READ_UNCOMMITTED)
                return high if ends(IsolationLevel.READ_COMMITTED) == high else None
            except KafkaException:
                return None
        try:
            high = wait_for(decided, 90, "transactions to be decided")
            starts = consumer.offsets_for_times([TopicPartition(p.topic, p.partition, since) for p in places], 30)
            consumer.assign([p for p in starts if 0 <= p.offset < high[p.topic, p.partition]])
            left = {(p.topic, p.partition) for p in consumer.assignment()}
            while left:
                for m in consumer.consume(100, 0.2):
                    if not m.error() and m.timestamp()[1] >= since:
                        return True
                left -= {(p.topic, p.partition) for p in consumer.position(consumer.assignment())
                         if p.offset >= high[p.topic, p.partition]}
            return False
        finally:
            consumer.close()

    def spoil(self):
        """Records that are no events, for the dead letters; of the time that it is, so that they hold nothing up."""
        wrong = [{"key": self.random.choice(self.instruments)["dossier"], "timestamp": int(self.now),
                  "value": self.random.randbytes(self.random.randint(0, 40))} for _ in range(2)]
        try:
            produce(self.prefix + "milestones", wrong, self.at, message_timeout_ms=5000)
            self.wrong += len(wrong)
        except AssertionError:  # the broker is away: there may be some or none of them
            self.again += 1


class Watch:
    """What of the machine an instance has in its hands, and how far behind it is."""

    MEASURES = ("resident KiB", "descriptors", "threads", "folder KiB", "lag")

    def __init__(self, prefix, at, instances):
        """`instances`: {client.id: (Running, its folder)}."""
        self.prefix, self.instances, self.client = prefix, instances, admin(at)
        self.cycles = {name: [] for name in instances}  # of each cycle {measure: [value]}

    def begin_cycle(self):
        for cycles in self.cycles.values():
            cycles.append({measure: [] for measure in self.MEASURES})

    def look(self):
        lags = self.lags()
        for name, (running, folder) in self.instances.items():
            proc, now = pathlib.Path(f"/proc/{running.pid}"), self.cycles[name][-1]
            assert not running.ended(), f"{name} ended\n{running.err()[-4000:]}"
            status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
            now["resident KiB"].append(int(status["VmRSS"].split()[0]))
            now["threads"].append(int(status["Threads"]))
            now["descriptors"].append(len(list((proc / "fd").iterdir())))
            now["folder KiB"].append(sum(sizes(folder)) / 1024)
            if name in lags:
                now["lag"].append(lags[name])

    def lags(self):
        """{client.id: how many records of its tasks are not committed}; nothing while the broker is away."""
        group = group_of(self.prefix)
        try:
            found = self.client.describe_consumer_groups([group], request_timeout=5)[group].result(6)
            asked = self.client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=5)
            done = {(p.topic, p.partition): p.offset for p in asked[group].result(6).topic_partitions}
            places = {m.client_id: m.assignment.topic_partitions for m in found.members if m.assignment}
            ends = self.client.list_offsets({TopicPartition(p.topic, p.partition): OffsetSpec.latest()
                                             for all_ in places.values() for p in all_}, request_timeout=5,
                                            isolation_level=IsolationLevel.READ_UNCOMMITTED)
            ends = {(p.topic, p.partition): future.result(6).offset for p, future in ends.items()}
        except (KafkaException, TimeoutError):
            return {}
        return {name: sum(ends[p.topic, p.partition] - max(0, done.get((p.topic, p.partition), 0)) for p in mine)
                for name, mine in places.items() if mine}

    def series(self, name, measure):
        """One number a cycle: its worst; of the lag, which a rebalance lets jump, its middle."""
        one = statistics.median if measure == "lag" else max
        return [one(cycle[measure]) for cycle in self.cycles[name] if cycle[measure]]


def sizes(folder):
    for path in folder.iterdir():
        try:
            yield path.stat().st_size
        except FileNotFoundError:
            continue  # compacted meanwhile


def slope(values):
    """What is added from one value to the next, by the middle of all pairs, so that one outlier counts for nothing."""
    pairs = [(b - a) / (j - i) for i, a in enumerate(values) for j, b in enumerate(values) if i < j]
    return statistics.median(pairs) if pairs else 0.0
