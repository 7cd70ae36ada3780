//! What a template becomes while one writes it: on a real case, or with all its fields open.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::edit::{Frame, change, shown};
use super::{RIGHT, Refused, labels, refused};
use crate::actions::ActionError;
use crate::actions::audit::What;
use crate::actions::kept_template::{KeepError, Part, TemplateChange};
use crate::domain::case::CaseNumber;
use crate::domain::kept_template::{Field, TemplateKind};
use crate::domain::kept_template::{Values, fill, parse};
use crate::domain::notice::{Way, in_script};
use crate::messaging::handle::text_length;
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(Debug, Default)]
pub struct PreviewView {
    pub words: String,
    /// What the case has nothing for, in a sentence; empty when all is filled.
    pub gaps: String,
    /// What a text of it costs, by script.
    pub lengths: Vec<String>,
    pub refused: Option<Refused>,
    /// On which case, in a sentence.
    pub on: String,
}

#[derive(askama::Template)]
#[template(path = "kept/_preview.html")]
pub struct PreviewPart<'a> {
    pub page: &'a Page,
    pub preview: Option<PreviewView>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let page = &signed_in.page;
    let sent = Sent::new(pairs);
    let change = change(&sent);
    let preview = Some(look(&app, &signed_in, &change, sent.text("case")).await?);
    if is_partial(&headers) {
        return html(PreviewPart { page, preview });
    }
    let frame = Frame {
        id: sent.text("id").parse().ok(),
        version: sent.text("version").parse().unwrap_or_default(),
        archived: false,
        title: page.name(&change.name_sr, Some(&change.name_en)),
        case: sent.text("case").to_owned(),
    };
    html(shown(&app, page, frame, change, preview, None))
}

async fn look(
    app: &App,
    signed_in: &SignedIn,
    change: &TemplateChange,
    number: &str,
) -> Result<PreviewView, WebError> {
    let page = &signed_in.page;
    let parts = [(Part::WordsSerbian, &change.words_sr), (Part::WordsEnglish, &change.words_en)];
    for (part, words) in parts {
        if let Err(wrong) = parse(words) {
            let refused = Some(refused(page, KeepError::Misspelt(part, wrong))?);
            return Ok(PreviewView { refused, ..PreviewView::default() });
        }
    }
    if number.is_empty() {
        let open = fill(&change.words_sr, &Values::default(), |field| label(page, field));
        let words = open.map(|filled| filled.words).unwrap_or_default();
        return Ok(PreviewView {
            on: page.say("template-preview-open"),
            ..view(page, change.kind, words, &[])
        });
    }
    let missing = || page.with("no-such-number", "number", number);
    let sentence = |sentence: String| PreviewView {
        refused: Some(Refused { sentence, field: "case" }),
        ..PreviewView::default()
    };
    let Some(case) = app.db.case_by_number(&CaseNumber(number.to_owned())).await? else {
        return Ok(sentence(missing()));
    };
    let actor = signed_in.actor();
    match app.actions.try_template(&actor, case, change.clone(), labels(&page.locale)).await {
        Ok(filled) => {
            app.actions.viewed(&actor, What::CaseViewed, case).await?;
            let on = page.with("template-preview-on", "number", number);
            Ok(PreviewView { on, ..view(page, filled.kind, filled.words, &filled.gaps) })
        }
        // To whoever may not read it, it is not there.
        Err(ActionError::NotFound) => Ok(sentence(missing())),
        Err(other) => Err(other.into()),
    }
}

fn label(page: &Page, field: Field) -> String {
    page.word("template-field", field.as_str())
}

fn view(page: &Page, kind: TemplateKind, words: String, gaps: &[Field]) -> PreviewView {
    let names: Vec<String> = gaps.iter().map(|gap| label(page, *gap)).collect();
    let gaps =
        if names.is_empty() { String::new() } else { page.with("template-gaps", "names", names.join(", ")) };
    let short = matches!(kind, TemplateKind::Text | TemplateKind::Answer);
    let lengths = if short { lengths(page, &words) } else { Vec::new() };
    PreviewView { words, gaps, lengths, ..PreviewView::default() }
}

/// The same words cost one part or three, by the script of the reader.
fn lengths(page: &Page, words: &str) -> Vec<String> {
    let one = |(language, key): (&str, &str)| {
        let length = text_length(&in_script(words, language, Way::Sms))?;
        let parts = i64::try_from(length.parts).unwrap_or(i64::MAX);
        let script = page.say(key);
        let characters = length.characters.to_string();
        let values =
            [("script", script), ("characters", characters), ("parts", page.count("text-parts", parts))];
        Some(page.with_values("template-length", &values))
    };
    [("sr-Cyrl", "script-cyrillic"), ("sr-Latn", "script-latin")].into_iter().filter_map(one).collect()
}
