//! What people would get, before anybody gets it: the words filled for a few recipients, and what they cost by script.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

use super::form::draft;
use super::{READ, mistake, problems};
use crate::actions::Actor;
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::message::{FIELDS, Message};
use crate::domain::campaign::{RecipientState, Script, Way};
use crate::domain::id::{CampaignId, RecipientId};
use crate::domain::person::PersonLanguage;
use crate::messaging::handle::text_length;
use crate::store::campaign::{Campaign, Draft};
use crate::store::campaign_source::{Source, SourceKind};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::queues::form::Sent;
use crate::web::state::App;

/// What a text costs in one script.
#[derive(Debug)]
pub struct CostView {
    pub script: String,
    pub chosen: bool,
    /// "2 parts, 98 characters".
    pub length: String,
    /// For all of them, with the price where it is known.
    pub total: String,
}

/// What one way says to somebody.
#[derive(Debug)]
pub struct SaidView {
    pub label: String,
    pub subject: String,
    pub words: String,
    /// The address of what is played instead; empty when the words are read.
    pub sound: String,
}

#[derive(Debug, Default)]
pub struct LookView {
    /// Whose it is, in a sentence.
    pub who: String,
    pub said: Vec<SaidView>,
    pub costs: Vec<CostView>,
    pub problems: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "campaigns/_look.html")]
pub struct LookPart<'a> {
    pub page: &'a Page,
    pub look: LookView,
}

/// Recipients whose words are measured for the costs of all.
const MEASURED: u32 = 200;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let look = match draft(&app, &Sent::new(pairs)) {
        Ok(mut draft) => {
            draft.message.recording = campaign.draft.message.recording.clone();
            look(&app, page, &campaign, &draft).await?
        }
        Err(error) => LookView { problems: problems(page, error)?, ..LookView::default() },
    };
    html(LookPart { page, look })
}

/// As the words are now, for the first recipients that are there.
pub async fn look(app: &App, page: &Page, campaign: &Campaign, draft: &Draft) -> Result<LookView, WebError> {
    let sources = app.db.campaign_sources(campaign.id).await?;
    let state = campaign.state.has_begun().then_some(RecipientState::Reached);
    let some = app.db.recipients(campaign.id, state, RecipientId(0), MEASURED).await?;
    let mut people: Vec<Candidate> = some.into_iter().map(|one| one.who).collect();
    let known = !people.is_empty();
    if known && let Some(user) = &page.user {
        // One of them is named, and gets the words that are seen.
        let actor = Actor::User { id: user.id, role: user.role };
        app.actions.list_viewed(&actor, "campaign-recipients").await?;
    }
    if !known {
        people.push(example(page));
    }
    let ways: Vec<Way> = draft.ladder.steps().iter().map(|step| step.way).collect();
    let fields = fields(&sources);
    let knows = |field: &str| FIELDS.contains(&field) || fields.iter().any(|name| name == field);
    // What is empty is seen to be empty: only what is there and wrong is told while somebody writes.
    let mistakes = draft.message.mistakes(&ways, knows);
    let empty = |found: &&(_, _)| !matches!(found, (_, crate::domain::campaign::message::Mistake::Empty));
    let problems = mistakes.iter().filter(empty).map(|found| mistake(page, found.clone())).collect();
    let (town, first) = (&page.municipality, people.first().cloned().unwrap_or_default());
    let said_by = |way: &Way| said(page, (campaign.id, &draft.message), *way, &first, town);
    let said = ways.iter().filter_map(said_by).collect();
    let recipients = estimate(app, campaign, &sources).await?;
    let costs = if ways.contains(&Way::Sms) {
        costs(app, page, &draft.message, &people, town, recipients)
    } else {
        Vec::new()
    };
    let who = if known {
        page.with("campaign-look-who", "name", named(page, &first))
    } else {
        page.say("campaign-look-example")
    };
    Ok(LookView { who, said, costs, problems })
}

/// Names of the fields that lists bring.
pub fn fields(sources: &[Source]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for source in sources {
        if let SourceKind::List { fields, .. } = &source.kind {
            names.extend(fields.iter().filter(|field| !names.contains(field)).cloned().collect::<Vec<_>>());
        }
    }
    names
}

