//! What holds on every engine: the command that migrates databases, the same answers of both, the move from one to another, and what happens
//! when one can not be used.

mod answers;
mod migrate;
mod moving;
mod trouble;

use crate::harness::database::Database;
