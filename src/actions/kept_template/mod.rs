//! Templates that people write with: kept, archived, filled with what a case has.

pub(super) mod seed;
mod values;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::audit::What;
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::id::{CaseId, DepartmentId, TemplateId};
use crate::domain::kept_template::{Field, Misspelt, TemplateKind, fill, most_chars, parse};
use crate::domain::permission::Right;
use crate::domain::words::words;
pub use crate::store::kept_template::KeptTemplate;
use crate::store::kept_template::MOST_TEMPLATES;
use crate::store::{StoreError, Tx, Work};

/// What a template becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateChange {
    /// In Serbian Cyrillic.
    pub name_sr: String,
    pub name_en: String,
    pub kind: TemplateKind,
    /// Whose officers see it; `None`: everybody.
    pub department: Option<DepartmentId>,
    pub words_sr: String,
    pub words_en: String,
}

words! {
    /// The fields of the form that may be refused.
    Part {
        NameSerbian = "name_sr",
        NameEnglish = "name_en",
        Kind = "kind",
        Department = "department",
        WordsSerbian = "words_sr",
        WordsEnglish = "words_en",
        Acts = "acts",
    }
}

/// Why a template or a macro was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Missing, too long, or not there.
    #[error("the field {0} will not do")]
    Wrong(Part),
    #[error("{0}: {1}")]
    Misspelt(Part, Misspelt),
    /// An act of a macro, from 1.
    #[error("act {0} names what is not there, or not fit for it")]
    WrongAct(usize),
    #[error("there are {0} already")]
    TooMany(i64),
    /// Macros that are offered say it: their names in Serbian.
    #[error("macros need it: {}", .0.join(", "))]
    Needed(Vec<String>),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for KeepError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// A template with what a case has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledTemplate {
    pub kind: TemplateKind,
    pub words: String,
    /// What the writer has to fill.
    pub gaps: Vec<Field>,
}

/// What the gaps of fields are called in the language of the one who writes; others as in the syntax.
pub type Labels = Vec<(Field, String)>;

/// On one line of a list, also in Serbian.
const NAME_CHARS: usize = 120;

impl Actions {
    /// As the municipality calls itself, in Serbian; said once, by `app`.
    pub fn speak_for(&self, municipality: &str) {
        let _ = self.shared.municipality.set(municipality.to_owned());
    }

    /// For lists, which change nothing.
    pub fn may_manage_templates(&self, actor: &Actor) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::ManageTemplates)
    }

    pub async fn add_template(&self, actor: &Actor, change: TemplateChange) -> Result<TemplateId, KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let change = self.checked_template(change)?;
        let work = AddTemplate { template: kept(TemplateId(0), 0, false, change), at: self.clock.now() };
        self.audited(actor, work, |id| (What::TemplateChanged, *id, json!({ "new": true }))).await
    }

    /// `version`: that of the template as it was read.
    pub async fn change_template(
        &self,
        actor: &Actor,
        id: TemplateId,
        version: i64,
        change: TemplateChange,
    ) -> Result<(), KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let change = self.checked_template(change)?;
        let work = PutTemplate { id, version, change: Put::Words(change), at: self.clock.now() };
        self.audited(actor, work, move |()| (What::TemplateChanged, id, json!({ "words": true }))).await
    }

    /// Offered to nobody any more, or again. Nothing is lost: what was written with it stays as it is.
    pub async fn archive_template(
        &self,
        actor: &Actor,
        id: TemplateId,
        version: i64,
        archived: bool,
    ) -> Result<(), KeepError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let work = PutTemplate { id, version, change: Put::Archived(archived), at: self.clock.now() };
        let told = move |(): &()| (What::TemplateChanged, id, json!({ "archived": archived }));
        self.audited(actor, work, told).await
    }

    /// In the language of the case's citizen.
    pub async fn fill_template(
        &self,
        actor: &Actor,
        case: CaseId,
        id: TemplateId,
        labels: Labels,
    ) -> Result<FilledTemplate, ActionError> {
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let source = Source::Kept(id);
        self.shared.db.write(FillTemplate { shared, actor, case, source, labels, at }).await
    }

    /// What words that are not kept yet would be on a case.
    pub async fn try_template(
        &self,
        actor: &Actor,
        case: CaseId,
        tried: TemplateChange,
        labels: Labels,
    ) -> Result<FilledTemplate, ActionError> {
        self.shared.allow(actor, Right::ManageTemplates)?;
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let source = Source::Tried(kept(TemplateId(0), 0, false, tried));
        self.shared.db.write(FillTemplate { shared, actor, case, source, labels, at }).await
    }

    /// Those that are offered to `actor`, for lists to choose from.
    pub async fn templates_for(&self, actor: &Actor) -> Result<Vec<KeptTemplate>, ActionError> {
        self.shared.allow(actor, Right::ReadCases)?;
        let mut templates = self.shared.db.kept_templates().await?;
        templates.retain(|one| !one.archived && self.shared.is_offered(actor, one.department));
        Ok(templates)
    }

    fn checked_template(&self, change: TemplateChange) -> Result<TemplateChange, KeepError> {
        let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
        self.shared.check_department(change.department)?;
        let words = |words: &str, part, needed: bool| {
            let words = words.trim().replace("\r\n", "\n");
            let length = words.chars().count();
            if length > most_chars(change.kind) || (needed && length == 0) {
                return Err(KeepError::Wrong(part));
            }
            parse(&words).map_err(|wrong| KeepError::Misspelt(part, wrong))?;
            Ok(words)
        };
        Ok(TemplateChange {
            name_sr,
            name_en,
            words_sr: words(&change.words_sr, Part::WordsSerbian, true)?,
            words_en: words(&change.words_en, Part::WordsEnglish, false)?,
            ..change
        })
    }
}

