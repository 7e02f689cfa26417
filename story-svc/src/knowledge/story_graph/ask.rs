//! What a story is asked: who knows and has what, what was promised, what a fact is and who goes by it, and any other question.

use std::collections::{BTreeMap, BTreeSet};

use proto::tasks::fiction::ledger::{Key, PromiseStage};

use super::StoryGraph;
use crate::knowledge::answers::{
    CharacterState, Dependent, FactHistory, FactStatement, HeldFact, KnownFact, OpenPromise, Possession,
    SceneContext, SceneMoment, SearchHit, SearchResults, Whereabouts,
};
use crate::knowledge::entries::{Entry, EntryFilter, EntryKind, Moment, fold};
use crate::knowledge::{KnowledgeError, QueryAnswer, StateLine, StoryQuery, rules};

/// Most of what one call answers.
const MOST: usize = 1_000;
/// Lines that are gone through for one answer.
const LINES_READ_MAX: usize = 10_000;
/// Words of a search, and its most hits.
const WORDS_MAX: usize = 8;
const SEARCH_CHARS_MAX: usize = 200;
const HITS_MAX: usize = 100;

impl StoryGraph {
    /// What a character knows, holds and wears, and where it is, before or after a scene. Of what it knows and of what holds of
    /// it the newest `most` are told, a thousand at most.
    ///
    /// # Errors
    /// `SceneNotFound`, and the engine's.
    pub async fn ask_state(
        &self,
        who: &Key,
        scene: &Key,
        moment: SceneMoment,
        most: usize,
    ) -> Result<CharacterState, KnowledgeError> {
        let asked = async {
            let at = self.find_moment(scene, moment).await?;
            self.state_at(who, &at, most).await
        };

        self.timed("ask_state", asked).await
    }

    async fn find_moment(&self, scene: &Key, moment: SceneMoment) -> Result<Moment, KnowledgeError> {
        let found = self.graph.find_scene(self.of, scene).await?;
        let found = found.ok_or_else(|| KnowledgeError::SceneNotFound {
            key: scene.to_string(),
        })?;

        Ok(match moment {
            SceneMoment::Before => Moment::at_beginning(&found),
            SceneMoment::After => Moment::at_end(&found),
        })
    }

    async fn state_at(&self, who: &Key, at: &Moment, most: usize) -> Result<CharacterState, KnowledgeError> {
        let most = most.clamp(1, MOST);
        // One more than is told shows whether there is more.
        let lines = self.graph.find_state(self.of, who, at, most + 1).await?;
        let mut state = CharacterState {
            who: who.clone(),
            whereabouts: None,
            holds: Vec::new(),
            wears: Vec::new(),
            knows: Vec::new(),
            facts: Vec::new(),
            more: false,
        };

        for line in lines {
            add_line(&mut state, line)?;
        }

        // What was learned twice is known since the first time, which comes last.
        let mut known = BTreeSet::new();
        state.more = state.knows.len() > most || state.facts.len() > most;
        state.knows.truncate(most);
        state.knows.reverse();
        state.knows.retain(|one| known.insert(one.fact.clone()));
        state.knows.reverse();
        state.facts.truncate(most);
        state.holds.sort_by(|a, b| a.item.cmp(&b.item));
        state.wears.sort_by(|a, b| a.item.cmp(&b.item));

        Ok(state)
    }

    /// The scene with whoever and whatever it names, what its people know and have when it begins, and the promises that are open
    /// then.
    ///
    /// # Errors
    /// `SceneNotFound`, and the engine's.
    pub async fn get_scene_context(&self, key: &Key) -> Result<SceneContext, KnowledgeError> {
        let scene = self.get_scene(key).await?;
        let named = rules::list_references(&scene);
        let entities = self.find_entities(named.iter().map(|(_, key, _)| *key)).await?;

        let at = Moment::at_beginning(&scene);
        let mut people = Vec::new();
        let mut told = BTreeSet::new();
        for presence in &scene.ledger.present {
            if told.insert(&presence.who) {
                people.push(self.state_at(&presence.who, &at, 100).await?);
            }
        }
        let open_promises = self.promises_at(&at).await?;

        Ok(SceneContext {
            scene,
            entities,
            people,
            open_promises,
        })
    }

