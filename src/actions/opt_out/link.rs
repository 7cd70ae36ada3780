//! The link, and the address for answers, by which whoever got a mail to many asks for no more of them.
//!
//! What the link carries is sealed: the address that the mail went to, and which mail it was. Nothing of it is stored, so it works as long as the
//! key of the installation is the same, also when the mail itself is no longer kept; and nobody makes one for somebody else.

use jiff::Timestamp;

use crate::actions::{ActionError, Actions, Shared};
use crate::domain::email::EmailAddress;
use crate::domain::id::OutboxId;
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::store::vault::Vault;
use crate::store::{Tx, Work};

/// For what it is sealed.
const OF: &str = "unsubscribe";
/// Of the mail's number.
const ID_BYTES: usize = 8;
/// No address makes a longer one.
const LONGEST: usize = 600;

/// What a link says when it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribing {
    pub mail: OutboxId,
    pub address: EmailAddress,
}

impl Unsubscribing {
    pub fn token(&self, vault: &Vault) -> Result<String, ActionError> {
        let mut plain = self.mail.0.to_be_bytes().to_vec();
        plain.extend(self.address.as_str().as_bytes());
        Ok(vault.seal_link(OF, &plain)?)
    }

    pub fn of_token(vault: &Vault, token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let plain = vault.open_link(OF, token)?;
        let (id, address) = plain.split_at_checked(ID_BYTES)?;
        let mail = OutboxId(i64::from_be_bytes(id.try_into().ok()?));
        let address = EmailAddress::from_stored(std::str::from_utf8(address).ok()?)?;
        Some(Self { mail, address })
    }
}

impl Actions {
    /// A token that is not ours is as good as any other, to whoever asks.
    pub async fn unsubscribe(&self, token: &str) -> Result<(), ActionError> {
        let Some(asked) = Unsubscribing::of_token(self.shared.db.vault(), token) else {
            tracing::info!("somebody followed a link that is not of a mail of ours");
            return Ok(());
        };
        let work = Unsubscribe {
            shared: std::sync::Arc::clone(&self.shared),
            asked,
            means: OptOutMeans::Link,
            at: self.clock.now(),
        };
        self.shared.db.write(work).await
    }

    /// The token of a mail to many; what sends it writes it into the head.
    pub fn unsubscribe_token(&self, mail: OutboxId, to: &EmailAddress) -> Result<String, ActionError> {
        Unsubscribing { mail, address: to.clone() }.token(self.shared.db.vault())
    }
}

struct Unsubscribe {
    shared: std::sync::Arc<Shared>,
    asked: Unsubscribing,
    means: OptOutMeans,
    at: Timestamp,
}

impl Work for Unsubscribe {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        self.shared.unsubscribed(tx, &self.asked, self.means, self.at).await
    }
}

impl Shared {
    pub(in crate::actions) async fn unsubscribed(
        &self,
        tx: &mut Tx<'_>,
        asked: &Unsubscribing,
        means: OptOutMeans,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let address = (OptOutChannel::Email, asked.address.as_str());
        self.opted_out_by_citizen(tx, address, means, at).await.map(drop)
    }
}
