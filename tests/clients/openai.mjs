// OpenAI's own client judges the door at /v1: models, answers whole and streamed, tools, JSON in a schema, vectors, the Responses
// API, and its own classes of errors. `saga` leads to a model that the test plays; `saga-offline` asks nobody.
// Usage: node openai.mjs http://127.0.0.1:8000 KEY KEY_WITHOUT_THE_SCOPE
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [saga, apiKey, otherKey] = process.argv.slice(2);
const baseURL = `${saga}/v1`;
const client = new OpenAI({ baseURL, apiKey });
const messages = [{ role: 'user', content: 'What is the weather in New York for 3 days?' }];
const offline = { model: 'saga-offline', messages };

// Models.
const models = await client.models.list();
const ids = models.data.map((model) => model.id);
assert.deepEqual(ids.slice(0, 2), ['saga', 'saga-offline']);
assert.ok(ids.includes('compatible/default'), ids.join());
for (const id of ids) assert.equal((await client.models.retrieve(id)).id, id);

// Whole, of a model and offline.
const whole = await client.chat.completions.create({ model: 'saga', messages, user: 'ada', seed: 1 });
assert.equal(whole.choices[0].message.content, 'A model says this.');
assert.equal(whole.model, 'compatible/default');
assert.deepEqual(whole.usage, { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
const said = await client.chat.completions.create({ ...offline, n: 2 });
assert.match(said.choices[1].message.content, /^No language model was asked/);
assert.equal(said.model, 'saga-offline');
assert.equal(said.choices[0].finish_reason, 'stop');

// Streamed, with what it took.
for (const [model, text] of [['saga', 'A model says this.'], ['saga-offline', said.choices[0].message.content]]) {
  const stream = await client.chat.completions.create({
    model, messages, stream: true, stream_options: { include_usage: true },
  });
  let [told, usage, finish] = ['', null, null];
  for await (const chunk of stream) {
    told += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  assert.equal(told, text);
  assert.equal(finish, 'stop');
  assert.ok(usage.total_tokens > 0);
}

// Tools: the client's own runner calls the function and sends back what it gave.
const asked = [];
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
    parse: JSON.parse,
    function: ({ city }) => { asked.push(city); return `Rain in ${city}.`; },
  },
};
const runner = client.chat.completions.runTools({ ...offline, tools: [weather] });
assert.match(await runner.finalContent(), /Rain in New York\./);
assert.deepEqual(asked, ['New York']);

// JSON in a schema.
const schema = {
  type: 'object', additionalProperties: false, required: ['city', 'days'],
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1 } },
};
const formed = await client.chat.completions.parse({
  ...offline, response_format: { type: 'json_schema', json_schema: { name: 'trip', strict: true, schema } },
});
assert.deepEqual(formed.choices[0].message.parsed, { city: 'New York', days: 3 });

// Vectors: the client asks for base64 and reads it; as numbers they are the same.
const [packed, plain] = await Promise.all([undefined, 'float'].map((encoding_format) =>
  client.embeddings.create({ model: 'saga-offline', input: ['a road', 'a long road'], encoding_format, dimensions: 64 })));
assert.equal(packed.data[1].embedding.length, 64);
packed.data[1].embedding.forEach((value, at) => assert.ok(Math.abs(value - plain.data[1].embedding[at]) < 1e-6));

// The Responses API.
const response = await client.responses.create({ model: 'saga', input: 'Hello', instructions: 'Be brief.' });
assert.equal(response.output_text, 'A model says this.');
assert.equal(response.status, 'completed');
const called = await client.responses.create({
  model: 'saga-offline', input: messages[0].content,
  tools: [{ type: 'function', ...weather.function, parse: undefined, function: undefined, strict: false }],
});
const call = called.output.find((item) => item.type === 'function_call');
const answered = await client.responses.create({
  model: 'saga-offline',
  input: [messages[0], call, { type: 'function_call_output', call_id: call.call_id, output: 'Rain.' }],
});
assert.match(answered.output_text, /get_weather answered: Rain\./);
const live = client.responses.stream({ model: 'saga', input: 'Hello' });
const numbers = [];
for await (const event of live) numbers.push(event.sequence_number);
assert.deepEqual(numbers, numbers.map((_, at) => at));
assert.equal((await live.finalResponse()).output_text, 'A model says this.');

