//! The proof on paper: who was reached, when and by what, who was not and why. Its foot names the SHA-256 of the list as CSV in the same
//! language at the same moment, so that the two can be held against each other; the audit keeps it too.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::recipients::{HEADING, attempt_words, cells};
use super::{READ, meant, reached, state_label};
use crate::domain::campaign::{Deed, RecipientState, Way};
use crate::domain::id::{CampaignId, RecipientId};
use crate::domain::permission::Right;
use crate::store::campaign::{Campaign, CampaignEvent, Counts};
use crate::store::campaign_recipient::{Attempt, Recipient};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::error::WebError;
use crate::web::export::csv;
use crate::web::export::pdf::{Bar, Block, Column, Made, Report, Table, Tone, write};
use crate::web::page::Page;
use crate::web::state::App;

/// Recipients in the table: some 1,500 pages. Of more, those that were not reached, and everybody in the other files.
const MOST_ROWS: i64 = 20_000;
const AT_ONCE: u32 = 500;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    signed_in.require(Right::Export)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let counts = app.db.campaign_counts(campaign.id).await?;
    let (table, digest) = table(&app, page, &campaign, &counts).await?;
    let detail = json!({ "format": "pdf", "filter": format!("campaign={id}"), "sha256": digest });
    app.actions.exported(&signed_in.actor(), "campaign-recipients", detail).await?;
    let events = app.db.campaign_events(campaign.id).await?;
    let report = report(&app, &signed_in, (&campaign, &counts, &events), (table, &digest));
    let octets = tokio::task::spawn_blocking(move || write(&report)).await;
    let octets = octets.map_err(|error| WebError::Internal(error.to_string()))?;
    let octets = octets.map_err(|error| WebError::Internal(error.to_string()))?;
    let date = page.locale.now.to_zoned(app.time_zone.clone()).date();
    let name = format!("attachment; filename=\"campaign-{id}-{date}.pdf\"");
    Ok(([(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, name.as_str())], octets).into_response())
}

fn report(
    app: &App,
    signed_in: &SignedIn,
    (campaign, counts, events): (&Campaign, &Counts, &[CampaignEvent]),
    (table, digest): (Table, &str),
) -> Report {
    let page = &signed_in.page;
    let now = page.locale.now;
    let made = [("when", page.moment(now)), ("who", page.name(&signed_in.user.name, None))];
    let whole = i64::try_from(table.rows.len()).unwrap_or(i64::MAX) >= counts.total();
    let mut blocks = vec![
        Block::Facts(facts(page, campaign, counts, events)),
        Block::Heading(page.say("proof-who")),
        Block::Bars(bars(page, campaign, counts)),
        Block::Paragraph(page.say("proof-what-counts")),
        Block::Heading(page.say(if whole { "campaign-recipients" } else { "proof-not-reached" })),
    ];
    if !whole {
        blocks.push(Block::Paragraph(page.with("proof-rest", "most", page.number(MOST_ROWS))));
    }
    blocks.push(Block::Table(table));
    Report {
        municipality: page.place(),
        title: page.say("proof-title"),
        subtitle: page.name(&campaign.draft.name, None),
        language: page.code().to_owned(),
        made: Made {
            at: now.to_zoned(app.time_zone.clone()),
            words: page.with_values("proof-made", &made),
            digest: page.with("proof-digest", "digest", digest),
        },
        blocks,
    }
}

fn facts(
    page: &Page,
    campaign: &Campaign,
    counts: &Counts,
    events: &[CampaignEvent],
) -> Vec<(String, String)> {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let message = &campaign.draft.message;
    let by = |deed: Deed| {
        let event = events.iter().find(|event| event.deed == deed)?;
        let who = event.actor.map(|user| viewer.user(user)).or_else(|| event.token.clone());
        Some(format!("{}, {}", who.unwrap_or_else(|| page.say("campaign-by-itself")), page.moment(event.at)))
    };
    let period = |at: Option<jiff::Timestamp>| at.map(|at| page.moment(at)).unwrap_or_else(|| "…".into());
    let steps: Vec<String> =
        campaign.draft.ladder.steps().iter().map(|step| page.word("way", step.way.as_str())).collect();
    let facts = [
        ("campaign-name", Some(page.name(&campaign.draft.name, None))),
        ("proof-state", Some(state_label(page, campaign.state))),
        ("campaign-text", Some(page.name(&message.text.sr, None))),
        ("campaign-subject", Some(page.name(&message.subject.sr, None))),
        ("campaign-letter", Some(page.name(&message.letter.sr, None))),
        ("campaign-how", Some(steps.join(", "))),
        ("proof-made-by", by(Deed::Make)),
        ("proof-approved-by", by(Deed::Approve)),
        ("proof-started-by", by(Deed::Start)),
        ("proof-period", Some(format!("{} – {}", period(campaign.started_at), period(campaign.ended_at)))),
        ("proof-meant", Some(page.number(meant(counts)))),
        ("proof-reached", Some(page.number(reached(counts)))),
    ];
    let said = facts.into_iter().filter_map(|(key, value)| Some((page.say(key), value?)));
    said.filter(|(_, value)| !value.trim().is_empty()).collect()
}

