//! What a project is called. A repository named "v2" or "server" says nothing by its name: it is called as its read-me
//! writes its owner, else as its manifest names it. Never invents a name.

use crate::analysis::Analysis;

/// Names that many repositories have, each below an owner that says more.
const GENERAL: [&str; 34] = [
    "server",
    "app",
    "application",
    "api",
    "web",
    "website",
    "site",
    "client",
    "cli",
    "core",
    "backend",
    "frontend",
    "main",
    "master",
    "src",
    "source",
    "code",
    "project",
    "repo",
    "repository",
    "monorepo",
    "docs",
    "documentation",
    "lib",
    "library",
    "engine",
    "platform",
    "desktop",
    "mobile",
    "ui",
    "sdk",
    "service",
    "self-hosted",
    "community",
];

/// The project's name as it is written.
pub(in crate::author) fn project_name(analysis: &Analysis) -> String {
    let name = &analysis.repo.name;
    if !says_nothing(name) {
        return name.clone();
    }

    by_owner(analysis)
        .or_else(|| by_manifest(analysis))
        .unwrap_or_else(|| name.clone())
}

fn says_nothing(name: &str) -> bool {
    let lower = name.to_lowercase();
    let version = lower
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'));

    version || GENERAL.contains(&lower.as_str())
}

/// The owner, as the read-me writes it: what a read-me never names is a person, and no project.
fn by_owner(analysis: &Analysis) -> Option<String> {
    let owner = analysis.repo.owner.as_str();
    let passages = analysis.explained.passages.iter().take(12);
    let told = passages.flat_map(|passage| {
        let sentences = passage.sentences.iter().map(|remark| remark.text.as_str());
        [passage.heading.as_str()].into_iter().chain(sentences)
    });
    let title = analysis
        .readme
        .as_ref()
        .and_then(|readme| readme.title.as_deref());
    let mut texts = title.into_iter().chain(told);

    texts.find_map(|text| {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '.');
        words
            .find(|word| word.eq_ignore_ascii_case(owner) && !word.is_empty())
            .map(str::to_owned)
    })
}

/// The last part of a package's name that says something: `kiln` of `example.org/kiln/v2`.
fn by_manifest(analysis: &Analysis) -> Option<String> {
    let mut names = analysis
        .manifests
        .iter()
        .filter(|manifest| !manifest.path.contains('/'))
        .filter_map(|manifest| manifest.name.as_deref());

    names.find_map(|name| {
        name.rsplit('/')
            .find(|part| !says_nothing(part) && !is_host(part) && *part != analysis.repo.owner)
            .map(|part| part.split('.').next().unwrap_or(part).to_owned())
            .filter(|part| part.len() > 1)
    })
}

fn is_host(part: &str) -> bool {
    matches!(
        part,
        "github.com" | "gitlab.com" | "codeberg.org" | "bitbucket.org"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MadeUp;

    #[test]
    fn a_repository_with_a_general_name_is_called_as_its_read_me_or_its_manifest_calls_it() {
        let named = |name: &str, owner: &str, files: &[(&str, &str)]| {
            let made_up = files.iter().fold(MadeUp::new(name), |made_up, (path, text)| {
                made_up.file(path, text)
            });
            let mut analysis = made_up.commit("Begin").analysis();
            owner.clone_into(&mut analysis.repo.owner);
            project_name(&analysis)
        };
        let read_me = (
            "README.md",
            "# tidemill/server\n\nTideMill is a server that opens gates.\n",
        );
        let package = ("go.mod", "module example.org/sluice/v2\n\ngo 1.22\n");

        assert_eq!(named("server", "TideMill", &[read_me]), "tidemill");
        assert_eq!(named("v2", "ada", &[package]), "sluice");
        assert_eq!(named("gatekeeper", "ada", &[read_me]), "gatekeeper");
        assert_eq!(named("server", "ada", &[read_me]), "server");
    }
}
