//! Templates with fields, and macros: kept, filled, and carried out whole or not at all.

use odziv::actions::bulk::{Change, Verdict};
use odziv::actions::case_macro::{MacroChange, MacroError, Stop};
use odziv::actions::kept_template::{KeepError, Part, TemplateChange};
use odziv::actions::user::NewUser;
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{CaseRef, Outcome, Status};
use odziv::domain::case_macro::{Act, Assignee};
use odziv::domain::deadline::PauseReason;
use odziv::domain::flow::Refused;
use odziv::domain::id::{CategoryId, DepartmentId, MacroId, TemplateId, UserId};
use odziv::domain::kept_template::{Field, Misspelling, TemplateKind};
use odziv::domain::permission::{Right, Role};
use odziv::domain::timeline::Entry;

use super::{SYSTEM, World, both};

#[tokio::test]
async fn an_unknown_field_is_refused_with_its_place_and_nothing_is_kept() {
    both(async |w| {
        let before = w.db.kept_templates().await.unwrap();
        assert_eq!(before.len(), 10, "those that an installation begins with");
        let wrong = change(TemplateKind::Text, "Поштовани,\nпредмет {broj}");
        let Err(KeepError::Misspelt(part, at)) = w.actions.add_template(&SYSTEM, wrong).await else {
            panic!("kept");
        };
        assert_eq!(
            (part, at.what, at.line, at.column),
            (Part::WordsSerbian, Misspelling::Unknown("broj".into()), 2, 9,)
        );
        let long = change(TemplateKind::Answer, &"ш".repeat(2_001));
        assert!(matches!(
            w.actions.add_template(&SYSTEM, long).await,
            Err(KeepError::Wrong(Part::WordsSerbian))
        ));
        assert_eq!(w.db.kept_templates().await.unwrap(), before);
    })
    .await;
}

#[tokio::test]
async fn who_was_slower_with_a_template_overwrites_nothing_and_archived_ones_are_not_offered() {
    both(async |w| {
        let id = template(&w, TemplateKind::Note, "Предмет {number}").await;
        let first = w.db.kept_template(id).await.unwrap().unwrap();
        w.actions
            .change_template(&SYSTEM, id, first.version, change(TemplateKind::Note, "Друго"))
            .await
            .unwrap();
        let late =
            w.actions.change_template(&SYSTEM, id, first.version, change(TemplateKind::Note, "Треће")).await;
        assert!(matches!(late, Err(KeepError::Action(ActionError::Conflict))));
        let stored = w.db.kept_template(id).await.unwrap().unwrap();
        assert_eq!((stored.words_sr.as_str(), stored.version), ("Друго", first.version + 1));

        let macro_id = keep(&w, vec![Act::Note { template: id }]).await;
        let needed = w.actions.archive_template(&SYSTEM, id, stored.version, true).await;
        assert!(matches!(needed, Err(KeepError::Needed(names)) if names == ["Проба"]));
        let other = change(TemplateKind::Text, "Друго");
        let needed = w.actions.change_template(&SYSTEM, id, stored.version, other).await;
        assert!(matches!(needed, Err(KeepError::Needed(_))), "the macro could not say it any more");
        w.actions.archive_macro(&SYSTEM, macro_id, 1, true).await.unwrap();
        w.actions.archive_template(&SYSTEM, id, stored.version, true).await.unwrap();
        assert!(w.actions.templates_for(&SYSTEM).await.unwrap().iter().all(|one| one.id != id));
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let gone = w.actions.fill_template(&SYSTEM, case.id, id, Vec::new()).await;
        assert!(matches!(gone, Err(ActionError::NotFound)));
        let back = w.actions.archive_macro(&SYSTEM, macro_id, 2, false).await;
        assert!(matches!(back, Err(KeepError::WrongAct(1))), "it would say what is archived");
    })
    .await;
}

#[tokio::test]
async fn a_template_is_filled_by_the_case_and_a_gap_is_not_sent() {
    both(async |w| {
        let (petar, officer) = user(&w, "petar", Role::Officer, None).await;
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let v = w.actions.assign(&SYSTEM, case.id, 1, Some(petar)).await.unwrap();
        let words = "Предмет {number} ({category}, {opened}), место: {address}. {officer}";
        let id = template(&w, TemplateKind::Text, words).await;
        let labels = vec![(Field::Address, "место проблема".to_owned())];
        let filled = w.actions.fill_template(&officer, case.id, id, labels).await.unwrap();
        let begins = format!("Предмет {} (Остало, 20.11.2026.), место: [[место проблема]].", case.number);
        assert!(filled.words.starts_with(&begins), "{}", filled.words);
        assert_eq!(filled.gaps, [Field::Address]);

        let kinds = w.kinds(&case).await;
        let refused = w.actions.reply(&officer, case.id, &filled.words, None).await;
        assert!(matches!(refused, Err(ActionError::Invalid(why)) if why.contains("место проблема")));
        let answer = super::resolved(&filled.words);
        let refused = w.actions.answer_case(&officer, case.id, v, answer).await;
        assert!(matches!(refused, Err(ActionError::Invalid(_))));
        assert_eq!(w.kinds(&case).await, kinds, "nothing was sent");

        w.actions.set_place(&SYSTEM, case.id, v, "Душанова 5").await.unwrap();
        let filled = w.actions.fill_template(&officer, case.id, id, Vec::new()).await.unwrap();
        assert!(filled.gaps.is_empty() && filled.words.contains("место: Душанова 5."), "{}", filled.words);
        w.actions.reply(&officer, case.id, &filled.words, None).await.unwrap();
        assert!(w.kinds(&case).await.contains("replied"));
    })
    .await;
}

