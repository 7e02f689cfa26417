//! The story as text: Markdown to read, WebVTT to show while it plays. Never changes a word of the narration.

use std::fmt::Write as _;

use repo::narration::cut;

/// One chapter as it was spoken.
#[derive(Debug, Clone)]
pub struct SpokenChapter {
    pub title: String,
    /// The pieces in order, each with its real length.
    pub chunks: Vec<SpokenChunk>,
    /// Files that the chapter speaks of.
    pub files: Vec<String>,
    /// Where the chapter begins in the whole audio, in seconds.
    pub start: f64,
}

/// One spoken piece of text.
#[derive(Debug, Clone)]
pub struct SpokenChunk {
    pub text: String,
    /// Seconds of audio.
    pub seconds: f64,
    /// When each sentence begins, in seconds from the start of the piece; empty when the voice does not tell.
    pub sentence_starts: Vec<f64>,
    /// Who says it, when two people talk.
    pub speaker: Option<&'static str>,
}

/// The transcript as Markdown, each chapter under its title and start time.
pub fn markdown(title: &str, summary: &str, chapters: &[SpokenChapter]) -> String {
    let mut text = format!("# {}\n\n", escape(title));
    if !summary.is_empty() {
        let _ = writeln!(text, "{}\n", escape(summary));
    }

    for chapter in chapters {
        let _ = writeln!(
            text,
            "## {} ({})\n",
            escape(&chapter.title),
            clock(chapter.start, false)
        );
        let mut before = None;
        for chunk in &chapter.chunks {
            // Said once, where somebody begins to speak.
            let mut name = chunk.speaker.filter(|_| chunk.speaker != before);
            before = chunk.speaker;
            for paragraph in cut::paragraphs(&chunk.text) {
                let who = name
                    .take()
                    .map_or_else(String::new, |name| format!("**{name}:** "));
                let _ = writeln!(text, "{who}{}\n", escape(paragraph));
            }
        }

        if !chapter.files.is_empty() {
            let files: Vec<String> = chapter.files.iter().map(|file| code(file)).collect();
            let _ = writeln!(text, "Files: {}\n", files.join(", "));
        }
    }

    text
}

/// The transcript as WebVTT: one cue for each sentence, from where it begins to where the next one does.
pub fn webvtt(title: &str, chapters: &[SpokenChapter]) -> String {
    let mut text = format!("WEBVTT - {}\n\n", cue(title));
    let mut number = 1;
    for chapter in chapters {
        let _ = writeln!(text, "NOTE {}\n", cue(&chapter.title));
        let mut start = chapter.start;

        for chunk in &chapter.chunks {
            // A voice span (WebVTT, section 4.2.2).
            let who = chunk
                .speaker
                .map_or_else(String::new, |name| format!("<v {name}>"));
            for (from, to, sentence) in sentence_times(chunk, start) {
                let _ = writeln!(
                    text,
                    "{number}\n{} --> {}\n{who}{}\n",
                    clock(from, true),
                    clock(to, true),
                    cue(sentence)
                );
                number += 1;
            }

            start += chunk.seconds;
        }
    }

    text
}

/// Start, end and text of each sentence of a piece that begins at `start`.
fn sentence_times(chunk: &SpokenChunk, start: f64) -> Vec<(f64, f64, &str)> {
    let sentences: Vec<&str> = cut::paragraphs(&chunk.text)
        .into_iter()
        .flat_map(cut::sentences)
        .collect();
    let starts = match chunk.sentence_starts.len() == sentences.len() {
        true => chunk.sentence_starts.clone(),
        false => shared_out(chunk.seconds, &sentences),
    };
    let ends = starts.iter().copied().skip(1).chain([chunk.seconds]);

    let times = starts.iter().copied().zip(ends).zip(sentences);
    times
        .map(|((from, to), sentence)| (start + from, start + to, sentence))
        .collect()
}

/// Where a voice does not tell when sentences begin: by their share of the characters.
fn shared_out(seconds: f64, sentences: &[&str]) -> Vec<f64> {
    let length = |sentence: &&str| sentence.chars().count();
    let total: usize = sentences.iter().map(length).sum();
    let mut said = 0;
    let starts = sentences.iter().map(|sentence| {
        let start = seconds * said as f64 / total.max(1) as f64;
        said += length(sentence);
        start
    });

    starts.collect()
}

