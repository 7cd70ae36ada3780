//! What a file is, by its first bytes and, where many kinds share a container, by what is in it. Names and declared types have no say.

use super::kind::FileKind;
use super::zip;

/// Text is told from bytes by so much of it; a longer head tells nothing more.
const HEAD: usize = 8 * 1024;

pub(super) fn recognise(bytes: &[u8]) -> FileKind {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    by_signature(head, bytes).or_else(|| by_words(head, bytes.len() > HEAD)).unwrap_or(FileKind::Unknown)
}

fn by_signature(head: &[u8], whole: &[u8]) -> Option<FileKind> {
    use FileKind::*;
    #[rustfmt::skip]
    const SIGNATURES: &[(&[u8], FileKind)] = &[
        (b"%PDF-", Pdf),
        (b"\xff\xd8\xff", Jpeg),
        (b"\x89PNG\r\n\x1a\n", Png),
        (b"GIF87a", Gif), (b"GIF89a", Gif),
        (b"II*\0", Tiff), (b"MM\0*", Tiff),
        (b"{\\rtf", Rtf),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OldOffice),
        (b"Rar!\x1a\x07", Rar), (b"7z\xbc\xaf\x27\x1c", SevenZip), (b"\x1f\x8b", Gzip),
        (b"\x1a\x45\xdf\xa3", Webm),
        (b"ID3", Mp3),
        (b"OggS", Ogg), (b"#!AMR", Amr),
        (b"\x7fELF", Program),
        // Mach-O in both orders and for several processors; the last is Java's too.
        (b"\xfe\xed\xfa\xce", Program), (b"\xfe\xed\xfa\xcf", Program), (b"\xce\xfa\xed\xfe", Program),
        (b"\xcf\xfa\xed\xfe", Program), (b"\xca\xfe\xba\xbe", Program),
        // A shortcut of Windows runs what it points to.
        (b"\x4c\0\0\0\x01\x14\x02\0", Program),
        (b"dex\n", Program), (b"\0asm", Program),
        (b"#!", Script),
    ];
    if let Some((_, kind)) = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        return Some(*kind);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(of_archive(whole));
    }
    if head.starts_with(b"MZ") && is_windows_program(whole) {
        return Some(Program);
    }
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return Some(Bmp);
    }
    match (head.get(..4)?, head.get(8..12)) {
        (b"RIFF", Some(b"WEBP")) => Some(Webp),
        (b"RIFF", Some(b"WAVE")) => Some(Wav),
        // MPEG audio of layer III without tags: eleven bits of sync, then a rate that exists (ISO 11172-3 §2.4.1.3).
        ([0xff, second, third, _], _)
            if second & 0xe0 == 0xe0
                && second & 0x06 == 0x02
                && third & 0xf0 != 0xf0
                && third & 0x0c != 0x0c =>
        {
            Some(Mp3)
        }
        _ if head.get(4..8) == Some(b"ftyp") => Some(of_brand(head.get(8..12)?)),
        _ => None,
    }
}

/// The offset of the real header stands at 0x3c.
fn is_windows_program(bytes: &[u8]) -> bool {
    let offset = bytes.get(0x3c..0x40).and_then(|raw| raw.try_into().ok()).map(u32::from_le_bytes);
    let at = offset.and_then(|offset| usize::try_from(offset).ok());
    let header = at.and_then(|at| bytes.get(at..)).unwrap_or_default();
    // Either the header, or an older program that has none and is too short or too binary to be words.
    header.starts_with(b"PE\0\0")
        || header.starts_with(b"NE")
        || bytes.get(..HEAD).unwrap_or(bytes).contains(&0)
}

/// ISO 14496-12: one container for pictures of telephones and for films.
fn of_brand(brand: &[u8]) -> FileKind {
    match brand {
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => FileKind::Heic,
        b"avif" | b"avis" => FileKind::Avif,
        _ => FileKind::Mp4,
    }
}

fn of_archive(bytes: &[u8]) -> FileKind {
    use FileKind::*;
    match zip::mimetype(bytes) {
        Some(kind) if kind.starts_with(b"application/vnd.oasis.opendocument.text") => return Odt,
        Some(kind) if kind.starts_with(b"application/vnd.oasis.opendocument.spreadsheet") => return Ods,
        Some(kind) if kind.starts_with(b"application/vnd.oasis.opendocument.presentation") => return Odp,
        _ => {}
    }
    let names = zip::names(bytes);
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let has_folder = |wanted: &str| names.iter().any(|name| name.starts_with(wanted));
    if has("META-INF/MANIFEST.MF") && has_folder("META-INF/") && names.iter().any(|n| n.ends_with(".class"))
        || has("AndroidManifest.xml")
        || has("AppxManifest.xml")
    {
        return Program;
    }
    if has("[Content_Types].xml") {
        for (folder, kind) in [("word/", Docx), ("xl/", Xlsx), ("ppt/", Pptx)] {
            if has_folder(folder) {
                return kind;
            }
        }
    }
    Zip
}

