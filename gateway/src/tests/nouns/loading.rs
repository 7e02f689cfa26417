//! How many calls a list costs: the same few, however many rows it has.

use proto::v1::{self as pb, RunStatus};

use super::Desk;

fn shelf(desk: &Desk, stories: u128) {
    for id in 0..stories {
        let story = pb::Story {
            result: Some(pb::story::Result::CodeResult(pb::CodeResult {
                chapters: Some(format!(
                    r#"[{{"title":"Of {id}","content":"","code_examples":[],"duration_seconds":1,"timestamp_start":0}}]"#
                )),
                ..pb::CodeResult::default()
            })),
            ..desk.world.story(id, RunStatus::Completed)
        };
        desk.world.lock().stories.insert(story.id.clone(), story);
    }
}

async fn cost(desk: &Desk, query: &str) -> usize {
    let before = desk.world.calls();
    desk.data(query).await;
    desk.world.calls() - before
}

#[tokio::test]
async fn a_list_of_100_stories_with_all_that_belongs_to_them_costs_a_constant_number_of_calls() {
    let desk = Desk::new();
    shelf(&desk, 100);

    let list = |first: u32, fields: &str| {
        format!("{{ stories(first: {first}) {{ edges {{ node {{ id {fields} }} }} }} }}")
    };
    assert_eq!(cost(&desk, &list(100, "title status")).await, 1);
    assert_eq!(cost(&desk, &list(100, "run { status }")).await, 2);
    assert_eq!(cost(&desk, &list(2, "run { status }")).await, 2);
    assert_eq!(cost(&desk, &list(100, "run { status story { title } }")).await, 3);
    assert_eq!(
        cost(&desk, &list(100, "chapters { title }")).await,
        1 + 5,
        "twenty whole stories a call"
    );

    let everything = "run { status story { title run { progress } } } chapters { title }";
    assert_eq!(cost(&desk, &list(100, everything)).await, 1 + 1 + 1 + 1 + 5);
}

#[tokio::test]
async fn a_list_of_100_runs_with_their_stories_costs_two_calls() {
    let desk = Desk::new();
    shelf(&desk, 100);

    let query = "{ runs(first: 100) { nodes { id story { id title } } } }";
    assert_eq!(cost(&desk, query).await, 2);

    let runs = desk.data(query).await;
    let runs = runs["runs"]["nodes"].as_array().unwrap();

    assert_eq!(runs.len(), 100);

    let stories = desk.world.lock().stories.clone();
    for run in runs {
        let story = &stories[run["story"]["id"].as_str().unwrap()];
        assert_eq!(run["id"], story.run_id, "each has its own");
    }
}

#[tokio::test]
async fn each_story_of_a_list_has_its_own_chapters() {
    let desk = Desk::new();
    shelf(&desk, 45);

    let data = desk
        .data("{ stories(first: 100) { nodes { id chapters { title } } } }")
        .await;

    for story in data["stories"]["nodes"].as_array().unwrap() {
        let number = uuid::Uuid::parse_str(story["id"].as_str().unwrap())
            .unwrap()
            .as_u128();
        assert_eq!(story["chapters"][0]["title"], format!("Of {number}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_calls_does_not_depend_on_the_threads() {
    let desk = Desk::new();
    shelf(&desk, 100);
    for _ in 0..20 {
        let query = "{ stories(first: 100) { nodes { run { story { id } } } } }";
        assert_eq!(cost(&desk, query).await, 3);
    }
}

#[tokio::test]
async fn aliases_of_the_same_thing_share_a_call() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    let id = story.id;
    let query =
        format!("{{ story(id: \"{id}\") {{ a: run {{ id }} b: run {{ status }} c: run {{ progress }} }} }}");
    assert_eq!(cost(&desk, &query).await, 2);
}
