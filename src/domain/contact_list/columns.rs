//! What the columns of a list mean: by its headings, wherever they stand, or else by what the columns hold.

use super::{Meaning, address, field_name, heading, name, said};

/// Rows above the headings: a title, the name of the office, an empty line.
const MOST_ABOVE: usize = 12;
/// Of the values of a column, in a hundred, that make it what they are.
const MOST_OF_THEM: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub meaning: Meaning,
    /// As the list has it; empty where there is none.
    pub heading: String,
    /// By what name the words of a message call it, when it is a field.
    pub field: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<Column>,
    /// The line with the headings. `None`: the list has none, and its columns were understood by what they hold.
    header: Option<u32>,
}

impl Columns {
    /// Of the first rows of a list; some fifty are enough. `rows`: lines and their cells.
    pub fn of(rows: &[(u32, Vec<String>)], country: &str) -> Self {
        let header = header(rows, country);
        let (headings, below) = match header {
            Some(at) => (rows.get(at).map(|row| row.1.clone()), rows.get(at + 1..).unwrap_or_default()),
            None => (None, rows),
        };
        let headings = headings.unwrap_or_default();
        let width = below.iter().map(|row| row.1.len()).chain([headings.len()]).max().unwrap_or_default();
        let mut meanings: Vec<Option<Meaning>> = (0..width)
            .map(|column| headings.get(column).and_then(|heading| heading::meaning(heading)))
            .collect();
        divide_names(&mut meanings);
        by_content(&mut meanings, below, country, header.is_none());
        let line = header.and_then(|at| rows.get(at)).map(|row| row.0);
        let heading =
            |column: usize| headings.get(column).map(|heading| one_line(heading)).unwrap_or_default();
        let columns = meanings.into_iter().enumerate().map(|(column, meaning)| Column {
            meaning: meaning.unwrap_or(Meaning::Field),
            heading: heading(column),
            field: String::new(),
        });
        let mut columns = Self { columns: columns.collect(), header: line };
        columns.name_fields();
        columns
    }

    /// What somebody says who knows the list. A column that it does not have is passed over.
    pub fn set(&mut self, column: usize, meaning: Meaning) {
        if let Some(column) = self.columns.get_mut(column) {
            column.meaning = meaning;
        }
    }

    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter()
    }

    /// The line of the headings. Rows down to it are no people: see [`Columns::is_data`].
    pub fn header(&self) -> Option<u32> {
        self.header
    }

    /// Whether the row of a line is one of the list, and not a heading or what stands above it.
    pub fn is_data(&self, line: u32) -> bool {
        self.header.is_none_or(|header| line > header)
    }

    /// The names of the fields, in the order of the columns.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.named_fields().map(|(_, name)| name)
    }

    pub(super) fn named_fields(&self) -> impl Iterator<Item = (usize, &str)> {
        self.columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.meaning == Meaning::Field)
            .map(|(at, column)| (at, column.field.as_str()))
    }

    pub(super) fn of_meaning(&self, meaning: Meaning) -> impl Iterator<Item = usize> + use<'_> {
        self.columns.iter().enumerate().filter(move |(_, column)| column.meaning == meaning).map(|(at, _)| at)
    }

    /// Given name before family name, whatever the order of the columns; a whole name stays as it is written.
    pub(super) fn name(&self, cells: &[String]) -> String {
        let of = |meaning| self.values(cells, meaning).join(" ");
        let apart = [of(Meaning::GivenName), of(Meaning::FamilyName)].join(" ");
        let whole = of(Meaning::Name);
        name::calmed(if whole.is_empty() { &apart } else { &whole })
    }

    /// The parts of an address in the order of the columns; a house number belongs to its street.
    pub(super) fn address(&self, cells: &[String]) -> String {
        let mut address = String::new();
        for part in self.values(cells, Meaning::Address) {
            if !address.is_empty() {
                let is_number = part.chars().count() <= 6 && part.starts_with(|c: char| c.is_ascii_digit());
                address.push_str(if is_number { " " } else { ", " });
            }
            address.push_str(&one_line(part));
        }
        address
    }

    fn values<'c>(&self, cells: &'c [String], meaning: Meaning) -> Vec<&'c str> {
        self.of_meaning(meaning).filter_map(|column| said(cells.get(column)?)).collect()
    }

    /// Every column gets a name, so that one may be made a field later and the others keep theirs.
    fn name_fields(&mut self) {
        let mut taken = Vec::new();
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.field = field_name::of(&column.heading, at, &taken);
            taken.push(column.field.clone());
        }
    }
}

