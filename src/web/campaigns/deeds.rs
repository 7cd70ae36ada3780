//! The buttons of a campaign, and a test to oneself.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::whole;
use crate::actions::ActionError;
use crate::actions::campaign::CampaignError;
use crate::actions::campaign::test::TestTo;
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::{Deed, RecipientState};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CampaignId, RecipientId};
use crate::domain::phone::PhoneNumber;
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::state::App;

#[derive(Debug, Deserialize)]
pub struct Seen {
    #[serde(default)]
    version: i64,
}

macro_rules! buttons {
    ($($name:ident => $deed:ident),+ $(,)?) => {$(
        pub async fn $name(
            State(app): State<App>,
            signed_in: SignedIn,
            Path(id): Path<i64>,
            Form(seen): Form<Seen>,
        ) -> Result<Response, WebError> {
            take(&app, &signed_in, CampaignId(id), (Deed::$deed, seen)).await
        }
    )+};
}
buttons!(
    revise => Revise,
    approve => Approve,
    start => Start,
    pause => Pause,
    resume => Resume,
    stop => Stop,
    let_go_on => LetGoOn,
    remove => Remove,
);

async fn take(
    app: &App,
    signed_in: &SignedIn,
    id: CampaignId,
    (deed, seen): (Deed, Seen),
) -> Result<Response, WebError> {
    let (actions, actor, of) = (&app.actions, signed_in.actor(), (id, seen.version));
    let done = match deed {
        Deed::Revise => actions.revise_campaign(&actor, of).await,
        Deed::Approve => actions.approve_campaign(&actor, of).await,
        Deed::Start => actions.start_campaign(&actor, of).await,
        Deed::Pause => actions.pause_campaign(&actor, id).await,
        Deed::Resume => actions.resume_campaign(&actor, id).await,
        Deed::Stop => actions.stop_campaign(&actor, id).await,
        Deed::LetGoOn => actions.let_uncertain_go_on(&actor, id).await.map(drop),
        Deed::Remove => match actions.remove_campaign(&actor, id).await {
            Ok(unused) => {
                super::recording::forget(app, unused).await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        Deed::Make | Deed::Change | Deed::Prepare | Deed::Test | Deed::Finish => {
            return Err(WebError::NotFound);
        }
    };
    done.map_err(|error| whole(&signed_in.page, error))?;
    let next = if deed == Deed::Remove { "/campaigns".to_owned() } else { format!("/campaigns/{id}") };
    Ok(Redirect::to(&next).into_response())
}

#[derive(Debug, Deserialize)]
pub struct TestForm {
    to: String,
    /// `call`: a number is called instead of texted.
    #[serde(default)]
    by: String,
}

/// The words of the first recipient, or of an example, to an address that somebody types.
pub async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<TestForm>,
) -> Result<Response, WebError> {
    let (page, id) = (&signed_in.page, CampaignId(id));
    let to = test_to(&app, &form).ok_or_else(|| WebError::Told(page.say("campaign-test-nowhere")))?;
    let some = app.db.recipients(id, None, RecipientId(0), 20).await?;
    let whose = some.into_iter().find(|one| one.state != RecipientState::Skipped).map(|one| one.who);
    let example = || Candidate {
        name: page.say("campaign-example-name"),
        address: page.say("campaign-example-address"),
        ..Candidate::default()
    };
    let sent = app.actions.test_campaign(&signed_in.actor(), id, (whose.unwrap_or_else(example), to)).await;
    sent.map_err(|error| match error {
        CampaignError::Action(ActionError::Invalid(_)) => WebError::Told(page.say("campaign-test-fields")),
        other => whole(page, other),
    })?;
    Ok(Redirect::to(&format!("/campaigns/{id}#tested")).into_response())
}

fn test_to(app: &App, form: &TestForm) -> Option<TestTo> {
    let to = form.to.trim();
    if to.contains('@') {
        return EmailAddress::parse(to).ok().map(TestTo::Email);
    }
    let number = PhoneNumber::parse(to, &app.country).ok()?;
    Some(if form.by == "call" { TestTo::Call(number) } else { TestTo::Text(number) })
}
