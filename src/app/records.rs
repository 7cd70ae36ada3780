//! Commands that look after what is kept: whether it is whole, and for how long it stays.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use super::commands::{open_actions, read_config, say};
use super::data_folder::DataFolder;
use crate::actions::audit_check::{Broken, Expected, Place, Proof};
use crate::actions::rebuild::Difference;
use crate::domain::audit::digest::hex;

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

/// `odziv audit head`: one line, to be written down or sent away.
pub async fn audit_head(data: PathBuf, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let head = actions.audit_head().await?;
    actions.db().close().await;
    say(format_args!("{}:{}\n", head.id, hex(&head.digest)))?;
    Ok(ExitCode::SUCCESS)
}

/// `odziv audit verify`
#[derive(Debug)]
pub struct Verify {
    pub from: Option<i64>,
    /// A line of `odziv audit head`.
    pub end: Option<String>,
    pub json: bool,
}

pub async fn audit_verify(
    verify: Verify,
    data: PathBuf,
    config: Option<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let end = verify.end.as_deref().map(noted_end).transpose()?;
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let proof = actions.prove_audit(&Expected { from: verify.from, end }).await?;
    actions.db().close().await;
    if verify.json {
        say(format_args!("{}\n", proof_json(&proof)))?;
    } else {
        say(format_args!("{}\n", proof_words(&proof)))?;
    }
    Ok(if proof.broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn noted_end(line: &str) -> anyhow::Result<(i64, String)> {
    let (id, digest) =
        line.trim().split_once(':').context("--end is a line of `odziv audit head`: ID:DIGEST")?;
    let id = id.parse().context("--end begins with the number of an entry")?;
    if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("--end ends with a digest of 64 hexadecimal digits");
    }
    Ok((id, digest.to_owned()))
}

fn proof_words(proof: &Proof) -> String {
    let end = format!("{}:{}", proof.head.id, hex(&proof.head.digest));
    match &proof.broken {
        None => format!(
            "the chain holds: {} entries of the audit, {} entries of timelines under seal, {} since the last seal\n{end}",
            proof.entries, proof.sealed, proof.unsealed
        ),
        Some(Broken { place: Place::Audit { entry }, kind }) => {
            format!("BROKEN at entry {entry} of the audit: {kind}; {} before it hold", proof.entries)
        }
        Some(Broken { place: Place::Timeline { entry, case, seal }, kind }) => {
            let case = case.map(|case| format!(" of case {case}")).unwrap_or_default();
            format!(
                "BROKEN at entry {entry} of the timelines{case}: {kind}; it was sealed by entry {seal} of the audit"
            )
        }
    }
}

fn proof_json(proof: &Proof) -> serde_json::Value {
    let broken = proof.broken.as_ref().map(|broken| match broken.place {
        Place::Audit { entry } => json!({ "place": "audit", "entry": entry, "kind": broken.kind }),
        Place::Timeline { entry, case, seal } => {
            json!({ "place": "timeline", "entry": entry, "case": case, "seal": seal, "kind": broken.kind })
        }
    });
    json!({
        "holds": proof.broken.is_none(),
        "entries": proof.entries,
        "sealed": proof.sealed,
        "unsealed": proof.unsealed,
        "head": { "id": proof.head.id, "digest": hex(&proof.head.digest) },
        "broken": broken,
    })
}
