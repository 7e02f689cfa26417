// graphql-ws, the reference client of graphql-transport-ws: query, mutation, subscription, resume, refusals.
// Usage: node ws.mjs http://127.0.0.1:8000/graphql REPOSITORY
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { GENERATE, HEALTH, PROGRESS, assertWhole, input, socketUrl } from './story.mjs';

const options = { url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 };
const client = createClient({ ...options, keepAlive: 1_000 });

async function all(from, request, wanted = Infinity) {
  const results = [];
  for await (const result of from.iterate(request)) {
    assert.equal(result.errors, undefined, JSON.stringify(result.errors));
    results.push(result.data);
    if (results.length >= wanted) break;
  }
  return results;
}

const [health] = await all(client, { query: HEALTH });
assert.equal(health.health.status.toLowerCase(), 'healthy');

const [made] = await all(client, { query: GENERATE, variables: { input } });
const { id } = made.generateStory.story;

// Two watch at the same time over one socket, one of them from the start until the end.
const leaver = all(client, { query: PROGRESS, variables: { id } }, 2);
const seen = (await all(client, { query: PROGRESS, variables: { id } })).map((data) => data.storyProgress);
assert.equal((await leaver).length, 2);
const count = assertWhole(seen);

const rest = await all(client, { query: PROGRESS, variables: { id, after: count - 3 } });
assertWhole(rest.map((data) => data.storyProgress), count - 3);

// What is not valid is an error of that operation alone.
await assert.rejects(all(client, { query: '{ nothingOfThisName }' }), (errors) => {
  assert.ok(Array.isArray(errors) && errors[0].extensions.code, JSON.stringify(errors));
  return true;
});
assert.equal((await all(client, { query: HEALTH })).length, 1);
await client.dispose();

// A token that is none is refused with 4403, and the client knows that trying again is no use.
const refused = createClient({ ...options, connectionParams: { authorization: 'Bearer x.y.z' } });
await assert.rejects(all(refused, { query: HEALTH }), { code: 4403 });

// Without a subprotocol the handshake stands and the close says why.
const code = await new Promise((resolve, reject) => {
  const socket = new WebSocket(socketUrl);
  socket.on('close', resolve);
  socket.on('error', reject);
});
assert.equal(code, 4406);
console.log(`graphql-ws: ${count} events`);
