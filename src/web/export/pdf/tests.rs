use std::process::Command;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;

const REASONS: [&str; 6] = [
    "",
    "потврда мреже",
    "претплатник није доступан; рок од 24 сата је истекао",
    "адреса не постоји: 550 5.1.1 <sima.jovanovic-stefanovic@preduzece-za-odrzavanje-zgrada.example.rs>: Recipient address rejected",
    "Није пробано: примаоца нема у изабраној области",
    "Линија је остала неизвесна после прекида везе; порука се не шаље поново сама од себе, него чека да неко одлучи",
];

fn report(rows: usize) -> Report {
    let at = date(2026, 11, 23).at(15, 4, 0, 0).to_zoned(TimeZone::get("Europe/Belgrade").unwrap()).unwrap();
    let bar = |label: &str, count: u32, tone| Bar {
        label: label.into(),
        value: format!("{count} ({:.1} %)", f64::from(count) / 123.45).replace('.', ","),
        part: count as f32 / 12_345.0,
        tone,
    };
    Report {
        municipality: "Град Нови Сад – Градска управа за комуналне послове".into(),
        title: "Доказ о обавештавању".into(),
        subtitle: "Прекид водоснабдевања на Лиману, 24. новембра 2026.".into(),
        language: "sr-Cyrl".into(),
        made: Made {
            at,
            words: "Сачињено 23. новембра 2026. у 15.04, Јелена Марковић, програмом Одзив".into(),
            digest: format!("SHA-256 података: {}", "0123456789abcdef".repeat(4)),
        },
        blocks: vec![
            Block::Facts(vec![
                ("Кампања".into(), "Прекид водоснабдевања на Лиману".into()),
                ("Текст".into(), "Поштовани {name}, 24. новембра од 8 до 16 часова биће обустављено водоснабдевање у вашој улици због радова на примарном цевоводу. Цистерна ће бити на углу Народног фронта и Булевара цара Лазара. ЈКП „Водовод и канализација“.".into()),
                ("Одобрио".into(), "Đorđe Žarković, начелник (22. 11. 2026. у 18.30)".into()),
                ("Раздобље".into(), "22. 11. 2026. 18.31 – 23. 11. 2026. 12.00".into()),
                ("Прималаца".into(), "12.345".into()),
            ]),
            Block::Heading("Ко је обавештен".into()),
            Block::Bars(vec![
                bar("СМС-ом", 9_120, Tone::Good),
                bar("Имејлом", 1_204, Tone::Good),
                bar("Позивом", 611, Tone::Good),
                bar("Посетом", 37, Tone::Good),
                bar("Претпоставља се да јесте", 402, Tone::Fair),
                bar("Неизвесно", 12, Tone::Doubtful),
                bar("Није обавештено", 958, Tone::Bad),
                bar("Није пробано: одбили су обавештења", 1, Tone::Idle),
            ]),
            Block::Paragraph("„Обавештен“ је само онај за кога је мрежа потврдила пријем, ко је у позиву притиснуо 1 или кога је неко посетио.".into()),
            Block::Heading("Примаоци".into()),
            Block::Table(table(rows)),
        ],
    }
}

fn table(rows: usize) -> Table {
    let names =
        ["Ђорђе Петровић", "Љиљана Џаџић-Шћепановић", "Žarko Čolić", "Ана", "Nagy Erzsébet Őrsi", "🙂 Пера"];
    let row = |nth: usize| {
        let pick = |from: &[&str]| from[nth % from.len()].to_owned();
        vec![
            (nth + 1).to_string(),
            pick(&names),
            pick(&[
                "+381 64 123 4567",
                "sima.jovanovic-stefanovic@preduzece-za-odrzavanje-zgrada.example.rs",
                "Булевар цара Лазара 105а, 21000 Нови Сад",
            ]),
            pick(&["обавештен", "није обавештен", "претпоставља се", "неизвесно"]),
            "22. 11. 2026. 18.31".into(),
            pick(&["СМС", "имејл", "позив", "посета"]),
            pick(&REASONS),
        ]
    };
    Table {
        columns: vec![
            Column::number("Бр.", 0.55),
            Column::new("Име", 1.5),
            Column::new("Адреса", 1.75),
            Column::new("Исход", 1.05),
            Column::new("Када", 0.95),
            Column::new("Чиме", 0.7),
            Column::new("Разлог", 2.0),
        ],
        rows: (0..rows).map(row).collect(),
        empty: "Нема прималаца.".into(),
    }
}

/// What another program reads out of it. `None`: it is not installed here.
fn read_back(pdf: &[u8], layout: bool) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.pdf");
    std::fs::write(&path, pdf).unwrap();
    let mut reader = Command::new("pdftotext");
    if layout {
        reader.arg("-layout");
    }
    let Ok(read) = reader.arg(&path).arg("-").output() else {
        let required = std::env::var("ODZIV_REQUIRE").unwrap_or_default();
        assert!(!required.contains("poppler"), "pdftotext not found, and ODZIV_REQUIRE asks for it");
        // Past the capture of the test harness, so that it is seen.
        let _ =
            std::io::Write::write_all(&mut std::io::stderr(), b"skipped: pdftotext of poppler not found\n");
        return None;
    };
    assert!(read.status.success() && read.stderr.is_empty(), "{}", String::from_utf8_lossy(&read.stderr));
    Some(String::from_utf8(read.stdout).unwrap())
}

