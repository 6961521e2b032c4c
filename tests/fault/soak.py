"""A soak: load over a register that does not grow, instances that come and go, a broker that restarts, and two
instances that live through all of it, whose memory, descriptors, threads, folder and lag must stay level.

The subjects are those of `chapar generate`, published once. After that events only revise them: reports, ends,
reopenings, summits held and planned anew, all out of the same few documents. No deadline is moved, for each move stays in
a record; repetitions that come round every few days raise alerts by the clock. So the register is as large at
the end as after the first minutes, and nothing of what grows is its.

Time goes in cycles. In each everything happens once that happens at all, but for the broker's restart. Peaks are no
growth: whoever is back first after the broker has all tasks for a while and reads what it lacks of the register at
once. So two things are asked. Does it come back: is the lower quartile of everything that was seen in the last cycles as
low as in some of the first? And is the highest of all below a bound?
"""

import json
import pathlib
import random
import re
import statistics
import threading
import time
import urllib.request

from chapar_kafka import connection, produce
from chapar_live import EVENTS, group_of, options
from chapar_metrics import address_of
from chapar_run import run, wait_for
from confluent_kafka import Consumer, KafkaException, TopicPartition

import instant  # noqa: I001  (tests/model, whose path chapar_live sets)

SOURCES = [{"document": "Report of the secretariat", "locator": f"par. {n}"} for n in range(3)]
BEGIN = instant.parse("2026-01-01T00:00:00Z")
# A batch that meets a broker that goes away is given up soon, and its transaction with it.
SOON = ("-X", "message.timeout.ms=9000", "-X", "transaction.timeout.ms=10000", "-X", "socket.timeout.ms=5000")


class Load(threading.Thread):
    """Publishes batch after batch, each by a `chapar publish` of its own, so many events a second in all, until it
    is told to stop. Between two batches some records that are no events. Time in the events goes from 2026 on, a
    span of 100 days in `seconds`: a busy machine, which takes longer, is not to come to days that have not been."""

    def __init__(self, seed, prefix, at, rate, seconds, events):
        super().__init__(daemon=True)
        self.seed, self.prefix, self.at, self.rate = seed, prefix, at, rate
        self.random, self.stopping, self.failure = random.Random(f"{seed} load"), threading.Event(), None
        # Later than anything else, so that what has arrived is known by its time.
        self.now, self.step = BEGIN + 86_400_000, 100 * 86_400_000 / (rate * seconds)
        self.published = self.wrong = self.again = 0
        self.pause = threading.Lock()  # held by who wants no batch under way
        generated = run("generate", "--seed", random.Random(seed).randrange(1, 10**6), "--events", events).out
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

    def later(self, days):
        """So long after the last event."""
        return instant.text_of(int(self.now) + days * 86_400_000)

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
        """Whether a record of that time or a later one has been committed, once nothing is undecided. Asked by
        consumers: this version's admin client may abort the process when a broker goes away."""
        of = {level: Consumer(connection(self.at) | {"group.id": "soak-reader", "isolation.level": level})
              for level in ("read_committed", "read_uncommitted")}
        reader = of["read_committed"]
        try:
            wait_for(lambda: places_of(reader, self.prefix), 90, "the broker to answer")
            places = places_of(reader, self.prefix)

            def decided():
                found = {level: ends_of(consumer, places) for level, consumer in of.items()}
                return found["read_committed"] == found["read_uncommitted"] and found["read_committed"]
            high = wait_for(decided, 90, "transactions to be decided")
            starts = reader.offsets_for_times([TopicPartition(*place, since) for place in places], 30)
            reader.assign([p for p in starts if 0 <= p.offset < high[p.topic, p.partition]])
            left = {(p.topic, p.partition) for p in reader.assignment()}
            while left:
                for m in reader.consume(100, 0.2):
                    if not m.error() and m.timestamp()[1] >= since:
                        return True
                left -= {(p.topic, p.partition) for p in reader.position(reader.assignment())
                         if p.offset >= high[p.topic, p.partition]}
            return False
        finally:
            for consumer in of.values():
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


