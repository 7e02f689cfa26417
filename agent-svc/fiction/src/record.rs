//! The ledger of a scene: what its beats did to the world. It is read off the plan and the cast, never off the prose.

use proto::tasks::fiction::{
    bible::Bible,
    cast::{Cast, Person},
    ledger::{
        Condition, FactEnd, FactObject, ItemMove, Key, Learning, Ledger, LedgerAction, LedgerFact, MoveMode,
        Presence, PromiseStage, PromiseStep, Scene,
    },
    plan::{Beat, BookOutline, ScenePlan},
};
use serde_json::Value;

use crate::{bank::find_texts, slots::find_course, world::find_token};

/// Characters of a key, at most.
const KEY_MOST: usize = 64;

pub(crate) fn record_scene(
    outline: &BookOutline,
    cast: &Cast,
    bible: &Bible,
    (chapter, scene): (u32, &ScenePlan),
) -> Scene {
    let (written, cast) = (cast, &*bible.cast_at(cast, (chapter, &scene.key)));
    let mut ledger = Ledger {
        present: scene
            .present
            .iter()
            .map(|who| Presence {
                who: who.clone(),
                place: None,
                from: None,
                until: None,
            })
            .collect(),
        ..Ledger::default()
    };
    let is_first = outline
        .scenes()
        .next()
        .is_some_and(|(_, first)| first.key == scene.key);
    if is_first {
        record_beginning(outline, cast, scene, &mut ledger);
    }
    for person in list_newcomers(outline, cast, scene) {
        record_newcomer(cast, person, scene, &mut ledger);
    }
    if !bible.is_empty() {
        record_changed_looks(outline, written, bible, scene, &mut ledger);
    }
    for beat in &scene.beats {
        record_beat(outline, cast, scene, beat, &mut ledger);
    }

    Scene {
        key: scene.key.clone(),
        chapter,
        number: scene.number,
        title: scene.title.clone(),
        place: Some(scene.place.clone()),
        from: scene.from,
        until: scene.until,
        ledger,
    }
}

/// Where the things are when the book begins, and who is dead.
fn record_beginning(outline: &BookOutline, cast: &Cast, scene: &ScenePlan, ledger: &mut Ledger) {
    let course = find_course(outline, &scene.key);
    for text in find_texts(&format!("frame/{course}/count")) {
        let Some(key) = Key::parse(&format!("count-{}", text.replace(' ', "-"))) else {
            continue;
        };
        ledger.facts.push(LedgerFact {
            key,
            subject: scene.point_of_view.clone(),
            predicate: "counts".to_owned(),
            object: FactObject::Text((*text).to_owned()),
            from: None,
            until: None,
        });
    }
    let dead = find_texts(&format!("frame/{course}/dead")).contains(&"start");
    if let Some(absent) = find_lead(cast, "v", false).filter(|_| dead) {
        ledger.facts.push(record_death(&absent, scene));
    }

    for item in &cast.items {
        let (mode, to) = match (&item.holder, &item.place) {
            (Some(holder), _) => (MoveMode::Held, holder),
            (None, Some(place)) => (MoveMode::Left, place),
            (None, None) => continue,
        };
        ledger.moves.push(ItemMove {
            item: item.entity.key.clone(),
            mode,
            to: Some(to.clone()),
            by: None,
            at: Some(scene.from - 1),
        });
    }
}

/// Who is there for the first time.
fn list_newcomers<'a>(outline: &BookOutline, cast: &'a Cast, scene: &ScenePlan) -> Vec<&'a Person> {
    let is_known = |who: &Key| {
        outline
            .scenes()
            .take_while(|(_, earlier)| earlier.key != scene.key)
            .any(|(_, earlier)| earlier.present.contains(who))
    };

    scene
        .present
        .iter()
        .filter(|who| !is_known(who))
        .filter_map(|who| cast.person(who))
        .collect()
}

/// One thing about somebody that whoever meets them sees or hears.
struct Look {
    name: &'static str,
    predicate: &'static str,
    value: Option<String>,
}

impl Look {
    /// The fact; `since` is the scene from which on it is so, where it was otherwise before.
    fn tell(&self, person: &Person, since: Option<&Key>) -> Option<LedgerFact> {
        Some(LedgerFact {
            key: self.key(person, since)?,
            subject: person.entity.key.clone(),
            predicate: self.predicate.to_owned(),
            object: FactObject::Text(self.value.clone()?),
            from: None,
            until: None,
        })
    }

