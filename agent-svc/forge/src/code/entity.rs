//! The file of an entity: its type, its rules, its order and filters, its columns, its examples and its store.

use super::{
    samples::show_number,
    template::{Lines, fill, quote},
};
use crate::{
    model::{ActionKind, AppModel, Entity, Field, FieldKind, Rule},
    words,
};

/// The name of the list of a choice's options.
pub(crate) fn options_name(entity: &Entity, field: &Field) -> String {
    format!("{}{}Options", entity.value_name(), words::type_name(&field.label))
}

/// Whether an entity's records are named by what they refer to.
pub(crate) fn is_named_by_references(entity: &Entity) -> bool {
    entity.name_field().is_none()
}

pub(crate) fn has_references(entity: &Entity) -> bool {
    entity.references().next().is_some()
}

pub(crate) fn has_csv(entity: &Entity) -> bool {
    entity.can(&ActionKind::Export) || entity.can(&ActionKind::Import)
}

/// The call that names a record.
pub(crate) fn name_call(entity: &Entity, item: &str, name_of: &str) -> String {
    if is_named_by_references(entity) {
        format!("{}Name({item}, {name_of})", entity.value_name())
    } else {
        format!("{}Name({item})", entity.value_name())
    }
}

pub(crate) fn file_name(entity: &Entity) -> String {
    words::path_name(&entity.noun)
}

/// What a rule says to whoever breaks it.
pub(crate) fn rule_text(entity: &Entity, rule: &Rule) -> String {
    let title = |key: &String| entity.field(key).map(Field::title).unwrap_or_default();
    let lower = |key: &String| {
        entity
            .field(key)
            .map(|field| field.label.clone())
            .unwrap_or_default()
    };

    match rule {
        Rule::Required(key) => format!("{} is required.", title(key)),
        Rule::Whole(key) => format!("{} must be a whole number.", title(key)),
        Rule::AtLeast(key, least) => format!("{} must be at least {}.", title(key), show_number(*least)),
        Rule::AtMost(key, most) => format!("{} must be at most {}.", title(key), show_number(*most)),
        Rule::Shortest(key, least) => format!("{} must have at least {least} characters.", title(key)),
        Rule::Longest(key, most) => format!("{} must have at most {most} characters.", title(key)),
        Rule::Format(key) => match entity.field(key).map(|field| &field.kind) {
            Some(FieldKind::Email) => format!("{} must be an email address.", title(key)),
            Some(FieldKind::Phone) => format!("{} must be a phone number.", title(key)),
            _ => format!("{} must be a link that begins with http.", title(key)),
        },
        Rule::Unique(key) => format!("{} must be unique: another {} has it.", title(key), entity.noun),
        Rule::NotPast(key) => format!("{} must not be in the past.", title(key)),
        Rule::NotFuture(key) => format!("{} must not be in the future.", title(key)),
        Rule::After {
            later,
            earlier,
            is_strict,
        } => {
            let is_number = entity.field(later).is_some_and(Field::is_number);
            let must = match (is_number, is_strict) {
                (true, true) => "must be more than",
                (true, false) => "must not be less than",
                (false, true) => "must be after",
                (false, false) => "must not be before",
            };
            format!("{} {must} {}.", title(later), lower(earlier))
        }
        Rule::Once(keys) => {
            let labels: Vec<String> = keys.iter().map(lower).collect();
            format!(
                "There is {} {} with the same {} already.",
                words::article(&entity.noun),
                entity.noun,
                words::join_list(&labels)
            )
        }
        Rule::Apart { same, .. } => {
            let labels: Vec<String> = same.iter().map(lower).collect();
            let of = match labels.as_slice() {
                [] => String::new(),
                labels => format!(" with the same {}", words::join_list(labels)),
            };
            format!("It overlaps another {}{of}.", entity.noun)
        }
        Rule::MostOf(key, most) => format!(
            "There may be at most {most} {} for one {}.",
            entity.many,
            lower(key)
        ),
    }
}

/// The field below which a rule's text stands.
pub(crate) fn rule_key(rule: &Rule) -> &str {
    match rule {
        Rule::Once(keys) => keys.last().map_or("", String::as_str),
        Rule::Apart { begin, .. } => begin,
        Rule::Required(key)
        | Rule::Whole(key)
        | Rule::AtLeast(key, _)
        | Rule::AtMost(key, _)
        | Rule::Format(key)
        | Rule::Unique(key) => key,
        Rule::Shortest(key, _)
        | Rule::Longest(key, _)
        | Rule::NotPast(key)
        | Rule::NotFuture(key)
        | Rule::After { later: key, .. }
        | Rule::MostOf(key, _) => key,
    }
}

