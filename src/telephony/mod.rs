//! Shell: sockets, media, recorder, prompts.

pub mod media;
pub mod prompts;
