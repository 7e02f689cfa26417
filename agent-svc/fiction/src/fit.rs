//! A scene gets its length: what may be left out is left out, and what is missing is filled with what people see, do, think
//! and say between one beat and the next.

use crate::{
    author::find_sort,
    text::{count_words, split_sentences},
    weave::{Unit, Weaver},
};

/// So near is near enough; the next scene makes up for it.
const NEAR_ENOUGH: usize = 7;

/// When nothing that a beat asks for is left to say.
const LAST_RESORTS: &[Filler] = &[
    Filler::Piece,
    Filler::Interlude,
    Filler::Memory,
    Filler::Chat,
    Filler::Bond,
    Filler::Friends,
    Filler::Place,
    Filler::Mind,
    Filler::Mine,
    Filler::Anecdote,
];
/// Of what is small a scene bears so many before it reads like a list.
const MOST_OF_A_KIND: usize = 3;
/// From so many missing words on something happens instead of being noticed.
const ROOM_FOR_PIECE: usize = 100;

/// What may come between two beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filler {
    /// Said about nothing in particular, by who is asked.
    Talk,
    /// Who is asked wants to know why.
    Motive,
    /// The question again, and no answer.
    Press,
    Warn,
    /// Two lines between the friends.
    Friends,
    Bond,
    Mind,
    /// Before anything is known.
    Early,
    Mine,
    Place,
    /// What comes back to whom it is about.
    Memory,
    /// More than two lines between the friends.
    Chat,
    Interlude,
    Anecdote,
    /// A small scene of its own: something is wanted, is in the way, and comes out otherwise.
    Piece,
}

impl Filler {
    /// What stands together in one paragraph.
    const fn name_kind(self) -> &'static str {
        match self {
            Self::Place => "filler/view",
            Self::Mind | Self::Early => "filler/mind",
            Self::Mine => "filler/mine",
            Self::Memory => "filler/memory",
            Self::Piece => "filler/piece",
            _ => "filler",
        }
    }
}

pub(crate) fn fit_units(weaver: &mut Weaver<'_>, mut units: Vec<Unit>, words: usize) -> Vec<Unit> {
    leave_out(&mut units, words);
    if count_units(&units) > words + words / 25 + 3 {
        shorten_units(&mut units, words);
    }
    fill_up(weaver, &mut units, words);

    units
}

fn count_units(units: &[Unit]) -> usize {
    units.iter().map(Unit::count_words).sum()
}

fn leave_out(units: &mut Vec<Unit>, words: usize) {
    for rank in (1..=3).rev() {
        while count_units(units) > words {
            let Some(last) = units.iter().rposition(|unit| unit.rank == rank) else {
                break;
            };
            units.remove(last);
        }
    }
}

/// Every unit keeps its share, cut at the end of a sentence.
fn shorten_units(units: &mut Vec<Unit>, words: usize) {
    let total = count_units(units).max(1);
    let mut left = words;
    let count = units.len();
    for (index, unit) in units.iter_mut().enumerate() {
        let share = match index + 1 == count {
            true => left,
            false => (unit.count_words() * words / total).min(left),
        };
        cut_unit(unit, share);
        left = left.saturating_sub(unit.count_words());
    }
    units.retain(|unit| !unit.paragraphs.is_empty());
}

fn cut_unit(unit: &mut Unit, words: usize) {
    let mut left = words;
    let mut kept = Vec::new();
    for paragraph in &unit.paragraphs {
        let length = count_words(paragraph);
        if length <= left {
            left -= length;
            kept.push(paragraph.clone());
            continue;
        }
        let mut part: Vec<&str> = Vec::new();
        let mut is_open = false;
        let mut whole = 0;
        for sentence in split_sentences(paragraph) {
            let length = count_words(sentence);
            if length > left {
                break;
            }
            left -= length;
            part.push(sentence);
            is_open ^= sentence.matches('"').count() % 2 == 1;
            if !is_open {
                whole = part.len();
            }
        }
        part.truncate(whole);
        if !part.is_empty() {
            kept.push(part.join(" "));
        }
        break;
    }

    unit.paragraphs = kept;
}

