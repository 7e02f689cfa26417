// Fiction in the page: a prompt, the question to its author, the book read while it is written, its people and open
// promises, the book listened to, and a finding that is marked as intended.
import assert from "node:assert/strict";
import { BASE, end, forgive, isAccessible, isNotWiderThanTheWindow, person, screenshot, step, until } from "./browser.mjs";

const MANUSCRIPT = `# The Letter

## One

The letter came on a Tuesday. When Mathilda opened it, Corwin looked away. Mathilda was forty-two years old, and her green eyes had seen worse.

“Who sent it?” asked Corwin. He sat down on the stairs. Then Mathilda laughed, and Corwin did not.

Old Benedikt was standing in the yard. Now Benedikt walked to the gate, and he whistled. Mathilda’s green eyes followed him.

## Two

Later Mathilda walked down to the river, and Corwin went with her. She said that Benedikt had always liked the river. Nobody answered Mathilda. She turned round.

So Mathilda sold the house. She kept the letter. Corwin carried the trunk and Mathilda carried the clock. Mathilda’s brown eyes were dry.
`;
const page = await person();
const isShown = (selector) => page.locator(selector).waitFor({ state: "visible" });

// Whoever has no session is asked to get one.
await page.goto(`${BASE}/#/fiction`);
await isShown("#fiction-guest");
await page.click("#fiction-guest");
await isShown("#fiction-form");
forgive(/401/);
await page.click("#fiction-form button.main");
await isShown("#fiction-prompt-error");
step("a prompt of nothing is refused at its field");

// A prompt that leaves the most important thing open.
await page.fill("#fiction-prompt", "Mira Voss.");
await page.fill("#fiction-chapters", "40");
await page.fill("#fiction-wordsPerChapter", "800");
await page.click("#fiction-form button.main");
await until(page, () => location.hash.startsWith("#/books/"));
await isShown("#book-question .question");
await isNotWiderThanTheWindow(page, "a book that asks");
await screenshot(page, "fiction-asks", { fullPage: true });
await isAccessible(page, "a book that asks its author", (copy) => copy.locator("#book-question .question").waitFor());
const choice = page.locator("#book-question select");
await choice.selectOption({ label: "mystery" });
await page.click("#book-question button.main");
step("its author is asked, and answers");

// It is read while it is written, with who is in it and what it has promised.
await until(page, () => {
  const status = document.getElementById("book-status");
  const read = document.querySelectorAll("#book-prose p").length > 1;
  return read && !status.classList.contains("completed") && document.querySelector("#book-promises li");
});
await until(page, () => [...document.querySelectorAll("#book-cast b")].some((name) => name.textContent.includes("Mira")));
await page.click("#book-chapters li:first-child button");
await until(page, () => document.querySelector("#book-prose h2")?.textContent.startsWith("1. "));
await screenshot(page, "fiction-while-written");
step("it is read while it is written");

await isShown("#book-status.completed");
await isNotWiderThanTheWindow(page, "a book");
await screenshot(page, "fiction-done", { fullPage: true });
await isAccessible(page, "a book", (copy) => copy.locator("#book-prose p").first().waitFor());

// What its author lays down counts, and is taken out again.
await page.click("#book-bible-box summary");
await page.click("#book-bible-form button.main");
await isShown("#book-bible-subject-error");
await page.fill("#book-bible-subject", "Mira Voss");
await page.fill("#book-bible-property", "hair");
await page.fill("#book-bible-value", "green");
await page.locator("#book-bible-level").selectOption({ label: "all books of the series" });
await page.click("#book-bible-form button.main");
await isShown("#book-bible-level-error");
await page.fill("#book-bible-series", "Harrow");
await page.click("#book-bible-form button.main");
await page.locator("#book-bible li", { hasText: "hair green" }).waitFor();
await isNotWiderThanTheWindow(page, "what is laid down");
await isAccessible(page, "what is laid down", (copy) => copy.locator("#book-bible li").first().waitFor());
await page.locator("#book-bible li button").first().click();
await until(page, () => document.querySelectorAll("#book-bible li").length === 0);
await isShown("#book-status.completed");
step("what its author lays down is listed and taken out");

// A manuscript that contradicts itself.
await page.goto(`${BASE}/#/fiction`);
await isShown("#fiction-form");
await page.setInputFiles("#fiction-manuscript", { name: "letter.md", mimeType: "text/markdown", buffer: Buffer.from(MANUSCRIPT) });
await until(page, () => location.hash.startsWith("#/books/"));
await isShown("#book-findings li");
const found = page.locator("#book-findings li", { hasText: "eyes" }).first();
await found.locator("button", { hasText: "This is intended" }).click();
await isShown("#book-findings li.intended");
await page.reload();
await isShown("#book-findings li.intended");
assert.match(await page.textContent("#book-findings li.intended"), /Not intended after all/);
await page.setViewportSize({ width: 360, height: 740 });
await isNotWiderThanTheWindow(page, "findings on a phone");
await screenshot(page, "fiction-findings", { fullPage: true });
step("a finding is marked as intended");

// It is listened to, short as it is.
await page.click("#book-narrate");
await isShown("#book-audio");
await page.evaluate(() => document.getElementById("book-audio").play());
await until(page, () => document.getElementById("book-audio").currentTime > 0.2);
step("it is listened to");

await end();