/// UTF-8, UTF-16 with its mark, or a charset of one byte a letter: no control characters but those of a page of text.
fn by_words(head: &[u8], is_cut: bool) -> Option<FileKind> {
    if head.is_empty() {
        return Some(FileKind::Text);
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some(FileKind::Text);
    }
    let words = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b) || b == 0x7f;
    if words.iter().any(|b| is_control(*b)) {
        return None;
    }
    let is_utf8 = match std::str::from_utf8(words) {
        Ok(_) => true,
        // The last letter may be cut in two.
        Err(error) => is_cut && error.error_len().is_none(),
    };
    let letters = words.iter().filter(|b| b.is_ascii()).count();
    // Cyrillic in windows-1251 is nearly all above ASCII, but has its spaces and line ends.
    if !is_utf8 && letters * 20 < words.len() {
        return None;
    }
    let start: Vec<u8> = words.trim_ascii_start().iter().take(256).map(u8::to_ascii_lowercase).collect();
    let contains = |what: &[u8]| start.windows(what.len()).any(|window| window == what);
    Some(if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") || contains(b"<script") {
        FileKind::Html
    } else if start.starts_with(b"<svg") || start.starts_with(b"<?xml") && contains(b"<svg") {
        FileKind::Svg
    } else {
        FileKind::Text
    })
}

#[cfg(test)]
mod tests {
    use super::super::zip::tests::archive;
    use super::*;

    #[test]
    fn documents_are_told_apart_inside_their_archives() {
        let office = |folder| archive(None, &["[Content_Types].xml", "_rels/.rels", folder]);
        assert_eq!(recognise(&office("word/document.xml")), FileKind::Docx);
        assert_eq!(recognise(&office("xl/workbook.xml")), FileKind::Xlsx);
        assert_eq!(recognise(&office("ppt/presentation.xml")), FileKind::Pptx);
        let open = |kind: &str| archive(Some(("mimetype", kind.as_bytes())), &["content.xml"]);
        assert_eq!(recognise(&open("application/vnd.oasis.opendocument.text")), FileKind::Odt);
        assert_eq!(recognise(&open("application/vnd.oasis.opendocument.spreadsheet")), FileKind::Ods);
        assert_eq!(recognise(&archive(None, &["photo.jpg"])), FileKind::Zip);
        assert_eq!(recognise(&archive(None, &["META-INF/MANIFEST.MF", "a/B.class"])), FileKind::Program);
    }

    #[test]
    fn containers_of_pictures_and_films_are_told_apart() {
        assert_eq!(recognise(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), FileKind::Heic);
        assert_eq!(recognise(b"\0\0\0\x18ftypisom\0\0\0\0isommp42"), FileKind::Mp4);
        assert_eq!(recognise(b"RIFF\x10\0\0\0WEBPVP8 "), FileKind::Webp);
        assert_eq!(recognise(b"RIFF\x10\0\0\0WAVEfmt "), FileKind::Wav);
    }

    #[test]
    fn words_in_every_charset_of_the_place_are_text() {
        assert_eq!(recognise("Поштовани, пукла је цев.\n".as_bytes()), FileKind::Text);
        // windows-1251 and windows-1250.
        assert_eq!(
            recognise(
                b"\xcf\xee\xf8\xf2\xee\xe2\xe0\xed\xe8, \xef\xf3\xea\xeb\xe0 \xbc\xe5 \xf6\xe5\xe2.\r\n"
            ),
            FileKind::Text
        );
        assert_eq!(recognise(b"Po\x9atovani, pukla je cev \xe8\xe6.\r\n"), FileKind::Text);
        assert_eq!(recognise(b"\xff\xfeP\0o\0"), FileKind::Text);
        assert_eq!(recognise(b"MZ: a note that begins so"), FileKind::Text);
        assert_eq!(recognise(b"\x01\x02\x03\x04binary"), FileKind::Unknown);
        let cut = "ш".repeat(HEAD) + "x";
        assert_eq!(recognise(&cut.as_bytes()[1..]), recognise(&cut.as_bytes()[1..]));
        assert_eq!(recognise(cut.as_bytes()), FileKind::Text);
    }

    #[test]
    fn pages_that_run_something_are_not_plain_text() {
        assert_eq!(recognise(b"\xef\xbb\xbf  <!DOCTYPE html><p>"), FileKind::Html);
        assert_eq!(recognise(b"<?xml version=\"1.0\"?><svg onload=\"x\">"), FileKind::Svg);
        assert_eq!(recognise(b"hello <script>alert(1)</script>"), FileKind::Html);
        assert_eq!(recognise(b"#!/bin/sh\nrm -rf /"), FileKind::Script);
    }
}
