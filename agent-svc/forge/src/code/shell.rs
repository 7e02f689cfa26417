//! What stands around the pages of entities: routes and menu, the overview, names of what is referred to, roles, looks.

use super::{
    entity::{file_name, has_references, is_named_by_references, name_call},
    template::{Lines, fill, fill_names, quote},
    views::{has_tabs, view_name},
};
use crate::{
    model::{ActionKind, AppModel, Entity, Tone, View},
    words,
};

/// An address of the app, its heading, and the component that is shown there.
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) element: String,
    pub(crate) description: String,
}

/// All addresses, the overview first. `:id` stands for the id of a record.
pub(crate) fn pages_of(app: &AppModel) -> Vec<Page> {
    let page = |path: &str, title: &str, element: &str, description: &str| Page {
        path: path.to_owned(),
        title: title.to_owned(),
        element: element.to_owned(),
        description: description.to_owned(),
    };
    let mut pages = vec![page(
        "/",
        "Overview",
        "() => <Overview />",
        "How much there is of everything, and what is new.",
    )];

    for entity in &app.entities {
        let mut add = |path: &str, title: &str, element: &str, description: &str| {
            pages.push(page(
                &fill(path, entity),
                &fill(title, entity),
                &fill(element, entity),
                &fill(description, entity),
            ));
        };
        add(
            "/__folder__",
            "__Many__",
            "() => <__Type__List />",
            "All __many__, searched, filtered and sorted.",
        );
        if entity.can(&ActionKind::Add) {
            add(
                "/__folder__/new",
                "Add __one__",
                "() => <__Type__Form id=\"\" />",
                "A form for a new __one__, with its rules.",
            );
        }
        for (path, name) in entity.views.iter().filter_map(view_name) {
            add(
                &format!("/__folder__/{path}"),
                "__Many__",
                &format!("() => <__Type__{name} />"),
                &format!("The __many__ as a {path}."),
            );
        }
        if entity.can(&ActionKind::Edit) {
            add(
                "/__folder__/:id/edit",
                "Edit __one__",
                "(id) => <__Type__Form id={id} />",
                "A form for an existing __one__.",
            );
        }
        add(
            "/__folder__/:id",
            "__One__",
            "(id) => <__Type__Page id={id} />",
            "Everything about one __one__.",
        );
    }
    pages
}

pub(crate) fn write_app(app: &AppModel) -> String {
    let mut file = Lines::default();
    let has_roles = !app.roles.is_empty();
    file.push("import { findRoute, Link, usePath, type Route } from './lib/router'\nimport { NotFound } from './lib/states'");
    if has_roles {
        file.push("import { Filter } from './lib/toolbar'");
    }
    file.push("import { Overview } from './Overview'");
    if has_roles {
        file.push("import { RoleProvider, roles, useRole } from './roles'");
    }
    for entity in &app.entities {
        if entity.can(&ActionKind::Add) || entity.can(&ActionKind::Edit) {
            file.push(fill(
                "import { __Type__Form } from './__folder__/__Type__Form'",
                entity,
            ));
        }
        file.push(fill("import { __Type__List } from './__folder__/__Type__List'\nimport { __Type__Page } from './__folder__/__Type__Page'", entity));
        if has_tabs(entity) {
            let names: Vec<String> = entity
                .views
                .iter()
                .filter_map(view_name)
                .map(|(_, name)| format!("__Type__{name}"))
                .collect();
            file.push(fill(
                &format!(
                    "import {{ {} }} from './__folder__/__Type__Views'",
                    names.join(", ")
                ),
                entity,
            ));
        }
    }

    file.push("\nexport const routes: readonly Route[] = [");
    for page in pages_of(app) {
        file.push(format!(
            "  {{ path: '{}', title: {}, page: {} }},",
            page.path,
            quote(&page.title),
            page.element
        ));
    }
    file.push("]\n\nconst menu = [\n  { path: '/', name: 'Overview' },");
    for entity in &app.entities {
        file.push(format!(
            "  {{ path: '/{}', name: {} }},",
            entity.folder(),
            quote(&entity.title())
        ));
    }
    file.push("]\n");
    if has_roles {
        file.push(ROLE_CHOICE);
    }

    let (open, choice, close) = if has_roles {
        (
            "    <RoleProvider>\n",
            "          <RoleChoice />\n",
            "    </RoleProvider>\n",
        )
    } else {
        ("    <>\n", "", "    </>\n")
    };
    file.push(fill_names(
        FRAME,
        &[
            ("__NAME__", quote(&app.name)),
            ("__OPEN__", open.to_owned()),
            ("__CHOICE__", choice.to_owned()),
            ("__CLOSE__", close.to_owned()),
        ],
    ));
    file.finish()
}

