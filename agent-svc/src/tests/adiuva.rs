//! Adiuva's agents through the registry: what they answer fits their schemas, and no log says a word of it.

use super::*;

fn input(message: &str) -> Value {
    json!({
        "message": message,
        "context": {
            "user_profile": { "timezone": "Europe/Berlin", "secret": "canary-profile" },
            "recent_tasks": [{ "id": "t1", "title": "Pay the canary-rent", "due_date": "2020-01-01", "status": "todo" }],
            "events": [
                { "title": "Standup", "start": "2030-01-07T09:00:00+01:00", "duration_minutes": 30 },
                { "title": "Review", "start": "2030-01-07T09:15:00+01:00", "duration_minutes": 30 },
            ],
            "emails": [{ "from": "anna@example.com", "subject": "Please sign the canary-contract by 2030-02-01" }],
        },
    })
}

#[tokio::test]
async fn each_agent_answers_offline_with_its_own_tools() {
    let mut rig = Rig::new().await;
    rig.actor = Actor::user(USER, Tier::Pro);

    for (agent, message, tools) in [
        (
            "adiuva.task",
            "remind me to call Anna on 2030-03-01",
            vec!["create_task"],
        ),
        ("adiuva.task", "what is overdue?", vec!["list_tasks"]),
        (
            "adiuva.calendar",
            "any conflicts?",
            vec!["detect_conflicts", "suggest_reschedule"],
        ),
        (
            "adiuva.email",
            "extract action items",
            vec!["classify_email", "extract_action_items"],
        ),
        ("adiuva.analytics", "show my metrics", vec!["calculate_metrics"]),
    ] {
        let said = rig.must(agent, &input(message)).await;
        assert!(said.offline && said.usage.is_empty());

        let results = said.output["results"].as_array().unwrap();
        let used: Vec<&str> = results
            .iter()
            .map(|result| result["tool"].as_str().unwrap())
            .collect();
        assert_eq!(used, tools, "{agent}: {}", said.output);
        assert!(
            said.output["response"]
                .as_str()
                .unwrap()
                .contains("no model was asked")
        );

        for log in &said.logs {
            let told = format!("{} {}", log.action, log.details);
            assert!(!told.contains("canary") && !told.contains("Anna"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_wrong_input_is_told_by_its_field_and_numbers_are_for_those_who_pay() {
    let rig = Rig::new().await;
    for (wrong, field) in [
        (json!({}), "message"),
        (json!({ "message": "" }), "message"),
        (
            json!({ "message": "a", "context": { "recent_tasks": [1] } }),
            "context.recent_tasks.0",
        ),
        (
            json!({ "message": "a", "context": { "tasks": [] } }),
            "context.tasks",
        ),
        (json!({ "message": "a", "model": "b" }), "model"),
    ] {
        let problem = rig.run("adiuva.task", &wrong).await.unwrap_err();
        let fields: Vec<&str> = problem.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, [field], "{wrong}");
    }
}
