//! What every page knows: the reader's language, who is logged in, the form token.

use std::ops::Deref;
use std::sync::Arc;

use axum::response::{Html, IntoResponse, Response};

use super::assets::{self, Asset};
use super::error::WebError;
use super::i18n::{Language, Locale};
use crate::domain::permission::{Decision, OnCase, Right, Role};
use crate::store::directory::{Directory, User};
use crate::store::task::TASKS_COUNTED;

#[derive(Clone, Debug)]
pub struct Page {
    pub locale: Locale,
    pub user: Option<User>,
    /// With the roles: what the reader may is asked here.
    pub directory: Arc<Directory>,
    /// Stands in every form; see `csrf`.
    pub csrf: String,
    pub municipality: String,
    /// How many tasks wait for the user, as far as they are counted.
    pub tasks: i64,
    /// Addresses of pages that say what is wrong; see `trouble`.
    pub troubles: Vec<&'static str>,
    /// Path and query of this page, to come back to it after a change of language.
    pub here: String,
}

impl Deref for Page {
    type Target = Locale;

    fn deref(&self) -> &Locale {
        &self.locale
    }
}

/// What somebody has to do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Somebody else chose the password.
    Password,
    /// The role wants a second factor.
    SecondFactor,
}

impl Page {
    pub fn duty(&self) -> Option<Duty> {
        let user = self.user.as_ref()?;
        if self.directory.new_passwords.contains(&user.id) {
            return Some(Duty::Password);
        }
        let needs = self.directory.role(user.role_id).is_some_and(|role| role.needs_second_factor);
        (needs && !self.directory.second_factors.contains(&user.id)).then_some(Duty::SecondFactor)
    }

    pub fn style(&self) -> Asset {
        assets::APP_CSS
    }

    pub fn script(&self) -> Asset {
        assets::APP_JS
    }

    /// Of the editor of dialplans, which other pages need not load.
    pub fn plan_script(&self) -> Asset {
        assets::PLAN_JS
    }

    pub fn icon(&self) -> Asset {
        assets::ICON
    }

    pub fn icons(&self) -> &'static str {
        assets::ICONS.path
    }

    pub fn languages(&self) -> [Language; 3] {
        Language::ALL
    }

    /// The municipality's name in the reader's script.
    pub fn place(&self) -> String {
        self.locale.name(&self.municipality, None)
    }

    pub fn is_under(&self, path: &str) -> bool {
        self.here.split('?').next().is_some_and(|here| here == path || here.starts_with(&format!("{path}/")))
    }

    /// Whether to show what only some may do. The action asks again.
    pub fn may(&self, right: Right) -> bool {
        self.decide(right, None).allowed
    }

    /// The same about a case.
    pub fn may_on(&self, right: Right, on: &OnCase) -> bool {
        self.decide(right, Some(on)).allowed
    }

    pub fn decide(&self, right: Right, on: Option<&OnCase>) -> Decision {
        match &self.user {
            Some(user) => self.directory.decide(user.id, right, on),
            None => Decision::unknown(right),
        }
    }

    /// Whether the header shows what the reader does now; see `presence`.
    pub fn takes_calls(&self) -> bool {
        self.user.as_ref().is_some_and(|user| matches!(user.role, Role::Operator | Role::Supervisor))
    }

    /// Whether the page says who is on the line.
    pub fn sees_line(&self) -> bool {
        self.takes_calls() && self.may(Right::ReadPeople)
    }

    /// In the header.
    pub fn tasks_shown(&self) -> String {
        if self.tasks < TASKS_COUNTED { self.tasks.to_string() } else { format!("{}+", TASKS_COUNTED - 1) }
    }

    pub fn reads_people(&self) -> bool {
        self.may(Right::ReadPeople)
    }

    pub fn opens_cases(&self) -> bool {
        self.may(Right::OpenCase)
    }

    /// The name of the reader's role, which may have been added here.
    pub fn role_name(&self) -> String {
        let role = self.user.as_ref().and_then(|user| self.directory.role(user.role_id));
        role.map(|role| self.name(&role.name_sr, Some(&role.name_en))).unwrap_or_default()
    }

    pub fn erases_people(&self) -> bool {
        self.may(Right::ErasePeople)
    }

    pub fn supervises(&self) -> bool {
        self.may(Right::Supervise)
    }
}

pub fn html(template: impl askama::Template) -> Result<Response, WebError> {
    Ok(Html(template.render()?).into_response())
}
