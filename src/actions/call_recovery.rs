//! Calls that were open when a process died are finished by the next one.

use std::sync::Arc;
use std::time::Duration;

use super::call::{CallEnded, EndedBy, FinishCall};
use super::node::Whose;
use super::{ActionError, Actions};
use crate::domain::id::{InteractionId, RecordingId};

/// Calls that are read at once when a start finds open ones.
const RECOVERED_AT_ONCE: i64 = 200;

/// How long a recording is, by its path relative to the data folder.
pub type Lengths<'l> = &'l (dyn Fn(&str) -> Option<Duration> + Sync);

impl Actions {
    /// At start: calls that this node, or one that is gone, had open are finished, recordings closed with the length found on disk
    /// by `length_of` (path relative to the data folder). Returns how many.
    pub async fn recover_calls(&self, length_of: Lengths<'_>) -> Result<usize, ActionError> {
        let own = self.recover_calls_of(Whose::Own, Some(length_of)).await?;
        self.recover_recordings(length_of).await?;
        Ok(own + self.recover_calls_of(Whose::Gone, None).await?)
    }

    /// Recordings of this node whose calls another one ended meanwhile.
    async fn recover_recordings(&self, length_of: Lengths<'_>) -> Result<(), ActionError> {
        let mut after = RecordingId(0);
        loop {
            let left = self.shared.db.left_recordings(self.shared.node(), after, RECOVERED_AT_ONCE).await?;
            let Some((last, _)) = left.last() else { return Ok(()) };
            after = *last;
            for (recording, path) in left {
                let length = length_of(&path).filter(|length| !length.is_zero());
                self.finish_recording(recording, length).await?;
            }
        }
    }

    /// Without `length_of` their recordings are left to the node on whose disk they are.
    pub(super) async fn recover_calls_of(
        &self,
        whose: Whose,
        length_of: Option<Lengths<'_>>,
    ) -> Result<usize, ActionError> {
        let left = self.shared.left(whose, self.clock.now());
        let mut recovered = 0;
        let mut after = InteractionId(0);
        loop {
            let calls = self.shared.db.open_calls(&left, after, RECOVERED_AT_ONCE).await?;
            let Some(last) = calls.last() else { return Ok(recovered) };
            after = last.id;
            for call in calls {
                // Killed before the first sample reached the disk: nothing was said.
                let length = |(id, path): (RecordingId, String)| {
                    length_of.map(|length_of| (id, length_of(&path).filter(|length| !length.is_zero())))
                };
                let recordings: Vec<_> = call.recordings.into_iter().filter_map(length).collect();
                let heard: Duration = recordings.iter().filter_map(|(_, length)| *length).sum();
                // When it died is not known; that it was there for as long as it recorded is.
                let at = call.started_at.saturating_add(heard).unwrap_or(call.started_at);
                let end = CallEnded {
                    at,
                    answered_at: None,
                    by: EndedBy::Restart,
                    walk: Vec::new(),
                    story: Vec::new(),
                };
                let work = FinishCall { shared: Arc::clone(&self.shared), call: call.id, end, recordings };
                if let Some(done) = self.shared.db.write(work).await? {
                    self.tell(done);
                }
                recovered += 1;
            }
        }
    }
}
