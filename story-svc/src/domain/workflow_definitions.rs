//! Types of workflows: those of this installation, and graphs as data that people define. A definition is never changed; its next
//! version is another one.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::Db;
use uuid::Uuid;

use super::workflow::StoredDefinition;
use crate::error::StoryError;
use crate::graphs::workflow::definition::{Called, Compiled, Definition, DefinitionFault, compile, parse};
use crate::store::{owners, workflow_definitions as store};

/// Names that one owner gives.
const NAMES_MAX: i64 = 500;
/// Definitions that one definition calls, directly or not.
const CALLED_MAX: usize = 50;
/// How often two are tried that are put at the same time.
const PUT_ATTEMPTS: u32 = 5;

const SOURCES: [(&str, &str); 2] = [
    ("code_story", include_str!("../graphs/workflow/code_story.yaml")),
    ("research", include_str!("../graphs/workflow/research.yaml")),
];

/// What every installation has, by name.
static BUILT_IN: LazyLock<BTreeMap<&'static str, Arc<Compiled>>> = LazyLock::new(|| {
    let types = SOURCES
        .into_iter()
        .filter_map(|(name, source)| match read_built_in(name, source) {
            Ok(compiled) => Some((name, Arc::new(compiled))),
            Err(faults) => {
                tracing::error!(name, ?faults, "a built-in type is broken");
                None
            }
        });
    types.collect()
});

fn read_built_in(name: &str, source: &str) -> Result<Compiled, Vec<DefinitionFault>> {
    let definition = parse(source, true)?;
    compile(name, 0, &definition, &Called::new())
}

/// The rules.
#[derive(Clone)]
pub(crate) struct WorkflowDefinitions {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
}

impl WorkflowDefinitions {
    pub(crate) fn built_in(&self, name: &str) -> Option<Arc<Compiled>> {
        BUILT_IN.get(name).map(Arc::clone)
    }

