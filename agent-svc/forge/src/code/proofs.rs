//! The tests of an entity's file: each rule on both sides of its boundary, each filter, the order, the columns, the store.

use super::{
    days::{TEST_DAY, day_after},
    entity::{file_name, has_csv, has_references, literal, orders_of, rule_key, rule_text, targets_of},
    samples::show_number,
    template::{Lines, fill, quote},
};
use crate::{
    features::plain_name_call,
    model::{ActionKind, AppModel, Entity, Field, FieldKind, Rule},
};

pub(crate) fn write_proofs(app: &AppModel, entity: &Entity) -> String {
    let mut body = Lines::default();
    write_valid(&mut body, app, entity);
    write_rule_tests(&mut body, app, entity);
    write_list_tests(&mut body, app, entity);
    write_store_tests(&mut body, entity);
    let body = body.finish();

    let mut file = Lines::default();
    let uses = |name: &str| body.contains(name);
    file.push("import { describe, expect, it } from 'vitest'");
    if has_csv(entity) {
        file.push("import { readCsv, writeCsv } from '../lib/csv'");
    }
    file.push(
        "import { findProblems, type Problems } from '../lib/rules'\nimport { today } from '../lib/values'",
    );
    let mut own: Vec<&str> = vec![
        "arrange__Type__",
        "__value__Rules",
        "__value__Store",
        "empty__Type__Wish",
    ];
    for (used, name) in [
        ("__value__Columns(", "__value__Columns"),
        ("empty__Type__,", "empty__Type__"),
        (&format!("{}Name(", entity.value_name()), "__value__Name"),
    ] {
        if uses(used) {
            own.push(name);
        }
    }
    file.push(format!(
        "import {{ {}, type __Type__, type __Type__Draft }} from './{}'\n",
        own.join(", "),
        file_name(entity)
    ));
    file.push(body.trim_end());
    fill(&file.finish(), entity)
}

/// A value of a field on the day of tests, at one of five places.
pub(crate) fn test_value(app: &AppModel, field: &Field, at: usize) -> String {
    let sample = field.samples.get(at).map_or("", String::as_str);
    match &field.kind {
        FieldKind::Date(_) => sample
            .parse()
            .map_or("''".to_owned(), |days| format!("'{}'", day_after(days))),
        _ => literal(app, field, sample, at),
    }
}

fn write_valid(body: &mut Lines, app: &AppModel, entity: &Entity) {
    body.push(format!(
        "const TODAY = '{TEST_DAY}'\n\nfunction valid(): __Type__Draft {{\n  return {{"
    ));
    for field in &entity.fields {
        body.push(format!("    {}: {},", field.key(), test_value(app, field, 0)));
    }
    body.push("  }\n}\n\nfunction saved(id: string, changes: Partial<__Type__Draft> = {}): __Type__ {\n  return { ...valid(), ...changes, id, createdAt: `2026-01-01T00:00:00.${id}` }\n}\n");
    body.push("function problems(changes: Partial<__Type__Draft>, others: readonly __Type__[] = []): Problems<__Type__Draft> {\n  return findProblems(__value__Rules, { ...valid(), ...changes }, { others, today: TODAY })\n}\n");
}

fn write_rule_tests(body: &mut Lines, app: &AppModel, entity: &Entity) {
    body.push("describe('the rules of __many__', () => {\n  it('take one that keeps all of them', () => {\n    expect(problems({})).toEqual({})\n  })\n");
    for rule in &entity.rules {
        let text = quote(&rule_text(entity, rule));
        let key = rule_key(rule);
        body.push(format!("  it({text}, () => {{\n    const says = {text}"));
        for line in prove_rule(app, entity, rule, key) {
            body.push(format!("    {line}"));
        }
        body.push("  })\n");
    }
    body.push("  it('hold for the examples', async () => {\n    const examples = await __value__Store.list()\n    for (const example of examples) {\n      const others = examples.filter((each) => each.id !== example.id)\n      expect(findProblems(__value__Rules, example, { others, today: today() })).toEqual({})\n    }\n  })\n})\n");
}

fn refuses(key: &str, changes: &str) -> String {
    format!("expect(problems({{ {changes} }}).{key}).toBe(says)")
}

fn takes(key: &str, changes: &str) -> String {
    format!("expect(problems({{ {changes} }}).{key}).toBeUndefined()")
}

