//! The command line as a newcomer uses it.

use std::path::Path;

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
async fn a_story_is_named_after_its_origin_ignored_by_git_listed_shown_and_never_overwritten() {
    let data = DataFolder::new();
    let bare = local_repository();
    let home = tempfile::tempdir().expect("a temporary folder");
    let repository = home.path().join("named");
    let cloned = std::process::Command::new("git")
        .args(["clone", "--quiet"])
        .args([bare.path(), &repository])
        .status();
    assert!(cloned.expect("git runs").success());

    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(arguments)
            .output()
            .expect("git runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    git(&["remote", "set-url", "origin", "git@github.com:ada/engine.git"]);

    // From a folder inside it, in letters of any case.
    let tell = || {
        Launch::new(&data)
            .set("SAGA_DATA_DIR", repository.join(".saga"))
            .within(repository.join("kit"))
            .argument("story")
            .argument(".")
            .argument("-m5")
            .argument("--voice")
            .argument("rachel")
            .argument("--style")
            .argument("PODCAST")
            .argument("--json")
    };
    let told = async || {
        let (code, stdout, stderr) = output(&tell()).await;
        assert_eq!(code, Some(0), "{stdout}\n{stderr}");
        serde_json::from_str::<Value>(&stdout).expect("one JSON object")
    };
    let (first, second) = (told().await, told().await);

    assert_eq!(first["repo_name"], "ada/engine");
    let folder = |report: &Value| {
        let audio = Path::new(report["files"]["audio"].as_str().expect("a path")).to_owned();
        audio.parent().expect("a folder").to_owned()
    };
    assert_eq!(folder(&first), Path::new("saga-stories/ada-engine-podcast-5min"));
    assert_eq!(
        folder(&second),
        Path::new("saga-stories/ada-engine-podcast-5min-2")
    );
    assert_eq!(
        git(&["status", "--porcelain"]),
        "",
        "nothing of ours is in the way"
    );

    let ask = |arguments: &[&str]| {
        arguments.iter().fold(
            Launch::new(&data)
                .set("SAGA_DATA_DIR", repository.join(".saga"))
                .argument("story"),
            |launch, argument| launch.argument(*argument),
        )
    };
    let (code, stdout, stderr) = output(&ask(&["list", "--json"])).await;
    assert_eq!(code, Some(0), "{stderr}");
    let listed: Value = serde_json::from_str(&stdout).expect("one JSON object");
    let stories = listed["stories"].as_array().expect("a list");
    assert_eq!(stories.len(), 2);
    assert_eq!(stories[0]["repo_name"], "ada/engine");
    assert!(
        stories
            .iter()
            .all(|story| story["bytes"].as_u64() > Some(1_000_000)),
        "{listed}"
    );

    let id = first["id"].as_str().expect("an id");
    let (code, stdout, _) = output(&ask(&["show", &id[..id.len() - 2], "--json"])).await;
    assert_eq!(code, Some(0), "{stdout}");
    let shown: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(shown["chapters"], first["chapters"]);

    let (code, stdout, stderr) = output(&ask(&["rm", id, "--json"])).await;
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    let removed: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(removed["removed"], serde_json::json!([id]));
    assert!(removed["freed_bytes"].as_u64() > Some(1_000_000), "{removed}");

    let (_, stdout, _) = output(&ask(&["list", "--json"])).await;
    let left: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(left["stories"].as_array().map(Vec::len), Some(1), "{left}");
    assert_eq!(left["kept_pieces_bytes"], 0, "{left}");
    assert!(
        folder(&second).is_relative(),
        "folders of results stay where they are"
    );

    let (code, stdout, _) = output(&ask(&["show", "nothing", "--json"])).await;
    assert_eq!(code, Some(1));
    let error: Value = serde_json::from_str(&stdout).expect("errors are JSON too");
    assert!(
        error["error"]["message"]
            .as_str()
            .expect("words")
            .contains("nothing"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_takes_no_story_is_named_before_anything_is_made() {
    let data = DataFolder::new();
    let repository = local_repository();
    let file = data.path().join("afile");
    std::fs::write(&file, "").expect("a file");

    let launch = Launch::new(&data)
        .argument("story")
        .argument(repository.path())
        .argument("--out")
        .argument(&file);
    let (code, _, stderr) = output(&launch).await;
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("is a file"), "{stderr}");

    let (_, stdout, _) = output(
        &Launch::new(&data)
            .argument("story")
            .argument("list")
            .argument("--json"),
    )
    .await;
    let listed: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(listed["stories"], serde_json::json!([]), "no work was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_once_in_the_words_of_the_command_line() {
    let data = DataFolder::new();
    let repository = local_repository();
    let story = || Launch::new(&data).argument("story");

    let foreign = story().argument("https://example.org/a/b");
    let (code, _, stderr) = output(&foreign).await;
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(
        stderr.matches("example.org").count(),
        1,
        "it is said once: {stderr}"
    );
    assert!(!stderr.contains("repo_url"), "{stderr}");

    let empty = story()
        .argument(repository.path())
        .argument("--focus")
        .argument("");
    let (_, _, stderr) = output(&empty).await;
    assert!(
        stderr.contains("--focus") && !stderr.contains("focus_areas"),
        "{stderr}"
    );

    let many = (0..11).fold(story().argument(repository.path()), |launch, number| {
        launch.argument("--focus").argument(format!("topic {number}"))
    });
    let (_, _, stderr) = output(&many).await;
    assert_eq!(stderr.matches("at most 10").count(), 1, "{stderr}");

    let (_, _, stderr) = output(&story().argument("github.com/a/b")).await;
    assert!(
        stderr.contains("github.com"),
        "it is understood, and its host is not allowed here: {stderr}"
    );
    assert!(!stderr.contains("neither a folder"), "{stderr}");

    let (_, stdout, _) = output(&story().argument("--help")).await;
    assert!(stdout.contains("saga story . --minutes 5"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_here_can_be_asked_and_heard() {
    let data = DataFolder::new();
    let voice = || Launch::new(&data).argument("voice");

    let (code, stdout, stderr) = output(&voice().argument("list").argument("--json")).await;
    assert_eq!(code, Some(0), "{stderr}");
    let listed: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(listed["engine"], "eSpeak NG");
    assert_eq!(listed["voices"].as_object().expect("names").len(), 4);

    let file = data.path().join("drew.mp3");
    let launch = voice()
        .argument("try")
        .argument("The router reads its path.")
        .argument("--voice")
        .argument("drew")
        .argument("--out")
        .argument(&file);
    let (code, _, stderr) = output(&launch).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(std::fs::read(&file).expect("a file")[..2], [0xff, 0xfb]);

    let (code, _, stderr) = output(
        &voice()
            .argument("try")
            .argument("--piper")
            .argument("/no/such.onnx"),
    )
    .await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("/no/such.onnx"), "{stderr}");
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
    let report: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(report["resumed"], true, "it says so");

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

#[tokio::test]
async fn an_idea_becomes_a_project_in_a_folder_says_what_it_left_out_and_is_never_overwritten() {
    let data = DataFolder::new();
    let forge = |idea: &str| {
        Launch::new(&data)
            .argument("forge")
            .argument(idea)
            .argument("--out")
            .argument(data.path().join("app"))
            .argument("--json")
    };
    let idea = "Keep my recipes with ingredients and a rating, search them. Send email reminders.";

    let (code, stdout, stderr) = output(&forge(idea)).await;
    assert_eq!(code, Some(0), "{stdout}\n{stderr}");
    let report: Value = serde_json::from_str(&stdout).expect("one JSON object");
    assert_eq!(report["not_built"][0]["asked"], "Sending mail or messages");
    let read = |name: &str| std::fs::read_to_string(data.path().join("app").join(name)).expect("a file");
    assert!(read("package-lock.json").contains("\"lockfileVersion\": 3"));
    assert!(read("src/recipes/recipe.ts").contains("Rating must be at most 5."));
    assert!(read("README.md").contains("Sending mail or messages"));

    let (code, stdout, _) = output(&forge(idea)).await;
    assert_eq!(code, Some(1));
    assert!(stdout.contains("is not empty"), "{stdout}");
    let (code, stdout, _) = output(&forge("plants").argument("--overwrite")).await;
    assert_eq!(code, Some(0), "{stdout}");
    assert!(!data.path().join("app/src/recipes").exists());

    let (code, stdout, _) = output(&forge("an app")).await;
    assert_eq!(code, Some(1));
    assert!(stdout.contains("\"questions\""), "{stdout}");
}
