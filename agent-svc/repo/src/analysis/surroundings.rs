//! What lies around the code: pipelines, containers, documents, configuration files. Read by their lines; nothing
//! here is a full parser of any of these formats.

use super::{
    model::{CiPipeline, ConfigFile, Container, ContainerKind, DocFile, Readme},
    prose,
    survey::FileFacts,
};

type ReadText<'a> = &'a dyn Fn(&FileFacts) -> Option<String>;

const MOST: usize = 40;

/// Prose files other than the README, guides before records.
pub(crate) fn documents(files: &[FileFacts], readme: Option<&Readme>, read: ReadText<'_>) -> Vec<DocFile> {
    let is_document = |file: &&FileFacts| {
        let lower = file.path.to_ascii_lowercase();
        let prose = [
            ".md",
            ".mdx",
            ".rst",
            ".adoc",
            ".asciidoc",
            ".markdown",
            ".org",
            ".rdoc",
        ]
        .iter()
        .any(|end| lower.ends_with(end));

        prose
            && readme.is_none_or(|readme| readme.path != file.path)
            && !file.is_test
            && !lower.contains("template")
            && !lower.contains("/i18n/")
            && !is_record(&lower)
            && !lower.starts_with("examples/")
    };
    let mut found: Vec<&FileFacts> = files.iter().filter(is_document).collect();
    found.sort_by_key(|file| {
        let name = file.name().to_ascii_lowercase();
        let guide = [
            "architecture",
            "design",
            "overview",
            "introduction",
            "getting",
            "guide",
            "tutorial",
            "index",
            "concepts",
            "contributing",
        ];

        let rank = guide
            .iter()
            .position(|word| name.contains(word))
            .unwrap_or(guide.len());

        (rank, file.path.matches('/').count(), file.path.clone())
    });

    let document = |file: &&FileFacts| {
        let prose = read(file)
            .map(|text| prose::document(&file.path, &text))
            .unwrap_or_default();

        DocFile {
            path: file.path.clone(),
            title: prose.title,
            summary: prose
                .paragraphs
                .into_iter()
                .next()
                .map(|text| prose::cut(&text, 400)),
        }
    };

    found.iter().take(MOST).map(document).collect()
}

/// Records and rules of conduct, not documents about the code.
fn is_record(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);

    [
        "changelog",
        "changes",
        "history",
        "release",
        "code_of_conduct",
        "code-of-conduct",
        "security",
        "license",
        "licence",
        "support",
        "authors",
        "governance",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

pub(crate) fn pipelines(files: &[FileFacts], read: ReadText<'_>) -> Vec<CiPipeline> {
    let system = |path: &str| {
        let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        Some(match path {
            _ if path.starts_with(".github/workflows/") && yaml => "GitHub Actions",
            ".gitlab-ci.yml" => "GitLab CI",
            ".circleci/config.yml" => "CircleCI",
            ".travis.yml" => "Travis CI",
            "Jenkinsfile" => "Jenkins",
            "azure-pipelines.yml" => "Azure Pipelines",
            "appveyor.yml" | ".appveyor.yml" => "AppVeyor",
            ".cirrus.yml" => "Cirrus CI",
            ".drone.yml" => "Drone",
            "bitbucket-pipelines.yml" => "Bitbucket Pipelines",
            ".woodpecker.yml" => "Woodpecker",
            ".build.yml" => "builds.sr.ht",
            _ if path.starts_with(".buildkite/") && yaml => "Buildkite",
            _ if path.starts_with(".forgejo/workflows/") && yaml => "Forgejo Actions",
            _ => return None,
        })
    };

    let pipeline = |file: &FileFacts| {
        let system = system(&file.path)?;
        let text = read(file).unwrap_or_default();
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("name:"))
            .map(|name| name.trim().trim_matches(['"', '\'']).to_owned());

        Some(CiPipeline {
            system: system.into(),
            path: file.path.clone(),
            name: name.filter(|name| !name.is_empty() && !name.contains("${{")),
        })
    };

    files.iter().filter_map(pipeline).take(MOST).collect()
}

pub(crate) fn containers(files: &[FileFacts], read: ReadText<'_>) -> Vec<Container> {
    let container = |file: &FileFacts| {
        let name = file.name().to_ascii_lowercase();
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let kind = if name == "dockerfile"
            || name.starts_with("dockerfile.")
            || name.ends_with(".dockerfile")
            || name == "containerfile"
        {
            ContainerKind::Dockerfile
        } else if yaml && (name.starts_with("docker-compose") || name.starts_with("compose.")) {
            ContainerKind::Compose
        } else if name == "chart.yaml" {
            ContainerKind::Helm
        } else if yaml
            && ["k8s", "kubernetes", "manifests", "deploy", "kustomize"]
                .iter()
                .any(|part| file.path.split('/').any(|folder| folder == *part))
        {
            ContainerKind::Kubernetes
        } else {
            return None;
        };

        let text = read(file)?;
        let (images, services) = match kind {
            ContainerKind::Dockerfile => (base_images(&text), Vec::new()),
            ContainerKind::Compose => (values(&text, "image:"), compose_services(&text)),
            ContainerKind::Kubernetes => (values(&text, "image:"), values(&text, "kind:")),
            ContainerKind::Helm => (Vec::new(), values(&text, "name:")),
        };
        let empty = kind == ContainerKind::Kubernetes && services.is_empty();

        (!empty).then(|| Container {
            path: file.path.clone(),
            kind,
            images,
            services,
        })
    };

    files.iter().filter_map(container).take(MOST).collect()
}

