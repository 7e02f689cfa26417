//! Where everything on a cover stands. Words have their boxes first; each module's disc then goes to the free place
//! nearest to the middle, its name in it or below it. What finds no place is not drawn.

use std::f64::consts::{PI, TAU};

use repo::analysis::model::Module;

use super::{BAR_TOP, MARGIN, SIDE};

/// Between any two things.
const GAP: f64 = 8.0;
/// Of the smallest and the largest disc.
const RADII: (f64, f64) = (14.0, 200.0);
/// Of names in and below discs.
const NAME_SIZES: (f64, f64) = (15.0, 34.0);
/// Letters of a name on a disc.
const NAME_LETTERS: usize = 20;
/// Sizes of the words.
const TITLE_SIZES: (f64, f64) = (40.0, 150.0);
const TAGLINE_SIZE: f64 = 33.0;
const TAGLINE_LINES: usize = 2;
const OVERLINE_SIZE: f64 = 25.0;
const OVERLINE_BASELINE: f64 = 104.0;
/// Shares of a font's size above and below its baseline, of the fonts that are asked for and of what stands in for them.
const ASCENT: f64 = 0.80;
const DESCENT: f64 = 0.26;

/// The words of a cover.
pub(super) struct Heading {
    pub(super) name: String,
    pub(super) overline: String,
    pub(super) kind: String,
    pub(super) tagline: String,
}

#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// Of the room for the discs.
    pub(super) centre: (f64, f64),
    pub(super) words: Vec<Words>,
    pub(super) spots: Vec<Spot<'a>>,
}

/// A module on the picture.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub(super) module: &'a Module,
    pub(super) disc: Disc,
    pub(super) name: Words,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Disc {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) r: f64,
}

impl Disc {
    pub(super) fn touches(&self, other: &Self) -> bool {
        (self.x - other.x).hypot(self.y - other.y) <= self.r + other.r
    }

    pub(super) fn meets(&self, area: &Area) -> bool {
        let x = self.x.clamp(area.left, area.right);
        let y = self.y.clamp(area.top, area.bottom);
        (self.x - x).hypot(self.y - y) < self.r
    }

    /// Whether the whole text is inside.
    pub(super) fn holds(&self, text: &Words) -> bool {
        let area = text.area();
        let corners = [
            (area.left, area.top),
            (area.right, area.top),
            (area.left, area.bottom),
            (area.right, area.bottom),
        ];
        corners
            .iter()
            .all(|(x, y)| (self.x - x).hypot(self.y - y) <= self.r)
    }

    fn grown(self, by: f64) -> Self {
        Self {
            r: self.r + by,
            ..self
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

#[derive(Debug)]
pub(super) struct Words {
    pub(super) words: String,
    pub(super) x: f64,
    pub(super) baseline: f64,
    pub(super) size: f64,
    /// Added after each letter.
    pub(super) spacing: f64,
    pub(super) anchor: Anchor,
    pub(super) serif: bool,
}

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn grown(self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    fn contains(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

impl Words {
    /// What its letters may cover, whatever they are.
    pub(super) fn area(&self) -> Area {
        let width = width(&self.words, self.size) + self.spacing * self.words.chars().count() as f64;
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };

        Area {
            left,
            top: self.baseline - self.size * ASCENT,
            right: left + width,
            bottom: self.baseline + self.size * DESCENT,
        }
    }
}

/// An upper estimate of how wide a text is: nobody knows which font will draw it.
fn width(text: &str, size: f64) -> f64 {
    let share = |symbol: char| match symbol {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.34,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
        symbol if symbol.is_uppercase() => 0.76,
        symbol if symbol.is_ascii() => 0.60,
        '\u{2e80}'.. => 1.05,
        _ => 0.70,
    };

    text.chars().map(share).sum::<f64>() * size
}

pub(super) fn arrange<'a>(heading: &Heading, modules: &[&'a Module]) -> Layout<'a> {
    let words = write_words(heading);
    let top = OVERLINE_BASELINE + OVERLINE_SIZE * DESCENT + GAP;
    let bottom = words
        .iter()
        .filter(|text| text.baseline > OVERLINE_BASELINE)
        .map(|text| text.area().top)
        .fold(BAR_TOP, f64::min);
    let room = Area {
        left: MARGIN / 2.0,
        top,
        right: SIDE - MARGIN / 2.0,
        bottom: bottom - GAP,
    };

    let centre = (
        (room.left + room.right) / 2.0,
        f64::midpoint(room.top, room.bottom),
    );

    Layout {
        centre,
        spots: place_all(modules, &room, centre),
        words,
    }
}

/// Name, tagline, and the small print above, each with its own room from the bottom upwards.
fn write_words(heading: &Heading) -> Vec<Words> {
    let line = SIDE - 2.0 * MARGIN;
    let mut words = Vec::new();
    let mut baseline = BAR_TOP - TAGLINE_SIZE * DESCENT - 3.0 * GAP;
    for tagline in lines(&heading.tagline, line, TAGLINE_LINES).into_iter().rev() {
        words.push(left(tagline, baseline, TAGLINE_SIZE, false));
        baseline -= TAGLINE_SIZE * (ASCENT + DESCENT) + 2.0 * GAP;
    }

    let top = words.last().map_or(BAR_TOP - 3.0 * GAP, |text| text.area().top);
    let size = (line / width(&heading.name, 1.0).max(1.0)).clamp(TITLE_SIZES.0, TITLE_SIZES.1);
    let name = shortened(&heading.name, line / size);
    words.push(left(name, top - GAP - size * DESCENT, size, true));

    let kind = overline(&heading.kind, Anchor::End, line / 2.0);
    let left_over = line - (kind.area().right - kind.area().left) - 4.0 * GAP;
    words.push(overline(&heading.overline, Anchor::Start, left_over));
    words.push(kind);
    words.retain(|text| !text.words.is_empty());

    words
}

fn left(words: String, baseline: f64, size: f64, serif: bool) -> Words {
    Words {
        words,
        x: MARGIN,
        baseline,
        size,
        spacing: 0.0,
        anchor: Anchor::Start,
        serif,
    }
}

fn overline(words: &str, anchor: Anchor, most: f64) -> Words {
    const SPACING: f64 = 5.0;

    // The spacing is as wide as a fifth of a letter.
    let words = shortened(words, most / (OVERLINE_SIZE + SPACING / 0.6));

    Words {
        words,
        x: match anchor {
            Anchor::End => SIDE - MARGIN,
            Anchor::Start | Anchor::Middle => MARGIN,
        },
        baseline: OVERLINE_BASELINE,
        size: OVERLINE_SIZE,
        spacing: SPACING,
        anchor,
        serif: false,
    }
}

/// As much of a text as fits into so many times its size, with an ellipsis when something is left out.
fn shortened(text: &str, most: f64) -> String {
    let text = text.trim();
    if width(text, 1.0) <= most {
        return text.to_owned();
    }

    let mut kept = String::new();
    for symbol in text.chars() {
        kept.push(symbol);
        if width(&kept, 1.0) + width("…", 1.0) > most {
            kept.pop();
            break;
        }
    }

    format!("{}…", kept.trim_end())
}

/// At most `most` lines of a width, the last with an ellipsis when something was left out.
fn lines(text: &str, line: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let longer = lines.last().map(|last| format!("{last} {word}"));
        match longer.filter(|longer| width(longer, TAGLINE_SIZE) <= line) {
            Some(longer) => {
                lines.pop();
                lines.push(longer);
            }
            None if lines.len() == most => {
                let rest: Vec<&str> = std::iter::once(word).chain(words.by_ref()).collect();
                let last = lines.pop().unwrap_or_default();
                lines.push(shortened(
                    &format!("{last} {}", rest.join(" ")),
                    line / TAGLINE_SIZE,
                ));
            }
            None => lines.push(shortened(word, line / TAGLINE_SIZE)),
        }
    }

