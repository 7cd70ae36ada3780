//! Text to plan. Reads all it can, so that every mistake of a file is told at once; a plan comes out only when there is none.

mod ask;
mod calendar;
mod fields;
mod node;
mod talk;
mod tests_of;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use self::fields::Fields;
pub use self::fields::Placed;
pub use self::node::KINDS;
use super::number;
use super::phrase::Phrase;
use super::plan::{Claim, NodeId, Number, Plan};
use super::problem::{Problem, Span};
use super::speech::Manner;

/// The only notation so far.
const SCHEMA: &str = "1";

/// Where a call starts in a plan that says nothing about language.
const DEFAULT_LANGUAGE: &str = "sr";

/// A plan is written by hand; a larger file is something else.
const MAX_TEXT: usize = 256 << 10;
pub(super) const MAX_NODES: usize = 1_000;

/// Guessing what was meant costs more than reading; nobody needs it for more mistakes than this.
const MAX_SUGGESTIONS: usize = 50;

/// What was read of one text.
#[derive(Debug)]
pub struct Parsed {
    /// `None` when something is wrong that keeps the plan from running.
    pub plan: Option<Arc<Plan>>,
    pub outline: Outline,
    pub problems: Vec<Problem>,
}

/// What the checker needs to know besides the plan: places, and whatever can be known of a plan with mistakes.
#[derive(Debug, Default)]
pub struct Outline {
    pub claims: Vec<Placed<Claim>>,
    pub starts: Vec<NodeId>,
    pub language: String,
    /// By [`NodeId`].
    pub nodes: Vec<NodeOutline>,
    pub mentions: Vec<Mention>,
    /// What is put together of recorded pieces.
    pub spoken: Vec<Placed<Manner>>,
    /// Places of the `expect` of every test, by the index of the test.
    pub expectations: Vec<Placed<Vec<Placed<String>>>>,
}

#[derive(Debug)]
pub struct NodeOutline {
    pub name: Placed<String>,
    pub exits: Vec<NodeId>,
}

/// Something outside the plan that the plan names.
#[derive(Clone, Debug)]
pub struct Mention {
    pub what: Mentioned,
    pub key: Placed<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mentioned {
    Prompt,
    Language,
    Category,
    Template,
    Queue,
    Department,
    /// Of an operator.
    Extension,
}

/// Never panics, whatever the text. `name` is the file's name without folder and ending.
pub fn parse(name: &str, text: &str) -> Parsed {
    if text.len() > MAX_TEXT {
        return refused(vec![Problem::new(0..0, Phrase::too_large(MAX_TEXT))]);
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What the recovery made up would only bring further, false complaints.
        let said = errors.iter().map(|e| Problem::new(e.span().unwrap_or(0..0), toml_mistake(e.message())));
        return refused(said.collect());
    }
    Reader::default().read(name, text, document.get_ref())
}

/// The usual slips in words of ours, which pages can translate; the reader of TOML knows some forty more.
fn toml_mistake(said: &str) -> Phrase {
    // Behind it stands what would have been right, in words of grammar.
    let mistake = said.split_once(", expected").map_or(said, |(mistake, _)| mistake);
    match mistake {
        "duplicate key" => Phrase::duplicate_key(),
        "string values must be quoted" => Phrase::text_unquoted(),
        "missing value" | "missing value for key" => Phrase::value_missing(),
        "key with no value" | "missing assignment between key-value pairs" => Phrase::equals_missing(),
        "missing comma between array elements" | "missing comma between key-value pairs" => {
            Phrase::comma_missing()
        }
        "unclosed table" | "unclosed array" | "unclosed array table" | "unclosed inline table" => {
            Phrase::bracket_unclosed()
        }
        _ => Phrase::not_toml(said),
    }
}

fn refused(problems: Vec<Problem>) -> Parsed {
    Parsed { plan: None, outline: Outline::default(), problems }
}

/// Collects problems and mentions while it reads; knows all names from the start, so that every exit is resolved at once.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    outline: Outline,
    calendar_names: Vec<String>,
    /// Names under which `input` nodes store, and where such names are used.
    stores: Vec<String>,
    uses: Vec<Placed<String>>,
}

