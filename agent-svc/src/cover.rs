//! The cover of a story: an SVG drawn from the repository's own facts, the same every time, with nothing from outside.
//!
//! Languages are bands of colour, modules are discs by the size of their code, drawn over a sky for the style.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use repo::analysis::Analysis;
use repo::analysis::model::Module;
use repo::author::Style;

const SIDE: f64 = 1_200.0;
/// Where the modules' discs gather.
const CENTRE: (f64, f64) = (740.0, 470.0);
const DISCS: usize = 22;
const BAR_TOP: f64 = 1_088.0;
const MARGIN: f64 = 84.0;

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
    let mut svg = String::with_capacity(16 * 1024);
    let _ = write!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="1200" viewBox="0 0 1200 1200" role="img" aria-label="{label}">
<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="{high}"/><stop offset="1" stop-color="{deep}"/></linearGradient>
<radialGradient id="glow"><stop offset="0" stop-color="{ink}" stop-opacity="0.20"/><stop offset="1" stop-color="{ink}" stop-opacity="0"/></radialGradient>
<linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{deep}" stop-opacity="0"/><stop offset="0.45" stop-color="{deep}" stop-opacity="0.94"/><stop offset="1" stop-color="{deep}"/></linearGradient>
</defs>
<rect width="1200" height="1200" fill="url(#sky)"/>
<circle cx="{cx}" cy="{cy}" r="620" fill="url(#glow)"/>
"##,
        label = escape(title),
        cx = CENTRE.0,
        cy = CENTRE.1,
    );

    discs(&mut svg, analysis, ink);

    let _ = writeln!(
        svg,
        r#"<rect y="690" width="1200" height="510" fill="url(#ground)"/>"#
    );
    words(&mut svg, analysis, style, ink, quiet);
    bands(&mut svg, analysis, ink, quiet);
    svg.push_str("</svg>\n");

    svg
}

/// A disc for each module, the largest in the middle, the others packed around it, joined where one imports another.
fn discs(svg: &mut String, analysis: &Analysis, ink: &str) {
    let mut modules: Vec<&Module> = analysis
        .modules
        .iter()
        .filter(|module| module.code_lines > 0)
        .collect();
    modules.sort_by(|a, b| b.code_lines.cmp(&a.code_lines).then_with(|| a.path.cmp(&b.path)));
    modules.truncate(DISCS);

    let placed = pack(
        &modules
            .iter()
            .map(|module| module.code_lines as f64)
            .collect::<Vec<_>>(),
    );
    for (module, from) in modules.iter().zip(&placed) {
        for path in &module.depends_on {
            let Some(to) = modules
                .iter()
                .position(|other| other.path == *path)
                .map(|at| &placed[at])
            else {
                continue;
            };

            let _ = writeln!(
                svg,
                r#"<path d="M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}" stroke="{ink}" stroke-opacity="0.22" stroke-width="2" fill="none"/>"#,
                from.x,
                from.y,
                (from.x + to.x) / 2.0 + (to.y - from.y) * 0.18,
                (from.y + to.y) / 2.0 - (to.x - from.x) * 0.18,
                to.x,
                to.y
            );
        }
    }

    for (index, (module, disc)) in modules.iter().zip(&placed).enumerate() {
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
        name_disc(svg, module, disc);
    }
}

fn name_disc(svg: &mut String, module: &Module, disc: &Disc) {
    let size = (disc.r * 0.34).min(34.0);
    let letters = (disc.r * 1.75 / (size * 0.56)) as usize;
    let name: String = module.name.chars().filter(|c| !c.is_control()).collect();
    if size < 14.0 || name.chars().count() > letters {
        return;
    }

    let _ = writeln!(
        svg,
        r##"<text x="{:.1}" y="{:.1}" font-family="Georgia, 'Times New Roman', serif" font-size="{size:.0}" fill="#10141a" fill-opacity="0.82" text-anchor="middle">{}</text>"##,
        disc.x,
        disc.y + size * 0.33,
        escape(&name)
    );
}

struct Disc {
    x: f64,
    y: f64,
    r: f64,
}

/// Discs whose areas are as the sizes, each as near to the centre as it fits without touching another.
fn pack(sizes: &[f64]) -> Vec<Disc> {
    let roots: f64 = sizes.iter().map(|size| size.max(1.0)).sum();
    // Together they cover about a fifth of the picture; a lone module still leaves room.
    let scale = (SIDE * SIDE * 0.20 / (std::f64::consts::PI * roots.max(1.0))).sqrt();
    let mut placed: Vec<Disc> = Vec::with_capacity(sizes.len());
    for size in sizes {
        let r = (size.max(1.0).sqrt() * scale).clamp(13.0, 210.0);
        placed.push(place(&placed, r));
    }

    placed
}

