//! Mail: what it says, and the server that takes it.

mod letter;
mod smtp;

pub(crate) use self::{
    letter::{Letter, Topic},
    smtp::{SendError, Smtp},
};
