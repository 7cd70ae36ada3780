//! Queues, operators' states and the figures of the day.

use std::time::Duration;

use odziv::actions::callback::{CallbackState, OpenCallback};
use odziv::actions::queue::QueueError;
use odziv::actions::{ActionError, Actor};
use odziv::domain::id::UserId;
use odziv::domain::operator::{OperatorChange, OperatorFigures, OperatorKept, OperatorState, PausedFor};
use odziv::domain::permission::Role;
use odziv::domain::queue::{Member, QueueFigures, QueueKept, QueueSettings, Strategy, Wrong};
use odziv::store::queue::{PauseReason, QueueRow};

use super::users::new_user;
use super::{SYSTEM, World, both, caller};

#[tokio::test]
async fn new_operator_is_in_the_first_queue_at_once() {
    both(async |w| {
        let mut news = w.actions.queue_news();
        let supervisor = user(&w, "vesna", Role::Supervisor).await;
        let operator = user(&w, "petar", Role::Operator).await;
        user(&w, "sluzbenik", Role::Officer).await;
        assert!(news.has_changed().unwrap());
        let floor = w.actions.floor_settings().await.unwrap();
        assert_eq!(floor.operators.len(), 2);
        let queue = &floor.queues[0];
        assert_eq!((queue.key.as_str(), queue.strategy), ("operators", Strategy::LongestIdle));
        assert_eq!(penalty(queue, operator), Some(0));
        assert_eq!(penalty(queue, supervisor), Some(1), "a supervisor helps out");

        news.mark_unchanged();
        w.actions.set_user_active(&SYSTEM, operator, false).await.unwrap();
        assert!(news.has_changed().unwrap());
        assert_eq!(penalty(&w.actions.floor_settings().await.unwrap().queues[0], operator), None);
    })
    .await;
}

