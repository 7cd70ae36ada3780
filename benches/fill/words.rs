//! What people of the town are called and write: few words are common, thousands are rare, as in every language.

use rand::Rng;
use rand::rngs::StdRng;

const COMMON: &[&str] = &[
    "вода",
    "улица",
    "нема",
    "рупа",
    "расвета",
    "молим",
    "хитно",
    "комшија",
    "цев",
    "пукла",
    "контејнер",
    "смеће",
    "не",
    "ради",
    "већ",
    "дана",
    "испред",
    "зграде",
    "број",
    "саобраћај",
    "знак",
    "семафор",
    "дрво",
    "пало",
    "грана",
    "тротоар",
    "паркинг",
    "возило",
    "напуштено",
    "пас",
    "луталица",
    "бука",
    "ноћу",
    "грејање",
    "хладно",
    "радијатор",
    "рачун",
    "притужба",
    "шахт",
    "поклопац",
    "канализација",
    "излила",
    "мирис",
    "депонија",
    "дивља",
    "парк",
    "клупа",
    "играчка",
    "дечје",
    "игралиште",
    "аутобус",
    "стајалиште",
    "линија",
    "касни",
    "снег",
    "чишћење",
    "со",
    "лед",
    "поплава",
    "подрум",
    "струја",
    "жица",
    "виси",
    "опасно",
    "школа",
    "вртић",
    "прелаз",
    "пешачки",
    "ограда",
    "поломљена",
    "мост",
    "река",
    "обала",
    "комарци",
    "прскање",
    "фонтана",
    "јавни",
    "тоалет",
    "гробље",
    "пијаца",
    "тезга",
    "дозвола",
    "решење",
    "захтев",
    "уверење",
    "порез",
    "такса",
];

const SYLLABLES: &[&str] = &[
    "ба", "ве", "го", "ди", "жу", "за", "ка", "ле", "ми", "но", "па", "ри", "су", "та", "фе", "хи", "цо",
    "че", "шу", "ја", "ље", "њи", "ђо", "ћу", "сла", "вра", "гра", "пре", "стро", "кри",
];

const FIRST: &[&str] = &[
    "Милица",
    "Јелена",
    "Драган",
    "Зоран",
    "Ана",
    "Марија",
    "Никола",
    "Стефан",
    "Љиљана",
    "Ђорђе",
    "Снежана",
    "Горан",
    "Иван",
    "Весна",
    "Жељко",
    "Тамара",
    "Бранко",
    "Олга",
    "Петар",
    "Чедомир",
    "Нада",
    "Ратко",
    "Сања",
    "Урош",
    "Филип",
    "Катарина",
    "Лука",
    "Теодора",
    "Душан",
    "Мирјана",
    "Слободан",
    "Наташа",
    "Александар",
    "Гордана",
    "Предраг",
    "Биљана",
    "Владимир",
    "Ивана",
];

const FAMILY: &[&str] = &[
    "Петров",
    "Јованов",
    "Николи",
    "Марков",
    "Ђорђев",
    "Стојанов",
    "Илић",
    "Павлов",
    "Милошев",
    "Ристи",
    "Стеванов",
    "Живков",
    "Томи",
    "Васи",
    "Лазаров",
    "Радованов",
    "Обрадов",
    "Костић",
    "Симов",
    "Мијатов",
    "Вукашинов",
    "Ћирков",
    "Шћепанов",
    "Љубисав",
    "Њежи",
    "Цветков",
    "Здравков",
    "Богданов",
    "Станков",
    "Младенов",
];

const STREETS: &[&str] = &[
    "Булевар ослобођења",
    "Цара Душана",
    "Дунавска",
    "Кнеза Милоша",
    "Липа",
    "Железничка",
    "Војводе Мишића",
    "Његошева",
    "Светог Саве",
    "Змај Јовина",
    "Толстојева",
    "Футошка",
    "Карађорђева",
    "Првомајска",
    "Школска",
    "Пожаревачка",
];

pub struct Words {
    rare: Vec<String>,
    streets: Vec<String>,
}

/// Different words that are not common.
const RARE: usize = 12_000;

impl Words {
    pub fn new(rng: &mut StdRng) -> Self {
        let rare = (0..RARE)
            .map(|_| {
                let length = rng.random_range(2..=5);
                (0..length).map(|_| SYLLABLES[rng.random_range(0..SYLLABLES.len())]).collect()
            })
            .collect();
        let mut streets: Vec<String> = STREETS.iter().map(|&name| name.to_owned()).collect();
        for n in 1..=40 {
            streets.extend(STREETS.iter().map(|name| format!("{name} {n}. прилаз")).take(8));
        }
        Self { rare, streets }
    }

    /// The n-th is n times rarer than the first.
    fn skewed(rng: &mut StdRng, of: usize) -> usize {
        let place = (of as f64).powf(rng.random::<f64>()) - 1.0;
        (place as usize).min(of - 1)
    }

    pub fn text(&self, rng: &mut StdRng, from: usize, to: usize) -> String {
        let count = rng.random_range(from..=to);
        let mut text = String::new();
        for n in 0..count {
            if n > 0 {
                text.push(' ');
            }
            let word = if rng.random_bool(0.6) {
                COMMON[Self::skewed(rng, COMMON.len())]
            } else {
                &self.rare[Self::skewed(rng, self.rare.len())]
            };
            text.push_str(word);
        }
        text
    }

    pub fn name(&self, rng: &mut StdRng) -> String {
        let first = FIRST[Self::skewed(rng, FIRST.len())];
        let mut family = FAMILY[Self::skewed(rng, FAMILY.len())].to_owned();
        if rng.random_bool(0.5) {
            family.push_str(SYLLABLES[rng.random_range(0..SYLLABLES.len())]);
        }
        if !family.ends_with("ић") {
            family.push_str("ић");
        }
        format!("{first} {family}")
    }

    pub fn address(&self, rng: &mut StdRng) -> String {
        let street = &self.streets[Self::skewed(rng, self.streets.len())];
        format!("{street} {}", rng.random_range(1..=140))
    }
}
