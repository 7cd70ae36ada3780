//! What plans may name besides their own nodes: prompts, categories, templates. Passed in, so that checking stays pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What exists outside the plans. `None` means not known here (no database at hand, for example), so not checked.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Language (a folder of `sounds/`), then key of the prompt.
    pub prompts: Option<BTreeMap<String, BTreeMap<String, Prompt>>>,
    pub categories: Option<BTreeSet<String>>,
    pub templates: Option<BTreeSet<String>>,
    pub queues: Option<BTreeSet<String>>,
    pub departments: Option<BTreeSet<String>>,
    /// Of operators.
    pub extensions: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    Ready {
        length: Duration,
    },
    /// The file is there but cannot be played; says why.
    Unusable(String),
}

/// Where the length of a prompt is not known, the simulator's clock goes on by so much.
const TYPICAL_PROMPT: Duration = Duration::from_secs(4);

impl Catalogue {
    pub fn prompt(&self, language: &str, key: &str) -> Option<&Prompt> {
        self.prompts.as_ref()?.get(language)?.get(key)
    }

    pub fn prompt_length(&self, language: &str, key: &str) -> Duration {
        match self.prompt(language, key) {
            Some(Prompt::Ready { length }) => *length,
            _ => TYPICAL_PROMPT,
        }
    }
}
