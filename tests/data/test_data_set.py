"""The data set of real documents: its own check passes, and that check finds what it is there to find."""
import copy
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "producer" / "central-asia"
CHECK = DATA / "check"

# A small document in the shape of the real ones: two paragraphs, one with characters of several bytes.
TEXT = ("On 1 May the towns of Älä and Öbö met.\n\n  They “agreed” to plant forty trees by the river every spring.  \n"
        "The Charter on Old-Growth Trees of the Two-Town River Valley was signed.\n")
NAME = "Meeting of two towns (made up)"
MEETING = "ala-obo-meeting-2020"


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def source(locator, passage):
    return {"document": NAME, "locator": locator, "sha256": digest(passage)}


def sound_events():
    return [
        {"event": "summit", "summit": MEETING, "type": "HELD", "recorded_at": "2020-05-02T00:00:00Z",
         "dossier": MEETING, "hosts": ["org:ala"], "date": "2020-05-01",
         "source": source("par. 1", "On 1 May the towns of Älä and Öbö met.")},
        {"event": "signing", "instrument": "river-charter", "type": "SIGNED", "recorded_at": "2020-05-02T00:00:01Z",
         "dossier": "river-charter", "parties": ["KAZ"],
         "source": source("par. 2", "They “agreed” to plant forty trees by the river every spring.")},
        {"event": "milestone", "commitment": "trees-2020", "type": "PROPOSED", "recorded_at": "2020-05-02T00:00:02Z",
         "dossier": MEETING, "summit": MEETING, "pursuant_to": "river-charter",
         "source": source("chars 42-55", TEXT[42:55])},
        {"event": "milestone", "commitment": "trees-2020", "type": "UNDERTAKEN",
         "recorded_at": "2020-05-02T00:00:03Z", "dossier": MEETING, "summit": MEETING,
         "source": source("par. 2", "They “agreed” to plant forty trees by the river every spring.")},
        {"event": "milestone", "commitment": "forty-2020", "type": "PROPOSED", "recorded_at": "2020-05-02T00:00:04Z",
         "dossier": MEETING, "summit": MEETING, "part_of": "trees-2020",
         "source": source("chars 22-33", "Älä and Öbö")},
    ]


def sound_row():
    return {"file": "`towns.jsonl`", "document": NAME, "events": 5, "signings": 1, "summits": 1, "milestones": 3,
            "instruments": 1, "gatherings": 1, "commitments": 2, "undertaken": 1, "proposed": 1,
            "sha256": f"`{digest(TEXT)}`"}


def total_row(row):
    numbers = [value for value in row.values() if isinstance(value, int)]
    return "| all | one text | " + " | ".join(map(str, numbers)) + " | |\n"