    fn key(&self, person: &Person, since: Option<&Key>) -> Option<Key> {
        let since = since.map(|scene| format!("-{scene}")).unwrap_or_default();
        let end = format!("-{}{since}", self.name);
        let whose = person.entity.key.as_str();
        let room = KEY_MOST.checked_sub(end.len()).filter(|room| *room > 0)?;

        Key::parse(&format!("{}{end}", &whose[..whose.len().min(room)]))
    }
}

fn list_looks(person: &Person) -> [Look; 4] {
    let look = |name, predicate, value| Look {
        name,
        predicate,
        value,
    };
    [
        look("eyes", "has eyes", person.appearance.eyes.clone()),
        look("hair", "has hair", person.appearance.hair.clone()),
        look("age", "is aged", person.age.map(|age| age.to_string())),
        look("work", "works as", person.profession.clone()),
    ]
}

/// What the bible lays down otherwise here than where somebody was met last: the fact of then ends, another one begins.
fn record_changed_looks(
    outline: &BookOutline,
    cast: &Cast,
    bible: &Bible,
    scene: &ScenePlan,
    ledger: &mut Ledger,
) {
    for who in &scene.present {
        // Facts as they stand, from the first meeting on.
        let mut standing: Vec<(Key, Option<String>)> = Vec::new();
        let met = outline.scenes().filter(|(_, other)| other.present.contains(who));
        for (nth, (chapter, other)) in met.enumerate() {
            let then = bible.cast_at(cast, (chapter, &other.key));
            let Some(person) = then.person(who) else { break };
            let looks = list_looks(person);
            for (at, look) in looks.iter().enumerate() {
                let since = (nth > 0).then_some(&other.key);
                let Some(key) = look.key(person, since) else {
                    continue;
                };
                let Some((known, value)) = standing.get_mut(at) else {
                    standing.push((key, look.value.clone()));
                    continue;
                };
                if *value == look.value {
                    continue;
                }

                if other.key == scene.key {
                    let ended = value.is_some().then(|| FactEnd {
                        fact: known.clone(),
                        at: None,
                    });
                    ledger.ended.extend(ended);
                    ledger.facts.extend(look.tell(person, since));
                }
                (*known, *value) = (key, look.value.clone());
            }
            if other.key == scene.key {
                break;
            }
        }
    }
}

fn record_newcomer(cast: &Cast, person: &Person, scene: &ScenePlan, ledger: &mut Ledger) {
    let key = &person.entity.key;
    for look in list_looks(person) {
        ledger.facts.extend(look.tell(person, None));
    }
    record_lack(person, ledger);
    let secrets = cast
        .facts
        .iter()
        .filter(|fact| fact.fact.subject == *key && fact.fact.predicate == "hides");

    ledger.facts.extend(secrets.map(|secret| LedgerFact {
        from: Some(scene.from),
        ..secret.fact.clone()
    }));
}

/// What somebody never learned.
fn record_lack(person: &Person, ledger: &mut Ledger) {
    let lack = match person.entity.details.get("lead").and_then(Value::as_str) {
        Some("a") => "swim",
        Some("m") => "ride",
        _ => return,
    };
    let key = &person.entity.key;

    if let Some(fact) = Key::parse(&format!("{key}-cannot-{lack}")) {
        ledger.facts.push(LedgerFact {
            key: fact,
            subject: key.clone(),
            predicate: "cannot".to_owned(),
            object: FactObject::Text(lack.to_owned()),
            from: None,
            until: None,
        });
    }
}

fn record_beat(outline: &BookOutline, cast: &Cast, scene: &ScenePlan, beat: &Beat, ledger: &mut Ledger) {
    if let Some(part) = beat.kind.strip_prefix("frame/") {
        record_frame(outline, cast, scene, part, ledger);
    }
    if let Some(fact) = &beat.fact {
        record_telling(cast, scene, beat, fact, ledger);
    }
    if let Some(promise) = &beat.promise {
        record_promise(outline, scene, beat, promise, ledger);
    }
    if let (Some(who), true) = (
        &beat.who,
        beat.kind.ends_with("/price") || beat.kind.ends_with("/echo"),
    ) {
        let secrets = cast
            .facts
            .iter()
            .filter(|fact| fact.fact.subject == *who && fact.fact.predicate == "hides");
        ledger
            .relies_on
            .extend(secrets.map(|secret| secret.fact.key.clone()));
    }

    if let (Some(who), "meet") = (&beat.who, beat.kind.as_str()) {
        let looks = ["eyes", "hair", "age"]
            .into_iter()
            .filter_map(|name| Key::parse(&format!("{who}-{name}")));
        ledger.relies_on.extend(looks);
    }
}

