//! What a REGISTER asks for (RFC 3261 §10.2, §10.3 step 6).

use std::time::Duration;

use super::{DEFAULT_EXPIRES, MAX_CONTACTS, MAX_EXPIRES, MIN_EXPIRES, Refused};
use crate::protocol::sip::message::{NameAddr, Request, Uri, split_list};

/// A Contact is sent back in every call; longer ones are no phone's.
const MAX_URI: usize = 512;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// No Contact: only the list is wanted.
    Fetch,
    /// `Contact: *` with `Expires: 0`.
    RemoveAll,
    Bind(Vec<Contact>),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contact {
    pub uri: String,
    pub instance: Option<String>,
    /// For how long; `None`: it is taken back.
    pub expires: Option<Duration>,
}

pub(super) fn read(request: &Request) -> Result<Wish, Refused> {
    let values: Vec<&str> = request.headers("Contact").flat_map(split_list).take(MAX_CONTACTS + 1).collect();
    if values.len() > MAX_CONTACTS {
        return Err(Refused::BadContact);
    }
    // A value that is no number counts as 3600 (§20.19).
    let all = request.header("Expires").map(|value| seconds(value.trim()).unwrap_or(DEFAULT_EXPIRES));
    if values.contains(&"*") {
        return match (values.as_slice(), all) {
            (["*"], Some(Duration::ZERO)) => Ok(Wish::RemoveAll),
            _ => Err(Refused::BadContact),
        };
    }
    if values.is_empty() {
        return Ok(Wish::Fetch);
    }
    let contacts = values.into_iter().map(|value| contact(value, all.unwrap_or(DEFAULT_EXPIRES)));
    contacts.collect::<Result<_, _>>().map(Wish::Bind)
}

fn contact(value: &str, all: Duration) -> Result<Contact, Refused> {
    let address = NameAddr::parse(value).ok_or(Refused::BadContact)?;
    let sip = Uri::parse(&address.uri).is_some_and(|uri| uri.is_sip());
    let plain = !address.uri.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
    if !sip || !plain || address.uri.len() > MAX_URI {
        return Err(Refused::BadContact);
    }
    // What follows the URI and its bracket. `+sip.instance` has brackets of its own, so the last one is not it.
    let params = value.split_once(address.uri.as_str()).map_or("", |(_, rest)| rest);
    let asked = param(params, "expires").map_or(all, |value| seconds(value).unwrap_or(DEFAULT_EXPIRES));
    let expires = match asked {
        Duration::ZERO => None,
        brief if brief < MIN_EXPIRES => return Err(Refused::TooBrief),
        asked => Some(asked.min(MAX_EXPIRES)),
    };
    Ok(Contact { instance: instance(value), uri: address.uri, expires })
}

fn seconds(text: &str) -> Option<Duration> {
    // Larger than the type: as long as possible.
    match text.parse::<u32>() {
        Ok(seconds) => Some(Duration::from_secs(seconds.into())),
        Err(_) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => Some(MAX_EXPIRES),
        Err(_) => None,
    }
}

fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> {
    params.split(';').find_map(|param| {
        let (key, value) = param.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// `;+sip.instance="<urn:uuid:...>"`: its value has brackets of its own, so it is looked for in the whole text.
fn instance(value: &str) -> Option<String> {
    let at = value.find("+sip.instance=\"")? + "+sip.instance=\"".len();
    let text = value.get(at..)?.split('"').next()?.trim_matches(['<', '>']);
    (!text.is_empty() && text.len() <= 100).then(|| text.to_owned())
}