    /// Promises to the reader that are planted and not paid, before or after a scene, in the order in which they were planted.
    ///
    /// # Errors
    /// `SceneNotFound`, `TooBroad`, and the engine's.
    pub async fn list_open_promises(
        &self,
        scene: &Key,
        moment: SceneMoment,
    ) -> Result<Vec<OpenPromise>, KnowledgeError> {
        let asked = async {
            let at = self.find_moment(scene, moment).await?;
            self.promises_at(&at).await
        };

        self.timed("list_open_promises", asked).await
    }

    async fn promises_at(&self, at: &Moment) -> Result<Vec<OpenPromise>, KnowledgeError> {
        let steps = self
            .find_all(EntryFilter {
                kinds: vec![EntryKind::Promise],
                before: Some(at.clone()),
                ..EntryFilter::default()
            })
            .await?;

        let mut promises: Vec<OpenPromise> = Vec::new();
        for step in steps {
            let key = read_key(step.about.as_deref())?;
            let stage = match step.mode.as_deref() {
                Some("paid") => PromiseStage::Paid,
                Some("progressed") => PromiseStage::Progressed,
                _ => PromiseStage::Planted,
            };
            let scene = read_key(Some(&step.scene))?;
            let due_chapter = step.due_chapter.and_then(|due| u32::try_from(due).ok());

            match promises.iter_mut().find(|one| one.promise == key) {
                None => promises.push(OpenPromise {
                    promise: key,
                    stage,
                    text: step.text,
                    planted_in: scene.clone(),
                    latest_in: scene,
                    due_chapter,
                }),
                Some(one) => {
                    one.stage = stage;
                    one.latest_in = scene;
                    one.due_chapter = due_chapter.or(one.due_chapter);
                }
            }
        }
        promises.retain(|one| one.stage != PromiseStage::Paid);

        Ok(promises)
    }

    /// A fact from its beginning to its end.
    ///
    /// # Errors
    /// `FactNotFound` when no ledger says what it is, and the engine's.
    pub async fn get_fact(&self, fact: &Key) -> Result<FactHistory, KnowledgeError> {
        let lines = self
            .find_all(EntryFilter {
                kinds: vec![EntryKind::Fact, EntryKind::End],
                abouts: Some(vec![fact.to_string()]),
                ..EntryFilter::default()
            })
            .await?;

        let is_fact = |line: &Entry| line.kind == EntryKind::Fact;
        let (facts, ends): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_fact);
        let begun = facts.into_iter().next();
        let begun = begun.ok_or_else(|| KnowledgeError::FactNotFound {
            key: fact.to_string(),
        })?;
        let ended = ends
            .first()
            .map(|end| read_key(Some(&end.scene)).map(|scene| (end.at_time, scene)));

