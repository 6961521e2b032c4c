"""A network that misbehaves on purpose: proxies between chapar and a broker of the test's own.

The broker has a listener for each proxy and advertises the proxy's address there, so that whoever comes in
through a proxy stays behind it. The proxies read Kafka's frames, and can do harm at a chosen request.
"""

import asyncio
import collections
import contextlib
import random
import socket
import struct
import threading

from chapar_kafka import Node

# Kafka's protocol guide: the keys of the requests that a processor makes.
APIS = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "OffsetFetch": 9, "FindCoordinator": 10, "JoinGroup": 11,
        "Heartbeat": 12, "SyncGroup": 14, "ApiVersions": 18, "InitProducerId": 22, "AddPartitionsToTxn": 24,
        "AddOffsetsToTxn": 25, "EndTxn": 26, "TxnOffsetCommit": 28}
# What can be done to a request: it never arrives; half of it does, and nothing after it; it arrives, but the answer
# does not; the connection is reset; or from there on nothing comes through at all, on any connection. "refuse", besides: all
# connections end, and nobody is let in.
HARMS = ("cut", "halve", "unanswered", "reset", "silence")


def free_port():
    """Below the range that outgoing connections take their ports from, as the node's own."""
    while True:
        port = random.SystemRandom().randint(20000, 31999)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Trap:
    """Harm that is waiting for a request. `sprung` is set once it was done."""

    def __init__(self, api, harm):
        self.api, self.harm, self.sprung = APIS[api], harm, threading.Event()


class _Connection:
    def __init__(self, proxy, reader, writer, far_reader, far_writer):
        self.proxy, self.near, self.far = proxy, (reader, writer), (far_reader, far_writer)
        self.unanswered = None  # the correlation id whose answer is not to arrive

    async def run(self):
        pumps = [asyncio.ensure_future(self.requests()), asyncio.ensure_future(self.answers())]
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.exception()
        for pump in pumps:
            pump.cancel()
        self.close()

    def close(self, reset=False):
        for _, writer in (self.near, self.far):
            if reset and writer is self.near[1]:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                               struct.pack("ii", 1, 0))
            writer.close()

    async def frame(self, reader):
        head = await reader.readexactly(4)
        return head + await reader.readexactly(struct.unpack(">I", head)[0])

    async def forward(self, writer, data):
        proxy = self.proxy
        if proxy.delay:
            await asyncio.sleep(proxy.random.uniform(0, proxy.delay))
        await proxy.passing.wait()
        writer.write(data)
        await writer.drain()
        proxy.bytes += len(data)

    async def requests(self):
        while True:
            data = await self.frame(self.near[0])
            api, _, correlation = struct.unpack(">hhi", data[4:12])
            self.proxy.seen[api] += 1
            trap = self.proxy.trap_for(api)
            if trap and not await self.harm(trap, data, correlation):
                return
            if not trap or trap.harm in ("unanswered", "silence"):
                await self.forward(self.far[1], data)

    async def harm(self, trap, data, correlation):
        """Whether the connection goes on."""
        trap.sprung.set()
        self.proxy.done[f"{trap.harm} at a request"] += 1
        if trap.harm == "unanswered":
            self.unanswered = correlation
        elif trap.harm == "silence":
            self.proxy.passing.clear()
        elif trap.harm == "refuse":
            self.proxy.refusing = True
            for connection in list(self.proxy.connections):
                connection.close()
            return False
        elif trap.harm == "halve":
            self.far[1].write(data[:len(data) // 2])
            await asyncio.Event().wait()
        else:
            self.close(reset=trap.harm == "reset")
            return False
        return True

    async def answers(self):
        while True:
            data = await self.frame(self.far[0])
            if struct.unpack(">i", data[4:8])[0] == self.unanswered:
                self.close()
                return
            await self.forward(self.near[1], data)


class Proxy:
    """Listens on `port` and passes on to `target`. All methods may be called from the test's thread. What it draws is
    what `seed` says."""

    def __init__(self, port, target, seed=""):
        self.port, self.target, self.random = port, target, random.Random(seed)
        self.delay, self.refusing, self.traps, self.bytes = 0, False, [], 0
        self.seen, self.connections = collections.Counter(), set()
        self.done = collections.Counter()  # what harm was done
        self.loop, self.ready = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.ready.wait(10)

    @property
    def brokers(self):
        return f"127.0.0.1:{self.port}"

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.passing = asyncio.Event()
        self.passing.set()
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", self.port))
        self.ready.set()
        self.loop.run_forever()

    async def _accept(self, reader, writer):
        if self.refusing:
            writer.close()
            return
        try:
            far = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        connection = _Connection(self, reader, writer, *far)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def _do(self, action):
        done = threading.Event()

        def there():
            action()
            done.set()
        self.loop.call_soon_threadsafe(there)
        assert done.wait(30), "the proxy does not answer"

    def trap_for(self, api):
        trap = next((t for t in self.traps if t.api == api), None)
        if trap:
            self.traps.remove(trap)
        return trap

    # --- The harm ---

    def trap(self, api, harm):
        """At the next such request."""
        trap = Trap(api, harm)
        self._do(lambda: self.traps.append(trap))
        return trap

    def cut(self, reset=False):
        """Ends the connections that there are."""
        self.done["reset" if reset else "cut"] += 1
        self._do(lambda: [c.close(reset) for c in list(self.connections)])

    def refuse(self):
        """Ends them, and lets nobody in."""
        def action():
            self.refusing = True
            for c in list(self.connections):
                c.close()
        self.done["refuse"] += 1
        self._do(action)

    def silence(self):
        """Lets everybody in, and nothing through."""
        self.done["silence"] += 1
        self._do(self.passing.clear)

    def slow(self, seconds):
        """Each message takes up to so long."""
        self.done["slow"] += 1
        self._do(lambda: setattr(self, "delay", seconds))

    def heal(self):
        """As if nothing had been. What stalled halfway stays so until its client gives up."""
        def action():
            self.refusing, self.delay = False, 0
            self.traps.clear()
            self.passing.set()
        self._do(action)

    def close(self):
        async def end():
            self.server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()
        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(10)


@contextlib.contextmanager
def node_behind(count, seed=""):
    """A node with that many proxies before it: yields (node, proxies). The node's own address has none."""
    clients, controller, *rest = [free_port() for _ in range(2 + 2 * count)]
    inner, outer = rest[:count], rest[count:]
    names = [f"VIA{n}" for n in range(count)]
    listeners = [f"CLIENTS://127.0.0.1:{clients}", f"CONTROLLER://127.0.0.1:{controller}"]
    listeners += [f"{name}://127.0.0.1:{port}" for name, port in zip(names, inner)]
    advertised = [f"CLIENTS://127.0.0.1:{clients}"]
    advertised += [f"{name}://127.0.0.1:{port}" for name, port in zip(names, outer)]
    with contextlib.ExitStack() as stack:
        node = stack.enter_context(Node(
            listeners=",".join(listeners), advertised_listeners=",".join(advertised),
            controller_quorum_bootstrap_servers=f"127.0.0.1:{controller}",
            listener_security_protocol_map=",".join(f"{n}:PLAINTEXT" for n in ("CLIENTS", "CONTROLLER", *names))))
        proxies = [Proxy(port, target, f"{seed} proxy {n}") for n, (port, target) in enumerate(zip(outer, inner))]
        for proxy in proxies:
            stack.callback(proxy.close)
        yield node, proxies
