//! The mailbox: watched for the life of the process. Each mail is read, its case committed, and only then is it marked as seen.
//!
//! What is known of the mailbox (its UIDVALIDITY and the last UID) is in the database, written with the mail. A process that dies anywhere
//! fetches the last mail again at most, and knows it by its external id.

mod reader;
mod refused;
mod session;

use std::time::Duration;

use super::Surroundings;
use super::handle::{LinkState, LinkStatus, MessagingHandle};
use crate::actions::mail::{MailArrived, MailOutcome, MailboxPosition};
use crate::actions::{ActionError, Actions};
use crate::config::mail::{Imap, Mail};
use crate::protocol::smpp::backoff::Backoff;
use refused::Refused;
use session::{Session, Start};

/// Sizes are asked for so many mails at once.
const SIZES_AT_ONCE: usize = 100;
/// A mail that came between the search and the beginning of IDLE is found after this; the server says the rest at once.
const IDLE_AT_MOST: Duration = Duration::from_secs(60);
/// When a mailbox got a new UIDVALIDITY, mails since this long before the last one that we read are looked at again; those that are known
/// are known by their external ids.
const LOOK_BACK_DAYS: i64 = 2;
/// Of a head that is fetched without its body.
const LONGEST_HEAD: u32 = 128 * 1024;

#[derive(Debug)]
pub(super) struct Mailbox {
    settings: Mail,
    imap: Imap,
    around: Surroundings,
    actions: Actions,
    handle: MessagingHandle,
    index: usize,
    refused: Refused,
}

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Lost {
    /// The server does not let us in.
    Refused(String),
    Broken(String),
    /// The database takes no writes now: the mail stays unseen.
    Store(ActionError),
}

impl Lost {
    fn words(&self) -> String {
        match self {
            Self::Refused(why) | Self::Broken(why) => why.clone(),
            Self::Store(error) => error.to_string(),
        }
    }
}

impl Mailbox {
    pub fn new(
        settings: &Mail,
        imap: &Imap,
        around: &Surroundings,
        actions: &Actions,
        handle: &MessagingHandle,
    ) -> Self {
        let address = format!("{}:{} {}", imap.host, imap.port, imap.folder);
        let index = handle.add_mail(&imap.user, &address, around.clock.now());
        Self {
            settings: settings.clone(),
            imap: imap.clone(),
            around: around.clone(),
            actions: actions.clone(),
            handle: handle.clone(),
            index,
            refused: Refused::default(),
        }
    }

    pub async fn run(self) {
        let mut backoff = Backoff::new(Duration::from_secs(self.imap.reconnect_max_s.into()));
        let mailbox = std::sync::Arc::new(self);
        loop {
            mailbox.state(LinkState::Connecting, None);
            // A task of its own: should a library panic on what a server says, the mailbox is read on all the same.
            let conversation = tokio::spawn(std::sync::Arc::clone(&mailbox).converse());
            let abort = conversation.abort_handle();
            let ended = tokio::select! {
                ended = conversation => ended,
                () = mailbox.around.stop.cancelled() => {
                    // What is being written is committed or not; either way nothing is lost.
                    abort.abort();
                    mailbox.state(LinkState::Stopped, None);
                    return;
                }
            };
            let (was_up, lost) = ended.unwrap_or_else(|panic| (false, Lost::Broken(panic.to_string())));
            if was_up {
                backoff.reset();
            }
            let state =
                if matches!(lost, Lost::Refused(_)) { LinkState::Refused } else { LinkState::Waiting };
            tracing::warn!(mailbox = mailbox.imap.folder, error = lost.words(), "the mailbox is not watched");
            mailbox.state(state, Some(lost.words()));
            tokio::select! {
                () = tokio::time::sleep(backoff.wait(rand::random())) => {}
                () = mailbox.around.stop.cancelled() => {
                    mailbox.state(LinkState::Stopped, None);
                    return;
                }
            }
        }
    }

