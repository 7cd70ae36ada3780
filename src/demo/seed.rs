//! Writes a town to the store, through the same verbs that calls, texts and people use.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use super::options::{MAIN_LINE, SHORT_NUMBER};
use super::town::catalogue::{AREAS, QUESTIONS, ROUTES, streets_of};
use super::town::{PastCase, PastContact, StepKind, Town};
use super::voices::VOICES;
use crate::actions::call::{CallArrived, CallEnded, Direction, EndedBy};
use crate::actions::catalogue::{
    AreaChange, CatalogueError, CategoryChange, DepartmentChange, QuestionChange,
};
use crate::actions::delivery::{DeliveryReport, Submission, SubmitResult};
use crate::actions::outcome::NewAnswer;
use crate::actions::text::{TextArrived, TextOutcome};
use crate::actions::town::{NewCategory, NewDepartment, NewPerson};
use crate::actions::user::NewUser;
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::area::Street;
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Outcome, Status};
use crate::domain::department::DepartmentKind;
use crate::domain::id::{CaseId, InteractionId, OutboxId};
use crate::domain::message::{DeliveryState, TextPart};
use crate::domain::phone::PhoneNumber;
use crate::domain::question::QuestionOption;
use crate::domain::routing::Route;
use crate::protocol::rtp::duration_of;
use crate::store::StoreError;

/// Cases are worked on by so many people at once: commits of one moment share one write to the disk.
const AT_ONCE: usize = 32;
const RECEIPTS_AT_ONCE: u32 = 200;
/// Of an answered case until it is closed.
const CLOSED_AFTER_S: i64 = 3 * 86_400;
/// The link that carried the receipts of the past, and the plan that its callers met.
const PAST: &str = "history";

