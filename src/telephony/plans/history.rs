//! Whatever is taken over becomes a version in the database, also what was changed by hand in the folder.

use super::Plans;
use crate::actions::plan::PlanTaken;
use crate::actions::{Actions, Actor};
use crate::dialplan::parse::revision;

impl Plans {
    /// Until it is dropped. A version that could not be written is written at the next change or start.
    pub async fn keep_history(self, actions: Actions) {
        let mut changed = self.inner.current.subscribe();
        loop {
            for source in self.taken().sources.iter() {
                let plan = PlanTaken {
                    name: source.name().to_owned(),
                    revision: revision(&source.text),
                    text: source.text.clone(),
                    note: String::new(),
                };
                if let Err(error) = actions.record_plan(&Actor::System, plan).await {
                    tracing::warn!(%error, plan = source.name(), "the version of a dialplan was not written");
                }
            }
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}
