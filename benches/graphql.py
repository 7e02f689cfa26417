"""GraphQL list of 20 stories, side by side: ours on PostgreSQL, Apollo Server and FastAPI + Strawberry on the same machine and the
same kind of rows, and a bare axum handler as the ceiling. The others verify a JWT and run one indexed query a request. Prints
JSON lines; runs are interleaved. Needs the peers of `../shared/bench` (see its README) and a release build:

    cargo build --release
    PYTHONPATH=../shared/bench python benches/graphql.py [SECS] [ROUNDS]

CPU is of the server's process tree alone (PostgreSQL and the load are not in it). PERF_CASES=ours,apollo,strawberry,axum picks,
SAGA names another binary.
"""
import json, os, pathlib, subprocess, sys, tempfile, urllib.request

from lib import DIR, LIMITS, OWNER, PG, SECRET, contextlib, postgres, proc, psql, seed_stories, token, wrk

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAGA = pathlib.Path(os.environ.get("SAGA", ROOT / "target/release/saga")).resolve()
SHARED = pathlib.Path(sys.modules["lib"].__file__).parent
SECS = int(sys.argv[1]) if len(sys.argv) > 1 else 6
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
CASES = os.environ.get("PERF_CASES", "ours,apollo,strawberry,axum").split(",")
OURS, APOLLO, STRAWBERRY, HELLO = 28500, 28400, 28000, 28300
OUR_QUERY = "{ stories(first: 20) { edges { node { id title status updatedAt } } } }"
PEER_QUERY = "{ stories(first: 20) { id title status updatedAt } }"


def post(path, body, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{OURS}{path}", json.dumps(body).encode(),
                                     {"content-type": "application/json", **headers})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def seed_ours(owner):
    """20 stories of the owner among 20,000 of a thousand others, each with its finished run."""
    psql(f"""INSERT INTO story.runs(id, owner, graph, status, phase, progress, first_step, input, lease_until, created_at, updated_at)
      SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
        CASE WHEN i <= 20 THEN '{owner}'::uuid ELSE md5((i % 1000)::text)::uuid END, 'code_story', 'completed', '', 100, 0, ''::bytea,
        now(), now() - i * interval '1 minute', now() - i * interval '1 minute' FROM generate_series(1, 20020) i;
    INSERT INTO story.stories(id, owner_id, guest_owned, kind, title, request, run_id, created_at, updated_at)
      SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(i), 12, '0'))::uuid, r.owner, false, 'code', 'Story number ' || i,
        '{{"kind": "code", "repo_url": "https://github.com/o/r", "repo_name": "o/r", "style": "documentary", "duration_minutes": 5,
           "voice": "Rachel", "focus_areas": [], "technical_depth": "intermediate"}}'::jsonb, r.id, r.created_at, r.updated_at
      FROM generate_series(1, 20020) i JOIN story.runs r ON r.id = ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid;""")
    psql("VACUUM ANALYZE story.stories")
    psql("VACUUM ANALYZE story.runs")


@contextlib.contextmanager
def ours():
    folder = tempfile.mkdtemp()
    env = {"SAGA_DATA_DIR": folder, "DATABASE_URL": PG, "SAGA_GATEWAY__LISTEN": f"127.0.0.1:{OURS}", "SAGA_ADMIN__LISTEN": "",
           "SAGA_GATEWAY__RATE_LIMITS__ENABLED": "false", "SAGA_ENV": "production",
           "SAGA_DATABASE__MIGRATE_AT_START": "on"}
    with proc([SAGA, "serve"], OURS, "saga", cwd=ROOT, settle=2, **env) as p:
        grant = post("/api/v1/auth/register", {"email": "bench@saga.example", "password": "a fine measure of things"})
        seed_ours(grant["user"]["id"])
        bearer = f"Bearer {grant['access_token']}"
        answer = post("/graphql", {"query": OUR_QUERY}, authorization=bearer)
        assert len(answer["data"]["stories"]["edges"]) == 20, answer
        yield p, bearer


with postgres() as pg, contextlib.ExitStack() as stack:
    psql("DROP SCHEMA IF EXISTS story, agent, auth CASCADE")
    seed_stories()
    runs = {}
    peer = {"Authorization": f"Bearer {token()}", "Content-Type": "application/json"}
    if "ours" in CASES:
        p, bearer = stack.enter_context(ours())
        runs["ours"] = (p, f"http://127.0.0.1:{OURS}/graphql", {"Authorization": bearer, "Content-Type": "application/json"}, OUR_QUERY)
    if "apollo" in CASES:
        p = stack.enter_context(proc(["node", SHARED / "p6_apollo.mjs"], APOLLO, "apollo", settle=2, NODE_ENV="production", PORT=APOLLO,
                                     JWT_SECRET=SECRET, DATABASE_URL=PG, PERF_NODE=os.environ.get("PERF_NODE", DIR / "apollo")))
        runs["apollo"] = (p, f"http://127.0.0.1:{APOLLO}/", peer, PEER_QUERY)
    if "strawberry" in CASES:
        command = [sys.executable, "-m", "uvicorn", "p1_app:app", "--host", "127.0.0.1", "--port", STRAWBERRY, "--workers", 2,
                   "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        p = stack.enter_context(proc(command, STRAWBERRY, "strawberry", settle=3, JWT_SECRET=SECRET,
                                     DATABASE_URL=PG.replace("postgresql", "postgresql+asyncpg")))
        runs["strawberry"] = (p, f"http://127.0.0.1:{STRAWBERRY}/graphql", peer, PEER_QUERY)
    if "axum" in CASES:
        p = stack.enter_context(proc([LIMITS, "hello", HELLO], HELLO, "hello"))
        runs["axum"] = (p, f"http://127.0.0.1:{HELLO}/", peer, PEER_QUERY)
    for _ in range(ROUNDS):
        for who, (p, url, headers, query) in runs.items():
            method, body = ("GET", None) if who == "axum" else ("POST", json.dumps({"query": query}))
            wrk(url, 64, SECS, method, headers, body, server=p.pid, name="graphql20", who=who)
