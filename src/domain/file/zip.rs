//! The list of contents of a ZIP archive (APPNOTE.TXT §4.3): names only, nothing is unpacked.

/// The end record is this long and may be followed by a comment of 64 KiB.
const END_RECORD: usize = 22;
const LONGEST_COMMENT: usize = 0xffff;
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";
const ENTRY_HEADER: usize = 46;
/// An office document has some dozens; an archive of more is looked at no further.
const ENTRIES: usize = 4_096;

/// Names in the central directory, with `/` between folders; empty when there is none.
pub(super) fn names(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let Some(mut at) = directory_start(bytes) else { return names };
    while names.len() < ENTRIES {
        let Some(header) = bytes.get(at..).and_then(|rest| rest.get(..ENTRY_HEADER)) else { break };
        if !header.starts_with(ENTRY_SIGNATURE) {
            break;
        }
        let lengths = (u16_at(header, 28), u16_at(header, 30), u16_at(header, 32));
        let (Some(name), Some(extra), Some(comment)) = lengths else { break };
        let start = at + ENTRY_HEADER;
        let Some(text) = bytes.get(start..start + name) else { break };
        names.push(String::from_utf8_lossy(text).replace('\\', "/"));
        at = start + name + extra + comment;
    }
    names
}

/// The content of a first entry that is called `mimetype` and stored as it is (OpenDocument 1.2 part 3 §3.3).
pub(super) fn mimetype(bytes: &[u8]) -> Option<&[u8]> {
    let name = bytes.get(30..38)?;
    let (method, size, extra) = (u16_at(bytes, 8)?, u32_at(bytes, 18)?, u16_at(bytes, 28)?);
    if name != b"mimetype" || u16_at(bytes, 26)? != 8 || method != 0 {
        return None;
    }
    let start = 38 + extra;
    bytes.get(start..start.checked_add(size)?)
}

fn directory_start(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_RECORD + LONGEST_COMMENT);
    let tail = bytes.get(from..)?;
    let end = tail.windows(END_SIGNATURE.len()).rposition(|window| window == END_SIGNATURE)?;
    u32_at(tail.get(end..)?, 16)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes(raw.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at + 4)?;
    usize::try_from(u32::from_le_bytes(raw.try_into().ok()?)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    /// An archive of empty entries, and a first one with content.
    pub(crate) fn archive(first: Option<(&str, &[u8])>, names: &[&str]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        let entries = first.into_iter().chain(names.iter().map(|name| (*name, &b""[..])));
        let mut count = 0_u16;
        for (name, content) in entries {
            let offset = u32::try_from(bytes.len()).unwrap();
            let (size, length) = (content.len() as u32, name.len() as u16);
            bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            bytes.extend(size.to_le_bytes());
            bytes.extend(size.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend([0, 0]);
            bytes.extend(name.as_bytes());
            bytes.extend(content);
            directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0");
            directory.extend(size.to_le_bytes());
            directory.extend(size.to_le_bytes());
            directory.extend(length.to_le_bytes());
            directory.extend([0; 12]);
            directory.extend(offset.to_le_bytes());
            directory.extend(name.as_bytes());
            count += 1;
        }
        let (start, size) = (bytes.len() as u32, directory.len() as u32);
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(count.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn names_of_an_archive_are_read_and_a_torn_one_gives_what_is_there() {
        let whole = archive(None, &["a.txt", "dir/b.txt"]);
        assert_eq!(super::names(&whole), ["a.txt", "dir/b.txt"]);
        for cut in 0..whole.len() {
            let _ = super::names(&whole[..cut]);
        }
        // A directory that is said to begin far outside.
        let mut lying = whole.clone();
        let end = lying.len();
        lying[end - 6..end - 2].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(super::names(&lying).is_empty());
    }
}
