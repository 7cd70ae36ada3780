//! One change to many cases of the list: chosen, looked over, carried out in pieces.

use axum::Form;
use axum::extract::{Query as UrlQuery, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::filter::Query;
use super::view::{Choice, RowView, Viewer};
use crate::actions::ActionError;
use crate::actions::bulk::{Change, MOST_CASES, Verdict};
use crate::actions::kept_template::KeptTemplate;
use crate::domain::id::{CaseId, CategoryId, DepartmentId, MacroId, UserId};
use crate::domain::permission::Right;
use crate::store::case_list::PAGE_MAX;
use crate::web::auth::SignedIn;
use crate::web::client::is_partial;
use crate::web::error::WebError;
use crate::web::macros;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// What is chosen, as one form that every page of it carries on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    /// Ids with a comma between, or `id:version` once they were looked over.
    pub cases: String,
    /// The query of the list, when all that it finds are meant.
    pub filter: String,
    pub action: String,
    pub assignee: String,
    pub department: String,
    pub category: String,
    pub words: String,
    /// The id of a macro.
    #[serde(rename = "macro")]
    pub used: String,
}

impl BulkForm {
    /// A browser without scripts sends the boxes that are ticked, one by one.
    fn read(sent: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        let mut picked: Vec<String> = Vec::new();
        for (name, value) in sent {
            match name.as_str() {
                "cases" => form.cases = value,
                "filter" => form.filter = value,
                "action" => form.action = value,
                "assignee" => form.assignee = value,
                "department" => form.department = value,
                "category" => form.category = value,
                "words" => form.words = value,
                "macro" => form.used = value,
                "picked" if picked.len() <= MOST_CASES => picked.push(value),
                _ => {}
            }
        }
        if form.cases.is_empty() {
            form.cases = picked.join(",");
        }
        form
    }
}

#[derive(Debug, Default)]
pub struct BulkView {
    pub form: BulkForm,
    pub rows: Vec<BulkRow>,
    /// `id:version` of those that will change, with a comma between.
    pub ready: String,
    pub ready_count: i64,
    pub actions: Vec<Choice>,
    pub users: Vec<Choice>,
    pub departments: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub macros: Vec<Choice>,
    /// More were found than can be changed at once.
    pub cut: bool,
    pub problem: Option<String>,
    pub done: bool,
}

#[derive(Debug)]
pub struct BulkRow {
    pub case: RowView,
    /// `will`, `already`, `no` or `done`.
    pub state: &'static str,
    pub why: String,
}

#[derive(askama::Template)]
#[template(path = "cases/bulk.html")]
pub struct BulkPage<'a> {
    pub page: &'a Page,
    pub view: BulkView,
}

#[derive(askama::Template)]
#[template(path = "cases/_bulk_rows.html")]
pub struct BulkRows {
    pub view: BulkView,
}

impl BulkView {
    pub fn count(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
    }
}

pub const ACTIONS: &[&str] =
    &["take_up", "put_back", "assign", "forward", "classify", "close", "watch", "note", "macro"];

/// What would happen to each. Also the place where the action is chosen.
pub async fn preview(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ChangeInBulk)?;
    let form = BulkForm::read(sent);
    app.actions.list_viewed(&signed_in.actor(), "cases").await?;
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let (cases, cut) = chosen(&app, &signed_in, &form).await?;
    let mut view = frame(&viewer, form);
    view.macros = offered(&app, &signed_in, &view.form.used).await?;
    let templates = app.db.kept_templates().await?;
    view.cut = cut;
    match change(&view.form) {
        Ok(change) => {
            for preview in app.actions.preview_bulk(&signed_in.actor(), &cases, &change).await? {
                let (state, why) = words(page, &viewer, &templates, &preview.verdict);
                if state == "will" {
                    let comma = if view.ready.is_empty() { "" } else { "," };
                    view.ready.push_str(&format!("{comma}{}:{}", preview.case.id, preview.case.version));
                    view.ready_count += 1;
                }
                view.rows.push(BulkRow { case: viewer.row(&preview.case), state, why });
            }
        }
        Err(problem) => {
            view.problem = (!view.form.action.is_empty()).then(|| page.word("bulk-missing", problem));
            for id in cases {
                if let Some(row) =
                    app.db.case_row(id).await?.filter(|row| page.may_on(Right::ReadCases, &row.facts()))
                {
                    view.rows.push(BulkRow { case: viewer.row(&row), state: "chosen", why: String::new() });
                }
            }
        }
    }
    // Also when the action is not chosen yet, the same cases are meant in the next step.
    view.form.cases = view.rows.iter().map(|row| row.case.id.to_string()).collect::<Vec<_>>().join(",");
    view.form.filter = String::new();
    html(BulkPage { page, view })
}