def places_of(consumer, prefix):
    """The partitions of the event topics, as (topic, partition); none while no broker answers."""
    try:
        found = consumer.list_topics(timeout=5).topics
    except KafkaException:
        return []
    return [(prefix + topic, p) for topic in EVENTS for p in found[prefix + topic].partitions]


def ends_of(consumer, places):
    """{(topic, partition): where it ends for a reader of this kind}, or None while no broker answers."""
    try:
        return {place: consumer.get_watermark_offsets(TopicPartition(*place), 5)[1] for place in places}
    except KafkaException:
        return None


class Watch:
    """What of the machine an instance has in its hands, and how far behind it is."""

    MEASURES = ("resident KiB", "in use KiB", "descriptors", "threads", "KiB a file", "lag")

    def __init__(self, prefix, at, instances):
        """`instances`: {name: (Running, its folder)}."""
        self.instances = instances
        self.group = Consumer(connection(at) | {"group.id": group_of(prefix), "isolation.level": "read_uncommitted",
                                                "log_level": 2})  # it need not say that the broker is away
        self.places = places_of(self.group, prefix)
        self.cycles = {name: [] for name in instances}  # of each cycle {measure: [value]}
        self.files = {name: {} for name in instances}  # {name of a file: the largest it was}
        self.metrics = {}  # where those of a process are
        self.away = False  # the broker, for all that is known

    def close(self):
        self.group.close()

    def begin_cycle(self):
        for cycles in self.cycles.values():
            cycles.append({measure: [] for measure in self.MEASURES})

    def look(self):
        behind = {} if self.away else self.behind()
        for name, (running, folder) in self.instances.items():
            proc, now, log = pathlib.Path(f"/proc/{running.pid}"), self.cycles[name][-1], running.err()
            assert not running.ended(), f"{name} ended\n{log[-4000:]}"
            status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
            now["resident KiB"].append(int(status["VmRSS"].split()[0]))
            now["in use KiB"].append(self.in_use(running))
            now["threads"].append(int(status["Threads"]))
            now["descriptors"].append(len(list((proc / "fd").iterdir())))
            now["KiB a file"].append(self.look_at(name, folder))
            if behind:
                now["lag"].append(sum(lag for (_, p), lag in behind.items() if p in tasks_of(log)))

    def in_use(self, running):
        """What malloc has given out. Resident memory is what lies between those pieces, too."""
        if running.pid not in self.metrics:
            self.metrics[running.pid] = f"http://{address_of(running)}/metrics"
        with urllib.request.urlopen(self.metrics[running.pid], timeout=60) as answer:
            found = re.search(r"^process_heap_in_use_bytes (\S+)$", answer.read().decode(), re.M)
        return float(found[1]) / 1024

    def behind(self):
        """{(topic, partition): how many records are not committed}; nothing while the broker is away."""
        try:
            done = {(p.topic, p.partition): max(0, p.offset)
                    for p in self.group.committed([TopicPartition(*place) for place in self.places], 5)}
        except KafkaException:
            return {}
        ends = ends_of(self.group, self.places)
        return {place: ends[place] - done[place] for place in done} if ends else {}

    def look_at(self, name, folder):
        """The mean size of its tasks' files: an instance that is given other tasks has more files, not larger ones."""
        of_tasks, largest = [], self.files[name]
        for path in folder.iterdir():
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue  # compacted meanwhile
            largest[path.name] = max(size, largest.get(path.name, 0))
            if re.fullmatch(r"task-\d+", path.name):
                of_tasks.append(size)
        return statistics.mean(of_tasks or [0]) / 1024

    def quartile(self, name, measure, cycles):
        """What a quarter of everything that was seen in those cycles is not above."""
        seen = [value for cycle in self.cycles[name][cycles] for value in cycle[measure]]
        return statistics.quantiles(seen, n=4)[0] if len(seen) > 1 else sum(seen)

    def most(self, name, measure):
        return max(value for cycle in self.cycles[name] for value in cycle[measure])


def tasks_of(log):
    """The partitions that an instance has, as its log says."""
    before, _, after = log.rpartition("tasks assigned tasks=")
    count = int(re.match(r"\d+", after)[0])
    return {int(p) for p in re.findall(r"task restored partition=(\d+)", before)[-count:]} if count else set()
