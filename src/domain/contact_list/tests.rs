use proptest::prelude::*;

use super::*;

fn table(text: &str) -> Vec<(u32, Vec<String>)> {
    let rows = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    rows.map(|(at, line)| (at, line.split(';').map(|cell| cell.trim().to_owned()).collect())).collect()
}

fn columns(text: &str) -> Columns {
    Columns::of(&table(text), "RS")
}

fn meanings(text: &str) -> String {
    let of = |column: &Column| match column.meaning {
        Meaning::Field => format!("{{{}}}", column.field),
        meaning => meaning.to_string(),
    };
    columns(text).iter().map(of).collect::<Vec<_>>().join(" ")
}

/// Every row as people would read it aloud.
fn people(text: &str) -> Vec<String> {
    let columns = columns(text);
    table(text)
        .into_iter()
        .filter(|(line, _)| columns.is_data(*line))
        .map(|(line, cells)| told(&read(line, &cells, &columns, "RS")))
        .collect()
}

fn told(reading: &Reading) -> String {
    let whats = |faults: &[Fault]| faults.iter().map(|fault| format!(" !{}", fault.what)).collect::<String>();
    match reading {
        Reading::Unusable { faults } => format!("-{}", whats(faults)),
        Reading::Usable { contact, warnings } => {
            let phone = contact.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default();
            let email = contact.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default();
            let parts = [contact.name.clone(), phone, email, contact.address.clone()];
            let said: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let fields: String =
                contact.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{}{fields}{}", said.join(" / "), whats(warnings))
        }
    }
}

fn phone(cell: &str) -> String {
    let columns = Columns::of(&[(1, vec!["телефон".into()])], "RS");
    told(&read(2, &[cell.to_owned()], &columns, "RS")).replace(" !no_name", "")
}

#[test]
fn headings_are_known_in_every_spelling_order_and_case() {
    for (headings, want) in [
        ("име и презиме;телефон;имејл", "name phone email"),
        ("Ime i prezime;Broj telefona;E-mail adresa", "name phone email"),
        ("PREZIME;IME;MOBILNI;ADRESA", "family_name given_name phone address"),
        (
            "Р.бр.;Презиме;Име;Мобилни телефон;Е-пошта;Језик",
            "ignored family_name given_name phone email language",
        ),
        ("No.;Name;Mobile phone;Email address;Address;Language", "ignored name phone email address language"),
        ("#;Titula;Naziv obveznika;Kontakt tel.;mejl", "ignored {titula} {naziv_obveznika} phone email"),
        ("Улица;Кућни број;Место;тел", "address address address phone"),
        ("Ime;Telefon;Telefon 2;Mob.", "name phone phone phone"),
        (
            "име;телефон;Износ дуга (РСД);Износ дуга (РСД);;number",
            "name phone {износ_дуга_рсд} {износ_дуга_рсд_2} {column_5} {number_2}",
        ),
        ("phone", "phone"),
    ] {
        assert_eq!(meanings(headings), want, "{headings}");
    }
}

#[test]
fn headings_may_stand_below_a_title() {
    let text = "Списак станара за 2026. годину\n\nР.бр;Име;Телефон\n1;Ана;0641234567\n";
    assert_eq!(columns(text).header(), Some(3));
    assert_eq!(people(text), ["Ана / +381641234567"]);
}

#[test]
fn a_list_without_headings_is_understood_by_what_it_holds() {
    let text = "1;Петровић Ана;064/123-45-67;ana@example.rs;Булевар 5\n2;Илић Мика;065 765 4321;;Дуга 3\n3;Ристић Лаза;-;laza@example.rs;Кратка 1\n";
    let columns = columns(text);
    assert_eq!(columns.header(), None);
    assert_eq!(meanings(text), "ignored name phone email address");
    assert_eq!(people(text)[0], "Петровић Ана / +381641234567 / ana@example.rs / Булевар 5");
    assert_eq!(meanings("0641234567\n0651234567\n"), "phone");
    assert_eq!(meanings("Ана;Илић;0641234567\nМика;Ристић;0651234567"), "name name phone");
    assert_eq!(people("Ана;Илић;0641234567")[0], "Ана Илић / +381641234567");
    // A heading that nobody knows is one all the same when numbers stand below it.
    assert_eq!(meanings("Звати;Ко\n0641234567;Ана\n"), "phone {ко}");
}

