//! Writes contradictions of each kind into clean books and counts how many are found.

use proto::tasks::fiction::{
    cast::Person,
    finding::{ContinuityInput, FindingKind},
    ledger::{FactObject, ItemMove, Learning, LedgerFact, MoveMode, Presence, PromiseStage},
    plan::Genre,
};

use super::{MadeBook, make_book};
use crate::{chance::Chance, check_book};

fn as_input(book: &MadeBook) -> ContinuityInput {
    ContinuityInput {
        outline: Some(book.outline.clone()),
        cast: book.cast.clone(),
        scenes: book.scenes.clone(),
    }
}

fn insert(book: &mut ContinuityInput, scene: usize, chance: &mut Chance, sentence: String) {
    let prose = &mut book.scenes[scene].prose;
    let at = chance.pick_below(prose.len() + 1);
    prose.insert(at, sentence);
}

struct Mutator<'a> {
    book: ContinuityInput,
    clean: &'a MadeBook,
    chance: Chance,
}

impl Mutator<'_> {
    fn pick_scene(&mut self) -> usize {
        let count = self.book.scenes.len();
        1 + self.chance.pick_below(count - 2)
    }

    fn pick_present(&mut self, scene: usize) -> Person {
        let present: Vec<_> = self.book.scenes[scene]
            .scene
            .ledger
            .present
            .iter()
            .map(|presence| presence.who.clone())
            .collect();
        let who = self.chance.pick(&present).unwrap().clone();
        self.book.cast.person(&who).unwrap().clone()
    }

    fn say(&mut self, scene: usize, choices: &[String]) {
        let text = self.chance.pick(choices).unwrap().clone();
        insert(&mut self.book, scene, &mut self.chance, text);
    }

    /// `false` when the book has nothing that could be contradicted so.
    fn mutate(&mut self, kind: FindingKind) -> bool {
        let scene = self.pick_scene();
        let person = self.pick_present(scene);
        let name = person.entity.name.clone();
        let first = name.split(' ').next().unwrap().to_owned();
        match kind {
            FindingKind::Time => self.mutate_time(scene),
            FindingKind::TwoPlaces => {
                let elsewhere = self
                    .clean
                    .cast
                    .places
                    .iter()
                    .find(|place| Some(&place.entity.key) != self.book.scenes[scene].scene.place.as_ref())
                    .unwrap();
                if self.chance.pick_below(2) == 0 {
                    let place = Some(elsewhere.entity.key.clone());
                    self.book.scenes[scene].scene.ledger.present.push(Presence {
                        who: person.entity.key,
                        place,
                        from: None,
                        until: None,
                    });
                } else {
                    let place = elsewhere.entity.name.clone();
                    self.say(
                        scene,
                        &[
                            format!("{name} was sitting in {place}."),
                            format!("All the while {name} waited at {place}."),
                        ],
                    );
                }
            }
            FindingKind::Causality => {
                let Some(at) = (1..self.book.scenes.len())
                    .find(|at| !self.book.scenes[*at].scene.ledger.actions.is_empty())
                else {
                    return false;
                };
                let need = self.book.scenes[at].scene.ledger.actions[0].needs[0].fact.clone();
                let later = self.book.scenes[at].scene.until + 30;
                for scene in &mut self.book.scenes {
                    for fact in scene
                        .scene
                        .ledger
                        .facts
                        .iter_mut()
                        .filter(|fact| fact.key == need)
                    {
                        fact.from = Some(later);
                    }
                }
            }
            FindingKind::Dead => {
                let who = person.entity.key.clone();
                let later = (scene + 1..self.book.scenes.len()).find(|at| {
                    self.book.scenes[*at]
                        .scene
                        .ledger
                        .present
                        .iter()
                        .any(|presence| presence.who == who)
                });
                let Some(later) = later else { return false };
                let key = proto::tasks::fiction::ledger::Key::parse("f-dead").unwrap();
                self.book.scenes[scene].scene.ledger.facts.push(LedgerFact {
                    key,
                    subject: who.clone(),
                    predicate: "died".to_owned(),
                    object: FactObject::Text("yes".to_owned()),
                    from: None,
                    until: None,
                });
                if self.chance.pick_below(2) == 0 {
                    for scene in &mut self.book.scenes[scene + 1..] {
                        scene.scene.ledger.present.retain(|presence| presence.who != who);
                    }
                    self.say(
                        later,
                        &[
                            format!("{name} nodded and went to the window."),
                            format!("Then {first} laughed."),
                        ],
                    );
                }
            }
            FindingKind::Possession => {
                let item = self.book.cast.items[0].entity.clone();
                let stranger = self
                    .book
                    .cast
                    .people
                    .iter()
                    .find(|other| other.role == proto::tasks::fiction::cast::Role::Suspect)
                    .cloned();
                let Some(stranger) = stranger else { return false };
                if self.chance.pick_below(2) == 0 {
                    self.book.scenes[scene].scene.ledger.moves.push(ItemMove {
                        item: item.key,
                        mode: MoveMode::Held,
                        to: Some(person.entity.key.clone()),
                        by: Some(stranger.entity.key.clone()),
                        at: None,
                    });
                    return person.entity.key != stranger.entity.key;
                }
                let thing = item.name.clone();
                let giver = stranger.entity.name.clone();
                self.say(
                    scene,
                    &[
                        format!("{giver} handed {thing} across without a word."),
                        format!("Then {giver} gave {first} {thing}."),
                    ],
                );
            }
            FindingKind::Memory => {
                let late = self.book.scenes.len() - 2;
                let (p, a) = (
                    self.book.cast.people[0].entity.name.clone(),
                    self.book.cast.people[1].entity.name.clone(),
                );
                self.say(
                    late,
                    &[
                        format!("{p} had never met {a} before that day."),
                        format!("{p} and {a} met for the first time."),
                        format!("{a} was a complete stranger to {p}."),
                    ],
                );
            }
            FindingKind::Knowledge => {
                let fact = self
                    .book
                    .cast
                    .facts
                    .iter()
                    .find(|fact| fact.fact.predicate == "hides")
                    .cloned();
                let Some(fact) = fact else { return false };
                let p = self.book.cast.people[0].entity.clone();
                if self.chance.pick_below(2) == 0 {
                    let home = self.book.cast.people[5].entity.key.clone();
                    self.book.scenes[1].scene.ledger.learned.push(Learning {
                        who: p.key,
                        fact: fact.fact.key,
                        told_by: Some(home),
                        at: None,
                    });
                } else {
                    self.say(
                        1,
                        &[
                            format!("{} knew that {}.", p.name, fact.statement),
                            format!("{} had always known that {}.", p.name, fact.statement),
                        ],
                    );
                }
            }
            FindingKind::Skill => {
                let a = self.book.cast.people[1].entity.name.clone();
                let late = self.book.scenes.len() - 2;
                self.say(
                    late,
                    &[
                        format!("{a} swam out to the buoy and back."),
                        format!("{a} could swim like an otter."),
                    ],
                );
            }
            FindingKind::Appearance => {
                let eyes = ["grey", "brown", "green", "blue", "black"]
                    .into_iter()
                    .find(|colour| Some(*colour) != person.appearance.eyes.as_deref())
                    .unwrap();
                let hair = ["red", "black", "white"]
                    .into_iter()
                    .find(|colour| Some(*colour) != person.appearance.hair.as_deref())
                    .unwrap();
                self.say(
                    scene,
                    &[
                        format!("{name}'s {eyes} eyes narrowed."),
                        format!("{first} had {eyes} eyes and a thin smile."),
                        format!("{name} had long {hair} hair."),
                        format!("{first}'s hair was {hair}."),
                    ],
                );
            }
            FindingKind::Name => {
                let wrong = format!("{}x{}", &first[..2], &first[3..]);
                self.say(
                    scene,
                    &[
                        format!("{wrong} looked up."),
                        format!("It was {wrong} who spoke first."),
                    ],
                );
            }
            FindingKind::Quantity => {
                let count = self.book.scenes[0]
                    .scene
                    .ledger
                    .facts
                    .iter()
                    .find(|fact| fact.predicate == "counts")
                    .map(|fact| fact.object.clone());
                let Some(FactObject::Text(text)) = count else {
                    return false;
                };
                let noun = text.split_once(' ').unwrap().1.to_owned();
                self.say(
                    scene,
                    &[
                        format!("There were seventeen {noun}, all told."),
                        format!("It was a matter of sixteen old {noun}."),
                    ],
                );
            }
            FindingKind::Age => {
                let age = crate::slots::write_number(person.age.unwrap() + 9);
                self.say(
                    scene,
                    &[
                        format!("{name} was {age} years old."),
                        format!("{first} was {age} that year."),
                        format!("At {age}, {name} could still whistle."),
                    ],
                );
            }
            FindingKind::PointOfView => self.say(
                scene,
                &[
                    "I could not believe what was happening to me.".to_owned(),
                    "It was then that my hands began to shake.".to_owned(),
                ],
            ),
            FindingKind::Tense => self.say(
                scene,
                &[
                    format!("{name} walks to the door."),
                    format!("{first} looks up and says nothing."),
                    "He opens the drawer.".to_owned(),
                ],
            ),
            FindingKind::Geography => {
                let [one, other, ..] = self.book.cast.places.as_slice() else {
                    return false;
                };
                let (from, to) = (one.entity.name.clone(), other.entity.name.clone());
                self.say(
                    scene,
                    &[
                        format!("It was three days from {from} to {to}."),
                        format!("From {from} to {to} it took them nine hours."),
                    ],
                );
            }
            FindingKind::Promise => {
                for scene in &mut self.book.scenes {
                    scene
                        .scene
                        .ledger
                        .promises
                        .retain(|step| step.stage != PromiseStage::Paid);
                }
                return self
                    .book
                    .scenes
                    .iter()
                    .any(|scene| !scene.scene.ledger.promises.is_empty());
            }
            FindingKind::Repetition => {
                let texts: Vec<String> = self.book.scenes[0]
                    .prose
                    .iter()
                    .flat_map(|paragraph| crate::text::split_sentences(paragraph))
                    .filter(|sentence| crate::text::count_words(sentence) > 7 && !sentence.contains('"'))
                    .map(str::to_owned)
                    .collect();
                self.say(scene, &texts);
            }
            FindingKind::Cliche => self.say(
                scene,
                &[
                    "It was a needle in a haystack.".to_owned(),
                    "You could hear a pin drop.".to_owned(),
                    "Only time will tell.".to_owned(),
                ],
            ),
        }

        true
    }

    fn mutate_time(&mut self, scene: usize) {
        match self.chance.pick_below(3) {
            0 => self.book.scenes[scene].scene.until = self.book.scenes[scene].scene.from - 60,
            1 => self.book.scenes[scene]
                .prose
                .insert(0, "Five months later it was all quite different.".to_owned()),
            _ => {
                let late = self.book.scenes[scene].scene.until + 600;
                let who = self.book.scenes[scene].scene.ledger.present[0].who.clone();
                let presence = Presence {
                    who,
                    place: None,
                    from: Some(late),
                    until: Some(late + 5),
                };
                self.book.scenes[scene].scene.ledger.present.push(presence);
            }
        }
    }
}