fn pages(text: &str) -> Vec<&str> {
    text.trim_end_matches('\u{c}').split('\u{c}').collect()
}

#[test]
fn another_program_reads_the_words_in_their_order() {
    let pdf = write(&report(60)).unwrap();
    let Some(text) = read_back(&pdf, false) else { return };
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut from = 0;
    for words in [
        "Град Нови Сад – Градска управа за комуналне послове",
        "Доказ о обавештавању",
        "Прекид водоснабдевања на Лиману, 24. новембра 2026.",
        "Кампања",
        "Поштовани {name}, 24. новембра од 8 до 16 часова",
        "Đorđe Žarković, начелник",
        "Ко је обавештен",
        "СМС-ом",
        "9120 (73,9 %)",
        "Није пробано: одбили су обавештења",
        "Примаоци",
        "Ђорђе Петровић",
        "Љиљана Џаџић-Шћепановић",
        "Nagy Erzsébet Őrsi",
        "чека да неко одлучи",
    ] {
        let found = one_line[from..].find(words);
        assert!(found.is_some(), "{words} is not behind what stands before it in {one_line}");
        from += found.unwrap();
    }
}

#[test]
fn every_page_says_which_it_is_and_what_its_columns_are() {
    let Some(text) = read_back(&write(&report(60)).unwrap(), true) else { return };
    let pages = pages(&text);
    assert!(pages.len() > 3);
    for (nth, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("{nth}/{}", pages.len())), "page {nth}: {page}");
        assert!(
            page.contains("Сачињено 23. новембра 2026. у 15.04, Јелена Марковић")
                && page.contains("SHA-256 података")
        );
        assert!(page.contains("Разлог") && page.contains("Исход"), "page {nth}: {page}");
    }
    let counted = (1..=60).all(|nth| {
        pages.iter().any(|page| {
            page.lines().any(|line| line.split_whitespace().next() == Some(nth.to_string().as_str()))
        })
    });
    assert!(counted, "every row is there");
}

#[test]
fn the_same_data_make_the_same_octets() {
    assert!(write(&report(20)).unwrap() == write(&report(20)).unwrap());
}

#[test]
fn the_document_says_its_title_its_language_and_that_it_may_be_kept() {
    let pdf = write(&report(0)).unwrap();
    let text = String::from_utf8_lossy(&pdf);
    for said in [
        "/Lang(sr-Cyrl)",
        "/StructTreeRoot",
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>U</pdfaid:conformance>",
    ] {
        assert!(text.contains(said), "{said}");
    }
    assert!(text.contains("<dc:title>") && text.contains("Доказ о обавештавању – Прекид водоснабдевања"));
}

#[test]
fn an_empty_table_says_so() {
    let Some(text) = read_back(&write(&report(0)).unwrap(), true) else { return };
    assert_eq!(pages(&text).len(), 1);
    assert!(text.contains("Нема прималаца.") && text.contains("1/1"));
}

#[test]
fn whatever_people_write_becomes_a_page() {
    let mut report = report(0);
    let long = "неподељивареч".repeat(300);
    let odd = [
        "",
        "\u{feff}\u{0}\u{1b}",
        "🙂👩‍👩‍👧",
        "שלום",
        "c\u{301}",
        "\u{e000}\u{f8ff}",
        "a\nb\n\nc",
        long.as_str(),
    ];
    let rows = odd.iter().map(|cell| vec![(*cell).to_owned(); 9]).collect();
    report.title = odd.join(" ");
    report.blocks = vec![
        Block::Heading(long.clone()),
        Block::Facts(odd.iter().map(|words| ((*words).to_owned(), (*words).to_owned())).collect()),
        Block::Bars(vec![Bar { label: long.clone(), value: long.clone(), part: f32::NAN, tone: Tone::Idle }]),
        Block::Table(Table { rows, ..table(0) }),
        Block::Table(Table { columns: Vec::new(), rows: vec![vec![]], empty: String::new() }),
        Block::Paragraph(long.repeat(20)),
    ];
    assert!(write(&report).unwrap().starts_with(b"%PDF-1.7"));
}

#[test]
fn a_cell_is_cut_before_it_is_longer_than_half_a_page() {
    let fonts = Fonts::load().unwrap();
    let face = fonts.face(font::Weight::Regular);
    let lines = face.lines(&"реч ".repeat(500), 8.0, 60.0, 4);
    assert_eq!(lines.len(), 4);
    assert!(lines[3].ends_with('…') && lines.iter().all(|line| face.width(line, 8.0) <= 60.0), "{lines:?}");
    assert_eq!(face.lines("ana.petrovic@example.rs", 8.0, 60.0, 9), ["ana.petrovic@", "example.rs"]);
    assert_eq!(face.lines("", 8.0, 60.0, 9), Vec::<String>::new());
}

#[test]
fn a_long_report_is_not_tagged() {
    let mut report = report(0);
    let rows = (0..=TAGGED_ROWS).map(|nth| vec![nth.to_string()]).collect();
    let columns = vec![Column::number("Бр.", 1.0)];
    report.blocks = vec![Block::Table(Table { columns, rows, empty: String::new() })];
    let pdf = write(&report).unwrap();
    assert!(!String::from_utf8_lossy(&pdf).contains("/StructTreeRoot"), "its tags would be most of it");
    let Some(text) = read_back(&pdf, true) else { return };
    assert!(text.contains(&TAGGED_ROWS.to_string()), "the last row");
}
