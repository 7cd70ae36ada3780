//! Shell: sockets, media, recorder, prompts.

pub mod media;
pub mod plans;
pub mod prompts;
