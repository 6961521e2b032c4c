"""What `chapar serve` makes of the register beyond its lists: parties, participation, changes, the records themselves."""

import concurrent.futures
import csv
import io
import unittest

from chapar_history import event
from chapar_kafka import produce
from chapar_live import make_topics, process_all
from chapar_serve import serve
from test_serve import CLOCK, Serving, story


class Parties(Serving):
    def test_one_party(self):
        kept = event("milestone", "road.bridge", "FULFILLED", "2027-03-20T00:00:00Z", dossier="forum", date="2027-03-10/2027-03-15")
        self.processed(*story(), kept, event("signing", "pact", "RATIFIED", "2027-03-21T00:00:00Z", dossier="forum",
                                             parties=["KAZ"], date="2027-03-20"))
        with serve(self.prefix, *CLOCK) as server:
            bridge = server.ask("/api/v1/commitments/road.bridge")["item"]
            self.assertEqual(bridge["fulfilled"], {"dated": True, "from": "2027-03-10", "to": "2027-03-15", "days_late": 9,
                                                   "days_late_most": 14})
            kaz = server.ask("/api/v1/parties/KAZ")
            self.assertEqual(kaz["kept"], {"commitments": 2, "proposed": 0, "open": 1, "overdue": 0, "fulfilled": 1, "in_time": 0,
                                           "late": 1, "undetermined": 0, "undated": 0, "ended": 0, "days_late_median": 9,
                                           "days_late_most": 9})
            self.assertEqual([i["participation"] for i in kaz["instruments"]["items"]],
                             [{"status": "RATIFIED", "date": "2027-03-20"}])
            self.assertEqual([i["id"] for i in kaz["commitments"]["items"]], ["road.bridge", "road"])
            self.assertEqual([i["id"] for i in kaz["due"]["items"]], ["road"])
            for some in ("instruments", "summits", "commitments", "due", "overdue"):
                self.assertEqual(server.ask(kaz[some]["list"])["total"], kaz[some]["total"], some)
            self.assertEqual([i["role"] for i in server.ask("/api/v1/parties/UZB")["summits"]["items"]], ["HOST"])
            self.assertEqual(server.ask("/api/v1/parties/org:ifas")["commitments"]["total"], 1)
            for nobody in ("TKM", "kaz", "road", "org:nobody"):
                self.assertEqual(server.get("/api/v1/parties/" + nobody).status, 404)
            tag = server.get("/api/v1/parties/KAZ").headers["etag"]
            self.assertEqual(server.get("/api/v1/parties/KAZ", If_None_Match=tag).status, 304)
            self.assertEqual([p["party"] for p in server.pages("/api/v1/parties", limit=1)], ["KAZ", "UZB", "org:ifas"])
            self.assertEqual([(p["fulfilled"], p["late"]) for p in server.pages("/api/v1/parties", limit=2)],
                             [(1, 1), (0, 0), (1, 1)])
            self.assertEqual(server.get("/api/v1/parties?cursor=AAAA").status, 400)


class Participation(Serving):
    def test_instruments_by_parties(self):
        self.processed(*story(),
                       event("signing", "pact", "RATIFIED", "2027-03-21T00:00:00Z", dossier="forum", parties=["KAZ"],
                             date="2027-03-20"),
                       event("signing", "plan", "ANNOUNCED", "2027-03-22T00:00:00Z", parties=["UZB", "TKM"], title="A plan"),
                       event("signing", "plan", "JOINED", "2027-03-23T00:00:00Z", parties=["org:ifas"]))
        with serve(self.prefix, *CLOCK) as server:
            matrix = server.ask("/api/v1/participation")
            self.assertEqual(matrix["parties"], [{"party": "UZB", "instruments": 2}, {"party": "KAZ", "instruments": 1},
                                                 {"party": "TKM", "instruments": 1}, {"party": "org:ifas", "instruments": 1}])
            self.assertEqual({i["id"]: [(p["party"], p["status"], p.get("date")) for p in i["participants"]]
                              for i in matrix["items"]},
                             {"pact": [("UZB", "SIGNED", "2027-01-02"), ("KAZ", "RATIFIED", "2027-03-20")],
                              "plan": [("UZB", "NAMED", None), ("TKM", "NAMED", None), ("org:ifas", "JOINED", None)]})
            part = server.ask("/api/v1/participation?party=TKM&parties=1&first_party=1")
            self.assertEqual(([p["party"] for p in part["parties"]], part["parties_total"]), (["UZB"], 3))
            self.assertEqual([i["id"] for i in part["items"]], ["plan"])
            self.assertEqual([i["id"] for i in server.pages("/api/v1/participation", limit=1)], ["pact", "plan"])
            self.assertEqual(server.ask("/api/v1/participation?first_party=999999")["parties"], [])
            answer = server.get("/api/v1/participation.csv?limit=1")
            self.assertEqual(list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))),
                             [["id", "title", "status", "UZB", "KAZ", "TKM", "org:ifas"],
                              ["pact", "Pact on <b>roads</b>", "SIGNED", "SIGNED 2027-01-02", "RATIFIED 2027-03-20", "", ""]])
            self.assertIn("cursor=", answer.headers["link"])
            for wrong, parameter in (("parties=0", "parties"), ("first_party=-1", "first_party"), ("kind=SUMMIT", "kind")):
                answer = server.get("/api/v1/participation?" + wrong)
                self.assertEqual((answer.status, answer.json()["parameter"]), (400, parameter))


