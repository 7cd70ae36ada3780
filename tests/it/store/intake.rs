//! Cases that are registered by hand, in both databases.

use odziv::actions::ActionError;
use odziv::actions::file::NewFiles;
use odziv::actions::register::RegisterError;
use odziv::domain::case::Channel;
use odziv::domain::id::PersonId;
use odziv::domain::intake::{Document, EmailAddress, HandedIn, Intake, IntakePerson, Problem, TellBy};
use odziv::domain::timeline::Entry;
use odziv::store::case_list::CaseFilter;
use odziv::store::similar::Report;

use super::{SYSTEM, World, both, phone};

fn named(name: &str, number: Option<&str>, email: Option<&str>) -> IntakePerson {
    IntakePerson::Named {
        name: name.into(),
        address: String::new(),
        phone: number.map(phone),
        email: email.map(|text| EmailAddress::parse(text).unwrap()),
    }
}

fn paper(w: &World, key: &str) -> Intake {
    Intake {
        key: key.into(),
        channel: Channel::Document,
        person: named("Мира Ђорђевић", Some("0641234567"), Some("mira@example.rs")),
        category: w.db.directory().category_by_key("water").unwrap().id,
        answers: Vec::new(),
        words: String::new(),
        place: "Змај Јовина 12".into(),
        language: Some("sr-Cyrl".into()),
        tell_by: Some(TellBy::Sms),
        document: Some(Document {
            pages: Some(3),
            dated: Some("2026-11-12".parse().unwrap()),
            reference: "17-1/26".into(),
            by: HandedIn::Hand,
        }),
    }
}

#[tokio::test]
async fn a_paper_with_its_scan_is_one_case_however_often_it_is_sent() {
    both(|w| async move {
        let scan = w.actions.keep_file("скен жалбе.pdf", None, b"%PDF-1.7 scan".to_vec()).await.unwrap();
        let files = NewFiles::from(vec![scan]);
        let first = w.actions.register_case(&SYSTEM, paper(&w, "k1"), files.clone()).await.unwrap();
        let again = w.actions.register_case(&SYSTEM, paper(&w, "k1"), files).await.unwrap();
        assert!(first.new && !again.new);
        assert_eq!(first.case, again.case);
        assert_eq!(w.kinds(&first.case).await, "opened document_received file_added text_queued");
        let detail = w.detail(&first.case).await;
        assert_eq!(
            (detail.case.channel, detail.case.person_name.as_str()),
            (Channel::Document, "Мира Ђорђевић")
        );
        assert_eq!((detail.case.place.as_str(), detail.files.len()), ("Змај Јовина 12", 1));
        assert!(detail.texts[0].words.contains(first.case.number.as_str()), "{:?}", detail.texts);
        for q in ["djordjevic", "zmaj jovina", "sken zalbe", "17-1/26", "0641234567", "mira@example.rs"] {
            let filter = CaseFilter { q: Some(q.into()), ..CaseFilter::default() };
            assert_eq!(w.db.case_list(&filter, None, 10).await.unwrap().rows.len(), 1, "{q}");
        }
        let other = w.actions.register_case(&SYSTEM, paper(&w, "k2"), NewFiles::default()).await.unwrap();
        assert!(other.new);
        let same_person = w.detail(&other.case).await.case.person;
        assert_eq!(same_person, detail.case.person, "known by the number");
    })
    .await;
}

