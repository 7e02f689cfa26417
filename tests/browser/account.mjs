// A guest who makes a story becomes an account and keeps it, signs out and in, makes a key for a program, and goes.
import assert from "node:assert/strict";
import {
  BASE,
  end,
  forgive,
  isAccessible,
  isNotWiderThanTheWindow,
  person,
  screenshot,
  step,
  until,
} from "./browser.mjs";

const REPOSITORY = process.env.REPOSITORY;
const EMAIL = "ada@example.org";
const PASSWORD = "correct horse battery";
const NEW_PASSWORD = "a better horse battery";
const page = await person({ permissions: ["clipboard-read", "clipboard-write"] });
const isShown = (selector) => page.locator(selector).waitFor({ state: "visible" });
const focused = () => page.evaluate(() => document.activeElement?.id ?? "");
const phone = () => page.setViewportSize({ width: 360, height: 740 });
const desk = () => page.setViewportSize({ width: 1280, height: 900 });
const saysName = (name) => until(page, (text) => document.getElementById("menu-name").textContent === text, name);

async function signIn(password) {
  await page.fill("#signin-identifier", EMAIL);
  await page.fill("#signin-password", password);
  await page.keyboard.press("Enter");
}

async function signOut() {
  await page.click("#menu summary");
  await page.click("#sign-out");
  await isShown("#to-signin");
}

// The guest and its story.
await page.goto(BASE);
await isShown("#to-signin");
await page.fill("#repoUrl", REPOSITORY);
await page.click("#submit");
await until(page, () => location.hash.startsWith("#/stories/"));
const story = await page.evaluate(() => location.hash.split("/").pop());
const kept = `#books li[data-id="${story}"]`;
step("a guest has a story");

// Signing up: mistakes are told where they are, and the rule beforehand.
await page.click("#to-signin");
await isShown("#signin-form");
assert.equal(await focused(), "signin-identifier");
await isAccessible(page, "signing in", (copy) => copy.locator("#signin-form").waitFor());
await page.click('#signin a[href="#/sign-up"]');
await isShown("#signup-form");
assert.match(await page.textContent("#signup-password-hint"), /At least 8 characters/);
assert.match(await page.textContent("#signup-note"), /keep them all/);
for (const [id, hint] of [["signin-identifier", "username"], ["signin-password", "current-password"], ["signup-password", "new-password"]]) {
  assert.equal(await page.getAttribute(`#${id}`, "autocomplete"), hint);
}
await page.fill("#signup-email", EMAIL);
await page.fill("#signup-username", "ada");
await page.fill("#signup-password", "short");
await page.keyboard.press("Enter");
await isShown("#signup-password-error");
assert.equal(await focused(), "signup-password");
await screenshot(page, "account-sign-up");
await isAccessible(page, "signing up", (copy) => copy.locator("#signup-form").waitFor());
await phone();
await isNotWiderThanTheWindow(page, "signing up");
await screenshot(page, "account-sign-up-phone", { fullPage: true });
await desk();
forgive(/status of 422/);
await page.fill("#signup-password", PASSWORD);
await page.keyboard.press("Enter");
await saysName(EMAIL);
await isShown(kept);
await page.click(`${kept} a`);
// Open already while the story is made, shut afterwards.
await until(page, () => {
  document.getElementById("log-box").open = true;
  return document.querySelector("#log li");
});
await page.click(".brand");
await isShown(kept);
const cookies = await page.context().cookies();
assert.ok(cookies.find(({ name }) => name === "saga_access").httpOnly, "scripts cannot read the token");
step("the guest signs up and keeps the story");

await signOut();
await isShown("#shelf-empty");
assert.equal(await page.locator(kept).count(), 0);
step("signed out, the story is gone");

await page.click("#to-signin");
await signIn("a wrong password");
await isShown("#signin-form-problem");
forgive(/status of 401/);
await screenshot(page, "account-sign-in-wrong");
await signIn(PASSWORD);
await saysName(EMAIL);
await isShown(kept);
await page.reload();
await saysName(EMAIL);
await isShown(kept);
step("signed in, it is there, after a reload too");

// The access token runs out: the page renews the session by itself.
const spoiled = (await page.context().cookies()).find(({ name }) => name === "saga_access");
await page.context().addCookies([{ ...spoiled, value: "run.out.long-ago" }]);
await page.reload();
await saysName(EMAIL);
await isShown(kept);
forgive(/status of 401/);
step("a session that ran out is renewed");

