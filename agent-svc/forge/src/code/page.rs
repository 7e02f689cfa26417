//! The page of one record: its facts, what can be done with it, and what refers to it.

use super::{
    entity::{file_name, has_references, name_call, options_name},
    show::{indent, show_value, write_buttons},
    template::{Lines, fill, quote},
};
use crate::model::{ActionKind, AppModel, Entity, Field, FieldKind};

pub(crate) fn write_page(app: &AppModel, entity: &Entity) -> String {
    let referrers: Vec<(&Entity, &Field)> = app.referrers(&entity.noun).collect();
    let names = has_references(entity) || !referrers.is_empty();
    let body = write_body(app, entity, &referrers, names);

    let mut file = Lines::default();
    write_imports(&mut file, app, entity, &referrers, &body);
    file.push(body);
    fill(&file.finish(), entity)
}

fn write_imports(
    file: &mut Lines,
    app: &AppModel,
    entity: &Entity,
    referrers: &[(&Entity, &Field)],
    body: &str,
) {
    let uses = |name: &str| body.contains(name);
    file.push("import { useRecords } from '../lib/records'");
    let router: Vec<&str> = [("go(", "go"), ("<Link", "Link")]
        .iter()
        .filter(|(used, _)| uses(used))
        .map(|(_, name)| *name)
        .collect();
    file.push(format!("import {{ {} }} from '../lib/router'", router.join(", ")));
    if uses("isUrl(") {
        file.push("import { isUrl } from '../lib/rules'");
    }
    let states: Vec<&str> = ["Confirm", "NotFound", "Waiting"]
        .into_iter()
        .filter(|name| uses(&format!("<{name}")))
        .collect();
    file.push(format!("import {{ {} }} from '../lib/states'", states.join(", ")));
    if uses("<Filter") {
        file.push("import { Filter } from '../lib/toolbar'");
    }
    let values: Vec<&str> = ["showDay", "showMoney", "today"]
        .into_iter()
        .filter(|name| uses(&format!("{name}(")))
        .collect();
    if !values.is_empty() {
        file.push(format!("import {{ {} }} from '../lib/values'", values.join(", ")));
    }
    if uses("useNames()") {
        file.push("import { useNames } from '../names'");
    }
    if !app.roles.is_empty() && uses("may(") {
        file.push("import { may, useRole } from '../roles'");
    }

    let mut seen: Vec<&str> = Vec::new();
    for (other, _) in referrers {
        if !seen.contains(&other.noun.as_str()) {
            seen.push(&other.noun);
            let value = other.value_name();
            file.push(format!(
                "import {{ {value}Name, {value}Store }} from '../{}/{}'",
                other.folder(),
                file_name(other)
            ));
        }
    }
    let mut own = vec!["__value__Name".to_owned(), "__value__Store".to_owned()];
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
}

fn write_body(app: &AppModel, entity: &Entity, referrers: &[(&Entity, &Field)], names: bool) -> String {
    let mut body = Lines::default();
    let needs_role =
        !app.roles.is_empty() && (entity.can(&ActionKind::Edit) || entity.can(&ActionKind::Delete));
    body.push("export function __Type__Page({ id }: { id: string }) {\n  const records = useRecords(__value__Store)");
    let mut loads = vec!["records".to_owned()];
    let mut others: Vec<&Entity> = Vec::new();
    for (other, _) in referrers {
        if !others.contains(other) {
            others.push(other);
            body.push(format!(
                "  const {}Records = useRecords({}Store)",
                other.value_name(),
                other.value_name()
            ));
            loads.push(format!("{}Records", other.value_name()));
        }
    }
    if names {
        body.push("  const names = useNames()");
        loads.push("...names.loads".to_owned());
    }
    if needs_role {
        body.push("  const { role } = useRole()");
    }

    body.push(format!("  const notReady = [{}].find((load) => load.state !== 'ready')\n  if (notReady !== undefined) return <Waiting load={{notReady}} />\n", loads.join(", ")));
    body.push("  const item = records.items.find((each) => each.id === id)\n  if (item === undefined) return <NotFound what=\"__one__\" />");
    for (at, (other, field)) in referrers.iter().enumerate() {
        body.push(format!(
            "  const related{at} = {}Records.items.filter((each) => each.{} === item.id)",
            other.value_name(),
            field.key()
        ));
    }
    if entity.can(&ActionKind::Delete) {
        let sum: Vec<String> = (0..referrers.len())
            .map(|at| format!("related{at}.length"))
            .collect();
        if !sum.is_empty() {
            body.push(format!("  const uses = {}", sum.join(" + ")));
        }
        body.push("\n  async function remove(key: string) {\n    await __value__Store.remove(key)\n    go('/__folder__')\n  }");
    }

    body.push(format!("\n  return (\n    <>\n      <div className=\"head\">\n        <h1>{{{}}}</h1>\n        <div className=\"actions\">", name_call(entity, "item", "names.nameOf")));
    write_actions(&mut body, app, entity, !referrers.is_empty());
    body.push("        </div>\n      </div>\n      <dl className=\"facts panel\">");
    for field in &entity.fields {
        body.push(format!(
            "        <dt>{{{}}}</dt>\n        <dd>{}</dd>",
            quote(&field.title()),
            show_fact(app, field)
        ));
    }
    body.push("      </dl>");
    for (at, (other, field)) in referrers.iter().enumerate() {
        write_related(&mut body, at, other, field, entity);
    }
    body.push("    </>\n  )\n}");

    body.finish()
}

