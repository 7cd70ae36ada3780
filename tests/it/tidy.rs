//! Who may import whom, what pure rooms may not contain, equal migration names. The rules are those of ARCHITECTURE.md.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("protocol", &[]),
    ("clock", &[]),
    ("config", &["domain"]),
    ("dialplan", &["domain"]),
    ("store", &["domain", "config", "clock"]),
    ("call", &["domain", "protocol", "dialplan"]),
    ("actions", &["domain", "store", "config", "clock"]),
    ("telephony", &["call", "dialplan", "protocol", "actions", "domain", "config", "clock"]),
    ("messaging", &["protocol", "actions", "domain", "config", "clock"]),
    // The editor of dialplans checks, walks and draws plans, and saves them through their handle.
    (
        "web",
        &[
            "actions",
            "store",
            "domain",
            "dialplan",
            "config",
            "clock",
            // Lists of people are read where they are sent to.
            "protocol::sheet",
            "telephony::handle",
            "telephony::plans",
            "messaging::handle",
        ],
    ),
    // Reaches the server from outside, with protocols of its own; seeds the town through actions.
    ("demo", &["protocol", "actions", "store", "domain", "config", "clock"]),
];

/// Rooms that decide and never do: no I/O, no clock, no runtime.
const PURE: &[&str] = &["domain", "protocol", "dialplan", "call"];
const IMPURE_WORDS: &[&str] =
    &["tokio::", "sqlx::", "axum::", "::now()", "std::net::UdpSocket", "std::net::Tcp", "std::thread"];

#[test]
fn rooms_import_only_what_they_may() {
    let mut broken = Vec::new();
    for (room, may) in ROOMS {
        for file in sources(room) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in code_lines(&text) {
                for target in imports(line) {
                    let own = target == *room || target.starts_with(&format!("{room}::"));
                    let allowed = may.iter().any(|m| target == *m || target.starts_with(&format!("{m}::")));
                    if !own && !allowed {
                        broken.push(format!("{}:{number}: {room} may not import {target}", file.display()));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn pure_rooms_contain_no_io() {
    let mut broken = Vec::new();
    for room in PURE {
        // A `tests.rs`, or a folder of that name, is the tests of its room, moved to files of their own.
        let is_test = |file: &PathBuf| file.ends_with("tests.rs") || file.iter().any(|part| part == "tests");
        for file in sources(room).into_iter().filter(|file| !is_test(file)) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in code_lines(&text) {
                for word in IMPURE_WORDS {
                    if line.contains(word) {
                        broken.push(format!("{}:{number}: {word}", file.display()));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |kind: &str| {
        let mut names: Vec<String> = fs::read_dir(root().join("migrations").join(kind))
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let listed = fs::read_to_string(root().join("src/store/migrate.rs")).unwrap();
    let forgotten: Vec<_> = names("sqlite")
        .into_iter()
        .filter(|name| !listed.contains(&format!("\"{}\"", name.trim_end_matches(".sql"))))
        .collect();
    assert!(forgotten.is_empty(), "not on the list of src/store/migrate.rs: {forgotten:?}");
}

#[test]
fn every_room_is_on_the_list() {
    let known: Vec<&str> = ROOMS.iter().map(|r| r.0).chain(["app", "main", "lib"]).collect();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(known.contains(&name.as_str()), "{name} is in no rule of tests/it/tidy.rs");
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(room: &str) -> Vec<PathBuf> {
    let base = root().join("src");
    let file = base.join(format!("{room}.rs"));
    if file.exists() { vec![file] } else { walk(&base.join(room)) }
}

fn walk(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "node_modules") {
            found.extend(walk(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// Lines before the tests of a file, without comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

/// `crate::a::b` on a line gives `a::b`; `crate::{a, b}` gives both.
fn imports(line: &str) -> Vec<String> {
    line.match_indices("crate::")
        .filter(|(at, _)| *at == 0 || !line[..*at].ends_with('$') && !line[..*at].ends_with("pub("))
        .flat_map(|(at, word)| {
            let rest = &line[at + word.len()..];
            let end = rest.find([';', ' ', '(', '<', ')', '>']).unwrap_or(rest.len());
            match rest.strip_prefix('{') {
                Some(group) => {
                    group.split([',', '}']).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect()
                }
                None => vec![rest[..end].trim_end_matches(',').to_owned()],
            }
        })
        .collect()
}
