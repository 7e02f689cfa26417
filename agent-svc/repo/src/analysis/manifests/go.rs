//! `go.mod`.

use super::{Facts, Needed, Problem};
use crate::analysis::model::DependencyScope as Scope;

pub(super) fn read(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let mut block = "";
    for line in text.lines() {
        let (line, comment) = line.split_once("//").unwrap_or((line, ""));
        let line = line.trim();
        let indirect = comment.trim() == "indirect";

        if let Some(directive) = line.strip_suffix('(') {
            block = match directive.trim() {
                "require" => "require",
                "tool" => "tool",
                _ => "other",
            };
        } else if line == ")" {
            block = "";
        } else if let Some(name) = line.strip_prefix("module ") {
            facts.manifest.name = Some(name.trim_matches('"').to_owned());
        } else if let Some(version) = line.strip_prefix("go ") {
            facts.manifest.requires.push(format!("Go {version} or newer"));
        } else if let Some(required) = line
            .strip_prefix("require ")
            .or((block == "require").then_some(line))
            && !indirect
            && let Some((name, version)) = required.split_once(' ')
        {
            facts
                .dependencies
                .push(Needed::new(name, Some(version.trim().to_owned()), Scope::Runtime));
        }
    }

    if facts.manifest.name.is_none() {
        return Err("it names no module");
    }

    Ok(())
}