const ROLE_CHOICE: &str = "function RoleChoice() {
  const { role, setRole } = useRole()
  return (
    <Filter
      label=\"Working as\"
      value={role}
      options={roles.map((each) => ({ value: each, name: each }))}
      onChange={(value) => {
        const chosen = roles.find((each) => each === value)
        if (chosen !== undefined) setRole(chosen)
      }}
    />
  )
}
";

const FRAME: &str = "export function App() {
  const path = usePath()
  const found = findRoute(routes, path)
  return (
__OPEN__      <a href=\"#content\" className=\"skip\" onClick={(event) => {
        event.preventDefault()
        document.getElementById('content')?.focus()
      }}>
        Skip to content
      </a>
      <header className=\"top\">
        <div>
          <Link to=\"/\" className=\"brand\">
            {__NAME__}
          </Link>
          <nav aria-label=\"Site menu\">
            {menu.map((item) => (
              <Link key={item.path} to={item.path} current={item.path === '/' ? path === '/' : path.startsWith(item.path)}>
                {item.name}
              </Link>
            ))}
          </nav>
__CHOICE__        </div>
      </header>
      <main id=\"content\" tabIndex={-1}>
        {found === undefined ? <NotFound what=\"page\" /> : found.route.page(found.id)}
      </main>
__CLOSE__  )
}
";

pub(crate) fn write_overview(app: &AppModel) -> String {
    let mut file = Lines::default();
    let names = app.entities.iter().any(has_references);
    let calendar = |entity: &Entity| {
        entity.views.iter().find_map(|view| match view {
            View::Calendar(key) => Some(key.clone()),
            _ => None,
        })
    };
    let has_days = app.entities.iter().any(|entity| calendar(entity).is_some());

    file.push("import { useRecords } from './lib/records'\nimport { Link } from './lib/router'\nimport { Waiting } from './lib/states'");
    if has_days {
        file.push("import { showDay, today } from './lib/values'");
    }
    if names && app.entities.iter().any(is_named_by_references) {
        file.push("import { useNames } from './names'");
    }
    for entity in &app.entities {
        file.push(fill(
            &format!(
                "import {{ __value__Name, __value__Store }} from './__folder__/{}'",
                file_name(entity)
            ),
            entity,
        ));
    }
    file.push("\n/** How much there is of everything, what comes up, and what is new. */\nexport function Overview() {");
    let uses_names = app.entities.iter().any(is_named_by_references);
    for entity in &app.entities {
        file.push(fill(
            "  const __value__Records = useRecords(__value__Store)",
            entity,
        ));
    }
    if uses_names {
        file.push("  const names = useNames()");
    }
    let mut loads: Vec<String> = app
        .entities
        .iter()
        .map(|entity| format!("{}Records", entity.value_name()))
        .collect();
    if uses_names {
        loads.push("...names.loads".to_owned());
    }
    file.push(format!("  const notReady = [{}].find((load) => load.state !== 'ready')\n  if (notReady !== undefined) return <Waiting load={{notReady}} />\n", loads.join(", ")));

    file.push(format!("  return (\n    <>\n      <div className=\"head\">\n        <div>\n          <h1>Overview</h1>\n          <p>{{{}}}</p>\n        </div>\n      </div>\n      <ul className=\"cards\">", quote(&pitch_of(app))));
    for entity in &app.entities {
        file.push(fill("        <li className=\"panel\">\n          <Link to=\"/__folder__\" className=\"tile\">\n            <strong>{__value__Records.items.length}</strong> __many__\n          </Link>\n        </li>", entity));
    }
    file.push("      </ul>\n      <div className=\"columns\">");
    for entity in &app.entities {
        match calendar(entity) {
            Some(key) => write_coming(&mut file, entity, &key),
            None => write_newest(&mut file, entity),
        }
    }
    file.push("      </div>\n    </>\n  )\n}");

    file.finish()
}

