//! `[node.NAME.KIND]`: the kinds that only do something, and what all kinds share.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::fields::{Fields, Placed};
use super::{MAX_NODES, MAX_SUGGESTIONS, Mentioned, NodeOutline, Reader};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::{CalendarId, Hangup, Kind, Node, NodeId, Record};
use crate::dialplan::problem::{Problem, Span, nearest};

pub const KINDS: &[&str] = &[
    "schedule",
    "menu",
    "play",
    "say",
    "language",
    "input",
    "queue",
    "callback",
    "dial",
    "conference",
    "record",
    "case",
    "case_state",
    "sms",
    "survey",
    "goto",
    "hangup",
];

type Entry<'t, 'i> = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>);

impl Reader {
    /// `None` when any node has a mistake; what could be read of its exits is in the outline all the same.
    pub(super) fn nodes(&mut self, root: &mut Fields<'_, '_>) -> Option<Vec<Node>> {
        let Some((place, value)) = root.find("node") else {
            let problem = Problem::new(0..0, Phrase::needs_nodes());
            self.problems.push(problem.help(Phrase::example("[node.end.hangup]")));
            return None;
        };
        let table = Fields::of(value, place, Phrase::the_table("node"), &mut self.problems)?;
        let entries: Vec<Entry<'_, '_>> = table.entries().take(MAX_NODES + 1).collect();
        if entries.len() > MAX_NODES {
            self.problems.push(Problem::new(0..0, Phrase::too_many_nodes(MAX_NODES)));
            return None;
        }
        // Names first: exits may lead forwards and backwards.
        self.outline.nodes = entries
            .iter()
            .map(|(key, _)| NodeOutline {
                name: Placed { value: key.get_ref().to_string(), span: key.span() },
                exits: Vec::new(),
            })
            .collect();
        let read: Vec<Option<Node>> =
            entries.iter().enumerate().map(|(id, entry)| self.node(NodeId(id), *entry)).collect();
        read.into_iter().collect()
    }

    fn node(&mut self, id: NodeId, (key, value): Entry<'_, '_>) -> Option<Node> {
        let name = key.get_ref().to_string();
        let kinds = Fields::of(value, key.span(), Phrase::the_node(&name), &mut self.problems)?;
        let mut kinds = kinds.entries();
        let Some((kind, value)) = kinds.next() else {
            let problem = Problem::new(key.span(), Phrase::node_without_kind(&name));
            self.problems.push(problem.help(Phrase::kind_in_heading(&name)));
            return None;
        };
        if !value.get_ref().is_table() && !KINDS.contains(&kind.get_ref().as_ref()) {
            let message = Phrase::stands_in_node(kind.get_ref().as_ref(), &name);
            self.problems.push(Problem::new(kind.span(), message).help(Phrase::kind_in_heading(&name)));
            return None;
        }
        if let Some((second, _)) = kinds.next() {
            let message = Phrase::two_kinds(&name, kind.get_ref().as_ref(), second.get_ref().as_ref());
            self.problems.push(Problem::new(second.span(), message).help(Phrase::another_name()));
            return None;
        }
        match self.kind(id, kind.get_ref(), kind.span(), value) {
            Some(kind) => Some(Node { name, kind }),
            None => {
                self.guess_exits(id, value.get_ref());
                None
            }
        }
    }

    /// Where a node with a mistake probably leads, so that one mistake does not make other nodes look unreachable.
    fn guess_exits(&mut self, id: NodeId, value: &DeValue<'_>) {
        match value {
            DeValue::String(word) if self.problems.len() < MAX_SUGGESTIONS => {
                let names = self.outline.nodes.iter().map(|node| node.name.value.as_str());
                let meant = nearest(word, names);
                let meant =
                    self.outline.nodes.iter().position(|node| Some(node.name.value.as_str()) == meant);
                if let Some((node, exit)) = self.outline.nodes.get_mut(id.0).zip(meant) {
                    node.exits.push(NodeId(exit));
                }
            }
            DeValue::Table(table) => {
                table.iter().for_each(|(_, value)| self.guess_exits(id, value.get_ref()))
            }
            _ => {}
        }
    }

    fn kind(&mut self, id: NodeId, word: &str, place: Span, value: &Spanned<DeValue<'_>>) -> Option<Kind> {
        if !KINDS.contains(&word) {
            let problem = Problem::new(place, Phrase::unknown_kind(word));
            self.problems.push(
                problem.suggest(word, KINDS.iter().copied()).note(Phrase::known_kinds(KINDS.join(", "))),
            );
            return None;
        }
        let mut fields = Fields::of(value, place, Phrase::the_kind(word), &mut self.problems)?;
        let kind = match word {
            "schedule" => self.schedule(id, &mut fields),
            "menu" => self.menu(id, &mut fields),
            "play" => self.play(id, &mut fields),
            "record" => self.record(id, &mut fields),
            "case" => self.mentioning(id, &mut fields, "category", Mentioned::Category, |category, next| {
                Kind::Case { category, next }
            }),
            "sms" => self.mentioning(id, &mut fields, "template", Mentioned::Template, |template, next| {
                Kind::Sms { template, next }
            }),
            "language" => self.language(id, &mut fields),
            "say" => self.say(id, &mut fields),
            "input" => self.input(id, &mut fields),
            "case_state" => self.case_state(id, &mut fields),
            "survey" => self.survey(id, &mut fields),
            "queue" => self.queue(id, &mut fields),
            "callback" => self.callback(id, &mut fields),
            "dial" => self.dial(id, &mut fields),
            "conference" => self.conference(id, &mut fields),
            "goto" => self.exit(id, &mut fields, "next").map(|next| Kind::Goto { next }),
            _ => Some(self.hangup(&mut fields)),
        };
        fields.finish(&mut self.problems);
        kind
    }

