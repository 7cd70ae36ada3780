//! E-mail on its way out: claimed, handed to the municipality's mail server, settled. Like texts, a mail whose fate nobody knows is *uncertain*,
//! shown as such and never sent again by itself.

mod compose;
mod connection;
mod signing;

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Sleep;

use super::Surroundings;
use super::handle::{LinkState, LinkStatus, MessagingHandle};
use crate::actions::Actions;
use crate::actions::mail::{MailSubmission, OutboundMail, SubmitMail};
use crate::config::mail::{Mail, Smtp};
use crate::domain::mail::{MailPurpose, retry_after_s};
use crate::domain::mail_pace::{Answer, DomainLimit, Limits, Pace, Went, is_about_domain};
use crate::protocol::mail::dkim::Signer;
use crate::protocol::smpp::backoff::Backoff;
use connection::{Connection, Envelope, Failure};
pub use signing::signer;

/// Claimed at once by one connection. Few, because what a dying process had claimed becomes uncertain.
const CLAIMED_AT_ONCE: u32 = 5;
/// For the next slot of the server's pace.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);
/// A connection with nothing to send is given back to the server after this.
const IDLE: Duration = Duration::from_secs(10);
/// What became of a mail must not be lost to a database that is busy for a moment.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// At the end, when nobody is left to wait for: then they stay `sending` and become `uncertain` at the next start.
const LAST_ATTEMPTS: u32 = 5;
/// How often mails are looked for that nobody returned; they wait for hours.
const PRESUME_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Sender {
    settings: Mail,
    smtp: Smtp,
    around: Surroundings,
    actions: Actions,
    handle: MessagingHandle,
    index: usize,
    signer: Option<Arc<Signer>>,
    /// Of all connections.
    pace: Arc<Mutex<Pace>>,
}

/// Why a mail has not all of its files.
#[derive(Debug)]
enum Missing {
    ForNow(String),
    ForGood(String),
}

impl Sender {
    /// An error is about the key of the signatures.
    pub fn new(
        settings: &Mail,
        smtp: &Smtp,
        around: &Surroundings,
        actions: &Actions,
        handle: &MessagingHandle,
    ) -> Result<Self, String> {
        let signer = signer(settings)?.map(Arc::new);
        let address = format!("{}:{}", smtp.host, smtp.port);
        let index = handle.add_mail(&settings.address, &address, around.clock.now());
        Ok(Self {
            settings: settings.clone(),
            smtp: smtp.clone(),
            around: around.clone(),
            actions: actions.clone(),
            handle: handle.clone(),
            index,
            signer,
            pace: Arc::new(Mutex::new(Pace::new(limits(smtp)))),
        })
    }

    /// One connection after another, for the life of the process.
    pub async fn run(self) {
        let mut backoff = Backoff::new(Duration::from_secs(60));
        let mut connection: Option<Connection> = None;
        let mut idle = Box::pin(tokio::time::sleep(IDLE));
        self.state(LinkState::Bound, None);
        loop {
            let now = self.around.clock.now();
            let room = self.pace(|pace| pace.room(CLAIMED_AT_ONCE, now));
            if room == 0 {
                tokio::select! {
                    () = tokio::time::sleep(self.pace(|pace| pace.wait(now)).max(SHORTEST_WAIT)) => continue,
                    () = self.around.stop.cancelled() => break,
                }
            }
            let claimed = tokio::select! {
                biased;
                () = self.around.stop.cancelled() => break,
                claimed = self.actions.claim_mails(room) => claimed,
            };
            let mails = claimed.unwrap_or_else(|error| {
                tracing::warn!(%error, "e-mails to send cannot be claimed");
                Vec::new()
            });
            if mails.is_empty() {
                self.rest(&mut connection, idle.as_mut()).await;
                continue;
            }
            let lost = self.send_all(mails, &mut connection).await;
            idle.set(tokio::time::sleep(IDLE));
            match lost {
                None => backoff.reset(),
                Some(why) => {
                    tracing::warn!(error = why, "the mail server cannot be reached");
                    self.state(LinkState::Waiting, Some(why));
                    tokio::select! {
                        () = tokio::time::sleep(backoff.wait(rand::random())) => {}
                        () = self.around.stop.cancelled() => break,
                    }
                }
            }
        }
        if let Some(connection) = connection {
            connection.quit().await;
        }
        self.state(LinkState::Stopped, None);
    }

