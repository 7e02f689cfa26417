//! `adiuva.email`.

use assistant::Assistant;
use serde_json::{Value, json};

use crate::{ask, result};

fn mail(from: &str, subject: &str) -> Value {
    json!({ "id": subject, "from": from, "to": "me@example.com", "subject": subject, "date": "2026-11-25T08:00:00Z" })
}

#[test]
fn mails_are_classified_by_their_heads() {
    for (from, subject, category, priority) in [
        (
            "Anna Miller <anna@example.com>",
            "Please review the Q4 budget by Friday",
            "action_required",
            "high",
        ),
        (
            "ben@example.com",
            "URGENT: sign the contract",
            "action_required",
            "urgent",
        ),
        (
            "boss@example.com",
            "Action required: submit your expenses",
            "finance",
            "medium",
        ),
        (
            "carl@example.com",
            "Can we meet on Tuesday?",
            "question",
            "medium",
        ),
        ("carl@example.com", "Invitation: design sync", "meeting", "medium"),
        (
            "billing@cloud.example",
            "Invoice 4711 for November",
            "finance",
            "medium",
        ),
        (
            "noreply@github.example",
            "Build failed on main",
            "notification",
            "low",
        ),
        ("news@shop.example", "50% off everything", "newsletter", "low"),
        (
            "dan@example.com",
            "Weekly digest of the team",
            "newsletter",
            "low",
        ),
        (
            "prince@example.org",
            "You have won the lottery",
            "suspicious",
            "low",
        ),
        (
            "Mum <mum@example.com>",
            "Photos of the garden",
            "personal",
            "medium",
        ),
        (
            "eve@example.com",
            "Re: Re: deadline for the proposal",
            "action_required",
            "high",
        ),
        ("eve@example.com", "Where is the proposal?", "question", "medium"),
        (
            "hr@example.com",
            "Reminder: confirm your holiday plan",
            "action_required",
            "high",
        ),
    ] {
        let output = ask(
            Assistant::Email,
            "classify my mail",
            json!({ "emails": [mail(from, subject)] }),
        );
        let class = &result(&output, "classify_email")[0];
        assert_eq!(
            (class["category"].as_str(), class["priority"].as_str()),
            (Some(category), Some(priority)),
            "{subject}: {class}"
        );
        assert!(!class["reasons"].as_array().unwrap().is_empty());
    }

    let listed = json!({ "emails": [{ "from": "ben@example.com", "subject": "Our plans", "list_unsubscribe": "<mailto:x>" }] });
    assert_eq!(
        result(&ask(Assistant::Email, "sort my inbox", listed), "classify_email")[0]["category"],
        "newsletter"
    );
}

#[test]
fn action_items_come_from_subjects_with_their_dates() {
    let emails = json!({ "emails": [
        mail("Anna Miller <anna@example.com>", "Please review the Q4 budget by Friday"),
        mail("ben@example.com", "Where is the proposal?"),
        mail("news@shop.example", "50% off everything"),
        mail("eve@example.com", "URGENT: send the slides tomorrow at 9am"),
    ] });
    let output = ask(Assistant::Email, "extract the action items from my mails", emails);
    let items = result(&output, "extract_action_items");
    let told: Vec<(&str, &str, Option<&str>)> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["title"].as_str().unwrap(),
                item["from"].as_str().unwrap(),
                item["due_date"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Review the Q4 budget", "Anna Miller", Some("2026-11-27")),
            ("Answer Ben: Where is the proposal?", "Ben", None),
            ("Send the slides", "Eve", Some("2026-11-26T09:00:00+01:00")),
        ]
    );
    assert_eq!(output.actions.len(), 3);
    assert_eq!(output.actions[2].data.clone().unwrap()["priority"], "urgent");
}

#[test]
fn bodies_are_not_read_and_that_is_said() {
    let mut email = mail("anna@example.com", "Hello");
    email["body"] = json!("Please transfer the canary-4711 by Friday");
    let output = ask(
        Assistant::Email,
        "what are the action items?",
        json!({ "emails": [email] }),
    );
    let written = serde_json::to_string(&output).unwrap();
    assert!(
        written.contains("those are not read") && !written.contains("canary") && output.actions.is_empty(),
        "{written}"
    );
}

#[test]
fn drafts_say_what_the_user_says_and_leave_the_rest_open() {
    let context = json!({ "user_profile": { "name": "Ben Smith" }, "emails": [mail("Anna Miller <anna@example.com>", "Re: lunch on Friday"), mail("carl@example.com", "Budget")] });
    let output = ask(
        Assistant::Email,
        "draft a reply to Anna saying that I will be there at 12",
        context.clone(),
    );
    let draft = result(&output, "draft_response");
    assert_eq!(
        (draft["to"].as_str(), draft["subject"].as_str()),
        (
            Some("Anna Miller <anna@example.com>"),
            Some("Re: lunch on Friday")
        )
    );
    assert_eq!(
        draft["body"],
        "Hi Anna,\n\nthank you for your mail about “lunch on Friday”.\n\nI will be there at 12.\n\nBest regards\nBen Smith"
    );
    assert_eq!(output.actions[0].table.as_deref(), Some("email_drafts"));

    let output = ask(
        Assistant::Email,
        "draft a reply to Carl about the budget",
        context,
    );
    assert!(
        result(&output, "draft_response")["body"]
            .as_str()
            .unwrap()
            .contains("[your answer]")
    );
    assert!(output.response.contains("[brackets]"), "{}", output.response);
}
