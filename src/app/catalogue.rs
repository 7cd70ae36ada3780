//! What plans may name besides prompts, as the store of an installation has it now.

use std::collections::BTreeSet;
use std::path::Path;

use crate::actions::seed::{QUEUES, shipped_keys};
use crate::actions::{ActionError, Actions};
use crate::dialplan::catalogue::Catalogue;
use crate::telephony::plans::prompt_catalogue;

pub(super) async fn of_store(actions: &Actions) -> Result<Catalogue, ActionError> {
    let directory = actions.db().directory();
    let floor = actions.floor_settings().await?;
    let extensions = actions.extensions().await?;
    Ok(Catalogue {
        prompts: None,
        categories: Some(active(directory.categories.iter().map(|c| (&c.key, c.active)))),
        templates: Some(actions.template_keys().into_iter().collect()),
        queues: Some(floor.queues.into_iter().map(|queue| queue.key).collect()),
        departments: Some(active(directory.departments.iter().map(|d| (&d.key, d.active)))),
        extensions: Some(extensions.into_iter().map(|(_, extension)| extension.to_string()).collect()),
    })
}

/// A plan may not send callers to what was retired.
fn active<'a>(keys: impl Iterator<Item = (&'a String, bool)>) -> BTreeSet<String> {
    keys.filter(|(_, active)| *active).map(|(key, _)| key.clone()).collect()
}

/// What the first start will make.
pub(super) fn shipped() -> Catalogue {
    let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    let (categories, templates) = shipped_keys();
    Catalogue {
        categories: Some(owned(&categories)),
        templates: Some(owned(&templates)),
        queues: Some(owned(&QUEUES)),
        ..Catalogue::default()
    }
}

pub(super) fn with_prompts(catalogue: Catalogue, sounds: &Path) -> Catalogue {
    Catalogue { prompts: sounds.exists().then(|| prompt_catalogue(sounds)), ..catalogue }
}
