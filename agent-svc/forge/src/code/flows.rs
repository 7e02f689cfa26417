//! The flows through the whole app: one for each feature, named after it, and one that opens every page.

use super::{
    entity::{file_name, is_named_by_references, rule_text},
    page_flows::{permit_steps, permitted_role, write_page_tests},
    proofs::test_value,
    template::{Lines, fill, quote},
};
use crate::{
    features::{FeatureKind, features_of},
    model::{ActionKind, AppModel, Entity, Era, Field, FieldKind, Rule, View},
};

pub(crate) fn write_flows(app: &AppModel) -> String {
    let mut body = Lines::default();
    body.push("describe('features', () => {");
    for feature in features_of(app) {
        let Some(entity) = app.entities.get(feature.entity) else {
            continue;
        };
        let steps = match &feature.kind {
            FeatureKind::Keep => keep_steps(app, entity),
            FeatureKind::Do(kind) => action_steps(app, entity, kind),
            FeatureKind::See(view) => view_steps(app, entity, view),
            FeatureKind::Permit => permit_steps(app),
        };
        body.push(format!("  it({}, async () => {{", quote(&feature.name)));
        for step in steps.lines() {
            body.push(if step.is_empty() {
                String::new()
            } else {
                fill(&format!("    {step}"), entity)
            });
        }
        body.push("  })\n");
    }
    body.push("})\n");
    write_page_tests(&mut body, app);
    let body = body.finish();

    let mut file = Lines::default();
    write_imports(&mut file, app, &body);
    file.push(body.trim_end());
    file.finish()
}

