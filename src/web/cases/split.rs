//! A second matter of a case becomes a case of its own: what belongs to it is marked, looked over and carried out.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::change;
use super::timeline::{Body, EntryView};
use super::view::{Choice, Labelled, RowView, Viewer};
use crate::actions::ActionError;
use crate::actions::split::{NewSplit, SplitPreview, UnsplitError, Whose};
use crate::domain::id::{CaseEventId, CaseId, CategoryId, PersonId};
use crate::domain::permission::Right;
use crate::domain::split::may_take;
use crate::store::case::CaseDetail;
use crate::web::auth::SignedIn;
use crate::web::deadlines::{chip, explain};
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

#[derive(Debug)]
pub struct SplitView {
    pub case: RowView,
    pub fields: SplitFields,
    pub entries: Vec<TakeView>,
    pub categories: Vec<Choice>,
    pub whose: Vec<Choice>,
    pub preview: Option<PreviewView>,
    pub problem: Option<String>,
}

/// An entry that can go with the new case.
#[derive(Debug)]
pub struct TakeView {
    pub id: i64,
    pub icon: &'static str,
    pub title: String,
    pub who: String,
    pub when: String,
    pub machine: String,
    /// What was said, or the name of a file.
    pub words: String,
    pub chosen: bool,
}

/// What would come of it.
#[derive(Debug)]
pub struct PreviewView {
    pub category: String,
    pub department: String,
    pub channel: Labelled,
    pub since: String,
    pub deadlines: Vec<DueView>,
    pub entries: i64,
    pub tells: bool,
}

#[derive(Debug)]
pub struct DueView {
    pub name: String,
    pub due: String,
    pub explanation: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "cases/split.html")]
pub struct SplitPage<'a> {
    pub page: &'a Page,
    pub view: SplitView,
}

/// As it was sent; a box that is ticked comes once for each.
#[derive(Clone, Debug, Default)]
pub struct SplitFields {
    pub version: i64,
    pub category: String,
    pub words: String,
    pub place: String,
    /// `same`, `nobody`, or the id of a person.
    pub whose: String,
    pub entries: Vec<i64>,
    carry_out: bool,
}

impl SplitFields {
    fn read(sent: Vec<(String, String)>) -> Self {
        let mut fields = Self { whose: "same".into(), ..Self::default() };
        for (name, value) in sent {
            match name.as_str() {
                "version" => fields.version = value.parse().unwrap_or_default(),
                "category" => fields.category = value,
                "words" => fields.words = value,
                "place" => fields.place = value,
                "whose" => fields.whose = value,
                "entry" => fields.entries.extend(value.parse::<i64>()),
                "do" => fields.carry_out = value == "split",
                _ => {}
            }
        }
        fields
    }

    /// The key of what is missing.
    fn split(&self) -> Result<NewSplit, &'static str> {
        if self.entries.is_empty() {
            return Err("split-no-entries");
        }
        let category = self.category.parse().map(CategoryId).map_err(|_| "split-no-category")?;
        if self.words.trim().is_empty() {
            return Err("split-no-words");
        }
        let whose = match self.whose.as_str() {
            "same" => Whose::Same,
            "nobody" => Whose::Nobody,
            person => Whose::Other(PersonId(person.parse().map_err(|_| "split-no-person")?)),
        };
        Ok(NewSplit {
            category,
            words: self.words.clone(),
            place: self.place.clone(),
            whose,
            entries: self.entries.iter().copied().map(CaseEventId).collect(),
        })
    }
}

pub async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, WebError> {
    let detail = detail(&app, &signed_in, CaseId(id)).await?;
    let fields = SplitFields { version: detail.case.version, ..SplitFields::read(Vec::new()) };
    html(SplitPage { page: &signed_in.page, view: view(&app, &signed_in, &detail, fields).await? })
}

