//! Words by which a sentence is about the page that it stands on, and not about the thing.

/// Sentences about the page they stand on.
pub(super) fn of_the_page(words: &[&str]) -> bool {
    const OF_THE_PAGE: [&str; 36] = [
        "below",
        "above",
        "click",
        "discord",
        "badge",
        "sponsor",
        "readme",
        "wiki",
        "donate",
        "contributing",
        "contributions",
        "contribution",
        "license",
        "licence",
        "licensed",
        "issue",
        "issues",
        "slack",
        "website",
        "screenshot",
        "github",
        "changelog",
        "gif",
        "demo",
        "homepage",
        "blog",
        "twitter",
        "copyright",
        "mailing",
        "documented",
        "post",
        "here",
        "illustration",
        "table",
        "video",
        "newsletter",
    ];
    words.iter().any(|word| {
        OF_THE_PAGE.contains(
            &word
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
                .as_str(),
        )
    })
}
