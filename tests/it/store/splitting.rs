//! One letter, two matters: the second becomes a case of its own, and a part of the first again.

use std::time::Duration;

use odziv::actions::split::{NewSplit, UnsplitError, Whose};
use odziv::actions::{ActionError, Actor};
use odziv::domain::case::{CaseRef, Channel, Outcome, Status};
use odziv::domain::deadline::step::Step;
use odziv::domain::id::{CaseEventId, CaseId};
use odziv::domain::permission::Role;
use odziv::domain::split::NotUndone;
use odziv::domain::timeline::Entry;
use odziv::store::case_list::CaseFilter;

use super::merging::{dump, send_all, version};
use super::{SYSTEM, World, both};

const DAY: Duration = Duration::from_secs(86_400);

/// What the citizen wrote, and the same with what a colleague noted.
async fn words(w: &World, case: &CaseRef) -> Vec<CaseEventId> {
    let said = |entry: &Entry| {
        matches!(entry, Entry::TextReceived { .. } | Entry::Note { .. } | Entry::Described { .. })
    };
    let timeline = w.detail(case).await.timeline;
    timeline.iter().filter(|e| e.case == case.id && said(&e.entry)).map(|e| e.id).collect()
}

fn roads(w: &World, entries: Vec<CaseEventId>) -> NewSplit {
    NewSplit {
        category: w.db.directory().category_by_key("roads").unwrap().id,
        words: "Не светли расвета".into(),
        place: "Његошева 3".into(),
        whose: Whose::Same,
        entries,
    }
}

async fn split(w: &World, case: &CaseRef) -> CaseRef {
    let new = roads(w, words(w, case).await);
    w.actions.split_case(&SYSTEM, case.id, version(w, case).await, new).await.unwrap().case
}

async fn found(w: &World, q: &str) -> Vec<CaseId> {
    let filter = CaseFilter { q: Some(q.into()), ..CaseFilter::default() };
    let mut ids: Vec<_> =
        w.db.case_list(&filter, None, 10).await.unwrap().rows.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_second_matter_gets_a_number_and_deadlines_that_count_from_the_citizens_words() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде, а ни сијалица на бандери не ради").await;
        let said = w.now();
        send_all(&w).await;
        w.clock.advance(DAY);
        w.actions.add_note(&SYSTEM, old.id, "Бандера је код броја 3.").await.unwrap();
        let before = w.detail(&old).await;
        let new = split(&w, &old).await;
        let seen = w.detail(&new).await;
        assert_ne!(new.number, old.number);
        assert_eq!((seen.case.channel, seen.case.status), (Channel::Sms, Status::New));
        assert_eq!((seen.case.person, &seen.case.caller), (before.case.person, &before.case.caller));
        assert_eq!(seen.case.summary, "Не светли расвета");
        assert_ne!(seen.case.department, before.case.department, "routed by its own category");
        assert!(!seen.deadlines.is_empty());
        for deadline in &seen.deadlines {
            assert_eq!(deadline.started_at, said, "the office does not gain a day by splitting");
            let from = Step::SplitFrom { number: old.number.to_string() };
            assert_eq!(deadline.explanation.get(1), Some(&from));
        }
        // It shows what it took, and what is its own; the old one shows everything that it had.
        let shown: Vec<_> = seen.timeline.iter().map(|e| (e.case, e.entry.kind())).collect();
        assert_eq!(shown[..2], [(old.id, "text_received"), (old.id, "note")]);
        assert!(shown[2..].iter().all(|(case, _)| *case == new.id), "{shown:?}");
        assert_eq!(seen.taken.len(), 1);
        assert!(w.kinds(&old).await.ends_with("note split_off"));
        let now = w.detail(&old).await;
        assert_eq!((now.deadlines, now.case.version), (before.deadlines, before.case.version));
        // The citizen gets both numbers, and the PIN of the new one.
        let texts = w.actions.claim_texts(10).await.unwrap();
        let pin = w.actions.case_pin(&SYSTEM, &new).await.unwrap();
        let told = &texts[0].words;
        assert!(told.contains(old.number.as_str()) && told.contains(new.number.as_str()), "{told}");
        assert!(told.contains(&pin) && texts.len() == 1, "{told}");
        // Both are found by the words and by either number.
        let both_of_them = [old.id, new.id];
        for q in ["sijalica", "banderi", old.number.as_str(), new.number.as_str()] {
            assert_eq!(found(&w, q).await, both_of_them, "{q}");
        }
        assert_eq!(found(&w, "расвета").await, [new.id]);
    })
    .await;
}