fn write_coming(file: &mut Lines, entity: &Entity, key: &str) {
    let name = name_call(entity, "item", "names.nameOf");
    file.push(fill(
        &format!("      <section className=\"panel related\" aria-label=\"Next __many__\">\n        <h2>Next __many__</h2>\n        <ul>\n          {{__value__Records.items\n            .filter((item) => item.{key} >= today())\n            .sort((one, other) => one.{key}.localeCompare(other.{key}))\n            .slice(0, 5)\n            .map((item) => (\n              <li key={{item.id}}>\n                {{showDay(item.{key})}}: <Link to={{`/__folder__/${{item.id}}`}}>{{{name}}}</Link>\n              </li>\n            ))}}\n        </ul>\n      </section>"),
        entity,
    ));
}

fn write_newest(file: &mut Lines, entity: &Entity) {
    let name = name_call(entity, "item", "names.nameOf");
    file.push(fill(
        &format!("      <section className=\"panel related\" aria-label=\"Newest __many__\">\n        <h2>Newest __many__</h2>\n        <ul>\n          {{[...__value__Records.items]\n            .sort((one, other) => other.createdAt.localeCompare(one.createdAt))\n            .slice(0, 4)\n            .map((item) => (\n              <li key={{item.id}}>\n                <Link to={{`/__folder__/${{item.id}}`}}>{{{name}}}</Link>\n              </li>\n            ))}}\n        </ul>\n      </section>"),
        entity,
    ));
}

/// One sentence about the app, made of its own words alone.
pub(crate) fn pitch_of(app: &AppModel) -> String {
    let many: Vec<String> = app.entities.iter().map(|entity| entity.many.clone()).collect();
    format!(
        "Keep {} in one place: add them, find them again and keep them right.",
        words::join_list(&many)
    )
}

pub(crate) fn write_names(app: &AppModel) -> Option<String> {
    let targets: Vec<&Entity> = app
        .entities
        .iter()
        .filter(|entity| app.referrers(&entity.noun).next().is_some())
        .collect();
    if targets.is_empty() {
        return None;
    }

    let mut file = Lines::default();
    file.push("import { useRecords, type Load } from './lib/records'");
    for entity in &targets {
        file.push(fill(
            &format!(
                "import {{ __value__Name, __value__Store }} from './__folder__/{}'",
                file_name(entity)
            ),
            entity,
        ));
    }
    file.push("\ninterface Named {\n  readonly id: string\n  readonly name: string\n}\n\n/** What records are called that others refer to. */\nexport interface Names {\n  readonly loads: readonly Load[]\n  nameOf(id: string): string");
    for entity in &targets {
        file.push(fill("  readonly __value__Options: Named[]", entity));
    }
    file.push("}\n\nexport function useNames(): Names {");
    for entity in &targets {
        file.push(fill(
            "  const __value__Records = useRecords(__value__Store)",
            entity,
        ));
    }

    file.push("\n  function nameOf(id: string): string {");
    for entity in &targets {
        file.push(fill(&format!("    const __value__ = __value__Records.items.find((item) => item.id === id)\n    if (__value__ !== undefined) return {}\n", name_call(entity, "__value__", "nameOf")).replace("const __value__ =", "const __value__Found =").replace("if (__value__ !==", "if (__value__Found !==").replace("Name(__value__", "Name(__value__Found"), entity));
    }
    file.push("    return ''\n  }\n\n  return {");
    let loads: Vec<String> = targets
        .iter()
        .map(|entity| format!("{}Records", entity.value_name()))
        .collect();
    file.push(format!("    loads: [{}],\n    nameOf,", loads.join(", ")));
    for entity in &targets {
        file.push(fill(
            &format!(
                "    __value__Options: __value__Records.items.map((item) => ({{ id: item.id, name: {} }})),",
                name_call(entity, "item", "nameOf")
            ),
            entity,
        ));
    }
    file.push("  }\n}");

    Some(file.finish())
}

