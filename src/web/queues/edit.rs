//! The settings of one queue, who is in it, and what its operators know.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{NumberFields, Sent};
use crate::actions::queue::{QueueError, is_operator};
use crate::domain::id::UserId;
use crate::domain::permission::{Right, Role};
use crate::domain::queue::{Strategy, Wrong};
use crate::domain::script::alphabetical;
use crate::store::queue::QueueRow;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Languages in which prompts are spoken, and so in which callers can be served.
const LANGUAGES: [&str; 2] = ["sr", "en"];

#[derive(Debug)]
pub struct MemberView {
    pub id: i64,
    pub name: String,
    pub role: String,
    pub is_member: bool,
    pub place: usize,
    pub lines: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub services: Vec<Choice>,
    /// What they know, in a line.
    pub knows: String,
}

#[derive(askama::Template)]
#[template(path = "queues/edit.html")]
pub struct QueuePage<'a> {
    pub page: &'a Page,
    pub key: String,
    /// As it is stored.
    pub name: String,
    /// As the reader reads it.
    pub title: String,
    pub strategies: Vec<Choice>,
    pub fields: NumberFields,
    pub wait_while_paused: bool,
    pub announce_wait: bool,
    pub everyone: bool,
    pub others: Vec<Choice>,
    pub members: Vec<MemberView>,
    pub problem: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageQueues)?;
    let queue = find(&app, &key).await?;
    shown(&app, &signed_in, &queue, None).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageQueues)?;
    let queue = Sent::new(pairs).queue(find(&app, &key).await?);
    match app.actions.put_queue(&signed_in.actor(), queue.clone(), false).await {
        Ok(()) => Ok(Redirect::to("/queues").into_response()),
        Err(QueueError::Wrong(wrong)) => {
            let page = shown(&app, &signed_in, &queue, Some(wrong)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(QueueError::Action(other)) => Err(other.into()),
    }
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, WebError> {
    app.actions.remove_queue(&signed_in.actor(), &key).await?;
    Ok(Redirect::to("/queues").into_response())
}

/// What one operator knows; it counts in every queue.
pub async fn save_skills(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((key, user)): Path<(String, i64)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let (languages, services) = (sent.all("language"), sent.all("service"));
    app.actions.set_skills(&signed_in.actor(), UserId(user), languages, services).await?;
    find(&app, &key).await?;
    Ok(Redirect::to(&format!("/queues/{key}#skills")).into_response())
}

async fn find(app: &App, key: &str) -> Result<QueueRow, WebError> {
    let queues = app.db.queues().await?;
    queues.into_iter().find(|queue| queue.settings.key == key).ok_or(WebError::NotFound)
}

async fn shown(
    app: &App,
    signed_in: &SignedIn,
    queue: &QueueRow,
    wrong: Option<Wrong>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let settings = &queue.settings;
    let strategies = Strategy::ALL.iter().map(|strategy| Choice {
        value: strategy.as_str().to_owned(),
        label: page.word("strategy", strategy.as_str()),
        chosen: *strategy == settings.strategy,
    });
    let others = app.db.queues().await?.into_iter().filter(|other| other.settings.key != settings.key);
    let others = others.map(|other| Choice {
        chosen: settings.overflow.as_ref() == Some(&other.settings.key),
        label: page.name(&other.settings.name, None),
        value: other.settings.key,
    });
    let fields = NumberFields::of(page, settings, wrong.map(Wrong::as_str));
    let problem = wrong.map(|wrong| {
        let label = match wrong {
            Wrong::Overflow => page.say("queue-overflow"),
            Wrong::Members => page.say("queue-members"),
            _ => fields.label(wrong.as_str()).map_or_else(|| page.say("queue-name"), str::to_owned),
        };
        page.with("queue-wrong", "field", label)
    });
    html(QueuePage {
        page,
        key: settings.key.clone(),
        name: settings.name.clone(),
        title: page.name(&settings.name, None),
        strategies: strategies.collect(),
        fields,
        wait_while_paused: settings.wait_while_paused,
        announce_wait: settings.announce_wait,
        everyone: queue.everyone,
        others: others.collect(),
        members: members(app, page, queue).await?,
        problem,
    })
}

/// Members in their order, then everybody else who could be one.
async fn members(app: &App, page: &Page, queue: &QueueRow) -> Result<Vec<MemberView>, WebError> {
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let skills = app.db.operator_skills().await?;
    let stored = &queue.settings.members;
    let rank = |user: UserId| stored.iter().position(|member| member.user == user).unwrap_or(usize::MAX);
    let mut users: Vec<_> = directory.users.iter().filter(|user| is_operator(user)).collect();
    users.sort_by_key(|user| (rank(user.id), alphabetical(&viewer.script(&user.name))));
    let views = users.iter().zip(1..).map(|(user, place)| {
        let member = stored.iter().find(|member| member.user == user.id);
        let usual = if user.role == Role::Supervisor { 1 } else { 0 };
        let has = |kind: &str, value: &str| {
            skills.iter().any(|skill| skill.user == user.id && skill.kind == kind && skill.value == value)
        };
        let languages = languages(page, |language| has("language", language));
        let services: Vec<Choice> = directory
            .departments
            .iter()
            .map(|service| Choice {
                value: service.key.clone(),
                label: page.name(&service.name_sr, Some(&service.name_en)),
                chosen: has("service", &service.key),
            })
            .collect();
        MemberView {
            id: user.id.0,
            name: viewer.script(&user.name),
            role: page.word("role", user.role.as_str()),
            is_member: queue.everyone || member.is_some(),
            place,
            lines: lines(page, member.map_or(usual, |member| member.penalty)),
            knows: knows(page, &languages, &services),
            languages,
            services,
        }
    });
    Ok(views.collect())
}

fn languages(page: &Page, has: impl Fn(&str) -> bool) -> Vec<Choice> {
    let label = |language: &str| match language {
        "sr" => page.say("language-serbian"),
        _ => page.say("language-english"),
    };
    let choice = |language: &&str| Choice {
        value: (*language).to_owned(),
        label: label(language),
        chosen: has(language),
    };
    LANGUAGES.iter().map(choice).collect()
}

fn lines(page: &Page, penalty: u32) -> Vec<Choice> {
    let labels = [page.say("queue-line-first"), page.say("queue-line-second"), page.say("queue-line-third")];
    let mut choices: Vec<Choice> = labels
        .into_iter()
        .zip(0_u32..)
        .map(|(label, line)| Choice { value: line.to_string(), label, chosen: line == penalty })
        .collect();
    if !choices.iter().any(|choice| choice.chosen) {
        choices.push(Choice { value: penalty.to_string(), label: (penalty + 1).to_string(), chosen: true });
    }
    choices
}

fn knows(page: &Page, languages: &[Choice], services: &[Choice]) -> String {
    let chosen = |choices: &[Choice]| {
        let names: Vec<_> = choices.iter().filter(|c| c.chosen).map(|c| c.label.as_str()).collect();
        names.join(", ")
    };
    let or = |known: String, any: String| if known.is_empty() { any } else { known };
    format!(
        "{} · {}",
        or(chosen(languages), page.say("skills-any-language")),
        or(chosen(services), page.say("skills-any-service"))
    )
}
