//! Fluent bundles, one a language, built once from the files of `locales/`.

use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Language;
use crate::domain::script;

pub const SERBIAN: &str = include_str!("../locales/sr-Cyrl.ftl");
pub const ENGLISH: &str = include_str!("../locales/en.ftl");

pub enum Value {
    Number(i64),
    Text(String),
}

type Bundles = HashMap<Language, FluentBundle<FluentResource>>;

static BUNDLES: LazyLock<Bundles> =
    LazyLock::new(|| Language::ALL.into_iter().map(|language| (language, bundle(language))).collect());

/// A key that does not exist is shown as itself; a test keeps that from happening.
pub fn format(language: Language, key: &str, values: &[(&str, Value)]) -> String {
    let Some(bundle) = BUNDLES.get(&language) else { return key.to_owned() };
    let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
        tracing::error!(key, language = language.code(), "no words for this key");
        return key.to_owned();
    };
    let mut args = FluentArgs::new();
    for (name, value) in values {
        let value = match value {
            Value::Number(number) => FluentValue::from(*number),
            Value::Text(text) => FluentValue::from(text.as_str()),
        };
        args.set(*name, value);
    }
    bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let source = match language {
        Language::SerbianCyrillic => SERBIAN.to_owned(),
        // Keys and syntax of Fluent are Latin letters already, so the whole file can be turned.
        Language::SerbianLatin => script::to_latin(SERBIAN),
        Language::English => ENGLISH.to_owned(),
    };
    let resource = FluentResource::try_new(source).unwrap_or_else(|(resource, errors)| {
        tracing::error!(?errors, language = language.code(), "the language file has mistakes");
        resource
    });
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The pages mark direction in HTML; invisible characters would break copying a case number.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        tracing::error!(?errors, language = language.code(), "the language file says something twice");
    }
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn keys(source: &str) -> BTreeSet<String> {
        let (resource, mistakes) = match FluentResource::try_new(source.to_owned()) {
            Ok(resource) => (resource, Vec::new()),
            Err((resource, mistakes)) => (resource, mistakes),
        };
        assert!(mistakes.is_empty(), "{mistakes:?}");
        drop(resource);
        source
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|l| l.split_once(" ="))
            .map(|(key, _)| key.to_owned())
            .collect()
    }

    #[test]
    fn both_files_have_the_same_keys() {
        assert_eq!(keys(SERBIAN), keys(ENGLISH));
    }

    #[test]
    fn every_key_that_is_used_exists_and_every_key_is_used() {
        let known = keys(SERBIAN);
        let mut used = BTreeSet::new();
        let mut named = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for text in sources(&root.join("domain")) {
            named.extend(named_in(&text, &known));
        }
        for text in sources(&root.join("web")) {
            // A call may stand on several lines.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("( \"", "(\"");
            for call in [".say(\"", ".count(\"", ".with(\"", ".with_values(\"", "say-key=\"", "key: \""] {
                for (at, _) in text.match_indices(call) {
                    let rest = &text[at + call.len()..];
                    used.insert(rest[..rest.find('"').unwrap()].to_owned());
                }
            }
            named.extend(named_in(&text, &known));
        }
        for (group, words) in crate::web::stored_words() {
            used.extend(words.iter().map(|word| format!("{group}-{}", word.replace('_', "-"))));
        }
        assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "used but unknown");
        used.extend(named);
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "known but unused");
    }

    /// Known keys that stand in the text without being said there: chosen first and said later, or put together of a group and a
    /// word of it.
    fn named_in(text: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
        let mut groups: Vec<String> =
            text.split('"').filter_map(|piece| Some(piece.split_once("-{")?.0.to_owned())).collect();
        for (at, call) in text.match_indices(".word(") {
            let group = text[at + call.len()..].split(',').next().unwrap_or_default();
            groups.extend(group.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        let of_group = |key: &&String| {
            groups
                .iter()
                .any(|group| key.strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('-')))
        };
        let literals: BTreeSet<&str> = text.split('"').collect();
        known.iter().filter(|key| literals.contains(key.as_str()) || of_group(key)).cloned().collect()
    }

    /// Templates and sources before their tests.
    fn sources(dir: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|n| n != "ui") {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
                let text = fs::read_to_string(&path).unwrap();
                let tests = ["mod tests {", "pub mod tests {", "pub mod samples {", "pub fn sample("]
                    .map(|tests| format!("#[cfg(test)]\n{tests}"));
                let end = tests.iter().filter_map(|tests| text.find(tests.as_str())).min();
                found.push(text[..end.unwrap_or(text.len())].to_owned());
            }
        }
        found
    }
}
