//! Files of cases, on the disk and in both databases.

use std::time::Duration;

use odziv::actions::ActionError;
use odziv::domain::file::{BlobHash, Danger, FileKind, Kept};
use odziv::domain::timeline::{Entry, Visibility};
use odziv::store::case_list::CaseFilter;

use super::{SYSTEM, World, both};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn kept(w: &World, name: &str, bytes: &[u8]) -> Kept {
    w.actions.keep_file(name, None, bytes.to_vec()).await.unwrap()
}

/// As the server does within twelve hours.
async fn sweep(w: &World) -> usize {
    let mut swept = 0;
    for folder in 0..=u8::MAX {
        swept += w.actions.sweep_folder(folder).await.unwrap();
    }
    swept
}

async fn is_there(w: &World, hash: &BlobHash) -> bool {
    w.db.blobs().open(hash).await.unwrap().is_some()
}

#[tokio::test]
async fn scans_come_onto_the_case_and_are_found_by_their_names() {
    both(|w| async move {
        let case = w.opened("1", "+381641234567", "Пукла је цев").await;
        let files = vec![
            kept(&w, "Жалба Ђорђевића.pdf", b"%PDF-1.7 one").await,
            kept(&w, "друга страна.pdf", b"%PDF-1.7 two").await,
        ];
        let hash = files[0].hash.clone();
        let ids = w.actions.add_files(&SYSTEM, case.id, files, Visibility::Internal).await.unwrap();
        let rows = w.db.case_attachments(case.id).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids);
        assert_eq!((rows[0].kind, rows[0].size, &rows[0].hash), (FileKind::Pdf, 12, &hash));
        assert_eq!(w.db.blobs().read(&hash).await.unwrap().unwrap(), b"%PDF-1.7 one");
        let timeline = w.detail(&case).await.timeline;
        let last = timeline.last().unwrap();
        assert_eq!(last.visibility, Visibility::Internal);
        assert!(matches!(&last.entry, Entry::FileAdded { file, name, .. } if *file == ids[1] && name == "друга страна.pdf"));
        let filter = CaseFilter { q: Some("zalba djordj".into()), ..CaseFilter::default() };
        assert_eq!(w.db.case_list(&filter, None, 10).await.unwrap().rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn same_bytes_on_two_cases_are_one_file_and_go_with_the_last() {
    both(|w| async move {
        let first = w.opened("1", "+381641234567", "Пукла је цев").await;
        let second = w.opened("2", "+381641234568", "Нема струје").await;
        let mut ids = Vec::new();
        for case in [&first, &second] {
            let file = kept(&w, "план.pdf", b"%PDF-1.7 plan").await;
            ids.extend(w.actions.add_files(&SYSTEM, case.id, vec![file], Visibility::Public).await.unwrap());
        }
        let hash = BlobHash::of(b"%PDF-1.7 plan");
        w.clock.advance(2 * DAY);
        assert_eq!(sweep(&w).await, 0, "what cases refer to stays");
        w.actions.remove_file(&SYSTEM, ids[0], "погрешан предмет").await.unwrap();
        assert_eq!(sweep(&w).await, 0);
        assert!(w.db.attachment(ids[0]).await.unwrap().is_none());
        assert!(w.kinds(&first).await.ends_with("file_added file_removed"));
        let again = w.actions.remove_file(&SYSTEM, ids[0], "још једном").await;
        assert!(matches!(again, Err(ActionError::NotFound)));

        w.actions.remove_file(&SYSTEM, ids[1], "туђи подаци").await.unwrap();
        assert_eq!(sweep(&w).await, 1);
        assert!(!is_there(&w, &hash).await);

        // The same paper comes once more.
        let file = kept(&w, "план.pdf", b"%PDF-1.7 plan").await;
        w.actions.add_files(&SYSTEM, first.id, vec![file], Visibility::Public).await.unwrap();
        w.clock.advance(2 * DAY);
        assert_eq!(sweep(&w).await, 0);
        assert!(is_there(&w, &hash).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_kept_and_never_attached_goes_after_a_day() {
    both(|w| async move {
        let file = kept(&w, "а.txt", b"abandoned").await;
        w.clock.advance(DAY / 2);
        assert_eq!(sweep(&w).await, 0);
        w.clock.advance(DAY);
        assert_eq!(sweep(&w).await, 1);
        assert!(!is_there(&w, &file.hash).await);
    })
    .await;
}

#[tokio::test]
async fn programs_are_refused_at_the_counter_and_officers_remove_nothing() {
    both(|w| async move {
        let case = w.opened("1", "+381641234567", "Пукла је цев").await;
        let script = kept(&w, "рачун.pdf", b"#!/bin/sh\nrm -rf /").await;
        assert_eq!((script.danger, script.mismatch), (Some(Danger::Script), true));
        let refused = w.actions.add_files(&SYSTEM, case.id, vec![script], Visibility::Public).await;
        assert!(matches!(refused, Err(ActionError::Invalid(_))), "{refused:?}");
        let good = kept(&w, "рачун.pdf", b"%PDF-1.7").await;
        let id = w.actions.add_files(&SYSTEM, case.id, vec![good], Visibility::Public).await.unwrap()[0];
        let (_, officer) = super::cases::officer(&w).await;
        let refused = w.actions.remove_file(&officer, id, "не треба").await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))), "{refused:?}");
        assert!(matches!(w.actions.remove_file(&SYSTEM, id, "  ").await, Err(ActionError::Invalid(_))));
    })
    .await;
}
