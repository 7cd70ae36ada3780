//! Whom a campaign goes to: an uploaded list with what is wrong in it, and kept segments.

use axum::extract::multipart::Field;
use axum::extract::{Form, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::edit::edited;
use super::{READ, problems, refusal, whole};
use crate::actions::campaign::CampaignError;
use crate::actions::campaign::source::FaultRow;
use crate::domain::campaign::consider::Candidate;
use crate::domain::contact_list::{Columns, Contact, Fault, Reading, read};
use crate::domain::id::{CampaignId, SegmentId, SourceId};
use crate::protocol::sheet::{Sheet, SheetError, Unreadable};
use crate::store::campaign_source::{Source, SourceKind};
use crate::web::auth::SignedIn;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// Rows by which the columns are understood.
const SAMPLE: usize = 50;
/// Rows that go to the store at once.
const BATCH: usize = 2_000;
/// Batches that may wait for the store, so that a long list is not in memory twice.
const AHEAD: usize = 2;

/// What the reader of a list says, in its order.
pub enum Said {
    Opened { fields: Vec<String> },
    Rows { people: Vec<Contact>, faults: Vec<FaultRow> },
    Broken(SheetError),
}

pub async fn add_list(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    form: Multipart,
) -> Result<Response, WebError> {
    let (page, id) = (&signed_in.page, CampaignId(id));
    signed_in.require(crate::domain::permission::Right::ManageCampaigns)?;
    let (name, octets) = file(&app, form).await?;
    let refused = match import(&app, &signed_in, id, &name, octets).await {
        Ok(Ok(source)) if source.1 => return Ok(Redirect::to(&faults_address(id, source.0)).into_response()),
        Ok(Ok(_)) => return Ok(Redirect::to(&format!("/campaigns/{id}#who")).into_response()),
        Ok(Err(sheet)) => (StatusCode::UNPROCESSABLE_ENTITY, vec![sheet_words(page, sheet, &name)]),
        Err(error) => (refusal(&error), problems(page, error)?),
    };
    let campaign = app.db.campaign(id).await?.ok_or(WebError::NotFound)?;
    let draft = campaign.draft.clone();
    Ok((refused.0, html(edited(&app, page, &campaign, &draft, refused.1).await?)?).into_response())
}

fn faults_address(id: CampaignId, source: SourceId) -> String {
    format!("/campaigns/{id}/sources/{source}")
}

/// The name and the octets of the one file of the form.
pub async fn file(app: &App, mut form: Multipart) -> Result<(String, Vec<u8>), WebError> {
    while let Some(field) = form.next_field().await.map_err(|error| WebError::Invalid(error.body_text()))? {
        let name = field.file_name().map(str::to_owned);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            return Ok((name, octets(app, field).await?));
        }
    }
    Err(WebError::Invalid("no file".into()))
}

async fn octets(app: &App, mut field: Field<'_>) -> Result<Vec<u8>, WebError> {
    let longest = usize::try_from(app.config.file_bytes()).unwrap_or(usize::MAX);
    let mut octets = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| WebError::Invalid(error.body_text()))? {
        if octets.len() + piece.len() > longest {
            return Err(WebError::TooLarge { mb: app.config.max_file_mb });
        }
        octets.extend_from_slice(&piece);
    }
    Ok(octets)
}

/// The list with whether something is wrong in it. The inner error: the file is no list.
pub async fn import(
    app: &App,
    signed_in: &SignedIn,
    id: CampaignId,
    name: &str,
    octets: Vec<u8>,
) -> Result<Result<(SourceId, bool), SheetError>, CampaignError> {
    import_as(app, &signed_in.actor(), id, name, octets).await
}

