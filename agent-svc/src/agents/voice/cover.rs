//! Draws a story's cover from the repository's own facts: its languages as bars, its months as a skyline, its numbers in
//! words. The same commit always gets the same picture. Plain SVG: no script, no link, no outside font.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::author::Style;

const SIZE: u32 = 1_000;
/// Longest line of the title, in characters, and most lines.
const LINE: usize = 22;
const LINES: usize = 4;
const LANGUAGES: usize = 5;

pub(super) fn svg(analysis: &Analysis, title: &str, style: Style) -> String {
    let hash = blake3::hash(format!("{}{}", analysis.repo.name, analysis.repo.commit).as_bytes());
    let hue = u32::from(hash.as_bytes()[0]) * 360 / 256;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIZE} {SIZE}\" role=\"img\" aria-label=\"{}\">\n\
         <defs><linearGradient id=\"sky\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\">\
         <stop offset=\"0\" stop-color=\"hsl({hue},45%,22%)\"/><stop offset=\"1\" stop-color=\"hsl({},55%,12%)\"/>\
         </linearGradient></defs>\n<rect width=\"{SIZE}\" height=\"{SIZE}\" fill=\"url(#sky)\"/>\n",
        escape(title),
        (hue + 40) % 360
    );
    skyline(&mut svg, analysis, hue);
    words(&mut svg, analysis, title, style, hue);
    languages(&mut svg, analysis, hue);
    svg.push_str("</svg>\n");
    svg
}

/// One tower for each of the last twelve months, as high as its commits; without a history, one for each module.
fn skyline(svg: &mut String, analysis: &Analysis, hue: u32) {
    let heights: Vec<u64> = match &analysis.history {
        Some(history) => history.pace.iter().map(|month| month.commits).collect(),
        None => analysis
            .modules
            .iter()
            .take(12)
            .map(|module| module.code_lines)
            .collect(),
    };
    let highest = heights.iter().copied().max().unwrap_or(0).max(1) as f64;
    let width = f64::from(SIZE - 160) / heights.len().max(1) as f64;
    for (index, height) in heights.iter().enumerate() {
        let tall = 12.0 + 260.0 * (*height as f64 / highest).sqrt();
        let light = 30 + index as u32 * 24 / heights.len().max(1) as u32;
        let _ = writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\" rx=\"6\" fill=\"hsl({hue},50%,{light}%)\"/>",
            80.0 + width * index as f64,
            820.0 - tall,
            width * 0.78,
        );
    }
}

fn words(svg: &mut String, analysis: &Analysis, title: &str, style: Style, hue: u32) {
    let text = |svg: &mut String, y: u32, size: u32, weight: u32, fill: &str, words: &str| {
        let _ = writeln!(
            svg,
            "<text x=\"80\" y=\"{y}\" font-family=\"Georgia, serif\" font-size=\"{size}\" font-weight=\"{weight}\" \
             fill=\"{fill}\">{}</text>",
            escape(words)
        );
    };
    let soft = format!("hsl({hue},40%,75%)");
    text(svg, 110, 30, 400, &soft, &format!("a {style} story"));
    for (index, line) in lines(title).iter().enumerate() {
        text(svg, 190 + 82 * index as u32, 70, 700, "#ffffff", line);
    }
    let repo = &analysis.repo;
    let name = if repo.host == "local" {
        repo.name.clone()
    } else {
        format!("{}/{}", repo.owner, repo.name)
    };
    let mut facts = vec![
        name,
        format!("{} files", analysis.files_analyzed),
        format!("{} lines of code", analysis.totals.code),
    ];
    facts.extend(
        analysis
            .history
            .as_ref()
            .map(|history| format!("{} commits", history.commits)),
    );
    text(svg, 960, 28, 400, &soft, &facts.join("  ·  "));
}

/// One bar, shared by the languages by their lines of code, with their names below.
fn languages(svg: &mut String, analysis: &Analysis, hue: u32) {
    let mut x = 80.0;
    for (index, language) in analysis.languages.iter().take(LANGUAGES).enumerate() {
        let width = f64::from(SIZE - 160) * language.share.clamp(0.0, 1.0);
        let own = (hue + 60 * (index as u32 + 1)) % 360;
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"848\" width=\"{width:.1}\" height=\"18\" fill=\"hsl({own},65%,60%)\"/>"
        );
        if width > 90.0 {
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"900\" font-family=\"Georgia, serif\" font-size=\"26\" fill=\"hsl({own},65%,80%)\">{}</text>",
                escape(&language.name)
            );
        }
        x += width;
    }
}

/// The title in lines of whole words; what does not fit ends with an ellipsis.
fn lines(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in title.split_whitespace() {
        let full = lines.len() == LINES;
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) if full => {
                line.push('…');
                return lines;
            }
            _ => lines.push(word.chars().take(LINE).collect()),
        }
    }
    lines
}

/// Text for XML: its marks are escaped, and control characters, which XML can't hold, are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            symbol if symbol.is_control() || matches!(symbol, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            symbol => escaped.push(symbol),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::fixtures::{empty, rich, tiny};

    #[test]
    fn a_cover_is_well_formed_whatever_the_repository_and_title() {
        for analysis in [rich(), tiny(), empty()] {
            for title in [
                "A plain title",
                "",
                "<script>&\"'\u{0}\u{7}",
                &"word ".repeat(90),
                &"w".repeat(300),
            ] {
                let svg = svg(&analysis, title, Style::Fiction);
                let mut reader = quick_xml::Reader::from_str(&svg);
                let mut elements = 0;
                loop {
                    match reader.read_event().expect("well-formed") {
                        quick_xml::events::Event::Eof => break,
                        quick_xml::events::Event::Start(_) => elements += 1,
                        _ => {}
                    }
                }
                assert!(elements >= 4, "{svg}");
                assert!(
                    !svg.contains("<script") && !svg.contains("href") && !svg.contains("NaN"),
                    "{svg}"
                );
            }
        }
    }

    #[test]
    fn the_same_commit_gets_the_same_cover_and_another_one_another() {
        let first = svg(&rich(), "Title", Style::Podcast);
        assert_eq!(first, svg(&rich(), "Title", Style::Podcast));
        let mut other = rich();
        other.repo.commit = "0000".to_owned();
        assert_ne!(first, svg(&other, "Title", Style::Podcast));
    }
}