    /// The graph of a type; the newest version when none is given.
    pub(crate) async fn resolve(
        &self,
        owner: Uuid,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<Arc<Compiled>>, StoryError> {
        if let Some(compiled) = self.built_in(name) {
            return Ok(version.is_none_or(|version| version == 0).then_some(compiled));
        }
        if !is_name(name) {
            return Ok(None);
        }

        let found = store::find(&self.db.user(owner), owner, name, version).await?;
        Ok(found.map(|found| found.compiled))
    }

    /// The built-in types and the newest version of each of the actor's, by name.
    pub(crate) async fn list(&self, actor: &Actor) -> Result<Vec<Arc<Compiled>>, StoryError> {
        let own = store::list(&self.db.user(actor.user_id), actor.user_id, None).await?;
        let mut types: Vec<_> = BUILT_IN.values().map(Arc::clone).collect();
        types.extend(own.into_iter().map(|own| own.compiled));
        types.sort_by(|a, b| a.name.cmp(&b.name));

        Ok(types)
    }

    /// The same, each with when it was put, first and last: its newest version says both. Built-in ones have always been there.
    pub(crate) async fn list_with_times(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(Arc<Compiled>, DateTime<Utc>, DateTime<Utc>)>, StoryError> {
        let own = store::list(&self.db.user(actor.user_id), actor.user_id, None).await?;
        let always = DateTime::UNIX_EPOCH;
        let built_in = BUILT_IN
            .values()
            .map(|built_in| (Arc::clone(built_in), always, always));
        let own = own
            .into_iter()
            .map(|own| (own.compiled, own.created_at, own.created_at));

        Ok(built_in.chain(own).collect())
    }

    /// What is wrong with a definition, or its graph.
    pub(crate) async fn validate(
        &self,
        actor: &Actor,
        source: &str,
    ) -> Result<Result<Compiled, Vec<DefinitionFault>>, StoryError> {
        self.compile(actor.user_id, "definition", 0, source).await
    }

    async fn compile(
        &self,
        owner: Uuid,
        name: &str,
        version: u32,
        source: &str,
    ) -> Result<Result<Compiled, Vec<DefinitionFault>>, StoryError> {
        let definition = match parse(source, false) {
            Ok(definition) => definition,
            Err(faults) => return Ok(Err(faults)),
        };

        let called = self.find_called(owner, &definition).await?;
        Ok(compile(name, version, &definition, &called))
    }

    /// What it calls, and what that calls. Those that do not exist are left out.
    async fn find_called(&self, owner: Uuid, definition: &Definition) -> Result<Called, StoryError> {
        let mut called = Called::new();
        let mut wanted: Vec<(String, Option<u32>)> = definition
            .calls()
            .map(|(name, version)| (name.clone(), version))
            .collect();
        while let Some(key) = wanted.pop() {
            if called.contains_key(&key) || called.len() >= CALLED_MAX || !is_name(&key.0) {
                continue;
            }
            let found = store::find(&self.db.user(owner), owner, &key.0, key.1).await?;
            let Some(Ok(found)) = found.map(|found| parse(&found.source, false)) else {
                continue;
            };
            wanted.extend(found.calls().map(|(name, version)| (name.clone(), version)));
            called.insert(key, found);
        }

        Ok(called)
    }

    /// Stores the next version; the same text as the newest one is that.
    pub(crate) async fn put(
        &self,
        actor: &Actor,
        name: &str,
        source: &str,
    ) -> Result<StoredDefinition, StoryError> {
        if !is_name(name) {
            let expected = "1 to 64 of a-z, 0-9, _ and -, a letter first";
            return Err(StoryError::invalid("name", expected));
        }
        if BUILT_IN.contains_key(name) {
            return Err(StoryError::TypeIsBuiltIn {
                name: name.to_owned(),
            });
        }

        let (owner, db) = (actor.user_id, self.db.user(actor.user_id));
        for _ in 0..PUT_ATTEMPTS {
            let newest = store::find(&db, owner, name, None).await?;
            if let Some(newest) = &newest
                && newest.source == source
            {
                return Ok(newest.clone());
            }
            if newest.is_none() && store::count(&db, owner).await? >= NAMES_MAX {
                return Err(StoryError::TooManyDefinitions { most: NAMES_MAX });
            }

            let version = newest.map_or(1, |newest| newest.version + 1);
            let compiled = self.compile(owner, name, version, source).await?;
            let compiled = compiled.map_err(|faults| StoryError::Invalid {
                fields: faults.into_iter().map(Into::into).collect(),
            })?;
            let new = StoredDefinition {
                name: name.to_owned(),
                version,
                source: source.to_owned(),
                compiled: Arc::new(compiled),
                created_at: self.clock.now(),
            };

            let mut tx = db.begin_write().await?;
            if owners::is_closed(&mut tx, owner).await? {
                return Err(StoryError::OwnerClosed);
            }
            match store::insert(&mut tx, owner, &new).await {
                Ok(()) => {
                    tx.commit().await?;
                    return Ok(new);
                }
                Err(error) if store::is_version_taken(&error) => tx.rollback().await?,
                Err(error) => return Err(error.into()),
            }
        }

        Err(StoryError::Contended { id: name.to_owned() })
    }

    pub(crate) async fn get(
        &self,
        actor: &Actor,
        name: &str,
        version: Option<u32>,
    ) -> Result<StoredDefinition, StoryError> {
        let not_found = || StoryError::DefinitionNotFound {
            name: name.to_owned(),
        };
        if !is_name(name) {
            return Err(not_found());
        }
        let found = store::find(&self.db.user(actor.user_id), actor.user_id, name, version).await?;
        found.ok_or_else(not_found)
    }

    /// Newest first.
    pub(crate) async fn list_versions(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<Vec<StoredDefinition>, StoryError> {
        let not_found = || StoryError::DefinitionNotFound {
            name: name.to_owned(),
        };
        if !is_name(name) {
            return Err(not_found());
        }
        let found = store::list(&self.db.user(actor.user_id), actor.user_id, Some(name)).await?;
        match found.is_empty() {
            false => Ok(found),
            true => Err(not_found()),
        }
    }

    pub(crate) async fn delete(&self, actor: &Actor, name: &str) -> Result<(), StoryError> {
        let known = is_name(name);
        match known && store::delete(&self.db.user(actor.user_id), actor.user_id, name).await? {
            true => Ok(()),
            false => Err(StoryError::DefinitionNotFound {
                name: name.to_owned(),
            }),
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&name.len())
        && name.bytes().all(plain)
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_type_is_whole() {
        for (name, source) in SOURCES {
            assert_eq!(read_built_in(name, source).err(), None, "{name}");
        }
    }
}
