// graphql-js, the reference implementation, on the schema of the engine's own tests: reads `{ sdl, requests }` as JSON and
// writes, for each request, `{ data, paths }` with the data as text and the paths of its errors, or `{ refused }`.
import { buildSchema, execute, parse, validate } from 'graphql';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { sdl, requests } = JSON.parse(input);
const schema = buildSchema(sdl);

const run = { __typename: 'Run', id: 'r', status: 'queued', title: null, log: [] };
const chapters = [1, 2].map((index) => ({ title: `Chapter ${index}`, index }));
const story = { __typename: 'Story', id: 's', title: 'A story', kind: 'STORY', parent: null, run, chapters };
run.node = run;
story.node = story;

function root() {
  let calls = 0;
  const count = () => {
    calls += 1;
    return { calls, again: calls };
  };
  const fails = () => {
    throw new Error('no');
  };
  const echo = ({ n }) => `${n} None None None None None None None None None None`;
  const stories = { edges: [{ node: story, cursor: 'c' }], pageInfo: { hasNextPage: false } };
  return { count, fails, echo, story, stories, node: run, found: [story, run] };
}

const answers = [];
for (const { query, variables } of requests) {
  const document = parse(query);
  const wrong = validate(schema, document);
  if (wrong.length > 0) {
    answers.push({ refused: wrong[0].message });
    continue;
  }
  const result = await execute({ schema, document, rootValue: root(), variableValues: variables });
  const paths = (result.errors ?? []).map((error) => JSON.stringify(error.path)).sort();
  answers.push({ data: JSON.stringify(result.data), paths });
}
process.stdout.write(JSON.stringify(answers));