#[test]
fn somebody_who_knows_the_list_may_say_better() {
    let text = "Шта;Звати\nАна;0641234567\n";
    let mut columns = columns(text);
    columns.set(0, Meaning::Name);
    columns.set(99, Meaning::Name);
    let reading = read(2, &["Ана".into(), "0641234567".into()], &columns, "RS");
    assert_eq!(told(&reading), "Ана / +381641234567");
    columns.set(1, Meaning::Field);
    let reading = read(2, &["Ана".into(), "0641234567".into()], &columns, "RS");
    assert_eq!(told(&reading), "- !no_address");
    assert_eq!(columns.fields().collect::<Vec<_>>(), ["звати"]);
}

#[test]
fn telephone_numbers_are_read_as_people_write_them() {
    const ANA: &str = "+381641234567";
    for cell in [
        "064/123-45-67",
        "+381 64 1234567",
        "0641234567",
        "64 123 4567",
        "641234567",
        "381641234567",
        "00381 64 1234567",
        "064-123-4567",
        "(064) 123 4567",
        "+381 (0)64 123 4567",
        "064.123.45.67",
        "тел. 064/1234567",
        "Mob: 064 1234567",
        "064/1234-567 (мама)",
        "064–123–4567",
        "6.41234567E+08",
        "6,41234567E8",
        "3.81641234567E+11",
        "064/1234567,",
        "064/1234567 kućni",
    ] {
        assert_eq!(phone(cell), ANA, "{cell}");
    }
    for (cell, want) in [
        ("021/480-000", "+38121480000 !land_line"),
        ("021/480-000 lok. 12", "+38121480000 !land_line"),
        ("+49 151 23456789", "+4915123456789 !foreign_phone"),
        ("021/480-000, 064/1234567", "+381641234567 !several_phones"),
        ("064/1234567;065/1234567", "+381641234567 !several_phones"),
        ("064/1234567 / 065/1234567", "+381641234567 !several_phones"),
        ("0641234567/0651234567", "+381641234567 !several_phones"),
        ("064 1234567 065 1234567", "+381641234567 !several_phones"),
        ("021480000 и 0641234567", "+381641234567 !several_phones"),
        ("0641234567, 0641234567", "+381641234567"),
        ("064/1234567, 12", "+381641234567"),
        ("6,41E+08", "- !rounded_phone !no_address"),
        ("123", "- !not_a_phone !no_address"),
        ("064 12 34", "- !not_a_phone !no_address"),
        ("Telekom", "- !not_a_phone !no_address"),
        ("нема", "- !no_address"),
        ("/", "- !no_address"),
        ("", "- !no_address"),
    ] {
        assert_eq!(phone(cell), want, "{cell}");
    }
}

#[test]
fn ugly_lists_are_understood() {
    let text = "R.br;PREZIME I IME;KONTAKT TEL;E-MAIL;ADRESA;JEZIK;Br. ugovora\n\
        1;PETROVIĆ ĐORĐE;064/123-45-67;DJORDJE@GMAIL.COM;BULEVAR 5;latinica;U-1/26\n\
        2;ЉУБИЋ ЉИЉАНА;+381 64 1234567;nema;;ћирилица;\n\
        3;Mika Mikić;123;mika@example.rs, mika@posao.rs;;;\n\
        4;;0641234567;mika@;;;\n\
        5;JKP VODOVOD;021 480 000;noreply@vodovod.rs;;klingonski;\n\
        6;Laza Lazić;;;Duga 3, Novi Sad;;\n\
        7;Ana Anić;-;/;;;U-7\n\
        8;Sima Simić;641234567;Sima <sima@example.rs>;;en;;višak\n";
    assert_eq!(meanings(text), "ignored name phone email address language {br_ugovora} {column_8}");
    let text = text.replace(";en;;višak", ";en;;");
    assert_eq!(
        people(&text),
        [
            "Petrović Đorđe / +381641234567 / djordje@gmail.com / BULEVAR 5 br_ugovora=U-1/26",
            "Љубић Љиљана / +381641234567",
            "Mika Mikić / mika@example.rs !not_a_phone !several_emails",
            "+381641234567 !not_an_email !no_name",
            "JKP VODOVOD / +38121480000 / noreply@vodovod.rs !land_line !unread_email !unknown_language",
            "Laza Lazić / Duga 3, Novi Sad !only_by_post",
            "- !no_address",
            "Sima Simić / +381641234567 / sima@example.rs",
        ]
    );
}

