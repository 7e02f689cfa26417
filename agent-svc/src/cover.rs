//! The cover of a story: an SVG drawn from the repository's own facts, the same every time, with nothing from outside.
//!
//! Languages are bands of colour, modules are discs by the size of their code, drawn over a sky for the style.

use std::fmt::Write as _;

use repo::analysis::Analysis;
use repo::analysis::model::Module;
use repo::author::Style;

mod layout;

use layout::{Layout, Spot, Words};

const SIDE: f64 = 1_200.0;
/// Modules that are drawn, where there is room.
const DISCS: usize = 16;
const BAR_TOP: f64 = 1_088.0;
const MARGIN: f64 = 84.0;
const SERIF: &str = "Georgia, 'Times New Roman', serif";
const SANS: &str = "Helvetica, Arial, sans-serif";

/// Background, second background, ink, quiet ink.
type Palette = [&'static str; 4];

fn palette(style: Style) -> Palette {
    match style {
        Style::Documentary => ["#0f1f2e", "#1d3b4f", "#f4efe4", "#a9bcc7"],
        Style::Tutorial => ["#10302b", "#1c5a4c", "#f3f7ee", "#a8cbbd"],
        Style::Podcast => ["#2b1236", "#5b2160", "#fdf1f4", "#d3aecb"],
        Style::Fiction => ["#15153a", "#3a2a6b", "#fbf3dd", "#bdb3dc"],
        Style::Technical => ["#14171c", "#2a3038", "#eef2f5", "#9aa7b4"],
    }
}

/// A square SVG of 1,200 by 1,200 units.
pub fn cover(analysis: &Analysis, title: &str, style: Style) -> String {
    let [deep, high, ink, quiet] = palette(style);
    let layout = arrange(analysis, style);
    let (cx, cy) = layout.centre;
    let mut svg = String::with_capacity(16 * 1024);
    let _ = write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="1200" viewBox="0 0 1200 1200" role="img" aria-label="{label}">
<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="{high}"/><stop offset="1" stop-color="{deep}"/></linearGradient>
<radialGradient id="glow"><stop offset="0" stop-color="{ink}" stop-opacity="0.20"/><stop offset="1" stop-color="{ink}" stop-opacity="0"/></radialGradient>
</defs>
<rect width="1200" height="1200" fill="url(#sky)"/>
<circle cx="{cx:.0}" cy="{cy:.0}" r="620" fill="url(#glow)"/>
"##,
        label = escape(title),
    );

    paths(&mut svg, &layout, ink);
    discs(&mut svg, &layout, ink);
    for text in &layout.words {
        write_text(&mut svg, text, if text.serif { ink } else { quiet });
    }

    bands(&mut svg, analysis, ink, quiet);
    svg.push_str("</svg>\n");

    svg
}

/// What stands where: the words first, then the modules in the room that is left.
fn arrange<'a>(analysis: &'a Analysis, style: Style) -> Layout<'a> {
    let mut modules: Vec<&Module> = analysis
        .modules
        .iter()
        .filter(|module| module.code_lines > 0)
        .collect();
    modules.sort_by(|a, b| b.code_lines.cmp(&a.code_lines).then_with(|| a.path.cmp(&b.path)));
    modules.truncate(DISCS);

    layout::arrange(&heading(analysis, style), &modules)
}

fn heading(analysis: &Analysis, style: Style) -> layout::Heading {
    let owner = match analysis.repo.owner.as_str() {
        "local" => String::new(),
        owner => format!(" / {}", owner.to_uppercase()),
    };
    let kind = analysis.kind.label();
    let description = tagline(analysis);

    layout::Heading {
        name: printable(&analysis.repo.name).chars().take(40).collect(),
        overline: format!("{}{owner}", style.as_str().to_uppercase()),
        // Said once: without a description it is the tagline.
        kind: description
            .as_ref()
            .map(|_| kind.to_uppercase())
            .unwrap_or_default(),
        tagline: description.unwrap_or_else(|| capitalised(kind)),
    }
}

fn tagline(analysis: &Analysis) -> Option<String> {
    let description = analysis.repo.description.as_deref()?.trim();
    let first = repo::narration::cut::sentences(description).first().copied()?;

    Some(printable(first.trim_end_matches(['.', ':'])))
}

fn capitalised(text: &str) -> String {
    let mut symbols = text.chars();
    symbols
        .next()
        .map(|first| first.to_uppercase().chain(symbols).collect())
        .unwrap_or_default()
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|symbol| if symbol.is_control() { ' ' } else { symbol })
        .collect()
}

/// A line from each module to those that it imports.
fn paths(svg: &mut String, layout: &Layout<'_>, ink: &str) {
    for from in &layout.spots {
        let used = layout
            .spots
            .iter()
            .filter(|to| from.module.depends_on.contains(&to.module.path));
        for to in used {
            let (a, b) = (&from.disc, &to.disc);
            let _ = writeln!(
                svg,
                r#"<path d="M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}" stroke="{ink}" stroke-opacity="0.22" stroke-width="2" fill="none"/>"#,
                a.x,
                a.y,
                (a.x + b.x) / 2.0 + (b.y - a.y) * 0.18,
                (a.y + b.y) / 2.0 - (b.x - a.x) * 0.18,
                b.x,
                b.y
            );
        }
    }
}

