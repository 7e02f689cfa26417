//! The page at `/` and GraphiQL: their files, their policies, and that they ask no other host.

use super::harness::{Answer, Door};
use crate::Exposure;

/// What is quoted after each `src=`, `href=` and `from` in a file.
fn references(text: &str) -> Vec<String> {
    let marks = ["src=\"", "href=\"", "from \"", "import(\""];
    let quoted = |mark: &'static str| {
        text.split(mark)
            .skip(1)
            .filter_map(|rest| rest.split('"').next().map(str::to_owned))
    };
    marks.into_iter().flat_map(quoted).collect()
}

#[tokio::test]
async fn the_page_and_each_file_that_it_names_are_served() {
    let door = Door::open().await;
    let page = door.get("/").await;

    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");

    let mut waiting: Vec<String> = references(&page.text());
    let mut seen = vec!["/docs".to_owned(), "/graphiql".to_owned()];
    while let Some(reference) = waiting.pop() {
        if reference.starts_with('#') || seen.contains(&reference) {
            continue;
        }

        let path = reference.replacen("./", "/page/", 1);
        assert!(
            path.starts_with("/page/"),
            "{reference} is one of the page's files"
        );

        let file = door.get(&path).await;
        assert_eq!(file.status, 200, "{path}");

        if path.ends_with(".js") {
            assert_eq!(file.header("content-type"), "text/javascript; charset=utf-8");
            waiting.extend(
                references(&file.text())
                    .into_iter()
                    .filter(|name| name.ends_with(".js")),
            );
        }

        seen.push(reference);
    }

    assert!(seen.len() > 12, "{seen:?}");
}

#[tokio::test]
async fn the_page_allows_nothing_inline_and_nothing_from_elsewhere() {
    let door = Door::open().await;
    let page = door.get("/").await;
    let policy = page.header("content-security-policy");

    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!policy.contains("http"), "{policy}");

    let text = page.text();
    for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
        assert!(!text.contains(inline), "{inline}");
    }

    assert_eq!(
        text.matches("<script").count(),
        text.matches("<script src=").count() + 1
    );
    assert!(text.contains("<script type=\"module\" src="));
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_told_so() {
    let door = Door::open().await;
    let tag = door.get("/page/style.css").await.header("etag").to_owned();
    let again = door
        .http
        .get(door.url("/page/style.css"))
        .header("if-none-match", tag);
    assert_eq!(Answer::of(again).await.status, 304);
}

#[tokio::test]
async fn other_names_under_the_pages_folders_are_not_found() {
    let door = Door::open().await;
    for path in [
        "/page/index.rs",
        "/page/..%2fpage.rs",
        "/page/%ff",
        "/graphiql/nothing.js",
        "/page/",
    ] {
        assert_eq!(door.get(path).await.refusal(), "404 RESOURCE_NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn graphiql_runs_only_scripts_that_it_may() {
    let door = Door::open().await;
    let page = door.get("/graphiql").await;

    assert_eq!(page.status, 200);

    let policy = page.header("content-security-policy").to_owned();
    let scripts = policy
        .split("; ")
        .find(|part| part.starts_with("script-src"))
        .expect("a rule");

    assert!(!scripts.contains("unsafe"), "{scripts}");

    for reference in references(&page.text()) {
        assert_eq!(door.get(&reference).await.status, 200, "{reference}");
    }
}

#[tokio::test]
async fn graphiql_is_there_for_whom_the_configuration_says() {
    for (exposure, development, status) in [
        (Exposure::Auto, true, 200),
        (Exposure::Auto, false, 404),
        (Exposure::On, false, 200),
        (Exposure::Off, true, 404),
    ] {
        let door = Door::open_as(development, |config| config.graphql.graphiql = exposure).await;
        for path in ["/graphiql"] {
            let answer = door.get(path).await;
            assert_eq!(answer.status, status, "{exposure:?} {development} {path}");
        }
    }
}

#[test]
fn our_own_explorer_names_only_its_own_files_and_nothing_inline() {
    let (policy, files) = crate::read_own_explorer();

    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert!(policy.contains("trusted-types 'none'"), "{policy}");

    for (name, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        for inline in [
            "<style",
            " style=",
            " onclick=",
            "javascript:",
            "innerHTML",
            "https://",
        ] {
            assert!(!text.contains(inline), "{inline} in {name}");
        }

        let inside = [
            "/page/icon.svg",
            "/page/theme.js",
            "/docs",
            "/",
            "/graphql/schema.graphql",
        ];
        for reference in references(&text) {
            let own = reference
                .trim_start_matches("/graphiql/")
                .trim_start_matches("./");
            let known = files.iter().any(|(name, _)| *name == own) || inside.contains(&reference.as_str());
            assert!(known || reference.starts_with('#'), "{name} names {reference}");
        }
    }
}

#[tokio::test]
async fn the_schema_is_text_for_whom_introspection_is_open() {
    for (exposure, status) in [(Exposure::On, 200), (Exposure::Off, 404)] {
        let door = Door::open_as(true, |config| config.graphql.introspection = exposure).await;
        let answer = door.get("/graphql/schema.graphql").await;

        assert_eq!(answer.status, status, "{exposure:?}");
        assert_eq!(
            answer.text().contains("type Query"),
            status == 200,
            "{exposure:?}"
        );
    }
}

#[tokio::test]
async fn the_page_opens_links_of_mails_too() {
    let door = Door::open().await;
    let page = door.get("/confirm").await;

    assert_eq!(page.status, 200);
    for reference in references(&page.text())
        .into_iter()
        .filter(|name| name.starts_with("/page/"))
    {
        assert_eq!(door.get(&reference).await.status, 200, "{reference}");
    }
}