impl Reader {
    fn read(mut self, name: &str, text: &str, document: &DeTable<'_>) -> Parsed {
        let mut root = Fields::root(document);
        self.schema(&mut root);
        let language = match root.text("language", &mut self.problems) {
            Some(language) => self.mention(Mentioned::Language, language),
            None => DEFAULT_LANGUAGE.to_owned(),
        };
        self.outline.language.clone_from(&language);
        let calendars = self.calendars(&mut root);
        let nodes = self.nodes(&mut root);
        self.uses_of_inputs();
        let numbers = self.numbers(&mut root);
        let tests = self.tests(&mut root);
        root.finish(&mut self.problems);

        let plan = match (nodes, self.problems.is_empty()) {
            (Some(nodes), true) => {
                let (name, revision) = (name.to_owned(), revision(text));
                Some(Arc::new(Plan { name, revision, language, numbers, calendars, nodes, tests }))
            }
            _ => None,
        };
        Parsed { plan, outline: self.outline, problems: self.problems }
    }

    fn schema(&mut self, root: &mut Fields<'_, '_>) {
        match root.find("schema") {
            None => self.problems.push(root.missing("schema").help(Phrase::begin_with_schema())),
            Some((_, value)) => {
                if value.get_ref().as_integer().is_none_or(|n| n.as_str() != SCHEMA) {
                    self.problems.push(Problem::new(value.span(), Phrase::only_schema_1()));
                }
            }
        }
    }

    fn numbers(&mut self, root: &mut Fields<'_, '_>) -> Vec<Number> {
        let Some((place, value)) = root.find("number") else {
            self.problems.push(Problem::new(0..0, Phrase::no_numbers()).help(Phrase::add_number()));
            return Vec::new();
        };
        let Some(table) = Fields::of(value, place, Phrase::the_table("number"), &mut self.problems) else {
            return Vec::new();
        };
        let mut numbers = Vec::new();
        for (key, value) in table.entries() {
            let Some(mut fields) = Fields::of(value, key.span(), Phrase::the_number(), &mut self.problems)
            else {
                continue;
            };
            let start = fields.needed_text("start", &mut self.problems).and_then(|start| self.target(start));
            let language =
                fields.text("language", &mut self.problems).map(|l| self.mention(Mentioned::Language, l));
            fields.finish(&mut self.problems);
            let claim = self.claim(key.get_ref(), key.span());
            self.outline.starts.extend(start);
            if let Some((claim, start)) = claim.zip(start) {
                self.outline.claims.push(Placed { value: claim.clone(), span: key.span() });
                numbers.push(Number { claim, start, language });
            }
        }
        numbers
    }

    fn claim(&mut self, written: &str, span: Span) -> Option<Claim> {
        if written == "any" {
            return Some(Claim::Any);
        }
        if number::is_claimable(written) {
            return Some(Claim::Exactly(written.to_owned()));
        }
        let problem = Problem::new(span, Phrase::not_a_phone_number(written));
        let meant = number::normalize(written);
        self.problems.push(if number::is_claimable(&meant) {
            problem.help(Phrase::write_as(meant))
        } else {
            problem.help(Phrase::write_number_or_any())
        });
        None
    }

    /// The node that an exit names.
    fn target(&mut self, exit: Placed<String>) -> Option<NodeId> {
        let found = self.outline.nodes.iter().position(|node| node.name.value == exit.value);
        if found.is_none() {
            let known = self.outline.nodes.iter().map(|node| node.name.value.as_str());
            let problem = Problem::new(exit.span, Phrase::no_node(&exit.value));
            self.problems.push(if self.problems.len() < MAX_SUGGESTIONS {
                problem.suggest(&exit.value, known)
            } else {
                problem
            });
        }
        found.map(NodeId)
    }

    fn uses_of_inputs(&mut self) {
        for used in std::mem::take(&mut self.uses) {
            if !self.stores.contains(&used.value) {
                let problem = Problem::new(used.span, Phrase::nothing_stores(&used.value));
                self.problems.push(problem.suggest(&used.value, self.stores.iter().map(String::as_str)));
            }
        }
    }

