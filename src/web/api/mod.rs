//! REST for other programs: `/api/v1`, bearer tokens, described by `/api/v1/openapi.json`.

pub mod bulk;
pub mod cases;
pub mod catalogue;
pub mod deadlines;
pub mod dto;
pub mod files;
pub mod intake;
pub mod macros;
pub mod mails;
pub mod notes;
pub mod people;
pub mod problem;
pub mod recordings;
pub mod split;
pub mod templates;
pub mod timeline;
pub mod token;
pub mod webhooks;
pub mod work;

use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access;
use super::state::App;
use problem::ApiError;

const BASE: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(title = "Odziv", description = "Cases of the municipality's contact centre. Tokens: `odziv token add NAME`."),
    modifiers(&BearerToken),
    security(("token" = [])),
    tags((name = "cases", description = "Cases and their timelines"), (name = "files", description = "Files of cases"), (name = "people", description = "Citizens, and the search over cases and people"), (name = "recordings", description = "Sound of calls"),
        (name = "catalogue", description = "Services, categories, their questions, areas"), (name = "templates", description = "Templates with fields, macros"), (name = "webhooks", description = "Programs that are told what happens"))
)]
struct Description;

struct BearerToken;

impl utoipa::Modify for BearerToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        openapi.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

pub fn routes(app: &App) -> Router<App> {
    let routes = OpenApiRouter::new()
        .routes(routes!(cases::list, intake::register))
        .routes(routes!(cases::show))
        .routes(routes!(timeline::show))
        .routes(routes!(notes::add))
        .routes(routes!(deadlines::pause))
        .routes(routes!(deadlines::resume))
        .routes(routes!(deadlines::extend))
        .routes(routes!(mails::reply))
        .routes(routes!(mails::forward))
        .routes(routes!(files::list, files::add))
        .routes(routes!(files::bytes))
        .routes(routes!(intake::follow))
        .routes(routes!(catalogue::services))
        .routes(routes!(catalogue::put_service))
        .routes(routes!(catalogue::categories))
        .routes(routes!(catalogue::put_category))
        .routes(routes!(catalogue::put_question))
        .routes(routes!(catalogue::areas))
        .routes(routes!(templates::list, templates::add))
        .routes(routes!(templates::put))
        .routes(routes!(templates::archive))
        .routes(routes!(templates::fill))
        .routes(routes!(macros::list, macros::add))
        .routes(routes!(macros::put))
        .routes(routes!(macros::archive))
        .routes(routes!(macros::look, macros::carry_out))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::put, webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::again))
        .routes(routes!(people::search))
        .routes(routes!(people::list, people::add))
        .routes(routes!(people::show))
        .routes(routes!(people::change))
        .routes(routes!(people::merge))
        .routes(routes!(people::split))
        .routes(routes!(bulk::change))
        .routes(routes!(work::answer))
        .routes(routes!(work::status))
        .routes(routes!(work::reopen))
        .routes(routes!(work::forward))
        .routes(routes!(work::send_back))
        .routes(routes!(work::assign))
        .routes(routes!(work::place))
        .routes(routes!(work::reply))
        .routes(routes!(work::notices))
        .routes(routes!(work::settle))
        .routes(routes!(work::watch, work::unwatch))
        .routes(routes!(work::merge))
        .routes(routes!(work::unmerge))
        .routes(routes!(work::annul))
        .routes(routes!(split::split))
        .routes(routes!(split::unsplit))
        .routes(routes!(work::link, work::unlink))
        .routes(routes!(recordings::sound));
    let (router, description) =
        OpenApiRouter::with_openapi(Description::openapi()).nest(BASE, routes).split_for_parts();
    router
        .route("/api/v1/openapi.json", get(async move || Json(description)))
        .route("/api/{*rest}", axum::routing::any(async || ApiError::NotFound))
        .route_layer(from_fn_with_state(app.clone(), access::api))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
}