fn write_imports(file: &mut Lines, app: &AppModel, body: &str) {
    let calls = |name: &str| {
        body.match_indices(name).any(|(at, _)| {
            let stands_alone = !body[..at]
                .ends_with(|before: char| before.is_ascii_alphanumeric() || matches!(before, '.' | '\''));
            stands_alone && body[at + name.len()..].starts_with(['(', '.', ')'])
        })
    };
    let pick = |names: &[&str]| {
        names
            .iter()
            .filter(|name| calls(name))
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let mut library = pick(&["fireEvent", "waitFor", "within"]);
    library.push("screen".to_owned());
    library.sort();
    file.push(format!(
        "import {{ {} }} from '@testing-library/react'",
        library.join(", ")
    ));
    let spies = if body.contains("vi.") { ", vi" } else { "" };
    file.push(format!("import {{ describe, expect, it{spies} }} from 'vitest'"));
    for (source, names) in [
        ("./lib/rules", pick(&["compare"])),
        ("./lib/values", pick(&["addDays", "showDay", "today"])),
    ] {
        if !names.is_empty() {
            file.push(format!("import {{ {} }} from '{source}'", names.join(", ")));
        }
    }
    file.push(format!(
        "import {{ {} }} from './test/helpers'",
        pick(&[
            "chooseFirst",
            "fill",
            "follow",
            "heading",
            "open",
            "press",
            "pressFirst",
            "shownNames",
            "turnTo",
            "visit"
        ])
        .join(", ")
    ));

    for entity in &app.entities {
        let names: Vec<String> = ["__value__Store", "empty__Type__"]
            .iter()
            .map(|name| fill(name, entity))
            .filter(|name| body.contains(&format!("{name}.")) || body.contains(&format!("{name}()")))
            .collect();
        if !names.is_empty() {
            file.push(format!(
                "import {{ {} }} from './{}/{}'",
                names.join(", "),
                entity.folder(),
                file_name(entity)
            ));
        }
    }
    file.blank();
}

/// The value that a flow writes into a field: none that an example has.
fn new_value(entity: &Entity, field: &Field) -> String {
    let key = field.key();
    let sample = field.samples.get(2).map_or("", String::as_str);

    match &field.kind {
        FieldKind::Text | FieldKind::Long => {
            let (shortest, longest) = super::samples::text_range(&key, &entity.rules);
            quote(&fit_text("Zinnia new one", shortest, longest))
        }
        FieldKind::Email => "'zinnia@example.com'".to_owned(),
        FieldKind::Phone => "'+44 20 7946 0999'".to_owned(),
        FieldKind::Url => "'https://zinnia.example'".to_owned(),
        FieldKind::Date(_) => format!("addDays(today(), {})", new_day(entity, field)),
        FieldKind::Time => {
            let is_later = |rule: &Rule| matches!(rule, Rule::After { later, .. } if *later == key);
            let is_end = entity.rules.iter().any(is_later);
            if is_end { "'13:45'" } else { "'12:45'" }.to_owned()
        }
        _ => quote(sample),
    }
}

fn new_day(entity: &Entity, field: &Field) -> i32 {
    let key = field.key();
    let is_earlier = entity
        .rules
        .iter()
        .any(|rule| matches!(rule, Rule::After { earlier, .. } if *earlier == key));
    let is_past =
        entity.rules.contains(&Rule::NotFuture(key.clone())) || field.kind == FieldKind::Date(Era::Past);
    let is_coming = entity.rules.contains(&Rule::NotPast(key.clone()));

    // What must not overlap is one day long, behind all examples.
    let is_short = entity
        .rules
        .iter()
        .any(|rule| matches!(rule, Rule::Apart { begin, .. } if *begin == key));

    match (is_past, is_coming || is_short, is_earlier) {
        (true, _, true) => -48,
        (true, _, false) => -47,
        (false, true, true) => 46,
        (false, false, true) => -46,
        (false, _, false) => 47,
    }
}

/// Fills the form of a new record.
fn fill_steps(entity: &Entity) -> String {
    let mut steps = String::new();
    for field in &entity.fields {
        let title = quote(&field.title());
        let step = match &field.kind {
            FieldKind::YesNo | FieldKind::Choice(_) => continue,
            FieldKind::Reference(_) => format!("chooseFirst({title})"),
            _ => format!("fill({title}, {})", new_value(entity, field)),
        };
        steps.push_str(&step);
        steps.push('\n');
    }

    steps
}

fn keep_steps(app: &AppModel, entity: &Entity) -> String {
    let mut steps = String::from("await visit('__Many__')\n");
    if !entity.can(&ActionKind::Add) {
        steps.push_str("expect((await shownNames()).length).toBe(5)\n");
        return steps;
    }

    steps.push_str("const before = (await shownNames()).length\nfollow('Add __one__')\nawait screen.findByRole('heading', { level: 1, name: 'Add __one__' })\n");
    let required = entity.rules.iter().find(|rule| matches!(rule, Rule::Required(_)));
    if let Some(rule) = required {
        steps.push_str(&format!(
            "press('Save')\nexpect(await screen.findByText({})).toBeTruthy()\n",
            quote(&rule_text(entity, rule))
        ));
    }
    steps.push_str(&fill_steps(entity));
    steps.push_str("press('Save')\n");
    let edit = entity.can(&ActionKind::Edit);
    let last = if edit {
        "await screen.findByRole('link', { name: 'Edit' })\n"
    } else {
        "await screen.findByRole('term', {}).catch(() => undefined)\n"
    };
    match entity.name_field() {
        Some(field) => steps.push_str(&format!(
            "await screen.findByRole('heading', {{ level: 1, name: {} }})\n",
            new_value(entity, field)
        )),
        None => steps.push_str(last),
    }
    let rename = entity.name_field().filter(|_| edit);
    if let Some(field) = rename {
        let renamed = renamed_value(entity, field);
        steps.push_str(&format!("follow('Edit')\nawait screen.findByRole('heading', {{ level: 1, name: 'Edit __one__' }})\nfill({}, {renamed})\npress('Save')\nawait screen.findByRole('heading', {{ level: 1, name: {renamed} }})\n", quote(&field.title())));
    }
    steps.push_str("const name = await heading()\nawait turnTo('__Many__')\nexpect((await shownNames()).length).toBe(before + 1)\nexpect(await shownNames()).toContain(name)\n");
    if entity.can(&ActionKind::Delete) {
        steps.push_str("follow(name)\nfireEvent.click(await screen.findByRole('button', { name: 'Delete' }))\npress('Yes, delete')\nawait screen.findByRole('heading', { level: 1, name: '__Many__' })\nawait waitFor(async () => expect(await shownNames()).not.toContain(name))\n");
    }

    let referrer = app.referrers(&entity.noun).find(|(_, field)| field.required);
    if entity.can(&ActionKind::Delete) && referrer.is_some() {
        steps.push_str("\nwindow.location.hash = '#/__folder__/__folder__-1'\nwindow.dispatchEvent(new Event('hashchange'))\nfireEvent.click(await screen.findByRole('button', { name: 'Delete' }))\nexpect(await screen.findByText(/Delete what uses it first/)).toBeTruthy()\n");
    }
    steps
}

fn renamed_value(entity: &Entity, field: &Field) -> String {
    let (shortest, longest) = super::samples::text_range(&field.key(), &entity.rules);
    if field.kind == FieldKind::Email {
        return "'willow@example.com'".to_owned();
    }
    if matches!(field.kind, FieldKind::Phone | FieldKind::Url) {
        return if field.kind == FieldKind::Url {
            "'https://willow.example'"
        } else {
            "'+44 20 7946 0998'"
        }
        .to_owned();
    }

    quote(&fit_text("Willow renamed", shortest, longest))
}

/// A text that is neither shorter nor longer than it may be, without a blank at its end.
fn fit_text(text: &str, shortest: usize, longest: usize) -> String {
    let cut: String = text.chars().take(longest.max(1)).collect();
    let mut fitted = cut.trim_end().to_owned();
    while fitted.chars().count() < shortest {
        fitted.push('z');
    }

    fitted
}

fn action_steps(app: &AppModel, entity: &Entity, kind: &ActionKind) -> String {
    match kind {
        ActionKind::Search => SEARCH.to_owned(),
        ActionKind::Filter(key) => filter_steps(app, entity, key),
        ActionKind::Sort => sort_steps(entity),
        ActionKind::Export => EXPORT.to_owned(),
        ActionKind::Import => import_steps(app, entity),
        ActionKind::Print => PRINT.to_owned(),
        ActionKind::Mark(key) => {
            let label = entity
                .field(key)
                .map(|field| field.label.clone())
                .unwrap_or_default();
            format!(
                "await visit('__Many__')\nconst marked = () => screen.queryAllByRole('button', {{ name: / as not {label}$/ }}).length\nconst before = marked()\npressFirst(/ as {label}$/)\nawait waitFor(() => expect(marked()).toBe(before + 1))\npressFirst(/ as not {label}$/)\nawait waitFor(() => expect(marked()).toBe(before))\n"
            )
        }
        ActionKind::Count(key, day) => {
            let word = super::show::count_word(key);
            let stamp = day.as_ref().map(|day| format!("expect((await __value__Store.list()).some((item) => item.{day} === today())).toBe(true)\n")).unwrap_or_default();
            format!(
                "await visit('__Many__')\nconst sum = async () => (await __value__Store.list()).reduce((total, item) => total + (item.{key} ?? 0), 0)\nconst before = await sum()\npressFirst(/^{word}: /)\nawait waitFor(async () => expect(await sum()).toBe(before + 1))\n{stamp}"
            )
        }
        ActionKind::Stamp(key, word) => format!(
            "await visit('__Many__')\nconst stamped = async () => (await __value__Store.list()).filter((item) => item.{key} === today()).length\nexpect(await stamped()).toBe(0)\npressFirst(/^{word}: /)\nawait waitFor(async () => expect(await stamped()).toBe(1))\n"
        ),
        ActionKind::Assign(key) => assign_steps(app, entity, key),
        ActionKind::Add | ActionKind::Edit | ActionKind::Delete => String::new(),
    }
}

const SEARCH: &str = "await visit('__Many__')
const all = await shownNames()
const wanted = all[1] ?? ''
fill('Search __many__', wanted.split(' · ')[0]?.toUpperCase() ?? '')
expect(await shownNames()).toContain(wanted)
expect((await shownNames()).length).toBeLessThan(all.length)
fill('Search __many__', 'no such text')
press('Show everything')
expect(await shownNames()).toEqual(all)
";

const EXPORT: &str = "const made: Blob[] = []
vi.spyOn(URL, 'createObjectURL').mockImplementation((file) => {
  made.push(file as Blob)
  return 'blob:made'
})
vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined)
await visit('__Many__')
press('Export CSV')
const text = (await made[0]?.text()) ?? ''
vi.restoreAllMocks()
expect(text.trim().split('\\r\\n').length).toBe(1 + (await shownNames()).length)
";

