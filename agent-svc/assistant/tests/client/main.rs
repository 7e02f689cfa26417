//! The reference client in TypeScript runs each playbook to the server's own result, for a hundred contexts.

mod contexts;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assistant::plans::{Question, answer_template, evaluate_plan, list_playbooks};
use chrono::{DateTime, Days, TimeZone, Utc};
use serde_json::{Value, json};

use contexts::{CONTEXTS, draw_context};

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
        let context = draw_context(seed, today);
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