/// What a frame's own lines say of the thing that the book is about, and of whoever dies.
fn record_frame(outline: &BookOutline, cast: &Cast, scene: &ScenePlan, part: &str, ledger: &mut Ledger) {
    let genre = outline.genre_of(&scene.key);
    let lead = |role: &str| find_lead(cast, role, genre != outline.genre);
    let course = find_course(outline, &scene.key);
    let dies = part == "open" && find_texts(&format!("frame/{course}/dead")).contains(&"open");
    if let Some(absent) = lead("v").filter(|_| dies) {
        ledger.facts.push(record_death(&absent, scene));
    }

    let token = find_token(course, part);
    let main = cast
        .items
        .iter()
        .find(|item| !is_promised(item.entity.name.as_str()));
    let (Some(item), [mode, rest @ ..]) = (main, token.as_slice()) else {
        return;
    };
    let by = rest.last().and_then(|role| lead(role));
    let (mode, to) = match *mode {
        "held" => (MoveMode::Held, rest.first().and_then(|role| lead(role))),
        "left" => (MoveMode::Left, Some(scene.place.clone())),
        "gone" => (MoveMode::Gone, None),
        _ => return,
    };
    ledger.moves.push(ItemMove {
        item: item.entity.key.clone(),
        mode,
        to,
        by,
        at: None,
    });
}

/// A book that went on has leads of its own in what was added.
fn find_lead(cast: &Cast, role: &str, added: bool) -> Option<Key> {
    let is_lead = |person: &&Person| person.entity.details.get("lead").and_then(Value::as_str) == Some(role);
    let mut people = cast.people.iter();
    let lead = match added {
        true => people.rfind(is_lead),
        false => people.find(is_lead),
    };

    lead.map(|person| person.entity.key.clone())
}

fn record_death(who: &Key, scene: &ScenePlan) -> LedgerFact {
    LedgerFact {
        key: Key::parse(&format!("{who}-dead")).unwrap_or_else(|| who.clone()),
        subject: who.clone(),
        predicate: "is dead".to_owned(),
        object: FactObject::Text("yes".to_owned()),
        from: Some(scene.from),
        until: None,
    }
}

pub(crate) fn is_promised(name: &str) -> bool {
    ["knife", "letter"].iter().any(|promise| {
        find_texts(&format!("promise/{promise}/item"))
            .iter()
            .any(|item| name.ends_with(item))
    })
}

fn record_telling(cast: &Cast, scene: &ScenePlan, beat: &Beat, fact: &Key, ledger: &mut Ledger) {
    let Some(teller) = &beat.who else { return };
    if let Some(known) = cast.fact(fact).filter(|known| known.fact.predicate != "hides") {
        ledger.facts.push(LedgerFact {
            from: Some(scene.from),
            ..known.fact.clone()
        });
    }
    for who in scene.present.iter().filter(|who| *who != teller) {
        ledger.learned.push(Learning {
            who: who.clone(),
            fact: fact.clone(),
            told_by: Some(teller.clone()),
            at: Some(scene.from + (scene.until - scene.from) / 2),
        });
    }

    ledger.actions.push(LedgerAction {
        who: teller.clone(),
        deed: "tells what was hidden".to_owned(),
        with: scene
            .present
            .iter()
            .filter(|who| *who != teller)
            .cloned()
            .collect(),
        needs: vec![Condition {
            fact: fact.clone(),
            holds: true,
        }],
        effects: Vec::new(),
        at: Some(scene.from + (scene.until - scene.from) / 2),
    });
}

fn record_promise(outline: &BookOutline, scene: &ScenePlan, beat: &Beat, promise: &Key, ledger: &mut Ledger) {
    let planned = outline.promises.iter().find(|planned| planned.key == *promise);
    let stage = match beat.kind.rsplit('/').next() {
        Some("plant") => PromiseStage::Planted,
        Some("pay") => PromiseStage::Paid,
        _ => PromiseStage::Progressed,
    };
    ledger.promises.push(PromiseStep {
        promise: promise.clone(),
        stage,
        text: planned.map_or_else(String::new, |planned| planned.text.clone()),
        who: beat.who.clone(),
        due_chapter: planned
            .filter(|_| stage == PromiseStage::Planted)
            .map(|planned| planned.due_chapter),
    });

    let Some(item) = &beat.item else { return };
    let other = scene.present.iter().find(|who| Some(*who) != beat.who.as_ref());
    let is_lent = beat.kind.contains("/knife/");
    let (to, by) = match stage {
        PromiseStage::Planted => (beat.who.clone(), other.cloned()),
        PromiseStage::Paid if is_lent => (other.cloned(), beat.who.clone()),
        _ => return,
    };
    ledger.moves.push(ItemMove {
        item: item.clone(),
        mode: MoveMode::Held,
        to,
        by,
        at: None,
    });
}