    /// Until there may be something to send. A connection that was not used for a while is given back.
    async fn rest(&self, connection: &mut Option<Connection>, idle: Pin<&mut Sleep>) {
        tokio::select! {
            () = idle, if connection.is_some() => {
                if let Some(connection) = connection.take() {
                    connection.quit().await;
                }
            }
            () = self.actions.mails_changed() => {}
            () = self.around.stop.cancelled() => {}
        }
    }

    /// Every mail that was claimed is settled. Why the server cannot be reached, when it cannot.
    async fn send_all(
        &self,
        mails: Vec<OutboundMail>,
        connection: &mut Option<Connection>,
    ) -> Option<String> {
        let mut lost: Option<String> = None;
        for mail in mails {
            let result = match &lost {
                // The first one found out; the others are not even tried.
                Some(why) => self.try_again(&mail, why.clone(), Duration::ZERO),
                None => {
                    let (result, why) = self.send_in_turn(&mail, connection).await;
                    lost = why;
                    result
                }
            };
            self.count(&result);
            let at = self.around.clock.now();
            self.record(MailSubmission { id: mail.id, result, at }).await;
        }
        lost
    }

    /// Now, if its domain takes it now; else it is put off until it does, without having been tried.
    async fn send_in_turn(
        &self,
        mail: &OutboundMail,
        connection: &mut Option<Connection>,
    ) -> (SubmitMail, Option<String>) {
        let (domain, now) = (mail.to.domain(), self.around.clock.now());
        let to_many = mail.purpose == MailPurpose::Campaign;
        if let Answer::NotBefore(then) = self.pace(|pace| pace.ask(domain, to_many, now)) {
            let reason = "its domain took no mails for now".to_owned();
            let result = match self.try_again(mail, reason, Duration::ZERO) {
                SubmitMail::TryAgain { .. } => SubmitMail::PutOff { until: then },
                expired => expired,
            };
            return (result, None);
        }
        let mut went = Went::NotThere;
        let sent = self.send(mail, connection, &mut went).await;
        self.pace(|pace| pace.done(domain, went, self.around.clock.now()));
        sent
    }