    /// Until the connection ends: whether it was up, and why it ended.
    async fn converse(self: std::sync::Arc<Self>) -> (bool, Lost) {
        let mut session = match Session::open(&self.imap).await {
            Ok(session) => session,
            Err(lost) => return (false, lost),
        };
        self.state(LinkState::Bound, None);
        tracing::info!(mailbox = self.imap.folder, idle = session.can_idle, "the mailbox is watched");
        let lost = match self.watch(&mut session).await {
            Ok(never) => match never {},
            Err(lost) => lost,
        };
        (true, lost)
    }

    async fn watch(&self, session: &mut Session) -> Result<std::convert::Infallible, Lost> {
        self.catch_up(session).await?;
        loop {
            let last = self.position(session.uid_validity).await?;
            let new = session.search(Start::After(last)).await?;
            let mut taken = 0;
            for uids in new.chunks(SIZES_AT_ONCE) {
                for (uid, size) in session.sizes(uids).await? {
                    taken += u32::from(self.take(session, uid, size, true).await?);
                }
            }
            // Also when the server lists what it then does not give: asking at once again would go on for ever.
            if taken == 0 {
                let poll = Duration::from_secs(self.imap.poll_s.into());
                session.wait(if session.can_idle { IDLE_AT_MOST } else { poll }).await?;
            }
        }
    }

    /// A mailbox that was never read gives what nobody has seen; what was there before us and was read by people is theirs. One that got new
    /// numbers gives that, and what came lately.
    async fn catch_up(&self, session: &mut Session) -> Result<(), Lost> {
        let known = self.actions.mailbox_position(&self.imap.folder).await.map_err(Lost::Store)?;
        let since = match known {
            Some(known) if known.uid_validity == session.uid_validity => {
                return self.mark_last(session, known.uid).await;
            }
            Some(known) => {
                tracing::warn!(
                    mailbox = self.imap.folder,
                    "the mailbox has new numbers: it is looked through again"
                );
                let back = jiff::SignedDuration::from_hours(24 * LOOK_BACK_DAYS);
                known.at.checked_sub(back).ok().map(|at| at.strftime("%d-%b-%Y").to_string())
            }
            None => None,
        };
        // The end first: what comes while we look is behind it, and is found again by its number.
        let end = session.last_uid().await?;
        let found = session.search(Start::Unseen { or_since: since }).await?;
        for uids in found.chunks(SIZES_AT_ONCE) {
            for (uid, size) in session.sizes(uids).await? {
                self.take(session, uid, size, false).await?;
            }
        }
        let position = self.position_at(session.uid_validity, end);
        self.actions.set_mailbox_position(position).await.map_err(Lost::Store)
    }

    /// The last one may have been committed but not marked. One that never became a case was there before us: it is left as it is.
    async fn mark_last(&self, session: &mut Session, uid: u32) -> Result<(), Lost> {
        if uid == 0 {
            // The mailbox was empty; no mail has this number, and asking for it is a mistake (RFC 3501 §9, nz-number).
            return Ok(());
        }
        let Some((uid, size)) = session.sizes(&[uid]).await?.pop() else { return Ok(()) };
        let Some(raw) = self.raw(session, uid, size).await? else { return Ok(()) };
        if self.actions.is_journaled(&reader::identity(&raw)).await.map_err(Lost::Store)? {
            session.mark(uid, &self.imap).await?;
        }
        Ok(())
    }

    fn is_whole(&self, size: u32) -> bool {
        size <= self.settings.max_message_mb.saturating_mul(1024 * 1024)
    }

    /// All of it, or the head of one that is too big. `None`: gone in the meantime, somebody else moved or deleted it.
    async fn raw(&self, session: &mut Session, uid: u32, size: u32) -> Result<Option<Vec<u8>>, Lost> {
        if self.is_whole(size) { session.fetch(uid, size).await } else { session.fetch_head(uid).await }
    }