#[tokio::test]
async fn a_split_that_is_taken_back_leaves_the_old_case_as_it_was_and_can_be_done_again() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде и не светли").await;
        send_all(&w).await;
        let before = dump(&w).await;
        let new = split(&w, &old).await;
        w.actions.add_note(&SYSTEM, new.id, "Електричар долази.").await.unwrap();
        let apart = dump(&w).await;
        let from = w.actions.unsplit_case(&SYSTEM, new.id).await.unwrap();
        assert_eq!(from, old.id);
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty(), "the receipt did not leave the house");
        let after = dump(&w).await;
        let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
        assert!(lost.is_empty(), "not as before: {lost:#?}");
        // A try of a notice names its message, which names the case.
        let of_new =
            [format!("\"case_id\":{}", new.id), format!("\"id\":{}", new.id), "notice_try ".to_owned()];
        let strange: Vec<_> = after
            .iter()
            .filter(|line| !before.contains(line) && !of_new.iter().any(|of| line.contains(of)))
            .collect();
        assert!(strange.is_empty(), "{strange:#?}");
        let part = w.detail(&new).await.case;
        assert_eq!((part.status, part.merged_into, part.due_at), (Status::Closed, Some(old.id), None));
        let whole = w.detail(&old).await;
        let ids: std::collections::BTreeSet<_> = whole.timeline.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), whole.timeline.len(), "nothing is shown twice");
        let again = w.actions.unsplit_case(&SYSTEM, new.id).await;
        assert!(matches!(again, Err(UnsplitError::Not(NotUndone::Already))));
        // Like any part it can go on by itself again, with all that it took.
        w.actions.unmerge_case(&SYSTEM, new.id).await.unwrap();
        let again = dump(&w).await;
        let of_deadlines = |lines: &[String]| {
            let kept = lines.iter().filter(|l| l.starts_with("case_deadline") || l.starts_with("case_file"));
            kept.cloned().collect::<Vec<_>>()
        };
        assert_eq!(of_deadlines(&again), of_deadlines(&apart));
        assert_eq!(w.detail(&new).await.taken.len(), 1);
        w.actions.unsplit_case(&SYSTEM, new.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_left_the_house_under_the_new_number_cannot_be_taken_back() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде и не светли").await;
        let not = |undone: Result<CaseId, UnsplitError>| match undone {
            Err(UnsplitError::Not(why)) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(not(w.actions.unsplit_case(&SYSTEM, old.id).await), NotUndone::NotSplit);
        let written = split(&w, &old).await;
        w.actions.reply(&SYSTEM, written.id, "Која бандера?", None).await.unwrap();
        assert_eq!(not(w.actions.unsplit_case(&SYSTEM, written.id).await), NotUndone::Written);
        let grown = split(&w, &old).await;
        let child = split_of_taken(&w, &grown).await;
        assert_eq!(not(w.actions.unsplit_case(&SYSTEM, grown.id).await), NotUndone::Grown);
        w.actions.unsplit_case(&SYSTEM, child.id).await.unwrap();
        w.actions.unsplit_case(&SYSTEM, grown.id).await.unwrap();
        let ended = split(&w, &old).await;
        let v = version(&w, &old).await;
        w.actions.answer_case(&SYSTEM, old.id, v, super::resolved("Вода је дошла.")).await.unwrap();
        assert!(matches!(not(w.actions.unsplit_case(&SYSTEM, ended.id).await), NotUndone::NotMerged(_)));
        assert_eq!(w.detail(&ended).await.case.status, Status::New, "the other matter is not answered by it");
    })
    .await;
}

