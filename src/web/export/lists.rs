//! `GET /export/{list}`: the lists of the administration and one's own tasks, as the reader reads them. Their rows are in memory or few;
//! the log of a webhook, which is neither, is read page by page.

use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use jiff::Timestamp;

use super::{Asked, Cell, Pages, send};
use crate::domain::case::CaseNumber;
use crate::domain::id::{CaseId, WebhookDeliveryId, WebhookId};
use crate::domain::permission::Right;
use crate::domain::words::words;
use crate::store::StoreError;
use crate::store::task::TASKS_COUNTED;
use crate::web::admin::tokens;
use crate::web::auth::SignedIn;
use crate::web::cases::view::Viewer;
use crate::web::deadlines::explain;
use crate::web::error::WebError;
use crate::web::page::Page;
use crate::web::rights::cell::sentence;
use crate::web::rights::words::role_name;
use crate::web::state::App;

words! {
    /// In the address.
    List {
        Tasks = "tasks",
        Deadlines = "deadlines",
        Calendar = "calendar",
        Queues = "queues",
        Services = "services",
        Categories = "categories",
        Questions = "questions",
        Areas = "areas",
        Rights = "rights",
        Tokens = "tokens",
        Webhooks = "webhooks",
        Retention = "retention",
    }
}

impl List {
    /// Besides the right to export.
    fn right(self) -> Right {
        match self {
            Self::Tasks => Right::ReadCases,
            Self::Deadlines | Self::Calendar => Right::ManageCalendar,
            Self::Queues => Right::ManageQueues,
            Self::Services | Self::Categories | Self::Questions | Self::Areas => Right::ManageCatalogue,
            Self::Rights => Right::ManageRights,
            Self::Tokens | Self::Webhooks => Right::ManageTokens,
            Self::Retention => Right::ErasePeople,
        }
    }
}

/// Heading and rows.
type Table = (Vec<String>, Vec<Vec<Cell>>);

/// Read already.
pub struct Ready(pub Vec<Vec<Cell>>);

impl Pages for Ready {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        Ok(std::mem::take(&mut self.0))
    }
}

pub async fn export(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(list): Path<String>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    let list: List = list.parse().map_err(|_| WebError::NotFound)?;
    signed_in.require(list.right())?;
    let page = &signed_in.page;
    let (heading, rows) = match list {
        List::Tasks => tasks(&app, &signed_in).await?,
        List::Deadlines => deadlines(page),
        List::Calendar => calendar(page),
        List::Queues => queues(&app, page).await?,
        List::Services => services(page),
        List::Categories => categories(page),
        List::Questions => questions(page),
        List::Areas => areas(page),
        List::Rights => rights(page),
        List::Tokens => given_tokens(&app, page).await?,
        List::Webhooks => webhooks(&app, page).await?,
        List::Retention => retention(&app, &signed_in).await?,
    };
    send(&app, &signed_in, (list.as_str(), ""), asked.format, heading, Ready(rows)).await
}

fn say<const N: usize>(page: &Page, keys: [&str; N]) -> Vec<String> {
    keys.map(|key| page.say(key)).into()
}

fn tick(is_so: bool) -> Cell {
    if is_so { Cell::text("✓") } else { Cell::Nothing }
}

fn moment(page: &Page, at: Option<Timestamp>) -> Cell {
    at.map_or(Cell::Nothing, |at| Cell::moment(&page.locale, at))
}

async fn tasks(app: &App, signed_in: &SignedIn) -> Result<Table, WebError> {
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let tasks = app.db.open_tasks(signed_in.user.id, &signed_in.reach(), TASKS_COUNTED).await?;
    let rows = tasks.iter().map(|task| {
        vec![
            Cell::text(page.word("task", task.kind.as_str())),
            Cell::text(crate::web::tasks::subject(&viewer, task)),
            Cell::text(task.number.as_str()),
            Cell::text(viewer.category(task.category)),
            Cell::text(task.summary.as_str()),
            moment(page, task.due_at),
            moment(page, Some(task.at)),
        ]
    });
    let heading = [
        "export-task",
        "export-about",
        "export-number",
        "category",
        "export-summary",
        "export-due",
        "export-since",
    ];
    Ok((say(page, heading), rows.collect()))
}

