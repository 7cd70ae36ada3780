//! Searching: cases and people, the best first, at a cost that does not grow with what is stored.
//!
//! Each rank is a question of its own to the same index, newest first, without what a better rank found. A page asks only as many of
//! them as it needs.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::case_list::CaseFilter;
use super::query::Query as Conditions;
use super::sql::{args, each, pieces};
use super::{Db, StoreError};
use crate::domain::id::{CaseId, PersonId};
use crate::domain::phone::PhoneNumber;
use crate::domain::search::{Place, Query, Rank, Term};
use crate::domain::timeline::Entry;

/// A page asks for no more than this.
pub const HITS_MAX: u32 = 50;

/// Cases of a person whose number was typed, besides those that came from that number.
const OF_PERSON: i64 = 20;

/// On PostgreSQL the newest so many cases are looked through in their order before the index is asked: it gives all hits, unordered, and
/// a word that a page of these does not have is in few.
const NEWEST: i64 = 5_000;

/// A case with the reason why it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseHit {
    pub rank: Rank,
    pub case: CaseRow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseHits {
    pub hits: Vec<CaseHit>,
    /// `None` on the last page.
    pub next: Option<Place>,
}

/// What somebody wrote in an entry of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub at: Timestamp,
    pub kind: String,
    pub words: String,
}

/// So many of the latest entries are looked at for the place in which a case was found.
const ENTRIES: i64 = 100;

impl Db {
    /// Of each of these cases, the latest first.
    pub async fn words_of(&self, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<Words>>, StoreError> {
        let mut found: HashMap<CaseId, Vec<Words>> = HashMap::with_capacity(cases.len());
        for piece in pieces(cases) {
            let sql = each(piece.len(), |case| {
                format!(
                    "SELECT case_id, at, kind, payload FROM case_event WHERE case_id = {case} \
                     ORDER BY id DESC LIMIT {ENTRIES}"
                )
            });
            let cases = piece.iter().map(|case| (*case).into()).collect();
            for row in self.all(AssertSqlSafe(sql), cases).await? {
                let entry: Entry = serde_json::from_str(&row.get::<String>(3)?)
                    .map_err(|e| StoreError::Corrupt(e.to_string()))?;
                if let Some(words) = entry.words() {
                    let words = Words { at: row.get(1)?, kind: row.get(2)?, words: words.to_owned() };
                    found.entry(row.get(0)?).or_default().push(words);
                }
            }
        }
        // No database promises to keep the order of what is put together.
        for words in found.values_mut() {
            words.sort_by_key(|words| std::cmp::Reverse(words.at));
        }
        Ok(found)
    }

    /// Those with the number first, then those of the telephone number, of the name, and with the words; each newest first. `phone`: what
    /// was typed, when it is a whole telephone number. Only cases of the filter are found; its own search is not looked at.
    pub async fn search_cases(
        &self,
        query: &Query,
        phone: Option<&PhoneNumber>,
        within: &CaseFilter,
        after: Option<Place>,
        limit: u32,
    ) -> Result<CaseHits, StoreError> {
        let wanted = limit.clamp(1, HITS_MAX) as usize;
        let within = &self.resolved(within).await?;
        let mut hits: Vec<CaseHit> = Vec::new();
        let mut better: Vec<Vec<Term>> = Vec::new();
        for rank in Rank::ALL.iter().copied() {
            let Some(terms) = query.terms(rank) else { continue };
            let is_behind = after.is_some_and(|after| position(rank) < position(after.rank));
            // One more than is wanted, to know whether there are more.
            let missing = (wanted + 1).saturating_sub(hits.len());
            if !is_behind && missing > 0 {
                let before = after.filter(|after| after.rank == rank).map(|after| CaseId(after.id));
                let found = self.ranked(rank, &terms, &better, within, before, missing).await?;
                hits.extend(found.into_iter().map(|case| CaseHit { rank, case }));
                if rank == Rank::Phone && after.is_none() {
                    self.of_person(phone, within, &mut hits).await?;
                }
            }
            better.push(terms);
        }
        let more = hits.len() > wanted;
        hits.truncate(wanted);
        let next = hits.last().filter(|_| more).map(|hit| Place { rank: hit.rank, id: hit.case.id.0 });
        Ok(CaseHits { hits, next })
    }

    async fn ranked(
        &self,
        rank: Rank,
        terms: &[Term],
        better: &[Vec<Term>],
        within: &CaseFilter,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut conditions = Conditions::default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let expression = within.of_owners(self.is_postgres(), expression(self.is_postgres(), terms, better));
        let expression = conditions.place(expression);
        let before = before.map(|before| conditions.place(before));
        let looked_at = within.narrowed(&mut conditions, &self.directory(), limit);
        let among = if is_few(rank, terms) { Among::Few } else { Among::Many };
        let (also, limit) = (conditions.also(), conditions.place(limit));
        let hits = Hits {
            among,
            expression: &expression,
            before: before.as_deref(),
            also: &also,
            looked_at: &looked_at,
            limit: &limit,
        };
        let hits = hits.sql(self.is_postgres());
        let sql = format!(
            "SELECT {CASE_ROW} FROM ({hits}) f JOIN case_file c ON c.id = f.id {PERSON_OF_CASE} ORDER BY c.id DESC"
        );
        self.all(AssertSqlSafe(sql), conditions.values).await?.iter().map(case_row).collect()
    }

    /// The person may have written from elsewhere.
    async fn of_person(
        &self,
        phone: Option<&PhoneNumber>,
        within: &CaseFilter,
        hits: &mut Vec<CaseHit>,
    ) -> Result<(), StoreError> {
        let Some(phone) = phone else { return Ok(()) };
        let filter = CaseFilter { phone: Some(phone.clone()), q: None, ..within.clone() };
        let page = self.case_list(&filter, None, OF_PERSON as u32).await?;
        for case in page.rows {
            if hits.iter().all(|hit| hit.case.id != case.id) {
                hits.push(CaseHit { rank: Rank::Phone, case });
            }
        }
        Ok(())
    }

    /// Ids of people who are found by name, number, e-mail or address: those whose name it is first, then newest first.
    pub(super) async fn search_person_ids(
        &self,
        query: &Query,
        limit: i64,
    ) -> Result<Vec<PersonId>, StoreError> {
        let mut ids: Vec<PersonId> = Vec::new();
        let mut better: Vec<Vec<Term>> = Vec::new();
        for rank in [Rank::Phone, Rank::Name, Rank::Words] {
            let Some(terms) = query.terms(rank) else { continue };
            let missing = limit - i64::try_from(ids.len()).unwrap_or(limit);
            if missing > 0 {
                let expression = expression(self.is_postgres(), &terms, &better);
                let sql = if self.is_postgres() {
                    "SELECT id FROM person WHERE words @@ $1::text::tsquery ORDER BY id + 0 DESC LIMIT $2"
                } else {
                    "SELECT rowid FROM person_fts WHERE person_fts MATCH $1 ORDER BY rowid DESC LIMIT $2"
                };
                for row in self.all(sql, args![expression, missing]).await? {
                    ids.push(row.get(0)?);
                }
            }
            better.push(terms);
        }
        Ok(ids)
    }
}

/// How many hits there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    Few,
    Many,
}

