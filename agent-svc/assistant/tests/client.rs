//! The reference client in TypeScript runs each playbook to the server's own result, for a hundred contexts.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assistant::plans::{Question, answer_template, evaluate_plan, list_playbooks};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use serde_json::{Value, json};

const CONTEXTS: u64 = 100;

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients")
}

/// The client, checked and compiled; none where its compiler is not installed, which CI does not forgive.
#[expect(clippy::print_stdout, reason = "says why nothing was tried")]
fn compile_client() -> Option<PathBuf> {
    let compiler = clients().join("node_modules/.bin/tsc");
    if !compiler.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tests/clients/install brings the TypeScript compiler"
        );
        println!("skipped: tests/clients/install brings the TypeScript compiler");
        return None;
    }

    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("playbook");
    let compiled = Command::new(compiler)
        .args([
            "--strict",
            "--target",
            "es2022",
            "--module",
            "es2022",
            "--skipLibCheck",
            "--types",
            "",
            "--outDir",
        ])
        .arg(&out)
        .arg(clients().join("playbook.ts"))
        .output()
        .expect("the compiler runs");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stdout)
    );

    // Node takes it for a module by its ending.
    let module = out.join("playbook.mjs");
    std::fs::copy(out.join("playbook.js"), &module).expect("it was written");
    Some(module)
}

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

fn context(seed: u64, today: NaiveDate) -> Value {
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

fn answer(question: &Question<'_>, context: &Value, now: DateTime<Utc>) -> Value {
    let profile = context["user_profile"].as_object().cloned().unwrap_or_default();
    answer_template(
        question.template,
        &question.variables,
        question.data,
        &profile,
        now,
    )
}

#[test]
fn a_client_gets_the_servers_own_result_for_a_hundred_contexts() {
    let Some(module) = compile_client() else { return };
    let mut client = Command::new("node")
        .arg(clients().join("playbook.mjs"))
        .arg(module)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut tell = client.stdin.take().expect("piped");
    let mut heard = BufReader::new(client.stdout.take().expect("piped")).lines();
    let (mut questions, mut actions) = (0, 0);

    for seed in 0..CONTEXTS {
        let now = Utc
            .with_ymd_and_hms(2026, 11, 25, 9, 0, 0)
            .single()
            .expect("a moment")
            + Days::new(seed);
        let today = now.date_naive();
        let context = context(seed, today);
        for playbook in list_playbooks() {
            let own = evaluate_plan(&playbook.plan, &context, today, |question| {
                Ok::<_, std::convert::Infallible>(answer(&question, &context, now))
            })
            .expect("a playbook runs");

            writeln!(
                tell,
                "{}",
                json!({ "plan": playbook.plan, "context": context, "today": today })
            )
            .expect("it listens");
            let outcome = loop {
                let line: Value =
                    serde_json::from_str(&heard.next().expect("it answers").expect("text")).expect("JSON");
                let Some(asked) = line.get("question") else {
                    break line["outcome"].clone();
                };
                questions += 1;
                let variables = asked["variables"].as_object().cloned().expect("variables");
                let question = Question {
                    template: asked["template"].as_str().expect("an id"),
                    variables,
                    data: &asked["data"],
                };
                writeln!(tell, "{}", answer(&question, &context, now)).expect("it listens");
            };

            actions += own.actions.len();
            assert_eq!(
                outcome["response"],
                json!(own.response),
                "{} with {seed}",
                playbook.plan.id
            );
            assert_eq!(
                outcome["actions"],
                json!(own.actions),
                "{} with {seed}",
                playbook.plan.id
            );
            assert_eq!(
                outcome["results"],
                json!(own.results),
                "{} with {seed}",
                playbook.plan.id
            );
        }
    }

    drop(tell);
    assert!(client.wait().expect("it ends").success());
    assert!(
        questions >= 100 && actions >= 100,
        "{questions} questions, {actions} actions"
    );
}
