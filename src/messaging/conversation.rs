//! One connection: octets between the socket and the session, and the session's events to the verbs and back.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::inbound::{self, Inbound};
use super::link::{Link, Wired};
use super::outbound::Fate;
use super::questions::{self, Questions};
use super::recorder::MOST_UNWRITTEN;
use super::redelivery::{Fingerprint, SessionId};
use super::verbs::TextVerbs;
use crate::actions::ActionError;
use crate::actions::delivery::{OutboundText, SubmitResult};
use crate::actions::text::TextOutcome;
use crate::protocol::smpp::pdu::{Address, Message, Undecodable};
use crate::protocol::smpp::session::{Event, Key, Reason, Session, Token};
use crate::protocol::smpp::status::Status;

/// Octets on their way into the socket; beyond, we neither produce nor read more: a peer that does not read must not
/// fill our memory.
const MOST_UNSENT: usize = 256 * 1024;
const READ_BUFFER: usize = 16 * 1024;
/// Texts whose time comes (a retry, quiet hours that end) make no noise: they are looked for this often.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// One transaction's worth of claims.
const MOST_CLAIMED: usize = 500;
/// Of one connection.
const MOST_POISON_TOLD: u64 = 20;
/// For the last answer before we close.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) struct Ended {
    pub reason: Reason,
    pub was_bound: bool,
}

/// Until the link ends, by whichever side.
pub(super) async fn hold<V: TextVerbs>(link: &mut Link<V>, wired: Wired) -> Ended {
    let now = link.around.clock.instant();
    let session = Session::new(link.session_settings(), now);
    let questions = Questions::new(&link.settings, now);
    let mut conversation = Conversation {
        questions,
        poison: 0,
        id: Link::<V>::next_session(),
        session,
        link,
        lanes: HashMap::new(),
        working: FuturesUnordered::new(),
        claiming: None,
        claim_due: true,
        next_look: now + CLAIM_EVERY,
        was_bound: false,
    };
    let reason = conversation.run(wired).await;
    conversation.give_back_claims().await;
    let Conversation { id, session, link, was_bound, .. } = conversation;
    link.redeliveries(|seen| seen.session_ended(id, session.last_heard()));
    Ended { reason, was_bound }
}

struct Conversation<'l, V> {
    questions: Questions,
    /// Messages that made no sense.
    poison: u64,
    id: SessionId,
    session: Session,
    link: &'l mut Link<V>,
    /// Senders whose message is being journaled, and their next ones: a citizen's texts stay in order, while
    /// different citizens do not wait for each other. Bounded by what the session lets in unacknowledged.
    lanes: HashMap<Address, VecDeque<(Token, Message)>>,
    working: FuturesUnordered<Pin<Box<dyn Future<Output = Done> + Send>>>,
    claiming: Option<JoinHandle<Result<Vec<OutboundText>, ActionError>>>,
    claim_due: bool,
    /// When texts are looked for without having been told of any.
    next_look: std::time::Instant,
    was_bound: bool,
}

/// An inbound message has been dealt with.
struct Done {
    token: Token,
    sender: Address,
    status: Status,
    text: Option<Fingerprint>,
}