/// What is typed as a number has few hits.
pub(super) fn is_few(rank: Rank, terms: &[Term]) -> bool {
    let is_run =
        |term: &Term| matches!(term, Term::Beginning(key) if key.bytes().all(|b| b.is_ascii_digit()));
    matches!(rank, Rank::Number | Rank::Phone) || terms.iter().any(is_run)
}

fn position(rank: Rank) -> usize {
    Rank::ALL.iter().position(|known| *known == rank).unwrap_or_default()
}

/// All the terms, and not all of those of a better rank. Terms hold letters, digits and marks only, so that nothing needs an escape.
pub(super) fn expression(postgres: bool, terms: &[Term], better: &[Vec<Term>]) -> String {
    let all = |terms: &Vec<Term>| format!("({})", conjunction(postgres, terms));
    let found = conjunction(postgres, terms);
    if better.is_empty() {
        return found;
    }
    let (not, or) = if postgres { ("& !", " | ") } else { ("NOT ", " OR ") };
    let better: Vec<String> = better.iter().map(all).collect();
    format!("({found}) {not}({})", better.join(or))
}

/// FTS5: `"voda"* AND "dunav"*`; tsquery: `'voda':* & 'dunav':*`.
fn conjunction(postgres: bool, terms: &[Term]) -> String {
    let term = |term: &Term| match (postgres, term) {
        (_, Term::Whole(key)) => whole(postgres, key),
        (true, Term::Beginning(key)) => format!("'{key}':*"),
        (false, Term::Beginning(key)) => format!("\"{key}\"*"),
        (_, Term::House(key)) => {
            let lettered = ('a'..='z').map(|letter| format!("{key}{letter}"));
            any(postgres, std::iter::once(key.clone()).chain(lettered))
        }
    };
    terms.iter().map(term).collect::<Vec<_>>().join(and(postgres))
}

pub(super) fn whole(postgres: bool, key: &str) -> String {
    if postgres { format!("'{key}'") } else { format!("\"{key}\"") }
}

