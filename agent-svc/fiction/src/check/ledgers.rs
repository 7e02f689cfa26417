//! Ledger against ledger: times, places, things, facts, promises. It reads no prose.

use std::collections::{BTreeMap, HashMap};

use proto::tasks::fiction::{
    finding::FindingKind,
    ledger::{Key, LedgerFact, MoveMode, PromiseStage, Scene, StoryTime},
};

use super::{Findings, book::CheckedBook, contradict};

pub(crate) fn check_ledgers(book: &CheckedBook<'_>, findings: &mut Findings) {
    let told: Vec<&Scene> = book.scenes.iter().map(|checked| checked.scene).collect();
    let mut happened = told.clone();
    happened.sort_by_key(|scene| scene.from);

    for scene in &told {
        check_times(scene, findings);
    }
    check_presence(book, &happened, findings);
    check_moves(book, &happened, findings);
    check_facts(book, &happened, findings);
    check_knowledge(book, &happened, findings);
    check_promises(book, &told, findings);
}

/// A simple temporal network whose events all have a date: each edge is checked by itself.
fn check_times(scene: &Scene, findings: &mut Findings) {
    let mut report = |text: String| {
        let message = format!("The times of scene {} can't all be so: {text}.", scene.key);
        findings.add_ledger(
            FindingKind::Time,
            scene,
            contradict(None, Some(&scene.key), text),
            message,
        );
    };
    if scene.until < scene.from {
        report("it ends before it begins".to_owned());
    }
    for presence in &scene.ledger.present {
        let from = presence.from.unwrap_or(scene.from);
        let until = presence.until.unwrap_or(scene.until);
        if until < from || until > scene.until.max(scene.from) || from < scene.from {
            report(format!("{} is there outside of it", presence.who));
        }
    }
    for fact in &scene.ledger.facts {
        if fact
            .until
            .is_some_and(|until| until < fact.from.unwrap_or(scene.from))
        {
            report(format!("the fact {} ends before it begins", fact.key));
        }
    }
    let learned = scene
        .ledger
        .learned
        .iter()
        .map(|learning| (&learning.fact, learning.at));
    let done = scene.ledger.actions.iter().map(|action| (&action.who, action.at));
    for (what, at) in learned.chain(done) {
        if at.is_some_and(|at| at < scene.from || at > scene.until.max(scene.from)) {
            report(format!("what is noted of {what} happens outside of it"));
        }
    }
}

struct Stay<'a> {
    scene: &'a Scene,
    place: &'a Key,
    from: StoryTime,
    until: StoryTime,
}

fn check_presence(book: &CheckedBook<'_>, happened: &[&Scene], findings: &mut Findings) {
    let mut stays: BTreeMap<&Key, Vec<Stay<'_>>> = BTreeMap::new();
    for scene in happened {
        for presence in &scene.ledger.present {
            let Some(place) = presence.place.as_ref().or(scene.place.as_ref()) else {
                continue;
            };
            stays.entry(&presence.who).or_default().push(Stay {
                scene,
                place,
                from: presence.from.unwrap_or(scene.from),
                until: presence.until.unwrap_or(scene.until),
            });
        }
    }
    for (who, mut stays) in stays {
        stays.sort_by_key(|stay| stay.from);
        for pair in stays.windows(2) {
            let [one, other] = pair else { continue };
            if one.place != other.place {
                check_way(book, who, one, other, findings);
            }
        }
    }
}

fn check_way(book: &CheckedBook<'_>, who: &Key, one: &Stay<'_>, other: &Stay<'_>, findings: &mut Findings) {
    let (here, there) = (book.name(one.place), book.name(other.place));
    let name = book.name(who);
    if other.from < one.until {
        let message = format!("{name} is at {here} and at {there} at the same time.");
        let against = contradict(
            Some(who),
            Some(&one.scene.key),
            format!("{name} is at {here} until later"),
        );
        findings.add_ledger(FindingKind::TwoPlaces, other.scene, against, message);
        return;
    }
    let way = book
        .cast
        .place(one.place)
        .and_then(|place| place.travel.iter().find(|travel| travel.to == *other.place))
        .map(|travel| i64::from(travel.minutes));
    if let Some(minutes) = way.filter(|minutes| other.from - one.until < *minutes) {
        let gap = other.from - one.until;
        let message =
            format!("{name} gets from {here} to {there} in {gap} minutes; the way takes {minutes}.");
        let against = contradict(
            Some(one.place),
            Some(&one.scene.key),
            format!("the way from {here} to {there} takes {minutes} minutes"),
        );
        findings.add_ledger(FindingKind::Geography, other.scene, against, message);
    }
}

