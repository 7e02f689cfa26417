//! In which language people wrote a text. By its small words where there are any, by its letters (whatlang) otherwise.

use whatlang::{Lang, Script};

/// Small words of English; a text of a few lines has some of them.
const ENGLISH: &[&str] = &[
    "the", "a", "an", "is", "are", "to", "of", "and", "or", "for", "in", "with", "it", "that", "this", "on",
    "you", "by", "from", "into", "every", "any", "without", "between", "who", "which", "your", "be", "can",
    "as", "at", "its", "we", "how", "not", "when", "all", "one", "written", "has", "have", "using", "use",
    "but", "if",
];

/// Small words of its neighbours that are no English ones.
const OTHERS: &[&str] = &[
    "der", "das", "und", "ist", "nicht", "ein", "eine", "einen", "mit", "für", "von", "den", "dem", "auf",
    "zu", "wird", "le", "les", "est", "une", "et", "pour", "dans", "avec", "qui", "du", "aux", "sur",
    "chaque", "el", "los", "las", "una", "para", "que", "por", "del", "es", "il", "gli", "che", "di", "è",
    "della", "het", "een", "van", "voor", "met", "os", "um", "uma", "não", "você", "jest", "oraz", "się",
    "och", "att", "det", "som", "av", "og", "til", "ja", "ve", "bir", "için", "je", "že", "és", "y", "e",
    "och", "på",
];

/// Whether a text is English. A text without any small word is, unless its letters say otherwise.
pub fn is_english(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    if latin * 10 < letters * 7 {
        return false;
    }

    let (mut english, mut other, mut all) = (0usize, 0usize, 0usize);
    for word in text.split_whitespace().take(300) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        all += 1;
        english += usize::from(ENGLISH.contains(&word.as_str()));
        other += usize::from(OTHERS.contains(&word.as_str()));
    }

    if english + other > 0 && (english > other || english < other) {
        return english > other;
    }

    let guess = whatlang::detect(text);
    let foreign = guess.is_some_and(|guess| guess.lang() != Lang::Eng && guess.is_reliable());

    all < 8 && latin == letters || !foreign && latin * 20 >= letters * 19
}

/// The English name of the language of a text, when that is not English ("Russian"); `None` also for texts that are too
/// short to tell.
pub(crate) fn foreign(text: &str) -> Option<String> {
    if text.chars().filter(|c| c.is_alphabetic()).count() < 12 || is_english(text) {
        return None;
    }

    let guess = whatlang::detect(text)?;
    let name = match (guess.lang(), guess.script()) {
        (Lang::Eng, _) => return None,
        (Lang::Cmn, _) | (_, Script::Mandarin) => "Chinese",
        (Lang::Pes, _) => "Persian",
        (lang, _) => lang.eng_name(),
    };

    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_of_few_small_words_are_still_english() {
        for text in [
            "Kingfisher keeps small ledgers and writes every change into one journal.",
            "Kingfisher converts harbour tables between formats without losing any boats.",
            "Minimal ledger library without dependencies, written by harbour people who count boats.",
            "Fast ledgers for small harbours.",
            "Naïve ledgers for the café, the façade and the pier.",
            "Simple command line ledger",
        ] {
            assert!(is_english(text), "{text}");
            assert_eq!(foreign(text), None, "{text}");
        }
    }

    #[test]
    fn other_languages_are_named() {
        for (language, text) in [
            (
                "Russian",
                "Зимородок ведёт небольшие книги учёта и записывает каждое изменение в один журнал.",
            ),
            (
                "Chinese",
                "翠鸟保存小型账本，并把每次更改写入一个日志。每天晚上都会打印总数。",
            ),
            ("Arabic", "يحتفظ الرفراف بدفاتر صغيرة ويكتب كل تغيير في سجل واحد."),
            (
                "Japanese",
                "カワセミは小さな台帳をつけ、すべての変更を一つの日誌に書きます。",
            ),
            (
                "Korean",
                "물총새는 작은 장부를 보관하고 모든 변경 사항을 하나의 일지에 기록합니다.",
            ),
            (
                "French",
                "Le martin-pêcheur tient de petits livres et note chaque changement dans un seul journal.",
            ),
            (
                "German",
                "Der Eisvogel führt kleine Bücher und schreibt jede Änderung in ein einziges Journal.",
            ),
            (
                "Spanish",
                "El martín pescador guarda pequeños libros y escribe cada cambio en un solo diario.",
            ),
            (
                "Portuguese",
                "O guarda-rios mantém pequenos livros e escreve cada mudança em um único diário para você.",
            ),
        ] {
            assert!(!is_english(text), "{text}");
            assert_eq!(foreign(text).as_deref(), Some(language), "{text}");
        }
    }
}
