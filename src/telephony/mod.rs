//! Shell: sockets, calls, media, recorder, prompts.

mod admission;
mod door;
pub mod exchange;
pub mod handle;
mod live;
pub mod media;
mod peers;
pub mod plans;
pub mod prompts;
mod tcp;
mod udp;
mod writer;
