//! Plans, their pictures and versions.

use super::*;

pub(super) fn plan() -> PlanCard {
    PlanCard {
        name: "main".into(),
        numbers: vec![HOSTILE.into()],
        size: HOSTILE.into(),
        state: PlanState::Differs,
        author: HOSTILE.into(),
        at: "14:05".into(),
        note: HOSTILE.into(),
        problems: vec![plan_problem()],
    }
}

pub(super) fn plan_problem() -> ProblemView {
    ProblemView {
        plan: "other".into(),
        line: 3,
        column: 9,
        width: 4,
        message: HOSTILE.into(),
        help: HOSTILE.into(),
        notes: vec![HOSTILE.into()],
    }
}

pub(super) fn edited(page: &Page) -> EditView {
    EditView {
        name: "main".into(),
        text: HOSTILE.into(),
        seen: "abc".into(),
        note: HOSTILE.into(),
        problems: vec![plan_problem()],
        size: HOSTILE.into(),
        graph: Some(graph(page)),
        today: HOSTILE.into(),
        number: HOSTILE.into(),
        now: "2026-11-22T14:05".into(),
        last: HOSTILE.into(),
        notice: Some(Notice::Conflict(diff::chunks(HOSTILE, "x"))),
        note_chars: 300,
    }
}

pub(super) fn graph(page: &Page) -> Graph {
    let plan = crate::dialplan::parse::parse("main", crate::dialplan::SHIPPED).plan.unwrap();
    let mut traffic = Traffic::default();
    traffic.now.insert(plan.nodes[0].name.clone(), 2);
    draw(&plan, &traffic, page).unwrap()
}

pub(super) fn walk() -> WalkView {
    let line = ("10:00:00".into(), HOSTILE.into(), HOSTILE.into());
    WalkView { lines: vec![line], path: HOSTILE.into(), outcome: HOSTILE.into(), unused: HOSTILE.into() }
}

pub(super) fn version() -> VersionView {
    VersionView {
        id: 1,
        revision: "abc".into(),
        author: HOSTILE.into(),
        at: "14:05".into(),
        whole: "14:05".into(),
        note: HOSTILE.into(),
        in_force: false,
        is_old: true,
        is_new: false,
    }
}
