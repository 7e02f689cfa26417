//! What the schema says of itself.

use std::{collections::BTreeSet, path::Path};

use expect_test::expect_file;
use serde_json::Value;

use super::Desk;
use crate::graphql;

#[test]
fn the_schema_is_the_one_in_the_repository() {
    expect_file!["../../../schema.graphql"].assert_eq(&graphql::sdl());
}

const INTROSPECTION: &str = "{ __schema { types { kind name description specifiedByURL
    fields(includeDeprecated: true) { name description args { name description } }
    inputFields { name description } enumValues(includeDeprecated: true) { name description } }
    directives { name description args { name description } } } }";

/// The parts by their whole names; those without a description are added to `bare`.
fn parts<'a>(at: &str, parts: &'a Value, bare: &mut Vec<String>) -> Vec<(String, &'a Value)> {
    let mut named = Vec::new();
    for part in parts.as_array().map(Vec::as_slice).unwrap_or_default() {
        let name = format!("{at}{}", part["name"].as_str().unwrap());
        if part["description"]
            .as_str()
            .is_none_or(|text| text.trim().is_empty())
        {
            bare.push(name.clone());
        }
        named.push((name, part));
    }

    named
}

#[tokio::test]
async fn everything_in_the_schema_says_what_it_is() {
    let schema = Desk::new().data(INTROSPECTION).await;
    let mut bare = Vec::new();
    let (mut types, mut fields) = (0, 0);
    for (name, of) in parts("", &schema["__schema"]["types"], &mut bare) {
        types += 1;
        for (field, of) in parts(&format!("{name}."), &of["fields"], &mut bare) {
            fields += 1;
            parts(&format!("{field}:"), &of["args"], &mut bare);
        }
        parts(&format!("{name}."), &of["inputFields"], &mut bare);
        parts(&format!("{name}."), &of["enumValues"], &mut bare);
    }

    for (name, of) in parts("@", &schema["__schema"]["directives"], &mut bare) {
        parts(&format!("{name}:"), &of["args"], &mut bare);
    }

    // What the language brings is described by its specification.
    bare.retain(|name| !name.starts_with("__") && name != "ID");
    assert_eq!(bare, Vec::<String>::new());
    assert!(types > 40 && fields > 100, "{types} types, {fields} fields");
}

#[tokio::test]
async fn every_scalar_of_ours_says_which_specification_it_follows() {
    let schema = Desk::new().data(INTROSPECTION).await;
    let types = schema["__schema"]["types"].as_array().unwrap();

    for name in ["DateTime", "URL", "JSON"] {
        let scalar = types.iter().find(|of| of["name"] == name).expect(name);
        let url = scalar["specifiedByURL"].as_str().expect(name);
        assert!(
            scalar["kind"] == "SCALAR" && url.starts_with("https://"),
            "{scalar}"
        );
    }
}

#[tokio::test]
async fn a_mutation_takes_one_input_and_answers_with_one_payload() {
    let query =
        "{ __type(name: \"Mutation\") { fields { name args { name type { kind ofType { kind name } } }
        type { name } } } }";
    let schema = Desk::new().data(query).await;

    for field in schema["__type"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        let pascal = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let args = field["args"].as_array().unwrap();
        assert_eq!(args.len(), 1, "{name}");
        assert_eq!(args[0]["name"], "input", "{name}");
        assert_eq!(args[0]["type"]["ofType"]["name"], format!("{pascal}Input"));
        // It may be null, so that one that fails does not take what others answered along.
        assert_eq!(field["type"]["name"], format!("{pascal}Payload"));
    }
}

/// Words that would say the same of anything.
const EMPTY_PHRASES: &[&str] = &[
    "it is this",
    "they are these",
    "what for",
    "how",
    "that it is you",
    "the new one",
    "which one",
    "its id",
    "its name",
    "what it is",
    "it is now like this",
];

#[tokio::test]
async fn every_description_says_something_of_what_it_describes() {
    let schema = Desk::new().data(INTROSPECTION).await;
    let mut weak = Vec::new();
    let mut judge = |name: &str, part: &Value| {
        let text = part["description"].as_str().unwrap_or_default();
        let bare = text.trim().trim_end_matches(['.', '!']).to_lowercase();
        if text.split_whitespace().count() < 4 || EMPTY_PHRASES.contains(&bare.as_str()) {
            weak.push(format!("{name}: {text}"));
        }
    };

    for (name, of) in parts("", &schema["__schema"]["types"], &mut Vec::new()) {
        if name.starts_with("__") || ["ID", "Int", "Float", "String", "Boolean"].contains(&name.as_str()) {
            continue;
        }
        judge(&name, of);
        for list in ["fields", "inputFields", "enumValues"] {
            for (field, of) in parts(&format!("{name}."), &of[list], &mut Vec::new()) {
                judge(&field, of);
                for (argument, of) in parts(&format!("{field}:"), &of["args"], &mut Vec::new()) {
                    judge(&argument, of);
                }
            }
        }
    }

    assert_eq!(weak, Vec::<String>::new());
}

#[tokio::test]
async fn every_id_is_the_specifications_id() {
    let query = "{ __schema { types { name fields { name type { kind name ofType { kind name ofType { name } } } } } } }";
    let schema = Desk::new().data(query).await;
    let mut nodes = 0;
    for of in schema["__schema"]["types"].as_array().unwrap() {
        for field in of["fields"].as_array().into_iter().flatten() {
            if field["name"] == "id" {
                nodes += 1;
                let ty = &field["type"];
                assert_eq!(
                    (&ty["kind"], &ty["ofType"]["name"]),
                    (&"NON_NULL".into(), &"ID".into()),
                    "{of}"
                );
            }
        }
    }
    assert!(nodes > 7, "{nodes}");
    assert!(!graphql::sdl().contains("UUID!"));
}

/// Codes of answers that no GraphQL request gets.
const REST_ONLY: &[&str] = &["PRECONDITION_FAILED", "RANGE_NOT_SATISFIABLE"];

#[tokio::test]
async fn the_schema_lists_exactly_the_codes_that_errors_have() {
    let told = Desk::new().data("{ errorCodes }").await;
    let told: BTreeSet<_> = told["errorCodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in ["src", "gql/src"] {
        find_codes(&root.join(folder), &mut found);
    }
    found.retain(|code| !REST_ONLY.contains(&code.as_str()));

    assert_eq!(told, found);
}

/// The codes that stand beside a status in production code.
fn find_codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            find_codes(&path, found);
        }
        if !name.ends_with(".rs") || name == "tests.rs" {
            continue;
        }

        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        // A status, then its code; or in the engine's table, the code and then its status.
        for piece in text.split("StatusCode::").skip(1) {
            found.extend(code_in(piece.split([';', ')']).next().unwrap_or_default()));
        }
        for line in text.lines() {
            if line.contains("S::") || line.contains("self.code = ") {
                found.extend(code_in(line));
            }
        }
    }
}

/// The first text in capitals.
fn code_in(text: &str) -> Option<String> {
    let quoted = text.split('"').skip(1).step_by(2);
    let mut codes = quoted.filter(|text| {
        text.len() > 4
            && text
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter == '_')
    });
    codes.next().map(str::to_owned)
}
