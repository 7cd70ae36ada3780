//! A macro is carried out: each act is the verb itself, with its own right and its own entries, one after the other in one transaction.
//! What stops one undoes all.

use std::convert::Infallible;

use crate::actions::case::{AddNote, ChangeCase, To};
use crate::actions::deadline::{pause_all, resume_all};
use crate::actions::forward::ForwardCase;
use crate::actions::on_case::OnCase;
use crate::actions::outcome::{self, AnswerCase, NewAnswer};
use crate::actions::reply::Reply;
use crate::actions::watcher::Watch;
use crate::actions::{ActionError, Actor};
use crate::domain::case::Outcome;
use crate::domain::case_macro::{Act, Assignee};
use crate::domain::flow::{Refused, Step};
use crate::domain::id::{CaseEventId, MacroId, TemplateId, UserId};
use crate::domain::kept_template::{Field, TemplateKind, fill};
use crate::domain::notice::Way;
use crate::domain::permission::{Decision, Right};
use crate::domain::projection::CaseFields;
use crate::domain::timeline::Entry;
use crate::store::{StoreError, Tx, Work};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum MacroError {
    #[error("act {}: {}", .0.at, .0.why)]
    Stopped(Box<Stopped>),
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// The act that could not be taken; `at` from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub at: usize,
    pub act: Act,
    pub why: Stop,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("{0}")]
    Refused(Refused),
    #[error("not allowed: {0}")]
    Forbidden(Box<Decision>),
    /// After the acts before it the case is no longer the actor's to read.
    #[error("the case is no longer yours after the acts before")]
    Lost,
    /// The template says what this case does not have.
    #[error("the case has nothing for the field {0}")]
    Gap(Field),
    #[error("{0}")]
    Other(String),
}

/// What using a macro would do.
#[derive(Clone, Debug)]
pub struct Would {
    /// Of the case as it is now.
    pub version: i64,
    /// What would come onto the timeline, oldest first.
    pub entries: Vec<Entry>,
    /// What the case would be.
    pub case: CaseFields,
}

impl From<StoreError> for MacroError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

pub(super) struct UseMacro {
    pub on: OnCase,
    pub id: MacroId,
}

impl Work for UseMacro {
    /// The entry that names the macro, and the new version.
    type Out = (CaseEventId, i64);
    type Error = MacroError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, MacroError> {
        let on = &self.on;
        let mut case = on.locked(tx, Right::ReadCases).await?;
        let used = tx.case_macro(self.id).await?.ok_or(ActionError::NotFound)?;
        if used.archived || !on.shared.is_offered(&on.actor, used.department) {
            return Err(ActionError::NotFound.into());
        }
        let entry = Entry::MacroUsed { of: self.id, name_sr: used.name_sr, name_en: used.name_en };
        let named = on.enter(tx, &mut case, &[entry]).await?.ok_or(ActionError::NotFound)?;
        for (at, act) in used.acts.iter().enumerate() {
            self.take(tx, act).await.map_err(|why| match why {
                Failure::Whole(error) => MacroError::Action(error),
                Failure::Stop(why) => {
                    MacroError::Stopped(Box::new(Stopped { at: at + 1, act: act.clone(), why }))
                }
            })?;
        }
        let now = tx.case_fields(on.case).await?.ok_or(ActionError::NotFound)?;
        Ok((named, now.version))
    }
}

/// Why one act was not taken: by itself, or because nothing can be written at all.
enum Failure {
    Stop(Stop),
    Whole(ActionError),
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Forbidden(decision) => Self::Stop(Stop::Forbidden(decision)),
            ActionError::NotFound => Self::Stop(Stop::Lost),
            ActionError::Invalid(why) => Self::Stop(Stop::Other(why)),
            // That of the whole, not of one act.
            whole => Self::Whole(whole),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(ActionError::from(error))
    }
}

