//! The page that lists an entity's records: search, filters, order, files, and a row or a card for each.

use super::{
    entity::{file_name, has_csv, has_references, is_named_by_references, name_call, targets_of},
    show::{indent, show_value, write_buttons},
    template::{Lines, fill, quote},
    views::has_tabs,
};
use crate::model::{ActionKind, AppModel, Entity, Field, FieldKind, View};

const MOST_COLUMNS: usize = 5;

/// The fields beside the name that a list shows.
fn columns_of(entity: &Entity) -> Vec<&Field> {
    let name = entity.name_field().map(Field::key);
    let shown_in_name: Vec<String> = if is_named_by_references(entity) {
        entity
            .name_parts()
            .iter()
            .filter(|field| field.target().is_some())
            .map(|field| field.key())
            .collect()
    } else {
        Vec::new()
    };

    entity
        .fields
        .iter()
        .filter(|field| Some(field.key()) != name && !shown_in_name.contains(&field.key()))
        .filter(|field| !matches!(field.kind, FieldKind::Long | FieldKind::Url))
        .take(MOST_COLUMNS)
        .collect()
}

pub(crate) fn write_list(app: &AppModel, entity: &Entity) -> String {
    let body = write_body(app, entity);
    let mut file = Lines::default();
    write_imports(&mut file, app, entity, &body);
    file.push(body);

    fill(&file.finish(), entity)
}

fn write_imports(file: &mut Lines, app: &AppModel, entity: &Entity, body: &str) {
    let uses = |name: &str| body.contains(name);
    file.push("import { useState } from 'react'");
    let csv: Vec<&str> = [
        ("<Import", "Import"),
        ("readCsv(", "readCsv"),
        ("saveFile(", "saveFile"),
        ("writeCsv(", "writeCsv"),
    ]
    .iter()
    .filter(|(use_, _)| uses(use_))
    .map(|(_, name)| *name)
    .collect();
    if !csv.is_empty() {
        file.push(format!("import {{ {} }} from '../lib/csv'", csv.join(", ")));
    }
    file.push("import { useRecords } from '../lib/records'\nimport { Link } from '../lib/router'");
    if uses("findProblems(") {
        file.push("import { findProblems } from '../lib/rules'");
    }
    file.push("import { Empty, Waiting } from '../lib/states'");
    let toolbar: Vec<&str> = ["Filter", "Search"]
        .into_iter()
        .filter(|name| uses(&format!("<{name}")))
        .collect();
    if !toolbar.is_empty() {
        file.push(format!(
            "import {{ {} }} from '../lib/toolbar'",
            toolbar.join(", ")
        ));
    }
    let values: Vec<&str> = ["showDay", "showMoney", "today"]
        .into_iter()
        .filter(|name| uses(&format!("{name}(")))
        .collect();
    if !values.is_empty() {
        file.push(format!("import {{ {} }} from '../lib/values'", values.join(", ")));
    }
    if has_references(entity) {
        file.push("import { useNames } from '../names'");
    }
    if !app.roles.is_empty() {
        file.push("import { may, useRole } from '../roles'");
    }
    if has_tabs(entity) {
        file.push("import { __Type__Tabs } from './__Type__Views'");
    }

    let mut own: Vec<String> = [
        "arrange__Type__",
        "__value__Name",
        "__value__Store",
        "empty__Type__Wish",
    ]
    .map(str::to_owned)
    .to_vec();
    for (used, name) in [
        ("__value__Columns(", "__value__Columns"),
        ("__value__Orders", "__value__Orders"),
        ("__value__Rules", "__value__Rules"),
        ("empty__Type__,", "empty__Type__"),
    ] {
        if uses(used) {
            own.push(name.to_owned());
        }
    }
    for field in entity
        .filters()
        .filter(|field| matches!(field.kind, FieldKind::Choice(_)))
    {
        own.push(super::entity::options_name(entity, field));
    }
    own.push("type __Type__Wish".to_owned());
    file.push(format!(
        "import {{ {} }} from './{}'\n",
        own.join(", "),
        file_name(entity)
    ));
}

