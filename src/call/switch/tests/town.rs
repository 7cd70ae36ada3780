//! The small municipality of the tests: three operators, a queue, two trunks and a plan.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::civil::{DateTime, datetime};

use super::world::OPERATORS;
use odziv::call::switch::{Directory, Person};
use odziv::dialplan::catalogue::Catalogue;
use odziv::dialplan::check::check_one;
use odziv::dialplan::plan::Plan;
use odziv::domain::id::UserId;
use odziv::domain::outbound::{Amount, Numbering, Outbound, Rules, Tariff, TrunkLimits};
use odziv::domain::permission::Role;
use odziv::domain::queue::{Member, QueueSettings};

const PLAN: &str = r#"
schema = 1
language = "sr"
[number."+38121480000"]
start = "line"
[node.line.queue]
queue = "operators"
max_wait_s = 60
announce = true
record = true
keys = { 1 = "later" }
timeout = "tell"
no_agents = "tell"
overflow = "tell"
after = "end"
[node.later.callback]
queue = "operators"
next = "end"
cancelled = "tell"
failed = "tell"
[node.tell.record]
prompt = "leave_message"
max_s = 30
min_s = 1
next = "end"
[node.end.hangup]
"#;

pub fn plan() -> Arc<Plan> {
    static PLANNED: OnceLock<Arc<Plan>> = OnceLock::new();
    let checked = || check_one("test.toml", PLAN, &Catalogue::default()).unwrap_or_else(|p| panic!("{p:?}"));
    PLANNED.get_or_init(checked).clone()
}

pub fn queue() -> QueueSettings {
    let mut queue = QueueSettings::new("operators", "Operators");
    queue.members = OPERATORS.iter().map(|user| Member { user: *user, penalty: 0 }).collect();
    queue.wrap_up = Duration::from_secs(10);
    queue
}

pub fn directory(users: &[UserId]) -> Directory {
    let person = |user: &UserId| Person {
        user: *user,
        name: format!("Operator {}", user.0),
        login: format!("operator{}", user.0),
        role: Role::Operator,
        extension: Some(extension(*user)),
        departments: vec!["water".into()],
    };
    Directory::new(users.iter().map(person).collect(), "sr", Duration::ZERO)
}

/// Of each trunk.
pub const CHANNELS: u32 = 20;

/// Two trunks.
pub fn outbound(default_tariff: Tariff, daily_limit: Option<Amount>) -> Outbound {
    let rules = Rules {
        numbering: Numbering {
            country_code: "381".into(),
            national_prefix: "0".into(),
            international_prefix: "00".into(),
            area_code: "021".into(),
        },
        emergency: vec!["112".into()],
        short_numbers: vec![],
        premium: vec!["+38190".into()],
        rules: vec![],
        tariffs: vec![],
        default_tariff,
        daily_limit,
        reserve: Duration::from_secs(60),
    };
    let trunk = TrunkLimits { places_calls: true, channels: Some(CHANNELS), per_second: 1_000, daily: None };
    Outbound::new(rules, vec![trunk.clone(), trunk], local().date(), &[])
}

pub fn extension(user: UserId) -> String {
    format!("10{}", user.0)
}

pub fn local() -> DateTime {
    datetime(2026, 3, 2, 10, 0, 0, 0)
}
