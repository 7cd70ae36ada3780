//! Open cases that may be about what somebody reports now.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::sql::args;
use super::{Db, StoreError};
use crate::domain::id::{CategoryId, PersonId};
use crate::domain::similar::{likeness, stems};

/// What is known while somebody still speaks.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub category: Option<CategoryId>,
    pub place: String,
    pub words: String,
    pub person: Option<PersonId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarCase {
    pub row: CaseRow,
    /// The same person reported it.
    pub of_person: bool,
    pub followers: i64,
}

/// The newest so many hits of any of the words are compared; a word that is in more says nothing.
const COMPARED: i64 = 300;
/// So many are offered: more are not read while somebody waits.
const OFFERED: usize = 5;
/// Shared words that make one worth a look: one of its place, or several of the rest.
const ENOUGH: u32 = 3;
/// One category says as much as a word.
const SAME_BRANCH: u32 = 1;

impl Db {
    /// Opened at `since` or later and still open; the likest first.
    pub async fn similar_cases(
        &self,
        report: &Report,
        since: Timestamp,
    ) -> Result<Vec<SimilarCase>, StoreError> {
        let (place, words) = (stems(&report.place), stems(&report.words));
        let mut found = Vec::new();
        let terms: Vec<String> = place.iter().chain(&words).cloned().collect();
        if let Some(terms) = self.any(&terms) {
            let directory = self.directory();
            let root = report.category.map(|category| directory.category_root(category));
            for row in self.with_any(&terms, since).await? {
                let mut score = likeness(&place, &words, &row.place, &row.summary);
                if score > 0 && root.is_some_and(|root| root == directory.category_root(row.category)) {
                    score += SAME_BRANCH;
                }
                found.push((score, row));
            }
        }
        found.retain(|(score, _)| *score >= ENOUGH);
        found.sort_by_key(|(score, row)| std::cmp::Reverse((*score, row.id)));
        found.truncate(OFFERED);
        let mut rows: Vec<CaseRow> = Vec::new();
        if let Some(person) = report.person {
            rows.extend(self.open_of_person(person, since).await?);
        }
        for (_, row) in found {
            if rows.iter().all(|known| known.id != row.id) {
                rows.push(row);
            }
        }
        rows.truncate(OFFERED);
        let mut similar = Vec::with_capacity(rows.len());
        for row in rows {
            let sql = "SELECT count(*) FROM case_party WHERE case_id = $1 AND role = 'follower'";
            let followers = self.optional(sql, args![row.id]).await?.map_or(Ok(0), |row| row.get(0))?;
            let of_person = report.person.is_some() && row.person == report.person;
            similar.push(SimilarCase { row, of_person, followers });
        }
        Ok(similar)
    }

    /// In the words of either index. Stems are letters and digits only, so that nothing in them needs an escape.
    fn any(&self, stems: &[String]) -> Option<String> {
        let good = stems.iter().filter(|stem| !stem.is_empty() && stem.chars().all(char::is_alphanumeric));
        let (quote, star, or) = if self.is_postgres() { ('\'', ":*", " | ") } else { ('"', "*", " OR ") };
        let terms: Vec<String> = good.map(|stem| format!("{quote}{stem}{quote}{star}")).collect();
        (!terms.is_empty()).then(|| terms.join(or))
    }

    async fn with_any(&self, terms: &str, since: Timestamp) -> Result<Vec<CaseRow>, StoreError> {
        let found = if self.is_postgres() {
            "SELECT case_id AS id FROM case_search WHERE words @@ $1::text::tsquery ORDER BY case_id DESC LIMIT $2"
        } else {
            "SELECT rowid AS id FROM case_fts WHERE case_fts MATCH $1 ORDER BY rowid DESC LIMIT $2"
        };
        let sql = format!(
            "SELECT {CASE_ROW} FROM ({found}) s JOIN case_file c ON c.id = s.id {PERSON_OF_CASE} \
             WHERE c.status NOT IN ('answered', 'closed') AND c.merged_into IS NULL AND c.opened_at >= $3"
        );
        self.all(AssertSqlSafe(sql), args![terms, COMPARED, since]).await?.iter().map(case_row).collect()
    }

    async fn open_of_person(&self, person: PersonId, since: Timestamp) -> Result<Vec<CaseRow>, StoreError> {
        let sql = format!(
            "SELECT {CASE_ROW} FROM case_file c {PERSON_OF_CASE} WHERE c.person_id = $1 \
             AND c.status NOT IN ('answered', 'closed') AND c.merged_into IS NULL AND c.opened_at >= $2 \
             ORDER BY c.opened_at DESC, c.id DESC LIMIT 3"
        );
        self.all(AssertSqlSafe(sql), args![person, since]).await?.iter().map(case_row).collect()
    }
}
