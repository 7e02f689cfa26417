// tus-js-client judges the uploads that can go on: in chunks, broken off and resumed, in parallel parts, given up.
// Usage: node tus.mjs http://127.0.0.1:8000 ACCESS_TOKEN
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Upload } from 'tus-js-client';

const [saga, token] = process.argv.slice(2);
const endpoint = `${saga}/api/v1/backup/tus`;
const headers = { authorization: `Bearer ${token}` };
const bytes = Buffer.alloc(20_000_000, 0);
for (let at = 0; at < bytes.length; at += 1) bytes[at] = at % 239;
const checksum = createHash('sha256').update(bytes).digest('hex');

const settings = (version) => ({
  endpoint,
  headers,
  retryDelays: [0, 200, 1000],
  chunkSize: 3_000_000,
  metadata: { version: String(version), timestamp: '1700000000', checksum, device: 'laptop' },
});

function send(data, options) {
  return new Promise((done, failed) => {
    const upload = new Upload(data, { ...options, onError: failed, onSuccess: () => done(upload) });
    upload.start();
  });
}

async function newest() {
  const answer = await fetch(`${saga}/api/v1/backup`, { headers });
  assert.equal(answer.status, 200);
  const got = Buffer.from(await answer.arrayBuffer());
  assert.ok(got.equals(bytes), 'other bytes came back');
  return answer.headers.get('x-backup-version');
}

// As a server describes itself.
const described = await fetch(endpoint, { method: 'OPTIONS' });
assert.equal(described.headers.get('tus-version'), '1.0.0');
assert.match(described.headers.get('tus-extension'), /concatenation/);

// In chunks.
await send(bytes, settings(1));
assert.equal(await newest(), '1');

// Broken off in the middle of a chunk, and gone on with.
const place = await new Promise((stopped, failed) => {
  const upload = new Upload(bytes, {
    ...settings(2),
    chunkSize: Infinity,
    onError: failed,
    onProgress: (sent) => {
      if (sent > 5_000_000 && upload.url) upload.abort().then(() => stopped(upload.url), failed);
    },
  });
  upload.start();
});
await send(bytes, { ...settings(2), uploadUrl: place });
assert.equal(await newest(), '2');

// In three parts at once, which are joined.
await send(bytes, { ...settings(3), parallelUploads: 3 });
assert.equal(await newest(), '3');

// Given up.
const given = await new Promise((stopped, failed) => {
  const upload = new Upload(bytes, {
    ...settings(4),
    onError: failed,
    onChunkComplete: () => upload.abort(true).then(() => stopped(upload.url), failed),
  });
  upload.start();
});
const gone = await fetch(given, { method: 'HEAD', headers: { ...headers, 'tus-resumable': '1.0.0' } });
assert.equal(gone.status, 404);
const quota = await (await fetch(`${endpoint.replace(/tus$/, 'quota')}`, { headers })).json();
assert.equal(quota.used, 3 * bytes.length);

// Another version is refused, and told which one is spoken.
const old = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'tus-resumable': '0.2.2', 'upload-length': '1' } });
assert.equal(old.status, 412);
assert.equal(old.headers.get('tus-version'), '1.0.0');
console.log('tus-js-client is content');
