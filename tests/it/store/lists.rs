//! The list: filtered, searched blind to the script, page by page.

use odziv::actions::town::{NewCategory, NewPerson};
use odziv::domain::case::{CaseNumber, CaseRef, Channel, Outcome, Status, Told};
use odziv::domain::id::CaseId;
use odziv::store::case_list::{Assignee, CaseFilter, Cursor, Order};

use super::durability::Careless;
use super::{SYSTEM, World, both, caller, phone};

#[tokio::test]
async fn case_is_found_by_any_spelling_and_any_notation() {
    both(async |w| {
        let person =
            NewPerson {
                name: "Ђорђе Љубић".into(), address: String::new(), phone: phone("0641234567")
            };
        w.actions.put_people(vec![person]).await.unwrap();
        let case = w.opened("t1", "0641234567", "Пукла је цев, вода тече низ улицу").await;
        w.opened("t2", "0631111222", "Rupa na putu").await;
        for q in [
            "Ђорђе",
            "Đorđe",
            "djordje",
            "DJORDJ",
            "ljub",
            "вода",
            "voda",
            "цев ђорђе",
            "064/123-45-67",
            "+381 64 123 4567",
            "00381641234567",
            "0641234567",
            "1234567",
            "400-1/2026",
            "400-1/2026-01",
        ] {
            assert_eq!(search(&w, q).await, [case.id], "{q}");
        }
        assert_eq!(search(&w, "bager").await, []);
        assert_eq!(search(&w, "  --  ").await.len(), 2, "nothing to look for is everything");

        w.actions.add_note(&SYSTEM, case.id, "Послат багер").await.unwrap();
        assert_eq!(search(&w, "bager").await, [case.id]);
        assert_eq!(search(&w, "voda").await, [case.id], "still found by what was there");
    })
    .await;
}

#[tokio::test]
async fn person_named_later_is_found_by_the_name() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Nema vode").await;
        let person = NewPerson {
            name: "Милица Шћепановић".into(),
            address: "Дунавска 5".into(),
            phone: phone("0641234567"),
        };
        w.actions.put_people(vec![person]).await.unwrap();
        assert_eq!(search(&w, "scepanovic").await, [case.id]);
        let row = w.db.case_row(case.id).await.unwrap().unwrap();
        assert_eq!(row.person_name, "Милица Шћепановић");
    })
    .await;
}

