//! What can be done with a case now, what its citizen knows, and what it belongs together with, as the page shows it.

use super::show::PersonView;
use super::view::{Choice, RowView, Viewer, for_people};
use crate::actions::case_macro::CaseMacro;
use crate::actions::draft::Mode;
use crate::actions::kept_template::KeptTemplate;
use crate::domain::case::{CaseNumber, Outcome, Status, Told};
use crate::domain::flow::Step;
use crate::domain::id::{CaseId, UserId};
use crate::domain::kept_template::TemplateKind;
use crate::domain::notice::{ByHand, NoticeState, Purpose, Way};
use crate::domain::permission::Right;
use crate::domain::split::{Origin, split_off};
use crate::domain::task::TaskKind;
use crate::domain::timeline::Entry;
use crate::store::case::{CaseDetail, CaseRow};
use crate::store::link::Link;
use crate::store::notice::Notice;
use crate::web::page::Page;
use crate::web::{kept_templates, macros};

/// What was read besides the case itself.
#[derive(Debug)]
pub struct Around {
    pub notices: Vec<Notice>,
    pub watchers: Vec<UserId>,
    /// Mail that nobody went on with, and mail of ours that did not arrive, with whose or what for.
    pub waits: Vec<(TaskKind, String)>,
    pub links: Vec<Link>,
    /// The case that this one is a part of.
    pub whole: Option<CaseRow>,
    pub drafts: Vec<(String, String)>,
    /// Who else writes on the case now.
    pub editors: Vec<UserId>,
    /// What is offered to the reader.
    pub templates: Vec<KeptTemplate>,
    pub macros: Vec<CaseMacro>,
    /// The kind of words that the composer opens with.
    pub write: Mode,
}

#[derive(Debug, Default)]
pub struct DeskView {
    pub version: i64,
    pub steps: Vec<&'static str>,
    pub may_reply: bool,
    pub may_merge: bool,
    pub may_link: bool,
    pub may_place: bool,
    pub may_watch: bool,
    pub watching: bool,
    pub watchers: String,
    pub place: String,
    pub told: Option<ToldView>,
    /// Notices that wait for a human.
    pub tasks: Vec<TaskView>,
    /// What else waits, a sentence each.
    pub waits: Vec<String>,
    pub outcomes: Vec<Choice>,
    pub ways: Vec<Choice>,
    pub departments: Vec<Choice>,
    /// To whom a reply goes; empty when nobody can be reached.
    pub whom: String,
    pub note: String,
    pub reply: String,
    pub answer: String,
    pub editors: String,
    pub whole: Option<RowView>,
    pub parts: Vec<RowView>,
    /// Parts that the reader may not read.
    pub parts_unread: i64,
    pub links: Vec<TieView>,
    pub may_split: bool,
    /// Ends it as opened by mistake.
    pub may_annul: bool,
    /// From which the case was split off.
    pub origin: Option<SplitTie>,
    /// What was split off from it and goes on by itself.
    pub splits: Vec<SplitTie>,
    pub link_kinds: Vec<Choice>,
    pub hand_ways: Vec<Choice>,
    pub note_templates: Vec<Choice>,
    pub reply_templates: Vec<Choice>,
    pub answer_templates: Vec<Choice>,
    /// To print.
    pub letters: Vec<Choice>,
    pub macros: Vec<Choice>,
    /// The kind of words that the composer opens with.
    pub write: &'static str,
}

/// In one line: does the citizen know?
#[derive(Debug)]
pub struct ToldView {
    pub word: &'static str,
    pub line: String,
    pub outcome: String,
}

#[derive(Debug)]
pub struct TaskView {
    pub notice: i64,
    pub title: String,
    pub words: String,
    /// Numbers that a human can call.
    pub phones: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct TieView {
    pub kind: &'static str,
    pub label: String,
    /// Which of the two cases the link leads from, and to which.
    pub from: i64,
    pub to: i64,
    pub other: RowView,
}

/// Two cases of one letter, seen from one of them.
#[derive(Debug)]
pub struct SplitTie {
    /// The other one.
    pub id: i64,
    pub number: String,
    /// Which of the two was split off.
    pub part: i64,
}

impl DeskView {
    pub fn can(&self, step: &str) -> bool {
        self.steps.contains(&step)
    }