/// On its own page a reference is a link, and so is an address of the web.
fn show_fact(app: &AppModel, field: &Field) -> String {
    let key = field.key();
    match &field.kind {
        FieldKind::Reference(noun) => {
            let folder = app.entity(noun).map(Entity::folder).unwrap_or_default();
            format!("<Link to={{`/{folder}/${{item.{key}}}`}}>{{names.nameOf(item.{key})}}</Link>")
        }
        FieldKind::Url => format!(
            "{{isUrl(item.{key}) ? <a href={{item.{key}}} rel=\"noreferrer\">{{item.{key}}}</a> : item.{key}}}"
        ),
        _ => show_value(field),
    }
}

fn write_actions(body: &mut Lines, app: &AppModel, entity: &Entity, has_referrers: bool) {
    for button in write_buttons(entity, "quiet") {
        body.push(indent(&button, 10));
    }
    for action in &entity.actions {
        if let ActionKind::Assign(key) = &action.kind
            && let Some(field) = entity.field(key)
        {
            write_assignment(body, app, entity, field);
        }
    }

    let guard = |verb: &str, code: &str| {
        if app.roles.is_empty() {
            indent(code, 10)
        } else {
            format!(
                "          {{may(role, '{verb}', '__folder__') && (\n{}\n          )}}",
                indent(code, 12)
            )
        }
    };
    if entity.can(&ActionKind::Print) {
        body.push("          <button type=\"button\" className=\"quiet\" onClick={() => window.print()}>\n            Print\n          </button>");
    }
    if entity.can(&ActionKind::Edit) {
        body.push(guard(
            "edit",
            "<Link to={`/__folder__/${item.id}/edit`} className=\"button\">\n  Edit\n</Link>",
        ));
    }
    if entity.can(&ActionKind::Delete) {
        let refusal = if has_referrers {
            "\n  refusal={uses > 0 ? `It is used ${uses} times. Delete what uses it first.` : undefined}"
        } else {
            ""
        };
        body.push(guard("delete", &format!("<Confirm\n  label=\"Delete\"\n  question=\"Delete this __one__ for good?\"{refusal}\n  onConfirm={{() => void remove(item.id)}}\n/>")));
    }
}

fn write_assignment(body: &mut Lines, app: &AppModel, entity: &Entity, field: &Field) {
    let key = field.key();
    let title = quote(&format!("Set {}", field.label));

    match &field.kind {
        FieldKind::Choice(_) => {
            let options = options_name(entity, field);
            body.push(format!("          <Filter\n            label={{{title}}}\n            value={{item.{key}}}\n            options={{{options}.map((option) => ({{ value: option, name: option }}))}}\n            onChange={{(value) => {{\n              const chosen = {options}.find((option) => option === value)\n              if (chosen !== undefined) void __value__Store.update(item.id, {{ {key}: chosen }})\n            }}}}\n          />"));
        }
        FieldKind::Reference(noun) => {
            let any = if field.required {
                ""
            } else {
                "\n            any=\"Nobody\""
            };
            let options = app.entity(noun).map(Entity::value_name).unwrap_or_default();
            body.push(format!("          <Filter\n            label={{{title}}}{any}\n            value={{item.{key}}}\n            options={{names.{options}Options.map(({{ id, name }}) => ({{ value: id, name }}))}}\n            onChange={{(value) => void __value__Store.update(item.id, {{ {key}: value }})}}\n          />"));
        }
        _ => {}
    }
}

fn write_related(body: &mut Lines, at: usize, other: &Entity, field: &Field, entity: &Entity) {
    let heading = if field.label == entity.noun {
        other.title()
    } else {
        format!("{} ({})", other.title(), field.label)
    };
    let name = name_call(other, "each", "names.nameOf");
    body.push(format!(
        "      <section className=\"panel related\" aria-label={{{0}}}>\n        <h2>{{{0}}}</h2>\n        {{related{at}.length === 0 ? (\n          <p className=\"nothing\">None yet</p>\n        ) : (\n          <ul>\n            {{related{at}.map((each) => (\n              <li key={{each.id}}>\n                <Link to={{`/{1}/${{each.id}}`}}>{{{name}}}</Link>\n              </li>\n            ))}}\n          </ul>\n        )}}\n      </section>",
        quote(&heading),
        other.folder(),
    ));
}