#[tokio::test]
async fn a_template_of_a_service_is_for_its_officers() {
    both(async |w| {
        let (water, roads) = (service(&w, "water"), service(&w, "roads"));
        let own = TemplateChange {
            department: Some(water), ..change(TemplateKind::Note, "Вентил затворен")
        };
        let id = w.actions.add_template(&SYSTEM, own).await.unwrap();
        let (_, of_water) = user(&w, "petar", Role::Officer, Some(water)).await;
        let (_, of_roads) = user(&w, "ljubica", Role::Officer, Some(roads)).await;
        let (_, operator) = user(&w, "mira", Role::Operator, None).await;
        for (actor, offered) in [(&of_water, true), (&of_roads, false), (&operator, true)] {
            let found = w.actions.templates_for(actor).await.unwrap().iter().any(|one| one.id == id);
            assert_eq!(found, offered, "{actor:?}");
        }
        let forbidden = w.actions.add_template(&of_water, change(TemplateKind::Note, "Моје")).await;
        assert!(matches!(forbidden, Err(KeepError::Action(ActionError::Forbidden(_)))));
    })
    .await;
}

#[tokio::test]
async fn a_macro_whose_third_act_is_forbidden_changes_nothing() {
    both(async |w| {
        let (_, officer) = user(&w, "petar", Role::Officer, None).await;
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let note = template(&w, TemplateKind::Note, "Налог по предмету {number}").await;
        let water = category(&w, "water");
        let acts = vec![Act::TakeUp, Act::Note { template: note }, Act::Classify { category: water }];
        let id = keep(&w, acts).await;
        let (before, kinds) = (w.detail(&case).await.case, w.kinds(&case).await);

        for tried in [
            w.actions.try_macro(&officer, case.id, id).await.map(drop),
            w.actions.use_macro(&officer, case.id, before.version, id).await.map(drop),
        ] {
            let Err(MacroError::Stopped(stopped)) = tried else { panic!("{tried:?}") };
            assert_eq!(stopped.at, 3);
            assert!(matches!(&stopped.why, Stop::Forbidden(why) if why.right == Right::Classify));
        }
        assert_eq!((w.detail(&case).await.case, w.kinds(&case).await), (before.clone(), kinds));

        w.actions.use_macro(&SYSTEM, case.id, before.version, id).await.unwrap();
        let after = w.detail(&case).await.case;
        assert_eq!((after.status, after.category), (Status::InProgress, water));
    })
    .await;
}

#[tokio::test]
async fn the_preview_of_a_macro_is_what_then_happens_and_leaves_no_trace() {
    both(async |w| {
        let (petar, officer) = user(&w, "petar", Role::Officer, None).await;
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let reply = template(&w, TemplateKind::Text, "узето у рад, {service}").await;
        let acts = vec![
            Act::Assign { to: Assignee::Me },
            Act::TakeUp,
            Act::PauseDeadlines { reason: PauseReason::Institution, words: String::new() },
            Act::Reply { template: reply },
            Act::Watch,
        ];
        let id = keep(&w, acts).await;
        let kinds = w.kinds(&case).await;
        let would = w.actions.try_macro(&officer, case.id, id).await.unwrap();
        assert_eq!(w.kinds(&case).await, kinds);
        assert_eq!(would.version, w.detail(&case).await.case.version);

        let version = w.actions.use_macro(&officer, case.id, would.version, id).await.unwrap();
        let detail = w.detail(&case).await;
        assert_eq!((detail.case.version, detail.case.assignee), (version, Some(petar)));
        let begins = kinds.split(' ').count();
        assert!(
            matches!(&detail.timeline[begins].entry, Entry::MacroUsed { name_sr, .. } if name_sr == "Проба")
        );
        let happened: Vec<&str> = detail.timeline[begins + 1..].iter().map(|e| e.entry.kind()).collect();
        let foreseen: Vec<&str> = would.entries.iter().map(Entry::kind).collect();
        assert_eq!(happened, foreseen);
        assert!(
            happened.contains(&"assigned") && happened.contains(&"replied") && happened.contains(&"watched")
        );
        assert!(happened.contains(&"deadline_paused"), "{happened:?}");

        let late = w.actions.use_macro(&officer, case.id, would.version, id).await;
        assert!(matches!(late, Err(MacroError::Action(ActionError::Conflict))));
    })
    .await;
}

