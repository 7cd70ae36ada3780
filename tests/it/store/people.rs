//! The card of a person, merges of two, and their exact undoing.

use odziv::actions::person::PersonChange;
use odziv::actions::town::NewPerson;
use odziv::actions::{ActionError, Actor};
use odziv::domain::id::{PersonId, UserId};
use odziv::domain::permission::Role;
use odziv::domain::permission::reach::Reach;
use odziv::domain::person::{
    ConsentKind, ConsentMeans, PersonFacts, PersonLanguage, Point, PointKind, TellBy,
};
use odziv::domain::search::Query;
use odziv::store::case_list::CaseFilter;

use super::{SYSTEM, World, both, phone};

#[tokio::test]
async fn card_is_changed_by_who_saw_it_as_it_is() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let id = w.detail(&case).await.case.person.unwrap();
        let facts = PersonFacts {
            name: "  Ђорђе   Љубић ".into(),
            language: Some(PersonLanguage::SerbianLatin),
            tell_by: Some(TellBy::Email),
        };
        let version = change(&w, id, 1, PersonChange::Facts(facts.clone())).await.unwrap();
        let stale = change(&w, id, 1, PersonChange::Note("x".into())).await;
        assert!(matches!(stale, Err(ActionError::Conflict)));
        let same = PersonFacts { name: "Ђорђе Љубић".into(), ..facts };
        assert_eq!(change(&w, id, version, PersonChange::Facts(same)).await.unwrap(), version);

        let version = add(&w, id, version, PointKind::Email, " Djordje@Example.RS ").await.unwrap();
        let version = add(&w, id, version, PointKind::Phone, "021/480-000").await.unwrap();
        let version = add(&w, id, version, PointKind::Address, "Дунавска  5").await.unwrap();
        for (kind, wrong) in
            [(PointKind::Phone, "1234"), (PointKind::Email, "djordje"), (PointKind::Address, "  ")]
        {
            assert!(
                matches!(add(&w, id, version, kind, wrong).await, Err(ActionError::Invalid(_))),
                "{wrong}"
            );
        }
        let second = point(PointKind::Phone, "+38121480000");
        let version = change(&w, id, version, PersonChange::PreferPoint(second.clone())).await.unwrap();
        let first = point(PointKind::Phone, "+381641234567");
        let marked = PersonChange::MarkPoint { point: first, valid: false };
        let version = change(&w, id, version, marked).await.unwrap();
        let consent = |given| PersonChange::Consent {
            consent: ConsentKind::Surveys,
            given,
            means: ConsentMeans::Telephone,
            remark: "позив 12".into(),
        };
        let version = change(&w, id, version, consent(true)).await.unwrap();
        w.clock.advance(std::time::Duration::from_secs(60));
        change(&w, id, version, consent(false)).await.unwrap();

        let card = w.db.person_card(id, &Reach::All).await.unwrap().unwrap();
        assert_eq!((card.person.name.as_str(), card.person.address.as_str()), ("Ђорђе Љубић", "Дунавска 5"));
        let values: Vec<_> = card.points.iter().map(|row| row.point.value.as_str()).collect();
        assert_eq!(values, ["+38121480000", "+381641234567", "djordje@example.rs", "Дунавска 5"]);
        assert!(card.points[0].is_primary && card.points[1].invalid_at.is_some());
        assert_eq!(card.person.phones, [phone("021480000")], "those that reach somebody");
        assert_eq!(card.consents.len(), 1);
        assert!(!card.consents[0].given);
        let kinds: Vec<_> = card.timeline.iter().map(|row| row.entry.kind()).collect();
        assert_eq!(kinds[..2], ["consented", "consented"]);
        assert_eq!(kinds.last(), Some(&"edited"));
        let found = w.db.people(Query::parse("djordje@example").as_ref(), None, None, 5).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
        let row = w.db.case_row(case.id).await.unwrap().unwrap();
        assert_eq!(row.person_name, "Ђорђе Љубић");
    })
    .await;
}

