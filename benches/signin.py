"""A thousand clients who sign in within one second, each from an address and with an account of its own: how many are let in, and how
long each waits. Limits stand as they are delivered. Prints one JSON line. Needs Linux (loopback has 127.0.0.0/8) and a release build:

    cargo build --release && python benches/signin.py [CLIENTS]

The accounts are made beforehand, by the same door. SAGA names another binary. The load shares the machine with the server.
"""
import http.client, json, os, pathlib, signal, subprocess, sys, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
CLIENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
PORT, PASSWORD = 28600, "a fine measure of things"


def post(i, path, body):
    """From an address of the client's own."""
    source = f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}"
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300, source_address=(source, 0))
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def at_once(action, clients, seconds):
    """One thread a client, started evenly over the time; answers each client's result and how long it took."""
    results = [None] * clients

    def one(i):
        begun = time.monotonic()
        try:
            result = action(i)
        except OSError as error:
            result = type(error).__name__
        results[i] = (result, time.monotonic() - begun)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(clients)]
    begun = time.monotonic()
    for i, thread in enumerate(threads):
        time.sleep(max(0, begun + seconds * i / clients - time.monotonic()))
        thread.start()
    for thread in threads:
        thread.join()
    return results, time.monotonic() - begun


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


threading.stack_size(256 * 1024)
with tempfile.TemporaryDirectory() as folder:
    env = {**os.environ, "SAGA_DATA_DIR": folder, "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{PORT}", "SAGA_ADMIN__LISTEN": ""}
    server = subprocess.Popen([SAGA, "serve"], env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                post(0, "/api/v1/auth/login", {})
                break
            except OSError:
                time.sleep(0.1)

        account = lambda i: {"email": f"client{i}@saga.example", "password": PASSWORD}
        made, _ = at_once(lambda i: post(i, "/api/v1/auth/register", account(i)), CLIENTS, CLIENTS / 20)
        before = cpu(server.pid)
        told, took = at_once(lambda i: post(i, "/api/v1/auth/login", account(i)), CLIENTS, 1)

        waits = sorted(wait for _, wait in told)
        statuses = [str(status) for status, _ in told]
        print(json.dumps({
            "clients": CLIENTS,
            "registered": sum(status == 201 or status == 200 for status, _ in made),
            "answers": {status: statuses.count(status) for status in sorted(set(statuses))},
            "wait_p50_s": round(waits[len(waits) // 2], 2),
            "wait_p99_s": round(waits[len(waits) * 99 // 100], 2),
            "all_s": round(took, 1),
            "server_cpu_ms_each": round((cpu(server.pid) - before) / CLIENTS * 1000, 1),
        }))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
