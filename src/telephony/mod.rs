//! Shell: sockets, calls, media, recorder, prompts.

mod admission;
pub mod exchange;
pub mod handle;
mod live;
pub mod media;
mod peers;
pub mod plans;
pub mod prompts;
mod strangers;
mod tcp;
mod udp;
mod writer;
