//! What is asked about a case besides the citizen's words, by its category; and whether the answers will do.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::id::{CategoryId, QuestionId};
use super::words::words;

words! {
    QuestionKind {
        Text = "text",
        Number = "number",
        Date = "date",
        YesNo = "yes_no",
        Choice = "choice",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    pub id: QuestionId,
    pub category: CategoryId,
    /// What programs call it; never changes.
    pub key: String,
    pub name_sr: String,
    pub name_en: String,
    pub kind: QuestionKind,
    pub required: bool,
    /// Of a choice.
    pub options: Vec<QuestionOption>,
    /// A question that is no longer asked keeps its answers.
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    pub key: String,
    #[serde(rename = "sr")]
    pub name_sr: String,
    #[serde(rename = "en")]
    pub name_en: String,
    /// Cases have it as their answer; it is offered no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

words! {
    /// What is wrong with an answer.
    Wrong {
        Missing = "missing",
        TooLong = "too_long",
        NoNumber = "no_number",
        NoDate = "no_date",
        NoChoice = "no_choice",
    }
}

/// A sentence or two. More belongs into the words of the case.
pub const ANSWER_CHARS: usize = 1_000;

/// `yes` and `no`, as answers to a question of that kind are stored.
pub const YES: &str = "yes";
pub const NO: &str = "no";

/// A question with its answer as it is stored.
pub type Answered<'q> = (&'q Question, String);

/// The answers as they are stored, in the order of the questions; a question without an answer is left out. `sent`: what a form
/// or a program gave; what is not asked is not taken.
pub fn check<'q>(
    questions: &[&'q Question],
    sent: &[(QuestionId, String)],
) -> Result<Vec<Answered<'q>>, Vec<(QuestionId, Wrong)>> {
    let mut answers = Vec::new();
    let mut wrong = Vec::new();
    for question in questions {
        let given = sent.iter().find(|(id, _)| *id == question.id).map_or("", |(_, given)| given.trim());
        if given.is_empty() {
            if question.required {
                wrong.push((question.id, Wrong::Missing));
            }
            continue;
        }
        match parse(question, given) {
            Ok(answer) => answers.push((*question, answer)),
            Err(why) => wrong.push((question.id, why)),
        }
    }
    if wrong.is_empty() { Ok(answers) } else { Err(wrong) }
}

/// Numbers with a point, dates as `2026-11-23`, choices by their keys.
fn parse(question: &Question, given: &str) -> Result<String, Wrong> {
    match question.kind {
        QuestionKind::Text if given.chars().count() > ANSWER_CHARS => Err(Wrong::TooLong),
        QuestionKind::Text => Ok(given.to_owned()),
        QuestionKind::Number => number(given).ok_or(Wrong::NoNumber),
        QuestionKind::Date => date(given).map(|date| date.to_string()).ok_or(Wrong::NoDate),
        QuestionKind::YesNo => {
            Some(given).filter(|g| [YES, NO].contains(g)).map(str::to_owned).ok_or(Wrong::NoChoice)
        }
        QuestionKind::Choice => {
            let known = question.options.iter().find(|option| option.key == given && !option.retired);
            known.map(|option| option.key.clone()).ok_or(Wrong::NoChoice)
        }
    }
}

/// `12`, `-3,5`, `3.5`, `1.234,50`: a comma before the decimals as Serbian has it, or a point; points between thousands
/// only where a comma says that they are no decimals.
pub(super) fn number(given: &str) -> Option<String> {
    let (sign, digits) = match given.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", given),
    };
    let (whole, part) = match (digits.contains(','), digits.split_once(['.', ','])) {
        // With a comma, points can only be between thousands.
        (true, _) => {
            let (whole, part) = digits.split_once(',')?;
            let mut groups = whole.split('.');
            let first = groups.next()?;
            let others: Vec<&str> = groups.collect();
            if !others.is_empty() && (first.len() > 3 || others.iter().any(|group| group.len() != 3)) {
                return None;
            }
            (format!("{first}{}", others.concat()), part)
        }
        (false, Some((whole, part))) => (whole.to_owned(), part),
        (false, None) => (digits.to_owned(), "0"),
    };
    let good = |digits: &str| (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !good(&whole) || !good(part) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    Some(match part.trim_end_matches('0') {
        "" if whole == "0" => "0".to_owned(),
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    })
}

