//! What is asked besides, for one category.

use serde_json::json;

use super::{CatalogueError, Field, key_or_made, names};
use crate::actions::audit::What;
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::id::{CategoryId, QuestionId};
use crate::domain::permission::Right;
use crate::domain::question::{Question, QuestionKind, QuestionOption};
use crate::store::catalogue::QuestionFields;
use crate::store::{Tx, Work};

/// What a question is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionChange {
    pub name_sr: String,
    pub name_en: String,
    /// Of a question that was asked before it stays: its answers would say something else.
    pub kind: QuestionKind,
    pub required: bool,
    /// Of a choice. A new one has no key yet; those that are left out are retired.
    pub options: Vec<QuestionOption>,
    pub active: bool,
    pub place: i64,
}

/// More than a form of a page is answered by nobody.
const MOST: usize = 30;
const MOST_OPTIONS: usize = 60;

impl Actions {
    /// `key` empty: made of the name. A key that the category has already is changed.
    pub async fn put_question(
        &self,
        actor: &Actor,
        category: CategoryId,
        key: &str,
        change: QuestionChange,
    ) -> Result<QuestionId, CatalogueError> {
        self.shared.allow(actor, Right::ManageCatalogue)?;
        let directory = self.shared.db.directory();
        let category = directory.category(category).ok_or(ActionError::NotFound)?;
        let (name_sr, name_en) = names(&change.name_sr, &change.name_en)?;
        let key = key_or_made(key, &name_sr)?;
        let known = category.questions.iter().find(|question| question.key == key);
        if known.is_none() && category.questions.len() >= MOST {
            return Err(CatalogueError::TooMany(MOST));
        }
        if known.is_some_and(|known| known.kind != change.kind) {
            return Err(CatalogueError::Wrong(Field::Kind));
        }
        let options = match change.kind {
            QuestionKind::Choice => options(known, change.options)?,
            _ => Vec::new(),
        };
        let QuestionChange { kind, required, active, place, .. } = change;
        let fields = QuestionFields { key, name_sr, name_en, kind, required, options, active, place };
        let (of, told) = (category.id, json!({ "question": fields.key, "active": fields.active }));
        let work = PutQuestion { category: of, fields };
        let id = self.audited(actor, work, move |_| (What::CatalogueChanged, of, told.clone())).await?;
        self.shared.db.refresh_directory().await?;
        Ok(id)
    }
}

/// In the order in which they were given; those that were offered before and are not given any more come behind, retired.
fn options(
    known: Option<&Question>,
    given: Vec<QuestionOption>,
) -> Result<Vec<QuestionOption>, CatalogueError> {
    let known = known.map(|known| known.options.as_slice()).unwrap_or_default();
    let mut options: Vec<QuestionOption> = Vec::with_capacity(given.len());
    for option in given {
        let wrong = |_| CatalogueError::Wrong(Field::Options);
        let (name_sr, name_en) = names(&option.name_sr, &option.name_en).map_err(wrong)?;
        let key = key_or_made(&option.key, &name_sr).map_err(wrong)?;
        if options.iter().any(|other| other.key == key) {
            return Err(CatalogueError::Wrong(Field::Options));
        }
        options.push(QuestionOption { key, name_sr, name_en, retired: false });
    }
    if options.len() < 2 || options.len() > MOST_OPTIONS {
        return Err(CatalogueError::Wrong(Field::Options));
    }
    let gone: Vec<QuestionOption> = known
        .iter()
        .filter(|old| options.iter().all(|new| new.key != old.key))
        .map(|old| QuestionOption { retired: true, ..old.clone() })
        .collect();
    options.extend(gone);
    Ok(options)
}

struct PutQuestion {
    category: CategoryId,
    fields: QuestionFields,
}

impl Work for PutQuestion {
    type Out = QuestionId;
    type Error = CatalogueError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<QuestionId, CatalogueError> {
        Ok(tx.put_question(self.category, &self.fields).await?)
    }
}
