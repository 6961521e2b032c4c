"""`chapar serve` on a real broker: what it answers, and what it does when things go wrong."""

import contextlib
import csv
import gzip
import http.client
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.parse

import icalendar
from chapar_avro import Schemas
from chapar_history import Writer, event, history, publish
from chapar_kafka import Node, brokers, consume, delete_topics, produce, unique_prefix
from chapar_live import alerts, clean_up, make_topics, process, process_all, register
from chapar_run import run, scratch_folder
from chapar_serve import basic, serve

CLOCK = ("--clock", "2027-06-01T00:00:00Z")
LISTS = ("instruments", "summits", "commitments")
FOLDER = pathlib.Path(__file__).resolve().parents[2]


def story():
    """An instrument with two commitments, a summit with a package of documents, and what became of them."""
    return [
        event("summit", "forum", "SCHEDULED", "2027-01-01T00:00:00Z", date="2027-06-10/2027-06-12", hosts=["UZB"],
              title="Форум", place="Tashkent", expected_signings=2, dossier="forum"),
        event("signing", "pact", "SIGNED", "2027-01-02T00:00:00Z", date="2027-01-02", dossier="forum", summit="forum",
              title="Pact on <b>roads</b>", parties=["KAZ", "UZB"],
              source={"document": "The Pact", "locator": "par. 1", "sha256": "ab" * 32, "url": "https://example.org/p"}),
        event("milestone", "road", "UNDERTAKEN", "2027-01-03T00:00:00Z", dossier="forum", instrument="pact", due="2027",
              title="Build the road", parties=["KAZ"]),
        event("milestone", "road.bridge", "UNDERTAKEN", "2027-01-03T00:00:01Z", dossier="forum", instrument="pact",
              part_of="road", due="2027-03-01", title="=Bridge, \"new\"", parties=["KAZ", "org:ifas"]),
        event("milestone", "road", "REPORTED", "2027-02-03T00:00:00Z", dossier="forum", progress=0.25,
              claimed_by="KAZ"),
    ]


