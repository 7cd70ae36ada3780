//! The demo's town in a real store.

use odziv::actions::Actions;
use odziv::clock::Clock;
use odziv::config::{cases::Cases, store::Store};
use odziv::demo::{operators, seed, town::Town};
use odziv::store::Db;
use odziv::store::case_list::CaseFilter;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn town_is_written_once_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::test("2026-11-22T12:00:00Z".parse().unwrap());
    let db = Db::open(&Store::default(), folder.path()).await.unwrap();
    let actions = Actions::new(db.clone(), clock.clone(), Cases::default()).await.unwrap();
    let zone = jiff::tz::TimeZone::get("Europe/Belgrade").unwrap();
    let town = Town::generate(48, clock.now(), &zone);

    assert!(seed::seed(&actions, &town, folder.path()).await.unwrap());
    assert!(!seed::seed(&actions, &town, folder.path()).await.unwrap());

    let page = db.case_list(&CaseFilter::default(), None, 200).await.unwrap();
    assert_eq!(page.rows.len(), 200);
    assert!(page.next.is_some());
    // Nothing of the past is left for the SMSC of today.
    assert!(actions.claim_texts(10).await.unwrap().is_empty());
    let heard = page.rows.iter().filter(|row| row.summary.is_empty());
    let mut recordings = 0;
    for row in heard.take(40) {
        let detail = db.case_detail(row.id).await.unwrap().unwrap();
        for recording in detail.recordings {
            assert!(folder.path().join(&recording.path).exists(), "{recording:?}");
            recordings += 1;
        }
    }
    assert!(recordings > 5, "{recordings}");
    let busiest = &page.rows[150];
    assert!(busiest.opened_at < clock.now());
    let rebuilt = actions.rebuild(false, &mut |found| panic!("{found:?}")).await.unwrap();
    assert!(rebuilt.cases > 200 && rebuilt.differing == 0, "{rebuilt:?}");
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_have_one_telephone_each_however_often_the_demo_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::test("2026-11-22T12:00:00Z".parse().unwrap());
    let db = Db::open(&Store::default(), folder.path()).await.unwrap();
    let actions = Actions::new(db.clone(), clock.clone(), Cases::default()).await.unwrap();
    let zone = jiff::tz::TimeZone::get("Europe/Belgrade").unwrap();
    let town = Town { history: Vec::new(), ..Town::generate(48, clock.now(), &zone) };
    seed::seed(&actions, &town, folder.path()).await.unwrap();
    let posts = town.users.iter().filter(|user| user.post.is_some()).count();
    for _ in 0..3 {
        let accounts = operators::prepare(&actions, &town, "odziv").await.unwrap();
        assert_eq!(accounts.len(), posts);
        let phones = actions.phones().await.unwrap();
        let mut usernames: Vec<&str> = phones.iter().map(|phone| phone.username.as_str()).collect();
        let mut given: Vec<&str> = accounts.iter().map(|account| account.username.as_str()).collect();
        usernames.sort_unstable();
        given.sort_unstable();
        assert_eq!(usernames, given, "those of the start before are revoked");
    }
    let paused = actions.load_floor().await.unwrap().operators;
    let paused: Vec<_> = paused.iter().filter_map(|operator| operator.paused.as_ref()).collect();
    assert_eq!(paused.len(), 2, "one at lunch, and the supervisor");
    db.close().await;
}
