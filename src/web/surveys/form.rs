//! The editor's form, back from what a browser sent to a questionnaire. Every button of the editor sends the whole form, so nothing that was typed is
//! lost by any of them.

use std::str::FromStr;

use crate::domain::person::PersonLanguage;
use crate::domain::question::date;
use crate::domain::survey::condition::Operand;
use crate::domain::survey::keypad::Settings;
use crate::domain::survey::kind::{Choice, KindName, ScaleLabel};
use crate::domain::survey::questionnaire::{Branch, Ending, Recordings, Target};
use crate::domain::survey::quota::{AttributeTest, Cell, Dimension, Group, Quota};
use crate::domain::survey::{
    Code, Condition, Decimal, Kind, Question, QuestionKey, Questionnaire, Test, Texts,
};
use crate::web::queues::form::Sent;

/// What was typed, and names of fields in which it means nothing.
#[derive(Debug, Default)]
pub struct Typed {
    pub name: String,
    pub questionnaire: Questionnaire,
    pub faults: Vec<String>,
}

/// More than any survey has; what is sent beyond is not looked at.
const MOST_PARTS: usize = 500;

struct Reader<'s> {
    sent: &'s Sent,
    /// What is stored: recordings have no field of their own here.
    was: &'s Questionnaire,
    faults: Vec<String>,
}

/// `was`: the draft that the person saw.
pub fn typed(sent: &Sent, was: &Questionnaire) -> Typed {
    let mut reader = Reader { sent, was, faults: Vec::new() };
    let questionnaire = reader.questionnaire();
    Typed { name: sent.text("name").to_owned(), questionnaire, faults: reader.faults }
}

