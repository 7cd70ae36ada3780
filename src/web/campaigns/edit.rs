//! A campaign while it is written: whom it goes to, what it says, by which ways, when.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{Fields, draft, new_draft};
use super::look::{LookView, fields, look};
use super::{problems, refusal, state_label};
use crate::actions::campaign::CampaignError;
use crate::domain::campaign::message::{LETTER_CHARS, SPEECH_CHARS, SUBJECT_CHARS, TEXT_CHARS};
use crate::domain::campaign::{CampaignState, Deed};
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::store::campaign::{Campaign, Draft};
use crate::store::campaign_source::{READING, Source, SourceKind};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;
use crate::web::surveys::published;

/// A list or a segment of the campaign.
#[derive(Debug)]
pub struct SourceView {
    pub id: i64,
    pub name: String,
    pub is_list: bool,
    /// "1,204 recipients".
    pub size: String,
    /// "12 rows cannot be used"; empty when all can.
    pub faulty: String,
    /// It was not read to its end.
    pub broken: bool,
}

/// A field that can be put into the words.
#[derive(Debug)]
pub struct FieldView {
    pub code: String,
    pub label: String,
}

#[derive(askama::Template)]
#[template(path = "campaigns/edit.html")]
pub struct EditPage<'a> {
    pub page: &'a Page,
    pub id: i64,
    pub version: i64,
    pub name: String,
    pub state_label: String,
    pub sources: Vec<SourceView>,
    pub segments: Vec<Choice>,
    pub fields: Fields,
    pub own_fields: Vec<FieldView>,
    /// Published versions that the message may ask.
    pub surveys: Vec<Choice>,
    pub most: Lengths,
    pub look: LookView,
    /// Calls can be made here, and there is something that they play.
    pub calls: bool,
    pub recorded: bool,
    pub problems: Vec<String>,
    /// Why it came back from its preparation; empty when it did not.
    pub returned: String,
    pub test_address: String,
}

/// The longest words that the form takes.
#[derive(Debug)]
pub struct Lengths {
    pub text: usize,
    pub subject: usize,
    pub letter: usize,
    pub speech: usize,
}

/// The same for those who may look and not change.
pub async fn create(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    let draft = new_draft(&signed_in.page).map_err(|error| super::whole(&signed_in.page, error))?;
    let made = app.actions.make_campaign(&signed_in.actor(), draft).await;
    let id = made.map_err(|error| super::whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/campaigns/{id}")).into_response())
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (sent, id) = (Sent::new(pairs), CampaignId(id));
    let version = sent.text("version").parse().map_err(|_| WebError::Invalid("no version".into()))?;
    let actor = signed_in.actor();
    let prepare = sent.text("then") == "prepare";
    let done = async {
        let draft = draft(&app, &sent)?;
        app.actions.change_campaign(&actor, (id, version), draft).await?;
        if prepare {
            let now = app.db.campaign(id).await?.ok_or(crate::actions::ActionError::NotFound)?;
            app.actions.prepare_campaign(&actor, (id, now.version)).await?;
        }
        Ok::<(), CampaignError>(())
    };
    match done.await {
        Ok(()) => Ok(Redirect::to(&format!("/campaigns/{id}")).into_response()),
        Err(error) => {
            let status = refusal(&error);
            let told = problems(&signed_in.page, error)?;
            let campaign = app.db.campaign(id).await?.ok_or(WebError::NotFound)?;
            // What was typed stays as far as it is a draft at all.
            let mut typed = draft(&app, &sent).unwrap_or_else(|_| campaign.draft.clone());
            typed.message.recording = campaign.draft.message.recording.clone();
            let page = edited(&app, &signed_in.page, &campaign, &typed, told).await?;
            Ok((status, html(page)?).into_response())
        }
    }
}

pub async fn edited<'p>(
    app: &App,
    page: &'p Page,
    campaign: &Campaign,
    typed: &Draft,
    problems: Vec<String>,
) -> Result<EditPage<'p>, WebError> {
    let sources = app.db.campaign_sources(campaign.id).await?;
    let mut views = Vec::with_capacity(sources.len());
    for source in &sources {
        views.push(source_view(app, page, source).await?);
    }
    let kept = app.db.segments().await?;
    let segments =
        kept.iter().map(|one| Choice { value: one.id.to_string(), label: one.name.clone(), chosen: false });
    let own = fields(&sources);
    let field = |name: &str| FieldView {
        code: format!("{{{name}}}"),
        label: if typed.message.fields().any(|known| known == name) {
            page.word("campaign-field", name)
        } else {
            name.to_owned()
        },
    };
    let last = app.db.campaign_events(campaign.id).await?.into_iter().next();
    let returned =
        last.filter(|event| event.deed == Deed::Revise && event.actor.is_none() && event.token.is_none());
    Ok(EditPage {
        page,
        id: campaign.id.0,
        version: campaign.version,
        name: typed.name.clone(),
        state_label: state_label(page, CampaignState::Draft),
        sources: views,
        segments: segments.collect(),
        fields: Fields::of(app, page, typed),
        own_fields: typed.message.fields().chain(own.iter().map(String::as_str)).map(field).collect(),
        surveys: published(app, page, typed.message.survey).await?,
        most: Lengths {
            text: TEXT_CHARS,
            subject: SUBJECT_CHARS,
            letter: LETTER_CHARS,
            speech: SPEECH_CHARS,
        },
        look: look(app, page, campaign, typed).await?,
        calls: app.telephony.is_some(),
        recorded: campaign.draft.message.recording.is_some(),
        problems,
        returned: returned.map(|event| event.detail).unwrap_or_default(),
        test_address: String::new(),
    })
}

pub async fn source_view(app: &App, page: &Page, source: &Source) -> Result<SourceView, WebError> {
    let (is_list, size, faulty) = match &source.kind {
        SourceKind::List { usable, faulty, .. } => (true, *usable, *faulty),
        SourceKind::Segment(segment) => {
            (false, app.actions.segment_people(segment).await.map_err(WebError::from)?, 0)
        }
    };
    Ok(SourceView {
        id: source.id.0,
        name: source.name.clone(),
        is_list,
        size: people(page, size),
        faulty: if faulty > 0 { page.count("campaign-faulty-rows", faulty) } else { String::new() },
        broken: source.place == READING,
    })
}

/// "1,204 people", "more than 100,000 people".
pub fn people(page: &Page, count: i64) -> String {
    let most = i64::from(crate::actions::campaign::segment::COUNTED);
    if count > most {
        return page.with("segment-more-than", "count", page.number(most));
    }
    page.count("campaign-people", count)
}

/// Whether somebody may write it, for the pages.
pub fn may_write(page: &Page) -> bool {
    page.may(Right::ManageCampaigns)
}