/// `2026-11-23`, as a date field sends it, or `23.11.2026.`, as it is written.
pub fn date(given: &str) -> Option<Date> {
    if let Ok(date) = given.parse::<Date>() {
        return (given.len() == 10).then_some(date);
    }
    let mut parts = given.trim_end_matches('.').splitn(3, '.').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(id: i64, kind: QuestionKind, required: bool) -> Question {
        let option = QuestionOption {
            key: "red".into(),
            name_sr: "Црвено".into(),
            name_en: "Red".into(),
            retired: false,
        };
        Question {
            id: QuestionId(id),
            category: CategoryId(1),
            key: format!("q{id}"),
            name_sr: "Питање".into(),
            name_en: "Question".into(),
            kind,
            required,
            options: vec![option],
            active: true,
        }
    }

    fn one(kind: QuestionKind, given: &str) -> Result<String, Wrong> {
        let question = question(1, kind, true);
        match check(&[&question], &[(QuestionId(1), given.to_owned())]) {
            Ok(answers) => Ok(answers[0].1.clone()),
            Err(wrong) => Err(wrong[0].1),
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (given, stored) in [
            ("12", "12"),
            ("3,5", "3.5"),
            ("1.234,50", "1234.5"),
            ("007", "7"),
            ("-2.25", "-2.25"),
            ("-0", "0"),
        ] {
            assert_eq!(one(QuestionKind::Number, given).as_deref(), Ok(stored), "{given}");
        }
        for given in ["дванаест", "1,2,3", "1e5", "12.34,5", "--1", ",", "9999999999999999"] {
            assert_eq!(one(QuestionKind::Number, given), Err(Wrong::NoNumber), "{given}");
        }
    }

    #[test]
    fn dates_come_from_a_field_or_from_a_hand() {
        for given in ["2026-02-28", "28.2.2026.", "28. 02. 2026"] {
            assert_eq!(one(QuestionKind::Date, given).as_deref(), Ok("2026-02-28"), "{given}");
        }
        for given in ["2026-02-30", "28.2.26", "јуче", "20260228", "2026-02-28T10:00"] {
            assert_eq!(one(QuestionKind::Date, given), Err(Wrong::NoDate), "{given}");
        }
    }

    #[test]
    fn only_what_was_offered_can_be_chosen() {
        assert_eq!(one(QuestionKind::Choice, "red").as_deref(), Ok("red"));
        assert_eq!(one(QuestionKind::Choice, "Црвено"), Err(Wrong::NoChoice));
        assert_eq!(one(QuestionKind::YesNo, YES).as_deref(), Ok("yes"));
        assert_eq!(one(QuestionKind::YesNo, "да"), Err(Wrong::NoChoice));
    }

    #[test]
    fn every_mistake_is_named_and_what_nobody_asked_is_not_taken() {
        let asked = [question(1, QuestionKind::Text, true), question(2, QuestionKind::Number, false)];
        let asked: Vec<&Question> = asked.iter().collect();
        let sent = [(QuestionId(2), "x".to_owned()), (QuestionId(9), "y".to_owned())];
        let wrong = check(&asked, &sent).unwrap_err();
        assert_eq!(wrong, [(QuestionId(1), Wrong::Missing), (QuestionId(2), Wrong::NoNumber)]);
        let sent = [(QuestionId(1), " под водом ".to_owned()), (QuestionId(9), "y".to_owned())];
        let answers = check(&asked, &sent).unwrap();
        assert_eq!(answers.len(), 1);
        assert_eq!((answers[0].0.key.as_str(), answers[0].1.as_str()), ("q1", "под водом"));
    }
}
