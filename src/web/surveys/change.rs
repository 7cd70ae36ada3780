//! What a button of the editor does to the draft besides saving what was typed.

use crate::domain::person::PersonLanguage;
use crate::domain::survey::kind::{Choice, ScaleLabel};
use crate::domain::survey::questionnaire::{
    Branch, Ending, MOST_BRANCHES, MOST_OPTIONS, MOST_QUESTIONS, Target,
};
use crate::domain::survey::quota::{Dimension, Group, MOST_DIMENSIONS, MOST_GROUPS, MOST_QUOTAS, Quota};
use crate::domain::survey::{Code, Condition, Kind, Question, QuestionKey, Questionnaire, Test, Texts};

/// `word:place:place...`, as buttons say it: `up:3`, `drop-option:3:1`. Says to which part of the page one comes back.
pub fn change(questionnaire: &mut Questionnaire, deed: &str) -> String {
    let mut words = deed.split(':');
    let word = words.next().unwrap_or_default();
    let places: Vec<usize> = words.filter_map(|place| place.parse().ok()).collect();
    let [at, inner, deep, ..] = [0, 1, 2].map(|n| places.get(n).copied());
    let Some(at) = at else {
        return whole(questionnaire, word);
    };
    if word.contains("quota") || word.contains("dimension") || word.contains("group") {
        quota(&mut questionnaire.quotas, (word, at, inner, deep));
        return "quotas".into();
    }
    let questions = &mut questionnaire.questions;
    match word {
        "up" if at > 0 && at < questions.len() => {
            questions.swap(at, at - 1);
            return format!("q{}", at - 1);
        }
        "down" if at + 1 < questions.len() => {
            questions.swap(at, at + 1);
            return format!("q{}", at + 1);
        }
        "remove" if at < questions.len() => drop(questions.remove(at)),
        "after" if questions.len() < MOST_QUESTIONS && at < questions.len() => {
            let new = new_question(questions);
            questions.insert(at + 1, new);
            return format!("q{}", at + 1);
        }
        _ => {
            if let Some(question) = questions.get_mut(at) {
                inside(question, (word, inner, deep));
            }
        }
    }
    format!("q{at}")
}

fn whole(questionnaire: &mut Questionnaire, word: &str) -> String {
    match word {
        "add" if questionnaire.questions.len() < MOST_QUESTIONS => {
            let new = new_question(&questionnaire.questions);
            questionnaire.questions.push(new);
            format!("q{}", questionnaire.questions.len() - 1)
        }
        "add-quota" if questionnaire.quotas.len() < MOST_QUOTAS => {
            let key = free("quota", |key| questionnaire.quotas.iter().any(|quota| quota.key == key));
            let dimensions = vec![dimension(&[])];
            questionnaire.quotas.push(Quota { key, dimensions, cells: Vec::new() });
            "quotas".into()
        }
        _ => String::new(),
    }
}

fn inside(question: &mut Question, (word, at, deep): (&str, Option<usize>, Option<usize>)) {
    let key = question.key.clone();
    match (word, &mut question.kind) {
        ("option", Kind::Single { options, .. } | Kind::Multiple { options, .. }) => {
            add_option(options);
        }
        ("option-up", Kind::Single { options, .. } | Kind::Multiple { options, .. }) => {
            if let Some(at) = at.filter(|at| *at > 0 && *at < options.len()) {
                options.swap(at, at - 1);
            }
        }
        ("drop-option", Kind::Single { options, .. } | Kind::Multiple { options, .. }) => take(options, at),
        ("label", Kind::Scale { from, to, labels }) => {
            let value = [*from, *to].into_iter().chain(*from..*to);
            let free = value.into_iter().find(|value| labels.iter().all(|label| label.value != *value));
            labels.extend(free.map(|value| ScaleLabel { value, text: Texts::default() }));
        }
        ("drop-label", Kind::Scale { labels, .. }) => take(labels, at),
        ("branch", _) if question.branches.len() < MOST_BRANCHES => {
            let condition = Condition::Answer { of: key, is: Test::Equals(1_u16.into()) };
            question.branches.push(Branch { condition, target: Target::End(Ending::Complete) });
        }
        ("drop-branch", _) => take(&mut question.branches, at),
        ("test", _) => {
            if let Some(branch) = at.and_then(|at| question.branches.get_mut(at)) {
                add_test(&mut branch.condition, key);
            }
        }
        ("drop-test", _) => {
            let branch = at.and_then(|at| question.branches.get_mut(at));
            if let Some(Condition::All(tests) | Condition::Any(tests)) = branch.map(|b| &mut b.condition) {
                take(tests, deep);
            }
        }
        _ => {}
    }
}

fn add_option(options: &mut Vec<Choice>) {
    if options.len() < MOST_OPTIONS {
        let code = options.iter().map(|option| option.code.0).max().unwrap_or(0).saturating_add(1);
        let (text, recordings, exclusive, fixed) = Default::default();
        options.push(Choice { code: Code(code.min(Code::MOST)), text, recordings, exclusive, fixed });
    }
}

