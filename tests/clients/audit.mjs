// The public audit of GraphQL over HTTP: every one of its audits must be met, the optional ones too.
// Usage: node audit.mjs http://127.0.0.1:8000/graphql
import { auditServer } from 'graphql-http';

const url = process.argv[2];
const results = await auditServer({ url });
const count = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const result of results) {
  count[result.status] += 1;
  if (result.status !== 'ok') {
    console.error(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
  }
}
console.log(`${results.length} audits: ${JSON.stringify(count)}`);
process.exit(results.length > 50 && count.ok === results.length ? 0 : 1);
