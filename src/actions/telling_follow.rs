//! A notice on its way: what the network says of its messages, what silence means, and what a human did instead.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::outcome::Settled;
use super::telling::later;
use super::{ActionError, Actions, Shared};
use crate::domain::case::Status;
use crate::domain::flow::Step;
use crate::domain::id::{CaseId, NoticeId, OutboxId};
use crate::domain::message::DeliveryState;
use crate::domain::notice::{NoticeState, Overdue, Purpose, Verdict, Way, overdue, verdict};
use crate::domain::projection::CaseFields;
use crate::domain::timeline::Entry;
use crate::store::event::By;
use crate::store::notice::Notice;
use crate::store::{Tx, Work};

/// Overdue notices and settled cases of one look; the rest follows in the next.
const AT_ONCE: i64 = 100;

impl Shared {
    /// Something was heard of a message. Called wherever the state of one becomes final, in the same transaction.
    pub(super) async fn heard(
        &self,
        tx: &mut Tx<'_>,
        text: OutboxId,
        state: DeliveryState,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        self.heard_of_recipient(tx, text, state, at).await?;
        let verdict = verdict(state);
        if verdict == Verdict::Wait {
            return Ok(());
        }
        let Some((notice, rung)) = tx.notice_of_text(text).await? else { return Ok(()) };
        // The case first, as everybody does, then its notice as it is under that lock.
        let Some(mut case) = tx.case_fields(notice.case).await? else { return Ok(()) };
        let Some(mut notice) = tx.notice(notice.id).await? else { return Ok(()) };
        let current = rung == notice.rung;
        let entries = match (verdict, notice.state) {
            // Also by a rung that was given up: what arrives late has arrived.
            (Verdict::Told, state) if !state.is_over() => {
                if !current {
                    self.withdraw(tx, &notice, at).await?;
                    notice.rung = rung;
                }
                self.moved(tx, &mut notice, NoticeState::Told, "", at).await?
            }
            (Verdict::Failed, NoticeState::Telling) if current => {
                self.next_rung(tx, &case, &mut notice, state.as_str(), at).await?
            }
            (Verdict::Failed, NoticeState::Presumed) if current => {
                if !self.still_matters(tx, &case, &notice).await? {
                    return Ok(());
                }
                self.came_back(tx, &case, &mut notice, at).await?
            }
            _ => return Ok(()),
        };
        self.enter_by_itself(tx, (notice.case, &mut case), at, entries).await
    }

    /// A mail server still tries: what it says in the end may come later than the time that was allowed.
    pub(super) async fn delayed(
        &self,
        tx: &mut Tx<'_>,
        mail: OutboxId,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let Some((notice, rung)) = tx.notice_of_text(mail).await? else { return Ok(()) };
        if tx.case_fields(notice.case).await?.is_none() {
            return Ok(());
        }
        let Some(mut notice) = tx.notice(notice.id).await? else { return Ok(()) };
        if notice.state == NoticeState::Telling && rung == notice.rung {
            notice.check_at = Some(later(at, self.patience(Way::Email)));
            tx.move_notice(&notice, at).await?;
        }
        Ok(())
    }

    /// Whether the citizen still has to hear what was taken for read: not what was overtaken by a reopening or by another answer.
    async fn still_matters(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        notice: &Notice,
    ) -> Result<bool, ActionError> {
        if case.erased_at.is_some() {
            return Ok(false);
        }
        let (_, whole) = self.whole(tx, (notice.case, case.clone())).await?;
        let asked = whole.status.is_open() != (notice.purpose == Purpose::Outcome);
        Ok(asked && !tx.has_later_notice(notice).await?)
    }

    /// A mail server gave up after days what had been presumed to have arrived: the citizen does not know, and the case is not over.
    async fn came_back(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        notice: &mut Notice,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        const WHY: &str = "came_back";
        let mut entries = Vec::new();
        let is_of_case = notice.purpose == Purpose::Outcome && !notice.follower;
        if is_of_case && case.status == Status::Closed && case.merged_into.is_none() {
            entries.push(Entry::StatusChanged { from: case.status, to: Status::Answered });
        }
        entries.extend(self.moved(tx, notice, NoticeState::Telling, WHY, at).await?);
        entries.extend(self.next_rung(tx, case, notice, WHY, at).await?);
        Ok(entries)
    }

    /// Takes back what was queued on the present rung and not sent yet.
    async fn withdraw(&self, tx: &mut Tx<'_>, notice: &Notice, at: Timestamp) -> Result<bool, ActionError> {
        match tx.notice_try(notice.id, notice.rung).await? {
            Some((text, DeliveryState::Queued)) => Ok(tx.withdraw_text(text, "withdrawn", at).await?),
            _ => Ok(false),
        }
    }