#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Action(#[from] ActionError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write a recording of the past: {0}")]
    Recording(#[from] std::io::Error),
    #[error("an embedded voice does not open: {0}")]
    Voice(#[from] hound::Error),
}

/// Fills an empty store. A folder that was seeded before stays as it is; returns whether anything was written.
pub async fn seed(actions: &Actions, town: &Town, data: &Path) -> Result<bool, SeedError> {
    let first = town.users.first().map_or("admin", |user| user.login);
    if actions.db().directory().user_by_login(first).is_some() {
        return Ok(false);
    }
    services(actions, town).await?;
    people(actions, town).await?;
    users(actions, town).await?;
    let cases = open_cases(actions, town, data).await?;
    let work = cases.into_iter().map(|(id, past)| work_on(actions, id, past));
    let answered: Vec<Option<Answered>> = stream::iter(work).buffer_unordered(AT_ONCE).try_collect().await?;
    let answered: Vec<Answered> = answered.into_iter().flatten().collect();
    settle_answers(actions, &answered).await?;
    close_old(actions, &answered).await?;
    super::campaign::seed(actions, &town.people).await?;
    Ok(true)
}

async fn services(actions: &Actions, town: &Town) -> Result<(), SeedError> {
    let departments = town.departments.iter().map(|d| NewDepartment {
        key: d.key.to_owned(),
        name_sr: d.sr.to_owned(),
        name_en: d.en.to_owned(),
    });
    actions.put_departments(departments.collect()).await?;
    let categories = town.categories.iter().map(|c| NewCategory {
        key: c.key.to_owned(),
        name_sr: c.sr.to_owned(),
        name_en: c.en.to_owned(),
        class: c.class.to_owned(),
        department: Some(c.department.to_owned()),
        parent: c.parent.map(str::to_owned),
    });
    actions.put_categories(categories.collect()).await?;
    tree_of_services(actions, town).await?;
    areas_and_questions(actions).await
}

/// Who belongs to whom, and where institutions are written to.
async fn tree_of_services(actions: &Actions, town: &Town) -> Result<(), SeedError> {
    let directory = actions.db().directory();
    for department in town.departments.iter().filter(|d| d.parent.is_some() || d.institution) {
        let Some(known) = directory.department_by_key(department.key) else { continue };
        let parent = department.parent.and_then(|key| directory.department_by_key(key)).map(|d| d.id);
        let kind = if department.institution { DepartmentKind::Institution } else { DepartmentKind::Service };
        let email = department.email.to_owned();
        let change = DepartmentChange { kind, parent, email, ..DepartmentChange::from(known) };
        actions.change_department(&Actor::System, known.id, change).await?;
    }
    Ok(())
}

async fn areas_and_questions(actions: &Actions) -> Result<(), SeedError> {
    for (index, area) in AREAS.iter().enumerate() {
        let streets = streets_of(index).map(Street::whole).collect();
        let change = AreaChange { name_sr: area.sr.to_owned(), name_en: area.en.to_owned(), streets };
        actions.put_area(&Actor::System, area.key, change).await?;
    }
    for (category, area, department) in ROUTES {
        let directory = actions.db().directory();
        let category = directory.category_by_key(category);
        let Some((category, to)) = category.zip(directory.department_by_key(department)) else { continue };
        let mut change = CategoryChange::from(category);
        change.routes.push(Route { area: (*area).to_owned(), department: to.id });
        actions.change_category(&Actor::System, category.id, change).await?;
    }
    for (question, place) in QUESTIONS.iter().zip(1..) {
        let directory = actions.db().directory();
        let Some(category) = directory.category_by_key(question.category) else { continue };
        let option = |(sr, en): &(&str, &str)| QuestionOption {
            key: String::new(),
            name_sr: (*sr).to_owned(),
            name_en: (*en).to_owned(),
            retired: false,
        };
        let change = QuestionChange {
            name_sr: question.sr.to_owned(),
            name_en: question.en.to_owned(),
            kind: question.kind,
            required: question.required,
            options: question.options.iter().map(option).collect(),
            active: true,
            place,
        };
        actions.put_question(&Actor::System, category.id, question.key, change).await?;
    }
    Ok(())
}

async fn people(actions: &Actions, town: &Town) -> Result<(), ActionError> {
    let people = town.people.iter().filter_map(|p| {
        Some(NewPerson {
            name: p.name.clone(),
            address: format!("{} {}", p.street, p.house),
            phone: PhoneNumber::from_stored(&p.number)?,
        })
    });
    actions.put_people(people.collect()).await?;
    Ok(())
}

async fn users(actions: &Actions, town: &Town) -> Result<(), ActionError> {
    let directory = actions.db().directory();
    for user in town.users {
        let department = user.department.and_then(|key| directory.department_by_key(key)).map(|d| d.id);
        let new = NewUser {
            login: user.login.to_owned(),
            name: user.name.to_owned(),
            role: user.role,
            department,
            password: user.password.to_owned(),
        };
        actions.create_user(&Actor::System, new).await?;
    }
    Ok(())
}

/// Opens the cases in the order in which they happened, so that the official numbers follow the days: the store takes what is
/// asked first first. All else of a contact may happen in any order.
async fn open_cases<'a>(
    actions: &Actions,
    town: &'a Town,
    data: &Path,
) -> Result<Vec<(CaseId, &'a PastCase)>, SeedError> {
    let recordings = data.join("recordings/demo");
    tokio::fs::create_dir_all(&recordings).await?;
    let history = || town.history.iter().enumerate();
    let begin =
        history().map(|(index, past)| begin(actions, index, past, caller_of(town, past), &recordings));
    let calls: Vec<Option<InteractionId>> = stream::iter(begin).buffered(AT_ONCE).try_collect().await?;
    let open = history().zip(&calls).map(|((index, past), call)| async move {
        let then = actions.at(past.opened_at);
        match (&past.contact, call) {
            (PastContact::Text(words), _) => {
                past_text(&then, index, past, caller_of(town, past), words).await
            }
            (_, Some(call)) => past_call(&then, *call, past).await.map(Some),
            (_, None) => Ok(None),
        }
    });
    let opened: Vec<Option<CaseId>> = stream::iter(open).buffered(AT_ONCE).try_collect().await?;
    let end = town.history.iter().zip(&calls).map(|(past, call)| async move {
        match (call, past.category) {
            (Some(call), Some(_)) => finish(&actions.at(past.opened_at), *call, past).await.map(|_| ()),
            _ => Ok(()),
        }
    });
    stream::iter(end).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    settle_receipts(actions, town).await?;
    Ok(opened.into_iter().zip(&town.history).filter_map(|(id, past)| Some((id?, past))).collect())
}

