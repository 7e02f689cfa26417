//! Compiler, build and tests of what agents wrote, run in a sandbox where the operator allows it: what they say is told to the review.

use flow::NodeError;
use kit::error::Chain;
use proto::tasks::codeforge::documents::{IssueSeverity, QaIssue};
use proto::tasks::codeforge::{SourceFile, ToolReport};
use scaffold::{ScaffoldSpec, write_scaffold};
use toolchain::{Inspection, Stop, Tool, ToolFinding};

use super::Node;

/// What is blamed when a tool did not end: what says how it is run.
const PACKAGE: &str = "package.json";

/// What the tools say of these files, with the scaffold that they get; nothing where none may be run. Whatever keeps the tools from
/// running is said and fails no job.
pub(super) async fn run_tools(
    node: &Node,
    files: &[SourceFile],
    dependencies: &[String],
) -> Result<Option<ToolReport>, NodeError> {
    let Some(toolchain) = &node.tools.toolchain else {
        return Ok(None);
    };
    let missing = toolchain.missing_packages(dependencies);
    if !missing.is_empty() {
        let missing: String = missing.join(", ").chars().take(300).collect();
        let why = format!("these packages are not installed here: {missing}");
        return Ok(Some(tell_not_run(&why)));
    }

    match toolchain.inspect(write_files(files, dependencies)).await {
        Ok(inspection) => Ok(Some(tell_inspection(inspection))),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "the tools of CodeForge could not be run");
            Ok(Some(tell_not_run("the tools could not be started")))
        }
    }
}

/// What is below `src/`, and the server's own files beside it, so that nobody else says what the tools do.
fn write_files(files: &[SourceFile], dependencies: &[String]) -> Vec<(String, String)> {
    let sources = files.iter().filter(|file| file.path.starts_with("src/"));
    let mut whole: Vec<(String, String)> = sources
        .map(|file| (file.path.clone(), file.content.clone()))
        .collect();
    let spec = ScaffoldSpec {
        title: "Project".to_owned(),
        dependencies: dependencies.to_vec(),
        paths: whole.iter().map(|(path, _)| path.clone()).collect(),
        ..ScaffoldSpec::default()
    };
    let scaffold = write_scaffold(&spec).into_iter();
    whole.extend(scaffold.map(|(path, content)| (path.to_owned(), content)));

    whole
}

fn tell_not_run(why: &str) -> ToolReport {
    ToolReport {
        told: format!("Types, build and tests were not run: {why}."),
        issues: Vec::new(),
    }
}

fn tell_inspection(inspection: Inspection) -> ToolReport {
    let (ran, not_run): (Vec<Tool>, Vec<Tool>) = Tool::ALL
        .iter()
        .partition(|tool| inspection.finished.contains(tool));
    let told = match (ran.is_empty(), not_run.is_empty()) {
        (_, true) => "Types, build and tests were run.".to_owned(),
        (true, _) => "Types, build and tests were begun and not finished.".to_owned(),
        (false, false) => format!("Of types, build and tests were run: {}.", list_tools(&ran)),
    };

    let mut issues: Vec<QaIssue> = inspection.findings.into_iter().map(tell_finding).collect();
    issues.extend(inspection.stopped.map(|(tool, why)| tell_stop(tool, why)));
    issues.truncate(100);
    ToolReport { told, issues }
}

fn list_tools(tools: &[Tool]) -> String {
    let words: Vec<&str> = tools.iter().map(|tool| tool.as_str()).collect();
    words.join(", ")
}

fn tell_finding(found: ToolFinding) -> QaIssue {
    let (severity, suggestion) = match found.tool {
        Tool::Types => (IssueSeverity::High, "Make the types agree."),
        Tool::Build => (
            IssueSeverity::Critical,
            "Mend what keeps the bundler from reading it.",
        ),
        Tool::Tests => (
            IssueSeverity::High,
            "Make the code do what the test says, or the test say what is wanted.",
        ),
    };

    QaIssue {
        severity,
        category: found.tool.as_str().to_owned(),
        file_path: found.path,
        line_hint: found.line.to_string(),
        description: found.says,
        suggestion: suggestion.to_owned(),
    }
}

fn tell_stop(tool: Tool, why: Stop) -> QaIssue {
    let word = tool.as_str();
    let (description, suggestion) = match why {
        Stop::Time => (
            format!("The {word} did not end in the time that they have, and were ended."),
            "Look for what waits for ever or never ends.",
        ),
        Stop::Output => (
            format!("The {word} said more than can be read, and were ended."),
            "Write less to the console.",
        ),
    };

    QaIssue {
        severity: IssueSeverity::High,
        category: word.to_owned(),
        file_path: PACKAGE.to_owned(),
        line_hint: "1".to_owned(),
        description,
        suggestion: suggestion.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_and_what_did_not_is_told_apart() {
        let inspection = |finished: &[Tool], stopped| Inspection {
            findings: Vec::new(),
            finished: finished.to_vec(),
            stopped,
        };
        let whole = tell_inspection(inspection(&Tool::ALL, None));
        assert_eq!(
            (whole.told.as_str(), whole.issues.len()),
            ("Types, build and tests were run.", 0)
        );

        let stopped = tell_inspection(inspection(
            &[Tool::Types, Tool::Build],
            Some((Tool::Tests, Stop::Time)),
        ));
        assert_eq!(stopped.told, "Of types, build and tests were run: types, build.");
        assert_eq!(stopped.issues[0].category, "tests");
    }

    #[test]
    fn the_servers_files_say_what_the_tools_do() {
        let file = |path: &str| SourceFile {
            path: path.to_owned(),
            content: "theirs".to_owned(),
        };
        let files = write_files(
            &[file("src/main.tsx"), file("vite.config.ts"), file("package.json")],
            &[],
        );
        let content = |path: &str| {
            files
                .iter()
                .find(|(other, _)| other == path)
                .map(|(_, content)| content.as_str())
        };

        assert_eq!(content("src/main.tsx"), Some("theirs"));
        for path in ["vite.config.ts", "package.json", "tsconfig.json", "index.html"] {
            assert_ne!(content(path).unwrap(), "theirs", "{path}");
        }
        let mut paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), files.len());
    }
}