class Changes(Serving):
    def test_what_became_known_and_what_was_raised(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK, "--zone", "Asia/Tashkent") as server, \
                serve(self.prefix, *CLOCK, "--without-events") as without:
            def told(query="", who=server):
                return [(c["change"], c["subject"]["id"], (c.get("event") or {}).get("type") or (c.get("alert") or {}).get("kind"))
                        for c in who.pages("/api/v1/changes" + query)]

            everything = told()
            self.assertEqual([c for c in everything if c[0] == "EVENT"],
                             [("EVENT", "road", "REPORTED"), ("EVENT", "road.bridge", "UNDERTAKEN"), ("EVENT", "road", "UNDERTAKEN"),
                              ("EVENT", "pact", "SIGNED"), ("EVENT", "forum", "SCHEDULED")])
            raised = server.pages("/api/v1/alerts")
            self.assertEqual(len(everything), 5 + len(raised))
            self.assertEqual(server.ask("/api/v1/changes")["oldest"], "2027-01-01T00:00:00.000Z")
            times = [c["at"] for c in server.pages("/api/v1/changes", limit=2)]
            self.assertEqual(times, sorted(times, reverse=True))
            self.assertEqual(len(times), len(everything))
            # A day is one of the zone, an instant is itself, and both ends are included.
            for query, count in (("?since=2027-02-03&change=EVENT", 1), ("?since=2027-02-04&change=EVENT", 0),
                                 ("?until=2027-01-02&change=EVENT", 2), ("?since=2027-01-03T00:00:01Z&change=EVENT", 2),
                                 ("?until=2027-01-03T05:00:00%2B05:00&change=EVENT", 3),
                                 ("?since=2027-01-02&until=2027-01-03&change=EVENT", 3), ("?change=EVENT&party=UZB", 2),
                                 ("?change=EVENT&kind=COMMITMENT", 3), ("?change=EVENT&q=BRIDGE", 1),
                                 ("?change=EVENT&subject=road", 2), ("?change=ALERT", len(raised)), ("?change=RECORD", 0)):
                self.assertEqual(len(told(query)), count, query)
            self.assertEqual([c for c in told(who=without) if c[0] != "ALERT"],
                             [("RECORD", i, None) for i in ("road", "road.bridge", "pact", "forum")])
            for wrong, parameter in (("since=tomorrow", "since"), ("since=2027-02-02&until=2027-02-01", "until"),
                                     ("change=GONE", "change"), ("cursor=AAAA", "cursor"), ("sort=id", "sort")):
                answer = server.get("/api/v1/changes?" + wrong)
                self.assertEqual((answer.status, answer.json()["parameter"]), (400, parameter))
            before = server.get("/api/v1/changes")
            self.assertEqual(server.get("/api/v1/changes", If_None_Match=before.headers["etag"]).status, 304)
            self.publish(event("milestone", "road", "REPORTED", "2027-04-03T00:00:00Z", dossier="forum", progress=0.5))
            server.wait_for(lambda: server.get("/api/v1/changes", If_None_Match=before.headers["etag"]).status == 200)
            self.assertEqual(told("?since=2027-04-01&change=EVENT"), [("EVENT", "road", "REPORTED")])


