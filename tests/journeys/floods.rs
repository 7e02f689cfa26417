//! Too much of one thing from one place, with the limits that everybody gets.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{
    client::{Answer, Client},
    people::{PASSWORD, Person, login},
    saga::{DataFolder, Launch},
};

async fn register(door: &Client, email: &str) -> Answer {
    door.post(
        "/api/v1/auth/register",
        json!({ "email": email, "password": PASSWORD }),
    )
    .await
}

fn told_to_wait(answer: &Answer) -> bool {
    let seconds = answer
        .headers
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    answer.status == 429 && seconds.is_some_and(|seconds| seconds > 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_registrations_from_one_address_make_few_accounts() {
    let data = DataFolder::new();
    let saga = Launch::new(&data)
        .set("SAGA_GATEWAY__RATE_LIMITS__ENABLED", "true")
        .serve()
        .await;
    let door = Client::of(&saga);
    let (mut made, mut refused) = (0, 0);

    for round in 0..200 {
        let emails: Vec<_> = (0..50)
            .map(|number| format!("p{round}x{number}@example.org"))
            .collect();

        for answer in futures::future::join_all(emails.iter().map(|email| register(&door, email))).await {
            match answer.status.as_u16() {
                200 => made += 1,
                _ => {
                    assert!(
                        told_to_wait(&answer),
                        "{} {:?} {}",
                        answer.status,
                        answer.headers,
                        answer.body
                    );
                    refused += 1;
                }
            }
        }
    }

    assert_eq!(made + refused, 10_000);
    assert!((1..=60).contains(&made), "{made} accounts were made");

    let limited = register(&door, "late@example.org").await;
    assert!(
        limited.headers.contains_key("ratelimit-limit") || limited.headers.contains_key("ratelimit"),
        "{:?}",
        limited.headers
    );
    assert_eq!(door.get("/health").await.status, 200, "health is not counted");

    println!("10,000 registrations: {made} accounts, {refused} refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_doors_limits_the_accounts_own_limit_still_holds() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let emails: Vec<_> = (0..60).map(|number| format!("p{number}@example.org")).collect();
    let answers = futures::future::join_all(emails.iter().map(|email| register(&door, email))).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();

    assert!(
        (1..=21).contains(&made),
        "about as many as `auth.throttle.registrations` says: {made}"
    );
    assert!(
        answers
            .iter()
            .filter(|answer| answer.status != 200)
            .all(told_to_wait)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_email_registered_at_once_in_many_spellings_is_one_account() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);

    // In capitals, in compatibility letters, and the same accented letter in one and in two code points.
    for spellings in [
        ["ada@example.org", "ADA@EXAMPLE.ORG", "\u{ff41}da@example.org"],
        [
            "zo\u{eb}@example.org",
            "zoe\u{308}@example.org",
            "ZO\u{cb}@Example.org",
        ],
    ] {
        let answers = futures::future::join_all(spellings.map(|email| register(&door, email))).await;
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        let told: Vec<_> = answers
            .iter()
            .map(|answer| (answer.status.as_u16(), &answer.body))
            .collect();

        assert_eq!(made.len(), 1, "{told:?}");
        assert!(
            answers
                .iter()
                .all(|answer| [200, 409, 422, 429].contains(&answer.status.as_u16())),
            "{told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_logins_at_once_leave_others_served() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let timed = || async {
        let begun = Instant::now();
        assert_eq!(door.get("/health").await.status, 200);
        begun.elapsed()
    };
    let quiet = timed().await;
    let logins = futures::future::join_all((0..200).map(|_| login(&door, "ada", PASSWORD)));
    let bystander = async {
        let mut times = Vec::new();
        for _ in 0..50 {
            times.push(timed().await);
        }
        times.sort();
        times
    };

    let begun = Instant::now();
    let (answers, times) = tokio::join!(logins, bystander);
    let took = begun.elapsed();
    let known = answers.iter().filter(|answer| answer.status == 200).count();
    let fine = |answer: &Answer| [200, 429, 503].contains(&answer.status.as_u16());

    assert!(
        answers.iter().all(fine),
        "{:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
    assert!(known > 0);

    println!(
        "GET /health alone {quiet:?}; during 200 logins ({known} let in, {took:?}): median {:?}, worst {:?}",
        times[25], times[49]
    );

    assert_eq!(ada.standing(&door).await, 200);
    assert_ne!(door.get("/openapi.json").await.body, Value::Null);
}
