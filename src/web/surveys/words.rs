//! What the rules of surveys say, in sentences: problems of a draft, conditions, refusals.

use axum::http::StatusCode;

use crate::actions::ActionError;
use crate::actions::survey::SurveyError;
use crate::domain::person::PersonLanguage;
use crate::domain::survey::check::{Part, Problem};
use crate::domain::survey::condition::Operand;
use crate::domain::survey::questionnaire::Target;
use crate::domain::survey::{Condition, Questionnaire, Refused, Test, VersionState};
use crate::web::error::WebError;
use crate::web::page::Page;

/// Words of a question within a sentence are cut there.
const QUOTED_CHARS: usize = 60;

/// In which language the reader reads what a survey says.
pub fn reader(page: &Page) -> PersonLanguage {
    page.code().parse().unwrap_or(PersonLanguage::SerbianCyrillic)
}

pub fn state_label(page: &Page, state: VersionState) -> String {
    page.word("survey-state", state.as_str())
}

/// "There are no words in English." The place is where it is shown.
pub fn problem(page: &Page, problem: &Problem) -> String {
    let key = format!("survey-problem-{}", problem.reason.as_str().replace('_', "-"));
    let detail = match problem.detail.parse::<PersonLanguage>() {
        Ok(language) => page.word("survey-language", &language.as_str().to_lowercase()),
        Err(_) => problem.detail.clone(),
    };
    page.with(&key, "detail", detail)
}

/// The same for a list that stands apart from the places: "Question 3, option 2: ...".
pub fn placed(page: &Page, found: &Problem) -> String {
    let mut place = Vec::new();
    if let Some(question) = found.place.question {
        place.push(page.with("survey-question-number", "number", question + 1));
    }
    if found.place.part != Part::Questions {
        let part = page.word("survey-part", found.place.part.as_str());
        place.push(match found.place.item {
            Some(item) => format!("{part} {}", item + 1),
            None => part,
        });
    }
    if place.is_empty() {
        return problem(page, found);
    }
    format!("{}: {}", place.join(", "), problem(page, found))
}

/// Why an answer is not taken.
pub fn refused(page: &Page, refused: Refused) -> String {
    page.word("survey-refused", refused.as_str())
}

/// "the answer to “Age?” is less than 18"
pub fn condition(page: &Page, of: &Questionnaire, condition: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let said: Vec<String> = parts.iter().map(|part| self::condition(page, of, part)).collect();
        said.join(&format!(" {} ", page.word("survey-join", word)))
    };
    match condition {
        Condition::All(parts) => joined(parts, "all"),
        Condition::Any(parts) => joined(parts, "any"),
        Condition::Not(part) => page.with("survey-join-not", "condition", self::condition(page, of, part)),
        Condition::Answer { of: key, is } => {
            let question = of
                .question(key)
                .map_or_else(|| key.0.clone(), |question| quoted(&question.text.in_language(reader(page))));
            let value = match is {
                Test::Between(from, to) => format!("{} – {}", operand(from), operand(to)),
                other => {
                    let said: Vec<String> =
                        other.operands().iter().map(|value| self::value(page, of, key, value)).collect();
                    said.join(", ")
                }
            };
            let said = [("question", question), ("value", value)];
            page.with_values(&format!("survey-test-says-{}", word(is).replace('_', "-")), &said)
        }
    }
}

/// The word of a comparison, as it stands in the form and in JSON.
pub fn word(test: &Test) -> &'static str {
    match test {
        Test::Equals(_) => "equals",
        Test::OneOf(_) => "one_of",
        Test::Contains(_) => "contains",
        Test::GreaterThan(_) => "greater_than",
        Test::LessThan(_) => "less_than",
        Test::Between(..) => "between",
        Test::Answered => "answered",
        Test::NotAnswered => "not_answered",
        Test::DoesNotKnow => "does_not_know",
        Test::Refuses => "refuses",
    }
}

pub const TESTS: &[&str] = &[
    "equals",
    "one_of",
    "contains",
    "greater_than",
    "less_than",
    "between",
    "answered",
    "not_answered",
    "does_not_know",
    "refuses",
];

/// "question 3, “How old are you?”", or the end that it is.
pub fn target(page: &Page, of: &Questionnaire, target: &Target) -> String {
    match target {
        Target::End(ending) => page.word("survey-ending", ending.as_str()),
        Target::Question(key) => match of.position(key).and_then(|at| Some((at, of.questions.get(at)?))) {
            Some((at, question)) => {
                format!("{}. {}", at + 1, quoted(&question.text.in_language(reader(page))))
            }
            None => key.0.clone(),
        },
    }
}

pub fn quoted(words: &str) -> String {
    let mut said: String = words.chars().take(QUOTED_CHARS).collect();
    if said.len() < words.len() {
        said.push('…');
    }
    format!("„{said}“")
}

fn operand(operand: &Operand) -> String {
    match operand {
        Operand::Date(day) => day.strftime("%-d.%-m.%Y.").to_string(),
        Operand::Number(number) => number.to_string(),
    }
}

/// The words of an option where it is one.
fn value(
    page: &Page,
    of: &Questionnaire,
    key: &crate::domain::survey::QuestionKey,
    value: &Operand,
) -> String {
    let option = match value {
        Operand::Number(number) => number
            .as_whole()
            .and_then(|code| u16::try_from(code).ok())
            .and_then(|code| of.question(key)?.kind.option(crate::domain::survey::Code(code))),
        Operand::Date(_) => None,
    };
    match option {
        Some(option) => quoted(&option.text.in_language(reader(page))),
        None => operand(value),
    }
}

/// What people can mend, in sentences. `Err`: nothing that the page can show.
pub fn problems(page: &Page, error: SurveyError) -> Result<Vec<String>, WebError> {
    let one = |key: &str| Ok(vec![page.say(key)]);
    match error {
        SurveyError::Name => one("survey-bad-name"),
        SurveyError::TooLong => one("survey-too-long"),
        SurveyError::HasDraft => one("survey-has-draft"),
        SurveyError::NoPassage => Err(WebError::NotFound),
        SurveyError::Open => one("survey-open-question"),
        SurveyError::Language(_) => one("survey-not-in-language"),
        SurveyError::Problems(_) => one("survey-not-sound"),
        SurveyError::Answer(why) => Ok(vec![refused(page, why)]),
        SurveyError::NotNow { state, .. } => {
            Ok(vec![page.with("survey-not-now", "state", state_label(page, state))])
        }
        SurveyError::Action(ActionError::Conflict) => one("survey-changed-meanwhile"),
        SurveyError::Action(other) => Err(other.into()),
    }
}

pub fn refusal(error: &SurveyError) -> StatusCode {
    match error {
        SurveyError::Action(ActionError::Conflict) | SurveyError::NotNow { .. } | SurveyError::HasDraft => {
            StatusCode::CONFLICT
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// For addresses that have no page of their own to say it.
pub fn whole(page: &Page, error: SurveyError) -> WebError {
    match problems(page, error) {
        Ok(sentences) => WebError::Told(sentences.join(" ")),
        Err(error) => error,
    }
}
