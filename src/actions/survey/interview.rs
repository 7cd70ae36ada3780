//! Somebody is asked: an interview begins, goes on answer by answer, and ends. Each answer is committed before the next question is shown, so
//! whatever breaks off leaves all that was said, and can be resumed by whoever comes next.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::super::{ActionError, Actions, Actor, Shared};
use super::quota::{self, Attributes};
use super::{SurveyError, may};
use crate::domain::audit::What;
use crate::domain::id::{InterviewId, PersonId, SurveyVersionId};
use crate::domain::permission::Right;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::interview::{Disposition, Early, Standing};
use crate::domain::survey::version::Deed;
use crate::domain::survey::{Answer, Interview, Mode, Position, QuestionKey, Refused};
use crate::store::interview::{Answers, InterviewRow, NewInterview};
use crate::store::survey::SurveyVersion;
use crate::store::{Tx, Work};

/// An interview where it is now.
#[derive(Clone, Debug)]
pub struct Asked {
    pub row: InterviewRow,
    pub version: SurveyVersion,
    pub interview: Interview,
}

/// What happens in an interview.
#[derive(Clone, Debug)]
pub(in crate::actions) enum Said {
    Answer(QuestionKey, Answer),
    /// From the end of the road.
    Close,
    Early(Early),
    Speak(PersonLanguage),
}

impl Actions {
    /// By an operator, of somebody whose card is open or of whoever is on the line.
    pub async fn start_interview(
        &self,
        actor: &Actor,
        version: SurveyVersionId,
        (person, language): (Option<PersonId>, PersonLanguage),
    ) -> Result<InterviewId, SurveyError> {
        self.shared.allow(actor, Right::ConductInterviews)?;
        let new = NewInterview {
            version,
            recipient: None,
            attempt: None,
            person,
            mode: Mode::Operator,
            operator: actor.person(),
            language,
            seed: rand::random(),
        };
        self.shared.db.write(Start { actor: actor.clone(), new, at: self.clock.now() }).await
    }

    /// Where it is: for whoever asks, and for others once it has ended only with the right to read answers. It is told to the audit.
    pub async fn interview(&self, actor: &Actor, id: InterviewId) -> Result<Asked, SurveyError> {
        let asked = self.shared.asked_in(id).await?.ok_or(ActionError::NotFound)?;
        let is_own = asked.row.operator.is_some() && asked.row.operator == actor.person();
        if asked.row.mode == Mode::Operator && (is_own || asked.row.disposition.is_none()) {
            self.shared.allow(actor, Right::ConductInterviews)?;
        } else {
            self.shared.allow(actor, Right::ReadAnswers)?;
        }
        self.viewed(actor, What::InterviewViewed, id).await?;
        Ok(asked)
    }

    /// The answer is committed when this comes back. The interview goes on behind the question; quotas may end it.
    pub async fn answer_interview(
        &self,
        actor: &Actor,
        id: InterviewId,
        (question, answer): (QuestionKey, Answer),
    ) -> Result<Asked, SurveyError> {
        self.conduct(actor, id, Said::Answer(question, answer)).await
    }

    /// In another language from now on.
    pub async fn speak_in_interview(
        &self,
        actor: &Actor,
        id: InterviewId,
        language: PersonLanguage,
    ) -> Result<Asked, SurveyError> {
        self.conduct(actor, id, Said::Speak(language)).await
    }

    /// Everything was asked: answers do not change any more, and what a changed answer led past is forgotten.
    pub async fn close_interview(&self, actor: &Actor, id: InterviewId) -> Result<Asked, SurveyError> {
        self.conduct(actor, id, Said::Close).await
    }

    /// They refused, hung up, or are not wanted any more. What was answered stays.
    pub async fn end_interview(
        &self,
        actor: &Actor,
        id: InterviewId,
        why: Early,
    ) -> Result<Asked, SurveyError> {
        self.conduct(actor, id, Said::Early(why)).await
    }

    async fn conduct(&self, actor: &Actor, id: InterviewId, said: Said) -> Result<Asked, SurveyError> {
        self.shared.allow(actor, Right::ConductInterviews)?;
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        self.shared.db.write(Conduct { shared, actor: actor.clone(), id, said, at }).await
    }
}

impl Shared {
    pub(super) async fn asked_in(&self, id: InterviewId) -> Result<Option<Asked>, SurveyError> {
        let Some(row) = self.db.interview(id).await? else { return Ok(None) };
        let Some(version) = self.db.survey_version(row.version).await? else { return Ok(None) };
        let answers = self.db.interview_answers(id).await?;
        Asked::new(row, version, answers).map(Some)
    }
}

impl Asked {
    pub fn new(row: InterviewRow, version: SurveyVersion, answers: Answers) -> Result<Self, SurveyError> {
        let published = Arc::new(version.asked());
        let record = row.record(published.number(), answers);
        let interview = Interview::resume(published, record);
        let interview = interview.map_err(|error| ActionError::Refused(error.to_string()))?;
        Ok(Self { row, version, interview })
    }
}

struct Start {
    actor: Actor,
    new: NewInterview,
    at: Timestamp,
}

impl Work for Start {
    type Out = InterviewId;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<InterviewId, SurveyError> {
        let id = begin(tx, &self.new, self.at).await?;
        let id = id.ok_or(ActionError::Conflict)?;
        let said = json!({ "begun": self.new.version, "person": self.new.person });
        tell(tx, &self.actor, id, said, self.at);
        Ok(id)
    }
}

