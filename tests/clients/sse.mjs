// graphql-sse in its distinct connections mode: query, mutation, subscription, resume, refusals; and what a browser's
// EventSource would read.
// Usage: node sse.mjs http://127.0.0.1:8000/graphql REPOSITORY
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { GENERATE, HEALTH, PROGRESS, assertWhole, input, url } from './story.mjs';

const client = createClient({ url, retryAttempts: 0 });

async function all(request) {
  const results = [];
  for await (const result of client.iterate(request)) {
    assert.equal(result.errors, undefined, JSON.stringify(result.errors));
    results.push(result.data);
  }
  return results;
}

const [health] = await all({ query: HEALTH });
assert.equal(health.health.status.toLowerCase(), 'healthy');

const [made] = await all({ query: GENERATE, variables: { input } });
const { id } = made.generateStory.story;
const seen = (await all({ query: PROGRESS, variables: { id } })).map((data) => data.storyProgress);
const count = assertWhole(seen);

const rest = await all({ query: PROGRESS, variables: { id, after: count - 3 } });
assertWhole(rest.map((data) => data.storyProgress), count - 3);

const results = [];
for await (const result of client.iterate({ query: '{ nothingOfThisName }' })) results.push(result);
assert.equal(results.length, 1);
assert.ok(results[0].errors[0].extensions.code);
assert.ok(!('data' in results[0]));

// An EventSource sends a GET, and can not send a body or an `authorization`.
const asked = new URL(url);
asked.searchParams.set('query', PROGRESS);
asked.searchParams.set('variables', JSON.stringify({ id, after: count - 1 }));
const answer = await fetch(asked, { headers: { accept: 'text/event-stream' } });
assert.equal(answer.headers.get('content-type'), 'text/event-stream');
const text = await answer.text();
assert.match(text, /event: next\ndata: \{"data":.*\}\n\nevent: complete\ndata: \n\n$/s);

asked.searchParams.set('query', GENERATE);
asked.searchParams.set('variables', JSON.stringify({ input }));
const mutation = await fetch(asked, { headers: { accept: 'text/event-stream' } });
assert.equal(mutation.status, 405);
assert.equal(mutation.headers.get('allow'), 'POST');
console.log(`graphql-sse: ${count} events`);
