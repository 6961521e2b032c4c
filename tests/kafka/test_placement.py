"""Keys stand where other clients put them: chapar's murmur2 against a producer that is not chapar's."""

import random
import unittest

from chapar_kafka import consume, create_topics, delete_topics, produce, unique_prefix
from chapar_run import run

KEYS = 4000


class Placement(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("placement")

    def tearDown(self):
        delete_topics(self.prefix)

    def test_thousands_of_random_keys(self):
        chance = random.Random(20271122)
        keys = {chance.randbytes(chance.randint(1, 200)) for _ in range(KEYS)}
        keys |= {f"org-{n}.summit_{n % 7}".encode() for n in range(KEYS)}
        keys = sorted(keys)
        for partitions in (1, 4, 7):
            with self.subTest(partitions=partitions):
                topic = f"{self.prefix}{partitions}"
                create_topics([topic], partitions)
                produce(topic, [{"key": key, "value": b""} for key in keys])
                theirs = {r.key: r.partition for r in consume(topic)}
                self.assertEqual(len(theirs), len(keys))
                self.assertEqual(set(theirs.values()), set(range(partitions)))
                done = run(partitions, name="partition_of", expect=0,
                           stdin="".join(key.hex() + "\n" for key in keys))
                ours = dict(zip(keys, map(int, done.out.split()), strict=True))
                self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
