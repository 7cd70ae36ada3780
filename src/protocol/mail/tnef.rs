//! `winmail.dat`: what Outlook makes of attachments when it believes that the other side is Outlook too (MS-OXTNEF §2.1.3). The files in it are
//! taken out; what cannot be read stays the one file that it is.

use crate::protocol::charset;

const SIGNATURE: u32 = 0x223e_9f78;
/// A further attachment begins.
const BEGINS: u32 = 0x0006_9002;
const TITLE: u32 = 0x0001_8010;
const DATA: u32 = 0x0006_800f;
/// As many as of a mail; the octets are bounded by those of the mail.
const MOST_FILES: usize = 20;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Empty when it is no such file, or one without files.
pub(super) fn files(octets: &[u8]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    let mut rest = octets;
    if number(&mut rest) != Some(SIGNATURE) || take(&mut rest, 2).is_none() {
        return files;
    }
    while let Some((what, data)) = attribute(&mut rest) {
        if what == BEGINS {
            if files.len() == MOST_FILES {
                break;
            }
            files.push(File::default());
        }
        let Some(file) = files.last_mut() else { continue };
        match what {
            TITLE => {
                let name = data.split(|octet| *octet == 0).next().unwrap_or_default();
                file.name = charset::decode(name, None);
            }
            DATA => file.bytes = data.to_vec(),
            _ => {}
        }
    }
    files.retain(|file| !file.bytes.is_empty());
    files
}

/// Level, what it is, its length, its octets, a sum.
fn attribute<'o>(rest: &mut &'o [u8]) -> Option<(u32, &'o [u8])> {
    take(rest, 1)?;
    let (what, length) = (number(rest)?, number(rest)?);
    let data = take(rest, usize::try_from(length).ok()?)?;
    take(rest, 2)?;
    Some((what, data))
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?))
}

fn take<'o>(rest: &mut &'o [u8], octets: usize) -> Option<&'o [u8]> {
    let (taken, left) = rest.split_at_checked(octets)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn winmail(files: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut made = SIGNATURE.to_le_bytes().to_vec();
        made.extend([1, 0]);
        let mut attribute = |what: u32, data: &[u8]| {
            made.push(2);
            made.extend(what.to_le_bytes());
            made.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            made.extend(data);
            made.extend([0, 0]);
        };
        for (name, bytes) in files {
            attribute(BEGINS, &[0; 14]);
            attribute(TITLE, &[name, &b"\0"[..]].concat());
            attribute(DATA, bytes);
        }
        made
    }

    #[test]
    fn files_are_taken_out_and_half_a_file_does_no_harm() {
        let (name, ..) = encoding_rs::WINDOWS_1250.encode("račun š.pdf");
        let octets = winmail(&[(&name, b"%PDF-1.7"), (b"b.txt", b"tekst")]);
        let found = files(&octets);
        let read: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
        assert_eq!(read, [("račun š.pdf", &b"%PDF-1.7"[..]), ("b.txt", &b"tekst"[..])]);
        for end in 0..octets.len() {
            assert!(files(&octets[..end]).len() <= 2);
        }
        assert!(files(b"x\x9f>\"").is_empty() && files(b"").is_empty());
        assert!(files(&winmail(&vec![(&b"n"[..], &b"x"[..]); 50])).len() <= MOST_FILES);
        let endless = [&SIGNATURE.to_le_bytes()[..], &[1, 0, 2], &DATA.to_le_bytes(), &[0xff; 4]].concat();
        assert!(files(&endless).is_empty());
    }
}
