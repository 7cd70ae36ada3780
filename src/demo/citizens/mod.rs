//! Citizens who call over SIP and RTP and text over SMPP, as people do: most to the point, some not at all.
//!
//! [`behaviour`] and [`texts`] draw what a citizen does, [`acts`] does it; [`uac`], [`mouth`] and [`ear`] are the telephone without its
//! sockets; [`phone`] adds these; [`crowd`] lets so many come in a minute.

pub mod acts;
pub mod behaviour;
pub mod crowd;
pub mod ear;
pub mod mouth;
pub mod phone;
pub mod texts;
pub mod uac;
