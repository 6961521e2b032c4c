"""The helpers that every other test trusts: what was written is read, all of it and nothing else."""

import unittest

from chapar_kafka import brokers, consume, create_topics, delete_topics, end_offsets, produce, topics, unique_prefix
from confluent_kafka import Producer


class Records(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("records")
        self.topic = self.prefix + "topic"
        create_topics([self.topic])

    def tearDown(self):
        delete_topics(self.prefix)

    def transaction(self, name, values, commit):
        producer = Producer({"bootstrap.servers": brokers(), "transactional.id": self.prefix + name})
        producer.init_transactions(30)
        producer.begin_transaction()
        for value in values:
            producer.produce(self.topic, key=b"k", value=value, partition=1)
        producer.flush(30)
        if commit is None:
            return producer
        (producer.commit_transaction if commit else producer.abort_transaction)(30)
        return None

    def test_an_empty_topic_has_no_records(self):
        self.assertEqual(consume(self.topic), [])

    def test_key_value_headers_and_timestamp_come_back(self):
        placed = produce(self.topic, [
            {"key": b"a", "value": b"1", "headers": [("h", b"x"), ("h", b"y")], "timestamp": 1234567890123},
            {"key": b"a", "value": None, "partition": 3},
            {"value": b"3", "partition": 3},
        ])
        found = {(r.partition, r.offset): r for r in consume(self.topic)}
        first, second, third = (found[place] for place in placed)
        self.assertEqual((first.key, first.value, first.timestamp), (b"a", b"1", 1234567890123))
        self.assertEqual(first.headers, [("h", b"x"), ("h", b"y")])
        self.assertEqual((second.key, second.value, third.key), (b"a", None, None))
        self.assertEqual(len(found), 3)

    def test_aborted_records_stay_hidden(self):
        self.transaction("first", [b"1", b"2"], commit=True)
        self.transaction("second", [b"3"], commit=False)
        # Two records and their commit marker, one record and its abort marker.
        self.assertEqual(end_offsets(self.topic)[1], 5)
        self.assertEqual([r.value for r in consume(self.topic)], [b"1", b"2"])
        self.assertEqual([r.value for r in consume(self.topic, committed=False)], [b"1", b"2", b"3"])

    def test_an_open_transaction_is_no_end(self):
        open_one = self.transaction("open", [b"1"], commit=None)
        with self.assertRaisesRegex(AssertionError, "not read to their ends"):
            consume(self.topic, deadline=1)
        open_one.commit_transaction(30)
        self.assertEqual([r.value for r in consume(self.topic)], [b"1"])

    def test_deleting_leaves_other_prefixes(self):
        other = unique_prefix("records")
        create_topics([other + "topic"], partitions=1)
        delete_topics(self.prefix)
        self.assertEqual(topics(other), {other + "topic": 1})
        delete_topics(other)


if __name__ == "__main__":
    unittest.main()
