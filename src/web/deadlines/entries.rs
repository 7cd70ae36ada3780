//! What a timeline says about deadlines.

use super::chip::moment;
use crate::domain::timeline::{DeadlineBegun, Entry};
use crate::web::cases::timeline::Body;
use crate::web::cases::view::Viewer;

impl Viewer<'_> {
    /// `None`: the entry is about something else.
    pub fn deadline_entry(&self, entry: &Entry) -> Option<(&'static str, String, Body)> {
        let t = self.locale;
        let due = |profile: &str, due| {
            let values = [("profile", self.profile(profile)), ("due", moment(t, due))];
            Body::Detail(t.with_values("entry-deadline-due", &values))
        };
        let name = |profile: &str| Body::Detail(self.profile(profile));
        let with_words = |profile: &str, words: &str| {
            let words = if words.is_empty() { String::new() } else { format!(": {words}") };
            Body::Detail(format!("{}{words}", self.profile(profile)))
        };
        Some(match entry {
            Entry::DeadlineSet { profile, due: at, .. } => {
                ("deadline", t.say("entry-deadline-set"), due(profile, *at))
            }
            Entry::DeadlineMoved { from, to, .. } => {
                let change = Body::Change { from: moment(t, *from), to: moment(t, *to) };
                ("deadline", t.say("entry-deadline-moved"), change)
            }
            Entry::DeadlinePaused { profile, reason, words, .. } => {
                let reason = t.word("pause", reason.as_str());
                let title = t.with("entry-deadline-paused", "reason", reason);
                ("pause", title, with_words(profile, words))
            }
            Entry::DeadlineResumed { profile, due: at, .. } => {
                ("play", t.say("entry-deadline-resumed"), due(profile, *at))
            }
            Entry::DeadlineExtended { words, due: at, .. } => {
                let title = t.with("entry-deadline-extended", "due", moment(t, *at));
                ("deadline", title, Body::Words(words.clone()))
            }
            Entry::DeadlineMet { profile, late, .. } => {
                let title = if *late { t.say("entry-deadline-late") } else { t.say("entry-deadline-met") };
                (if *late { "overdue" } else { "answered" }, title, name(profile))
            }
            Entry::DeadlineMissed { profile, due: at } => {
                ("overdue", t.say("entry-deadline-missed"), due(profile, *at))
            }
            Entry::DeadlineDropped { profile, .. } => {
                ("deadline", t.say("entry-deadline-dropped"), name(profile))
            }
            Entry::Escalated { profile, what, to } => {
                let names: Vec<String> = to.iter().map(|user| self.user(*user)).collect();
                let title = t.word("entry-told", what.as_str());
                ("bell", title, Body::Detail(format!("{} · {}", self.profile(profile), names.join(", "))))
            }
            _ => return None,
        })
    }

    /// What the case began with: the category, and by when it is due.
    pub fn opened_detail(&self, category: String, deadlines: &[DeadlineBegun]) -> String {
        let dues = deadlines.iter().map(|begun| {
            let values = [("profile", self.profile(&begun.profile)), ("due", moment(self.locale, begun.due))];
            self.locale.with_values("entry-deadline-due", &values)
        });
        std::iter::once(category).chain(dues).collect::<Vec<_>>().join(" · ")
    }
}
