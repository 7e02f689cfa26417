//! What a path alone tells: whether a file is a test, an example, a document, and what part a folder plays.

use super::model::ModuleRole;

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/')
}

/// Files that hold nothing but tests, and what tests need.
pub(crate) fn is_test(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let stem = name.split('.').next().unwrap_or(name);
    let folder = parts(&lower).rev().skip(1).any(|part| {
        matches!(
            part,
            "test"
                | "tests"
                | "__tests__"
                | "spec"
                | "specs"
                | "e2e"
                | "testdata"
                | "test-data"
                | "test_data"
                | "fixtures"
                | "__mocks__"
                | "integration-tests"
                | "testing"
                | "test_helpers"
                | "test-helpers"
                | "test_utils"
                | "test-utils"
                | "test_support"
                | "test-support"
                | "testutil"
                | "testutils"
                | "unittests"
                | "unit_tests"
                | "unit-tests"
                | "testsuite"
                | "testsuites"
                | "test-suite"
                | "selftest"
                | "selftests"
        ) || [
            "-tests", "_tests", ".tests", "-test", "_test", ".test", "-spec", "_spec", ".specs",
        ]
        .iter()
        .any(|end| part.ends_with(end))
            || part.starts_with("tests_")
    });
    // `AlamofireTests`, `FooTest`, `HttpSpec`: the capital tells them from "contests".
    let capital = parts(path).any(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        ["Tests", "Test", "Spec", "Specs", "TestCase"].iter().any(|end| {
            stem.strip_suffix(end)
                .is_some_and(|start| start.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit()))
        })
    });
    let perl = lower.ends_with(".t") && parts(&lower).any(|part| part == "t");

    folder
        || capital
        || perl
        || stem.starts_with("test_")
        || stem.starts_with("test-")
        || stem.starts_with("e2e_test_")
        || name.ends_with(".bats")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || name.contains(".test.")
        || name.contains(".spec.")
        || matches!(stem, "tests" | "conftest" | "test")
        || (name.ends_with(".java") || name.ends_with(".kt") || name.ends_with(".cs"))
            && (path.ends_with("Test.java")
                || path.contains("Tests.")
                || path.ends_with("Test.kt")
                || path.ends_with("IT.java"))
}

/// The folder of tests that a test file lies in: up to the first part of its path that says so.
pub(crate) fn test_folder(path: &str) -> Option<&str> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    ends.map(|end| &path[..end])
        .find(|folder| is_test(&format!("{folder}/x")))
}

/// Files that show how the code is used, or measure it, or build it.
pub(crate) fn is_aside(path: &str) -> bool {
    matches!(
        role_of(path),
        Some(
            ModuleRole::Examples
                | ModuleRole::Benchmarks
                | ModuleRole::Documentation
                | ModuleRole::Tooling
                | ModuleRole::Tests
        )
    )
}

