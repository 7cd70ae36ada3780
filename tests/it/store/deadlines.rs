//! Deadlines: they begin and end with what happens to a case, stand still, move with the calendar, and tell people once.

use std::time::Duration;

use jiff::Timestamp;
use odziv::actions::outcome::{NewAnswer, Settled};
use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::domain::calendar::Holidays;
use odziv::domain::case::{CaseRef, Outcome};
use odziv::domain::deadline::step::Step;
use odziv::domain::deadline::{DeadlineState, PauseReason};
use odziv::domain::id::{DepartmentId, UserId};
use odziv::domain::notice::ByHand;
use odziv::domain::permission::reach::Reach;
use odziv::domain::permission::{Role, RoleRules};
use odziv::domain::projection::CaseFields;
use odziv::domain::task::TaskKind;
use odziv::domain::timeline::Entry;
use odziv::store::calendar::OwnDay;
use odziv::store::case_list::{CaseFilter, DueWindow};
use odziv::store::deadline::Deadline;

use super::{SYSTEM, World, both};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The promise of 48 hours, from Friday noon over the weekend.
const PROMISED: &str = "2026-11-24T11:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn opened(w: &World) -> CaseRef {
    w.opened("t1", "0641234567", "Nema vode").await
}

async fn deadline(w: &World, case: &CaseRef) -> Deadline {
    let found = w.db.case_deadlines(case.id).await.unwrap();
    found.into_iter().next_back().unwrap()
}

async fn user(w: &World, login: &str, role: Role) -> (UserId, Actor) {
    let new = NewUser {
        login: login.into(),
        name: login.into(),
        role,
        department: w.db.directory().department_by_key("other").map(|d| d.id),
        password: "ovo-je-dugacka-lozinka".into(),
    };
    let id = w.actions.create_user(&SYSTEM, new).await.unwrap();
    (id, Actor::User { id, role })
}

/// With words for the citizen; or without, so that there is nothing to tell and the case closes.
async fn answer(w: &World, case: &CaseRef, words: &str) {
    let version = w.detail(case).await.case.version;
    let answer = NewAnswer {
        outcome: Outcome::Resolved,
        words: words.into(),
        silence: if words.is_empty() { "Јављено је лично.".into() } else { String::new() },
        note: String::new(),
    };
    w.actions.answer_case(&SYSTEM, case.id, version, answer).await.unwrap();
}

/// Looks until nothing is left to do; how many deadlines were looked at.
async fn look(w: &World) -> usize {
    let mut looked = 0;
    loop {
        match w.actions.look_at_deadlines().await.unwrap() {
            0 => return looked,
            some => looked += some,
        }
    }
}

async fn waiting(w: &World, user: UserId) -> Vec<TaskKind> {
    w.db.open_tasks(user, &Reach::All, 50).await.unwrap().into_iter().map(|task| task.kind).collect()
}

/// The row is what its timeline adds up to.
async fn is_rebuilt(w: &World, case: &CaseRef) {
    let detail = w.detail(case).await;
    let mut entries = detail.timeline.iter();
    let first = entries.next().unwrap();
    let mut fields = CaseFields::opened(first.at, &first.entry).unwrap();
    for entry in entries {
        fields.apply(entry.at, &entry.entry);
    }
    let row = &detail.case;
    assert_eq!(
        (fields.due_at, fields.version, fields.updated_at),
        (row.due_at, row.version, row.updated_at),
        "{}",
        w.kinds(case).await
    );
}

