// The schema to walk through: types, fields, arguments, what they mean, what is deprecated; and a search.
import { bare, write } from "./schema.js";

const byId = (id) => document.getElementById(id);
const KINDS = { OBJECT: "type", INPUT_OBJECT: "input", ENUM: "enum", SCALAR: "scalar", INTERFACE: "interface", UNION: "union" };

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Shows the schema; `useField(root, field)` is called when somebody wants a root field in the query. */
export function openBrowser(schema, useField) {
  const [browse, trail, search] = [byId("browse"), byId("trail"), byId("search")];
  let path = [];

  const show = (next, focus = true) => {
    path = next;
    search.value = "";
    drawTrail();
    browse.replaceChildren(...(path.length ? typeView(path.at(-1)) : start()));
    byId("schema").scrollTop = 0;
    if (focus) browse.focus({ preventScroll: true });
  };
  const walk = (name) => show([...path.filter((one) => one !== name), name]);

  function drawTrail() {
    trail.hidden = path.length === 0;
    const steps = ["Schema", ...path];
    trail.replaceChildren(
      ...steps.flatMap((name, index) => {
        const isLast = index === steps.length - 1;
        const step = isLast
          ? make("span", { "aria-current": "page" }, name)
          : make("button", { type: "button", class: "text", onclick: () => show(path.slice(0, index)) }, name);
        return index ? [make("span", { "aria-hidden": "true" }, " › "), step] : [step];
      }),
    );
  }

  const typeLink = (type) => {
    const name = bare(type);
    const link = make("button", { type: "button", class: "text type", onclick: () => walk(name) }, write(type));
    link.dataset.type = name;
    return link;
  };
  const words = (text) => (text ? make("p", { class: "words" }, text) : null);
  const deprecated = ({ isDeprecated, deprecationReason }) =>
    isDeprecated ? make("p", { class: "gone" }, make("b", {}, "Deprecated. "), deprecationReason ?? "") : null;

  function argument({ name, type, defaultValue, description, ...rest }) {
    return make(
      "li",
      {},
      make("code", {}, make("span", { class: "argument" }, name), ": ", typeLink(type), defaultValue ? ` = ${defaultValue}` : ""),
      words(description),
      deprecated(rest),
    );
  }

  function fieldView(typeName, field) {
    const root = Object.keys(schema.roots).find((kind) => schema.roots[kind] === typeName);
    const head = make(
      "div",
      { class: "member-head" },
      make("code", {}, make("span", { class: "member-name" }, field.name), ...(field.type ? [": ", typeLink(field.type)] : [])),
      root
        ? make("button", { type: "button", class: "small", "aria-label": `Put ${field.name} into the query`, onclick: () => useField(root, field) }, "Use")
        : null,
    );
    const args = field.args?.length ? make("ul", { class: "arguments", "aria-label": `Arguments of ${field.name}` }, ...field.args.map(argument)) : null;
    const defaults = field.defaultValue ? make("p", { class: "words" }, `Default: ${field.defaultValue}`) : null;
    const item = make("li", { class: field.isDeprecated ? "member old" : "member" }, head, words(field.description), deprecated(field), defaults, args);
    item.dataset.member = field.name;
    return item;
  }

  function typeView(name) {
    const type = schema.type(name);
    const list = (title, items) => (items.length ? [make("h4", {}, title), make("ul", { class: "members" }, ...items)] : []);
    const others = (title, types) => list(title, (types ?? []).map((one) => make("li", {}, typeLink({ name: one.name }))));
    return [
      make("h3", {}, make("span", { class: "kind" }, KINDS[type.kind] ?? ""), " ", type.name),
      ...[words(type.description)].filter(Boolean),
      ...(type.specifiedByURL ? [make("p", { class: "words" }, `Specified by ${type.specifiedByURL}`)] : []),
      ...others("Implements", type.interfaces),
      ...list("Fields", [...(type.fields ?? []), ...(type.inputFields ?? [])].map((field) => fieldView(name, field))),
      ...list("Values", (type.enumValues ?? []).map((value) => fieldView(name, value))),
      ...others(type.kind === "UNION" ? "One of" : "Implemented by", type.possibleTypes),
    ];
  }

  function start() {
    const roots = Object.entries(schema.roots).filter(([, name]) => name);
    const rootNames = new Set(roots.map(([, name]) => name));
    const rest = schema.listed().filter(({ name }) => !rootNames.has(name));
    return [
      ...[words(schema.description)].filter(Boolean),
      make("h3", {}, "Where to begin"),
      make("ul", { class: "plain" }, ...roots.map(([kind, name]) => make("li", {}, make("span", { class: "kind" }, kind), " ", typeLink({ name })))),
      make("h3", {}, "All types"),
      make("ul", { class: "plain" }, ...rest.map(({ kind, name }) => make("li", {}, make("span", { class: "kind" }, KINDS[kind] ?? ""), " ", typeLink({ name })))),
    ];
  }

  function results() {
    const found = schema.search(search.value);
    if (!found.length) return [make("p", { class: "words" }, "Nothing of that name.")];
    return [
      make(
        "ul",
        { class: "plain", "aria-label": "What was found" },
        ...found.map(({ type, field }) => {
          const name = field ? `${type.name}.${field.name}` : type.name;
          const go = () => {
            show([type.name]);
            const member = field && [...browse.querySelectorAll("[data-member]")].find(({ dataset }) => dataset.member === field.name);
            member?.classList.add("found");
            member?.scrollIntoView({ block: "center" });
          };
          return make("li", {}, make("button", { type: "button", class: "text", onclick: go }, name), field?.isDeprecated ? make("small", {}, " deprecated") : null);
        }),
      ),
    ];
  }

  search.addEventListener("input", () => {
    if (search.value.trim()) browse.replaceChildren(...results());
    else show(path, false);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    browse.querySelector("button")?.focus();
  });
  show([], false);
}
