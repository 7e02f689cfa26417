//! Notebooks: their cells of Markdown, each line where it stands in the file, as editors write it: one line of a cell a line.

/// The Markdown of a notebook; a notebook that is written in one line gives nothing.
pub(super) fn to_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 4);
    let mut markdown = false;
    let mut source = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(kind) = trimmed.strip_prefix("\"cell_type\":") {
            markdown = kind.contains("markdown");
            source = false;
        } else if trimmed.starts_with("\"source\":") {
            source = trimmed.ends_with('[');
        } else if source && trimmed.starts_with(']') {
            source = false;
        } else if source && markdown {
            let words: Option<String> = serde_json::from_str(trimmed.trim_end_matches(',')).ok();
            out.push_str(words.unwrap_or_default().trim_end_matches('\n'));
        }
        out.push('\n');
    }

    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_markdown_keep_their_lines() {
        let text = "{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"source\": [\n    \"# Tides\\n\",\n    \"\\n\",\n    \"Water \\\"rises\\\".\"\n   ]\n  },\n  {\n   \"cell_type\": \"code\",\n   \"source\": [\n    \"x = 1\"\n   ]\n  }\n ]\n}\n";
        let lines: Vec<String> = to_markdown(text).lines().map(str::to_owned).collect();
        assert_eq!(
            (lines[5].as_str(), lines[7].as_str()),
            ("# Tides", "Water \"rises\".")
        );
        assert!(lines.iter().all(|line| !line.contains("x = 1")), "{lines:?}");
    }
}
