//! Kept choices of people, the people whom they choose, and the tags on their cards.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::AssertSqlSafe;

use super::campaign::{json, parsed};
use super::sql::{Row, Value, args, pieces, places};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::campaign::consider::Candidate;
use crate::domain::campaign::segment::Segment;
use crate::domain::id::{PersonId, SegmentId, UserId};
use crate::domain::notice::TellBy;
use crate::domain::phone::PhoneNumber;
use crate::domain::script::search_key;

#[derive(Clone, Debug)]
pub struct KeptSegment {
    pub id: SegmentId,
    pub name: String,
    pub rule: Segment,
    pub version: i64,
    pub made_by: Option<UserId>,
    pub updated_at: Timestamp,
}

/// Somebody whom a segment takes in.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub who: Candidate,
    /// They asked not to be told anything.
    pub silent: bool,
}

/// One look at the people: those whom the segment takes in, and where to look on.
#[derive(Clone, Debug)]
pub struct ChosenPage {
    pub people: Vec<Chosen>,
    /// `None`: there are no more.
    pub next: Option<i64>,
}

const COLUMNS: &str = "id, name, rule, version, made_by, updated_at";
/// Of one person; more is a fault.
pub const MOST_TAGS: usize = 30;
/// Offered while somebody types.
const TAGS_OFFERED: i64 = 500;

/// The segment's categories with all below them, as ids, and the zone in which its days are counted.
#[derive(Clone, Debug)]
pub struct SegmentScope {
    pub categories: Vec<i64>,
    pub zone: TimeZone,
}

impl Db {
    pub async fn segments(&self) -> Result<Vec<KeptSegment>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM segment ORDER BY name, id");
        self.all(AssertSqlSafe(sql), args![]).await?.iter().map(segment).collect()
    }

    pub async fn segment(&self, id: SegmentId) -> Result<Option<KeptSegment>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM segment WHERE id = $1");
        self.optional(AssertSqlSafe(sql), args![id]).await?.as_ref().map(segment).transpose()
    }

    /// How many people it takes in, counted as far as `enough`. The words of the address are not looked at.
    pub async fn segment_size(
        &self,
        rule: &Segment,
        scope: &SegmentScope,
        enough: u32,
    ) -> Result<i64, StoreError> {
        let mut values = args![0_i64, i64::from(enough)];
        let condition = condition(rule, scope, &mut values);
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT p.id FROM person p WHERE p.id > $1 AND p.merged_into IS NULL{condition} LIMIT $2) q"
        );
        match self.optional(AssertSqlSafe(sql), values).await? {
            Some(row) => row.get(0),
            None => Ok(0),
        }
    }

    /// All tags that somebody has, in their order.
    pub async fn tags(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT tag FROM person_tag ORDER BY tag LIMIT $1";
        self.all(sql, args![TAGS_OFFERED]).await?.iter().map(|row| row.get(0)).collect()
    }

    pub async fn tags_of(&self, person: PersonId) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT tag FROM person_tag WHERE person_id IN \
             (SELECT id FROM person WHERE id = $1 OR merged_into = $1) ORDER BY tag";
        self.all(sql, args![person]).await?.iter().map(|row| row.get(0)).collect()
    }
}

