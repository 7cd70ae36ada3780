//! Lists of people as anybody may send them: as they are, and as parts of a workbook, whose archive would keep nearly everything else from its
//! reader.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use odziv::domain::contact_list::{Columns, read};
use odziv::protocol::sheet::{MOST_COLUMNS, Sheet};
use zip::write::{SimpleFileOptions, ZipWriter};

const TYPES: &str = "<Types/>";
const ROOT: &str = r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

fuzz_target!(|data: &[u8]| {
    look(data);
    // The sheet, the texts and the styles, with a zero between them.
    let mut parts = data.splitn(3, |byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    look(&workbook(part(), part(), part()));
});

fn look(octets: &[u8]) {
    let Ok(mut sheet) = Sheet::open(octets, "list.csv") else { return };
    let rows: Vec<_> = sheet.rows().collect();
    let lines: Vec<u32> = rows.iter().map(|row| row.as_ref().map_or_else(|fault| fault.line, |row| row.line)).collect();
    assert!(lines.is_sorted(), "lines go up");
    let rows: Vec<_> = rows.into_iter().flatten().map(|row| (row.line, row.cells)).collect();
    assert!(rows.iter().all(|(_, cells)| cells.len() <= MOST_COLUMNS));
    let columns = Columns::of(rows.get(..50).unwrap_or(&rows), "RS");
    for (line, cells) in &rows {
        let _ = read(*line, cells, &columns, "RS");
    }
}

fn workbook(sheet: &[u8], texts: &[u8], styles: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, octets) in [
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", PARTS.as_bytes()),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(name, stored).expect("a part is begun");
        archive.write_all(octets).expect("a part is written");
    }
    archive.finish().expect("an archive is closed").into_inner()
}
