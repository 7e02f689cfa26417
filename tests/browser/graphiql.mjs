// GraphiQL in a browser that can reach nothing but the server: it runs a query and a subscription.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { BASE, end, person, screenshot, step, until } from "./browser.mjs";

const { STORY } = process.env;
const require = createRequire(import.meta.url);

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

// From the CDN, whose files are those of the packages; Chromium checks their hashes and the policy.
const PACKAGES = { "graphiql@4.1.2": "graphiql-on-cdn", "react@18.3.1": "react", "react-dom@18.3.1": "react-dom" };
const { html, policy } = JSON.parse(await readFile(process.env.CDN_PAGE, "utf8"));
const asked = [];

async function fromPackages(route, url) {
  const [, folder, path] = /^\/([^/]+)\/(.+)$/.exec(url.pathname);
  asked.push(`${url.host}/${folder}/${path}`);
  const root = require.resolve(`${PACKAGES[folder]}/package.json`).replace(/package\.json$/, "");
  const contentType = path.endsWith(".css") ? "text/css" : "text/javascript";
  await route.fulfill({ body: await readFile(root + path), contentType, headers: { "access-control-allow-origin": "*" } });
}

async function onCdn(page) {
  await page.route(`${BASE}/graphiql`, (route) =>
    route.fulfill({ body: html, contentType: "text/html; charset=utf-8", headers: { "content-security-policy": policy } }),
  );
  await page.route(`${BASE}/graphiql/*`, async (route, request) => {
    const name = request.url().split("/").pop();
    const file = new URL(`../../gateway/src/graphql/graphiql/${name}`, import.meta.url);
    const contentType = name.endsWith(".css") ? "text/css" : "text/javascript";
    await route.fulfill({ body: await readFile(file), contentType });
  });
  await page.goto(`${BASE}/graphiql`);
}

const connected = await person({ outside: fromPackages });
await onCdn(connected);
await connected.locator(".graphiql-query-editor .CodeMirror-line").first().waitFor();
await works(connected, ".graphiql-query-editor .CodeMirror-lines", "from the CDN");
assert.equal(asked.length, 4, asked.join(" "));
await screenshot(connected, "graphiql-cdn");

// Without either it says so.
const alone = await person({ outside: (route) => route.abort(), quiet: (text) => text.includes("ERR_FAILED") });
await onCdn(alone);
await until(alone, () => document.body.textContent.includes("GraphiQL could not be loaded."));
await screenshot(alone, "graphiql-alone");
step("without bundle and network it says so in words");

await end();