impl Tx<'_> {
    pub async fn insert_segment(
        &mut self,
        name: &str,
        rule: &Segment,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<SegmentId, StoreError> {
        let sql = "INSERT INTO segment (name, rule, version, made_by, updated_at) VALUES ($1, $2, 1, $3, $4)";
        Ok(SegmentId(self.insert_one(sql, args![name, json(rule)?, by, at]).await?))
    }

    /// False: somebody else changed or removed it in the meantime.
    pub async fn put_segment(
        &mut self,
        (id, version): (SegmentId, i64),
        name: &str,
        rule: &Segment,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE segment SET name = $3, rule = $4, version = version + 1, updated_at = $5 WHERE id = $1 AND version = $2";
        Ok(self.execute(sql, args![id, version, name, json(rule)?, at]).await? > 0)
    }

    pub async fn remove_segment(&mut self, id: SegmentId) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM segment WHERE id = $1", args![id]).await? > 0)
    }

    /// The tags of one card from now on.
    pub async fn put_tags(&mut self, person: PersonId, tags: &[String]) -> Result<(), StoreError> {
        let sql = "DELETE FROM person_tag WHERE person_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1)";
        self.execute(sql, args![person]).await?;
        for tag in tags.iter().take(MOST_TAGS) {
            let sql = "INSERT INTO person_tag (person_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            self.execute(sql, args![person, tag.as_str()]).await?;
        }
        Ok(())
    }

    /// People behind `after`, at most `limit` looked at.
    pub async fn chosen(
        &mut self,
        rule: &Segment,
        scope: &SegmentScope,
        after: i64,
        limit: u32,
    ) -> Result<ChosenPage, StoreError> {
        let mut values = args![after, i64::from(limit)];
        let condition = condition(rule, scope, &mut values);
        let sql = format!(
            "SELECT p.id, p.name, p.address, p.language, p.tell_by FROM person p \
             WHERE p.id > $1 AND p.merged_into IS NULL{condition} ORDER BY p.id LIMIT $2"
        );
        let rows = self.all(AssertSqlSafe(sql), values).await?;
        let full = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let mut people = Vec::with_capacity(rows.len());
        let mut last = after;
        for row in &rows {
            let id: PersonId = row.get(0)?;
            last = id.0;
            let tell_by: Option<TellBy> = row.get(4)?;
            let who = Candidate {
                person: Some(id),
                name: row.get(1)?,
                address: row.get(2)?,
                language: row.get(3)?,
                ..Candidate::default()
            };
            people.push(Chosen { who, silent: tell_by == Some(TellBy::Nothing) });
        }
        self.fill_points(&mut people).await?;
        let words = search_key(&rule.address);
        people.retain(|one| {
            let known = !one.who.name.is_empty() || one.who.phone.is_some() || one.who.email.is_some();
            known && (words.is_empty() || search_key(&one.who.address).contains(&words))
        });
        Ok(ChosenPage { people, next: full.then_some(last) })
    }

    /// The preferred addresses that reach somebody; of telephones one that takes texts, if there is one.
    async fn fill_points(&mut self, people: &mut [Chosen]) -> Result<(), StoreError> {
        let ids: Vec<PersonId> = people.iter().filter_map(|one| one.who.person).collect();
        let mut survivors: HashMap<i64, i64> = ids.iter().map(|id| (id.0, id.0)).collect();
        for piece in pieces(&ids) {
            let sql =
                format!("SELECT id, merged_into FROM person WHERE merged_into IN {}", places(1, piece.len()));
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                survivors.insert(row.get(0)?, row.get(1)?);
            }
        }
        let all: Vec<i64> = survivors.keys().copied().collect();
        let mut points: HashMap<i64, Vec<(bool, i64, String, String)>> = HashMap::new();
        for piece in pieces(&all) {
            let sql = format!(
                "SELECT person_id, is_primary, id, kind, value FROM contact_point WHERE invalid_at IS NULL AND person_id IN {}",
                places(1, piece.len())
            );
            let values = piece.iter().map(|id| (*id).into()).collect();
            for row in self.all(AssertSqlSafe(sql), values).await? {
                let owner: i64 = row.get(0)?;
                let survivor = survivors.get(&owner).copied().unwrap_or(owner);
                let point = (!row.get::<bool>(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                points.entry(survivor).or_default().push(point);
            }
        }
        for one in people {
            let Some(mut own) = one.who.person.and_then(|id| points.remove(&id.0)) else { continue };
            own.sort();
            let first = |kind: &str, good: fn(&str) -> bool| {
                let mut of_kind = own.iter().filter(|point| point.2 == kind).map(|point| point.3.as_str());
                of_kind.clone().find(|value| good(value)).or_else(|| of_kind.next()).map(str::to_owned)
            };
            one.who.phone =
                first("phone", |value| PhoneNumber::from_stored(value).is_some_and(|p| p.takes_texts()));
            one.who.email = first("email", |_| true);
        }
        Ok(())
    }
}

/// Begins with AND, or is empty. Its values come behind those that are there.
fn condition(rule: &Segment, scope: &SegmentScope, values: &mut Vec<Value>) -> String {
    let mut sql = String::new();
    let list = |values: &mut Vec<Value>, new: Vec<Value>| {
        let from = values.len() + 1;
        let to = from + new.len();
        values.extend(new);
        (from..to).map(|place| format!("${place}")).collect::<Vec<_>>().join(",")
    };
    if rule.asks_cases() {
        let mut case = String::from(
            "(c.person_id = p.id OR c.person_id IN (SELECT m.id FROM person m WHERE m.merged_into = p.id))",
        );
        if !rule.areas.is_empty() {
            let areas = rule.areas.iter().map(|area| area.as_str().into()).collect();
            case.push_str(&format!(" AND c.area IN ({})", list(values, areas)));
        }
        if !rule.categories.is_empty() {
            let categories = scope.categories.iter().map(|id| (*id).into()).collect();
            case.push_str(&format!(" AND c.category_id IN ({})", list(values, categories)));
        }
        let midnight =
            |date: jiff::civil::Date| date.to_zoned(scope.zone.clone()).map(|at| at.timestamp()).ok();
        if let Some(since) = rule.since.and_then(midnight) {
            case.push_str(&format!(" AND c.opened_at >= {}", list(values, args![since])));
        }
        if let Some(until) = rule.until.and_then(|day| day.tomorrow().ok()).and_then(midnight) {
            case.push_str(&format!(" AND c.opened_at < {}", list(values, args![until])));
        }
        sql.push_str(&format!(" AND EXISTS (SELECT 1 FROM case_file c WHERE {case})"));
    }
    if !rule.tags.is_empty() {
        let tags = rule.tags.iter().map(|tag| tag.as_str().into()).collect();
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM person_tag t WHERE t.tag IN ({}) AND \
             (t.person_id = p.id OR t.person_id IN (SELECT m.id FROM person m WHERE m.merged_into = p.id)))",
            list(values, tags)
        ));
    }
    if let Some(consent) = rule.consent {
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM person_consent k WHERE k.person_id = p.id AND k.kind = {} AND k.given = 1)",
            list(values, args![consent])
        ));
    }
    if !rule.languages.is_empty() {
        let languages = rule.languages.iter().map(|language| (*language).into()).collect();
        sql.push_str(&format!(" AND p.language IN ({})", list(values, languages)));
    }
    sql
}

fn segment(row: &Row) -> Result<KeptSegment, StoreError> {
    let mut r = row.reader();
    Ok(KeptSegment {
        id: r.next()?,
        name: r.next()?,
        rule: parsed(&r.next::<String>()?)?,
        version: r.next()?,
        made_by: r.next()?,
        updated_at: r.next()?,
    })
}