        Ok(FactHistory {
            fact: fact.clone(),
            scene: read_key(Some(&begun.scene))?,
            from: begun.at_time,
            ended: ended.transpose()?,
            says: FactStatement {
                subject: read_key(begun.subject.as_deref())?,
                predicate: begun.text,
                object: begun.object.or(begun.value).unwrap_or_default(),
            },
        })
    }

    /// The scenes that go by a fact, in the order of telling, and how: what has to be looked at again when it changes. The scene
    /// that asserts it is not among them, unless it goes by it as well.
    ///
    /// # Errors
    /// `TooBroad`, and the engine's.
    pub async fn list_dependents(&self, fact: &Key) -> Result<Vec<Dependent>, KnowledgeError> {
        let lines = self
            .find_all(EntryFilter {
                kinds: vec![EntryKind::Learned, EntryKind::End, EntryKind::Use],
                abouts: Some(vec![fact.to_string()]),
                ..EntryFilter::default()
            })
            .await?;

        let mut scenes: BTreeMap<(Option<(u32, u32)>, String), BTreeSet<String>> = BTreeMap::new();
        for line in &lines {
            if let Some(mode) = line.use_mode() {
                let scene = scenes.entry((line.place(), line.scene.clone())).or_default();
                scene.insert(mode.to_owned());
            }
        }

        let dependent = |((place, scene), how): ((Option<(u32, u32)>, String), BTreeSet<String>)| {
            let (chapter, number) = place.unwrap_or_default();
            Ok(Dependent {
                scene: read_key(Some(&scene))?,
                chapter,
                number,
                how: how.into_iter().collect(),
            })
        };
        scenes.into_iter().map(dependent).collect()
    }

    /// Names and facts that have all the words, in any case; the best first, a hundred at most.
    ///
    /// # Errors
    /// `Invalid` for a text without words or with too many, and the engine's.
    pub async fn search(&self, text: &str, most: usize) -> Result<SearchResults, KnowledgeError> {
        let whole = fold(text.trim());
        let words: Vec<String> = whole.split_whitespace().map(str::to_owned).collect();
        let fits = text.chars().count() <= SEARCH_CHARS_MAX && !text.chars().any(char::is_control);
        if words.is_empty() || words.len() > WORDS_MAX || !fits {
            let expected = format!("1 to {WORDS_MAX} words, {SEARCH_CHARS_MAX} characters at most");
            return Err(KnowledgeError::invalid("text", expected));
        }

        let most = most.clamp(1, HITS_MAX);
        let searched = async {
            let entities = self
                .graph
                .search_entities(self.of, &words, &whole, most + 1)
                .await?;
            let facts = self.graph.search_facts(self.of, &words, most + 1).await?;
            Ok((entities, facts))
        };
        let (entities, facts) = self.timed("search", searched).await?;

        let mut hits: Vec<SearchHit> = entities
            .into_iter()
            .map(|one| SearchHit {
                key: one.key,
                kind: Some(one.kind),
                text: one.name,
                scene: one.scene,
            })
            .collect();
        for fact in facts {
            let object = fact.object.or(fact.value).unwrap_or_default();
            let subject = fact.subject.unwrap_or_default();
            hits.push(SearchHit {
                key: read_key(fact.about.as_deref())?,
                kind: None,
                text: format!("{subject} {} {object}", fact.text),
                scene: Some(read_key(Some(&fact.scene))?),
            });
        }
        let more = hits.len() > most;
        hits.truncate(most);

        Ok(SearchResults { hits, more })
    }

    /// Answers a question in the language of [`StoryQuery`]. It reads, and this story only.
    ///
    /// # Errors
    /// `SceneNotFound` for the moment it names, `TooBroad`, and the engine's.
    pub async fn query(&self, query: &StoryQuery) -> Result<QueryAnswer, KnowledgeError> {
        let answered = async {
            let before = match query.moment() {
                Some((scene, moment)) => Some(self.find_moment(scene, moment).await?),
                None => None,
            };
            query.answer(&*self.graph, self.of, before).await
        };

        self.timed("query", answered).await
    }

    /// All the lines that fit, as long as they are not too many.
    async fn find_all(&self, filter: EntryFilter) -> Result<Vec<Entry>, KnowledgeError> {
        let filter = EntryFilter {
            most: LINES_READ_MAX + 1,
            ..filter
        };

        let found = self
            .timed("find_entries", self.graph.find_entries(self.of, &filter))
            .await?;
        match found.len() > LINES_READ_MAX {
            true => Err(KnowledgeError::TooBroad { most: LINES_READ_MAX }),
            false => Ok(found),
        }
    }
}

fn add_line(state: &mut CharacterState, line: StateLine) -> Result<(), KnowledgeError> {
    let scene = read_key(Some(&line.scene))?;
    let since = line.at_time;
    let says = |line: StateLine| {
        let subject = line.subject.as_deref().and_then(Key::parse)?;
        Some(FactStatement {
            subject,
            predicate: line.text?,
            object: line.object.or(line.value).unwrap_or_default(),
        })
    };

    match line.part {
        0 => {
            state.whereabouts = Some(Whereabouts {
                place: line.object.as_deref().and_then(Key::parse),
                scene,
                since,
                until: line.until_time.unwrap_or(since),
            });
        }
        1 => {
            let item = read_key(line.subject.as_deref())?;
            let list = match line.mode.as_deref() {
                Some("worn") => &mut state.wears,
                _ => &mut state.holds,
            };
            list.push(Possession { item, scene, since });
        }
        2 => {
            let fact = read_key(line.about.as_deref())?;
            state.knows.push(KnownFact {
                fact,
                says: says(line),
                scene,
                since,
            });
        }
        _ => {
            let fact = read_key(line.about.as_deref())?;
            if let Some(says) = says(line) {
                state.facts.push(HeldFact {
                    fact,
                    says,
                    scene,
                    since,
                });
            }
        }
    }

    Ok(())
}

fn read_key(text: Option<&str>) -> Result<Key, KnowledgeError> {
    let key = text.and_then(Key::parse);
    key.ok_or_else(|| KnowledgeError::unreadable("key", format!("{text:?}")))
}