/// A call of the past up to the moment in which its case opens: journaled, and recorded if somebody spoke.
async fn begin(
    actions: &Actions,
    index: usize,
    past: &PastCase,
    caller: Caller,
    recordings: &Path,
) -> Result<Option<InteractionId>, SeedError> {
    let then = actions.at(past.opened_at);
    let voice = match past.contact {
        PastContact::Text(_) => return Ok(None),
        PastContact::Spoken { voice, .. } => VOICES.get(voice),
        PastContact::HungUp { .. } => None,
    };
    let arrived = CallArrived {
        direction: Direction::In,
        operator: None,
        external_id: format!("history-{index}"),
        caller,
        called: MAIN_LINE.to_owned(),
        at: past.opened_at,
        plan_revision: PAST.to_owned(),
    };
    let call = then.journal_call(arrived).await?;
    if let Some(voice) = voice {
        let name = format!("{index:04}.wav");
        tokio::fs::write(recordings.join(&name), voice.words.wav).await?;
        let length = duration_of(voice.words.samples()?.len() as u64);
        let recording = then.start_recording(call, format!("recordings/demo/{name}"), past.opened_at).await?;
        then.finish_recording(recording, Some(length)).await?;
    }
    Ok(Some(call))
}

/// A call that said what it is about has its case from then on, any other from its end.
async fn past_call(then: &Actions, call: InteractionId, past: &PastCase) -> Result<CaseId, ActionError> {
    match past.category {
        Some(category) => Ok(then.open_call_case(call, category, past.opened_at).await?.id),
        None => finish(then, call, past).await,
    }
}

async fn finish(then: &Actions, call: InteractionId, past: &PastCase) -> Result<CaseId, ActionError> {
    let (lasted, walk) = match (&past.contact, past.category) {
        (PastContact::Spoken { talked, .. }, category) => {
            then.send_call_text(call, "receipt").await?;
            let mut walk = vec!["hours"];
            walk.extend(category.map(|_| "menu"));
            walk.extend(category);
            walk.extend(["message", "receipt", "end"]);
            (*talked, walk)
        }
        (PastContact::HungUp { rang }, _) => (*rang, vec!["hours", "menu"]),
        (PastContact::Text(_), _) => (SignedDuration::ZERO, Vec::new()),
    };
    let end = CallEnded {
        at: past.opened_at.saturating_add(lasted).unwrap_or(past.opened_at),
        answered_at: Some(past.opened_at),
        by: EndedBy::Caller,
        walk: walk.into_iter().map(str::to_owned).collect(),
        story: Vec::new(),
    };
    let case = then.finish_call(call, end).await?.ok_or(ActionError::NotFound)?;
    Ok(case.id)
}

async fn past_text(
    then: &Actions,
    index: usize,
    past: &PastCase,
    sender: Caller,
    words: &str,
) -> Result<Option<CaseId>, ActionError> {
    let text = TextArrived {
        external_id: format!("history-{index}"),
        former_id: None,
        sender,
        recipient: SHORT_NUMBER.to_owned(),
        part: TextPart { units: words.encode_utf16().collect(), of: None },
        at: past.opened_at,
    };
    Ok(match then.receive_text(text).await? {
        TextOutcome::Opened(case) => Some(case.id),
        // Joined an open case of the same citizen: work was planned for that one already.
        TextOutcome::Added(_) | TextOutcome::OptOut | TextOutcome::Waiting | TextOutcome::Duplicate => None,
    })
}

/// The receipts of the past were sent and delivered in the past: none of them goes to the SMSC of today.
async fn settle_receipts(actions: &Actions, town: &Town) -> Result<(), ActionError> {
    // Who wrote when; a citizen's receipts go out in the order of the contacts.
    let mut opened: HashMap<&str, VecDeque<Timestamp>> = HashMap::new();
    let last = town.history.last().map_or(Timestamp::UNIX_EPOCH, |past| past.opened_at);
    for past in town.history.iter().filter(|past| !matches!(past.contact, PastContact::HungUp { .. })) {
        if let Some(person) = past.person.and_then(|index| town.people.get(index)) {
            opened.entry(&person.number).or_default().push_back(past.opened_at);
        }
    }
    loop {
        let texts = actions.claim_texts(RECEIPTS_AT_ONCE).await?;
        if texts.is_empty() {
            return Ok(());
        }
        let sent: Vec<(OutboxId, Timestamp)> = texts
            .iter()
            .map(|text| {
                let then = opened.get_mut(text.to.as_str()).and_then(VecDeque::pop_front);
                (text.id, then.unwrap_or(last))
            })
            .collect();
        delivered(actions, &sent).await?;
    }
}