class Serving(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.prefix = unique_prefix("serve")
        self.addCleanup(clean_up, self.prefix)
        self.writer = Writer(self.prefix)

    def publish(self, *events):
        publish([self.writer.record(e) for e in events])

    def processed(self, *events):
        make_topics(self.prefix)
        self.publish(*events)
        process_all(self.prefix, *CLOCK)


class Answers(Serving):
    def test_the_whole_register_and_all_alerts(self):
        self.processed(*history(5, 60))
        with serve(self.prefix, *CLOCK) as server:
            served = [item for kind in LISTS for item in server.pages(f"/api/v1/{kind}", limit=7)]
            for item in served:
                item.pop("deadline", None)
                item.pop("expected_today", None)
                item.pop("fulfilled", None)
            self.assertEqual(served, register(self.prefix))
            shown = server.pages("/api/v1/alerts", limit=11, sort="raised")
            self.assertEqual(sorted(({k: v for k, v in a.items() if k != "standing"} for a in shown),
                                    key=lambda a: a["alert_id"]),
                             sorted(alerts(self.prefix), key=lambda a: a["alert_id"]))
            together = server.pages("/api/v1/subjects", limit=500)
            self.assertEqual(sorted(i["id"] for i in together), sorted(i["id"] for i in served))
            counts = server.ask("/api/v1/summary")
            for kind in LISTS:
                self.assertEqual(counts[kind]["total"], sum(i["record"] + "s" == kind for i in served))
            self.assertEqual(counts["overdue"]["total"], len(server.pages("/api/v1/overdue")))
            self.assertEqual(counts["due"]["total"], len(server.pages("/api/v1/due", limit=3)))
            metrics = server.get("/metrics")
            self.assertTrue(metrics.text().endswith("# EOF\n"))
            self.assertIn(f"chapar_serve_subjects {len(served)}\n", metrics.text())

    def test_one_subject_with_what_belongs_to_it(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            road = server.ask("/api/v1/commitments/road")
            self.assertEqual(road["item"]["progress"], 0.25)
            self.assertEqual(road["item"]["deadline"],
                             {"known_as": "year 2027", "precision": "YEAR", "lasts": False, "uncertain": False,
                              "approximate": False, "repeats": False, "open": True, "overdue": False, "wording": "2027",
                              "last_day": "2027-12-31", "next_day": "2027-12-31", "next_event": "CLOSES",
                              "days_left": 213})
            self.assertEqual(road["links"]["instrument"]["title"], "Pact on <b>roads</b>")
            self.assertEqual([p["id"] for p in road["related"]["parts"]["items"]], ["road.bridge"])
            self.assertEqual(road["stands_at"]["topic"], self.prefix + "register.commitments")
            told = server.ask(road["events"]["list"])
            self.assertEqual([(e["type"], e["topic"]) for e in told["items"]],
                             [("REPORTED", self.prefix + "milestones"), ("UNDERTAKEN", self.prefix + "milestones")])
            self.assertGreater(told["items"][0]["offset"], told["items"][1]["offset"])
            self.assertEqual([e["type"] for e in server.pages(road["events"]["list"], limit=1)],
                             ["REPORTED", "UNDERTAKEN"])
            bridge = server.ask("/api/v1/subjects/road.bridge")
            self.assertTrue(bridge["item"]["deadline"]["overdue"])
            self.assertTrue(bridge["alerts"]["items"][0]["standing"])
            self.assertEqual(bridge["alerts"]["items"][0]["kind"], "OVERDUE")
            pact = server.ask("/api/v1/instruments/pact")
            self.assertEqual(pact["item"]["sources"][0]["sha256"], "ab" * 32)
            self.assertEqual(pact["related"]["commitments"]["total"], 2)
            forum = server.ask("/api/v1/summits/forum")
            self.assertEqual([i["id"] for i in forum["related"]["instruments"]["items"]], ["pact"])
            self.assertEqual(server.ask("/api/v1/summary")["packages"],
                             [{"id": "forum", "title": "Форум", "expected": 2, "identified": 1}])
            for missing in ("/api/v1/instruments/road", "/api/v1/subjects/nobody", "/api/v1/commitments/no/events"):
                self.assertEqual(server.get(missing).status, 404, missing)

    def test_years_and_parties(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            none = {"instruments": 0, "summits": 0, "commitments": 0, "ahead": 0, "overdue": 0, "settled": 0}
            self.assertEqual(server.ask("/api/v1/years")["items"],
                             [none | {"year": 2027, "summits": 1, "commitments": 2, "ahead": 2, "overdue": 1}])
            self.assertEqual(server.ask("/api/v1/years?kind=COMMITMENT&to=2027-03-01&q=bridge")["items"],
                             [none | {"year": 2027, "commitments": 1, "overdue": 1}])
            self.assertEqual(server.ask("/api/v1/years?party=TKM")["items"], [])
            parties = server.ask("/api/v1/parties")
            self.assertEqual([(p["party"], p["instruments"], p["summits"], p["commitments"], p["overdue"])
                              for p in parties["items"]],
                             [("KAZ", 1, 0, 2, 1), ("UZB", 1, 1, 0, 0), ("org:ifas", 0, 0, 1, 1)])
            self.assertEqual(parties["total"], 3)
            self.assertEqual([i["id"] for i in server.pages("/api/v1/subjects?dated=false")], ["pact"])
            self.assertEqual([i["id"] for i in server.pages("/api/v1/subjects?dated=true")],
                             ["forum", "road", "road.bridge"])

    def test_events_can_be_left_out(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK, "--without-events") as server:
            self.assertNotIn("events", server.ask("/api/v1/commitments/road"))
            self.assertEqual(server.get("/api/v1/commitments/road/events").status, 404)

    @staticmethod
    def read(answer):
        return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))

    def test_where_a_page_stands(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            before, cursor = [], {}
            while True:
                page = server.ask("/api/v1/subjects", limit=1, **cursor)
                before.append(page["before"])
                if "next" not in page:
                    break
                cursor = {"cursor": page["next"]}
            self.assertEqual(before, [0, 1, 2, 3])
            self.assertEqual(server.ask("/api/v1/subjects", kind="SUMMIT", party="TKM")["before"], 0)

    def test_a_history_says_how_far_it_goes(self):
        """The record is read before the event that it follows from, which is what a slow event topic looks like."""
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            said = [server.ask("/api/v1/commitments/road")["events"], server.ask("/api/v1/commitments/road/events")]
            for history in said:
                self.assertEqual((history["history_as_of"], history["history_complete"]), ("2027-02-03T00:00:00.000Z", True))
            topic, schemas = self.prefix + "register.commitments", Schemas()
            road = [r for r in consume(topic) if r.key == b"road"][-1]
            name, fields = schemas.decode(road.value)
            fields["last"]["offset"] += 100
            produce(topic, [{"key": road.key, "value": schemas.encode(name, fields), "partition": road.partition}])
            server.wait_for(lambda: server.ask("/api/v1/commitments/road")["stands_at"]["offset"] > road.offset)
            for path in ("/api/v1/commitments/road/events", "/api/v1/commitments/road"):
                answer = server.ask(path)
                history = answer if "items" in answer else answer["events"]
                self.assertEqual((history["history_as_of"], history["history_complete"]), ("2027-02-03T00:00:00.000Z", False))

    def test_csv(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            by_name = server.get("/api/v1/commitments.csv?limit=1")
            self.assertEqual(by_name.body[:3], b"\xef\xbb\xbf")  # for Excel
            rows = self.read(by_name)
            self.assertEqual((rows[0]["id"], rows[0]["parties"], rows[0]["known_as"]), ("road", "KAZ", "year 2027"))
            link = re.fullmatch(r"<(.*)>; rel=\"next\"", by_name.headers["link"])[1]
            rows = self.read(server.get(link))
            self.assertEqual((rows[0]["title"], rows[0]["parties"]), ("'=Bridge, \"new\"", "KAZ org:ifas"))
            by_type = server.get("/api/v1/due", Accept="text/csv, application/json;q=0.5")
            self.assertTrue(by_type.headers["content-type"].startswith("text/csv"))
            self.assertEqual([r["id"] for r in self.read(by_type)], ["forum", "road"])
            self.assertEqual(server.get("/api/v1/due", Accept="*/*").headers["content-type"], "application/json")

    def test_what_there_is_no_csv_of(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            for name in ("parties", "changes", "dead-letters", "years", "commitments/road/events", "commitments/road"):
                answer = server.get(f"/api/v1/{name}", Accept="text/csv")
                self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/json"), name)
                self.assertEqual(server.get(f"/api/v1/{name}.csv").status, 404, name)
            for name in (*LISTS, "subjects", "due", "overdue", "alerts", "participation"):
                for answer in (server.get(f"/api/v1/{name}", Accept="text/csv"), server.get(f"/api/v1/{name}.csv")):
                    self.assertTrue(answer.headers["content-type"].startswith("text/csv"), name)

    def test_csv_says_of_deadlines_what_json_does(self):
        self.processed(*story())
        names = ("known_as", "next_day", "next_event", "days_left", "overdue", "last_day", "precision", "lasts", "uncertain",
                 "approximate")

        def as_text(value):
            return {None: "", True: "true", False: "false"}.get(value, str(value))

        with serve(self.prefix, "--clock", "2029-06-01T00:00:00Z") as server:
            for name in ("due", "overdue", "summits", "commitments", "instruments"):
                told = {i["id"]: i.get("deadline", {"overdue": False}) for i in server.ask(f"/api/v1/{name}")["items"]}
                rows = self.read(server.get(f"/api/v1/{name}.csv"))
                self.assertEqual({r["id"]: {n: r[n] for n in names} for r in rows},
                                 {i: {n: as_text(d.get(n)) for n in names} for i, d in told.items()}, name)
            overdue = self.read(server.get("/api/v1/overdue.csv"))
            self.assertTrue(overdue and all(int(r["days_left"]) < 0 for r in overdue), overdue)

    def test_entity_tags_and_compression(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as one, serve(self.prefix, *CLOCK) as other:
            path = "/api/v1/commitments?limit=10"
            plain = one.get(path)
            self.assertEqual(other.get(path).headers["etag"], plain.headers["etag"])
            packed = one.get(path, Accept_Encoding="gzip")
            self.assertEqual(gzip.decompress(packed.body), plain.body)
            self.assertNotEqual(packed.headers["etag"], plain.headers["etag"])
            for tag in (plain.headers["etag"], packed.headers["etag"], "W/" + plain.headers["etag"], '"x", *'):
                again = other.get(path, If_None_Match=tag)
                self.assertEqual((again.status, again.body), (304, b""))
            self.assertEqual(one.get(path + "0", If_None_Match=plain.headers["etag"]).status, 200)
            head = one.get(path, method="HEAD")
            self.assertEqual((head.status, head.body, head.headers["content-length"]),
                             (200, b"", plain.headers["content-length"]))
            self.publish(event("milestone", "road", "REPORTED", "2027-03-03T00:00:00Z", dossier="forum", progress=0.5))
            process_all(self.prefix, *CLOCK)
            one.wait_for(lambda: one.get(path, If_None_Match=plain.headers["etag"]).status == 200)

    def test_entity_tags_tell_apart_what_the_register_does_not(self):
        """An event that the register drops as known is part of the history, and alarms follow from the policy."""
        self.processed(*story())
        folder = scratch_folder("serve")
        self.addCleanup(shutil.rmtree, folder)
        (folder / "policy.json").write_text('{"leads": [{"stages": ["P5D"]}]}')
        with serve(self.prefix, *CLOCK) as one, serve(self.prefix, *CLOCK, "--policy", folder / "policy.json") as other, \
                serve(self.prefix, *CLOCK, "--zone", "Asia/Almaty") as east:
            calendars = [server.get("/calendar.ics") for server in (one, other, east)]
            self.assertEqual(len({c.body for c in calendars}), 3)
            self.assertEqual(len({c.headers["etag"] for c in calendars}), 3)
            told = {path: one.get(path) for path in ("/api/v1/commitments/road", "/api/v1/commitments/road/events")}
            self.publish(story()[-1])
            for path, before in told.items():
                one.wait_for(lambda: one.get(path, If_None_Match=before.headers["etag"]).status == 200, 20, path)
            self.assertEqual(one.ask("/api/v1/commitments/road/events")["total"], 3)

    def test_the_calendar(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            answer = server.get("/calendar.ics")
            self.assertEqual(answer.headers["content-type"], "text/calendar; charset=utf-8")
            read = icalendar.Calendar.from_ical(answer.body)
            parts = {str(c["UID"]): c for c in read.walk() if "UID" in c}
            self.assertEqual(sorted(parts), ["forum.event@chapar.org", "road.bridge.event@chapar.org",
                                             "road.bridge.todo@chapar.org", "road.event@chapar.org",
                                             "road.todo@chapar.org"])
            self.assertFalse([c for c in read.walk() if c.errors])
            forum, road = parts["forum.event@chapar.org"], parts["road.event@chapar.org"]
            self.assertEqual(str(forum["SUMMARY"]), "Форум")
            self.assertEqual((str(forum["DTSTART"].dt), str(forum["DTEND"].dt)), ("2027-06-10", "2027-06-13"))
            self.assertEqual((str(road["DTSTART"].dt), str(road["DTEND"].dt)), ("2027-01-01", "2028-01-01"))
            self.assertEqual(str(parts["road.bridge.event@chapar.org"]["SUMMARY"]), "=Bridge, \"new\"")
            self.assertIn("year 2027", str(road["DESCRIPTION"]))
            alarms = [str(a["TRIGGER"].dt)[:10] for a in road.walk("VALARM")]
            self.assertEqual(alarms, ["2027-07-04", "2027-10-02", "2027-12-01"])
            self.assertEqual(parts["road.todo@chapar.org"]["STATUS"], "IN-PROCESS")
            only = icalendar.Calendar.from_ical(server.get("/calendar.ics?kind=SUMMIT&party=UZB").body)
            self.assertEqual((str(read["X-WR-CALNAME"]), str(read["NAME"])), ("Chapar", "Chapar"))
            self.assertEqual((str(only["X-WR-CALNAME"]), str(only["NAME"]).replace("\\,", ",")),
                             ("Chapar: UZB, summits",) * 2)
            self.assertEqual((only["REFRESH-INTERVAL"].params, str(only["X-PUBLISHED-TTL"])), ({"VALUE": "DURATION"}, "PT1H"))
            self.assertEqual([str(c["UID"]) for c in only.walk("VEVENT")], ["forum.event@chapar.org"])
            self.assertEqual(server.get("/calendar.ics?limit=5").status, 400)

    def test_the_description_is_the_one_in_the_documents(self):
        """With CHAPAR_TEST_WRITE_MANUAL set, the copy is brought up to date instead."""
        make_topics(self.prefix)
        with serve(self.prefix) as server:
            described = server.get("/api/v1/openapi.json").text()
            copy = FOLDER / "docs" / "openapi.json"
            if os.environ.get("CHAPAR_TEST_WRITE_MANUAL"):
                copy.write_text(described)
            self.assertEqual(copy.read_text(), described)
            paths = json.loads(described)["paths"]
            documented = (FOLDER / "docs" / "serve.md").read_text()
            for path in paths:
                if path != "/api/v1/events":
                    status = server.get(re.sub("{[a-z]+}", "nobody", path), method="HEAD").status
                    self.assertEqual(status, 404 if "{" in path else 200, path)
            for name in ("due", "overdue", "alerts", "summary", "current", "events", "subjects"):
                self.assertIn(f"/api/v1/{name}", documented)

    def test_the_page(self):
        make_topics(self.prefix)
        with serve(self.prefix) as server:
            page = server.get("/")
            self.assertEqual(page.headers["content-type"], "text/html; charset=utf-8")
            policy = page.headers["content-security-policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertEqual(page.headers["x-content-type-options"], "nosniff")
            self.assertEqual(page.headers["referrer-policy"], "no-referrer")
            self.assertNotRegex(page.text(), r"<script(?![^>]*src=)|<style| on[a-z]+=|style=")
            for view in ("/due", "/overdue", "/timeline", "/alerts", "/subjects", "/commitments", "/instruments", "/summits",
                         "/parties", "/parties/org:ifas", "/participation", "/dead-letters", "/records/a.b/0/1", "/changes", "/commitments/road", "/instruments/no", "/summits/x.y", "/subjects/1", "/due?party=KAZ"):
                self.assertEqual(server.get(view).body, page.body, view)
            for nothing in ("/commitments/", "/commitments/a/b", "/page.js", "/index.html"):
                answer = server.get(nothing)
                self.assertEqual((answer.status, answer.headers["content-type"]), (404, "application/problem+json"), nothing)
                # Who comes with a browser sees a page that says so.
                shown = server.get(nothing, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
                self.assertEqual((shown.status, shown.body), (404, page.body), nothing)
            self.assertNotEqual(server.get("/api/v1/nothing", Accept="text/html").body, page.body)
            for name in re.findall(r'(?:src|href)="([^"#]+)"', page.text()):
                self.assertEqual(server.get(name).status, 200, name)


class Mistakes(Serving):
    def test_what_is_asked_wrongly(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            for path, status, parameter in (
                    ("/api/v1/due?limit=501", 400, "limit"), ("/api/v1/due?limt=5", 400, "limt"),
                    ("/api/v1/due?limit=5&limit=5", 400, "limit"), ("/api/v1/due?cursor=x", 400, "cursor"),
                    ("/api/v1/due?party=%ff", 400, "party"), ("/api/v1/due?from=tomorrow", 400, "from"),
                    ("/api/v1/alerts?kind=LATE", 400, "kind"), ("/api/v1/summary?x=1", 400, "x"),
                    ("/api/v1/commitments/road?x", 400, "x"), ("/healthz?x=1", 400, "x"),
                    ("/api/v1/events?sort=id", 400, "sort"), ("/api/v2", 404, None),
                    ("/..%2f..%2fetc/passwd", 404, None), ("/%00", 400, "path"),
                    ("/due?page=2", 400, "page"), ("/commitments?page=x", 400, "page"), ("/api/v1/due?page=2", 400, "page"),
                    ("/api/v1/due?q=" + "x" * 9000, 414, "path")):
                answer = server.get(path)
                self.assertEqual(answer.status, status, path[:80])
                self.assertEqual(answer.headers["content-type"], "application/problem+json", path[:80])
                problem = answer.json()
                self.assertEqual(problem["status"], status)
                self.assertEqual(problem.get("parameter"), parameter, path[:80])
                self.assertGreater(len(problem["detail"]), 10)
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
                answer = server.get("/api/v1/due", method=method, body=b"x" * 100)
                self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))
            # What has no end has no headers alone either: nothing is read behind them as another answer.
            both = server.raw(b"HEAD /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(both.count(b"HTTP/1.1 "), 1)
            self.assertIn(b"\r\nConnection: close\r\n", both)

    def test_bytes_that_are_no_request(self):
        """Whatever is sent, it goes on answering, and never says that it is to blame."""
        draw = random.Random(17)
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            cursor = server.ask("/api/v1/subjects", limit=1)["next"]
            words = [b"GET", b" /", b"api/v1/", b"due", b"?", b"&", b"=", b"%", b"%2", b"%00", b"\xff", b"cursor",
                     cursor.encode(), b"limit", b"-1", b"9" * 30, b"sort", b"*", b"\r\n", b"Host: localhost\r\n", b"\r\n\r\n",
                     b" HTTP/1.1", b" HTTP/9.9", b"Accept: ", b"text/csv;q=", b"If-None-Match: W/", b"'\"<>", b"{id}",
                     b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n", b"Last-Event-ID: AQ\r\n"]
            for _ in range(150):
                target = b"".join(draw.choices(words, k=draw.randint(1, 12)))
                self.assertNotIn(b" 500 ", server.raw(target + b"\r\n\r\n")[:20])
                mixed = bytearray(cursor.encode())
                mixed[draw.randrange(len(mixed))] = draw.randrange(33, 127)
                path = "/api/v1/subjects?limit=1&cursor=" + urllib.parse.quote(bytes(mixed))
                self.assertIn(server.get(path).status, (200, 400))
            self.assertEqual(server.get("/healthz").status, 200)
            long_header = server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n")
            self.assertRegex(long_header[:20], rb"^(HTTP/1.1 4\d\d|$)")
            self.assertEqual(server.get("/healthz").status, 200)

    def test_records_that_are_not_ours_are_left_out_and_counted(self):
        self.processed(*story())
        produce(self.prefix + "register.commitments", [{"key": b"x", "value": b"junk", "partition": 0}])
        produce(self.prefix + "alerts", [{"key": b"x", "value": b"\xc3\x01" + b"\0" * 20, "partition": 1}])
        with serve(self.prefix, *CLOCK) as server:
            self.assertEqual(server.ask("/api/v1/current")["unreadable"], 2)
            self.assertEqual(server.ask("/api/v1/commitments")["total"], 2)
            self.assertIn("is none of ours", server.running.err())

    def test_what_stops_the_start(self):
        folder = scratch_folder("serve")
        self.addCleanup(shutil.rmtree, folder)
        short = folder / "short"
        short.write_text("short\n")
        for options, says in ((("--listen", "nowhere"), "HOST:PORT"), (("--token-file", "/nonexistent"), "/nonexistent"),
                              (("--token-file", short), "16"), (("--tls-cert", short), "go together"),
                              (("--tls-cert", short, "--tls-key", short), "PEM"),
                              (("--listen", "no.such.host.invalid:1"), "no.such.host.invalid")):
            self.assertIn(says, run("serve", "--listen", "127.0.0.1:0", *options, expect=2).err)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            run("serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", expect=1)
        missing = run("serve", "--listen", "127.0.0.1:0", "--brokers", brokers(), "--prefix", self.prefix, expect=1)
        self.assertIn("topics create", missing.err)


class Live(Serving):
    def test_changes_and_alerts_as_they_happen(self):
        self.processed(*story())
        with process(self.prefix, *CLOCK), serve(self.prefix, *CLOCK) as server:
            before = server.ask("/api/v1/commitments")
            with server.listen() as everything, server.listen("?party=UZB") as some:
                everything.until(lambda e: e.kind == "hello")
                some.until(lambda e: e.kind == "hello")
                self.publish(event("milestone", "road.bridge", "FULFILLED", "2027-04-01T00:00:00Z", dossier="forum"),
                             event("signing", "pact", "IN_FORCE", "2027-04-02T00:00:00Z", dossier="forum"))
                seen = everything.until(lambda e: e.kind == "instrument" and e.data["status"] == "IN_FORCE")
                if not any(e.kind == "alert" for e in seen):
                    seen += everything.until(lambda e: e.kind == "alert")
                self.assertTrue(any(e.kind == "commitment" and e.data["delivery"] == "FULFILLED" for e in seen))
                self.assertTrue(any(e.kind == "alert" and e.data["kind"] == "CLOSED" for e in seen))
                heard = some.until(lambda e: e.kind == "instrument")
                self.assertFalse([e for e in heard if e.kind == "commitment"])
            # What was missed is told to who comes back, by any instance.
            server.wait_for(lambda: server.ask("/api/v1/instruments/pact")["item"]["status"] == "IN_FORCE")
            with serve(self.prefix, *CLOCK) as other:
                for who in (server, other):
                    with who.listen("?since=" + before["position"]) as back:
                        told = back.until(lambda e: e.kind == "hello")[:-1]
                        self.assertIn("pact", [e.data["id"] for e in told if e.kind == "instrument"])
                        self.assertIn("CLOSED", [e.data["kind"] for e in told if e.kind == "alert"])
                        self.assertNotIn("nobody", back.last_id)
                    with who.listen(Last_Event_ID=back.last_id) as again:
                        self.assertEqual([e.kind for e in again.until(lambda e: e.kind == "hello")], ["hello"])
                    for unknown in ("AQ", "x" * 500, "%20"):
                        with who.listen(Last_Event_ID=unknown) as lost:
                            self.assertEqual(next(iter(lost)).kind, "reset")

    def test_who_does_not_read_blocks_nobody(self):
        """Clients that connect and stop reading, or that send half a request, while others go on."""
        self.processed(*story())
        with process(self.prefix, *CLOCK), serve(self.prefix, *CLOCK) as server:
            stuck = []
            for _ in range(20):
                s = socket.create_connection((server.host, server.port))
                self.addCleanup(s.close)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                s.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                stuck.append(s)
                half = socket.create_connection((server.host, server.port))
                self.addCleanup(half.close)
                half.sendall(b"GET /api/v1/due HTTP/1.1\r\nHost: ")
                stuck.append(half)
            with server.listen() as events:
                events.until(lambda e: e.kind == "hello")
                for n in range(20):
                    self.publish(*(event("milestone", "road", "REPORTED", f"2027-05-01T00:{n:02}:{k:02}Z", dossier="forum",
                                         progress=(n * 50 + k) / 1000, note="x" * 500) for k in range(50)))
                events.until(lambda e: e.kind == "commitment" and e.data["events"] == 1002)
                began = time.monotonic()
                self.assertEqual(server.ask("/api/v1/due")["total"], 2)
                self.assertLess(time.monotonic() - began, 5)
            # And it ends in good time with all of them still there.
            began = time.monotonic()
            self.assertEqual(server.running.stop(), 0)
            self.assertLess(time.monotonic() - began, 8)


class Guarded(Serving):
    def test_a_token(self):
        folder = scratch_folder("serve")
        self.addCleanup(shutil.rmtree, folder)
        token = "correct-horse-battery"
        (folder / "token").write_text(token + "\n")
        make_topics(self.prefix)
        with serve(self.prefix, "--token-file", folder / "token") as server:
            for path in ("/", "/api/v1/due", "/calendar.ics", "/metrics", "/api/v1/events", "/nothing"):
                refused = server.get(path)
                self.assertEqual((refused.status, refused.headers["content-type"]), (401, "application/problem+json"))
                self.assertIn("Basic", refused.headers["www-authenticate"])
                self.assertEqual(server.get(path, Authorization="Bearer " + token + "x").status, 401)
            for how in ("Bearer " + token, basic(token)):
                self.assertEqual(server.get("/api/v1/due", Authorization=how).status, 200)
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertNotIn(token, server.running.err())

    def test_names(self):
        """A page of another site whose name was made to mean 127.0.0.1 learns nothing."""
        make_topics(self.prefix)
        with serve(self.prefix) as server:
            for path in ("/", "/api/v1/due", "/calendar.ics", "/metrics", "/api/v1/events", "/healthz", "/nothing"):
                refused = server.get(path, Host=f"rebind.example.org:{server.port}")
                self.assertEqual((refused.status, refused.headers["content-type"]), (421, "application/problem+json"))
                self.assertIn("--allow-host", refused.json()["detail"])
            self.assertEqual(server.get("/api/v1/due", Host=f"localhost:{server.port}").status, 200)
        with serve(self.prefix, "--allow-host", "register.example.org", "--allow-host", "other.example.org") as server:
            for name, status in (("other.example.org", 200), ("register.example.org", 200), ("rebind.example.org", 421)):
                self.assertEqual(server.get("/api/v1/due", Host=name).status, status)
        for name in ("register.example.org:80", "https://x", "", "a b", "[::1"):
            with self.subTest(name):
                self.assertIn("--allow-host", run("serve", "--listen", "127.0.0.1:0", "--allow-host", name, expect=2).err)

    def test_one_client_cannot_have_all_connections(self):
        make_topics(self.prefix)
        with serve(self.prefix, "--connections-per-address", 3) as server:
            def taken(connection):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection.request("GET", "/healthz")
                    return connection.getresponse().read() == b"ok\n" and connection
                connection.close()  # opened anew by the next request

            held = [server.connection() for _ in range(3)]
            for connection in held:
                server.wait_for(lambda connection=connection: taken(connection), what="a connection to be taken")
                self.addCleanup(connection.close)
            one_more = server.connection()
            self.assertFalse(taken(one_more))
            self.assertTrue(taken(held[0]))
            held[0].close()
            server.wait_for(lambda: taken(one_more), what="the place that is free")
            self.addCleanup(one_more.close)
            one_more.request("GET", "/metrics")
            self.assertRegex(one_more.getresponse().read().decode(), r"(?m)^chapar_serve_connections_refused_total [1-9]")

    def test_tls(self):
        folder = scratch_folder("serve")
        self.addCleanup(shutil.rmtree, folder)
        for name in ("one", "other"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-days", "2", "-subj",
                            "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        make_topics(self.prefix)
        mixed = ("--tls-cert", folder / "one.pem", "--tls-key", folder / "other.key")
        self.assertIn("is not the key", run("serve", "--listen", "127.0.0.1:0", *mixed, expect=2).err)
        with serve(self.prefix, "--tls-cert", folder / "one.pem", "--tls-key", folder / "one.key",
                   trust=folder / "one.pem") as server:
            self.assertEqual(server.ask("/api/v1/due")["items"], [])
            with server.listen() as events:
                self.assertEqual(next(iter(events)).kind, "hello")
            self.assertEqual(server.running.stop(), 0)


class Outages(Serving):
    def test_kafka_away_and_back(self):
        with Node() as node:
            make_topics(self.prefix, at=node.brokers)
            publish([self.writer.record(e) for e in story()], at=node.brokers)
            process_all(self.prefix, *CLOCK, at=node.brokers)
            with serve(self.prefix, *CLOCK, at=node.brokers) as server:
                before = server.ask("/api/v1/commitments/road")["item"]
                node.kill()
                server.wait_for(lambda: not server.ask("/api/v1/current")["connected"])
                stale = server.ask("/api/v1/current")
                self.assertEqual({p["lag"] for p in stale["partitions"]}, {None})
                self.assertEqual(server.ask("/api/v1/commitments/road")["item"], before)
                # One that starts now waits, answers that it does, and can be stopped.
                with serve(self.prefix, at=node.brokers, ready=False) as waiting:
                    self.assertEqual(waiting.get("/healthz").status, 200)
                    self.assertEqual(waiting.get("/readyz").status, 503)
                    self.assertEqual(waiting.get("/api/v1/due").status, 503)
                    self.assertFalse(waiting.ask("/api/v1/current")["ready"])
                    self.assertEqual(waiting.running.stop(), 0)
                node.start()
                publish([self.writer.record(event("milestone", "road", "REPORTED", "2027-05-01T00:00:00Z", dossier="forum",
                                                  progress=0.75))], at=node.brokers)
                process_all(self.prefix, *CLOCK, at=node.brokers)
                server.wait_for(lambda: server.ask("/api/v1/commitments/road")["item"]["progress"] == 0.75)
                server.wait_for(lambda: {p["lag"] for p in server.ask("/api/v1/current")["partitions"]} == {0})
                self.assertEqual(server.running.stop(signal.SIGINT), 0)

    def test_topics_made_anew(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            self.assertEqual(server.ask("/api/v1/subjects")["total"], 4)
            delete_topics(self.prefix)
            server.wait_for(lambda: not server.ask("/api/v1/current")["connected"], what="the loss to be noticed")
            self.assertEqual(server.ask("/api/v1/subjects")["total"], 4)
            clean_up(self.prefix)
            self.processed(event("milestone", "other", "UNDERTAKEN", "2027-01-01T00:00:00Z", due="2028"))
            server.wait_for(lambda: [i["id"] for i in server.ask("/api/v1/subjects")["items"]] == ["other"], 90)


if __name__ == "__main__":
    unittest.main()
