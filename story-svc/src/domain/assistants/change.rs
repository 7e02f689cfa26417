//! Assistants that people make: put, changed version by version, and deleted.

use kit::actor::Actor;
use kit::error::Faults;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Assistants;
use crate::domain::assistant::{Assistant, AssistantRecord, AssistantSettings};
use crate::domain::thread::assistant_id;
use crate::domain::threads::parse_uuid;
use crate::domain::workflows::read_object;
use crate::error::StoryError;
use crate::store::{assistants as store, owners, schedules};

/// Assistants of one owner, and versions of one assistant.
const MOST: i64 = 500;
const VERSIONS_MAX: u32 = 1_000;
const NAME_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 2_000;
/// Bytes of each of its objects.
const JSON_MAX: usize = 64 * 1024;

/// What an owner says of an assistant; absent leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct AssistantChange {
    pub(crate) graph: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// JSON objects.
    pub(crate) config: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) metadata: Option<String>,
}

/// The same, read.
struct CheckedChange {
    name: Option<String>,
    description: Option<String>,
    /// Both, where one of them was given.
    settings: Option<(Map<String, Value>, Map<String, Value>)>,
    metadata: Map<String, Value>,
}

impl Assistants {
    /// A new one; the one that there is when its id may be taken.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        id: Option<&str>,
        change: AssistantChange,
        may_exist: bool,
    ) -> Result<Assistant, StoryError> {
        let id = match id {
            Some(text) => parse_uuid("assistant_id", text)?,
            None => self.ids.id(),
        };
        let graph = self
            .known_graph(actor, change.graph.as_deref().unwrap_or_default())
            .await?;
        let checked = check(change)?;
        let (config, context) = checked.settings.unwrap_or_default();
        let now = self.definitions.clock.now();
        let record = AssistantRecord {
            id,
            owner_id: actor.user_id,
            version: 1,
            graph,
            name: checked.name.unwrap_or_else(|| "Untitled".to_owned()),
            description: checked.description,
            settings: AssistantSettings {
                config,
                context,
                metadata: checked.metadata,
            },
            created_at: now,
            updated_at: now,
        };

        match self.insert(actor, &record).await {
            Ok(()) => {}
            Err(StoryError::AssistantExists { .. }) if may_exist => {}
            Err(error) => return Err(error),
        }
        self.get(actor, &id.to_string()).await
    }

    async fn insert(&self, actor: &Actor, record: &AssistantRecord) -> Result<(), StoryError> {
        let taken = || StoryError::AssistantExists {
            id: record.id.to_string(),
        };
        // An id that follows from a type is that type's, whoever has such a type.
        let types = self.definitions.list(actor).await?;
        if types
            .iter()
            .any(|compiled| assistant_id(&compiled.name) == record.id)
        {
            return Err(taken());
        }

        let mut tx = self.definitions.db.user(actor.user_id).begin_write().await?;
        if owners::is_closed(&mut tx, actor.user_id).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !store::insert(&mut tx, record).await? {
            return Err(taken());
        }
        if store::count(&mut tx, actor.user_id).await? > MOST {
            return Err(StoryError::TooManyAssistants { most: MOST });
        }
        store::insert_version(&mut tx, record).await?;
        Ok(tx.commit().await?)
    }

    /// The name of a graph that the actor has.
    async fn known_graph(&self, actor: &Actor, name: &str) -> Result<String, StoryError> {
        let mut names: Vec<String> = self.graphs(actor).await?.into_keys().collect();
        names.sort_unstable();
        match names.iter().any(|known| known == name) {
            true => Ok(name.to_owned()),
            false => {
                let expected = format!("one of the graphs {}", names.join(", "));
                Err(StoryError::invalid("graph_id", &expected))
            }
        }
    }

    /// What is given becomes the next version, which is run from now on.
    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        change: AssistantChange,
    ) -> Result<Assistant, StoryError> {
        let known = self.find_made(actor, id).await?;
        let graph = match &change.graph {
            Some(graph) => self.known_graph(actor, graph).await?,
            None => known.compiled.name.clone(),
        };
        let checked = check(change)?;
        let db = self.definitions.db.user(actor.user_id);
        let versions = store::list_versions(&db, actor.user_id, known.id).await?;
        let newest = versions.first().map_or(known.version, |newest| newest.version);
        if newest >= VERSIONS_MAX {
            return Err(StoryError::TooManyAssistants {
                most: i64::from(VERSIONS_MAX),
            });
        }

        let (config, context) = checked
            .settings
            .unwrap_or((known.settings.config, known.settings.context));
        let mut metadata = known.settings.metadata;
        metadata.extend(checked.metadata);
        if Value::Object(metadata.clone()).to_string().len() > JSON_MAX {
            return Err(StoryError::invalid("metadata", "at most 64 KiB"));
        }
        let record = AssistantRecord {
            id: known.id,
            owner_id: actor.user_id,
            version: newest + 1,
            graph,
            name: checked.name.unwrap_or(known.name),
            description: checked.description.or(known.description),
            settings: AssistantSettings {
                config,
                context,
                metadata,
            },
            created_at: known.created_at,
            updated_at: self.definitions.clock.now(),
        };

        let mut tx = db.begin_write().await?;
        let (key, at) = ((actor.user_id, known.id), record.updated_at);
        if !store::write_version(&mut tx, key, known.version, record.version, at).await? {
            return Err(StoryError::Contended { id: id.to_owned() });
        }
        store::insert_version(&mut tx, &record).await?;
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// One of its versions is run from now on.
    pub(crate) async fn set_version(
        &self,
        actor: &Actor,
        id: &str,
        version: u32,
    ) -> Result<Assistant, StoryError> {
        let known = self.find_made(actor, id).await?;
        let db = self.definitions.db.user(actor.user_id);
        let versions = store::list_versions(&db, actor.user_id, known.id).await?;
        if !versions.iter().any(|one| one.version == version) {
            return Err(StoryError::AssistantNotFound { id: id.to_owned() });
        }

        let (key, at) = ((actor.user_id, known.id), self.definitions.clock.now());
        let mut tx = db.begin_write().await?;
        if !store::write_version(&mut tx, key, known.version, version, at).await? {
            return Err(StoryError::Contended { id: id.to_owned() });
        }
        tx.commit().await?;
        self.get(actor, id).await
    }

    /// With its versions and schedules.
    pub(crate) async fn delete(&self, actor: &Actor, id: &str) -> Result<(), StoryError> {
        let known = self.find_made(actor, id).await?;
        let mut tx = self.definitions.db.user(actor.user_id).begin_write().await?;
        schedules::delete_of_assistant(&mut tx, actor.user_id, known.id).await?;
        if !store::delete(&mut tx, actor.user_id, known.id).await? {
            return Err(StoryError::AssistantNotFound { id: id.to_owned() });
        }
        Ok(tx.commit().await?)
    }

    /// One that somebody made: those of types are changed with their definitions.
    async fn find_made(&self, actor: &Actor, id: &str) -> Result<Assistant, StoryError> {
        let id: Uuid = parse_uuid("assistant_id", id)?;
        let known = self.get(actor, &id.to_string()).await?;
        match known.is_of_type {
            false => Ok(known),
            true => Err(StoryError::AssistantIsOfType {
                name: known.compiled.name.clone(),
            }),
        }
    }
}

