"""Many subjects, many clients, many who listen: nobody is left without an answer.

Small by default. CHAPAR_TEST_SERVE_LOAD=full is 100,000 commitments, 200 clients that ask at the same time, and 1,000
that listen; it prints what was measured.
"""

import asyncio
import datetime
import json
import os
import random
import re
import time
import unittest

from chapar_avro import Schemas
from chapar_kafka import produce, unique_prefix
from chapar_live import clean_up, make_topics
from chapar_serve import serve

FULL = os.environ.get("CHAPAR_TEST_SERVE_LOAD") == "full"
COMMITMENTS, CLIENTS, REQUESTS, LISTENERS = (100_000, 200, 20, 1_000) if FULL else (3_000, 30, 10, 60)
EPOCH = datetime.date(1970, 1, 1)
PATHS = ("/api/v1/commitments?limit=50", "/api/v1/due?limit=50", "/api/v1/overdue?party=KAZ",
         "/api/v1/commitments?timeliness=OVERDUE&sort=-closes&limit=100", "/api/v1/commitments?q=bridge&sort=slip",
         "/api/v1/summary", "/api/v1/commitments/c-000017", "/api/v1/alerts?standing=true")


def commitment(n, draw, revision=1):
    opens = datetime.date(2020, 1, 1) + datetime.timedelta(days=draw.randrange(5000))
    at = datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)
    return {"id": f"c-{n:06}", "dossier": f"d-{n % 1000}", "title": f"Build bridge number {n} over the river", "revision":
            revision, "incomplete": False, "opens": opens, "closes": opens + datetime.timedelta(days=draw.choice((0, 30, 364))),
            "sources": [{"document": "Declaration", "locator": f"par. {n % 90}", "sha256": "ab" * 32}], "events": 1,
            "last": {"topic": "milestones", "partition": n % 4, "offset": n, "event_id": f"e-{n}", "recorded_at": at},
            "as_of": at, "delivery": "UNDERTAKEN", "contested": n % 50 == 0, "clock": "RUNNING", "timeliness":
            draw.choice(("AHEAD", "OVERDUE", "DUE_SOON")), "parties": draw.sample(("KAZ", "UZB", "KGZ", "TJK", "TKM"), 2),
            "instrument": f"i-{n % 3000}", "due": str(opens)}


async def ask(port, paths, answered, failed):
    """One client: the paths one after the other over one connection."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in paths:
            began = time.monotonic()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))
            if not head.startswith(b"HTTP/1.1 200"):
                failed.append(f"{path}: {head[:40]}")
            answered.append((path, time.monotonic() - began))
        writer.close()
    except (OSError, asyncio.IncompleteReadError) as e:
        failed.append(repr(e))


async def listen(port, greeted, heard, failed):
    """One who listens, until it has heard of the last change."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        writer.write(b"GET /api/v1/events HTTP/1.0\r\nHost: localhost\r\n\r\n")  # 1.0: no chunks in between
        while line := await reader.readline():
            if line == b"event: hello\n":
                greeted.append(1)
            if b'"id":"last-change"' in line:
                heard.append(time.monotonic())
                break
        else:
            failed.append("the stream ended")
        writer.close()
    except (OSError, asyncio.IncompleteReadError) as e:
        failed.append(repr(e))


class Load(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("load")
        self.addCleanup(clean_up, self.prefix)
        make_topics(self.prefix)
        self.schemas = Schemas()

    def record(self, fields):
        return {"key": fields["id"], "value": self.schemas.encode("CommitmentRecord", fields),
                "partition": int(fields["dossier"][2:]) % 4}

    async def crowd(self, server, draw):
        answered, greeted, heard, failed = [], [], [], []
        listeners = [asyncio.create_task(listen(server.port, greeted, heard, failed)) for _ in range(LISTENERS)]
        async with asyncio.timeout(120):
            while len(greeted) + len(failed) < LISTENERS:
                await asyncio.sleep(0.05)
            began = time.monotonic()
            await asyncio.gather(*(ask(server.port, draw.choices(PATHS, k=REQUESTS), answered, failed)
                                   for _ in range(CLIENTS)))
            took = time.monotonic() - began
            changes = [self.record(commitment(n, draw, revision=2)) for n in range(200)]
            changes.append(self.record(commitment(1, draw) | {"id": "last-change", "dossier": "d-0"}))
            for change in changes:
                change["partition"] = 0
            began = time.monotonic()
            await asyncio.to_thread(produce, self.prefix + "register.commitments", changes)
            await asyncio.gather(*listeners)
        return answered, took, max(heard, default=0) - began, failed

    def test_nobody_is_left_without_an_answer(self):
        draw = random.Random(1)
        produce(self.prefix + "register.commitments", [self.record(commitment(n, draw)) for n in range(COMMITMENTS)])
        began = time.monotonic()
        with serve(self.prefix, "--clock", "2027-01-01T00:00:00Z") as server:
            ready = time.monotonic() - began
            self.assertEqual(server.ask("/api/v1/commitments")["total"], COMMITMENTS)
            answered, took, told, failed = asyncio.run(self.crowd(server, draw))
            self.assertEqual(failed, [])
            self.assertEqual(len(answered), CLIENTS * REQUESTS)
            metrics = server.get("/metrics").text()
            resident = float(re.search(r"^process_resident_memory_bytes (\S+)$", metrics, re.M)[1]) / 2**20
            view = float(re.search(r"^chapar_serve_view_bytes (\S+)$", metrics, re.M)[1]) / 2**20
            times = sorted(t for _, t in answered)
            measured = {"ready s": round(ready, 2), "requests/s": round(len(answered) / took),
                        "median ms": round(1000 * times[len(times) // 2], 1),
                        "p99 ms": round(1000 * times[len(times) * 99 // 100], 1),
                        "all told s": round(told, 2), "resident MiB": round(resident), "view MiB": round(view)}
            for path in PATHS:
                route = path.split("?")[0].replace("c-000017", "{id}")
                spent = re.search(rf'request_seconds_sum{{route="{re.escape(route)}"}} (\S+)$', metrics, re.M)[1]
                count = re.search(rf'request_seconds_count{{route="{re.escape(route)}"}} (\S+)$', metrics, re.M)[1]
                measured[f"ms to make {route}"] = round(1000 * float(spent) / float(count), 2)
            print(json.dumps(measured, indent=1))
            self.assertEqual(server.running.stop(), 0)


if __name__ == "__main__":
    unittest.main()
