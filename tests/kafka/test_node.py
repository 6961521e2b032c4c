"""The broker script, as the quickstart and the tests use it."""

import os
import pathlib
import socket
import subprocess
import unittest

from chapar_kafka import KAFKA, Node, consume, create_topics, produce


def kafka(*arguments):
    done = subprocess.run([KAFKA, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def command_line(pid):
    """Empty once the process has ended, even while init has not yet taken note of it."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


class NodeScript(unittest.TestCase):
    def test_a_node_keeps_its_address_and_data(self):
        with Node() as node:
            address = node.brokers
            create_topics(["kept"], partitions=1, at=address)
            produce("kept", [{"value": b"before"}], at=address)

            for end in (node.stop, node.kill):
                with self.subTest(end=end.__name__):
                    end()
                    self.assertEqual(kafka("status", "--dir", node.folder)[:2], (3, ""))
                    self.assertEqual(node.start(), address)
                    self.assertEqual(kafka("status", "--dir", node.folder)[:2], (0, address + "\n"))
                    self.assertEqual([r.value for r in consume("kept", at=address)], [b"before"])

            pid = node.pid
            self.assertIn(b"kafka.Kafka", command_line(pid))
            self.assertEqual(node.start(), address, "started when it ran")
            self.assertEqual(node.pid, pid)
        self.assertFalse(node.folder.exists())
        self.assertEqual(command_line(pid), b"")

    def test_a_taken_port_is_named(self):
        node = Node()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            try:
                code, out, err = kafka("start", "--dir", node.folder, "--port", port)
            finally:
                kafka("stop", "--wipe", "--dir", node.folder)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"port {port} ", err)

    def test_stop_leaves_other_programs_alone(self):
        node = Node()
        node.folder.mkdir(parents=True)
        (node.folder / "kafka.pid").write_text(str(os.getpid()))
        code, _, err = kafka("stop", "--wipe", "--dir", node.folder)
        self.assertEqual(code, 0)
        self.assertIn("another program", err)
        self.assertFalse(node.folder.exists())

    def test_wipe_removes_only_what_is_the_nodes(self):
        node = Node()
        node.folder.mkdir(parents=True)
        theirs = node.folder / "letter.txt"
        theirs.write_text("mine")
        kafka("stop", "--wipe", "--dir", node.folder)
        self.assertEqual([p.name for p in node.folder.iterdir()], ["letter.txt"])
        theirs.unlink()
        node.folder.rmdir()

    def test_wrong_usage(self):
        for arguments in ([], ["begin"], ["start", "--port"], ["start", "--port", "0"],
                          ["start", "--port", "65536"], ["start", "--set", "x"], ["stop", "--all"]):
            with self.subTest(arguments):
                code, out, err = kafka(*arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn("kafka: ", err)


if __name__ == "__main__":
    unittest.main()
