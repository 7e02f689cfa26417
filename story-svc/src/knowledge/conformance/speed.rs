//! How fast a long story answers. Times are printed, never judged.

use std::time::{Duration, Instant};

use super::sample::{character, fact, key, learns, present, scene};
use super::{SceneMoment, StoryGraph, StoryQuery, each_graph, new_story};

const SCENES: u32 = 200;
const FACTS_A_SCENE: u32 = 50;
const PEOPLE: u32 = 20;
const QUESTIONS: usize = 500;

async fn keep_long_story(graph: &StoryGraph) {
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| character(&format!("p{number}"), &format!("Person {number}")))
        .collect();
    graph.put_entities(&people).await.unwrap();

    for number in 0..SCENES {
        let mut told = scene(
            &format!("s{number}"),
            1 + number / 10,
            1 + number % 10,
            i64::from(number) * 100,
        );
        let who = format!("p{}", number % PEOPLE);
        told.ledger.present = vec![present(&who)];
        for fact_number in 0..FACTS_A_SCENE {
            let name = format!("f{number}-{fact_number}");
            let whom = format!("p{}", (number + fact_number) % PEOPLE);
            let mut said = fact(&name, &whom, "has seen", &format!("thing {number} {fact_number}"));
            said.from = Some(told.from);
            told.ledger.facts.push(said);
            told.ledger.learned.push(learns(&who, &name));
        }
        graph.replace_scene(&told).await.unwrap();
    }
}

fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[tokio::test]
async fn a_story_of_ten_thousand_facts_is_asked_about_any_moment() {
    each_graph(|knowledge| async move {
        let graph = new_story(&knowledge);
        let began = Instant::now();
        keep_long_story(&graph).await;
        let kept = began.elapsed();
        assert_eq!(graph.measure().await.unwrap().entries, 20_200);

        let mut asked = Vec::new();
        for number in 0..QUESTIONS {
            let who = format!("p{}", number % PEOPLE as usize);
            let scene = format!("s{}", number * 7 % SCENES as usize);
            let began = Instant::now();
            let state = graph
                .ask_state(&key(&who), &key(&scene), SceneMoment::After, 50)
                .await
                .unwrap();
            asked.push(began.elapsed());
            assert!(state.knows.len() <= 50 && state.facts.len() <= 50);
        }

        let began = Instant::now();
        let hits = graph.search("thing 199 49", 10).await.unwrap().hits;
        let searched = began.elapsed();
        assert_eq!(hits.len(), 1);

        let question = "learned(p3, ?fact) and fact(?fact, ?whom, _, ?thing) before s150 limit 200";
        let began = Instant::now();
        let answer = graph.query(&StoryQuery::parse(question).unwrap()).await.unwrap();
        let queried = began.elapsed();
        assert_eq!((answer.rows.len(), answer.more), (200, true));

        let began = Instant::now();
        graph.delete().await.unwrap();
        println!(
            "{}: ask the past p50 {:?}, p99 {:?}; search {searched:?}; question {queried:?}; {} scenes kept in {kept:?}, deleted in {:?}",
            knowledge.engine(),
            { asked.sort_unstable(); asked[QUESTIONS / 2] },
            p99(&mut asked),
            SCENES,
            began.elapsed()
        );
    })
    .await;
}