fn named(page: &Page, who: &Candidate) -> String {
    let name = page.locale.name(&who.name, None);
    if name.is_empty() { who.phone.clone().or_else(|| who.email.clone()).unwrap_or_default() } else { name }
}

/// Nobody is there yet: somebody of whom everything is known.
fn example(page: &Page) -> Candidate {
    Candidate {
        name: page.say("campaign-example-name"),
        address: page.say("campaign-example-address"),
        ..Candidate::default()
    }
}

fn said(
    page: &Page,
    (campaign, message): (CampaignId, &Message),
    way: Way,
    who: &Candidate,
    town: &str,
) -> Option<SaidView> {
    if way == Way::Visit {
        return None;
    }
    if message.recording_for(way).is_some() {
        let (label, sound) = (page.word("way", way.as_str()), format!("/campaigns/{campaign}/recording"));
        return Some(SaidView { label, subject: String::new(), words: String::new(), sound });
    }
    let said = message.render(way, who.language, |field| who.value_in(field, town)).ok()?;
    let label = page.word("way", way.as_str());
    let sound = String::new();
    (!said.words.is_empty()).then_some(SaidView { label, subject: said.subject, words: said.words, sound })
}

/// How many would get it: all rows of lists, and whom the segments take in.
async fn estimate(app: &App, campaign: &Campaign, sources: &[Source]) -> Result<i64, WebError> {
    let counts = app.db.campaign_counts(campaign.id).await?;
    if campaign.state.has_begun() || counts.of(RecipientState::Waiting) > 0 {
        return Ok(super::meant(&counts));
    }
    let mut all = 0;
    for source in sources {
        all += match &source.kind {
            SourceKind::List { usable, .. } => *usable,
            SourceKind::Segment(segment) => {
                app.actions.segment_people(segment).await.map_err(WebError::from)?
            }
        };
    }
    Ok(all)
}

fn costs(
    app: &App,
    page: &Page,
    message: &Message,
    people: &[Candidate],
    town: &str,
    recipients: i64,
) -> Vec<CostView> {
    let scripts = [
        (Script::Cyrillic, PersonLanguage::SerbianCyrillic),
        (Script::Latin, PersonLanguage::SerbianLatin),
        (Script::PlainLatin, PersonLanguage::SerbianLatin),
    ];
    let mut costs: Vec<CostView> = Vec::new();
    for (script, language) in scripts {
        let message = Message { script, ..message.clone() };
        let text = |who: &Candidate| {
            let said = message.render(Way::Sms, Some(language), |field| who.value_in(field, town)).ok()?;
            text_length(&said.words)
        };
        let lengths: Vec<_> = people.iter().filter_map(text).collect();
        let Some(longest) = lengths.iter().max_by_key(|length| length.characters) else { continue };
        let parts: usize = lengths.iter().map(|length| length.parts).sum();
        let average = parts as f64 / lengths.len().max(1) as f64;
        let said = [
            ("parts", page.count("campaign-parts", i64::try_from(longest.parts).unwrap_or(i64::MAX))),
            ("characters", page.number(longest.characters)),
        ];
        costs.push(CostView {
            script: page.word("campaign-script", script.as_str()),
            chosen: false,
            length: page.with_values("campaign-length", &said),
            total: total(app, page, average * recipients as f64),
        });
    }
    mark(&mut costs, message);
    costs
}

/// The script that the author chose; "as each wants" is no script of its own here.
fn mark(costs: &mut [CostView], message: &Message) {
    let place = match message.script {
        Script::Own => None,
        Script::Cyrillic => Some(0),
        Script::Latin => Some(1),
        Script::PlainLatin => Some(2),
    };
    for (at, cost) in costs.iter_mut().enumerate() {
        cost.chosen = Some(at) == place;
    }
}

fn total(app: &App, page: &Page, parts: f64) -> String {
    let whole = parts.round();
    let said = page.with("campaign-parts-all", "parts", page.number(format!("{whole:.0}")));
    if app.campaigns.part_price > 0.0 {
        let price = page.amount((whole * app.campaigns.part_price).round());
        return format!("{said}, {price} {}", app.campaigns.currency);
    }
    said
}

/// The price of what was reckoned for all of them.
pub fn price(app: &App, page: &Page, parts: i64) -> String {
    total(app, page, parts as f64)
}
