//! The other ways to look at an entity's records: a board, a calendar, a chart, and the tabs between them.

use super::{
    entity::{file_name, has_references, name_call, options_name},
    template::{Lines, fill, quote},
};
use crate::model::{ActionKind, AppModel, Entity, FieldKind, View};

/// Whether there is more than the list.
pub(crate) fn has_tabs(entity: &Entity) -> bool {
    entity.views.len() > 1
}

/// The part of an address and the name of a view that is no list.
pub(crate) fn view_name(view: &View) -> Option<(&'static str, &'static str)> {
    match view {
        View::List | View::Cards => None,
        View::Board(_) => Some(("board", "Board")),
        View::Calendar(_) => Some(("calendar", "Calendar")),
        View::Chart { .. } => Some(("chart", "Chart")),
    }
}

pub(crate) fn write_views(app: &AppModel, entity: &Entity) -> String {
    let mut body = Lines::default();
    write_tabs(&mut body, entity);
    for view in &entity.views {
        match view {
            View::Board(key) => write_board(&mut body, app, entity, key),
            View::Calendar(key) => write_calendar(&mut body, entity, key),
            View::Chart { value, by } => write_chart(&mut body, entity, value.as_deref(), by),
            View::List | View::Cards => {}
        }
    }
    let body = body.finish();

    let mut file = Lines::default();
    let uses = |name: &str| body.contains(name);
    let parts: Vec<&str> = [
        ("<BarChart", "BarChart"),
        ("<Board", "Board"),
        ("<Calendar", "Calendar"),
        ("sumBy(", "sumBy"),
    ]
    .iter()
    .filter(|(used, _)| uses(used))
    .map(|(_, name)| *name)
    .collect();
    file.push("import { useRecords } from '../lib/records'\nimport { Link } from '../lib/router'\nimport { Waiting } from '../lib/states'");
    if uses("showDay(") {
        file.push("import { showDay } from '../lib/values'");
    }
    file.push(format!("import {{ {} }} from '../lib/views'", parts.join(", ")));
    if has_references(entity) {
        file.push("import { useNames } from '../names'");
    }
    if uses("may(") {
        file.push("import { may, useRole } from '../roles'");
    }
    let mut own = vec!["__value__Store".to_owned()];
    if uses(&format!("{}Name(", entity.value_name())) {
        own.insert(0, "__value__Name".to_owned());
    }
    own.extend(
        entity
            .fields
            .iter()
            .filter(|field| matches!(field.kind, FieldKind::Choice(_)))
            .map(|field| options_name(entity, field))
            .filter(|name| uses(name)),
    );
    file.push(format!(
        "import {{ {} }} from './{}'\n",
        own.join(", "),
        file_name(entity)
    ));
    file.push(body.trim_end());

    fill(&file.finish(), entity)
}

fn write_tabs(body: &mut Lines, entity: &Entity) {
    let first = if entity.views.contains(&View::Cards) {
        "Cards"
    } else {
        "List"
    };

    body.push("const tabs = [");
    body.push(format!("  {{ path: '/__folder__', name: '{first}' }},"));
    for (path, name) in entity.views.iter().filter_map(view_name) {
        body.push(format!("  {{ path: '/__folder__/{path}', name: '{name}' }},"));
    }
    body.push(
        "]\n\nexport function __Type__Tabs({ current }: { current: string }) {\n  return (\n    <nav className=\"tabs\" aria-label=\"Ways to look at __many__\">\n      {tabs.map((tab) => (\n        <Link key={tab.path} to={tab.path} current={tab.path === current}>\n          {tab.name}\n        </Link>\n      ))}\n    </nav>\n  )\n}\n",
    );
}

