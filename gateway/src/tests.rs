//! The gateway through its own door: a real listener in front, scripted services behind.

mod accounts;
mod browser;
mod chat;
mod door;
mod fakes;
mod harness;
mod identity;
mod limits;
mod media;
mod refusals;
mod stories;
mod streams;