/// One of several whole keys.
pub(super) fn any(postgres: bool, keys: impl Iterator<Item = String>) -> String {
    let keys: Vec<String> = keys.map(|key| whole(postgres, &key)).collect();
    format!("({})", keys.join(if postgres { " | " } else { " OR " }))
}

pub(super) fn and(postgres: bool) -> &'static str {
    if postgres { " & " } else { " AND " }
}

/// What is asked of the index; the one place besides the tables where the databases differ in words. All texts are places of values but
/// `also`, which are the conditions on the case, each with its AND.
pub(super) struct Hits<'q> {
    pub among: Among,
    pub expression: &'q str,
    pub before: Option<&'q str>,
    pub also: &'q str,
    /// The embedded database looks at no more hits than this.
    pub looked_at: &'q str,
    pub limit: &'q str,
}

impl Hits<'_> {
    /// Ids of the newest cases that match.
    pub fn sql(&self, postgres: bool) -> String {
        if postgres { self.postgres() } else { self.embedded() }
    }

    fn embedded(&self) -> String {
        let Self { expression, before, also, looked_at, limit, .. } = self;
        let before = before.map(|before| format!(" AND rowid < {before}")).unwrap_or_default();
        let found = format!(
            "SELECT rowid AS id FROM case_fts WHERE case_fts MATCH {expression}{before} \
             ORDER BY rowid DESC LIMIT {looked_at}"
        );
        match *also {
            "" => found,
            also => format!(
                "SELECT c.id FROM ({found}) f JOIN case_file c ON c.id = f.id{also} ORDER BY c.id DESC LIMIT {limit}"
            ),
        }
    }

    fn postgres(&self) -> String {
        let Self { expression, also, limit, .. } = self;
        let matches = format!("s.words @@ {expression}::text::tsquery");
        let cases = match *also {
            "" => String::new(),
            also => format!(" JOIN case_file c ON c.id = s.case_id{also}"),
        };
        // `OFFSET 0` and `+ 0` keep the planner from walking through all cases in their order.
        let by_index = |before: &str| {
            format!(
                "SELECT s.case_id AS id FROM case_search s{cases} WHERE {matches} AND s.case_id < {before} \
                 ORDER BY s.case_id + 0 DESC LIMIT {limit}"
            )
        };
        let end = "(SELECT COALESCE(MAX(case_id), 0) + 1 FROM case_search)";
        let before = self.before.unwrap_or(end);
        if self.among == Among::Few {
            return by_index(before);
        }
        let older = by_index(&format!("{before} - {NEWEST}"));
        // The second half is not begun when the first one gives enough.
        format!(
            "SELECT id FROM ((SELECT s.case_id AS id FROM (SELECT case_id, words FROM case_search \
             WHERE case_id < {before} AND case_id >= {before} - {NEWEST} ORDER BY case_id DESC OFFSET 0) s{cases} \
             WHERE {matches} ORDER BY s.case_id DESC LIMIT {limit}) UNION ALL ({older})) hit LIMIT {limit}"
        )
    }
}

/// As the list looks for it: any hit is as good as another.
pub(super) fn anywhere(postgres: bool, q: &str) -> Option<(Among, String)> {
    let terms = Query::parse(q)?.terms(Rank::Words)?;
    let among = if is_few(Rank::Words, &terms) { Among::Few } else { Among::Many };
    Some((among, expression(postgres, &terms, &[])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_told_apart_in_the_words_of_either_database() {
        let query = Query::parse("Цев \"o'").unwrap();
        let (words, names) = (query.terms(Rank::Words).unwrap(), query.terms(Rank::Name).unwrap());
        assert_eq!(expression(false, &words, &[]), "\"cev\"* AND \"o\"*");
        assert_eq!(expression(true, &words, &[]), "'cev':* & 'o':*");
        let better = [names];
        assert_eq!(
            expression(false, &words, &better),
            "(\"cev\"* AND \"o\"*) NOT ((\"\u{e002}cev\"* AND \"\u{e002}o\"*))"
        );
        assert_eq!(
            expression(true, &words, &better),
            "('cev':* & 'o':*) & !(('\u{e002}cev':* & '\u{e002}o':*))"
        );
        let phone = Query::parse("064/1234567").unwrap().terms(Rank::Phone).unwrap();
        assert_eq!(expression(false, &phone, &[]), "\"\u{e001}0641234567\"");
        let house = Query::parse("14").unwrap().terms(Rank::Words).unwrap();
        assert!(expression(false, &house, &[]).starts_with("(\"14\" OR \"14a\" OR \"14b\""));
        assert!(expression(true, &house, &[]).ends_with(" | '14y' | '14z')"));
    }
}