impl Reader<'_> {
    fn questionnaire(&mut self) -> Questionnaire {
        let languages = self.sent.all("language");
        let chosen = |language: &&PersonLanguage| languages.iter().any(|word| word == language.as_str());
        let questions = self.parts("q", "kind").into_iter().map(|at| self.question(&at)).collect();
        Questionnaire {
            title: self.texts("title"),
            languages: PersonLanguage::ALL.iter().filter(chosen).copied().collect(),
            greeting: self.texts("greeting"),
            thanks: self.texts("thanks"),
            apology: self.texts("apology"),
            questions,
            quotas: self.parts("u", "key").into_iter().map(|at| self.quota(&at)).collect(),
            keypad: self.sent.is_ticked("keypad").then(|| self.keypad()),
            greeting_recordings: self.was.greeting_recordings.clone(),
            thanks_recordings: self.was.thanks_recordings.clone(),
            apology_recordings: self.was.apology_recordings.clone(),
        }
    }

    fn question(&mut self, at: &str) -> Question {
        let was =
            self.text(at, "was").parse::<usize>().ok().and_then(|was| self.was.questions.get(was)).cloned();
        let key = self.text(at, "key");
        Question {
            key: QuestionKey(key),
            text: self.texts(&format!("{at}.text")),
            recordings: was.as_ref().map(|was| was.recordings.clone()).unwrap_or_default(),
            note: self.texts(&format!("{at}.note")),
            kind: self.kind(at, was.as_ref()),
            required: self.is(at, "required"),
            may_not_know: self.is(at, "dk"),
            may_refuse: self.is(at, "refuse"),
            branches: self.parts(&format!("{at}.b"), "then").into_iter().map(|at| self.branch(&at)).collect(),
            otherwise: target(&self.text(at, "otherwise")),
        }
    }

    fn kind(&mut self, at: &str, was: Option<&Question>) -> Kind {
        let random = self.is(at, "random");
        match self.text(at, "kind").parse().unwrap_or(KindName::Single) {
            KindName::Single => Kind::Single { options: self.options(at, was), random },
            KindName::Multiple => Kind::Multiple {
                options: self.options(at, was),
                random,
                min: self.number(at, "least"),
                max: self.number(at, "most"),
            },
            KindName::Scale => Kind::Scale {
                from: self.number(at, "from").unwrap_or(1),
                to: self.number(at, "to").unwrap_or(5),
                labels: self.labels(at),
            },
            KindName::Number => Kind::Number {
                places: self.number(at, "places").unwrap_or(0),
                min: self.number(at, "min"),
                max: self.number(at, "max"),
                unit: self.texts(&format!("{at}.unit")),
            },
            KindName::Text => Kind::Text { max_chars: self.number(at, "chars").unwrap_or(500) },
            KindName::Date => Kind::Date { from: self.day(at, "since"), to: self.day(at, "until") },
        }
    }

    fn options(&mut self, at: &str, was: Option<&Question>) -> Vec<Choice> {
        let mut options = Vec::new();
        for at in self.parts(&format!("{at}.o"), "code") {
            let code = Code(self.number(&at, "code").unwrap_or(0));
            options.push(Choice {
                code,
                text: self.texts(&format!("{at}.text")),
                recordings: was
                    .and_then(|was| was.kind.option(code))
                    .map_or_else(Recordings::default, |option| option.recordings.clone()),
                exclusive: self.is(&at, "exclusive"),
                fixed: self.is(&at, "fixed"),
            });
        }
        options
    }

    fn labels(&mut self, at: &str) -> Vec<ScaleLabel> {
        let mut labels = Vec::new();
        for at in self.parts(&format!("{at}.l"), "value") {
            if let Some(value) = self.number(&at, "value") {
                labels.push(ScaleLabel { value, text: self.texts(&format!("{at}.text")) });
            }
        }
        labels
    }

    fn branch(&mut self, at: &str) -> Branch {
        let target = target(&self.text(at, "then")).unwrap_or(Target::End(Ending::Complete));
        // One that is nested deeper than the form shows goes through it as it is.
        let whole = self.text(at, "json");
        if let Ok(condition) = serde_json::from_str(&whole) {
            return Branch { condition, target };
        }
        let mut tests: Vec<Condition> =
            self.parts(&format!("{at}.t"), "of").into_iter().filter_map(|at| self.test(&at)).collect();
        let condition = match (tests.len(), self.text(at, "join").as_str()) {
            (1, _) => tests.remove(0),
            (_, "any") => Condition::Any(tests),
            _ => Condition::All(tests),
        };
        Branch { condition, target }
    }

    fn test(&mut self, at: &str) -> Option<Condition> {
        let of = self.text(at, "of");
        (!of.is_empty()).then(|| Condition::Answer { of: QuestionKey(of), is: self.compared(at) })
    }

    fn compared(&mut self, at: &str) -> Test {
        let value = self.text(at, "value");
        let operands = operands(&value);
        let mut first = || {
            operands.first().copied().unwrap_or_else(|| {
                self.faults.push(value.clone());
                Operand::from(0_u16)
            })
        };
        match self.sent.text(&format!("{at}.is")) {
            "one_of" => Test::OneOf(operands),
            "contains" => Test::Contains(code(first())),
            "greater_than" => Test::GreaterThan(first()),
            "less_than" => Test::LessThan(first()),
            "between" => {
                let (from, to) = (first(), operands.get(1).copied());
                Test::Between(from, to.unwrap_or(from))
            }
            "answered" => Test::Answered,
            "not_answered" => Test::NotAnswered,
            "does_not_know" => Test::DoesNotKnow,
            "refuses" => Test::Refuses,
            _ => Test::Equals(first()),
        }
    }

    fn quota(&mut self, at: &str) -> Quota {
        let dimensions: Vec<Dimension> =
            self.parts(&format!("{at}.d"), "key").into_iter().map(|at| self.dimension(&at)).collect();
        let mut cells = Vec::new();
        for groups in combinations(&dimensions) {
            let name = format!("{at}.c.{}", groups.join("."));
            let most = self.sent.text(&name).to_owned();
            if !most.is_empty() {
                match most.parse() {
                    Ok(most) => cells.push(Cell { groups, most }),
                    Err(_) => self.faults.push(most),
                }
            }
        }
        Quota { key: self.text(at, "key"), dimensions, cells }
    }

    fn dimension(&mut self, at: &str) -> Dimension {
        let some = |text: String| (!text.is_empty()).then_some(text);
        Dimension {
            key: self.text(at, "key"),
            question: some(self.text(at, "question")).map(QuestionKey),
            attribute: some(self.text(at, "attribute")),
            groups: self.parts(&format!("{at}.g"), "key").into_iter().map(|at| self.group(&at)).collect(),
        }
    }

    fn group(&mut self, at: &str) -> Group {
        let words = self.text(at, "words");
        Group {
            key: self.text(at, "key"),
            text: self.texts(&format!("{at}.text")),
            answer: (!self.text(at, "is").is_empty()).then(|| self.compared(at)),
            attribute: (!words.is_empty()).then(|| attribute(&words)),
        }
    }

    fn keypad(&mut self) -> Settings {
        let usual = Settings::default();
        let key = self.sent.text("keypad.opt_out").chars().next();
        Settings {
            wrong_keys: self.number("keypad", "wrong").unwrap_or(usual.wrong_keys),
            silences: self.number("keypad", "silences").unwrap_or(usual.silences),
            give_up: self.sent.text("keypad.give_up").parse().unwrap_or(usual.give_up),
            patience_s: self.number("keypad", "patience").unwrap_or(usual.patience_s),
            between_s: self.number("keypad", "between").unwrap_or(usual.between_s),
            opt_out: key,
        }
    }

    /// `q0`, `q1` ... as far as they were sent: each has the field that all of them have.
    fn parts(&self, of: &str, field: &str) -> Vec<String> {
        let names = (0..MOST_PARTS).map(|at| format!("{of}{at}"));
        names.take_while(|at| self.sent.is_ticked(&format!("{at}.{field}"))).collect()
    }

    fn text(&self, at: &str, field: &str) -> String {
        self.sent.text(&format!("{at}.{field}")).to_owned()
    }

    fn is(&self, at: &str, field: &str) -> bool {
        self.sent.is_ticked(&format!("{at}.{field}"))
    }

    fn texts(&self, at: &str) -> Texts {
        let text = |script: &str| self.text(at, script).replace("\r\n", "\n");
        Texts { cyrillic: text("sr"), latin: text("la"), english: text("en") }
    }

    fn number<T: FromStr>(&mut self, at: &str, field: &str) -> Option<T> {
        let text = self.text(at, field);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            self.faults.push(text);
        }
        number
    }

    fn day(&mut self, at: &str, field: &str) -> Option<jiff::civil::Date> {
        let text = self.text(at, field);
        let day = date(&text);
        if day.is_none() && !text.is_empty() {
            self.faults.push(text);
        }
        day
    }
}

