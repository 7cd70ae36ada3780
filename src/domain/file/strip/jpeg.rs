//! JPEG (ITU-T T.81 annex B): a row of segments, then scans. Kept is what a decoder needs, and the colour profile.

use super::{Input, Malformed, exif};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut input = Input(bytes);
    if input.take(2)? != [0xff, SOI] {
        return Err(Malformed);
    }
    let mut out = Vec::with_capacity(bytes.len());
    out.extend([0xff, SOI]);
    // Exif stands behind the segment of JFIF, which must be the first.
    let mut up: Option<u8> = orientation(bytes);
    let mut seen_scan = false;
    loop {
        let code = match marker(&mut input) {
            Ok(code) => code,
            // Cut off after the picture began: what is there can be looked at.
            Err(_) if seen_scan => return Ok(out),
            Err(malformed) => return Err(malformed),
        };
        if code != APP0
            && let Some(up) = up.take()
        {
            write_orientation(&mut out, up);
        }
        match code {
            EOI => {
                out.extend([0xff, EOI]);
                // What comes behind the end (a film, further pictures with hidden data of their own) is not this picture.
                return Ok(out);
            }
            // Stand alone, without a length.
            0x01 | 0xd0..=0xd7 => out.extend([0xff, code]),
            SOI => return Err(Malformed),
            _ => {
                let length = input.array().map(u16::from_be_bytes);
                let body = length
                    .and_then(|length| input.take(usize::from(length).checked_sub(2).ok_or(Malformed)?));
                let body = match body {
                    Ok(body) => body,
                    Err(_) if seen_scan => return Ok(out),
                    Err(malformed) => return Err(malformed),
                };
                if is_kept(code, body) {
                    write_segment(&mut out, code, body);
                }
                if code == SOS {
                    seen_scan = true;
                    out.extend(entropy_coded(&mut input));
                }
            }
        }
    }
}

/// Any number of 0xff may stand before the code (B.1.1.2).
fn marker(input: &mut Input<'_>) -> Result<u8, Malformed> {
    if input.byte()? != 0xff {
        return Err(Malformed);
    }
    loop {
        match input.byte()? {
            0xff => {}
            0x00 => return Err(Malformed),
            code => return Ok(code),
        }
    }
}

/// Until the next marker that is neither a stuffed zero nor a restart.
fn entropy_coded<'a>(input: &mut Input<'a>) -> &'a [u8] {
    let data = input.0;
    let end = data
        .windows(2)
        .position(|pair| matches!(pair, [0xff, code] if !matches!(code, 0x00 | 0xd0..=0xd7 | 0xff)))
        .unwrap_or(data.len());
    let (scan, rest) = data.split_at(end);
    input.0 = rest;
    scan
}

/// Frames, tables and scans; of the applications' segments those that change how the picture looks.
fn is_kept(code: u8, body: &[u8]) -> bool {
    match code {
        APP0 => body.starts_with(b"JFIF\0"),
        APP2 => body.starts_with(b"ICC_PROFILE\0"),
        APP14 => body.starts_with(b"Adobe"),
        // Frames, Huffman and arithmetic tables, quantization, restart intervals, lines, hierarchy (B.1.1.3).
        0xc0..=0xcf | 0xda..=0xdf => true,
        _ => false,
    }
}

fn write_segment(out: &mut Vec<u8>, code: u8, body: &[u8]) {
    // A picture of its own, uncompressed, may stand behind the density: the thumbnail of before the picture was cut.
    let thumbnailed = [body.get(..12).unwrap_or_default(), &[0, 0]].concat();
    let body = if code == APP0 && body.len() > 14 { &thumbnailed } else { body };
    let length = u16::try_from(body.len() + 2).unwrap_or(u16::MAX);
    out.extend([0xff, code]);
    out.extend(length.to_be_bytes());
    out.extend(body);
}

fn write_orientation(out: &mut Vec<u8>, up: u8) {
    let body = [&b"Exif\0\0"[..], &exif::minimal(up)].concat();
    write_segment(out, APP1, &body);
}

/// From the first Exif segment before the scans.
fn orientation(bytes: &[u8]) -> Option<u8> {
    let mut input = Input(bytes.get(2..)?);
    loop {
        let code = marker(&mut input).ok()?;
        if matches!(code, SOS | EOI | SOI) {
            return None;
        }
        if matches!(code, 0x01 | 0xd0..=0xd7) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes(input.array().ok()?)).checked_sub(2)?;
        let body = input.take(length).ok()?;
        if code == APP1
            && let Some(tiff) = body.strip_prefix(b"Exif\0\0")
        {
            return exif::orientation(tiff);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(code: u8, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_segment(&mut out, code, body);
        out
    }

    const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x48\0\x48\0\0";

    fn photo(extra: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0xff, SOI];
        bytes.extend(segment(APP0, JFIF));
        extra.iter().for_each(|segment| bytes.extend(segment));
        bytes.extend(segment(0xdb, &[0; 65]));
        bytes.extend(segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]));
        bytes.extend(segment(SOS, &[1, 1, 0, 0, 63, 0]));
        bytes.extend([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, EOI]);
        bytes
    }

    #[test]
    fn place_author_and_comments_go_and_the_picture_stays() {
        let exif = [&b"Exif\0\0"[..], &exif::minimal(6), b"GPS 45.25 19.84"].concat();
        let profile = b"ICC_PROFILE\0\x01\x01colours".to_vec();
        let dirty = photo(&[
            segment(APP1, &exif),
            segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"),
            segment(APP2, &profile),
            segment(APP2, b"MPF\0more pictures"),
            segment(0xed, b"Photoshop 3.0\0IPTC: Mira"),
            segment(0xfe, b"taken by Mira"),
        ]);
        let dirty = [dirty, b"film with a place".to_vec()].concat();
        let clean = strip(&dirty).unwrap();
        let turned = [&b"Exif\0\0"[..], &exif::minimal(6)].concat();
        let expected = photo(&[segment(APP1, &turned), segment(APP2, &profile)]);
        assert_eq!(clean, expected);
        assert_eq!(strip(&clean).unwrap(), clean, "clean is clean");
    }

    #[test]
    fn upright_picture_needs_no_exif() {
        let exif = [&b"Exif\0\0"[..], &exif::minimal(1)].concat();
        assert_eq!(strip(&photo(&[segment(APP1, &exif)])).unwrap(), photo(&[]));
    }

    #[test]
    fn picture_cut_off_in_its_scan_keeps_what_is_there_and_one_cut_before_is_no_picture() {
        let whole = photo(&[]);
        assert_eq!(strip(&whole[..whole.len() - 2]).unwrap(), whole[..whole.len() - 2]);
        assert_eq!(strip(&whole[..20]), Err(Malformed));
        for cut in 0..whole.len() {
            let _ = strip(&whole[..cut]);
        }
    }
}
