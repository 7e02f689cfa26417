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

use crate::model::{ActionKind, AppModel};

/// A file of the app, with what it is for.
pub(crate) struct CodeFile {
    pub(crate) path: String,
    pub(crate) content: String,
    pub(crate) explanation: String,
}

/// All files under `src/`.
pub(crate) fn write_code(app: &AppModel) -> Vec<CodeFile> {
    let mut files = Vec::new();
    let mut add = |path: String, content: String, explanation: String| {
        files.push(CodeFile {
            path,
            content,
            explanation,
        })
    };
    let mut shared = |path: &str, content: &str, explanation: &str| {
        add(path.to_owned(), content.to_owned(), explanation.to_owned())
    };

    shared(
        "src/main.tsx",
        include_str!("../data/lib/main.tsx"),
        "Starts the app.",
    );
    shared("src/App.tsx", &shell::write_app(app), "Routes, menu and frame.");
    shared("src/app.css", &shell::write_style(app), "Looks.");
    shared("src/Overview.tsx", &shell::write_overview(app), "The first page.");
    shared(
        "src/lib/repository.ts",
        include_str!("../data/lib/repository.ts"),
        "Keeps records; a server can take its place.",
    );
    shared(
        "src/lib/records.ts",
        include_str!("../data/lib/records.ts"),
        "Records in components, with their loading and failing.",
    );
    shared(
        "src/lib/rules.ts",
        include_str!("../data/lib/rules.ts"),
        "How rules are checked.",
    );
    shared(
        "src/lib/values.ts",
        include_str!("../data/lib/values.ts"),
        "Days and amounts.",
    );
    shared(
        "src/lib/router.tsx",
        include_str!("../data/lib/router.tsx"),
        "Addresses.",
    );
    shared(
        "src/lib/states.tsx",
        include_str!("../data/lib/states.tsx"),
        "Loading, failing, empty, not found, and asking once more.",
    );
    shared(
        "src/lib/fields.tsx",
        include_str!("../data/lib/fields.tsx"),
        "Labelled fields of forms.",
    );
    shared(
        "src/lib/toolbar.tsx",
        include_str!("../data/lib/toolbar.tsx"),
        "Search and filters.",
    );
    shared(
        "src/test/setup.ts",
        include_str!("../data/lib/setup.ts"),
        "What tests begin and end with.",
    );
    shared(
        "src/test/helpers.tsx",
        include_str!("../data/lib/helpers.tsx"),
        "What tests do as a reader would.",
    );
    shared(
        "src/features.test.tsx",
        &flows::write_flows(app),
        "One flow for each feature.",
    );
    if list::needs_csv(app) {
        shared(
            "src/lib/csv.tsx",
            include_str!("../data/lib/csv.tsx"),
            "Reads and writes CSV.",
        );
    }
    for (path, content, explanation) in [
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
    ] {
        if let Some(content) = content {
            shared(path, &content, explanation);
        }
    }

    for entity in &app.entities {
        let (folder, name, kind) = (entity.folder(), entity::file_name(entity), entity.type_name());
        let many = &entity.many;
        add(
            format!("src/{folder}/{name}.ts"),
            entity::write_entity(app, entity),
            format!("What {many} are, their rules and their store."),
        );
        add(
            format!("src/{folder}/{name}.test.ts"),
            proofs::write_proofs(app, entity),
            format!("Tests of the rules and lists of {many}."),
        );
        add(
            format!("src/{folder}/{kind}List.tsx"),
            list::write_list(app, entity),
            format!("The list of {many}."),
        );
        add(
            format!("src/{folder}/{kind}Page.tsx"),
            page::write_page(app, entity),
            format!("The page of one of the {many}."),
        );
        if entity.can(&ActionKind::Add) || entity.can(&ActionKind::Edit) {
            add(
                format!("src/{folder}/{kind}Form.tsx"),
                form::write_form(app, entity),
                format!("The form of {many}."),
            );
        }
        if views::has_tabs(entity) {
            add(
                format!("src/{folder}/{kind}Views.tsx"),
                views::write_views(app, entity),
                format!("Other ways to look at {many}."),
            );
        }
    }
    files
}
