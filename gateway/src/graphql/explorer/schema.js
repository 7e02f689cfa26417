// The schema as the server tells it, by name; and what a search finds in it.

const INTROSPECTION = `query Schema {
  __schema {
    description
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ...Input }
        type { ...Type }
      }
      inputFields(includeDeprecated: true) { ...Input }
      interfaces { name } possibleTypes { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    }
    directives { name description args { ...Input } }
  }
}
fragment Input on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...Type } }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`;

export async function loadSchema(send) {
  const { data, errors } = await send({ query: INTROSPECTION });
  if (!data?.__schema) throw new Error(errors?.[0]?.message ?? "The server did not tell its schema.");
  return new Schema(data.__schema);
}

/** `[Story!]!` */
export function write(type) {
  if (type.kind === "NON_NULL") return `${write(type.ofType)}!`;
  if (type.kind === "LIST") return `[${write(type.ofType)}]`;
  return type.name;
}

/** `Story` of `[Story!]!`. */
export function bare(type) {
  return type.ofType ? bare(type.ofType) : type.name;
}

export class Schema {
  constructor({ description, types, directives, queryType, mutationType, subscriptionType }) {
    this.description = description;
    this.types = new Map(types.map((type) => [type.name, type]));
    this.directives = directives;
    this.roots = { query: queryType?.name, mutation: mutationType?.name, subscription: subscriptionType?.name };
  }

  type(name) {
    return this.types.get(name);
  }

  field(typeName, name) {
    if (name === "__typename") return { name, args: [], type: { kind: "SCALAR", name: "String" }, description: "The name of the type." };
    return this.type(typeName)?.fields?.find((field) => field.name === name);
  }

  /** Names that people look up: not the schema's own description of itself. */
  listed() {
    return [...this.types.values()].filter(({ name }) => !name.startsWith("__"));
  }

  /** Types and fields that have the words in their names, those that begin with them first, then in their descriptions. */
  search(words, most = 60) {
    const wanted = words.trim().toLowerCase();
    if (!wanted) return [];
    const found = [];
    const rank = (name, description) => {
      const lower = name.toLowerCase();
      if (lower === wanted) return 0;
      if (lower.startsWith(wanted)) return 1;
      if (lower.includes(wanted)) return 2;
      return (description ?? "").toLowerCase().includes(wanted) ? 3 : null;
    };
    for (const type of this.listed()) {
      const place = rank(type.name, type.description);
      if (place !== null) found.push({ place, type });
      for (const field of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])]) {
        const at = rank(field.name, field.description);
        if (at !== null) found.push({ place: at + 0.5, type, field });
      }
    }
    return found.sort((a, b) => a.place - b.place).slice(0, most);
  }
}