#[test]
fn clean_books_have_no_findings_and_contradictions_are_found() {
    let books: Vec<MadeBook> = (0..50_u64)
        .map(|seed| {
            let genre = Genre::ALL[usize::try_from(seed).unwrap() % 10];
            let prompt = if seed % 7 == 3 { "told in first person" } else { "" };
            make_book(prompt, genre.as_str(), 20, 1200, seed)
        })
        .collect();

    let mut alarms = Vec::new();
    for (number, book) in books.iter().enumerate() {
        for finding in check_book(&as_input(book)).findings {
            let text = finding
                .sentence
                .map_or_else(String::new, |sentence| sentence.text);
            alarms.push(format!(
                "{number} {} {:?} {}: {} {text}",
                book.outline.genre.as_str(),
                finding.kind,
                finding.scene,
                finding.message
            ));
        }
    }
    println!("{} false alarms on 50 clean books of 20 chapters", alarms.len());

    let mut poor = Vec::new();
    for kind in FindingKind::ALL {
        let (mut made, mut found) = (0, 0);
        for (number, book) in books.iter().take(10).enumerate() {
            if kind == FindingKind::PointOfView
                && book.outline.person == proto::tasks::fiction::plan::NarrativePerson::First
            {
                continue;
            }
            for round in 0..3 {
                let chance = Chance::for_purpose(round, &format!("{number} {}", kind.as_str()));
                let mut mutator = Mutator {
                    book: as_input(book),
                    clean: book,
                    chance,
                };
                if !mutator.mutate(kind) {
                    continue;
                }
                made += 1;
                let report = check_book(&mutator.book);
                if report.findings.iter().any(|finding| finding.kind == kind) {
                    found += 1;
                }
            }
        }
        println!("{:<14} {found:>4} of {made:>4} found", kind.as_str());
        if made == 0 || found * 100 < made * 95 {
            poor.push(kind);
        }
    }
    assert!(
        alarms.is_empty(),
        "{}\n{}",
        alarms.len(),
        alarms.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(poor.is_empty(), "{poor:?}");
}
