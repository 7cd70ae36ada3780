//! The live board, busy and quiet.

use super::*;

/// Everything at once, or nothing at all.
pub(super) fn live(page: &Page, busy: bool) -> BoardView {
    let directory = crate::store::directory::Directory::default();
    let viewer = Viewer { locale: &page.locale, directory: &directory };
    let sample = if busy { sample_board() } else { Board::default() };
    let reasons = [PauseReason {
        key: String::from("meal"),
        name_sr: "Оброк".into(),
        name_en: "Meal".into(),
        retired: false,
    }];
    board(&sample, &viewer, &reasons, page.user.as_ref().unwrap(), busy)
}

pub(super) fn sample_board() -> Board {
    let at = Timestamp::UNIX_EPOCH;
    let call = |call: u64, stage, recording| CallView {
        call,
        interaction: None,
        direction: Direction::In,
        caller: Some(HOSTILE.into()),
        called: "+38121480000".into(),
        since: at,
        stage,
        stage_since: at,
        plan: Some("main".into()),
        node: Some(HOSTILE.into()),
        queue: (call.is_multiple_of(2)).then(|| "operators".into()),
        operators: vec![UserId(7)],
        listeners: vec![UserId(8)],
        recording,
        warning: Some(Warning::NothingArrives {
            from: Side::Caller,
            address: "10.0.0.5".into(),
            private: true,
        }),
    };
    let operator = |id: i64, state| OperatorView {
        session: false,
        user: UserId(id),
        name: HOSTILE.into(),
        extension: Some("101".into()),
        state,
        since: at,
        phones: 1,
        call: Some(1),
        queues: Vec::new(),
    };
    let waiting = |position| WaitingView {
        call: 2,
        position,
        since: at,
        expected_s: Some(90),
        callback: position > 1,
        ringing: Some(UserId(7)),
    };
    Board {
        at,
        calls: vec![
            call(1, CallStage::Talking, Recorded::Running),
            call(2, CallStage::Held, Recorded::Paused),
            call(3, CallStage::Plan, Recorded::No),
        ],
        operators: vec![
            operator(7, OperatorState::Talking),
            operator(8, OperatorState::Paused { reason: HOSTILE.into() }),
            operator(9, OperatorState::Offline),
        ],
        queues: vec![QueueView {
            queue: "operators".into(),
            name: HOSTILE.into(),
            waiting: (1..=20).map(waiting).collect(),
            ready: 1,
            talking: 2,
            wrap_up: 3,
            paused: 4,
            today: QueueToday {
                offered: 9,
                answered: 7,
                abandoned: 2,
                answered_in_time: 6,
                average_wait_s: 42,
            },
        }],
    }
}
