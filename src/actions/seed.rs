//! What an empty database begins with, so that the shipped dialplan works at once. All of it is the administrator's to change.

use super::ActionError;
use crate::domain::notice::Purpose;
use crate::store::template::Template;
use crate::store::{Tx, Work};

/// Key of the category of contacts that did not say what they are about.
pub(super) const OTHER: &str = "other";

/// Services: key, Serbian, English.
const DEPARTMENTS: &[(&str, &str, &str)] = &[
    ("water", "ЈКП Водовод и канализација", "Water and sewerage company"),
    ("roads", "Служба за путеве и јавну расвету", "Roads and street lighting"),
    ("waste", "ЈКП Чистоћа", "Waste and cleaning company"),
    ("heating", "ЈКП Топлана", "District heating company"),
    ("other", "Служба за опште послове", "General affairs"),
];

/// Categories: key, Serbian, English. Each is answered by the service of the same key.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("water", "Водовод и канализација", "Water and sewerage"),
    ("roads", "Путеви и расвета", "Roads and lighting"),
    ("waste", "Отпад и чистоћа", "Waste and cleaning"),
    ("heating", "Грејање", "Heating"),
    (OTHER, "Остало", "Other"),
];

/// Notices: key, language, words. The Latin ones do without č, ć, š, ž and đ, any of which would triple the price
/// (GSM 7-bit 160 characters, UCS-2 70); the Cyrillic ones stay within one part.
const TEMPLATES: &[(&str, &str, &str)] = &[
    (
        "receipt",
        "sr-Latn",
        "Vasa prijava je primljena. Broj predmeta: {number}, PIN: {pin}. Stanje mozete cuti pozivom na nas broj.",
    ),
    ("receipt", "sr-Cyrl", "Ваша пријава је примљена. Број: {number}, ПИН: {pin}"),
    (
        "receipt",
        "en",
        "Your report has been received. Case number: {number}, PIN: {pin}. Call us to hear its state.",
    ),
    (
        "opted_out",
        "sr-Latn",
        "Necemo Vam vise slati poruke namenjene mnogima. O Vasim prijavama pisemo i dalje. Za ponovni prijem posaljite START.",
    ),
    ("opted_out", "sr-Cyrl", "Општа обавештења Вам више не шаљемо. За повратак пошаљите СТАРТ."),
    (
        "opted_out",
        "en",
        "You will get no more general messages from us. We still write about your own reports. To get them again, send START.",
    ),
    ("opted_in", "sr-Latn", "Opsta obavestenja cemo Vam ponovo slati. Da ih prekinete, posaljite STOP."),
    ("opted_in", "sr-Cyrl", "Општа обавештења ћете опет добијати. За прекид: СТОП."),
    ("opted_in", "en", "You will get general messages from us again. To end them, send STOP."),
    // What the officer wrote follows, so these are short.
    ("outcome", "sr-Latn", "Odgovor na Vasu prijavu {number}: {words}"),
    ("outcome", "sr-Cyrl", "Одговор на Вашу пријаву {number}: {words}"),
    ("outcome", "en", "Answer to your report {number}: {words}"),
    ("reply", "sr-Latn", "O Vasoj prijavi {number}: {words}"),
    ("reply", "sr-Cyrl", "О Вашој пријави {number}: {words}"),
    ("reply", "en", "About your report {number}: {words}"),
    // {from}: the number under which the citizen wrote of both matters.
    (
        "split",
        "sr-Latn",
        "Iz predmeta {from} izdvojen je poseban predmet {number}, PIN: {pin}. Svaki se resava u svom roku.",
    ),
    ("split", "sr-Cyrl", "Из {from} издвојен је предмет {number}, ПИН {pin}"),
    (
        "split",
        "en",
        "A part of your report {from} is a case of its own now: {number}, PIN: {pin}. Each has its own deadline.",
    ),
    (
        "mail_receipt",
        "sr-Cyrl",
        "Поштовани,\n\nваша порука је примљена и заведена под бројем {number}.\nПИН за увид у стање предмета: {pin}\n\n\
         На ову поруку можете одговорити: одговор ће бити додат вашем предмету.",
    ),
    (
        "mail_receipt",
        "sr-Latn",
        "Poštovani,\n\nvaša poruka je primljena i zavedena pod brojem {number}.\nPIN za uvid u stanje predmeta: {pin}\n\n\
         Na ovu poruku možete odgovoriti: odgovor će biti dodat vašem predmetu.",
    ),
    (
        "mail_receipt",
        "en",
        "Dear Sir or Madam,\n\nyour message has been received and registered under the number {number}.\n\
         PIN to see the state of the case: {pin}\n\nYou can answer this message: your answer will be added to your case.",
    ),
    (
        "mail_outcome",
        "sr-Cyrl",
        "Поштовани,\n\nобавештавамо вас о исходу вашег предмета {number}.\n\n{words}\n\nНа ову поруку можете одговорити.",
    ),
    (
        "mail_outcome",
        "sr-Latn",
        "Poštovani,\n\nobaveštavamo vas o ishodu vašeg predmeta {number}.\n\n{words}\n\nNa ovu poruku možete odgovoriti.",
    ),
    (
        "mail_outcome",
        "en",
        "Dear Sir or Madam,\n\nthis is the outcome of your case {number}.\n\n{words}\n\nYou can answer this message.",
    ),
    ("mail_reply", "sr-Cyrl", "Поштовани,\n\nу вези са вашим предметом {number}:\n\n{words}"),
    ("mail_reply", "sr-Latn", "Poštovani,\n\nu vezi sa vašim predmetom {number}:\n\n{words}"),
    ("mail_reply", "en", "Dear Sir or Madam,\n\nabout your case {number}:\n\n{words}"),
    (
        "mail_split",
        "sr-Cyrl",
        "Поштовани,\n\nу пријави коју водимо под бројем {from} обратили сте нам се за две ствари. О другој се води посебан предмет, \
         са својим роком, који тече од дана када сте нам се обратили.\n\nБрој новог предмета: {number}\nПИН за увид у стање предмета: {pin}\n\n\
         Предмет {from} се води и даље.",
    ),
    (
        "mail_split",
        "sr-Latn",
        "Poštovani,\n\nu prijavi koju vodimo pod brojem {from} obratili ste nam se za dve stvari. O drugoj se vodi poseban predmet, \
         sa svojim rokom, koji teče od dana kada ste nam se obratili.\n\nBroj novog predmeta: {number}\nPIN za uvid u stanje predmeta: {pin}\n\n\
         Predmet {from} se vodi i dalje.",
    ),
    (
        "mail_split",
        "en",
        "Dear Sir or Madam,\n\nyour report {from} is about two matters. The second one is a case of its own now, with a deadline of its own, \
         which is counted from the day on which you wrote to us.\n\nNumber of the new case: {number}\nPIN to see the state of the case: {pin}\n\n\
         Case {from} goes on.",
    ),
    (
        "mail_forward",
        "sr-Cyrl",
        "Поштовани,\n\nпрослеђујемо вам предмет {number} на даљу надлежност.\n\n{note}\n\nОбласт: {category}\nПримљено: {opened}\nМесто: {place}\n\n\
         {words}\n\nОдговорите на ову поруку: ваш одговор ће бити додат предмету {number}.",
    ),
    (
        "mail_forward",
        "sr-Latn",
        "Poštovani,\n\nprosleđujemo vam predmet {number} na dalju nadležnost.\n\n{note}\n\nOblast: {category}\nPrimljeno: {opened}\nMesto: {place}\n\n\
         {words}\n\nOdgovorite na ovu poruku: vaš odgovor će biti dodat predmetu {number}.",
    ),
    (
        "mail_alert",
        "sr-Cyrl",
        "Поштовани,\n\n{why}\n\n{note}\n\nПредмет: {number}\nОбласт: {category}\nПримљено: {opened}\nРок: {due}\nМесто: {place}\n\n\
         {words}\n\nОдговорите на ову поруку: ваш одговор ће бити додат предмету {number} и видеће га само колеге.\n{link}",
    ),
    (
        "mail_alerts",
        "sr-Cyrl",
        "Поштовани,\n\nброј предмета који вас чекају: {count}.\n\n{list}\n\nНа ову поруку се не одговара: предмете отворите у програму.\n{link}",
    ),
    (
        "mail_code",
        "sr-Cyrl",
        "Поштовани,\n\nнеко је ову адресу уписао као своју службену адресу. Ако сте то били ви, на страници „Мој налог“ унесите код:\n\n{code}\n\n\
         Код важи три дана. Ако то нисте били ви, не чините ништа: без кода се на ову адресу ништа не шаље.",
    ),
    ("mail_why_forwarded", "sr-Cyrl", "Вашој служби је прослеђен предмет."),
    ("mail_why_assigned", "sr-Cyrl", "Додељен вам је предмет."),
    ("mail_why_deadline_near", "sr-Cyrl", "Рок за предмет ускоро истиче."),
    ("mail_why_deadline_missed", "sr-Cyrl", "Рок за предмет је истекао."),
    ("mail_why_escalated", "sr-Cyrl", "Предмет је упућен вама јер рок није испоштован."),
    ("mail_why_tell_citizen", "sr-Cyrl", "Грађанин није примио обавештење: обавестите га лично."),
];