/// A row for it, if the version may be asked. `None`: this recipient has one.
pub(in crate::actions) async fn begin(
    tx: &mut Tx<'_>,
    new: &NewInterview,
    at: Timestamp,
) -> Result<Option<InterviewId>, SurveyError> {
    let version = tx.survey_version(new.version).await?.ok_or(ActionError::NotFound)?;
    may(&version, Deed::Begin)?;
    offered(&version, new.language)?;
    Ok(tx.insert_interview(new, at).await?)
}

fn offered(version: &SurveyVersion, language: PersonLanguage) -> Result<(), SurveyError> {
    let languages = &version.questionnaire.languages;
    if languages.contains(&language) {
        return Ok(());
    }
    let words: Vec<&str> = languages.iter().map(|language| language.as_str()).collect();
    Err(SurveyError::Language(words.join(", ")))
}

struct Conduct {
    shared: Arc<Shared>,
    actor: Actor,
    id: InterviewId,
    said: Said,
    at: Timestamp,
}

impl Work for Conduct {
    type Out = Asked;
    type Error = SurveyError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Asked, SurveyError> {
        let row = tx.interview(self.id).await?.ok_or(ActionError::NotFound)?;
        // What came by a key or a link is nobody else's to say.
        if row.mode != Mode::Operator {
            return Err(ActionError::NotFound.into());
        }
        let asked = take(tx, row, &self.said, self.at).await?;
        self.shared.dial_interview_ended(tx, &asked.row, self.at).await?;
        tell(tx, &self.actor, self.id, self.told(&asked), self.at);
        Ok(asked)
    }
}

impl Conduct {
    /// Without what was said.
    fn told(&self, asked: &Asked) -> Json {
        let ended = asked.row.disposition;
        match &self.said {
            Said::Answer(question, _) => json!({ "answered": question, "ended": ended }),
            Said::Speak(language) => json!({ "language": language }),
            Said::Close | Said::Early(_) => json!({ "ended": ended }),
        }
    }
}

/// One thing that is said in an interview whose row is locked.
pub(in crate::actions) async fn take(
    tx: &mut Tx<'_>,
    row: InterviewRow,
    said: &Said,
    at: Timestamp,
) -> Result<Asked, SurveyError> {
    let version = tx.survey_version(row.version).await?.ok_or(ActionError::NotFound)?;
    if row.disposition.is_some() {
        return Err(Refused::Over.into());
    }
    may(&version, Deed::Resume)?;
    let answers = tx.interview_answers(row.id).await?;
    let mut asked = Asked::new(row, version, answers)?;
    match said {
        Said::Speak(language) => {
            offered(&asked.version, *language)?;
            tx.interview_speaks(asked.row.id, *language).await?;
            asked.interview.speak(*language);
            asked.row.language = *language;
        }
        Said::Answer(question, answer) => answered(tx, &mut asked, (question, answer), at).await?,
        Said::Close => {
            let disposition = asked.interview.close().ok_or(SurveyError::Open)?;
            end(tx, &mut asked, disposition, at).await?;
        }
        Said::Early(why) => {
            asked.interview.end_early(*why);
            end(tx, &mut asked, (*why).into(), at).await?;
        }
    }
    Ok(asked)
}

async fn answered(
    tx: &mut Tx<'_>,
    asked: &mut Asked,
    (question, answer): (&QuestionKey, &Answer),
    at: Timestamp,
) -> Result<(), SurveyError> {
    let id = asked.row.id;
    asked.interview.answer_to(question, answer.clone())?;
    let kept = asked.interview.kept(question).ok_or(Refused::NotAsked)?;
    tx.put_interview_answer(id, (question, kept), at).await?;
    for (other, standing) in asked.interview.standings() {
        if asked.interview.kept(&other.key).is_some() {
            let aside = !matches!(standing, Standing::Answered(_));
            tx.set_answer_aside(id, &other.key, aside).await?;
        }
    }
    let count = asked.interview.answers().count();
    tx.interview_answered(id, count, at).await?;
    asked.row.answered = i64::try_from(count).unwrap_or(i64::MAX);
    let attributes = attributes(tx, asked).await?;
    if !quota::hold(tx, (asked.row.version, id), (&asked.interview, &attributes), at).await? {
        // Whoever has said all is not sent away.
        if matches!(asked.interview.position(), Position::Question(_)) {
            asked.interview.end_early(Early::OverQuota);
            end(tx, asked, Disposition::OverQuota, at).await?;
        }
    }
    Ok(())
}

async fn end(
    tx: &mut Tx<'_>,
    asked: &mut Asked,
    disposition: Disposition,
    at: Timestamp,
) -> Result<(), SurveyError> {
    let id = asked.row.id;
    tx.remove_answers_aside(id).await?;
    tx.end_interview(id, disposition, at).await?;
    asked.row.disposition = Some(disposition);
    asked.row.ended_at = Some(at);
    let attributes = attributes(tx, asked).await?;
    let is_complete = disposition == Disposition::Complete;
    quota::ended(tx, (asked.row.version, id), (&asked.interview, &attributes), is_complete).await?;
    Ok(())
}

/// What the list says of them, as long as it is kept.
async fn attributes(tx: &mut Tx<'_>, asked: &Asked) -> Result<Attributes, SurveyError> {
    if asked.version.questionnaire.quotas.is_empty() {
        return Ok(Vec::new());
    }
    match (asked.row.recipient, asked.row.attempt) {
        (Some(recipient), _) => Ok(tx.recipient_fields(recipient).await?),
        (None, Some(attempt)) => Ok(tx.dial_fields(attempt).await?),
        (None, None) => Ok(Vec::new()),
    }
}

fn tell(tx: &mut Tx<'_>, actor: &Actor, id: InterviewId, said: Json, at: Timestamp) {
    if *actor != Actor::System {
        tx.audit(actor.audit(at, What::InterviewChanged, id, said));
    }
}