fn deadlines(page: &Page) -> Table {
    let rows = page.directory.deadline_profiles.iter().map(|profile| {
        vec![
            Cell::text(page.name(&profile.name_sr, Some(&profile.name_en))),
            Cell::text(profile.key.as_str()),
            Cell::text(page.word("goal", profile.terms.goal.as_str())),
            Cell::text(explain::amount(&page.locale, profile.terms.unit, profile.terms.amount)),
            Cell::text(page.name(&profile.terms.source, None)),
            tick(profile.everywhere),
            tick(profile.active),
        ]
    });
    let heading = [
        "export-name",
        "catalogue-key",
        "deadline-goal",
        "deadline-amount",
        "deadline-source",
        "export-everywhere",
        "export-active",
    ];
    (say(page, heading), rows.collect())
}

fn calendar(page: &Page) -> Table {
    let rows = page.directory.office.days.iter().map(|day| {
        let hours: Vec<String> = day.hours.iter().map(ToString::to_string).collect();
        vec![
            Cell::Day(day.date),
            Cell::text(day.why.as_str()),
            if hours.is_empty() {
                Cell::text(page.say("calendar-closed"))
            } else {
                Cell::text(hours.join(", "))
            },
        ]
    });
    (say(page, ["calendar-date", "calendar-why", "calendar-day-hours"]), rows.collect())
}

async fn queues(app: &App, page: &Page) -> Result<Table, WebError> {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let queues = app.db.queues().await?;
    let rows = queues.iter().map(|queue| {
        let settings = &queue.settings;
        let members: Vec<String> = settings.members.iter().map(|member| viewer.user(member.user)).collect();
        vec![
            Cell::text(viewer.script(&settings.name)),
            Cell::text(settings.key.as_str()),
            Cell::text(page.word("strategy", settings.strategy.as_str())),
            tick(queue.everyone),
            Cell::text(members.join(", ")),
            Cell::text(settings.ring.as_secs().to_string()),
            Cell::text(settings.max_waiting.to_string()),
            Cell::text(settings.overflow.clone().unwrap_or_default()),
            Cell::text(settings.promise.as_secs().to_string()),
        ]
    });
    let heading = [
        "queue-name",
        "queue-key",
        "queue-strategy",
        "export-everyone",
        "export-members",
        "export-ring-seconds",
        "queue-max-waiting",
        "queue-overflow",
        "export-promise-seconds",
    ];
    Ok((say(page, heading), rows.collect()))
}

fn services(page: &Page) -> Table {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let rows = page.directory.departments.iter().map(|department| {
        vec![
            Cell::text(viewer.department(department.id)),
            Cell::text(department.key.as_str()),
            Cell::text(page.word("department-kind", department.kind.as_str())),
            Cell::text(department.parent.map(|id| viewer.department(id)).unwrap_or_default()),
            Cell::text(department.email.as_deref().unwrap_or_default()),
            tick(department.active),
        ]
    });
    let heading = [
        "export-name",
        "catalogue-key",
        "department-kind",
        "catalogue-parent",
        "service-email",
        "export-active",
    ];
    (say(page, heading), rows.collect())
}

fn categories(page: &Page) -> Table {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let rows = page.directory.categories.iter().map(|category| {
        vec![
            Cell::text(viewer.category(category.id)),
            Cell::text(category.key.as_str()),
            Cell::text(category.parent.map(|id| viewer.category(id)).unwrap_or_default()),
            Cell::text(category.class.as_str()),
            Cell::text(category.department.map(|id| viewer.department(id)).unwrap_or_default()),
            Cell::text(
                category.deadline_profile.as_deref().map(|key| viewer.profile(key)).unwrap_or_default(),
            ),
            tick(category.active),
        ]
    });
    let heading = [
        "export-name",
        "catalogue-key",
        "catalogue-parent",
        "export-class",
        "department",
        "nav-deadlines",
        "export-active",
    ];
    (say(page, heading), rows.collect())
}

