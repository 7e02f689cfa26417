"""What OpenAI's API costs here: `/v1/chat/completions` with an API key and with accounting, in front of the instant upstream that
LiteLLM is measured with, beside that upstream alone. Closed loop (wrk, 1, 16 and 64 connections) for the most requests a second; open
loop at fixed rates: what is added is the difference of the percentiles at the same rate. Prints JSON lines. LiteLLM itself, in the
same way: `p5_gateway.py` of `../shared/bench`. Needs that folder (see its README) and a release build:

    cargo build --release
    PYTHONPATH=../shared/bench python benches/openai.py [SECS]

SAGA names another binary.
"""
import json, os, pathlib, sys, tempfile, urllib.request

from lib import DIR, LIMITS, native, proc, wrk

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
SECS = int(sys.argv[1]) if len(sys.argv) > 1 else 8
UPSTREAM, OURS = 28200, 28500
RATES = (20, 50, 100, 200, 1000)
PROMPT = [{"role": "system", "content": "You are a story architect. " * 10},
          {"role": "user", "content": "Write the opening of a story. " * 10}]


def post(path, body, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{OURS}{path}", json.dumps(body).encode(),
                                     {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def drive(port, pid, who, model, key):
    body, headers = json.dumps({"model": model, "messages": PROMPT}), {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    body_file, header_file = DIR / "openai.body", DIR / "openai.hdr"
    body_file.write_text(body)
    header_file.write_text("\n".join(f"{name}: {value}" for name, value in headers.items()))
    for conns in (1, 16, 64):
        wrk(f"http://127.0.0.1:{port}/v1/chat/completions", conns, SECS, "POST", headers, body, threads=1, server=pid, name="openai.chat", who=who)
    for rate in RATES:
        native("open", f"127.0.0.1:{port}", "/v1/chat/completions", 64, rate, SECS, header_file, body_file, who=who)


env = {"SAGA_DATA_DIR": tempfile.mkdtemp(), "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{OURS}", "SAGA_ADMIN__LISTEN": "",
       "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false",
       "SAGA_MODELS__PROVIDERS__COMPATIBLE__BASE_URL": f"http://127.0.0.1:{UPSTREAM}/v1/",
       "SAGA_MODELS__PROVIDERS__COMPATIBLE__STREAMING": "false"}
with proc([LIMITS, "fakellm", UPSTREAM], UPSTREAM, "fakellm") as upstream, proc([SAGA, "serve"], OURS, "saga", cwd=ROOT, settle=2, **env) as saga:
    grant = post("/api/v1/auth/register", {"email": "bench@saga.example", "password": "a fine measure of things"})
    made = post("/api/v1/api-keys", {"name": "bench", "scopes": ["models:use"]}, authorization=f"Bearer {grant['access_token']}")
    answer = post("/v1/chat/completions", {"model": "saga", "messages": PROMPT}, authorization=f"Bearer {made['key']}")
    assert answer["model"] == "compatible/default", answer
    drive(UPSTREAM, upstream.pid, "direct", "fake", "none")
    drive(OURS, saga.pid, "ours", "saga", made["key"])