/// What breaks a rule by the least, and what keeps it by the least.
fn prove_rule(app: &AppModel, entity: &Entity, rule: &Rule, key: &str) -> Vec<String> {
    let value = |key: &str, at: usize| {
        entity
            .field(key)
            .map_or("''".to_owned(), |field| test_value(app, field, at))
    };
    let is_whole = |key: &String| entity.rules.contains(&Rule::Whole(key.clone()));

    match rule {
        Rule::Required(of) if entity.field(of).is_some_and(Field::is_number) => vec![
            refuses(key, &format!("{of}: null")),
            takes(key, &format!("{of}: {}", value(of, 0))),
        ],
        Rule::Required(of) => vec![
            refuses(key, &format!("{of}: ''")),
            refuses(key, &format!("{of}: '  '")),
            takes(key, &format!("{of}: {}", value(of, 0))),
        ],
        Rule::Whole(of) => {
            let (least, _) = super::samples::number_range(of, &entity.rules);
            let base = least.unwrap_or(1.0).ceil();
            vec![
                refuses(key, &format!("{of}: {}", show_number(base + 0.5))),
                takes(key, &format!("{of}: {}", show_number(base))),
            ]
        }
        Rule::AtLeast(of, least) => {
            let step = if is_whole(of) { 1.0 } else { 0.01 };
            vec![
                refuses(key, &format!("{of}: {}", decimal(least - step))),
                takes(key, &format!("{of}: {}", show_number(*least))),
            ]
        }
        Rule::AtMost(of, most) => {
            let step = if is_whole(of) { 1.0 } else { 0.01 };
            vec![
                refuses(key, &format!("{of}: {}", decimal(most + step))),
                takes(key, &format!("{of}: {}", show_number(*most))),
            ]
        }
        Rule::Shortest(of, least) => vec![
            refuses(
                key,
                &format!("{of}: 'a'.repeat({})", least.saturating_sub(1).max(1)),
            ),
            takes(key, &format!("{of}: 'a'.repeat({least})")),
        ],
        Rule::Longest(of, most) => vec![
            refuses(key, &format!("{of}: 'a'.repeat({})", most + 1)),
            takes(key, &format!("{of}: 'a'.repeat({most})")),
        ],
        Rule::Format(of) => {
            let (wrong, also) = match entity.field(of).map(|field| &field.kind) {
                Some(FieldKind::Email) => ("'ada@example'", "'example.com'"),
                Some(FieldKind::Phone) => ("'call me'", "'12'"),
                _ => ("'javascript:alert(1)'", "'example.com'"),
            };
            vec![
                refuses(key, &format!("{of}: {wrong}")),
                refuses(key, &format!("{of}: {also}")),
                takes(key, &format!("{of}: {}", value(of, 1))),
            ]
        }
        Rule::Unique(of) => vec![
            format!("expect(problems({{}}, [saved('other')]).{key}).toBe(says)"),
            format!(
                "expect(problems({{}}, [saved('other', {{ {of}: {} }})]).{key}).toBeUndefined()",
                value(of, 1)
            ),
        ],
        Rule::NotPast(of) => vec![
            refuses(key, &format!("{of}: '{}'", day_after(-1))),
            takes(key, &format!("{of}: TODAY")),
        ],
        Rule::NotFuture(of) => vec![
            refuses(key, &format!("{of}: '{}'", day_after(1))),
            takes(key, &format!("{of}: TODAY")),
        ],
        Rule::After {
            later,
            earlier,
            is_strict,
        } => prove_order(entity, later, earlier, *is_strict),
        Rule::Once(keys) => prove_once(app, entity, keys, key),
        Rule::Apart { same, begin, end } => prove_apart(app, entity, same, (begin, end)),
        Rule::MostOf(_, most) => prove_most(entity, *most, key),
    }
}

/// The same in all of them is refused, and different in any one is not.
fn prove_once(app: &AppModel, entity: &Entity, keys: &[String], key: &str) -> Vec<String> {
    let value = |key: &str, at: usize| {
        entity
            .field(key)
            .map_or("''".to_owned(), |field| test_value(app, field, at))
    };
    let mut lines = vec![format!(
        "expect(problems({{}}, [saved('other')]).{key}).toBe(says)"
    )];

    for of in keys {
        let at = (1..5).find(|at| value(of, *at) != value(of, 0)).unwrap_or(1);
        lines.push(format!(
            "expect(problems({{}}, [saved('other', {{ {of}: {} }})]).{key}).toBeUndefined()",
            value(of, at)
        ));
    }
    lines
}

