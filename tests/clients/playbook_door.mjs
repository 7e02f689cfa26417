// Runs every playbook of a server over its public door, for each context of FOLDER/contexts.json, and writes what came of them to
// FOLDER/outcomes.json. Usage: node playbook_door.mjs BASE TOKEN FOLDER
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [base, token, folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));

const options = ['--strict', '--target', 'es2022', '--module', 'es2022', '--skipLibCheck', '--types', '', '--outDir', folder];
execFileSync(join(here, 'node_modules/.bin/tsc'), [...options, join(here, 'playbook.ts')], { stdio: 'inherit' });
// Node takes it for a module by its ending.
copyFileSync(join(folder, 'playbook.js'), join(folder, 'playbook.mjs'));
const { run } = await import(pathToFileURL(join(folder, 'playbook.mjs')).href);

async function ask(path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${base}${path}`, body && { method: 'POST', headers, body: JSON.stringify(body) } || { headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const outcomes = [];
const plans = await ask('/api/v1/plans/playbook');
for (const { context, today } of JSON.parse(readFileSync(join(folder, 'contexts.json'), 'utf8'))) {
  for (const { id } of plans) {
    const plan = await ask(`/api/v1/plans/playbook/${id}`);
    const outcome = await run(plan, context, today, ({ template, variables, data }) =>
      ask(`/api/v1/plans/templates/${template}`, { variables, data, user_profile: context.user_profile }));
    outcomes.push({ id, ...outcome });
  }
}
writeFileSync(join(folder, 'outcomes.json'), JSON.stringify(outcomes));
console.log(`${outcomes.length} plans were run`);
