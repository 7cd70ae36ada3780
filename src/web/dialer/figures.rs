//! How a dialling campaign goes: contacts and what became of them, calls now, how busy its operators are and how many were abandoned. The page asks
//! for it again every two seconds while it runs.

use axum::extract::{Path, State};
use axum::response::Response;

use super::READ;
use crate::domain::dialer::accounting::Tally;
use crate::domain::dialer::disposition;
use crate::domain::dialer::{DialState, Outcome};
use crate::domain::id::DialCampaignId;
use crate::domain::statistics::aapor::Eligibility;
use crate::store::dial_campaign::{DialCampaign, DialCounts};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// How many with a word, and the address of their list.
#[derive(Debug)]
pub struct Line {
    pub word: &'static str,
    pub label: String,
    pub count: String,
    pub address: String,
    /// Its part of the bar: where it begins and how long it is, of a hundred.
    pub from: String,
    pub share: String,
}

/// Abandoned of the live answers, in a period.
#[derive(Debug)]
pub struct Abandoned {
    pub label: String,
    pub rate: String,
    /// "3 of 120 answered".
    pub said: String,
    /// Over the limit of the campaign.
    pub over: bool,
}

#[derive(Debug)]
pub struct FiguresView {
    pub id: i64,
    pub state: DialState,
    pub lives: bool,
    /// It runs, and nobody is called at this hour: until when.
    pub closed_until: String,
    pub percent: String,
    pub done: String,
    pub contacts: Vec<Line>,
    /// Why those are done who are.
    pub reasons: Vec<Line>,
    pub outcomes: Vec<Line>,
    pub dialled: String,
    pub answered: String,
    pub abandoned: Vec<Abandoned>,
    /// From the answer to the operator, in 95 of 100 calls; empty when there were none.
    pub to_operator: String,
    pub talk: String,
    /// Estimated; empty where nobody listens for machines.
    pub mistaken: String,
    /// Name, share: how many took part, by AAPOR's definitions.
    pub rates: Vec<(String, String)>,
    /// How many contacts were tried how often.
    pub attempts: Vec<(String, String)>,
}

#[derive(askama::Template)]
#[template(path = "dialer/_figures.html")]
pub struct FiguresPart<'a> {
    pub page: &'a Page,
    pub figures: FiguresView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.dial_campaign(DialCampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let counts = app.db.dial_counts(campaign.id).await?;
    html(FiguresPart { page, figures: figures(&app, page, &campaign, &counts).await? })
}

pub fn all(counts: &DialCounts) -> i64 {
    counts.values().sum()
}

pub fn done(counts: &DialCounts) -> i64 {
    counts.iter().filter(|((stage, _), _)| *stage == "done").map(|(_, n)| n).sum()
}

/// In the order in which a contact goes through them.
const STAGES: [(&str, &[&str]); 4] = [
    ("done", &["done"]),
    ("talking", &["talking", "wrap_up"]),
    ("dialling", &["preview", "dialling", "ringing", "answered"]),
    ("waiting", &["waiting"]),
];

pub async fn figures(
    app: &App,
    page: &Page,
    campaign: &DialCampaign,
    counts: &DialCounts,
) -> Result<FiguresView, WebError> {
    let (id, total) = (campaign.id, all(counts));
    let outcomes = app.db.dial_outcomes(id).await?;
    let books = app.db.dial_books(id).await?;
    let pace = app.db.dial_pace(id).await?;
    let today = app.clock.now().to_zoned(app.time_zone.clone()).date();
    let cap = campaign.settings.abandon.cap;
    let said = [("done", page.number(done(counts))), ("all", page.number(total))];
    let (made, live) = (
        outcomes
            .iter()
            .filter(|(outcome, _)| outcome.is_some_and(Outcome::counts))
            .map(|(_, n)| n)
            .sum::<i64>(),
        outcomes
            .iter()
            .filter(|(outcome, _)| outcome.is_some_and(Outcome::is_answer))
            .map(|(_, n)| n)
            .sum::<i64>(),
    );
    Ok(FiguresView {
        id: id.0,
        state: campaign.state,
        lives: matches!(campaign.state, DialState::Running | DialState::Paused),
        closed_until: closed_until(app, page, campaign),
        percent: page.number(done(counts) * 100 / total.max(1)),
        done: page.with_values("dial-done-of", &said),
        contacts: contacts(page, id, counts),
        reasons: reasons(page, id, counts),
        outcomes: outcome_lines(page, &outcomes),
        dialled: page.number(made),
        answered: percent(page, live, made),
        abandoned: vec![
            abandoned(page, "dial-today", &books.day(today), cap),
            abandoned(page, "dial-month", &books.month(today), cap),
        ],
        to_operator: pace.to_operator_p95.map(|ms| seconds(page, ms)).unwrap_or_default(),
        talk: pace.talk.map(|ms| seconds(page, ms)).unwrap_or_default(),
        mistaken: match campaign.settings.hear_machines {
            true => page.number(books.month(today).mistaken),
            false => String::new(),
        },
        rates: rates(page, &pace.last),
        attempts: pace
            .tries
            .iter()
            .map(|(tries, n)| (page.count("dial-tries", *tries), page.number(*n)))
            .collect(),
    })
}

