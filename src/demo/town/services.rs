//! Services of the municipality and the tree of categories. The five of the shipped dialplan come first; the others hang under them.

/// One service, as the store wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Department {
    pub key: &'static str,
    pub sr: &'static str,
    pub en: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    pub key: &'static str,
    /// Key of the category above; `None` for the five that the dialplan knows.
    pub parent: Option<&'static str>,
    pub sr: &'static str,
    pub en: &'static str,
    /// Classification mark, the first part of the case number.
    pub class: &'static str,
    /// Key of the service that answers.
    pub department: &'static str,
}

pub(super) const DEPARTMENTS: &[Department] = &[
    Department {
        key: "water", sr: "ЈКП Водовод и канализација", en: "Water and sewerage company"
    },
    Department {
        key: "roads", sr: "Служба за путеве и јавну расвету", en: "Roads and street lighting"
    },
    Department { key: "waste", sr: "ЈКП Чистоћа", en: "Waste and cleaning company" },
    Department { key: "heating", sr: "ЈКП Топлана", en: "District heating company" },
    Department { key: "other", sr: "Служба за опште послове", en: "General affairs" },
    Department {
        key: "parks", sr: "ЈКП Градско зеленило", en: "Parks and greenery company"
    },
    Department {
        key: "inspection", sr: "Комунална инспекција", en: "Communal inspection"
    },
    Department { key: "traffic", sr: "Одељење за саобраћај", en: "Traffic department" },
    Department {
        key: "social", sr: "Центар за социјални рад", en: "Centre for social work"
    },
];

const fn root(key: &'static str, sr: &'static str, en: &'static str, class: &'static str) -> Category {
    Category { key, parent: None, sr, en, class, department: key }
}

const fn sub(
    key: &'static str,
    parent: &'static str,
    sr: &'static str,
    en: &'static str,
    department: &'static str,
) -> Category {
    // A sub-category files under the mark of its parent, so that one matter is one series of numbers.
    let class = match parent.as_bytes() {
        b"water" => "352",
        b"roads" => "344",
        b"waste" => "355",
        b"heating" => "312",
        _ => "400",
    };
    Category { key, parent: Some(parent), sr, en, class, department }
}

pub(super) const CATEGORIES: &[Category] = &[
    root("water", "Водовод и канализација", "Water and sewerage", "352"),
    root("roads", "Путеви и улична расвета", "Roads and street lighting", "344"),
    root("waste", "Чистоћа и отпад", "Cleaning and waste", "355"),
    root("heating", "Грејање", "Heating", "312"),
    root("other", "Остало", "Other", "400"),
    sub("water-burst", "water", "Пукла цев", "Burst pipe", "water"),
    sub("water-none", "water", "Нема воде", "No water", "water"),
    sub("water-pressure", "water", "Слаб притисак", "Low pressure", "water"),
    sub("water-quality", "water", "Мутна вода", "Cloudy water", "water"),
    sub("water-meter", "water", "Водомер и рачун", "Meter and bill", "water"),
    sub("sewer-blocked", "water", "Запушена канализација", "Blocked sewer", "water"),
    sub("sewer-manhole", "water", "Поклопац шахта", "Manhole cover", "water"),
    sub("sewer-flood", "water", "Поплављена улица", "Flooded street", "water"),
    sub("roads-hole", "roads", "Рупа на путу", "Pothole", "roads"),
    sub("roads-pavement", "roads", "Оштећен тротоар", "Broken pavement", "roads"),
    sub("roads-snow", "roads", "Снег и лед", "Snow and ice", "roads"),
    sub("roads-sign", "roads", "Саобраћајни знак", "Traffic sign", "traffic"),
    sub("roads-lights", "roads", "Семафор", "Traffic lights", "traffic"),
    sub("roads-parking", "roads", "Паркирање", "Parking", "traffic"),
    sub("roads-lamp", "roads", "Угашена расвета", "Street lamp out", "roads"),
    sub("roads-cable", "roads", "Оборен стуб или кабл", "Fallen pole or cable", "roads"),
    sub("waste-bin", "waste", "Непражњен контејнер", "Container not emptied", "waste"),
    sub("waste-bulky", "waste", "Кабасти отпад", "Bulky waste", "waste"),
    sub("waste-dump", "waste", "Дивља депонија", "Illegal dump", "inspection"),
    sub("waste-street", "waste", "Прљава улица", "Dirty street", "waste"),
    sub("waste-recycling", "waste", "Рециклажа", "Recycling", "waste"),
    sub("waste-animal", "waste", "Угинула животиња", "Dead animal", "waste"),
    sub("heating-cold", "heating", "Хладни радијатори", "Cold radiators", "heating"),
    sub("heating-leak", "heating", "Цурење у подстаници", "Leak in a substation", "heating"),
    sub("heating-noise", "heating", "Бука подстанице", "Noise of a substation", "heating"),
    sub("heating-bill", "heating", "Рачун за грејање", "Heating bill", "heating"),
    sub("other-dogs", "other", "Пси луталице", "Stray dogs", "inspection"),
    sub("other-tree", "other", "Опасно дрво", "Dangerous tree", "parks"),
    sub("other-park", "other", "Парк и игралиште", "Park and playground", "parks"),
    sub("other-noise", "other", "Бука", "Noise", "inspection"),
    sub("other-building", "other", "Бесправна градња", "Illegal building", "inspection"),
    sub("other-bus", "other", "Градски превоз", "City buses", "traffic"),
    sub("other-social", "other", "Социјална помоћ", "Social help", "social"),
    sub("other-papers", "other", "Документа и уверења", "Papers and certificates", "other"),
    sub("other-praise", "other", "Похвала", "Praise", "other"),
];
