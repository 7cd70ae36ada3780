//! Kept choices of people: the list and the editor, with how many they take in now.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::edit::{may_write, people};
use super::{READ, problems, refusal, whole};
use crate::actions::campaign::CampaignError;
use crate::domain::campaign::segment::{Segment, tag};
use crate::domain::id::{CategoryId, SegmentId};
use crate::domain::person::{ConsentKind, PersonLanguage};
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::people::view::language_name;
use crate::web::queues::form::Sent;
use crate::web::state::App;

#[derive(Debug)]
pub struct SegmentRow {
    pub id: i64,
    pub name: String,
    /// Its conditions in a sentence.
    pub rule: String,
}

#[derive(askama::Template)]
#[template(path = "campaigns/segments.html")]
pub struct SegmentsPage<'a> {
    pub page: &'a Page,
    pub rows: Vec<SegmentRow>,
    pub may_write: bool,
}

#[derive(askama::Template)]
#[template(path = "campaigns/segment.html")]
pub struct SegmentPage<'a> {
    pub page: &'a Page,
    /// `None`: a new one.
    pub id: Option<i64>,
    pub version: i64,
    pub name: String,
    pub areas: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub tags: Vec<Choice>,
    pub consents: Vec<Choice>,
    pub languages: Vec<Choice>,
    pub since: String,
    pub until: String,
    pub address: String,
    pub size: String,
    pub problems: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "campaigns/_size.html")]
pub struct SizePart {
    pub size: String,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let kept = app.db.segments().await?;
    let row = |one: &crate::store::segment::KeptSegment| SegmentRow {
        id: one.id.0,
        name: one.name.clone(),
        rule: words(page, &one.rule),
    };
    html(SegmentsPage { page, rows: kept.iter().map(row).collect(), may_write: may_write(page) })
}

/// "Area: Centre, Old Town; consent: text messages".
pub fn words(page: &Page, rule: &Segment) -> String {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let mut said = Vec::new();
    let mut list = |key: &str, names: Vec<String>| {
        if !names.is_empty() {
            said.push(format!("{}: {}", page.say(key), names.join(", ")));
        }
    };
    let area = |key: &String| {
        let known = page.directory.areas.all().iter().find(|area| area.key == *key);
        known.map_or_else(|| key.clone(), |area| page.name(&area.name_sr, Some(&area.name_en)))
    };
    list("segment-areas", rule.areas.iter().map(area).collect());
    list("segment-categories", rule.categories.iter().map(|id| viewer.category(*id)).collect());
    list("segment-since", rule.since.iter().map(|day| page.civil(*day)).collect());
    list("segment-until", rule.until.iter().map(|day| page.civil(*day)).collect());
    list("segment-tags", rule.tags.clone());
    list("segment-consent", rule.consent.iter().map(|kind| page.word("consent", kind.as_str())).collect());
    list("segment-languages", rule.languages.iter().map(|one| language_name(*one)).collect());
    if !rule.address.is_empty() {
        list("segment-address", vec![rule.address.clone()]);
    }
    if said.is_empty() { page.say("segment-everybody") } else { said.join("; ") }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    if id == "new" {
        return html(
            edited(&app, &signed_in.page, (None, 0, String::new()), &Segment::default(), Vec::new()).await?,
        );
    }
    let id = id.parse().map(SegmentId).map_err(|_| WebError::NotFound)?;
    let kept = app.db.segment(id).await?.ok_or(WebError::NotFound)?;
    let frame = (Some(kept.id.0), kept.version, kept.name.clone());
    html(edited(&app, &signed_in.page, frame, &kept.rule, Vec::new()).await?)
}