/// Who has a thing after each move, and whether whoever gives it away had it.
fn check_moves(book: &CheckedBook<'_>, happened: &[&Scene], findings: &mut Findings) {
    let mut moves: Vec<_> = happened
        .iter()
        .flat_map(|scene| {
            scene
                .ledger
                .moves
                .iter()
                .map(move |step| (step.at.unwrap_or(scene.from), *scene, step))
        })
        .collect();
    moves.sort_by_key(|(at, ..)| *at);
    let mut holders: HashMap<&Key, (Option<&Key>, &Scene)> = HashMap::new();
    for (_, scene, step) in moves {
        let known = holders.get(&step.item).copied();
        if let (Some(giver), Some((holder, since))) = (&step.by, known) {
            let takes = step.to.as_ref() == Some(giver);
            if !takes && holder != Some(giver) {
                let (item, name) = (book.name(&step.item), book.name(giver));
                let place = holder.map_or_else(|| "nobody".to_owned(), |holder| book.name(holder));
                let message = format!("{name} gives away {item} without having it; it is with {place}.");
                let against = contradict(
                    Some(&step.item),
                    Some(&since.key),
                    format!("{item} is with {place}"),
                );
                findings.add_ledger(FindingKind::Possession, scene, against, message);
            }
        }
        let holder = match step.mode {
            MoveMode::Gone => None,
            _ => step.to.as_ref(),
        };
        holders.insert(&step.item, (holder, scene));
    }
}

fn is_death(fact: &LedgerFact) -> bool {
    matches!(
        fact.predicate.as_str(),
        "is dead" | "died" | "is killed" | "was killed"
    )
}

/// From when somebody is dead, and the scene that says so.
pub(crate) fn list_dead<'a>(book: &CheckedBook<'a>) -> HashMap<&'a Key, (StoryTime, &'a Scene)> {
    let mut dead = HashMap::new();
    for checked in &book.scenes {
        for fact in checked.scene.ledger.facts.iter().filter(|fact| is_death(fact)) {
            dead.entry(&fact.subject)
                .or_insert((fact.from.unwrap_or(checked.scene.from), checked.scene));
        }
    }

    dead
}

fn check_facts(book: &CheckedBook<'_>, happened: &[&Scene], findings: &mut Findings) {
    let dead = list_dead(book);
    let mut begins: HashMap<&Key, (StoryTime, &Scene)> = HashMap::new();
    let mut ends: HashMap<&Key, StoryTime> = HashMap::new();
    for scene in happened {
        for fact in &scene.ledger.facts {
            begins
                .entry(&fact.key)
                .or_insert((fact.from.unwrap_or(scene.from), scene));
            if let Some(until) = fact.until {
                ends.insert(&fact.key, until);
            }
        }
        for end in &scene.ledger.ended {
            ends.insert(&end.fact, end.at.unwrap_or(scene.from));
        }
    }

    for scene in happened {
        let present = scene
            .ledger
            .present
            .iter()
            .map(|presence| (&presence.who, presence.from.unwrap_or(scene.from)));
        let acting = scene
            .ledger
            .actions
            .iter()
            .map(|action| (&action.who, action.at.unwrap_or(scene.from)));
        for (who, at) in present.chain(acting) {
            if let Some((_, since)) = dead.get(who).filter(|(died, _)| at > *died) {
                let name = book.name(who);
                let message = format!("{name} is dead by then, and is there all the same.");
                findings.add_ledger(
                    FindingKind::Dead,
                    scene,
                    contradict(Some(who), Some(&since.key), format!("{name} is dead")),
                    message,
                );
            }
        }
        let needs = scene.ledger.actions.iter().flat_map(|action| {
            let at = action.at.unwrap_or(scene.from);
            action
                .needs
                .iter()
                .filter(|need| need.holds)
                .map(move |need| (&need.fact, at))
        });
        let learned = scene
            .ledger
            .learned
            .iter()
            .map(|learning| (&learning.fact, learning.at.unwrap_or(scene.from)));
        let relied = scene.ledger.relies_on.iter().map(|fact| (fact, scene.until));
        for (fact, at) in needs.chain(learned).chain(relied) {
            let early = begins.get(fact).filter(|(from, _)| *from > at);
            let late = ends.get(fact).filter(|until| **until < at);
            let Some(said) = early
                .map(|(_, said)| *said)
                .or_else(|| late.and(begins.get(fact)).map(|(_, said)| *said))
            else {
                continue;
            };
            let when = if early.is_some() {
                "does not hold yet"
            } else {
                "holds no longer"
            };
            let message = format!("What happens here rests on the fact {fact}, which {when}.");
            findings.add_ledger(
                FindingKind::Causality,
                scene,
                contradict(Some(fact), Some(&said.key), format!("{fact} {when}")),
                message,
            );
        }
    }
}

