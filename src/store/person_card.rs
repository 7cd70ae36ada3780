//! All that the card of a person shows.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::case_list::{CaseFilter, Cursor};
use super::person::{GROUP, Person};
use super::sql::{Row, args, each, pieces};
use super::{Db, StoreError};
use crate::domain::id::{CaseId, PersonEventId, PersonId, UserId};
use crate::domain::message::DeliveryState;
use crate::domain::permission::reach::Reach;
use crate::domain::person::{ConsentKind, ConsentMeans, PersonEntry, Point, PointKind};
use crate::domain::timeline::Entry;

#[derive(Clone, Debug)]
pub struct PersonCard {
    pub person: Person,
    /// By kind; the preferred one first. Those of merged people too.
    pub points: Vec<PointRow>,
    pub consents: Vec<ConsentRow>,
    /// Merged into this one, with the entry by which that can be undone.
    pub merged: Vec<MergedRow>,
    /// Latest first.
    pub timeline: Vec<PersonTimelineEntry>,
    /// Latest cases of others of which they are a follower or a witness.
    pub parties: Vec<(CaseRow, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PointRow {
    pub point: Point,
    /// The person of the group whose it was first.
    pub owner: PersonId,
    pub is_primary: bool,
    /// Since when somebody knows that it reaches nobody.
    pub invalid_at: Option<Timestamp>,
    pub failure: Option<Failure>,
}

/// The last message to a point that did not arrive, unless a later one did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub at: Timestamp,
    pub state: DeliveryState,
    /// What the network said.
    pub why: Option<String>,
    pub words: String,
    pub case: Option<CaseId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConsentRow {
    pub kind: ConsentKind,
    pub given: bool,
    pub means: ConsentMeans,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MergedRow {
    pub person: PersonId,
    pub name: String,
    pub merge: PersonEventId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonTimelineEntry {
    pub id: PersonEventId,
    /// Whose card it was on.
    pub person: PersonId,
    pub at: Timestamp,
    pub actor: Option<UserId>,
    pub token: Option<String>,
    pub entry: PersonEntry,
}

/// One thing that somebody sent, with its case.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub case: CaseRow,
    /// `None`: a document, a form; the case itself is what came.
    pub entry: Option<Entry>,
}

#[derive(Clone, Debug)]
pub struct SentPage {
    /// Latest first.
    pub sent: Vec<Sent>,
    /// Cases that are older than these; `None` on the last page.
    pub next: Option<Cursor>,
}

/// The latest so many entries of the card's timeline.
const ENTRIES: i64 = 200;
/// Cases of one page of what somebody sent.
const CASES: u32 = 25;
/// Contacts of one case on that page, the latest: who wrote more has the case's page.
const CONTACTS: i64 = 40;
const PARTIES: i64 = 50;
/// Longer texts are read on the case's page.
const WORDS: usize = 300;

impl Db {
    /// Of cases only those that `reach` takes in.
    pub async fn person_card(&self, id: PersonId, reach: &Reach) -> Result<Option<PersonCard>, StoreError> {
        let Some(person) = self.person(id).await? else { return Ok(None) };
        let id = person.id;
        Ok(Some(PersonCard {
            points: self.points(id, reach).await?,
            consents: self.consents(id).await?,
            merged: self.merged(id).await?,
            timeline: self.person_timeline(id).await?,
            parties: self.parties(id, reach).await?,
            person,
        }))
    }

    /// Of a survivor and of all who were merged into it.
    pub async fn points(&self, id: PersonId, reach: &Reach) -> Result<Vec<PointRow>, StoreError> {
        let sql = format!(
            "SELECT kind, value, person_id, is_primary, invalid_at, id FROM contact_point WHERE person_id IN ({GROUP}) \
             UNION ALL SELECT 'address', value, person_id, is_primary, invalid_at, id FROM person_address \
             WHERE person_id IN ({GROUP}) ORDER BY 4 DESC, 6"
        );
        let rows = self.all(AssertSqlSafe(sql), args![id]).await?;
        let mut points = rows.iter().map(point).collect::<Result<Vec<_>, _>>()?;
        self.add_failures(&mut points, reach).await?;
        points.sort_by_key(|row| PointKind::ALL.iter().position(|kind| *kind == row.point.kind));
        Ok(points)
    }

    /// The last message to each that did not arrive.
    async fn add_failures(&self, points: &mut [PointRow], reach: &Reach) -> Result<(), StoreError> {
        let is_message = |row: &&PointRow| row.point.kind != PointKind::Address;
        let addresses: Vec<String> =
            points.iter().filter(is_message).map(|row| row.point.value.clone()).collect();
        let columns = CASE_ROW.split(',').count();
        for piece in pieces(&addresses) {
            let sql = each(piece.len(), |address| {
                format!(
                    "SELECT id, recipient FROM outbox WHERE recipient = {address} \
                     AND state IN ('expired', 'rejected', 'undeliverable') ORDER BY id DESC LIMIT 1"
                )
            });
            let sql = format!(
                "SELECT {CASE_ROW}, m.updated_at, m.state, m.error, m.words, m.case_id, m.recipient FROM ({sql}) f \
                 JOIN outbox m ON m.id = f.id LEFT JOIN case_file c ON c.id = m.case_id {PERSON_OF_CASE}"
            );
            let values = piece.iter().map(|address| address.as_str().into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                let mut failure = failure(&row, columns)?;
                // That it did not arrive is about the number; what it said is about the case.
                if failure.case.is_some() && !reach.takes_in(&case_row(&row)?.facts()) {
                    failure.words.clear();
                }
                let recipient: String = row.get(columns + 5)?;
                for point in points.iter_mut().filter(|row| row.point.value == recipient) {
                    point.failure = Some(failure.clone());
                }
            }
        }
        Ok(())
    }

    /// The latest word on each.
    pub async fn consents(&self, id: PersonId) -> Result<Vec<ConsentRow>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT kind, given, how, at FROM person_consent WHERE person_id IN ({GROUP}) ORDER BY at DESC, kind"
        ));
        let mut consents: Vec<ConsentRow> = Vec::new();
        for row in self.all(sql, args![id]).await? {
            let consent =
                ConsentRow { kind: row.get(0)?, given: row.get(1)?, means: row.get(2)?, at: row.get(3)? };
            if consents.iter().all(|known| known.kind != consent.kind) {
                consents.push(consent);
            }
        }
        Ok(consents)
    }

