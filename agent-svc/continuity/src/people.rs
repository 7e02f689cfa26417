//! Who is where: nobody is in two places at once.

use proto::tasks::fiction::finding::{FindingKind, Severity};

use crate::{
    book::Book,
    report::{Discovery, Findings, cite_scene},
    state::World,
};

pub(crate) fn check_places(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    check_overlaps(book, world, findings);
    check_voices(book, world, findings);
}

/// Two stays of one person that overlap contradict each other, unless one place is within the other. Stays that only touch
/// don't: how long the way is, is asked elsewhere.
fn check_overlaps(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    for (who, stays) in &world.stays {
        for (at, one) in stays.iter().enumerate() {
            for other in stays[at + 1..].iter().take_while(|other| other.from < one.until) {
                let overlaps = one.from.max(other.from) < one.until.min(other.until);
                if !overlaps || world.are_one_place(book, one.place, other.place) {
                    continue;
                }
                let (first, second) = if one.scene <= other.scene {
                    (one, other)
                } else {
                    (other, one)
                };
                let name = book.name_of(who);
                let (here, there) = (book.name_of(second.place), book.name_of(first.place));

                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::TwoPlaces,
                        severity: Severity::Error,
                        scene: second.scene,
                        sentence: None,
                        about: &[who.as_str(), first.place.as_str(), second.place.as_str()],
                        contradicts: cite_scene(
                            book,
                            first.scene,
                            Some(who),
                            format!("{name} is at {there}."),
                        ),
                        message: format!("{name} is at {here} while also at {there}."),
                    },
                );
            }
        }
    }
}

/// Who speaks in a scene has to be there. A scene whose ledger names nobody says nothing, and what somebody `had said` is
/// only remembered.
fn check_voices(book: &Book<'_>, world: &World<'_>, findings: &mut Findings) {
    for (index, sentence) in book.real_sentences() {
        let scene = &book.scenes[index].written.scene;
        if scene.ledger.present.is_empty()
            || sentence.has_word(&[
                "had",
                "once",
                "remembered",
                "would",
                "telephone",
                "phone",
                "letter",
                "always",
            ])
        {
            continue;
        }
        for at in 0..sentence.words.len() {
            let Some(person) = book.find_tagged(index, sentence, at) else {
                continue;
            };
            let Some(key) = book.people[person].key() else {
                continue;
            };
            if scene.ledger.present.iter().any(|presence| presence.who == *key) {
                continue;
            }
            let elsewhere = world.stays.get(key).into_iter().flatten().find(|stay| {
                stay.from < scene.until && scene.from < stay.until && Some(stay.place) != scene.place.as_ref()
            });
            let name = &book.people[person].name;
            let (severity, contradicts, message) = match elsewhere {
                Some(stay) => {
                    let there = book.name_of(stay.place);
                    let contradicts =
                        cite_scene(book, stay.scene, Some(key), format!("{name} is at {there}."));
                    (
                        Severity::Error,
                        contradicts,
                        format!("{name} speaks here, but is at {there} at this time."),
                    )
                }
                None => {
                    let contradicts = cite_scene(
                        book,
                        index,
                        Some(key),
                        format!("{name} is not among those present."),
                    );
                    (
                        Severity::Warning,
                        contradicts,
                        format!("{name} speaks here without being there."),
                    )
                }
            };

            findings.add(
                book,
                Discovery {
                    kind: FindingKind::TwoPlaces,
                    severity,
                    scene: index,
                    sentence: Some(sentence),
                    about: &[key.as_str(), "speaks"],
                    contradicts,
                    message,
                },
            );
        }
    }
}
