//! Words by which a sentence is about the page that it stands on, and not about the thing.

/// Sentences about the page they stand on.
pub(super) fn of_the_page(words: &[&str]) -> bool {
    const OF_THE_PAGE: [&str; 18] = [
        "below",
        "above",
        "click",
        "discord",
        "badge",
        "sponsor",
        "readme",
        "donate",
        "contributing",
        "contributions",
        "contribution",
        "slack",
        "screenshot",
        "twitter",
        "copyright",
        "here",
        "illustration",
        "changelog",
    ];
    // A "static blog generator" is a thing; "our blog" is another page.
    const OF_THINGS_TOO: [&str; 16] = [
        "newsletter",
        "mailing",
        "wiki",
        "license",
        "licence",
        "issue",
        "issues",
        "website",
        "github",
        "gif",
        "demo",
        "homepage",
        "blog",
        "post",
        "table",
        "video",
    ];
    let plain: Vec<String> = words
        .iter()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect();
    let points = |at: usize| {
        let before = at.checked_sub(1).map_or("", |before| plain[before].as_str());
        let to = [
            "on",
            "our",
            "my",
            "this",
            "see",
            "via",
            "or",
            "following",
            "at",
            "from",
            "visit",
            "github",
        ];
        let last = at + 1 == plain.len();
        to.contains(&before)
            || before == "the" && (last || plain[at] != "github")
            || before == "an" && plain[at] == "issue"
    };

    plain.iter().enumerate().any(|(at, word)| {
        // "Kiln below 2" and a library that is called click are things.
        let named = at == 0 && plain.get(1).is_some_and(|next| is_verb_of_a_thing(next));
        // "A GPL licensed mill" is one, and "it is licensed under …" is about its terms.
        let terms = word == "licensed"
            && plain
                .get(at + 1)
                .is_none_or(|next| matches!(next.as_str(), "under" | "by" | "to" | "with" | "as"));
        OF_THE_PAGE.contains(&word.as_str()) && !named || word == "documented" || terms
    }) || plain
        .iter()
        .enumerate()
        .any(|(at, word)| OF_THINGS_TOO.contains(&word.as_str()) && points(at))
}

/// "Click is …", "Discord lets …": the first word is a name.
fn is_verb_of_a_thing(word: &str) -> bool {
    [
        "is", "lets", "provides", "helps", "makes", "offers", "has", "runs", "uses", "gives",
    ]
    .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> bool {
        of_the_page(&text.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn what_a_thing_is_may_have_words_of_pages() {
        assert!(!of("kiln is a GitHub webhooks daemon"));
        assert!(!of("kiln is a static blog generator"));
        assert!(!of("Click is a package for command lines") && of("click the button on the left"));
        assert!(!of("kiln is a self-hosted newsletter and mailing list manager"));
        assert!(of("more of it is on our blog"));
        assert!(of("news come by our newsletter"));
        assert!(of("the source is on GitHub"));
        assert!(of("see the table for more"));
    }
}
