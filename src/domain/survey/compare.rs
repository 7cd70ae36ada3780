//! What is the same in two versions, so that their results may be joined, and what is not.

use std::collections::BTreeMap;

use super::super::person::PersonLanguage;
use super::super::words::words;
use super::kind::{Kind, ScaleLabel};
use super::questionnaire::{Question, QuestionKey, Questionnaire};
use super::texts::Texts;

words! {
    /// In what a question differs between two versions.
    Difference {
        /// Its words, in a language that both have.
        Text = "text",
        Kind = "kind",
        /// Options came, went, or their codes were given to others.
        Options = "options",
        /// The words of an option or of a point of the scale.
        OptionText = "option_text",
        /// Bounds, ends, unit, places, how many may be chosen.
        Bounds = "bounds",
        /// The order of options as it is written, or whether it is random.
        Order = "order",
        /// Whether it may be passed over, not known or refused.
        Passing = "passing",
        /// Who is asked it, or what follows.
        Branches = "branches",
        /// For whoever asks.
        Note = "note",
        Recording = "recording",
        /// Its place in the list.
        Place = "place",
    }
}

/// What became of a question from one version to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Same,
    Added,
    Removed,
    /// In the order of [`Difference::ALL`].
    Changed(Vec<Difference>),
}

impl Difference {
    /// Whether answers before and after are answers to the same question. Other words measure another thing; a better note does not.
    pub fn separates(self) -> bool {
        matches!(self, Self::Text | Self::Kind | Self::Options | Self::OptionText | Self::Bounds)
    }
}

impl Change {
    /// Whether the results of both versions may be counted together.
    pub fn may_be_joined(&self) -> bool {
        match self {
            Self::Same => true,
            Self::Added | Self::Removed => false,
            Self::Changed(differences) => !differences.iter().any(|difference| difference.separates()),
        }
    }
}

/// Every question of both, by its key: those of the new version in its order, then those that went.
pub fn compare<'q>(old: &'q Questionnaire, new: &'q Questionnaire) -> Vec<(&'q QuestionKey, Change)> {
    let languages: Vec<PersonLanguage> =
        old.languages.iter().copied().filter(|language| new.languages.contains(language)).collect();
    // A question that came or went moves no other.
    let common = |of: &'q Questionnaire, in_both: &'q Questionnaire| {
        of.questions.iter().map(|q| &q.key).filter(|key| in_both.question(key).is_some()).collect::<Vec<_>>()
    };
    let (places_old, places_new) = (common(old, new), common(new, old));
    let place = |of: &[&QuestionKey], key: &QuestionKey| of.iter().position(|known| *known == key);
    let mut changes: Vec<(&QuestionKey, Change)> = Vec::new();
    for question in &new.questions {
        let change = match old.question(&question.key) {
            None => Change::Added,
            Some(before) => {
                let has_moved = place(&places_old, &question.key) != place(&places_new, &question.key);
                let differences = differences(before, question, &languages, has_moved);
                if differences.is_empty() { Change::Same } else { Change::Changed(differences) }
            }
        };
        changes.push((&question.key, change));
    }
    let gone = old.questions.iter().filter(|question| new.question(&question.key).is_none());
    changes.extend(gone.map(|question| (&question.key, Change::Removed)));
    changes
}

fn differences(
    old: &Question,
    new: &Question,
    languages: &[PersonLanguage],
    has_moved: bool,
) -> Vec<Difference> {
    let differs = |difference: &Difference| match difference {
        Difference::Text => !says_same(&old.text, &new.text, languages),
        Difference::Kind => old.kind.name() != new.kind.name(),
        Difference::Options => codes(&old.kind) != codes(&new.kind) || exclusive(old) != exclusive(new),
        Difference::OptionText => !labels_same(&old.kind, &new.kind, languages),
        Difference::Bounds => !bounds_same(&old.kind, &new.kind, languages),
        Difference::Order => old.kind.is_random() != new.kind.is_random() || order(old) != order(new),
        Difference::Passing => passing(old) != passing(new),
        Difference::Branches => (&old.branches, &old.otherwise) != (&new.branches, &new.otherwise),
        Difference::Note => old.note != new.note,
        Difference::Recording => recordings(old) != recordings(new),
        Difference::Place => has_moved,
    };
    Difference::ALL.iter().copied().filter(differs).collect()
}