#[tokio::test]
async fn a_case_begins_with_the_promise_and_its_explanation() {
    both(async |w| {
        let case = opened(&w).await;
        assert_eq!(w.detail(&case).await.case.due_at, Some(at(PROMISED)));
        let promise = deadline(&w, &case).await;
        assert_eq!((promise.profile.as_str(), promise.state), ("promise-48", DeadlineState::Running));
        assert_eq!(promise.due_at, at(PROMISED));
        let explained: Vec<String> = promise.explanation.iter().map(Step::to_string).collect();
        assert_eq!(
            explained.join("; "),
            "received 20.11. 12:00; 48 working_day_hours; without Sat21.11. Sun22.11.; due 24.11. 12:00"
        );
        is_rebuilt(&w, &case).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_in_time_meets_it_and_a_late_one_says_so() {
    both(async |w| {
        let case = opened(&w).await;
        w.clock.advance(DAY);
        answer(&w, &case, "Кварт је без воде до 15 часова.").await;
        assert_eq!(w.detail(&case).await.case.due_at, None);
        assert_eq!(deadline(&w, &case).await.state, DeadlineState::Met);
        assert!(w.kinds(&case).await.contains("answered deadline_met"));
        is_rebuilt(&w, &case).await;

        let late = w.opened("t2", "0641234568", "Rupa na putu").await;
        w.clock.advance(7 * DAY);
        answer(&w, &late, "Рупа је закрпљена.").await;
        assert_eq!(deadline(&w, &late).await.state, DeadlineState::Missed);
        let timeline = w.detail(&late).await.timeline;
        assert!(timeline.iter().any(|e| matches!(e.entry, Entry::DeadlineMet { late: true, .. })));
        assert_eq!(look(&w).await, 0, "nobody is told of what is done");
    })
    .await;
}

#[tokio::test]
async fn people_are_told_before_and_after_and_once() {
    both(async |w| {
        let (officer, actor) = user(&w, "sluzbenik", Role::Officer).await;
        let (supervisor, _) = user(&w, "nadzornik", Role::Supervisor).await;
        let case = opened(&w).await;
        assert_eq!(look(&w).await, 0, "too early");
        w.clock.advance(3 * DAY + 17 * HOUR);
        // Two nodes at once.
        let (one, other) = tokio::join!(w.actions.look_at_deadlines(), w.actions.look_at_deadlines());
        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!(look(&w).await, 0);
        assert_eq!(
            waiting(&w, officer).await,
            [TaskKind::DeadlineNear],
            "nobody is assigned: the service hears"
        );
        assert!(w.kinds(&case).await.ends_with(" escalated"));

        w.clock.advance(8 * HOUR);
        look(&w).await;
        use TaskKind::Escalated;
        assert_eq!(
            waiting(&w, officer).await,
            [Escalated],
            "one line for one deadline, the one that says most"
        );
        assert_eq!(w.db.task_count(officer, &Reach::All).await.unwrap(), 1);
        assert_eq!(waiting(&w, supervisor).await, []);
        assert!(deadline(&w, &case).await.missed_at.is_some());
        assert_eq!(w.detail(&case).await.case.due_at, Some(at(PROMISED)), "it still is to be met");

        let task = w.db.open_tasks(officer, &Reach::All, 9).await.unwrap().remove(0);
        w.actions.finish_task(&actor, task.id).await.unwrap();
        assert_eq!(waiting(&w, officer).await, [], "what it said also is done with it");

        w.clock.advance(DAY);
        look(&w).await;
        assert_eq!(waiting(&w, supervisor).await, [Escalated]);
        assert_eq!(look(&w).await, 0);
        is_rebuilt(&w, &case).await;

        answer(&w, &case, "Решено је.").await;
        assert_eq!((waiting(&w, officer).await, waiting(&w, supervisor).await), (vec![], vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_reminder_goes_with_the_case_to_its_next_assignee() {
    both(async |w| {
        let (first, _) = user(&w, "prvi", Role::Officer).await;
        let (second, actor) = user(&w, "drugi", Role::Officer).await;
        let case = opened(&w).await;
        let version = w.actions.assign(&SYSTEM, case.id, 1, Some(first)).await.unwrap();
        w.clock.advance(3 * DAY + 17 * HOUR);
        look(&w).await;
        assert_eq!(waiting(&w, first).await, [TaskKind::DeadlineNear]);
        w.actions.assign(&SYSTEM, case.id, version, Some(second)).await.unwrap();
        assert_eq!((waiting(&w, first).await, waiting(&w, second).await.len()), (vec![], 1));
        let task = w.db.open_tasks(second, &Reach::All, 9).await.unwrap().remove(0);
        assert!(matches!(w.actions.finish_task(&SYSTEM, task.id).await, Err(ActionError::NotFound)));
        assert_eq!(w.actions.finish_task(&actor, task.id).await.unwrap(), case.id);
        assert!(matches!(w.actions.finish_task(&actor, task.id).await, Err(ActionError::NotFound)));
        assert_eq!(w.db.task_count(second, &Reach::All).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_reminder_leaves_with_a_case_that_is_forwarded() {
    both(async |w| {
        let (first, _) = user(&w, "prvi", Role::Officer).await;
        let water = w.db.directory().department_by_key("water").unwrap().id;
        let (there, actor) = user(&w, "vodovod", Role::Officer).await;
        w.actions
            .set_user_role(&SYSTEM, there, RoleRules::seeded_id(Role::Officer), Some(water))
            .await
            .unwrap();
        let case = opened(&w).await;
        let version = w.actions.assign(&SYSTEM, case.id, 1, Some(first)).await.unwrap();
        w.clock.advance(3 * DAY + 17 * HOUR);
        look(&w).await;
        assert_eq!(waiting(&w, first).await, [TaskKind::DeadlineNear]);
        let version = w.actions.forward_case(&SYSTEM, case.id, version, water, "").await.unwrap();
        assert_eq!(
            (waiting(&w, first).await, waiting(&w, there).await),
            (vec![], vec![TaskKind::DeadlineNear])
        );
        // Back where it came from, and to whom.
        w.actions.return_case(&actor, case.id, version, "Није наше.").await.unwrap();
        assert_eq!(
            (waiting(&w, first).await, waiting(&w, there).await),
            (vec![TaskKind::DeadlineNear], vec![])
        );
    })
    .await;
}

#[tokio::test]
async fn a_paused_deadline_waits_and_goes_on_where_it_stood() {
    both(async |w| {
        let (_, officer) = user(&w, "sluzbenik", Role::Officer).await;
        let (_, operator) = user(&w, "operater", Role::Operator).await;
        let case = opened(&w).await;
        let id = deadline(&w, &case).await.id;
        let pause = async |actor: &Actor, reason, words| {
            w.actions.pause_deadline(actor, case.id, id, reason, words).await
        };
        assert!(matches!(pause(&operator, PauseReason::Citizen, "").await, Err(ActionError::Forbidden(_))));
        assert!(matches!(pause(&officer, PauseReason::Other, " ").await, Err(ActionError::Invalid(_))));
        pause(&officer, PauseReason::Citizen, "Тражена фотографија.").await.unwrap();
        assert!(matches!(pause(&officer, PauseReason::Citizen, "").await, Err(ActionError::Invalid(_))));
        assert_eq!(w.detail(&case).await.case.due_at, None, "nothing runs");
        w.clock.advance(10 * DAY);
        assert_eq!(look(&w).await, 0, "nobody is told while the clock stands");
        // Monday noon, ten days later: of Friday 12 hours were left, and a day and a half were to come.
        w.actions.resume_deadline(&officer, case.id, id).await.unwrap();
        let resumed = deadline(&w, &case).await;
        assert_eq!((resumed.state, resumed.due_at), (DeadlineState::Running, at("2026-12-02T11:00:00Z")));
        assert!(resumed.explanation.iter().any(|step| matches!(step, Step::Paused { .. })));
        assert!(matches!(
            w.actions.resume_deadline(&officer, case.id, id).await,
            Err(ActionError::Invalid(_))
        ));
        is_rebuilt(&w, &case).await;

        w.actions.pause_deadline(&officer, case.id, id, PauseReason::Institution, "").await.unwrap();
        w.clock.advance(10 * DAY);
        answer(&w, &case, "Решено је.").await;
        let met = deadline(&w, &case).await;
        assert_eq!(met.state, DeadlineState::Met, "while the clock stood nothing was late");
        assert!(met.open_pause().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_extension_is_bounded_by_the_profile_and_has_a_reason() {
    both(async |w| {
        let other = w.db.directory().category_by_key("other").unwrap().id;
        let profile = Some("information-15".to_owned());
        w.actions.set_category_deadline(&SYSTEM, other, profile).await.unwrap();
        let case = opened(&w).await;
        let all = w.db.case_deadlines(case.id).await.unwrap();
        let keys: Vec<_> = all.iter().map(|d| d.profile.as_str()).collect();
        assert_eq!(keys, ["information-15", "promise-48"]);
        let (information, promise) = (&all[0], &all[1]);
        assert_eq!(information.due_at, at("2026-12-07T22:59:59.999999Z"), "5 December is a Saturday");
        assert_eq!(w.detail(&case).await.case.due_at, Some(promise.due_at), "the sooner one");

        let extend = async |id, by, words| w.actions.extend_deadline(&SYSTEM, case.id, id, by, words).await;
        assert!(extend(promise.id, 1, "зато").await.is_err(), "a promise is not extended");
        assert!(extend(information.id, 26, "зато").await.is_err());
        assert!(extend(information.id, 10, "  ").await.is_err());
        extend(information.id, 10, "Велики број докумената.").await.unwrap();
        extend(information.id, 15, "И даље.").await.unwrap();
        assert!(extend(information.id, 1, "зато").await.is_err(), "40 days are the most");
        let extended = &w.db.case_deadlines(case.id).await.unwrap()[0];
        assert_eq!(extended.due_at, at("2026-12-30T22:59:59.999999Z"));
        is_rebuilt(&w, &case).await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_calendar_moves_what_runs() {
    both(async |w| {
        let (_, officer) = user(&w, "sluzbenik", Role::Officer).await;
        let case = opened(&w).await;
        let done = w.opened("t2", "0641234568", "Hvala").await;
        answer(&w, &done, "Хвала и Вама.").await;
        let slava = OwnDay { date: "2026-11-23".parse().unwrap(), hours: vec![], why: "Слава".into() };
        assert!(matches!(
            w.actions.put_own_day(&officer, slava.clone()).await,
            Err(ActionError::Forbidden(_))
        ));
        w.actions.put_own_day(&SYSTEM, slava.clone()).await.unwrap();
        assert_eq!(look(&w).await, 1);
        assert_eq!(w.detail(&case).await.case.due_at, Some(at("2026-11-25T11:00:00Z")));
        assert!(w.kinds(&case).await.ends_with("deadline_moved"));
        assert!(!w.kinds(&done).await.contains("deadline_moved"));
        assert_eq!(look(&w).await, 0);
        is_rebuilt(&w, &case).await;

        w.actions.remove_own_day(&SYSTEM, slava.date).await.unwrap();
        w.actions.remove_own_day(&SYSTEM, slava.date).await.unwrap_err();
        look(&w).await;
        assert_eq!(w.detail(&case).await.case.due_at, Some(at(PROMISED)));

        let week = w.db.directory().office.calendar.week.clone();
        w.actions.set_working_week(&SYSTEM, week, Holidays::None).await.unwrap();
        look(&w).await;
        assert_eq!(w.kinds(&case).await.matches("deadline_moved").count(), 2, "no holiday was in between");
        let never = odziv::domain::calendar::Week::default();
        assert!(w.actions.set_working_week(&SYSTEM, never, Holidays::None).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_not_undone_by_a_holiday_that_is_written_down_later() {
    both(async |w| {
        let case = opened(&w).await;
        w.clock.advance(5 * DAY);
        let slava = OwnDay { date: "2026-11-23".parse().unwrap(), hours: vec![], why: "Слава".into() };
        w.actions.put_own_day(&SYSTEM, slava).await.unwrap();
        look(&w).await;
        assert_eq!(w.detail(&case).await.case.due_at, Some(at(PROMISED)));
        assert!(!w.kinds(&case).await.contains("deadline_moved"));
    })
    .await;
}

#[tokio::test]
async fn another_category_brings_its_own_deadlines_counted_from_the_intake() {
    both(async |w| {
        let directory = w.db.directory();
        let water = directory.category_by_key("water").unwrap().id;
        w.actions.set_category_deadline(&SYSTEM, water, Some("complaint-15".into())).await.unwrap();
        let case = opened(&w).await;
        w.clock.advance(DAY);
        let version = w.actions.set_category(&SYSTEM, case.id, 1, water).await.unwrap();
        let all = w.db.case_deadlines(case.id).await.unwrap();
        let states: Vec<_> = all.iter().map(|d| (d.profile.as_str(), d.state)).collect();
        assert_eq!(
            states,
            [("promise-48", DeadlineState::Running), ("complaint-15", DeadlineState::Running)]
        );
        assert_eq!(all[1].started_at, w.detail(&case).await.case.opened_at);
        is_rebuilt(&w, &case).await;

        let roads = directory.category_by_key("roads").unwrap().id;
        w.actions.set_category(&SYSTEM, case.id, version, roads).await.unwrap();
        let all = w.db.case_deadlines(case.id).await.unwrap();
        assert_eq!(all[1].state, DeadlineState::Dropped);
        assert_eq!(w.detail(&case).await.case.due_at, Some(at(PROMISED)));
        is_rebuilt(&w, &case).await;
    })
    .await;
}

#[tokio::test]
async fn an_outcome_is_due_until_the_citizen_knows_it_and_again_when_the_case_is_opened_again() {
    both(async |w| {
        let other = w.db.directory().category_by_key("other").unwrap().id;
        w.actions.set_category_deadline(&SYSTEM, other, Some("complaint-15".into())).await.unwrap();
        let case = opened(&w).await;
        answer(&w, &case, "Притужба је основана.").await;
        let states = async || {
            let all = w.db.case_deadlines(case.id).await.unwrap();
            all.iter().map(|d| (d.profile.clone(), d.state)).collect::<Vec<_>>()
        };
        let of =
            |outcome, promise| vec![("complaint-15".to_owned(), outcome), ("promise-48".to_owned(), promise)];
        use DeadlineState::{Met, Running};
        assert_eq!(states().await, of(Running, Met), "the citizen does not know it yet");
        // What no report says is told by a human, in the end.
        let notice = w.db.notices(case.id).await.unwrap().pop().unwrap();
        w.actions.settle_notice(&SYSTEM, case.id, notice.id, Settled::Told(ByHand::Phone)).await.unwrap();
        assert_eq!(states().await, of(Met, Met));
        assert_eq!(w.detail(&case).await.case.due_at, None);

        w.clock.advance(20 * DAY);
        let version = w.detail(&case).await.case.version;
        w.actions.reopen_case(&SYSTEM, case.id, version, "Није решено.").await.unwrap();
        let all = w.db.case_deadlines(case.id).await.unwrap();
        let running: Vec<_> = all.iter().filter(|d| d.state.is_live()).collect();
        assert_eq!(running.len(), 1, "the first answer was given");
        assert_eq!((running[0].profile.as_str(), running[0].started_at), ("complaint-15", w.now()));
        assert!(w.kinds(&case).await.ends_with("reopened deadline_set"));
        is_rebuilt(&w, &case).await;
    })
    .await;
}

#[tokio::test]
async fn the_list_of_what_is_due_is_in_its_order_page_by_page() {
    both(async |w| {
        let mut opened = Vec::new();
        for n in 0..5 {
            let number = format!("064123450{n}");
            opened.push(w.opened(&format!("t{n}"), &number, "Nema vode").await.id);
            w.clock.advance(HOUR);
        }
        let due = DueWindow { from: None, until: Some(at("2026-11-24T14:30:00Z")) };
        let filter = CaseFilter { due: Some(due), ..CaseFilter::default() };
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = w.db.case_list(&filter, after, 2).await.unwrap();
            found.extend(page.rows.iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, opened[..4], "the last is due half an hour later");
        let counts = w.db.due_counts(&[due, DueWindow::default()], &Reach::All).await.unwrap();
        assert_eq!(counts, [4, 5]);
        if !w.db.is_postgres() {
            for filter in [filter.clone(), CaseFilter { department: Some(DepartmentId(1)), ..filter }] {
                let plan = w.db.explain_list(&filter, None).await.unwrap().join("\n");
                assert!(plan.contains("case_file_due"), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    })
    .await;
}
