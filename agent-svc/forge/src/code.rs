//! The code of an app: TypeScript and React under `src/`, written from the model alone.

mod days;
pub(crate) mod entity;
mod flows;
mod form;
mod list;
mod page;
mod page_flows;
mod proofs;
pub(crate) mod samples;
pub(crate) mod shell;
mod show;
mod template;
pub(crate) mod views;

use crate::model::{ActionKind, AppModel, Entity};

/// A file of the app, with what it is for.
pub(crate) struct CodeFile {
    pub(crate) path: String,
    pub(crate) content: String,
    pub(crate) explanation: String,
}

/// Files that are the same in every project, with what they are for.
const SHARED: [(&str, &str, &str); 11] = [
    (
        "src/main.tsx",
        include_str!("../data/lib/main.tsx"),
        "Starts the app.",
    ),
    (
        "src/lib/repository.ts",
        include_str!("../data/lib/repository.ts"),
        "Keeps records; a server can take its place.",
    ),
    (
        "src/lib/records.ts",
        include_str!("../data/lib/records.ts"),
        "Records in components, with their loading and failing.",
    ),
    (
        "src/lib/rules.ts",
        include_str!("../data/lib/rules.ts"),
        "How rules are checked.",
    ),
    (
        "src/lib/values.ts",
        include_str!("../data/lib/values.ts"),
        "Days and amounts.",
    ),
    (
        "src/lib/router.tsx",
        include_str!("../data/lib/router.tsx"),
        "Addresses.",
    ),
    (
        "src/lib/states.tsx",
        include_str!("../data/lib/states.tsx"),
        "Loading, failing, empty, not found, asking once more.",
    ),
    (
        "src/lib/fields.tsx",
        include_str!("../data/lib/fields.tsx"),
        "Labelled fields of forms.",
    ),
    (
        "src/lib/toolbar.tsx",
        include_str!("../data/lib/toolbar.tsx"),
        "Search and filters.",
    ),
    (
        "src/test/setup.ts",
        include_str!("../data/lib/setup.ts"),
        "What tests begin and end with.",
    ),
    (
        "src/test/helpers.tsx",
        include_str!("../data/lib/helpers.tsx"),
        "What tests do as a reader would.",
    ),
];

/// All files under `src/`.
pub(crate) fn write_code(app: &AppModel) -> Vec<CodeFile> {
    let shared = SHARED.map(|(path, content, explanation)| (path, Some(content.to_owned()), explanation));
    let csv = list::needs_csv(app).then(|| include_str!("../data/lib/csv.tsx").to_owned());
    let written = [
        (
            "src/App.tsx",
            Some(shell::write_app(app)),
            "Routes, menu and frame.",
        ),
        ("src/app.css", Some(shell::write_style(app)), "Looks."),
        (
            "src/Overview.tsx",
            Some(shell::write_overview(app)),
            "The first page.",
        ),
        (
            "src/features.test.tsx",
            Some(flows::write_flows(app)),
            "One flow for each feature.",
        ),
        ("src/lib/csv.tsx", csv, "Reads and writes CSV."),
        (
            "src/lib/views.tsx",
            shell::write_view_parts(app),
            "Boards, calendars and charts.",
        ),
        (
            "src/names.ts",
            shell::write_names(app),
            "What records are called that others refer to.",
        ),
        ("src/roles.tsx", shell::write_roles(app), "Who may do what."),
    ];

    let mut files: Vec<CodeFile> = shared
        .into_iter()
        .chain(written)
        .filter_map(|(path, content, explanation)| {
            Some(CodeFile {
                path: path.to_owned(),
                content: content?,
                explanation: explanation.to_owned(),
            })
        })
        .collect();
    for entity in &app.entities {
        write_entity_files(app, entity, &mut files);
    }
    files
}

fn write_entity_files(app: &AppModel, entity: &Entity, files: &mut Vec<CodeFile>) {
    let (folder, name, kind) = (entity.folder(), entity::file_name(entity), entity.type_name());
    let many = &entity.many;
    let mut add = |file: String, content: String, explanation: String| {
        files.push(CodeFile {
            path: format!("src/{folder}/{file}"),
            content,
            explanation,
        })
    };

    add(
        format!("{name}.ts"),
        entity::write_entity(app, entity),
        format!("What {many} are, their rules and their store."),
    );
    add(
        format!("{name}.test.ts"),
        proofs::write_proofs(app, entity),
        format!("Tests of the rules and lists of {many}."),
    );
    add(
        format!("{kind}List.tsx"),
        list::write_list(app, entity),
        format!("The list of {many}."),
    );
    add(
        format!("{kind}Page.tsx"),
        page::write_page(app, entity),
        format!("The page of one of the {many}."),
    );
    if entity.can(&ActionKind::Add) || entity.can(&ActionKind::Edit) {
        add(
            format!("{kind}Form.tsx"),
            form::write_form(app, entity),
            format!("The form of {many}."),
        );
    }
    if views::has_tabs(entity) {
        add(
            format!("{kind}Views.tsx"),
            views::write_views(app, entity),
            format!("Other ways to look at {many}."),
        );
    }
}
