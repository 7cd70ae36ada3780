//! The data-subject report (ZZPL art. 26), to be printed or taken elsewhere.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use axum::response::{IntoResponse, Response};

use crate::actions::person_report::PersonReport;
use crate::domain::id::PersonId;
use crate::store::directory::Directory;
use crate::web::auth::SignedIn;
use crate::web::cases::timeline::Body;
use crate::web::cases::view::{Viewer, for_people};
use crate::web::error::WebError;
use crate::web::i18n::Locale;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct ReportView {
    pub id: i64,
    pub made: String,
    pub name: String,
    pub address: String,
    pub known_since: String,
    pub contact_points: Vec<String>,
    pub cases: Vec<CaseView>,
    pub follows: Vec<String>,
    pub cut: bool,
}

#[derive(Debug)]
pub struct CaseView {
    pub number: String,
    pub opened: String,
    pub channel: String,
    pub status: String,
    pub category: String,
    pub department: String,
    pub caller: String,
    pub place: String,
    pub entries: Vec<EntryView>,
}

#[derive(Debug)]
pub struct EntryView {
    pub at: String,
    pub title: String,
    pub words: String,
    pub who: String,
}

#[derive(askama::Template)]
#[template(path = "privacy/report.html")]
pub struct ReportPage<'a> {
    pub page: &'a Page,
    pub view: ReportView,
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let report = app.actions.person_report(&signed_in.actor(), PersonId(id)).await?;
    let page = &signed_in.page;
    let shown = html(ReportPage { page, view: view(&page.locale, &app.db.directory(), &report) })?;
    Ok(([(CACHE_CONTROL, "no-store")], shown).into_response())
}

pub async fn portable(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let report = app.actions.person_report(&signed_in.actor(), PersonId(id)).await?;
    let name = format!("attachment; filename=\"person-{id}.json\"");
    let headers = [(CONTENT_DISPOSITION, name), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((headers, Json(report.json())).into_response())
}

pub fn view(locale: &Locale, directory: &Directory, report: &PersonReport) -> ReportView {
    let viewer = Viewer { locale, directory };
    let point = |kind: &str, value: &str| match kind {
        "phone" => for_people(value),
        _ => value.to_owned(),
    };
    let cases = report.cases.iter().map(|detail| {
        let row = viewer.row(&detail.case);
        let entries = detail.timeline.iter().zip(viewer.timeline(detail));
        CaseView {
            number: row.number,
            opened: row.opened_whole,
            channel: row.channel.label,
            status: row.status.label,
            category: row.category,
            department: row.department,
            caller: detail.case.caller.as_deref().map(for_people).unwrap_or_default(),
            place: detail.case.place.clone(),
            entries: entries
                .map(|(_, entry)| EntryView {
                    at: entry.whole,
                    title: entry.title,
                    words: words(entry.body),
                    who: entry.who,
                })
                .collect(),
        }
    });
    ReportView {
        id: report.person.id.0,
        made: locale.moment(report.made_at),
        name: viewer.script(&report.person.name),
        address: viewer.script(&report.person.address),
        known_since: locale.moment(report.person.created_at),
        contact_points: report.contact_points.iter().map(|p| point(&p.kind, &p.value)).collect(),
        cases: cases.collect(),
        follows: report.follows.iter().map(|followed| followed.number.to_string()).collect(),
        cut: report.cut,
    }
}

fn words(body: Body) -> String {
    match body {
        Body::None => String::new(),
        Body::Detail(text) | Body::Words(text) => text,
        Body::Change { from, to } => format!("{from} → {to}"),
        Body::Recording(recording) => recording.length,
        Body::File(file) => file.name,
        Body::Mail(mail) => {
            let parts = [mail.subject, mail.words, mail.rest].into_iter().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("\n")
        }
        Body::Text { words, state } => format!("{words} ({})", state.label),
    }
}
