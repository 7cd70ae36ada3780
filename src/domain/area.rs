//! Parts of the municipality (месне заједнице, насеља), and in which of them a place is that somebody named in words.

use std::collections::BTreeMap;

use super::script::search_key;
use super::words::words;

words! {
    /// Which houses of a street are meant: in many streets the two sides belong to different parts of the town.
    Side {
        Both = "both",
        Odd = "odd",
        Even = "even",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Small letters, digits, `-`, `_`; never changes.
    pub key: String,
    /// In Serbian Cyrillic; Serbian Latin is made from it.
    pub name_sr: String,
    pub name_en: String,
    pub streets: Vec<Street>,
}

/// A street, or a hamlet without streets, as far as it belongs to the area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Street {
    pub name: String,
    /// The first and the last house; `None`: from the beginning, to the end.
    pub from: Option<u32>,
    pub to: Option<u32>,
    pub side: Side,
}

impl Street {
    pub fn whole(name: &str) -> Self {
        Self { name: name.to_owned(), from: None, to: None, side: Side::Both }
    }

    fn is_whole(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.side == Side::Both
    }

    fn has_house(&self, house: u32) -> bool {
        let of_side = match self.side {
            Side::Both => true,
            Side::Odd => house % 2 == 1,
            Side::Even => house.is_multiple_of(2),
        };
        of_side && self.from.is_none_or(|from| from <= house) && self.to.is_none_or(|to| house <= to)
    }
}

/// Areas with an index over the words of their names and streets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    list: Vec<Area>,
    /// By the stem of the first word; longer names before shorter ones.
    names: BTreeMap<String, Vec<Name>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    stems: Vec<String>,
    /// Without the stemming, to prefer the street that is spelled so.
    key: String,
    area: usize,
    /// `None`: it is the name of the area itself.
    street: Option<Street>,
}

/// Where a place is, and by what that was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    pub area: &'a Area,
    pub by: FoundBy<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy<'a> {
    /// The street; with the house where that decided.
    Street { name: &'a str, house: Option<u32> },
    /// The area was named itself.
    Name,
}

/// Longer words than this lose their ending, so that `Душановој` is `Душанова`; what is left is never shorter than this.
const STEM_CHARS: usize = 4;

/// A place is an address, not a story: further words are not looked at.
const PLACE_WORDS: usize = 40;

impl Areas {
    pub fn new(list: Vec<Area>) -> Self {
        let mut names: BTreeMap<String, Vec<Name>> = BTreeMap::new();
        for (area, of) in list.iter().enumerate() {
            let own = [(of.name_sr.as_str(), None), (of.name_en.as_str(), None)];
            let streets = of.streets.iter().map(|street| (street.name.as_str(), Some(street.clone())));
            for (words, street) in own.into_iter().chain(streets) {
                let key = search_key(words);
                let stems: Vec<String> = key.split(' ').filter(|word| !word.is_empty()).map(stem).collect();
                if let Some(first) = stems.first().cloned() {
                    names.entry(first).or_default().push(Name { stems, key, area, street });
                }
            }
        }
        for alike in names.values_mut() {
            alike.sort_by_key(|name| std::cmp::Reverse(name.stems.len()));
        }
        Self { list, names }
    }

    pub fn all(&self) -> &[Area] {
        &self.list
    }

    pub fn by_key(&self, key: &str) -> Option<&Area> {
        self.list.iter().find(|area| area.key == key)
    }

    /// The one area in which the place is. `None` when nothing in it is known, or when what is known lies in several areas.
    pub fn find(&self, place: &str) -> Option<Found<'_>> {
        let key = search_key(place);
        let words: Vec<&str> = key.split(' ').filter(|word| !word.is_empty()).take(PLACE_WORDS).collect();
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        let mut named: Option<Found<'_>> = None;
        for start in 0..stems.len() {
            let Some(found) = self.at(&words, &stems, start) else { continue };
            if matches!(found.by, FoundBy::Street { .. }) {
                return Some(found);
            }
            named = named.or(Some(found));
        }
        named
    }

    /// What the words from `start` on name.
    fn at(&self, words: &[&str], stems: &[String], start: usize) -> Option<Found<'_>> {
        let from = stems.get(start..)?;
        let alike = self.names.get(from.first()?)?;
        let length = alike.iter().find(|name| from.starts_with(&name.stems))?.stems.len();
        let mut fitting: Vec<&Name> =
            alike.iter().filter(|n| n.stems.len() == length && from.starts_with(&n.stems)).collect();
        let spelled = words.get(start..start + length)?.join(" ");
        if fitting.iter().any(|name| name.key == spelled) {
            fitting.retain(|name| name.key == spelled);
        }
        let house = words.get(start + length).and_then(|word| house(word));
        self.in_one_area(&fitting, house)
    }

    fn in_one_area(&self, fitting: &[&Name], house: Option<u32>) -> Option<Found<'_>> {
        let streets = || fitting.iter().filter_map(|name| Some((name.area, name.street.as_ref()?)));
        if let Some(area) = only(streets().map(|(area, _)| area)) {
            // With a house beyond those that are known the street still lies nowhere else.
            let area = self.list.get(area)?;
            return Some(Found {
                area,
                by: FoundBy::Street { name: street_name(area, fitting)?, house: None },
            });
        }
        if let Some(house) = house {
            let fits = |street: &Street| street.has_house(house);
            let exact = streets().filter(|(_, street)| fits(street) && !street.is_whole());
            let any = streets().filter(|(_, street)| fits(street));
            let area = only(exact.map(|(area, _)| area)).or_else(|| only(any.map(|(area, _)| area)));
            if let Some(area) = area.and_then(|area| self.list.get(area)) {
                let name = street_name(area, fitting)?;
                return Some(Found { area, by: FoundBy::Street { name, house: Some(house) } });
            }
        }
        let named = only(fitting.iter().filter(|name| name.street.is_none()).map(|name| name.area))?;
        // A street of another area is called so too: that may be meant as well.
        streets().all(|(area, _)| area == named).then_some(())?;
        Some(Found { area: self.list.get(named)?, by: FoundBy::Name })
    }
}

