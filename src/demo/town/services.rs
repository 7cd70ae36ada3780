//! Services of the municipality and the tree of categories. The five of the shipped dialplan come first; the others hang under them.

/// One service, as the store wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Department {
    pub key: &'static str,
    pub sr: &'static str,
    pub en: &'static str,
    /// Key of the service above it.
    pub parent: Option<&'static str>,
    pub institution: bool,
    /// Empty: none.
    pub email: &'static str,
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

/// Of the municipality, at the top.
const fn service(key: &'static str, sr: &'static str, en: &'static str) -> Department {
    Department { key, sr, en, parent: None, institution: false, email: "" }
}

/// A department of the municipal administration.
const fn office(key: &'static str, sr: &'static str, en: &'static str) -> Department {
    Department { parent: Some("administration"), ..service(key, sr, en) }
}

const fn institution(
    key: &'static str,
    sr: &'static str,
    en: &'static str,
    email: &'static str,
) -> Department {
    Department { institution: true, email, ..service(key, sr, en) }
}

pub(super) const DEPARTMENTS: &[Department] = &[
    service("administration", "Општинска управа", "Municipal administration"),
    service("water", "ЈКП Водовод и канализација", "Water and sewerage company"),
    office("roads", "Служба за путеве и јавну расвету", "Roads and street lighting"),
    service("waste", "ЈКП Чистоћа", "Waste and cleaning company"),
    service("heating", "ЈКП Топлана", "District heating company"),
    office("other", "Служба за опште послове", "General affairs"),
    service("parks", "ЈКП Градско зеленило", "Parks and greenery company"),
    office("inspection", "Комунална инспекција", "Communal inspection"),
    office("traffic", "Одељење за саобраћај", "Traffic department"),
    institution("social", "Центар за социјални рад", "Centre for social work", "pisarnica@csr.example"),
    institution("power", "Електродистрибуција", "Power distribution", "prijava@elektro.example"),
    institution("state-roads", "ЈП Путеви Србије", "State roads", "putevi@putevi.example"),
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
        b"water" | b"sewer" => "352",
        b"roads" | b"roads-lighting" | b"traffic" => "344",
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
    sub("sewer", "water", "Канализација", "Sewerage", "water"),
    sub("sewer-blocked", "sewer", "Запушена канализација", "Blocked sewer", "water"),
    sub("sewer-manhole", "sewer", "Поклопац шахта", "Manhole cover", "water"),
    sub("sewer-flood", "sewer", "Поплављена улица", "Flooded street", "water"),
    sub("roads-hole", "roads", "Рупа на путу", "Pothole", "roads"),
    sub("roads-pavement", "roads", "Оштећен тротоар", "Broken pavement", "roads"),
    sub("roads-snow", "roads", "Снег и лед", "Snow and ice", "roads"),
    sub("traffic", "roads", "Саобраћај", "Traffic", "traffic"),
    sub("roads-sign", "traffic", "Саобраћајни знак", "Traffic sign", "traffic"),
    sub("roads-lights", "traffic", "Семафор", "Traffic lights", "traffic"),
    sub("roads-parking", "traffic", "Паркирање", "Parking", "traffic"),
    sub("roads-lighting", "roads", "Улична расвета", "Street lighting", "roads"),
    sub("roads-lamp", "roads-lighting", "Угашена расвета", "Street lamp out", "roads"),
    sub("roads-cable", "roads-lighting", "Оборен стуб или кабл", "Fallen pole or cable", "power"),
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