fn discs(svg: &mut String, layout: &Layout<'_>, ink: &str) {
    for (index, Spot { module, disc, name }) in layout.spots.iter().enumerate() {
        let colour = language_colour(module.languages.first().map_or("", String::as_str));
        // Neighbours of one language are told apart by a shade.
        let shade = 0.10 * (index % 3) as f64;
        let opacity = if module.role.is_product() {
            0.95 - shade
        } else {
            0.50
        };

        let _ = writeln!(
            svg,
            r#"<circle cx="{:.1}" cy="{:.1}" r="{:.1}" fill="{colour}" fill-opacity="{opacity:.2}" stroke="{ink}" stroke-opacity="0.35" stroke-width="1.5"/>"#,
            disc.x, disc.y, disc.r
        );
        write_text(svg, name, if disc.holds(name) { "#10141a" } else { ink });
    }
}

fn write_text(svg: &mut String, text: &Words, colour: &str) {
    let family = if text.serif { SERIF } else { SANS };
    let spacing = match text.spacing {
        0.0 => String::new(),
        some => format!(r#" letter-spacing="{some}""#),
    };
    let _ = writeln!(
        svg,
        r#"<text x="{:.1}" y="{:.1}" font-family="{family}" font-size="{:.0}"{spacing} text-anchor="{}" fill="{colour}">{}</text>"#,
        text.x,
        text.baseline,
        text.size,
        text.anchor.as_str(),
        escape(&text.words)
    );
}

/// The languages as one bar, each as wide as its share, named below.
fn bands(svg: &mut String, analysis: &Analysis, ink: &str, quiet: &str) {
    let width = SIDE - 2.0 * MARGIN;
    let mut x = MARGIN;
    let _ = writeln!(
        svg,
        r#"<rect x="{MARGIN}" y="{BAR_TOP}" width="{width}" height="12" rx="6" fill="{ink}" fill-opacity="0.12"/>"#
    );
    let mut label = MARGIN;

    for language in analysis.languages.iter().take(6) {
        let colour = language_colour(&language.name);
        let share = width * language.share.clamp(0.0, 1.0);
        if share < 3.0 {
            continue;
        }

        let _ = writeln!(
            svg,
            r#"<rect x="{x:.1}" y="{BAR_TOP}" width="{share:.1}" height="12" rx="6" fill="{colour}"/>"#
        );
        x += share;

        let text = escape(&language.name);
        let room = 44.0 + language.name.chars().count() as f64 * 14.0;

        if label + room < SIDE - MARGIN {
            let _ = writeln!(
                svg,
                r#"<circle cx="{:.1}" cy="{}" r="8" fill="{colour}"/><text x="{:.1}" y="{}" font-family="Helvetica, Arial, sans-serif" font-size="24" fill="{quiet}">{text}</text>"#,
                label + 8.0,
                BAR_TOP + 46.0,
                label + 26.0,
                BAR_TOP + 54.0,
            );

            label += room;
        }
    }
}

/// A colour for a language: our own choice for the common ones, a steady one by name for the rest.
fn language_colour(name: &str) -> String {
    let known = match name {
        "Rust" => "#e0916a",
        "Python" => "#f2c76b",
        "JavaScript" => "#efe08a",
        "TypeScript" => "#7fb2e5",
        "Go" => "#7ed0dc",
        "Java" => "#e58f7b",
        "C" => "#b9c2cf",
        "C++" => "#d59ac0",
        "C#" => "#9ccf8f",
        "Ruby" => "#e2797a",
        "PHP" => "#a9a6e0",
        "Kotlin" => "#c9a0ee",
        "Swift" => "#f5a07a",
        "Shell" | "BASH" => "#a7d59a",
        "HTML" => "#f0a890",
        "CSS" => "#a3b8f0",
        "SQL" => "#d8cfa0",
        "" => "#c8ced6",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }

    let hue = name
        .bytes()
        .fold(7u32, |sum, byte| (sum * 31 + u32::from(byte)) % 360);

    format!("hsl({hue}, 55%, 74%)")
}

/// Text as XML holds it: marks escaped, what XML forbids left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }

    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use repo::testing::{empty, rich, tiny};

    #[test]
    fn the_same_repository_has_the_same_cover_and_each_style_its_own() {
        assert_eq!(
            cover(&rich(), "Title", Style::Fiction),
            cover(&rich(), "Title", Style::Fiction)
        );
        assert_ne!(
            cover(&rich(), "Title", Style::Fiction),
            cover(&rich(), "Title", Style::Technical)
        );
    }

    #[test]
    fn text_from_a_repository_cannot_become_markup() {
        let mut analysis = rich();
        analysis.repo.name = "<script>alert(1)</script>".to_owned();
        analysis.repo.description = Some("a \"b\" & <c>\u{0}\u{b}".to_owned());
        analysis.repo.owner = "</text>".to_owned();
        analysis.modules[0].name = "<x>".to_owned();
        analysis.languages[0].name = "<L>".to_owned();

        let svg = cover(&analysis, "\" onload=\"x", Style::Podcast);
        for bad in ["<script", "<c>", "<x>", "<L>", "onload=\"", "\u{0}", "\u{b}"] {
            assert!(!svg.contains(bad), "{bad:?}");
        }

        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }

    #[test]
    fn nothing_is_loaded_from_outside() {
        let svg = cover(&rich(), "Title", Style::Documentary);
        assert_eq!(svg.matches("http").count(), 1, "only the namespace");
        assert!(!svg.contains("href") && !svg.contains("<image") && !svg.contains("@import"));
    }

    /// Repositories whose names, texts and modules are hard to place.
    fn awkward() -> Vec<Analysis> {
        let named = |name: &str, description: &str, modules: &[&str]| {
            let mut analysis = rich();
            analysis.repo.name = name.to_owned();
            analysis.repo.description = Some(description.to_owned());
            let model = analysis.modules[0].clone();
            analysis.modules = modules
                .iter()
                .enumerate()
                .map(|(index, name)| Module {
                    name: (*name).to_owned(),
                    path: format!("src/{index}/{name}"),
                    code_lines: 9_000 / (index as u64 + 1).pow(2) + 1,
                    ..model.clone()
                })
                .collect();
            analysis
        };
        let many: Vec<String> = (0..60).map(|index| format!("module-number-{index}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();

        vec![
            empty(),
            tiny(),
            rich(),
            named(
                "ripgrep",
                "Recursively searches directories for a regex pattern",
                &["core", "globset", "a"],
            ),
            named(
                "ggggyyyqqqjjjppp",
                &"gyqjp ".repeat(40),
                &["an-extraordinarily-long-module-name", "x"],
            ),
            named("W", "", &["WWWWWWWWWWWW"; 20]),
            named(
                &"long-name-".repeat(12),
                "字体と文字の幅を測る道具である。とても長い説明がここに続きます",
                &many,
            ),
            named(
                "express",
                "Fast, unopinionated, minimalist web framework",
                &many[..16],
            ),
        ]
    }

    #[test]
    fn no_text_meets_another_and_no_disc_meets_a_text() {
        for analysis in awkward() {
            for style in [Style::Documentary, Style::Technical] {
                let layout = arrange(&analysis, style);
                let name = &analysis.repo.name;
                let names = layout.spots.iter().map(|spot| &spot.name);
                let texts: Vec<&Words> = layout.words.iter().chain(names).collect();

                for (index, text) in texts.iter().enumerate() {
                    let area = text.area();
                    assert!(
                        area.left >= 0.0 && area.right <= SIDE && area.bottom < BAR_TOP,
                        "{name}: {text:?} leaves the picture"
                    );
                    for other in &texts[index + 1..] {
                        assert!(!area.meets(&other.area()), "{name}: {text:?} meets {other:?}");
                    }
                }

                for (index, spot) in layout.spots.iter().enumerate() {
                    for text in &texts {
                        let own = std::ptr::eq(*text, &spot.name) && spot.disc.holds(text);
                        assert!(
                            own || !spot.disc.meets(&text.area()),
                            "{name}: the disc of {} meets {text:?}",
                            spot.module.name
                        );
                    }
                    for other in &layout.spots[index + 1..] {
                        assert!(!spot.disc.touches(&other.disc), "{name}: two discs touch");
                    }
                }
            }
        }
    }

    #[test]
    fn every_disc_has_a_name_and_the_largest_modules_are_there() {
        for analysis in awkward() {
            let layout = arrange(&analysis, Style::Podcast);
            assert!(layout.spots.iter().all(|spot| !spot.name.words.is_empty()));

            let modules = analysis
                .modules
                .iter()
                .filter(|module| module.code_lines > 0)
                .count();
            let least = modules.min(6);
            assert!(
                layout.spots.len() >= least,
                "{}: {}",
                analysis.repo.name,
                layout.spots.len()
            );
        }
    }

    #[test]
    fn the_kind_of_thing_is_said_once() {
        let mut analysis = rich();
        let kind = analysis.kind.label();
        assert!(cover(&analysis, "T", Style::Fiction).contains(&kind.to_uppercase()));

        analysis.repo.description = None;
        let svg = cover(&analysis, "T", Style::Fiction);
        assert!(!svg.contains(&kind.to_uppercase()) && svg.contains(&capitalised(kind)));
    }

    #[test]
    fn small_and_empty_repositories_have_covers_too() {
        for analysis in [empty(), tiny()] {
            let svg = cover(&analysis, "", Style::Tutorial);
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        }
    }
}
