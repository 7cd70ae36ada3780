//! Names of fields for the words of a message, made of the headings of a list.

use crate::domain::kept_template::{Field, NAME_CHARS};

use super::Meaning;

/// Small letters and digits of any script, with `_` between words; like no other name of the list, and like none that templates or the
/// meanings of columns have. `column`: from 0, for what has no heading.
pub(super) fn of(heading: &str, column: usize, taken: &[String]) -> String {
    let mut name = String::new();
    for c in heading.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    // Room for what makes two of them different.
    let name: String = name.chars().take(NAME_CHARS - 4).collect();
    let name = match name.trim_end_matches('_') {
        "" => format!("column_{}", column + 1),
        name => name.to_owned(),
    };
    let is_taken = |name: &str| {
        taken.iter().any(|other| other == name)
            || name.parse::<Field>().is_ok()
            || name.parse::<Meaning>().is_ok()
    };
    if !is_taken(&name) {
        return name;
    }
    // A list has a hundred columns at most.
    (2..1000).map(|nth| format!("{name}_{nth}")).find(|name| !is_taken(name)).unwrap_or(name)
}