    async fn merged(&self, id: PersonId) -> Result<Vec<MergedRow>, StoreError> {
        let sql = "SELECT id, name, merged_by FROM person WHERE merged_into = $1 AND merged_by IS NOT NULL ORDER BY id";
        let rows = self.all(sql, args![id]).await?;
        let merged = |row: &Row| {
            Ok(MergedRow { person: row.get(0)?, name: row.get(1)?, merge: PersonEventId(row.get(2)?) })
        };
        rows.iter().map(merged).collect()
    }

    /// Latest first.
    pub async fn person_timeline(&self, id: PersonId) -> Result<Vec<PersonTimelineEntry>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT id, person_id, at, actor_id, token, payload FROM person_event WHERE person_id IN ({GROUP}) \
             ORDER BY id DESC LIMIT $2"
        ));
        self.all(sql, args![id, ENTRIES]).await?.iter().map(timeline_entry).collect()
    }

    async fn parties(&self, id: PersonId, reach: &Reach) -> Result<Vec<(CaseRow, String)>, StoreError> {
        let sql = AssertSqlSafe(format!(
            "SELECT {CASE_ROW}, y.role FROM case_party y JOIN case_file c ON c.id = y.case_id {PERSON_OF_CASE} \
             WHERE y.person_id IN ({GROUP}) ORDER BY c.id DESC LIMIT $2"
        ));
        let columns = CASE_ROW.split(',').count();
        let rows = self.all(sql, args![id, PARTIES]).await?;
        let all = rows.iter().map(|row| Ok((case_row(row)?, row.get(columns)?)));
        let all = all.collect::<Result<Vec<(CaseRow, String)>, StoreError>>()?;
        Ok(all.into_iter().filter(|(case, _)| reach.takes_in(&case.facts())).collect())
    }

    /// What a person sent: their cases newest first, with the contacts of each, all in the order of time.
    pub async fn sent_by(
        &self,
        person: PersonId,
        reach: &Reach,
        after: Option<Cursor>,
    ) -> Result<SentPage, StoreError> {
        let filter = CaseFilter { person: Some(person), reach: reach.clone(), ..CaseFilter::default() };
        let page = self.case_list(&filter, after, CASES).await?;
        let ids: Vec<CaseId> = page.rows.iter().map(|case| case.id).collect();
        let mut contacts = self.contacts(&ids).await?;
        let mut sent = Vec::new();
        for case in page.rows {
            let contacts = contacts.remove(&case.id).unwrap_or_default();
            if contacts.is_empty() {
                sent.push(Sent { at: case.opened_at, entry: None, case });
            } else {
                let entry = |(at, entry)| Sent { at, case: case.clone(), entry: Some(entry) };
                sent.extend(contacts.into_iter().map(entry));
            }
        }
        sent.sort_by_key(|sent| std::cmp::Reverse(sent.at));
        Ok(SentPage { sent, next: page.next })
    }

    /// What citizens sent on each of these cases, latest first.
    async fn contacts(
        &self,
        cases: &[CaseId],
    ) -> Result<HashMap<CaseId, Vec<(Timestamp, Entry)>>, StoreError> {
        let mut contacts: HashMap<CaseId, Vec<(Timestamp, Entry)>> = HashMap::with_capacity(cases.len());
        for piece in pieces(cases) {
            let sql = each(piece.len(), |case| {
                format!(
                    "SELECT case_id, at, payload FROM case_event WHERE case_id = {case} \
                     ORDER BY id DESC LIMIT {CONTACTS}"
                )
            });
            let cases = piece.iter().map(|case| (*case).into()).collect();
            for row in self.all(AssertSqlSafe(sql), cases).await? {
                let entry: Entry = serde_json::from_str(&row.get::<String>(2)?)
                    .map_err(|e| StoreError::Corrupt(e.to_string()))?;
                if entry.is_sent_by_citizen() {
                    contacts.entry(row.get(0)?).or_default().push((row.get(1)?, entry));
                }
            }
        }
        Ok(contacts)
    }
}

fn point(row: &Row) -> Result<PointRow, StoreError> {
    let mut r = row.reader();
    Ok(PointRow {
        point: Point { kind: r.next()?, value: r.next()? },
        owner: r.next()?,
        is_primary: r.next()?,
        invalid_at: r.next()?,
        failure: None,
    })
}

/// Behind the columns of its case.
fn failure(row: &Row, behind: usize) -> Result<Failure, StoreError> {
    let words: String = row.get(behind + 3)?;
    Ok(Failure {
        at: row.get(behind)?,
        state: row.get(behind + 1)?,
        why: row.get(behind + 2)?,
        words: words.chars().take(WORDS).collect(),
        case: row.get(behind + 4)?,
    })
}

fn timeline_entry(row: &Row) -> Result<PersonTimelineEntry, StoreError> {
    let mut r = row.reader();
    Ok(PersonTimelineEntry {
        id: r.next()?,
        person: r.next()?,
        at: r.next()?,
        actor: r.next()?,
        token: r.next()?,
        entry: serde_json::from_str(&r.next::<String>()?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
    })
}
