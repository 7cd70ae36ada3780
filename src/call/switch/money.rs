//! Calls that cost, when the money of the day is gone.

use super::{Moment, Switch};
use crate::domain::timeline::Entry;

impl Switch {
    /// Ends the legs whose next minute could not be paid; whoever talked there goes on as if the other had hung up, and the case
    /// says why.
    pub(super) fn end_exhausted(&mut self, m: Moment) {
        if self.outbound.next_timeout().is_none_or(|due| due > m.now) {
            return;
        }
        for ticket in self.outbound.exhausted(m.now, m.local.date()) {
            let mut legs = self.legs.iter();
            let paid = legs.find(|(_, leg)| leg.ticket.as_ref().is_some_and(|held| held.id() == ticket));
            let Some((leg, call)) = paid.map(|(key, leg)| (*key, leg.call)) else { continue };
            self.note(call, Entry::EndedBySpendCap);
            self.let_go(leg, false, m);
        }
    }
}
