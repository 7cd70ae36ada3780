//! Citizens: the list, the card of one with everything they ever sent, and merging of cards.

pub mod change;
pub mod list;
pub mod merge;
#[cfg(test)]
pub mod samples;
pub mod show;
pub mod view;
