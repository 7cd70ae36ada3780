//! The register of addresses that are not to be sent messages to many: looked through, added to, taken off.

pub mod import;
#[cfg(test)]
pub mod samples;
pub mod unsubscribe;

use axum::Form;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::opt_out::OptOutAsked;
use crate::domain::id::OptOutId;
use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::permission::Right;
use crate::store::opt_out::{OptOut, OptOutFilter};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer, for_people};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct OptOutRow {
    pub id: i64,
    pub channel: String,
    /// As people write it; that it is erased, when it is.
    pub address: String,
    pub means: String,
    pub remark: String,
    pub since: String,
    pub machine: String,
    pub who: String,
}

#[derive(Debug)]
pub struct OptOutsView {
    pub rows: Vec<OptOutRow>,
    pub q: String,
    pub channels: Vec<Choice>,
    pub all_means: Vec<Choice>,
    /// What people may say when they write somebody down.
    pub means: Vec<Choice>,
    /// What narrows it down, as it stands in its address.
    pub channel: String,
    pub chosen_means: String,
    /// Where the next page begins.
    pub more: Option<i64>,
    pub may_edit: bool,
    pub may_import: bool,
    pub problem: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "opt_outs/list.html")]
pub struct OptOutsPage<'a> {
    pub page: &'a Page,
    pub view: OptOutsView,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub q: String,
    pub channel: String,
    pub means: String,
    before: String,
}

#[derive(Debug, Deserialize)]
pub struct AddForm {
    channel: OptOutChannel,
    address: String,
    means: OptOutMeans,
    #[serde(default)]
    remark: String,
    /// The card from which it was done.
    #[serde(default)]
    person: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct RemoveForm {
    reason: String,
    #[serde(default)]
    person: Option<i64>,
}

const ROWS: u32 = 50;

impl Asked {
    /// An address is looked up as it is stored; what is only the beginning of one, as it was typed.
    pub fn filter(&self, app: &App) -> OptOutFilter {
        let q = self.q.trim();
        let whole = [OptOutChannel::Sms, OptOutChannel::Email];
        let whole = whole.iter().find_map(|channel| channel.address(q, &app.country));
        OptOutFilter {
            channel: self.channel.parse().ok(),
            means: self.means.parse().ok(),
            begins: whole.unwrap_or_else(|| q.to_lowercase()),
        }
    }
}

pub async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    let view = load(&app, &signed_in, &asked).await?;
    html(OptOutsPage { page: &signed_in.page, view })
}

pub async fn add(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(form): Form<AddForm>,
) -> Result<Response, WebError> {
    let asked =
        OptOutAsked { channel: form.channel, address: form.address, means: form.means, remark: form.remark };
    match app.actions.opt_out(&signed_in.actor(), asked).await {
        Ok(_) => Ok(back(form.person)),
        Err(ActionError::Invalid(_)) => again(&app, &signed_in, "opt-out-wrong").await,
        Err(other) => Err(other.into()),
    }
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<RemoveForm>,
) -> Result<Response, WebError> {
    match app.actions.opt_in(&signed_in.actor(), OptOutId(id), &form.reason).await {
        Ok(()) => Ok(back(form.person)),
        Err(ActionError::Invalid(_)) => again(&app, &signed_in, "opt-out-no-reason").await,
        Err(other) => Err(other.into()),
    }
}

fn back(person: Option<i64>) -> Response {
    let to = person.map_or_else(|| "/do-not-disturb".to_owned(), |id| format!("/people/{id}#opt-outs"));
    Redirect::to(&to).into_response()
}

async fn again(app: &App, signed_in: &SignedIn, why: &str) -> Result<Response, WebError> {
    let view = load(app, signed_in, &Asked::default()).await?;
    let view = OptOutsView { problem: Some(signed_in.page.say(why)), ..view };
    let shown = html(OptOutsPage { page: &signed_in.page, view })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

async fn load(app: &App, signed_in: &SignedIn, asked: &Asked) -> Result<OptOutsView, WebError> {
    signed_in.require(Right::ReadPeople)?;
    let page = &signed_in.page;
    let before = asked.before.parse().ok().map(OptOutId);
    let mut rows = app.db.opt_outs(&asked.filter(app), before, ROWS + 1).await?;
    let is_more = rows.len() > ROWS as usize;
    rows.truncate(ROWS as usize);
    app.actions.list_viewed(&signed_in.actor(), LIST).await?;
    let more = rows.last().filter(|_| is_more).map(|last| last.id.0);
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    Ok(OptOutsView {
        rows: rows.iter().map(|row| viewer.opt_out(row)).collect(),
        q: asked.q.clone(),
        channels: viewer.opt_out_channels(&asked.channel),
        all_means: viewer.opt_out_means(OptOutMeans::ALL, &asked.means),
        means: viewer.opt_out_means(&OptOutMeans::BY_PEOPLE, ""),
        channel: asked.channel.clone(),
        chosen_means: asked.means.clone(),
        more,
        may_edit: page.may(Right::EditPeople),
        may_import: page.may(Right::ImportOptOuts),
        problem: None,
    })
}

/// What the audit calls it.
pub const LIST: &str = "opt-outs";

impl Viewer<'_> {
    pub fn opt_out(&self, row: &OptOut) -> OptOutRow {
        OptOutRow {
            id: row.id.0,
            channel: self.locale.word("opt-out-channel", row.channel.as_str()),
            address: match &row.address {
                Some(address) if row.channel == OptOutChannel::Email => address.clone(),
                Some(address) => for_people(address),
                None => self.locale.say("opt-out-erased"),
            },
            means: self.locale.word("opt-out-means", row.means.as_str()),
            remark: self.script(&row.remark),
            since: self.locale.moment(row.at),
            machine: row.at.to_string(),
            who: row.actor.map(|user| self.user(user)).or_else(|| row.token.clone()).unwrap_or_default(),
        }
    }

    pub fn opt_out_channels(&self, chosen: &str) -> Vec<Choice> {
        let choice = |channel: &OptOutChannel| Choice {
            value: channel.as_str().to_owned(),
            label: self.locale.word("opt-out-channel", channel.as_str()),
            chosen: channel.as_str() == chosen,
        };
        OptOutChannel::ALL.iter().map(choice).collect()
    }

    pub fn opt_out_means(&self, all: &[OptOutMeans], chosen: &str) -> Vec<Choice> {
        let choice = |means: &OptOutMeans| Choice {
            value: means.as_str().to_owned(),
            label: self.locale.word("opt-out-means", means.as_str()),
            chosen: means.as_str() == chosen,
        };
        all.iter().map(choice).collect()
    }
}