/// Accepted and delivered shortly after the given moments.
async fn delivered(actions: &Actions, sent: &[(OutboxId, Timestamp)]) -> Result<(), ActionError> {
    let accepted = sent.iter().map(|(id, at)| Submission {
        id: *id,
        result: SubmitResult::Accepted { link: PAST.to_owned(), message_ids: vec![format!("{PAST}-{id}")] },
        at: later(*at, 2),
    });
    actions.record_submissions(accepted.collect()).await?;
    let reports = sent.iter().map(|(id, at)| {
        actions.record_report(DeliveryReport {
            link: PAST.to_owned(),
            message_id: format!("{PAST}-{id}"),
            state: DeliveryState::Delivered,
            error: None,
            at: later(*at, 9),
        })
    });
    stream::iter(reports).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    Ok(())
}

/// A case of the past that has its outcome.
struct Answered {
    case: CaseRef,
    at: Timestamp,
}

/// What citizens were told in the past arrived in the past too.
async fn settle_answers(actions: &Actions, answered: &[Answered]) -> Result<(), ActionError> {
    let told: HashMap<&str, Timestamp> = answered.iter().map(|a| (a.case.number.as_str(), a.at)).collect();
    let last = answered.iter().map(|a| a.at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    loop {
        let texts = actions.claim_texts(RECEIPTS_AT_ONCE).await?;
        if texts.is_empty() {
            return Ok(());
        }
        let of = |words: &str| {
            let number = |word: &str| told.get(word.trim_matches([':', ',', '.'])).copied();
            words.split_whitespace().find_map(number).unwrap_or(last)
        };
        let sent: Vec<(OutboxId, Timestamp)> =
            texts.iter().map(|text| (text.id, later(of(&text.words), 5))).collect();
        delivered(actions, &sent).await?;
    }
}

/// Citizens had some days to object to the answer.
async fn close_old(actions: &Actions, answered: &[Answered]) -> Result<(), ActionError> {
    for Answered { case, at } in answered {
        let then = later(*at, CLOSED_AFTER_S);
        let row = actions.db().case_row(case.id).await?.filter(|row| row.status == Status::Answered);
        if let Some(row) = row.filter(|row| row.told.is_settled() && then < actions.now()) {
            actions.at(then).close_case(&Actor::System, case.id, row.version).await?;
        }
    }
    Ok(())
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

/// What operators and officers did, each at their time.
async fn work_on(actions: &Actions, case: CaseId, past: &PastCase) -> Result<Option<Answered>, SeedError> {
    let directory = actions.db().directory();
    let users: HashMap<&str, _> = directory.users.iter().map(|u| (u.login.as_str(), u)).collect();
    let Some(row) = actions.db().case_row(case).await? else { return Ok(None) };
    let mut answered = None;
    let mut version = row.version;
    let wanted = past.category.and_then(|key| directory.category_by_key(key));
    if let (Some(first), Some(category)) = (past.steps.first(), wanted.filter(|c| c.id != row.category)) {
        let then = actions.at(first.at);
        let Some(user) = users.get(first.by) else { return Ok(None) };
        let actor = Actor::User { id: user.id, role: user.role };
        version = then.set_category(&actor, case, version, category.id).await?;
        if category.department != row.department {
            version = then.set_department(&actor, case, version, category.department).await?;
        }
    }
    for step in &past.steps {
        let Some(user) = users.get(step.by) else { continue };
        let actor = Actor::User { id: user.id, role: user.role };
        let then = actions.at(step.at);
        match &step.kind {
            StepKind::Note(words) => {
                then.add_note(&actor, case, words).await?;
            }
            StepKind::TakenUp => {
                version = then.set_status(&actor, case, version, Status::InProgress).await?;
            }
            StepKind::Forwarded(service) => {
                let Some(to) = directory.department_by_key(service) else { continue };
                version = then.forward_case(&actor, case, version, to.id, "").await?;
            }
            StepKind::Answered(words) => {
                let answer = NewAnswer {
                    outcome: Outcome::Resolved,
                    words: (*words).to_owned(),
                    silence: String::new(),
                    note: String::new(),
                };
                version = then.answer_case(&actor, case, version, answer).await?;
                let number = row.number.clone();
                answered = Some(Answered { case: CaseRef { id: case, number }, at: step.at });
            }
            StepKind::Assigned(to) => {
                let to = users.get(to).map(|u| u.id);
                version = then.assign(&actor, case, version, to).await?;
            }
        }
    }
    Ok(answered)
}

fn caller_of(town: &Town, past: &PastCase) -> Caller {
    past.person
        .and_then(|index| town.people.get(index))
        .and_then(|person| PhoneNumber::from_stored(&person.number))
        .map_or(Caller::Hidden, Caller::Number)
}
