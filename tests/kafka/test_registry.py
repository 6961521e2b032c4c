"""With a schema registry, values carry its ids; what others registered is read; while it is away the processor
waits, and no event becomes a dead letter for it."""

import json
import os
import pathlib
import signal
import time
import unittest
import urllib.request

from chapar_avro import Schemas
from chapar_events import RECORDED_MS, jsonl, milestone, signing, summit
from chapar_kafka import consume, produce, unique_prefix
from chapar_live import clean_up, committed, dead_letters, ends, make_topics, options, process, process_all, replay
from chapar_registry import Registry, encode
from chapar_run import run

SUBJECTS = ["signings", "summits", "milestones", "register.instruments", "register.summits", "register.commitments",
            "alerts"]
HISTORY = jsonl(signing(period="2026/2030"), milestone(), summit())


def own_schema(name):
    return json.loads((pathlib.Path(os.environ["CHAPAR_SCHEMAS"]) / f"{name}.avsc").read_text())


def setUpModule():
    WithRegistry.registry = unittest.enterModuleContext(Registry())
    WithRegistry.registry.start()


class WithRegistry(unittest.TestCase):
    """All of them share one registry that stays."""

    def setUp(self):
        self.prefix = unique_prefix("registry")
        make_topics(self.prefix)
        self.addCleanup(clean_up, self.prefix)
        self.with_registry = ("--registry-url", self.registry.url)

    def publish(self, text, *more, expect=0):
        return run("publish", *options(self.prefix), *more, "-", stdin=text, expect=expect)

    def produce_foreign(self, number, schema, **fields):
        """A milestone by another program, its dossier in `fields`."""
        event = {"event_id": f"foreign-{fields['commitment']}", "recorded_at": RECORDED_MS + 1000,
                 "type": "UNDERTAKEN", "title": "By another program"} | fields
        produce(self.prefix + "milestones", [{"key": event["dossier"], "value": encode(number, schema, event),
                                              "timestamp": event["recorded_at"]}])

    def lean_schema(self, *more):
        """As a program might have it that fills few fields, and `more` that nobody knows here."""
        kind = {"type": "enum", "name": "MilestoneType", "symbols": ["UNDERTAKEN"]}
        return {"type": "record", "name": "Milestone", "namespace": "org.chapar", "doc": self.prefix, "fields": [
            {"name": "event_id", "type": "string"}, {"name": "recorded_at", "type": "long"},
            {"name": "dossier", "type": "string"}, {"name": "type", "type": kind},
            {"name": "commitment", "type": "string"}, {"name": "title", "type": "string"}, *more]}

    def commitments(self):
        return {r["id"]: r for r in replay(self.prefix, *self.with_registry, "--emit", "register").lines()
                if r["record"] == "commitment"}


class Values(WithRegistry):
    def test_carry_the_ids_under_which_their_topics_schemas_are_registered(self):
        self.publish(HISTORY, *self.with_registry)
        process_all(self.prefix, *self.with_registry)
        for subject in SUBJECTS:
            number = self.registry.ask(f"/subjects/{self.prefix}{subject}-value/versions/latest")["id"]
            values = [r.value for r in consume(self.prefix + subject)]
            self.assertGreater(len(values), 0, subject)
            for value in values:
                self.assertEqual(value[:5], b"\0" + number.to_bytes(4, "big"), subject)
        self.assertEqual(json.loads(self.registry.schema(number)), own_schema("alert"))

    def test_written_twice_register_nothing_new(self):
        for _ in range(2):
            self.publish(HISTORY, *self.with_registry)
        self.assertEqual(self.registry.ask(f"/subjects/{self.prefix}signings-value/versions"), [1])

    def test_restore_the_register_and_are_replayed(self):
        self.publish(HISTORY, *self.with_registry)
        process_all(self.prefix, *self.with_registry)
        self.publish(jsonl(milestone(type="FULFILLED", date="2026-05-23", recorded_at="2026-05-24T00:00:00Z")),
                     *self.with_registry)
        process_all(self.prefix, *self.with_registry)
        self.assertEqual(dead_letters(self.prefix), [])
        record = self.commitments()["open-the-bridge"]
        self.assertEqual((record["delivery"], record["events"]), ("FULFILLED", 2))

    def test_of_both_framings_stand_side_by_side(self):
        self.publish(jsonl(signing()))
        self.publish(jsonl(milestone()), *self.with_registry)
        process_all(self.prefix)  # knows no registry: cannot know what the id means
        self.assertEqual([r.header("chapar_reason") for r in dead_letters(self.prefix)], ["unknown-schema"])
        self.publish(jsonl(milestone(recorded_at="2026-05-22T10:00:01Z")), *self.with_registry)
        process_all(self.prefix, *self.with_registry)
        self.assertEqual(len(dead_letters(self.prefix)), 1)
        self.assertIn("open-the-bridge", self.commitments())


    def test_go_back_from_the_dead_letters_once_their_ids_are_known(self):
        self.publish(jsonl(signing()))
        self.publish(jsonl(milestone()), *self.with_registry)
        process_all(self.prefix)
        retry = ("dead-letters", "retry", *options(self.prefix))
        self.assertIn("dead letter left", run(*retry, expect=0).err)
        self.assertIn("put_back=1", run(*retry, *self.with_registry, expect=0).err)
        process_all(self.prefix, *self.with_registry)
        # That the event could be applied where it stood at first changes nothing: it was not.
        summary = run("verify", *options(self.prefix), *self.with_registry, expect=0).lines()[-1]
        self.assertEqual((summary["events"], summary["differences"]), (2, 0))