#[tokio::test]
async fn people_are_known_by_their_address_of_mail_and_the_anonymous_by_nothing() {
    both(|w| async move {
        let visit = |key: &str, person| Intake {
            channel: Channel::Visit,
            person,
            words: "Нема светла у улици".into(),
            tell_by: None,
            document: None,
            ..paper(&w, key)
        };
        let mut people = Vec::new();
        for (key, person) in [
            ("1", named("Јован", None, Some("jovan@example.rs"))),
            ("2", named("", None, Some("Jovan@Example.rs"))),
            ("3", IntakePerson::Anonymous),
        ] {
            let done =
                w.actions.register_case(&SYSTEM, visit(key, person), NewFiles::default()).await.unwrap();
            assert_eq!(w.kinds(&done.case).await, "opened described");
            people.push(w.detail(&done.case).await.case.person);
        }
        assert!(people[0].is_some() && people[0] == people[1]);
        assert_eq!(people[2], None);
        let nobody = visit("4", IntakePerson::Known(PersonId(9_999)));
        let refused = w.actions.register_case(&SYSTEM, nobody, NewFiles::default()).await;
        assert!(matches!(refused, Err(RegisterError::Wrong { fields, .. }) if fields[0].field == "person"));
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_leaves_nothing_behind() {
    both(|w| async move {
        let silent =
            Intake { channel: Channel::Visit, document: None, place: "х".repeat(400), ..paper(&w, "k") };
        let refused = w.actions.register_case(&SYSTEM, silent, NewFiles::default()).await;
        let Err(RegisterError::Wrong { fields, .. }) = refused else { unreachable!("{refused:?}") };
        let wrong: Vec<_> = fields.iter().map(|wrong| (wrong.field.as_str(), wrong.problem)).collect();
        assert_eq!(wrong, [("words", Problem::Missing), ("place", Problem::TooLong)]);
        let (_, officer) = super::cases::officer(&w).await;
        let refused = w.actions.register_case(&officer, paper(&w, "k"), NewFiles::default()).await;
        assert!(matches!(refused, Err(RegisterError::Action(ActionError::Forbidden(_)))));
        assert!(w.db.case_list(&CaseFilter::default(), None, 10).await.unwrap().rows.is_empty());
        // The number that a refused one would have had is not lost.
        let good = w.actions.register_case(&SYSTEM, paper(&w, "k"), NewFiles::default()).await.unwrap();
        assert!(good.case.number.as_str().contains("-1/"), "{}", good.case.number);
    })
    .await;
}

#[tokio::test]
async fn who_reports_the_same_follows_the_case_that_is_open() {
    both(|w| async move {
        let first = w.opened("1", "+381641234567", "Пукла је водоводна цев у Змај Јовиној 12").await;
        w.opened("2", "+381641234568", "Пас луталица код школе").await;
        let report = Report {
            place: "Zmaj Jovina 12".into(),
            words: "teče voda iz pukle cevi".into(),
            ..Report::default()
        };
        let found = w.actions.similar_cases(&SYSTEM, &report).await.unwrap();
        assert_eq!(found.iter().map(|found| found.row.id).collect::<Vec<_>>(), [first.id]);
        assert!(!found[0].of_person && found[0].followers == 0);

        let other = w.opened("3", "+381641234569", "Питање").await;
        let person = w.detail(&other).await.case.person.unwrap();
        assert!(w.actions.add_follower(&SYSTEM, first.id, person).await.unwrap());
        assert!(!w.actions.add_follower(&SYSTEM, first.id, person).await.unwrap(), "once");
        let own = w.detail(&first).await.case.person.unwrap();
        assert!(!w.actions.add_follower(&SYSTEM, first.id, own).await.unwrap(), "not of one's own");
        let timeline = w.detail(&first).await.timeline;
        assert!(
            matches!(timeline.last().unwrap().entry, Entry::FollowerAdded { person: p, .. } if p == person)
        );
        assert_eq!(w.actions.similar_cases(&SYSTEM, &report).await.unwrap()[0].followers, 1);
        // Nothing to compare, nothing to offer.
        assert!(w.actions.similar_cases(&SYSTEM, &Report::default()).await.unwrap().is_empty());
        let (_, officer) = super::cases::officer(&w).await;
        let refused = w.actions.add_follower(&officer, first.id, person).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))));
    })
    .await;
}

#[tokio::test]
async fn a_case_is_followed_with_its_pin_and_locked_after_wrong_ones() {
    both(|w| async move {
        let case = w.opened("1", "+381641234567", "Пукла цев").await;
        let pin = w.actions.case_pin(&SYSTEM, &case).await.unwrap();
        assert_eq!(w.actions.follow_case(&case.number, &pin).await.unwrap(), Some(case.id));
        let wrong = if pin == "0000" { "1111" } else { "0000" };
        for _ in 0..5 {
            assert_eq!(w.actions.follow_case(&case.number, wrong).await.unwrap(), None);
        }
        assert_eq!(w.actions.follow_case(&case.number, &pin).await.unwrap(), None, "locked");
        w.clock.advance(std::time::Duration::from_secs(61 * 60));
        assert_eq!(w.actions.follow_case(&case.number, &pin).await.unwrap(), Some(case.id));
    })
    .await;
}

#[tokio::test]
async fn what_intake_writes_on_a_card_is_on_the_timeline_of_the_card() {
    both(|w| async move {
        let kinds = async |person: PersonId| {
            let timeline = w.db.person_timeline(person).await.unwrap();
            let mut kinds: Vec<_> = timeline.iter().map(|entry| entry.entry.kind()).collect();
            kinds.sort_unstable();
            kinds
        };
        let visit = |key: &str, person, tell_by| Intake {
            channel: Channel::Visit,
            person,
            words: "Нема светла у улици".into(),
            tell_by,
            document: None,
            language: None,
            ..paper(&w, key)
        };
        let new = visit("1", named("Јован", None, Some("jovan@example.rs")), None);
        let done = w.actions.register_case(&SYSTEM, new, NewFiles::default()).await.unwrap();
        let person = w.detail(&done.case).await.case.person.unwrap();
        let first = kinds(person).await;
        assert!(first.contains(&"added") && first.contains(&"point_added"), "{first:?}");
        let version = w.db.person(person).await.unwrap().unwrap().version;
        let same = visit("2", named("", None, Some("jovan@example.rs")), None);
        w.actions.register_case(&SYSTEM, same, NewFiles::default()).await.unwrap();
        assert_eq!(kinds(person).await, first, "nothing was changed");
        let by_post = visit("3", IntakePerson::Known(person), Some(TellBy::Post));
        w.actions.register_case(&SYSTEM, by_post, NewFiles::default()).await.unwrap();
        assert!(kinds(person).await.contains(&"edited"));
        let now = w.db.person(person).await.unwrap().unwrap();
        assert_eq!((now.version, now.tell_by), (version + 1, Some(TellBy::Post)));
    })
    .await;
}