/// `end:complete`, or the key of a question; empty: the next one.
fn target(text: &str) -> Option<Target> {
    match text.split_once(':') {
        Some(("end", ending)) => ending.parse().ok().map(Target::End),
        Some(("question", key)) => Some(Target::Question(QuestionKey(key.to_owned()))),
        _ => None,
    }
}

/// "2", "1, 3", "18 - 34", "1.2.2026."
fn operands(text: &str) -> Vec<Operand> {
    let words = text.replace(" - ", " ").replace(['–', '—'], " ");
    let words = words.split([' ', ',', ';']).filter(|word| !word.is_empty());
    words.filter_map(operand).collect()
}

fn operand(word: &str) -> Option<Operand> {
    match word.parse::<Decimal>() {
        Ok(number) => Some(Operand::Number(number)),
        Err(_) => date(word).map(Operand::Date),
    }
}

fn code(operand: Operand) -> Code {
    let whole = match operand {
        Operand::Number(number) => number.as_whole().and_then(|code| u16::try_from(code).ok()),
        Operand::Date(_) => None,
    };
    Code(whole.unwrap_or(0))
}

/// "ж, женски", or "18-34".
fn attribute(words: &str) -> AttributeTest {
    let bounds = words.split_once(['-', '–']).and_then(|(from, to)| {
        Some(AttributeTest::Between(from.trim().parse().ok()?, to.trim().parse().ok()?))
    });
    bounds.unwrap_or_else(|| {
        let words = words.split([',', ';']).map(str::trim).filter(|word| !word.is_empty());
        AttributeTest::Words(words.map(str::to_owned).collect())
    })
}

/// Every combination of one group of each dimension, in their order, as many as a table may have.
pub fn combinations(dimensions: &[Dimension]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = if dimensions.is_empty() { Vec::new() } else { vec![Vec::new()] };
    for dimension in dimensions {
        let longer = all.iter().flat_map(|begun| {
            dimension.groups.iter().map(|group| begun.iter().chain([&group.key]).cloned().collect())
        });
        all = longer.take(crate::domain::survey::quota::MOST_CELLS).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        Sent::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn question_with_options_and_a_branch_comes_back_from_the_form() {
        let sent = sent(&[
            ("language", "en"),
            ("q0.kind", "single"),
            ("q0.key", "happy"),
            ("q0.text.sr", "Срећни?"),
            ("q0.required", "on"),
            ("q0.o0.code", "1"),
            ("q0.o0.text.sr", "Да"),
            ("q0.o1.code", "2"),
            ("q0.b0.then", "end:refused"),
            ("q0.b0.t0.of", "happy"),
            ("q0.b0.t0.is", "equals"),
            ("q0.b0.t0.value", "2"),
            ("q1.kind", "number"),
            ("q1.max", "много"),
        ]);
        let Typed { questionnaire, faults, .. } = typed(&sent, &Questionnaire::default());
        let question = &questionnaire.questions[0];
        assert_eq!((questionnaire.questions.len(), question.kind.options().len()), (2, 2));
        assert!(question.required && !question.may_refuse);
        let is = Test::Equals(2_u16.into());
        assert_eq!(question.branches[0].condition, Condition::Answer { of: "happy".into(), is });
        assert_eq!(question.branches[0].target, Target::End(Ending::Refused));
        assert_eq!(faults, ["много"]);
    }

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(operands("18 - 34"), [18_u16.into(), 34_u16.into()]);
        assert_eq!(operands("1, 3;5"), [1_u16.into(), 3_u16.into(), 5_u16.into()]);
        assert_eq!(operands("1.2.2026."), [Operand::Date("2026-02-01".parse().unwrap())]);
        assert_eq!(attribute("18-34"), AttributeTest::Between(18_u16.into(), 34_u16.into()));
        assert_eq!(attribute("ж, женски"), AttributeTest::Words(vec!["ж".into(), "женски".into()]));
    }
}
