// Signing in and signing up. The tokens go into cookies that no script can read.
import { call } from "./api.js";
import { byId } from "./dom.js";
import { blank, onSubmit } from "./form.js";
import { changed } from "./session.js";

export function openSignIn() {
  blank("signin-form");
  byId("signin-identifier").focus();
  return () => blank("signin-form");
}

export function openSignUp() {
  blank("signup-form");
  return () => blank("signup-form");
}

onSubmit("signin-form", async (values) => {
  try {
    await call("POST", "/api/v1/auth/login?session=cookie", values);
  } catch (problem) {
    if (!problem.ticket) throw problem;
    // The account has a second factor: the code is asked for where providers lead, too.
    location.assign(`/confirm#code=${encodeURIComponent(problem.ticket)}&return_to=%2F`);
    return;
  }
  await changed("You are signed in.");
});

onSubmit("signup-form", async (values) => {
  await call("POST", "/api/v1/auth/register?session=cookie", values);
  await changed("You have an account now, and you are signed in.");
});