/// The same time is refused; right before it, right behind it, and of something else is not.
fn prove_apart(app: &AppModel, entity: &Entity, same: &[String], (begin, end): (&str, &str)) -> Vec<String> {
    let mut lines = prove_once(app, entity, same, begin);
    for edge in [begin, end] {
        let value = entity
            .field(edge)
            .map_or("''".to_owned(), |field| test_value(app, field, 0));
        lines.push(format!(
            "expect(problems({{}}, [saved('other', {{ {begin}: {value}, {end}: {value} }})]).{begin}).toBeUndefined()"
        ));
    }

    lines
}

fn prove_most(entity: &Entity, most: u32, key: &str) -> Vec<String> {
    let returned = entity
        .field("returned")
        .map(|_| ", { returned: false }")
        .unwrap_or_default();

    vec![
        format!(
            "const others = Array.from({{ length: {most} }}, (_, at) => saved(`other-${{at}}`{returned}))"
        ),
        format!("expect(problems({{}}, others).{key}).toBe(says)"),
        format!("expect(problems({{}}, others.slice(1)).{key}).toBeUndefined()"),
    ]
}

fn decimal(value: f64) -> String {
    show_number((value * 100.0).round() / 100.0)
}

/// The later one just before the earlier one, both the same, and the later one just behind.
fn prove_order(entity: &Entity, later: &str, earlier: &str, is_strict: bool) -> Vec<String> {
    let must_come = entity.rules.contains(&Rule::NotPast(later.to_owned()));
    let kind = entity.field(later).map(|field| &field.kind);
    let [before, same, behind] = match kind {
        Some(FieldKind::Number { .. } | FieldKind::Money) => {
            let (least, most) = super::samples::number_range(later, &entity.rules);
            let (other, limit) = super::samples::number_range(earlier, &entity.rules);
            let highest = most.into_iter().chain(limit).fold(f64::MAX, f64::min) - 2.0;
            let lowest = least.into_iter().chain(other).fold(0.0, f64::max) + 1.0;
            let base = lowest.min(highest).ceil();
            [base - 1.0, base, base + 1.0].map(show_number)
        }
        Some(FieldKind::Time) => ["09:59", "10:00", "10:01"].map(quote),
        _ if must_come => [19, 20, 21].map(|days| quote(&day_after(days))),
        _ => [-11, -10, -9].map(|days| quote(&day_after(days))),
    };

    let pair = |later_value: &str| format!("{earlier}: {same}, {later}: {later_value}");
    let at_same = if is_strict {
        refuses(later, &pair(&same))
    } else {
        takes(later, &pair(&same))
    };
    vec![
        refuses(later, &pair(&before)),
        at_same,
        takes(later, &pair(&behind)),
    ]
}

fn write_list_tests(body: &mut Lines, app: &AppModel, entity: &Entity) {
    let name_of = if has_references(entity) {
        ", (id) => id"
    } else {
        ""
    };
    body.push("describe('the list of __many__', () => {");
    body.push(format!("  const ids = (items: readonly __Type__[], wish: Partial<typeof empty__Type__Wish>) =>\n    arrange__Type__(items, {{ ...empty__Type__Wish, ...wish }}{name_of}).map((item) => item.id)\n"));
    body.push("  it('shows the newest first', () => {\n    expect(ids([saved('1'), saved('3'), saved('2')], {})).toEqual(['3', '2', '1'])\n  })\n");
    for field in entity
        .fields
        .iter()
        .filter(|field| entity.can(&ActionKind::Search) && (field.is_text() || field.target().is_some()))
    {
        let key = field.key();
        body.push(format!("  it({}, () => {{\n    const items = [saved('1'), saved('2', {{ {key}: 'Quixotic zebra' }})]\n    expect(ids(items, {{ query: ' ZEBRA ' }})).toEqual(['2'])\n    expect(ids(items, {{ query: 'no such text' }})).toEqual([])\n  }})\n", quote(&format!("finds {} by {}", entity.many, field.label))));
    }

    for field in entity.filters() {
        let key = field.key();
        let Some(at) = (1..5).find(|at| test_value(app, field, *at) != test_value(app, field, 0)) else {
            continue;
        };
        let (first, second) = (test_value(app, field, 0), test_value(app, field, at));
        let wish = match &field.kind {
            FieldKind::YesNo => if second == "true" { "'yes'" } else { "'no'" }.to_owned(),
            _ if field.is_number() => format!("String({second})"),
            _ => second.clone(),
        };
        body.push(format!("  it({}, () => {{\n    const items = [saved('1', {{ {key}: {first} }}), saved('2', {{ {key}: {second} }})]\n    expect(ids(items, {{ {key}: {wish} }})).toEqual(['2'])\n    expect(ids(items, {{ {key}: '' }})).toEqual(['2', '1'])\n  }})\n", quote(&format!("filters {} by {}", entity.many, field.label))));
    }
    if entity.can(&ActionKind::Sort) {
        for field in orders_of(entity) {
            write_order_test(body, entity, field);
        }
    }
    if has_csv(entity) {
        write_column_tests(body, app, entity);
    }
    body.push("})\n");
}

