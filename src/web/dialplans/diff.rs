//! Two texts side by side in time: what went and what came, with a few lines around.

use similar::{ChangeTag, TextDiff};

/// Lines around a change, so that one sees where it is.
const AROUND: usize = 3;

/// Neighbouring lines of which some differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub kind: Kind,
    /// From 1; empty on the side where the line is not.
    pub old: String,
    pub new: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Same,
    Gone,
    Come,
}

pub fn chunks(old: &str, new: &str) -> Vec<Chunk> {
    let diff = TextDiff::from_lines(old, new);
    let number = |at: Option<usize>| at.map(|at| (at + 1).to_string()).unwrap_or_default();
    diff.grouped_ops(AROUND)
        .iter()
        .map(|group| Chunk {
            lines: group
                .iter()
                .flat_map(|op| diff.iter_changes(op))
                .map(|change| DiffLine {
                    kind: match change.tag() {
                        ChangeTag::Equal => Kind::Same,
                        ChangeTag::Delete => Kind::Gone,
                        ChangeTag::Insert => Kind::Come,
                    },
                    old: number(change.old_index()),
                    new: number(change.new_index()),
                    text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_shown_with_its_surroundings_and_numbers() {
        let old: String = (1..=30).map(|n| format!("line {n}\n")).collect();
        let new = old.replace("line 10\n", "line ten\n").replace("line 25\n", "");
        let chunks = chunks(&old, &new);
        assert_eq!(chunks.len(), 2);
        let changed: Vec<_> = chunks[0].lines.iter().filter(|l| l.kind != Kind::Same).collect();
        assert_eq!(
            (changed[0].kind, changed[0].old.as_str(), changed[0].text.as_str()),
            (Kind::Gone, "10", "line 10")
        );
        assert_eq!(
            (changed[1].kind, changed[1].new.as_str(), changed[1].text.as_str()),
            (Kind::Come, "10", "line ten")
        );
        assert_eq!(chunks[0].lines.len(), 3 + 2 + 3);
        assert!(super::chunks(&old, &old).is_empty());
    }
}
