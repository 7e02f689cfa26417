// Signing in and signing up. The tokens go into cookies that no script can read.
import { call } from "./api.js";
import { byId, make, tell } from "./dom.js";
import { blank, onSubmit } from "./form.js";
import { changed } from "./session.js";

/** How the providers are called. */
const NAMES = { github: "GitHub", google: "Google" };
/** Why somebody came back from a provider without being signed in, until it was told. */
let brokenOff = takeError();

export function openSignIn() {
  blank("signin-form");
  tell(byId("signin-note"), brokenOff);
  brokenOff = "";
  offerProviders();
  byId("signin-identifier").focus();
  return () => blank("signin-form");
}

export function openForgotten() {
  blank("forgotten-form");
  byId("forgotten-email").focus();
  return () => blank("forgotten-form");
}

export function openSignUp() {
  blank("signup-form");
  offerProviders();
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

onSubmit("forgotten-form", async (values) => {
  await call("POST", "/api/v1/auth/password/forgotten", values);
  blank("forgotten-form");
  // The same words whether or not there is such an account.
  tell(byId("forgotten-form-done"), `If ${values.email} has an account, a link to set a new password is on its way.`);
});

onSubmit("signup-form", async (values) => {
  await call("POST", "/api/v1/auth/register?session=cookie", values);
  await changed("Your account is ready, and you are signed in.");
});

/** A button for each provider that this server knows; asked for once. */
async function offerProviders() {
  const boxes = [byId("signin-providers"), byId("signup-providers")];
  if (boxes[0].childElementCount) return;
  const { providers } = await call("GET", "/api/v1/auth/oauth").catch(() => ({ providers: [] }));
  for (const box of boxes) {
    const links = providers.map((provider) =>
      make("a", { class: "button quiet", href: `/api/v1/auth/oauth/${provider}?return_to=/` }, `Continue with ${NAMES[provider] ?? provider}`),
    );
    box.replaceChildren(...links);
    box.hidden = links.length === 0;
  }
}

/** A provider's word is in the query; it is told once, and a reload does not tell it again. */
function takeError() {
  const query = new URLSearchParams(location.search);
  const error = query.get("error");
  if (!error) return "";
  history.replaceState(null, "", `${location.pathname}#/sign-in`);
  return error === "access_denied" ? "You were not signed in: it was cancelled at the provider." : "The provider did not sign you in. Try again.";
}
