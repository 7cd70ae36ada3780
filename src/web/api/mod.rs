//! REST for other programs: `/api/v1`, bearer tokens, described by `/api/v1/openapi.json`.

pub mod areas;
pub mod bulk;
pub mod calendar;
pub mod campaign_recording;
pub mod campaigns;
pub mod cases;
pub mod catalogue;
pub mod deadlines;
mod description;
pub mod dial_session;
pub mod dialer;
pub mod dialplans;
pub mod dto;
pub mod extract;
pub mod facts;
pub mod files;
pub mod intake;
pub mod macros;
pub mod mails;
pub mod notes;
pub mod opt_outs;
pub mod own;
pub mod people;
pub mod privacy;
pub mod problem;
pub mod queues;
pub mod recordings;
pub mod rights;
mod search;
pub mod segments;
pub mod split;
pub mod survey_recordings;
pub mod surveys;
pub mod telephony;
pub mod templates;
pub mod timeline;
pub mod token;
pub mod users;
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
    components(schemas(problem::Problem)),
    tags((name = "cases", description = "Cases and their timelines"), (name = "files", description = "Files of cases"), (name = "people", description = "Citizens, and the search over cases and people"), (name = "recordings", description = "Sound of calls"),
        (name = "catalogue", description = "Services, categories, their questions, areas"), (name = "templates", description = "Templates with fields, macros"), (name = "campaigns", description = "Messages to many, segments, proof of delivery"), (name = "surveys", description = "Surveys, their versions, interviews and answers"), (name = "webhooks", description = "Programs that are told what happens"),
        (name = "own", description = "What belongs to the user in whose name a token works"), (name = "privacy", description = "What is kept of citizens, and the audit"), (name = "settings", description = "Calendar and deadlines"),
        (name = "users", description = "Users, roles, tokens"), (name = "telephony", description = "Calls of now, queues, dialplans"))
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
        .routes(routes!(surveys::list, surveys::make))
        .routes(routes!(surveys::show, surveys::change, surveys::remove))
        .routes(routes!(surveys::step))
        .routes(routes!(surveys::versions))
        .routes(routes!(surveys::interviews))
        .routes(routes!(survey_recordings::put, survey_recordings::remove))
        .routes(routes!(survey_recordings::sound))
        .routes(routes!(surveys::begin))
        .routes(routes!(surveys::interview))
        .routes(routes!(surveys::conduct))
        .routes(routes!(campaigns::list, campaigns::make))
        .routes(routes!(campaigns::show, campaigns::change, campaigns::remove))
        .routes(routes!(campaigns::step))
        .routes(routes!(campaigns::sources))
        .routes(routes!(campaigns::add_list))
        .routes(routes!(campaign_recording::put, campaign_recording::remove))
        .routes(routes!(campaigns::add_segment))
        .routes(routes!(campaigns::remove_source))
        .routes(routes!(campaigns::recipients))
        .routes(routes!(campaigns::tell, campaigns::take_out))
        .routes(routes!(campaigns::test))
        .routes(routes!(dialer::list, dialer::make))
        .routes(routes!(dialer::show, dialer::change))
        .routes(routes!(dialer::step))
        .routes(routes!(dialer::contacts, dialer::add_contacts))
        .routes(routes!(dialer::next))
        .routes(routes!(dialer::contact))
        .routes(routes!(dialer::dial))
        .routes(routes!(dialer::skip))
        .routes(routes!(dialer::outcome))
        .routes(routes!(dialer::interview))
        .routes(routes!(dialer::add_segment))
        .routes(routes!(dial_session::session, dial_session::join, dial_session::leave))
        .routes(routes!(segments::list, segments::add))
        .routes(routes!(segments::change, segments::remove))
        .routes(routes!(segments::size))
        .routes(routes!(segments::put_tags))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::put, webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::again))
        .routes(routes!(search::search))
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
        .routes(routes!(recordings::sound))
        .merge(of_cases())
        .merge(settings())
        .merge(people_at_work())
        .merge(calls());
    let (router, mut description) =
        OpenApiRouter::with_openapi(Description::openapi()).nest(BASE, routes).split_for_parts();
    description::complete(&mut description);
    router
        .route("/api/v1/openapi.json", get(async move || Json(description)))
        .route("/api/{*rest}", axum::routing::any(async || ApiError::NotFound))
        .route_layer(from_fn_with_state(app.clone(), access::api))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
}

fn of_cases() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(facts::set_category))
        .routes(routes!(facts::set_department))
        .routes(routes!(facts::answers, facts::answer_questions))
        .routes(routes!(facts::slip))
        .routes(routes!(facts::similar))
        .routes(routes!(facts::remove_file))
        .routes(routes!(own::filters, own::keep_filter))
        .routes(routes!(own::change_filter, own::drop_filter))
        .routes(routes!(own::tasks))
        .routes(routes!(own::finish_task))
        .routes(routes!(opt_outs::list, opt_outs::add))
        .routes(routes!(opt_outs::remove))
        .routes(routes!(opt_outs::of_person))
        .routes(routes!(opt_outs::import))
        .routes(routes!(privacy::report))
        .routes(routes!(privacy::try_erasure, privacy::erase))
        .routes(routes!(privacy::audit))
}

fn settings() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(calendar::show, calendar::put_week))
        .routes(routes!(calendar::put_day, calendar::remove_day))
        .routes(routes!(calendar::profiles))
        .routes(routes!(calendar::put_profile))
        .routes(routes!(calendar::set_category_deadline))
        .routes(routes!(areas::put, areas::remove))
        .routes(routes!(areas::import))
        .routes(routes!(privacy::retention, privacy::put_usual_rule))
        .routes(routes!(privacy::put_rule, privacy::drop_rule))
        .routes(routes!(webhooks::renew))
}

fn people_at_work() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::put))
        .routes(routes!(users::set_password))
        .routes(routes!(users::set_email, users::remove_email))
        .routes(routes!(users::remove_second_factor))
        .routes(routes!(users::end_sessions))
        .routes(routes!(users::phones, users::add_phone))
        .routes(routes!(users::revoke_phone))
        .routes(routes!(users::set_extension))
        .routes(routes!(rights::roles, rights::add_role))
        .routes(routes!(rights::set_role, rights::remove_role))
        .routes(routes!(rights::set_rules))
        .routes(routes!(rights::why))
        .routes(routes!(rights::tokens, rights::add_token))
        .routes(routes!(rights::revoke_token))
}

fn calls() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(telephony::board))
        .routes(routes!(telephony::order))
        .routes(routes!(telephony::safety))
        .routes(routes!(telephony::lift))
        .routes(routes!(dialplans::list))
        .routes(routes!(dialplans::show, dialplans::put))
        .routes(routes!(dialplans::versions))
        .routes(routes!(dialplans::version))
        .routes(routes!(queues::list))
        .routes(routes!(queues::put, queues::remove))
        .routes(routes!(queues::set_skills))
        .routes(routes!(queues::pause_reasons))
        .routes(routes!(queues::put_pause_reason))
}
