"""The page of `chapar serve` in a real browser: tests/page/*.mjs look at it, and this runs Kafka, the processor and the
server for them. What only can be done here, they ask for over HTTP.

CHAPAR_TEST_SERVE_LOAD=full opens it over 100,000 commitments. CHAPAR_TEST_WRITE_MANUAL writes the picture of the README
and what the looks are held against. CHAPAR_TEST_CHROMIUM is another browser than /usr/bin/chromium.
"""

import contextlib
import http.server
import os
import pathlib
import random
import signal
import subprocess
import threading
import unittest

from chapar_avro import Schemas
from chapar_history import Writer, event, publish
from chapar_kafka import Node, brokers, produce, unique_prefix
from chapar_live import clean_up, make_topics, process_all
from chapar_run import die_with_parent, run
from chapar_serve import serve
from test_serve_load import COMMITMENTS, commitment

FOLDER = pathlib.Path(__file__).resolve().parents[2]
PAGE = FOLDER / "tests" / "page"
CLOCK = ("--clock", "2026-04-23T00:00:00Z")
TITLE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@contextlib.contextmanager
def conducting(actions):
    """Does what the browser's side asks for, by name; yields the address to ask at."""

    class Conductor(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            try:
                actions[self.path[1:]]()
                code, told = 200, b"done"
            except Exception as e:  # told to the test that asked, which fails
                code, told = 500, repr(e).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Conductor)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look(file, server, actions=(), timeout=500, **settings):
    """Runs one file of tests/page against the server. The browser ends with the pipe of the one who started it."""
    with conducting(dict(actions)) as conductor:
        env = os.environ | {"CHAPAR_PAGE_URL": server.url, "CHAPAR_PAGE_CONDUCTOR": conductor} | settings
        with subprocess.Popen(["node", PAGE / file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=env, start_new_session=True,
                              preexec_fn=die_with_parent) as node:
            try:
                told, _ = node.communicate(timeout=timeout)
            finally:
                if node.poll() is None:
                    os.killpg(node.pid, signal.SIGKILL)
        for line in told.splitlines():
            if line.startswith("# ") and line.endswith(" ms"):
                print(line)
        assert node.returncode == 0, told


class Page(unittest.TestCase):
    def setUp(self):
        self.prefix = unique_prefix("page")
        self.addCleanup(clean_up, self.prefix)

    def test_over_the_data_set(self):
        make_topics(self.prefix)
        run("publish", "--brokers", brokers(), "--prefix", self.prefix,
            *sorted((FOLDER / "producer" / "central-asia").glob("*.jsonl")), expect=0)
        process_all(self.prefix, *CLOCK)
        with serve(self.prefix, *CLOCK) as server:
            look("register.mjs", server)
            look("looks.mjs", server)

    def test_what_is_hostile_and_what_changes(self):
        writer = Writer(self.prefix)
        make_topics(self.prefix)

        def happens(*events):
            publish([writer.record(e) for e in events])
            process_all(self.prefix, *CLOCK)

        def news(type_, commitment_, at, **fields):
            return lambda: happens(event("milestone", commitment_, type_, at, dossier="pact", **fields))

        produce(self.prefix + "milestones", [{"key": b"<img src=x onerror=alert(4)>", "value": b"<script>", "partition": 0}])
        happens(event("milestone", "canal2", "UNDERTAKEN", "2026-01-01T12:00:00Z", dossier="other", due="2026-02-30"), *made())
        with serve(self.prefix, *CLOCK) as server:
            look("made.mjs", server, {
                "canal": news("UNDERTAKEN", "canal", "2026-04-09T00:00:00Z", title="Dig the canal"),
                "tunnel": news("UNDERTAKEN", "tunnel", "2026-04-10T00:00:00Z", title="Build the tunnel", due="2026-05-05"),
                "bridge": news("FULFILLED", "bridge", "2026-04-11T00:00:00Z", date="2026-04-10"),
                "reopened": news("REOPENED", "bridge", "2026-04-12T00:00:00Z"),
                "saga": lambda: happens(event("milestone", "saga", "REPORTED", "2026-04-14T00:00:00Z", progress=0.5,
                                              note="the latest chapter")),
                "railway": news("UNDERTAKEN", "railway", "2026-04-13T00:00:00Z", title="Build the railway"),
            })

    def test_kafka_and_then_the_server_go_away(self):
        with Node() as node:
            writer = Writer(self.prefix)
            make_topics(self.prefix, at=node.brokers)
            publish([writer.record(e) for e in made()], at=node.brokers)
            process_all(self.prefix, *CLOCK, at=node.brokers)
            with serve(self.prefix, *CLOCK, at=node.brokers) as server:
                look("away.mjs", server, {"kill-kafka": node.kill, "start-kafka": node.start,
                                          "stop-serving": server.running.stop})

    def test_over_many_commitments(self):
        make_topics(self.prefix)
        draw, schemas = random.Random(1), Schemas()
        many = (commitment(n, draw) for n in range(COMMITMENTS))
        produce(self.prefix + "register.commitments",
                [{"key": c["id"], "value": schemas.encode("CommitmentRecord", c), "partition": int(c["dossier"][2:]) % 4}
                 for c in many])
        with serve(self.prefix, "--clock", "2027-01-01T00:00:00Z") as server:
            look("load.mjs", server, CHAPAR_PAGE_COMMITMENTS=str(COMMITMENTS))


def made():
    """A pact with commitments of every sort; titles and sources as somebody with bad intentions would have them."""
    def undertaken(name, second, **fields):
        return event("milestone", name, "UNDERTAKEN", f"2026-01-02T00:00:{second:02}Z", dossier="pact", instrument="pact", **fields)

    return [
        event("signing", "pact", "SIGNED", "2026-01-01T00:00:00Z", date="2026-01-01", title="Pact on roads",
              parties=["KAZ", "UZB"]),
        undertaken("hostile", 1, title=TITLE, due="2026-04-24", note=TITLE, parties=["KAZ", "org:ifas"],
                   source={"document": TITLE, "locator": "par. 1", "url": "javascript:alert(3)"}),
        event("milestone", "hostile", "REPORTED", "2026-01-03T00:00:00Z", dossier="pact", progress=0.1, claimed_by="KAZ",
              reason=TITLE, source={"document": "The Pact", "locator": "par. 2", "url": "https://example.org/source"}),
        undertaken("road", 2, title="Build the road", parties=["KAZ"], due="2026-12-31",
                   target={"unit": "km", "baseline": 0, "value": 400, "from": "2025-06", "to": "2027-08"}),
        event("milestone", "road", "REPORTED", "2026-02-01T00:00:00Z", dossier="pact", value=100, claimed_by="KAZ"),
        event("milestone", "road", "DISPUTED", "2026-02-02T00:00:00Z", dossier="pact", claimed_by="UZB"),
        event("milestone", "road", "RESCHEDULED", "2026-02-03T00:00:00Z", dossier="pact", due="2027-12-31",
              reason="The winter was hard"),
        undertaken("corridor", 3, title="Keep the corridor open", due="2030/..", parties=["UZB"]),
        undertaken("bridge", 4, title="Build the bridge", parties=["KAZ", "UZB"]),
        undertaken("bank", 5, title="Open the bank", parties=["KAZ"], due="2026-02-01"),
        event("milestone", "bank", "FULFILLED", "2026-03-01T00:00:00Z", dossier="pact", date="2026-02-13", claimed_by="KAZ"),
        undertaken("well", 6, title="Dig the well", parties=["KAZ"], due="2026-03-01"),
        event("milestone", "well", "FULFILLED", "2026-02-20T00:00:00Z", dossier="pact", date="2026-02-19"),
        event("signing", "pact", "RATIFIED", "2026-02-21T00:00:00Z", date="2026-02-21", parties=["KAZ"]),
        event("signing", "pact", "JOINED", "2026-02-22T00:00:00Z", date="2026-02-22", parties=["org:ifas"]),
        event("signing", "pact", "WITHDRAWN", "2026-02-23T00:00:00Z", date="2026-02-23", parties=["UZB"]),
        event("summit", "forum", "SCHEDULED", "2026-01-02T00:00:05Z", dossier="pact", title="Форум «Дороги»",
              date="2026-06-10/2026-06-12", hosts=["UZB"], place="Tashkent"),
        undertaken("endless", 7, title="W" * 300, parties=["org:" + "w" * 80], due="2027-01-15"),
        undertaken("leaflet", 8, title="Print the leaflet", parties=["KGZ"], due="2026-03-10"),
        event("milestone", "leaflet", "FULFILLED", "2026-03-01T00:00:01Z", dossier="pact", date="2026-02"),
        undertaken("perhaps", 9, title="Perhaps in June", parties=["KGZ"], due="2026-06?"),
        undertaken("roughly", 10, title="Roughly this year", parties=["KGZ"], due="2026~"),
        undertaken("reversed", 11, title="Read \u202ebackwards", parties=["KGZ"], due="2027-02-01",
                   source={"document": "Law \u2067of the sea"}),
        event("signing", "resolution", "ADOPTED", "2026-01-02T00:00:12Z", dossier="pact", date="2026-01-02",
              title="Resolution on water", parties=["org:unga", "org:kaz-nur-sultan-city"]),
        event("milestone", "saga", "UNDERTAKEN", "2026-01-03T00:00:00Z", title="A long story",
              note="undertaken in the beginning"),
        *(event("milestone", "saga", "REPORTED", f"2026-01-04T00:00:{second:02}Z", progress=0.1) for second in range(60)),
    ]


if __name__ == "__main__":
    unittest.main()
