// Relay: its compiler takes the schema as it is, and its store knows a story by its id wherever it is shown.
// Usage: node relay.mjs http://127.0.0.1:8000/graphql REPOSITORY
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import runtime from 'relay-runtime';
import { GENERATE, input, url } from './story.mjs';

const { Environment, Network, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector } =
  runtime;
const here = fileURLToPath(new URL('.', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');

const DOCUMENTS = `
graphql\`query appQuery { ...app_stories }\`;
graphql\`fragment app_stories on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "appPageQuery") {
  stories(first: $first, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) @connection(key: "app_stories") {
    edges { node { title ...app_story } }
  }
}\`;
graphql\`fragment app_story on Story @refetchable(queryName: "appStoryQuery") {
  title status
  runs(last: 2) { totalCount edges { node { status percent } } }
}\`;
graphql\`mutation appRenameMutation($input: RenameStoryInput!) { renameStory(input: $input) { story { title } } }\`;
graphql\`mutation appDeleteMutation($input: DeleteStoryInput!, $connections: [ID!]!) {
  deleteStory(input: $input) { deletedStoryId @deleteEdge(connections: $connections) }
}\`;
graphql\`subscription appEventsSubscription($id: ID!, $after: String) {
  storyEvents(id: $id, after: $after) {
    __typename runId cursor
    ... on StoryStatusChanged { status percent }
    ... on StoryCompleted { audioUrl story { title status } }
  }
}\`;
`;

const app = await mkdtemp(join(tmpdir(), 'saga-relay-'));
try {
  await mkdir(join(app, 'src'));
  await cp(join(here, '../../gateway/schema.graphql'), join(app, 'schema.graphql'));
  await writeFile(join(app, 'src/app.js'), DOCUMENTS);
  const paths = { src: './src', schema: './schema.graphql', artifactDirectory: './made' };
  const config = { ...paths, language: 'javascript', eagerEsModules: false };
  await writeFile(join(app, 'relay.config.json'), JSON.stringify(config));
  await mkdir(join(app, 'made'));
  await writeFile(join(app, 'package.json'), '{}');
  await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], { cwd: app });

  const require = createRequire(join(app, 'made/x.js'));
  const made = (name) => require(`./${name}.graphql`);

  // The compiler asks for the id of every node by itself, and finds a story again by it alone.
  const text = (name) => made(name).params.text.replace(/\s+/g, ' ');
  assert.match(text('appQuery'), /node \{ title \.\.\.app_story id __typename \}/);
  assert.match(text('appRenameMutation'), /story \{ title id \}/);
  assert.match(text('appStoryQuery'), /node\(id: \$id\) \{ __typename \.\.\.app_story id \}/);
  assert.match(text('appEventsSubscription'), /on StoryCompleted \{ audioUrl story \{ title status id \} \}/);

  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const ask = async (params, variables) => {
    const body = JSON.stringify({ query: params.text ?? params, variables });
    const answer = await (await fetch(url, { method: 'POST', headers, body })).json();
    assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
    return answer;
  };
  const guest = await ask('mutation { createGuest(input: {}) { tokens { accessToken } } }', {});
  headers.authorization = `Bearer ${guest.data.createGuest.tokens.accessToken}`;
  const story = (await ask(GENERATE, { input })).data.generateStory.story.id;

  const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
  const query = made('appQuery');
  await fetchQuery(environment, query, {}).toPromise();
  const kept = environment.retain(createOperationDescriptor(query, {}));
  const list = () => {
    const operation = createOperationDescriptor(query, {});
    const { data } = environment.lookup(operation.fragment);
    const edges = environment.lookup(getSingularSelector(made('app_stories'), data)).data.stories.edges;
    return edges.map(({ node }) => node.title);
  };
  const mutate = (mutation, variables) =>
    new Promise((onCompleted, onError) => commitMutation(environment, { mutation, variables, onCompleted, onError }));

  // A story that a mutation changed is new in the list, which nobody asked for again.
  assert.equal(list().length, 1);
  await mutate(made('appRenameMutation'), { input: { id: story, title: 'Named by Relay' } });
  assert.deepEqual(list(), ['Named by Relay']);

  // The refetch of one story by its id fills the same record.
  const again = await fetchQuery(environment, made('appStoryQuery'), { id: story }).toPromise();
  assert.ok(again.node);
  assert.equal(environment.getStore().getSource().get(story).title, 'Named by Relay');

  const connections = [runtime.ConnectionHandler.getConnectionID('client:root', 'app_stories', {
    orderBy: { field: 'CREATED_AT', direction: 'DESC' },
  })];
  await mutate(made('appDeleteMutation'), { input: { id: story }, connections });
  assert.deepEqual(list(), []);
  kept.dispose();
  console.log('Relay: compiled, normalised by id, refetched, and deleted from its list');
} finally {
  await rm(app, { recursive: true, force: true });
}
