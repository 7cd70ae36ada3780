//! The quotas of a draft as they are drawn: dimensions with their groups, and a number for each combination.

use super::fields::{Drawn, Problems, TextsView, value};
use super::words;
use crate::domain::survey::check::{Part, Problem};
use crate::domain::survey::questionnaire::LABEL_CHARS;
use crate::domain::survey::quota::{AttributeTest, Dimension, Group, Quota};
use crate::web::cases::view::Choice;

#[derive(Debug)]
pub struct GroupRow {
    pub at: usize,
    pub key: String,
    pub text: TextsView,
    pub is: Vec<Choice>,
    pub value: String,
    pub words: String,
}

#[derive(Debug)]
pub struct DimensionView {
    pub at: usize,
    pub key: String,
    pub questions: Vec<Choice>,
    pub attribute: String,
    pub groups: Vec<GroupRow>,
}

#[derive(Debug)]
pub struct CellRow {
    pub name: String,
    pub said: String,
    pub most: String,
}

#[derive(Debug)]
pub struct QuotaView {
    pub at: usize,
    pub key: String,
    pub dimensions: Vec<DimensionView>,
    pub cells: Vec<CellRow>,
    pub problems: Problems,
}

pub(super) fn of_quota(problem: &Problem) -> bool {
    matches!(problem.place.part, Part::Quota | Part::Dimension | Part::Cell)
}

impl Drawn<'_> {
    pub(super) fn quota(&self, at: usize, quota: &Quota) -> QuotaView {
        let cell = |groups: Vec<String>| {
            let said = groups.iter().zip(&quota.dimensions).map(|(key, of)| self.group_name(key, of));
            let cell = quota.cells.iter().find(|cell| cell.groups == groups);
            CellRow {
                name: format!("u{at}.c.{}", groups.join(".")),
                said: said.collect::<Vec<_>>().join(", "),
                most: cell.map(|cell| cell.most.to_string()).unwrap_or_default(),
            }
        };
        QuotaView {
            at,
            key: quota.key.clone(),
            dimensions: (0..).zip(&quota.dimensions).map(|(n, of)| self.dimension(at, (n, of))).collect(),
            cells: super::form::combinations(&quota.dimensions).into_iter().map(cell).collect(),
            problems: self.problems(|problem| of_quota(problem) && problem.place.item == Some(at)),
        }
    }

    fn group_name(&self, key: &str, of: &Dimension) -> String {
        let group = of.groups.iter().find(|group| group.key == key);
        let words = group.map(|group| group.text.in_language(words::reader(self.page)).into_owned());
        words.filter(|words| !words.is_empty()).unwrap_or_else(|| key.to_owned())
    }

    fn dimension(&self, quota: usize, (at, of): (usize, &Dimension)) -> DimensionView {
        let chosen = of.question.as_ref().map_or("", |key| key.0.as_str());
        let none = Choice {
            value: String::new(),
            label: self.page.say("survey-quota-no-question"),
            chosen: chosen.is_empty(),
        };
        let name = format!("u{quota}.d{at}");
        DimensionView {
            at,
            key: of.key.clone(),
            questions: std::iter::once(none).chain(self.questions(chosen, None)).collect(),
            attribute: of.attribute.clone().unwrap_or_default(),
            groups: (0..).zip(&of.groups).map(|(n, group)| self.group(&name, (n, group))).collect(),
        }
    }

    fn group(&self, name: &str, (at, group): (usize, &Group)) -> GroupRow {
        GroupRow {
            at,
            key: group.key.clone(),
            text: self.texts(&format!("{name}.g{at}.text"), &group.text, LABEL_CHARS),
            is: self.tests(group.answer.as_ref().map_or("", words::word), true),
            value: group.answer.as_ref().map(value).unwrap_or_default(),
            words: match &group.attribute {
                Some(AttributeTest::Words(words)) => words.join(", "),
                Some(AttributeTest::Between(from, to)) => format!("{from}-{to}"),
                None => String::new(),
            },
        }
    }
}