pub(crate) fn write_roles(app: &AppModel) -> Option<String> {
    if app.roles.is_empty() {
        return None;
    }

    let mut lines = Lines::default();
    let names: Vec<String> = app
        .roles
        .iter()
        .map(|role| quote(&words::sentence_case(&role.name)))
        .collect();
    lines.push(format!("export const roles = [{}] as const\n\nexport type Role = (typeof roles)[number]\nexport type Verb = 'add' | 'edit' | 'delete'\n", names.join(", ")));
    lines.push("/** What a role may not do; everything else it may. Without a thing, it is all of them. */\nconst refused: readonly { role: Role; verb: Verb; thing?: string }[] = [");
    for role in &app.roles {
        for denial in &role.denied {
            let thing = denial
                .noun
                .as_ref()
                .and_then(|noun| app.entity(noun))
                .map(|entity| format!(", thing: '{}'", entity.folder()))
                .unwrap_or_default();
            lines.push(format!(
                "  {{ role: {}, verb: '{}'{thing} }},",
                quote(&words::sentence_case(&role.name)),
                denial.verb
            ));
        }
    }
    lines.push("]\n\nexport function may(role: Role, verb: Verb, thing: string): boolean {\n  return !refused.some((each) => each.role === role && each.verb === verb && (each.thing ?? thing) === thing)\n}");

    Some(include_str!("../../data/lib/roles.tsx").replace("__ROLES__", lines.finish().trim_end()))
}

/// Accent, its dark shade, and its tint.
const PALETTES: [[&str; 3]; 6] = [
    ["#2f9e6e", "#17694a", "#e3f4ec"],
    ["#3b82c4", "#1f5c94", "#e4eff9"],
    ["#8a63c7", "#623f9c", "#efe9f8"],
    ["#d08a2e", "#8a5510", "#fbf0df"],
    ["#c4586f", "#923449", "#fae6ea"],
    ["#2b98a3", "#15656e", "#dff3f5"],
];
const DARK: &str = "\n:root {\n  --page: #11161d;\n  --surface: #1a212b;\n  --ink: #e8edf3;\n  --soft: #9aa7b6;\n  --line: #2c3644;\n  --danger: #ff8a80;\n  --tint: #232d3a;\n  color-scheme: dark;\n}\na,\n.chip,\n.top nav a[aria-current],\n.tabs a[aria-current] {\n  color: var(--accent);\n}\n";

/// The colours of an app: accent, dark shade, tint, and the page.
pub(crate) fn colours_of(app: &AppModel) -> [&'static str; 3] {
    let letters: u64 = app.name.bytes().map(u64::from).sum();
    let place = match app.tone {
        Tone::Serious => 1,
        Tone::Playful => [2, 3, 4][usize::try_from((letters + app.seed) % 3).unwrap_or(0)],
        Tone::Plain | Tone::Dark => usize::try_from((letters + app.seed) % 6).unwrap_or(0),
    };
    PALETTES[place]
}

pub(crate) fn write_style(app: &AppModel) -> String {
    let [accent, dark, tint] = colours_of(app);
    let night = if app.tone == Tone::Dark { DARK } else { "" };
    fill_names(
        include_str!("../../data/lib/app.css"),
        &[
            ("__ACCENT_DARK__", dark.to_owned()),
            ("__ACCENT__", accent.to_owned()),
            ("__TINT__", tint.to_owned()),
            ("__DARK__\n", night.to_owned()),
        ],
    )
}

/// The parts of the views that the app uses, in one file.
pub(crate) fn write_view_parts(app: &AppModel) -> Option<String> {
    let has = |wanted: fn(&View) -> bool| app.entities.iter().any(|entity| entity.views.iter().any(wanted));
    let board = has(|view| matches!(view, View::Board(_)));
    let calendar = has(|view| matches!(view, View::Calendar(_)));
    let chart = has(|view| matches!(view, View::Chart { .. }));

    let hooks: Vec<&str> = [(board, "useId"), (calendar, "useState")]
        .iter()
        .filter(|(used, _)| *used)
        .map(|(_, name)| *name)
        .collect();
    let mut file = Lines::default();
    if !hooks.is_empty() {
        file.push(format!("import {{ {} }} from 'react'", hooks.join(", ")));
    }
    if board || calendar {
        file.push("import { Link } from './router'");
    }
    if calendar {
        file.push("import { addDays, showDay, today } from './values'");
    }
    let parts = [
        (board, include_str!("../../data/lib/Board.tsx")),
        (calendar, include_str!("../../data/lib/Calendar.tsx")),
        (chart, include_str!("../../data/lib/BarChart.tsx")),
    ];
    for (_, part) in parts.iter().filter(|(used, _)| *used) {
        let body: Vec<&str> = part.lines().filter(|line| !line.starts_with("import ")).collect();
        file.push(body.join("\n").trim_end());
    }

    (board || calendar || chart).then(|| file.finish())
}