pub(crate) fn write_entity(app: &AppModel, entity: &Entity) -> String {
    let mut body = Lines::default();
    write_types(&mut body, entity);
    write_naming(&mut body, entity);
    write_rules(&mut body, entity);
    write_arrangement(&mut body, entity);
    if has_csv(entity) {
        write_columns(&mut body, app, entity);
    }
    write_store(&mut body, app, entity);
    let body = fill(&body.finish(), entity);

    let mut file = Lines::default();
    write_imports(&mut file, &body);
    file.push(body.trim_end());
    file.finish()
}

/// Imports what the body uses, and nothing else.
fn write_imports(file: &mut Lines, body: &str) {
    let sources: [(&str, &[&str]); 4] = [
        (
            "../lib/csv",
            &[
                "type Column",
                "choiceColumn",
                "dayColumn",
                "numberColumn",
                "recordColumn",
                "textColumn",
                "yesNoColumn",
            ],
        ),
        ("../lib/repository", &["createRepository", "type Saved"]),
        (
            "../lib/rules",
            &[
                "compare",
                "contains",
                "isEmail",
                "isPhone",
                "isUrl",
                "sameText",
                "type Rule",
            ],
        ),
        ("../lib/values", &["addDays", "showDay", "today"]),
    ];

    for (source, names) in sources {
        let is_used = |name: &&&str| {
            let bare = name.trim_start_matches("type ");
            let (call, generic) = (format!("{bare}("), format!("{bare}<"));
            let inside = |needle: &str| {
                body.match_indices(needle)
                    .any(|(at, _)| !body[..at].ends_with(|before: char| before.is_ascii_alphanumeric()))
            };
            inside(&call) || inside(&generic)
        };
        let used: Vec<String> = names
            .iter()
            .filter(is_used)
            .map(|name| (*name).to_owned())
            .collect();
        if !used.is_empty() {
            file.push(format!("import {{ {} }} from '{source}'", used.join(", ")));
        }
    }
    file.blank();
}

fn write_types(body: &mut Lines, entity: &Entity) {
    for field in &entity.fields {
        if let FieldKind::Choice(options) = &field.kind {
            let options: Vec<String> = options.iter().map(|option| quote(option)).collect();
            body.push(format!(
                "export const {} = [{}] as const",
                options_name(entity, field),
                options.join(", ")
            ));
        }
    }

    body.blank();
    body.push("export interface __Type__Draft {");
    for field in &entity.fields {
        let kind = match &field.kind {
            FieldKind::Number { .. } | FieldKind::Money => "number | null".to_owned(),
            FieldKind::YesNo => "boolean".to_owned(),
            FieldKind::Choice(_) => format!("(typeof {})[number]", options_name(entity, field)),
            _ => "string".to_owned(),
        };
        body.push(format!("  {}: {kind}", field.key()));
    }
    body.push("}\n\nexport type __Type__ = Saved<__Type__Draft>\n\nexport function empty__Type__(): __Type__Draft {\n  return {");
    let counted = |key: &str| {
        entity
            .actions
            .iter()
            .any(|action| matches!(&action.kind, ActionKind::Count(of, _) if of == key))
    };
    for field in &entity.fields {
        let key = field.key();
        let value = match &field.kind {
            FieldKind::Number { .. } | FieldKind::Money if counted(&key) => "0".to_owned(),
            FieldKind::Number { .. } | FieldKind::Money => "null".to_owned(),
            FieldKind::YesNo => "false".to_owned(),
            FieldKind::Choice(options) => quote(options.first().map_or("", String::as_str)),
            _ => "''".to_owned(),
        };
        body.push(format!("    {key}: {value},"));
    }
    body.push("  }\n}\n");
}

fn write_naming(body: &mut Lines, entity: &Entity) {
    body.push("/** What people call it. */");
    if let Some(field) = entity.name_field() {
        body.push(format!(
            "export function __value__Name(item: __Type__Draft): string {{\n  return item.{}\n}}\n",
            field.key()
        ));
        return;
    }

    let parts: Vec<String> = entity
        .name_parts()
        .iter()
        .map(|field| {
            if field.is_date() {
                format!("showDay(item.{})", field.key())
            } else {
                format!("nameOf(item.{})", field.key())
            }
        })
        .collect();
    body.push("export function __value__Name(item: __Type__Draft, nameOf: (id: string) => string): string {");
    body.push(format!(
        "  return [{}].filter((part) => part !== '').join(' · ')\n}}\n",
        parts.join(", ")
    ));
}

fn write_rules(body: &mut Lines, entity: &Entity) {
    body.push(
        "/** What must hold of it. */\nexport const __value__Rules: readonly Rule<__Type__Draft>[] = [",
    );
    for rule in &entity.rules {
        let (arguments, broken) = broken_rule(entity, rule);
        body.push(format!(
            "  {{ field: '{}', says: {}, broken: ({arguments}) => {broken} }},",
            rule_key(rule),
            quote(&rule_text(entity, rule))
        ));
    }
    body.push("]\n");
}

