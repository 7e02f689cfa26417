// LangGraph's own client judges the door at /langgraph: assistants, threads, states and runs, streamed, awaited, cut off and taken up again,
// each strategy for a busy thread, the store, and its own errors. The graph `asker` writes a draft and asks; `plain` writes and checks;
// `slow` waits.
// Usage: node langgraph.mjs http://127.0.0.1:8000 KEY KEY_WITHOUT_THE_SCOPE
import assert from 'node:assert/strict';
import { Client } from '@langchain/langgraph-sdk';

const [saga, apiKey, otherKey] = process.argv.slice(2);
const apiUrl = `${saga}/langgraph`;
const client = new Client({ apiUrl, apiKey, callerOptions: { maxRetries: 0 } });

const listen = async (events) => {
  const heard = [];
  for await (const event of events) heard.push(event);
  return heard;
};
const names = (events) => events.map((event) => event.event).join(' ');
const refused = async (status, asking) => {
  await assert.rejects(asking, (error) => {
    assert.equal(error.status, status, error.message);
    return true;
  });
};

// Assistants.
const [asker] = await client.assistants.search({ graphId: 'asker' });
assert.equal(asker.name, 'asker');
assert.equal((await client.assistants.get(asker.assistant_id)).graph_id, 'asker');
const graph = await client.assistants.getGraph(asker.assistant_id);
assert.deepEqual(await client.assistants.getSubgraphs(asker.assistant_id, { namespace: 'x' }), {});
assert.deepEqual(graph.nodes.map((node) => node.id), ['__start__', 'write', 'ask', '__end__']);
assert.equal((await client.assistants.getSchemas(asker.assistant_id)).graph_id, 'asker');
assert.ok((await client.assistants.count()) >= 4);

// A thread, and a run that asks.
const thread = await client.threads.create({ metadata: { topic: 'pets' } });
assert.equal(thread.status, 'idle');
assert.deepEqual((await client.threads.getState(thread.thread_id)).values, {});
await refused(409, client.threads.create({ threadId: thread.thread_id }));
const same = await client.threads.create({ threadId: thread.thread_id, ifExists: 'do_nothing' });
assert.equal(same.thread_id, thread.thread_id);
let created;
const asked = await listen(client.runs.stream(thread.thread_id, 'asker', {
  input: { topic: 'cats' }, streamMode: ['values', 'updates', 'messages-tuple', 'custom'],
  onRunCreated: (run) => { created = run; },
}));
assert.equal(created.thread_id, thread.thread_id);
assert.equal(names(asked), 'metadata values updates values updates values');
assert.equal(asked[0].data.run_id, created.run_id);
assert.deepEqual(asked[2].data, { write: { draft: 'About cats' } });
const [question] = asked[4].data.__interrupt__;
assert.equal(question.value.prompt, 'Good?');
assert.equal(asked[5].data.__interrupt__[0].id, question.id);
assert.equal((await client.runs.get(thread.thread_id, created.run_id)).status, 'success');
const waiting = await client.threads.get(thread.thread_id);
assert.equal(waiting.status, 'interrupted');
assert.equal(Object.values(waiting.interrupts)[0][0].id, question.id);
const state = await client.threads.getState(thread.thread_id);
assert.deepEqual(state.next, ['ask']);
assert.equal(state.tasks[0].interrupts[0].id, question.id);

// Cut off behind any event and taken up again: nothing is lost and nothing comes twice.
for (let cut = 0; cut < asked.length; cut += 1) {
  const rest = await listen(client.runs.joinStream(thread.thread_id, created.run_id, {
    streamMode: ['values', 'updates', 'messages-tuple', 'custom'], lastEventId: asked[cut].id,
  }));
  assert.deepEqual(rest, asked.slice(cut + 1));
}

