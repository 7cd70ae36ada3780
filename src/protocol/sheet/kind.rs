//! What kind of file it is, by its octets: names are often wrong.

use super::SheetError;
use super::text::is_utf16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Workbook,
}

/// So much is looked at.
const HEAD: usize = 4 * 1024;
/// Beginnings of what people send instead. Pages and XML are what some programs call a workbook.
const OTHERS: [&[u8]; 12] = [
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
    b"<html",
    b"<!doctype",
    b"<?xml",
    b"<table",
];
/// Compound files (MS-CFB): Office before 2007, and what Office encrypts.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

pub(super) fn of(octets: &[u8]) -> Result<Kind, SheetError> {
    let head = octets.get(..HEAD).unwrap_or(octets);
    if octets.starts_with(b"PK\x03\x04") {
        return archive(octets);
    }
    if octets.starts_with(COMPOUND) {
        let is_encrypted = contains(octets, &utf16("EncryptedPackage"));
        return Err(if is_encrypted { SheetError::Encrypted } else { SheetError::OldWorkbook });
    }
    let begins = head.trim_ascii_start().to_ascii_lowercase();
    let begins = begins.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&begins);
    if OTHERS.iter().any(|other| begins.starts_with(&other.to_ascii_lowercase())) || is_binary(head) {
        return Err(SheetError::NotASheet);
    }
    Ok(Kind::Text)
}

/// The directory of an archive has the names of its parts in plain octets.
fn archive(octets: &[u8]) -> Result<Kind, SheetError> {
    if contains(octets, b"xl/workbook.bin") {
        Err(SheetError::OldWorkbook)
    } else if contains(octets, b"[Content_Types].xml") && contains(octets, b"workbook") {
        Ok(Kind::Workbook)
    } else if contains(octets.get(..HEAD).unwrap_or(octets), b"opendocument.spreadsheet") {
        Err(SheetError::OpenDocument)
    } else {
        Err(SheetError::NotASheet)
    }
}

/// Zeros alone do not make it so: they stand in UTF-16, and in what old programs write.
fn is_binary(head: &[u8]) -> bool {
    if is_utf16(head) {
        return false;
    }
    let odd = head.iter().filter(|b| matches!(b, 1..=8 | 14..=26 | 28..=31)).count();
    odd * 50 > head.len()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(octets, part).is_some()
}
