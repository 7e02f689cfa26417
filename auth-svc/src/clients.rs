//! The ways to other services: their generated clients, and what is asked of them. Nothing else sees either.

mod stories;

pub(crate) use self::stories::Stories;