/// A case that was split off is split itself: of what it took.
async fn split_of_taken(w: &World, case: &CaseRef) -> CaseRef {
    let seen = w.detail(case).await;
    let taken = seen.timeline.iter().filter(|e| e.case != case.id).map(|e| e.id).collect();
    let new = roads(w, taken);
    let child = w.actions.split_case(&SYSTEM, case.id, seen.case.version, new).await.unwrap().case;
    let since = w.detail(&child).await.deadlines.remove(0).started_at;
    assert_eq!(since, seen.deadlines.first().unwrap().started_at);
    child
}

#[tokio::test]
async fn only_what_was_said_on_the_case_goes_with_the_new_one_and_only_by_right() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде").await;
        let other = w.opened("t2", "0651234567", "Нема струје").await;
        let v = version(&w, &old).await;
        let (mine, theirs) = (words(&w, &old).await, words(&w, &other).await);
        let invalid = async |new: NewSplit| {
            let split = w.actions.split_case(&SYSTEM, old.id, v, new).await;
            matches!(split, Err(ActionError::Invalid(_)))
        };
        assert!(invalid(roads(&w, Vec::new())).await, "nothing");
        assert!(invalid(roads(&w, theirs)).await, "of another case");
        assert!(invalid(NewSplit { words: " ".into(), ..roads(&w, mine.clone()) }).await, "about nothing");
        let opened = w.detail(&old).await.timeline[0].id;
        assert!(invalid(roads(&w, vec![opened])).await, "what opened the case is its own");
        let stale = w.actions.split_case(&SYSTEM, old.id, v + 1, roads(&w, mine.clone())).await;
        assert!(matches!(stale, Err(ActionError::Conflict)));
        let new = super::users::new_user("oto", Role::Officer);
        let id = w.actions.create_user(&SYSTEM, new).await.unwrap();
        let officer = Actor::User { id, role: Role::Officer };
        let forbidden = w.actions.split_case(&officer, old.id, v, roads(&w, mine.clone())).await;
        assert!(matches!(forbidden, Err(ActionError::Forbidden(_) | ActionError::NotFound)));
        assert_eq!(w.kinds(&old).await.matches("split").count(), 0);
        // Of a stranger: neither the number nor the person goes with it, and nobody is told.
        send_all(&w).await;
        let nobody = NewSplit { whose: Whose::Nobody, ..roads(&w, mine) };
        let split = w.actions.split_case(&SYSTEM, old.id, v, nobody).await.unwrap().case;
        let row = w.detail(&split).await.case;
        assert_eq!((row.person, row.caller), (None, None));
        assert!(w.actions.claim_texts(10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn another_category_of_a_split_case_counts_from_the_citizens_words_too() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде и не светли").await;
        let said = w.now();
        w.clock.advance(DAY);
        let new = split(&w, &old).await;
        let directory = w.db.directory();
        let waste = directory.category_by_key("waste").unwrap();
        w.actions.set_category_deadline(&SYSTEM, waste.id, Some("zup-30".to_owned())).await.unwrap();
        let v = version(&w, &new).await;
        w.actions.set_category(&SYSTEM, new.id, v, waste.id).await.unwrap();
        let deadlines = w.detail(&new).await.deadlines;
        let zup = deadlines.iter().find(|deadline| deadline.profile == "zup-30").unwrap();
        assert_eq!(zup.started_at, said);
        assert!(matches!(zup.explanation.get(1), Some(Step::SplitFrom { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_on_the_old_case_is_gone_on_the_new_one_too() {
    both(async |w| {
        let old = w.opened("t1", "0641234567", "Нема воде и не светли бандера").await;
        let person = w.detail(&old).await.case.person.unwrap();
        send_all(&w).await;
        let stranger = NewSplit { whose: Whose::Nobody, ..roads(&w, words(&w, &old).await) };
        let v = version(&w, &old).await;
        let new = w.actions.split_case(&SYSTEM, old.id, v, stranger).await.unwrap().case;
        end(&w, &old).await;
        // The law wants it kept no longer.
        w.clock.advance(DAY * 731);
        let waits = w.actions.erase_person(&SYSTEM, person, "захтев 7").await.unwrap();
        assert!(waits.erased.is_empty(), "somebody works on the other matter of the same words");
        assert_eq!(found(&w, "bandera").await, [old.id, new.id]);
        end(&w, &new).await;
        let erased = w.actions.erase_person(&SYSTEM, person, "захтев 7").await.unwrap();
        assert_eq!((erased.erased.len(), erased.done), (1, true));
        assert!(found(&w, "bandera").await.is_empty());
        assert_eq!(found(&w, "расвета").await, [new.id], "what was written on the new one stays");
        let shown = w.detail(&new).await.timeline;
        assert!(shown.iter().all(|entry| entry.entry.words().is_none_or(|words| !words.contains("бандера"))));
    })
    .await;
}

/// Without words for the citizen: it is closed at once.
async fn end(w: &World, case: &CaseRef) {
    let answer = odziv::actions::outcome::NewAnswer {
        outcome: Outcome::Withdrawn,
        words: String::new(),
        silence: String::new(),
        note: String::new(),
    };
    w.actions.answer_case(&SYSTEM, case.id, version(w, case).await, answer).await.unwrap();
    send_all(w).await;
    assert_eq!(w.detail(case).await.case.status, Status::Closed);
}

#[tokio::test]
async fn whatever_is_merged_and_split_in_whatever_order_comes_apart_as_it_was() {
    both(async |w| {
        for seed in 1..=3_u64 {
            any_order(&w, seed).await;
        }
    })
    .await;
}

/// Thirty steps at random, and then everything undone.
async fn any_order(w: &World, seed: u64) {
    let mut cases = Vec::new();
    for n in 0..4 {
        cases.push(w.opened(&format!("t{seed}-{n}"), &format!("06{seed}12345{n}0"), "Двоје у једном").await);
    }
    send_all(w).await;
    let before = dump(w).await;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut roll = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    for _ in 0..30 {
        let (a, b) =
            (cases.get(roll(cases.len())).unwrap().clone(), cases.get(roll(cases.len())).unwrap().clone());
        let v = version(w, &a).await;
        match roll(4) {
            0 => drop(w.actions.merge_cases(&SYSTEM, a.id, v, b.id).await),
            1 => drop(w.actions.unmerge_case(&SYSTEM, a.id).await),
            2 if cases.len() < 9 => {
                let new = roads(w, words(w, &a).await);
                if !new.entries.is_empty()
                    && let Ok(split) = w.actions.split_case(&SYSTEM, a.id, v, new).await
                {
                    cases.push(split.case);
                }
            }
            _ => drop(w.actions.unsplit_case(&SYSTEM, a.id).await),
        }
        for case in &cases {
            let seen = w.detail(case).await;
            let part = seen.case.merged_into.is_some();
            assert!(seen.deadlines.iter().all(|d| !d.state.is_live() || d.rests == part), "seed {seed}");
            assert_eq!(seen.case.due_at.is_none(), part, "seed {seed}: only a part waits for nothing");
        }
    }
    for case in &cases {
        if w.detail(case).await.case.merged_into.is_some() {
            w.actions.unmerge_case(&SYSTEM, case.id).await.unwrap();
        }
    }
    // The last that was split off is the first to be taken back.
    for case in cases.iter().skip(4).rev() {
        w.actions.unsplit_case(&SYSTEM, case.id).await.unwrap();
    }
    send_all(w).await;
    let after = dump(w).await;
    let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    assert!(lost.is_empty(), "seed {seed}, not as before: {lost:#?}");
    assert_eq!(w.rebuilt(false).await, [""; 0]);
}