fn add_test(condition: &mut Condition, of: QuestionKey) {
    let new = Condition::Answer { of, is: Test::Equals(1_u16.into()) };
    match condition {
        Condition::All(tests) | Condition::Any(tests) => tests.push(new),
        one => *one = Condition::All(vec![one.clone(), new]),
    }
}

fn quota(quotas: &mut Vec<Quota>, (word, at, inner, deep): (&str, usize, Option<usize>, Option<usize>)) {
    if word == "drop-quota" {
        return take(quotas, Some(at));
    }
    let Some(quota) = quotas.get_mut(at) else { return };
    match word {
        "dimension" if quota.dimensions.len() < MOST_DIMENSIONS => {
            let new = dimension(&quota.dimensions);
            quota.dimensions.push(new);
        }
        "drop-dimension" => take(&mut quota.dimensions, inner),
        "group" => {
            let of = inner.and_then(|at| quota.dimensions.get_mut(at));
            if let Some(of) = of.filter(|of| of.groups.len() < MOST_GROUPS) {
                let new = group(&of.groups);
                of.groups.push(new);
            }
        }
        "drop-group" => {
            if let Some(of) = inner.and_then(|at| quota.dimensions.get_mut(at)) {
                take(&mut of.groups, deep);
            }
        }
        _ => {}
    }
    // A cell of a group or a dimension that is no more limits nobody.
    let dimensions = quota.dimensions.clone();
    quota.cells.retain(|cell| {
        cell.groups.len() == dimensions.len()
            && cell.groups.iter().zip(&dimensions).all(|(key, of)| of.groups.iter().any(|g| g.key == *key))
    });
}

fn dimension(others: &[Dimension]) -> Dimension {
    let key = free("dimension", |key| others.iter().any(|other| other.key == key));
    let first = group(&[]);
    let groups = vec![first.clone(), group(&[first])];
    Dimension { key, question: None, attribute: None, groups }
}

fn group(others: &[Group]) -> Group {
    let key = free("group", |key| others.iter().any(|other| other.key == key));
    Group { key, text: Texts::default(), answer: None, attribute: None }
}

fn take<T>(list: &mut Vec<T>, at: Option<usize>) {
    if let Some(at) = at.filter(|at| *at < list.len()) {
        list.remove(at);
    }
}

/// A choice of two that has no words yet.
fn new_question(others: &[Question]) -> Question {
    let key = free("question", |key| others.iter().any(|other| other.key.0 == key));
    let mut options = Vec::new();
    add_option(&mut options);
    add_option(&mut options);
    let (text, recordings, note, branches) = Default::default();
    Question {
        key: QuestionKey(key),
        text,
        recordings,
        note,
        kind: Kind::Single { options, random: false },
        required: true,
        may_not_know: false,
        may_refuse: true,
        branches,
        otherwise: None,
    }
}

/// `question_1`, or the next that nobody has.
fn free(word: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let names = (1..=10_000).map(|n| format!("{word}_{n}"));
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

/// What a new survey begins with: a question to begin with, in all languages.
pub fn new_questionnaire(title: Texts, thanks: Texts) -> Questionnaire {
    Questionnaire {
        title,
        languages: PersonLanguage::ALL.to_vec(),
        thanks,
        questions: vec![new_question(&[])],
        keypad: None,
        ..Questionnaire::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(of: &Questionnaire) -> Vec<&str> {
        of.questions.iter().map(|question| question.key.0.as_str()).collect()
    }

    #[test]
    fn questions_are_added_moved_and_taken_away() {
        let mut of = new_questionnaire(Texts::default(), Texts::default());
        assert_eq!(change(&mut of, "add"), "q1");
        assert_eq!(change(&mut of, "after:0"), "q1");
        assert_eq!(keys(&of), ["question_1", "question_3", "question_2"]);
        assert_eq!(change(&mut of, "up:2"), "q1");
        assert_eq!(keys(&of), ["question_1", "question_2", "question_3"]);
        change(&mut of, "remove:0");
        change(&mut of, "up:0");
        change(&mut of, "down:9");
        assert_eq!(keys(&of), ["question_2", "question_3"]);
    }

    #[test]
    fn new_option_gets_a_code_that_no_other_has_and_cells_go_with_their_groups() {
        let mut of = new_questionnaire(Texts::default(), Texts::default());
        change(&mut of, "drop-option:0:0");
        change(&mut of, "option:0");
        let codes: Vec<u16> = of.questions[0].kind.options().iter().map(|option| option.code.0).collect();
        assert_eq!(codes, [2, 3]);
        change(&mut of, "add-quota");
        let cell = |group: &str| crate::domain::survey::quota::Cell { groups: vec![group.into()], most: 5 };
        of.quotas[0].cells = vec![cell("group_1"), cell("group_2")];
        change(&mut of, "drop-group:0:0:0");
        assert_eq!(of.quotas[0].cells, [cell("group_2")]);
    }
}