/// The first folder from the left whose name tells, and for packages the last.
pub(crate) fn role_of(path: &str) -> Option<ModuleRole> {
    if is_test(path) {
        return Some(ModuleRole::Tests);
    }

    let lower = path.to_ascii_lowercase();
    // Below a source folder the same words name parts of the product: `src/tools`, `org/example/samples`.
    let above_source = parts(&lower).take_while(|part| !matches!(*part, "src" | "lib" | "pkg" | "internal"));
    // A page keeps what it runs in `script`; what people run there has no such ending.
    let runs_in_a_page = lower.ends_with(".js") || lower.ends_with(".ts");
    let outer = above_source
        .into_iter()
        .find_map(|part| match part.trim_start_matches('_') {
            "script" if runs_in_a_page => None,
            "exercises" | "exercise" | "solutions" | "homework" | "examples" | "example" | "samples"
            | "sample" | "demo" | "demos" | "tutorial" | "tutorials" | "docs_src" => {
                Some(ModuleRole::Examples)
            }
            "benches" | "bench" | "benchmarks" | "benchmark" | "perf" | "fuzz" | "fuzzing" | "fuzzers"
            | "oss-fuzz" => Some(ModuleRole::Benchmarks),
            "docs" | "doc" | "documentation" | "website" | "book" => Some(ModuleRole::Documentation),
            "scripts" | "script" | "tools" | "tool" | "ci" | ".ci" | ".github" | ".gitlab" | ".circleci"
            | "build" | "deploy" | "deployment" | "infra" | "terraform" | "k8s" | "helm" | "charts"
            | "docker" | "packaging" | "xtask" | "hack" | ".devcontainer" | "contrib" => {
                Some(ModuleRole::Tooling)
            }
            _ => None,
        });

    outer.or_else(|| {
        let last = parts(&lower).rev().find(|part| !matches!(*part, "src" | "lib"))?;
        inner_role(last.split('.').next().unwrap_or(last)).or_else(|| {
            parts(&lower)
                .any(|part| part == "cmd")
                .then_some(ModuleRole::CommandLine)
        })
    })
}

fn inner_role(name: &str) -> Option<ModuleRole> {
    Some(match name {
        "api" | "routes" | "router" | "routers" | "routing" | "handlers" | "handler" | "controllers"
        | "controller" | "endpoints" | "rest" | "rpc" | "grpc" | "graphql" | "server" | "gateway"
        | "http" | "web" | "resolvers" | "middleware" | "middlewares" => ModuleRole::Api,
        "domain" | "core" | "services" | "service" | "usecases" | "use_cases" | "business" | "engine"
        | "logic" => ModuleRole::Domain,
        "db" | "database" | "databases" | "store" | "stores" | "storage" | "repository" | "repositories"
        | "models" | "model" | "entities" | "entity" | "schema" | "schemas" | "migrations"
        | "persistence" | "dao" | "orm" | "data" | "cache" => ModuleRole::Data,
        "ui" | "components" | "pages" | "views" | "view" | "widgets" | "screens" | "frontend" | "client"
        | "layouts" | "templates" | "styles" | "public" | "static" | "assets" => ModuleRole::Interface,
        "cli" | "cmd" | "bin" | "commands" | "command" => ModuleRole::CommandLine,
        "utils" | "util" | "helpers" | "helper" | "common" | "shared" | "support" | "misc" => {
            ModuleRole::Shared
        }
        "config" | "configuration" | "settings" | "conf" => ModuleRole::Configuration,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_their_paths() {
        for path in [
            "tests/a.rs",
            "pkg/x_test.go",
            "test_a.py",
            "src/a.test.ts",
            "src/__tests__/a.js",
            "spec/a_spec.rb",
            "src/LoomTest.java",
            "src/a/tests.rs",
            "boats/tests_e2e/new_boat.py",
        ] {
            assert!(is_test(path), "{path}");
        }

        for path in [
            "src/testament.rs",
            "src/attest.go",
            "lib/contest/a.py",
            "src/latest.java",
        ] {
            assert!(!is_test(path), "{path}");
        }
    }

    #[test]
    fn folders_play_the_parts_that_their_names_say() {
        for (path, role) in [
            ("src/handlers", Some(ModuleRole::Api)),
            ("examples/todo/src/db", Some(ModuleRole::Examples)),
            ("app/models", Some(ModuleRole::Data)),
            ("docs", Some(ModuleRole::Documentation)),
            ("src/loom", None),
            ("src/main/java/org/samples/loom/LoomApplication.java", None),
            ("src/tools", None),
            ("packages/a/examples/src/x", Some(ModuleRole::Examples)),
            ("cmd/weave", Some(ModuleRole::CommandLine)),
            ("script/loom.js", None),
            ("script/bootstrap", Some(ModuleRole::Tooling)),
        ] {
            assert_eq!(role_of(path), role, "{path}");
        }
    }
}