impl<V: TextVerbs> Conversation<'_, V> {
    async fn run(&mut self, wired: Wired) -> Reason {
        let Wired { mut reader, mut writer, buffers } = wired;
        let mut unflushed = false;
        let mut unsent = BytesMut::new();
        let mut buffer = vec![0; READ_BUFFER];
        let stop = self.link.around.stop.clone();
        let mut stopping = false;
        let verbs = self.link.verbs.clone();
        // Kept across the loop, so that no change is missed between two looks.
        let mut outbox_changed = None;
        loop {
            if let Some(reason) = self.handle_events() {
                self.pour(&mut unsent);
                let _ = tokio::time::timeout(FAREWELL, writer.write_all(&unsent)).await;
                let _ = tokio::time::timeout(FAREWELL, writer.shutdown()).await;
                return reason;
            }
            self.claim();
            self.ask();
            self.pour(&mut unsent);
            let listens = self.was_bound && self.link.listens();
            outbox_changed = outbox_changed.take().filter(|_| listens);
            if listens && outbox_changed.is_none() {
                outbox_changed = Some(Box::pin(verbs.outbox_changed()));
            }
            // Without a deadline the session is closed, and says so at the next turn.
            let now = self.link.around.clock.instant();
            let wake = self.session.poll_timeout().unwrap_or(now).min(self.next_look);
            let room = unsent.len() < MOST_UNSENT;
            tokio::select! {
                read = reader.read(&mut buffer), if room => match read {
                    Ok(count) if count > 0 => {
                        let octets = buffer.get(..count).unwrap_or_default();
                        self.session.handle_octets(octets, self.link.around.clock.instant());
                    }
                    _ => self.session.disconnected(),
                },
                written = push(&mut writer, &unsent), if !unsent.is_empty() || unflushed => match written {
                    Ok(count) => {
                        unflushed = buffers && count > 0;
                        unsent.advance(count);
                    }
                    Err(_) => self.session.disconnected(),
                },
                Some(done) = self.working.next(), if !self.working.is_empty() => self.done(done),
                claimed = joined(&mut self.claiming), if self.claiming.is_some() => self.send(claimed),
                found = joined(&mut self.questions.looking), if self.questions.looking.is_some() => {
                    let now = self.link.around.clock.instant();
                    self.questions.ask(found, &mut self.session, &self.link.settings, now);
                }
                () = heard(&mut outbox_changed) => {
                    self.claim_due = true;
                    outbox_changed = None;
                }
                () = tokio::time::sleep_until(Instant::from_std(wake)) => {
                    let now = self.link.around.clock.instant();
                    if now >= self.next_look {
                        self.claim_due = true;
                        self.next_look = now + CLAIM_EVERY;
                        self.leave_to_others();
                    }
                    self.session.handle_timeout(now);
                }
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    self.session.unbind(self.link.around.clock.instant());
                }
            }
        }
    }

    /// Moves the session's octets to the socket's buffer.
    fn pour(&mut self, unsent: &mut BytesMut) {
        while unsent.len() < MOST_UNSENT {
            let Some(pdu) = self.session.poll_transmit() else { break };
            unsent.extend_from_slice(&pdu);
        }
    }

    /// The reason, when the link has ended.
    fn handle_events(&mut self) -> Option<Reason> {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Bound { .. } => {
                    self.was_bound = true;
                    self.link.bound();
                }
                Event::Message { token, message } => self.received(token, message),
                Event::Accepted { key, message_id } => self.part_ended(key, Fate::Accepted(message_id)),
                Event::Refused { key, status } => self.part_ended(key, Fate::Refused(status)),
                Event::Lost { key, written } => self.part_ended(key, Fate::Lost { written }),
                Event::Queried { key, state, error } => {
                    let (smsc, at) = (self.link.settings.smsc(), self.link.around.clock.now());
                    if let Some(report) = self.questions.answered(key, (state, error), smsc, at) {
                        questions::record(self.link.verbs.clone(), report);
                    }
                }
                Event::NotQueried { key, .. } => self.questions.refused(key),
                Event::Poison(poison) => self.poisoned(&poison),
                Event::Closed(reason) => return Some(reason),
            }
        }
        None
    }

    fn part_ended(&mut self, key: Key, fate: Fate) {
        if let Some((id, result)) = self.link.outbound.part_ended(key, fate) {
            self.link.record(id, result);
        }
    }

    /// Asks for texts when the session has room for them and no better link can send them.
    fn claim(&mut self) {
        let mut room = self.session.room().min(MOST_CLAIMED);
        let behind = self.link.recorder.unwritten() >= MOST_UNWRITTEN;
        if room == 0 || behind || !self.claim_due || self.claiming.is_some() {
            return;
        }
        self.claim_due = false;
        if !self.link.may_send(self.session.refused_since()) {
            return;
        }
        if self.link.is_replaced() {
            // One at a time, to see when the SMSC takes texts again.
            room = room.min(1_usize.saturating_sub(self.link.outbound.outstanding()));
            if room == 0 {
                return;
            }
        }
        let (verbs, claimer) = (self.link.verbs.clone(), self.link.outbound.claimer());
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        // A task of its own: a claim that is committed must be seen even when the link ends meanwhile.
        self.claiming = Some(tokio::spawn(async move { verbs.claim_texts(limit, claimer).await }));
    }

    /// An SMSC that is too busy for long keeps nothing that another one would take.
    fn leave_to_others(&mut self) {
        if !self.was_bound {
            return;
        }
        self.link.may_send(self.session.refused_since());
        if !self.link.is_replaced() {
            return;
        }
        for (id, keys) in self.link.outbound.untouched() {
            if self.session.withdraw(&keys) {
                self.link.outbound.forget(id);
                self.link.record(id, SubmitResult::TryAgain { after: Duration::ZERO });
            }
        }
    }

    fn ask(&mut self) {
        let (verbs, now) = (&self.link.verbs, self.link.around.clock.instant());
        self.questions.look(&self.session, self.link.settings.smsc(), verbs, now);
    }

    /// It was answered. Told of as often as helps to find out what the SMSC sends.
    fn poisoned(&mut self, poison: &Undecodable) {
        self.poison += 1;
        let link = &self.link.settings.name;
        metrics::counter!("odziv_messaging_poison_total", "link" => link.clone()).increment(1);
        if self.poison <= MOST_POISON_TOLD {
            tracing::warn!(link, %poison, "a message of the SMSC makes no sense and was refused");
        }
    }

    fn send(&mut self, claimed: Result<Vec<OutboundText>, ActionError>) {
        self.claiming = None;
        let texts = match claimed {
            Ok(texts) => texts,
            Err(error) => {
                return tracing::warn!(link = self.link.settings.name, %error, "no texts could be claimed");
            }
        };
        // There may be more where these came from.
        self.claim_due |= !texts.is_empty();
        let now = self.link.around.clock.instant();
        for text in texts {
            match self.link.outbound.begin(&text) {
                Ok(parts) => {
                    parts.into_iter().for_each(|(key, message)| self.session.submit(key, message, now))
                }
                Err(refused) => self.link.record(text.id, refused),
            }
        }
        let outstanding = self.link.outbound.outstanding();
        self.link.update(|status| status.outstanding = outstanding);
    }

    /// Texts that were claimed for a link that ended meanwhile.
    async fn give_back_claims(&mut self) {
        if let Some(claiming) = self.claiming.take()
            && let Ok(Ok(texts)) = claiming.await
        {
            for text in texts {
                self.link.record(text.id, SubmitResult::TryAgain { after: Duration::ZERO });
            }
        }
    }

    fn received(&mut self, token: Token, message: Message) {
        match self.lanes.get_mut(&message.source) {
            Some(lane) => lane.push_back((token, message)),
            None => {
                self.lanes.insert(message.source.clone(), VecDeque::new());
                self.work(token, message);
            }
        }
    }

    /// Journals one message; [`Conversation::done`] acknowledges it.
    fn work(&mut self, token: Token, message: Message) {
        let (verbs, sender, at) =
            (self.link.verbs.clone(), message.source.clone(), self.link.around.clock.now());
        let settings = &self.link.settings;
        let (task, text) = match inbound::understand(&message, settings.default_alphabet) {
            Inbound::Progress => (tokio::spawn(async { Status::OK }), None),
            Inbound::Report { receipt, state } => {
                let report = inbound::report(settings, &receipt, state, at);
                let clues = inbound::clues(settings, &message, receipt, &self.link.around.country);
                let recorded = async move { verbs.record_report(report, clues).await.map(|_| ()) };
                (tokio::spawn(async move { report_status(recorded.await) }), None)
            }
            Inbound::Text(text) => {
                let fingerprint = inbound::fingerprint(&message, &text);
                let now = self.link.around.clock.instant();
                let identity = self.link.redeliveries(|seen| seen.identify(fingerprint, now, at));
                let arrived = inbound::arrived(&message, text, &identity, &self.link.around.country, at);
                (
                    tokio::spawn(async move { text_status(verbs.receive_text(arrived).await) }),
                    Some(fingerprint),
                )
            }
        };
        self.working.push(Box::pin(async move {
            // A bug that panics must not leave the SMSC without an answer.
            let status = task.await.unwrap_or(Status::SYSTEM_ERROR);
            Done { token, sender, status, text }
        }));
    }

    fn done(&mut self, done: Done) {
        let acknowledged = self.session.acknowledge(done.token, done.status) && done.status.is_ok();
        if let Some(fingerprint) = done.text {
            metrics::counter!("odziv_messaging_texts_in_total", "link" => self.link.settings.name.clone())
                .increment(1);
            self.link.update(|status| status.received += 1);
            if acknowledged {
                let (id, now) = (self.id, self.link.around.clock.instant());
                self.link.redeliveries(|seen| seen.acknowledged(fingerprint, id, now));
            }
        }
        let next = self.lanes.get_mut(&done.sender).and_then(VecDeque::pop_front);
        match next {
            Some((token, message)) => self.work(token, message),
            None => {
                self.lanes.remove(&done.sender);
            }
        }
    }
}

