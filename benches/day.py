"""A day in ten minutes: people of all five products on one server. Each has a socket open all the time, looks at what is theirs, and now
and then begins something: a story of a repository, a workflow that asks and is answered, a book, an app from a sentence, a chat. Prints
one JSON line: how long reads took (p50, p95, p99), how long a socket took to tell of an answer that was given, a chat its first word,
what was begun and not ended, gaps in the numbers of events, refusals, and what the process holds before and after. Needs git and a
release build:

    cargo build --release && python3 benches/day.py [PEOPLE [SECONDS]]

Limits stand as they are delivered: each person comes from an address of their own. SAGA names another binary. The load shares the
machine with the server. Exit code 1: something was lost.
"""
import asyncio, base64, collections, json, os, pathlib, random, subprocess, sys, tempfile, time, urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 600
# Between two things that one person does, and how many of them begin something.
PAUSE, BEGINS = 10.0, 0.15
# How long what was begun may take before it counts as lost.
PATIENCE = 120
PORT, GIT_PORT, PASSWORD = 28700, 28701, "a fine measure of days"
GREETING = {"title": "Greeting", "input": {"type": "object"}, "start": "ask", "nodes": {
    "ask": {"type": "question", "prompt": "Which word?", "schema": {"type": "object"}, "next": "say"},
    "say": {"type": "transform", "value": "${values.ask.answer.word}"}}}
IDEA = "An app to keep my recipes with ingredients, cooking time and a rating. I want to search them and print a recipe."
PROMPT = "Mira Voss keeps the lighthouse at Harrow Point. One autumn night a letter comes that was never sent."

took = collections.defaultdict(list)
begun, ended, gaps, refused, broken = collections.Counter(), collections.Counter(), [], collections.Counter(), collections.Counter()


class Wire:
    """A connection from one person's own address, which speaks HTTP/1.1 and is opened again when the server has closed it."""

    def __init__(self, number):
        self.address = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"
        self.reader = self.writer = None
        # One request at a time, whoever of a person's tasks makes it.
        self.turn = asyncio.Lock()

    async def open(self):
        return await asyncio.open_connection("127.0.0.1", PORT, local_addr=(self.address, 0), limit=1 << 22)

    async def ask(self, method, path, body=None, token=None):
        """Status and body of an answer, and the seconds that it took."""
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\ncontent-length: {len(data)}\r\n"
        head += "content-type: application/json\r\n" if data else ""
        head += f"authorization: Bearer {token}\r\n" if token else ""
        async with self.turn:
            for attempt in (1, 2):
                try:
                    if self.writer is None:
                        self.reader, self.writer = await self.open()
                    start = time.perf_counter()
                    self.writer.write(head.encode() + b"\r\n" + data)
                    return *await self.answer(), time.perf_counter() - start
                except (OSError, asyncio.IncompleteReadError):
                    # An idle connection may be closed by the server; then nothing was read of an answer.
                    self.writer = None
                    if attempt == 2:
                        raise

    async def answer(self):
        status = int((await self.reader.readuntil(b"\r\n")).split()[1])
        headers = {}
        while (line := await self.reader.readuntil(b"\r\n")) != b"\r\n":
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readuntil(b"\r\n")
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        try:
            return status, json.loads(body) if body else None
        except ValueError:
            return status, body.decode(errors="replace")


