//! Over what the digests are taken. Every field goes in with its length before it, so that no two entries read alike.

use sha2::{Digest as _, Sha256};

use super::SealedFields;

pub type Digest = [u8; 32];

/// What the first entry follows.
pub const GENESIS: Digest = [0; 32];

/// One entry of the audit as it stands in its row: raw words, for a changed row may hold anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: i64,
    /// Microseconds.
    pub at: i64,
    pub who_kind: String,
    pub who: String,
    pub what: String,
    pub subject_kind: String,
    pub subject: String,
    pub detail_digest: Vec<u8>,
    pub digest: Vec<u8>,
}

impl Link {
    /// What its digest is if it stands at `id` and follows an entry with the digest `previous`.
    pub fn digest_after(&self, previous: &[u8], id: i64) -> Digest {
        let mut hash = Fields::new("odziv audit 1");
        hash.add(previous);
        hash.add(&id.to_be_bytes());
        hash.add(&self.at.to_be_bytes());
        for word in [&self.who_kind, &self.who, &self.what, &self.subject_kind, &self.subject] {
            hash.add(word.as_bytes());
        }
        hash.add(&self.detail_digest);
        hash.done()
    }
}

/// Of a detail with its salt.
pub fn detail_digest(salt: &[u8], detail: &str) -> Digest {
    let mut hash = Fields::new("odziv detail 1");
    hash.add(salt);
    hash.add(detail.as_bytes());
    hash.done()
}

/// Of an entry of a timeline with its salt. An erased entry keeps this digest in place of its salt.
pub fn leaf(salt: &[u8], event: &SealedFields<'_>) -> Digest {
    let mut hash = Fields::new("odziv entry 1");
    hash.add(salt);
    hash.add(&event.id.0.to_be_bytes());
    hash.add(&event.case.0.to_be_bytes());
    hash.add(&event.at.to_be_bytes());
    hash.add(event.kind.as_bytes());
    match event.actor {
        Some(actor) => hash.add(&actor.to_be_bytes()),
        None => hash.add(b""),
    }
    hash.add(event.token.unwrap_or_default().as_bytes());
    hash.add(event.visibility.as_bytes());
    hash.add(event.payload.as_bytes());
    hash.done()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Fields(Sha256);

impl Fields {
    /// `domain`: what is digested, so that a digest of one thing is never one of another.
    fn new(domain: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.add(domain.as_bytes());
        fields
    }

    fn add(&mut self, field: &[u8]) {
        self.0.update((field.len() as u64).to_be_bytes());
        self.0.update(field);
    }

    fn done(self) -> Digest {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{CaseEventId, CaseId};

    #[test]
    fn no_two_entries_read_alike() {
        let event = SealedFields {
            id: CaseEventId(1),
            case: CaseId(2),
            at: 3,
            kind: "note",
            actor: None,
            token: Some("ab"),
            visibility: "internal",
            payload: "{}",
        };
        let other = [
            SealedFields { id: CaseEventId(2), ..event },
            SealedFields { actor: Some(0), ..event },
            SealedFields { token: Some("a"), visibility: "binternal", ..event },
            SealedFields { kind: "not", token: Some("eab"), ..event },
            SealedFields { payload: "{} ", ..event },
        ];
        for other in other {
            assert_ne!(leaf(b"salt", &event), leaf(b"salt", &other), "{other:?}");
        }
        assert_ne!(leaf(b"salt", &event), leaf(b"salu", &event));
    }
}
