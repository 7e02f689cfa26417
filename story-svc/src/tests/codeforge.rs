//! What the scripted agents of CodeForge answer: a small app of two files, whatever the idea is.

use serde_json::{Value, json};

/// An idea with this in it makes research ask.
pub(super) const ASKS: &str = "ask me";
/// What it asks then.
pub(super) const QUESTION: &str = "What should the app keep?";

pub(super) fn answer(task: &str, input: &Value) -> Option<Value> {
    Some(match task {
        "codeforge.research" => research(input),
        "codeforge.wireframe" => json!({
            "site_map": [{ "path": "/", "description": "All.", "components": [{ "name": "List", "props": [], "children": [] }] }],
            "global_state_needs": [], "theme_colors": ["#112233"],
        }),
        "codeforge.code/generate" => code(input),
        "codeforge.qa" => {
            json!({ "passed": true, "issues": [], "summary": "Nothing is wrong.", "score": 100 })
        }
        "codeforge.pedagogy" => json!({ "heard": input }),
        _ => return None,
    })
}

fn research(input: &Value) -> Value {
    let idea = input["app"]["idea"].as_str().unwrap();
    let answered = input["app"].get("answers").is_some();
    if idea.contains(ASKS) && !answered {
        return json!({ "requirements": null, "not_built": [], "questions": [
            { "question": QUESTION, "why": "It says nothing of that.", "options": ["Plants"] },
        ]});
    }

    json!({
        "requirements": {
            "app_name": "Plants", "elevator_pitch": "Keeps plants and says when to water them.",
            "target_audience": [{ "role": "Gardener", "goal": "Water in time.", "pain_point": "They forget." }],
            "core_features": [{ "name": "List plants", "description": "All of them.", "priority": "must-have" }],
            "recommended_stack": ["React"], "technical_constraints": "",
        },
        "questions": [], "not_built": [{ "asked": "e-mail", "reason": "It runs in a browser." }],
    })
}

/// One more line for each issue that is to be mended.
fn code(input: &Value) -> Value {
    let mended = input.get("issues").and_then(Value::as_array).map_or(0, Vec::len);
    json!({
        "files": [
            { "file_path": "src/main.tsx", "content": format!("// {mended} mended\n"), "language": "tsx", "explanation": "" },
            { "file_path": "src/plants.ts", "content": "export const plants = [];\n", "language": "typescript", "explanation": "" },
        ],
        "summary": "Two files for plants.", "dependencies": ["react@19.3.1"],
    })
}

/// A review that fails, with so many issues.
pub(super) fn failed_review(issues: usize) -> Value {
    let issue = json!({
        "severity": "high", "category": "logic", "file_path": "src/main.tsx", "line_hint": "1",
        "description": "It does nothing.", "suggestion": "Make it do something.",
    });
    json!({ "passed": false, "issues": vec![issue; issues], "summary": "Something is wrong.", "score": 50 })
}