/// Looks it over, or carries it out.
pub async fn split(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let (case, actor) = (CaseId(id), signed_in.actor());
    let detail = detail(&app, &signed_in, case).await?;
    let fields = SplitFields::read(sent);
    let new = match fields.split() {
        Ok(new) => new,
        Err(missing) => return again(&app, &signed_in, &detail, fields, missing).await,
    };
    if !fields.carry_out {
        let preview = app.actions.try_split(&actor, case, new.clone()).await?;
        let mut view = view(&app, &signed_in, &detail, fields).await?;
        view.preview = Some(previewed(&app, &signed_in, &new, &preview));
        return html(SplitPage { page: &signed_in.page, view });
    }
    match app.actions.split_case(&actor, case, fields.version, new).await {
        Ok(split) => Ok(Redirect::to(&format!("/cases/{}", split.case.id)).into_response()),
        // What was written is kept; the next look is at the case as it is now.
        Err(ActionError::Conflict) => {
            let fields = SplitFields { version: detail.case.version, ..fields };
            again(&app, &signed_in, &detail, fields, "conflict").await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
pub struct UnsplitForm {
    /// The case that was split off.
    part: i64,
}

pub async fn unsplit(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(form): Form<UnsplitForm>,
) -> Result<Response, WebError> {
    let done = match app.actions.unsplit_case(&signed_in.actor(), CaseId(form.part)).await {
        Ok(_) => Ok(()),
        Err(UnsplitError::Not(why)) => Err(WebError::Told(signed_in.page.say(why.key()))),
        Err(UnsplitError::Action(error)) => Err(error.into()),
    };
    change::answer(&app, &signed_in, CaseId(id), done, &headers).await
}

async fn detail(app: &App, signed_in: &SignedIn, id: CaseId) -> Result<CaseDetail, WebError> {
    signed_in.require(Right::SplitCase)?;
    let detail = app.actions.read_case(&signed_in.actor(), id).await?;
    signed_in.require_on(Right::SplitCase, &detail.case.facts())?;
    Ok(detail)
}

async fn again(
    app: &App,
    signed_in: &SignedIn,
    detail: &CaseDetail,
    fields: SplitFields,
    problem: &str,
) -> Result<Response, WebError> {
    let mut view = view(app, signed_in, detail, fields).await?;
    view.problem = Some(signed_in.page.say(problem));
    let shown = html(SplitPage { page: &signed_in.page, view })?;
    let status = if problem == "conflict" { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, shown).into_response())
}

async fn view(
    app: &App,
    signed_in: &SignedIn,
    detail: &CaseDetail,
    fields: SplitFields,
) -> Result<SplitView, WebError> {
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let row = viewer.row(&detail.case);
    let parts: Vec<CaseId> = detail.parts.iter().map(|part| part.id).collect();
    let takeable: Vec<i64> = detail
        .timeline
        .iter()
        .filter(|entry| may_take(&entry.entry) && !parts.contains(&entry.case))
        .map(|entry| entry.id.0)
        .collect();
    let entries = viewer.timeline(detail).into_iter().filter(|entry| takeable.contains(&entry.id));
    let entries = entries.map(|entry| take(entry, &fields.entries)).collect();
    let choice =
        |value: &str, label: String| Choice { chosen: value == fields.whose, value: value.to_owned(), label };
    let mut whose = vec![choice("same", page.with("split-whose-same", "who", &row.who))];
    for (person, name) in app.db.case_followers(detail.case.id).await? {
        let name = if name.is_empty() { page.say("person-unnamed") } else { viewer.script(&name) };
        whose.push(choice(&person.to_string(), name));
    }
    whose.push(choice("nobody", page.say("split-whose-nobody")));
    Ok(SplitView {
        case: row,
        entries,
        categories: viewer.categories(&fields.category),
        whose,
        preview: None,
        problem: None,
        fields,
    })
}

fn take(entry: EntryView, chosen: &[i64]) -> TakeView {
    TakeView {
        chosen: chosen.contains(&entry.id),
        id: entry.id,
        icon: entry.icon,
        title: entry.title,
        who: entry.who,
        when: entry.whole,
        machine: entry.machine,
        words: match entry.body {
            Body::Detail(words) | Body::Words(words) | Body::Text { words, .. } => words,
            Body::Mail(mail) => format!("{} {}", mail.subject, mail.words).trim().to_owned(),
            Body::File(file) => file.name,
            Body::Recording(recording) => recording.length,
            Body::None | Body::Change { .. } => String::new(),
        },
    }
}

fn previewed(app: &App, signed_in: &SignedIn, new: &NewSplit, preview: &SplitPreview) -> PreviewView {
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let due = |deadline: &crate::store::deadline::NewDeadline| DueView {
        name: viewer.profile(&deadline.profile),
        due: chip::moment(&page.locale, deadline.due.at),
        explanation: explain::explain(&page.locale, &deadline.due.explanation),
    };
    PreviewView {
        category: viewer.category(new.category),
        department: preview.department.map(|d| viewer.department(d)).unwrap_or_default(),
        channel: viewer.channel(preview.channel),
        since: page.moment(preview.since),
        deadlines: preview.deadlines.iter().map(due).collect(),
        entries: i64::try_from(preview.entries.len()).unwrap_or(i64::MAX),
        tells: new.whose == Whose::Same,
    }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    /// With everything that can be on it.
    pub fn page(page: &Page, case: RowView, words: &str) -> askama::Result<String> {
        let text = || words.to_owned();
        let choice = || vec![Choice { value: text(), label: text(), chosen: true }];
        let entry = TakeView {
            id: 1,
            icon: "sms",
            title: text(),
            who: text(),
            when: text(),
            machine: "x".into(),
            words: text(),
            chosen: true,
        };
        let preview = PreviewView {
            category: text(),
            department: text(),
            channel: Labelled { word: "sms", label: text() },
            since: text(),
            deadlines: vec![DueView { name: text(), due: text(), explanation: vec![text()] }],
            entries: 1,
            tells: true,
        };
        let fields = SplitFields {
            version: 1,
            category: text(),
            words: text(),
            place: text(),
            whose: text(),
            entries: vec![1],
            carry_out: false,
        };
        let view = SplitView {
            case,
            fields,
            entries: vec![entry],
            categories: choice(),
            whose: choice(),
            preview: Some(preview),
            problem: Some(text()),
        };
        SplitPage { page, view }.render()
    }
}
