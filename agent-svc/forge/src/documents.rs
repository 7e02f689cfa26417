//! What the agents of the pipeline hand over: requirements, a wireframe and the result of the code, as CodeForge.10 bounds them.

use serde_json::{Value, json};

use crate::{
    code::{CodeFile, shell},
    features::features_of,
    model::{AppModel, Entity},
    words,
};

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// RequirementsDoc.
pub(crate) fn write_requirements(app: &AppModel) -> Value {
    let many = app
        .entities
        .first()
        .map_or("things", |entity| entity.many.as_str());
    let mut audience: Vec<Value> = app
        .roles
        .iter()
        .take(5)
        .map(|role| {
            json!({
                "role": cut(&words::sentence_case(&role.name), 100),
                "goal": format!("Work with {many} as far as this role may."),
                "pain_point": "Without roles anybody could change anything by mistake.",
            })
        })
        .collect();
    if audience.is_empty() {
        audience.push(json!({
            "role": format!("Whoever keeps {many}"),
            "goal": format!("Have all {many} in one place and find each of them quickly."),
            "pain_point": "Notes and spreadsheets neither check what is written nor show it as needed.",
        }));
    }
    let features: Vec<Value> = features_of(app)
        .into_iter()
        .map(|feature| json!({ "name": cut(&feature.name, 200), "description": cut(&feature.description, 500), "priority": feature.priority }))
        .collect();

    json!({
        "app_name": cut(&app.name, 200),
        "elevator_pitch": cut(&shell::pitch_of(app), 500),
        "target_audience": audience,
        "core_features": features,
        "recommended_stack": ["React 19", "TypeScript 7 (strict)", "Vite 8", "Vitest 4 with Testing Library"],
        "technical_constraints": "It runs in a browser alone: records are kept in the browser's storage behind a typed repository, where a server can take its place.",
    })
}

/// WireframeSpec.
pub(crate) fn write_wireframe(app: &AppModel) -> Value {
    let pages: Vec<Value> = shell::pages_of(app)
        .into_iter()
        .take(50)
        .map(|page| {
            let name: String = page.element.split('<').nth(1).unwrap_or("Overview").chars().take_while(char::is_ascii_alphanumeric).collect();
            json!({
                "path": page.path.replace("/:id", "/item"),
                "description": cut(&page.description, 500),
                "components": [{ "name": name, "props": if page.path.contains(":id") { vec!["id"] } else { Vec::new() }, "children": children_of(&name) }],
            })
        })
        .collect();
    let state: Vec<String> = app
        .entities
        .iter()
        .map(|entity| format!("{} in the browser's storage", Entity::title(entity)))
        .chain(
            app.roles
                .first()
                .map(|_| "The role that somebody works as".to_owned()),
        )
        .collect();

    json!({ "site_map": pages, "global_state_needs": state, "theme_colors": shell::colours_of(app) })
}

fn children_of(name: &str) -> Vec<&'static str> {
    match name {
        _ if name.ends_with("List") => vec!["Search", "Filter", "Empty", "Waiting"],
        _ if name.ends_with("Form") => vec!["TextField", "NotFound", "Waiting"],
        _ if name.ends_with("Page") => vec!["Confirm", "NotFound", "Waiting"],
        _ if name.ends_with("Board") => vec!["Board"],
        _ if name.ends_with("Calendar") => vec!["Calendar"],
        _ if name.ends_with("Chart") => vec!["BarChart"],
        _ => vec!["Link"],
    }
}

/// CodeGenerationResult.
pub(crate) fn write_code_result(app: &AppModel, files: &[CodeFile]) -> Value {
    let language = |path: &str| match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tsx") => "tsx",
        Some("css") => "css",
        _ => "typescript",
    };
    let listed: Vec<Value> = files
        .iter()
        .map(|file| json!({ "file_path": file.path, "content": file.content, "language": language(&file.path), "explanation": cut(&file.explanation, 1000) }))
        .collect();
    let summary = format!("{} files: {}", files.len(), shell::pitch_of(app));

    json!({ "files": listed, "summary": cut(&summary, 2000), "dependencies": scaffold::base_packages() })
}
