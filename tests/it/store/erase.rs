//! What is kept of somebody is erased, and everything else still holds.

use std::time::Duration;

use odziv::actions::delivery::{DeliveryReport, Submission, SubmitResult};
use odziv::actions::erase::Postponed;
use odziv::actions::retention::{Rule, RuleError};
use odziv::actions::{ActionError, Actor};
use odziv::domain::caller::Caller;
use odziv::domain::case::{CaseRef, Status};
use odziv::domain::id::{PersonId, UserId};
use odziv::domain::message::DeliveryState;
use odziv::domain::permission::Role;
use odziv::domain::timeline::Entry;
use odziv::store::Db;
use odziv::store::case_list::CaseFilter;
use odziv::store::erase::TABLES;

use super::{World, both, by_hand, caller, each_store, resolved};

pub const DAY: Duration = Duration::from_secs(86_400);

/// What is known of one citizen; no row may hold any of it afterwards.
pub const HERS: [&str; 5] = ["Зорица", "шахт", "Дунавска", "641112223", "sahta"];
pub const HER_NUMBER: &str = "0641112223";

pub const ADMIN: Actor = Actor::User { id: UserId(1), role: Role::Administrator };

/// A text with a note and a call with a recording, both answered and closed; the second case is hers too.
pub async fn her_cases(w: &World, folder: &std::path::Path) -> (PersonId, CaseRef, CaseRef) {
    w.with_clerk().await;
    let first = w.opened("m1", HER_NUMBER, "Дунавска 5: поклопац шахта недостаје").await;
    w.actions.add_note(&ADMIN, first.id, "Зорица је звала и за мужа").await.unwrap();
    finish(w, &first).await;
    let call = w.journal("call-1", caller(HER_NUMBER)).await;
    let second = w.actions.open_call_case(call, "water", w.now()).await.unwrap();
    std::fs::create_dir_all(folder.join("recordings")).unwrap();
    std::fs::write(folder.join("recordings/a.wav"), "sound").unwrap();
    let recording = w.actions.start_recording(call, "recordings/a.wav".into(), w.now()).await.unwrap();
    w.actions.finish_recording(recording, Some(Duration::from_secs(9))).await.unwrap();
    w.actions.finish_call(call, w.ended()).await.unwrap();
    finish(w, &second).await;
    let person = w.detail(&first).await.case.person.unwrap();
    w.name_person(person).await;
    (person, first, second)
}

impl World {
    async fn name_person(&self, person: PersonId) {
        let phone = super::phone(HER_NUMBER);
        let known = odziv::actions::town::NewPerson {
            name: "Зорица Дунђерски".into(),
            address: "Дунавска 5".into(),
            phone,
        };
        assert_eq!(self.actions.put_people(vec![known]).await.unwrap(), [person]);
    }

    async fn hits(&self, q: &str) -> usize {
        let filter = CaseFilter { q: Some(q.into()), ..CaseFilter::default() };
        self.db.case_list(&filter, None, 10).await.unwrap().rows.len()
    }
}

/// Answered; the citizen has the outcome in hand, so that the case is closed.
pub async fn finish(w: &World, case: &CaseRef) {
    for text in w.actions.claim_texts(10).await.unwrap() {
        let result = SubmitResult::Rejected { code: 1, reason: "not of interest".into() };
        w.actions.record_submissions(vec![Submission { id: text.id, result, at: w.now() }]).await.unwrap();
    }
    let version = w.detail(case).await.case.version;
    w.actions.answer_case(&ADMIN, case.id, version, resolved("Поклопац шахта је враћен.")).await.unwrap();
    for text in w.actions.claim_texts(10).await.unwrap() {
        let id = text.id;
        let message = format!("message {id}");
        let result = SubmitResult::Accepted { link: "main".into(), message_ids: vec![message.clone()] };
        w.actions.record_submissions(vec![Submission { id, result, at: w.now() }]).await.unwrap();
        let report = DeliveryReport {
            link: "main".into(),
            message_id: message,
            state: DeliveryState::Delivered,
            error: None,
            at: w.now(),
        };
        w.actions.record_report(report).await.unwrap();
    }
    assert_eq!(w.detail(case).await.case.status, Status::Closed);
}

