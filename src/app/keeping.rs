//! What the server does by itself for what it keeps.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::actions::Actions;
use crate::clock::Clock;
use crate::domain::id::PersonId;

/// What a hand in the database could change unseen is a minute old at most.
const SEAL_EVERY: Duration = Duration::from_secs(60);

/// Local hour at which nobody is kept waiting.
const NIGHT: i8 = 2;

/// A file that could not be removed is tried again.
const FILES_EVERY: Duration = Duration::from_secs(10 * 60);
/// Between two pieces of what is made up for, so that contacts come first.
const BREATH: Duration = Duration::from_millis(200);

/// Lets people be found who were written down before there was a search for them. Ends when all are.
pub(super) async fn index_people(actions: Actions) {
    let mut after = PersonId(0);
    loop {
        match actions.index_people(after).await {
            Ok(Some(last)) => after = last,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "people were not brought into the search; it is tried again")
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Brings the timelines into the audit, until it is dropped.
pub(super) async fn seal(actions: Actions) {
    loop {
        tokio::time::sleep(SEAL_EVERY).await;
        seal_now(&actions).await;
    }
}

pub(super) async fn seal_now(actions: &Actions) {
    if let Err(error) = actions.seal_timelines().await {
        tracing::warn!(%error, "the timelines were not sealed; they are tried again");
    }
}

/// Erases what is kept too long, every night, until it is dropped.
pub(super) async fn retain(actions: Actions, clock: Clock, zone: TimeZone) {
    loop {
        tokio::time::sleep(until_night(clock.now(), &zone)).await;
        match actions.keep_retention().await {
            Ok(done) => tracing::info!(
                cases = done.cases,
                recordings = done.recordings,
                requests = done.requests,
                "what was kept for as long as it may be is erased"
            ),
            Err(error) => tracing::error!(%error, "retention stopped; it goes on tomorrow"),
        }
    }
}

/// Removes the files of what was erased, at once and after a start, until it is dropped.
pub(super) async fn remove_files(actions: Actions, data: PathBuf) {
    loop {
        let remove = |path: &str| remove_file(&data, path);
        if let Err(error) = actions.remove_erased_files(&remove).await {
            tracing::error!(%error, "the files of erased recordings were not removed; they are tried again");
        }
        let _ = tokio::time::timeout(FILES_EVERY, actions.erasures()).await;
    }
}

/// Inside the data folder, whatever the row says. A file that is not there is removed.
pub(super) fn remove_file(data: &Path, path: &str) -> std::io::Result<()> {
    let relative = Path::new(path);
    if path.is_empty() || !relative.components().all(|c| matches!(c, Component::Normal(_))) {
        return Err(std::io::Error::other("not a path inside the data folder"));
    }
    match std::fs::remove_file(data.join(relative)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn until_night(now: Timestamp, zone: &TimeZone) -> Duration {
    let local = now.to_zoned(zone.clone());
    let tonight = local.date().at(NIGHT, 0, 0, 0);
    let night = if local.datetime() < tonight { Ok(tonight) } else { tonight.tomorrow() };
    let night = night.and_then(|night| night.to_zoned(zone.clone())).map(|night| night.timestamp());
    let wait = night.map_or(SignedDuration::from_hours(24), |night| night.duration_since(now));
    Duration::try_from(wait).unwrap_or(Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn night_is_the_next_one_also_when_the_clocks_change() {
        let zone = TimeZone::get("Europe/Belgrade").unwrap();
        let hours = |now: &str| until_night(now.parse().unwrap(), &zone).as_secs() / 3_600;
        assert_eq!(hours("2026-11-22T23:00:00Z"), 2);
        assert_eq!(hours("2026-11-23T01:00:00Z"), 24);
        // 25 October 2026: 03:00 is 02:00 again.
        assert_eq!(hours("2026-10-24T00:00:00Z"), 24);
        assert!((24..=25).contains(&hours("2026-10-25T01:00:00Z")));
    }

    #[test]
    fn no_file_outside_of_the_data_folder_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("other"), "x").unwrap();
        let data = folder.path().join("data");
        assert!(remove_file(&data, "../other").is_err());
        assert!(remove_file(&data, "").is_err());
        assert!(remove_file(&data, "gone.wav").is_ok());
        std::fs::write(data.join("a.wav"), "x").unwrap();
        assert!(remove_file(&data, "a.wav").is_ok() && !data.join("a.wav").exists());
        assert!(folder.path().join("other").exists());
    }
}