#[tokio::test]
async fn cases_of_one_commit_are_found_beside_works_that_failed() {
    both(async |w| {
        let careless = |n: usize| w.db.write(Careless { id: format!("x{n}"), fails: n.is_multiple_of(2) });
        let texts = (0..20).map(|n| {
            let (number, words) = (format!("06412345{n:02}"), format!("kvar{n:02} prvi"));
            w.actions.receive_text(w.text(&format!("a{n}"), &number, &words))
        });
        // The same citizens again: their open cases get further words before the first are in the index.
        let further = (0..20).map(|n| {
            let (number, words) = (format!("06412345{n:02}"), format!("dopuna{n:02}"));
            w.actions.receive_text(w.text(&format!("b{n}"), &number, &words))
        });
        // Not awaited one by one, so that the writer finds them together.
        let (failures, opened, joined) = futures_util::future::join3(
            futures_util::future::join_all((0..20).map(careless)),
            futures_util::future::join_all(texts),
            futures_util::future::join_all(further),
        )
        .await;
        assert_eq!(failures.iter().filter(|done| done.is_err()).count(), 10);
        assert!(opened.iter().chain(&joined).all(Result::is_ok));
        for n in 0..20 {
            let by_first = search(&w, &format!("kvar{n:02}")).await;
            assert_eq!(by_first.len(), 1, "{n}");
            assert_eq!(search(&w, &format!("dopuna{n:02} kvar{n:02}")).await, by_first, "{n}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_follow_one_another_while_new_cases_come_in() {
    both(async |w| {
        let mut opened = Vec::new();
        for n in 0..25 {
            // Several in the same microsecond: the id decides.
            if n % 3 == 0 {
                w.clock.advance(std::time::Duration::from_secs(1));
            }
            opened.push(w.opened(&format!("t{n}"), &format!("06412340{n:02}"), "Nema vode").await.id);
        }
        for q in [None, Some("nema".to_owned())] {
            let filter = CaseFilter { q, ..CaseFilter::default() };
            let mut seen = Vec::new();
            let mut after: Option<Cursor> = None;
            loop {
                let page = w.db.case_list(&filter, after, 10).await.unwrap();
                seen.extend(page.rows.iter().map(|row| row.id));
                let id = format!("late{}{}", seen.len(), filter.q.is_some());
                w.opened(&id, &format!("06{:08}", 31_000_000 + seen.len() + id.len()), "Nema struje").await;
                let Some(next) = page.next else { break };
                after = Some(next.to_string().parse().unwrap());
            }
            seen.retain(|id| opened.contains(id));
            assert!(seen.iter().rev().eq(opened.iter()), "{:?}", filter.q);
        }
    })
    .await;
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    both(async |w| {
        let leak = NewCategory {
            key: "water.leak".into(),
            name_sr: "Цурење".into(),
            name_en: "Leak".into(),
            class: "352".into(),
            department: Some("water".into()),
            parent: Some("water".into()),
        };
        let [leak] = w.actions.put_categories(vec![leak]).await.unwrap()[..] else { panic!() };
        let text = w.opened("t1", "0641234567", "Nema vode").await;
        w.clock.advance(std::time::Duration::from_secs(60));
        let call = w.journal("c1", caller("0631111222")).await;
        let call = w.actions.open_call_case(call, "water.leak", w.now()).await.unwrap();
        assert!(call.number.as_str().starts_with("352-1/"));
        let user = super::users::new_user("ana", odziv::domain::permission::Role::Operator);
        let ana = w.actions.create_user(&SYSTEM, user).await.unwrap();
        let v = w.actions.assign(&SYSTEM, call.id, 1, Some(ana)).await.unwrap();
        w.actions.answer_case(&SYSTEM, call.id, v, super::resolved("Popravljeno.")).await.unwrap();
        let directory = w.db.directory();
        let water = directory.category_by_key("water").unwrap().id;

        let all = CaseFilter::default;
        for (filter, expected) in [
            (all(), vec![&call, &text]),
            (CaseFilter { status: Some(Status::New), ..all() }, vec![&text]),
            (CaseFilter { channel: Some(Channel::Call), ..all() }, vec![&call]),
            (CaseFilter { category: Some(water), ..all() }, vec![&call]),
            (CaseFilter { category: Some(leak), ..all() }, vec![&call]),
            (
                CaseFilter { department: directory.department_by_key("other").map(|d| d.id), ..all() },
                vec![&text],
            ),
            (CaseFilter { assignee: Some(Assignee::User(ana)), ..all() }, vec![&call]),
            (CaseFilter { assignee: Some(Assignee::Nobody), ..all() }, vec![&text]),
            (CaseFilter { from: Some(w.now()), ..all() }, vec![&call]),
            (CaseFilter { until: Some(w.now()), ..all() }, vec![&text]),
            (CaseFilter { number: Some(CaseNumber("352-1/2026-01".into())), ..all() }, vec![&call]),
            (CaseFilter { phone: Some(phone("064 123 4567")), ..all() }, vec![&text]),
            (CaseFilter { statuses: vec![Status::New, Status::Answered], ..all() }, vec![&call, &text]),
            (CaseFilter { statuses: vec![Status::Closed, Status::Answered], ..all() }, vec![&call]),
            (CaseFilter { told: Some(Told::Failed), ..all() }, vec![]),
            (CaseFilter { order: Order::Updated, ..all() }, vec![&call, &text]),
            (CaseFilter { q: Some("2026".into()), status: Some(Status::Answered), ..all() }, vec![&call]),
            (CaseFilter { q: Some("nema".into()), status: Some(Status::Answered), ..all() }, vec![]),
        ] {
            assert_eq!(list(&w, &filter).await, ids(&expected), "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn hot_queries_of_the_embedded_database_scan_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let w = World::open(&odziv::config::store::Store::default(), folder.path()).await;
    let some = |n| Some(odziv::domain::id::CategoryId(n));
    let all = CaseFilter::default;
    let after = Some(Cursor { at: w.now(), id: CaseId(5) });
    for filter in [
        all(),
        CaseFilter { status: Some(Status::New), ..all() },
        CaseFilter { channel: Some(Channel::Sms), ..all() },
        CaseFilter { category: some(1), ..all() },
        CaseFilter { assignee: Some(Assignee::Nobody), ..all() },
        CaseFilter { assignee: Some(Assignee::User(odziv::domain::id::UserId(1))), ..all() },
        CaseFilter { phone: Some(phone("0641234567")), ..all() },
        CaseFilter { statuses: vec![Status::New, Status::InProgress, Status::Reopened], ..all() },
        CaseFilter { outcome: Some(Outcome::Resolved), ..all() },
        CaseFilter { told: Some(Told::Failed), ..all() },
        CaseFilter { order: Order::Updated, ..all() },
        CaseFilter { order: Order::Due, ..all() },
        CaseFilter { q: Some("voda".into()), ..all() },
        CaseFilter { q: Some("voda".into()), status: Some(Status::New), ..all() },
        CaseFilter { from: Some(w.now()), until: Some(w.now()), status: Some(Status::New), ..all() },
    ] {
        for after in [None, after] {
            let plan = w.db.explain_list(&filter, after).await.unwrap().join("\n");
            let scans = plan.lines().filter(|l| l.contains("SCAN") && !l.contains("INDEX"));
            // What an index gave already, by its name in the statement, is no table.
            let given = ["VIRTUAL TABLE", "SCAN s", "SCAN f", "SCAN u", "SCAN arm"];
            let scans: Vec<_> = scans.filter(|l| !given.iter().any(|given| l.contains(given))).collect();
            assert!(scans.is_empty(), "{filter:?}\n{plan}");
            // Lists of several states are put together, each from its index.
            let is_one = filter.q.is_none() && filter.statuses.len() < 2;
            assert!(!is_one || !plan.contains("TEMP B-TREE"), "sorted: {filter:?}\n{plan}");
        }
    }
}

async fn search(w: &World, q: &str) -> Vec<CaseId> {
    list(w, &CaseFilter { q: Some(q.into()), ..CaseFilter::default() }).await
}

async fn list(w: &World, filter: &CaseFilter) -> Vec<CaseId> {
    w.db.case_list(filter, None, 50).await.unwrap().rows.iter().map(|row| row.id).collect()
}

fn ids(cases: &[&CaseRef]) -> Vec<CaseId> {
    cases.iter().map(|case| case.id).collect()
}