/// `m:ss` for readers, `hh:mm:ss.mmm` for WebVTT.
fn clock(seconds: f64, exact: bool) -> String {
    let millis = (seconds.max(0.0) * 1_000.0).round() as u64;
    let (hours, minutes, rest) = (millis / 3_600_000, millis / 60_000 % 60, millis % 60_000);
    if exact {
        format!("{hours:02}:{minutes:02}:{:02}.{:03}", rest / 1_000, rest % 1_000)
    } else {
        format!("{}:{:02}", hours * 60 + minutes, rest / 1_000)
    }
}

/// A cue may not hold `-->`, markup or a blank line (WebVTT, section 3).
fn cue(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A file name as inline code, whatever backticks it holds.
fn code(file: &str) -> String {
    let fence = if file.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", file.replace(['\n', '\r'], " "))
}

/// Words stay words: Markdown's own marks in a narration are escaped.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        if matches!(symbol, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            escaped.push('\\');
        }
        escaped.push(symbol);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story() -> Vec<SpokenChapter> {
        let chunk = |text: &str, seconds| SpokenChunk {
            text: text.to_owned(),
            seconds,
            sentence_starts: Vec::new(),
            speaker: None,
        };

        vec![
            SpokenChapter {
                title: "The door".to_owned(),
                chunks: vec![
                    chunk("Ten letter. Ten letter.", 4.0),
                    chunk("More <b> here.", 2.5),
                ],
                files: vec!["src/lib.rs".to_owned()],
                start: 0.0,
            },
            SpokenChapter {
                title: "The end".to_owned(),
                chunks: vec![chunk("One.\n\nTwo.", 61.0)],
                files: vec![],
                start: 3_600.5,
            },
        ]
    }

    #[test]
    fn cues_follow_each_other_and_end_with_the_audio() {
        expect_test::expect![[r"
            WEBVTT - A story

            NOTE The door

            1
            00:00:00.000 --> 00:00:02.000
            Ten letter.

            2
            00:00:02.000 --> 00:00:04.000
            Ten letter.

            3
            00:00:04.000 --> 00:00:06.500
            More &lt;b&gt; here.

            NOTE The end

            4
            01:00:00.500 --> 01:00:31.000
            One.

            5
            01:00:31.000 --> 01:01:01.500
            Two.

        "]]
        .assert_eq(&webvtt("A story", &story()));
    }

    #[test]
    fn cues_begin_where_the_voice_says_that_sentences_do() {
        let mut told = story();
        told.truncate(1);
        told[0].chunks[0].sentence_starts = vec![0.025, 3.1];
        told[0].chunks[1].sentence_starts = vec![0.025];

        let captions = webvtt("A story", &told);
        for cue in [
            "00:00:00.025 --> 00:00:03.100\nTen letter.",
            "00:00:03.100 --> 00:00:04.000\nTen letter.",
            "00:00:04.025 --> 00:00:06.500\nMore",
        ] {
            assert!(captions.contains(cue), "{cue:?} is not in {captions}");
        }
    }

    #[test]
    fn of_two_who_talk_each_is_named_where_they_begin() {
        let mut talk = story();
        talk.truncate(1);
        let again = talk[0].chunks[1].clone();
        talk[0].chunks.push(again);
        for (chunk, name) in talk[0].chunks.iter_mut().zip(["Rachel", "Antoni", "Antoni"]) {
            chunk.speaker = Some(name);
        }

        let text = markdown("A talk", "", &talk);
        assert_eq!(text.matches("**Rachel:** Ten letter.").count(), 1, "{text}");
        assert_eq!(text.matches("**Antoni:** ").count(), 1, "{text}");
        assert_eq!(webvtt("A talk", &talk).matches("<v Antoni>More").count(), 2);
    }

    #[test]
    fn markdown_has_titles_times_text_and_files() {
        expect_test::expect![[r"
            # A story

            In \*short\*.

            ## The door (0:00)

            Ten letter. Ten letter.

            More \<b\> here.

            Files: `src/lib.rs`

            ## The end (60:00)

            One.

            Two.

        "]]
        .assert_eq(&markdown("A story", "In *short*.", &story()));
    }
}
