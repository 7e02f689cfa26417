// What the scripts share: the documents they send, and what must hold of a story's progress.
import assert from 'node:assert/strict';

/** The address of GraphQL and of a repository, as the test gives them. */
export const [url, repoUrl] = process.argv.slice(2);
export const socketUrl = url.replace(/^http/, 'ws');

export const HEALTH = 'query Health { health { status } }';
export const GENERATE = `mutation Generate($input: GenerateStoryInput!) {
  generateStory(input: $input) { story { id status } }
}`;
export const PROGRESS = `subscription Progress($id: UUID!, $after: Int) {
  storyProgress(id: $id, after: $after) { number kind status complete { durationSeconds } }
}`;
export const input = { repoUrl, durationMinutes: 5 };

/** A whole story: numbered without a gap from the number after `after`, and complete at its end. */
export function assertWhole(events, after = 0) {
  const numbered = events.filter((event) => event.number !== null);
  const expected = numbered.map((_, index) => after + 1 + index);
  assert.deepEqual(numbered.map((event) => event.number), expected);
  const last = numbered.at(-1);
  assert.equal(last.kind, 'COMPLETE');
  assert.ok(last.complete.durationSeconds > 60, `${last.complete.durationSeconds} s`);
  return numbered.length;
}

/** Ends the script when it takes longer than the test waits. */
setTimeout(() => {
  console.error('not done in time');
  process.exit(1);
}, 110_000).unref();
