//! Ids as a parameter. Random ids are version 4 UUIDs: 122 unguessable bits, because an id can be the only thing that
//! protects an anonymous story.

use std::sync::Arc;

use uuid::Uuid;

pub trait Ids: Send + Sync + 'static {
    fn id(&self) -> Uuid;
}

pub type SharedIds = Arc<dyn Ids>;

#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where ids are made from randomness"
)]
pub fn random_id() -> Uuid {
    Uuid::new_v4()
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl SystemIds {
    #[must_use]
    pub fn shared() -> SharedIds {
        Arc::new(Self)
    }
}

impl Ids for SystemIds {
    fn id(&self) -> Uuid {
        random_id()
    }
}

#[cfg(any(test, feature = "testing"))]
pub use sequential::SequentialIds;

#[cfg(any(test, feature = "testing"))]
mod sequential {
    use std::sync::atomic::{AtomicU64, Ordering};

    use uuid::Uuid;

    /// 1, 2, 3, … as UUIDs, so that a test can name the next id.
    #[derive(Debug, Default)]
    pub struct SequentialIds(AtomicU64);

    impl super::Ids for SequentialIds {
        fn id(&self) -> Uuid {
            Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_version_four_and_differ() {
        let (a, b) = (SystemIds.id(), SystemIds.id());
        assert_ne!(a, b);
        assert_eq!(a.get_version_num(), 4);
    }

    #[test]
    fn sequential_ids_count_from_one() {
        let ids = SequentialIds::default();
        assert_eq!([ids.id(), ids.id()], [Uuid::from_u128(1), Uuid::from_u128(2)]);
    }
}