/// The arguments and the condition under which a rule is broken.
fn broken_rule(entity: &Entity, rule: &Rule) -> (&'static str, String) {
    let kind = |key: &str| entity.field(key).map(|field| field.kind.clone());

    match rule {
        Rule::Required(key) => match kind(key) {
            Some(FieldKind::Number { .. } | FieldKind::Money) => ("draft", format!("draft.{key} === null")),
            _ => ("draft", format!("draft.{key}.trim() === ''")),
        },
        Rule::Whole(key) => (
            "draft",
            format!("draft.{key} !== null && !Number.isInteger(draft.{key})"),
        ),
        Rule::AtLeast(key, least) => (
            "draft",
            format!("draft.{key} !== null && draft.{key} < {}", show_number(*least)),
        ),
        Rule::AtMost(key, most) => (
            "draft",
            format!("draft.{key} !== null && draft.{key} > {}", show_number(*most)),
        ),
        Rule::Shortest(key, least) => (
            "draft",
            format!("draft.{key}.trim() !== '' && draft.{key}.trim().length < {least}"),
        ),
        Rule::Longest(key, most) => ("draft", format!("draft.{key}.trim().length > {most}")),
        Rule::Format(key) => match kind(key) {
            Some(FieldKind::Email) => ("draft", format!("!isEmail(draft.{key}.trim())")),
            Some(FieldKind::Phone) => ("draft", format!("!isPhone(draft.{key}.trim())")),
            _ => ("draft", format!("!isUrl(draft.{key}.trim())")),
        },
        Rule::Unique(key) => (
            "draft, { others }",
            format!(
                "draft.{key}.trim() !== '' && others.some((other) => sameText(other.{key}, draft.{key}))"
            ),
        ),
        Rule::NotPast(key) => (
            "draft, { today }",
            format!("draft.{key} !== '' && draft.{key} < today"),
        ),
        Rule::NotFuture(key) => (
            "draft, { today }",
            format!("draft.{key} !== '' && draft.{key} > today"),
        ),
        Rule::After {
            later,
            earlier,
            is_strict,
        } => {
            let none = if entity.field(later).is_some_and(Field::is_number) {
                "null"
            } else {
                "''"
            };
            let sign = if *is_strict { "<=" } else { "<" };
            (
                "draft",
                format!(
                    "draft.{later} !== {none} && draft.{earlier} !== {none} && draft.{later} {sign} draft.{earlier}"
                ),
            )
        }
        Rule::Once(keys) => {
            let same: Vec<String> = keys
                .iter()
                .map(|key| format!("other.{key} === draft.{key}"))
                .collect();
            (
                "draft, { others }",
                format!("others.some((other) => {})", same.join(" && ")),
            )
        }
        Rule::Apart { same, begin, end } => {
            let agree: String = same
                .iter()
                .map(|key| format!("other.{key} === draft.{key} && "))
                .collect();
            (
                "draft, { others }",
                format!(
                    "draft.{begin} !== '' && draft.{end} !== '' && others.some((other) => {agree}other.{begin} < draft.{end} && draft.{begin} < other.{end})"
                ),
            )
        }
        Rule::MostOf(key, most) => {
            let open = entity
                .fields
                .iter()
                .find(|field| field.label == "returned")
                .map(|field| format!(" && !other.{}", field.key()))
                .unwrap_or_default();
            (
                "draft, { others }",
                format!(
                    "draft.{key} !== '' && others.filter((other) => other.{key} === draft.{key}{open}).length >= {most}"
                ),
            )
        }
    }
}

/// The fields that a list can be sorted by.
pub(crate) fn orders_of(entity: &Entity) -> Vec<&Field> {
    entity
        .fields
        .iter()
        .filter(|field| field.kind != FieldKind::Long && field.target().is_none())
        .take(8)
        .collect()
}

