//! Search: what stands first and why, people as hits of their own, page by page.

use odziv::actions::town::NewPerson;
use odziv::domain::case::Status;
use odziv::domain::id::{CaseId, PersonId};
use odziv::domain::phone::PhoneNumber;
use odziv::domain::search::{Place, Query, Rank};
use odziv::store::case_list::CaseFilter;

use super::{SYSTEM, World, both, phone};

#[tokio::test]
async fn best_reason_stands_first_and_newer_before_older() {
    both(async |w| {
        person(&w, "Јован Водић", "", "0641111111").await;
        let by_name = w.opened("t1", "0641111111", "Рупа на путу").await;
        let older = w.opened("t2", "0642222222", "Нема воде од јутрос").await;
        let newer = w.opened("t3", "0643333333", "vodic, pukla je cev").await;
        let by_number = w.opened("t4", "0644444444", "Не ради лифт").await;
        assert_eq!(
            hits(&w, "vod").await,
            [(Rank::Name, by_name.id), (Rank::Words, newer.id), (Rank::Words, older.id)]
        );
        // 400-4 is the number of one, and the beginning of words of another.
        w.actions.add_note(&SYSTEM, older.id, "види 400 4x").await.unwrap();
        assert_eq!(hits(&w, "400-4").await[0], (Rank::Number, by_number.id));
        // A house number stands alone or with a letter, and is no beginning of another.
        w.actions.add_note(&SYSTEM, newer.id, "Дунавска 73а").await.unwrap();
        w.actions.add_note(&SYSTEM, older.id, "Дунавска 730").await.unwrap();
        for q in ["дунавска 73", "dunavska 73a", "73 dunav"] {
            assert_eq!(hits(&w, q).await, [(Rank::Words, newer.id)], "{q}");
        }
        assert!(hits(&w, "400-4").await.contains(&(Rank::Words, older.id)));
        assert_eq!(hits(&w, "400 4/2026").await, [(Rank::Number, by_number.id)]);
        // A telephone number of one that another wrote down.
        w.actions.add_note(&SYSTEM, by_number.id, "Звати 0642222222").await.unwrap();
        assert_eq!(hits(&w, "064/222-22-22").await, [(Rank::Phone, older.id), (Rank::Words, by_number.id)]);
        assert_eq!(hits(&w, "00381642222222").await, [(Rank::Phone, older.id)]);
        assert_eq!(hits(&w, "bioskop").await, []);
    })
    .await;
}

#[tokio::test]
async fn pages_of_hits_follow_one_another_through_the_ranks() {
    both(async |w| {
        person(&w, "Вода Водић", "", "0640000000").await;
        for n in 0..5 {
            w.opened(&format!("a{n}"), "0640000000", "Рупа").await;
            w.clock.advance(std::time::Duration::from_secs(60 * 24 * 3600));
        }
        for n in 0..12 {
            w.opened(&format!("t{n}"), &format!("06411111{n:02}"), "Нема воде").await;
        }
        let all = hits(&w, "vod").await;
        assert_eq!(all.iter().filter(|(rank, _)| *rank == Rank::Name).count(), 5);
        assert_eq!(all.len(), 17);
        for size in [1, 4, 5, 17] {
            let (mut seen, mut after): (Vec<_>, Option<Place>) = (Vec::new(), None);
            loop {
                let query = Query::parse("vod").unwrap();
                let page =
                    w.db.search_cases(&query, None, &CaseFilter::default(), after, size).await.unwrap();
                assert!(page.hits.len() <= size as usize);
                seen.extend(page.hits.iter().map(|hit| (hit.rank, hit.case.id)));
                let Some(next) = page.next else { break };
                after = Some(next.to_string().parse().unwrap());
            }
            assert_eq!(seen, all, "{size}");
        }
    })
    .await;
}

#[tokio::test]
async fn search_finds_only_what_the_filter_lets_through() {
    both(async |w| {
        let closed = w.opened("t1", "0641111111", "Нема воде").await;
        w.opened("t2", "0642222222", "Нема воде").await;
        w.actions.assign(&SYSTEM, closed.id, 1, None).await.unwrap();
        let filter = CaseFilter { number: Some(closed.number.clone()), ..CaseFilter::default() };
        let query = Query::parse("voda").unwrap();
        let found = w.db.search_cases(&query, None, &filter, None, 10).await.unwrap();
        assert!(found.hits.is_empty(), "voda is not a beginning of воде");
        let query = Query::parse("vode").unwrap();
        let found = w.db.search_cases(&query, None, &filter, None, 10).await.unwrap();
        assert_eq!(found.hits.iter().map(|hit| hit.case.id).collect::<Vec<_>>(), [closed.id]);
        let filter = CaseFilter { status: Some(Status::Closed), ..CaseFilter::default() };
        assert!(w.db.search_cases(&query, None, &filter, None, 10).await.unwrap().hits.is_empty());
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_name_number_and_address() {
    both(async |w| {
        let ana = person(&w, "Ана Ђорђевић", "Дунавска 5", "0641111111").await;
        let jovan = person(&w, "Јован Дунавски", "", "0642222222").await;
        w.opened("t1", "0643333333", "Дунавска је поплављена").await;
        assert_eq!(people(&w, "djordjevic").await, [ana]);
        assert_eq!(people(&w, "ана ДУНАВ").await, [ana]);
        assert_eq!(people(&w, "dunav").await, [jovan, ana], "a name before an address");
        assert_eq!(people(&w, "064/222-2222").await, [jovan]);
        assert_eq!(people(&w, "2222222").await, [jovan]);
        // Of whom only the number is known.
        assert_eq!(people(&w, "0643333333").await.len(), 1);
        let renamed = person(&w, "Ана Петровић", "Дунавска 5", "0641111111").await;
        assert_eq!(renamed, ana);
        assert_eq!(people(&w, "djordjevic").await, []);
        assert_eq!(people(&w, "petrovic").await, [ana]);
        let listed = w.db.people(None, None, None, 10).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [jovan, ana]);
    })
    .await;
}

async fn person(w: &World, name: &str, address: &str, number: &str) -> PersonId {
    let person = NewPerson { name: name.into(), address: address.into(), phone: phone(number) };
    w.actions.put_people(vec![person]).await.unwrap().remove(0)
}

async fn hits(w: &World, q: &str) -> Vec<(Rank, CaseId)> {
    let (query, phone) = (Query::parse(q).unwrap(), PhoneNumber::parse(q, "RS").ok());
    let page = w.db.search_cases(&query, phone.as_ref(), &CaseFilter::default(), None, 50).await.unwrap();
    page.hits.iter().map(|hit| (hit.rank, hit.case.id)).collect()
}

async fn people(w: &World, q: &str) -> Vec<PersonId> {
    let (query, phone) = (Query::parse(q).unwrap(), PhoneNumber::parse(q, "RS").ok());
    let rows = w.db.people(Some(&query), phone.as_ref(), None, 10).await.unwrap();
    rows.iter().map(|row| row.id).collect()
}
