//! Commands that look after what is kept: whether it is whole, and for how long it stays.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use super::commands::{open_actions, read_config, say};
use super::data_folder::DataFolder;
use super::keeping::remove_file;
use crate::actions::Actor;
use crate::actions::audit_check::{Broken, Expected, Place, Proof};
use crate::actions::erase::Postponed;
use crate::actions::rebuild::Difference;
use crate::actions::retention::Due;
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

/// `odziv retention`
pub async fn retention(dry_run: bool, data: PathBuf, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let due = if dry_run {
        actions.retention_due(&Actor::System).await?
    } else {
        let due = actions.keep_retention().await?;
        actions.remove_erased_files(&|path: &str| remove_file(&data, path)).await?;
        due
    };
    actions.db().close().await;
    for number in &due.numbers {
        say(format_args!("{number}\n"))?;
    }
    let verb = if dry_run { "would lose" } else { "lost" };
    let Due { cases, recordings, requests, .. } = due;
    say(format_args!(
        "{cases} cases {verb} what they know of citizens; {recordings} recordings; {requests} requests for erasure\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// `odziv person report`: the data as JSON on the standard output. The page of the person has it for reading.
pub async fn person_report(who: &str, data: PathBuf, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let person = actions.find_person(who).await?.with_context(|| format!("nobody is known by {who}"))?;
    let report = actions.person_report(&Actor::System, person).await?;
    actions.db().close().await;
    say(format_args!("{:#}\n", report.json()))?;
    Ok(ExitCode::SUCCESS)
}

/// `odziv person erase`
pub async fn person_erase(
    who: &str,
    reason: &str,
    data: PathBuf,
    config: Option<PathBuf>,
) -> anyhow::Result<ExitCode> {
    DataFolder::prepare(&data)?;
    let actions = open_actions(&data, read_config(&data, config.as_deref())?).await?;
    let person = actions.find_person(who).await?.with_context(|| format!("nobody is known by {who}"))?;
    let erasure = actions.erase_person(&Actor::System, person, reason).await?;
    actions.remove_erased_files(&|path: &str| remove_file(&data, path)).await?;
    actions.db().close().await;
    for number in &erasure.erased {
        say(format_args!("{number} erased\n"))?;
    }
    for (number, why) in &erasure.postponed {
        let why = match why {
            Postponed::Open => "is not closed".to_owned(),
            Postponed::UnderWay => "has a message on its way".to_owned(),
            Postponed::Legal { until, basis } => format!("is kept by law until {until}: {basis}"),
        };
        say(format_args!("{number} {why}\n"))?;
    }
    let done = if erasure.done { "nothing is left" } else { "the rest goes by itself when it may" };
    say(format_args!("{done}\n"))?;
    Ok(ExitCode::SUCCESS)
}
