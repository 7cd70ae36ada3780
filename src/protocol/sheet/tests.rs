use encoding_rs::{WINDOWS_1250, WINDOWS_1251};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::*;

fn read(octets: &[u8]) -> Vec<Result<Row, RowFault>> {
    Sheet::open(octets, "list.csv").unwrap().rows().collect()
}

/// The cells of every row with its line; a fault as its name.
fn lines(octets: &[u8]) -> Vec<String> {
    let line = |row: Result<Row, RowFault>| match row {
        Ok(row) => format!("{}: {}", row.line, row.cells.join(" | ").replace('\n', "⏎")),
        Err(fault) => format!("{}: {:?}", fault.line, fault.what),
    };
    read(octets).into_iter().map(line).collect()
}

fn form(octets: &[u8]) -> (char, &'static str) {
    match Sheet::open(octets, "list.csv").unwrap().form() {
        Form::Csv { delimiter, charset } => (delimiter, charset),
        other => panic!("{other:?}"),
    }
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

const CYRILLIC: &str = "име;телефон\r\nЂорђе Љубић;0641234567\r\nШћепан Џаџић;0657654321\r\n";
const LATIN: &str = "ime;telefon\r\nĐorđe Ljubić;0641234567\r\nŽarko Čolić;0657654321\r\n";

#[test]
fn charsets_that_spreadsheets_write_are_told_apart() {
    let cyrillic = ["1: име | телефон", "2: Ђорђе Љубић | 0641234567", "3: Шћепан Џаџић | 0657654321"];
    let latin = ["1: ime | telefon", "2: Đorđe Ljubić | 0641234567", "3: Žarko Čolić | 0657654321"];
    for octets in [
        CYRILLIC.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", CYRILLIC.as_bytes()].concat(),
        WINDOWS_1251.encode(CYRILLIC).0.into_owned(),
        utf16(&format!("\u{feff}{CYRILLIC}"), u16::to_le_bytes),
        utf16(&format!("\u{feff}{CYRILLIC}"), u16::to_be_bytes),
        utf16(CYRILLIC, u16::to_le_bytes),
        utf16(CYRILLIC, u16::to_be_bytes),
    ] {
        assert_eq!(lines(&octets), cyrillic);
    }
    for octets in [LATIN.as_bytes().to_vec(), WINDOWS_1250.encode(LATIN).0.into_owned()] {
        assert_eq!(lines(&octets), latin);
    }
    assert_eq!(form(&WINDOWS_1250.encode(LATIN).0), (';', "windows-1250"));
}

#[test]
fn the_charset_is_found_by_the_first_name_that_tells_it_wherever_it_stands() {
    let plain = "Ana Petrovic;0641234567\n".repeat(3_000);
    let late = WINDOWS_1250.encode(&format!("{plain}Žarko Čolić;0641234567\n")).0.into_owned();
    assert_eq!(read(&late).last().unwrap().as_ref().unwrap().cells[0], "Žarko Čolić");
}

#[test]
fn the_delimiter_is_what_makes_lines_alike() {
    for (text, delimiter) in [
        ("ime;adresa\nAna;Glavna 5, Novi Sad, Srbija\nPera;Duga 3, Beograd, Srbija\n", ';'),
        ("name,phone\n\"Petrović, Ana\",064123\nPera,065123\n", ','),
        ("ime\ttelefon\tgrad\nAna\t064\tNS\n", '\t'),
        ("ime|telefon\nAna|064\n", '|'),
        ("Ana;064;Glavna 5, NS\nPera;065;Duga 3, BG\n", ';'),
        ("sep=,\nа;б,в\nг;д,ђ\n", ','),
        ("0641234567\n0651234567\n", ';'),
    ] {
        assert_eq!(form(text.as_bytes()).0, delimiter, "{text}");
    }
    assert_eq!(lines("sep=,\nа;б,в\n".as_bytes()), ["2: а;б | в"], "a line that is told is no row");
}

#[test]
fn lines_are_numbered_as_a_person_counts_them() {
    let rows = ["1: a | b", "3: c | d", "4: two⏎lines | e", "6: f | g"];
    for end in ["\n", "\r\n", "\r"] {
        let text = ["a;b", "", "c;d", "\"two", "lines\";e", "f;g", ";;;", ""].join(end);
        assert_eq!(lines(text.as_bytes()), rows, "{end:?}");
    }
}

#[test]
fn a_broken_quotation_mark_takes_no_other_row_with_it() {
    let text = "ime;telefon;adresa\nAna \"Aca\" Ilić;1;x\n\"Pera;2;y\nMika;3;z\n\"Žika\" Đ;4;\"w\nLaza;5;v\n";
    let rows = [
        "1: ime | telefon | adresa",
        "2: Ana \"Aca\" Ilić | 1 | x",
        "3: Pera | 2 | y",
        "4: Mika | 3 | z",
        "5: Žika\" Đ | 4 | w",
        "6: Laza | 5 | v",
    ];
    assert_eq!(lines(text.as_bytes()), rows);
    // What cannot be mended is told, and only that line.
    let text = format!("a;b\n\"c\n{}d;e\n", "f;g\n".repeat(30));
    let rows = lines(text.as_bytes());
    assert_eq!((rows[1].as_str(), rows.len()), ("2: BrokenQuotes", 33));
}

#[test]
fn octets_that_belong_into_no_list_do_no_harm() {
    assert_eq!(lines(b"a;b\nc\0d;\0e\nf;\xff\n")[1], "2: cd | e");
    let long = format!("a;b\n{};c\nd;e\n", "x".repeat(10_000_000));
    assert_eq!(lines(long.as_bytes()), ["1: a | b", "2: TooLong", "3: d | e"]);
    let wide = format!("a;b\nc;{}d\ne;{}\n", ";".repeat(200), ";".repeat(20_000));
    assert_eq!(lines(wide.as_bytes()), ["1: a | b", "2: TooManyColumns", "3: TooManyColumns"]);
    let trailing = format!("a;b\nc;{}\n", ";".repeat(200));
    assert_eq!(lines(trailing.as_bytes()), ["1: a | b", "2: c"]);
}

#[test]
fn cells_say_what_their_writer_meant() {
    let text =
        "a;b\n'0641234567;=\"0641234567\"\n\u{202a}+381641234567\u{202c};\u{a0}x\u{a0}y \nO'Brajen;'na\n";
    assert_eq!(
        lines(text.as_bytes())[1..],
        ["2: 0641234567 | 0641234567", "3: +381641234567 | x y", "4: O'Brajen | 'na"]
    );
}

#[test]
fn what_is_no_list_is_called_by_its_name() {
    let compound = |name: &str| {
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &utf16(name, u16::to_le_bytes)].concat()
    };
    for (octets, why) in [
        (b"".to_vec(), SheetError::Empty),
        (b"\xef\xbb\xbf".to_vec(), SheetError::Empty),
        (b"\n\n  \n".to_vec(), SheetError::Empty),
        (b"%PDF-1.7 ...".to_vec(), SheetError::NotASheet),
        (b"\n <HTML><table>".to_vec(), SheetError::NotASheet),
        ((0..=255).cycle().take(5_000).collect(), SheetError::NotASheet),
        (compound("EncryptedPackage"), SheetError::Encrypted),
        (compound("Workbook"), SheetError::OldWorkbook),
        (
            b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet".to_vec(),
            SheetError::OpenDocument,
        ),
        (b"PK\x03\x04 photo.jpg".to_vec(), SheetError::NotASheet),
        (b"PK\x03\x04 [Content_Types].xml xl/workbook.xml".to_vec(), SheetError::Broken),
    ] {
        let opened = Sheet::open(&octets, "list.csv").map(|sheet| sheet.form());
        assert_eq!(opened, Err(why), "{:?}", String::from_utf8_lossy(&octets[..octets.len().min(20)]));
    }
}

