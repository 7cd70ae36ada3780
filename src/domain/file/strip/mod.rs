//! Hidden data of pictures (Exif, XMP, IPTC: where, when and with whose telephone it was taken) taken out, the picture itself untouched:
//! the container is written anew without them. Of Exif only the way up stays, as telephones do not turn the picture itself.

mod exif;
mod jpeg;
mod png;
mod webp;

use super::kind::FileKind;

/// Not the container that its first bytes promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture cannot be read")]
pub struct Malformed;

/// `None` for kinds in which nothing is looked for.
pub(super) fn strip(kind: FileKind, bytes: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    match kind {
        FileKind::Jpeg => jpeg::strip(bytes).map(Some),
        FileKind::Png => png::strip(bytes).map(Some),
        FileKind::Webp => webp::strip(bytes).map(Some),
        _ => Ok(None),
    }
}

/// Reads from the front; every length is checked against what is there.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }
}