    lines
}

/// Discs with areas as the sizes of their modules, as large together as they all still find a place.
fn place_all<'a>(modules: &[&'a Module], room: &Area, centre: (f64, f64)) -> Vec<Spot<'a>> {
    let lines: f64 = modules.iter().map(|module| module.code_lines.max(1) as f64).sum();
    let space = (room.right - room.left) * (room.bottom - room.top);
    let mut best: Vec<Spot<'a>> = Vec::new();
    for share in [0.34, 0.28, 0.22, 0.16, 0.10] {
        let scale = (space * share / (PI * lines.max(1.0))).sqrt();
        let mut spots: Vec<Spot<'a>> = Vec::with_capacity(modules.len());
        for module in modules {
            let most = RADII.1.min((room.bottom - room.top) / 2.0 - GAP);
            let r = ((module.code_lines.max(1) as f64).sqrt() * scale).clamp(RADII.0, most);
            spots.extend(place(module, r, &spots, room, centre));
        }

        if spots.len() > best.len() {
            best = spots;
        }

        if best.len() == modules.len() {
            break;
        }
    }

    best
}

/// The free place nearest to the centre: a sunflower spiral, every direction in turn, slowly outwards.
fn place<'a>(
    module: &'a Module,
    r: f64,
    placed: &[Spot<'a>],
    room: &Area,
    (cx, cy): (f64, f64),
) -> Option<Spot<'a>> {
    (0..6_000).find_map(|step| {
        let angle = f64::from(step) * TAU * 0.381_966;
        let reach = f64::from(step).sqrt() * 8.0;
        let disc = Disc {
            x: cx + reach * angle.cos() * 1.25,
            y: cy + reach * angle.sin() * 0.80,
            r,
        };
        let name = name_of(module, &disc);

        is_free(&disc, &name, placed, room).then_some(Spot { module, disc, name })
    })
}

fn is_free(disc: &Disc, name: &Words, placed: &[Spot<'_>], room: &Area) -> bool {
    let area = name.area().grown(GAP / 2.0);
    let wide = disc.grown(GAP);
    let own = Area {
        left: disc.x - disc.r,
        top: disc.y - disc.r,
        right: disc.x + disc.r,
        bottom: disc.y + disc.r,
    };

    room.contains(&own)
        && room.contains(&name.area())
        && placed.iter().all(|spot| {
            let theirs = spot.name.area();
            !wide.touches(&spot.disc)
                && !wide.meets(&theirs)
                && !spot.disc.grown(GAP).meets(&area)
                && !area.meets(&theirs)
        })
}

/// The module's name: in its disc when it fits, else below.
fn name_of(module: &Module, disc: &Disc) -> Words {
    let words = super::printable(&module.name);
    let words = match words.chars().count() > NAME_LETTERS {
        true => words.chars().take(NAME_LETTERS - 1).chain(['…']).collect(),
        false => words,
    };
    let text = |size: f64, baseline: f64| Words {
        words: words.clone(),
        x: disc.x,
        baseline,
        size,
        spacing: 0.0,
        anchor: Anchor::Middle,
        serif: true,
    };

    let (smallest, largest) = NAME_SIZES;
    let sizes = (0..).map(|step| largest - f64::from(step) * 2.0);
    let inside = sizes
        .take_while(|size| *size >= smallest)
        .map(|size| text(size, disc.y + size * (ASCENT - DESCENT) / 2.0))
        .find(|text| disc.holds(text));

    inside.unwrap_or_else(|| text(smallest, disc.y + disc.r + GAP / 2.0 + smallest * ASCENT))
}