// The account by keyboard.
await page.locator("#menu summary").focus();
await page.keyboard.press("Enter");
await isShown("#to-account");
await page.keyboard.press("Escape");
assert.equal(await page.locator("#to-account").isVisible(), false, "Escape closes the menu");
await page.keyboard.press("Enter");
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
await isShown("#settings");
assert.equal(await focused(), "settings-title");
assert.equal(await page.textContent("#you-email"), EMAIL);
assert.equal(await page.textContent("#you-username"), "ada");
assert.equal(await page.textContent("#you-tier"), "Free");
await page.locator("#audit li").first().waitFor();
await page.locator("#sessions li").first().waitFor();

// A key for a program, which works until it is revoked.
const asKey = (key) =>
  fetch(`${BASE}/api/v1/auth/me`, { headers: { authorization: `Bearer ${key}` } }).then(async (answer) => [
    answer.status,
    (await answer.json()).email,
  ]);
await page.fill("#key-name", "build server");
await page.check('#key-scopes input[value="account:read"]');
await page.selectOption("#key-days", "30");
await page.locator("#key-name").press("Enter");
await isShown("#secret-box");
await page.locator("#api-keys li").waitFor();
assert.match(await page.textContent("#api-keys li"), /account:read · expires in (4 weeks|30 days|last month|next month)/);
const key = await page.inputValue("#secret");
assert.deepEqual(await asKey(key), [200, EMAIL]);
await page.click("#secret-copy");
await until(page, () => document.getElementById("secret-copy").textContent === "Copied");
assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
await screenshot(page, "account", { fullPage: true });
await isAccessible(page, "the account", (copy) => copy.locator("#api-keys li").waitFor());
await page.click("#theme");
await screenshot(page, "account-dark", { fullPage: true });
await isAccessible(page, "the account, dark", (copy) => copy.locator("#api-keys li").waitFor());
await phone();
await isNotWiderThanTheWindow(page, "the account");
await screenshot(page, "account-phone-dark", { fullPage: true });
await page.click("#theme");
await desk();
await page.reload();
await page.locator("#api-keys li").waitFor();
assert.equal(await page.inputValue("#secret"), "", "the key is shown once");
await page.click('#api-keys [aria-label="New secret for build server"]');
await page.click("#confirm-yes");
await isShown("#secret-box");
const second = await page.inputValue("#secret");
assert.equal((await asKey(key))[0], 401, "the old secret is dead");
assert.deepEqual(await asKey(second), [200, EMAIL]);
await page.click('#api-keys [aria-label="Revoke build server"]');
await page.click("#confirm-yes");
await isShown("#api-keys-empty");
assert.equal((await asKey(second))[0], 401, "a revoked key is dead");
step("a key is made, used, made anew and revoked");

// Another browser signs in, and is signed out from here.
const other = await person();
await other.goto(`${BASE}/#/sign-in`);
await other.fill("#signin-identifier", "ada");
await other.fill("#signin-password", PASSWORD);
await other.keyboard.press("Enter");
await other.locator("#menu").waitFor();
await page.reload();
await page.locator("#sessions button").first().waitFor();
const others = await page.locator("#sessions button").count();
await page.locator("#sessions button").first().click();
await until(page, (count) => document.querySelectorAll("#sessions button").length === count - 1, others);
step("a session is ended from another one");

// A new password, confirmed by the old one.
await page.fill("#password-current", "not this one");
await page.fill("#password-new", NEW_PASSWORD);
await page.keyboard.press("Enter");
await isShown("#password-current-error");
forgive(/status of 422/);
await page.fill("#password-current", PASSWORD);
await page.keyboard.press("Enter");
await isShown("#password-form-done");
await page.fill("#email-email", "lovelace@example.org");
await page.fill("#email-password", NEW_PASSWORD);
await page.keyboard.press("Enter");
await isShown("#email-form-done");
assert.equal(await page.textContent("#you-email"), "lovelace@example.org");
step("password and email are changed");

// The end.
await page.fill("#delete-password", "not this one");
await page.keyboard.press("Enter");
await page.click("#confirm-yes");
await isShown("#delete-password-error");
assert.equal(await focused(), "delete-password");
forgive(/status of 422/);
await page.fill("#delete-password", NEW_PASSWORD);
await page.keyboard.press("Enter");
await page.click("#confirm-yes");
await isShown("#to-signin");
await isShown("#shelf-empty");
await page.click("#to-signin");
await page.fill("#signin-identifier", "lovelace@example.org");
await page.fill("#signin-password", NEW_PASSWORD);
await page.keyboard.press("Enter");
await isShown("#signin-form-problem");
forgive(/status of 401/);
step("the account is deleted");

await end();
