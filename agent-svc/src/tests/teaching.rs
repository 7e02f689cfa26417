//! CodeForge's teachers: without a model, and with one that would give the solution away.

use proto::tasks::codeforge::teaching::{
    ChoiceFramework, LearningRoadmap, PedagogyAnswer, PedagogyResponse, PedagogyStep,
};

use super::models::{rig, says};
use super::*;

const ASK: &str = "codeforge.pedagogy";

fn read<T: serde::de::DeserializeOwned>(said: &Said) -> T {
    serde_json::from_value(said.output.clone())
        .unwrap_or_else(|error| panic!("{error}: {:.300}", said.output))
}

fn requirements() -> Value {
    json!({
        "app_name": "Habits", "elevator_pitch": "Keep habits and see streaks grow every day.",
        "core_features": [
            { "name": "Add a habit", "description": "A form with a name that is required.", "priority": "must-have" },
            { "name": "Search habits", "description": "Find by name.", "priority": "should-have" },
        ],
    })
}

fn project() -> Value {
    let list = "export function HabitList({ habits }) {\n  const visible = habits.filter((habit) => !habit.done);\n  return visible.length;\n}\n";
    json!({ "title": "Habits", "requirements": requirements(), "files": [{ "path": "src/HabitList.tsx", "content": list }] })
}

fn questions(text: &str) -> usize {
    text.matches('?').count()
}

#[tokio::test]
async fn what_is_known_of_a_learner_goes_with_the_answers() {
    let rig = Rig::new().await;
    let input =
        json!({ "question": "begin", "exercise": "sum-of-prices", "project": project(), "learner": {} });
    let begun = rig.must(ASK, &input).await;
    assert!(begun.offline);
    let begun: PedagogyAnswer = read(&begun);

    let input =
        json!({ "question": "they are multiplied, 12", "project": project(), "learner": begun.learner });
    let answer: PedagogyAnswer = read(&rig.must(ASK, &input).await);
    assert!(answer.response.encouragement.starts_with("Yes"), "{answer:?}");
    assert_eq!(answer.learner.unwrap()["mastery"]["accumulation"]["answers"], 1);

    // Whoever keeps nothing is given nothing to keep.
    let bare = rig.must(ASK, &json!({ "question": "What is state?" })).await;
    let keys: Vec<&String> = bare.output.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["encouragement", "steps", "key_concept", "further_exploration"]
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_field() {
    let rig = Rig::new().await;
    for (input, field) in [
        (json!({ "question": " " }), "question"),
        (json!({ "question": "go", "exercise": "none-such" }), "exercise"),
        (json!({ "question": "go", "concept": "none-such" }), "concept"),
        (
            json!({ "question": "go", "learner": { "turns": "many" } }),
            "learner",
        ),
        (json!({}), "question"),
    ] {
        let refused = rig.run(ASK, &input).await.unwrap_err();
        assert_eq!(refused.fields[0].field, field, "{input}");
    }
    let refused = rig.run("codeforge.roadmap", &json!({})).await.unwrap_err();
    assert_eq!(refused.fields[0].field, "project.requirements");
}

#[tokio::test]
async fn decisions_and_roadmaps_are_made_of_the_requirements() {
    let rig = Rig::new().await;
    let input = json!({ "task": "choices", "question": "localStorage or a server?", "project": project() });
    let choices: ChoiceFramework = read(&rig.must(ASK, &input).await);
    assert!(choices.context.contains("Habits"), "{choices:?}");

    let input = json!({ "project": project() });
    let roadmap: LearningRoadmap = read(&rig.must("codeforge.roadmap", &input).await);
    let titles: Vec<&str> = roadmap
        .modules
        .iter()
        .map(|module| module.title.as_str())
        .collect();
    assert!(
        titles.contains(&"Add a habit") && titles.contains(&"Search habits"),
        "{titles:?}"
    );
}

fn model_answer(hint: &str, question: &str) -> Value {
    let step = PedagogyStep {
        step_number: 1,
        question: question.to_owned(),
        hint: hint.to_owned(),
        concept: "Accumulating".to_owned(),
    };
    json!(PedagogyResponse {
        encouragement: "You are close to it.".to_owned(),
        steps: vec![step],
        key_concept: "A result grows.".to_owned(),
        further_exploration: Vec::new(),
    })
}

#[tokio::test]
async fn a_model_that_gives_the_solution_away_is_told_and_then_not_heard() {
    let (rig, fake) = rig().await;
    let input = json!({ "question": "show me the code", "exercise": "sum-of-prices", "learner": {} });

    let leak = says(&model_answer(
        "Write total += item.price * item.amount; in it",
        "What then?",
    ));
    let good = says(&model_answer(
        "Keep the result so far in mind.",
        "What is it before the first item?",
    ));
    fake.will([leak.clone(), good]);
    let said = rig.must(ASK, &input).await;
    assert!(!said.offline);
    assert_eq!(said.output["steps"][0]["hint"], "Keep the result so far in mind.");
    assert!(
        fake.asked()[1]
            .body
            .to_string()
            .contains("neither the project's nor the learner's")
    );

    let twice = says(&model_answer("Is it so?", "What then?"));
    fake.will([leak.clone(), twice, leak]);
    let said = rig.must(ASK, &input).await;
    assert!(said.offline);
    assert_eq!(questions(&said.output["steps"].to_string()), 1);
    assert!(!said.output.to_string().contains("+="), "{}", said.output);
}