/// The same for a program.
pub async fn import_as(
    app: &App,
    actor: &crate::actions::Actor,
    id: CampaignId,
    name: &str,
    octets: Vec<u8>,
) -> Result<Result<(SourceId, bool), SheetError>, CampaignError> {
    let (reader, mut heard) = reading(app, name, octets);
    let mut list = None;
    while let Some(said) = heard.recv().await {
        match (said, list) {
            (Said::Broken(error), _) => return Ok(Err(error)),
            (Said::Opened { fields }, _) => {
                list = Some(app.actions.begin_list(actor, id, (name, fields)).await?)
            }
            (Said::Rows { people, faults }, Some(source)) => {
                let people = people.into_iter().map(candidate).collect();
                app.actions.fill_list(actor, (id, source), (people, faults)).await?;
            }
            (Said::Rows { .. }, None) => {}
        }
    }
    // A reader that panicked has not said all: the list stays unfinished, and the page says so.
    reader.await.map_err(|error| crate::actions::ActionError::Unavailable(error.to_string()))?;
    let Some(source) = list else { return Ok(Err(SheetError::Empty)) };
    let finished = app.actions.finish_list(actor, (id, source)).await?;
    let faulty = matches!(finished.kind, SourceKind::List { faulty, .. } if faulty > 0);
    Ok(Ok((source, faulty)))
}

/// The rows of a list as they are read, on a thread of its own.
pub fn reading(
    app: &App,
    name: &str,
    octets: Vec<u8>,
) -> (tokio::task::JoinHandle<()>, mpsc::Receiver<Said>) {
    let (said, heard) = mpsc::channel(AHEAD);
    let (file, country) = (name.to_owned(), app.country.clone());
    (tokio::task::spawn_blocking(move || read_list(&octets, &file, &country, &said)), heard)
}

/// A workbook of a hundred thousand rows takes a second.
fn read_list(octets: &[u8], name: &str, country: &str, said: &mpsc::Sender<Said>) {
    let mut sheet = match Sheet::open(octets, name) {
        Ok(sheet) => sheet,
        Err(error) => return drop(said.blocking_send(Said::Broken(error))),
    };
    let sample: Vec<(u32, Vec<String>)> =
        sheet.rows().flatten().take(SAMPLE).map(|row| (row.line, row.cells)).collect();
    if sample.is_empty() {
        return drop(said.blocking_send(Said::Broken(SheetError::Empty)));
    }
    let columns = Columns::of(&sample, country);
    let fields = columns.fields().map(str::to_owned).collect();
    if said.blocking_send(Said::Opened { fields }).is_err() {
        return;
    }
    let (mut people, mut faults) = (Vec::new(), Vec::new());
    for row in sheet.rows() {
        match row {
            Ok(row) if !columns.is_data(row.line) => {}
            Ok(row) => match read(row.line, &row.cells, &columns, country) {
                Reading::Usable { contact, warnings } => {
                    people.push(contact);
                    faults.extend(
                        warnings.iter().filter(|fault| is_told(fault)).map(|fault| fault_row(fault, true)),
                    );
                }
                Reading::Unusable { faults: found } => {
                    faults.extend(found.iter().map(|fault| fault_row(fault, false)))
                }
            },
            // The row before it may lack its last cells: such a list is refused as a whole.
            Err(fault) if fault.what == Unreadable::BrokenOff => {
                return drop(said.blocking_send(Said::Broken(SheetError::Broken)));
            }
            Err(fault) => faults.push(FaultRow {
                line: fault.line,
                fault: serde_json::json!({ "row": fault.what.to_string() }).to_string(),
            }),
        }
        if people.len() + faults.len() >= BATCH {
            let rows =
                Said::Rows { people: std::mem::take(&mut people), faults: std::mem::take(&mut faults) };
            if said.blocking_send(rows).is_err() {
                return;
            }
        }
    }
    let _ = said.blocking_send(Said::Rows { people, faults });
}

/// A missing name is no fault of a list of telephone numbers.
fn is_told(fault: &Fault) -> bool {
    fault.what != crate::domain::contact_list::What::NoName
}

fn candidate(contact: Contact) -> Candidate {
    Candidate {
        person: None,
        name: contact.name,
        phone: contact.phone.map(|phone| phone.as_str().to_owned()),
        email: contact.email.map(|email| email.as_str().to_owned()),
        address: contact.address,
        language: contact.language,
        fields: contact.fields,
    }
}

/// `usable`: the row is a recipient all the same.
fn fault_row(fault: &Fault, usable: bool) -> FaultRow {
    let said = serde_json::json!({ "what": fault.what, "column": fault.column, "value": fault.value, "usable": usable });
    FaultRow { line: fault.line, fault: said.to_string() }
}

