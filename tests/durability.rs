//! What survives: the real process killed at bad moments, then started again on the same data.

mod cancels;
mod kills;
mod servers;
