use super::*;

#[track_caller]
fn serbian(pairs: &[(&str, &str)]) {
    for (written, said) in pairs {
        assert_eq!(spoken(written, Tongue::Serbian), *said, "{written}");
    }
}

#[track_caller]
fn english(pairs: &[(&str, &str)]) {
    for (written, said) in pairs {
        assert_eq!(spoken(written, Tongue::English), *said, "{written}");
    }
}

#[test]
fn dates_are_said_as_people_say_them() {
    serbian(&[
        ("15.3.2026.", "петнаестог марта две хиљаде двадесет шесте године."),
        ("03.05.2026. године почиње", "трећег маја две хиљаде двадесет шесте године почиње."),
        ("до 15. марта", "до петнаестог марта."),
        ("Од 2026. je ново", "Од две хиљаде двадесет шесте je ново."),
        ("do 21. maja 2026. godine.", "do двадесет првог maja две хиљаде двадесет шесте godine."),
        ("1. 9. 2027. почиње", "првог септембра две хиљаде двадесет седме године почиње."),
        ("до 30.6. важи", "до тридесетог јуна важи."),
        ("2026-12-31", "тридесет првог децембра две хиљаде двадесет шесте године."),
        ("99.99.2026.", "99 99 2026."),
    ]);
    english(&[
        ("until 15/3/2026.", "until the fifteenth of March twenty twenty-six."),
        ("on 31.12.1999", "on the thirty-first of December nineteen ninety-nine."),
        ("on 2026-01-02 we", "on the second of January twenty twenty-six we."),
        ("the 3rd of May", "the third of May."),
    ]);
}

#[test]
fn times_are_said_with_their_hours() {
    serbian(&[
        ("од 9 до 14 часова", "од девет до четрнаест часова."),
        ("у 14:30", "у четрнаест часова и тридесет минута."),
        ("у 21:01 часова стаје", "у двадесет један час и један минут стаје."),
        ("08:00-12:30 h", "осам часова до дванаест часова и тридесет минута."),
        ("9-14 h", "девет до четрнаест часова."),
        ("у 7h.", "у седам часова."),
    ]);
    english(&[
        ("at 14:30.", "at two thirty p.m."),
        ("from 9 to 14 h", "from nine to fourteen hours."),
        ("at 0:05 today", "at twelve oh five a.m. today."),
    ]);
}

#[test]
fn numbers_are_words_in_the_gender_of_what_they_count() {
    serbian(&[
        ("2 улице и 2 места", "две улице и два места."),
        ("1 улица, 1 место, 1 стан", "једна улица, једно место, један стан."),
        ("12.500 динара", "дванаест хиљада петсто динара."),
        ("1.250,50 дин.", "хиљада двеста педесет динара и педесет пара."),
        ("3,5 km", "три запета пет километра."),
        ("21 km, 5km, 20%", "двадесет један километар, пет километара, двадесет посто."),
        ("20 %", "двадесет посто."),
        ("5. спрат и 2. улица", "пети спрат и друга улица."),
        ("1.000.000", "један милион."),
        ("Имате 3.", "Имате три."),
        ("стан 5а", "стан пет а."),
        ("бр. 12/3", "број дванаест кроз три."),
        ("999999999999 знакова", "999999999999 знакова."),
    ]);
    english(&[
        ("12,500 people", "twelve thousand five hundred people."),
        ("1,001 and 342", "one thousand and one and three hundred and forty-two."),
        ("3.5 km, 1 km", "three point five kilometres, one kilometre."),
        ("20%", "twenty percent."),
    ]);
}

#[test]
fn case_and_telephone_numbers_are_read_digit_by_digit() {
    serbian(&[
        ("предмет 400-73/13-02", "предмет четири нула нула, седам три кроз један три, нула два."),
        ("031-12/26", "нула три један, један два кроз два шест."),
        ("021/480-000", "нула два један, четири осам нула, нула нула нула."),
        ("тел. 0800 123 456.", "телефон нула осам нула нула, један два три, четири пет шест."),
        ("+381 21 480 000", "плус три осам један, два један, четири осам нула, нула нула нула."),
    ]);
    english(&[
        ("call 021/480-000", "call zero two one, four eight zero, zero zero zero."),
        ("case 400-73/13-02", "case four zero zero, seven three stroke one three, zero two."),
    ]);
}

