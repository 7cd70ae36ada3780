//! Every route of the program on one list.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

use super::error::WebError;
use super::session::StoredSessions;
use super::state::{App, WebState};
use super::{
    access, account, admin, api, assets, auth, board, calendar, campaigns, cases, catalogue, csrf, deadlines,
    dialplans, export, files, follow, headers, health, intake, kept_templates, line, live, login, macros,
    opt_outs, people, presence, questions, queues, rights, search, setup, tasks, webhooks,
};
use super::{audit, privacy};

/// `List-Unsubscribe=One-Click`, and what else a program may say.
const LINK_BODY: usize = 4 * 1024;

pub fn router(state: WebState, shutdown: CancellationToken) -> Router {
    let app = App::new(state, shutdown);
    let sessions = SessionManagerLayer::new(StoredSessions::new(&app))
        .with_name("odziv_session")
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(app.is_https())
        .with_expiry(Expiry::OnInactivity(tower_sessions::cookie::time::Duration::minutes(
            app.config.session_minutes.into(),
        )));
    // Forms with files are as long as is configured; others are read by `csrf`, and are short.
    let pages = pages()
        .layer(DefaultBodyLimit::max(app.config.upload_bytes()))
        .route_layer(from_fn(access::pages))
        .fallback(async || WebError::NotFound)
        .layer(from_fn_with_state(app.clone(), csrf::check))
        .layer(from_fn_with_state(app.clone(), auth::visit))
        .layer(sessions.clone());
    // A mail program posts here by itself (RFC 8058): it has no page of ours, no cookie and no token but the one in the address.
    let links = Router::new()
        .route("/u/{token}", get(opt_outs::unsubscribe::show).post(opt_outs::unsubscribe::unsubscribe))
        .layer(DefaultBodyLimit::max(LINK_BODY))
        .route_layer(from_fn(access::pages))
        .layer(from_fn_with_state(app.clone(), auth::visit))
        .layer(sessions);
    let api = api::routes(&app).layer(DefaultBodyLimit::max(app.config.upload_bytes()));
    let mut router = pages.merge(links).merge(api).merge(probes()).merge(assets::routes());
    router = router.layer(compression()).layer(from_fn(headers::secure));
    if app.is_https() {
        router = router.layer(from_fn(headers::strict_transport));
    }
    router.with_state(app)
}