    /// Remembers what the catalogue has to know.
    fn mention(&mut self, what: Mentioned, key: Placed<String>) -> String {
        let text = key.value.clone();
        self.outline.mentions.push(Mention { what, key });
        text
    }
}

/// First 12 hex digits of the SHA-256: what a text is known by.
pub fn revision(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialplan::SHIPPED;
    use crate::dialplan::catalogue::Catalogue;
    use crate::dialplan::check::check_one;
    use proptest::prelude::*;

    fn survives(text: &str) {
        if let Err(findings) = check_one("fuzz.toml", text, &Catalogue::default()) {
            for finding in findings {
                let _ = finding.to_string();
            }
        }
    }

    #[test]
    fn a_revision_changes_with_every_letter() {
        assert_eq!(revision("a"), revision("a"));
        assert_ne!(revision("a"), revision("a "));
        assert_eq!(revision(""), "e3b0c44298fc");
    }

    #[test]
    fn usual_slips_in_toml_are_known_by_their_meaning() {
        for (text, slip) in [
            ("a = 1\na = 2", Phrase::duplicate_key()),
            ("a = b", Phrase::text_unquoted()),
            ("a =", Phrase::text_unquoted()),
            ("a 1", Phrase::equals_missing()),
            ("a = { b = 1 c = 2 }", Phrase::comma_missing()),
            ("a = [1", Phrase::bracket_unclosed()),
            ("[node.a", Phrase::bracket_unclosed()),
        ] {
            let problems = parse("slip", text).problems;
            assert!(problems.iter().any(|problem| problem.message == slip), "{text}: {problems:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_plan_is_refused_without_reading_it() {
        let parsed = parse("big", &"#".repeat(MAX_TEXT + 1));
        assert_eq!(parsed.problems.len(), 1);
        let many: String = (0..=MAX_NODES).map(|n| format!("[node.n{n}.hangup]\n")).collect();
        let parsed = parse("many", &format!("schema = 1\n[number.any]\nstart = \"n1\"\n{many}"));
        assert!(parsed.problems.iter().any(|p| p.message == Phrase::too_many_nodes(1_000_usize)));
    }

    #[test]
    fn odd_texts_are_survived() {
        for text in [
            "",
            "\u{0}",
            "[",
            "node = 1",
            "node = []",
            "number = 1",
            "calendar = 1",
            "test = 1",
            "schema = 0x1",
            "[[node]]",
            "[node]",
            "[node.a]",
            "[node.a.menu]\nkeys = 1",
            "[node.a.menu.keys]",
            "schema = 1.0",
            "[[test]]",
            "[test]",
            "[calendar.a]\nweekly = 1",
            "[calendar.a.weekly]\n\"\" = [\"\"]",
            "[number.\"\"]",
            "a = 2026-02-30",
            "a = [[[[[[[[[[[[[[[[[[[[",
            "\u{feff}schema = 1",
            "[node.\"\".hangup]",
            "[node.\"а б\".goto]\nnext = \"а б\"",
        ] {
            survives(text);
        }
        survives(&"[".repeat(100_000));
        survives(&format!("a = {}", "[".repeat(100_000)));
        survives(&format!("a{} = 1", ".a".repeat(50_000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC*") {
            survives(&text);
        }

        /// Near misses reach deeper than noise: pieces of the shipped plan, torn out and put elsewhere.
        #[test]
        fn a_plan_torn_to_pieces_never_panics(cuts in prop::collection::vec((0_usize..8_000, 0_usize..60, 0_usize..8_000), 1..8)) {
            let mut letters: Vec<char> = SHIPPED.chars().collect();
            for (from, length, to) in cuts {
                let from = from.min(letters.len());
                let piece: Vec<char> = letters.drain(from..(from + length).min(letters.len())).collect();
                let to = to.min(letters.len());
                letters.splice(to..to, piece);
            }
            survives(&letters.into_iter().collect::<String>());
        }
    }
}