impl UseMacro {
    async fn take(&self, tx: &mut Tx<'_>, act: &Act) -> Result<(), Failure> {
        let on = &self.on;
        let case = tx.case_fields(on.case).await?.ok_or(ActionError::NotFound)?;
        on.shared.allow_on(&on.actor, act.right(), &case)?;
        match act {
            Act::TakeUp | Act::PutBack | Act::Close => self.step(tx, &case, act).await?,
            Act::Classify { category } => self.change(tx, &case, To::Category(*category)).await?,
            Act::Assign { to } => {
                let to = match to {
                    Assignee::Nobody => None,
                    Assignee::Me => Some(self.me()?),
                    Assignee::User(user) => Some(*user),
                };
                self.change(tx, &case, To::Assignee(to)).await?;
            }
            Act::Forward { to, template } => {
                checked(act, &case)?;
                let note = match template {
                    Some(template) => self.words(tx, &case, *template).await?.1,
                    None => String::new(),
                };
                ForwardCase { on: self.later(), to: *to, note }.run(tx).await?;
            }
            Act::Note { template } => {
                let (_, words) = self.words(tx, &case, *template).await?;
                let (shared, actor) = (on.shared.clone(), on.actor.clone());
                AddNote { shared, actor, case: on.case, words, at: on.at }.run(tx).await?;
            }
            Act::Reply { template } => {
                let (kind, words) = self.words(tx, &case, *template).await?;
                // An e-mail goes by mail where there is an address; a text as the citizen chose.
                let way = (kind == TemplateKind::Email).then_some(Way::Email);
                Reply { on: self.later(), words, way }.run(tx).await?;
            }
            Act::Answer { outcome, template } => {
                checked(act, &case)?;
                self.answer(tx, &case, *outcome, *template).await?;
            }
            Act::Watch => {
                Watch { on: self.later(), user: self.me()?, on_it: true }.run(tx).await?;
            }
            Act::PauseDeadlines { reason, words } => pause_all(tx, on, *reason, words).await?,
            Act::ResumeDeadlines => resume_all(tx, on).await?,
        }
        Ok(())
    }

    /// Nothing when the case is so already.
    async fn step(&self, tx: &mut Tx<'_>, case: &CaseFields, act: &Act) -> Result<(), Failure> {
        let to = act.step().map_or(case.status, Step::to);
        if case.status == to {
            return Ok(());
        }
        checked(act, case)?;
        self.change(tx, case, To::Status(to)).await
    }

    async fn change(&self, tx: &mut Tx<'_>, case: &CaseFields, to: To) -> Result<(), Failure> {
        let OnCase { shared, actor, case: id, at, .. } = self.later();
        ChangeCase { shared, actor, case: id, version: case.version, to, at }.run(tx).await?;
        Ok(())
    }

    async fn answer(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        outcome: Outcome,
        template: TemplateId,
    ) -> Result<(), Failure> {
        let (_, words) = self.words(tx, case, template).await?;
        let answer = NewAnswer { outcome, words, silence: String::new(), note: String::new() };
        let answer = outcome::checked(&answer)?;
        AnswerCase { on: self.later(), answer }.run(tx).await?;
        Ok(())
    }

    /// The words of a template on this case as the acts before left it. No human looks at them before they are sent, so a gap stops.
    async fn words(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
        id: TemplateId,
    ) -> Result<(TemplateKind, String), Failure> {
        let on = &self.on;
        let template = tx.kept_template(id).await?.ok_or(ActionError::NotFound)?;
        let english = template.kind != TemplateKind::Note && on.shared.reads_english(tx, case).await?;
        let values = on.shared.template_values(tx, (on.case, case), &on.actor, on.at).await?;
        let filled = fill(template.words(english), &values, |field| field.as_str().to_owned());
        let filled = filled.map_err(|wrong| ActionError::Invalid(wrong.to_string()))?;
        match filled.gaps.first() {
            Some(gap) => Err(Failure::Stop(Stop::Gap(*gap))),
            None => Ok((template.kind, filled.words)),
        }
    }

    /// For a verb: the version is looked at once, before the first act.
    fn later(&self) -> OnCase {
        OnCase { version: None, ..self.on.clone() }
    }

    fn me(&self) -> Result<UserId, ActionError> {
        match &self.on.actor {
            Actor::User { id, .. } => Ok(*id),
            Actor::Token { owner: Some(owner), .. } => Ok(*owner),
            _ => Err(ActionError::Invalid("only a user can be whoever uses a macro".into())),
        }
    }
}

fn checked(act: &Act, case: &CaseFields) -> Result<(), Failure> {
    let checked = act.step().map_or(Ok(()), |step| step.check(case));
    checked.map_err(|why| Failure::Stop(Stop::Refused(why)))
}

/// Uses a macro, tells what it did, and undoes it.
pub(super) struct TryMacro(pub UseMacro);

/// The way out of a transaction that must not be committed is an error.
pub(super) enum Tried {
    Would(Box<Would>),
    Failed(MacroError),
}

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Work for TryMacro {
    type Out = Infallible;
    type Error = Tried;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Infallible, Tried> {
        let id = self.0.on.case;
        let gone = || Tried::Failed(ActionError::NotFound.into());
        let version = tx.case_fields(id).await?.ok_or_else(gone)?.version;
        let (named, _) = self.0.run(tx).await.map_err(Tried::Failed)?;
        let entries = tx.entries_after(id, named).await?;
        let case = tx.case_fields(id).await?.ok_or_else(gone)?;
        Err(Tried::Would(Box::new(Would { version, entries, case })))
    }
}
