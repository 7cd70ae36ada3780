//! Writes a town to the store, through the same verbs that calls, texts and people use.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};

use super::town::{PastCase, PastContact, StepKind, Town};
use super::voices::VOICES;
use crate::actions::call::{CallArrived, CallEnded, EndedBy};
use crate::actions::delivery::{DeliveryReport, Submission, SubmitResult};
use crate::actions::text::{TextArrived, TextOutcome};
use crate::actions::town::{NewCategory, NewDepartment, NewPerson};
use crate::actions::user::NewUser;
use crate::actions::{ActionError, Actions, Actor};
use crate::domain::caller::Caller;
use crate::domain::id::{CaseId, InteractionId};
use crate::domain::message::{DeliveryState, TextPart};
use crate::domain::phone::PhoneNumber;
use crate::store::StoreError;

/// Cases are worked on by so many people at once: commits of one moment share one write to the disk.
const AT_ONCE: usize = 32;
/// The link that carried the receipts of the past.
const PAST_LINK: &str = "history";

#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error(transparent)]
    Action(#[from] ActionError),
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
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok(true)
}

async fn services(actions: &Actions, town: &Town) -> Result<(), ActionError> {
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

/// One after the other in the order in which they happened, so that the official numbers follow the days.
async fn open_cases<'a>(
    actions: &Actions,
    town: &'a Town,
    data: &Path,
) -> Result<Vec<(CaseId, &'a PastCase)>, SeedError> {
    let recordings = data.join("recordings/demo");
    tokio::fs::create_dir_all(&recordings).await?;
    let mut opened = Vec::with_capacity(town.history.len());
    for (index, past) in town.history.iter().enumerate() {
        let then = actions.at(past.opened_at);
        let caller = caller_of(town, past);
        let case = match &past.contact {
            PastContact::Text(words) => past_text(&then, index, past, caller, words).await?,
            _ => Some(past_call(&then, index, past, caller, &recordings).await?),
        };
        settle_receipts(actions, past.opened_at).await?;
        opened.extend(case.map(|id| (id, past)));
    }
    Ok(opened)
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
        recipient: "48048".to_owned(),
        part: TextPart { units: words.encode_utf16().collect(), of: None },
        at: past.opened_at,
    };
    Ok(match then.receive_text(text).await? {
        TextOutcome::Opened(case) => Some(case.id),
        // Joined an open case of the same citizen: work was planned for that one already.
        TextOutcome::Added(_) | TextOutcome::Waiting | TextOutcome::Duplicate => None,
    })
}

async fn past_call(
    then: &Actions,
    index: usize,
    past: &PastCase,
    caller: Caller,
    recordings: &Path,
) -> Result<CaseId, SeedError> {
    let arrived = CallArrived {
        external_id: format!("history-{index}"),
        caller,
        called: super::options::MAIN_LINE.to_owned(),
        at: past.opened_at,
        plan_revision: "history".to_owned(),
    };
    let call = then.journal_call(arrived).await?;
    let (lasted, walk) = match past.contact {
        PastContact::Spoken { voice, talked } => {
            let mut walk = vec!["hours"];
            if let Some(category) = past.category {
                then.open_call_case(call, category, past.opened_at).await?;
                walk.extend(["menu", category]);
            }
            record(then, call, past.opened_at, index, voice, recordings).await?;
            then.send_call_text(call, "receipt").await?;
            walk.extend(["message", "receipt", "end"]);
            (talked, walk)
        }
        PastContact::HungUp { rang } => (rang, vec!["hours", "menu"]),
        PastContact::Text(_) => (SignedDuration::ZERO, Vec::new()),
    };
    let end = CallEnded {
        at: past.opened_at.saturating_add(lasted).unwrap_or(past.opened_at),
        answered_at: Some(past.opened_at),
        by: EndedBy::Caller,
        walk: walk.into_iter().map(str::to_owned).collect(),
    };
    Ok(then.finish_call(call, end).await?.id)
}

async fn record(
    then: &Actions,
    call: InteractionId,
    at: Timestamp,
    index: usize,
    voice: usize,
    recordings: &Path,
) -> Result<(), SeedError> {
    let Some(voice) = VOICES.get(voice) else { return Ok(()) };
    let name = format!("{index:04}.wav");
    tokio::fs::write(recordings.join(&name), voice.wav).await?;
    let length = Duration::from_millis(voice.samples()?.len() as u64 / 8);
    let recording = then.start_recording(call, format!("recordings/demo/{name}"), at).await?;
    then.finish_recording(recording, Some(length)).await?;
    Ok(())
}

/// The receipts of the past were sent and delivered in the past: none of them goes to the SMSC of today.
async fn settle_receipts(actions: &Actions, opened_at: Timestamp) -> Result<(), ActionError> {
    let at = |seconds| opened_at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(opened_at);
    let sent = actions.at(at(2));
    let texts = sent.claim_texts(8).await?;
    if texts.is_empty() {
        return Ok(());
    }
    let id = |text: &crate::actions::delivery::OutboundText| format!("past-{}", text.id);
    let accepted = texts.iter().map(|text| Submission {
        id: text.id,
        result: SubmitResult::Accepted { link: PAST_LINK.to_owned(), message_ids: vec![id(text)] },
        at: at(2),
    });
    sent.record_submissions(accepted.collect()).await?;
    let delivered = actions.at(at(9));
    for text in &texts {
        let report = DeliveryReport {
            link: PAST_LINK.to_owned(),
            message_id: id(text),
            state: DeliveryState::Delivered,
            error: None,
            at: at(9),
        };
        delivered.record_report(report).await?;
    }
    Ok(())
}

/// What operators and officers did, each at their time.
async fn work_on(actions: &Actions, case: CaseId, past: &PastCase) -> Result<(), SeedError> {
    let directory = actions.db().directory();
    let users: HashMap<&str, _> = directory.users.iter().map(|u| (u.login.as_str(), u)).collect();
    let Some(row) = actions.db().case_row(case).await? else { return Ok(()) };
    let mut version = row.version;
    let wanted = past.category.and_then(|key| directory.category_by_key(key));
    if let (Some(first), Some(category)) = (past.steps.first(), wanted.filter(|c| c.id != row.category)) {
        let then = actions.at(first.at);
        let Some(user) = users.get(first.by) else { return Ok(()) };
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
            StepKind::Status(to) => version = then.set_status(&actor, case, version, *to).await?,
            StepKind::Assigned(to) => {
                let to = users.get(to).map(|u| u.id);
                version = then.assign(&actor, case, version, to).await?;
            }
        }
    }
    Ok(())
}

fn caller_of(town: &Town, past: &PastCase) -> Caller {
    past.person
        .and_then(|index| town.people.get(index))
        .and_then(|person| PhoneNumber::from_stored(&person.number))
        .map_or(Caller::Hidden, Caller::Number)
}
