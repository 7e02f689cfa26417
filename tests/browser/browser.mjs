// What the browser tests share: a Chromium that may reach only the server under test, and what it must never do: log an
// error, break its own policy, or scroll sideways.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);

export const BASE = process.env.BASE;
const SCREENSHOTS = process.env.SCREENSHOTS;
/** How long anything may take before it counts as stuck; generous, because machines are shared. */
export const PATIENCE = 120_000;
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page that a test answers itself has no address, so to Chromium the server on loopback is another network.
  "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
];

/** Everything that went wrong in any page; a test ends by looking at it. */
const wrongs = [];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });

/** A person at a browser. `outside(route, url)` answers what is asked of other hosts; without it that is wrong. */
export async function person({ outside, quiet = () => false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  await context.exposeFunction("reportViolation", (text) => wrongs.push(text));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      reportViolation(`the policy was broken: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  await context.route(
    (url) => url.origin !== BASE && url.protocol.startsWith("http"),
    (route, request) => {
      if (outside) return outside(route, new URL(request.url()));
      wrongs.push(`asked another host: ${request.url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on("pageerror", (error) => wrongs.push(`uncaught: ${error.stack}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !quiet(message.text())) wrongs.push(`logged: ${message.text()}`);
  });
  return page;
}

export async function screenshot(page, name, options = {}) {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, animations: "disabled", ...options });
}

/** Waits until `probe`, run in the page with `argument`, answers something true. */
export const until = (page, probe, argument) =>
  page.waitForFunction(probe, argument, { timeout: PATIENCE, polling: 50 });

export async function isNotWiderThanTheWindow(page, where) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${where}: ${content} pixels in a window of ${window}`);
}

/** Asks axe about what the page shows, in a copy of it without the policy, which axe could not run under. `furnish` is given
 * the copy's context before it opens, `prepare` the copy. */
export async function isAccessible(page, where, prepare = async () => {}, furnish = async () => {}) {
  const copy = await browser.newContext({
    bypassCSP: true,
    storageState: await page.context().storageState(),
    viewport: page.viewportSize(),
    colorScheme: where.includes("dark") ? "dark" : "light",
    reducedMotion: "reduce",
  });
  copy.setDefaultTimeout(PATIENCE);
  await furnish(copy);
  const other = await copy.newPage();
  await other.goto(page.url());
  await prepare(other);
  await other.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found = await other.evaluate(async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  await copy.close();
  assert.deepEqual(found, [], where);
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the test that started this one to do something, and waits until it has. */
export async function please(what) {
  console.log(`please ${what}`);
  const { value } = await answers.next();
  assert.equal(value, "done");
}

/** Tells a step that is over, so that a failure says where it was. */
export const step = (text) => console.log(`- ${text}`);

/** Forgives what was wrong until now, when it was meant to be. */
export function forgive(pattern) {
  for (let at = wrongs.length - 1; at >= 0; at--) {
    if (pattern.test(wrongs[at])) wrongs.splice(at, 1);
  }
}

export async function end() {
  await browser.close();
  assert.deepEqual(wrongs, []);
  console.log("passed");
  process.exit(0);
}