def run_check(*arguments):
    """Exit code, what was said, what was found."""
    environment = {name: value for name, value in os.environ.items()
                   if name != "CHAPAR_SOURCES" and not name.startswith("GIT_")}
    done = subprocess.run([sys.executable, str(CHECK), *map(str, arguments)], env=environment, text=True,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


class RealData(unittest.TestCase):
    def test_without_the_texts_the_rest_is_checked_and_the_skip_is_said(self):
        code, said, found = run_check()
        self.assertEqual((code, found), (0, ""))
        self.assertIn("citations: skipped", said)

    def test_with_the_texts_every_citation_is_compared(self):
        sources = os.environ.get("CHAPAR_SOURCES")
        if not sources:
            self.skipTest("CHAPAR_SOURCES is not set")
        code, said, found = run_check(sources)
        self.assertEqual((code, found), (0, ""))
        self.assertNotIn("skipped", said)

    def test_chapar_accepts_the_files(self):
        chapar = os.environ.get("CHAPAR")
        if not chapar:
            self.skipTest("CHAPAR is not set")
        files = sorted(map(str, DATA.glob("*.jsonl")))
        self.assertTrue(files)
        done = subprocess.run([*shlex.split(chapar), "publish", "--check", *files], text=True, capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_records_are_incomplete_only_where_the_readme_says_so(self):
        chapar = os.environ.get("CHAPAR")
        if not chapar:
            self.skipTest("CHAPAR is not set")
        files = sorted(map(str, DATA.glob("*.jsonl")))
        done = subprocess.run([*shlex.split(chapar), "replay", "--emit", "register", *files], text=True,
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))  # no event is refused
        found = {r["id"] for r in map(json.loads, done.stdout.splitlines()) if r["incomplete"]}
        told = re.search(r"^## Incomplete records$(.*?)^## ", (DATA / "README.md").read_text(), re.M | re.S).group(1)
        self.assertEqual(set(re.findall(r"`([a-z0-9-]+)`", told)) - {"incomplete"}, found)

    def test_the_order_of_names_is_that_of_time(self):
        times = []
        for file in sorted(DATA.glob("*.jsonl")):
            times += [json.loads(line)["recorded_at"] for line in file.read_text(encoding="utf-8").splitlines()]
            self.assertEqual(times[-1][:10], file.name[:10])
        self.assertEqual(times, sorted(set(times)))


class Check(unittest.TestCase):
    """Each test breaks one thing in a sound made-up data set."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name, "data")
        self.texts = pathlib.Path(folder.name, "texts")
        self.data.mkdir()
        self.texts.mkdir()
        self.events = copy.deepcopy(sound_events())
        self.row = sound_row()
        self.text = TEXT
        self.total = None
        self.readme = ""
        self.titles = None

    def run_on_it(self, with_texts=True):
        lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in self.events]
        (self.data / "towns.jsonl").write_text("".join(lines), encoding="utf-8")
        row = "| " + " | ".join(map(str, self.row.values())) + " |\n"
        total = total_row(self.row) if self.total is None else self.total
        (self.data / "README.md").write_text(row + total + self.readme, encoding="utf-8")
        if self.titles is not None:
            (self.data / "official-titles.txt").write_text(self.titles, encoding="utf-8")
        (self.texts / "any name").write_text(self.text, encoding="utf-8", newline="")
        return run_check("--data", self.data, *([self.texts] if with_texts else []))

    def assert_found(self, *words, with_texts=True):
        code, _, found = self.run_on_it(with_texts)
        self.assertEqual(code, 1, found)
        self.assertEqual(len(found.splitlines()), 1, found)
        for word in words:
            self.assertIn(word, found)

    def test_sound(self):
        code, said, found = self.run_on_it()
        self.assertEqual((code, found), (0, ""))
        self.assertIn("citations: 5 of 5 compared with 1 source texts", said)

    def test_wrong_hash_is_found_with_the_text_only(self):
        self.events[2]["source"]["sha256"] = digest("something else")
        self.assert_found("towns.jsonl:3", "source.sha256")
        self.assertEqual(self.run_on_it(with_texts=False)[0], 0)

    def test_range_one_character_off(self):
        self.events[2]["source"]["locator"] = "chars 43-56"
        self.assert_found("towns.jsonl:3", "chars 43-56")

    def test_range_is_of_code_points_not_bytes(self):
        first = len(TEXT[:42].encode("utf-8"))
        self.assertNotEqual(first, 42)
        self.events[2]["source"]["locator"] = f"chars {first}-{first + 13}"
        self.assert_found("towns.jsonl:3", "source.sha256")

    def test_range_beyond_the_text(self):
        self.events[2]["source"]["locator"] = f"chars 42-{len(TEXT) + 1}"
        self.assert_found("towns.jsonl:3", "is not in the text")

    def test_empty_range(self):
        self.events[2]["source"]["locator"] = "chars 42-42"
        self.assert_found("towns.jsonl:3", "is not in the text")

    def test_paragraph_that_is_not_there(self):
        self.events[0]["source"]["locator"] = "par. 4"
        self.assert_found("towns.jsonl:1", "par. 4 is not in the text")

    def test_paragraph_next_to_the_cited_one(self):
        self.events[0]["source"]["locator"] = "par. 2"
        self.assert_found("towns.jsonl:1", "source.sha256")

    def test_another_text_is_not_taken_for_the_source(self):
        self.text = TEXT + "One line more.\n"
        self.assert_found("towns.jsonl", "no file", digest(TEXT))

    def test_eight_words_of_the_text_in_the_readme(self):
        self.readme = "We agreed to plant forty trees by the river, each spring!\n"
        self.assert_found("README.md", "agreed to plant forty trees by the river")
        self.readme = "We plant forty trees by the river, every spring!\n"
        self.assert_found("README.md", "plant forty trees by the river every spring")

    def test_seven_words_of_the_text_in_the_readme(self):
        self.readme = "We plant forty trees by the river, each spring!\n"
        self.assertEqual(self.run_on_it()[0], 0)

    def test_the_parts_of_a_hyphenated_word_are_words(self):
        self.readme = "A charter of the two-town river valley was signed.\n"  # eight, six with the hyphen
        self.assert_found("README.md", "of the two town river valley was signed")
        self.readme = "A charter of the two town river-valley was signed.\n"
        self.assert_found("README.md", "of the two town river valley was signed")

    def test_an_official_title_may_stand_but_its_surroundings_count(self):
        self.readme = "Both keep the Charter on Old-Growth Trees of the Two-Town River Valley.\n"
        self.assertEqual(self.run_on_it()[0], 1)
        self.titles = "Charter on Old-Growth Trees of the Two-Town River Valley\n"
        self.assertEqual(self.run_on_it()[2], "")
        self.readme = f"Trees by the river every spring: the {self.titles.strip()}.\n"
        self.assert_found("README.md", "trees by the river every spring the charter_on_old_growth_trees")

    def test_official_title_that_is_in_no_text(self):
        self.titles = "Charter on Old Trees\n"
        self.assert_found("official-titles.txt:1", "is in no source text")

    def test_without_git_every_file_of_the_folder_is_searched(self):
        (self.data / "notes").mkdir()
        (self.data / "notes" / "more.txt").write_text("All agreed to plant forty trees by the river.\n")
        self.assert_found("notes/more.txt", "agreed to plant forty trees by the river")

    @unittest.skipUnless(shutil.which("git"), "git is not there")
    def test_with_git_every_tracked_text_file_is_searched(self):
        self.data = self.data / "sub"
        self.data.mkdir()
        root = self.data.parent
        passage = "All agreed to plant forty trees by the river.\n"
        (root / "tracked.txt").write_text(passage)
        (root / "binary").write_bytes(b"\xff\xfe" + passage.encode())
        (root / "gone.txt").write_text(passage)
        git = ["git", "-C", str(root)]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "tracked.txt", "binary", "gone.txt"], check=True)
        (root / "gone.txt").unlink()
        (root / "untracked.txt").write_text(passage)
        code, said, found = self.run_on_it()
        self.assertEqual(code, 1)
        self.assertEqual({line.split(":")[0] for line in found.splitlines()}, {"tracked.txt"})
        self.assertIn("own words: 1 files searched", said)

    def test_locator_of_another_form(self):
        self.events[0]["source"]["locator"] = "page 1"
        self.assert_found("towns.jsonl:1", "source.locator", with_texts=False)

    def test_other_document(self):
        self.events[0]["source"]["document"] = "Another"
        self.assert_found("towns.jsonl:1", "source.document", with_texts=False)

    def test_missing_source(self):
        del self.events[0]["source"]
        self.assert_found("towns.jsonl:1", "source: is missing", with_texts=False)

    def test_malformed_id(self):
        self.events[4]["commitment"] = "Forty"
        self.assert_found("towns.jsonl:5", "'Forty' is no id", with_texts=False)

    def test_malformed_party(self):
        self.events[0]["hosts"] = ["kaz"]
        self.assert_found("towns.jsonl:1", "hosts", with_texts=False)

    def test_reference_to_nothing(self):
        self.events[4]["part_of"] = "trees-2021"
        self.assert_found("towns.jsonl:5", "part_of: trees-2021 is not in the data set", with_texts=False)

    def test_reference_to_another_kind(self):
        self.events[2]["pursuant_to"] = MEETING
        self.assert_found("towns.jsonl:3", "pursuant_to", with_texts=False)

    def test_reference_that_takes_no_effect_in_another_dossier(self):
        self.events[2]["instrument"] = "river-charter"
        self.assert_found("towns.jsonl:3", "another dossier", with_texts=False)

    def test_entity_of_two_dossiers(self):
        self.events[3]["dossier"] = "river-charter"
        del self.events[3]["summit"]
        self.assert_found("towns.jsonl:4", "trees-2020", with_texts=False)

    def test_dossier_named_after_nothing_in_it(self):
        self.events[1]["dossier"] = "river"
        self.assert_found("towns.jsonl:2", "dossier", with_texts=False)

    def test_undertaken_part_of_what_is_only_proposed(self):
        self.events[3]["type"] = "PROPOSED"
        self.events[4]["type"] = "UNDERTAKEN"
        self.assert_found("towns.jsonl:5", "part_of: forty-2020", with_texts=False)

    def test_lines_out_of_order(self):
        self.events[1]["recorded_at"] = self.events[0]["recorded_at"]
        self.assert_found("towns.jsonl:2", "recorded_at", with_texts=False)

    def test_wrong_count(self):
        for column in ("events", "signings", "summits", "milestones", "instruments", "gatherings", "commitments",
                       "undertaken", "proposed"):
            with self.subTest(column):
                self.row = sound_row()
                self.total = total_row(self.row)
                self.row[column] += 1
                self.assert_found("README.md", f"towns.jsonl: {column} is", with_texts=False)
                self.row = sound_row()
                self.total = total_row({**self.row, column: self.row[column] + 1})
                self.assert_found("README.md", f"all files: {column} is", with_texts=False)

    def test_total_that_is_not_there_or_is_there_twice(self):
        self.total = ""
        self.assert_found("README.md: has 0 rows for all files", with_texts=False)
        self.total = 2 * total_row(self.row)
        self.assert_found("README.md: has 2 rows for all files", with_texts=False)
        self.total = "| all | one text | 5 |\n"
        self.assert_found("README.md: the row of all files has 3 columns, not 12", with_texts=False)

    def test_file_without_a_row(self):
        (self.data / "more.jsonl").write_text(json.dumps(self.events[0]) + "\n", encoding="utf-8")
        self.total = total_row({**self.row, "events": 6, "summits": 2})
        self.assert_found("README.md: has no row for more.jsonl", with_texts=False)

    def test_line_that_is_not_json(self):
        (self.data / "more.jsonl").write_text("{\n", encoding="utf-8")
        self.assert_found("more.jsonl:1", "is not JSON", with_texts=False)

    def test_folder_that_is_not_there(self):
        code, _, found = run_check(self.data / "nowhere")
        self.assertEqual(code, 2)
        self.assertIn("nowhere", found)


if __name__ == "__main__":
    unittest.main()