    /// Whether the composer opens with that kind of words: with a note where the other is not possible.
    pub fn opens(&self, mode: &str) -> bool {
        let opens = match self.write {
            "reply" if self.may_reply => "reply",
            "answer" if self.answers() => "answer",
            _ => "note",
        };
        opens == mode
    }

    pub fn answers(&self) -> bool {
        self.can("answer")
    }
}

impl Viewer<'_> {
    pub fn desk(
        &self,
        page: &Page,
        detail: &CaseDetail,
        person: Option<&PersonView>,
        around: &Around,
    ) -> DeskView {
        let case = &detail.case;
        let on = case.facts();
        let may = |right| page.may_on(right, &on);
        let t = self.locale;
        let me = page.user.as_ref().map(|user| user.id);
        let goes_on = case.merged_into.is_none();
        let open = goes_on && !matches!(case.status, Status::Answered | Status::Closed);
        let draft = |mode: &str| {
            let found = around.drafts.iter().find(|(of, _)| of == mode);
            found.map(|(_, words)| words.clone()).unwrap_or_default()
        };
        let choices = |group: &str, words: Vec<&'static str>| -> Vec<Choice> {
            let choice = |word: &'static str| Choice {
                value: word.to_owned(),
                label: t.word(group, word),
                chosen: false,
            };
            words.into_iter().map(choice).collect()
        };
        let names =
            |users: &[UserId]| users.iter().map(|user| self.user(*user)).collect::<Vec<_>>().join(", ");
        DeskView {
            version: case.version,
            steps: steps(page, detail),
            may_reply: goes_on && may(Right::Reply),
            may_merge: may(Right::MergeCases) && (open || !goes_on),
            may_link: may(Right::LinkCases),
            may_place: goes_on && may(Right::EditFacts),
            may_watch: may(Right::Watch),
            watching: me.is_some_and(|me| around.watchers.contains(&me)),
            watchers: names(&around.watchers),
            place: case.place.clone(),
            told: self.told(case, &around.notices),
            tasks: if may(Right::TellByHand) { self.tasks(person, &around.notices) } else { Vec::new() },
            waits: around.waits.iter().map(|(kind, subject)| self.waits(*kind, subject)).collect(),
            outcomes: choices("outcome", Outcome::ALL.iter().map(|o| o.as_str()).collect()),
            ways: choices("way", Way::ALL.iter().map(|w| w.as_str()).collect()),
            departments: self.departments(""),
            whom: person.and_then(|p| p.phones.first()).map(|(shown, _)| shown.clone()).unwrap_or_default(),
            note: draft("note"),
            reply: draft("reply"),
            answer: draft("answer"),
            editors: names(&around.editors),
            whole: around.whole.as_ref().map(|row| self.row(row)),
            parts: detail.parts.iter().map(|row| self.row(row)).collect(),
            parts_unread: detail.parts_unread,
            links: around.links.iter().map(|link| self.link(case, link)).collect(),
            may_split: goes_on && may(Right::SplitCase),
            may_annul: open && detail.parts.is_empty() && may(Right::DeleteCase),
            origin: goes_on.then(|| origin(detail)).flatten(),
            splits: splits(detail),
            link_kinds: choices(
                "link",
                crate::domain::link::LinkKind::ALL.iter().map(|k| k.as_str()).collect(),
            ),
            note_templates: self.templates(around, &[TemplateKind::Note]),
            reply_templates: self.templates(around, &[TemplateKind::Text, TemplateKind::Email]),
            answer_templates: self.templates(around, &[TemplateKind::Answer]),
            letters: self.templates(around, &[TemplateKind::Letter]),
            macros: macros::choices(t, &around.macros),
            write: around.write.as_str(),
            hand_ways: choices("by-hand", ByHand::ALL.iter().map(|h| h.as_str()).collect()),
        }
    }

    /// Those of the kinds, in their order.
    fn templates(&self, around: &Around, kinds: &[TemplateKind]) -> Vec<Choice> {
        let of = |kind: &TemplateKind| {
            let kind = *kind;
            around.templates.iter().filter(move |one| one.kind == kind)
        };
        kept_templates::choices(self.locale, kinds.iter().flat_map(of))
    }

    fn waits(&self, kind: TaskKind, subject: &str) -> String {
        let group = if kind == TaskKind::MailFailed { "waits-failed" } else { "waits-arrived" };
        self.locale.word(group, subject)
    }

    fn link(&self, case: &CaseRow, link: &Link) -> TieView {
        let group = if link.outward { "link" } else { "link-back" };
        let (from, to) = if link.outward { (case.id, link.other.id) } else { (link.other.id, case.id) };
        TieView {
            kind: link.kind.as_str(),
            label: self.locale.word(group, link.kind.as_str()),
            from: from.0,
            to: to.0,
            other: self.row(&link.other),
        }
    }

    /// "The citizen was told by SMS on 12.3. at 14:05."
    fn told(&self, case: &CaseRow, notices: &[Notice]) -> Option<ToldView> {
        let outcome = case.outcome?;
        let t = self.locale;
        let mine = notices.iter().rev().find(|n| n.purpose == Purpose::Outcome && !n.follower);
        let line = match mine {
            Some(notice) if case.merged_into.is_none() || case.told != Told::Telling => {
                let title = t.word("notice-outcome", notice.state.as_str());
                let reached =
                    matches!(notice.state, NoticeState::Telling | NoticeState::Told | NoticeState::Presumed);
                let way = notice.ladder.get(notice.rung).filter(|_| reached).map(|rung| {
                    format!("{} {}", t.word("way", rung.way.as_str()), for_people(&rung.address))
                });
                let at = t.moment(notice.updated_at);
                [Some(title), way, Some(at)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            _ => t.word("told", case.told.as_str()),
        };
        Some(ToldView { word: case.told.as_str(), line, outcome: t.word("outcome", outcome.as_str()) })
    }

    fn tasks(&self, person: Option<&PersonView>, notices: &[Notice]) -> Vec<TaskView> {
        let failed = notices.iter().filter(|notice| notice.state == NoticeState::Failed);
        failed
            .map(|notice| {
                let whom = if notice.follower { "follower" } else { notice.purpose.as_str() };
                TaskView {
                    notice: notice.id.0,
                    title: self.locale.word(&format!("notice-{whom}"), notice.state.as_str()),
                    words: notice.words.clone(),
                    phones: person.filter(|_| !notice.follower).map(|p| p.phones.clone()).unwrap_or_default(),
                }
            })
            .collect()
    }
}

fn own(detail: &CaseDetail) -> impl Iterator<Item = &Entry> {
    detail.timeline.iter().filter(|entry| entry.case == detail.case.id).map(|entry| &entry.entry)
}

fn origin(detail: &CaseDetail) -> Option<SplitTie> {
    let origin = own(detail).find_map(Origin::of)?;
    Some(SplitTie { id: origin.from.0, number: origin.number.to_string(), part: detail.case.id.0 })
}

fn splits(detail: &CaseDetail) -> Vec<SplitTie> {
    let tie = |id: CaseId, number: CaseNumber| SplitTie { id: id.0, number: number.to_string(), part: id.0 };
    split_off(own(detail)).into_iter().map(|(id, number, _)| tie(id, number)).collect()
}

/// Those that the case may take and the reader may do.
fn steps(page: &Page, detail: &CaseDetail) -> Vec<&'static str> {
    let case = &detail.case;
    let on = case.facts();
    let possible = |step: &&Step| {
        let forwarded = || {
            let entries = detail.timeline.iter().filter(|entry| entry.case == case.id);
            crate::domain::flow::whence(entries.map(|entry| &entry.entry)).is_some()
        };
        step.check_at(case.status, case.told, case.merged_into.is_some()).is_ok()
            && page.may_on(step.right(), &on)
            && (**step != Step::SendBack || forwarded())
    };
    Step::ALL.iter().filter(possible).map(|step| step.as_str()).collect()
}
