//! How many callers went which way today. Kept in memory and carried on from where the last look ended, so that a look costs
//! what happened since, not the whole day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::store::{Db, StoreError};

/// Calls are written in the order in which their writing was asked for, not in that of their ends: so long we wait for the
/// late ones before the cursor passes.
const LATE: SignedDuration = SignedDuration::from_secs(5);
const AT_ONCE: i64 = 2_000;
/// Names of nodes are the plan's, so they are few; a walk made by something else cannot fill the memory.
const MOST_STEPS: usize = 20_000;

#[derive(Debug, Default)]
pub struct Counts(Mutex<Today>);

#[derive(Debug, Default)]
struct Today {
    day: Option<Date>,
    /// The end and the id of the last call that is counted.
    cursor: (Timestamp, i64),
    by_revision: BTreeMap<String, Ways>,
    steps: usize,
}

/// The ways through one text of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    pub calls: u64,
    /// By the node in which a call began.
    pub starts: BTreeMap<String, u64>,
    pub steps: BTreeMap<(String, String), u64>,
}

impl Counts {
    /// Of today, for each revision that calls went through.
    pub async fn today(
        &self,
        db: &Db,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<BTreeMap<String, Ways>, StoreError> {
        let mut today = self.0.lock().await;
        let local = now.to_zoned(zone.clone());
        if today.day != Some(local.date()) {
            let midnight = local.start_of_day().map_or(now, |start| start.timestamp());
            *today = Today { day: Some(local.date()), cursor: (midnight, 0), ..Today::default() };
        }
        let until = now.saturating_sub(LATE).unwrap_or(now);
        loop {
            let (from, after) = today.cursor;
            let walks = db.walks(from, after, until, AT_ONCE).await?;
            let Some(last) = walks.last() else { break };
            today.cursor = (last.ended_at, last.id);
            for walk in &walks {
                let nodes: Vec<String> = serde_json::from_str(&walk.walk).unwrap_or_default();
                today.add(&walk.revision, &nodes);
            }
        }
        Ok(today.by_revision.clone())
    }
}

impl Today {
    fn add(&mut self, revision: &str, nodes: &[String]) {
        let Some(first) = nodes.first() else { return };
        if self.steps >= MOST_STEPS && !self.by_revision.contains_key(revision) {
            return;
        }
        let ways = self.by_revision.entry(revision.to_owned()).or_default();
        let before = ways.steps.len() + ways.starts.len();
        ways.calls += 1;
        *ways.starts.entry(first.clone()).or_default() += 1;
        for pair in nodes.windows(2) {
            if let [from, to] = pair {
                *ways.steps.entry((from.clone(), to.clone())).or_default() += 1;
            }
        }
        self.steps += ways.steps.len() + ways.starts.len() - before;
    }
}

impl Ways {
    /// Together with those of another revision of the same plan.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        for (node, count) in &other.starts {
            *self.starts.entry(node.clone()).or_default() += count;
        }
        for (step, count) in &other.steps {
            *self.steps.entry(step.clone()).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_counted_step_by_step_and_added_up_over_revisions() {
        let mut today = Today::default();
        let walk = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        today.add("r1", &walk(&["hours", "menu", "water"]));
        today.add("r1", &walk(&["hours", "menu"]));
        today.add("r2", &walk(&["hours", "night"]));
        today.add("r2", &[]);
        let mut all = Ways::default();
        today.by_revision.values().for_each(|ways| all.add(ways));
        let step = |a: &str, b: &str| all.steps.get(&(a.into(), b.into())).copied();
        assert_eq!((all.calls, all.starts["hours"]), (3, 3));
        assert_eq!(
            (step("hours", "menu"), step("menu", "water"), step("hours", "night")),
            (Some(2), Some(1), Some(1))
        );
    }
}
