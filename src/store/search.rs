//! Searching: cases and people, the best first, at a cost that does not grow with what is stored.
//!
//! Each rank is a question of its own to the same index, newest first, without what a better rank found. A page asks only as many of
//! them as it needs.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::case_list::{CaseFilter, Query as Conditions, SEARCHED};
use super::sql::{Value, args, each, pieces};
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
/// a word that is not among these has few.
const NEWEST: i64 = 20_000;

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
                let found = self.ranked(&terms, &better, within, before, missing).await?;
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
        terms: &[Term],
        better: &[Vec<Term>],
        within: &CaseFilter,
        before: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut conditions = Conditions::default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let expression = conditions.place(expression(self.is_postgres(), terms, better));
        let before = before.map(|before| conditions.place(before));
        within.conditions(&mut conditions, &self.directory());
        within.states(&mut conditions);
        within.readable(&mut conditions);
        let looked_at = if conditions.is_empty() { limit } else { SEARCHED };
        let looked_at = conditions.place(looked_at);
        let found = found(self.is_postgres(), &expression, before.as_deref(), &looked_at);
        let (wanted, limit) = (conditions.wanted(), conditions.place(limit));
        let sql = format!(
            "SELECT {CASE_ROW} FROM ({found}) f JOIN case_file c ON c.id = f.id {PERSON_OF_CASE} {wanted} \
             ORDER BY c.id DESC LIMIT {limit}"
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
    let term = |term: &Term| match (postgres, term.is_beginning) {
        (true, true) => format!("'{}':*", term.key),
        (true, false) => format!("'{}'", term.key),
        (false, true) => format!("\"{}\"*", term.key),
        (false, false) => format!("\"{}\"", term.key),
    };
    terms.iter().map(term).collect::<Vec<_>>().join(if postgres { " & " } else { " AND " })
}

/// Ids of the newest cases that match; the one place besides the tables where the databases differ in words. All three are places of
/// values.
pub(super) fn found(postgres: bool, expression: &str, before: Option<&str>, limit: &str) -> String {
    if !postgres {
        let before = before.map(|before| format!(" AND rowid < {before}")).unwrap_or_default();
        return format!(
            "SELECT rowid AS id FROM case_fts WHERE case_fts MATCH {expression}{before} ORDER BY rowid DESC LIMIT {limit}"
        );
    }
    let before = before
        .map_or_else(|| "(SELECT COALESCE(MAX(case_id), 0) + 1 FROM case_search)".to_owned(), str::to_owned);
    let matches = format!("words @@ {expression}::text::tsquery");
    // The second half is not begun when the first one gives enough. `OFFSET 0` and `+ 0` keep the planner from doing it otherwise.
    format!(
        "SELECT id FROM ((SELECT case_id AS id FROM (SELECT case_id, words FROM case_search \
         WHERE case_id < {before} AND case_id >= {before} - {NEWEST} ORDER BY case_id DESC OFFSET 0) newest \
         WHERE {matches} LIMIT {limit}) UNION ALL \
         (SELECT case_id FROM case_search WHERE {matches} AND case_id < {before} - {NEWEST} \
         ORDER BY case_id + 0 DESC LIMIT {limit})) hit LIMIT {limit}"
    )
}

/// As the list looks for it: any hit is as good as another.
pub(super) fn anywhere(postgres: bool, q: &str) -> Option<Value> {
    let terms = Query::parse(q)?.terms(Rank::Words)?;
    Some(expression(postgres, &terms, &[]).into())
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
    }
}