// The answer is another run; an id of the run before says nothing there.
const answered = await listen(client.runs.stream(thread.thread_id, 'asker', {
  command: { resume: { [question.id]: 'fine' } }, streamMode: 'updates', onRunCreated: (run) => { created = run; },
}));
assert.equal(answered[1].data.ask.review.answer, 'fine');
const foreign = await listen(client.runs.joinStream(thread.thread_id, created.run_id, {
  streamMode: 'updates', lastEventId: asked.at(-1).id,
}));
assert.deepEqual(foreign, answered);
assert.equal((await client.threads.get(thread.thread_id)).status, 'idle');
const history = await client.threads.getHistory(thread.thread_id, { limit: 10 });
assert.deepEqual(history.map((one) => one.metadata.step), [2, 1, 0, -1]);
const third = await client.threads.getState(thread.thread_id, history[1].checkpoint);
assert.deepEqual(third.values, history[1].values);

// A fork: the values of a checkpoint, changed by hand, and on from there.
const changed = await client.threads.updateState(thread.thread_id, {
  values: { draft: 'Mine' }, checkpointId: history[1].checkpoint.checkpoint_id,
});
assert.equal((await client.threads.getState(thread.thread_id)).checkpoint.checkpoint_id, changed.checkpoint.checkpoint_id);
const forked = await client.runs.wait(thread.thread_id, 'asker', { input: null });
assert.equal(forked.draft, 'Mine');
assert.equal(forked.__interrupt__[0].value.value, 'Mine');

// A busy thread.
const slow = () => client.runs.create(thread.thread_id, 'slow', { input: { topic: 'slow' } });
const first = await slow();
assert.equal(first.status, 'pending');
assert.equal((await client.threads.get(thread.thread_id)).status, 'busy');
await refused(409, client.runs.create(thread.thread_id, 'plain', { input: {}, multitaskStrategy: 'reject' }));
const queued = await client.runs.create(thread.thread_id, 'plain', { input: { topic: 'queued' } });
await client.runs.cancel(thread.thread_id, first.run_id, true);
assert.equal((await client.runs.join(thread.thread_id, queued.run_id)).draft, 'About queued');
assert.equal((await client.runs.get(thread.thread_id, first.run_id)).status, 'interrupted');
const gone = await slow();
const instead = await client.runs.wait(thread.thread_id, 'plain', { input: { topic: 'instead' }, multitaskStrategy: 'rollback' });
assert.equal(instead.draft, 'About instead');
await refused(404, client.runs.get(thread.thread_id, gone.run_id));
await refused(404, client.runs.cancel(thread.thread_id, gone.run_id));
await slow();
const after = await client.runs.wait(thread.thread_id, 'plain', { input: { topic: 'after' }, multitaskStrategy: 'interrupt' });
assert.equal(after.draft, 'About after');
const runs = await client.runs.list(thread.thread_id, { limit: 3 });
assert.deepEqual(runs.map((run) => run.status), ['success', 'interrupted', 'success']);

// Alone, in a thread that is gone afterwards; and one that fails.
const alone = await listen(client.runs.stream(null, 'plain', { input: { topic: 'alone' }, streamMode: ['values', 'debug', 'tasks', 'checkpoints', 'events'] }));
assert.equal(alone.filter((event) => event.event === 'values').at(-1).data.draft, 'About alone');
await assert.rejects(client.runs.wait(null, 'bad', { input: {} }), /RunFailed/);

// Found, counted, copied, deleted.
assert.equal((await client.threads.search({ metadata: { topic: 'pets' } })).length, 1);
assert.equal(await client.threads.count({ metadata: { topic: 'cars' } }), 0);
assert.equal((await client.threads.update(thread.thread_id, { metadata: { more: 1 } })).metadata.topic, 'pets');
const copy = await client.threads.copy(thread.thread_id);
assert.equal((await client.threads.getState(copy.thread_id)).values.draft, 'About after');
// Kept for a time; of a pruned one the newest state is left.
const timed = await client.threads.create({ ttl: 60 });
const told = (await client.threads.get(timed.thread_id, { include: ['ttl'] })).ttl;
assert.deepEqual([told.strategy, told.ttl_minutes], ['delete', 60]);
assert.equal((await client.threads.get(timed.thread_id)).ttl, undefined);
await client.threads.update(timed.thread_id, { ttl: { ttl: 5, strategy: 'keep_latest' } });
assert.equal((await client.threads.get(timed.thread_id, { include: ['ttl'] })).ttl.strategy, 'keep_latest');
await refused(422, client.threads.create({ ttl: -1 }));
assert.deepEqual(await client.threads.prune([thread.thread_id], { strategy: 'keep_latest' }), { pruned_count: 1 });
const left = await client.threads.getHistory(thread.thread_id);
assert.deepEqual([left.length, left[0].values.draft], [1, 'About after']);
await client.threads.delete(thread.thread_id);
await refused(404, client.threads.get(thread.thread_id));

