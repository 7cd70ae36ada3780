//! One place where a phone can be reached.

use std::net::IpAddr;
use std::time::Instant;

use super::PhoneKey;
use crate::protocol::sip::Flow;
use crate::protocol::sip::message::Uri;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub phone: PhoneKey,
    /// Its Contact, word for word: the Request-URI of calls to it.
    pub uri: String,
    /// `+sip.instance` of the device, which outlives changes of network.
    pub instance: Option<String>,
    /// The way on which it came and on which it is reached.
    pub flow: Flow,
    pub call_id: String,
    pub cseq: u32,
    pub since: Instant,
    pub expires_at: Instant,
    pub user_agent: Option<String>,
}

impl Binding {
    /// The phone thinks that it is somewhere else than where its packets come from.
    pub fn behind_nat(&self) -> bool {
        let said: Option<IpAddr> = Uri::parse(&self.uri).and_then(|uri| uri.address()).map(|at| at.ip());
        said.is_some_and(|said| said.to_canonical() != self.flow.remote.ip().to_canonical())
    }
}
