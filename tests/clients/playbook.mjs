// Runs plans for a test over standard input and output: a line is a job `{plan, context, today}`; a line out is a question of a
// step, whose answer is the next line in, or the outcome. Usage: node playbook.mjs COMPILED_CLIENT
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { run } = await import(pathToFileURL(process.argv[2]).href);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

for (;;) {
  const { value, done } = await lines.next();
  if (done) break;
  const { plan, context, today } = JSON.parse(value);
  const outcome = await run(plan, context, today, async (question) => {
    tell({ question });
    return JSON.parse((await lines.next()).value);
  });
  tell({ outcome });
}
