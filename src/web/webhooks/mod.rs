//! Webhooks: which programs are told what, whether it arrives, and the log of deliveries.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::webhook::{WebhookError, WebhookRow, WebhookSecret};
use crate::domain::id::{WebhookDeliveryId, WebhookId};
use crate::domain::permission::Right;
use crate::domain::webhook::{BadTarget, Delivery, Event};
use crate::store::webhook::DeliveryRow;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(Debug)]
pub struct WebhookView {
    pub id: i64,
    pub url: String,
    pub events: String,
    /// In words; empty when it works.
    pub trouble: String,
    /// Rests, and why it does is part of `trouble`.
    pub rests: bool,
    pub waiting: String,
}

#[derive(Debug)]
pub struct DeliveryView {
    pub id: i64,
    pub event: String,
    pub message_id: String,
    pub when: String,
    pub machine: String,
    pub state: Delivery,
    pub state_label: String,
    pub tries: String,
    /// Status or error of the last try.
    pub last: String,
    pub next: String,
    pub body: String,
}

impl WebhookView {
    /// Address of its log as a file.
    pub fn export(&self) -> String {
        format!("/webhooks/{}/export", self.id)
    }
}

#[derive(askama::Template)]
#[template(path = "webhooks/list.html")]
pub struct WebhooksPage<'a> {
    pub page: &'a Page,
    pub webhooks: Vec<WebhookView>,
    pub url: String,
    pub events: Vec<Choice>,
    pub problem: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "webhooks/show.html")]
pub struct WebhookPage<'a> {
    pub page: &'a Page,
    pub webhook: WebhookView,
    pub url: String,
    pub events: Vec<Choice>,
    /// Shown this once.
    pub secret: Option<String>,
    pub deliveries: Vec<DeliveryView>,
    /// Of the last one shown, when there are more.
    pub older: Option<i64>,
    pub problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Log {
    before: Option<i64>,
}

/// Deliveries on one page of the log.
const SHOWN: u32 = 50;