/// Tables in which somebody of `HERS` is found.
pub async fn traces(db: &Db) -> Vec<String> {
    let mut found = Vec::new();
    for (table, _) in TABLES {
        let rows = db.texts_of(table).await.unwrap();
        if let Some(row) = rows.iter().find(|row| HERS.iter().any(|word| row.contains(word))) {
            found.push(format!("{table}: {row}"));
        }
    }
    found
}

/// Which of `HERS` the files of the embedded database contain, used pages or not, its log and the index of search keys too.
fn in_files(folder: &std::path::Path) -> Vec<&'static str> {
    let files = ["odziv.db", "odziv.db-wal"].map(|name| std::fs::read(folder.join(name)).unwrap_or_default());
    let holds = |word: &&str| {
        let word = word.as_bytes();
        files.iter().any(|file| file.windows(word.len()).any(|window| window == word))
    };
    HERS.into_iter().filter(holds).collect()
}

#[tokio::test]
async fn nothing_of_somebody_is_left_and_rows_timelines_and_audit_still_hold() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let (person, first, second) = her_cases(&w, folder.path()).await;
        let other = w.opened("m9", "0649999999", "Пукла цев у Змај Јовиној").await;
        w.actions.seal_timelines().await.unwrap();
        assert!(!traces(&w.db).await.is_empty());
        assert!(
            store.url.is_empty() == (in_files(folder.path()).len() >= HERS.len()),
            "in the file at first"
        );
        assert_eq!((w.hits("шахт").await, w.hits(HER_NUMBER).await), (2, 2));

        // What the law wants kept is kept, and goes by itself when it may.
        let asked = w.actions.erase_person(&ADMIN, person, "захтев 12/2026, чл. 30 ЗЗПЛ").await.unwrap();
        assert!(asked.erased.is_empty() && !asked.done);
        let legal = |(_, why): &(_, Postponed)| matches!(why, Postponed::Legal { basis, .. } if basis.contains("архивској"));
        assert!(asked.postponed.len() == 2 && asked.postponed.iter().all(legal), "{asked:?}");
        assert!(folder.path().join("recordings/a.wav").exists());

        w.clock.advance(DAY * 731);
        let due = w.actions.retention_due(&ADMIN).await.unwrap();
        assert_eq!(due.requests, 1);
        w.actions.keep_retention().await.unwrap();
        let remove = |path: &str| std::fs::remove_file(folder.path().join(path));
        assert_eq!(w.actions.remove_erased_files(&remove).await.unwrap(), 1);
        assert!(!folder.path().join("recordings/a.wav").exists());

        assert_eq!(traces(&w.db).await, [""; 0]);
        assert_eq!(in_files(folder.path()), [""; 0]);
        assert_eq!((w.hits("шахт").await, w.hits(HER_NUMBER).await), (0, 0));
        assert_eq!(w.hits(first.number.as_str()).await, 1, "the case itself is still there");
        assert_eq!(w.hits("Пукла").await, 1, "others are left alone");
        for case in [&first, &second] {
            let detail = w.detail(case).await;
            let last = detail.timeline.last().unwrap();
            assert!(
                matches!(&last.entry, Entry::Erased { reason } if reason.contains("12/2026")),
                "{last:?}"
            );
            assert_eq!((detail.case.caller, detail.case.summary.as_str()), (None, ""));
            assert!(detail.recordings.is_empty());
        }
        assert!(!w.detail(&other).await.case.summary.is_empty());
        assert_eq!(w.rebuilt(false).await, [""; 0]);
        w.actions.seal_timelines().await.unwrap();
        let proof = w.actions.prove_audit(&Default::default()).await.unwrap();
        assert_eq!((proof.broken, proof.unsealed), (None, 0));

        // A new contact of the same number is somebody new.
        let again = w.opened("m10", HER_NUMBER, "Поново").await;
        assert_ne!(w.detail(&again).await.case.person, Some(person));

        // What an erasure left may not be changed either.
        let forged = "UPDATE case_event SET payload = '{\"kind\":\"note\",\"words\":\"подметнуто\"}' \
             WHERE kind = 'note' AND erasure IS NOT NULL";
        assert!(by_hand(&store, folder.path(), forged).await.is_err());
        by_hand(&store, folder.path(), &super::audit::without_triggers(&store, forged)).await.unwrap();
        let broken = w.actions.prove_audit(&Default::default()).await.unwrap().broken;
        assert!(broken.is_some(), "an erased entry that says something again");
        w.db.close().await;
    }
}