async fn heard(news: &mut Option<Pin<Box<impl Future<Output = ()>>>>) {
    match news {
        Some(news) => news.await,
        None => std::future::pending().await,
    }
}

async fn joined<T>(task: &mut Option<JoinHandle<Result<T, ActionError>>>) -> Result<T, ActionError> {
    match task {
        Some(task) => task.await.unwrap_or_else(|error| Err(ActionError::Unavailable(error.to_string()))),
        None => std::future::pending().await,
    }
}

/// Writes what there is, or else flushes what was written. How many octets were written.
async fn push<W: AsyncWrite + Unpin>(writer: &mut W, unsent: &[u8]) -> std::io::Result<usize> {
    if unsent.is_empty() { writer.flush().await.map(|()| 0) } else { writer.write(unsent).await }
}

fn text_status(outcome: Result<TextOutcome, ActionError>) -> Status {
    match outcome {
        Ok(_) => Status::OK,
        Err(error) => {
            tracing::error!(%error, "a text could not be journaled");
            inbound::status_of(&error)
        }
    }
}

fn report_status(outcome: Result<(), ActionError>) -> Status {
    match outcome {
        Ok(()) => Status::OK,
        Err(error) => {
            tracing::error!(%error, "a delivery report could not be written");
            inbound::status_of(&error)
        }
    }
}
