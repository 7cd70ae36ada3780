//! Who may do what, as administrators see and change it: the matrix of roles and rights, the rules of one cell, the roles themselves;
//! and the page that says why somebody may or may not.

pub mod cell;
pub mod roles;
pub mod why;
pub mod words;

use std::collections::HashMap;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use self::words::role_name;
use crate::actions::ActionError;
use crate::actions::index::ACTIONS;
use crate::domain::id::RoleId;
use crate::domain::permission::defaults::{Subject, about};
use crate::domain::permission::rule::{Extent, Rule};
use crate::domain::permission::{Right, RoleRules};
use crate::web::auth::SignedIn;
use crate::web::cases::view::Choice;
use crate::web::error::WebError;
use crate::web::page::{Page, html};
use crate::web::state::App;

/// In a cell whose rules no single word describes.
const CUSTOM: &str = "custom";

#[derive(Debug)]
pub struct Group {
    pub title: String,
    pub rows: Vec<RightRow>,
}

#[derive(Debug)]
pub struct RightRow {
    pub name: String,
    pub cells: Vec<Cell>,
}

#[derive(Debug)]
pub struct Cell {
    /// Of the field: role and right.
    pub name: String,
    pub label: String,
    /// Of the rules behind it.
    pub href: String,
    pub choices: Vec<Choice>,
    /// What is stored; the script marks what differs.
    pub was: String,
    pub changed: bool,
    /// Administrators keep it: nothing to choose.
    pub kept: bool,
    /// The rules in words, when no single word describes them.
    pub rules: Vec<String>,
}

#[derive(Debug)]
pub struct RoleHeading {
    pub id: i64,
    pub name: String,
    pub users: String,
}

#[derive(askama::Template)]
#[template(path = "rights/matrix.html")]
pub struct MatrixPage<'a> {
    pub page: &'a Page,
    pub version: i64,
    pub headings: Vec<RoleHeading>,
    pub groups: Vec<Group>,
    pub roles: Vec<roles::RoleView>,
    pub sources: Vec<Choice>,
    pub notice: Option<String>,
    pub problem: Option<String>,
}

pub async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(Right::ManageRights)?;
    let saved = signed_in.page.here.contains("saved=1").then(|| signed_in.page.say("rights-saved"));
    matrix(&app, &signed_in, &HashMap::new(), saved, None).await
}

