"""PyPI's tuspy judges the uploads that can go on: in chunks, stopped and resumed by another uploader, and broken off in the middle of a request
as often as is asked for, from where the server says that it came. What comes back is compared by its SHA-256.

    pip install tuspy
    python tests/clients/tus_client.py http://127.0.0.1:8000 ACCESS_TOKEN                  # 20 MB, broken off 5 times
    python tests/clients/tus_client.py http://127.0.0.1:8000 ACCESS_TOKEN --mib 2048 --cuts 50 --pid PID

With the server's process it says, in a line of JSON, what that held in memory: before, at most, and after.
"""

import argparse
import contextlib
import hashlib
import io
import json
import pathlib
import random
import socket
import threading
import time
import urllib.parse

import requests
from tusclient.client import TusClient

MIB = 1 << 20
arguments = argparse.ArgumentParser()
arguments.add_argument("base")
arguments.add_argument("token")
arguments.add_argument("--mib", type=int, default=19)
arguments.add_argument("--cuts", type=int, default=5)
arguments.add_argument("--pid", type=int)
given = arguments.parse_args()
BASE, BACKUP = given.base.rstrip("/"), f"{given.base.rstrip('/')}/api/v1/backup"
HEADERS = {"authorization": f"Bearer {given.token}"}
drawn = random.Random(1)
BLOCK = drawn.randbytes(MIB)


class Content(io.RawIOBase):
    """So many MiB, none like another, and none of them held."""

    def __init__(self, mib):
        super().__init__()
        self.length, self.position = mib * MIB, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=io.SEEK_SET):
        self.position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.length}[whence]
        return self.position

    def read(self, size=-1):
        end = self.length if size < 0 else min(self.length, self.position + size)
        pieces = []
        while self.position < end:
            number, within = divmod(self.position, MIB)
            block = b"%016d" % number + BLOCK[16:]
            piece = block[within : within + end - self.position]
            pieces.append(piece)
            self.position += len(piece)
        return b"".join(pieces)

    def digest(self):
        self.seek(0)
        digest = hashlib.sha256()
        while piece := self.read(MIB):
            digest.update(piece)
        self.seek(0)
        return digest.hexdigest()


class Memory:
    """What a process holds of its own, looked at ten times a second."""

    def __init__(self, pid):
        self.pid, self.seen, self.ended = pid, [], threading.Event()

    def look(self):
        lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024

    def watch(self):
        while not self.ended.wait(0.1):
            self.seen.append(self.look())

    @contextlib.contextmanager
    def watching(self):
        thread = threading.Thread(target=self.watch)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()


def metadata(version, digest):
    return {"version": str(version), "timestamp": "1700000000", "checksum": digest, "device": "tuspy"}


def check_newest(version, digest):
    with requests.get(BACKUP, headers=HEADERS, stream=True, timeout=600) as answer:
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-backup-version"] == str(version), answer.headers
        got = hashlib.sha256()
        for piece in answer.iter_content(MIB):
            got.update(piece)
    assert got.hexdigest() == digest, "other bytes came back"


def break_off(place, content, offset, size):
    """Says that all the rest comes, sends so much of it, and is gone."""
    target = urllib.parse.urlsplit(place)
    head = (
        f"PATCH {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {given.token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\nContent-Length: {content.length - offset}\r\n\r\n"
    )
    content.seek(offset)
    with socket.create_connection((target.hostname, target.port)) as connection:
        connection.sendall(head.encode())
        while size > 0:
            piece = content.read(min(size, MIB))
            connection.sendall(piece)
            size -= len(piece)


def settled_offset(client, place, content):
    """Where the server says that it came, once it has noticed that nobody sends any more."""
    offset = None
    for _ in range(600):
        now = client.uploader(file_stream=content, url=place).offset
        if now == offset:
            return now
        offset = now
        time.sleep(0.2)
    raise AssertionError("the offset does not settle")


def judge(client):
    content = Content(19)
    digest = content.digest()
    client.uploader(file_stream=content, chunk_size=3_000_000, metadata=metadata(1, digest)).upload()
    check_newest(1, digest)

    # Stopped between two chunks; another uploader goes on where it was.
    first = client.uploader(file_stream=content, chunk_size=4_000_000, metadata=metadata(2, digest))
    first.upload(stop_at=9_000_000)
    second = client.uploader(file_stream=content, chunk_size=5_000_000, url=first.url)
    assert second.offset == first.offset >= 9_000_000, (first.offset, second.offset)
    second.upload()
    check_newest(2, digest)


def cut(client, version):
    content = Content(given.mib)
    digest = content.digest()
    uploader = client.uploader(file_stream=content, chunk_size=8 * MIB, metadata=metadata(version, digest))
    place = urllib.parse.urljoin(f"{BASE}/", uploader.create_url())
    offset, kept = 0, []
    for number in range(given.cuts):
        share = (content.length - offset) // (given.cuts - number + 1)
        break_off(place, content, offset, drawn.randint(share // 2, share + share // 2))
        now = settled_offset(client, place, content)
        assert now >= offset, (now, offset)
        offset = now
        kept.append(now)
    client.uploader(file_stream=content, chunk_size=8 * MIB, url=place).upload()
    assert len(set(kept)) > given.cuts // 2 or given.mib < 100, kept
    return digest


client = TusClient(f"{BACKUP}/tus", headers=HEADERS)
judge(client)
memory = Memory(given.pid) if given.pid else None
began = time.time()
if memory:
    before = memory.look()
    with memory.watching():
        digest = cut(client, 3)
else:
    digest = cut(client, 3)
seconds = time.time() - began
check_newest(3, digest)
told = {"test": "tus", "mib": given.mib, "cuts": given.cuts, "seconds": round(seconds, 1)}
if memory:
    told |= {"before_mib": round(before, 1), "most_mib": round(max(memory.seen), 1), "after_mib": round(memory.look(), 1)}
print(json.dumps(told))
