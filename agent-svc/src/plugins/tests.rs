//! Plug-ins as files: what is read, and where each mistake is told.

use std::fs;

use expect_test::expect;

use super::*;

const GOOD: &str = r#"name = "crm.leads"
description = "Writes leads down."
least_tier = "pro"
prompts = ["prompt.md"]

[[tools]]
name = "create_lead"
description = "Proposes a new lead."
action = "create_record"
table = "leads"

[tools.parameters]
type = "object"
required = ["company"]
properties.company = { type = "string", description = "Who may buy." }
"#;

fn folder_with(manifests: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, manifest) in manifests {
        let plugin = folder.path().join(name);
        fs::create_dir(&plugin).expect("a folder");
        fs::write(plugin.join("agent.toml"), manifest).expect("written");
        fs::write(plugin.join("prompt.md"), "You look after the leads of a shop.\n").expect("written");
    }
    folder
}

/// What is told about one manifest, without the folder's name.
fn told(manifest: &str) -> String {
    let folder = folder_with(&[("a", manifest)]);
    let problems = load(folder.path(), []).err().expect("it is wrong");
    let root = format!("{}/", folder.path().display());

    problems.to_string().replace(&root, "")
}

#[test]
fn a_plugin_is_read_with_its_prompt_and_its_tools() {
    let folder = folder_with(&[("leads", GOOD)]);
    fs::create_dir(folder.path().join(".git")).expect("a folder that is none of ours");
    let plugins = load(folder.path(), ["adiuva.task"]).expect("it is right");

    let [plugin] = plugins.as_slice() else {
        panic!("{} plug-ins", plugins.len())
    };
    assert_eq!((plugin.name, plugin.least_tier), ("crm.leads", Tier::Pro));
    assert_eq!(plugin.model_class, "crm.leads");
    assert_eq!(plugin.prompts, ["You look after the leads of a shop."]);
    assert_eq!(plugin.tool_names().collect::<Vec<_>>(), ["create_lead"]);
    assert_eq!(plugin.tools[0].spec.schema["required"][0], "company");
}

#[test]
fn every_mistake_is_told_with_its_file_and_line() {
    let with = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        told(&GOOD.replacen(from, to, 1))
    };

    let all = [
        with("name = \"crm.leads\"", "name = \"Leads\""),
        with("least_tier = \"pro\"", "least_tier = \"gold\""),
        with("prompt.md", "../secrets.md"),
        with("prompt.md", "missing.md"),
        with("action = \"create_record\"", "action = \"run_shell\""),
        with("table = \"leads\"\n", ""),
        with("type = \"object\"", "type = \"objekt\""),
        with("type = \"string\"", "type = \"text\""),
        with("prompts = ", "promts = "),
        with("\n\n[[tools]]", "\nx = [\n\n[[tools]]"),
    ];
    expect![[r#"
        a/agent.toml:1: `name`: expected a namespace and a name, such as `crm.leads`: small letters, digits and `_`, at most 64
        a/agent.toml:3: `least_tier`: expected free, pro, power or team
        a/agent.toml:4: `prompts`: `../secrets.md`: expected the name of a file beside agent.toml
        a/agent.toml:4: `prompts`: `missing.md` can't be read: No such file or directory (os error 2)
        a/agent.toml:9: unknown variant `run_shell`, expected one of `create_record`, `update_record`, `delete_record`, `index_document`, `send_notification`
        a/agent.toml:6: `table`: expected the client's table that this action is for
        a/agent.toml:12: `parameters`: expected a JSON Schema of `type = "object"`
        a/agent.toml:12: `parameters`: expected a JSON Schema: at `/properties/company/type` "text" is not valid under any of the schemas listed in the 'anyOf' keyword
        a/agent.toml:4: unknown field `promts`, expected one of `name`, `description`, `least_tier`, `model_class`, `prompts`, `tools`
        a/agent.toml:8: missing comma between array elements, expected `,`"#]].assert_eq(&all.join("\n"));
}

#[test]
fn a_name_that_somebody_has_is_refused_and_so_is_its_short_form() {
    let folder = folder_with(&[
        ("a", GOOD),
        ("b", GOOD),
        ("c", &GOOD.replace("crm.leads", "crm.task")),
    ]);
    let problems = load(folder.path(), ["adiuva.task"]).err().expect("they collide");

    let told: Vec<(bool, Option<usize>)> = problems
        .0
        .iter()
        .map(|problem| (problem.message.contains("collides"), problem.line))
        .collect();
    assert_eq!(told, [(true, Some(1)), (true, Some(1))], "{problems}");
}

#[test]
fn a_folder_that_is_not_there_is_a_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(load(&folder.path().join("nowhere"), []).is_err());
    assert!(load(folder.path(), []).expect("none is right").is_empty());
}