/// The street of the area, as it is written there.
fn street_name<'a>(area: &'a Area, fitting: &[&Name]) -> Option<&'a str> {
    let written = |street: &&'a Street| {
        fitting.iter().filter_map(|name| name.street.as_ref()).any(|known| known.name == street.name)
    };
    area.streets.iter().find(written).map(|street| street.name.as_str())
}

/// The area, when all are the same one.
fn only(mut areas: impl Iterator<Item = usize>) -> Option<usize> {
    let first = areas.next()?;
    areas.all(|area| area == first).then_some(first)
}

/// `12`, `12a`, `12a-14`: the number that a house begins with.
fn house(word: &str) -> Option<u32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    word.get(..digits)?.parse().ok()
}

/// A word without the ending of its case, roughly: only compared with words that went the same way.
fn stem(word: &str) -> String {
    let rest = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= STEM_CHARS);
    let found =
        ["oj", "om", "em", "og", "eg", "im", "a", "e", "u", "i", "o"].iter().find_map(|ending| rest(ending));
    found.unwrap_or(word).to_owned()
}

/// One line of an office's table: an area, and a street of it.
pub type Line = (String, Option<Street>);

/// Reads a table as an office keeps it: `area; street; houses` on a line, with semicolons or tabs between. Houses are `1-45`, `46-`,
/// `-30`, `7`, `2-44 парни` (even) or `непарни` (odd); nothing means the whole street, and no street the area alone. The number
/// and the words of the first line that cannot be read.
pub fn parse_table(table: &str) -> Result<Vec<Line>, (usize, String)> {
    let mut rows = Vec::new();
    for (line, number) in table.trim_start_matches('\u{feff}').lines().zip(1..) {
        let separator = if line.contains('\t') { '\t' } else { ';' };
        let mut cells = line.split(separator).map(|cell| cell.trim().trim_matches('"').trim());
        let (area, street, houses) = (cells.next(), cells.next().unwrap_or(""), cells.next().unwrap_or(""));
        let is_head =
            number == 1 && ["ulica", "street", "naziv ulice"].contains(&search_key(street).as_str());
        let Some(area) = area.filter(|_| !is_head) else { continue };
        if area.is_empty() && street.is_empty() {
            continue;
        }
        let unreadable = || (number, line.chars().take(LINE_SHOWN).collect());
        if search_key(area).is_empty() || !street.is_empty() && search_key(street).is_empty() {
            return Err(unreadable());
        }
        let (from, to, side) = houses_of(houses).ok_or_else(unreadable)?;
        let street = (!street.is_empty()).then(|| Street { name: street.to_owned(), from, to, side });
        rows.push((area.to_owned(), street));
    }
    Ok(rows)
}

/// So much of a line is repeated when it cannot be read.
const LINE_SHOWN: usize = 120;

fn houses_of(cell: &str) -> Option<(Option<u32>, Option<u32>, Side)> {
    let key = search_key(cell);
    let word = key.split(' ').next_back().unwrap_or_default();
    let side = match word {
        "parni" | "parna" | "parne" | "even" => Side::Even,
        "neparni" | "neparna" | "neparne" | "odd" => Side::Odd,
        _ => Side::Both,
    };
    let digits: String = cell.chars().filter(|c| c.is_ascii_digit() || matches!(c, '-' | '–')).collect();
    let others = cell.chars().any(|c| c.is_alphabetic()) && side == Side::Both;
    if others {
        return None;
    }
    let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse::<u32>().ok().map(Some) };
    let (from, to) = match digits.split_once(['-', '–']) {
        Some((from, to)) => (number(from)?, number(to)?),
        None => (number(&digits)?, number(&digits)?),
    };
    if from.zip(to).is_some_and(|(from, to)| from > to) { None } else { Some((from, to, side)) }
}