    fn pace<T>(&self, ask: impl FnOnce(&mut Pace) -> T) -> T {
        ask(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The octets, signed; an error is about this mail.
    fn octets(&self, mail: &OutboundMail, files: Vec<compose::File>) -> Result<Vec<u8>, String> {
        let now = self.around.clock.now();
        let token = match mail.purpose {
            MailPurpose::Campaign => {
                Some(self.actions.unsubscribe_token(mail.id, &mail.to).map_err(|e| e.to_string())?)
            }
            _ => None,
        };
        let octets = compose::octets(mail, &self.settings, files, token.as_deref(), now)?;
        Ok(match &self.signer {
            Some(signer) => signer.signed(octets, now.as_second()),
            None => octets,
        })
    }

    async fn send(
        &self,
        mail: &OutboundMail,
        connection: &mut Option<Connection>,
        went: &mut Went,
    ) -> (SubmitMail, Option<String>) {
        let after = Duration::from_secs(retry_after_s(mail.attempts));
        let files = match self.files(mail).await {
            Ok(files) => files,
            Err(Missing::ForNow(reason)) => return (self.try_again(mail, reason, after), None),
            Err(Missing::ForGood(reason)) => return (SubmitMail::Rejected { reason }, None),
        };
        let octets = match self.octets(mail, files) {
            Ok(octets) => octets,
            Err(reason) => return (SubmitMail::Rejected { reason }, None),
        };
        // A connection that the server closed while it was idle is noticed before the mail, and another one opened.
        if let Some(idle) = connection.as_mut()
            && !idle.is_alive().await
        {
            *connection = None;
        }
        let open = match connection.take() {
            Some(open) => Ok(open),
            None => Connection::open(&self.smtp, &self.settings.own_domain()).await,
        };
        let mut open = match open {
            Ok(open) => open,
            Err(why) => return (self.try_again(mail, why.clone(), Duration::ZERO), Some(why)),
        };
        self.state(LinkState::Bound, None);
        let from = self.actions.return_path(mail.id);
        let envelope = Envelope { from: &from, to: mail.to.as_str(), id: &mail.message_id };
        match open.send(envelope, &octets).await {
            Ok(()) => {
                *connection = Some(open);
                *went = Went::Taken;
                (SubmitMail::Accepted, None)
            }
            Err(Failure::Refused(reason)) => {
                *went = Went::Taken;
                *connection = open.still_good().await;
                (SubmitMail::Rejected { reason }, None)
            }
            Err(Failure::Later(reason)) => {
                *connection = open.still_good().await;
                if is_about_domain(&reason) {
                    *went = Went::Later;
                }
                // Mails that wait are shown with it.
                self.handle.update(self.index, |link| link.last_error = Some(reason.clone()));
                (self.try_again(mail, reason, after), None)
            }
            Err(Failure::NotSent(why)) => (self.try_again(mail, why.clone(), Duration::ZERO), Some(why)),
            Err(Failure::Unknown(why)) => (SubmitMail::Uncertain, Some(why)),
        }
    }

    /// For as long as the configuration says.
    fn try_again(&self, mail: &OutboundMail, reason: String, after: Duration) -> SubmitMail {
        let days = jiff::SignedDuration::from_hours(24 * i64::from(self.settings.give_up_days));
        let end = mail.created_at.checked_add(days).unwrap_or(jiff::Timestamp::MAX);
        if self.around.clock.now() > end {
            SubmitMail::Expired { reason }
        } else {
            SubmitMail::TryAgain { after }
        }
    }

    /// What goes with it. A mail that says "attached" does not go without.
    async fn files(&self, mail: &OutboundMail) -> Result<Vec<compose::File>, Missing> {
        let mut files = Vec::new();
        for id in &mail.files {
            match self.actions.file_to_send(*id).await {
                Ok(Some((name, kind, bytes))) => files.push(compose::File { name, kind, bytes }),
                Ok(None) => {
                    return Err(Missing::ForGood("a file that goes with it was removed".into()));
                }
                Err(error) => {
                    tracing::error!(%error, "a file of an e-mail cannot be read");
                    return Err(Missing::ForNow("a file that goes with it cannot be read".into()));
                }
            }
        }
        Ok(files)
    }

    async fn record(&self, submission: MailSubmission) {
        let mut last_attempts = 0;
        loop {
            match self.actions.record_mails(vec![submission.clone()]).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(%error, "what became of an e-mail could not be written; trying again")
                }
            }
            if self.around.stop.is_cancelled() {
                last_attempts += 1;
                if last_attempts >= LAST_ATTEMPTS {
                    return;
                }
            }
            tokio::time::sleep(WRITE_AGAIN).await;
        }
    }

    fn count(&self, result: &SubmitMail) {
        let word = match result {
            SubmitMail::Accepted => "accepted",
            SubmitMail::TryAgain { .. } => "try_again",
            SubmitMail::PutOff { .. } => "put_off",
            SubmitMail::Rejected { .. } => "rejected",
            SubmitMail::Expired { .. } => "expired",
            SubmitMail::Uncertain => "uncertain",
        };
        metrics::counter!("odziv_mails_sent_total", "result" => word).increment(1);
        self.handle.update(self.index, |link: &mut LinkStatus| match result {
            SubmitMail::Accepted => link.accepted += 1,
            SubmitMail::Rejected { .. } | SubmitMail::Expired { .. } => link.refused += 1,
            SubmitMail::TryAgain { .. } | SubmitMail::PutOff { .. } | SubmitMail::Uncertain => {}
        });
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

fn limits(smtp: &Smtp) -> Limits {
    let limit = |domain: &crate::config::mail::Domain| DomainLimit {
        per_minute: domain.per_minute,
        connections: domain.connections,
    };
    let usual = smtp.domain.iter().find(|domain| domain.name == "*").map(limit).unwrap_or_default();
    let domains = smtp.domain.iter().map(|domain| (domain.name.clone(), limit(domain))).collect();
    Limits { per_second: smtp.messages_per_second, usual, domains }
}

/// Mails that a server took long ago and nobody returned count as told.
pub(super) async fn presume(actions: Actions, around: Surroundings) {
    loop {
        tokio::select! {
            () = around.stop.cancelled() => return,
            () = tokio::time::sleep(PRESUME_EVERY) => {}
        }
        match actions.presume_mails().await {
            Ok(0) => {}
            Ok(mails) => tracing::info!(mails, "e-mails that nobody returned count as told"),
            Err(error) => tracing::warn!(%error, "e-mails that nobody returned could not be looked for"),
        }
    }
}
