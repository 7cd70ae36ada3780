//! Messages to many: what is said ([`message`]), to whom ([`segment`], lists), by which channels one after the other ([`ladder`]), when
//! ([`hours`]), how far the campaign has come ([`state`]), and what became of each recipient ([`recipient`], [`consider`]).

pub mod consider;
pub mod hours;
pub mod ladder;
pub mod message;
pub mod recipient;
pub mod segment;
pub mod state;

pub use ladder::{Ladder, Step, Way};
pub use message::{Message, Script};
pub use recipient::{RecipientState, Why};
pub use state::{CampaignState, Deed};
