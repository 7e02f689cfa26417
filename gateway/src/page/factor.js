// Proving the email, and the second factor of signing in: turned on by the first code of an authenticator, off by a code and
// the password.
import { call, Problem } from "./api.js";
import { announce, byId, tell } from "./dom.js";
import { blank, onSubmit } from "./form.js";
import { look, signedIn } from "./session.js";

const SVG = "http://www.w3.org/2000/svg";
const FORMS = ["factor-begin-form", "factor-confirm-form", "factor-off-form"];

/** Shows how the account stands. A server that knows of no second factor shows nothing of it. */
export function drawFactor(person) {
  const known = typeof person.second_factor === "boolean";
  const verified = byId("you-verified");
  tell(verified, known && person.email ? (person.email_verified ? "confirmed" : "not confirmed") : "");
  verified.classList.toggle("completed", person.email_verified === true);
  byId("verify").hidden = !known || !person.email || person.email_verified;
  byId("verify-done").textContent = "";
  byId("factor").hidden = !known;
  if (!known) return;
  FORMS.forEach(blank);
  tell(
    byId("factor-words"),
    person.second_factor
      ? "It is on: after the password, a code from your authenticator app is asked for."
      : "After the password, ask for a code from an authenticator app too.",
  );
  showForm(person.second_factor ? "factor-off-form" : "factor-begin-form");
  for (const field of document.querySelectorAll("[data-factor]")) field.hidden = !person.second_factor;
  for (const id of ["factor-begin-password", "factor-off-password"]) {
    byId(id).required = person.has_password;
    byId(id).parentElement.hidden = !person.has_password;
  }
}

function showForm(id) {
  for (const form of FORMS) byId(form).hidden = form !== id;
}

/**
 * Draws the code out of the picture's numbers. The picture itself is never put into the page as markup: of all that it says
 * only the size and the outline are taken.
 */
function drawQr(text) {
  const box = /viewBox="([\d. ]+)"/.exec(text)?.[1];
  const outline = [...text.matchAll(/\bd="([MmHhVvLlZz\d., -]+)"/g)].map((found) => found[1]).join(" ");
  if (!box || !outline) return [];
  const picture = document.createElementNS(SVG, "svg");
  const [path, paper] = [document.createElementNS(SVG, "path"), document.createElementNS(SVG, "rect")];
  picture.setAttribute("viewBox", box);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "QR code with the key");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", "#fff");
  path.setAttribute("d", outline);
  path.setAttribute("fill", "#000");
  picture.append(paper, path);
  return [picture];
}

function showRecovery(codes) {
  byId("recovery-codes").textContent = codes.join("\n");
  byId("recovery").hidden = false;
  byId("recovery-codes").focus();
}

export function hideRecovery() {
  byId("recovery-codes").textContent = "";
  byId("recovery").hidden = true;
}

async function redraw() {
  await look();
  const person = signedIn();
  if (person) drawFactor(person);
}

onSubmit(
  "factor-begin-form",
  async (values) => {
    const { secret, qr_svg: qr } = await call("POST", "/api/v1/auth/second-factor", values);
    byId("factor-secret").textContent = secret;
    byId("factor-qr").replaceChildren(...drawQr(qr));
    showForm("factor-confirm-form");
    byId("factor-confirm-code").focus();
  },
  { wrongPassword: "password" },
);

onSubmit("factor-confirm-form", async (values) => {
  const { recovery_codes: codes } = await call("POST", "/api/v1/auth/second-factor/confirm", values);
  await redraw();
  showRecovery(codes);
  announce("Two-step sign-in is on.");
});

onSubmit(
  "factor-off-form",
  async (values) => {
    await call("DELETE", "/api/v1/auth/second-factor", values);
    hideRecovery();
    await redraw();
    byId("factor-title").focus();
    announce("Two-step sign-in is off.");
  },
  { wrongPassword: "password" },
);

byId("factor-renew").addEventListener("click", async () => {
  tell(byId("factor-off-form-problem"), "");
  const values = { code: byId("factor-off-code").value.trim(), password: byId("factor-off-password").value || undefined };
  try {
    const { recovery_codes: codes } = await call("POST", "/api/v1/auth/second-factor/recovery-codes", values);
    blank("factor-off-form");
    showRecovery(codes);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    tell(byId("factor-off-form-problem"), Object.values(problem.fields)[0] ?? problem.message);
  }
});

byId("recovery-hide").addEventListener("click", () => {
  hideRecovery();
  byId("factor-title").focus();
});

byId("verify-send").addEventListener("click", async () => {
  try {
    await call("POST", "/api/v1/auth/email/verification");
    byId("verify-done").textContent = "It is on its way.";
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    byId("verify-done").textContent = problem.message;
  }
});
