//! Several nodes on one database. Each says that it lives, and takes up what one that died left in the middle; nobody touches the calls and
//! messages of a node that lives.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{ActionError, Actions, Shared};
use crate::store::node::Left;
use crate::store::{Tx, Work};

/// A line in a table: nothing beside a single call.
const BEAT: Duration = Duration::from_secs(60);
/// Ten beats missed. A restart takes seconds, and a node that lost its database for some minutes still ends its calls itself.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(10);

impl Actions {
    /// As whom this process works: the same after every restart. Once, before anything is claimed.
    pub fn be_node(&self, id: String) {
        if self.shared.node.set(id).is_err() {
            tracing::error!("a process is one node for as long as it runs");
        }
    }

    /// Says that this node lives.
    pub async fn beat(&self) -> Result<(), ActionError> {
        self.shared.db.write(Beat { node: self.shared.node().to_owned(), at: self.clock.now() }).await
    }

    /// Lives, and looks after those that do not any more, until it is dropped.
    pub async fn keep_node(self) {
        loop {
            tokio::time::sleep(BEAT).await;
            let looked = async {
                self.beat().await?;
                self.take_up().await
            };
            match looked.await {
                Ok(0) => {}
                Ok(taken) => tracing::warn!(taken, "took up what another node left unfinished"),
                Err(error) => tracing::warn!(%error, "this node could not say that it lives"),
            }
        }
    }

    /// What nodes that are gone left unfinished. Their recordings are on their own disks, and wait for them.
    pub async fn take_up(&self) -> Result<usize, ActionError> {
        let calls = self.recover_calls_of(Whose::Gone, None).await?;
        let dials = self.recover_dials_of(Whose::Gone).await?;
        Ok(calls + dials + self.recover_outbox_of(Whose::Gone).await?)
    }
}

/// Whose calls and messages are to be settled.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    /// Those of this node, before it begins.
    Own,
    Gone,
}

impl Shared {
    pub(super) fn node(&self) -> &str {
        self.node.get().map_or("", String::as_str)
    }

    pub(super) fn left(&self, whose: Whose, now: Timestamp) -> Left<'_> {
        match whose {
            Whose::Own => Left::Own(self.node()),
            Whose::Gone => {
                let since = now.saturating_sub(GONE_AFTER).unwrap_or(Timestamp::MIN);
                Left::Gone { than: self.node(), since }
            }
        }
    }
}

struct Beat {
    node: String,
    at: Timestamp,
}

impl Work for Beat {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        Ok(tx.node_lives(&self.node, self.at).await?)
    }
}
