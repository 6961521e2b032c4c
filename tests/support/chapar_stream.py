"""Events that come in while a test goes on: what a campaign publishes, and how."""

import random
import threading
import time

from chapar_history import Publisher, Writer
from confluent_kafka import KafkaException

WRONG = {"garbage": 0.01, "another key": 0.01, "another time": 0.005}


def records_of(seed, events, prefix):
    """What is published, in order: (record, whether it is no event). Some events come twice, and wrong ones
    stand between them."""
    draw, writer, records = random.Random(seed), Writer(prefix), []
    for event in events:
        record = writer.record(event)
        wrong = draw.choices([*WRONG, None], [*WRONG.values(), 1 - sum(WRONG.values())])[0]
        if wrong:
            part = {"garbage": {"value": draw.randbytes(draw.randint(0, 40))},
                    "another key": {"key": event["dossier"] + "-x"},
                    "another time": {"value": writer.record(later(event))["value"]}}[wrong]
            records.append((record | part, True))
        records.append((record, False))
        if draw.random() < 0.03:
            records.append(draw.choice(records[-8:]))  # the retry of somebody who did not hear the answer
    return records


def later(event):
    return event | {"recorded_at": event["recorded_at"][:-2] + ("1Z" if event["recorded_at"][-2] == "0" else "0Z")}


class Pace(threading.Thread):
    """Publishes records in many small transactions, one after the other, up to the share asked for; some are
    taken back and done again (`aborted`: what share), some
    stay open while later ones are committed (`overlapping`); `pause` (seconds) between two."""

    def __init__(self, seed, records, at=None, aborted=0, overlapping=0, pause=(0.02, 0.25)):
        super().__init__(daemon=True)
        self.at, self.aborted, self.overlapping, self.pause = at, aborted, overlapping, pause
        self.random = random.Random(f"{seed} transactions")
        self.records, self.done, self.share = records, 0, 0
        self.moved = threading.Condition()
        self.failure, self.doubtful, self.second = None, 0, None

    def advance(self, share):
        with self.moved:
            self.share = share
            self.moved.notify()

    def run(self):
        try:
            self.publisher = Publisher(self.at)
            while self.done < len(self.records):
                with self.moved:
                    self.moved.wait_for(lambda: self.done < self.share * len(self.records))
                    if self.share < 1:
                        self.moved.wait(self.random.uniform(*self.pause))
                batch = self.records[self.done:self.done + self.random.randint(1, 9)]
                if self.random.random() < self.aborted:
                    self.publish(batch, abort=True)
                if self.at and self.random.random() < self.overlapping:
                    batch = self.overlap(batch)
                else:
                    self.publish(batch)
                self.done += len(batch)
        except Exception as failure:  # told by the test
            self.failure = failure

    def overlap(self, batch):
        """The batch in a transaction that stays open while another publishes what comes after it: until it is
        decided, nothing later may be applied. Returns what was published."""
        after = self.records[self.done + len(batch):self.done + len(batch) + 12]
        try:
            self.second = open_one = self.second or Publisher(self.at)
            open_one.begin(batch)
        except KafkaException:
            self.second = None
            self.publish(batch)
            return batch
        if after:
            self.publish(after)
        time.sleep(self.random.uniform(0, 0.4))  # no wait for anything: what is to happen meanwhile is a mistake
        try:
            open_one.end()
        except KafkaException:
            self.second = None
            self.publish(batch)
            self.doubtful += 1  # what came after it is before it now, and it may be there twice
        return batch + after

    def publish(self, batch, abort=False):
        """Again and again, where the broker goes away in the middle of it."""
        while True:
            try:
                return self.publisher.publish(batch, abort)
            except KafkaException as e:
                if self.at is None:  # the shared broker, which stays
                    raise
                # Whether it was committed is not known to all of its errors: then it is there twice.
                self.doubtful += not e.args[0].txn_requires_abort()
                self.publisher = Publisher(self.at)