#[tokio::test]
async fn open_work_is_not_erased_and_only_who_may_asks_for_it() {
    both(async |w| {
        w.with_clerk().await;
        let case = w.opened("m1", HER_NUMBER, "Нема воде").await;
        let person = w.detail(&case).await.case.person.unwrap();
        let officer = super::users::new_user("petar", Role::Officer);
        let officer = w.actions.create_user(&super::SYSTEM, officer).await.unwrap();
        let officer = Actor::User { id: officer, role: Role::Officer };
        let refused = w.actions.erase_person(&officer, person, "захтев").await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
        let unsaid = w.actions.erase_person(&ADMIN, person, "  ").await;
        assert!(matches!(unsaid, Err(ActionError::Invalid(_))));
        let unknown = w.actions.erase_person(&ADMIN, PersonId(999), "захтев").await;
        assert!(matches!(unknown, Err(ActionError::NotFound)));
        let asked = w.actions.erase_person(&ADMIN, person, "захтев").await.unwrap();
        assert_eq!(asked.postponed, [(case.number.clone(), Postponed::Open)]);
        assert_eq!(w.detail(&case).await.case.summary, "Нема воде");
        assert!(w.db.erasure_request(person).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn recordings_and_cases_go_when_their_time_is_up_by_the_rule_of_their_category() {
    for (store, folder) in each_store() {
        let w = World::open(&store, folder.path()).await;
        let (person, first, second) = her_cases(&w, folder.path()).await;
        let rule = |category: &str, keep_days, recording_days| Rule {
            category: category.into(),
            keep_days,
            recording_days,
            legal_days: 0,
            basis: String::new(),
        };
        let put = async |rule| w.actions.put_retention_rule(&ADMIN, rule).await;
        put(rule("", 100, 50)).await.unwrap();
        put(rule("water", 200, 10)).await.unwrap();
        assert!(matches!(put(rule("water", 5, 10)).await, Err(RuleError::Wrong(_))));
        assert!(matches!(put(rule("nowhere", 5, 1)).await, Err(RuleError::Action(_))));

        let due = async || {
            let due = w.actions.retention_due(&ADMIN).await.unwrap();
            (due.cases, due.recordings)
        };
        assert_eq!(due().await, (0, 0));
        w.clock.advance(DAY * 11);
        assert_eq!(due().await, (0, 1), "the recording on the water case");
        assert_eq!(due().await, (0, 1), "a trial changes nothing");
        let done = w.actions.keep_retention().await.unwrap();
        assert_eq!((done.cases, done.recordings), (0, 1));
        assert_eq!(w.actions.keep_retention().await.unwrap().recordings, 0, "once");
        assert!(w.detail(&second).await.recordings.is_empty());

        w.clock.advance(DAY * 90);
        assert_eq!(
            w.actions.retention_due(&ADMIN).await.unwrap().numbers,
            std::slice::from_ref(&first.number)
        );
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 1);
        assert_eq!(w.detail(&first).await.case.summary, "");
        assert!(w.db.person(person).await.unwrap().is_some_and(|person| !person.name.is_empty()));
        w.clock.advance(DAY * 100);
        assert_eq!(w.actions.keep_retention().await.unwrap().cases, 1);
        let person = w.db.person(person).await.unwrap().unwrap();
        assert_eq!(
            (person.name.as_str(), person.phones.len()),
            ("", 0),
            "with the last case goes the person"
        );
        assert_eq!(w.rebuilt(false).await, [""; 0]);
        assert_eq!(w.actions.prove_audit(&Default::default()).await.unwrap().broken, None);
        w.db.close().await;
    }
}

#[tokio::test]
async fn every_table_is_on_the_list_of_what_it_keeps_of_citizens() {
    both(async |w| {
        // What the index of SQLite is made of.
        let own = |table: &String| !table.contains("_fts_") && !table.starts_with("sqlite_");
        let tables: Vec<String> = w.db.tables().await.unwrap().into_iter().filter(own).collect();
        let listed = |table: &&String| TABLES.iter().any(|(name, _)| name == table);
        let forgotten: Vec<&String> = tables.iter().filter(|table| !listed(table)).collect();
        assert!(forgotten.is_empty(), "say in store/erase.rs what these keep of citizens: {forgotten:?}");
        let _ = w.journal("call-1", Caller::Hidden).await;
    })
    .await;
}
