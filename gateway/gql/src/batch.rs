//! Collects keys until every resolver that can go on without them has gone on, and asks for all of them together. It waits
//! for one turn of the runtime, not for a time. Whoever waits for a batch also drives it, so a request that is dropped
//! drops its calls.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};

/// What was found, by key.
pub type FoundByKey<T> = HashMap<String, Arc<T>>;

/// Asks for everything with these keys, which are different from each other.
type Find<S, T, E> = fn(Arc<S>, Vec<String>) -> BoxFuture<'static, Result<FoundByKey<T>, E>>;

/// Keys of a batch that was not sent yet.
type Keys = Arc<Mutex<Vec<String>>>;

type SharedBatch<T, E> = Shared<BoxFuture<'static, Result<Arc<FoundByKey<T>>, E>>>;

/// Loads one kind of thing by key.
pub struct Batcher<S, T, E> {
    source: Arc<S>,
    find: Find<S, T, E>,
    /// Keys that one call may name.
    max: usize,
    /// The batch that was begun last, with its keys so far.
    last: Mutex<Option<(Keys, SharedBatch<T, E>)>>,
}

impl<S, T, E> Batcher<S, T, E>
where
    S: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    pub fn new(source: &Arc<S>, find: Find<S, T, E>, max: usize) -> Self {
        Self {
            source: Arc::clone(source),
            find,
            max,
            last: Mutex::default(),
        }
    }

    /// What has this key; `None` when there is nothing that the asker may see.
    pub async fn load(&self, key: &str) -> Result<Option<Arc<T>>, E> {
        let answer = self.join(key);
        // Resolvers of one request share a task: when it comes back here, all of them have said what they need.
        tokio::task::yield_now().await;
        Ok(answer.await?.get(key).cloned())
    }

    /// The batch that will bring the key: the last one while it takes more, else a new one.
    fn join(&self, key: &str) -> SharedBatch<T, E> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((keys, answer)) = &*last {
            let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
            // A batch that was sent has no keys any more.
            let open = !keys.is_empty();
            let known = keys.iter().any(|known| known == key);

            if open && (known || keys.len() < self.max) {
                if !known {
                    keys.push(key.to_owned());
                }
                return answer.clone();
            }
        }

        let keys: Keys = Arc::new(Mutex::new(vec![key.to_owned()]));
        let answer = self.send(Arc::clone(&keys)).boxed().shared();
        *last = Some((keys, answer.clone()));

        answer
    }

    fn send(&self, keys: Keys) -> impl Future<Output = Result<Arc<FoundByKey<T>>, E>> + use<S, T, E> {
        let (source, find) = (Arc::clone(&self.source), self.find);
        async move {
            let keys = std::mem::take(&mut *keys.lock().unwrap_or_else(PoisonError::into_inner));
            find(source, keys).await.map(Arc::new)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::future::join_all;

    use super::*;

    /// Remembers what it was asked for.
    #[derive(Default)]
    struct Shelf(Mutex<Vec<Vec<String>>>);

    fn find(
        shelf: Arc<Shelf>,
        keys: Vec<String>,
    ) -> BoxFuture<'static, Result<FoundByKey<String>, Infallible>> {
        shelf.0.lock().unwrap().push(keys.clone());
        let found = keys.into_iter().filter(|key| key != "none");
        let found = found
            .map(|key| (key.clone(), Arc::new(format!("<{key}>"))))
            .collect();
        async move { Ok(found) }.boxed()
    }

    async fn load(batcher: &Batcher<Shelf, String, Infallible>, keys: &[&str]) -> Vec<Option<String>> {
        let all = join_all(keys.iter().map(|key| batcher.load(key))).await;
        let all = all.into_iter().map(|one| one.unwrap());
        all.map(|one| one.map(|text| (*text).clone())).collect()
    }

    #[tokio::test]
    async fn keys_that_are_needed_at_once_are_asked_for_once() {
        let shelf = Arc::new(Shelf::default());
        let batcher = Batcher::new(&shelf, find, 10);
        let found = load(&batcher, &["a", "b", "a", "none"]).await;

        assert_eq!(
            found,
            [
                Some("<a>".to_owned()),
                Some("<b>".to_owned()),
                Some("<a>".to_owned()),
                None
            ]
        );
        assert_eq!(*shelf.0.lock().unwrap(), [["a", "b", "none"]]);

        load(&batcher, &["a"]).await;
        assert_eq!(shelf.0.lock().unwrap().len(), 2, "nothing is remembered");
    }

    #[tokio::test]
    async fn more_keys_than_a_call_takes_are_asked_for_in_several() {
        let shelf = Arc::new(Shelf::default());
        let batcher = Batcher::new(&shelf, find, 2);
        load(&batcher, &["a", "b", "c", "b", "d", "e"]).await;
        let mut sizes: Vec<_> = shelf.0.lock().unwrap().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [2, 2, 2], "b is in two of them");
    }

    #[tokio::test]
    async fn who_leaves_does_not_take_the_batch_along() {
        let shelf = Arc::new(Shelf::default());
        let batcher = Batcher::new(&shelf, find, 10);
        let mut first = Box::pin(batcher.load("a"));
        assert!(futures::poll!(&mut first).is_pending());
        let second = batcher.load("b");
        drop(first);
        assert!(second.await.unwrap().is_some());
    }
}
