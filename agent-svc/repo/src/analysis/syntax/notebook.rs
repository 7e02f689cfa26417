//! Notebooks: their first words are the header, their cells of Python are read as one file. Lines are of that file.

use std::time::Duration;

use serde_json::Value;

use super::{Grammar, Syntax, read as read_code};
use crate::analysis::prose;

pub(super) fn read(path: &str, text: &str, limit: Duration) -> Syntax {
    let Ok(notebook) = serde_json::from_str::<Value>(text) else {
        return Syntax::default();
    };
    let cells = || notebook["cells"].as_array().into_iter().flatten();
    let source = |cell: &Value| match &cell["source"] {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    };

    let python = notebook["metadata"]["kernelspec"]["language"].as_str() != Some("R");
    let code: Vec<String> = cells()
        .filter(|cell| python && cell["cell_type"] == "code")
        .map(source)
        .collect();
    // Lines that belong to the notebook, not to Python.
    let code: Vec<&str> = code
        .iter()
        .flat_map(|cell| cell.lines())
        .filter(|line| !line.starts_with(['%', '!', '?']))
        .collect();

    let mut found = read_code(Grammar::Python, path, &code.join("\n"), limit);
    found.header = cells()
        .filter(|cell| cell["cell_type"] == "markdown")
        .find_map(|cell| {
            prose::document("cell.md", &source(cell))
                .paragraphs
                .into_iter()
                .next()
        })
        .map(|text| prose::cut(&text, 400));

    found
}