/// Keys of the categories and of the templates that an installation begins with.
/// Made by the migration `queues`.
pub const QUEUES: [&str; 1] = ["operators"];

pub fn shipped_keys() -> (Vec<&'static str>, Vec<&'static str>) {
    let own = |key: &&str| {
        let ours = Purpose::ALL.iter().all(|other| other.is_of_intake() || other.as_str() != *key);
        ours && !key.starts_with("mail_")
    };
    let mut templates: Vec<&str> = TEMPLATES.iter().map(|(key, ..)| *key).filter(own).collect();
    templates.dedup();
    (CATEGORIES.iter().map(|(key, ..)| *key).collect(), templates)
}

pub(super) struct Seed {
    /// Classification mark of the categories.
    pub class: String,
}

impl Work for Seed {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        tx.lock("seed").await?;
        for (key, language, words) in TEMPLATES {
            let template =
                Template { key: (*key).into(), language: (*language).into(), words: (*words).into() };
            tx.seed_template(&template).await?;
        }
        if tx.has_categories().await? {
            return Ok(());
        }
        for (key, sr, en) in DEPARTMENTS {
            tx.put_department(key, sr, en).await?;
        }
        for (key, sr, en) in CATEGORIES {
            tx.put_category(key, (sr, en), &self.class, Some(key), None).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_fit_into_one_part() {
        for (key, language, words) in TEMPLATES.iter().filter(|(key, ..)| !key.starts_with("mail_")) {
            let number = "400-123456/2026-01";
            let filled = words.replace("{number}", number).replace("{from}", number).replace("{pin}", "1234");
            let limit = if words.is_ascii() { 160 } else { 70 };
            assert!(filled.encode_utf16().count() <= limit, "{key} {language}");
            assert!(*language == "sr-Cyrl" || words.is_ascii(), "{key} {language}");
        }
    }
}
