//! What calls want written: one writing after another for each call, so that the case is there before its recording.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::writer::Writer;
use crate::actions::call::CallArrived;
use crate::call::contact::Work;
use crate::call::switch::CallKey;
use crate::domain::id::{DialAttemptId, InteractionId, OutboxId};

/// A plan asks for a handful of writings in a call; a plan in a loop is stopped here.
const MAX_QUEUE: usize = 1_024;

/// Calls that are not written to their end.
#[derive(Debug)]
pub(super) struct Ledger {
    writer: Writer,
    open: HashMap<CallKey, Account>,
    /// Calls whose journal is being written.
    journaling: usize,
}

#[derive(Debug, Default)]
struct Account {
    queue: VecDeque<(InteractionId, Work, Timestamp)>,
    writing: bool,
    journaling: bool,
    over: bool,
}

impl Ledger {
    pub fn new(writer: Writer) -> Self {
        Self { writer, open: HashMap::new(), journaling: 0 }
    }

    /// `errand`: the message that is read in it, or the attempt to reach a contact of a campaign.
    pub fn journal(
        &mut self,
        call: CallKey,
        arrived: CallArrived,
        errand: (Option<OutboxId>, Option<DialAttemptId>),
    ) {
        let account = Account { writing: true, journaling: true, ..Account::default() };
        self.open.insert(call, account);
        self.journaling += 1;
        self.writer.journal(call, arrived, errand);
    }

    pub fn store(&mut self, call: CallKey, interaction: InteractionId, work: Work, at: Timestamp) {
        if let Some(account) = self.open.get_mut(&call)
            && account.queue.len() < MAX_QUEUE
        {
            account.queue.push_back((interaction, work, at));
            self.go_on(call);
        }
    }

    /// The call asks for nothing more.
    pub fn over(&mut self, call: CallKey) {
        if let Some(account) = self.open.get_mut(&call) {
            account.over = true;
            self.go_on(call);
        }
    }

    /// The writing that was under way is done.
    pub fn was_written(&mut self, call: CallKey) {
        if let Some(account) = self.open.get_mut(&call) {
            account.writing = false;
            if std::mem::take(&mut account.journaling) {
                self.journaling = self.journaling.saturating_sub(1);
            }
            self.go_on(call);
        }
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub fn journaling(&self) -> usize {
        self.journaling
    }

    fn go_on(&mut self, call: CallKey) {
        let Some(account) = self.open.get_mut(&call) else { return };
        if account.writing {
            return;
        }
        if let Some((interaction, work, at)) = account.queue.pop_front() {
            account.writing = true;
            self.writer.write(call, interaction, work, at);
        } else if account.over {
            self.open.remove(&call);
        }
    }
}