// The store.
await client.store.putItem(['notes', 'ada'], 'tea', { likes: 'green' });
assert.deepEqual((await client.store.getItem(['notes', 'ada'], 'tea')).value, { likes: 'green' });
assert.equal((await client.store.searchItems(['notes'], { filter: { likes: 'green' } })).items.length, 1);
assert.deepEqual((await client.store.listNamespaces({ prefix: ['notes'] })).namespaces, [['notes', 'ada']]);
await client.store.deleteItem(['notes', 'ada'], 'tea');
assert.equal(await client.store.getItem(['notes', 'ada'], 'tea'), null);

// Several at once.
const several = await client.runs.createBatch([{ assistantId: 'plain', input: { topic: 'one' } }, { assistantId: 'slow', input: {} }]);
assert.equal((await client.runs.join(several[0].thread_id, several[0].run_id)).draft, 'About one');
await client.runs.cancelMany({ status: 'all' });
await client.runs.join(several[1].thread_id, several[1].run_id);
assert.equal((await client.runs.get(several[1].thread_id, several[1].run_id)).status, 'interrupted');
await refused(404, client.runs.cancelMany({ status: 'all' }));
const pruned = await fetch(`${apiUrl}/threads/prune`, {
  method: 'POST', headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
  body: JSON.stringify({ thread_ids: [several[0].thread_id, several[1].thread_id] }),
});
assert.deepEqual(await pruned.json(), { pruned_count: 2 });
await refused(404, client.threads.get(several[0].thread_id));

// A thread that begins with states.
const given = await client.threads.create({
  graphId: 'asker',
  supersteps: [{ updates: [{ values: { topic: 'given' }, asNode: '__input__' }] }, { updates: [{ values: { draft: 'kept' }, asNode: 'write' }] }],
});
const stood = await client.threads.getState(given.thread_id);
assert.deepEqual([stood.values, stood.next], [{ topic: 'given', draft: 'kept' }, ['ask']]);

// Crons.
const cron = await client.crons.create('plain', { schedule: '0 6 * * 1', input: { topic: 'monday' }, timezone: 'Europe/Berlin' });
assert.equal(cron.payload.input.topic, 'monday');
assert.ok(cron.next_run_date);
assert.equal((await client.crons.update(cron.cron_id, { enabled: false })).enabled, false);
assert.deepEqual((await client.crons.search({ assistantId: 'plain' })).map((one) => one.cron_id), [cron.cron_id]);
assert.equal(await client.crons.count(), 1);
await client.crons.delete(cron.cron_id);
await refused(422, client.crons.create('plain', { schedule: 'whenever' }));
const until = new Date(Date.now() + 86400000).toISOString();
const ofThread = await client.crons.createForThread(given.thread_id, 'plain', {
  schedule: '0 6 * * *', input: { topic: 'daily' }, metadata: { by: 'clock' }, endTime: until, interruptBefore: ['check'],
});
assert.equal(ofThread.thread_id, given.thread_id);
assert.equal(Date.parse(ofThread.end_time), Date.parse(until));
assert.deepEqual(ofThread.metadata, { by: 'clock' });
assert.deepEqual((await client.crons.search({ threadId: given.thread_id })).map((one) => one.cron_id), [ofThread.cron_id]);
const later = await client.crons.update(ofThread.cron_id, { metadata: { more: 1 }, endTime: null });
assert.deepEqual([later.metadata, later.end_time, later.payload.interrupt_before], [{ by: 'clock', more: 1 }, null, ['check']]);
await refused(404, client.crons.createForThread('00000000-0000-4000-8000-000000000000', 'plain', { schedule: '0 6 * * 1' }));

