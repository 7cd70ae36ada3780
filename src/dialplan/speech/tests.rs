//! What is heard, written with the keys of the pieces.

use super::*;

fn said(manner: Manner, gender: Gender, text: &str, language: &str) -> String {
    let keys = pieces(manner, gender, text, language);
    keys.iter().map(|key| key.strip_prefix("num_").unwrap_or(key)).collect::<Vec<_>>().join(" ")
}

fn number(text: &str, language: &str) -> String {
    said(Manner::Number, Gender::Masculine, text, language)
}

#[test]
fn serbian_numbers_follow_the_grammar() {
    for (text, heard) in [
        ("0", "0"),
        ("11", "11"),
        ("21", "20 1"),
        ("100", "100"),
        ("342", "300 40 2"),
        ("1000", "thousand_one"),
        ("1001", "thousand_one 1"),
        ("2000", "2_f thousand_few"),
        ("5000", "5 thousand_many"),
        ("12000", "12 thousand_many"),
        ("21000", "20 1_f thousand_many"),
        ("22002", "20 2_f thousand_few 2"),
        ("1000000", "million_one"),
        ("2000000", "2 million_many"),
        ("21000005", "20 1 million_one 5"),
    ] {
        assert_eq!(number(text, "sr"), heard, "{text}");
    }
    assert_eq!(said(Manner::Number, Gender::Feminine, "1002", "sr-Latn"), "thousand_one 2_f");
    assert_eq!(said(Manner::Number, Gender::Neuter, "31", "sr"), "30 1_n");
}

#[test]
fn english_numbers_have_their_and() {
    for (text, heard) in [
        ("0", "0"),
        ("21", "20 1"),
        ("342", "300 and 40 2"),
        ("1000", "thousand_one"),
        ("1005", "thousand_one and 5"),
        ("22100", "20 2 thousand_many 100"),
        ("200342", "200 thousand_many 300 and 40 2"),
        ("1000000", "million_one"),
    ] {
        assert_eq!(number(text, "en"), heard, "{text}");
    }
}

#[test]
fn dates_are_in_the_genitive() {
    let date = |text, language| said(Manner::Date, Gender::Masculine, text, language);
    assert_eq!(date("2026-01-07", "sr"), "day_7 month_1 2_f thousand_few 20 year_6 year");
    assert_eq!(date("2030-12-31", "sr"), "day_31 month_12 2_f thousand_few year_30 year");
    assert_eq!(date("1999-05-01", "sr"), "day_1 month_5 thousand_one 900 90 year_9 year");
    assert_eq!(date("2026-01-07", "en"), "day_7 month_1 20 20 6");
    assert_eq!(date("2007-01-07", "en"), "day_7 month_1 2 thousand_many and 7");
    assert_eq!(date("2026-01-07", "hu"), "day_7 month_1 digit_2 digit_0 digit_2 digit_6");
    assert_eq!(date("2026-02-30", "sr"), "");
}

#[test]
fn times_and_money_agree_with_their_numbers() {
    let time = |text, language| said(Manner::Time, Gender::Masculine, text, language);
    assert_eq!(time("07:30", "sr"), "7 hour_many and 30 minute_many");
    assert_eq!(time("21:01", "sr"), "20 1 hour_one and 1 minute_one");
    assert_eq!(time("02:11", "sr"), "2 hour_few and 11 minute_many");
    assert_eq!(time("12:00", "sr"), "12 hour_many");
    assert_eq!(time("15:05", "en"), "3 oh 5 pm");
    assert_eq!(time("00:00", "en"), "12 am");
    let money = |text| said(Manner::Money, Gender::Masculine, text, "sr");
    assert_eq!(money("21"), "20 1 dinar_one");
    assert_eq!(money("11"), "11 dinar_many");
    assert_eq!(money("x"), "");
}

#[test]
fn numbers_of_cases_and_telephones_are_read_in_groups() {
    let case = said(Manner::CaseNumber, Gender::Masculine, "IV-400-73/2026", "sr");
    assert_eq!(case, "digit_4 digit_0 digit_0 pause digit_7 digit_3 stroke digit_2 digit_0 digit_2 digit_6");
    let phone = pieces(Manner::Phone, Gender::Masculine, "+381641234567", "sr");
    assert_eq!(phone.iter().filter(|key| *key == "pause").count(), 2);
    assert_eq!(phone.first().map(String::as_str), Some("digit_0"));
}

#[test]
fn who_waits_hears_place_and_time() {
    assert_eq!(position(3, "sr"), ["queue_position", "num_3", "queue_position_after"]);
    assert_eq!(expected_wait(Duration::from_secs(80), "sr"), ["queue_wait", "num_1", "minute_one"]);
    assert_eq!(expected_wait(Duration::from_secs(200), "en"), ["queue_wait", "num_3", "minute_many"]);
    assert_eq!(expected_wait(Duration::from_secs(20), "en"), ["queue_wait_short"]);
}

#[test]
fn whatever_is_said_is_among_the_pieces_that_are_needed() {
    for language in ["sr", "en", "hu"] {
        let numbers = needed(Manner::Number, language);
        for n in (0..2_000).chain((0..1_000).map(|n| n * 997_001)) {
            for gender in Gender::ALL {
                for key in cardinal(n, *gender, language) {
                    assert!(numbers.contains(&key), "{n} in {language}: {key}");
                }
            }
        }
    }
}