fn base_images(text: &str) -> Vec<String> {
    let mut stages: Vec<String> = Vec::new();
    let mut images = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [first, rest @ ..] = words.as_slice() else {
            continue;
        };
        if !first.eq_ignore_ascii_case("from") {
            continue;
        }

        let Some(image) = rest.iter().find(|word| !word.starts_with("--")) else {
            continue;
        };
        if !stages.iter().any(|stage| stage == image)
            && !image.contains('$')
            && !images.iter().any(|known| known == image)
        {
            images.push((*image).to_owned());
        }

        if let Some(at) = rest.iter().position(|word| word.eq_ignore_ascii_case("as")) {
            stages.extend(rest.get(at + 1).map(|stage| (*stage).to_owned()));
        }
    }

    images
}

/// Distinct values of a key, wherever it stands.
fn values(text: &str, key: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("- ");
        let value = line
            .strip_prefix(key)
            .map(|value| value.trim().trim_matches(['"', '\'']));

        if let Some(value) =
            value.filter(|value| !value.is_empty() && !value.contains("{{") && !value.starts_with('$'))
            && !found.iter().any(|known| known == value)
            && found.len() < 20
        {
            found.push(value.to_owned());
        }
    }

    found
}

fn compose_services(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut indent = None;
    let mut services = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    {
        let depth = line.len() - line.trim_start().len();
        if depth == 0 {
            inside = line.trim_end() == "services:";
        } else if inside && depth == *indent.get_or_insert(depth) {
            services.extend(
                line.trim()
                    .strip_suffix(':')
                    .map(|name| name.trim_matches('"').to_owned()),
            );
        }
    }

    services
}

pub(crate) fn configuration(files: &[FileFacts]) -> Vec<ConfigFile> {
    let what = |file: &FileFacts| {
        let name = file.name();
        Some(match name {
            "tsconfig.json" => "the TypeScript compiler",
            "rustfmt.toml" | ".rustfmt.toml" => "how Rust code is formatted",
            "clippy.toml" | ".clippy.toml" => "Rust's linter",
            "deny.toml" => "which dependencies and licences are allowed",
            "rust-toolchain.toml" | "rust-toolchain" => "the Rust version",
            ".editorconfig" => "editors",
            ".pre-commit-config.yaml" => "checks before a commit",
            "Makefile" | "makefile" | "GNUmakefile" => "tasks run by make",
            "justfile" | "Justfile" => "tasks run by just",
            "Taskfile.yml" => "tasks run by task",
            "tox.ini" | "noxfile.py" => "test environments",
            "pytest.ini" => "pytest",
            "mypy.ini" | ".mypy.ini" => "the type checker",
            "ruff.toml" | ".flake8" | ".pylintrc" => "Python's linter",
            "nginx.conf" => "the web server nginx",
            "Procfile" => "processes of a hosted application",
            "vercel.json" | "netlify.toml" | "fly.toml" | "render.yaml" | "app.yaml" => "hosting",
            "renovate.json" | "dependabot.yml" => "automatic dependency updates",
            "turbo.json" | "nx.json" | "lerna.json" | "pnpm-workspace.yaml" => "the workspace of packages",
            ".golangci.yml" | ".golangci.yaml" => "Go's linter",
            "checkstyle.xml" => "Java's style checks",
            "codecov.yml" | ".codecov.yml" => "test coverage reports",
            "buf.yaml" | "buf.gen.yaml" => "Protocol Buffers",
            "logback.xml" | "log4j2.xml" => "logging",
            "application.yml" | "application.yaml" | "application.properties" => "the application",
            name if name.starts_with(".env") => "an example environment",
            name if name.starts_with(".eslintrc") || name.starts_with("eslint.config.") => {
                "the linter ESLint"
            }
            name if name.starts_with(".prettierrc") || name.starts_with("prettier.config.") => {
                "the formatter Prettier"
            }
            name if name.starts_with("vite.config.") => "the bundler Vite",
            name if name.starts_with("webpack.config.") => "the bundler webpack",
            name if name.starts_with("rollup.config.") => "the bundler Rollup",
            name if name.starts_with("jest.config.") || name.starts_with("vitest.config.") => {
                "the test runner"
            }
            name if name.starts_with("tailwind.config.") => "Tailwind's styles",
            name if name.starts_with("babel.config.") || name.starts_with(".babelrc") => "the Babel compiler",
            name if name.starts_with("next.config.") => "the framework Next",
            name if name.starts_with("playwright.config.") || name.starts_with("cypress.config.") => {
                "browser tests"
            }
            name if name.ends_with(".tf") => "infrastructure, by Terraform",
            _ => return None,
        })
    };

    let mut found: Vec<ConfigFile> = files
        .iter()
        .filter(|file| !file.is_test)
        .filter_map(|file| {
            Some(ConfigFile {
                path: file.path.clone(),
                what: what(file)?.to_owned(),
            })
        })
        .collect();

    found.sort_by_key(|file| (file.path.matches('/').count(), file.path.clone()));
    found.truncate(MOST);

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_services_are_read_from_container_files() {
        assert_eq!(
            base_images(
                "FROM --platform=x rust:1.80 AS build\nRUN x\nFROM build AS more\nfrom debian:12\nFROM $BASE\n"
            ),
            ["rust:1.80", "debian:12"]
        );

        let compose = "version: '3'\nservices:\n  web:\n    image: nginx:1\n    ports: []\n  db:\n    image: \"postgres:16\"\nvolumes:\n  data:\n";
        assert_eq!(compose_services(compose), ["web", "db"]);
        assert_eq!(values(compose, "image:"), ["nginx:1", "postgres:16"]);
    }
}
