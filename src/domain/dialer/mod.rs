//! The auto-dialler's decisions: how many to dial now ([`pacing`]), whose operators they are ([`share`]), who is next ([`order`]), what a dial came to
//! ([`outcome`]) and what follows from it ([`retry`], [`contact`]), what counts as abandoned ([`accounting`]), and days of all of it in a moment
//! ([`simulate`]).

pub mod accounting;
pub mod campaign;
pub mod contact;
pub mod disposition;
pub mod erlang;
pub mod greeting;
pub mod hours;
pub mod mode;
pub mod order;
pub mod outcome;
pub mod pacing;
pub mod progress;
pub mod retry;
pub mod share;
pub mod simulate;

pub use campaign::{DialDeed, DialSettings, DialState};
pub use mode::Mode;
pub use outcome::Outcome;
