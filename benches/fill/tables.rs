//! Stories of cases as rows.

use odziv::domain::audit::digest::{Link, detail_digest};
use odziv::domain::deadline::alarm::Done;
use odziv::domain::notice::{NoticeState, Rung, Way};
use odziv::domain::projection::CaseFields;
use odziv::domain::script::search_key;
use odziv::domain::search::{name_keys, number_keys, owner_keys, phone_keys};
use odziv::domain::timeline::Entry;
use rand::Rng;
use rand::rngs::StdRng;

use crate::people::Citizen;
use crate::rows::{Table, cells};
use crate::story::{PROFILE, Story};
use crate::town::Town;

pub struct Tables {
    case_file: Table,
    case_search: Table,
    case_event: Table,
    case_pin: Table,
    case_deadline: Table,
    interaction: Table,
    recording: Table,
    outbox: Table,
    outbox_part: Table,
    mail_received: Table,
    notice: Table,
    notice_try: Table,
    blob: Table,
    attachment: Table,
    task: Table,
    case_watcher: Table,
    last_event: i64,
    last_task: i64,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            case_file: Table::new(
                "case_file",
                "id, number, channel, status, category_id, category_root_id, department_id, assignee_id, person_id, caller, \
                 summary, opened_at, updated_at, contact_at, version, outcome, told, due_at, place, area, merged_into, opened_by",
            ),
            case_search: Table::new("case_search", "case_id, body, who, owners"),
            case_event: Table::new(
                "case_event",
                "id, case_id, at, kind, actor_id, visibility, payload, salt",
            ),
            case_pin: Table::new("case_pin", "case_id, digits, pin"),
            case_deadline: Table::new(
                "case_deadline",
                "id, case_id, profile, goal, terms, state, started_at, due_at, explanation, missed_at, ended_at, alarms, \
                 next_at, calendar",
            ),
            interaction: Table::new(
                "interaction",
                "id, external_id, channel, direction, state, caller_kind, caller, called, case_id, started_at, ended_at",
            ),
            recording: Table::new(
                "recording",
                "id, interaction_id, case_id, path, state, started_at, length_ms",
            ),
            outbox: Table::new(
                "outbox",
                "id, case_id, interaction_id, template, recipient, words, state, attempts, due_at, created_at, updated_at, \
                 channel, subject, message_id, purpose",
            ),
            outbox_part: Table::new("outbox_part", "id, outbox_id, link, message_id, message_key, state"),
            mail_received: Table::new(
                "mail_received",
                "interaction_id, case_id, message_id, sender, subject, thread_ids, kind, arrived_at",
            ),
            notice: Table::new(
                "notice",
                "id, case_id, person_id, follower, purpose, language, words, ladder, rung, state, created_at, updated_at",
            ),
            notice_try: Table::new("notice_try", "outbox_id, notice_id, rung"),
            blob: Table::new("blob", "sha256, size, kind, created_at"),
            attachment: Table::new(
                "attachment",
                "id, case_id, sha256, name, declared_type, stripped, mismatch, visibility, added_by, added_at",
            ),
            task: Table::new("task", "id, user_id, case_id, kind, subject, at, done_at"),
            case_watcher: Table::new("case_watcher", "case_id, user_id, since"),
            last_event: 0,
            last_task: 0,
        }
    }
}

impl Tables {
    /// Those that others refer to first.
    pub fn all(&mut self) -> [&mut Table; 16] {
        [
            &mut self.case_file,
            &mut self.case_search,
            &mut self.case_event,
            &mut self.case_pin,
            &mut self.case_deadline,
            &mut self.interaction,
            &mut self.recording,
            &mut self.outbox,
            &mut self.outbox_part,
            &mut self.mail_received,
            &mut self.notice,
            &mut self.notice_try,
            &mut self.blob,
            &mut self.attachment,
            &mut self.task,
            &mut self.case_watcher,
        ]
    }

    /// The number of entries.
    pub fn take(
        &mut self,
        town: &Town,
        rng: &mut StdRng,
        citizens: &[Citizen],
        mut batch: Vec<Story>,
    ) -> u64 {
        for story in &mut batch {
            story.entries.sort_by_key(|told| told.at);
        }
        for story in &batch {
            self.case(town, rng, &citizens[story.citizen], story);
        }
        let mut entries: Vec<_> =
            batch.iter().flat_map(|story| story.entries.iter().map(move |told| (story.id, told))).collect();
        // In the order in which they came, so that those of one case lie apart.
        entries.sort_by_key(|(_, told)| told.at);
        for (case, told) in &entries {
            self.last_event += 1;
            self.case_event.push(cells![
                self.last_event,
                case.0,
                told.at.as_microsecond(),
                told.entry.kind(),
                told.by.map(|user| user.0),
                told.entry.visibility().as_str(),
                serde_json::to_string(&told.entry).unwrap(),
                rng.random::<[u8; 16]>().to_vec(),
            ]);
        }
        entries.len() as u64
    }

