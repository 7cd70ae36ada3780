//! What the town asks for each category, and its parts.

use super::names::STREETS;
use crate::domain::question::QuestionKind;

/// One question of a category, as the store wants it.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Key of the category.
    pub category: &'static str,
    pub key: &'static str,
    pub sr: &'static str,
    pub en: &'static str,
    pub kind: QuestionKind,
    pub required: bool,
    /// Of a choice: Serbian and English.
    pub options: &'static [(&'static str, &'static str)],
}

/// A part of the town, with the streets of its share.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub key: &'static str,
    pub sr: &'static str,
    pub en: &'static str,
}

/// Where a category is answered by another service than elsewhere: category, area, service.
pub const ROUTES: &[(&str, &str, &str)] = &[
    ("roads-hole", "zlatar", "state-roads"),
    ("roads-snow", "zlatar", "state-roads"),
    ("waste-bin", "zlatar", "other"),
];

pub const AREAS: &[Area] = &[
    Area { key: "centar", sr: "МЗ Центар", en: "Centre" },
    Area { key: "stari-grad", sr: "МЗ Стари град", en: "Old Town" },
    Area { key: "novo-naselje", sr: "МЗ Ново насеље", en: "New Settlement" },
    Area { key: "podvoznjak", sr: "МЗ Подвожњак", en: "Podvožnjak" },
    Area { key: "zlatar", sr: "Село Златар", en: "Zlatar village" },
];

/// Each street lies in one area; neighbours on the list are neighbours in the town.
pub fn streets_of(area: usize) -> impl Iterator<Item = &'static str> {
    let share = STREETS.len().div_ceil(AREAS.len()).max(1);
    STREETS.chunks(share).nth(area).unwrap_or_default().iter().copied()
}

const fn ask(
    category: &'static str,
    key: &'static str,
    sr: &'static str,
    en: &'static str,
    kind: QuestionKind,
) -> Question {
    Question { category, key, sr, en, kind, required: false, options: &[] }
}

pub const QUESTIONS: &[Question] = &[
    ask(
        "water-burst",
        "flats",
        "Колико домаћинстава је без воде?",
        "How many homes are without water?",
        QuestionKind::Number,
    ),
    Question {
        required: true,
        ..ask(
            "water-burst",
            "danger",
            "Да ли вода угрожава објекат или пут?",
            "Does the water endanger a building or the road?",
            QuestionKind::YesNo,
        )
    },
    ask(
        "water-none",
        "since",
        "Од када нема воде?",
        "Since when has there been no water?",
        QuestionKind::Date,
    ),
    Question {
        options: &[
            ("Жута или браон", "Yellow or brown"),
            ("Мутна", "Cloudy"),
            ("Има мирис", "It smells"),
            ("Нешто друго", "Something else"),
        ],
        required: true,
        ..ask("water-quality", "look", "Каква је вода?", "What is the water like?", QuestionKind::Choice)
    },
    ask("water-meter", "meter", "Број водомера", "Number of the meter", QuestionKind::Text),
    ask(
        "water-meter",
        "reading",
        "Стање на водомеру (m³)",
        "Reading of the meter (m³)",
        QuestionKind::Number,
    ),
    ask(
        "roads-hole",
        "depth",
        "Дубина рупе у центиметрима, отприлике",
        "Depth of the hole in centimetres, roughly",
        QuestionKind::Number,
    ),
    Question {
        options: &[
            ("Коловоз", "Carriageway"),
            ("Пешачки прелаз", "Crossing"),
            ("Бициклистичка стаза", "Cycle path"),
        ],
        ..ask("roads-hole", "where", "Где је рупа?", "Where is the hole?", QuestionKind::Choice)
    },
    ask("roads-lamp", "pole", "Број на стубу", "Number on the pole", QuestionKind::Text),
    ask("roads-lamp", "count", "Колико светиљки не ради?", "How many lamps are out?", QuestionKind::Number),
    Question {
        required: true,
        ..ask("roads-cable", "sparks", "Да ли варничи?", "Does it spark?", QuestionKind::YesNo)
    },
    Question {
        options: &[
            ("Намештај", "Furniture"),
            ("Бела техника", "Appliances"),
            ("Шут", "Rubble"),
            ("Зелени отпад", "Garden waste"),
        ],
        required: true,
        ..ask("waste-bulky", "what", "Шта се одвози?", "What is to be taken away?", QuestionKind::Choice)
    },
    ask("waste-bulky", "when", "Жељени дан одвоза", "Preferred day", QuestionKind::Date),
    Question {
        required: true,
        ..ask(
            "heating-cold",
            "degrees",
            "Температура у стану (°C)",
            "Temperature in the flat (°C)",
            QuestionKind::Number,
        )
    },
    ask(
        "heating-cold",
        "all",
        "Да ли је хладна цела зграда?",
        "Is the whole building cold?",
        QuestionKind::YesNo,
    ),
    ask("other-dogs", "count", "Колико паса има?", "How many dogs are there?", QuestionKind::Number),
    Question {
        required: true,
        ..ask("other-dogs", "bite", "Да ли је неко уједен?", "Was anybody bitten?", QuestionKind::YesNo)
    },
    Question {
        options: &[
            ("Само ноћу", "Only at night"),
            ("Даноноћно", "Day and night"),
            ("Викендом", "On weekends"),
        ],
        ..ask("other-noise", "times", "Када је бука?", "When is it noisy?", QuestionKind::Choice)
    },
];