fn write_body(app: &AppModel, entity: &Entity) -> String {
    let mut body = Lines::default();
    let names = has_references(entity);
    body.push("export function __Type__List() {\n  const records = useRecords(__value__Store)");
    if names {
        body.push("  const names = useNames()");
    }
    if !app.roles.is_empty() {
        body.push("  const { role } = useRole()");
    }
    body.push("  const [wish, setWish] = useState<__Type__Wish>(empty__Type__Wish)");
    let loads = if names {
        "[records, ...names.loads]"
    } else {
        "[records]"
    };
    body.push(format!("  const notReady = {loads}.find((load) => load.state !== 'ready')\n  if (notReady !== undefined) return <Waiting load={{notReady}} />\n"));
    let name_of = if names { ", names.nameOf" } else { "" };
    body.push(format!(
        "  const shown = arrange__Type__(records.items, wish{name_of})"
    ));
    body.push("  function change(changes: Partial<__Type__Wish>) {\n    setWish((current) => ({ ...current, ...changes }))\n  }\n");
    write_import_function(&mut body, app, entity);

    body.push(
        "  return (\n    <>\n      <div className=\"head\">\n        <div>\n          <h1>__Many__</h1>",
    );
    body.push("          <p role=\"status\">{shown.length === records.items.length ? `${shown.length} in all` : `${shown.length} of ${records.items.length}`}</p>\n        </div>\n        <div className=\"actions\">");
    write_head_actions(&mut body, app, entity);
    body.push("        </div>\n      </div>");
    if has_tabs(entity) {
        body.push("      <__Type__Tabs current=\"/__folder__\" />");
    }

    body.push("      {records.items.length === 0 ? (\n        <Empty title=\"No __many__ yet\">\n          <p>The first one that is added is shown here.</p>\n        </Empty>\n      ) : (\n        <>\n          <div className=\"toolbar\">");
    write_toolbar(&mut body, app, entity);
    body.push("          </div>\n          {shown.length === 0 ? (\n            <Empty title=\"Nothing matches\">\n              <button type=\"button\" onClick={() => setWish(empty__Type__Wish)}>\n                Show everything\n              </button>\n            </Empty>\n          ) : (");
    if entity.views.contains(&View::Cards) {
        write_cards(&mut body, entity);
    } else {
        write_table(&mut body, entity);
    }
    body.push("          )}\n        </>\n      )}\n    </>\n  )\n}");

    body.finish()
}

fn column_arguments(app: &AppModel, entity: &Entity) -> String {
    let options: Vec<String> = targets_of(app, entity)
        .iter()
        .map(|target| format!("names.{}Options", target.value_name()))
        .collect();
    options.join(", ")
}

fn write_import_function(body: &mut Lines, app: &AppModel, entity: &Entity) {
    if !entity.can(&ActionKind::Import) {
        return;
    }

    let arguments = column_arguments(app, entity);
    body.push(format!(
        r"  async function takeRows(text: string) {{
    const before = records.items
    const {{ drafts, problems }} = readCsv(
      __value__Columns({arguments}),
      empty__Type__,
      (draft, earlier) => {{
        const others = [...before, ...earlier.map((each, at) => ({{ ...each, id: `row-${{at}}`, createdAt: '' }}))]
        return Object.values(findProblems(__value__Rules, draft, {{ others, today: today() }}))[0]
      }},
      text,
    )
    await __value__Store.addAll(drafts)
    return {{ taken: drafts.length, problems }}
  }}
"
    ));
}

fn write_head_actions(body: &mut Lines, app: &AppModel, entity: &Entity) {
    let may_add = if app.roles.is_empty() {
        ""
    } else {
        "may(role, 'add', '__folder__') && "
    };

    if entity.can(&ActionKind::Export) {
        body.push(format!(
            "          <button type=\"button\" className=\"quiet\" onClick={{() => saveFile('__folder__.csv', writeCsv(__value__Columns({}), shown))}}>\n            Export CSV\n          </button>",
            column_arguments(app, entity)
        ));
    }
    if entity.can(&ActionKind::Import) {
        body.push(if may_add.is_empty() {
            "          <Import label=\"Import CSV\" onText={takeRows} />".to_owned()
        } else {
            format!("          {{{may_add}<Import label=\"Import CSV\" onText={{takeRows}} />}}")
        });
    }
    if entity.can(&ActionKind::Print) {
        body.push("          <button type=\"button\" className=\"quiet\" onClick={() => window.print()}>\n            Print\n          </button>");
    }
    if entity.can(&ActionKind::Add) {
        let link =
            "<Link to=\"/__folder__/new\" className=\"button\">\n            Add __one__\n          </Link>";
        body.push(if may_add.is_empty() {
            format!("          {link}")
        } else {
            format!("          {{{may_add}(\n          {link}\n          )}}")
        });
    }
}

