//! What somebody may read, as SQL. Every arm is served by an index, so that who sees the cases of one service does not wait for those
//! of all others.

use sqlx::AssertSqlSafe;

use super::case_list::Tally;
use super::query::{Arm, Query};
use super::sql::{Value, pieces};
use super::{Db, StoreError, search};
use crate::domain::case::Status;
use crate::domain::id::{CaseId, DepartmentId, UserId};
use crate::domain::permission::OnCase;
use crate::domain::permission::reach::{Cover, Reach};
use crate::domain::search::{owner_key, service_key};

/// A list is put together of no more lists than this; who reaches further sees most cases, which a walk through all finds as soon.
const MOST_ARMS: usize = 64;

impl Reach {
    /// For a single look: `None` when everything may be read.
    pub(super) fn condition(&self, query: &mut Query) -> Option<String> {
        let Self::Some { allowed, .. } = self else { return None };
        let any: Vec<String> = allowed.iter().map(|cover| all_of(cover, query)).collect();
        let any = if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" OR ")) };
        Some(self.and_not_refused(any, query))
    }

    /// For a list: conditions whose lists, put together, are what may be read. `None` when one look does as well.
    pub(super) fn arms(&self, query: &mut Query, postgres: bool) -> Option<Vec<Arm>> {
        let Self::Some { allowed, .. } = self else { return None };
        let mut covers: Vec<Cover> = Vec::new();
        for cover in allowed {
            match &cover.services {
                Some(services) => covers
                    .extend(services.iter().map(|one| Cover { services: Some(vec![*one]), ..cover.clone() })),
                None => covers.push(cover.clone()),
            }
        }
        let count: usize = covers.iter().map(|cover| if cover.own.is_some() { 2 } else { 1 }).sum();
        if covers.is_empty() || count > MOST_ARMS {
            return None;
        }
        let mut arms = Vec::with_capacity(count);
        for cover in covers {
            let wide = Cover { own: None, ..cover.clone() };
            let base = all_of(&wide, query);
            match cover.own {
                Some(me) => {
                    let me = query.place(me);
                    for whose in ["assignee_id", "opened_by"] {
                        let condition = match postgres {
                            true => format!("c.{whose} = {me} AND {base}"),
                            // By due dates there is a choice of indexes.
                            false => format!("likelihood(c.{whose} = {me}, 0.0001) AND +({base})"),
                        };
                        arms.push(Arm { condition, leads: !postgres });
                    }
                }
                None => arms.push(Arm::new(base)),
            }
        }
        for arm in &mut arms {
            arm.condition = self.and_not_refused(std::mem::take(&mut arm.condition), query);
        }
        Some(arms)
    }

    /// In the words of the search index. `None` when it does not narrow the hits, or not in few words.
    pub(super) fn searched(&self, postgres: bool) -> Option<String> {
        let Self::Some { allowed, .. } = self else { return None };
        let covers: Vec<String> =
            allowed.iter().map(|cover| keys_of(cover, postgres)).collect::<Option<_>>()?;
        let or = if postgres { " | " } else { " OR " };
        (!covers.is_empty()).then(|| format!("({})", covers.join(or)))
    }

    /// Whether [`Self::searched`] says all of it.
    pub(super) fn is_by_owner(&self) -> bool {
        match self {
            Self::All => true,
            Self::Some { allowed, refused } => {
                let is_few = |services: &Vec<DepartmentId>| services.len() <= MOST_ARMS;
                let is_said = |cover: &Cover| {
                    cover.states.is_empty()
                        && cover.services.as_ref().is_none_or(is_few)
                        && keys_of(cover, true).is_some()
                };
                !allowed.is_empty() && allowed.iter().all(is_said) && refused.is_empty()
            }
        }
    }

    /// Counts by status what `own` take in besides `wide`. A case that several take in is counted by the first. Whose it is has an
    /// index for each of the two ways, in which service and status stand too, so that no case itself is read.
    fn count_besides(&self, wide: &[&Cover], own: &[&Cover]) -> (String, Vec<Value>) {
        let mut query = Query::default();
        let mut before: Vec<String> = wide.iter().map(|cover| all_of(cover, &mut query)).collect();
        let mut parts = Vec::new();
        for cover in own {
            let base = all_of(&Cover { own: None, ..(*cover).clone() }, &mut query);
            let arms = match cover.own {
                Some(me) => {
                    let me = query.place(me);
                    let others = format!("(c.assignee_id IS NULL OR c.assignee_id <> {me})");
                    vec![
                        format!("c.assignee_id = {me} AND {base}"),
                        format!("c.opened_by = {me} AND {others} AND {base}"),
                    ]
                }
                None => vec![base],
            };
            for arm in arms {
                let not_before: String = before.iter().map(|before| format!(" AND NOT ({before})")).collect();
                let wanted = self.and_not_refused(format!("{arm}{not_before}"), &mut query);
                parts.push(format!(
                    "SELECT c.status, count(*) AS n FROM case_file c WHERE {wanted} GROUP BY c.status"
                ));
            }
            before.push(all_of(cover, &mut query));
        }
        // PostgreSQL sums whole numbers as numeric.
        let sql = format!(
            "SELECT status, CAST(sum(n) AS BIGINT) FROM ({}) s GROUP BY status",
            parts.join(" UNION ALL ")
        );
        (sql, query.values)
    }

    fn and_not_refused(&self, condition: String, query: &mut Query) -> String {
        let Self::Some { refused, .. } = self else { return condition };
        refused.iter().fold(condition, |all, cover| format!("{all} AND NOT ({})", all_of(cover, query)))
    }
}

