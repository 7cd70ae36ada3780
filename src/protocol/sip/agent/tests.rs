//! Agents and the network between them, on virtual time; the fuzzer plays with them too.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod calls;
pub mod net;
#[cfg(test)]
mod offers;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod sessions;
pub mod simulation;
#[cfg(test)]
mod transfers;

#[cfg(test)]
use std::net::SocketAddr;
use std::time::Duration;

use rand::Rng;

pub use self::net::{CALLER, Net, SERVER, Weather, flow};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
fn answered() -> (Net, DialogId, DialogId) {
    let mut net = Net::calm();
    let caller = net.call();
    net.run(Duration::from_millis(50));
    let server = net.invited();
    let now = net.now;
    net.agents[SERVER].ring(server, now);
    net.agents[SERVER].answer(server, b"answer", now);
    net.run(SECOND);
    (net, caller, server)
}

/// A request within the call, as the caller would send it.
#[cfg(test)]
fn within(net: &Net, method: &str, cseq: u32, more: &str) -> String {
    let key = net.agents[SERVER].legs.values().next().map(|leg| leg.key.clone()).unwrap_or_default();
    let (call_id, to_tag) = key.split_once('|').unwrap_or(("gone", "gone"));
    let caller_key = net.agents[CALLER].legs.values().next().map(|leg| leg.key.clone()).unwrap();
    let from_tag = caller_key.split_once('|').unwrap().1;
    format!(
        "{method} sip:odziv@192.0.2.2:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK{method}{cseq}\r\n\
         From: <sip:+381641234567@192.0.2.1>;tag={from_tag}\r\nTo: <sip:021480000@192.0.2.2>;tag={to_tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{more}"
    )
}