/// Every cell of the page is sent; those that differ from what is stored are changed. Nothing is overwritten that somebody else changed
/// since the page was opened: then it comes again, with what was chosen still chosen.
pub async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let chosen: HashMap<String, String> = pairs.into_iter().collect();
    let version = chosen.get("version").and_then(|v| v.parse::<i64>().ok());
    if version != Some(app.db.rights_version().await?) {
        let problem = signed_in.page.say("rights-stale");
        let page = matrix(&app, &signed_in, &chosen, None, Some(problem)).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let directory = app.db.directory();
    let mut cells: Vec<(RoleId, Right, Vec<Rule>)> = Vec::new();
    for role in &directory.roles {
        for right in rights() {
            let Some(word) = chosen.get(&field(role.id, right)) else { continue };
            let rules = role.rules(right);
            let extent = choices_of(right).into_iter().find(|extent| extent.as_str() == word);
            if let Some(extent) = extent.filter(|extent| extent.rules() != rules) {
                cells.push((role.id, right, extent.rules()));
            }
        }
    }
    match app.actions.set_rules(&signed_in.actor(), cells).await {
        Ok(()) => Ok(Redirect::to("/rights?saved=1").into_response()),
        Err(ActionError::Invalid(_)) => {
            let problem = signed_in.page.say("rights-invalid");
            let page = matrix(&app, &signed_in, &chosen, None, Some(problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// Those that some action asks for: the matrix shows no switch that is connected to nothing.
pub fn rights() -> impl Iterator<Item = Right> {
    Right::ALL.iter().copied().filter(|right| ACTIONS.iter().any(|action| action.right == *right))
}

pub(super) async fn matrix(
    app: &App,
    signed_in: &SignedIn,
    chosen: &HashMap<String, String>,
    notice: Option<String>,
    problem: Option<String>,
) -> Result<Response, WebError> {
    let page = &signed_in.page;
    let version = app.db.rights_version().await?;
    html(view(page, version, chosen, notice, problem))
}

fn view<'a>(
    page: &'a Page,
    version: i64,
    chosen: &HashMap<String, String>,
    notice: Option<String>,
    problem: Option<String>,
) -> MatrixPage<'a> {
    let all = &page.directory.roles;
    let groups = Subject::ALL
        .iter()
        .map(|subject| Group {
            title: page.word("subject", subject.as_str()),
            rows: rights()
                .filter(|right| about(*right).subject == *subject)
                .map(|right| row(page, right, chosen))
                .collect(),
        })
        .filter(|group| !group.rows.is_empty())
        .collect();
    let headings = all
        .iter()
        .map(|role| RoleHeading {
            id: role.id.0,
            name: role_name(page, role),
            users: page.count("role-users", users_of(page, role.id)),
        })
        .collect();
    let sources = all
        .iter()
        .map(|role| Choice { value: role.id.to_string(), label: role_name(page, role), chosen: false })
        .collect();
    let roles = all.iter().map(|role| roles::view(page, role)).collect();
    MatrixPage { page, version, headings, groups, roles, sources, notice, problem }
}

pub(super) fn users_of(page: &Page, role: RoleId) -> i64 {
    let count = page.directory.users.iter().filter(|user| user.active && user.role_id == role).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn row(page: &Page, right: Right, chosen: &HashMap<String, String>) -> RightRow {
    let name = page.word("right", right.as_str());
    let cells = page.directory.roles.iter().map(|role| cell(page, role, right, &name, chosen)).collect();
    RightRow { name, cells }
}

fn cell(page: &Page, role: &RoleRules, right: Right, name: &str, chosen: &HashMap<String, String>) -> Cell {
    let rules = role.rules(right);
    let offered = choices_of(right);
    let extent = Extent::of(rules).filter(|extent| offered.contains(extent));
    let was = extent.map_or(CUSTOM, Extent::as_str);
    let field = field(role.id, right);
    let now = chosen.get(&field).map_or(was, String::as_str);
    let mut choices: Vec<Choice> = offered
        .into_iter()
        .map(|extent| Choice {
            value: extent.as_str().into(),
            label: page.word(if about(right).on_case { "extent" } else { "extent-general" }, extent.as_str()),
            chosen: now == extent.as_str(),
        })
        .collect();
    if was == CUSTOM {
        let label = page.say("extent-custom");
        choices.insert(0, Choice { value: CUSTOM.into(), label, chosen: now == CUSTOM });
    }
    Cell {
        label: format!("{}: {name}", role_name(page, role)),
        href: format!("/rights/roles/{}/{right}", role.id),
        choices,
        changed: now != was,
        was: was.into(),
        kept: role.keeps(right),
        rules: if was == CUSTOM {
            rules.iter().map(|rule| cell::sentence(page, rule)).collect()
        } else {
            Vec::new()
        },
        name: field,
    }
}

fn field(role: RoleId, right: Right) -> String {
    format!("c-{role}-{right}")
}

/// What is about no case is allowed whole or not at all.
fn choices_of(right: Right) -> Vec<Extent> {
    if about(right).on_case { Extent::EVERY.to_vec() } else { vec![Extent::All, Extent::No] }
}

#[cfg(test)]
pub mod samples {
    use askama::Template as _;

    use super::*;

    pub fn matrix(page: &Page, words: &str) -> askama::Result<String> {
        let chosen = HashMap::from([("c-4-add_note".to_owned(), "no".to_owned())]);
        view(page, 1, &chosen, Some(words.into()), Some(words.into())).render()
    }

    #[test]
    fn a_chosen_cell_is_marked_and_a_kept_one_cannot_be_chosen() {
        let page = crate::web::samples::page(crate::web::i18n::Language::English);
        let chosen = HashMap::from([(field(RoleId(4), Right::AddNote), "no".to_owned())]);
        let shown = view(&page, 1, &chosen, None, None);
        let cells: Vec<&Cell> = shown.groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.cells).collect();
        let changed: Vec<&str> = cells.iter().filter(|c| c.changed).map(|c| c.name.as_str()).collect();
        assert_eq!(changed, ["c-4-add_note"]);
        let kept: Vec<&str> = cells.iter().filter(|c| c.kept).map(|c| c.name.as_str()).collect();
        assert_eq!(kept, ["c-1-manage_rights", "c-1-manage_users"]);
        assert!(!words::said(&page, &Rule::EVERYWHERE).is_empty());
    }
}
