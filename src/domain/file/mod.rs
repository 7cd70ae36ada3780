//! Files that citizens send and clerks scan: what they really are, how they are named, and what is taken out of them before they are kept.

mod danger;
mod hash;
mod kind;
mod name;
mod recognise;
mod strip;
mod zip;

pub use danger::Danger;
pub use hash::BlobHash;
pub use kind::FileKind;
pub use name::{FileName, content_disposition};
pub use strip::Malformed;

/// What was found out about the bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    pub kind: FileKind,
    /// The sender's type, or the ending of the name, says something else than the bytes do.
    pub mismatch: bool,
    pub danger: Option<Danger>,
    /// The picture's hidden data (place, camera, author) were taken out.
    pub stripped: bool,
    /// What is to be stored.
    pub bytes: Vec<u8>,
}

/// A file that is on the disk, examined and stored by its hash, and not yet attached to anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of what is stored.
    pub hash: BlobHash,
    /// In bytes, of what is stored.
    pub size: i64,
    pub kind: FileKind,
    pub name: FileName,
    /// As the sender said; `None` when it said nothing.
    pub declared_type: Option<String>,
    pub stripped: bool,
    pub mismatch: bool,
    pub danger: Option<Danger>,
}

/// A picture that cannot be read as what it seems to be is kept as it came, as of unknown kind: it is then offered for download and
/// never shown within a page.
pub fn examine(name: &FileName, declared_type: Option<&str>, bytes: Vec<u8>) -> Examined {
    let kind = recognise::recognise(&bytes);
    let danger = danger::danger(name, kind, &bytes);
    let (kind, stripped, bytes) = match strip::strip(kind, &bytes) {
        Ok(None) => (kind, false, bytes),
        Ok(Some(clean)) => (kind, true, clean),
        Err(Malformed) => (FileKind::Unknown, false, bytes),
    };
    let declared = declared_type.and_then(FileKind::of_media_type);
    let named = name.extension().and_then(|extension| FileKind::of_extension(&extension));
    let mismatch = [declared, named].into_iter().flatten().any(|said| !said.is_like(kind));
    Examined { kind, mismatch, danger, stripped, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(name: &str, declared: Option<&str>, bytes: &[u8]) -> Examined {
        examine(&FileName::new(name), declared, bytes.to_vec())
    }

    #[test]
    fn what_the_bytes_are_counts_and_what_was_said_is_compared() {
        let pdf = examined("решење.pdf", Some("application/pdf"), b"%PDF-1.7\n...");
        assert_eq!((pdf.kind, pdf.mismatch, pdf.danger), (FileKind::Pdf, false, None));
        let wrong = examined("слика.jpg", Some("image/jpeg"), b"%PDF-1.7\n...");
        assert_eq!((wrong.kind, wrong.mismatch), (FileKind::Pdf, true));
        let unsaid = examined("скен", Some("application/octet-stream"), b"%PDF-1.7\n...");
        assert!(!unsaid.mismatch);
    }

    #[test]
    fn broken_picture_is_kept_as_it_came_and_never_shown() {
        let broken = b"\xff\xd8\xff\xe1\xff\xffcut";
        let found = examined("a.jpg", None, broken);
        assert_eq!((found.kind, found.stripped, found.mismatch), (FileKind::Unknown, false, true));
        assert_eq!(found.bytes, broken);
    }
}