/// # Errors
/// All wrong fields.
fn check(change: AssistantChange) -> Result<CheckedChange, StoryError> {
    let mut faults = Faults::default();
    let name = change
        .name
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    if name
        .as_ref()
        .is_some_and(|name| name.chars().count() > NAME_MAX || name.contains('\0'))
    {
        faults.add("name", "1 to 200 characters without NUL");
    }
    let description = change.description;
    let is_long = |text: &String| text.chars().count() > DESCRIPTION_MAX || text.contains('\0');
    if description.as_ref().is_some_and(is_long) {
        faults.add("description", "at most 2000 characters without NUL");
    }

    let mut read = |field: &str, text: Option<&String>| {
        let text = text.map(String::as_str).unwrap_or_default();
        if text.len() > JSON_MAX {
            faults.add(field, "at most 64 KiB");
            return Map::new();
        }
        read_object(field, text, &mut faults)
    };
    let mut config = read("config", change.config.as_ref());
    let mut context = read("context", change.context.as_ref());
    let metadata = read("metadata", change.metadata.as_ref());
    let configurable = match config.get("configurable") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) => {
            faults.add("config.configurable", "an object");
            Map::new()
        }
    };
    // Each is the other.
    match (configurable.is_empty(), context.is_empty()) {
        (false, false) => faults.add("context", "either a context or `config.configurable`, not both"),
        (false, true) => context = configurable,
        (true, false) => drop(config.insert("configurable".to_owned(), Value::Object(context.clone()))),
        (true, true) => {}
    }
    if !faults.is_empty() {
        return Err(StoryError::Invalid { fields: faults.0 });
    }

    let is_given = change.config.is_some() || change.context.is_some();
    Ok(CheckedChange {
        name,
        description,
        settings: is_given.then_some((config, context)),
        metadata,
    })
}