/// The beginning of a view's component, up to its heading.
fn open(body: &mut Lines, entity: &Entity, name: &str, path: &str, role: bool) {
    body.push(format!(
        "export function __Type__{name}() {{\n  const records = useRecords(__value__Store)"
    ));
    let names = has_references(entity);

    if names {
        body.push("  const names = useNames()");
    }
    if role {
        body.push("  const { role } = useRole()");
    }
    let loads = if names {
        "[records, ...names.loads]"
    } else {
        "[records]"
    };
    body.push(format!("  const notReady = {loads}.find((load) => load.state !== 'ready')\n  if (notReady !== undefined) return <Waiting load={{notReady}} />\n\n  return (\n    <>\n      <h1>__Many__</h1>\n      <__Type__Tabs current=\"/__folder__/{path}\" />"));
}

fn write_board(body: &mut Lines, app: &AppModel, entity: &Entity, key: &str) {
    let Some(field) = entity.field(key) else { return };
    let options = options_name(entity, field);
    let role = !app.roles.is_empty() && entity.can(&ActionKind::Edit);
    let detail = entity
        .fields
        .iter()
        .find(|field| field.target().is_some())
        .map_or_else(
            || {
                let day = entity.fields.iter().find(|field| field.is_date());
                day.map_or("''".to_owned(), |field| format!("showDay(item.{})", field.key()))
            },
            |field| format!("names.nameOf(item.{})", field.key()),
        );
    let move_it = format!(
        "(id, column) => {{\n          const chosen = {options}.find((option) => option === column)\n          if (chosen !== undefined && id !== '') void __value__Store.update(id, {{ {key}: chosen }})\n        }}"
    );
    let on_move = match (entity.can(&ActionKind::Edit), role) {
        (false, _) => "undefined".to_owned(),
        (true, true) => format!("!may(role, 'edit', '__folder__') ? undefined : {move_it}"),
        (true, false) => move_it,
    };

    open(body, entity, "Board", "board", role);
    body.push(format!("      <Board\n        columns={{{options}}}\n        cards={{records.items.map((item) => ({{\n          id: item.id,\n          title: {},\n          column: item.{key},\n          href: `/__folder__/${{item.id}}`,\n          detail: {detail},\n        }}))}}\n        onMove={{{on_move}}}\n      />\n    </>\n  )\n}}\n", name_call(entity, "item", "names.nameOf")));
}

fn write_calendar(body: &mut Lines, entity: &Entity, key: &str) {
    open(body, entity, "Calendar", "calendar", false);
    body.push(format!("      <Calendar\n        entries={{records.items.map((item) => ({{\n          id: item.id,\n          day: item.{key},\n          title: {},\n          href: `/__folder__/${{item.id}}`,\n        }}))}}\n      />\n    </>\n  )\n}}\n", name_call(entity, "item", "names.nameOf")));
}

/// What a chart shows, as its heading.
pub(crate) fn chart_title(entity: &Entity, value: Option<&str>, by: &str) -> String {
    let label = |key: &str| {
        entity
            .field(key)
            .map(|field| field.label.clone())
            .unwrap_or_default()
    };
    match value {
        Some(value) => format!("{} by {}", crate::words::sentence_case(&label(value)), label(by)),
        None => format!("{} by {}", entity.title(), label(by)),
    }
}

fn write_chart(body: &mut Lines, entity: &Entity, value: Option<&str>, by: &str) {
    let Some(field) = entity.field(by) else { return };
    let name = match &field.kind {
        FieldKind::Reference(_) => format!("names.nameOf(item.{by})"),
        FieldKind::Date(_) => format!("showDay(item.{by})"),
        FieldKind::YesNo => format!("(item.{by} ? 'Yes' : 'No')"),
        FieldKind::Number { .. } | FieldKind::Money => format!("String(item.{by} ?? '')"),
        _ => format!("item.{by}"),
    };
    let sum = value.map_or("() => 1".to_owned(), |value| {
        format!("(item) => item.{value} ?? 0")
    });

    open(body, entity, "Chart", "chart", false);
    body.push(format!("      <BarChart title={{{}}} bars={{sumBy(records.items, (item) => {name}, {sum})}} />\n    </>\n  )\n}}\n", quote(&chart_title(entity, value, by))));
}