fn write_toolbar(body: &mut Lines, app: &AppModel, entity: &Entity) {
    if entity.can(&ActionKind::Search) {
        body.push("            <Search label=\"Search __many__\" value={wish.query} onChange={(query) => change({ query })} />");
    }

    for field in entity.filters() {
        let key = field.key();
        let options = match &field.kind {
            FieldKind::YesNo => "[{ value: 'yes', name: 'Yes' }, { value: 'no', name: 'No' }]".to_owned(),
            FieldKind::Choice(_) => format!(
                "{}.map((option) => ({{ value: option, name: option }}))",
                super::entity::options_name(entity, field)
            ),
            FieldKind::Reference(noun) => format!(
                "names.{}Options.map(({{ id, name }}) => ({{ value: id, name }}))",
                app.entity(noun).map(Entity::value_name).unwrap_or_default()
            ),
            _ => format!(
                "[...new Set(records.items.map((item) => String(item.{key} ?? '')))].filter((value) => value !== '').sort().map((value) => ({{ value, name: value }}))"
            ),
        };
        body.push(format!("            <Filter\n              label={{{}}}\n              any=\"All\"\n              value={{wish.{key}}}\n              options={{{options}}}\n              onChange={{(value) => change({{ {key}: value }})}}\n            />", quote(&field.title())));
    }
    if entity.can(&ActionKind::Sort) {
        body.push("            <Filter label=\"Sort by\" value={wish.order} options={__value__Orders} onChange={(order) => change({ order })} />");
    }
}

fn write_table(body: &mut Lines, entity: &Entity) {
    let columns = columns_of(entity);
    let buttons = write_buttons(entity, "small quiet");
    let head = entity
        .name_field()
        .map_or_else(|| crate::words::sentence_case(&entity.noun), Field::title);
    body.push("            <div className=\"panel scroll\">\n              <table data-testid=\"records\">\n                <thead>\n                  <tr>");
    body.push(format!(
        "                    <th scope=\"col\">{{{}}}</th>",
        quote(&head)
    ));
    for field in &columns {
        let class = if field.is_number() {
            " className=\"number\""
        } else {
            ""
        };
        body.push(format!(
            "                    <th scope=\"col\"{class}>{{{}}}</th>",
            quote(&field.title())
        ));
    }
    if !buttons.is_empty() {
        body.push("                    <th scope=\"col\">\n                      <span className=\"hidden\">Actions</span>\n                    </th>");
    }

    body.push("                  </tr>\n                </thead>\n                <tbody>\n                  {shown.map((item) => (\n                    <tr key={item.id}>\n                      <td>");
    body.push(format!("                        <Link to={{`/__folder__/${{item.id}}`}}>\n                          <span data-testid=\"name\">{{{}}}</span>\n                        </Link>\n                      </td>", name_call(entity, "item", "names.nameOf")));
    for field in &columns {
        let class = if field.is_number() {
            " className=\"number\""
        } else {
            ""
        };
        body.push(format!(
            "                      <td{class}>{}</td>",
            show_value(field)
        ));
    }
    if !buttons.is_empty() {
        body.push("                      <td>\n                        <div className=\"actions\">");
        for button in buttons {
            body.push(indent(&button, 26));
        }
        body.push("                        </div>\n                      </td>");
    }
    body.push("                    </tr>\n                  ))}\n                </tbody>\n              </table>\n            </div>");
}

fn write_cards(body: &mut Lines, entity: &Entity) {
    body.push("            <ul className=\"cards\" data-testid=\"records\">\n              {shown.map((item) => (\n                <li key={item.id} className=\"panel\">");

    body.push(format!("                  <Link to={{`/__folder__/${{item.id}}`}}>\n                    <span data-testid=\"name\">{{{}}}</span>\n                  </Link>", name_call(entity, "item", "names.nameOf")));
    for field in columns_of(entity).into_iter().take(4) {
        let key = field.key();
        let is_there = match field.kind {
            FieldKind::Number { .. } | FieldKind::Money => format!("item.{key} !== null && "),
            FieldKind::YesNo | FieldKind::Choice(_) => String::new(),
            _ => format!("item.{key} !== '' && "),
        };
        let value = show_value(field);
        let line = format!(
            "<span className=\"nothing\">{{{}}} {value}</span>",
            quote(&format!("{}:", field.title()))
        );
        body.push(if is_there.is_empty() {
            format!("                  {line}")
        } else {
            format!("                  {{{is_there}{line}}}")
        });
    }
    let buttons = write_buttons(entity, "small quiet");
    if !buttons.is_empty() {
        body.push("                  <div className=\"actions\">");
        for button in buttons {
            body.push(indent(&button, 20));
        }
        body.push("                  </div>");
    }
    body.push("                </li>\n              ))}\n            </ul>");
}

/// Whether the project needs the file of CSV.
pub(crate) fn needs_csv(app: &AppModel) -> bool {
    app.entities.iter().any(has_csv)
}
