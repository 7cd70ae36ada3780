//! Shell: sockets, media, recorder, prompts.

pub mod media;