// In the background: begun, waited for, read again, watched from any event on, gone on from, deleted.
const until = async (id, done) => {
  for (;;) {
    const now = await client.responses.retrieve(id);
    if (done(now)) return now;
    await new Promise((again) => setTimeout(again, 20));
  }
};
const begun = await client.responses.create({ model: 'saga', input: 'Hello', instructions: 'Be brief.', background: true, metadata: { a: 'b' } });
assert.equal(begun.status, 'queued');
assert.equal(begun.background, true);
const ended = await until(begun.id, (now) => !['queued', 'in_progress'].includes(now.status));
assert.equal(ended.status, 'completed');
assert.equal(ended.output_text, 'A model says this.');
assert.equal(ended.usage.total_tokens, 18);
assert.deepEqual(ended.metadata, { a: 'b' });
const input = await client.responses.inputItems.list(begun.id);
assert.equal(input.data[0].content[0].text, 'Hello');
const kept = [];
for await (const event of await client.responses.retrieve(begun.id, { stream: true })) kept.push(event);
assert.deepEqual(kept.map((event) => event.sequence_number), kept.map((_, at) => at));
assert.equal(kept.at(-1).type, 'response.completed');
for (let cut = 0; cut < kept.length; cut += 1) {
  const rest = [];
  for await (const event of await client.responses.retrieve(begun.id, { stream: true, starting_after: cut })) rest.push(event);
  assert.deepEqual(rest, kept.slice(cut + 1));
}
const again = await client.responses.create({ model: 'saga', input: 'And then?', previous_response_id: begun.id });
assert.equal(again.previous_response_id, begun.id);
assert.equal(again.output_text, 'A model says this.');
assert.equal((await client.responses.cancel(begun.id)).status, 'completed');
await client.responses.delete(begun.id);
await assert.rejects(client.responses.retrieve(begun.id), OpenAI.NotFoundError);
await assert.rejects(client.responses.cancel(again.id), (error) => error.status === 400);

// Streamed in the background, cut off, taken up again, stopped: what was told stays.
const long = await client.responses.create({ model: 'saga', input: 'for ever', background: true, stream: true });
let [place, longId, words] = [null, null, ''];
for await (const event of long) {
  [place, longId] = [event.sequence_number, longId ?? event.response?.id];
  words += event.type === 'response.output_text.delta' ? event.delta : '';
  if (words) break;
}
const rejoined = await client.responses.retrieve(longId, { stream: true, starting_after: place });
// What may still turn into something that must not be told is held back.
const stopped = await until(longId, (now) => now.output_text.startsWith('on and on')).then(() => client.responses.cancel(longId));
assert.equal(stopped.status, 'cancelled');
for await (const event of rejoined) {
  words += event.type === 'response.output_text.delta' ? event.delta : '';
  assert.equal(event.sequence_number, (place += 1));
}
assert.equal(stopped.output[0].content[0].text, words);
assert.equal(stopped.output[0].status, 'incomplete');

// Its own classes of errors.
const ask = (change, by = client) => by.chat.completions.create({ ...offline, ...change });
const param = (name) => (error) => error instanceof OpenAI.BadRequestError && error.param === name;
const errors = [
  [() => ask({ model: 'gpt-9' }), (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found'],
  [() => client.models.retrieve('gpt-9'), (error) => error instanceof OpenAI.NotFoundError],
  [() => client.responses.retrieve('resp_1'), (error) => error instanceof OpenAI.NotFoundError && error.message.length > 20],
  [() => client.responses.create({ model: 'saga', input: 'x', background: true, store: false }), param('store')],
  [() => client.responses.create({ model: 'gpt-9', input: 'x', background: true }), (error) => error.code === 'model_not_found'],
  [() => client.responses.create({ model: 'saga', input: 'x', background: true, temperature: 9 }), param('temperature')],
  [() => client.responses.create({ model: 'saga', input: 'x', previous_response_id: 'resp_1' }), param('previous_response_id')],
  [() => ask({ n: 9 }), param('n')],
  [() => ask({ logprobs: true }), param('logprobs')],
  [() => ask({ colour: 'red' }), param('colour')],
  [() => ask({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }), param('messages[0].content[0]')],
  [() => ask({ messages: [{ role: 'user', content: 'a\u0000b' }] }), param('messages[0].content')],
  [() => ask({}, new OpenAI({ baseURL, apiKey: 'saga_wrong' })), (error) => error instanceof OpenAI.AuthenticationError],
  [() => ask({}, new OpenAI({ baseURL, apiKey: otherKey })), (error) => error instanceof OpenAI.PermissionDeniedError],
];
for (const [asking, fits] of errors) await assert.rejects(asking, fits);

// Who goes away stops the model, which would go on for ever.
const endless = await client.chat.completions.create({
  model: 'saga', messages: [{ role: 'user', content: 'for ever' }], stream: true,
});
let heard = 0;
for await (const _ of endless) if ((heard += 1) === 5) break;
assert.equal(heard, 5);
console.log('the client of OpenAI is content');