pub fn sheet_words(page: &Page, error: SheetError, name: &str) -> String {
    let key = match error {
        SheetError::Empty => "sheet-empty",
        SheetError::Encrypted => "sheet-encrypted",
        SheetError::OldWorkbook => "sheet-old",
        SheetError::OpenDocument => "sheet-open-document",
        SheetError::NotASheet => "sheet-none",
        SheetError::Broken => "sheet-broken",
        SheetError::TooLarge => "sheet-large",
    };
    page.with(key, "name", name)
}

#[derive(Debug, Deserialize)]
pub struct Chosen {
    segment: i64,
}

pub async fn add_segment(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, WebError> {
    let kept = app.db.segment(SegmentId(chosen.segment)).await?.ok_or(WebError::NotFound)?;
    let added = app
        .actions
        .add_segment_to_campaign(&signed_in.actor(), CampaignId(id), (&kept.name, &kept.rule))
        .await;
    added.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/campaigns/{id}#who")).into_response())
}

pub async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, source)): Path<(i64, i64)>,
) -> Result<Response, WebError> {
    let removed = app.actions.remove_source(&signed_in.actor(), (CampaignId(id), SourceId(source))).await;
    removed.map_err(|error| whole(&signed_in.page, error))?;
    Ok(Redirect::to(&format!("/campaigns/{id}#who")).into_response())
}

/// A row of the list of faults.
#[derive(Debug)]
pub struct FaultView {
    pub line: String,
    pub value: String,
    pub what: String,
    /// The row is a recipient all the same.
    pub usable: bool,
}

#[derive(askama::Template)]
#[template(path = "campaigns/faults.html")]
pub struct FaultsPage<'a> {
    pub page: &'a Page,
    pub campaign: i64,
    pub source: i64,
    pub campaign_name: String,
    pub name: String,
    pub usable: String,
    pub faulty: String,
    pub columns: Vec<String>,
    pub faults: Vec<FaultView>,
    pub next: Option<i64>,
    pub may_remove: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct From {
    after: Option<i64>,
}

const FAULTS_SHOWN: u32 = 200;

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path((id, source)): Path<(i64, i64)>,
    Query(from): Query<From>,
) -> Result<Response, WebError> {
    signed_in.require(READ)?;
    let page = &signed_in.page;
    let campaign = app.db.campaign(CampaignId(id)).await?.ok_or(WebError::NotFound)?;
    let sources = app.db.campaign_sources(campaign.id).await?;
    let source = sources.into_iter().find(|one| one.id == SourceId(source)).ok_or(WebError::NotFound)?;
    let Source { kind: SourceKind::List { fields, usable, faulty }, .. } = &source else {
        return Err(WebError::NotFound);
    };
    // Rows of lists have people in them.
    app.actions.list_viewed(&signed_in.actor(), "campaign-list").await?;
    let rows = app.db.campaign_faults(source.id, from.after.unwrap_or(0), FAULTS_SHOWN).await?;
    let full = rows.len() >= usize::try_from(FAULTS_SHOWN).unwrap_or(usize::MAX);
    html(FaultsPage {
        page,
        campaign: id,
        source: source.id.0,
        campaign_name: campaign.draft.name.clone(),
        name: source.name.clone(),
        usable: page.count("campaign-people", *usable),
        faulty: page.count("campaign-faults", *faulty),
        columns: fields.clone(),
        next: rows.last().filter(|_| full).map(|row| row.0),
        faults: rows.iter().map(|(_, row)| fault_view(page, row)).collect(),
        may_remove: super::edit::may_write(page)
            && campaign.state == crate::domain::campaign::CampaignState::Draft,
    })
}

pub fn fault_view(page: &Page, row: &FaultRow) -> FaultView {
    let said: serde_json::Value = serde_json::from_str(&row.fault).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let what = match said.get("row").and_then(serde_json::Value::as_str) {
        Some(_) => page.say("list-fault-row"),
        None => page.word("list-fault", &text("what")),
    };
    let usable = said.get("usable").and_then(serde_json::Value::as_bool).unwrap_or(false);
    FaultView { line: row.line.to_string(), value: text("value"), what, usable }
}