/// Whoever tells a hidden fact has to know it.
fn check_knowledge(book: &CheckedBook<'_>, happened: &[&Scene], findings: &mut Findings) {
    let learned = list_learned(book, happened);
    for scene in happened {
        for learning in &scene.ledger.learned {
            let Some(teller) = &learning.told_by else { continue };
            let Some(fact) = book.cast.fact(&learning.fact).filter(|fact| fact.hidden) else {
                continue;
            };
            let at = learning.at.unwrap_or(scene.from);
            let knows = fact.known_by.contains(teller)
                || learned
                    .get(&(teller, &learning.fact))
                    .is_some_and(|since| *since <= at);
            if !knows {
                let name = book.name(teller);
                let message = format!("{name} tells what {name} has not learned: {}.", fact.statement);
                findings.add_ledger(
                    FindingKind::Knowledge,
                    scene,
                    contradict(Some(&learning.fact), None, fact.statement.clone()),
                    message,
                );
            }
        }
    }
}

/// When somebody first gets to know a fact.
pub(crate) fn list_learned<'a>(
    _book: &CheckedBook<'a>,
    happened: &[&'a Scene],
) -> HashMap<(&'a Key, &'a Key), StoryTime> {
    let mut learned = HashMap::new();
    for scene in happened {
        for learning in &scene.ledger.learned {
            let at = learning.at.unwrap_or(scene.from);
            let since = learned.entry((&learning.who, &learning.fact)).or_insert(at);
            *since = at.min(*since);
        }
    }

    learned
}

fn check_promises(book: &CheckedBook<'_>, told: &[&Scene], findings: &mut Findings) {
    let last = told.iter().map(|scene| scene.chapter).max().unwrap_or(0);
    let mut open: BTreeMap<&Key, (&Scene, &str, Option<u32>)> = BTreeMap::new();
    for scene in told {
        for step in &scene.ledger.promises {
            match step.stage {
                PromiseStage::Planted => {
                    open.insert(&step.promise, (scene, step.text.as_str(), step.due_chapter));
                }
                PromiseStage::Progressed => {}
                PromiseStage::Paid => {
                    let planted = open.remove(&step.promise);
                    let is_late = planted
                        .and_then(|(.., due)| due)
                        .is_some_and(|due| scene.chapter > due);
                    if planted.is_none() || is_late {
                        let fault = if is_late {
                            "is paid after it was due"
                        } else {
                            "is paid and was never made"
                        };
                        let message = format!("The promise {} {fault}.", step.promise);
                        findings.add_ledger(
                            FindingKind::Promise,
                            scene,
                            contradict(Some(&step.promise), None, step.text.clone()),
                            message,
                        );
                    }
                }
            }
        }
    }
    for (promise, (scene, text, due)) in open {
        if due.is_some_and(|due| due <= last) && book.find_scene(&scene.key).is_some() {
            let message = format!("The promise {promise} was due and has not been paid: {text}.");
            findings.add_ledger(
                FindingKind::Promise,
                scene,
                contradict(Some(promise), Some(&scene.key), text),
                message,
            );
        }
    }
}
