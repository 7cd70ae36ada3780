//! Odziv, the contact centre of a municipality.
//!
//! # The life of a call
//!
//! A datagram reaches [`telephony`]; [`protocol::sip`] makes a message, a transaction and a dialog of it; [`call`] owns the
//! call from the first INVITE to the last BYE and asks [`dialplan`] what happens next. Before the caller hears anything
//! better than `100 Trying`, [`actions`] has written the contact to the [`store`]. Whatever the caller then does, hang up at once
//! included, exactly one case results. [`messaging`] walks the same road for texts, and [`web`] shows the cases.
//!
//! `ARCHITECTURE.md` walks the same roads file by file, and says who may import whom.

// The pretended shell of `call/switch/tests/world.rs` is compiled here and into the integration tests.
#[cfg(any(test, fuzzing))]
extern crate self as odziv;

pub mod actions;
pub mod app;
pub mod call;
pub mod clock;
pub mod config;
pub mod demo;
pub mod dialplan;
pub mod domain;
pub mod messaging;
pub mod protocol;
pub mod store;
pub mod telephony;
pub mod web;