fn write_order_test(body: &mut Lines, entity: &Entity, field: &Field) {
    let key = field.key();
    let (low, high) = match &field.kind {
        FieldKind::Number { .. } | FieldKind::Money => ("2".to_owned(), "10".to_owned()),
        FieldKind::Date(_) => (format!("'{}'", day_after(-3)), format!("'{}'", day_after(4))),
        FieldKind::Time => ("'08:00'".to_owned(), "'12:00'".to_owned()),
        FieldKind::YesNo => ("true".to_owned(), "false".to_owned()),
        FieldKind::Choice(options) => {
            let mut sorted: Vec<&String> = options.iter().collect();
            sorted.sort_by_key(|option| order_key(option));
            match (sorted.first(), sorted.last()) {
                (Some(first), Some(last)) if first != last => (quote(first), quote(last)),
                _ => return,
            }
        }
        _ => ("'Anna'".to_owned(), "'Zoe'".to_owned()),
    };

    body.push(format!("  it({}, () => {{\n    const items = [saved('1', {{ {key}: {high} }}), saved('2', {{ {key}: {low} }}), saved('3', {{ {key}: {high} }})]\n    expect(ids(items, {{ order: '{key}' }})[0]).toBe('2')\n  }})\n", quote(&format!("sorts {} by {}", entity.many, field.label))));
}

/// Where a choice stands in a sorted list: numbers by size, before words.
fn order_key(option: &str) -> (bool, u64, String) {
    let digits: String = option.chars().take_while(char::is_ascii_digit).collect();
    let number: Option<u64> = digits.parse().ok();
    (
        number.is_none(),
        number.unwrap_or_default(),
        option.to_lowercase(),
    )
}

fn write_column_tests(body: &mut Lines, app: &AppModel, entity: &Entity) {
    let arguments: Vec<String> = targets_of(app, entity)
        .iter()
        .map(|target| format!("[{{ id: '{}-1', name: 'One' }}]", target.folder()))
        .collect();
    body.push(format!("  it('writes CSV that it reads again', () => {{\n    const columns = __value__Columns({})\n    const text = writeCsv(columns, [valid()])\n    expect(readCsv(columns, empty__Type__, () => undefined, text)).toEqual({{ drafts: [valid()], problems: [] }})\n  }})\n", arguments.join(", ")));
    body.push(format!("  it('says which rows of a CSV are refused', () => {{\n    const columns = __value__Columns({})\n    const text = writeCsv(columns, [valid()])\n    expect(readCsv(columns, empty__Type__, () => 'It breaks a rule.', text).problems).toEqual(['Row 2: It breaks a rule.'])\n    expect(readCsv(columns, empty__Type__, () => undefined, 'Nonsense\\n1').drafts).toEqual([])\n  }})\n", arguments.join(", ")));
}

fn write_store_tests(body: &mut Lines, entity: &Entity) {
    let change = entity.name_field().map(Field::key);
    let name = plain_name_call(entity, "record");
    body.push("describe('the store of __many__', () => {");
    body.push("  it('adds, changes and deletes', async () => {\n    const before = (await __value__Store.list()).length\n    const record = await __value__Store.add(valid())\n    expect((await __value__Store.list()).length).toBe(before + 1)");
    match change {
        Some(key) => body.push(format!("    await __value__Store.update(record.id, {{ {key}: 'Changed' }})\n    expect((await __value__Store.list()).find((each) => each.id === record.id)?.{key}).toBe('Changed')")),
        None => body.push(format!("    expect({name}).not.toBe('')")),
    }
    body.push("    await __value__Store.remove(record.id)\n    expect((await __value__Store.list()).some((each) => each.id === record.id)).toBe(false)\n  })\n\n  it('refuses to change what was deleted', async () => {\n    await expect(__value__Store.update('nobody', {})).rejects.toThrow('deleted')\n  })\n})");
}