/// `None` when a case of whatever service and of whomever may be one.
fn keys_of(cover: &Cover, postgres: bool) -> Option<String> {
    let services = match cover.services.as_deref() {
        None => None,
        // What no case has.
        Some([]) => Some(search::whole(postgres, &service_key(DepartmentId(0)))),
        Some(services) if services.len() > MOST_ARMS => None,
        Some(services) => Some(search::any(postgres, services.iter().map(|id| service_key(*id)))),
    };
    let own = cover.own.map(|me| search::whole(postgres, &owner_key(me)));
    let all: Vec<String> = services.into_iter().chain(own).collect();
    (!all.is_empty()).then(|| format!("({})", all.join(search::and(postgres))))
}

/// Never unknown (NULL), so that it can be negated.
fn all_of(cover: &Cover, query: &mut Query) -> String {
    let mut all = Vec::new();
    if let Some(services) = &cover.services {
        let places: Vec<String> = services.iter().map(|id| query.place(*id)).collect();
        all.push(match places.as_slice() {
            [] => "1 = 0".to_owned(),
            [one] => format!("c.department_id IS NOT NULL AND c.department_id = {one}"),
            many => format!("c.department_id IS NOT NULL AND c.department_id IN ({})", many.join(", ")),
        });
    }
    if !cover.states.is_empty() {
        let places: Vec<String> = cover.states.iter().map(|state| query.place(*state)).collect();
        all.push(format!("c.status IN ({})", places.join(", ")));
    }
    if let Some(me) = cover.own {
        all.push(own(me, query));
    }
    if all.is_empty() { "1 = 1".to_owned() } else { format!("({})", all.join(" AND ")) }
}

fn own(me: UserId, query: &mut Query) -> String {
    let me = query.place(me);
    format!(
        "(c.assignee_id IS NOT NULL AND c.assignee_id = {me} OR c.opened_by IS NOT NULL AND c.opened_by = {me})"
    )
}

impl Db {
    /// How many cases are in each status, of those that may be read: from maintained counters, and what is somebody's own besides.
    pub async fn case_counts_in(&self, reach: &Reach) -> Result<Vec<(Status, i64)>, StoreError> {
        let Reach::Some { allowed, refused } = reach else { return self.case_counts().await };
        let (own, wide): (Vec<&Cover>, Vec<&Cover>) =
            allowed.iter().partition(|cover| cover.own.is_some() || refused.iter().any(|r| r.own.is_some()));
        let mut counts: Vec<(Status, i64)> = Status::ALL.iter().map(|status| (*status, 0)).collect();
        let mut add = |status: Status, n: i64| {
            if let Some(count) = counts.iter_mut().find(|(known, _)| *known == status) {
                count.1 += n;
            }
        };
        if !wide.is_empty() {
            for Tally { service, status, n } in self.tallies().await? {
                let cases = OnCase { service, status, assignee: None, opened_by: None };
                let takes_in = |cover: &&Cover| cover.takes_in(&cases);
                if wide.iter().any(takes_in) && !refused.iter().any(|cover| cover.takes_in(&cases)) {
                    add(status, n);
                }
            }
        }
        if !own.is_empty() {
            let (sql, values) = reach.count_besides(&wide, &own);
            for row in self.all(AssertSqlSafe(sql), values).await? {
                add(row.get(0)?, row.get(1)?);
            }
        }
        Ok(counts)
    }

    /// Whether one of these cases may be read.
    pub async fn any_in_reach(&self, cases: &[CaseId], reach: &Reach) -> Result<bool, StoreError> {
        for piece in pieces(cases) {
            let mut query = Query::default();
            let places: Vec<String> = piece.iter().map(|id| query.place(*id)).collect();
            let readable = reach.condition(&mut query).map(|c| format!(" AND {c}")).unwrap_or_default();
            let sql = format!(
                "SELECT c.id FROM case_file c WHERE c.id IN ({}){readable} LIMIT 1",
                places.join(", ")
            );
            if self.optional(AssertSqlSafe(sql), query.values).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