fn place(placed: &[Disc], r: f64) -> Disc {
    let free = |x: f64, y: f64| {
        placed
            .iter()
            .all(|disc| (disc.x - x).hypot(disc.y - y) > disc.r + r + 7.0)
    };
    for step in 0..4_000 {
        // A sunflower spiral: every direction in turn, slowly outwards.
        let angle = f64::from(step) * TAU * 0.381_966;
        let reach = f64::from(step).sqrt() * 9.0;
        let (x, y) = (
            CENTRE.0 + reach * angle.cos() * 1.08,
            CENTRE.1 + reach * angle.sin() * 0.86,
        );

        if free(x, y) {
            return Disc { x, y, r };
        }
    }

    Disc {
        x: CENTRE.0,
        y: -SIDE,
        r,
    }
}

/// Name, tagline and the small print.
fn words(svg: &mut String, analysis: &Analysis, style: Style, ink: &str, quiet: &str) {
    let name = analysis
        .repo
        .name
        .chars()
        .filter(|c| !c.is_control())
        .take(40)
        .collect::<String>();
    let length = name.chars().count().max(1) as f64;
    let size = ((SIDE - 2.0 * MARGIN) / (length * 0.56)).clamp(44.0, 150.0);
    let tagline = lines(&tagline(analysis), 58, 2);
    let first = 1_030.0 - 44.0 * tagline.len() as f64;
    let serif = "font-family=\"Georgia, 'Times New Roman', serif\"";
    let sans = "font-family=\"Helvetica, Arial, sans-serif\"";
    let _ = writeln!(
        svg,
        r#"<text x="{MARGIN}" y="{:.0}" {serif} font-size="{size:.0}" fill="{ink}">{}</text>"#,
        first - 34.0,
        escape(&name)
    );

    for (index, line) in tagline.iter().enumerate() {
        let y = first + 18.0 + 44.0 * index as f64;
        let _ = writeln!(
            svg,
            r#"<text x="{MARGIN}" y="{y:.0}" {sans} font-size="33" fill="{quiet}">{}</text>"#,
            escape(line)
        );
    }

    let _ = writeln!(
        svg,
        r#"<text x="{MARGIN}" y="104" {sans} font-size="25" letter-spacing="6" fill="{quiet}">{}</text>"#,
        escape(
            &format!(
                "{} / {}",
                style.as_str().to_uppercase(),
                analysis.repo.owner.to_uppercase()
            )
            .chars()
            .take(52)
            .collect::<String>()
        )
    );
}

fn tagline(analysis: &Analysis) -> String {
    match &analysis.repo.description {
        Some(description) if !description.trim().is_empty() => {
            let first = repo::narration::cut::sentences(description.trim())
                .first()
                .map(|first| (*first).to_owned());
            first.unwrap_or_default().trim_end_matches(['.', ':']).to_owned()
        }
        _ => {
            let kind = analysis.kind.label();
            let mut symbols = kind.chars();
            symbols
                .next()
                .map(|first| first.to_uppercase().chain(symbols).collect())
                .unwrap_or_default()
        }
    }
}

/// At most `most` lines of about `width` letters, the last with an ellipsis when something was left out.
fn lines(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    for word in text.split_whitespace() {
        let word: String = word.chars().take(width).collect();
        let last = lines.last_mut().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            if lines.len() == most {
                if let Some(line) = lines.last_mut() {
                    line.push('…');
                }
                return lines;
            }
            lines.push(String::new());
        }

        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }

    lines
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

    #[test]
    fn discs_do_not_touch() {
        let sizes: Vec<f64> = (1..=22).map(|i| 4_000.0 / f64::from(i)).collect();
        let discs = pack(&sizes);
        for (i, a) in discs.iter().enumerate() {
            for b in &discs[i + 1..] {
                assert!((a.x - b.x).hypot(a.y - b.y) > a.r + b.r, "two discs touch");
            }
        }
    }

    #[test]
    fn small_and_empty_repositories_have_covers_too() {
        for analysis in [empty(), tiny()] {
            let svg = cover(&analysis, "", Style::Tutorial);
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        }
    }
}
