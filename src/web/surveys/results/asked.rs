//! Who was asked by a version, as the statistics take them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::id::InterviewId;
use crate::domain::survey::Interview;
use crate::domain::survey::interview::Disposition;
use crate::domain::survey::results::Respondent;
use crate::store::survey::SurveyVersion;
use crate::web::error::WebError;
use crate::web::state::App;

/// Interviews read at once, and at most: a survey of a large town is some thousand.
const ROWS: u32 = 500;
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Asked {
    pub respondents: Vec<Respondent>,
    pub complete: usize,
    pub broken_off: usize,
}

/// Who was asked to the end, and, if wanted, who answered something before it was broken off.
pub(super) async fn respondents(
    app: &App,
    version: &SurveyVersion,
    broken_off: bool,
) -> Result<Asked, WebError> {
    let published = Arc::new(version.asked());
    let (mut asked, mut after) = (Asked::default(), InterviewId(0));
    while asked.respondents.len() < MOST {
        let rows = app.db.interviews(version.id, after, ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        let ids: Vec<InterviewId> = rows.iter().map(|row| row.id).collect();
        let mut answers = app.db.answers_of(&ids).await?;
        for row in rows {
            let complete = row.disposition == Some(Disposition::Complete);
            if !complete && (row.disposition == Some(Disposition::ScreenedOut) || row.answered == 0) {
                continue;
            }
            let count = if complete { &mut asked.complete } else { &mut asked.broken_off };
            *count += 1;
            if !complete && !broken_off {
                continue;
            }
            let own = answers.remove(&row.id).unwrap_or_default();
            let record = row.record(published.number(), own);
            let Ok(interview) = Interview::resume(Arc::clone(&published), record) else { continue };
            let answers = interview
                .answers()
                .map(|(question, answer)| (question.key.clone(), answer.clone()))
                .collect();
            let own = BTreeMap::new();
            asked.respondents.push(Respondent { answers, mode: row.mode, language: row.language, own });
        }
    }
    Ok(asked)
}
