//! Cases that belong together: linked, or merged into one.

use jiff::Timestamp;

use super::case::{CASE_ROW, CaseRow, PERSON_OF_CASE, case_row};
use super::sql::args;
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::id::{CaseId, PersonId};
use crate::domain::link::LinkKind;

/// A case is linked with a handful of others; more are not shown, and refused.
pub const MOST_LINKS: i64 = 50;
/// So many cases become one at most: beyond it is an incident, which is another thing than a merged case.
pub const MOST_PARTS: i64 = 100;

/// Seen from one of the two cases.
#[derive(Clone, Debug)]
pub struct Link {
    pub kind: LinkKind,
    /// Whether it leads from this case to the other.
    pub outward: bool,
    pub other: CaseRow,
}

impl Db {
    /// Those that lead from the case first, then those that lead to it; each oldest first.
    pub async fn links(&self, case: CaseId) -> Result<Vec<Link>, StoreError> {
        let columns = CASE_ROW.split(',').count();
        let mut links = Vec::new();
        for (outward, mine, other) in [(true, "case_id", "other_id"), (false, "other_id", "case_id")] {
            let sql = format!(
                "SELECT {CASE_ROW}, l.kind FROM case_link l JOIN case_file c ON c.id = l.{other} {PERSON_OF_CASE} \
                 WHERE l.{mine} = $1 ORDER BY l.since, l.{other} LIMIT $2"
            );
            for row in self.all(sqlx::AssertSqlSafe(sql), args![case, MOST_LINKS]).await? {
                links.push(Link { kind: row.get(columns)?, outward, other: case_row(&row)? });
            }
        }
        Ok(links)
    }

    /// Cases that became parts of this one, and parts of those; oldest first.
    pub async fn parts(&self, case: CaseId) -> Result<Vec<CaseRow>, StoreError> {
        // UNION, not UNION ALL: a circle made by hand ends.
        let sql = format!(
            "WITH RECURSIVE part (id) AS (SELECT id FROM case_file WHERE merged_into = $1 \
             UNION SELECT f.id FROM case_file f JOIN part ON f.merged_into = part.id) \
             SELECT {CASE_ROW} FROM part JOIN case_file c ON c.id = part.id {PERSON_OF_CASE} ORDER BY c.id + 0 LIMIT $2"
        );
        let rows = self.all(sqlx::AssertSqlSafe(sql), args![case, MOST_PARTS]).await?;
        rows.iter().map(case_row).collect()
    }
}

impl Tx<'_> {
    /// Cases that became parts of this one directly.
    pub async fn parts(&mut self, case: CaseId) -> Result<Vec<CaseId>, StoreError> {
        let sql = "SELECT id FROM case_file WHERE merged_into = $1 ORDER BY id LIMIT $2";
        self.all(sql, args![case, MOST_PARTS]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Whether they were not linked so before.
    pub async fn link(
        &mut self,
        (case, other, kind): (CaseId, CaseId, LinkKind),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO case_link (case_id, other_id, kind, since) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING";
        Ok(self.execute(sql, args![case, other, kind, at]).await? > 0)
    }

    /// Whether they were linked so.
    pub async fn unlink(
        &mut self,
        (case, other, kind): (CaseId, CaseId, LinkKind),
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM case_link WHERE case_id = $1 AND other_id = $2 AND kind = $3";
        Ok(self.execute(sql, args![case, other, kind]).await? > 0)
    }

    /// The latest case of the person that came after this one because of it, and is open.
    pub async fn open_follow_up(
        &mut self,
        case: CaseId,
        person: PersonId,
    ) -> Result<Option<CaseId>, StoreError> {
        let sql = "SELECT c.id FROM case_link l JOIN case_file c ON c.id = l.case_id \
             WHERE l.other_id = $1 AND l.kind = 'follows' AND c.person_id = $2 \
             AND c.status NOT IN ('answered', 'closed') ORDER BY c.id DESC LIMIT 1";
        self.optional(sql, args![case, person]).await?.map(|row| row.get(0)).transpose()
    }

    pub async fn link_count(&mut self, case: CaseId) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM case_link WHERE case_id = $1";
        self.one(sql, args![case]).await?.get(0)
    }
}