#[tokio::test]
async fn queue_comes_back_as_it_was_set() {
    both(async |w| {
        let petar = user(&w, "petar", Role::Operator).await;
        let ana = user(&w, "ana", Role::Operator).await;
        let settings = QueueSettings {
            strategy: Strategy::RingAll,
            members: vec![Member { user: petar, penalty: 2 }, Member { user: ana, penalty: 0 }],
            pause_after_missed: None,
            wait_while_paused: false,
            max_wait: Some(Duration::from_secs(300)),
            overflow: Some("operators".into()),
            overflow_after: Some(Duration::from_secs(60)),
            ageing: None,
            widen_after: None,
            announce_every: None,
            announce_wait: false,
            ..QueueSettings::new("water", "Водовод")
        };
        let row = QueueRow { settings: settings.clone(), everyone: false };
        w.actions.put_queue(&SYSTEM, row.clone(), true).await.unwrap();
        assert!(w.db.queues().await.unwrap().contains(&row));
        assert!(w.actions.floor_settings().await.unwrap().queues.contains(&settings));
        let again = w.actions.put_queue(&SYSTEM, row.clone(), true).await;
        assert!(matches!(again, Err(QueueError::Wrong(Wrong::Key))));

        w.actions.remove_queue(&SYSTEM, "operators").await.unwrap();
        let left = w.db.queues().await.unwrap();
        assert_eq!(
            (left.len(), left[0].settings.overflow.clone()),
            (1, None),
            "nothing overflows into nowhere"
        );
        assert!(matches!(w.actions.remove_queue(&SYSTEM, "operators").await, Err(ActionError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn queues_are_changed_by_supervisors_and_not_by_operators() {
    both(async |w| {
        let id = user(&w, "petar", Role::Operator).await;
        let operator = Actor::User { id, role: Role::Operator };
        let row = || QueueRow { settings: QueueSettings::new("water", "Водовод"), everyone: true };
        let refused = w.actions.put_queue(&operator, row(), true).await;
        assert!(matches!(refused, Err(QueueError::Action(ActionError::Forbidden(_)))));
        let jovan = user(&w, "jovan", Role::Supervisor).await;
        let supervisor = Actor::User { id: jovan, role: Role::Supervisor };
        w.actions.put_queue(&supervisor, row(), true).await.unwrap();

        w.actions.may_set_state(&operator, id, Some("meal")).await.unwrap();
        assert!(w.actions.may_set_state(&operator, id, Some("boredom")).await.is_err());
        assert!(w.actions.may_set_state(&operator, jovan, None).await.is_err());
        w.actions.may_set_state(&supervisor, id, None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn skills_and_reasons_are_kept() {
    both(async |w| {
        let petar = user(&w, "petar", Role::Operator).await;
        let (languages, services) = (vec!["en".to_owned()], vec!["roads".to_owned(), "water".to_owned()]);
        w.actions.set_skills(&SYSTEM, petar, languages.clone(), services.clone()).await.unwrap();
        let floor = w.actions.floor_settings().await.unwrap();
        assert_eq!((&floor.operators[0].languages, &floor.operators[0].services), (&languages, &services));
        let unknown = w.actions.set_skills(&SYSTEM, petar, vec![], vec!["magic".into()]).await;
        assert!(matches!(unknown, Err(ActionError::Invalid(_))));

        let keys =
            async || w.db.pause_reasons().await.unwrap().into_iter().map(|r| r.key).collect::<Vec<_>>();
        assert_eq!(keys().await, ["break", "meal", "meeting", "training", "after-work"]);
        let reason = PauseReason {
            key: "field".into(),
            name_sr: "На терену".into(),
            name_en: "In the field".into(),
            retired: false,
        };
        w.actions.put_pause_reason(&SYSTEM, reason.clone()).await.unwrap();
        w.actions.may_set_state(&SYSTEM, petar, Some("field")).await.unwrap();
        w.actions.put_pause_reason(&SYSTEM, PauseReason { retired: true, ..reason }).await.unwrap();
        assert!(w.actions.may_set_state(&SYSTEM, petar, Some("field")).await.is_err());
        assert_eq!(keys().await.last().unwrap(), "field");
    })
    .await;
}

#[tokio::test]
async fn restart_finds_pauses_and_figures_of_the_day_but_not_of_yesterday() {
    both(async |w| {
        let petar = user(&w, "petar", Role::Operator).await;
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let kept = OperatorKept {
            user: petar,
            paused: Some(PausedFor { reason: "meal".into(), since: minutes(5) }),
            idle: minutes(20),
            today: OperatorFigures { answered: 7, missed: 1, talked: minutes(30) },
        };
        let paused = OperatorState::Paused { reason: "meal".into() };
        let change = |kept: &OperatorKept, state: &OperatorState, since| OperatorChange {
            kept: kept.clone(),
            state: state.clone(),
            since,
        };
        w.actions.operator_changed(change(&kept, &OperatorState::Ready, minutes(20))).await.unwrap();
        w.actions.operator_changed(change(&kept, &OperatorState::Ringing, minutes(6))).await.unwrap();
        w.actions.operator_changed(change(&kept, &paused, minutes(5))).await.unwrap();
        let figures = QueueFigures { offered: 9, answered: 7, waited: minutes(3), ..QueueFigures::default() };
        let queue = QueueKept { key: "operators".into(), today: figures };
        w.actions.save_queue_figures(vec![queue.clone()]).await.unwrap();

        w.clock.advance(minutes(10));
        let found = w.actions.load_floor().await.unwrap();
        let later = OperatorKept {
            paused: Some(PausedFor { reason: "meal".into(), since: minutes(15) }),
            idle: minutes(30),
            ..kept
        };
        assert_eq!((found.operators, found.queues), (vec![later], vec![queue]));
        let log = w.db.operator_log(petar, w.now() - minutes(60)).await.unwrap();
        let told: Vec<_> = log.iter().map(|l| (l.state.as_str(), l.reason.as_deref())).collect();
        assert_eq!(told, [("ready", None), ("paused", Some("meal"))]);
        assert_eq!(log[0].ended_at, Some(log[1].started_at));
        assert_eq!(log[1].ended_at, Some(w.now()));

        w.clock.advance(minutes(24 * 60));
        let found = w.actions.load_floor().await.unwrap();
        assert_eq!((found.operators[0].today, found.queues), (OperatorFigures::default(), vec![]));
        assert!(found.operators[0].paused.is_some());
    })
    .await;
}

#[tokio::test]
async fn restart_finds_promises_to_call_back_with_their_places() {
    both(async |w| {
        let arrived = w.actions.journal_call(w.arrived("promise", caller("+381641112223"))).await.unwrap();
        let promise = OpenCallback {
            interaction: arrived,
            queue: "operators".into(),
            number: "+381641112223".into(),
            language: "sr".into(),
            tries: 0,
            joined_at: w.now() - Duration::from_secs(90),
            priority: 3,
            service: Some("water".into()),
        };
        w.actions.promise_callback(promise.clone(), w.now()).await.unwrap();
        assert_eq!(w.actions.open_callbacks().await.unwrap(), [promise]);
        w.actions.callback_is(arrived, CallbackState::Kept { by: None }, w.now()).await.unwrap();
        assert_eq!(w.actions.open_callbacks().await.unwrap(), []);
    })
    .await;
}

async fn user(w: &World, login: &str, role: Role) -> UserId {
    w.actions.create_user(&SYSTEM, new_user(login, role)).await.unwrap()
}

fn penalty(queue: &QueueSettings, user: UserId) -> Option<u32> {
    queue.members.iter().find(|member| member.user == user).map(|member| member.penalty)
}
