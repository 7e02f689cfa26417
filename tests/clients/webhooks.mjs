// Webhooks are verified with the library of Standard Webhooks: of a workflow and a story, before and after a rotation, and replayed.
// Usage: node webhooks.mjs http://127.0.0.1:8000
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [saga] = process.argv.slice(2);
const messages = [];
const waiting = [];
let status = 200;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) body += piece;
  messages.push({ headers: request.headers, body });
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end('taken');
  for (const wake of waiting.splice(0)) wake();
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${server.address().port}/hook`;

async function message(type, from = 0) {
  for (;;) {
    const found = messages.slice(from).find(({ body }) => JSON.parse(body).type === type);
    if (found) return found;
    await new Promise((told) => waiting.push(told));
  }
}

let token = '';
async function call(method, path, body) {
  const answer = await fetch(saga + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const value = await answer.json();
  assert(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(value)}`);
  return value;
}
async function graphql(query, variables) {
  const { data, errors } = await call('POST', '/graphql', { query, variables });
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const account = { email: 'hooks@example.org', username: 'hooks', password: 'an unusual sentence' };
token = (await call('POST', '/api/v1/auth/register', account)).access_token;

// Made over REST, signed for the library.
const hook = await call('POST', '/api/v1/webhooks', { url });
assert.match(hook.secret, /^whsec_/);
const source = { nodes: { one: { type: 'transform', value: '${input.n + 1}' } }, output: '${values.one}' };
await call('PUT', '/api/v1/workflow-definitions/plus', { source });
const run = async () => {
  const made = await call('POST', '/api/v1/workflows', { workflow_type: 'plus', name: 'Plus' });
  await call('POST', `/api/v1/workflows/${made.id}/execute`, { user_input: { n: 1 } });
  return made.id;
};
const id = await run();
const completed = await message('workflow.completed');
const told = new Webhook(hook.secret).verify(completed.body, completed.headers);
assert.equal(told.data.workflow_id, id);
assert.equal(told.data.name, 'Plus');
assert.throws(() => new Webhook(hook.secret).verify(`${completed.body} `, completed.headers));
assert.throws(() => new Webhook(hook.secret).verify(completed.body, { ...completed.headers, 'webhook-id': 'another' }));

// A new secret, over GraphQL; both verify.
const rotated = await graphql(
  'mutation($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret webhook { id url } } }',
  { id: hook.id },
);
const { secret } = rotated.rotateWebhookSecret;
assert.notEqual(secret, hook.secret);
let seen = messages.length;
await run();
const second = await message('workflow.completed', seen);
new Webhook(hook.secret).verify(second.body, second.headers);
new Webhook(secret).verify(second.body, second.headers);

// The log, and a replay under the same id.
const log = await graphql(
  'query($id: ID!) { webhookDeliveries(webhookId: $id, first: 100) { nodes { id eventType state attempts responseStatus } } }',
  { id: hook.id },
);
const nodes = log.webhookDeliveries.nodes;
assert.deepEqual(nodes.map((node) => node.eventType).sort(), [
  'workflow.completed', 'workflow.completed', 'workflow.started', 'workflow.started',
]);
const first = completed.headers['webhook-id'];
assert(nodes.some((node) => node.id === first));
seen = messages.length;
await call('POST', `/api/v1/webhooks/${hook.id}/deliveries/${first}/replay`);
const again = await message('workflow.completed', seen);
assert.equal(again.headers['webhook-id'], first);
assert.equal(again.body, completed.body);
new Webhook(secret).verify(again.body, again.headers);

// A story, which has nothing to do but be cancelled.
seen = messages.length;
const story = await call('POST', '/api/stories/generate', { repoUrl: 'http://127.0.0.1:9/nowhere/nothing', duration: 5 });
await call('POST', `/api/stories/${story.id}/cancel`).catch(() => {});
const ended = await Promise.race([message('story.cancelled', seen), message('story.failed', seen)]);
assert.equal(new Webhook(secret).verify(ended.body, ended.headers).data.story_id, story.id);

// Off: nothing is told any more.
await call('PATCH', `/api/v1/webhooks/${hook.id}`, { active: false });
seen = messages.length;
const last = await run();
for (;;) {
  const { status } = await call('GET', `/api/v1/workflows/${last}`);
  if (status === 'completed') break;
}
const after = await call('GET', `/api/v1/webhooks/${hook.id}/deliveries?page_size=1`);
assert(!JSON.stringify(after).includes(last));
assert.equal(messages.slice(seen).filter(({ body }) => body.includes(last)).length, 0);

await call('DELETE', `/api/v1/webhooks/${hook.id}`);
assert.deepEqual(await call('GET', '/api/v1/webhooks'), []);
console.log(`verified ${messages.length} messages of webhooks`);
server.close();
process.exit(0);
