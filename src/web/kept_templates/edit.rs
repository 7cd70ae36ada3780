//! The editor of one template.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::preview::PreviewView;
use super::{RIGHT, Refused, name, refusal, refused};
use crate::actions::kept_template::{KeepError, KeptTemplate, TemplateChange};
use crate::domain::id::{DepartmentId, TemplateId};
use crate::domain::kept_template::{Field, TemplateKind, most_chars};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// A field that can be put into the words.
#[derive(Debug)]
pub struct FieldView {
    /// As it is written: `{number}`.
    pub code: String,
    pub label: String,
}

#[derive(askama::Template)]
#[template(path = "kept/edit.html")]
pub struct TemplatePage<'a> {
    pub page: &'a Page,
    /// `None`: a new one.
    pub id: Option<i64>,
    pub version: i64,
    pub title: String,
    pub name_sr: String,
    pub name_en: String,
    pub kinds: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub words_sr: String,
    pub words_en: String,
    pub most_chars: usize,
    pub archived: bool,
    pub fields: Vec<FieldView>,
    /// The number of the case on which it is looked at.
    pub case: String,
    pub preview: Option<PreviewView>,
    pub refused: Option<Refused>,
}

/// What the form holds besides what it changes.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub id: Option<i64>,
    pub version: i64,
    pub archived: bool,
    pub title: String,
    pub case: String,
}

/// The address of a template that is not kept yet.
const NEW: &str = "new";

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let page = &signed_in.page;
    if id == NEW {
        return html(shown(&app, page, Frame::default(), nothing(), None, None));
    }
    let id = id.parse().map(TemplateId).map_err(|_| WebError::NotFound)?;
    let template = app.db.kept_template(id).await?.ok_or(WebError::NotFound)?;
    html(shown(&app, page, frame(page, &template), TemplateChange::from(&template), None, None))
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let change = change(&Sent::new(pairs));
    match app.actions.add_template(&signed_in.actor(), change.clone()).await {
        Ok(id) => Ok(Redirect::to(&format!("/templates/{id}")).into_response()),
        Err(error) => again(&app, &signed_in.page, Frame::default(), change, error),
    }
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id) = (Sent::new(pairs), TemplateId(id));
    let version = version(&sent)?;
    let change = change(&sent);
    match app.actions.change_template(&signed_in.actor(), id, version, change.clone()).await {
        Ok(()) => Ok(Redirect::to("/templates").into_response()),
        Err(error) => {
            let stored = app.db.kept_template(id).await?.ok_or(WebError::NotFound)?;
            // Who saves again overwrites with open eyes what somebody else saved meanwhile.
            again(&app, &signed_in.page, frame(&signed_in.page, &stored), change, error)
        }
    }
}

pub async fn archive(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id) = (Sent::new(pairs), TemplateId(id));
    let archived = sent.text("archived") == "true";
    match app.actions.archive_template(&signed_in.actor(), id, version(&sent)?, archived).await {
        Ok(()) => Ok(Redirect::to("/templates").into_response()),
        Err(error) => {
            let stored = app.db.kept_template(id).await?.ok_or(WebError::NotFound)?;
            again(
                &app,
                &signed_in.page,
                frame(&signed_in.page, &stored),
                TemplateChange::from(&stored),
                error,
            )
        }
    }
}

pub fn version(sent: &Sent) -> Result<i64, WebError> {
    sent.text("version").parse().map_err(|_| WebError::Invalid("no version".into()))
}

fn again(
    app: &App,
    page: &Page,
    frame: Frame,
    change: TemplateChange,
    error: KeepError,
) -> Result<Response, WebError> {
    let status = refusal(&error);
    let refused = refused(page, error)?;
    Ok((status, html(shown(app, page, frame, change, None, Some(refused)))?).into_response())
}

/// A kind that nobody knows is a text, the shortest.
pub fn change(sent: &Sent) -> TemplateChange {
    TemplateChange {
        name_sr: sent.text("name_sr").to_owned(),
        name_en: sent.text("name_en").to_owned(),
        kind: sent.text("kind").parse().unwrap_or(TemplateKind::Text),
        department: sent.text("department").parse().ok().map(DepartmentId),
        words_sr: sent.text("words_sr").to_owned(),
        words_en: sent.text("words_en").to_owned(),
    }
}

fn nothing() -> TemplateChange {
    change(&Sent::new(Vec::new()))
}

pub fn frame(page: &Page, template: &KeptTemplate) -> Frame {
    Frame {
        id: Some(template.id.0),
        version: template.version,
        archived: template.archived,
        title: name(&page.locale, template),
        case: String::new(),
    }
}

pub fn shown<'p>(
    app: &App,
    page: &'p Page,
    frame: Frame,
    change: TemplateChange,
    preview: Option<PreviewView>,
    refused: Option<Refused>,
) -> TemplatePage<'p> {
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let kinds = TemplateKind::ALL.iter().map(|kind| Choice {
        value: kind.as_str().to_owned(),
        label: page.word("template-kind", kind.as_str()),
        chosen: *kind == change.kind,
    });
    let field = |field: &Field| FieldView {
        code: format!("{{{field}}}"),
        label: page.word("template-field", field.as_str()),
    };
    TemplatePage {
        page,
        id: frame.id,
        version: frame.version,
        title: if frame.id.is_some() { frame.title } else { page.say("template-add") },
        kinds: kinds.collect(),
        departments: viewer.departments(&change.department.map(|id| id.to_string()).unwrap_or_default()),
        most_chars: TemplateKind::ALL.iter().map(|kind| most_chars(*kind)).max().unwrap_or_default(),
        name_sr: change.name_sr,
        name_en: change.name_en,
        words_sr: change.words_sr,
        words_en: change.words_en,
        archived: frame.archived,
        fields: Field::ALL.iter().map(field).collect(),
        case: frame.case,
        preview,
        refused,
    }
}

impl From<&KeptTemplate> for TemplateChange {
    fn from(template: &KeptTemplate) -> Self {
        Self {
            name_sr: template.name_sr.clone(),
            name_en: template.name_en.clone(),
            kind: template.kind,
            department: template.department,
            words_sr: template.words_sr.clone(),
            words_en: template.words_en.clone(),
        }
    }
}
