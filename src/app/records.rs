//! Commands that look after what is kept: whether it is whole, and for how long it stays.

use std::path::PathBuf;
use std::process::ExitCode;

use super::commands::{open_actions, read_config, say};
use super::data_folder::DataFolder;
use crate::actions::rebuild::Difference;

/// `odziv rebuild`. A server may be running on the same data.
pub async fn rebuild(fix: bool, data: PathBuf, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    // As they are found: there may be many. Whoever closes the pipe has seen enough.
    let mut found = |found: &Difference| {
        let _ = say(format_args!("{} (id {}): {}\n", found.number, found.case, found.wrong));
    };
    let rebuilt = actions.rebuild(fix, &mut found).await?;
    actions.db().close().await;
    let done =
        if fix { "written anew where its timeline can be read" } else { "nothing was changed; --fix writes" };
    if rebuilt.differing == 0 {
        say(format_args!("{} cases: every row is what its timeline says\n", rebuilt.cases))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("{} cases, {} differ: {done}\n", rebuilt.cases, rebuilt.differing))?;
    Ok(ExitCode::FAILURE)
}