impl Shared {
    /// Whether what is a service's own is for `actor`: of the service, above it, or of none.
    pub(super) fn is_offered(&self, actor: &Actor, department: Option<DepartmentId>) -> bool {
        let Some(department) = department else { return true };
        let directory = self.db.directory();
        let who = match actor {
            Actor::User { id, .. } => directory.who(Some(*id), None),
            Actor::Token { role, owner, .. } => directory.who(*owner, Some(*role)),
            Actor::System => return true,
        };
        who.is_some_and(|who| who.is_whole() || who.services.contains(&department))
    }

    pub(super) fn check_department(&self, department: Option<DepartmentId>) -> Result<(), KeepError> {
        let directory = self.db.directory();
        match department {
            Some(id) if !directory.department(id).is_some_and(|service| service.active) => {
                Err(KeepError::Wrong(Part::Department))
            }
            _ => Ok(()),
        }
    }
}

/// Both names without blanks around them; the English one may be missing, then the Serbian one is shown.
pub(super) fn names(sr: &str, en: &str) -> Result<(String, String), KeepError> {
    let (sr, en) = (sr.trim(), en.trim());
    let fits = |name: &str| name.chars().count() <= NAME_CHARS && !name.chars().any(char::is_control);
    if sr.is_empty() || !fits(sr) {
        return Err(KeepError::Wrong(Part::NameSerbian));
    }
    if !fits(en) {
        return Err(KeepError::Wrong(Part::NameEnglish));
    }
    Ok((sr.to_owned(), en.to_owned()))
}

fn kept(id: TemplateId, version: i64, archived: bool, change: TemplateChange) -> KeptTemplate {
    let TemplateChange { name_sr, name_en, kind, department, words_sr, words_en } = change;
    KeptTemplate { id, name_sr, name_en, kind, department, words_sr, words_en, archived, version }
}

struct AddTemplate {
    template: KeptTemplate,
    at: Timestamp,
}

impl Work for AddTemplate {
    type Out = TemplateId;
    type Error = KeepError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<TemplateId, KeepError> {
        tx.lock("templates").await?;
        if tx.count_templates().await? >= MOST_TEMPLATES {
            return Err(KeepError::TooMany(MOST_TEMPLATES));
        }
        Ok(tx.insert_template(&self.template, self.at).await?)
    }
}

#[derive(Clone)]
enum Put {
    Words(TemplateChange),
    Archived(bool),
}

struct PutTemplate {
    id: TemplateId,
    version: i64,
    change: Put,
    at: Timestamp,
}

impl Work for PutTemplate {
    type Out = ();
    type Error = KeepError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), KeepError> {
        // Macros that are written meanwhile wait: they look at what is archived.
        tx.lock("templates").await?;
        let old = tx.kept_template(self.id).await?.ok_or(ActionError::NotFound)?;
        let new = match &self.change {
            Put::Words(change) => kept(self.id, self.version, old.archived, change.clone()),
            Put::Archived(archived) => {
                KeptTemplate { archived: *archived, version: self.version, ..old.clone() }
            }
        };
        // A macro must not lose what it says, nor begin to say something that it cannot.
        if new.archived || new.kind != old.kind {
            let macros = tx.macros().await?;
            let says = |act: &crate::domain::case_macro::Act| {
                act.template() == Some(self.id) && (new.archived || !act.takes(new.kind))
            };
            let needed = macros.into_iter().filter(|one| !one.archived && one.acts.iter().any(says));
            let needed: Vec<String> = needed.map(|one| one.name_sr).collect();
            if !needed.is_empty() {
                return Err(KeepError::Needed(needed));
            }
        }
        if !tx.update_template(&new, self.at).await? {
            return Err(ActionError::Conflict.into());
        }
        Ok(())
    }
}

enum Source {
    Kept(TemplateId),
    Tried(KeptTemplate),
}

/// Reads only, but in a transaction: what the case has is read as the verbs read it.
struct FillTemplate {
    shared: Arc<Shared>,
    actor: Actor,
    case: CaseId,
    source: Source,
    labels: Labels,
    at: Timestamp,
}

impl Work for FillTemplate {
    type Out = FilledTemplate;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<FilledTemplate, ActionError> {
        let case = tx.case_fields(self.case).await?.ok_or(ActionError::NotFound)?;
        self.shared.allow_on(&self.actor, Right::ReadCases, &case)?;
        let template = match &self.source {
            Source::Tried(template) => template.clone(),
            Source::Kept(id) => tx.kept_template(*id).await?.ok_or(ActionError::NotFound)?,
        };
        if template.archived || !self.shared.is_offered(&self.actor, template.department) {
            return Err(ActionError::NotFound);
        }
        // Colleagues write to each other in Serbian.
        let english = template.kind != TemplateKind::Note && self.shared.reads_english(tx, &case).await?;
        let values = self.shared.template_values(tx, (self.case, &case), &self.actor, self.at).await?;
        let filled = fill(template.words(english), &values, |field| label(&self.labels, field));
        let filled = filled.map_err(|wrong| ActionError::Invalid(wrong.to_string()))?;
        Ok(FilledTemplate { kind: template.kind, words: filled.words, gaps: filled.gaps })
    }
}

fn label(labels: &Labels, field: Field) -> String {
    let found = labels.iter().find(|(known, _)| *known == field).map(|(_, label)| label.clone());
    found.unwrap_or_else(|| field.as_str().to_owned())
}

impl KeptTemplate {
    pub fn words(&self, english: bool) -> &str {
        if english && !self.words_en.is_empty() { &self.words_en } else { &self.words_sr }
    }
}
