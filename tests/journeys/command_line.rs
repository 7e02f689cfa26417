//! The command line as a newcomer uses it.

use serde_json::Value;

use crate::harness::{
    elevenlabs::ElevenLabs,
    repositories::{Repositories, local_repository},
    saga::{DataFolder, Launch},
};

async fn output(launch: &Launch) -> (Option<i32>, String, String) {
    let output = launch.command().output().await.expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_repository_becomes_files_in_a_folder() {
    let data = DataFolder::new();
    let repository = local_repository();
    let launch = Launch::new(&data)
        .argument("story")
        .argument(repository.path())
        .argument("--minutes")
        .argument("5");

    let launch = launch
        .argument("--out")
        .argument(data.path().join("out"))
        .argument("--json");
    let (code, stdout, stderr) = output(&launch).await;

    assert_eq!(code, Some(0), "{stdout}\n{stderr}");

    let report: Value = serde_json::from_str(&stdout).expect("one JSON object");
    let seconds = report["duration_seconds"].as_f64().expect("seconds");

    assert!((240.0..=360.0).contains(&seconds), "{seconds} s");

    let read = |name: &str| std::fs::read(report["files"][name].as_str().expect("a path")).expect("a file");
    assert_eq!(read("audio")[..2], [0xff, 0xfb]);
    assert!(read("captions").starts_with(b"WEBVTT"));
    assert!(read("transcript").starts_with(b"# "));
    assert!(String::from_utf8(read("cover")).expect("text").contains("<svg"));
    assert_eq!(report["chapters"][0]["timestamp_start"].as_f64(), Some(0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_command_after_a_kill_resumes_and_speaks_nothing_twice() {
    let (data, voice, repository) = (
        DataFolder::new(),
        ElevenLabs::start_with(2).await,
        local_repository(),
    );

    let launch = || {
        Launch::new(&data)
            .set("ELEVENLABS_API_KEY", "a-test-key")
            .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
            .set("SAGA_STORY__CHUNKS_AT_ONCE", "1")
            .argument("story")
            .argument(repository.path())
            .argument("--minutes")
            .argument("5")
            .argument("--out")
            .argument(data.path().join("out"))
            .argument("--json")
    };
    let mut first = launch().command().spawn().expect("the binary runs");

    // One piece at a time: the third is asked for only when the first two are journalled.
    voice.asked(3).await;
    first.kill().await.expect("ours");

    voice.allow(usize::MAX);

    let (code, stdout, stderr) = output(&launch()).await;
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");

    let twice: Vec<_> = voice
        .said()
        .into_iter()
        .filter(|(_, said)| said.answered != 1)
        .collect();

    assert!(twice.is_empty(), "{twice:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_a_repository_is_refused_in_words() {
    let data = DataFolder::new();
    let repositories = Repositories::start().await;

    for (given, said) in [
        (data.path().display().to_string(), "no git repository"),
        ("/no/such/folder".to_owned(), "neither a folder"),
        ("ssh://git@github.com/a/b".to_owned(), "https"),
        (repositories.missing(), "not found"),
    ] {
        let (code, stdout, stderr) = output(&Launch::new(&data).argument("story").argument(&given)).await;
        assert_eq!(code, Some(1), "{given}: {stdout}\n{stderr}");
        assert!(stderr.to_lowercase().contains(said), "{given}: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_configuration_is_reported_all_at_once() {
    let data = DataFolder::new();
    let launch = Launch::new(&data)
        .set("SAGA_GATEWAY__LISTENN", "x")
        .set("SAGA_WORKER__CONCURRENCY", "many")
        .argument("config")
        .argument("check");
    let (code, _, stderr) = output(&launch).await;

    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("SAGA_GATEWAY__LISTENN") && stderr.contains("SAGA_WORKER__CONCURRENCY"),
        "{stderr}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn printing_the_configuration_masks_secrets() {
    let data = DataFolder::new();
    let launch = Launch::new(&data)
        .set("OPENAI_API_KEY", "sk-very-secret")
        .argument("config")
        .argument("print");
    let (code, stdout, stderr) = output(&launch).await;

    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stdout.contains("sk-very-secret"), "{stdout}");
    assert!(
        stdout.contains("OPENAI_API_KEY"),
        "where the value came from is said: {stdout}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_is_printed_as_it_is_in_the_repository() {
    let data = DataFolder::new();
    let (code, stdout, stderr) = output(&Launch::new(&data).argument("schema")).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout, include_str!("../../gateway/schema.graphql"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trusted_documents_that_cannot_run_keep_the_server_from_starting() {
    let data = DataFolder::new();
    let file = data.path().join("documents.json");
    let documents = r#"{ "fine": "{ __typename }", "page": "{ storis { nodes { id } } }" }"#;
    std::fs::write(&file, documents).expect("a file");

    let launch = Launch::new(&data)
        .set("SAGA_GATEWAY__GRAPHQL__TRUSTED_DOCUMENTS", &file)
        .argument("serve");
    let (code, _, stderr) = output(&launch).await;

    assert_eq!(code, Some(1), "{stderr}");

    for said in [
        "documents.json",
        "page: There is no field `storis` on type `Query`. Did you mean `stories`?",
    ] {
        assert!(stderr.contains(said), "{stderr}");
    }
}
