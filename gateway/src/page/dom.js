// Small helpers around the document. Everything that comes from outside is put in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** A new element: properties by name, `class`, `aria-*` and `data-*` as attributes, children as nodes or text. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class") element.className = value;
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Shows `text` in the element, or hides it when there is none. */
export function tell(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/** Says it once to those who listen to the page with a screen reader. */
export function announce(text) {
  const place = byId("announcer");
  if (place.textContent !== text) place.textContent = text;
}

/** What the browser remembers for this page, or nothing when it may not. */
export const memory = {
  get(name) {
    try {
      return localStorage.getItem(`saga.${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      if (value === null) localStorage.removeItem(`saga.${name}`);
      else localStorage.setItem(`saga.${name}`, value);
    } catch {
      // Storage is off or full: it is forgotten, nothing else.
    }
  },
};

/** Asks before something that cannot be taken back; true when the person said yes. */
export function confirmed({ title, text, yes }) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
