//! The state of the system at a glance: what works, what does not and why.

use axum::extract::State;
use axum::response::Response;
use jiff::SignedDuration;

use crate::domain::permission::Right;
use crate::messaging::handle::{LinkState, Way};
use crate::telephony::handle::{TrunkState, TrunkStatus};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::{App, Part};

#[derive(Debug)]
pub struct PartView {
    pub name: String,
    pub works: bool,
    pub state: String,
    /// Why not; empty when it works.
    pub why: String,
}

#[derive(Debug)]
pub struct LinkView {
    pub part: PartView,
    pub address: String,
    pub since: String,
    pub received: u64,
    pub accepted: u64,
    pub refused: u64,
    pub outstanding: usize,
}

#[derive(Debug)]
pub struct CallsView {
    pub live: u64,
    pub accepted: u64,
    pub refused: u64,
    pub listening: Vec<String>,
    pub trunks: Vec<TrunkView>,
}

#[derive(Debug)]
pub struct TrunkView {
    pub name: String,
    /// `is-good`, `is-bad` or neither, when it cannot be known.
    pub lamp: &'static str,
    pub state: String,
    /// Server and transport; addresses that may call in.
    pub way: String,
    /// The address in use, and how many there are besides it.
    pub target: String,
    pub registered_until: String,
    pub round_trip: String,
    pub channels: String,
    /// Empty when nothing costs anything.
    pub spent: String,
    /// Empty when nothing came from it yet.
    pub last_seen: String,
    pub why: String,
}

#[derive(Debug)]
pub struct WaitingView {
    /// Longer than a mail server keeps somebody waiting for good reasons.
    pub too_long: bool,
    /// How many, and since when.
    pub line: String,
    /// What the mail server said last; may be empty.
    pub why: String,
}

#[derive(askama::Template)]
#[template(path = "admin/system.html")]
pub struct SystemPage<'a> {
    pub page: &'a Page,
    pub parts: Vec<PartView>,
    pub calls: Option<CallsView>,
    pub links: Vec<LinkView>,
    pub mails: Vec<LinkView>,
    /// Mails that wait to be sent.
    pub waiting: Option<WaitingView>,
    pub version: &'static str,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageSettings)?;
    let page = &signed_in.page;
    let database = app.db.ping().await.err().map(|why| why.to_string());
    let mut parts = vec![part(page, page.say("system-database"), database)];
    parts.extend(app.health.parts().into_iter().map(|(name, state)| match state {
        Part::Up => part(page, named(page, name), None),
        Part::Down(why) => part(page, named(page, name), Some(why)),
    }));
    let calls = calls(&app, page);
    let (links, mails) = (links(&app, page, Way::Texts), links(&app, page, Way::Mails));
    let waiting = waiting(&app, page).await?;
    html(SystemPage { page, parts, calls, links, mails, waiting, version: env!("CARGO_PKG_VERSION") })
}

/// Parts report themselves by a word of the program.
fn named(page: &Page, part: String) -> String {
    if part == "telephony" { page.say("system-telephony") } else { part }
}

fn part(page: &Page, name: String, why_not: Option<String>) -> PartView {
    let works = why_not.is_none();
    let state = if works { page.say("system-works") } else { page.say("system-down") };
    PartView { name, works, state, why: why_not.unwrap_or_default() }
}

fn calls(app: &App, page: &Page) -> Option<CallsView> {
    let telephony = app.telephony.as_ref()?;
    Some(CallsView {
        live: telephony.live_calls(),
        accepted: telephony.accepted_calls(),
        refused: telephony.refused_calls(),
        listening: telephony.listening(),
        trunks: telephony.trunks().into_iter().map(|status| trunk(page, status)).collect(),
    })
}

fn trunk(page: &Page, trunk: TrunkStatus) -> TrunkView {
    let (lamp, state) = match trunk.state {
        TrunkState::ByAddress => ("", "trunk-by-address"),
        TrunkState::Trying => ("", "trunk-trying"),
        TrunkState::Up => ("is-good", "trunk-up"),
        TrunkState::Registered => ("is-good", "trunk-registered"),
        TrunkState::Down => ("is-bad", "trunk-down"),
    };
    let way = match trunk.server.is_empty() {
        true => trunk.peers.join(", "),
        false => format!("{} {}", trunk.server, trunk.transport),
    };
    let target = match (&trunk.current, trunk.targets.len().saturating_sub(1)) {
        (None, _) => String::new(),
        (Some(target), 0) => target.clone(),
        (Some(target), others) => format!("{target} (+{others})"),
    };
    let of = |now: String, most: String, limited: bool| if limited { format!("{now} / {most}") } else { now };
    TrunkView {
        lamp,
        state: page.say(state),
        way,
        target,
        registered_until: trunk.registered_until.map(|at| page.moment(at)).unwrap_or_default(),
        round_trip: trunk.round_trip_ms.map(|ms| format!("{ms} ms")).unwrap_or_default(),
        channels: of(trunk.channels.to_string(), trunk.max_channels.to_string(), trunk.max_channels > 0),
        spent: match trunk.spent + trunk.daily_spend > 0.0 {
            true => of(page.amount(trunk.spent), page.amount(trunk.daily_spend), trunk.daily_spend > 0.0),
            false => String::new(),
        },
        last_seen: trunk.last_seen.map(|at| page.moment(at)).unwrap_or_default(),
        why: trunk
            .last_error
            .filter(|_| trunk.state == TrunkState::Down || trunk.state == TrunkState::Trying)
            .unwrap_or_default(),
        name: trunk.name,
    }
}

/// Greylisting takes some minutes; what waits longer is refused.
const TOO_LONG: SignedDuration = SignedDuration::from_mins(30);

async fn waiting(app: &App, page: &Page) -> Result<Option<WaitingView>, WebError> {
    let (count, oldest) = app.db.mails_waiting().await?;
    let Some(oldest) = oldest.filter(|_| count > 0) else { return Ok(None) };
    let links = app.messaging.as_ref().map(|m| m.links()).unwrap_or_default();
    let errors = links.into_iter().filter(|link| link.way == Way::Mails).filter_map(|link| link.last_error);
    Ok(Some(WaitingView {
        too_long: app.clock.now().duration_since(oldest) > TOO_LONG,
        line: format!(
            "{} · {} {}",
            page.count("mails-waiting", count),
            page.say("mails-oldest"),
            page.moment(oldest)
        ),
        why: errors.collect::<Vec<_>>().join(" · "),
    }))
}

fn links(app: &App, page: &Page, way: Way) -> Vec<LinkView> {
    let links = app.messaging.as_ref().map(|m| m.links()).unwrap_or_default();
    links
        .into_iter()
        .filter(|link| link.way == way)
        .map(|link| LinkView {
            part: PartView {
                works: link.state == LinkState::Bound,
                state: match link.state {
                    LinkState::Connecting => page.say("link-connecting"),
                    LinkState::Bound if link.standing_by => page.say("link-standing-by"),
                    LinkState::Bound => page.say("link-bound"),
                    LinkState::Waiting => page.say("link-waiting"),
                    LinkState::Refused => page.say("link-refused"),
                    LinkState::Stopped => page.say("link-stopped"),
                },
                why: link.last_error.filter(|_| link.state != LinkState::Bound).unwrap_or_default(),
                name: link.name,
            },
            address: link.address,
            since: page.moment(link.since),
            received: link.received,
            accepted: link.accepted,
            refused: link.refused,
            outstanding: link.outstanding,
        })
        .collect()
}
