//! Adiuva's words: a message with its context as it comes in, and what it is answered with.

pub(crate) mod chat;