const PRINT: &str = "const print = vi.fn()
vi.stubGlobal('print', print)
window.print = print
await visit('__Many__')
press('Print')
expect(print).toHaveBeenCalledOnce()
vi.unstubAllGlobals()
";

fn filter_steps(app: &AppModel, entity: &Entity, key: &str) -> String {
    let Some(field) = entity.field(key) else {
        return String::new();
    };
    let wanted = test_value(app, field, 0);
    let count = (0..5).filter(|at| test_value(app, field, *at) == wanted).count();
    let value = match &field.kind {
        FieldKind::YesNo => if wanted == "true" { "'yes'" } else { "'no'" }.to_owned(),
        _ if field.is_number() => format!("'{wanted}'"),
        FieldKind::Date(_) => {
            return format!(
                "await visit('__Many__')\nconst first = screen.getByLabelText<HTMLSelectElement>({0}).options[1]?.value ?? ''\nfill({0}, first)\nexpect((await shownNames()).length).toBeLessThan(5)\n",
                quote(&field.title())
            );
        }
        _ => wanted,
    };

    format!(
        "await visit('__Many__')\nexpect((await shownNames()).length).toBe(5)\nfill({0}, {value})\nexpect((await shownNames()).length).toBe({count})\nfill({0}, '')\nexpect((await shownNames()).length).toBe(5)\n",
        quote(&field.title())
    )
}