    fn case(&mut self, town: &Town, rng: &mut StdRng, citizen: &Citizen, story: &Story) {
        let entries = story.entries.iter().map(|told| (told.at, &told.entry));
        let row = CaseFields::of_timeline(entries).unwrap();
        let id = story.id.0;
        self.case_file.push(cells![
            id,
            row.number.as_str(),
            row.channel.as_str(),
            row.status.as_str(),
            row.category.0,
            town.root(row.category).0,
            row.department.map(|id| id.0),
            row.assignee.map(|id| id.0),
            row.person.map(|id| id.0),
            row.caller,
            row.summary,
            row.opened_at.as_microsecond(),
            row.updated_at.as_microsecond(),
            row.contact_at.as_microsecond(),
            row.version,
            row.outcome.map(|outcome| outcome.as_str()),
            row.told.as_str(),
            row.due_at.map(|at| at.as_microsecond()),
            row.place,
            row.area,
            row.merged_into.map(|id| id.0),
            row.opened_by.map(|id| id.0),
        ]);
        let mut keys = vec![number_keys(story.number.as_str()), phone_keys(&citizen.phone)];
        keys.extend(story.words.iter().map(|words| search_key(words)));
        keys.push(search_key(&story.place));
        keys.retain(|key| !key.is_empty());
        let owners = owner_keys(row.department, row.assignee, row.opened_by);
        self.case_search.push(cells![id, keys.join(" "), name_keys(&citizen.name), owners]);
        self.case_pin.push(cells![id, story.number.digits(), format!("{:04}", rng.random_range(0..10_000))]);
        self.deadline(town, story, row.assignee.map(|id| id.0));
        self.contact(story, citizen);
        self.sent(story, citizen);
        self.files(rng, story);
        for (user, since) in &story.watchers {
            self.case_watcher.push(cells![id, user.0, since.as_microsecond()]);
        }
    }

    fn deadline(&mut self, town: &Town, story: &Story, assignee: Option<i64>) {
        let merged = story.entries.iter().any(|told| matches!(told.entry, Entry::Merged { .. }));
        let now = town.now;
        let is_over = story.due <= now;
        let (state, ended, missed) = match story.answered {
            _ if merged => ("dropped", story.entries.last().map(|told| told.at), None),
            Some(at) if at > story.due => ("missed", Some(at), Some(story.due)),
            Some(at) => ("met", Some(at), None),
            None => ("running", None, is_over.then_some(story.due)),
        };
        let terms = town.terms();
        let gone = terms.alarms(story.opened, story.due).into_iter().filter(|(at, _)| *at <= now);
        let alarms = gone.fold(Done::default(), |done, (_, alarm)| done.with(alarm));
        let next = (state == "running").then(|| terms.next_alarm(story.opened, story.due, alarms)).flatten();
        self.case_deadline.push(cells![
            story.id.0,
            story.id.0,
            PROFILE,
            terms.goal.as_str(),
            serde_json::to_string(terms).unwrap(),
            state,
            story.opened.as_microsecond(),
            story.due.as_microsecond(),
            serde_json::to_string(&town.explained(story.opened)).unwrap(),
            missed.map(|at| at.as_microsecond()),
            ended.map(|at| at.as_microsecond()),
            alarms.0,
            next.map(|at| at.as_microsecond()),
            town.revision,
        ]);
        if missed.is_some() {
            self.last_task += 1;
            let user = assignee.unwrap_or(story.officer.0);
            let kind = if state == "running" { "deadline_missed" } else { "deadline_near" };
            let done = ended.map(|at| at.as_microsecond());
            let at = story.due.as_microsecond();
            self.task.push(cells![self.last_task, user, story.id.0, kind, PROFILE, at, done]);
        }
    }

    fn contact(&mut self, story: &Story, citizen: &Citizen) {
        let Some(interaction) = story.interaction else { return };
        let (case, at) = (story.id.0, story.opened.as_microsecond());
        let (channel, kind, state, caller) = match story.channel.as_str() {
            "sms" => ("sms", "number", "received", Some(citizen.phone.as_str())),
            "email" => ("email", "email", "received", citizen.email.as_deref()),
            _ => ("call", "number", "done", Some(citizen.phone.as_str())),
        };
        let ended = (channel == "call").then_some(at + 60_000_000);
        self.interaction.push(cells![
            interaction,
            format!("bench-{interaction}"),
            channel,
            "in",
            state,
            kind,
            caller,
            "+38121480000",
            case,
            at,
            ended
        ]);
        if channel == "email" {
            let id = format!("{interaction}@primer.rs");
            self.mail_received.push(cells![interaction, case, id, caller, "Пријава", "", "ordinary", at]);
        }
        // Older ones would be erased by the rules of retention.
        if let Some((recording, length)) = story.recording {
            let path = format!("bench/{recording}.wav");
            self.recording.push(cells![recording, interaction, case, path, "kept", at, length]);
        }
    }

