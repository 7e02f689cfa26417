// GraphiQL in a browser that can reach nothing but the server: it runs a query and a subscription.
import assert from "node:assert/strict";
import { BASE, end, person, screenshot, step } from "./browser.mjs";

const { STORY } = process.env;

const response = (page) =>
  page.evaluate(() => {
    const lines = [...document.querySelectorAll(".graphiql-response .view-line, .result-window .CodeMirror-line")];
    return lines.map((line) => line.textContent.replaceAll("\u00a0", " ")).join("\n");
  });

/** Replaces the operation by `text` and runs it. */
async function run(page, editor, text) {
  await page.locator(editor).first().click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Enter");
}

async function answers(page, pattern) {
  for (let looks = 0; looks < 300; looks++) {
    if (pattern.test(await response(page))) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`no ${pattern} in: ${await response(page)}`);
}

async function works(page, editor, name) {
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await run(page, editor, "{ health { status version } }");
  await answers(page, /"status": "HEALTHY"/);
  step(`${name}: a query runs`);
  const subscription = `subscription { storyProgress(id: "${STORY}", after: 0) { number kind } }`;
  await run(page, editor, subscription);
  await answers(page, /"kind": "COMPLETE"/);
  assert.deepEqual(sockets, [`${BASE.replace("http", "ws")}/graphql`]);
  step(`${name}: a subscription runs over WebSocket`);
}

// From the binary: no other host may be asked for anything.
const bundled = await person();
await bundled.goto(`${BASE}/graphiql`);
await bundled.locator(".graphiql-query-editor .view-lines").waitFor();
await works(bundled, ".graphiql-query-editor .view-lines", "bundled");
await bundled.getByRole("button", { name: "Show Documentation Explorer" }).click();
await bundled.locator(".graphiql-doc-explorer a", { hasText: "Query" }).first().click();
await bundled.locator(".graphiql-doc-explorer").getByText("stories", { exact: true }).first().waitFor();
await bundled.locator(".graphiql-tab-add").click();
assert.equal(await bundled.locator(".graphiql-tab").count(), 2);
await bundled.getByRole("button", { name: "Headers", exact: true }).click();
await bundled.locator(".graphiql-tab").first().click();
await answers(bundled, /"kind": "COMPLETE"/);
await screenshot(bundled, "graphiql");
step("bundled: tabs, headers and documentation are there");

await end();