class Socket:
    """A WebSocket (RFC 6455) of one person."""

    @classmethod
    async def open(cls, wire, path, protocol=None):
        self = cls()
        self.reader, self.writer = await wire.open()
        key = base64.b64encode(os.urandom(16)).decode()
        more = f"sec-websocket-protocol: {protocol}\r\n" if protocol else ""
        self.writer.write((f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                           f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n{more}\r\n").encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head.split(b"\r\n")[0], head
        return self

    def send(self, kind, data):
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.writer.write(bytes([0x80 | kind]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def say(self, message):
        self.send(1, json.dumps(message).encode())

    async def hear(self):
        """The next message; nothing when the other side has closed."""
        while True:
            try:
                first, size = await self.reader.readexactly(2)
                size &= 127
                if size > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
                data = await self.reader.readexactly(size)
            except (OSError, asyncio.IncompleteReadError):
                return None
            if first & 15 == 8:
                return None
            if first & 15 == 9:
                self.send(10, data)
            elif first & 15 == 1:
                return data.decode()

    def close(self):
        self.writer.close()


class Person:
    def __init__(self, number):
        self.number, self.wire, self.product = number, Wire(number), PRODUCTS[number % len(PRODUCTS)]
        self.token = self.item = None
        self.work = set()

    async def register(self):
        body = {"email": f"p{self.number}@day.example", "password": PASSWORD}
        status, grant, _ = await self.wire.ask("POST", "/api/v1/auth/register", body)
        assert status == 200, (status, grant)
        self.token = grant["access_token"]

    async def ask(self, method, path, body=None, kind=None):
        """The body of a good answer. What is refused is counted, with its status."""
        status, answer, seconds = await self.wire.ask(method, path, body, self.token)
        if kind:
            took[kind].append(seconds)
        if status >= 300:
            refused[f"{status} {method} {path.split('?')[0] if kind else path.split('/')[1]}"] += 1
            raise Refused(status, answer)
        return answer

    async def live(self, until):
        socket = await Socket.open(self.wire, "/graphql", "graphql-transport-ws")
        socket.say({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
        acknowledged = json.loads(await socket.hear())
        assert acknowledged["type"] == "connection_ack", acknowledged
        socket.say({"id": "1", "type": "subscribe", "payload": {"query": "subscription { usageChanged { __typename } }"}})
        listening = asyncio.create_task(self.listen(socket, until))

        while (pause := random.expovariate(1 / PAUSE)) and time.monotonic() + pause < until:
            await asyncio.sleep(pause)
            try:
                if random.random() < BEGINS or self.item is None:
                    self.begin(self.product)
                else:
                    await self.look()
            except Refused:
                pass

        done, late = await asyncio.wait(self.work, timeout=PATIENCE) if self.work else (set(), set())
        for task in late:
            task.cancel()
        listening.cancel()
        socket.close()

    async def listen(self, socket, until):
        while await socket.hear() is not None:
            pass
        if time.monotonic() < until:
            broken["a socket closed in the middle of the day"] += 1

    def begin(self, product):
        async def work():
            begun[product.__name__] += 1
            try:
                await product(self)
                ended[product.__name__] += 1
            except Refused as refusal:
                # Told so at once: not lost, never begun.
                begun[product.__name__] -= 1
                if refusal.args[0] >= 500:
                    broken[f"{product.__name__}: {refusal.args[0]}"] += 1

        task = asyncio.create_task(work())
        self.work.add(task)
        task.add_done_callback(self.work.discard)

    async def look(self):
        listing, one = LISTS[self.product]
        if random.random() < 0.3:
            await self.ask("POST", "/graphql", {"query": "{ stories(first: 20) { edges { node { id title status updatedAt } } } }"},
                           kind="graphql list")
        elif random.random() < 0.5 or self.item is True:
            await self.ask("GET", listing, kind="rest list")
        else:
            await self.ask("GET", one.format(self.item), kind="rest item")


class Refused(Exception):
    pass


def watch(messages, what):
    """Counts numbers that are missing between two events of a run."""
    numbers = [message["seq"] for message in messages if isinstance(message.get("seq"), int)]
    if numbers != sorted(set(numbers)):
        gaps.append((what, numbers))


async def told(socket, what, last):
    """What a socket says until `last` is true of it, or it closes."""
    heard = []
    while (text := await socket.hear()) is not None:
        heard.append(json.loads(text))
        if last(heard[-1]):
            break
    watch(heard, what)
    return heard


async def code_story(person):
    body = {"repoUrl": f"http://127.0.0.1:{GIT_PORT}/saga/sample", "duration": 5}
    story = (await person.ask("POST", "/api/stories/generate", body))["id"]
    person.item = story
    socket = await Socket.open(person.wire, f"/ws/stories/{story}/progress?token={person.token}")
    heard = await told(socket, "code story", lambda message: message.get("type") in ("complete", "error"))
    socket.close()
    assert heard and heard[-1]["type"] == "complete", heard[-1:]


async def workflow(person):
    made = (await person.ask("POST", "/api/v1/workflows", {"workflow_type": "greeting"}))["id"]
    person.item = made
    socket = await Socket.open(person.wire, f"/api/v1/workflows/{made}/ws?token={person.token}")
    await person.ask("POST", f"/api/v1/workflows/{made}/execute", {"user_input": {}})
    await told(socket, "workflow", lambda message: message["type"] == "status" and message["data"]["status"] == "interrupted")
    await asyncio.sleep(random.uniform(1, 2 * PAUSE))
    start = time.perf_counter()
    answering = asyncio.create_task(person.ask("POST", f"/api/v1/workflows/{made}/interrupt", {"human_response": {"word": "yes"}}))
    await told(socket, "workflow", lambda message: message["type"] == "answer")
    took["answer to socket"].append(time.perf_counter() - start)
    await answering
    heard = await told(socket, "workflow", lambda message: message["type"] in ("complete", "error"))
    socket.close()
    assert heard and heard[-1]["type"] == "complete", heard[-1:]


async def book(person):
    body = {"prompt": PROMPT, "genres": ["mystery"], "chapters": 2, "words_per_chapter": 300, "seed": person.number}
    made = (await person.ask("POST", "/api/stories", body))["id"]
    person.item = made
    socket = await Socket.open(person.wire, f"/ws/stories/{made}?token={person.token}")
    heard = await told(socket, "book", lambda message: message.get("type") in ("complete", "error"))
    socket.close()
    assert heard and heard[-1]["type"] == "complete", heard[-1:]


async def app(person):
    project = (await person.ask("POST", "/v1/projects/", {"title": "Recipe box"}))["id"]
    person.item = project
    body = {"project_id": project, "input_context": {"user_idea": IDEA}}
    job = (await person.ask("POST", "/v1/run-pipeline", body))["job_id"]
    reader, writer = await person.wire.open()
    writer.write(f"GET /v1/jobs/{job}/stream HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\nauthorization: Bearer {person.token}\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"event: ") and line.split()[1] in (b"complete", b"completed", b"job_completed", b"error", b"done"):
            break
    writer.close()
    done = await person.ask("GET", f"/v1/jobs/{job}")
    assert done["status"] == "completed", done


async def chat(person):
    person.item = True
    socket = await Socket.open(person.wire, f"/api/v1/chat/stream?token={person.token}")
    start = time.perf_counter()
    socket.say({"message": "Remind me to buy milk tomorrow at 5pm.", "context": {}})
    await socket.hear()
    took["chat to first word"].append(time.perf_counter() - start)
    last = None
    while (text := await socket.hear()) is not None:
        last = text
    socket.close()
    assert last and json.loads(last).get("done"), last


PRODUCTS = [code_story, workflow, book, app, chat]
LISTS = {code_story: ("/api/stories", "/api/stories/{}"), workflow: ("/api/v1/workflows", "/api/v1/workflows/{}"),
         book: ("/api/stories", "/api/stories/{}"), app: ("/v1/projects/", "/v1/projects/{}"), chat: ("/api/v1/agents", "")}


async def git_server(folder):
    """git's smart protocol for reading, as much as a clone needs."""

    async def serve(reader, writer):
        try:
            method, path, _ = (await reader.readuntil(b"\r\n")).decode().split()
            headers = {}
            while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            if headers.get("transfer-encoding") == "chunked":
                body = b""
                while size := int(await reader.readuntil(b"\r\n"), 16):
                    body += (await reader.readexactly(size + 2))[:-2]
            else:
                body = await reader.readexactly(int(headers.get("content-length", 0)))
            ask = method == "GET"
            command = ["git", "upload-pack", "--stateless-rpc", *(["--advertise-refs"] if ask else []), str(folder)]
            process = await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1, env={**os.environ, "GIT_PROTOCOL": headers.get("git-protocol", "")})
            said, _ = await process.communicate(body)
            if ask:
                said = b"001e# service=git-upload-pack\n0000" + said
            kind = "advertisement" if ask else "result"
            writer.write((f"HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-{kind}\r\nconnection: close\r\n"
                          f"content-length: {len(said)}\r\n\r\n").encode() + said)
            await writer.drain()
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", GIT_PORT)


def sample(folder):
    """A small repository of real code: two of this project's own crates."""
    run = lambda *command: subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *command], cwd=folder,
                                          check=True, stdout=subprocess.DEVNULL)
    run("init", "--quiet")
    for name in ("README.md", "LICENSE", "Cargo.toml", "kit/src", "flow/src"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-r", ROOT / name, target], check=True)
    run("add", ".")
    run("commit", "--quiet", "--message", "Add the kit and the engine")


def held(pid):
    """MiB in memory, and open files."""
    status = open(f"/proc/{pid}/status").read()
    return {"rss_mib": int(status.split("VmRSS:")[1].split()[0]) // 1024, "files": len(os.listdir(f"/proc/{pid}/fd"))}


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shares(seconds):
    ordered = sorted(seconds)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
    return {"count": len(ordered), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1)}


async def settled(pid, wanted):
    """What is held once it is back at `wanted` open files, or after a while: connections to the databases stay."""
    for _ in range(20):
        if held(pid)["files"] <= wanted["files"]:
            break
        await asyncio.sleep(1)
    # Caches of seconds end, and what was freed goes back to the system.
    await asyncio.sleep(30)
    return held(pid)


async def day(server, folder):
    repository = folder / "sample"
    repository.mkdir()
    sample(repository)
    git = await git_server(repository)
    people = [Person(number) for number in range(PEOPLE)]
    while True:
        try:
            await people[0].wire.ask("GET", "/readyz")
            break
        except OSError:
            await asyncio.sleep(0.1)
    idle = held(server.pid)

    for start in range(0, PEOPLE, 8):
        await asyncio.gather(*(person.register() for person in people[start : start + 8]))
    for person in people:
        if person.product is workflow:
            await person.ask("PUT", "/api/v1/workflow-definitions/greeting", {"source": GREETING})
    # Everything was done once, and by many at the same moment: what a process holds from then on, as connections to its databases,
    # it may hold.
    await asyncio.gather(*(person.product(person) for person in people[: len(PRODUCTS)]))
    for _ in range(3):
        await asyncio.gather(*(person.ask("GET", LISTS[person.product][0]) for person in people[:200]))
    for person in people:
        person.wire.writer.close()
        person.wire.writer = None
    took.clear()
    before, spent, start = await settled(server.pid, idle), cpu(server.pid), time.monotonic()

    outcomes = await asyncio.gather(*(person.live(start + SECONDS) for person in people), return_exceptions=True)
    spent, seconds = cpu(server.pid) - spent, time.monotonic() - start
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            broken[f"{type(outcome).__name__}: {outcome}"[:200]] += 1
    most = held(server.pid)
    for person in people:
        if person.wire.writer:
            person.wire.writer.close()
    after = await settled(server.pid, before)
    git.close()

    lost = {name: begun[name] - ended[name] for name in begun if begun[name] > ended[name]}
    print(json.dumps({"test": "saga.day", "people": PEOPLE, "seconds": round(seconds), **{kind: shares(all) for kind, all in took.items()},
                      "begun": dict(begun), "lost": lost, "gaps": len(gaps), "refused": dict(refused), "broken": dict(broken),
                      "cpu_s": round(spent, 1), "idle": idle, "before": before, "at_the_end": most, "after": after}))
    return not (lost or gaps or broken)


with tempfile.TemporaryDirectory() as folder:
    env = {**os.environ, "SAGA_DATA_DIR": f"{folder}/data", "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{PORT}", "SAGA_ADMIN__LISTEN": "",
           "SAGA_SOURCES__ALLOW_HOSTS": "127.0.0.1", "SAGA_SOURCES__ALLOW_PRIVATE": "true", "SAGA_ENV": "production"}
    with open(f"{folder}/log", "w") as log:
        server = subprocess.Popen([SAGA, "serve"], env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=log)
    try:
        good = asyncio.run(day(server, pathlib.Path(folder)))
    finally:
        server.terminate()
        server.wait()
        if os.environ.get("PERF_LOG"):
            subprocess.run(["cp", f"{folder}/log", os.environ["PERF_LOG"]], check=False)
sys.exit(0 if good else 1)
