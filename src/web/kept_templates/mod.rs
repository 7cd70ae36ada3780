//! Templates that people write with: the list, the editor with its fields, and a look at what one becomes on a real case.

pub mod edit;
pub mod insert;
pub mod letter;
pub mod preview;
#[cfg(test)]
pub mod samples;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::actions::ActionError;
use crate::actions::kept_template::{KeepError, KeptTemplate, Labels};
use crate::domain::kept_template::{Field, Misspelling, TemplateKind};
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::i18n::Locale;
use crate::web::page::{Page, html};
use crate::web::state::App;

const RIGHT: Right = Right::ManageTemplates;

/// One line of the list.
#[derive(Debug)]
pub struct TemplateRow {
    pub id: i64,
    pub name: String,
    pub kind: String,
    /// The service whose own it is; empty: everybody's.
    pub service: String,
    /// The beginning of its words.
    pub words: String,
}

/// Those of one kind.
#[derive(Debug)]
pub struct TemplateGroup {
    pub name: String,
    pub rows: Vec<TemplateRow>,
}

#[derive(askama::Template)]
#[template(path = "kept/list.html")]
pub struct TemplatesPage<'a> {
    pub page: &'a Page,
    pub groups: Vec<TemplateGroup>,
    pub archived: Vec<TemplateRow>,
}

/// What was refused, for the page: a sentence, and the field that it is about.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    pub sentence: String,
    /// The word of [`crate::actions::kept_template::Part`].
    pub field: &'static str,
}

/// The field that is marked; for templates.
pub fn wrong(refused: &Option<Refused>) -> &'static str {
    refused.as_ref().map_or("", |refused| refused.field)
}

/// So much of the words is in the list.
const SHOWN_CHARS: usize = 140;

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let all = app.db.kept_templates().await?;
    let of = |kind: TemplateKind| {
        let rows = all.iter().filter(|one| one.kind == kind && !one.archived);
        let rows: Vec<TemplateRow> = rows.map(|one| row(&viewer, one)).collect();
        TemplateGroup { name: page.word("template-kinds", kind.as_str()), rows }
    };
    let groups = TemplateKind::ALL.iter().map(|kind| of(*kind)).filter(|group| !group.rows.is_empty());
    let archived = all.iter().filter(|one| one.archived).map(|one| row(&viewer, one));
    html(TemplatesPage { page, groups: groups.collect(), archived: archived.collect() })
}

fn row(viewer: &Viewer<'_>, template: &KeptTemplate) -> TemplateRow {
    TemplateRow {
        id: template.id.0,
        name: name(viewer.locale, template),
        kind: viewer.locale.word("template-kind", template.kind.as_str()),
        service: template.department.map(|id| viewer.department(id)).unwrap_or_default(),
        words: beginning(&viewer.locale.name(&template.words_sr, Some(&template.words_en))),
    }
}

pub fn name(locale: &Locale, template: &KeptTemplate) -> String {
    locale.name(&template.name_sr, Some(&template.name_en))
}

fn beginning(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN_CHARS {
        return line;
    }
    let cut: String = line.chars().take(SHOWN_CHARS).collect();
    format!("{}…", cut.trim_end())
}

/// What gaps are called for the reader.
pub fn labels(locale: &Locale) -> Labels {
    Field::ALL.iter().map(|field| (*field, locale.word("template-field", field.as_str()))).collect()
}

/// Those that one is chosen from.
pub fn choices<'t>(locale: &Locale, templates: impl Iterator<Item = &'t KeptTemplate>) -> Vec<Choice> {
    let choice =
        |one: &KeptTemplate| Choice { value: one.id.to_string(), label: name(locale, one), chosen: false };
    templates.map(choice).collect()
}

/// With which the form of a template or of a macro comes back.
pub fn refusal(error: &KeepError) -> StatusCode {
    match error {
        KeepError::Action(ActionError::Conflict) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Of templates and of macros. `Err`: nothing that the form can show.
pub fn refused(page: &Page, error: KeepError) -> Result<Refused, WebError> {
    let whole = |sentence: String| Ok(Refused { sentence, field: "" });
    match error {
        KeepError::Wrong(part) => {
            let field = part.as_str();
            Ok(Refused { sentence: page.word("keep-wrong", field), field })
        }
        KeepError::Misspelt(part, wrong) => {
            let place = |key: &str, name: &str| {
                let (line, column) = (wrong.line.to_string(), wrong.column.to_string());
                page.with_values(key, &[("name", name.to_owned()), ("line", line), ("column", column)])
            };
            let sentence = match &wrong.what {
                Misspelling::Unknown(name) => place("template-misspelt-unknown", name),
                Misspelling::Unclosed => place("template-misspelt-unclosed", ""),
                Misspelling::Gap => place("template-misspelt-gap", ""),
            };
            Ok(Refused { sentence, field: part.as_str() })
        }
        KeepError::WrongAct(at) => {
            Ok(Refused { sentence: page.with("macro-wrong-act", "at", at), field: "acts" })
        }
        KeepError::TooMany(most) => whole(page.with("catalogue-too-many", "most", most)),
        KeepError::Needed(names) => {
            let names: Vec<String> = names.iter().map(|name| page.name(name, None)).collect();
            whole(page.with("template-needed", "names", names.join(", ")))
        }
        KeepError::Action(ActionError::Invalid(_)) => whole(page.say("error-invalid-text")),
        KeepError::Action(ActionError::Conflict) => whole(page.say("template-conflict")),
        KeepError::Action(other) => Err(other.into()),
    }
}
