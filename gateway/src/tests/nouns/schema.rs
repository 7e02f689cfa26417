//! What the schema says of itself.

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
async fn the_four_scalars_say_which_specification_they_follow() {
    let schema = Desk::new().data(INTROSPECTION).await;
    let types = schema["__schema"]["types"].as_array().unwrap();

    for name in ["DateTime", "UUID", "URL", "JSON"] {
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
