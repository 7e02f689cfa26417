//! What people do with stock git: clone, push, pull, race, and what they are told when it can't be done.

use super::host::{Host, MemoryProject};

#[tokio::test]
async fn a_clone_has_the_history_and_passes_fsck() {
    for version in ["0", "1", "2"] {
        let host = Host::start().await;
        host.project.write(
            "Add a page",
            &[("src/main.ts", Some("export {}\n")), ("src/a/b.ts", Some("b\n"))],
        );
        host.project
            .write("Remove it", &[("src/a/b.ts", None), ("src/a.ts", Some("a\n"))]);

        let protocol = format!("protocol.version={version}");
        let done = host
            .git(&["-c", &protocol, "clone", "-q", &host.url, "work"])
            .await;
        assert!(done.worked, "{}", done.text);
        let work = host.reopen("work");

        assert_eq!(
            work.ask(&["log", "--format=%an %s"]).await,
            "Ada Remove it\nAda Add a page\nAda Create the project"
        );
        assert_eq!(
            work.ask(&["rev-parse", "HEAD"]).await,
            host.project.newest().to_string()
        );
        assert_eq!(work.ask(&["fsck", "--strict", "--full"]).await, "");
        assert_eq!(work.ask(&["branch", "--show-current"]).await, "main");
        assert_eq!(work.ask(&["status", "--porcelain"]).await, "");
        assert_eq!(
            work.ask(&["ls-files"]).await,
            ".gitignore\nREADME.md\npackage.json\nsrc/a.ts\nsrc/main.ts"
        );
    }
}

#[tokio::test]
async fn the_same_history_is_always_the_same_commits() {
    let [one, other] = [MemoryProject::new(), MemoryProject::new()];

    assert_eq!(one.newest(), other.newest());
}

#[tokio::test]
async fn a_project_without_history_is_cloned_and_takes_a_first_push() {
    let host = Host::serve(MemoryProject::default()).await;
    let work = host.clone_to("work").await;
    assert_eq!(work.ask(&["branch", "--show-current"]).await, "main");

    work.write("src/main.ts", "first\n");
    work.commit("First").await;
    work.ask(&["push", "-q", "origin", "main"]).await;

    assert_eq!(host.project.file("src/main.ts").as_deref(), Some("first\n"));
}

#[tokio::test]
async fn what_is_pushed_comes_back_under_the_names_it_was_pushed_by() {
    for version in ["0", "2"] {
        let host = Host::start().await;
        let work = host.clone_to("work").await;
        work.ask(&["config", "protocol.version", version]).await;
        work.write("src/main.ts", "one\n");
        work.commit("One").await;
        work.write("src/main.ts", "two\n");
        work.write("src/deep/er/more.css", "a {}\n");
        work.commit("Two\n\nIn more words.").await;
        work.ask(&["rm", "-q", "src/deep/er/more.css"]).await;
        work.commit("Three").await;
        work.ask(&["push", "-q"]).await;

        assert_eq!(work.ask(&["pull"]).await, "Already up to date.");
        assert_eq!(
            work.ask(&["rev-parse", "HEAD"]).await,
            host.project.newest().to_string()
        );
        let steps = host.project.steps();
        let messages: Vec<_> = steps.iter().map(|(message, ..)| message.as_str()).collect();
        assert_eq!(messages, ["One", "Two\n\nIn more words.", "Three"]);
        assert!(steps.iter().all(|(_, author, _)| author == "Grace"));
        assert_eq!(steps[1].2, ["src/deep/er/more.css", "src/main.ts"]);
        assert_eq!(host.project.file("src/main.ts").as_deref(), Some("two\n"));
        assert_eq!(host.project.file("src/deep/er/more.css"), None);

        let other = host.clone_to("other").await;
        assert_eq!(other.ask(&["fsck", "--strict"]).await, "");
        assert_eq!(
            other.ask(&["log", "--format=%H"]).await,
            work.ask(&["log", "--format=%H"]).await
        );
    }
}

#[tokio::test]
async fn a_fetch_brings_only_what_is_new() {
    for version in ["0", "2"] {
        let host = Host::start().await;
        for number in 0..40 {
            let content = format!("{number}\n");
            host.project.write("Count", &[("src/count.ts", Some(&content))]);
        }
        let work = host.clone_to("work").await;
        work.ask(&["config", "protocol.version", version]).await;
        work.ask(&["config", "fetch.unpackLimit", "1000"]).await;
        // Commits that the server does not know are told to it, too.
        for _ in 0..40 {
            work.ask(&["commit", "-q", "--allow-empty", "-m", "Mine"]).await;
        }
        host.project
            .write("Count on", &[("src/count.ts", Some("more\n"))]);
        let before = count_loose(&work).await;
        work.ask(&["fetch", "-q"]).await;

        // A commit, the trees of the root and of src/, and a file.
        assert_eq!(count_loose(&work).await - before, 4);
        assert_eq!(
            work.ask(&["rev-parse", "origin/main"]).await,
            host.project.newest().to_string()
        );
        assert_eq!(work.ask(&["fsck", "--strict"]).await, "");
    }
}

