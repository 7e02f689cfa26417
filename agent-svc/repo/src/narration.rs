//! Prose for the ear: what can be read aloud, where it may be cut, and how long it takes. No voice speaks here.

pub mod cut;
pub mod pace;
pub mod speakable;

pub use self::pace::Pace;
