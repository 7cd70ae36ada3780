//! Parts and receipts in any order, doubled, one text's between another's: what comes of them is always the same.

use odziv::actions::delivery::{Claimer, DeliveryReport, ReportOutcome, Submission, SubmitResult};
use odziv::actions::text::TextArrived;
use odziv::domain::case::CaseRef;
use odziv::domain::id::{CaseId, OutboxId};
use odziv::domain::message::{DeliveryState, PartOf, TextPart};
use odziv::domain::reconcile::Clues;
use odziv::domain::timeline::Entry;
use odziv::store::case_list::CaseFilter;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::{World, both, phone};

/// Each is another order; a failing one names its seed.
const ORDERS: u64 = 12;
const CITIZENS: usize = 3;

fn number(citizen: usize) -> String {
    format!("06412345{citizen:02}")
}

/// All in some order, and some of them twice.
fn shuffled<T: Clone>(mut all: Vec<T>, random: &mut StdRng) -> Vec<T> {
    let again: Vec<T> = all.iter().filter(|_| random.random_bool(0.4)).cloned().collect();
    all.extend(again);
    all.shuffle(random);
    all
}

#[tokio::test]
async fn parts_in_any_order_make_the_same_texts() {
    for seed in 0..ORDERS {
        both(move |w| async move {
            let mut random = StdRng::seed_from_u64(seed);
            let words = |citizen: usize| format!("Предмет {citizen} 🚧 ").repeat(citizen + 2);
            let parts: Vec<TextArrived> =
                (0..CITIZENS).flat_map(|citizen| parts(&w, citizen, &words(citizen))).collect();
            for part in shuffled(parts, &mut random) {
                w.actions.receive_text(part).await.unwrap();
            }
            let mut received: Vec<(String, bool)> = Vec::new();
            for case in cases(&w).await {
                for entry in w.db.timeline(case).await.unwrap() {
                    if let Entry::TextReceived { words, whole, .. } = entry.entry {
                        received.push((words, whole));
                    }
                }
            }
            received.sort();
            let mut expected: Vec<_> = (0..CITIZENS).map(|citizen| (words(citizen), true)).collect();
            expected.sort();
            assert_eq!(received, expected, "seed {seed}");
        })
        .await;
    }
}

/// Cut anywhere, also through the pair of an emoji; all with the same reference, which is the phone's own.
fn parts(w: &World, citizen: usize, words: &str) -> Vec<TextArrived> {
    let units: Vec<u16> = words.encode_utf16().collect();
    let pieces: Vec<&[u16]> = units.chunks(11).collect();
    let total = u8::try_from(pieces.len()).unwrap();
    let part = |(piece, index): (&[u16], u8)| TextArrived {
        external_id: format!("{citizen}/{index}"),
        part: TextPart { units: piece.to_vec(), of: Some(PartOf { reference: 7, total, index }) },
        ..w.text("", &number(citizen), "")
    };
    pieces.into_iter().zip(1..).map(part).collect()
}

async fn cases(w: &World) -> Vec<CaseId> {
    let page = w.db.case_list(&CaseFilter::default(), None, 200).await.unwrap();
    page.rows.into_iter().map(|row| row.id).collect()
}

#[derive(Clone)]
enum Step {
    /// The answer to the submits of a text.
    Accepted(usize),
    /// The receipt of one part.
    Reported(usize, usize),
}

#[tokio::test]
async fn receipts_in_any_order_end_each_text_once() {
    for seed in 0..ORDERS {
        both(move |w| async move {
            let mut random = StdRng::seed_from_u64(seed);
            let mut texts: Vec<(CaseRef, OutboxId)> = Vec::new();
            for citizen in 0..CITIZENS {
                let case = w.opened(&format!("t{citizen}"), &number(citizen), "Nema vode").await;
                let claimer = Claimer { smsc: "main".into(), parts: |_| 3 };
                let claimed = w.actions.claim_texts_by(10, claimer).await.unwrap();
                texts.push((case, claimed.first().unwrap().id));
            }
            let reports = (0..CITIZENS).flat_map(|text| (0..3).map(move |part| Step::Reported(text, part)));
            let mut steps = shuffled(reports.collect(), &mut random);
            // Receipts come before the answers and after them, but each answer comes once.
            for text in 0..CITIZENS {
                steps.insert(random.random_range(0..=steps.len()), Step::Accepted(text));
            }
            for step in steps {
                take(&w, &texts, step).await;
            }
            for (text, (case, _)) in texts.iter().enumerate() {
                let expected = if text == 1 { DeliveryState::Expired } else { DeliveryState::Delivered };
                let detail = w.detail(case).await;
                assert_eq!(detail.texts.first().unwrap().state, expected, "text {text}, seed {seed}");
                let told = detail.timeline.iter().filter(|e| e.entry.kind() == "text_reported").count();
                assert_eq!(told, 1, "text {text}, seed {seed}");
            }
        })
        .await;
    }
}

/// Each text's ids in decimal are another one's in hexadecimal: 10 and 0x10, 16 and 0x16 ...
const IDS: [[u32; 3]; CITIZENS] = [[10, 17, 25], [16, 23, 37], [22, 35, 55]];

/// The answer is in hexadecimal, the receipt in decimal and padded. The second part of the second text does not arrive.
async fn take(w: &World, texts: &[(CaseRef, OutboxId)], step: Step) {
    match step {
        Step::Accepted(text) => {
            let (ids, own) = (IDS.get(text).unwrap(), texts.get(text).unwrap());
            let message_ids = ids.iter().map(|id| format!("{id:X}")).collect();
            let result = SubmitResult::Accepted { link: "main".into(), message_ids };
            let submission = Submission { id: own.1, result, at: w.now() };
            w.actions.record_submissions(vec![submission]).await.unwrap();
        }
        Step::Reported(text, part) => {
            let failed = (text, part) == (1, 1);
            let id = IDS.get(text).and_then(|ids| ids.get(part)).unwrap();
            let report = DeliveryReport {
                link: "main".into(),
                message_id: format!("{id:010}"),
                state: if failed { DeliveryState::Expired } else { DeliveryState::Delivered },
                error: None,
                at: w.now(),
            };
            let clues = Clues { numbers: vec![phone(&number(text))], ..Clues::default() };
            let outcome = w.actions.record_receipt(report, clues).await.unwrap();
            assert!(matches!(
                outcome,
                ReportOutcome::Matched | ReportOutcome::Unmatched | ReportOutcome::Duplicate
            ));
        }
    }
}
