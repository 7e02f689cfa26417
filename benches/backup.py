"""How fast devices upload here, beside `rclone serve restic` (Debian's rclone) in the same run: objects as restic makes them (16 MiB, named
by their SHA-256) over restic's own REST protocol, four connections, rounds in turn. Python's standard library alone. Prints JSON lines;
the client and both servers share the machine and its disk, so the ratio says more than a rate.

What Saga has acknowledged is on the disk (each object is synced before its answer), and is what its name says (SHA-256); rclone leaves the
one to the system and takes any bytes under any name. So each round is told twice: until the last answer, and until `sync` has put down
what the system still held.

    apt-get install rclone && cargo build --release && python3 benches/backup.py

SAGA names another binary; ROUNDS (3 for each side), OBJECTS (32 a round) and CONNECTIONS (4) another load.
"""
import base64, concurrent.futures, contextlib, hashlib, http.client, json, os, pathlib, random, shutil, socket, statistics, subprocess
import tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
ROUNDS, OBJECTS, CONNECTIONS = (int(os.environ.get(name, default)) for name, default in (("ROUNDS", 3), ("OBJECTS", 32), ("CONNECTIONS", 4)))
MIB = 1 << 20
OBJECT_BYTES = 16 * MIB


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_status(pid):
    """MiB that are the process's own, and seconds of CPU that it has used."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    anonymous = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return anonymous / 1024, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Side:
    """A server of restic's protocol, and a repository on it."""

    def __init__(self, name, pid, port, path, credential):
        self.name, self.pid, self.port, self.path = name, pid, port, path
        self.headers = {"authorization": "Basic " + base64.b64encode(credential.encode()).decode()}
        self.ask("POST", "?create=true")

    def ask(self, method, place, body=None, connection=None):
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, f"{self.path}{place}", body, self.headers)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status in (200, 201), (self.name, method, place, answer.status, told[:400])

    def upload(self, objects):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for name, body in objects:
            self.ask("POST", f"data/{name}", body, connection)
        connection.close()


def make_objects(seed):
    """No two rounds send the same bytes."""
    drawn = random.Random(seed)
    block = drawn.randbytes(MIB)
    bodies = [b"%016d" % number + block[16:] + block * (OBJECT_BYTES // MIB - 1) for number in range(OBJECTS)]
    return [(hashlib.sha256(body).hexdigest(), body) for body in bodies]


def measure(side, objects):
    shares = [objects[number::CONNECTIONS] for number in range(CONNECTIONS)]
    os.sync()
    before, cpu_before = read_status(side.pid)
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(side.upload, shares))
    answered = time.perf_counter() - began
    os.sync()
    put_down = time.perf_counter() - began
    after, cpu = read_status(side.pid)
    mib = len(objects) * OBJECT_BYTES / MIB
    return {"mib_per_second": mib / answered, "with_sync": mib / put_down, "cpu_ms_per_mib": 1000 * (cpu - cpu_before) / mib,
            "memory_mib": after, "grown_mib": after - before}


def until_open(port):
    for _ in range(600):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), 1).close()
        time.sleep(0.1)
    raise SystemExit("the server does not come up")


def post(port, path, body, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@contextlib.contextmanager
def serving(command, log, **settings):
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def compare(ours, theirs):
    rounds = {side.name: [] for side in (ours, theirs)}
    for number in range(ROUNDS):
        for side in (ours, theirs) if number % 2 == 0 else (theirs, ours):
            told = measure(side, make_objects(f"{number} {side.name}"))
            rounds[side.name].append(told)
            print(json.dumps({"test": "upload", "server": side.name, "round": number, **{key: round(value, 2) for key, value in told.items()}}), flush=True)
    medians = {name: {key: statistics.median(told[key] for told in of_side) for key in of_side[0]} for name, of_side in rounds.items()}
    ratios = {key: round(medians["saga"][key] / medians["rclone"][key], 2) for key in ("mib_per_second", "with_sync", "cpu_ms_per_mib")}
    print(json.dumps({"test": "upload beside rclone", "mib": OBJECTS * OBJECT_BYTES // MIB, "connections": CONNECTIONS, "ratio": ratios}), flush=True)


if __name__ == "__main__":
    if not shutil.which("rclone"):
        raise SystemExit("rclone is not installed: apt-get install rclone")
    gateway, other = free_port(), free_port()
    with tempfile.TemporaryDirectory() as data, open(os.path.join(data, "bench.log"), "w") as log:
        settings = {"SAGA_DATA_DIR": f"{data}/saga", "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{gateway}", "SAGA_ADMIN__LISTEN": "",
                    "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false", "SAGA_BACKUP__GIGABYTES__FREE": "-1"}
        rclone = ["rclone", "serve", "restic", "--addr", f"127.0.0.1:{other}", "--user", "bench", "--pass", "bench", f"{data}/rclone"]
        with serving([SAGA, "serve"], log, **settings) as our_pid, serving(rclone, log, RCLONE_CONFIG="/dev/null") as their_pid:
            until_open(gateway)
            until_open(other)
            person = {"email": "bench@saga.example", "username": "bench", "password": "a fine measure of things"}
            token = post(gateway, "/api/v1/auth/register", person)["access_token"]
            key = post(gateway, "/api/v1/api-keys", {"name": "bench", "scopes": ["backup:read", "backup:write"]}, token)["key"]
            compare(Side("saga", our_pid, gateway, "/api/v1/backup/restic/bench/", f"bench:{key}"),
                    Side("rclone", their_pid, other, "/bench/", "bench:bench"))
