//! Files that do something to whoever opens them.
//!
//! What a clerk or a page brings is refused: nobody at the counter has a program to hand in, and the one who stands there can be asked. What a
//! citizen's mail brings is kept, because an office destroys nothing that was sent to it, but locked away: it is listed, and only
//! who has the right of its own may take it out, under a name that no system runs.

use super::kind::FileKind;
use super::name::FileName;
use super::zip;
use crate::domain::words::words;

words! {
    Danger {
        /// The bytes are a program.
        Program = "program",
        Script = "script",
        /// The name says that systems run it, whatever the bytes are.
        RunsByName = "runs_by_name",
        /// An office document that brings macros along.
        Macros = "macros",
        /// An archive with one of these in it.
        InArchive = "in_archive",
    }
}

/// What Windows, macOS or Android run, or let run something else, when it is clicked.
const RUN: &[&str] = &[
    "apk",
    "app",
    "appx",
    "application",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hta",
    "img",
    "inf",
    "ins",
    "iso",
    "jar",
    "js",
    "jse",
    "jnlp",
    "lnk",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "one",
    "pif",
    "pkg",
    "ps1",
    "psm1",
    "reg",
    "rgs",
    "scf",
    "scr",
    "sct",
    "sh",
    "shb",
    "sys",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vhdx",
    "vxd",
    "wim",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xll",
];
/// Office documents that are named after their macros.
const MACROS: &[&str] =
    &["docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm"];

pub(super) fn danger(name: &FileName, kind: FileKind, bytes: &[u8]) -> Option<Danger> {
    match kind {
        FileKind::Program => return Some(Danger::Program),
        FileKind::Script => return Some(Danger::Script),
        _ => {}
    }
    let extension = name.extension().unwrap_or_default();
    if RUN.contains(&extension.as_str()) {
        return Some(Danger::RunsByName);
    }
    if MACROS.contains(&extension.as_str()) {
        return Some(Danger::Macros);
    }
    match kind {
        FileKind::Docx | FileKind::Xlsx | FileKind::Pptx => {
            let macros = |name: &String| name.to_ascii_lowercase().ends_with("vbaproject.bin");
            zip::names(bytes).iter().any(macros).then_some(Danger::Macros)
        }
        FileKind::Zip => zip::names(bytes).iter().any(|entry| runs(entry)).then_some(Danger::InArchive),
        _ => None,
    }
}

fn runs(entry: &str) -> bool {
    let extension = FileName::new(entry).extension().unwrap_or_default();
    RUN.contains(&extension.as_str()) || MACROS.contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::recognise::recognise;
    use super::super::zip::tests::archive;
    use super::*;

    fn found(name: &str, bytes: &[u8]) -> Option<Danger> {
        danger(&FileName::new(name), recognise(bytes), bytes)
    }

    #[test]
    fn programs_are_known_under_any_name() {
        let mut program = vec![0_u8; 0x80];
        program[..2].copy_from_slice(b"MZ");
        program[0x3c] = 0x40;
        program[0x40..0x44].copy_from_slice(b"PE\0\0");
        assert_eq!(found("račun.pdf", &program), Some(Danger::Program));
        assert_eq!(found("račun.pdf.exe", b"text"), Some(Danger::RunsByName));
        assert_eq!(found("račun.EXE. ", b"text"), Some(Danger::RunsByName));
        assert_eq!(found("a.txt", b"#!/bin/sh"), Some(Danger::Script));
        assert_eq!(found("a.pdf", b"%PDF-1.4"), None);
    }

    #[test]
    fn macros_and_archives_are_looked_into() {
        let document = ["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"];
        assert_eq!(found("a.docx", &archive(None, &document)), Some(Danger::Macros));
        assert_eq!(found("a.docx", &archive(None, &document[..2])), None);
        assert_eq!(found("a.zip", &archive(None, &["slike/1.jpg", "slike/2.scr"])), Some(Danger::InArchive));
        assert_eq!(found("a.zip", &archive(None, &["slike/1.jpg"])), None);
    }
}