/// Where something may come, by the beat that stands before it.
fn list_fillers(kind: &str, has_holder: bool, has_friend: bool) -> &'static [Filler] {
    use Filler::{Bond, Early, Friends, Mind, Mine, Motive, Place, Press, Talk, Warn};

    match kind {
        "greet" if has_holder => &[Talk, Motive, Place, Talk, Mine],
        "meet" => &[Mine, Place],
        kind if kind.ends_with("/lie") && has_holder => &[Press, Mine, Talk, Press, Mind],
        "note" if has_holder => &[Mine, Press, Mind],
        "gain" | "lead/think" if has_holder => &[Mine, Warn, Mind],
        kind if kind.contains("/think") && has_holder => &[Warn, Mind],
        "confront/after" if has_holder => &[Mine, Mind],
        "hour" | "arrive" | "rumour" => &[Place],
        "go/therefore" | "go/but" => &[Place, Mind, Place],
        "place" => &[Mine, Place],
        "confront/in" => &[Place, Mine],
        "seek" | "rest" | "leave" | "gossip/out" | "sum" | "interlude" | "seek/react" if has_friend => {
            &[Friends, Bond, Mind, Place, Friends]
        }
        kind if kind.starts_with("ally/") || kind.starts_with("pressure") || kind.starts_with("trouble") => {
            &[Bond, Mind, Place, Friends]
        }
        kind if kind.ends_with("/price") => &[Mind, Place],
        kind if kind.starts_with("promise/") || kind.starts_with("fear/") => &[Mind],
        "frame/open" | "frame/call" | "frame/deadline" | "partner" | "patron" | "home" | "self" => {
            &[Early, Place, Mine]
        }
        "frame/mid" | "frame/dark" | "frame/guess" | "frame/end" | "frame/turn" | "frame/return" => {
            &[Mind, Place, Mine]
        }
        "mind" | "bond" => &[Place],
        _ => &[],
    }
}

fn fill_up(weaver: &mut Weaver<'_>, units: &mut Vec<Unit>, words: usize) {
    let has_holder = weaver.names.find_person("h").is_some();
    let has_friend = weaver.has_friend;
    for round in 0..400 {
        let left = words.saturating_sub(count_units(units));
        if left <= NEAR_ENOUGH.min(words / 40) {
            return;
        }
        if left > ROOM_FOR_PIECE && insert_piece(weaver, units, left) {
            continue;
        }
        let mut slots: Vec<(usize, Filler)> = Vec::new();
        for (at, unit) in units.iter().enumerate() {
            let fillers = list_fillers(&unit.kind, has_holder, has_friend);
            let filler = fillers.get(round % fillers.len().max(1)).copied();
            if let Some(filler) = filler.filter(|filler| !has_enough(units, *filler)) {
                slots.push((at + 1, filler));
            }
        }
        weaver.chance.shuffle(&mut slots);
        let calm = find_calm_place(units);
        slots.extend(LAST_RESORTS.iter().map(|filler| (calm, *filler)));

        let found = slots
            .into_iter()
            .find_map(|(at, filler)| weave_filler(weaver, filler, left + 3).map(|unit| (at, unit)));
        let Some((at, unit)) = found else { break };
        let at = find_company(units, &unit).unwrap_or(at);
        units.insert(at.min(units.len()), unit);
    }
    close_gap(weaver, units, words);
}

/// What one sees and what one thinks stands behind more of the same, as long as that makes no long paragraph.
fn find_company(units: &[Unit], unit: &Unit) -> Option<usize> {
    const LONG: usize = 48;
    let sort = find_sort(&unit.kind);
    if sort == "own" {
        return None;
    }
    let mut at = 0;
    while at < units.len() {
        let run = units[at..]
            .iter()
            .take_while(|other| find_sort(&other.kind) == sort)
            .count();
        let words: usize = units[at..at + run].iter().map(Unit::count_words).sum();
        if run > 0 && words + unit.count_words() <= LONG {
            return Some(at + run);
        }
        at += run.max(1);
    }

    None
}

fn has_enough(units: &[Unit], filler: Filler) -> bool {
    let kind = filler.name_kind();

    kind != "filler" && units.iter().filter(|unit| unit.kind == kind).count() >= MOST_OF_A_KIND
}

