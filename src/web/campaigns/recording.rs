//! What somebody recorded for the calls of a campaign: taken, heard, taken out.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};

use super::edit::edited;
use super::sources::file;
use super::{READ, problems, refusal};
use crate::actions::campaign::CampaignError;
use crate::actions::{ActionError, Actor};
use crate::domain::campaign::Deed;
use crate::domain::campaign::state::after;
use crate::domain::file::BlobHash;
use crate::domain::id::CampaignId;
use crate::domain::permission::Right;
use crate::telephony::handle::{Speech, SpeechError};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Why a file did not become the recording of a campaign.
#[derive(Debug)]
pub enum NotTaken {
    /// No call can be made here.
    NoCalls,
    Speech(SpeechError),
    Campaign(CampaignError),
}

pub async fn put(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    form: Multipart,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageCampaigns)?;
    let (page, id) = (&signed_in.page, CampaignId(id));
    let (_, octets) = file(&app, form).await?;
    let (status, told) = match take(&app, &signed_in.actor(), id, octets).await {
        Ok(()) => return Ok(Redirect::to(&format!("/campaigns/{id}#recording")).into_response()),
        Err(NotTaken::NoCalls) => (StatusCode::UNPROCESSABLE_ENTITY, vec![page.say("campaign-no-calls")]),
        Err(NotTaken::Speech(error)) => (StatusCode::UNPROCESSABLE_ENTITY, vec![speech_words(page, &error)?]),
        Err(NotTaken::Campaign(error)) => (refusal(&error), problems(page, error)?),
    };
    let campaign = app.db.campaign(id).await?.ok_or(WebError::NotFound)?;
    let shown = html(edited(&app, page, &campaign, &campaign.draft, told).await?)?;
    Ok((status, shown).into_response())
}

/// The same for a program.
pub async fn take(app: &App, actor: &Actor, id: CampaignId, octets: Vec<u8>) -> Result<(), NotTaken> {
    let speech = speech(app).ok_or(NotTaken::NoCalls)?;
    let campaign = app.db.campaign(id).await.map_err(CampaignError::from).map_err(NotTaken::Campaign)?;
    let state = campaign.ok_or(NotTaken::Campaign(ActionError::NotFound.into()))?.state;
    if after(state, Deed::Change).is_none() {
        // Before anything is kept that nobody would remove.
        return Err(NotTaken::Campaign(CampaignError::NotNow { state, deed: Deed::Change }));
    }
    let recorded = speech.take_recording(octets).await.map_err(NotTaken::Speech)?;
    let name: BlobHash = recorded.name.parse().map_err(|_| NotTaken::Speech(SpeechError::NoRecording))?;
    let changed = app.actions.change_campaign_recording(actor, id, Some(name)).await;
    forget(app, changed.map_err(NotTaken::Campaign)?).await;
    Ok(())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let id = CampaignId(id);
    let removed = app.actions.change_campaign_recording(&signed_in.actor(), id, None).await;
    forget(&app, removed.map_err(|error| super::whole(&signed_in.page, error))?).await;
    Ok(Redirect::to(&format!("/campaigns/{id}#recording")).into_response())
}

/// `audio/wav`, as the calls play it.
pub async fn sound(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let name = campaign.draft.message.recording.ok_or(WebError::NotFound)?;
    let speech = speech(&app).ok_or(WebError::NotFound)?;
    let heard = speech.recording(name.as_str()).await.map_err(|_| WebError::NotFound)?;
    Ok(([(CONTENT_TYPE, "audio/wav"), (CACHE_CONTROL, "private, max-age=300")], heard.wav).into_response())
}

/// From the disk, when no campaign has it any more.
pub async fn forget(app: &App, unused: Option<BlobHash>) {
    let Some((name, speech)) = unused.zip(speech(app)) else { return };
    if let Err(error) = speech.forget_recording(name.as_str()).await {
        tracing::warn!(%error, recording = name.as_str(), "a recording that nobody needs could not be removed");
    }
}

fn speech(app: &App) -> Option<&Speech> {
    app.telephony.as_ref()?.speech()
}

pub fn speech_words(page: &Page, error: &SpeechError) -> Result<String, WebError> {
    match error {
        SpeechError::TooLong => Ok(page.say("campaign-recording-long")),
        SpeechError::Nothing => Ok(page.say("campaign-recording-silent")),
        SpeechError::NotWav(_) => Ok(page.say("campaign-recording-not-wav")),
        other => {
            tracing::error!(error = %other, "a recording could not be kept");
            Err(WebError::Told(page.say("campaign-recording-not-kept")))
        }
    }
}