/// A piece, or all of them for a browser without scripts.
pub async fn carry_out(
    State(app): State<App>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Form(form): Form<BulkForm>,
) -> Result<Response, WebError> {
    let directory = app.db.directory();
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let change = change(&form).map_err(|problem| WebError::Told(page.word("bulk-missing", problem)))?;
    let cases: Vec<(CaseId, i64)> = form
        .cases
        .split(',')
        .filter_map(|one| {
            let (id, version) = one.split_once(':')?;
            Some((CaseId(id.trim().parse().ok()?), version.trim().parse().ok()?))
        })
        .collect();
    let mut view = frame(&viewer, form);
    view.done = true;
    for done in app.actions.carry_out_bulk(&signed_in.actor(), &cases, &change).await? {
        let Some(row) = app.db.case_row(done.case).await? else { continue };
        if !page.may_on(Right::ReadCases, &row.facts()) {
            continue;
        }
        let (state, why) = match &done.result {
            Ok(()) => ("done", page.say("bulk-done")),
            Err(error) => ("no", failure(page, error)),
        };
        view.rows.push(BulkRow { case: viewer.row(&row), state, why });
    }
    if is_partial(&headers) { html(BulkRows { view }) } else { html(BulkPage { page, view }) }
}

fn frame(viewer: &Viewer<'_>, form: BulkForm) -> BulkView {
    let actions = ACTIONS.iter().map(|word| Choice {
        value: (*word).to_owned(),
        label: viewer.locale.word("bulk", word),
        chosen: form.action == *word,
    });
    BulkView {
        actions: actions.collect(),
        users: viewer.users(&form.assignee),
        departments: viewer.departments(&form.department),
        categories: viewer.categories(&form.category),
        form,
        ..BulkView::default()
    }
}

/// Those to choose from.
async fn offered(app: &App, signed_in: &SignedIn, chosen: &str) -> Result<Vec<Choice>, WebError> {
    let macros = app.actions.macros_for(&signed_in.actor()).await?;
    let mut choices = macros::choices(&signed_in.page.locale, &macros);
    choices.iter_mut().for_each(|choice| choice.chosen = choice.value == chosen);
    Ok(choices)
}

/// The cases that are meant, and whether there are more than can be changed at once.
async fn chosen(app: &App, signed_in: &SignedIn, form: &BulkForm) -> Result<(Vec<CaseId>, bool), WebError> {
    if form.filter.is_empty() {
        let ids = form.cases.split(',').filter_map(|one| {
            let id = one.split(':').next().unwrap_or_default();
            id.trim().parse().ok().map(CaseId)
        });
        let mut ids: Vec<CaseId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let cut = ids.len() > MOST_CASES;
        ids.truncate(MOST_CASES);
        return Ok((ids, cut));
    }
    let address: Uri = form.filter.parse().map_err(|_| WebError::Invalid("no address of a list".into()))?;
    let UrlQuery(query) =
        UrlQuery::<Query>::try_from_uri(&address).map_err(|error| WebError::Invalid(error.body_text()))?;
    let filter = query.whole_filter(&signed_in.page, signed_in.user.id, signed_in.reach());
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let found = app.db.case_list(&filter, after, PAGE_MAX).await?;
        ids.extend(found.rows.iter().map(|row| row.id));
        if ids.len() > MOST_CASES {
            ids.truncate(MOST_CASES);
            return Ok((ids, true));
        }
        match found.next {
            Some(next) => after = Some(next),
            None => return Ok((ids, false)),
        }
    }
}

/// The word of what is missing.
fn change(form: &BulkForm) -> Result<Change, &'static str> {
    let id = |text: &str| text.trim().parse::<i64>().ok();
    Ok(match form.action.as_str() {
        "take_up" => Change::TakeUp,
        "put_back" => Change::PutBack,
        "close" => Change::Close,
        "assign" if form.assignee.trim().is_empty() => Change::Assign(None),
        "assign" => Change::Assign(Some(UserId(id(&form.assignee).ok_or("assign")?))),
        "forward" => {
            let to = DepartmentId(id(&form.department).ok_or("forward")?);
            Change::Forward { to, note: form.words.clone() }
        }
        "classify" => Change::Classify(CategoryId(id(&form.category).ok_or("classify")?)),
        "watch" => Change::Watch,
        "note" if form.words.trim().is_empty() => return Err("note"),
        "note" => Change::Note(form.words.clone()),
        "macro" => Change::Macro(MacroId(id(&form.used).ok_or("macro")?)),
        _ => return Err("action"),
    })
}

fn words(
    page: &Page,
    viewer: &Viewer<'_>,
    templates: &[KeptTemplate],
    verdict: &Verdict,
) -> (&'static str, String) {
    use crate::domain::flow::Refused;
    match verdict {
        Verdict::Will => ("will", page.say("bulk-will")),
        Verdict::Already => ("already", page.say("bulk-already")),
        Verdict::Impossible(why) => {
            let status = match why {
                Refused::NotFrom { status, .. } => viewer.status(*status).label,
                _ => String::new(),
            };
            ("no", page.with(why.key(), "status", status))
        }
        Verdict::Forbidden(_) => ("no", page.say("bulk-forbidden")),
        Verdict::Stopped(why) => ("no", macros::stopped(page, viewer, templates, why)),
    }
}

fn failure(page: &Page, error: &ActionError) -> String {
    match error {
        ActionError::Conflict => page.say("bulk-conflict"),
        ActionError::Forbidden(_) => page.say("bulk-forbidden"),
        ActionError::NotFound => page.say("error-not-found"),
        _ => page.say("bulk-refused"),
    }
}