/// A small scene comes where the place and the hour are clear and nobody is being asked.
fn insert_piece(weaver: &mut Weaver<'_>, units: &mut Vec<Unit>, left: usize) -> bool {
    let at = find_calm_place(units);
    let piece = weave_filler(weaver, Filler::Piece, left + 3);
    let Some(piece) = piece.or_else(|| weave_filler(weaver, Filler::Interlude, left + 3)) else {
        return false;
    };
    units.insert(at.min(units.len()), piece);

    true
}

/// Behind what nothing follows directly.
fn find_calm_place(units: &[Unit]) -> usize {
    let calm = |unit: &Unit| {
        matches!(
            unit.kind.as_str(),
            "hour"
                | "place"
                | "leave"
                | "rest"
                | "gossip/out"
                | "mind"
                | "bond"
                | "seek"
                | "note"
                | "go/therefore"
                | "go/but"
        ) || unit.kind.starts_with("filler")
    };

    units.iter().rposition(calm).map_or(units.len(), |at| at + 1)
}

/// The last few words: a gesture or a glance of the right length.
fn close_gap(weaver: &mut Weaver<'_>, units: &mut Vec<Unit>, words: usize) {
    let left = words.saturating_sub(count_units(units));
    if left < 3 {
        return;
    }
    let place = format!("place/{}", weaver.sort);
    let found = ["mine", place.as_str(), "mind"]
        .into_iter()
        .find_map(|section| weaver.take_fitting(section, left + 2));
    if let Some(text) = found {
        let at = find_calm_place(units);
        units.insert(at, make_filler(Filler::Mine, vec![text]));
    }
}

fn make_filler(filler: Filler, paragraphs: Vec<String>) -> Unit {
    Unit {
        kind: filler.name_kind().to_owned(),
        paragraphs,
        rank: 3,
    }
}

fn weave_filler(weaver: &mut Weaver<'_>, filler: Filler, most: usize) -> Option<Unit> {
    let needs_friend = matches!(
        filler,
        Filler::Friends | Filler::Bond | Filler::Chat | Filler::Anecdote | Filler::Interlude | Filler::Piece
    );
    if needs_friend && !weaver.has_friend {
        return None;
    }

    let on_ship = weaver.is_on_ship();
    let whole = |text: String| crate::weave::split_paragraphs(&text);
    let paragraphs = match filler {
        Filler::Mind => vec![weave_thought(weaver, most)?],
        Filler::Early => vec![weaver.take_fitting("early", most)?],
        Filler::Mine => vec![weaver.take_fitting("mine", most)?],
        Filler::Bond => whole(weaver.take_fitting("bond", most)?),
        Filler::Place => vec![weave_view(weaver, most)?],
        Filler::Talk => weave_pair(weaver, ("h", "talk"), ("p", ""), most)?,
        Filler::Motive => weave_pair(weaver, ("h", "why"), ("p", "because"), most)?,
        Filler::Press => weave_pair(weaver, ("p", "press"), ("h", "evade"), most)?,
        Filler::Warn => weave_pair(weaver, ("h", "warn"), ("p", ""), most)?,
        Filler::Friends => {
            let moves = ["joke", "talk", "doubt", "joke", "talk"];
            let first = weaver.chance.pick(&moves).copied().unwrap_or("talk");
            weave_pair(weaver, ("a", first), ("p", ""), most)?
        }
        Filler::Memory => vec![weaver.take_fitting("memory", most)?],
        Filler::Chat if on_ship => {
            let own = weaver.take_fitting("chat/ship", most);
            whole(own.or_else(|| weaver.take_fitting("chat", most))?)
        }
        Filler::Chat => whole(weaver.take_fitting("chat", most)?),
        Filler::Interlude if on_ship => whole(weaver.take_fitting("interlude/ship", most)?),
        Filler::Interlude => whole(weaver.take_fitting("interlude", most)?),
        Filler::Piece => {
            let own = if on_ship { "piece/ship" } else { "piece" };
            let piece = weaver.take_fitting(own, most);
            whole(piece.or_else(|| weaver.take_fitting("piece/any", most))?)
        }
        Filler::Anecdote => vec![weave_anecdote(weaver, most)?],
    };

    Some(make_filler(filler, paragraphs))
}