fn questions(page: &Page) -> Table {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let mut rows = Vec::new();
    for category in &page.directory.categories {
        for question in &category.questions {
            let options: Vec<String> = question
                .options
                .iter()
                .map(|option| page.name(&option.name_sr, Some(&option.name_en)))
                .collect();
            rows.push(vec![
                Cell::text(viewer.category(category.id)),
                Cell::text(page.name(&question.name_sr, Some(&question.name_en))),
                Cell::text(question.key.as_str()),
                Cell::text(page.word("question-kind", question.kind.as_str())),
                Cell::text(options.join(", ")),
                tick(question.required),
                tick(question.active),
            ]);
        }
    }
    let heading = [
        "category",
        "export-question",
        "catalogue-key",
        "export-kind",
        "export-options",
        "export-required",
        "export-active",
    ];
    (say(page, heading), rows)
}

/// A street a line.
fn areas(page: &Page) -> Table {
    let mut rows = Vec::new();
    for area in page.directory.areas.all() {
        let name = || Cell::text(page.name(&area.name_sr, Some(&area.name_en)));
        let house = |house: Option<u32>| Cell::text(house.map(|h| h.to_string()).unwrap_or_default());
        rows.extend(area.streets.iter().map(|street| {
            vec![
                name(),
                Cell::text(area.key.as_str()),
                Cell::text(page.name(&street.name, None)),
                house(street.from),
                house(street.to),
                Cell::text(page.word("export-side", street.side.as_str())),
            ]
        }));
        if area.streets.is_empty() {
            rows.push(vec![name(), Cell::text(area.key.as_str())]);
        }
    }
    let heading =
        ["export-area", "catalogue-key", "export-street", "export-from", "export-to", "export-side"];
    (say(page, heading), rows)
}

/// A cell of the matrix a line; what is not allowed at all is there too.
fn rights(page: &Page) -> Table {
    let mut rows = Vec::new();
    for role in &page.directory.roles {
        for right in Right::ALL {
            let rules: Vec<String> = role.rules(*right).iter().map(|rule| sentence(page, rule)).collect();
            rows.push(vec![
                Cell::text(role_name(page, role)),
                Cell::text(page.word("right", right.as_str())),
                if rules.is_empty() {
                    Cell::text(page.say("extent-no"))
                } else {
                    Cell::text(rules.join("\n"))
                },
            ]);
        }
    }
    (say(page, ["user-role", "export-right", "export-rules"]), rows)
}

async fn given_tokens(app: &App, page: &Page) -> Result<Table, WebError> {
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let tokens = app.db.tokens().await?;
    let rows = tokens.iter().map(|token| {
        let role = page.directory.role(token.role);
        vec![
            Cell::text(token.name.as_str()),
            Cell::text(role.map(|role| role_name(page, role)).unwrap_or_default()),
            Cell::text(token.owner.map(|id| viewer.user(id)).unwrap_or_default()),
            Cell::text(tokens::state(page, token)),
            moment(page, Some(token.created_at)),
            moment(page, token.expires_at),
            moment(page, token.used_at),
            moment(page, token.revoked_at),
        ]
    });
    let heading = [
        "token-name",
        "user-role",
        "token-owner",
        "webhook-log-state",
        "token-made",
        "token-until",
        "token-used",
        "token-revoked",
    ];
    Ok((say(page, heading), rows.collect()))
}

async fn webhooks(app: &App, page: &Page) -> Result<Table, WebError> {
    let webhooks = app.db.webhooks().await?;
    let rows = webhooks.iter().map(|webhook| {
        let events: Vec<String> =
            webhook.events.iter().map(|event| crate::web::webhooks::event_label(page, *event)).collect();
        vec![
            Cell::text(webhook.url.as_str()),
            Cell::text(events.join(", ")),
            Cell::text(webhook.rests.map(|why| page.word("webhook-rests", why.as_str())).unwrap_or_default()),
            moment(page, webhook.failing_since),
            moment(page, Some(webhook.created_at)),
        ]
    });
    let heading =
        ["webhook-url", "webhook-events", "webhook-log-state", "export-failing-since", "token-made"];
    Ok((say(page, heading), rows.collect()))
}