async fn count_loose(work: &super::host::Clone) -> usize {
    let counted = work.ask(&["count-objects"]).await;

    counted
        .split(' ')
        .next()
        .and_then(|count| count.parse().ok())
        .expect("a number of objects")
}

#[tokio::test]
async fn a_history_can_be_cut_deepened_and_made_whole() {
    for version in ["0", "2"] {
        let host = Host::start().await;
        for number in 0..9 {
            host.project
                .write("Count", &[("src/count.ts", Some(&number.to_string()))]);
        }
        let protocol = format!("protocol.version={version}");
        let done = host
            .git(&["-c", &protocol, "clone", "-q", "--depth", "1", &host.url, "work"])
            .await;
        assert!(done.worked, "{}", done.text);
        let work = host.reopen("work");
        work.ask(&["config", "protocol.version", version]).await;
        assert_eq!(work.ask(&["rev-list", "--count", "HEAD"]).await, "1");

        work.write("src/mine.ts", "mine\n");
        work.commit("From a cut history").await;
        work.ask(&["push", "-q"]).await;
        assert_eq!(host.project.file("src/mine.ts").as_deref(), Some("mine\n"));

        work.ask(&["fetch", "-q", "--depth", "4"]).await;
        assert_eq!(work.ask(&["rev-list", "--count", "HEAD"]).await, "4");
        work.ask(&["fetch", "-q", "--unshallow"]).await;
        assert_eq!(work.ask(&["rev-list", "--count", "HEAD"]).await, "11");
        assert_eq!(work.ask(&["fsck", "--strict"]).await, "");

        let refused = work.git(&["fetch", "--shallow-since=2020-01-01"]).await;
        assert!(!refused.worked);
    }
}

#[tokio::test]
async fn of_two_who_push_the_second_pulls_first() {
    let host = Host::start().await;
    let [one, two] = [host.clone_to("one").await, host.clone_to("two").await];
    one.write("src/one.ts", "1\n");
    one.commit("One").await;
    two.write("src/two.ts", "2\n");
    two.commit("Two").await;
    one.ask(&["push", "-q"]).await;

    let refused = two.refused(&[]).await;
    assert!(refused.contains("fetch first"), "{refused}");

    two.ask(&["pull", "-q", "--no-rebase", "--no-edit"]).await;
    two.ask(&["push", "-q"]).await;
    one.ask(&["pull", "-q"]).await;

    assert_eq!(host.project.file("src/two.ts").as_deref(), Some("2\n"));
    assert_eq!(
        one.ask(&["rev-parse", "HEAD"]).await,
        two.ask(&["rev-parse", "HEAD"]).await
    );
    // The merge is one step of main; what it merged is in the history of git.
    let steps = host.project.steps();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1].2, ["src/two.ts"]);
    assert_eq!(one.ask(&["rev-list", "--count", "HEAD"]).await, "4");
    assert_eq!(one.ask(&["fsck", "--strict"]).await, "");
}

#[tokio::test]
async fn pushes_at_the_same_moment_lose_nothing() {
    let host = Host::start().await;
    let [one, two] = [host.clone_to("one").await, host.clone_to("two").await];
    one.write("src/one.ts", "1\n");
    one.commit("One").await;
    two.write("src/two.ts", "2\n");
    two.commit("Two").await;

    let (first, second) = tokio::join!(one.git(&["push"]), two.git(&["push"]));

    assert_ne!(first.worked, second.worked, "{} {}", first.text, second.text);
    assert_eq!(host.project.steps().len(), 1);
}

#[tokio::test]
async fn a_rewritten_history_is_refused_also_by_force() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    work.write("src/a.ts", "a\n");
    work.commit("A").await;
    work.ask(&["push", "-q"]).await;
    let kept = host.project.newest();

    work.ask(&["commit", "-q", "--amend", "-m", "B"]).await;
    let refused = work.refused(&["--force"]).await;
    assert!(
        refused.contains("[remote rejected] main -> main (non-fast-forward)"),
        "{refused}"
    );
    work.ask(&["reset", "-q", "--hard", "HEAD~1"]).await;
    let refused = work.refused(&["--force"]).await;
    assert!(refused.contains("(non-fast-forward)"), "{refused}");

    assert_eq!(host.project.newest(), kept);
}

#[tokio::test]
async fn main_is_the_only_ref_and_stays() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    work.write("src/a.ts", "a\n");
    work.commit("A").await;
    work.ask(&["tag", "v1"]).await;

    let branch = work.refused(&["origin", "HEAD:refs/heads/other"]).await;
    assert!(branch.contains("there is no branch but main here"), "{branch}");
    let tag = work.refused(&["origin", "v1"]).await;
    assert!(tag.contains("there are no tags here"), "{tag}");
    let gone = work.refused(&["origin", ":main"]).await;
    assert!(gone.contains("main cannot be deleted"), "{gone}");

    // What can be taken of several is taken.
    let both = work.refused(&["origin", "main", "v1"]).await;
    assert!(
        both.contains("main -> main\n") && both.contains("[remote rejected] v1"),
        "{both}"
    );
    assert_eq!(host.project.file("src/a.ts").as_deref(), Some("a\n"));
}