/// The row of headings: the first of those on top in which most is known and nobody's address stands; or else the first, when all below it is
/// of another kind than it is.
fn header(rows: &[(u32, Vec<String>)], country: &str) -> Option<usize> {
    let holds = |cells: &[String]| cells.iter().any(|cell| is_address(cell, country));
    for (at, (_, cells)) in rows.iter().take(MOST_ABOVE).enumerate() {
        if holds(cells) {
            break;
        }
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
        let known = cells.iter().filter(|cell| heading::meaning(cell).is_some()).count();
        // A title has one cell, and may have a word in it that is known.
        let below = rows.get(at + 1).map_or(filled, |row| row.1.len());
        if known > 0 && (filled > 1 || below <= 1) {
            return Some(at);
        }
    }
    let first = rows.first()?;
    let has_number = first.1.iter().any(|cell| cell.chars().any(|c| c.is_ascii_digit()));
    let are_others = rows.get(1..)?.iter().any(|row| holds(&row.1));
    (!has_number && !holds(&first.1) && are_others).then_some(0)
}

fn is_address(cell: &str, country: &str) -> bool {
    address::looks_like_phone(cell, country) || !address::emails(cell).good.is_empty()
}

/// Beside a family name, "name" is the given one.
fn divide_names(meanings: &mut [Option<Meaning>]) {
    if meanings.contains(&Some(Meaning::FamilyName)) {
        for meaning in meanings.iter_mut().filter(|meaning| **meaning == Some(Meaning::Name)) {
            *meaning = Some(Meaning::GivenName);
        }
    }
}

/// Whether a cell is of a kind.
type IsKind<'f> = &'f dyn Fn(&str) -> bool;

/// Columns without a heading that is known may hold what the list has no other column for. Names and addresses are only looked for in a list
/// without headings: where there are any, what they say of such columns is true.
fn by_content(
    meanings: &mut [Option<Meaning>],
    rows: &[(u32, Vec<String>)],
    country: &str,
    is_headless: bool,
) {
    let kinds: [(Meaning, IsKind<'_>); 4] = [
        (Meaning::Email, &|cell| !address::emails(cell).good.is_empty()),
        (Meaning::Phone, &|cell| address::looks_like_phone(cell, country)),
        (Meaning::Name, &is_name),
        (Meaning::Address, &is_street),
    ];
    if is_headless {
        for (column, meaning) in meanings.iter_mut().enumerate().take(1) {
            if counts_rows(rows, column) {
                *meaning = Some(Meaning::Ignored);
            }
        }
    }
    for (kind, is_kind) in kinds {
        let is_sure = matches!(kind, Meaning::Email | Meaning::Phone);
        if meanings.contains(&Some(kind)) || !(is_sure || is_headless) {
            continue;
        }
        for (column, meaning) in meanings.iter_mut().enumerate().filter(|(_, meaning)| meaning.is_none()) {
            if mostly(rows, column, is_kind) {
                *meaning = Some(kind);
                // Of names and addresses the first column is the one.
                if !is_sure && !is_single_words(rows, column) {
                    break;
                }
            }
        }
    }
}

fn column(rows: &[(u32, Vec<String>)], column: usize) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(move |row| said(row.1.get(column)?))
}

fn mostly(rows: &[(u32, Vec<String>)], at: usize, is_kind: IsKind<'_>) -> bool {
    let (all, of_kind) =
        column(rows, at).fold((0, 0), |(all, of), cell| (all + 1, of + usize::from(is_kind(cell))));
    all > 0 && of_kind * 100 >= all * MOST_OF_THEM
}

/// 1, 2, 3 ...
fn counts_rows(rows: &[(u32, Vec<String>)], at: usize) -> bool {
    let numbers: Option<Vec<u32>> =
        rows.iter().map(|row| row.1.get(at)?.trim_end_matches('.').parse().ok()).collect();
    numbers.is_some_and(|numbers| {
        numbers.len() > 1
            && numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a.checked_add(1) == Some(*b))
    })
}

/// A given name beside a family name, not both in one.
fn is_single_words(rows: &[(u32, Vec<String>)], at: usize) -> bool {
    mostly(rows, at, &|cell| !cell.trim().contains(' '))
}

fn is_name(cell: &str) -> bool {
    let words = cell.split_whitespace().count();
    (1..=4).contains(&words)
        && cell.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || matches!(c, '-' | '.' | '\'' | '’'))
        && cell.split_whitespace().all(|word| word.starts_with(|c: char| c.is_uppercase()))
}

fn is_street(cell: &str) -> bool {
    cell.chars().any(char::is_alphabetic) && cell.chars().any(|c| c.is_ascii_digit()) && cell.contains(' ')
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
