//! Serbian numbers in words: cardinals with gender, ordinals with gender and case, the three forms of what is counted.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gender {
    Masculine,
    Feminine,
    Neuter,
}

/// A thing that is counted: `сат`, `сата`, `сати`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub one: &'static str,
    pub few: &'static str,
    pub many: &'static str,
    pub gender: Gender,
}

const UNITS: [&str; 20] = [
    "нула",
    "један",
    "два",
    "три",
    "четири",
    "пет",
    "шест",
    "седам",
    "осам",
    "девет",
    "десет",
    "једанаест",
    "дванаест",
    "тринаест",
    "четрнаест",
    "петнаест",
    "шеснаест",
    "седамнаест",
    "осамнаест",
    "деветнаест",
];
const TENS: [&str; 10] = [
    "",
    "",
    "двадесет",
    "тридесет",
    "четрдесет",
    "педесет",
    "шездесет",
    "седамдесет",
    "осамдесет",
    "деведесет",
];
const HUNDREDS: [&str; 10] =
    ["", "сто", "двеста", "триста", "четиристо", "петсто", "шестсто", "седамсто", "осамсто", "деветсто"];

/// Stems of ordinals; the ending says gender and case.
const ORDINALS: [&str; 20] = [
    "нулт",
    "прв",
    "друг",
    "трећ",
    "четврт",
    "пет",
    "шест",
    "седм",
    "осм",
    "девет",
    "десет",
    "једанаест",
    "дванаест",
    "тринаест",
    "четрнаест",
    "петнаест",
    "шеснаест",
    "седамнаест",
    "осамнаест",
    "деветнаест",
];

const THOUSAND: Counted =
    Counted { one: "хиљада", few: "хиљаде", many: "хиљада", gender: Gender::Feminine };
const MILLION: Counted =
    Counted { one: "милион", few: "милиона", many: "милиона", gender: Gender::Masculine };

impl Counted {
    pub fn form(&self, number: u64) -> &'static str {
        match (number % 10, number % 100) {
            (_, 11..=14) => self.many,
            (1, _) => self.one,
            (2..=4, _) => self.few,
            _ => self.many,
        }
    }

    /// `двадесет један динар`.
    pub fn count(&self, number: u64) -> String {
        format!("{} {}", cardinal(number, self.gender), self.form(number))
    }
}

pub(super) fn cardinal(number: u64, gender: Gender) -> String {
    let (millions, thousands, rest) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let mut words: Vec<String> = Vec::new();
    for (count, unit) in [(millions, MILLION), (thousands, THOUSAND)] {
        match count {
            0 => {}
            1 if unit.gender == Gender::Feminine => words.push(unit.one.to_owned()),
            _ => words.push(format!("{} {}", below_thousand(count, unit.gender), unit.form(count))),
        }
    }
    if rest > 0 || words.is_empty() {
        words.push(below_thousand(rest, gender));
    }
    words.join(" ")
}

/// `пети`, `пета`, `двадесет пето`.
pub(super) fn ordinal(number: u64, gender: Gender) -> String {
    ordinal_ending(number, |stem| match gender {
        Gender::Masculine => "и",
        Gender::Feminine => "а",
        Gender::Neuter if soft(stem) => "е",
        Gender::Neuter => "о",
    })
}

/// Of a date: `петнаестог`, `трећег`.
pub(super) fn of_day(day: u64) -> String {
    ordinal_ending(day, |stem| if soft(stem) { "ег" } else { "ог" })
}

/// Of a year: `две хиљаде двадесет шесте`.
pub(super) fn of_year(year: u64) -> String {
    ordinal_ending(year, |_| "е")
}

fn soft(stem: &str) -> bool {
    stem.ends_with('ћ')
}

/// Only the last word of an ordinal is one: `двадесет шести`, `две хиљадити`.
fn ordinal_ending(number: u64, ending: impl Fn(&str) -> &'static str) -> String {
    let with = |stem: &str| format!("{stem}{}", ending(stem));
    let (head, last) = match (number % 100, number % 1_000) {
        (rest @ 1..=19, _) => (number - rest, with(word(&ORDINALS, rest))),
        (0, 0) if number > 0 => {
            let thousands = number / 1_000;
            let count = if thousands == 1 {
                String::new()
            } else {
                format!("{} ", cardinal(thousands, Gender::Masculine))
            };
            return format!("{count}{}", with("хиљадит"));
        }
        (0, hundreds @ 100..) => (number - hundreds, with(hundredth(hundreds / 100))),
        (rest @ 20.., _) if rest % 10 == 0 => (number - rest, with(word(&TENS, rest / 10))),
        (rest @ 20.., _) => (number - rest % 10, with(word(&ORDINALS, rest % 10))),
        _ => (0, with(word(&ORDINALS, 0))),
    };
    if head == 0 { last } else { format!("{} {last}", cardinal(head, Gender::Masculine)) }
}

fn hundredth(hundreds: u64) -> &'static str {
    match hundreds {
        1 => "стот",
        2 => "двестот",
        3 => "тристот",
        _ => word(&HUNDREDS, hundreds),
    }
}

fn below_thousand(number: u64, gender: Gender) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let mut words = Vec::new();
    if hundreds > 0 {
        words.push(word(&HUNDREDS, hundreds));
    }
    let (tens, units) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    if tens > 0 {
        words.push(word(&TENS, tens));
    }
    if units > 0 || words.is_empty() {
        words.push(match (units, gender) {
            (1, Gender::Feminine) => "једна",
            (1, Gender::Neuter) => "једно",
            (2, Gender::Feminine) => "две",
            _ => word(&UNITS, units),
        });
    }
    words.join(" ")
}

fn word(list: &[&'static str], at: u64) -> &'static str {
    usize::try_from(at).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
}
