//! Somebody is erased: their card, and where they stand on the cases of others, which go on without them. What others said and did there
//! stays; what the person sent, was sent, or is called by goes.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde_json::Value as Json;

use super::StoreError;
use super::erase::{Keeps, TABLES};
use super::person::GROUP;
use super::search_index::Unindexed;
use super::sql::args;
use super::tx::Tx;
use super::vault::Vault;
use crate::domain::id::{CaseId, PersonId};
use crate::domain::person::{PersonEntry, PointKind};
use crate::domain::projection::CaseFields;
use crate::domain::script::search_key;
use crate::domain::timeline::Entry;

/// Rows of one kind that lead to one person; nobody has more, and whoever has is erased the rest of the way by being asked for again.
const TRACES: i64 = 10_000;

/// By what somebody is known in rows that are not theirs.
#[derive(Debug, Default)]
struct Traces {
    people: HashSet<i64>,
    /// Telephone numbers and e-mail addresses, as they are stored.
    points: HashSet<String>,
    contacts: BTreeSet<i64>,
    notices: BTreeSet<i64>,
    messages: BTreeSet<i64>,
    files: HashSet<i64>,
}

impl Traces {
    /// Whether an entry of somebody else's case is about them: it holds their number or address, or names them, a contact or message of
    /// theirs, or a file that they sent. By names of fields, so that a new entry is found too.
    fn lead_to(&self, payload: &Json) -> bool {
        let known = |name: &str, id: i64| match name {
            "person" => self.people.contains(&id),
            "interaction" => self.contacts.contains(&id),
            "notice" => self.notices.contains(&id),
            "outbox" => self.messages.contains(&id),
            "file" => self.files.contains(&id),
            _ => false,
        };
        payload.as_object().into_iter().flatten().any(|(name, value)| match value {
            Json::String(text) => self.points.contains(text),
            value => value.as_i64().is_some_and(|id| known(name, id)),
        })
    }
}

