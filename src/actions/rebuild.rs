//! The rows of cases are built again from their timelines: to prove that they can be, and to repair what a fault of a disk or of a
//! hand in the database has changed.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::audit::What;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::CaseId;
pub use crate::store::rebuild::{Difference, Wrong};
use crate::store::{Tx, Work};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub cases: usize,
    pub differing: usize,
}

impl Actions {
    /// Compares every case, beside a server that may be running; `found` hears of each that differs. With `fix` the row becomes
    /// what its timeline says.
    pub async fn rebuild(
        &self,
        fix: bool,
        found: &mut (dyn FnMut(&Difference) + Send),
    ) -> Result<Rebuilt, ActionError> {
        self.shared.db.refresh_directory().await?;
        let mut rebuilt = Rebuilt::default();
        let mut after = CaseId(0);
        while let Some(page) = self.shared.db.suspects(after).await? {
            rebuilt.cases += page.checked;
            after = page.last;
            for case in page.suspects {
                let work = RebuildCase { shared: Arc::clone(&self.shared), case, fix, at: self.clock.now() };
                if let Some(difference) = self.shared.db.write(work).await? {
                    rebuilt.differing += 1;
                    found(&difference);
                    if fix {
                        self.changed(case);
                    }
                }
            }
        }
        Ok(rebuilt)
    }
}

struct RebuildCase {
    shared: Arc<Shared>,
    case: CaseId,
    fix: bool,
    at: Timestamp,
}

impl Work for RebuildCase {
    type Out = Option<Difference>;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let difference = tx.rebuild_case(&self.shared.db.directory(), self.case, self.fix).await?;
        if self.fix
            && let Some(Difference { wrong: Wrong::Columns(columns), .. }) = &difference
        {
            let columns: Vec<&str> = columns.iter().map(|column| column.name).collect();
            let detail = json!({ "columns": columns });
            tx.audit(Actor::System.audit(self.at, What::CaseRebuilt, self.case, detail));
        }
        Ok(difference)
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Headless => f.write_str("its timeline does not begin with the opening of a case"),
            Self::Unreadable(why) => write!(f, "an entry of its timeline cannot be read: {why}"),
            Self::Columns(columns) => {
                for (index, column) in columns.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    match &column.values {
                        Some((is, says)) => {
                            write!(f, "{comma}{} is {is}, its timeline says {says}", column.name)?;
                        }
                        None => write!(f, "{comma}{} is not what its timeline says", column.name)?,
                    }
                }
                Ok(())
            }
        }
    }
}
