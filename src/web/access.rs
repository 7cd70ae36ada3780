//! The door of every address: nobody gets through without a rule in `actions/index.rs`. What is not on that list is not reachable
//! at all, so an address that was forgotten there does no harm. The verb behind the address asks again, with the case that it is about.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::api::problem::ApiError;
use super::api::token;
use super::auth::Visitor;
use super::error::WebError;
use super::state::App;
use crate::actions::index::{ACTIONS, OPEN, SIGNED_IN};
use crate::actions::{ActionError, Actor};
use crate::domain::permission::{Decision, Right};

/// Who may come to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    Everybody,
    SignedIn,
    /// Whoever has one of these on some case, or at all.
    OneOf(Vec<Right>),
}

static RULES: LazyLock<HashMap<&'static str, Access>> = LazyLock::new(rules);

fn rules() -> HashMap<&'static str, Access> {
    let mut rules = HashMap::new();
    rules.extend(OPEN.iter().map(|(address, _)| (*address, Access::Everybody)));
    rules.extend(SIGNED_IN.iter().map(|(address, _)| (*address, Access::SignedIn)));
    for action in ACTIONS {
        for address in action.reached {
            match rules.entry(address).or_insert_with(|| Access::OneOf(Vec::new())) {
                Access::OneOf(rights) => rights.push(action.right),
                other => {
                    tracing::error!(address, ?other, "an action is reached by an address that needs no right")
                }
            }
        }
    }
    rules
}

/// `None`: nobody may.
pub fn of(method: &Method, path: &str) -> Option<&'static Access> {
    // What answers GET answers HEAD.
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    RULES.get(format!("{method} {path}").as_str()).or_else(|| RULES.get(format!("ANY {path}").as_str()))
}

/// Around every page.
pub async fn pages(request: Request, next: Next) -> Response {
    let access = match found(&request) {
        Ok(access) => access,
        Err(NoRule::OtherMethod) => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Err(NoRule::Nowhere(address)) => {
            return WebError::Internal(format!("src/actions/index.rs has no rule for {address}"))
                .into_response();
        }
    };
    let page = request.extensions().get::<Visitor>().map(|visitor| &visitor.page);
    let refusal = match (access, page) {
        (Access::Everybody, _) => None,
        (_, None) => Some(WebError::Internal("no visitor".into())),
        (_, Some(page)) if page.user.is_none() => Some(WebError::SignIn),
        (Access::SignedIn, Some(_)) => None,
        (Access::OneOf(rights), Some(page)) => {
            refused(rights, |right| page.decide(right, None)).map(WebError::Forbidden)
        }
    };
    // First a password of one's own, and the second factor that the role wants.
    let must = page.is_some_and(|page| page.duty().is_some());
    if must && *access != Access::Everybody && !matched(&request).starts_with("/me") {
        return Redirect::to("/me").into_response();
    }
    match refusal {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

/// Around every address of the API.
pub async fn api(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let access = match found(&request) {
        Ok(access) => access,
        Err(NoRule::OtherMethod) => return ApiError::MethodNotAllowed.into_response(),
        Err(NoRule::Nowhere(address)) => {
            tracing::error!(
                address,
                "src/actions/index.rs has no rule for this address: nobody gets through"
            );
            return ApiError::NotFound.into_response();
        }
    };
    if *access == Access::Everybody {
        return next.run(request).await;
    }
    let client = match token::verify(&app, request.headers().get(AUTHORIZATION)).await {
        Ok(client) => client,
        Err(error) => return error.into_response(),
    };
    let actor: Actor = client.actor();
    if let Access::OneOf(rights) = access
        && let Some(decision) = refused(rights, |right| app.actions.decide(&actor, right, None))
    {
        return ApiError::Action(ActionError::Forbidden(decision)).into_response();
    }
    request.extensions_mut().insert(client);
    next.run(request).await
}

fn matched(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

#[derive(Debug)]
enum NoRule {
    /// The path is known by another method.
    OtherMethod,
    Nowhere(String),
}

fn found(request: &Request) -> Result<&'static Access, NoRule> {
    let path = matched(request);
    of(request.method(), path).ok_or_else(|| {
        let known = |address: &&str| address.split_once(' ').is_some_and(|(_, known)| known == path);
        if RULES.keys().any(known) {
            NoRule::OtherMethod
        } else {
            NoRule::Nowhere(format!("{} {path}", request.method()))
        }
    })
}

/// The reason when none of the rights is there: that of the last.
fn refused(rights: &[Right], decide: impl Fn(Right) -> Decision) -> Option<Box<Decision>> {
    let mut last = None;
    for right in rights {
        let decision = decide(*right);
        if decision.allowed {
            return None;
        }
        last = Some(Box::new(decision));
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_rule_is_nobodys() {
        assert_eq!(of(&Method::GET, "/nothing"), None);
        assert_eq!(of(&Method::DELETE, "/cases"), None);
        assert_eq!(of(&Method::HEAD, "/cases"), of(&Method::GET, "/cases"));
        assert_eq!(of(&Method::PUT, "/api/{*rest}"), Some(&Access::Everybody));
    }

    #[test]
    fn no_address_is_both_open_and_an_actions() {
        let free = OPEN.iter().chain(SIGNED_IN);
        for (address, why) in free {
            assert!(!why.is_empty());
            assert!(ACTIONS.iter().all(|action| !action.reached.contains(address)), "{address}");
        }
    }

    #[test]
    fn an_address_of_several_actions_lets_in_whoever_may_one_of_them() {
        let Some(Access::OneOf(rights)) = of(&Method::POST, "/cases/{id}/facts") else { panic!("no rule") };
        assert!(rights.contains(&Right::Classify) && rights.contains(&Right::ChangeStatus));
    }
}
