//! Quotas while many talk at once: who may still be asked, and who holds a place. The count is in the database, under a lock of the version, so
//! that nodes and restarts change nothing.

use jiff::{SignedDuration, Timestamp};

use crate::domain::id::{InterviewId, SurveyVersionId};
use crate::domain::survey::Interview;
use crate::domain::survey::quota::count::{Verdict, cells};
use crate::domain::survey::quota::{Facts, known};
use crate::store::{StoreError, Tx};

/// As long as somebody who is on the line, or thinks over a page, keeps a place without another answer.
const HELD: SignedDuration = SignedDuration::from_mins(30);

/// What the list of contacts says of them, by the names of its columns.
pub(super) type Attributes = Vec<(String, String)>;

/// After an answer. False: enough of those like them were asked, or are being asked.
pub(super) async fn hold(
    tx: &mut Tx<'_>,
    (version, id): (SurveyVersionId, InterviewId),
    (interview, attributes): (&Interview, &Attributes),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let quotas = &interview.questionnaire().quotas;
    if quotas.is_empty() {
        return Ok(true);
    }
    lock(tx, version).await?;
    let known = known(interview);
    let facts = Facts { interview: Some(&known), attributes };
    let others = tx.survey_cells_without((version, id), now).await?;
    if others.verdict(quotas, facts) != Verdict::Open {
        return Ok(false);
    }
    let until = now.checked_add(HELD).unwrap_or(Timestamp::MAX);
    tx.hold_cells((version, id), &cells(quotas, facts), until).await?;
    Ok(true)
}

/// It has ended: complete, or in any other way.
pub(super) async fn ended(
    tx: &mut Tx<'_>,
    (version, id): (SurveyVersionId, InterviewId),
    (interview, attributes): (&Interview, &Attributes),
    is_complete: bool,
) -> Result<(), StoreError> {
    let quotas = &interview.questionnaire().quotas;
    if quotas.is_empty() {
        return Ok(());
    }
    lock(tx, version).await?;
    tx.release_cells(id).await?;
    if is_complete {
        let known = known(interview);
        let facts = Facts { interview: Some(&known), attributes };
        tx.fill_cells(version, &cells(quotas, facts)).await?;
    }
    Ok(())
}

async fn lock(tx: &mut Tx<'_>, version: SurveyVersionId) -> Result<(), StoreError> {
    tx.lock(&format!("quotas of survey version {version}")).await
}
