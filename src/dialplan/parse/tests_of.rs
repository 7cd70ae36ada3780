//! `[[test]]`

use toml::Spanned;
use toml::de::DeValue;

use super::Reader;
use super::fields::{Fields, Placed, list_of, local_time_of};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::plan::PlanTest;
use crate::dialplan::problem::{Problem, nearest};
use crate::dialplan::script::{Script, ScriptError, move_words};

impl Reader {
    pub(super) fn tests(&mut self, root: &mut Fields<'_, '_>) -> Vec<PlanTest> {
        let Some((_, value)) = root.find("test") else { return Vec::new() };
        let blocks = list_of("test", value, &mut self.problems).unwrap_or_default();
        blocks.into_iter().filter_map(|block| self.test(block)).collect()
    }

    fn test(&mut self, block: &Spanned<DeValue<'_>>) -> Option<PlanTest> {
        let mut fields = Fields::of(block, block.span(), Phrase::the_test(), &mut self.problems)?;
        let name = fields.needed_text("name", &mut self.problems);
        let number = fields.text("number", &mut self.problems).map(|n| n.value);
        let at = match fields.find("at") {
            Some((_, value)) => local_time_of(value, &mut self.problems),
            None => {
                self.problems.push(fields.missing("at").help(Phrase::example("at = 2026-01-07T10:00")));
                None
            }
        };
        let keys = match fields.text("keys", &mut self.problems) {
            Some(keys) => self.script(keys),
            None => Some(Script::default()),
        };
        let expect = fields.texts("expect", &mut self.problems);
        if fields.find("expect").is_none() {
            self.problems.push(fields.missing("expect").help(Phrase::nodes_of_the_way()));
        }
        fields.finish(&mut self.problems);
        let expect = expect?;
        for node in &expect.value {
            self.target(node.clone());
        }
        let names = expect.value.iter().map(|node| node.value.clone()).collect();
        let test = PlanTest { name: name?.value, number, at: at?, keys: keys?, expect: names };
        self.outline.expectations.push(expect);
        Some(test)
    }

    fn script(&mut self, keys: Placed<String>) -> Option<Script> {
        match keys.value.parse() {
            Ok(script) => Some(script),
            Err(error) => {
                let meant = match &error {
                    ScriptError::Unknown(word) => nearest(word, move_words()),
                    ScriptError::TooLong => None,
                };
                let problem = Problem::new(keys.span, error.phrase());
                self.problems.push(match meant {
                    Some(word) => problem.help(Phrase::did_you_mean(word)),
                    None => problem.help(Phrase::keys_with_commas()),
                });
                None
            }
        }
    }
}