    /// Nothing was heard in the time that was allowed.
    async fn silence(
        &self,
        tx: &mut Tx<'_>,
        id: NoticeId,
        now: Timestamp,
    ) -> Result<Option<CaseId>, ActionError> {
        let Some(notice) = tx.notice(id).await? else { return Ok(None) };
        let Some(mut case) = tx.case_fields(notice.case).await? else { return Ok(None) };
        let Some(mut notice) = tx.notice(id).await? else { return Ok(None) };
        if notice.state != NoticeState::Telling || notice.check_at.is_none_or(|at| at > now) {
            return Ok(None);
        }
        let way = notice.ladder.get(notice.rung).map_or(Way::Sms, |rung| rung.way);
        let state =
            tx.notice_try(notice.id, notice.rung).await?.map_or(DeliveryState::Uncertain, |(_, state)| state);
        let entries = match overdue(way, state) {
            Overdue::Presumed => self.moved(tx, &mut notice, NoticeState::Presumed, "", now).await?,
            Overdue::Failed => self.next_rung(tx, &case, &mut notice, "no_receipt", now).await?,
            // The link is down. By another channel it may arrive sooner; without one it keeps its place in the queue.
            Overdue::Unsent => {
                let other = notice.rung + 1 < notice.ladder.len();
                if other && self.withdraw(tx, &notice, now).await? {
                    self.next_rung(tx, &case, &mut notice, "unsent", now).await?
                } else {
                    notice.check_at = Some(later(now, self.patience(way)));
                    tx.move_notice(&notice, now).await?;
                    return Ok(None);
                }
            }
        };
        self.enter_by_itself(tx, (notice.case, &mut case), now, entries).await?;
        Ok(Some(notice.case))
    }

    /// What is still on its way is of yesterday: it is stopped where it can be, also to the citizens of the case's parts and of theirs.
    /// The entries are those of the case itself, for the caller to enter.
    pub(super) async fn overtake(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        purpose: Purpose,
        (by, at): (&By, Timestamp),
    ) -> Result<Vec<Entry>, ActionError> {
        let mut next = tx.parts(case).await?;
        while let Some(id) = next.pop() {
            next.extend(tx.parts(id).await?);
            let Some(mut part) = tx.case_fields(id).await? else { continue };
            let entries = self.overtake_one(tx, id, purpose, at).await?;
            self.enter(tx, (id, &mut part), at, by, &entries).await?;
        }
        self.overtake_one(tx, case, purpose, at).await
    }

    async fn overtake_one(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let mut entries = Vec::new();
        for mut notice in tx.open_notices(case, purpose).await? {
            self.withdraw(tx, &notice, at).await?;
            entries.extend(self.moved(tx, &mut notice, NoticeState::Overtaken, "", at).await?);
        }
        Ok(entries)
    }

    /// By a human.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        id: NoticeId,
        settled: &Settled,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let notice = tx.notice(id).await?.filter(|notice| notice.case == case);
        let mut notice = notice.ok_or(ActionError::NotFound)?;
        if notice.state.is_over() {
            return Err(ActionError::Invalid("this was settled already".into()));
        }
        self.withdraw(tx, &notice, at).await?;
        notice.check_at = None;
        let (by_hand, why) = match settled {
            Settled::Told(how) => {
                notice.state = NoticeState::ByHand;
                (Some(*how), String::new())
            }
            Settled::Impossible(why) => {
                notice.state = NoticeState::Impossible;
                (None, why.clone())
            }
        };
        tx.move_notice(&notice, at).await?;
        Ok(vec![Entry::NoticeMoved {
            notice: id,
            purpose: notice.purpose,
            follower: notice.follower,
            state: notice.state,
            way: None,
            by_hand,
            why,
        }])
    }
}

impl Actions {
    /// Notices of which nothing was heard go on, and cases whose citizens had their days are closed. How many moved. Each is a
    /// transaction of its own; doing it twice, or on two nodes at once, changes nothing.
    pub async fn follow_notices(&self) -> Result<usize, ActionError> {
        let now = self.clock.now();
        let mut moved = 0;
        for id in self.shared.db.overdue_notices(now, AT_ONCE).await? {
            let shared = Arc::clone(&self.shared);
            match self.shared.db.write(Silence { shared, id, now }).await {
                Ok(Some(case)) => {
                    moved += 1;
                    self.changed(case);
                    self.shared.outbox.notify_one();
                }
                Ok(None) => {}
                Err(error @ ActionError::Unavailable(_)) => return Err(error),
                // One that cannot go on does not hold up the others.
                Err(error) => tracing::error!(notice = id.0, %error, "a notice cannot go on"),
            }
        }
        if self.shared.cases.close_after_days > 0 {
            moved += self.close_settled(now).await?;
        }
        Ok(moved)
    }

    async fn close_settled(&self, now: Timestamp) -> Result<usize, ActionError> {
        let days = SignedDuration::from_hours(i64::from(self.shared.cases.close_after_days) * 24);
        let before = now.saturating_sub(days).unwrap_or(Timestamp::MIN);
        let cases = self.shared.db.settled_cases(before, AT_ONCE).await?;
        for case in &cases {
            let shared = Arc::clone(&self.shared);
            self.shared.db.write(CloseSettled { shared, case: *case, before, now }).await?;
            self.changed(*case);
        }
        Ok(cases.len())
    }
}

struct Silence {
    shared: Arc<Shared>,
    id: NoticeId,
    now: Timestamp,
}

impl Work for Silence {
    type Out = Option<CaseId>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        self.shared.silence(tx, self.id, self.now).await
    }
}

struct CloseSettled {
    shared: Arc<Shared>,
    case: CaseId,
    before: Timestamp,
    now: Timestamp,
}

impl Work for CloseSettled {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let Some(mut case) = tx.case_fields(self.case).await? else { return Ok(()) };
        if case.updated_at > self.before || Step::Close.check(&case).is_err() {
            return Ok(());
        }
        let closed = Entry::StatusChanged { from: case.status, to: Status::Closed };
        self.shared.enter(tx, (self.case, &mut case), self.now, &By::default(), &[closed]).await?;
        Ok(())
    }
}