impl Tx<'_> {
    /// Whoever the person was merged into, or the person; then all who were merged into that one.
    pub async fn person_group(&mut self, person: PersonId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT COALESCE(merged_into, id) FROM person WHERE id = $1";
        let Some(survivor) = self.optional(sql, args![person]).await? else { return Ok(Vec::new()) };
        let survivor: PersonId = survivor.get(0)?;
        let rows = self.all(GROUP, args![survivor]).await?;
        let mut group = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<PersonId>, _>>()?;
        group.sort_by_key(|id| (*id != survivor, *id));
        Ok(group)
    }

    /// Whether they are erased already, or are told of a case that is not closed yet: no rule of retention takes their addresses away
    /// before that.
    pub async fn is_gone_or_waits(&mut self, person: PersonId) -> Result<bool, StoreError> {
        for id in self.person_group(person).await? {
            let sql = "SELECT p.id FROM person p WHERE p.id = $1 AND (p.erased_at IS NOT NULL OR EXISTS \
                 (SELECT 1 FROM case_party y JOIN case_file c ON c.id = y.case_id \
                 WHERE y.person_id = p.id AND c.status <> 'closed'))";
            if self.optional(sql, args![id]).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Who has a part in a case that is somebody else's.
    pub async fn parties(&mut self, case: CaseId) -> Result<Vec<PersonId>, StoreError> {
        let sql = "SELECT person_id FROM case_party WHERE case_id = $1 ORDER BY person_id LIMIT $2";
        self.all(sql, args![case, TRACES]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// The rows of a person and of those merged into them stay, for cases refer to them, with nothing in them. The entries of other people's
    /// cases that lost something, as [`Tx::erase_case`] gives them, for the audit to tell under `key`. `None`: a case of theirs still keeps
    /// something, or a message to them is on the wire; nothing was done.
    ///
    /// `vault` makes what is kept of addresses that are not to be sent messages to many; those of somebody who asked to be erased are such.
    pub async fn erase_person(
        &mut self,
        person: PersonId,
        (key, at): (&str, Timestamp),
        (vault, asked): (&Vault, bool),
    ) -> Result<Option<Vec<(i64, String)>>, StoreError> {
        let group = self.person_group(person).await?;
        let mut own = HashSet::new();
        for id in &group {
            let sql = "SELECT id, erased_at FROM case_file WHERE person_id = $1";
            for row in self.all(sql, args![*id]).await? {
                if row.get::<Option<i64>>(1)?.is_none() {
                    return Ok(None);
                }
                own.insert(row.get::<CaseId>(0)?);
            }
        }
        let mut traces = self.traces(&group).await?;
        let cases = self.others_with(&group, &mut traces, &own).await?;
        // All are locked before anything is changed: what is written about them meanwhile has been written, or waits and finds nobody.
        let mut locked = Vec::with_capacity(cases.len());
        for case in cases {
            let Some(fields) = self.case_fields(case).await? else { continue };
            if self.messages_on(case, &mut traces).await? {
                return Ok(None);
            }
            locked.push((case, fields));
        }
        let mut told = Vec::new();
        for (case, fields) in locked {
            told.extend(self.erase_from(case, &fields, &mut traces, key).await?);
        }
        let addresses: Vec<String> = traces.points.iter().cloned().collect();
        self.erase_opt_outs(vault, &addresses, asked, at).await?;
        self.erase_traces(&traces, at).await?;
        self.forget_names(&group, &traces.people).await?;
        for id in &group {
            self.erase_card(*id, at).await?;
        }
        if let Some(survivor) = group.first() {
            self.index_person(*survivor).await?;
        }
        Ok(Some(told))
    }

    /// Their ids and every number and address that they have, or had and nobody else has now.
    async fn traces(&mut self, group: &[PersonId]) -> Result<Traces, StoreError> {
        let mut traces = Traces { people: group.iter().map(|id| id.0).collect(), ..Traces::default() };
        for id in group {
            let sql = "SELECT value FROM contact_point WHERE person_id = $1 LIMIT $2";
            for row in self.all(sql, args![*id, TRACES]).await? {
                traces.points.insert(row.get(0)?);
            }
            let sql = "SELECT payload FROM person_event WHERE person_id = $1 AND kind IN ('point_added', 'point_removed') \
                 LIMIT $2";
            for row in self.all(sql, args![*id, TRACES]).await? {
                let (PersonEntry::PointAdded { point } | PersonEntry::PointRemoved { point }) =
                    person_entry(&row.get::<String>(0)?)?
                else {
                    continue;
                };
                let theirs = point.kind != PointKind::Address
                    && self
                        .person_by_point(point.kind.as_str(), &point.value)
                        .await?
                        .is_none_or(|owner| group.contains(&owner));
                if theirs {
                    traces.points.insert(point.value);
                }
            }
        }
        Ok(traces)
    }

    /// Cases of others on which something of theirs is, in the order in which everybody locks them; and contacts of theirs that are known by
    /// their address only, also those that came to no case.
    async fn others_with(
        &mut self,
        group: &[PersonId],
        traces: &mut Traces,
        own: &HashSet<CaseId>,
    ) -> Result<BTreeSet<CaseId>, StoreError> {
        let mut cases = BTreeSet::new();
        for id in group {
            let sql = "SELECT case_id FROM case_party WHERE person_id = $1 \
                 UNION SELECT case_id FROM notice WHERE person_id = $1 LIMIT $2";
            for row in self.all(sql, args![*id, TRACES]).await? {
                cases.insert(row.get(0)?);
            }
        }
        for point in &traces.points {
            // Calls to them, and calls in which they asked for the state of a case: no entry of their own leads there.
            let sql = "SELECT id, case_id FROM interaction WHERE direction = 'out' AND called = $1 \
                 UNION SELECT id, case_id FROM interaction WHERE state = 'opt_out' AND caller = $1 \
                 UNION SELECT id, asked_case_id FROM interaction WHERE asked_case_id IS NOT NULL AND caller = $1 LIMIT $2";
            for row in self.all(sql, args![point.as_str(), TRACES]).await? {
                traces.contacts.insert(row.get(0)?);
                cases.extend(row.get::<Option<CaseId>>(1)?);
            }
            // To many, or an answer to STOP: about no case.
            let sql = "SELECT id FROM outbox WHERE case_id IS NULL AND recipient = $1 LIMIT $2";
            for row in self.all(sql, args![point.as_str(), TRACES]).await? {
                traces.messages.insert(row.get(0)?);
            }
            let sql =
                "SELECT DISTINCT case_id FROM outbox WHERE channel = 'email' AND recipient = $1 LIMIT $2";
            for row in self.all(sql, args![point.as_str(), TRACES]).await? {
                cases.extend(row.get::<Option<CaseId>>(0)?);
            }
        }
        cases.retain(|case| !own.contains(case));
        Ok(cases)
    }

    /// Notices and messages to them on a case; whether one of them is on the wire now.
    async fn messages_on(&mut self, case: CaseId, traces: &mut Traces) -> Result<bool, StoreError> {
        let sql = "SELECT id, person_id FROM notice WHERE case_id = $1 AND person_id IS NOT NULL";
        for row in self.all(sql, args![case]).await? {
            if traces.people.contains(&row.get::<PersonId>(1)?.0) {
                traces.notices.insert(row.get(0)?);
            }
        }
        let sql = "SELECT o.id, o.recipient, t.notice_id, o.state FROM outbox o LEFT JOIN notice_try t ON t.outbox_id = o.id \
             WHERE o.case_id = $1";
        let mut on_the_wire = false;
        for row in self.all(sql, args![case]).await? {
            let noticed = row.get::<Option<i64>>(2)?.is_some_and(|notice| traces.notices.contains(&notice));
            if noticed || traces.points.contains(&row.get::<String>(1)?) {
                traces.messages.insert(row.get(0)?);
                on_the_wire |= row.get::<String>(3)? == "sending";
            }
        }
        Ok(on_the_wire)
    }

    /// Out of the timeline of a case of somebody else, and out of what it is found by.
    async fn erase_from(
        &mut self,
        case: CaseId,
        fields: &CaseFields,
        traces: &mut Traces,
        key: &str,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        for point in &traces.points {
            let sql = "DELETE FROM mail_token WHERE case_id = $1 AND address = $2";
            self.execute(sql, args![case, point.clone()]).await?;
            self.execute("DELETE FROM delivery_report WHERE recipient = $1", args![point.clone()]).await?;
        }
        let mut told = Vec::new();
        let mut words = Vec::new();
        for entry in self.entries_to_erase(case).await? {
            let payload = entry.json()?;
            // How it was opened is of the one whose case it is.
            if entry.kind == "opened" || !traces.lead_to(&payload) {
                continue;
            }
            let Some(left) = entry.without_citizen()? else { continue };
            words.extend(words_of(&entry.entry()?));
            if let Some(contact) = entry.contact() {
                self.take_in(contact, traces).await?;
            }
            if let Some(message) = payload.get("outbox").and_then(Json::as_i64) {
                traces.messages.insert(message);
            }
            told.push(self.erase_entry(case, &entry, &left, key).await?);
        }
        self.forget_words(case, &words).await?;
        self.settle_erased(case, fields).await?;
        Ok(told)
    }

    /// With a contact go the files that came with it.
    async fn take_in(&mut self, contact: i64, traces: &mut Traces) -> Result<(), StoreError> {
        if traces.contacts.insert(contact) {
            let sql = "SELECT id FROM attachment WHERE interaction_id = $1";
            for row in self.all(sql, args![contact]).await? {
                traces.files.insert(row.get(0)?);
            }
        }
        Ok(())
    }

    async fn forget_words(&mut self, case: CaseId, words: &[String]) -> Result<(), StoreError> {
        let sql = "SELECT body FROM case_search WHERE case_id = $1";
        let Some(row) = self.optional(sql, args![case]).await? else { return Ok(()) };
        let before: String = row.get(0)?;
        let keys = words.iter().map(|words| search_key(words)).filter(|key| !key.is_empty());
        let after = keys.fold(before.clone(), |body, key| without_key(&body, &key));
        if after != before {
            let sql = "UPDATE case_search SET body = $2 WHERE case_id = $1";
            self.execute(sql, args![case, after]).await?;
            self.unindexed.push(Unindexed::case(case, true));
        }
        Ok(())
    }

    /// A case that was erased and had kept nothing since but of this person is an erased one again, as its timeline now says.
    async fn settle_erased(&mut self, case: CaseId, fields: &CaseFields) -> Result<(), StoreError> {
        if fields.erased_at.is_some() || self.entries_of(case, &["erased"]).await?.is_empty() {
            return Ok(());
        }
        let sql = "SELECT at, payload FROM case_event WHERE case_id = $1 ORDER BY id";
        let mut timeline: Vec<(Timestamp, Entry)> = Vec::new();
        for row in self.all(sql, args![case]).await? {
            let entry = serde_json::from_str(&row.get::<String>(1)?);
            timeline.push((row.get(0)?, entry.map_err(|e| StoreError::Corrupt(e.to_string()))?));
        }
        let built = CaseFields::of_timeline(timeline.iter().map(|(at, entry)| (*at, entry)));
        if let Some(erased_at) = built.and_then(|built| built.erased_at) {
            self.set_case_columns(case, vec![("erased_at", erased_at.into())]).await?;
        }
        Ok(())
    }

    /// The rows beside the timelines. A message that still waits is not sent, and nobody is asked to tell them.
    async fn erase_traces(&mut self, traces: &Traces, at: Timestamp) -> Result<(), StoreError> {
        for message in &traces.messages {
            let sql = "UPDATE outbox SET recipient = '', words = '', subject = NULL, message_id = NULL, in_reply_to = NULL, \
                 thread_ids = NULL, files = NULL, error = NULL, updated_at = $2, \
                 state = CASE WHEN state = 'queued' THEN 'rejected' ELSE state END WHERE id = $1";
            self.execute(sql, args![*message, at]).await?;
        }
        for notice in &traces.notices {
            let sql = "UPDATE notice SET words = '', ladder = '[]', check_at = NULL, updated_at = $2, \
                 state = CASE WHEN state IN ('telling', 'failed') THEN 'overtaken' ELSE state END WHERE id = $1";
            self.execute(sql, args![*notice, at]).await?;
        }
        for contact in &traces.contacts {
            self.erase_contact(*contact).await?;
            let sql = "UPDATE mail_received SET message_id = NULL, sender = NULL, subject = '', thread_ids = '' \
                 WHERE interaction_id = $1";
            self.execute(sql, args![*contact]).await?;
            self.erase_attachments("interaction_id", *contact, at).await?;
        }
        Ok(())
    }

    /// Cards of others that were merged with theirs, or taken apart from them, keep their names.
    async fn forget_names(&mut self, group: &[PersonId], people: &HashSet<i64>) -> Result<(), StoreError> {
        const ABOUT_OTHERS: &str = "SELECT id, payload FROM person_event WHERE person_id = $1 \
             AND kind IN ('merged', 'merged_into', 'split') LIMIT $2";
        let mut others = BTreeSet::new();
        for id in group {
            for row in self.all(ABOUT_OTHERS, args![*id, TRACES]).await? {
                others.extend(person_entry(&row.get::<String>(1)?)?.other());
            }
        }
        others.retain(|other| !people.contains(&other.0));
        for other in others {
            for row in self.all(ABOUT_OTHERS, args![other, TRACES]).await? {
                let entry = person_entry(&row.get::<String>(1)?)?;
                if entry.other().is_some_and(|id| people.contains(&id.0)) {
                    let left = serde_json::to_string(&entry.without_other())
                        .map_err(|e| StoreError::Corrupt(e.to_string()))?;
                    let sql = "UPDATE person_event SET payload = $2 WHERE id = $1";
                    self.execute(sql, args![row.get::<i64>(0)?, left]).await?;
                }
            }
        }
        Ok(())
    }

    async fn erase_card(&mut self, id: PersonId, at: Timestamp) -> Result<(), StoreError> {
        let sql = "DELETE FROM message_part WHERE joined = 1 AND sender IN \
             (SELECT value FROM contact_point WHERE person_id = $1 AND kind = 'phone')";
        self.execute(sql, args![id]).await?;
        for (_, keeps) in TABLES {
            if let Keeps::OfPeople(statements) = keeps {
                for sql in *statements {
                    self.execute(*sql, args![id]).await?;
                }
            }
        }
        self.execute("UPDATE person SET erased_at = $2 WHERE id = $1", args![id, at]).await?;
        let sql =
            "UPDATE erasure_request SET done_at = $2, reason = '' WHERE person_id = $1 AND done_at IS NULL";
        self.execute(sql, args![id, at]).await.map(drop)
    }

    /// Details of the audit about the person; the ids of their entries, for the audit to tell under `key`.
    pub async fn erase_audit_details(&mut self, person: PersonId, key: &str) -> Result<Vec<i64>, StoreError> {
        let sql = "UPDATE audit SET detail = NULL, salt = NULL, erasure = $2 WHERE subject_kind = 'person' \
             AND subject = $1 AND erasure IS NULL RETURNING id";
        let mut erased = Vec::new();
        for id in self.person_group(person).await? {
            for row in self.all(sql, args![id.to_string(), key]).await? {
                erased.push(row.get(0)?);
            }
        }
        erased.sort_unstable();
        Ok(erased)
    }
}

fn person_entry(payload: &str) -> Result<PersonEntry, StoreError> {
    serde_json::from_str(payload).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// By which the case was found because of the entry.
fn words_of(entry: &Entry) -> Vec<String> {
    match entry {
        Entry::FileAdded { name, .. } => vec![name.clone()],
        entry => entry.words().map(str::to_owned).into_iter().collect(),
    }
}

/// `body` without the words of `key` where they stand one after the other, once: others may have said the same.
fn without_key(body: &str, key: &str) -> String {
    let (words, gone): (Vec<&str>, Vec<&str>) = (body.split(' ').collect(), key.split(' ').collect());
    let Some(at) = words.windows(gone.len().max(1)).position(|window| window == gone.as_slice()) else {
        return body.to_owned();
    };
    let (before, rest) = words.split_at(at);
    let after = rest.get(gone.len()..).unwrap_or_default();
    [before, after].concat().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_lead_to_somebody_by_their_address_or_by_what_is_theirs() {
        let traces = Traces {
            people: HashSet::from([7]),
            points: HashSet::from(["+381641112223".to_owned()]),
            messages: BTreeSet::from([3]),
            ..Traces::default()
        };
        for theirs in [
            json!({"kind": "text_queued", "outbox": 9, "to": "+381641112223", "words": "x"}),
            json!({"kind": "follower_added", "person": 7, "name": "Зорица"}),
            json!({"kind": "mail_reported", "outbox": 3, "error": "no such user"}),
        ] {
            assert!(traces.lead_to(&theirs), "{theirs}");
        }
        for others in [
            json!({"kind": "text_queued", "outbox": 9, "to": "+381649999999", "words": "+381641112223?"}),
            json!({"kind": "assigned", "from": 7, "to": 3}),
            json!({"kind": "note", "words": "7"}),
        ] {
            assert!(!traces.lead_to(&others), "{others}");
        }
    }

    #[test]
    fn words_are_taken_out_once_and_only_where_they_stand_together() {
        assert_eq!(without_key("a b c a b d", "a b"), "c a b d");
        assert_eq!(without_key("a bc", "b"), "a bc");
        assert_eq!(without_key("a b", "b c"), "a b");
        assert_eq!(without_key("a", "a"), "");
    }
}
