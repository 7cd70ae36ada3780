//! What came out of the simulated days.

use serde::Serialize;

use super::super::accounting::Tally;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    pub days: Vec<Day>,
    /// Contacts by the number of attempts that they took; the last is "so many or more".
    pub attempts: [u64; 8],
    /// Day and hour at which the list was over, from the beginning.
    pub list_over: Option<(u32, f64)>,
}

/// Seconds of operators, where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Day {
    pub tally: Tally,
    pub dials: u64,
    pub answered: u64,
    /// By the network: they cost no attempt.
    pub refused: u64,
    pub completed: u64,
    pub busy: f64,
    /// Not paused, and with something to do.
    pub present: f64,
    /// Between two calls, and how many of them.
    pub idle: f64,
    pub idles: u64,
    /// From the answer to the operator, in tenths of a second.
    #[serde(skip)]
    pub delays: Vec<u64>,
}

impl Day {
    pub fn busy_share(&self) -> f64 {
        share(self.busy, self.present)
    }

    pub(super) fn delayed(&mut self, seconds: f64) {
        let slot = (seconds * 10.0) as usize;
        if self.delays.len() <= slot {
            self.delays.resize(slot.min(600) + 1, 0);
        }
        if let Some(count) = self.delays.get_mut(slot) {
            *count += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.tally.add(&other.tally);
        self.dials += other.dials;
        self.answered += other.answered;
        self.refused += other.refused;
        self.completed += other.completed;
        self.busy += other.busy;
        self.present += other.present;
        self.idle += other.idle;
        self.idles += other.idles;
        self.delays.resize(self.delays.len().max(other.delays.len()), 0);
        self.delays.iter_mut().zip(&other.delays).for_each(|(sum, count)| *sum += count);
    }
}

impl Figures {
    pub fn total(&self) -> Day {
        let mut total = Day::default();
        self.days.iter().for_each(|day| total.add(day));
        total
    }

    pub fn busy_share(&self) -> f64 {
        self.total().busy_share()
    }

    pub fn abandon_rate(&self) -> f64 {
        self.total().tally.rate()
    }

    /// The largest abandon rate of a day.
    pub fn worst_day(&self) -> f64 {
        self.days.iter().map(|day| day.tally.rate()).fold(0.0, f64::max)
    }

    /// Days over the cap.
    pub fn days_over(&self, cap: f64) -> usize {
        self.days.iter().filter(|day| day.tally.rate() > cap).count()
    }

    pub fn answered_share(&self) -> f64 {
        let total = self.total();
        share(total.answered as f64, (total.dials - total.refused) as f64)
    }

    /// Seconds from the end of a call to the next one.
    pub fn wait_between_calls(&self) -> f64 {
        let total = self.total();
        share(total.idle, total.idles as f64)
    }

    /// Seconds from the answer within which 95 of 100 of the connected have their operator.
    pub fn time_to_operator_p95(&self) -> f64 {
        let delays = self.total().delays;
        let wanted = delays.iter().sum::<u64>() as f64 * 0.95;
        let mut seen = 0.0;
        let slot = delays.iter().position(|count| {
            seen += *count as f64;
            seen >= wanted
        });
        slot.unwrap_or_default() as f64 / 10.0
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