fn people() -> Workbook {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Prazan").unwrap();
    let sheet = book.add_worksheet().set_name("Станари").unwrap();
    for (column, heading) in (0..).zip(["име", "телефон", "рођен", "износ", "примедба"])
    {
        sheet.write(0, column, heading).unwrap();
    }
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let moment = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    sheet.write(2, 0, "Ана Петровић").unwrap();
    sheet.write(2, 1, 381_641_234_567_f64).unwrap();
    sheet.write_with_format(2, 2, ExcelDateTime::from_ymd(1985, 3, 21).unwrap(), &day).unwrap();
    sheet.write(2, 3, 1234.5).unwrap();
    sheet.write(2, 4, true).unwrap();
    sheet.write(3, 0, "'Пера").unwrap();
    sheet.write(3, 1, 641_234_567).unwrap();
    let at = ExcelDateTime::from_ymd(2026, 1, 2).unwrap().and_hms(14, 5, 0.0).unwrap();
    sheet.write_with_format(3, 2, &at, &moment).unwrap();
    sheet.write(3, 3, Formula::new("=2*3").set_result("6")).unwrap();
    sheet.write(3, 4, "прва\nдруга").unwrap();
    sheet.set_row_hidden(3).unwrap();
    book
}

#[test]
fn a_workbook_is_read_as_its_reader_sees_it() {
    let octets = people().save_to_buffer().unwrap();
    assert_eq!(
        lines(&octets),
        [
            "1: име | телефон | рођен | износ | примедба",
            "3: Ана Петровић | 381641234567 | 1985-03-21 | 1234.5 | true",
            "4: 'Пера | 641234567 | 2026-01-02 14:05 | 6 | прва⏎друга",
        ]
    );
    let mut sheet = Sheet::open(&octets, "whatever.csv").unwrap();
    assert_eq!(sheet.form(), Form::Workbook { sheet: "Станари".into() });
    assert_eq!((sheet.rows().count(), sheet.rows().count()), (3, 3), "it may be read twice");
}