class ForeignSchemas(WithRegistry):
    def setUp(self):
        super().setUp()
        self.publish(jsonl(signing()))

    def test_are_looked_up_by_their_id(self):
        schema = self.lean_schema({"name": "budget", "type": "double"})
        number = self.registry.register("elsewhere-value", schema)
        self.produce_foreign(number, schema, dossier="silk-road-pact", commitment="foreign", budget=1.5)
        process_all(self.prefix, *self.with_registry)
        self.assertEqual(dead_letters(self.prefix), [])
        self.assertEqual(self.commitments()["foreign"]["title"], "By another program")

    def test_that_nobody_can_read_with_are_dead_letters(self):
        other = {"type": "record", "name": "Invoice", "fields": [{"name": "sum", "type": "long"}]}
        text = {"type": "object", "properties": {}}
        cases = [(99999, "schema id 99999 is unknown to the registry"),
                 (self.registry.register("invoices-value", other), "is of Invoice, not of org.chapar.Milestone"),
                 (self.registry.register("texts-value", text, schemaType="JSON"), "not AVRO")]
        for number, _ in cases:
            produce(self.prefix + "milestones", [{"key": "silk-road-pact", "value": b"\0" + number.to_bytes(4, "big"),
                                                  "timestamp": RECORDED_MS + 1}])
        process_all(self.prefix, *self.with_registry)
        letters = dead_letters(self.prefix)
        self.assertEqual([r.header("chapar_reason") for r in letters], ["unknown-schema"] * len(cases))
        for letter, (_, detail) in zip(letters, cases):
            self.assertIn(detail, letter.header("chapar_detail"))


