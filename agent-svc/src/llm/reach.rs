//! How many providers of models somebody's tier reaches: those that come first in a route. A key of the caller's own, and a model
//! that was asked for by its name, are judged before they come here.

use std::sync::Arc;

use super::config::Model;
use super::request::Call;
use super::sampling::Sampling;
use super::{EMBEDDING_CLASS, Gateway};
use crate::usage::AccountName;

/// The providers of a route that may be asked; none: all of them.
pub(super) struct Reach<'a>(Option<Vec<&'a str>>);

impl<'a> Reach<'a> {
    const ALL: Self = Self(None);

    /// The first so many providers of a route.
    fn of_first(route: &'a [Arc<Model>], most: u32) -> Self {
        let mut providers = list_providers(route);
        providers.truncate(usize::try_from(most).unwrap_or(usize::MAX));

        Self(Some(providers))
    }

    pub(super) fn has(&self, model: &Model) -> bool {
        let providers = self.0.as_ref();
        providers.is_none_or(|providers| providers.contains(&model.provider.name.as_str()))
    }
}

/// Each once, in the order in which they are asked.
fn list_providers(route: &[Arc<Model>]) -> Vec<&str> {
    let mut providers: Vec<&str> = Vec::new();
    for model in route {
        if !providers.contains(&model.provider.name.as_str()) {
            providers.push(&model.provider.name);
        }
    }

    providers
}

impl Gateway {
    /// Which providers of the route are asked for whoever makes the call.
    pub(super) async fn find_reach<'a>(
        &self,
        call: &Call,
        sampling: &Sampling,
        route: &'a [Arc<Model>],
    ) -> Reach<'a> {
        if call.own_key.is_some() || sampling.model.is_some() {
            return Reach::ALL;
        }
        let Some(entitlements) = &self.0.deps.entitlements else {
            return Reach::ALL;
        };
        let Some(name) = AccountName::parse(&call.user) else {
            return Reach::ALL;
        };

        match entitlements.find(&name.actor()).await.providers {
            Some(most) => Reach::of_first(route, most),
            None => Reach::ALL,
        }
    }

    /// Which of the providers of a class is the one of a named model, from 1 on. One that is not in the route comes after all that are.
    pub fn rank_provider(&self, class: &str, name: &str) -> u32 {
        let routes = &self.0.routes;
        let route = match class {
            EMBEDDING_CLASS => routes.of_class(class),
            class => routes.models_of(class),
        };
        let providers = list_providers(route);
        let named = routes.find_named(name).and_then(<[_]>::first);
        let place = named.and_then(|model| {
            let mut providers = providers.iter();
            providers.position(|provider| *provider == model.provider.name)
        });

        u32::try_from(place.unwrap_or(providers.len()) + 1).unwrap_or(u32::MAX)
    }
}