async fn edited<'p>(
    app: &App,
    page: &'p Page,
    (id, version, name): (Option<i64>, i64, String),
    rule: &Segment,
    problems: Vec<String>,
) -> Result<SegmentPage<'p>, WebError> {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let mut categories = viewer.categories("");
    for choice in &mut categories {
        choice.chosen = rule.categories.iter().any(|id| id.to_string() == choice.value);
    }
    let areas = page.directory.areas.all().iter().map(|area| Choice {
        value: area.key.clone(),
        label: page.name(&area.name_sr, Some(&area.name_en)),
        chosen: rule.areas.contains(&area.key),
    });
    let mut all = app.db.tags().await?;
    all.extend(rule.tags.iter().filter(|tag| !all.contains(tag)).cloned().collect::<Vec<_>>());
    let tags = all.into_iter().map(|tag| Choice {
        chosen: rule.tags.contains(&tag),
        label: tag.clone(),
        value: tag,
    });
    let consent = |kind: &ConsentKind| Choice {
        value: kind.as_str().to_owned(),
        label: page.word("consent", kind.as_str()),
        chosen: rule.consent == Some(*kind),
    };
    let language = |one: &PersonLanguage| Choice {
        value: one.as_str().to_owned(),
        label: language_name(*one),
        chosen: rule.languages.contains(one),
    };
    Ok(SegmentPage {
        page,
        id,
        version,
        name,
        areas: areas.collect(),
        categories,
        tags: tags.collect(),
        consents: ConsentKind::ALL.iter().map(consent).collect(),
        languages: PersonLanguage::ALL.iter().map(language).collect(),
        since: rule.since.map(|day| day.to_string()).unwrap_or_default(),
        until: rule.until.map(|day| day.to_string()).unwrap_or_default(),
        address: rule.address.clone(),
        size: people(page, app.actions.segment_people(rule).await.map_err(WebError::from)?),
        problems,
    })
}

fn rule(sent: &Sent) -> Segment {
    Segment {
        areas: sent.all("area").to_vec(),
        categories: sent.all("category").iter().filter_map(|id| id.parse().ok()).map(CategoryId).collect(),
        since: sent.text("since").parse().ok(),
        until: sent.text("until").parse().ok(),
        tags: sent.all("tag").iter().filter_map(|word| tag(word)).collect(),
        consent: sent.text("consent").parse().ok(),
        languages: sent.all("language").iter().filter_map(|word| word.parse().ok()).collect(),
        address: sent.text("address").trim().to_owned(),
    }
}

/// How many it would take in, while somebody chooses.
pub async fn size(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let rule = rule(&Sent::new(pairs));
    let size = match app.actions.segment_size(&signed_in.actor(), &rule).await {
        Ok(size) => people(page, size),
        Err(error) => problems(page, error)?.join(" "),
    };
    if is_partial(&headers) {
        html(SizePart { size })
    } else {
        Ok(Redirect::to("/segments/new").into_response())
    }
}

pub async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let rule = rule(&sent);
    let done = app.actions.add_segment(&signed_in.actor(), sent.text("name"), rule.clone()).await;
    after(&app, &signed_in, (None, 0, sent.text("name").to_owned()), &rule, done.map(drop)).await
}

pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let sent = Sent::new(pairs);
    let version = sent.text("version").parse().map_err(|_| WebError::Invalid("no version".into()))?;
    let (rule, name) = (rule(&sent), sent.text("name"));
    let done =
        app.actions.change_segment(&signed_in.actor(), (SegmentId(id), version), (name, rule.clone())).await;
    after(&app, &signed_in, (Some(id), version, name.to_owned()), &rule, done).await
}

async fn after(
    app: &App,
    signed_in: &SignedIn,
    frame: (Option<i64>, i64, String),
    rule: &Segment,
    done: Result<(), CampaignError>,
) -> Result<Response, WebError> {
    let Err(error) = done else { return Ok(Redirect::to("/segments").into_response()) };
    let status: StatusCode = refusal(&error);
    let told = problems(&signed_in.page, error)?;
    Ok((status, html(edited(app, &signed_in.page, frame, rule, told).await?)?).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let removed = app.actions.remove_segment(&signed_in.actor(), SegmentId(id)).await;
    removed.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to("/segments").into_response())
}