fn rates(page: &Page, last: &[(Option<Outcome>, i64)]) -> Vec<(String, String)> {
    let counts = disposition::counts(last.iter().copied());
    let Ok(rates) = counts.rates(Eligibility::Proportional) else { return Vec::new() };
    let named = [("rr1", rates.rr1), ("coop1", rates.coop1), ("ref1", rates.ref1), ("con1", rates.con1)];
    let said = |(name, share): (&str, Option<f64>)| {
        Some((page.word("dial-rate", name), format!("{} %", page.decimal(share? * 100.0, 1))))
    };
    named.into_iter().filter_map(said).collect()
}

fn closed_until(app: &App, page: &Page, campaign: &DialCampaign) -> String {
    let closed = app.db.directory().office.calendar.closed.clone();
    let (times, now) = (campaign.settings.times(closed, app.time_zone.clone()), app.clock.now());
    if campaign.state != DialState::Running || times.are_open(now) {
        return String::new();
    }
    match times.next(now, |_, _| true) {
        Some(at) => page.with("dial-closed-until", "when", page.moment(at)),
        None => page.say("dial-closed-always"),
    }
}

fn contacts(page: &Page, id: DialCampaignId, counts: &DialCounts) -> Vec<Line> {
    let total = all(counts).max(1) as f64;
    let mut before = 0;
    let mut line = |(word, stages): &(&'static str, &[&str])| {
        let n: i64 = counts.iter().filter(|((stage, _), _)| stages.contains(stage)).map(|(_, n)| n).sum();
        let from = before;
        before += n;
        (n > 0).then(|| Line {
            word,
            label: page.word("dial-stage", word),
            count: page.number(n),
            address: format!("/dialer/{id}/contacts?state={word}"),
            from: format!("{:.2}", from as f64 * 100.0 / total),
            share: format!("{:.2}", n as f64 * 100.0 / total),
        })
    };
    STAGES.iter().filter_map(&mut line).collect()
}

fn reasons(page: &Page, id: DialCampaignId, counts: &DialCounts) -> Vec<Line> {
    let mut known: Vec<_> =
        counts.iter().filter_map(|((_, reason), n)| Some((reason.as_ref().copied()?, *n))).collect();
    known.sort_by_key(|(_, n)| -n);
    let address = format!("/dialer/{id}/contacts?state=done");
    plain(known.into_iter().map(|(word, n)| (word, page.word("dial-reason", word), n)), page, &address)
}

fn outcome_lines(page: &Page, outcomes: &[(Option<Outcome>, i64)]) -> Vec<Line> {
    let mut known: Vec<_> =
        outcomes.iter().filter_map(|(outcome, n)| Some((outcome.as_ref()?.as_str(), *n))).collect();
    known.sort_by_key(|(_, n)| -n);
    plain(known.into_iter().map(|(word, n)| (word, page.word("dial-outcome", word), n)), page, "")
}

/// With bars that compare: the longest is the most.
fn plain(lines: impl Iterator<Item = (&'static str, String, i64)>, page: &Page, address: &str) -> Vec<Line> {
    let lines: Vec<_> = lines.collect();
    let most = lines.iter().map(|(_, _, n)| *n).max().unwrap_or(1).max(1) as f64;
    let line = |(word, label, n): (&'static str, String, i64)| Line {
        word,
        label,
        count: page.number(n),
        address: address.to_owned(),
        from: "0".into(),
        share: format!("{:.2}", n as f64 * 100.0 / most),
    };
    lines.into_iter().map(line).collect()
}

fn abandoned(page: &Page, label: &str, tally: &Tally, cap: f64) -> Abandoned {
    let live = i64::try_from(tally.connected + tally.abandoned).unwrap_or(i64::MAX);
    let n = i64::try_from(tally.abandoned).unwrap_or(i64::MAX);
    Abandoned {
        label: page.say(label),
        rate: percent(page, n, live),
        said: page
            .with_values("dial-abandoned-of", &[("abandoned", page.number(n)), ("live", page.number(live))]),
        over: tally.rate() > cap,
    }
}

/// "2.4 %", with the mark of the language; a dash of nothing.
pub fn percent(page: &Page, part: i64, of: i64) -> String {
    match of {
        0 => "–".into(),
        of => format!("{} %", page.decimal(part as f64 * 100.0 / of as f64, 1)),
    }
}

fn seconds(page: &Page, ms: i64) -> String {
    page.with("dial-seconds", "seconds", page.decimal(ms as f64 / 1_000.0, 1))
}