// Assistants of one's own.
const mine = await client.assistants.create({ graphId: 'plain', name: 'Mine', context: { tone: 'dry' }, metadata: { team: 'blue' } });
assert.deepEqual([mine.version, mine.config.configurable, mine.metadata], [1, { tone: 'dry' }, { team: 'blue' }]);
await refused(409, client.assistants.create({ graphId: 'plain', assistantId: mine.assistant_id }));
const next = await client.assistants.update(mine.assistant_id, { name: 'Still mine' });
assert.deepEqual([next.version, next.name, next.context], [2, 'Still mine', { tone: 'dry' }]);
assert.deepEqual((await client.assistants.getVersions(mine.assistant_id)).map((one) => one.version), [2, 1]);
assert.equal((await client.assistants.setLatest(mine.assistant_id, 1)).name, 'Mine');
assert.equal((await client.assistants.search({ metadata: { team: 'blue' } })).length, 1);
const byMine = await client.runs.create(given.thread_id, mine.assistant_id, { input: { topic: 'mine' } });
assert.equal((await client.runs.join(given.thread_id, byMine.run_id)).draft, 'About mine');
await refused(400, client.assistants.delete(asker.assistant_id));
await client.assistants.delete(mine.assistant_id);
await refused(404, client.assistants.get(mine.assistant_id));

// All runs of a thread, one after another; cut off in between, and on from there.
const talk = await client.threads.create();
const listenTo = async (options, count) => {
  const heard = [];
  const leave = new AbortController();
  try {
    for await (const event of client.threads.joinStream(talk.thread_id, { ...options, signal: leave.signal })) {
      heard.push(event);
      // It goes on for as long as somebody listens.
      if (heard.length === count) leave.abort();
    }
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  }
  return heard;
};
const one = await client.runs.create(talk.thread_id, 'plain', { input: { topic: 'one' }, streamMode: ['updates'] });
const two = await client.runs.create(talk.thread_id, 'plain', { input: { topic: 'two' }, streamMode: ['updates'] });
await client.runs.join(talk.thread_id, two.run_id);
// The first event of a thread's first run is at the very beginning.
const begin = `0-0@${one.run_id}`;
const whole = await listenTo({ lastEventId: begin }, 7);
assert.equal(names(whole), 'updates updates metadata metadata updates updates metadata');
assert.deepEqual([whole[2].data, whole[3].data.run_id], [{ status: 'run_done', run_id: one.run_id }, two.run_id]);
for (let cut = 0; cut < 6; cut += 1) {
  assert.deepEqual(await listenTo({ lastEventId: whole[cut].id }, 6 - cut), whole.slice(cut + 1));
}
const lives = await listenTo({ lastEventId: begin, streamMode: 'lifecycle' }, 3);
assert.equal(names(lives), 'metadata metadata metadata');

// The room that it takes; and states of the past by what is said of them.
const room = await (await fetch(`${apiUrl}/threads/${talk.thread_id}/storage`, { headers: { 'x-api-key': apiKey } })).json();
assert.ok(room.total_bytes > 0 && room.checkpoints.count >= 4 && room.channel_values.by_channel.draft, JSON.stringify(room));
const steps = await client.threads.getHistory(talk.thread_id, { metadata: { run_id: two.run_id } });
assert.ok(steps.length >= 3 && steps.every((state) => state.metadata.run_id === two.run_id));

// Refusals in the words that its classes of errors read.
await refused(422, client.runs.create(copy.thread_id, 'nothing', { input: {} }));
await refused(404, client.runs.create(copy.thread_id, copy.thread_id, { input: {} }));
await refused(422, client.threads.get('no-id'));
await refused(401, new Client({ apiUrl, apiKey: 'wrong', callerOptions: { maxRetries: 0 } }).threads.get(copy.thread_id));
await refused(403, new Client({ apiUrl, apiKey: otherKey, callerOptions: { maxRetries: 0 } }).threads.get(copy.thread_id));
console.log('fine');