#[test]
fn a_hidden_sheet_comes_last() {
    let mut book = Workbook::new();
    book.add_worksheet().set_hidden(true).write(0, 0, "шифрарник").unwrap();
    book.add_worksheet().set_active(true).write(0, 0, "Ана").unwrap();
    assert_eq!(lines(&book.save_to_buffer().unwrap()), ["1: Ана"]);
}

#[test]
fn limits_of_a_workbook_are_those_of_a_text() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Ана").unwrap();
    sheet.write(1, 16_000, "far").unwrap();
    sheet.write(1_048_575, 0, "Пера").unwrap();
    let octets = book.save_to_buffer().unwrap();
    assert_eq!(lines(&octets), ["1: Ана", "2: TooManyColumns", "1048576: Пера"]);
}

/// A workbook of parts that somebody wrote by hand.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// With this first sheet and these texts.
fn workbook_of(sheet: &str, texts: &str) -> Vec<u8> {
    archive(&[
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/sharedStrings.xml", texts),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}

fn sheet_of(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

#[test]
fn a_workbook_that_is_broken_in_the_middle_gives_what_is_before() {
    let row =
        |line: u32| format!(r#"<row r="{line}"><c r="A{line}" t="inlineStr"><is><t>Ана</t></is></c></row>"#);
    let good = workbook_of(&sheet_of(&format!("{}{}", row(1), row(2))), "<sst></sst>");
    assert_eq!(lines(&good), ["1: Ана", "2: Ана"]);
    let sheet =
        format!("<worksheet><sheetData>{}<row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row>", row(1));
    assert_eq!(lines(&workbook_of(&sheet, "<sst></sst>")), ["1: Ана", "1: BrokenOff"]);
    // Rows that go back would be told under lines that nobody finds.
    let back = sheet_of(&format!("{}{}{}", row(5), row(2), row(6)));
    assert_eq!(lines(&workbook_of(&back, "<sst></sst>")), ["5: Ана", "5: BrokenOff"]);
}

#[test]
fn a_bomb_is_refused_before_it_goes_off() {
    let open = |octets: &[u8]| Sheet::open(octets, "a.xlsx").map(|sheet| sheet.form()).unwrap_err();
    let empty = sheet_of("");
    assert_eq!(
        open(&workbook_of(&sheet_of(&"<row></row>".repeat(6_000_000)), "<sst></sst>")),
        SheetError::TooLarge
    );
    // Memory for so many texts would be asked for at once.
    assert_eq!(
        open(&workbook_of(&empty, r#"<sst uniqueCount = "99999999999"></sst>"#)),
        SheetError::TooLarge
    );
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(5_000_000));
    assert_eq!(open(&workbook_of(&empty, &long)), SheetError::TooLarge);
    assert_eq!(open(&workbook_of(&empty, "<sst></sst>")), SheetError::Empty);
}

#[test]
fn a_cut_workbook_is_broken_and_harmless() {
    let octets = people().save_to_buffer().unwrap();
    for end in (0..octets.len()).step_by(97) {
        if let Ok(mut sheet) = Sheet::open(&octets[..end], "a.xlsx") {
            sheet.rows().for_each(drop);
        }
    }
}

proptest! {
    #[test]
    fn what_a_good_program_writes_is_read_as_it_was(
        rows in prop::collection::vec(prop::collection::vec("[a-zšđжш0-9;,\"\n ]{0,12}", 2..5), 2..12),
        delimiter in prop::sample::select(vec![';', '\t', ',', '|']),
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string());
        // Two whole rows in quotes that span lines cannot be taken for broken marks: every cell is quoted.
        let text = format!("sep={delimiter}\n{}\n", rows.iter().map(line).collect::<Vec<_>>().join("\n"));
        let plain = |row: &Vec<String>| {
            let mut row: Vec<String> = row.iter().map(|cell| cell::plain(cell)).collect();
            row.truncate(row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
            row
        };
        let want: Vec<_> = rows.iter().map(plain).filter(|row| !row.is_empty()).collect();
        let simple = rows.iter().flatten().all(|cell| !cell.contains('\n') );
        let got: Vec<_> = Sheet::open(text.as_bytes(), "a.csv").unwrap().rows().map(|row| row.map(|row| row.cells)).collect();
        if simple {
            prop_assert_eq!(got, want.into_iter().map(Ok).collect::<Vec<_>>());
        }
    }

    #[test]
    fn whatever_comes_is_read_within_its_limits(octets in prop::collection::vec(any::<u8>(), 0..600), text in "[a-z;,\"\r\n\t\0šž]{0,300}") {
        for octets in [octets.as_slice(), text.as_bytes()] {
            if let Ok(mut sheet) = Sheet::open(octets, "a.csv") {
                let mut before = 0;
                for row in sheet.rows() {
                    let line = match &row { Ok(row) => row.line, Err(fault) => fault.line };
                    prop_assert!(line > before, "lines go up");
                    before = line;
                    if let Ok(row) = row {
                        prop_assert!(row.cells.len() <= MOST_COLUMNS && row.cells.last().is_some_and(|cell| !cell.is_empty()));
                    }
                }
            }
        }
    }
}
