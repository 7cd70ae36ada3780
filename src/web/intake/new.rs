//! The form itself.

use axum::extract::{Multipart, Query, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::fields::{Fields, KeptFile};
use crate::actions::file::NewFiles;
use crate::actions::register::RegisterError;
use crate::domain::id::{CategoryId, QuestionId};
use crate::domain::intake::{CHANNELS, HandedIn, TellBy, Wrong};
use crate::domain::permission::Right;
use crate::domain::question;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Labelled, Viewer};
use crate::web::client::is_partial;
use crate::web::csrf::fresh_token;
use crate::web::error::WebError;
use crate::web::files::receive::receive;
use crate::web::page::{Page, html};
use crate::web::questions::{self, QuestionField};
use crate::web::state::App;

#[derive(Debug)]
pub struct FormView {
    pub fields: Fields,
    pub channels: Vec<Labelled>,
    pub categories: Vec<Choice>,
    pub questions: Vec<QuestionField>,
    pub handed_in: Vec<Choice>,
    pub tell_by: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub files: Vec<KeptFile>,
    /// By the names of the fields.
    pub wrong: Vec<(String, String)>,
    pub is_wrong: bool,
    /// Files that were not taken.
    pub refused: Vec<String>,
    pub today: String,
    pub max_file_mb: u32,
}

impl FormView {
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.fields.is(name, value)
    }

    pub fn problem(&self, name: &str) -> Option<&str> {
        self.wrong.iter().find(|(field, _)| field == name).map(|(_, problem)| problem.as_str())
    }
}

#[derive(askama::Template)]
#[template(path = "intake/new.html")]
pub struct NewPage<'a> {
    pub page: &'a Page,
    pub form: FormView,
}

/// What is wrong with what was sent.
#[derive(Debug, Default)]
struct Mistakes {
    fields: Vec<Wrong>,
    answers: Vec<(QuestionId, question::Wrong)>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Start {
    #[serde(default)]
    channel: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    phone: String,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(start): Query<Start>,
) -> Result<Response, WebError> {
    signed_in.require(Right::OpenCase)?;
    let channel = if start.channel.is_empty() { "document".to_owned() } else { start.channel };
    let fields = Fields::new(vec![
        ("key".into(), fresh_token().chars().take(32).collect()),
        ("channel".into(), channel),
        ("category".into(), start.category),
        ("phone".into(), start.phone),
    ]);
    let view = view(&app, &signed_in.page, fields, &Mistakes::default(), Vec::new());
    html(NewPage { page: &signed_in.page, form: view })
}

pub async fn register(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: axum::http::HeaderMap,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::OpenCase)?;
    let received = receive(&app, form).await?;
    let uploads = received.all("upload");
    let fields = Fields::new(received.fields.clone());
    // Files are kept before anything can be wrong, so that they need not be chosen again.
    let mut tokens = uploads.clone();
    let mut files: Vec<KeptFile> = received
        .all("upload_name")
        .into_iter()
        .zip(uploads)
        .map(|(name, token)| KeptFile { token, name })
        .collect();
    for file in received.files {
        let kept = KeptFile::new(String::new(), &file);
        let token = app.actions.stage_file(&signed_in.actor(), file).await?;
        tokens.push(token.clone());
        files.push(KeptFile { token, ..kept });
    }
    let refused: Vec<String> = received.refused.into_iter().map(|(name, _)| name).collect();
    // Without a script the questions of a category come when they are asked for.
    let mut mistakes = Mistakes::default();
    if !fields.is("step", "questions") {
        match fields.intake(&app.country) {
            Err(fields) => mistakes.fields = fields,
            Ok(_) if !refused.is_empty() => {}
            Ok(intake) => {
                let files = NewFiles { kept: Vec::new(), uploads: tokens };
                match app.actions.register_case(&signed_in.actor(), intake, files).await {
                    Ok(registered) => {
                        return Ok(done(&headers, &format!("/cases/{}/slip?new=1", registered.case.id)));
                    }
                    Err(RegisterError::Wrong { fields, answers }) => mistakes = Mistakes { fields, answers },
                    Err(RegisterError::Action(error)) => return Err(error.into()),
                }
            }
        }
    }
    let is_wrong = !mistakes.fields.is_empty() || !mistakes.answers.is_empty() || !refused.is_empty();
    let mut form = view(&app, &signed_in.page, fields, &mistakes, files);
    form.is_wrong = is_wrong;
    form.refused = refused;
    let shown = html(NewPage { page: &signed_in.page, form })?;
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, shown).into_response())
}

fn done(headers: &axum::http::HeaderMap, to: &str) -> Response {
    if is_partial(headers) {
        return ([(HeaderName::from_static("hx-redirect"), to.to_owned())], StatusCode::NO_CONTENT)
            .into_response();
    }
    Redirect::to(to).into_response()
}

fn view(app: &App, page: &Page, fields: Fields, mistakes: &Mistakes, files: Vec<KeptFile>) -> FormView {
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let asked =
        fields.get("category").parse().map(CategoryId).map(|id| directory.questions(id)).unwrap_or_default();
    let answers = fields.answers().into_iter().collect();
    let questions = questions::fields(&page.locale, &asked, &answers, &mistakes.answers);
    let chosen = |name: &str| fields.get(name).to_owned();
    let choices = |group: &str, words: Vec<&'static str>, chosen: &str| -> Vec<Choice> {
        let choice = |word: &'static str| Choice {
            value: word.to_owned(),
            label: page.word(group, word),
            chosen: word == chosen,
        };
        words.into_iter().map(choice).collect()
    };
    FormView {
        channels: CHANNELS.iter().map(|channel| viewer.channel(*channel)).collect(),
        categories: viewer.categories(&chosen("category")),
        questions,
        handed_in: choices(
            "handed-in",
            HandedIn::ALL.iter().map(|w| w.as_str()).collect(),
            &chosen("handed_in"),
        ),
        tell_by: choices("tell-by", TellBy::ALL.iter().map(|w| w.as_str()).collect(), &chosen("tell_by")),
        languages: page
            .languages()
            .iter()
            .map(|l| Choice {
                value: l.code().into(),
                label: l.own_name().into(),
                chosen: fields.is("language", l.code()),
            })
            .collect(),
        files,
        wrong: mistakes
            .fields
            .iter()
            .map(|wrong| (wrong.field.clone(), page.word("problem", wrong.problem.as_str())))
            .collect(),
        refused: Vec::new(),
        is_wrong: false,
        today: app.clock.now().to_zoned(app.time_zone.clone()).date().to_string(),
        max_file_mb: app.config.max_file_mb,
        fields,
    }
}
