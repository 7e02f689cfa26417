// Apollo Client: query, mutation and batches over its HTTP links, subscriptions over WebSocket and over multipart.
// Usage: node apollo.mjs http://127.0.0.1:8000/graphql REPOSITORY
import assert from 'node:assert/strict';
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { GENERATE, HEALTH, PROGRESS, assertWhole, input, socketUrl, url } from './story.mjs';

// Apollo's link looks for it to tell errors apart; Node.js has one of its own only from version 22.
globalThis.WebSocket ??= WebSocket;

const apollo = (link) =>
  new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'no-cache' } } });

const http = apollo(new HttpLink({ uri: url }));
const { data: health } = await http.query({ query: gql(HEALTH) });
assert.equal(health.health.status.toLowerCase(), 'healthy');
const { data: over } = await apollo(new HttpLink({ uri: url, useGETForQueries: true })).query({ query: gql(HEALTH) });
assert.deepEqual(over, health);

const invalid = http.query({ query: gql('{ nothingOfThisName }') });
await assert.rejects(invalid, (error) => CombinedGraphQLErrors.is(error) && Boolean(error.errors[0].extensions.code));

const batched = apollo(new BatchHttpLink({ uri: url, batchMax: 5, batchInterval: 20 }));
const both = await Promise.all([HEALTH, '{ __typename }'].map((text) => batched.query({ query: gql(text) })));
assert.deepEqual(both.map((one) => Object.keys(one.data)), [['health'], ['__typename']]);

const { data: made } = await http.mutate({ mutation: gql(GENERATE), variables: { input } });
const { id } = made.generateStory.story;

function watch(client, after) {
  const events = [];
  return new Promise((resolve, reject) => {
    client.subscribe({ query: gql(PROGRESS), variables: { id, after } }).subscribe({
      next: ({ data, error }) => (error ? reject(error) : events.push(data.storyProgress)),
      error: reject,
      complete: () => resolve(events),
    });
  });
}

const sockets = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
const socket = apollo(new GraphQLWsLink(sockets));
const [overMultipart, overSocket] = await Promise.all([watch(http), watch(socket)]);
const count = assertWhole(overMultipart);
assert.equal(assertWhole(overSocket), count);

assertWhole(await watch(http, count - 3), count - 3);
assertWhole(await watch(socket, count - 3), count - 3);

// A subscription that can not begin is an error, whichever way it travels.
const unknown = (client) =>
  new Promise((resolve) => {
    const variables = { id: '00000000-0000-4000-8000-000000000000' };
    client.subscribe({ query: gql(PROGRESS), variables }).subscribe({
      next: ({ error }) => resolve(error),
      error: resolve,
      complete: () => resolve(undefined),
    });
  });
for (const client of [http, socket]) {
  const error = await unknown(client);
  assert.ok(error, 'an error');
  assert.match(JSON.stringify(error.errors ?? error), /RESOURCE_NOT_FOUND/);
}
await sockets.dispose();
for (const client of [http, batched, socket]) client.stop();
console.log(`Apollo Client: ${count} events over each of two ways`);
