// The explorer that a binary without GraphiQL has: the schema, the editor, queries, subscriptions, history and links, by
// keyboard, on a phone and in the dark. Its files are those of the source, under the policy that the server sends with them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { BASE, end, forgive, isAccessible, isNotWiderThanTheWindow, person, screenshot, step, until } from "./browser.mjs";

const { STORY, POLICY } = process.env;
const KINDS = { html: "text/html; charset=utf-8", css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8" };
const FOLDER = new URL("../../gateway/src/graphql/explorer/", import.meta.url);

async function serveExplorer(context) {
  await context.route(
    (url) => url.origin === BASE && /^\/graphiql(\/|$)/.test(url.pathname),
    async (route, request) => {
      const name = new URL(request.url()).pathname.replace(/^\/graphiql\/?/, "") || "index.html";
      const headers = { "content-security-policy": POLICY };
      await route.fulfill({ body: await readFile(new URL(name, FOLDER)), contentType: KINDS[name.split(".").pop()], headers });
    },
  );
}

const page = await person({ permissions: ["clipboard-read", "clipboard-write"] });
await serveExplorer(page.context());
const answer = () => page.textContent("#answer");
const query = () => page.inputValue("#query");
const says = (pattern) => until(page, (text) => new RegExp(text).test(document.getElementById("status").textContent), pattern);

async function write(text) {
  await page.locator("#query").fill(text);
}

async function open(path = "/graphiql") {
  await page.goto(BASE + path);
  await page.locator('#browse [data-type="Query"]').waitFor();
}

/** Asks axe about a copy of the page, which gets the explorer too. */
const looks = (where) => isAccessible(page, where, (copy) => copy.locator('#browse [data-type="Query"]').waitFor({ state: "attached" }), serveExplorer);

await open();
await looks("the explorer");
await screenshot(page, "explorer");
step("it opens under its policy");

// By keyboard: what is typed is closed, indented and completed, and run without the mouse.
await page.locator("#query").focus();
await page.keyboard.press("Control+a");
await page.keyboard.press("Delete");
await page.keyboard.type("{");
assert.equal(await query(), "{}", "a bracket comes with its partner");
await page.keyboard.press("Enter");
await page.keyboard.type("hea");
await page.locator("#offers li", { hasText: "health" }).first().waitFor();
await page.keyboard.press("Enter");
assert.equal(await query(), "{\n  health\n}");
await page.keyboard.type(" {");
await page.keyboard.press("Enter");
await page.keyboard.press("Control+Space");
await page.locator("#offers li", { hasText: "version" }).first().waitFor();
await page.keyboard.press("Escape");
assert.equal(await page.locator("#offers").isHidden(), true);
await page.keyboard.type("status");
await page.keyboard.press("Escape");
await page.keyboard.press("Control+Enter");
await says("Status 200");
assert.match(await answer(), /"status": "HEALTHY"/);
assert.equal(await query(), "{\n  health {\n    status\n  }\n}");
step("a query is written and run by keyboard");

await page.locator("#query").focus();
await page.keyboard.press("Escape");
await page.keyboard.press("Tab");
assert.equal(await page.evaluate(() => document.activeElement.id), "run", "Escape lets the Tab key leave the editor");

// Variables, and what is wrong with them.
await write("query One($id: ID!) { story(id: $id) { id status } } query Two { health { version } }");
await page.fill("#variables", "{ wrong");
await page.click("#run");
await page.locator("#variables-problem").waitFor();
assert.equal(await page.evaluate(() => document.activeElement.id), "variables");
await page.fill("#variables", JSON.stringify({ id: STORY }));
await page.selectOption("#operation", "One");
await page.click("#run");
await says("Status 200");
assert.match(await answer(), /"status": "COMPLETED"/);
await page.selectOption("#operation", "Two");
await page.click("#run");
await until(page, () => document.getElementById("answer").textContent.includes('"version"'));
await page.click("#prettify");
assert.equal(
  await query(),
  `query One($id: ID!) {
  story(id: $id) {
    id
    status
  }
}

query Two {
  health {
    version
  }
}
`,
);
step("of several operations the chosen one runs, with variables");

// Headers reach the server.
await write("{ me { isGuest } }");
await page.fill("#headers", '{ "Authorization": "Bearer nothing" }');
await page.click("#run");
await until(page, () => /"errors"/.test(document.getElementById("answer").textContent));
forgive(/status of 401/);
await page.fill("#headers", "");
step("headers are sent");

// A story that is over tells all its events again; each way of subscribing shows them.
for (const way of ["socket", "events"]) {
  await page.selectOption("#transport", way);
  await write(`subscription { storyProgress(id: "${STORY}", after: 0) { number kind } }`);
  await page.click("#run");
  await says("Complete after");
  assert.match(await answer(), /"kind": "COMPLETE"/, way);
}
await screenshot(page, "explorer-subscription");
step("subscriptions run over WebSocket and server-sent events");

// The schema: search, types, arguments, back; a field goes into the query.
await page.fill("#search", "storyProg");
await page.keyboard.press("Enter");
await page.keyboard.press("Enter");
await page.locator("#browse h3").first().waitFor();
await page.fill("#search", "");
await page.locator("#trail button").first().click();
await page.click('#browse [data-type="Query"]');
await page.locator('[data-member="story"] .arguments').waitFor();
await page.click('[aria-label="Put story into the query"]');
assert.match(await query(), /^query Story\(\$id: ID!\) \{\n {2}story\(id: \$id\) \{/);
await page.fill("#variables", JSON.stringify({ id: STORY }));
await page.click("#run");
await says("Status 200");
assert.match(await answer(), /"data"/);
step("a field of the schema becomes a query");

// History and links, both without headers.
await page.fill("#headers", '{ "Authorization": "Bearer secret" }');
await page.click("#show-history");
assert.ok((await page.locator("#runs li").count()) >= 5);
await page.locator("#runs button", { hasText: "subscription" }).first().click();
assert.match(await query(), /^subscription/);
await page.click("#copy-link");
await says("link is copied");
const link = await page.evaluate(() => navigator.clipboard.readText());
const kept = await page.evaluate(() => JSON.stringify(localStorage));
assert.ok(!kept.includes("Bearer") && !link.includes("Bearer"), "secrets are not kept");
const other = await person();
await serveExplorer(other.context());
await other.goto(link);
await other.locator('#browse [data-type="Query"]').waitFor();
assert.match(await other.inputValue("#query"), /^subscription/);
step("what was run is kept, and a link carries it");

// In the dark, and on a phone.
const dark = await person({ colorScheme: "dark", viewport: { width: 390, height: 844 } });
await serveExplorer(dark.context());
await dark.goto(`${BASE}/graphiql`);
await dark.locator("#query").waitFor();
await dark.click("#run");
await until(dark, () => document.getElementById("desk").dataset.shown === "result");
await isNotWiderThanTheWindow(dark, "the explorer on a phone");
await screenshot(dark, "explorer-phone-dark");
await dark.click("#tab-schema");
await dark.locator('#browse [data-type="Query"]').waitFor();
await screenshot(dark, "explorer-schema-phone-dark");
await page.setViewportSize({ width: 390, height: 844 });
await looks("the explorer on a phone, dark");
step("it is usable on a phone and in the dark");

await end();
