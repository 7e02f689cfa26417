//! The shapes of answers that were compiled before, one for each type: a chat's classifier asks for the same one every time.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use schemars::JsonSchema;

use super::schema::OutputSchema;

#[derive(Default)]
pub(super) struct SchemaCache(RwLock<HashMap<TypeId, Arc<OutputSchema>>>);

impl SchemaCache {
    /// `None` when the type's schema is not a valid schema, which only a hand-written one can be.
    pub(super) fn find_or_derive<T: JsonSchema + 'static>(&self) -> Option<Arc<OutputSchema>> {
        let id = TypeId::of::<T>();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = known.get(&id) {
            return Some(Arc::clone(schema));
        }
        drop(known);

        let schema = Arc::new(OutputSchema::derive::<T>()?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(known.entry(id).or_insert(schema)))
    }
}