fn sort_steps(entity: &Entity) -> String {
    match entity.name_field() {
        Some(field) => format!(
            "await visit('__Many__')\nfill('Sort by', '{}')\nconst names = await shownNames()\nexpect(names.length).toBe(5)\nexpect(names).toEqual([...names].sort(compare))\n",
            field.key()
        ),
        None => {
            let order = super::entity::orders_of(entity)
                .first()
                .map_or("newest".to_owned(), |field| field.key());
            format!(
                "await visit('__Many__')\nconst names = await shownNames()\nfill('Sort by', '{order}')\nexpect([...(await shownNames())].sort()).toEqual([...names].sort())\n"
            )
        }
    }
}

/// A row that keeps all rules. References are named as their records are.
fn import_steps(app: &AppModel, entity: &Entity) -> String {
    let mut headers = Vec::new();
    let mut cells = Vec::new();
    for field in &entity.fields {
        let cell = match &field.kind {
            FieldKind::YesNo => quote("no"),
            FieldKind::Choice(options) => quote(options.first().map_or("", String::as_str)),
            FieldKind::Reference(noun) => {
                let named = app
                    .entity(noun)
                    .and_then(|target| target.name_field().and_then(|name| name.samples.first()));
                match named {
                    Some(name) => quote(name),
                    None => continue,
                }
            }
            _ => new_value(entity, field),
        };
        headers.push(field.title());
        cells.push(cell);
    }
    let nameless = entity
        .references()
        .any(|(field, noun)| field.required && app.entity(noun).is_some_and(is_named_by_references));
    let (taken, refused) = if nameless { (0, 2) } else { (1, 1) };

    let header = quote(&headers.join(","));
    format!(
        "await visit('__Many__')\nconst before = (await shownNames()).length\nconst row = [{}].map((cell) => `\"${{cell}}\"`).join(',')\nconst file = new File([[{header}, row, '{}'].join('\\n')], 'rows.csv', {{ type: 'text/csv' }})\nfireEvent.change(screen.getByLabelText('Import CSV'), {{ target: {{ files: [file] }} }})\nawait screen.findByText('{taken} imported, {refused} refused')\nexpect((await shownNames()).length).toBe(before + {taken})\n",
        cells.join(", "),
        bad_row(entity, headers.len()),
    )
}