async fn retention(app: &App, signed_in: &SignedIn) -> Result<Table, WebError> {
    let page = &signed_in.page;
    let viewer = Viewer { locale: &page.locale, directory: &page.directory };
    let rules = app.actions.retention_rules(&signed_in.actor()).await?;
    let rows = rules.iter().map(|rule| {
        let category = page.directory.category_by_key(&rule.category);
        vec![
            Cell::text(category.map_or_else(|| page.say("retention-others"), |c| viewer.category(c.id))),
            Cell::text(rule.keep_days.to_string()),
            Cell::text(rule.recording_days.to_string()),
            Cell::text(rule.legal_days.to_string()),
            Cell::text(rule.basis.as_str()),
        ]
    });
    let heading =
        ["category", "export-keep-days", "export-recording-days", "export-legal-days", "export-basis"];
    Ok((say(page, heading), rows.collect()))
}

/// Deliveries that are read at once.
const LOG_AT_ONCE: u32 = 200;

struct Log {
    app: App,
    page: Page,
    webhook: WebhookId,
    before: Option<WebhookDeliveryId>,
    is_over: bool,
}

/// `GET /webhooks/{id}/export`: what was sent, without the words.
pub async fn webhook_log(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<i64>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Result<Response, WebError> {
    signed_in.require(Right::ManageTokens)?;
    let webhook = app.db.webhook(WebhookId(id)).await?.ok_or(WebError::NotFound)?.id;
    let page = signed_in.page.clone();
    let heading = [
        "webhook-log-when",
        "webhook-log-event",
        "export-number",
        "webhook-log-state",
        "export-tries",
        "export-last-try",
        "webhook-log-last",
        "export-message-id",
    ];
    let heading = say(&page, heading);
    let log = Log { app: app.clone(), page, webhook, before: None, is_over: false };
    send(&app, &signed_in, ("webhook-log", &id.to_string()), asked.format, heading, log).await
}

impl Pages for Log {
    async fn next(&mut self) -> Result<Vec<Vec<Cell>>, WebError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let rows = self.app.db.webhook_deliveries(self.webhook, self.before, LOG_AT_ONCE).await?;
        self.is_over = rows.len() < LOG_AT_ONCE as usize;
        self.before = rows.last().map(|row| row.id);
        let mut cells = Vec::with_capacity(rows.len());
        for row in rows {
            let last = match (row.last_status, &row.last_error) {
                (Some(status), None) => status.to_string(),
                (_, Some(why)) => why.clone(),
                (None, None) => String::new(),
            };
            let number = number(&self.app, row.case).await?;
            cells.push(vec![
                Cell::moment(&self.page.locale, row.at),
                Cell::text(crate::web::webhooks::event_label(&self.page, row.event)),
                Cell::text(number.map(|number| number.to_string()).unwrap_or_default()),
                Cell::text(self.page.word("webhook-state", row.state.as_str())),
                Cell::text(row.tries.to_string()),
                moment(&self.page, row.last_at),
                Cell::text(last),
                Cell::text(row.message_id),
            ]);
        }
        Ok(cells)
    }
}

async fn number(app: &App, case: Option<CaseId>) -> Result<Option<CaseNumber>, StoreError> {
    let Some(case) = case else { return Ok(None) };
    Ok(app.db.case_row(case).await?.map(|row| row.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permission::defaults::about;

    #[test]
    fn every_list_has_a_right_of_its_own_besides_the_right_to_export() {
        for list in List::ALL {
            assert_ne!(list.right(), Right::Export, "{list}");
            assert!(list.right() == Right::ReadCases || !about(list.right()).on_case, "{list}");
        }
    }
}