/// A language that only one of them has says nothing; blanks and line ends are no words.
fn says_same(old: &Texts, new: &Texts, languages: &[PersonLanguage]) -> bool {
    let words = |texts: &Texts, language| {
        texts.in_language(language).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    languages.iter().all(|language| words(old, *language) == words(new, *language))
}

fn codes(kind: &Kind) -> Vec<u16> {
    let mut codes: Vec<u16> = kind.options().iter().map(|option| option.code.0).collect();
    codes.sort_unstable();
    codes
}

fn exclusive(question: &Question) -> Vec<u16> {
    let options = question.kind.options().iter().filter(|option| option.exclusive);
    let mut codes: Vec<u16> = options.map(|option| option.code.0).collect();
    codes.sort_unstable();
    codes
}

fn order(question: &Question) -> Vec<(u16, bool)> {
    question.kind.options().iter().map(|option| (option.code.0, option.fixed)).collect()
}

fn labels_same(old: &Kind, new: &Kind, languages: &[PersonLanguage]) -> bool {
    let options_same = old.options().iter().all(|option| {
        new.option(option.code).is_none_or(|other| says_same(&option.text, &other.text, languages))
    });
    let empty = Texts::default();
    let label = |kind, value: i16| {
        labels(kind).iter().find(|label| label.value == value).map_or(&empty, |label| &label.text)
    };
    let mut points = labels(old).iter().chain(labels(new)).map(|label| label.value);
    options_same && points.all(|value| says_same(label(old, value), label(new, value), languages))
}

fn labels(kind: &Kind) -> &[ScaleLabel] {
    match kind {
        Kind::Scale { labels, .. } => labels,
        _ => &[],
    }
}

fn bounds_same(old: &Kind, new: &Kind, languages: &[PersonLanguage]) -> bool {
    match (old, new) {
        (Kind::Multiple { min, max, .. }, Kind::Multiple { min: min2, max: max2, .. }) => {
            (min, max) == (min2, max2)
        }
        (Kind::Scale { from, to, .. }, Kind::Scale { from: from2, to: to2, .. }) => {
            (from, to) == (from2, to2)
        }
        (
            Kind::Number { places, min, max, unit },
            Kind::Number { places: places2, min: min2, max: max2, unit: unit2 },
        ) => (places, min, max) == (places2, min2, max2) && says_same(unit, unit2, languages),
        (Kind::Text { max_chars }, Kind::Text { max_chars: max2 }) => max_chars == max2,
        (Kind::Date { from, to }, Kind::Date { from: from2, to: to2 }) => (from, to) == (from2, to2),
        _ => true,
    }
}

fn passing(question: &Question) -> [bool; 3] {
    [question.required, question.may_not_know, question.may_refuse]
}

fn recordings(question: &Question) -> impl PartialEq + use<'_> {
    let options = question.kind.options().iter().filter(|option| !option.recordings.is_empty());
    let of_options: BTreeMap<_, _> = options.map(|option| (option.code, &option.recordings)).collect();
    (&question.recordings, of_options)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{example, options};
    use super::*;

    fn changed(by: impl FnOnce(&mut Questionnaire)) -> Vec<(String, Change)> {
        let (old, mut new) = (example(), example());
        by(&mut new);
        let changes = compare(&old, &new);
        changes.into_iter().filter(|(_, c)| *c != Change::Same).map(|(k, c)| (k.0.clone(), c)).collect()
    }

    #[test]
    fn copy_is_the_same_and_all_of_it_may_be_joined() {
        assert_eq!(changed(|_| {}), []);
    }

    #[test]
    fn other_words_separate_and_a_new_note_does_not() {
        let key = example().questions[0].key.0.clone();
        let changes = changed(|q| q.questions[0].text.cyrillic.push_str(" Заиста?"));
        assert_eq!(changes, [(key.clone(), Change::Changed(vec![Difference::Text]))]);
        assert!(!changes[0].1.may_be_joined());
        let changes = changed(|q| {
            q.questions[0].note = Texts::new("Читати полако.", "Read slowly.");
            q.questions[0].may_refuse ^= true;
        });
        assert_eq!(changes, [(key, Change::Changed(vec![Difference::Passing, Difference::Note]))]);
        assert!(changes[0].1.may_be_joined());
    }

    #[test]
    fn latin_as_it_would_have_been_made_is_no_change_and_neither_is_a_further_language() {
        let changes = changed(|q| {
            let text = &mut q.questions[0].text;
            text.latin = super::super::super::script::to_latin(&text.cyrillic);
        });
        assert_eq!(changes, []);
        let changes = changed(|q| {
            q.languages.retain(|language| *language != PersonLanguage::English);
            q.questions.iter_mut().for_each(|question| question.text.english.clear());
        });
        assert_eq!(changes, []);
    }

    #[test]
    fn options_are_the_same_by_their_codes() {
        let single = |q: &Questionnaire| q.questions.iter().position(|q| q.kind.options().len() > 2).unwrap();
        let (old, mut new) = (example(), example());
        let at = single(&old);
        let (Kind::Single { options: of, .. } | Kind::Multiple { options: of, .. }) =
            &mut new.questions[at].kind
        else {
            panic!("it has options")
        };
        of.push(options(99).pop().unwrap());
        let change = &compare(&old, &new)[at].1;
        assert_eq!(*change, Change::Changed(vec![Difference::Options, Difference::Order]));
        assert!(!change.may_be_joined());
    }

    #[test]
    fn question_that_comes_or_goes_moves_no_other() {
        let first = example().questions[0].key.0.clone();
        let last = example().questions.last().unwrap().key.0.clone();
        assert_eq!(changed(|q| drop(q.questions.pop())), [(last, Change::Removed)]);
        let changes = changed(|q| q.questions[0].key = "other".into());
        assert_eq!(changes, [("other".into(), Change::Added), (first, Change::Removed)]);
    }
}
