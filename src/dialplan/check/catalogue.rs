//! Whatever a plan names outside itself has to exist: prompts in every language it speaks, categories, templates.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialplan::catalogue::{Catalogue, Prompt};
use crate::dialplan::parse::{Mention, Mentioned, Parsed, Placed};
use crate::dialplan::phrase::Phrase;
use crate::dialplan::problem::{Problem, listed};
use crate::dialplan::speech::{Manner, needed};

type Prompts = BTreeMap<String, BTreeMap<String, Prompt>>;

pub(super) fn check(plan: &mut Parsed, catalogue: &Catalogue) {
    let languages = languages(plan);
    for mention in &plan.outline.mentions {
        let problem = match mention.what {
            Mentioned::Category => named(mention, Phrase::no_category, catalogue.categories.as_ref()),
            Mentioned::Template => named(mention, Phrase::no_template, catalogue.templates.as_ref()),
            Mentioned::Queue => named(mention, Phrase::no_queue, catalogue.queues.as_ref()),
            Mentioned::Department => named(mention, Phrase::no_department, catalogue.departments.as_ref()),
            Mentioned::Extension => named(mention, Phrase::no_extension, catalogue.extensions.as_ref()),
            Mentioned::Language => catalogue.prompts.as_ref().and_then(|prompts| language(mention, prompts)),
            Mentioned::Prompt => {
                catalogue.prompts.as_ref().and_then(|prompts| prompt(mention, prompts, &languages))
            }
        };
        plan.problems.extend(problem);
    }
    if let Some(prompts) = &catalogue.prompts {
        let spoken = plan.outline.spoken.iter().filter_map(|spoken| pieces(spoken, prompts, &languages));
        plan.problems.extend(spoken.collect::<Vec<_>>());
    }
}

/// One problem for everything that is missing to say numbers, dates and the like.
fn pieces(spoken: &Placed<Manner>, prompts: &Prompts, languages: &BTreeSet<String>) -> Option<Problem> {
    let missing: Vec<String> = languages
        .iter()
        .filter_map(|language| Some((language, prompts.get(language)?)))
        .flat_map(|(language, known)| {
            let needed = needed(spoken.value, language).into_iter();
            needed
                .filter(|key| !known.contains_key(key))
                .map(move |key| format!("sounds/{language}/{key}.wav"))
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let message = Phrase::pieces_missing(spoken.value);
    let files: Vec<&str> = missing.iter().map(String::as_str).collect();
    Some(Problem::new(spoken.span.clone(), message).note(Phrase::files_missing(listed(&files))))
}

fn named<'m>(
    mention: &'m Mention,
    absent: impl FnOnce(&'m String) -> Phrase,
    known: Option<&BTreeSet<String>>,
) -> Option<Problem> {
    let (known, key) = (known?, &mention.key.value);
    if known.contains(key) {
        return None;
    }
    let problem = Problem::new(mention.key.span.clone(), absent(key));
    Some(problem.suggest(key, known.iter().map(String::as_str)))
}

fn language(mention: &Mention, prompts: &Prompts) -> Option<Problem> {
    let key = &mention.key.value;
    if prompts.contains_key(key) {
        return None;
    }
    let problem = Problem::new(mention.key.span.clone(), Phrase::no_language(key));
    Some(problem.suggest(key, prompts.keys().map(String::as_str)))
}

/// One problem for a prompt, whichever languages lack it.
fn prompt(mention: &Mention, prompts: &Prompts, languages: &BTreeSet<String>) -> Option<Problem> {
    let key = &mention.key.value;
    let mut missing = Vec::new();
    let mut unusable = Vec::new();
    for language in languages {
        // An unknown language is told where it is named.
        let Some(known) = prompts.get(language) else { continue };
        match known.get(key) {
            None => missing.push(language),
            Some(Prompt::Unusable(why)) => unusable.push(why.as_str()),
            Some(Prompt::Ready { .. }) => {}
        }
    }
    let span = mention.key.span.clone();
    if let Some(first) = missing.first() {
        let files: Vec<String> =
            missing.iter().map(|language| format!("sounds/{language}/{key}.wav")).collect();
        let keys = prompts.get(*first).into_iter().flat_map(|known| known.keys().map(String::as_str));
        let problem = Problem::new(span, Phrase::prompt_missing(key, files.join(", ")));
        return Some(problem.suggest(key, keys));
    }
    let why = *unusable.first()?;
    Some(Problem::new(span, Phrase::prompt_unusable(key, why)))
}

/// Every language that the plan can speak.
fn languages(plan: &Parsed) -> BTreeSet<String> {
    let named = plan.outline.mentions.iter().filter(|m| m.what == Mentioned::Language);
    let mut languages: BTreeSet<String> = named.map(|m| m.key.value.clone()).collect();
    languages.insert(plan.outline.language.clone());
    languages
}