/// By what they were reached, and where the others stand.
fn bars(page: &Page, campaign: &Campaign, counts: &Counts) -> Vec<Bar> {
    use RecipientState::*;
    let all = counts.total().max(1);
    let bar = |label: String, n: i64, tone| Bar {
        label,
        value: format!(
            "{} ({} %)",
            page.number(n),
            page.amount((n as f64 * 1_000.0 / all as f64).round() / 10.0)
        ),
        part: n as f32 / all as f32,
        tone,
    };
    let steps = campaign.draft.ladder.steps().iter().enumerate();
    let by_step = steps.filter(|(_, step)| step.way != Way::Visit).map(|(rung, step)| {
        let way = page.word("way", step.way.as_str());
        bar(page.with("proof-reached-by", "way", way), counts.on(Reached, rung), Tone::Good)
    });
    let states = [
        (ToldByHand, Tone::Good),
        (Presumed, Tone::Fair),
        (Uncertain, Tone::Doubtful),
        (Unknown, Tone::Doubtful),
        (ByHand, Tone::Bad),
        (Unreached, Tone::Bad),
        (Stopped, Tone::Bad),
        (Waiting, Tone::Idle),
        (Sending, Tone::Idle),
        (Skipped, Tone::Idle),
    ];
    let label = |state: RecipientState| page.word("recipient-state", state.as_str());
    let by_state = states.into_iter().map(|(state, tone)| bar(label(state), counts.of(state), tone));
    by_step.chain(by_state.filter(|bar| bar.part > 0.0)).collect()
}

/// The table, and the SHA-256 of all rows as CSV.
async fn table(
    app: &App,
    page: &Page,
    campaign: &Campaign,
    counts: &Counts,
) -> Result<(Table, String), WebError> {
    let mut digest = Sha256::new();
    digest.update(csv::first(&HEADING.iter().map(|key| page.say(key)).collect::<Vec<_>>()));
    let whole = counts.total() <= MOST_ROWS;
    let mut rows = Vec::new();
    let mut after = RecipientId(0);
    loop {
        let some = app.db.recipients(campaign.id, None, after, AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        after = last.id;
        let attempts = app.db.attempts(&some.iter().map(|one| one.id).collect::<Vec<_>>()).await?;
        let told: Vec<_> = some.iter().map(|one| cells(page, one, &attempts)).collect();
        digest.update(csv::write(&told));
        let room = usize::try_from(MOST_ROWS).unwrap_or(usize::MAX) - rows.len();
        let shown = some.iter().filter(|one| whole || !one.state.is_reached());
        rows.extend(shown.take(room).map(|one| row(page, one, &attempts)));
    }
    let digest: String = digest.finalize().iter().map(|octet| format!("{octet:02x}")).collect();
    let columns = vec![
        Column::number(page.say("recipient-number"), 0.7),
        Column::new(page.say("recipient-name"), 1.4),
        Column::new(page.say("recipient-address"), 1.6),
        Column::new(page.say("recipient-outcome"), 1.1),
        Column::new(page.say("recipient-when"), 1.0),
        Column::new(page.say("recipient-attempts"), 2.2),
    ];
    Ok((Table { columns, rows, empty: page.say("recipients-none") }, digest))
}

fn row(page: &Page, one: &Recipient, attempts: &[Attempt]) -> Vec<String> {
    let who = &one.who;
    let own: Vec<String> = attempts
        .iter()
        .filter(|attempt| attempt.recipient == one.id)
        .map(|attempt| attempt_words(page, attempt))
        .collect();
    let addresses: Vec<&str> = [who.phone.as_deref(), who.email.as_deref(), Some(who.address.as_str())]
        .into_iter()
        .flatten()
        .collect();
    let why = one.why.map(|why| page.word("campaign-why", why.as_str()));
    vec![
        one.id.to_string(),
        page.name(&who.name, None),
        addresses.into_iter().filter(|address| !address.is_empty()).collect::<Vec<_>>().join(", "),
        page.word("recipient-state", one.state.as_str()),
        one.reached_at.map(|at| page.moment(at)).unwrap_or_default(),
        if own.is_empty() { why.unwrap_or_default() } else { own.join("; ") },
    ]
}
