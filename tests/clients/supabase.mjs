// supabase-js signs in at a stand-in of its auth endpoint, and its session's token opens Saga.
// Usage: node supabase.mjs http://127.0.0.1:8000 SECRET
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createClient } from '@supabase/supabase-js';
import WebSocket from 'ws';

const [saga, secret] = process.argv.slice(2);
const SUBJECT = '0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11';
const EMAIL = 'ada@example.org';
const PASSWORD = 'an unusual sentence';

function sign(claims, key = secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (request.url !== '/auth/v1/token?grant_type=password') return answer(404, { msg: 'no such route' });
  const { email, password } = JSON.parse(text);
  if (email !== EMAIL || password !== PASSWORD) {
    return answer(400, { code: 'invalid_credentials', msg: 'Invalid login credentials' });
  }
  const now = Math.floor(Date.now() / 1000);
  const issuer = `http://127.0.0.1:${server.address().port}/auth/v1`;
  const user = { id: SUBJECT, aud: 'authenticated', role: 'authenticated', email, app_metadata: {}, user_metadata: {} };
  const claims = { iss: issuer, sub: SUBJECT, aud: 'authenticated', role: 'authenticated', email, iat: now, exp: now + 3600 };
  return answer(200, {
    access_token: sign(claims),
    token_type: 'bearer',
    expires_in: 3600,
    expires_at: now + 3600,
    refresh_token: 'of the stand-in',
    user,
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const options = {
  auth: { persistSession: false, autoRefreshToken: false },
  // Node.js has one of its own only from version 22.
  realtime: { transport: WebSocket },
};
const client = createClient(`http://127.0.0.1:${server.address().port}`, 'an anonymous key', options);
const wrong = await client.auth.signInWithPassword({ email: EMAIL, password: 'wrong' });
assert.ok(wrong.error);
const { data, error } = await client.auth.signInWithPassword({ email: EMAIL, password: PASSWORD });
assert.equal(error, null);
const token = data.session.access_token;
assert.equal(data.user.id, SUBJECT);

const ask = (path, bearer, init = {}) =>
  fetch(`${saga}${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
  });
const me = await (await ask('/api/v1/auth/me', token)).json();
assert.notEqual(me.id, SUBJECT, 'the id is our own');
assert.equal(me.is_guest, false);
const list = await ask('/api/stories?kind=all', token);
assert.equal(list.status, 200);
assert.deepEqual(await list.json(), []);
const query = { method: 'POST', body: JSON.stringify({ query: '{ me { id } stories { edges { node { id } } } }' }) };
const told = await (await ask('/graphql', token, query)).json();
assert.deepEqual(told, { data: { me: { id: me.id }, stories: { edges: [] } } });
assert.equal((await (await ask('/api/v1/auth/me', token)).json()).id, me.id, 'the same user from then on');

const [head, body] = token.split('.');
const forged = sign(JSON.parse(Buffer.from(body, 'base64url')), 'another secret that is long enough for it');
for (const bad of [forged, `${head}.${body}.`, `${head}.${body}`]) {
  assert.equal((await ask('/api/v1/auth/me', bad)).status, 401);
}
await new Promise((resolve) => server.close(resolve));
server.closeAllConnections();
console.log('supabase-js: signed in at the stand-in, known to Saga');
