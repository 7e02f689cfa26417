// A form made of a JSON Schema: a field for each property, by its type. What has no field of its own is written as JSON.
import { make } from "./dom.js";

/** `{ element, read, refuse }`: `read()` gives the value or throws the sentence that a field already shows. */
export function fieldsOf(schema, prefix) {
  const object = schema && kindOf(schema) === "object" && schema.properties;
  if (!object) return one(schema ?? {}, prefix, "Answer", true);
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(([name, of]) => [name, one(of, `${prefix}-${name}`, wordOf(name, of), required.has(name))]);
  return {
    element: make("div", { class: "fields" }, ...fields.map(([, field]) => field.element)),
    read() {
      const value = {};
      let problem = null;
      for (const [name, field] of fields) {
        try {
          const read = field.read();
          if (read !== undefined) value[name] = read;
        } catch (error) {
          problem ??= error;
        }
      }
      if (problem) throw problem;
      return value;
    },
    refuse(path, message) {
      const [first, ...rest] = path.split(".");
      const field = fields.find(([name]) => name === first)?.[1];
      if (field) field.refuse(rest.join("."), message);
      return Boolean(field);
    },
  };
}

const kindOf = (schema) => (Array.isArray(schema.type) ? schema.type.find((type) => type !== "null") : schema.type);
const wordOf = (name, schema) => schema.title ?? name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

function one(schema, id, label, required) {
  const wrong = make("p", { class: "wrong", id: `${id}-error`, hidden: true });
  const { control, read } = controlOf(schema, id, required);
  control.setAttribute("aria-describedby", `${id}-hint ${id}-error`);
  const refuse = (_path, message) => {
    wrong.textContent = message;
    wrong.hidden = !message;
    control.setAttribute("aria-invalid", String(Boolean(message)));
  };
  const hint = make("p", { class: "hint", id: `${id}-hint` }, schema.description ?? "");
  const labelled = make("label", { htmlFor: id }, label, required ? "" : " (optional)");
  return {
    element: make("div", { class: "field" }, labelled, control, hint, wrong),
    refuse,
    read() {
      refuse("", "");
      try {
        return read();
      } catch (error) {
        refuse("", error.message);
        control.focus();
        throw error;
      }
    },
  };
}

function controlOf(schema, id, required) {
  const kind = kindOf(schema);
  const choices = schema.enum ?? (kind === "boolean" ? [true, false] : null);
  if (choices) return choose(choices, id, required);
  if (kind === "string") return write(schema, id, required);
  if (kind === "integer" || kind === "number") return count(schema, id, kind, required);
  return asJson(id, required);
}

function choose(choices, id, required) {
  const words = (value) => (value === true ? "Yes" : value === false ? "No" : String(value));
  const options = choices.map((value, at) => make("option", { value: String(at) }, words(value)));
  const none = make("option", { value: "" }, required ? "Choose" : "Nothing");
  const control = make("select", { id }, none, ...options);
  return { control, read: () => given(control, required, (text) => choices[Number(text)]) };
}

function write(schema, id, required) {
  const long = (schema.maxLength ?? 0) > 200;
  const control = make(long ? "textarea" : "input", { id, autocomplete: "off", ...(long ? {} : { type: "text" }) });
  if (schema.maxLength) control.maxLength = schema.maxLength;
  return { control, read: () => given(control, required, (text) => text) };
}

function count(schema, id, kind, required) {
  const control = make("input", { id, type: "number", step: kind === "integer" ? "1" : "any" });
  for (const [name, of] of [["min", schema.minimum], ["max", schema.maximum]]) if (of !== undefined) control[name] = of;
  return { control, read: () => given(control, required, Number) };
}

function asJson(id, required) {
  const control = make("textarea", { id, rows: 5, spellcheck: false, class: "code" });
  const parse = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      throw new Error("Write this as JSON: a text in quotes, a number, a list or an object.");
    }
  };
  return { control, read: () => given(control, required, parse) };
}

function given(control, required, read) {
  if (control.value.trim() !== "") return read(control.value);
  if (required) throw new Error("This is needed.");
  return undefined;
}
