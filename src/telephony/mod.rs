//! Shell: sockets, calls, media, recorder, prompts.

mod admission;
pub mod announcer;
mod announcing;
mod arrivals;
pub mod dialer;
mod dialling;
mod doings;
mod door;
pub mod exchange;
pub mod handle;
mod ledger;
mod lines;
pub mod media;
mod peers;
mod people;
mod phones;
pub mod plans;
pub mod prompts;
mod reports;
mod resolve;
pub mod speech;
pub mod tariffs;
mod tcp;
mod tls;
mod trunks;
mod udp;
mod writer;
