//! From the handle to the engine.

use std::net::UdpSocket;
use std::sync::{Mutex, PoisonError};

use metrics::counter;

use super::{Command, LegId};

/// Commands that wait for the engine, which looks every 5 ms: it must have stood still for seconds.
const MOST_COMMANDS: usize = 65_536;

#[derive(Debug)]
pub(super) enum Work {
    Reserved { leg: LegId, socket: UdpSocket },
    Command(Command),
    Stop,
}

impl Work {
    /// What ends something must arrive; of that there is at most as much as there are legs.
    fn can_be_dropped(&self) -> bool {
        use Command::{Join, Music, Open, Play, Record, RecordBridge, Update};
        matches!(
            self,
            Self::Command(
                Open { .. }
                    | Update { .. }
                    | Play { .. }
                    | Record { .. }
                    | RecordBridge { .. }
                    | Join { .. }
                    | Music { samples: Some(_), .. }
            )
        )
    }
}

#[derive(Debug, Default)]
pub(super) struct Inbox(Mutex<Vec<Work>>);

impl Inbox {
    /// True when the engine may be asleep and wants waking.
    pub(super) fn push(&self, work: Work) -> bool {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inbox.len() >= MOST_COMMANDS && work.can_be_dropped() {
            counter!("odziv_media_commands_dropped_total").increment(1);
            return false;
        }
        inbox.push(work);
        inbox.len() == 1
    }

    pub(super) fn take(&self, into: &mut Vec<Work>) {
        std::mem::swap(into, &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
