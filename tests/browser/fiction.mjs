// Fiction in the page: a prompt, the question to its author, the book read while it is written, its people and open
// promises, and the book listened to.
import { BASE, end, forgive, isAccessible, isNotWiderThanTheWindow, person, screenshot, step, until } from "./browser.mjs";

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

// It is listened to.
await page.click("#book-narrate");
await isShown("#book-audio");
await page.evaluate(() => document.getElementById("book-audio").play());
await until(page, () => document.getElementById("book-audio").currentTime > 0.2);
step("it is listened to");

await end();