#[tokio::test]
async fn whoever_pushes_what_cannot_be_kept_is_told_which_file_and_why() {
    let cases: [(&str, &str); 9] = [
        ("ln -s main.ts src/link.ts", "src/link.ts: a symbolic link"),
        (
            "echo x > src/run.ts && chmod +x src/run.ts",
            "src/run.ts: an executable file",
        ),
        (
            "echo x > other.ts",
            "other.ts: only what is below src/ can be pushed",
        ),
        (
            "mkdir -p .github/workflows && echo x > .github/workflows/ci.yml",
            ".github/workflows/ci.yml: only what is below src/",
        ),
        (
            "echo more >> package.json",
            "package.json: it belongs to the scaffold, which the server writes; it can't be changed",
        ),
        (
            "git rm -q README.md",
            "README.md: it belongs to the scaffold, which the server writes; it can't be removed",
        ),
        (
            "head -c 100001 /dev/zero | tr '\\0' a > src/large.ts",
            "src/large.ts: 100001 bytes; a file has at most 100000",
        ),
        (
            "printf '\\377\\376' > src/image.ts",
            "src/image.ts: not text in UTF-8",
        ),
        (
            "echo a > src/Name.ts && echo b > src/name.ts",
            "src/name.ts: another entry of this folder has the same name",
        ),
    ];

    for (script, reason) in cases {
        let host = Host::start().await;
        host.project.write("Begin", &[("src/main.ts", Some("x\n"))]);
        let kept = host.project.newest();
        let work = host.clone_to("work").await;
        work.shell(script).await;
        work.commit("Something").await;

        let refused = work.refused(&[]).await;
        assert!(
            refused.contains("[remote rejected] main -> main"),
            "{script}: {refused}"
        );
        assert!(refused.contains(reason), "{script}: {refused}");
        assert_eq!(host.project.newest(), kept);
    }
}

#[tokio::test]
async fn a_submodule_is_refused() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    let commit = work.ask(&["rev-parse", "HEAD"]).await;
    let entry = format!("160000,{commit},src/module");
    work.ask(&["update-index", "--add", "--cacheinfo", &entry]).await;
    work.ask(&["commit", "-q", "-m", "A module"]).await;

    let refused = work.refused(&[]).await;
    assert!(refused.contains("src/module: a submodule"), "{refused}");
}

#[tokio::test]
async fn several_faults_are_named_each() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    for number in 0..30 {
        work.write(&format!("other/{number}.ts"), "x\n");
    }
    work.commit("Many").await;

    let refused = work.refused(&[]).await;
    assert!(refused.contains("(30 files can't be kept here)"), "{refused}");
    assert!(
        refused.contains("remote: other/0.ts: only what is below src/"),
        "{refused}"
    );
    assert!(refused.contains("remote: … and 10 more"), "{refused}");
}

#[tokio::test]
async fn a_fault_that_a_later_commit_mends_is_still_a_fault() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    work.write("other.ts", "x\n");
    work.commit("Wrong").await;
    work.ask(&["rm", "-q", "other.ts"]).await;
    work.commit("Right").await;

    let refused = work.refused(&[]).await;
    assert!(refused.contains("other.ts: only what is below src/"), "{refused}");
}

#[tokio::test]
async fn an_object_of_100_megabytes_is_refused() {
    let host = Host::start().await;
    let work = host.clone_to("work").await;
    work.shell("mkdir -p src && head -c 104857600 /dev/zero > src/zeros.ts")
        .await;
    work.commit("Zeros").await;
    let refused = work.refused(&[]).await;
    assert!(
        refused.contains("an object of 104857600 bytes; at most 8388608 bytes"),
        "{refused}"
    );

    // What does not become smaller is larger than a pack may be.
    work.ask(&["reset", "-q", "--hard", "origin/main"]).await;
    work.shell("mkdir -p src && head -c 41943040 /dev/urandom > src/noise.ts")
        .await;
    work.commit("Noise").await;
    let refused = work.refused(&[]).await;
    assert!(
        refused.contains("the pack is larger than 33554432 bytes"),
        "{refused}"
    );
}

#[tokio::test]
async fn files_move_and_come_back_without_being_sent_again() {
    let host = Host::start().await;
    let long: String = (0..2_000).map(|number| format!("line {number}\n")).collect();
    host.project.write("Begin", &[("src/a/long.ts", Some(&long))]);
    let work = host.clone_to("work").await;
    work.ask(&["mv", "src/a", "src/b"]).await;
    work.commit("Move").await;
    work.ask(&["mv", "src/b", "src/a"]).await;
    work.commit("Back").await;
    // A delta against what only the server has.
    work.write("src/a/long.ts", format!("{long}one more\n"));
    work.commit("Change").await;
    work.ask(&["push", "-q"]).await;

    assert_eq!(
        host.project.file("src/a/long.ts"),
        Some(format!("{long}one more\n"))
    );
    assert_eq!(host.project.file("src/b/long.ts"), None);
    assert_eq!(host.clone_to("other").await.ask(&["fsck", "--strict"]).await, "");
}