    fn schedule(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let calendar =
            fields.needed_text("calendar", &mut self.problems).and_then(|name| self.calendar_of(name));
        let open = self.exit(id, fields, "open");
        let closed = self.exit(id, fields, "closed");
        let holiday = self.exit(id, fields, "holiday");
        Some(Kind::Schedule { calendar: calendar?, open: open?, closed: closed?, holiday: holiday? })
    }

    fn play(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let prompts = self.prompts(fields, None);
        let next = self.exit(id, fields, "next");
        Some(Kind::Play { prompts: prompts?, next: next? })
    }

    /// One prompt as `prompt`, several, heard as one, as `prompts`. Without either, the usual one.
    pub(super) fn prompts(
        &mut self,
        fields: &mut Fields<'_, '_>,
        usual: Option<&'static str>,
    ) -> Option<Vec<String>> {
        match fields.texts("prompts", &mut self.problems) {
            Some(list) => {
                if let Some((place, _)) = fields.find("prompt") {
                    self.problems.push(Problem::new(place, Phrase::prompt_or_prompts()));
                }
                if list.value.is_empty() {
                    self.problems.push(Problem::new(list.span, Phrase::nothing_to_play()));
                }
                Some(list.value.into_iter().map(|key| self.mention(Mentioned::Prompt, key)).collect())
            }
            None => match usual {
                Some(usual) => Some(vec![self.prompt_or(fields, "prompt", usual, true)]),
                None => self.needed_prompt(fields, "prompt").map(|prompt| vec![prompt]),
            },
        }
    }

    fn hangup(&mut self, fields: &mut Fields<'_, '_>) -> Kind {
        let prompt = self.prompt(fields, "prompt");
        let no_case = fields.text("no_case", &mut self.problems);
        if let Some(why) = no_case.as_ref().filter(|why| why.value.trim().is_empty()) {
            let problem = Problem::new(why.span.clone(), Phrase::no_case_says_why());
            self.problems.push(problem.help(Phrase::example("no_case = \"only hears our address\"")));
        }
        Kind::Hangup(Hangup { prompt, no_case: no_case.map(|why| why.value) })
    }

    fn record(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let prompt = self.prompt(fields, "prompt");
        let max = fields.number("max_s", 1..=1_800, 180, &mut self.problems);
        let min = fields.number("min_s", 0..=60, 2, &mut self.problems);
        let silence = fields.optional_number("silence_s", 1..=60, &mut self.problems);
        let next = self.exit(id, fields, "next");
        let empty = self.exit_or(id, fields, "empty", next);
        let failed = self.exit_or(id, fields, "failed", next);
        if min > max {
            let place = fields.find("min_s").map_or(fields.place.clone(), |(_, value)| value.span());
            self.problems.push(Problem::new(place, Phrase::more_than("min_s", "max_s", max)));
        }
        let seconds = |s: u32| Duration::from_secs(s.into());
        Some(Kind::Record(Record {
            prompt,
            max: seconds(max),
            min: seconds(min),
            silence: silence.map(seconds),
            next: next?,
            empty: empty?,
            failed: failed?,
        }))
    }

    pub(super) fn mentioning(
        &mut self,
        id: NodeId,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
        what: Mentioned,
        make: impl FnOnce(String, NodeId) -> Kind,
    ) -> Option<Kind> {
        let key = fields.needed_text(name, &mut self.problems).map(|key| self.mention(what, key));
        let next = self.exit(id, fields, "next");
        Some(make(key?, next?))
    }

    pub(super) fn exit(
        &mut self,
        id: NodeId,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
    ) -> Option<NodeId> {
        let exit = fields.needed_text(name, &mut self.problems)?;
        self.exit_to(id, exit)
    }

    /// An exit that may be left out.
    pub(super) fn exit_or(
        &mut self,
        id: NodeId,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
        usual: Option<NodeId>,
    ) -> Option<NodeId> {
        match fields.find(name) {
            Some(_) => self.exit(id, fields, name),
            None => usual,
        }
    }

    pub(super) fn exit_to(&mut self, id: NodeId, exit: Placed<String>) -> Option<NodeId> {
        let target = self.target(exit)?;
        if let Some(node) = self.outline.nodes.get_mut(id.0) {
            node.exits.push(target);
        }
        Some(target)
    }

    fn calendar_of(&mut self, name: Placed<String>) -> Option<CalendarId> {
        let found = self.calendar_names.iter().position(|known| *known == name.value);
        if found.is_none() {
            let problem = Problem::new(name.span, Phrase::no_calendar(&name.value));
            let problem = problem.suggest(&name.value, self.calendar_names.iter().map(String::as_str));
            self.problems.push(problem);
        }
        found.map(CalendarId)
    }

    pub(super) fn prompt(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
        fields.text(name, &mut self.problems).map(|key| self.mention(Mentioned::Prompt, key))
    }

    pub(super) fn needed_prompt(
        &mut self,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
    ) -> Option<String> {
        fields.needed_text(name, &mut self.problems).map(|key| self.mention(Mentioned::Prompt, key))
    }

    /// A prompt with a usual key, which has to exist only where it can be heard.
    pub(super) fn prompt_or(
        &mut self,
        fields: &mut Fields<'_, '_>,
        name: &'static str,
        usual: &str,
        heard: bool,
    ) -> String {
        match self.prompt(fields, name) {
            Some(prompt) => prompt,
            None if heard => {
                let place = fields.place.clone();
                self.mention(Mentioned::Prompt, Placed { value: usual.to_owned(), span: place })
            }
            None => usual.to_owned(),
        }
    }
}
