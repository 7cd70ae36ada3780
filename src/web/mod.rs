//! The pages, the API and the probes, over HTTP. `router` lists every route.

mod access;
mod account;
mod admin;
mod api;
mod assets;
mod audit;
mod auth;
mod board;
mod calendar;
mod campaigns;
mod cases;
mod catalogue;
mod client;
mod csrf;
mod deadlines;
mod dialer;
mod dialplans;
mod editors;
mod error;
mod export;
mod files;
mod follow;
mod guard;
mod headers;
mod health;
mod i18n;
mod intake;
mod kept_templates;
mod line;
mod live;
mod login;
mod macros;
mod menu;
mod opt_outs;
mod page;
mod people;
mod presence;
mod privacy;
mod questions;
mod queues;
mod range;
mod rights;
mod router;
#[cfg(test)]
mod samples;
mod search;
mod session;
mod setup;
pub mod state;
mod surveys;
mod tasks;
mod trouble;
mod webhooks;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use export::pdf;
pub use router::router;
pub use state::{Health, PhoneServer, WebState};

/// Serves until `shutdown`; then lets requests in progress finish and closes the event streams.
pub async fn serve(
    listener: TcpListener,
    state: WebState,
    shutdown: CancellationToken,
) -> Result<(), std::io::Error> {
    tokio::spawn(session::forget_expired(state.db.clone(), state.clock.clone(), shutdown.clone()));
    let app = router(state, shutdown.clone());
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

/// Stored words that pages name in the reader's language, by the group of their keys.
#[cfg(test)]
fn stored_words() -> Vec<(&'static str, Vec<&'static str>)> {
    use crate::domain::call::EndedBy;
    use crate::domain::case::{Channel, Outcome, Status, Told};
    use crate::domain::deadline;
    use crate::domain::file::Danger;
    use crate::domain::intake::{HandedIn, Problem};
    use crate::domain::link::LinkKind;
    use crate::domain::message::DeliveryState;
    use crate::domain::notice::{ByHand, NoticeState, Way};
    use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
    use crate::domain::permission::Role;
    use crate::domain::person::{ConsentKind, ConsentMeans, PointKind, TellBy};
    use crate::domain::task::TaskKind;
    vec![
        ("audit-what", crate::actions::audit::What::ALL.iter().map(|w| w.as_str()).collect()),
        ("audit-subject", crate::actions::audit::SubjectKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("audit-who", crate::actions::audit::WhoKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("status", Status::ALL.iter().map(|w| w.as_str()).collect()),
        ("statuses", Status::ALL.iter().map(|w| w.as_str()).collect()),
        ("channel", Channel::ALL.iter().map(|w| w.as_str()).collect()),
        ("delivery", DeliveryState::ALL.iter().map(|w| w.as_str()).collect()),
        ("survey-state", crate::domain::survey::VersionState::ALL.iter().map(|w| w.as_str()).collect()),
        ("survey-refused", crate::domain::survey::Refused::ALL.iter().map(|w| w.as_str()).collect()),
        ("survey-problem", crate::domain::survey::check::Reason::ALL.iter().map(|w| w.as_str()).collect()),
        ("survey-part", crate::domain::survey::check::Part::ALL.iter().map(|w| w.as_str()).collect()),
        ("survey-kind", crate::domain::survey::kind::KindName::ALL.iter().map(|w| w.as_str()).collect()),
        (
            "survey-measure",
            crate::domain::survey::codebook::Measure::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        (
            "survey-missing",
            crate::domain::survey::codebook::Missing::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        (
            "survey-difference",
            crate::domain::survey::compare::Difference::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        (
            "survey-disposition",
            crate::domain::survey::interview::Disposition::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        ("survey-mode", crate::domain::survey::Mode::ALL.iter().map(|w| w.as_str()).collect()),
        (
            "survey-ending",
            crate::domain::survey::questionnaire::Ending::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        ("survey-give-up", crate::domain::survey::keypad::GiveUp::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-state", crate::domain::dialer::DialState::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-outcome", crate::domain::dialer::Outcome::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-reason", crate::domain::dialer::retry::Reason::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-contact", crate::domain::dialer::contact::Stage::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-bad", crate::domain::dialer::campaign::WrongSetting::ALL.iter().map(|w| w.as_str()).collect()),
        ("dial-stage", vec!["done", "talking", "dialling", "waiting"]),
        ("dial-mode", dialer::MODES.to_vec()),
        ("dial-mode-hint", dialer::MODES.to_vec()),
        ("dial-rate", vec!["rr1", "coop1", "ref1", "con1"]),
        ("dial-language", vec!["sr", "en"]),
        ("desk", dialer::place::Place::WORDS.to_vec()),
        ("desk-hint", dialer::place::Place::WORDS.to_vec()),
        ("survey-test", surveys::words::TESTS.to_vec()),
        ("survey-test-says", surveys::words::TESTS.to_vec()),
        ("refusal", crate::domain::refusal::Refusal::ALL.iter().map(|w| w.as_str()).collect()),
        ("mail-state", DeliveryState::ALL.iter().map(|w| w.as_str()).collect()),
        ("entry-mail", crate::domain::mail::MailPurpose::ALL.iter().map(|w| w.as_str()).collect()),
        ("mail-kind", crate::domain::mail::MailKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("ended", EndedBy::ALL.iter().map(|w| w.as_str()).collect()),
        ("trunk", vec!["by_address", "down", "registered", "trying", "up"]),
        ("supervised", vec!["listen", "whisper", "barge"]),
        ("left-queue", vec!["callback", "finished", "hung_up", "key", "no_agents", "overflow", "timeout"]),
        ("danger", Danger::ALL.iter().map(|w| w.as_str()).collect()),
        ("handed-in", HandedIn::ALL.iter().map(|w| w.as_str()).collect()),
        ("problem", Problem::ALL.iter().map(|w| w.as_str()).collect()),
        ("file-kind", vec!["unknown", "text", "old_office", "program", "script"]),
        ("stage", board::view::STAGES.to_vec()),
        ("operator", board::view::STATES.to_vec()),
        ("offence", vec!["wrong_password", "unknown_phone", "scanner"]),
        ("strategy", crate::domain::queue::Strategy::ALL.iter().map(|w| w.as_str()).collect()),
        ("says", crate::dialplan::phrase::Phrase::samples().iter().map(|phrase| phrase.key()).collect()),
        ("webhook-event", webhooks::event_words()),
        ("webhook-state", crate::domain::webhook::Delivery::ALL.iter().map(|w| w.as_str()).collect()),
        ("webhook-rests", crate::domain::webhook::Rests::ALL.iter().map(|w| w.as_str()).collect()),
        ("keep-wrong", crate::actions::kept_template::Part::ALL.iter().map(|w| w.as_str()).collect()),
        (
            "template-kind",
            crate::domain::kept_template::TemplateKind::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        (
            "template-kinds",
            crate::domain::kept_template::TemplateKind::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        ("template-field", crate::domain::kept_template::Field::ALL.iter().map(|w| w.as_str()).collect()),
        ("act", crate::domain::case_macro::Act::WORDS.to_vec()),
        ("catalogue-wrong", crate::actions::catalogue::Field::ALL.iter().map(|w| w.as_str()).collect()),
        (
            "department-kind",
            crate::domain::department::DepartmentKind::ALL.iter().map(|w| w.as_str()).collect(),
        ),
        ("question-kind", crate::domain::question::QuestionKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("question-wrong", crate::domain::question::Wrong::ALL.iter().map(|w| w.as_str()).collect()),
        ("dues", cases::filter::Due::ALL.iter().map(|w| w.as_str()).collect()),
        ("goal", deadline::Goal::ALL.iter().map(|w| w.as_str()).collect()),
        ("unit", deadline::Unit::ALL.iter().map(|w| w.as_str()).collect()),
        ("begin", deadline::Begin::ALL.iter().map(|w| w.as_str()).collect()),
        ("last-day", deadline::LastDay::ALL.iter().map(|w| w.as_str()).collect()),
        ("pause", deadline::PauseReason::ALL.iter().map(|w| w.as_str()).collect()),
        ("deadline-state", deadline::DeadlineState::ALL.iter().map(|w| w.as_str()).collect()),
        ("deadline-wrong", vec!["key", "name", "source", "amount", "extend-by", "warn-hours", "escalation"]),
        ("addressee", deadline::alarm::Addressee::ALL.iter().map(|w| w.as_str()).collect()),
        ("when", vec!["share", "before", "after"]),
        ("task", TaskKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("arrived", crate::domain::mail::MailParty::ALL.iter().map(|w| w.as_str()).collect()),
        ("waits-arrived", crate::domain::mail::MailParty::ALL.iter().map(|w| w.as_str()).collect()),
        ("mail-failed", vec!["reply", "forward", crate::actions::mail::UNSTORED]),
        ("waits-failed", vec!["reply", "forward", crate::actions::mail::UNSTORED]),
        (
            "watched",
            vec![
                "answered",
                "reopened",
                "forwarded",
                "sent_back",
                "status_changed",
                "merged",
                "unmerged",
                "mail_received",
            ],
        ),
        ("notice-why", cases::timeline::WHY.to_vec()),
        ("entry-told", TaskKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("outcome", crate::domain::case::Outcome::ALL.iter().map(|w| w.as_str()).collect()),
        ("told", crate::domain::case::Told::ALL.iter().map(|w| w.as_str()).collect()),
        ("order", crate::store::case_list::Order::ALL.iter().map(|w| w.as_str()).collect()),
        ("alerts", crate::domain::alert::Alerts::ALL.iter().map(|w| w.as_str()).collect()),
        ("tell-by", TellBy::ALL.iter().map(|w| w.as_str()).collect()),
        ("point", PointKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("consent", ConsentKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("consent-state", vec!["given", "withdrawn", "unknown"]),
        ("means", ConsentMeans::ALL.iter().map(|w| w.as_str()).collect()),
        ("opt-out-channel", OptOutChannel::ALL.iter().map(|w| w.as_str()).collect()),
        ("opt-out-means", OptOutMeans::ALL.iter().map(|w| w.as_str()).collect()),
        ("opt-out-line", vec!["no-address", "other-channel", "too-long"]),
        ("party", vec!["follower", "witness"]),
        ("card", people::view::ENTRIES.to_vec()),
        ("bulk", cases::bulk::ACTIONS.to_vec()),
        ("bulk-missing", vec!["action", "assign", "forward", "classify", "note", "macro"]),
        ("outcome", Outcome::ALL.iter().map(|w| w.as_str()).collect()),
        ("told", Told::ALL.iter().map(|w| w.as_str()).collect()),
        ("way", Way::ALL.iter().map(|w| w.as_str()).collect()),
        ("by-hand", ByHand::ALL.iter().map(|w| w.as_str()).collect()),
        ("notice-receipt", NoticeState::ALL.iter().map(|w| w.as_str()).collect()),
        ("notice-outcome", NoticeState::ALL.iter().map(|w| w.as_str()).collect()),
        ("notice-reply", NoticeState::ALL.iter().map(|w| w.as_str()).collect()),
        ("notice-split", NoticeState::ALL.iter().map(|w| w.as_str()).collect()),
        ("notice-follower", NoticeState::ALL.iter().map(|w| w.as_str()).collect()),
        ("line", vec!["ringing", "talking"]),
        ("link", LinkKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("link-back", LinkKind::ALL.iter().map(|w| w.as_str()).collect()),
        ("role", Role::ALL.iter().map(|w| w.as_str()).collect()),
        ("node", dialplans::graph::WORDS.to_vec()),
        ("weekday", vec!["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
    ]
}
