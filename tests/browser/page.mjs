// A person and the page at `/`: asks for a story, watches it through a reload and a crash of the server, listens to it.
import assert from "node:assert/strict";
import {
  BASE,
  end,
  forgive,
  isAccessible,
  isNotWiderThanTheWindow,
  person,
  please,
  screenshot,
  step,
  until,
} from "./browser.mjs";

const REPOSITORY = process.env.REPOSITORY;
const MISSING = process.env.MISSING;
const page = await person();
const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.name || "");
const isShown = (selector) => page.locator(selector).waitFor({ state: "visible" });

/** Presses Tab until the focus is where it should be. */
async function tabTo(id) {
  for (let presses = 0; presses < 30; presses++) {
    if ((await focused()) === id) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reaches ${id}`);
}

/** The lines of the agents' log as it was written, without their times. */
const logLines = () =>
  page.evaluate(() => [...document.querySelectorAll("#raw li")].map((line) => `${line.querySelector("b").textContent}: ${line.querySelector(".did").textContent}`));

/** What the server says about the story that is shown. */
const story = () =>
  page.evaluate(async () => {
    const id = location.hash.split("/").pop();
    const query = `query ($id: UUID!) { story(id: $id) {
      status durationSeconds captionsUrl chapters { title startSeconds }
    } }`;
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { id } }),
    });
    return (await answer.json()).data.story;
  });

// Nothing yet.
await page.goto(BASE);
await isShown("#shelf-empty");
await screenshot(page, "page-empty", { fullPage: true });
await isAccessible(page, "the empty start page", (copy) => copy.locator("#shelf-empty").waitFor());
for (const [id, path] of [["to-explorer", "/graphiql"], [null, "/docs"]]) {
  assert.equal(await page.locator(id ? `#${id}` : `footer a[href="${path}"]`).isVisible(), true, `${path} is linked`);
}
await page.click("#sample-play");
await until(page, () => document.getElementById("sample-audio").currentTime > 0.2);
await page.click("#sample-play");
step("the start page is there and empty, with a story to hear");

// An example fills the form; what people paste becomes the address that they mean.
await page.click('[data-repo$="/flask"]');
assert.equal(await page.inputValue("#repoUrl"), "https://github.com/pallets/flask");
assert.equal(await page.isChecked('[name="style"][value="PODCAST"]'), true);
await page.reload();
await isShown("#shelf-empty");
const meant = await page.evaluate(async () => {
  const { parseAddress } = await import("/page/address.js");
  const read = (text) => parseAddress(text).url ?? parseAddress(text).problem.split(/[.:]/)[0];
  return [
    "git@github.com:a/b.git", "www.github.com/a/b", "https://github.com/a/b/tree/main/src", "https://github.com/a/b?tab=readme-ov-file#readme",
    "a/b", "http://github.com/a/b/", "https://gitlab.com/a/b/c/-/blob/main/x", "http://127.0.0.1:1/a/b.git", "https://github.com/a",
    "https://u:p@github.com/a/b", "file:///etc/passwd", "words", "",
  ].map(read);
});
assert.deepEqual(meant, [
  "https://github.com/a/b.git",
  ...Array(5).fill("https://github.com/a/b"),
  "https://gitlab.com/a/b/c",
  "http://127.0.0.1:1/a/b.git",
  "This address names no repository",
  "Leave out the name and the password",
  "Only https addresses of public repositories can be read",
  "This is not the address of a repository",
  "Enter the address of a repository, for example https",
]);
step("examples fill the form, and addresses are understood");

// By keyboard alone: a mistake is told where it was made, then the wish is sent.
await page.keyboard.press("Tab");
assert.equal(await focused(), "skip", "the first thing that Tab reaches skips to the content");
await tabTo("repoUrl");
await page.keyboard.press("Enter");
await isShown("#repoUrl-error");
await page.keyboard.type("https://127.0.0.1:1/nothing with spaces");
await page.keyboard.press("Enter");
await until(page, () => /Which/.test(document.getElementById("repoUrl-error").textContent) === false);
await isShown("#repoUrl-error");
assert.equal(await focused(), "repoUrl", "the focus is where the mistake is");
assert.equal(await page.getAttribute("#repoUrl", "aria-invalid"), "true");
await screenshot(page, "page-mistake");
for (const extensions of [
  { code: "BAD_USER_INPUT", field: "variables.input.repoUrl" },
  { code: "BAD_USER_INPUT", field: "input.repoUrl", fields: [{ field: "input.repoUrl", message: "expected URL" }] },
]) {
  const errors = [{ message: "The variable `$input.repoUrl` is not valid: expected URL.", extensions }];
  await page.route("**/graphql", (route) => route.fulfill({ json: { errors } }), { times: 1 });
  await page.keyboard.press("Control+a");
  await page.keyboard.type("https://elsewhere.example/a/b");
  await page.keyboard.press("Enter");
  await until(page, () => document.getElementById("repoUrl-error").textContent === "Expected URL.");
  assert.equal(await page.getAttribute("#repoUrl", "aria-invalid"), "true");
}
await page.keyboard.press("Control+a");
await page.keyboard.type("https://elsewhere.example/a/b");
await page.keyboard.press("Enter");
await until(page, () => /elsewhere\.example/.test(document.getElementById("repoUrl-error").textContent));
assert.equal(await focused(), "repoUrl", "what the server refuses is told at the field too");
forgive(/status of 4\d\d/);
await page.keyboard.press("Control+a");
await page.keyboard.type(REPOSITORY);
await tabTo("style");
await page.keyboard.press("ArrowRight");
await tabTo("durationMinutes");
await page.keyboard.press("ArrowLeft");
await page.keyboard.press("Enter");
await until(page, () => location.hash.startsWith("#/stories/"));
const cookies = await page.context().cookies();
assert.ok(cookies.some(({ name }) => name === "saga_guest"), "the guest gets a cookie to be known by");
step("a wish is sent by keyboard alone");

// The agents at work, up to the voice, which is held back.
await until(page, () => document.querySelector('#agents [data-agent="Synthesizer"]').dataset.state === "working");
await until(page, () => document.getElementById("progress").value >= 70);
assert.match(await page.title(), /^\d+%/);
assert.equal(await page.textContent("#log li .did"), "Working out what you asked for");
assert.match(await page.textContent("#percent"), /^Step 4 of 4/);
const seen = await logLines();
assert.ok(seen.length >= 7, seen.join("\n"));
assert.equal(seen[0], "Intent: Parsing user request");
await screenshot(page, "page-live", { fullPage: true });
await isAccessible(page, "a story in the making", (copy) => copy.locator("#log li").nth(5).waitFor());
await page.setViewportSize({ width: 360, height: 740 });
await isNotWiderThanTheWindow(page, "a story in the making");
await screenshot(page, "page-live-phone", { fullPage: true });
await page.setViewportSize({ width: 1280, height: 900 });
step("the agents are watched live");

const beginsWith = (all, start) => assert.deepEqual(all.slice(0, start.length), start);
await page.reload();
await until(page, (count) => document.querySelectorAll("#log li").length >= count, seen.length);
beginsWith(await logLines(), seen);
step("a reload in the middle misses nothing");

await please("kill");
await until(page, () => /connection was lost/.test(document.getElementById("story-note").textContent));
await screenshot(page, "page-reconnecting");
await please("serve");
await until(page, () => document.getElementById("story-note").hidden);
beginsWith(await logLines(), seen);
forgive(/ERR_CONNECTION|WebSocket connection/);
step("the page finds a server that was killed and started again");

await please("speak");
await isShown("#listen");
const told = await story();
assert.equal(told.status, "COMPLETED");
await until(page, () => document.getElementById("audio").readyState >= 1);
const duration = await page.evaluate(() => document.getElementById("audio").duration);
assert.ok(Math.abs(duration - told.durationSeconds) <= 1, `${duration} s of audio, ${told.durationSeconds} s told`);
const shownChapters = await page.locator("#chapters .chapter-title").allTextContents();
assert.deepEqual(shownChapters, told.chapters.map(({ title }) => title));
step("the audio is as long as the story says");

await page.click("#log-title");
await until(page, () => /Your story is ready/.test(document.getElementById("log").textContent));
await until(page, () => /Story generation complete/.test(document.getElementById("raw").textContent));
const whole = await logLines();
beginsWith(whole, seen);
assert.equal(new Set(whole).size, whole.length, "no line is there twice");
await page.click("#log-title");
step("the whole log is there afterwards");

const audio = (read) => page.evaluate(`document.getElementById("audio").${read}`);
await page.locator("#story-title").focus();
await page.keyboard.press("Space");
await until(page, () => document.getElementById("audio").currentTime > 1);
assert.equal(await page.getAttribute("#play", "aria-label"), "Pause");
step("it plays");

// A chapter jumps; the transcript shows the sentence being said.
const third = told.chapters[2];
await page.locator("#chapters button").nth(2).click();
await until(page, (start) => Math.abs(document.getElementById("audio").currentTime - start) < 5, third.startSeconds);
await until(page, () => document.querySelectorAll("#chapters button")[2].getAttribute("aria-current") === "true");
assert.equal(await page.textContent("#now-chapter"), third.title);
const captions = await page.evaluate(async (url) => (await fetch(new URL(url).pathname)).text(), told.captionsUrl);
const cues = [...captions.matchAll(/(\d+):(\d+):([\d.]+) --> (\d+):(\d+):([\d.]+)\n(.+)/g)].map((part) => {
  const [h, m, s, h2, m2, s2] = part.slice(1, 7).map(Number);
  const text = part[7].replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return { from: h * 3600 + m * 60 + s, to: h2 * 3600 + m2 * 60 + s2, text };
});
assert.equal(await page.locator("#cues .cue").count(), cues.length);
const current = () =>
  page.evaluate(() => {
    const [at, marked] = [document.getElementById("audio").currentTime, document.querySelector("#cues [aria-current]")];
    const [box, inner] = [document.getElementById("cues").getBoundingClientRect(), marked?.getBoundingClientRect()];
    return { at, text: marked?.textContent ?? "", inView: Boolean(inner) && inner.top >= box.top - 1 && inner.top < box.bottom };
  });
const first = await follows();
await until(page, (text) => document.querySelector("#cues [aria-current]")?.textContent !== text, first);
await follows();
step("chapters jump and the transcript follows");

/** Waits until the sentence being said is marked and in view. */
async function follows() {
  for (let looks = 0; looks < 200; looks++) {
    const { at, text, inView } = await current();
    const spoken = cues.filter(({ from, to }) => from - 0.4 <= at && at <= to + 0.4).map((cue) => cue.text);
    if (inView && spoken.includes(text)) return text;
    await page.waitForTimeout(50);
  }
  assert.fail(`not followed: ${JSON.stringify(await current())}`);
}

await page.locator("#story-title").focus();
await page.keyboard.press("k");
assert.equal(await audio("paused"), true);
await page.keyboard.press("n");
assert.equal(await page.textContent("#now-chapter"), told.chapters[3].title);
await page.keyboard.press("p");
assert.equal(await page.textContent("#now-chapter"), third.title);
const before = await audio("currentTime");
await page.keyboard.press("l");
assert.ok(Math.abs((await audio("currentTime")) - before - 30) < 1);
await page.keyboard.press("?");
await isShown("#keys[open]");
await screenshot(page, "page-keys");
await page.keyboard.press("Escape");
await tabTo("seek");
await page.keyboard.press("Home");
assert.ok((await audio("currentTime")) < 1, "the seek bar obeys the keyboard");
step("the keys work");

// Nothing lies over anything; marks, volume and the timer are there.
const covers = () =>
  page.evaluate(() => {
    const [player, words] = ["player", "listen"].map((id) => document.getElementById(id).getBoundingClientRect());
    return player.right > words.left && player.left < words.right && player.bottom > words.top && player.top < words.bottom;
  });
assert.equal(await covers(), false);
assert.equal(await page.locator("#marks i").count(), told.chapters.length - 1);
await page.locator("#volume").press("Home");
assert.equal(await audio("volume"), 0);
await page.locator("#volume").press("End");
await page.selectOption("#sleep", "chapter");
await page.evaluate((start) => {
  document.getElementById("audio").currentTime = start - 1.5;
}, told.chapters[1].startSeconds);
await page.click("#play");
await until(page, () => document.getElementById("sleep").value === "" && document.getElementById("audio").paused);
step("the sound stops with the chapter when it is told to");

// How it looks: light and dark, wide and narrow.
await page.evaluate(() => {
  document.getElementById("audio").currentTime = 65;
});
await follows();
await page.evaluate(() => window.scrollTo(0, 0));
await screenshot(page, "page-listen");
await isAccessible(page, "the player", (copy) => copy.locator("#cues .cue").first().waitFor());
await page.click("#theme");
await screenshot(page, "page-listen-dark");
await page.reload();
await isShown("#listen");
assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark", "the colours are remembered");
assert.ok((await audio("currentTime")) > 60, "the place is remembered");
await isAccessible(page, "the player, dark", (copy) => copy.locator("#cues .cue").first().waitFor());
await page.setViewportSize({ width: 360, height: 740 });
await isNotWiderThanTheWindow(page, "the player");
await screenshot(page, "page-listen-phone-dark");
await page.click("#theme");
await isShown("#play");
assert.equal(await page.locator("#mini").isVisible(), false);
await page.evaluate(() => document.getElementById("transcript-title").scrollIntoView());
await isShown("#mini");
await screenshot(page, "page-listen-phone-words");
await page.evaluate(() => window.scrollTo(0, 0));
await screenshot(page, "page-listen-phone", { fullPage: true });
await isAccessible(page, "the player on a phone", (copy) => copy.locator("#cues .cue").first().waitFor());
step("it is usable dark and light, wide and narrow");

await page.click(".brand");
await page.locator("#books .badge.completed").waitFor();
await isNotWiderThanTheWindow(page, "the start page");
await screenshot(page, "page-home-phone", { fullPage: true });
await page.setViewportSize({ width: 1280, height: 900 });
await screenshot(page, "page-home");
await isAccessible(page, "the start page", (copy) => copy.locator("#books .badge").first().waitFor());
await page.click("#theme");
await page.reload();
await page.locator("#books .badge.completed").waitFor();
await screenshot(page, "page-home-dark");
await isAccessible(page, "the start page, dark", (copy) => copy.locator("#books .badge").first().waitFor());
await page.click("#theme");
await page.click("#hear");
await until(page, () => document.getElementById("hear").classList.contains("playing"));
await page.click("#hear");
step("the story is on the shelf, and a voice can be heard");

// The owner's menu: a name of one's own, and a link for others, who can listen and change nothing.
await page.locator("#books a").first().click();
await isShown("#player");
await page.click("#story-menu summary");
await page.click("#rename");
await page.fill("#renaming-name", "");
await page.keyboard.press("Enter");
await isShown("#renaming-name-error");
await page.fill("#renaming-name", "The sample, told");
await page.keyboard.press("Enter");
await until(page, () => document.getElementById("story-title").textContent === "The sample, told");
await page.click("#story-menu summary");
await page.click("#share");
await isShown("#sharing[open]");
const link = await page.inputValue("#sharing-link");
const listener = await person();
await listener.goto(link);
await listener.locator("#player").waitFor();
assert.equal(await listener.textContent("#story-title"), "The sample, told");
await listener.locator("#cues .cue").first().waitFor();
await isAccessible(listener, "a shared story", (copy) => copy.locator("#cues .cue").first().waitFor());
await listener.click("#story-menu summary");
for (const id of ["share", "rename", "restart", "remove"]) {
  assert.equal(await listener.locator(`#${id}`).isVisible(), false, `${id} is the owner's`);
}
await page.click("#sharing-end");
await until(page, () => !document.getElementById("sharing").open);
await listener.reload();
await until(listener, () => document.getElementById("story-title").textContent === "There is no such story");
step("a story is renamed, shared by a link, and shared no more");

// Again, then stopped.
await page.click("#story-menu summary");
await screenshot(page, "page-menu");
await page.locator("#restart").click();
await isShown("#confirm[open]");
await page.keyboard.press("Escape");
assert.equal((await story()).status, "COMPLETED", "Escape means no");
await page.click("#story-menu summary");
await page.locator("#restart").click();
await page.locator("#confirm-yes").click();
await isShown("#live");
await page.locator("#cancel").click();
await page.locator("#confirm-yes").click();
await until(page, () => /was stopped/.test(document.getElementById("story-note").textContent));
await isShown("#retry");
await screenshot(page, "page-stopped");
step("a story is made again, and stopped");

// What cannot be told says why.
await page.goto(`${BASE}/#/`);
await page.fill("#repoUrl", MISSING);
await page.click("#submit");
await until(page, () => /could not be made\. \S/.test(document.getElementById("story-note").textContent));
await screenshot(page, "page-failed");
await isAccessible(page, "a story that failed", (copy) => copy.locator("#retry").waitFor());
await page.goto(`${BASE}/#/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2`);
await until(page, () => document.getElementById("story-title").textContent === "There is no such story");
await page.goto(`${BASE}/#/nowhere`);
await isShown("#missing");
step("failures are told in words");

// Deleted, it is gone from the shelf.
await page.goto(`${BASE}/#/`);
await page.locator("#books a").first().click();
await isShown("#story-menu");
const doomed = await page.evaluate(() => location.hash.split("/").pop());
await page.click("#story-menu summary");
await page.click("#remove");
await page.click("#confirm-yes");
await until(page, () => location.hash === "#/");
await until(page, (id) => document.querySelector("#books li") && !document.querySelector(`#books [data-id="${id}"]`), doomed);
step("a story is deleted");

// More stories than one page shows: the second page is asked for after the last of the first.
const asked = [];
await page.route("**/graphql", async (route, request) => {
  const { query, variables } = request.postDataJSON();
  if (!query.includes("stories(")) return route.continue();
  asked.push(variables.after ?? null);
  const start = variables.after ? 20 : 0;
  const node = (index) => ({ id: `${index}`, title: `Story ${index} <b>&amp;</b>`, status: "COMPLETED", percent: 100, updatedAt: "2026-01-01T00:00:00Z" });
  const edges = Array.from({ length: variables.after ? 3 : 20 }, (_, index) => ({ node: node(start + index) }));
  const stories = { edges, pageInfo: { hasNextPage: !variables.after, endCursor: "twenty" } };
  return route.fulfill({ json: { data: { stories } } });
});
await page.reload();
await page.locator("#older").click();
await page.locator("#books li").nth(22).waitFor();
assert.deepEqual(asked, [null, "twenty"]);
assert.equal(await page.textContent("#books li:first-child .book-title"), "Story 0 <b>&amp;</b>", "text stays text");
assert.equal(await page.locator("#older").isHidden(), true);
step("older stories are loaded when asked for");

await end();
