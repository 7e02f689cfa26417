// A workflow in the page: created and executed from a form of its schema, its graph and its state step by step, a question
// answered from a form, and a fork at a step.
import assert from "node:assert/strict";
import { BASE, end, forgive, isAccessible, isNotWiderThanTheWindow, person, screenshot, step, until } from "./browser.mjs";

const DOCUMENTS = JSON.stringify([
  { title: "Quorums", text: "A quorum is a majority of the members. With a quorum of three of five members, two may fail." },
  { title: "Cooking", text: "Boil the water first." },
]);
const page = await person();
const isShown = (selector) => page.locator(selector).waitFor({ state: "visible" });
const stands = (word) => until(page, (text) => document.getElementById("workflow-status").textContent === text, word);

// Whoever has no session is asked to get one.
await page.goto(`${BASE}/#/workflows`);
await isShown("#workflows-guest");
await page.click("#workflows-guest");
await isShown("#workflow-form");
forgive(/401/);
step("a guest has a session");

// The form is made of the type's schema, and tells at the field what is wrong.
await page.selectOption("#workflow-type", "research");
await isShown("#input-question");
await page.click("#workflow-form button.main");
await isShown("#input-question-error");
await page.fill("#input-question", "How many members may fail?");
await page.fill("#input-documents", "not JSON");
await page.click("#workflow-form button.main");
await isShown("#input-documents-error");
await page.fill("#input-documents", DOCUMENTS);
await page.click("#workflow-form button.main");
await until(page, () => location.hash.startsWith("#/workflows/"));
step("a workflow is executed");

// It asks, and shows where it stands: the graph, and the state step by step.
await stands("interrupted");
await isShown(".question");
await isShown('.graph [data-node="review"].next');
assert.ok((await page.locator(".graph .done").count()) >= 2);
await until(page, () => document.getElementById("workflow-state").textContent.includes("Quorums"));
const steps = await page.locator("#workflow-step option").count();
assert.ok(steps >= 3, `${steps} steps`);
await page.click("#workflow-back");
await until(page, () => !document.getElementById("workflow-forth").disabled);
await isNotWiderThanTheWindow(page, "a workflow");
await screenshot(page, "workflow-asks", { fullPage: true });
await isAccessible(page, "a workflow that asks", (copy) => copy.locator(".question").waitFor());
step("its graph and its state are shown");

// A fork at an earlier step is a workflow of its own.
const first = page.url();
const before = await page.locator("#workflow-step option").evaluateAll((options) => options.find((option) => option.text.includes("before review"))?.value);
assert.ok(before, "there is a step before the review");
await page.selectOption("#workflow-step", before);
await page.click("#workflow-fork");
await until(page, (url) => location.href !== url, first);
await until(page, () => document.getElementById("workflow-title").textContent.endsWith("(fork)"));
await isShown("#workflow-start");
step("it is forked at a step");

// The first one is answered from the form, which is made of the question's schema.
await page.goto(first);
await isShown(".question select");
await page.click(".question button.main");
await isShown(".question .wrong:not([hidden])");
await page.selectOption(".question select", { label: "accept" });
await page.click(".question button.main");
await stands("completed");
await isShown("#workflow-output");
assert.match(await page.textContent("#workflow-output"), /two may fail/);
assert.equal(await page.locator(".question").count(), 0);
await page.setViewportSize({ width: 360, height: 740 });
await isNotWiderThanTheWindow(page, "a workflow on a phone");
await screenshot(page, "workflow-done", { fullPage: true });
await page.goto(`${BASE}/#/workflows`);
await until(page, () => document.querySelectorAll("#workflow-list li").length === 2);
await isNotWiderThanTheWindow(page, "workflows on a phone");
step("it is answered, and ends");

await end();