/// What goes through somebody's head, by turns in the mood of the book.
fn weave_thought(weaver: &mut Weaver<'_>, most: usize) -> Option<String> {
    let mood = weaver.find_mood_section();
    let own = match weaver.chance.pick_below(2) {
        0 => weaver.take_fitting(mood, most),
        _ => None,
    };

    own.or_else(|| weaver.take_fitting("mind", most))
        .or_else(|| weaver.take_fitting(mood, most))
}

/// Two things of the place, or one and the hour.
fn weave_view(weaver: &mut Weaver<'_>, most: usize) -> Option<String> {
    let section = format!("place/{}", weaver.sort);
    let first = weaver.take_fitting(&section, most)?;
    let left = most.saturating_sub(count_words(&first));
    let wants_more = weaver.chance.pick_below(2) == 0 && left > 12;
    if let Some(second) = wants_more.then(|| weaver.take_fitting(&section, left)).flatten() {
        return Some(format!("{first} {second}"));
    }

    Some(first)
}

/// One says something, the other answers or does something instead.
fn weave_pair(
    weaver: &mut Weaver<'_>,
    (first, opening): (&'static str, &str),
    (second, answer): (&'static str, &str),
    most: usize,
) -> Option<Vec<String>> {
    if most < 24 {
        return None;
    }
    let mut paragraphs = weaver.take_line(first, opening)?;
    let reply = match answer {
        "" => weaver.take_gesture(second).map(|gesture| vec![gesture]),
        answer => weaver
            .take_line(second, answer)
            .or_else(|| weaver.take_gesture(second).map(|gesture| vec![gesture])),
    };
    paragraphs.extend(reply.unwrap_or_default());

    Some(paragraphs)
}

/// Somebody has always known somebody who did something.
fn weave_anecdote(weaver: &mut Weaver<'_>, most: usize) -> Option<String> {
    if most < 30 {
        return None;
    }
    let teller = ["a", "h"]
        .into_iter()
        .find_map(|role| weaver.names.find_person(role))?;
    weaver.names.cast_role("s", Some(teller));
    let told = (0..12).find_map(|_| {
        let thing = weaver.pick_text("anecdote/thing")?;
        weaver.names.set_word("x1", thing);
        for (slot, section) in [
            ("x2", "anecdote/who"),
            ("x3", "anecdote/did"),
            ("x4", "anecdote/end"),
        ] {
            let text = weaver.pick_text(section)?;
            weaver.names.set_word(slot, text);
        }
        let text = weaver.pick_text("anecdote/frame")?;
        if !weaver.is_new(&text) {
            return None;
        }
        weaver.keep(&text);
        Some(text)
    });
    weaver.names.cast_role("s", None);

    told
}

impl Weaver<'_> {
    fn is_on_ship(&self) -> bool {
        matches!(self.sort.as_str(), "corridor" | "deck" | "tanks")
    }

    fn find_mood_section(&self) -> &'static str {
        match self.mood.as_str() {
            "funny" | "playful" | "cosy" | "cozy" | "bright" | "restless" | "warm" | "humorous" | "comic"
            | "comedic" | "hilarious" | "whimsical" | "witty" | "light-hearted" | "lighthearted"
            | "cheerful" | "joyful" => "mind/light",
            "melancholy" | "tender" | "gentle" | "dreamy" | "quiet" | "hopeful" | "sad" | "wistful"
            | "romantic" | "nostalgic" | "bittersweet" | "elegiac" | "lonely" | "peaceful" => "mind/tender",
            _ => "mind/dark",
        }
    }

    fn pick_text(&mut self, section: &str) -> Option<String> {
        let texts = crate::bank::find_texts(section);
        let text = self.chance.pick(texts).copied()?;

        self.fill(text)
    }

    fn take_line(&mut self, role: &'static str, intention: &str) -> Option<Vec<String>> {
        let unit = self.weave_fresh_line(role, intention)?;

        Some(unit.paragraphs)
    }
}