#[tokio::test]
async fn a_macro_does_not_send_a_gap_and_names_the_act_that_has_it() {
    both(async |w| {
        let case = w.opened("t1", "0641234567", "Нема воде").await;
        let answer = template(&w, TemplateKind::Answer, "Поправљено: {address}.").await;
        let id =
            keep(&w, vec![Act::TakeUp, Act::Answer { outcome: Outcome::Resolved, template: answer }]).await;
        let kinds = w.kinds(&case).await;
        let Err(MacroError::Stopped(stopped)) = w.actions.use_macro(&SYSTEM, case.id, 1, id).await else {
            panic!("an answer with a gap");
        };
        assert_eq!((stopped.at, stopped.why), (2, Stop::Gap(Field::Address)));
        assert_eq!(w.kinds(&case).await, kinds);
        let v = w.actions.set_place(&SYSTEM, case.id, 1, "Душанова 5").await.unwrap();
        w.actions.use_macro(&SYSTEM, case.id, v, id).await.unwrap();
        let row = w.detail(&case).await.case;
        assert_eq!((row.status, row.outcome), (Status::Answered, Some(Outcome::Resolved)));
    })
    .await;
}

#[tokio::test]
async fn a_macro_in_bulk_is_looked_over_and_done_case_by_case() {
    both(async |w| {
        let (_, boss) = user(&w, "jovan", Role::Supervisor, None).await;
        let mut cases: Vec<CaseRef> = Vec::new();
        for n in 0..3 {
            cases.push(w.opened(&format!("t{n}"), &format!("064123456{n}"), "Нема воде").await);
        }
        w.actions.answer_case(&SYSTEM, cases[1].id, 1, super::resolved("Готово.")).await.unwrap();
        let note = template(&w, TemplateKind::Note, "Предмет {number}").await;
        let id = keep(&w, vec![Act::Note { template: note }, Act::TakeUp]).await;
        let change = Change::Macro(id);
        let ids: Vec<_> = cases.iter().map(|case| case.id).collect();
        let previews = w.actions.preview_bulk(&boss, &ids, &change).await.unwrap();
        let verdicts: Vec<bool> = previews.iter().map(|p| p.verdict == Verdict::Will).collect();
        assert_eq!(verdicts, [true, false, true]);
        let Verdict::Stopped(stopped) = &previews[1].verdict else { panic!("{:?}", previews[1].verdict) };
        assert!(stopped.at == 2 && matches!(stopped.why, Stop::Refused(Refused::NotFrom { .. })));

        let all: Vec<_> = previews.iter().map(|p| (p.case.id, p.case.version)).collect();
        let done = w.actions.carry_out_bulk(&boss, &all, &change).await.unwrap();
        assert_eq!(done.iter().map(|done| done.result.is_ok()).collect::<Vec<_>>(), [true, false, true]);
        assert!(!w.kinds(&cases[1]).await.contains("note "), "its first act was undone with it");
        let row = w.detail(&cases[2]).await.case;
        assert_eq!(row.status, Status::InProgress);
    })
    .await;
}

fn change(kind: TemplateKind, words: &str) -> TemplateChange {
    TemplateChange {
        name_sr: "Проба".into(),
        name_en: String::new(),
        kind,
        department: None,
        words_sr: words.into(),
        words_en: String::new(),
    }
}

async fn template(w: &World, kind: TemplateKind, words: &str) -> TemplateId {
    w.actions.add_template(&SYSTEM, change(kind, words)).await.unwrap()
}

async fn keep(w: &World, acts: Vec<Act>) -> MacroId {
    let change = MacroChange { name_sr: "Проба".into(), name_en: String::new(), department: None, acts };
    w.actions.add_macro(&SYSTEM, change).await.unwrap()
}

async fn user(w: &World, login: &str, role: Role, department: Option<DepartmentId>) -> (UserId, Actor) {
    let new = NewUser { department, ..super::users::new_user(login, role) };
    let id = w.actions.create_user(&SYSTEM, new).await.unwrap();
    (id, Actor::User { id, role })
}

fn service(w: &World, key: &str) -> DepartmentId {
    w.db.directory().department_by_key(key).unwrap().id
}

fn category(w: &World, key: &str) -> CategoryId {
    w.db.directory().category_by_key(key).unwrap().id
}