    fn sent(&mut self, story: &Story, citizen: &Citizen) {
        let case = story.id.0;
        for (outbox, channel, words, at, is_outcome) in &story.sent {
            let (outbox, at) = (*outbox, at.as_microsecond());
            let is_mail = *channel == "email";
            let to =
                if is_mail { citizen.email.as_deref().unwrap_or_default() } else { citizen.phone.as_str() };
            let template = if *is_outcome { "outcome" } else { "receipt" };
            let state = match (&story.notice, is_outcome) {
                (Some((_, NoticeState::Failed, _)), true) => "undeliverable",
                _ if is_mail => "presumed",
                _ => "delivered",
            };
            let message = is_mail.then(|| format!("odziv.{case}.{outbox}.bench@primer.rs"));
            let subject = is_mail.then(|| format!("[{}]", story.number));
            let purpose = is_mail.then_some(if *is_outcome { "notice" } else { "receipt" });
            self.outbox.push(cells![
                outbox,
                case,
                story.interaction,
                template,
                to,
                words.as_str(),
                state,
                1_i64,
                at,
                at,
                at + 8_000_000,
                *channel,
                subject,
                message,
                purpose
            ]);
            if !is_mail {
                let id = format!("{outbox:x}");
                self.outbox_part.push(cells![outbox, outbox, "main", id.as_str(), id.as_str(), state]);
            }
            if let (true, Some((notice, state, _))) = (is_outcome, &story.notice) {
                let way = if is_mail { Way::Email } else { Way::Sms };
                let ladder = serde_json::to_string(&[Rung { way, address: to.to_owned() }]).unwrap();
                self.notice.push(cells![
                    *notice,
                    case,
                    citizen.id,
                    0_i64,
                    "outcome",
                    "sr-Cyrl",
                    words.as_str(),
                    ladder,
                    0_i64,
                    state.as_str(),
                    at,
                    at
                ]);
                self.notice_try.push(cells![outbox, *notice, 0_i64]);
            }
        }
    }

    fn files(&mut self, rng: &mut StdRng, story: &Story) {
        for (file, name, kind, at) in &story.files {
            let hash: String = rng.random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect();
            let at = at.as_microsecond();
            let size = rng.random_range(20_000..4_000_000_i64);
            self.blob.push(cells![hash.as_str(), size, kind.as_str(), at]);
            self.attachment.push(cells![
                *file,
                story.id.0,
                hash,
                name.as_str(),
                kind.media_type(),
                0_i64,
                0_i64,
                "public",
                story.officer.0,
                at
            ]);
        }
    }
}

/// What people saw and did, in the chain of the audit.
pub struct Audit {
    table: Table,
    digest: Vec<u8>,
    id: i64,
}

impl Audit {
    pub fn after(id: i64, digest: Vec<u8>) -> Self {
        let columns =
            "id, at, who_kind, who, what, subject_kind, subject, detail_digest, digest, detail, salt";
        Self { table: Table::new("audit", columns), digest, id }
    }

    pub fn push(&mut self, rng: &mut StdRng, at: i64, user: i64, what: &str, case: i64) {
        let detail = if what == "case_changed" { r#"{"entries":["note"]}"# } else { "null" };
        let salt: [u8; 16] = rng.random();
        self.id += 1;
        let mut link = Link {
            id: self.id,
            at,
            who_kind: "user".into(),
            who: user.to_string(),
            what: what.into(),
            subject_kind: "case".into(),
            subject: case.to_string(),
            detail_digest: detail_digest(&salt, detail).to_vec(),
            digest: Vec::new(),
        };
        link.digest = link.digest_after(&self.digest, self.id).to_vec();
        self.digest.clone_from(&link.digest);
        self.table.push(cells![
            link.id,
            link.at,
            link.who_kind,
            link.who,
            link.what,
            link.subject_kind,
            link.subject,
            link.detail_digest,
            link.digest,
            detail,
            salt.to_vec()
        ]);
    }

    pub fn table(&mut self) -> &mut Table {
        &mut self.table
    }

    /// Where the chain ends now.
    pub fn head(&self) -> (i64, String) {
        (self.id, self.digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