/// The houses of a street as [`parse_table`] reads them.
pub fn written_houses(street: &Street, even: &str, odd: &str) -> String {
    let number = |house: Option<u32>| house.map(|house| house.to_string()).unwrap_or_default();
    let range = match (street.from, street.to) {
        (None, None) => String::new(),
        (from, to) if from == to => number(from),
        (from, to) => format!("{}-{}", number(from), number(to)),
    };
    let side = match street.side {
        Side::Both => "",
        Side::Odd => odd,
        Side::Even => even,
    };
    [range.as_str(), side].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas() -> Areas {
        let street = |name: &str, from, to, side| Street { name: name.into(), from, to, side };
        let area = |key: &str, name_sr: &str, streets| Area {
            key: key.into(),
            name_sr: name_sr.into(),
            name_en: String::new(),
            streets,
        };
        Areas::new(vec![
            area(
                "centar",
                "Центар",
                vec![
                    Street::whole("Душанова"),
                    street("Кнеза Милоша", Some(1), Some(40), Side::Both),
                    street("Војводе Мишића", None, None, Side::Odd),
                    Street::whole("Трг"),
                ],
            ),
            area(
                "dorcol",
                "Доње Врело",
                vec![
                    street("Кнеза Милоша", Some(41), None, Side::Both),
                    street("Војводе Мишића", None, None, Side::Even),
                    Street::whole("Трг Ђорђа Вајферта"),
                    Street::whole("Кнежева"),
                ],
            ),
        ])
    }

    fn found(place: &str) -> Option<String> {
        areas().find(place).map(|found| found.area.key.clone())
    }

    #[test]
    fn street_is_known_in_any_spelling_and_case() {
        for place in ["Душанова 12", "u Dušanovoj ulici kod broja 12", "DUSANOVA", "улица Душанове бр. 3"]
        {
            assert_eq!(found(place).as_deref(), Some("centar"), "{place}");
        }
        assert_eq!(found("Непозната 3"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn house_number_decides_in_a_street_of_two_areas() {
        assert_eq!(found("Кнеза Милоша 40").as_deref(), Some("centar"));
        assert_eq!(found("Kneza Milosa 41a").as_deref(), Some("dorcol"));
        assert_eq!(found("Кнеза Милоша"), None, "which part of it is not said");
        assert_eq!(found("Војводе Мишића 7").as_deref(), Some("centar"));
        assert_eq!(found("Vojvode Mišića 8").as_deref(), Some("dorcol"));
    }

    #[test]
    fn longest_name_is_meant() {
        assert_eq!(found("Трг Ђорђа Вајферта 3").as_deref(), Some("dorcol"));
        assert_eq!(found("на тргу").as_deref(), None, "too short a word to lose its ending");
        assert_eq!(found("Трг 3").as_deref(), Some("centar"));
    }

    #[test]
    fn table_of_an_office_is_read_and_a_bad_line_is_named() {
        let table = "\u{feff}МЗ;Улица;Бројеви\nЦентар;Душанова;\n\n\"Центар\"; Кнеза Милоша ;1-40 парни\nСело\nЦентар\tТрг\t7\nЦентар;Нова;46-";
        let rows = parse_table(table).unwrap();
        assert_eq!(rows.len(), 5);
        let houses = |row: usize| rows[row].1.as_ref().map(|street| (street.from, street.to, street.side));
        assert_eq!(houses(0), Some((None, None, Side::Both)));
        assert_eq!(houses(1), Some((Some(1), Some(40), Side::Even)));
        assert_eq!((rows[2].0.as_str(), houses(2)), ("Село", None));
        assert_eq!(houses(3), Some((Some(7), Some(7), Side::Both)));
        assert_eq!(houses(4), Some((Some(46), None, Side::Both)));
        assert_eq!(parse_table("Центар;Душанова\nЦентар;Нова;40-1").unwrap_err().0, 2);
        assert_eq!(parse_table("Центар;Нова;од почетка").unwrap_err(), (1, "Центар;Нова;од почетка".into()));
        let street = rows[1].1.as_ref().unwrap();
        assert_eq!(written_houses(street, "парни", "непарни"), "1-40 парни");
    }

    #[test]
    fn street_counts_before_the_name_of_an_area() {
        assert_eq!(found("Центар").as_deref(), Some("centar"));
        assert_eq!(found("насеље Доњем Врелу, код школе").as_deref(), Some("dorcol"));
        assert_eq!(found("Центар, Кнеза Милоша 90").as_deref(), Some("dorcol"));
        let areas = areas();
        let by = areas.find("Кнеза Милоша 90").map(|found| found.by);
        assert_eq!(by, Some(FoundBy::Street { name: "Кнеза Милоша", house: Some(90) }));
    }
}
