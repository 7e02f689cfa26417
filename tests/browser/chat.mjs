// A person and the assistants: asks, sees the answer as it comes and what it proposes, stops one, and leaves nothing behind.
import assert from "node:assert/strict";
import { BASE, end, forgive, isAccessible, isNotWiderThanTheWindow, person, please, screenshot, step, until } from "./browser.mjs";

const page = await person();
const isShown = (selector) => page.locator(selector).waitFor({ state: "visible" });
const isHidden = (selector) => page.locator(selector).waitFor({ state: "hidden" });
const last = () => page.locator("#chat-log .assistant .chat-words").last();

async function ask(message) {
  await page.fill("#chat-message", message);
  await page.click("#chat-send");
}

await page.goto(`${BASE}/#/chat`);
await isShown("#chat-guest");
await page.click("#chat-guest");
await isShown("#chat-form");
await isAccessible(page, "the assistants", (copy) => copy.locator("#chat-form").waitFor());
// A stranger is asked who it is, and so is the copy that is looked at.
forgive(/status of 401/);
step("a guest may chat");

await page.click("#chat-send");
await isShown("#chat-error");
step("an empty message is told");

await ask("remind me to call Anna on 2030-03-01");
await isShown(".chat-actions");
assert.equal(await last().textContent(), "I propose a task: call Anna on 1 March 2030.");
const proposed = await page.textContent(".chat-actions");
assert.match(proposed, /create record in tasks/);
assert.match(proposed, /Call Anna/);
await isHidden("#chat-stop");
await screenshot(page, "chat", { fullPage: true });
await page.setViewportSize({ width: 360, height: 740 });
await isNotWiderThanTheWindow(page, "a chat");
await page.setViewportSize({ width: 1280, height: 900 });
step("an answer comes with what it proposes");

await ask("and tell me a long story about it");
await until(page, () => /and on and on/.test([...document.querySelectorAll("#chat-log .assistant .chat-words")].at(-1).textContent));
await isShown("#chat-stop");
step("words are shown before the answer is whole");

await page.click("#chat-stop");
await isHidden("#chat-stop");
assert.equal(await last().textContent(), "Stopped.");
await please("see that the model was told");
step("stopping reaches the model");

await page.reload();
await isShown("#chat-form");
assert.equal(await page.locator("#chat-log li").count(), 0);
forgive(/status of 401/);
step("the conversation went with the page");

await end();