#[test]
fn a_mobile_number_of_any_column_is_preferred() {
    let text = "Ime;Fiksni telefon;Mobilni telefon\nAna;021/480-000;064/1234567\nPera;021/480-000;\n";
    assert_eq!(people(text), ["Ana / +381641234567", "Pera / +38121480000 !land_line"]);
}

#[test]
fn parts_of_a_name_and_of_an_address_are_put_together() {
    let text = "Презиме;Име;Улица;Кућни број;Место;Телефон\nПетровић;Ана;Дуга;5а;Нови Сад;0641234567\n";
    assert_eq!(people(text), ["Ана Петровић / +381641234567 / Дуга 5а, Нови Сад"]);
}

#[test]
fn what_is_too_long_is_cut_and_told() {
    let columns = columns("име;телефон;белешка\nАна;0641234567;х");
    let cells = ["А".repeat(1_000), "0641234567".into(), "б".repeat(10_000), "вишак".into()];
    let Reading::Usable { contact, warnings } = read(7, &cells, &columns, "RS") else { panic!() };
    assert_eq!((contact.name.chars().count(), contact.fields[0].1.chars().count()), (200, 500));
    let told: Vec<_> = warnings.iter().map(|fault| (fault.line, fault.column, fault.what)).collect();
    assert_eq!(
        told,
        [(7, Some(0), What::TooLong), (7, Some(2), What::TooLong), (7, Some(3), What::TooManyCells)]
    );
    assert!(warnings.iter().all(|fault| fault.value.chars().count() <= SHOWN_CHARS));
}

#[test]
fn languages_have_many_names() {
    for (value, language) in [
        ("Ћирилица", PersonLanguage::SerbianCyrillic),
        ("srpski", PersonLanguage::SerbianCyrillic),
        ("LATINICA", PersonLanguage::SerbianLatin),
        ("sr-Latn", PersonLanguage::SerbianLatin),
        ("EN", PersonLanguage::English),
        ("енглески", PersonLanguage::English),
    ] {
        assert_eq!(heading::language(value), Some(language), "{value}");
    }
    assert_eq!(heading::language("mađarski"), None);
}

proptest! {
    #[test]
    fn whatever_a_list_holds_is_read(
        rows in prop::collection::vec(prop::collection::vec("[0-9+/ ,;.eE@a-cšжИmob()-]{0,24}|име|phone|e-mail|064/1234567|a@b.rs", 0..6), 0..8)
    ) {
        let rows: Vec<_> = (1..).zip(rows).collect();
        let columns = Columns::of(&rows, "RS");
        let fields: Vec<_> = columns.iter().map(|column| column.field.clone()).collect();
        for (at, field) in fields.iter().enumerate() {
            prop_assert!(!fields[..at].contains(field) && !field.is_empty(), "fields differ");
            prop_assert!(crate::domain::kept_template::NAME_CHARS >= field.chars().count());
            let is_legal = |c: char| c.is_alphanumeric() || c == '_';
            prop_assert!(field.chars().all(is_legal));
        }
        for (line, cells) in &rows {
            match read(*line, cells, &columns, "RS") {
                Reading::Usable { contact, .. } => prop_assert!(contact.phone.is_some() || contact.email.is_some() || !contact.address.is_empty()),
                Reading::Unusable { faults } => prop_assert!(faults.iter().any(|fault| fault.what == What::NoAddress)),
            }
        }
    }
}
