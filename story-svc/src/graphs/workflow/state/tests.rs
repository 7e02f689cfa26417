//! States of every version are read; those of later ones are refused. The fixtures stay as they were written.

use super::*;

const VERSION_1: &str = include_str!("fixtures/state-1.json");

#[test]
fn a_state_of_each_version_is_read() {
    let state: WorkflowState = serde_json::from_str(VERSION_1).unwrap();
    assert_eq!(state.schema_version, 1);
    assert_eq!(state.definition.name, "greeting");
    assert_eq!(state.ways_from("choose"), ["greet"]);

    let kept = KeptState::of_state(&state);
    assert_eq!(
        kept.shown(),
        json!({ "input": { "name": "Ada" }, "config": { "loud": true }, "values": { "greet": "Hello, Ada" } })
    );
    let again = KeptState::from_db_model(kept.to_db_model()).unwrap();
    assert_eq!(again, kept);
}

#[test]
fn what_is_written_now_is_what_the_newest_fixture_holds() {
    let state: WorkflowState = serde_json::from_str(VERSION_1).unwrap();
    let fixture: Value = serde_json::from_str(VERSION_1).unwrap();
    assert_eq!(serde_json::to_value(&state).unwrap(), fixture);
    assert_eq!(fixture["schema_version"], SCHEMA_VERSION);
}

#[test]
fn a_state_of_a_later_version_is_refused() {
    let mut later: Value = serde_json::from_str(VERSION_1).unwrap();
    later["schema_version"] = json!(SCHEMA_VERSION + 1);
    assert!(serde_json::from_value::<WorkflowState>(later.clone()).is_err());
    assert!(matches!(
        KeptState::from_db_model(later),
        Err(StateError::Newer { found }) if found == u64::from(SCHEMA_VERSION) + 1
    ));
}

#[test]
fn null_takes_a_value_away_when_values_are_merged() {
    let mut values = json!({ "a": 1, "b": 2 }).as_object().cloned().unwrap();
    let changes = json!({ "b": null, "c": 3 }).as_object().cloned().unwrap();
    merge(&mut values, changes);
    assert_eq!(Value::Object(values), json!({ "a": 1, "c": 3 }));
}