    async fn position(&self, uid_validity: u32) -> Result<u32, Lost> {
        let known = self.actions.mailbox_position(&self.imap.folder).await.map_err(Lost::Store)?;
        Ok(known.filter(|known| known.uid_validity == uid_validity).map_or(0, |known| known.uid))
    }

    fn position_at(&self, uid_validity: u32, uid: u32) -> MailboxPosition {
        MailboxPosition { mailbox: self.imap.folder.clone(), uid_validity, uid }
    }

    /// One mail: fetched, read, committed, marked. `advance`: mails come in the order of their numbers. Whether it was there.
    async fn take(&self, session: &mut Session, uid: u32, size: u32, advance: bool) -> Result<bool, Lost> {
        let Some(raw) = self.raw(session, uid, size).await? else { return Ok(false) };
        let position = advance.then(|| self.position_at(session.uid_validity, uid));
        let now = self.around.clock.now();
        let mail = reader::read(raw, self.is_whole(size), &self.settings, now).await;
        let outcome = match self.actions.receive_mail(mail.clone(), position.clone()).await {
            Err(error @ (ActionError::Unavailable(_) | ActionError::Conflict)) => {
                return Err(Lost::Store(error));
            }
            // It may be the state of the database and not the mail; but a mail is not tried for ever, or none after it would be read.
            Err(error @ ActionError::Refused(_)) if !self.refused.is_enough(session.uid_validity, uid) => {
                return Err(Lost::Store(error));
            }
            Err(error) => {
                // Something in it cannot be stored. What can is the fact that it came.
                tracing::error!(%error, uid, "an e-mail cannot be stored as it is: it becomes a case that says so");
                self.take_bare(mail, position).await.map_err(Lost::Store)?
            }
            Ok(outcome) => outcome,
        };
        self.refused.forget();
        self.count(&outcome);
        session.mark(uid, &self.imap).await?;
        Ok(true)
    }

    /// Without its content, and if need be without its sender: the mail stays in the mailbox, and administrators are told to look there.
    async fn take_bare(
        &self,
        mail: MailArrived,
        position: Option<MailboxPosition>,
    ) -> Result<MailOutcome, ActionError> {
        let bare = reader::bare(mail);
        let outcome = match self.actions.receive_mail(bare.clone(), position.clone()).await {
            Err(ActionError::Refused(_) | ActionError::Invalid(_)) => {
                self.actions.receive_mail(reader::of_nobody(bare), position).await?
            }
            other => other?,
        };
        if let MailOutcome::Opened(case) | MailOutcome::Added(case) = &outcome {
            self.actions.mail_is_not_stored(case.id).await?;
        }
        Ok(outcome)
    }

    fn count(&self, outcome: &MailOutcome) {
        metrics::counter!("odziv_mails_received_total").increment(1);
        self.handle.update(self.index, |link| link.received += 1);
        match outcome {
            MailOutcome::Opened(case) => tracing::info!(case = %case.number, "an e-mail opened a case"),
            MailOutcome::Added(case) => tracing::info!(case = %case.number, "an e-mail joined its case"),
            MailOutcome::Reported(Some(case)) => tracing::info!(case = case.0, "an e-mail of ours came back"),
            MailOutcome::Reported(None) => {
                tracing::info!("a mail server reports on a mail that is not known")
            }
            MailOutcome::OptOut => tracing::info!("somebody wants no more messages to many"),
            MailOutcome::Ours => tracing::warn!("an e-mail of ours came back to ourselves"),
            MailOutcome::Duplicate => tracing::info!("an e-mail was here already"),
        }
    }

    fn state(&self, state: LinkState, error: Option<String>) {
        let now = self.around.clock.now();
        self.handle.update(self.index, |link: &mut LinkStatus| {
            if link.state != state {
                link.state = state;
                link.since = now;
            }
            if error.is_some() {
                link.last_error = error;
            }
        });
    }
}
