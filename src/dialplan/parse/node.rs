//! `[node.NAME.KIND]`

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::fields::{Fields, Placed, text_of};
use super::{MAX_NODES, MAX_SUGGESTIONS, Mentioned, NodeOutline, Reader};
use crate::dialplan::plan::{CalendarId, Kind, Menu, Node, NodeId, Record};
use crate::dialplan::problem::{Problem, Span, nearest};
use crate::dialplan::script::is_key;

const KINDS: &[&str] = &["schedule", "menu", "play", "record", "case", "sms", "language", "goto", "hangup"];

type Entry<'t, 'i> = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>);

impl Reader {
    /// `None` when any node has a mistake; what could be read of its exits is in the outline all the same.
    pub(super) fn nodes(&mut self, root: &mut Fields<'_, '_>) -> Option<Vec<Node>> {
        let Some((place, value)) = root.find("node") else {
            self.problems
                .push(Problem::new(0..0, "a plan needs nodes").help("for example [node.end.hangup]"));
            return None;
        };
        let table = Fields::of(value, place, "`node`", &mut self.problems)?;
        let entries: Vec<Entry<'_, '_>> = table.entries().take(MAX_NODES + 1).collect();
        if entries.len() > MAX_NODES {
            self.problems
                .push(Problem::new(0..0, format!("more than {MAX_NODES} nodes: make several plans of it")));
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
        let kinds = Fields::of(value, key.span(), format!("node \"{name}\""), &mut self.problems)?;
        let mut kinds = kinds.entries();
        let Some((kind, value)) = kinds.next() else {
            let example = format!("write its kind in the heading, like [node.{name}.play]");
            self.problems
                .push(Problem::new(key.span(), format!("node \"{name}\" has no kind")).help(example));
            return None;
        };
        if !value.get_ref().is_table() && !KINDS.contains(&kind.get_ref().as_ref()) {
            let example = format!("write the kind in the heading, like [node.{name}.play]");
            let message = format!("`{}` stands directly in node \"{name}\"", kind.get_ref());
            self.problems.push(Problem::new(kind.span(), message).help(example));
            return None;
        }
        if let Some((second, _)) = kinds.next() {
            let message = format!(
                "node \"{name}\" is already a {}, it cannot be a {} too",
                kind.get_ref(),
                second.get_ref()
            );
            self.problems.push(Problem::new(second.span(), message).help("give one of them another name"));
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
            let problem = Problem::new(place, format!("unknown kind of node \"{word}\""));
            self.problems.push(
                problem
                    .suggest(word, KINDS.iter().copied())
                    .note(format!("known kinds are {}", KINDS.join(", "))),
            );
            return None;
        }
        let mut fields = Fields::of(value, place, format!("a {word} node"), &mut self.problems)?;
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
            "language" => {
                self.mentioning(id, &mut fields, "language", Mentioned::Language, |language, next| {
                    Kind::Language { language, next }
                })
            }
            "goto" => self.exit(id, &mut fields, "next").map(|next| Kind::Goto { next }),
            _ => Some(Kind::Hangup { prompt: self.prompt(&mut fields, "prompt") }),
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

    fn menu(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        let prompt = self.needed_prompt(fields, "prompt");
        let keys = self.keys(id, fields);
        let timeout = fields.number("timeout_s", 1..=60, 6, &mut self.problems);
        let tries = fields.number("tries", 1..=10, 3, &mut self.problems);
        let invalid_prompt = self.prompt_or(fields, "invalid_prompt", "invalid_choice", tries > 1);
        let no_input_prompt = self.prompt_or(fields, "no_input_prompt", "no_input", tries > 1);
        let otherwise = self.exit(id, fields, "otherwise");
        Some(Kind::Menu(Menu {
            prompt: prompt?,
            keys: keys?,
            timeout: Duration::from_secs(timeout.into()),
            tries,
            invalid_prompt,
            no_input_prompt,
            otherwise: otherwise?,
        }))
    }

    fn keys(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Vec<(char, NodeId)>> {
        let Some((place, value)) = fields.find("keys") else {
            self.problems.push(fields.missing("keys").help("for example keys = { 1 = \"water\" }"));
            return None;
        };
        let table = Fields::of(value, place.clone(), "`keys`", &mut self.problems)?;
        let mut keys = Vec::new();
        let mut whole = true;
        for (key, value) in table.entries() {
            let pressed = single_key(key.get_ref());
            if pressed.is_none() {
                let message = format!("\"{}\" is not a key of a telephone", key.get_ref());
                self.problems.push(Problem::new(key.span(), message).help("keys are 0-9, \"*\", \"#\", A-D"));
            }
            let exit = text_of("keys", value, &mut self.problems).and_then(|name| self.exit_to(id, name));
            whole &= pressed.is_some() && exit.is_some();
            keys.extend(pressed.zip(exit));
        }
        if whole && keys.is_empty() {
            self.problems
                .push(Problem::new(place, "a menu without keys offers nothing").help("use a play node"));
            return None;
        }
        whole.then_some(keys)
    }

    fn play(&mut self, id: NodeId, fields: &mut Fields<'_, '_>) -> Option<Kind> {
        // One prompt as `prompt`, several, heard as one, as `prompts`.
        let prompts = match fields.texts("prompts", &mut self.problems) {
            Some(list) => {
                if let Some((place, _)) = fields.find("prompt") {
                    self.problems.push(Problem::new(place, "either `prompt` or `prompts`, not both"));
                }
                if list.value.is_empty() {
                    self.problems.push(Problem::new(list.span, "nothing to play"));
                }
                Some(list.value.into_iter().map(|key| self.mention(Mentioned::Prompt, key)).collect())
            }
            None => self.needed_prompt(fields, "prompt").map(|prompt| vec![prompt]),
        };
        let next = self.exit(id, fields, "next");
        Some(Kind::Play { prompts: prompts?, next: next? })
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
            self.problems.push(Problem::new(place, format!("min_s is more than max_s ({max})")));
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

    fn mentioning(
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

    fn exit(&mut self, id: NodeId, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<NodeId> {
        let exit = fields.needed_text(name, &mut self.problems)?;
        self.exit_to(id, exit)
    }

    /// An exit that may be left out.
    fn exit_or(
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

    fn exit_to(&mut self, id: NodeId, exit: Placed<String>) -> Option<NodeId> {
        let target = self.target(exit)?;
        if let Some(node) = self.outline.nodes.get_mut(id.0) {
            node.exits.push(target);
        }
        Some(target)
    }

    fn calendar_of(&mut self, name: Placed<String>) -> Option<CalendarId> {
        let found = self.calendar_names.iter().position(|known| *known == name.value);
        if found.is_none() {
            let problem = Problem::new(name.span, format!("there is no calendar \"{}\"", name.value));
            let problem = problem.suggest(&name.value, self.calendar_names.iter().map(String::as_str));
            self.problems.push(problem);
        }
        found.map(CalendarId)
    }

    fn prompt(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
        fields.text(name, &mut self.problems).map(|key| self.mention(Mentioned::Prompt, key))
    }

    fn needed_prompt(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<String> {
        fields.needed_text(name, &mut self.problems).map(|key| self.mention(Mentioned::Prompt, key))
    }

    /// A prompt with a usual key, which has to exist only where it can be heard.
    fn prompt_or(
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

fn single_key(written: &str) -> Option<char> {
    let mut letters = written.chars();
    letters.next().filter(|c| is_key(*c) && letters.next().is_none())
}