#[test]
fn abbreviations_are_said_in_full_in_both_scripts() {
    serbian(&[
        ("Ул. Јеврејска бр. 5", "улица Јеврејска број пет."),
        ("ul. Jevrejska br. 5.", "улица Jevrejska број пет."),
        ("ЈКП „Водовод“ и др. службе", "јавно комунално предузеће Водовод и друго службе."),
        ("др Петровић и dr. Petrović", "доктор Петровић и доктор Petrović."),
        ("PIN i SMS, e-mail", "пин i ес ем ес, имејл."),
        ("плаћа се ПДВ", "плаћа се пе де ве."),
        ("тј. сутра, нпр. у 8 итд.", "то јест сутра, на пример у осам и тако даље."),
        ("П. Петровић", "П Петровић."),
        ("МУП и ЕПС раде", "МУП и ЕПС раде."),
        ("rs je pu", "rs je pu."),
    ]);
    english(&[
        ("Main St. No. 5", "Main street number five."),
        ("No, thanks. Dr. Smith", "No, thanks. doctor Smith."),
        ("e.g. water & heat, etc.", "for example water and heat, and so on."),
        ("by SMS", "by S M S."),
    ]);
}

#[test]
fn addresses_of_the_network_are_said() {
    serbian(&[
        ("www.novisad.rs", "ве ве ве тачка novisad тачка ер ес."),
        ("https://novisad.rs/voda/.", "novisad тачка ер ес кроз voda."),
        ("info@novisad.rs", "info ет novisad тачка ер ес."),
    ]);
    english(&[("info@novisad.rs", "info at novisad dot rs.")]);
}

#[test]
fn lines_are_sentences_and_marks_that_are_not_spoken_are_gone() {
    serbian(&[
        ("Обавештење\n\n- вода неће стићи!\n* <b>хвала</b>", "Обавештење. вода неће стићи! b хвала b."),
        ("„Да“ — рекли су; (сутра).", "Да рекли су; сутра."),
        ("🚰 вода 🚰", "вода."),
        ("", ""),
        ("???", ""),
    ]);
}

#[test]
fn tongue_is_what_the_person_wants_or_what_the_words_are_in() {
    assert_eq!(Tongue::of(Some("sr-Latn"), "the water is off"), Tongue::Serbian);
    assert_eq!(Tongue::of(Some("en"), "вода"), Tongue::English);
    assert_eq!(Tongue::of(Some("hu"), "вода"), Tongue::Serbian);
    assert_eq!(Tongue::of(None, "Nece biti vode u ulici od 9 do 14"), Tongue::Serbian);
    assert_eq!(Tongue::of(None, "There will be no water in your street"), Tongue::English);
    assert_eq!(Tongue::of(None, "Sutra, čekamo"), Tongue::Serbian);
    assert_eq!(Tongue::of(None, ""), Tongue::Serbian);
}

#[test]
fn nothing_that_is_written_makes_it_fail_or_grow_without_bound() {
    let odd = [
        "0",
        "00",
        "31.12.",
        "1.1.1",
        "٣",
        "1//2",
        "+",
        "+1",
        "-",
        "5-",
        "1-2-3",
        "1.2.3.4",
        "25:99",
        "x:1",
        "½",
        "1e9",
        "°",
        "№5",
        "1,",
        ",1",
        "a@",
        "@a",
        "://",
        "т.т.т.т.",
        "0/0",
        "2026.",
        "0.0.2026.",
    ];
    for word in odd {
        for tongue in Tongue::ALL {
            for text in [word.to_owned(), format!("{word} {word}"), format!("{word}. {word}")] {
                let said = spoken(&text, *tongue);
                assert!(said.len() < 400, "{text}: {said}");
            }
        }
    }
    assert!(spoken(&"9 ".repeat(1_000_000), Tongue::Serbian).len() < 200_000);
}