class Refusals(WithRegistry):
    def test_a_schema_that_does_not_fit_the_subject_stops_the_start(self):
        subject = self.prefix + "signings-value"
        self.registry.register(subject, {"type": "record", "name": "Signing", "namespace": "org.chapar",
                                         "fields": [{"name": "instrument", "type": "long"}]})
        self.set_compatibility(subject, "FULL")
        refused = self.publish(HISTORY, *self.with_registry, expect=1)
        self.assertIn(f"where={subject} ", refused.err)
        self.assertIn("the schema registry refuses the schema: HTTP status 409", refused.err)
        self.assertEqual(consume(self.prefix + "summits"), [])

    def set_compatibility(self, subject, level):
        request = urllib.request.Request(f"{self.registry.url}/config/{subject}", method="PUT",
                                         data=json.dumps({"compatibility": level}).encode(),
                                         headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def test_what_is_no_registry_is_said(self):
        here = self.registry.url.removesuffix("/apis/ccompat/v7").replace("//", "//reader:s3cret@")
        refused = self.publish(HISTORY, "--registry-url", here + "/nothing/", expect=1)
        self.assertIn("HTTP status 404 without what a schema registry answers", refused.err)
        self.assertNotIn("s3cret", refused.err)


class Away(unittest.TestCase):
    """A registry of the test's own each time: it is killed, paused, or not there at all."""

    setUp = WithRegistry.setUp
    publish, produce_foreign, lean_schema = (WithRegistry.publish, WithRegistry.produce_foreign,
                                             WithRegistry.lean_schema)

    @classmethod
    def setUpClass(cls):
        cls.registry = cls.enterClassContext(Registry())

    def test_publishing_fails_and_nothing_is_published(self):
        self.registry.kill()
        refused = self.publish(HISTORY, "--registry-url", self.registry.url.replace("//", "//writer:s3cret@"), expect=1)
        self.assertIn("the schema registry does not answer", refused.err)
        self.assertIn(self.registry.url, refused.err)
        self.assertNotIn("s3cret", refused.err)
        self.assertEqual(consume(self.prefix + "signings"), [])

    def test_at_the_start_the_processor_waits_and_ends_when_told(self):
        self.registry.kill()
        with process(self.prefix, *self.with_registry) as running:
            running.wait_for(lambda: "waiting for the schema registry" in running.err(), what="a word about the wait")
            began = time.monotonic()
            self.assertEqual(running.stop(signal.SIGTERM), 0)
            self.assertLess(time.monotonic() - began, 10)

    def held_up(self, running):
        return running.wait_for(lambda: "a task waits for the schema registry" in running.err(), what="the wait")

    def test_later_its_task_waits_while_the_others_go_on(self):
        self.registry.start()
        self.publish(jsonl(signing(), signing("other-pact")))
        schema = self.lean_schema()
        number = self.registry.register("elsewhere-value", schema)
        with process(self.prefix, *self.with_registry) as running:
            running.wait_for(lambda: committed(self.prefix) == ends(self.prefix), what="the first events")
            self.registry.kill()
            self.produce_foreign(number, schema, dossier="silk-road-pact", commitment="foreign")
            self.held_up(running)
            others = [f"pact-{i}" for i in range(20)]
            self.publish(jsonl(*(signing(d) for d in others)))
            mine = next(r.partition for r in consume(self.prefix + "milestones"))
            elsewhere = {r.key.decode() for r in consume(self.prefix + "signings") if r.partition != mine}
            self.assertGreater(len(elsewhere), 5)
            running.wait_for(lambda: elsewhere <= {r.key.decode() for r in
                                                   consume(self.prefix + "register.instruments")},
                             what="the tasks of other partitions")
            self.assertEqual(committed(self.prefix).get(("milestones", mine), 0), 0)
            self.registry.start()
            running.wait_for(lambda: any(r["id"] == "foreign" for r in self.register()), 60, "the event that waited")
            self.assertIn("the schema registry answers again", running.err())
            self.assertEqual(running.stop(), 0)
        self.assertEqual(dead_letters(self.prefix), [])

    def register(self):
        schemas = Schemas()
        return [schemas.decode_confluent(r.value, self.registry.schema)[1]
                for r in consume(self.prefix + "register.commitments")]

    def test_who_takes_over_tasks_reads_their_register_without_it(self):
        """Its schemas are those that the instance writes with: there is nothing to ask."""
        self.registry.start()
        pacts = [f"pact-{i}" for i in range(20)]
        self.publish(jsonl(*(signing(p) for p in pacts)), *self.with_registry)
        with process(self.prefix, *self.with_registry) as heir, process(self.prefix, *self.with_registry) as other:
            other.wait_for(lambda: "tasks assigned tasks=2 of=4" in other.err(), what="half of the tasks")
            other.wait_for(lambda: committed(self.prefix) == ends(self.prefix), what="the first events")
            self.registry.kill()
            self.assertEqual(other.stop(signal.SIGTERM), 0)
            self.publish(jsonl(*(signing(p, type="RATIFIED", parties=["KAZ"],
                                         recorded_at="2026-05-23T00:00:00Z") for p in pacts)))
            heir.wait_for(lambda: committed(self.prefix) == ends(self.prefix), what="the events of all tasks")
            self.assertNotIn("schema registry", heir.err())
            self.assertEqual(heir.stop(), 0)
        self.assertEqual(dead_letters(self.prefix), [])

    def test_a_registry_that_hangs_does_not_hold_up_a_stop(self):
        self.registry.start()
        self.publish(jsonl(signing()))
        schema = self.lean_schema()
        number = self.registry.register("elsewhere-value", schema)
        with process(self.prefix, *self.with_registry) as running:
            running.wait_for(lambda: committed(self.prefix) == ends(self.prefix), what="the first events")
            self.registry.pause()
            self.addCleanup(self.registry.resume)
            self.produce_foreign(number, schema, dossier="silk-road-pact", commitment="foreign")
            self.held_up(running)
            began = time.monotonic()
            self.assertEqual(running.stop(signal.SIGTERM), 0)
            self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(dead_letters(self.prefix), [])

    def test_a_replay_fails_and_says_why(self):
        self.registry.start()
        self.publish(HISTORY, *self.with_registry)
        self.registry.kill()
        refused = replay(self.prefix, *self.with_registry, expect=1)
        self.assertIn("the schema registry does not answer", refused.err)

    def test_a_register_that_cannot_be_read_is_not_called_wrong(self):
        self.registry.start()
        self.publish(HISTORY, *self.with_registry)
        process_all(self.prefix, *self.with_registry)
        self.registry.kill()
        refused = run("verify", *options(self.prefix), *self.with_registry, expect=1)
        self.assertEqual(refused.out, "")
        self.assertIn("the schema registry does not answer", refused.err)


if __name__ == "__main__":
    unittest.main()
