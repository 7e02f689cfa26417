//! Contexts that clients may have. The journey over the public door judges by the same.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

pub(crate) const CONTEXTS: u64 = 100;

/// Numbers that look drawn, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).expect("small")]
    }
}

/// What a client may know, drawn by a number.
pub(crate) fn draw_context(seed: u64, today: NaiveDate) -> Value {
    let mut chance = Chance(seed);
    let day = |chance: &mut Chance| (today - Days::new(14) + Days::new(chance.below(28))).to_string();
    let tasks: Vec<Value> = (0..chance.below(30))
        .map(|number| {
            let status = chance.pick(&["todo", "in_progress", "done", "completed", "cancelled", ""]);
            let mut task = json!({ "id": format!("t{number}"), "title": format!("{} {number} ✓ é", chance.pick(&["Write", "Call", "Pay {{1}}", "$today"])), "status": status });
            if chance.below(3) > 0 {
                task["due_date"] = json!(day(&mut chance));
            }
            if status == "done" || status == "completed" {
                task["completed_at"] = json!(format!("{}T{:02}:00:00Z", day(&mut chance), chance.below(24)));
            }
            if chance.below(8) == 0 {
                task["due_date"] = Value::Null;
            }
            task
        })
        .collect();
    let emails: Vec<Value> = (0..chance.below(6))
        .map(|number| {
            let subject = chance.pick(&["Please review the budget by Friday", "Re: lunch tomorrow?", "Invoice 42 due 2026-12-01", "Weekly digest", "URGENT: sign the contract", "Hello"]);
            json!({ "id": number, "from": chance.pick(&["Anna Miller <anna@example.com>", "noreply@shop.example", "ben@example.com"]), "subject": subject, "date": format!("{}T09:00:00Z", day(&mut chance)) })
        })
        .collect();
    let events: Vec<Value> = (0..chance.below(5)).map(|number| json!({ "title": format!("Meeting {number}"), "start": format!("{}T10:00:00+01:00", day(&mut chance)) })).collect();

    json!({ "user_profile": { "timezone": chance.pick(&["Europe/Berlin", "America/New_York", "Asia/Tokyo"]) }, "recent_tasks": tasks, "emails": emails, "events": events })
}