#[rustfmt::skip]
fn pages() -> Router<App> {
    Router::new()
        .route("/", get(async || Redirect::to("/cases")))
        .route("/login", get(login::show).post(login::log_in))
        .route("/login/code", get(login::show_code).post(login::give_code))
        .route("/logout", post(login::log_out))
        .route("/language", post(login::choose_language))
        .route("/setup/{token}", get(setup::show).post(setup::create))
        .route("/cases", get(cases::list::show))
        .route("/cases/events", get(live::list))
        .route("/cases/bulk", post(cases::bulk::preview))
        .route("/cases/bulk/run", post(cases::bulk::carry_out))
        .route("/cases/{id}", get(cases::show::show))
        .route("/cases/{id}/events", get(live::case))
        .route("/cases/{id}/facts", post(cases::change::facts))
        .route("/cases/{id}/take", post(cases::change::take))
        .route("/cases/{id}/notes", post(cases::change::note))
        .route("/cases/{id}/replies", post(cases::work::reply))
        .route("/cases/{id}/answer", post(cases::work::answer))
        .route("/cases/{id}/step", post(cases::work::step))
        .route("/cases/{id}/place", post(cases::work::place))
        .route("/cases/{id}/watch", post(cases::work::watch))
        .route("/cases/{id}/settle", post(cases::work::settle))
        .route("/cases/{id}/merge", post(cases::work::merge))
        .route("/cases/{id}/unmerge", post(cases::work::unmerge))
        .route("/cases/{id}/annul", post(cases::work::annul))
        .route("/cases/{id}/split", get(cases::split::show).post(cases::split::split))
        .route("/cases/{id}/unsplit", post(cases::split::unsplit))
        .route("/cases/{id}/link", post(cases::work::link))
        .route("/cases/{id}/unlink", post(cases::work::unlink))
        .route("/cases/{id}/draft", post(cases::work::draft))
        .route("/cases/{id}/left", post(cases::work::left))
        .route("/cases/{id}/templates", post(kept_templates::insert::insert))
        .route("/cases/{id}/letters/{template}", get(kept_templates::letter::show))
        .route("/cases/{id}/macros/{macro}", get(macros::use_it::look).post(macros::use_it::carry_out))
        .route("/cases/{id}/answers", get(questions::edit::show).post(questions::edit::save))
        .route("/search", get(search::show))
        .route("/filters", post(cases::saved::save))
        .route("/filters/{id}", post(cases::saved::change))
        .route("/filters/{id}/count", get(cases::saved::count))
        .route("/cases/export", get(export::cases::export))
        .route("/people/export", get(export::people::export))
        .route("/users/export", get(export::users::export))
        .route("/people", get(people::list::show).post(people::list::add))
        .route("/people/{id}", get(people::show::show))
        .route("/people/{id}/facts", post(people::change::facts))
        .route("/people/{id}/points", post(people::change::point))
        .route("/people/{id}/consents", post(people::change::consent))
        .route("/people/{id}/tags", post(people::change::tags))
        .route("/people/{id}/notes", post(people::change::note))
        .route("/people/{id}/merge", get(people::merge::look).post(people::merge::merge))
        .route("/people/{id}/split", post(people::merge::split))
        .route("/do-not-disturb", get(opt_outs::list).post(opt_outs::add))
        .route("/do-not-disturb/preview", post(opt_outs::import::preview))
        .route("/do-not-disturb/import", post(opt_outs::import::take))
        .route("/do-not-disturb/export", get(export::opt_outs::export))
        .route("/do-not-disturb/{id}/remove", post(opt_outs::remove))
        .route("/cases/questions/{category}", get(questions::part))
        .route("/campaigns", get(campaigns::list).post(campaigns::edit::create))
        .route("/campaigns/{id}", get(campaigns::show::show).post(campaigns::edit::save))
        .route("/campaigns/{id}/look", post(campaigns::look::show))
        .route("/campaigns/{id}/progress", get(campaigns::progress::show))
        .route("/campaigns/{id}/lists", post(campaigns::sources::add_list))
        .route("/campaigns/{id}/recording", get(campaigns::recording::sound).post(campaigns::recording::put))
        .route("/campaigns/{id}/recording/remove", post(campaigns::recording::remove))
        .route("/campaigns/{id}/segments", post(campaigns::sources::add_segment))
        .route("/campaigns/{id}/sources/{source}", get(campaigns::sources::show))
        .route("/campaigns/{id}/sources/{source}/remove", post(campaigns::sources::remove))
        .route("/campaigns/{id}/test", post(campaigns::deeds::test))
        .route("/campaigns/{id}/revise", post(campaigns::deeds::revise))
        .route("/campaigns/{id}/approve", post(campaigns::deeds::approve))
        .route("/campaigns/{id}/start", post(campaigns::deeds::start))
        .route("/campaigns/{id}/pause", post(campaigns::deeds::pause))
        .route("/campaigns/{id}/resume", post(campaigns::deeds::resume))
        .route("/campaigns/{id}/stop", post(campaigns::deeds::stop))
        .route("/campaigns/{id}/let-go-on", post(campaigns::deeds::let_go_on))
        .route("/campaigns/{id}/remove", post(campaigns::deeds::remove))
        .route("/campaigns/{id}/report.pdf", get(campaigns::report::show))
        .route("/campaigns/{id}/recipients", get(campaigns::recipients::show))
        .route("/campaigns/{id}/recipients/export", get(campaigns::recipients::export))
        .route("/campaigns/{id}/recipients/{recipient}", post(campaigns::recipients::tell))
        .route("/segments", get(campaigns::segments::list).post(campaigns::segments::create))
        .route("/segments/size", post(campaigns::segments::size))
        .route("/segments/{id}", get(campaigns::segments::show).post(campaigns::segments::save))
        .route("/segments/{id}/remove", post(campaigns::segments::remove))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/{id}", get(webhooks::show).post(webhooks::save))
        .route("/webhooks/{id}/test", post(webhooks::test))
        .route("/webhooks/{id}/secret", post(webhooks::renew))
        .route("/webhooks/{id}/remove", post(webhooks::remove))
        .route("/webhooks/{id}/deliveries/{delivery}", post(webhooks::again))
        .route("/templates", get(kept_templates::list).post(kept_templates::edit::create))
        .route("/templates/preview", post(kept_templates::preview::show))
        .route("/templates/{id}", get(kept_templates::edit::show).post(kept_templates::edit::save))
        .route("/templates/{id}/archive", post(kept_templates::edit::archive))
        .route("/macros", get(macros::list).post(macros::edit::create))
        .route("/macros/{id}", get(macros::edit::show).post(macros::edit::save))
        .route("/macros/{id}/archive", post(macros::edit::archive))
        .route("/services", get(catalogue::services::list).post(catalogue::services::create))
        .route("/services/{key}", get(catalogue::services::show).post(catalogue::services::save))
        .route("/categories", get(catalogue::categories::list).post(catalogue::categories::create))
        .route("/categories/{key}", get(catalogue::category::show).post(catalogue::category::save))
        .route("/categories/{key}/questions/{question}", get(catalogue::question::show).post(catalogue::question::save))
        .route("/areas", get(catalogue::areas::list).post(catalogue::areas::create))
        .route("/areas/import", post(catalogue::areas::import))
        .route("/areas/{key}", get(catalogue::areas::show).post(catalogue::areas::save))
        .route("/areas/{key}/remove", post(catalogue::areas::remove))
        .route("/cases/new", get(intake::new::show).post(intake::new::register))
        .route("/cases/new/people", get(intake::offers::people))
        .route("/cases/new/similar", get(intake::offers::similar))
        .route("/cases/{id}/slip", get(intake::slip::show))
        .route("/cases/{id}/followers", post(intake::offers::follow))
        .route("/cases/{id}/files", post(files::add::to_case))
        .route("/files", post(files::add::stage))
        .route("/files/{id}", get(files::serve::file))
        .route("/files/{id}/remove", post(files::add::remove))
        .route("/follow", get(follow::show).post(follow::follow))
        .route("/recordings/{id}", get(cases::recording::audio))
        .route("/recordings/{id}/peaks", get(cases::recording::peaks))
        .route("/cases/{id}/deadlines/{deadline}/pause", post(deadlines::card::pause))
        .route("/cases/{id}/deadlines/{deadline}/resume", post(deadlines::card::resume))
        .route("/cases/{id}/deadlines/{deadline}/extend", post(deadlines::card::extend))
        .route("/tasks", get(tasks::show))
        .route("/tasks/{id}/finish", post(tasks::finish))
        .route("/deadlines", get(deadlines::list))
        .route("/deadlines/categories", post(deadlines::set_categories))
        .route("/deadlines/{key}", get(deadlines::edit::show).post(deadlines::edit::save))
        .route("/calendar", get(calendar::show).post(calendar::save_week))
        .route("/calendar/days", post(calendar::put_day))
        .route("/calendar/days/remove", post(calendar::remove_day))
        .route("/live", get(board::show))
        .route("/live/events", get(live::board))
        .route("/live/calls/{call}", post(board::orders::order))
        .route("/dialplans", get(dialplans::list::show).post(dialplans::edit::name))
        .route("/dialplans/{name}", get(dialplans::edit::show).post(dialplans::edit::save))
        .route("/dialplans/{name}/check", post(dialplans::check::check))
        .route("/dialplans/{name}/try", post(dialplans::check::try_out))
        .route("/dialplans/{name}/versions", get(dialplans::versions::show))
        .route("/dialplans/{name}/versions/{id}/return", post(dialplans::versions::go_back))
        .route("/line", get(line::show))
        .route("/presence", get(presence::show).post(presence::change))
        .route("/queues", get(queues::list).post(queues::create))
        .route("/queues/reasons", post(queues::put_reason))
        .route("/queues/{key}", get(queues::edit::show).post(queues::edit::save))
        .route("/queues/{key}/remove", post(queues::edit::remove))
        .route("/queues/{key}/skills/{user}", post(queues::edit::save_skills))
        .route("/me", get(account::show))
        .route("/me/password", post(account::set_password))
        .route("/me/second-factor", get(account::second_factor::show).post(account::second_factor::confirm))
        .route("/me/second-factor/remove", post(account::second_factor::remove))
        .route("/me/email", post(account::email::set))
        .route("/me/email/confirm", post(account::email::confirm))
        .route("/me/email/alerts", post(account::email::set_alerts))
        .route("/me/email/remove", post(account::email::remove))
        .route("/me/sessions/end", post(account::sessions::end))
        .route("/users", get(admin::users::list).post(admin::users::create))
        .route("/users/{id}/password", post(admin::users::set_password))
        .route("/users/{id}/email", post(account::email::set_of))
        .route("/users/{id}/role", post(admin::users::set_role))
        .route("/users/{id}/second-factor/remove", post(account::second_factor::remove_of))
        .route("/users/{id}/sessions/end", post(account::sessions::end_of))
        .route("/users/{id}/active", post(admin::users::set_active))
        .route("/tokens", get(admin::tokens::list).post(admin::tokens::create))
        .route("/tokens/{id}/revoke", post(admin::tokens::revoke))
        .route("/users/{id}/phones", get(admin::phones::show).post(admin::phones::add))
        .route("/users/{id}/extension", post(admin::phones::set_extension))
        .route("/phones/{id}/revoke", post(admin::phones::revoke))
        .route("/phone-setup/{secret}", get(admin::phones::provision))
        .route("/rights", get(rights::show).post(rights::save))
        .route("/rights/why", get(rights::why::show))
        .route("/rights/roles", post(rights::roles::add))
        .route("/rights/roles/{role}", post(rights::roles::save))
        .route("/rights/roles/{role}/remove", post(rights::roles::remove))
        .route("/rights/roles/{role}/{right}", get(rights::cell::show).post(rights::cell::save))
        .route("/safety", get(admin::safety::show))
        .route("/safety/lift", post(admin::safety::lift))
        .route("/system", get(admin::system::show))
        .route("/audit", get(audit::list))
        .route("/audit/export", get(export::audit::export))
        .route("/export/{list}", get(export::lists::export))
        .route("/webhooks/{id}/export", get(export::lists::webhook_log))
        .route("/retention", get(privacy::retention::show).post(privacy::retention::save))
        .route("/retention/remove", post(privacy::retention::remove))
        .route("/people/{id}/report", get(privacy::report::show))
        .route("/people/{id}/report.json", get(privacy::report::portable))
        .route("/people/{id}/erase", get(privacy::erase::show).post(privacy::erase::carry_out))
}

fn probes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
}

/// Sound does not shrink, and a range of it must stay what was asked for.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(
        DefaultPredicate::new()
            .and(NotForContentType::const_new("audio/"))
            .and(NotForContentType::const_new("font/"))
            .and(NotForContentType::const_new("video/"))
            .and(NotForContentType::const_new("application/octet-stream"))
            .and(NotForContentType::const_new("application/pdf")),
    )
}