const RIGHT: Right = Right::ManageTokens;

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    listed(&app, &signed_in.page, String::new(), &[], None).await
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let events = events(&sent);
    match app.actions.add_webhook(&signed_in.actor(), sent.text("url"), events.clone()).await {
        Ok((id, secret)) => {
            shown(&app, &signed_in.page, id, Shown { secret: Some(secret), ..Shown::default() }).await
        }
        Err(error) => {
            let problem = problem(&signed_in.page, error)?;
            let url = sent.text("url").to_owned();
            let page = listed(&app, &signed_in.page, url, &events, Some(problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Query(log): Query<Log>,
) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    // The log has what was sent, with citizens' words.
    app.actions.list_viewed(&signed_in.actor(), "webhook-log").await?;
    let before = log.before.map(WebhookDeliveryId);
    shown(&app, &signed_in.page, WebhookId(id), Shown { before, ..Shown::default() }).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let (url, events) = (sent.text("url").to_owned(), events(&sent));
    let rests = !sent.is_ticked("active");
    let saved =
        app.actions.change_webhook(&signed_in.actor(), WebhookId(id), &url, events.clone(), rests).await;
    match saved {
        Ok(()) => Ok(Redirect::to(&format!("/webhooks/{id}")).into_response()),
        Err(error) => {
            let problem = Some(problem(&signed_in.page, error)?);
            let again = Shown { again: Some((url, events)), problem, ..Shown::default() };
            let page = shown(&app, &signed_in.page, WebhookId(id), again).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub async fn renew(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let renewed = app.actions.renew_webhook_secret(&signed_in.actor(), WebhookId(id)).await;
    let secret = Some(renewed.map_err(whole)?);
    shown(&app, &signed_in.page, WebhookId(id), Shown { secret, ..Shown::default() }).await
}

pub async fn test(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.test_webhook(&signed_in.actor(), WebhookId(id)).await.map_err(whole)?;
    Ok(Redirect::to(&format!("/webhooks/{id}#log")).into_response())
}

pub async fn again(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, delivery)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    let sent = app.actions.send_again(&signed_in.actor(), WebhookId(id), WebhookDeliveryId(delivery)).await;
    sent.map_err(whole)?;
    Ok(Redirect::to(&format!("/webhooks/{id}#log")).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    app.actions.remove_webhook(&signed_in.actor(), WebhookId(id)).await.map_err(whole)?;
    Ok(Redirect::to("/webhooks").into_response())
}

fn events(sent: &Sent) -> Vec<Event> {
    sent.all("event").iter().filter_map(|word| word.parse().ok()).collect()
}

/// `Err`: nothing that the form can show.
fn problem(page: &Page, error: WebhookError) -> Result<String, WebError> {
    Ok(match error {
        WebhookError::Target(BadTarget::Form) => page.say("webhook-bad-form"),
        WebhookError::Target(BadTarget::Plain) => page.say("webhook-bad-plain"),
        WebhookError::Target(BadTarget::Credentials) => page.say("webhook-bad-credentials"),
        WebhookError::Target(BadTarget::Private) => page.say("webhook-bad-private"),
        WebhookError::NoEvent => page.say("webhook-no-event"),
        WebhookError::TooMany(most) => page.with("catalogue-too-many", "most", most),
        WebhookError::Action(other) => return Err(other.into()),
    })
}

fn whole(error: WebhookError) -> WebError {
    match error {
        WebhookError::Action(other) => other.into(),
        other => ActionError::Invalid(other.to_string()).into(),
    }
}

async fn listed(
    app: &App,
    page: &Page,
    url: String,
    chosen: &[Event],
    problem: Option<String>,
) -> Result<Response, WebError> {
    let backlog = app.db.webhook_backlog().await?;
    let webhooks = app.db.webhooks().await?;
    let view = |webhook: &WebhookRow| view(page, webhook, &backlog);
    html(WebhooksPage {
        page,
        webhooks: webhooks.iter().map(view).collect(),
        url,
        events: choices(page, chosen),
        problem,
    })
}

/// What the page of one webhook shows besides what is stored.
#[derive(Default)]
struct Shown {
    secret: Option<WebhookSecret>,
    before: Option<WebhookDeliveryId>,
    again: Option<(String, Vec<Event>)>,
    problem: Option<String>,
}

async fn shown(app: &App, page: &Page, id: WebhookId, shown: Shown) -> Result<Response, WebError> {
    let webhook = app.db.webhook(id).await?.ok_or(WebError::NotFound)?;
    let backlog = app.db.webhook_backlog().await?;
    let deliveries = app.db.webhook_deliveries(id, shown.before, SHOWN).await?;
    let full = deliveries.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let older = deliveries.last().filter(|_| full).map(|delivery| delivery.id.0);
    let (url, events) = shown.again.unwrap_or_else(|| (webhook.url.clone(), webhook.events.clone()));
    html(WebhookPage {
        page,
        webhook: view(page, &webhook, &backlog),
        url,
        events: choices(page, &events),
        secret: shown.secret.map(|secret| secret.0),
        deliveries: deliveries.into_iter().map(|delivery| delivery_view(page, delivery)).collect(),
        older,
        problem: shown.problem,
    })
}

fn choices(page: &Page, chosen: &[Event]) -> Vec<Choice> {
    let offered = Event::ALL.iter().filter(|event| **event != Event::Test);
    offered
        .map(|event| Choice {
            value: event.as_str().to_owned(),
            label: event_label(page, *event),
            chosen: chosen.contains(event),
        })
        .collect()
}

pub fn event_label(page: &Page, event: Event) -> String {
    page.word("webhook-event", &event.as_str().replace('.', "-"))
}

fn view(page: &Page, webhook: &WebhookRow, backlog: &[(WebhookId, i64)]) -> WebhookView {
    let waiting = backlog.iter().find(|(id, _)| *id == webhook.id).map_or(0, |(_, waiting)| *waiting);
    let trouble = match (webhook.rests, webhook.failing_since) {
        (Some(why), _) => page.word("webhook-rests", why.as_str()),
        (None, Some(since)) => page.with("webhook-failing", "since", page.moment(since)),
        (None, None) => String::new(),
    };
    WebhookView {
        id: webhook.id.0,
        url: webhook.url.clone(),
        events: webhook.events.iter().map(|event| event_label(page, *event)).collect::<Vec<_>>().join(", "),
        trouble,
        rests: webhook.rests.is_some(),
        waiting: if waiting == 0 { String::new() } else { page.count("webhook-waiting", waiting) },
    }
}

fn delivery_view(page: &Page, row: DeliveryRow) -> DeliveryView {
    let last = match (&row.last_error, row.last_status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => format!("HTTP {status}"),
        (None, None) => String::new(),
    };
    DeliveryView {
        id: row.id.0,
        event: event_label(page, row.event),
        message_id: row.message_id,
        when: page.moment(row.at),
        machine: row.at.to_string(),
        state: row.state,
        state_label: page.word("webhook-state", row.state.as_str()),
        tries: page.count("webhook-tries", row.tries),
        last,
        next: if row.state == Delivery::Queued && row.tries > 0 {
            page.moment(row.next_at)
        } else {
            String::new()
        },
        body: row.body.unwrap_or_default(),
    }
}

/// Words of events, as keys of the locales have them.
#[cfg(test)]
pub fn event_words() -> Vec<&'static str> {
    vec![
        "case-answered",
        "case-changed",
        "case-closed",
        "case-opened",
        "case-reopened",
        "contact-added",
        "message-delivered",
        "message-failed",
        "test",
    ]
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    fn webhook(words: &str) -> WebhookView {
        WebhookView {
            id: 1,
            url: words.into(),
            events: words.into(),
            trouble: words.into(),
            rests: true,
            waiting: words.into(),
        }
    }

    fn choice(words: &str) -> Vec<Choice> {
        vec![Choice { value: words.into(), label: words.into(), chosen: true }]
    }

    pub fn list(page: &Page, words: &str) -> askama::Result<String> {
        let webhooks = vec![webhook(words)];
        WebhooksPage { page, webhooks, url: words.into(), events: choice(words), problem: Some(words.into()) }
            .render()
    }

    pub fn show(page: &Page, words: &str) -> askama::Result<String> {
        let delivery = |state| DeliveryView {
            id: 1,
            event: words.into(),
            message_id: words.into(),
            when: words.into(),
            machine: words.into(),
            state,
            state_label: words.into(),
            tries: words.into(),
            last: words.into(),
            next: words.into(),
            body: words.into(),
        };
        WebhookPage {
            page,
            webhook: webhook(words),
            url: words.into(),
            events: choice(words),
            secret: Some(words.into()),
            deliveries: Delivery::ALL.iter().map(|state| delivery(*state)).collect(),
            older: Some(1),
            problem: Some(words.into()),
        }
        .render()
    }

    #[test]
    fn every_event_has_words() {
        let words: Vec<String> = Event::ALL.iter().map(|event| event.as_str().replace('.', "-")).collect();
        let mut known = event_words();
        known.sort_unstable();
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_unstable();
        assert_eq!(words, known);
    }
}