/// A row that breaks a rule: what is required is missing.
fn bad_row(entity: &Entity, columns: usize) -> String {
    let place = entity
        .fields
        .iter()
        .position(|field| field.required && !matches!(field.kind, FieldKind::Choice(_) | FieldKind::YesNo));
    let filler = if place == Some(0) {
        columns.saturating_sub(1)
    } else {
        0
    };
    let other = entity
        .fields
        .iter()
        .position(|field| matches!(field.kind, FieldKind::YesNo));

    match other {
        Some(at) if at < columns => (0..columns)
            .map(|place| if place == at { "yes" } else { "" })
            .collect::<Vec<_>>()
            .join(","),
        _ => {
            let choice = entity
                .fields
                .iter()
                .enumerate()
                .find_map(|(at, field)| field.options().first().map(|option| (at, option.clone())));
            match choice {
                Some((at, option)) if at < columns => (0..columns)
                    .map(|place| {
                        if place == at {
                            option.clone()
                        } else {
                            String::new()
                        }
                    })
                    .collect::<Vec<_>>()
                    .join(","),
                _ => format!("{}x", ",".repeat(filler)),
            }
        }
    }
}

fn assign_steps(app: &AppModel, entity: &Entity, key: &str) -> String {
    let Some(field) = entity.field(key) else {
        return String::new();
    };
    let label = quote(&format!("Set {}", field.label));
    let at = (1..5)
        .find(|at| test_value(app, field, *at) != test_value(app, field, 0))
        .unwrap_or(1);
    let value = test_value(app, field, at);

    format!(
        "await visit('__Many__')\nwindow.location.hash = '#/__folder__/__folder__-1'\nwindow.dispatchEvent(new Event('hashchange'))\nawait screen.findByLabelText({label})\nfill({label}, {value})\nawait waitFor(async () => {{\n  const record = (await __value__Store.list()).find((item) => item.id === '__folder__-1')\n  expect(record?.{key}).toBe({value})\n}})\n"
    )
}

fn view_steps(app: &AppModel, entity: &Entity, view: &View) -> String {
    let first = "await visit('__Many__')\n";

    match view {
        View::Board(key) => {
            let Some(field) = entity.field(key) else {
                return String::new();
            };
            let to = field
                .options()
                .get(1)
                .or(field.options().first())
                .map(|option| quote(option))
                .unwrap_or_default();
            let moves = if entity.can(&ActionKind::Edit) {
                format!(
                    "const cards = screen.getAllByLabelText<HTMLSelectElement>(/^Move /)\nconst before = within(column).queryAllByRole('listitem').length\nconst card = cards.find((each) => each.value !== {to})\nif (card === undefined) throw new Error('There is no card to move')\nfireEvent.change(card, {{ target: {{ value: {to} }} }})\nawait waitFor(() => expect(within(screen.getByRole('region', {{ name: {to} }})).getAllByRole('listitem').length).toBe(before + 1))\n"
                )
            } else {
                "expect(within(column).queryAllByRole('combobox').length).toBe(0)\n".to_owned()
            };
            let role = permitted_role(app, "edit", entity);
            format!(
                "{first}{role}follow('Board')\nconst column = await screen.findByRole('region', {{ name: {to} }})\n{moves}"
            )
        }
        View::Calendar(key) => {
            let name = entity
                .name_field()
                .map(|field| format!("{}: 'Zinnia new one', ", field.key()))
                .unwrap_or_default();
            let references: String = entity
                .references()
                .map(|(field, noun)| {
                    format!(
                        "{}: '{}-1', ",
                        field.key(),
                        app.entity(noun).map(Entity::folder).unwrap_or_default()
                    )
                })
                .collect();
            format!(
                "await __value__Store.add({{ ...empty__Type__(), {name}{references}{key}: today() }})\n{first}follow('Calendar')\nconst day = await screen.findByRole('listitem', {{ name: showDay(today()) }})\nexpect(within(day).getAllByRole('link').length).toBeGreaterThan(0)\npress('Next month')\npress('Previous month')\nexpect(screen.getByRole('listitem', {{ name: showDay(today()) }})).toBeTruthy()\n"
            )
        }
        View::Chart { value, by } => {
            let title = quote(&super::views::chart_title(entity, value.as_deref(), by));
            format!(
                "{first}follow('Chart')\nconst chart = await screen.findByRole('figure')\nexpect(within(chart).getByText({title})).toBeTruthy()\nexpect(within(chart).getAllByRole('listitem').length).toBeGreaterThan(1)\n"
            )
        }
        View::List | View::Cards => String::new(),
    }
}