#[tokio::test]
async fn number_of_somebody_else_is_refused_and_rights_are_asked() {
    both(async |w| {
        let ana = person(&w, "Ана", "0641111111").await;
        person(&w, "Јован", "0642222222").await;
        let taken = add(&w, ana, 1, PointKind::Phone, "0642222222").await;
        assert!(matches!(taken, Err(ActionError::Invalid(_))));
        let officer = Actor::User { id: UserId(1), role: Role::Officer };
        let note = PersonChange::Note("x".into());
        let refused = w.actions.change_person(&officer, ana, 1, note).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
        let refused = w.actions.merge_people(&officer, ana, PersonId(2)).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
        let gone = w.actions.change_person(&SYSTEM, PersonId(99), 1, PersonChange::Note("x".into())).await;
        assert!(matches!(gone, Err(ActionError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn merged_people_are_one_for_every_reader() {
    both(async |w| {
        let (ana, anna) =
            (person(&w, "Ана Ђурић", "0641111111").await, person(&w, "Ana Đurić", "0642222222").await);
        let first = w.opened("t1", "0641111111", "Нема воде").await;
        let second = w.opened("t2", "0642222222", "Рупа на путу").await;
        w.actions.merge_people(&SYSTEM, ana, anna).await.unwrap();
        let row = w.db.case_row(second.id).await.unwrap().unwrap();
        assert_eq!((row.person, row.person_name.as_str()), (Some(ana), "Ана Ђурић"));
        for filter in [
            CaseFilter { person: Some(ana), ..CaseFilter::default() },
            CaseFilter { person: Some(anna), ..CaseFilter::default() },
            CaseFilter { phone: Some(phone("0642222222")), ..CaseFilter::default() },
        ] {
            let rows = w.db.case_list(&filter, None, 10).await.unwrap().rows;
            assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [second.id, first.id]);
        }
        assert_eq!(w.db.person(anna).await.unwrap().unwrap().id, ana);
        let people = w.db.people(Query::parse("djuric").as_ref(), None, None, 9).await.unwrap();
        assert_eq!(people.iter().map(|row| row.id).collect::<Vec<_>>(), [ana]);
        assert_eq!(w.detail(&first).await.others.len(), 1);
        // A text from either number goes on with the open case of the one person.
        let again = w.actions.receive_text(w.text("t3", "0642222222", "и даље")).await.unwrap();
        assert_eq!(again, odziv::actions::text::TextOutcome::Added(second.clone()));
        // Whoever was merged is changed through the survivor.
        let stale = change(&w, anna, 1, PersonChange::Note("x".into())).await;
        assert!(matches!(stale, Err(ActionError::Conflict)));
        let again = w.actions.merge_people(&SYSTEM, ana, anna).await;
        assert!(matches!(again, Err(ActionError::Conflict)));
        let itself = w.actions.merge_people(&SYSTEM, ana, ana).await;
        assert!(matches!(itself, Err(ActionError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn undone_merge_leaves_both_exactly_as_they_were() {
    both(async |w| {
        let ana = person(&w, "Ана Ђурић", "0641111111").await;
        let anna = person(&w, "Ana Đurić", "0642222222").await;
        let third = person(&w, "А. Ђурић", "0643333333").await;
        for (n, number) in ["0641111111", "0642222222", "0643333333"].into_iter().enumerate() {
            w.opened(&format!("t{n}"), number, "Нема воде").await;
        }
        let consent = PersonChange::Consent {
            consent: ConsentKind::Recording,
            given: true,
            means: ConsentMeans::Paper,
            remark: String::new(),
        };
        change(&w, anna, 1, consent).await.unwrap();
        let before = dump(&w).await;
        let inner = w.actions.merge_people(&SYSTEM, anna, third).await.unwrap();
        let between = dump(&w).await;
        assert_ne!(between, before);
        let outer = w.actions.merge_people(&SYSTEM, ana, anna).await.unwrap();
        assert_ne!(dump(&w).await, between);

        // The later one first, or the earlier one would be half undone.
        let early = w.actions.split_people(&SYSTEM, anna, inner).await;
        assert!(matches!(early, Err(ActionError::Invalid(_))), "{early:?}");
        w.actions.split_people(&SYSTEM, ana, outer).await.unwrap();
        assert_eq!(dump(&w).await, between);
        w.actions.split_people(&SYSTEM, anna, inner).await.unwrap();
        assert_eq!(dump(&w).await, before);

        let twice = w.actions.split_people(&SYSTEM, anna, inner).await;
        assert!(matches!(twice, Err(ActionError::Conflict)));
        let elsewhere = w.actions.split_people(&SYSTEM, third, outer).await;
        assert!(matches!(elsewhere, Err(ActionError::NotFound)));
        // The timelines tell of all of it.
        let kinds = |card: odziv::store::person_card::PersonCard| {
            card.timeline.iter().map(|row| row.entry.kind()).collect::<Vec<_>>()
        };
        let told = kinds(w.db.person_card(ana, &Reach::All).await.unwrap().unwrap());
        assert_eq!(told, ["split", "merged"]);
        let told = kinds(w.db.person_card(anna, &Reach::All).await.unwrap().unwrap());
        assert_eq!(told, ["split", "split", "merged_into", "merged", "consented"]);
    })
    .await;
}

#[tokio::test]
async fn contact_after_a_merge_stays_with_the_survivor() {
    both(async |w| {
        let ana = person(&w, "Ана", "0641111111").await;
        let anna = person(&w, "Ana", "0642222222").await;
        let old = w.opened("t1", "0642222222", "Рупа на путу").await;
        let merge = w.actions.merge_people(&SYSTEM, ana, anna).await.unwrap();
        w.clock.advance(std::time::Duration::from_secs(90 * 24 * 3600));
        let later = w.opened("t2", "0642222222", "Нема воде").await;
        w.actions.split_people(&SYSTEM, ana, merge).await.unwrap();
        let person_of = async |case| w.db.case_row(case).await.unwrap().unwrap().person;
        assert_eq!(person_of(old.id).await, Some(anna));
        assert_eq!(person_of(later.id).await, Some(ana));
        assert_eq!(w.db.person_by_phone(&phone("0642222222")).await.unwrap().unwrap().id, anna);
    })
    .await;
}

#[tokio::test]
async fn card_shows_what_was_sent_and_what_did_not_arrive() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        w.clock.advance(std::time::Duration::from_secs(60));
        w.actions.receive_text(w.text("t2", "0641234567", "и даље нема")).await.unwrap();
        let id = w.detail(&case).await.case.person.unwrap();
        let sent = w.db.sent_by(id, &Reach::All, None).await.unwrap();
        let words: Vec<_> = sent
            .sent
            .iter()
            .map(|sent| sent.entry.as_ref().and_then(|entry| entry.words()).unwrap_or_default().to_owned())
            .collect();
        assert_eq!(words, ["и даље нема", "Нема воде"]);
        let claimed = w.actions.claim_texts(10).await.unwrap();
        let refused = odziv::actions::delivery::SubmitResult::Rejected {
            code: 11,
            reason: "invalid destination".into(),
        };
        let result = odziv::actions::delivery::Submission { id: claimed[0].id, result: refused, at: w.now() };
        w.actions.record_submissions(vec![result]).await.unwrap();
        let card = w.db.person_card(id, &Reach::All).await.unwrap().unwrap();
        let failure = card.points[0].failure.clone().unwrap();
        assert_eq!((failure.case, failure.at), (Some(case.id), w.now()));
        assert!(failure.why.is_some());
    })
    .await;
}

async fn person(w: &World, name: &str, number: &str) -> PersonId {
    let person = NewPerson { name: name.into(), address: String::new(), phone: phone(number) };
    w.actions.put_people(vec![person]).await.unwrap().remove(0)
}

async fn change(w: &World, id: PersonId, version: i64, change: PersonChange) -> Result<i64, ActionError> {
    w.actions.change_person(&SYSTEM, id, version, change).await
}

async fn add(
    w: &World,
    id: PersonId,
    version: i64,
    kind: PointKind,
    value: &str,
) -> Result<i64, ActionError> {
    change(w, id, version, PersonChange::AddPoint(point(kind, value))).await
}

fn point(kind: PointKind, value: &str) -> Point {
    Point { kind, value: value.into() }
}

/// Every row that a merge could touch, but the timelines that tell of it.
async fn dump(w: &World) -> Vec<String> {
    w.db.dump(&[
        "person",
        "contact_point",
        "person_address",
        "person_consent",
        "case_file",
        "case_search",
        "case_party",
    ])
    .await
    .unwrap()
}