class Records(Serving):
    def test_a_record_as_it_lies_in_kafka(self):
        self.processed(*story())
        produce(self.prefix + "milestones", [{"key": b"junk", "value": b"<script>", "partition": 0,
                                              "headers": [("x", b"\xff<b>"), ("none", None)]}])
        with serve(self.prefix, *CLOCK) as server:
            def record(place):
                return server.ask(f"/api/v1/records/{place['topic']}/{place['partition']}/{place['offset']}")

            told = server.ask("/api/v1/commitments/road/events")["items"]
            for event_ in told:
                found = record(event_)
                self.assertEqual(found["decoded"], event_)
                self.assertEqual((found["key"], found["timestamp"]), ("forum", event_["recorded_at"]))
            standing = record(server.ask("/api/v1/instruments/pact")["stands_at"])
            self.assertEqual((standing["decoded"]["record"], standing["decoded"]["id"], standing["key"]),
                             ("instrument", "pact", "pact"))
            headers = {h["name"]: h["value"] for h in standing["headers"]}
            self.assertEqual((headers["ce_subject"], headers["content-type"]), ("pact", "application/avro"))
            junk = max(o for o in range(12) if server.get(f"/api/v1/records/{self.prefix}milestones/0/{o}").status == 200)
            found = record({"topic": self.prefix + "milestones", "partition": 0, "offset": junk})
            self.assertEqual((found["key"], found["base64url"], "undecoded" in found), ("junk", "PHNjcmlwdD4", True))
            self.assertEqual(found["headers"], [{"name": "x", "value": "\N{REPLACEMENT CHARACTER}<b>"}, {"name": "none"}])
            place = f"/api/v1/records/{told[0]['topic']}/{told[0]['partition']}/{told[0]['offset']}"
            tag = server.get(place).headers["etag"]
            self.assertEqual(server.get(place, If_None_Match=tag).status, 304)
            self.assertEqual(server.get(place, method="HEAD").status, 200)
            for nowhere in ("milestones/0/9999", "milestones/99/0", "milestones/0/-1", "milestones/0/99999999999999999999",
                            "consumers/0/0", "milestones/x/0"):
                self.assertEqual(server.get(f"/api/v1/records/{self.prefix}{nowhere}").status, 404, nowhere)
            self.assertEqual(server.get("/api/v1/records/__consumer_offsets/0/0").status, 404)
            self.assertEqual(server.get(place + "?x=1").status, 400)

    def test_many_ask_at_once_and_nobody_waits_for_them(self):
        self.processed(*story())
        with serve(self.prefix, *CLOCK) as server:
            place = "/api/v1/records/{topic}/{partition}/{offset}".format(**server.ask("/api/v1/commitments/road")["stands_at"])
            with concurrent.futures.ThreadPoolExecutor(40) as pool:
                codes = [f.result().status for f in [pool.submit(server.get, place) for _ in range(200)]]
            self.assertLessEqual(set(codes), {200, 503})
            self.assertIn(200, codes)
            self.assertEqual(server.get(place).status, 200)


class DeadLetters(Serving):
    def test_the_newest_with_why_and_where_from(self):
        make_topics(self.prefix)
        for n in range(3):
            produce(self.prefix + "summits", [{"key": f"junk-{n}".encode(), "value": b"junk", "partition": n}])
        self.publish(*story())
        process_all(self.prefix, *CLOCK)
        with serve(self.prefix, *CLOCK) as server:
            told = server.ask("/api/v1/dead-letters")
            self.assertEqual((told["topic"], told["more"], len(told["items"])), (self.prefix + "dead-letters", False, 3))
            for letter in told["items"]:
                self.assertEqual((letter["reason"], letter["value_bytes"]), ("malformed", 4))
                self.assertEqual(letter["from"]["topic"], self.prefix + "summits")
                self.assertEqual(letter["key"], f"junk-{letter['from']['partition']}")
                place = f"/api/v1/records/{told['topic']}/{letter['partition']}/{letter['offset']}"
                found = server.ask(place)
                self.assertEqual((found["key"], found["base64url"]), (letter["key"], "anVuaw"))
                self.assertIn({"name": "chapar_reason", "value": "malformed"}, found["headers"])
            self.assertEqual([i["written"] for i in told["items"]], sorted((i["written"] for i in told["items"]), reverse=True))
            one = server.ask("/api/v1/dead-letters?limit=1")
            self.assertEqual((one["items"], one["more"]), (told["items"][:1], True))
            tag = server.get("/api/v1/dead-letters").headers["etag"]
            self.assertEqual(server.get("/api/v1/dead-letters", If_None_Match=tag).status, 304)
            self.assertEqual(server.get("/api/v1/dead-letters?limit=0").status, 400)


if __name__ == "__main__":
    unittest.main()