fn write_arrangement(body: &mut Lines, entity: &Entity) {
    let filters: Vec<&Field> = entity.filters().collect();
    body.push("/** Which of them are shown, and in which order. An empty filter keeps everything. */\nexport interface __Type__Wish {\n  query: string\n  order: string");
    for field in &filters {
        body.push(format!("  {}: string", field.key()));
    }
    body.push("}\n\nexport const empty__Type__Wish: __Type__Wish = {\n  query: '',\n  order: 'newest',");
    for field in &filters {
        body.push(format!("  {}: '',", field.key()));
    }
    body.push("}\n");

    if entity.can(&ActionKind::Sort) {
        body.push("export const __value__Orders = [\n  { value: 'newest', name: 'Newest first' },");
        for field in orders_of(entity) {
            body.push(format!(
                "  {{ value: '{}', name: {} }},",
                field.key(),
                quote(&field.title())
            ));
        }
        body.push("]\n");
    }

    let name_of = if has_references(entity) {
        ", nameOf: (id: string) => string"
    } else {
        ""
    };
    body.push(format!("export function arrange__Type__(items: readonly __Type__[], wish: __Type__Wish{name_of}): __Type__[] {{\n  return items"));
    let texts: Vec<String> = entity
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::Reference(_) => Some(format!("nameOf(item.{})", field.key())),
            _ if field.is_text() => Some(format!("item.{}", field.key())),
            _ => None,
        })
        .collect();
    body.push(format!(
        "    .filter((item) => contains([{}], wish.query))",
        texts.join(", ")
    ));
    for field in &filters {
        let key = field.key();
        let value = match &field.kind {
            FieldKind::YesNo => format!("(item.{key} ? 'yes' : 'no')"),
            _ if field.is_number() => format!("String(item.{key} ?? '')"),
            _ => format!("item.{key}"),
        };
        body.push(format!(
            "    .filter((item) => wish.{key} === '' || {value} === wish.{key})"
        ));
    }
    body.push("    .sort((one, other) => {\n      switch (wish.order) {");
    if entity.can(&ActionKind::Sort) {
        for field in orders_of(entity) {
            let key = field.key();
            body.push(format!(
                "        case '{key}':\n          return compare(one.{key}, other.{key})"
            ));
        }
    }
    body.push(
        "        default:\n          return compare(other.createdAt, one.createdAt)\n      }\n    })\n}\n",
    );
}

/// The targets whose names columns need, each once.
pub(crate) fn targets_of<'a>(app: &'a AppModel, entity: &'a Entity) -> Vec<&'a Entity> {
    let mut targets: Vec<&Entity> = Vec::new();
    for (_, noun) in entity.references() {
        if let Some(target) = app.entity(noun).filter(|target| !targets.contains(target)) {
            targets.push(target);
        }
    }

    targets
}

fn write_columns(body: &mut Lines, app: &AppModel, entity: &Entity) {
    let parameters: Vec<String> = targets_of(app, entity)
        .iter()
        .map(|target| {
            format!(
                "{}Options: readonly {{ id: string; name: string }}[]",
                target.value_name()
            )
        })
        .collect();

    body.push(format!("/** The columns of its CSV files. */\nexport function __value__Columns({}): Column<__Type__Draft>[] {{\n  return [", parameters.join(", ")));
    for field in &entity.fields {
        let key = field.key();
        let (function, extra) = match &field.kind {
            FieldKind::Number { .. } | FieldKind::Money => ("numberColumn", String::new()),
            FieldKind::Date(_) => ("dayColumn", String::new()),
            FieldKind::YesNo => ("yesNoColumn", String::new()),
            FieldKind::Choice(_) => ("choiceColumn", format!("{}, ", options_name(entity, field))),
            FieldKind::Reference(noun) => (
                "recordColumn",
                app.entity(noun)
                    .map(|target| format!("{}Options, ", target.value_name()))
                    .unwrap_or_default(),
            ),
            _ => ("textColumn", String::new()),
        };
        body.push(format!(
            "    {function}({}, {extra}(item) => item.{key}, (draft, value) => {{\n      draft.{key} = value\n    }}),",
            quote(&field.title())
        ));
    }
    body.push("  ]\n}\n");
}

fn write_store(body: &mut Lines, app: &AppModel, entity: &Entity) {
    body.push("/** Where they are kept. The examples are there on the first visit. */\nexport const __value__Store = createRepository<__Type__Draft>('__folder__', () => [");
    for at in 0..5 {
        let values: Vec<String> = entity
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.key(), example(app, field, at)))
            .collect();
        body.push(format!("  {{ {} }},", values.join(", ")));
    }
    body.push("])");
}

/// An example as code: days are counted from today.
fn example(app: &AppModel, field: &Field, at: usize) -> String {
    let sample = field.samples.get(at).map_or("", String::as_str);
    match &field.kind {
        FieldKind::Date(_) if sample.is_empty() => "''".to_owned(),
        FieldKind::Date(_) => format!("addDays(today(), {sample})"),
        _ => literal(app, field, sample, at),
    }
}

/// A value of a field as code.
pub(crate) fn literal(app: &AppModel, field: &Field, sample: &str, at: usize) -> String {
    match &field.kind {
        FieldKind::Number { .. } | FieldKind::Money => {
            sample.parse::<f64>().map_or("null".to_owned(), show_number)
        }
        FieldKind::YesNo => if sample == "yes" { "true" } else { "false" }.to_owned(),
        FieldKind::Reference(noun) => app.entity(noun).map_or("''".to_owned(), |target| {
            format!("'{}-{}'", target.folder(), at + 1)
        }),
        _ => quote(sample),
    }
}
