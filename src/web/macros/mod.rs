//! Macros: the list, the editor, and on a case what one would do before it is done.

pub mod edit;
#[cfg(test)]
pub mod samples;
pub mod use_it;

use axum::extract::State;
use axum::response::Response;

use crate::actions::case_macro::{CaseMacro, Stop, Stopped};
use crate::actions::kept_template::KeptTemplate;
use crate::domain::case_macro::{Act, Assignee};
use crate::domain::flow::Refused as RefusedStep;
use crate::domain::permission::Right;
use crate::web::auth::SignedIn;
use crate::web::cases::view::{Choice, Viewer};
use crate::web::error::WebError;
use crate::web::i18n::Locale;
use crate::web::kept_templates;
use crate::web::page::{Page, html};
use crate::web::rights::words::reason;
use crate::web::state::App;

const RIGHT: Right = Right::ManageTemplates;

/// One line of the list.
#[derive(Debug)]
pub struct MacroRow {
    pub id: i64,
    pub name: String,
    /// The service whose own it is; empty: everybody's.
    pub service: String,
    /// In words, in their order.
    pub acts: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "macros/list.html")]
pub struct MacrosPage<'a> {
    pub page: &'a Page,
    pub macros: Vec<MacroRow>,
    pub archived: Vec<MacroRow>,
}

pub async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, WebError> {
    signed_in.require(RIGHT)?;
    let page = &signed_in.page;
    let directory = app.db.directory();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let (all, templates) = (app.db.macros().await?, app.db.kept_templates().await?);
    let row = |one: &CaseMacro| MacroRow {
        id: one.id.0,
        name: name(&page.locale, one),
        service: one.department.map(|id| viewer.department(id)).unwrap_or_default(),
        acts: one.acts.iter().map(|act| act_words(&viewer, &templates, act)).collect(),
    };
    let (archived, macros): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.archived);
    html(MacrosPage {
        page,
        macros: macros.into_iter().map(row).collect(),
        archived: archived.into_iter().map(row).collect(),
    })
}

pub fn name(locale: &Locale, one: &CaseMacro) -> String {
    locale.name(&one.name_sr, Some(&one.name_en))
}

pub fn choices(locale: &Locale, macros: &[CaseMacro]) -> Vec<Choice> {
    let choice =
        |one: &CaseMacro| Choice { value: one.id.to_string(), label: name(locale, one), chosen: false };
    macros.iter().map(choice).collect()
}

/// An act with what it names: "forward: Waterworks".
pub fn act_words(viewer: &Viewer<'_>, templates: &[KeptTemplate], act: &Act) -> String {
    let t = viewer.locale;
    let template = act.template().and_then(|id| templates.iter().find(|one| one.id == id));
    let template = template.map(|one| kept_templates::name(t, one));
    let named = match act {
        Act::Classify { category } => Some(viewer.category(*category)),
        Act::Assign { to: Assignee::Nobody } => Some(t.say("nobody")),
        Act::Assign { to: Assignee::Me } => Some(t.say("macro-me")),
        Act::Assign { to: Assignee::User(user) } => Some(viewer.user(*user)),
        Act::Forward { to, .. } => Some(viewer.department(*to)),
        Act::Answer { outcome, .. } => Some(t.word("outcome", outcome.as_str())),
        Act::PauseDeadlines { reason, .. } => Some(t.word("pause", reason.as_str())),
        _ => None,
    };
    let details: Vec<String> = [named, template].into_iter().flatten().collect();
    let act = t.word("act", act.word());
    if details.is_empty() { act } else { format!("{act}: {}", details.join(", ")) }
}

/// Why the macro does nothing here, in a sentence that names the act.
pub fn stopped(page: &Page, viewer: &Viewer<'_>, templates: &[KeptTemplate], stopped: &Stopped) -> String {
    let why = match &stopped.why {
        Stop::Refused(why) => {
            let status = match why {
                RefusedStep::NotFrom { status, .. } => viewer.status(*status).label,
                _ => String::new(),
            };
            page.with(why.key(), "status", status)
        }
        Stop::Forbidden(decision) => format!("{}. {}", page.say("bulk-forbidden"), reason(page, decision)),
        Stop::Lost => page.say("macro-lost"),
        Stop::Gap(field) => page.with("macro-gap", "field", page.word("template-field", field.as_str())),
        Stop::Other(_) => page.say("macro-impossible"),
    };
    let act = act_words(viewer, templates, &stopped.act);
    page.with_values("macro-stopped", &[("at", stopped.at.to_string()), ("act", act), ("why", why)])
}
