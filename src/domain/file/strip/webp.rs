//! WebP (RFC 9649): a RIFF of chunks. Hidden data have chunks of their own, and flags in the header that say so.

use super::{Input, Malformed, exif};

const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;
const KEPT: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut input = Input(bytes);
    let riff: [u8; 4] = input.array()?;
    let size = usize::try_from(u32::from_le_bytes(input.array()?)).map_err(|_| Malformed)?;
    let mut input = Input(input.take(size.min(input.0.len()))?);
    let webp: [u8; 4] = input.array()?;
    if riff != *b"RIFF" || webp != *b"WEBP" {
        return Err(Malformed);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let (mut header, mut up, mut pictures) = (None, None, 0_usize);
    while !input.0.is_empty() {
        let (kind, body) = chunk(&mut input)?;
        if kind == *b"VP8X" {
            header = Some(body);
        } else if kind == *b"EXIF" {
            up = exif::orientation(body.strip_prefix(b"Exif\0\0").unwrap_or(body));
        } else if KEPT.contains(&&kind) {
            pictures += 1;
            write_chunk(&mut out, &kind, body);
        }
    }
    if pictures == 0 {
        return Err(Malformed);
    }
    whole(header, up, out)
}

fn chunk<'a>(input: &mut Input<'a>) -> Result<([u8; 4], &'a [u8]), Malformed> {
    let kind = input.array()?;
    let size = usize::try_from(u32::from_le_bytes(input.array()?)).map_err(|_| Malformed)?;
    let body = input.take(size)?;
    // Odd ones are filled up; the last byte of the file is often forgotten.
    if size % 2 == 1 && !input.0.is_empty() {
        input.take(1)?;
    }
    Ok((kind, body))
}

fn whole(header: Option<&[u8]>, up: Option<u8>, chunks: Vec<u8>) -> Result<Vec<u8>, Malformed> {
    let mut body = b"WEBP".to_vec();
    let mut tail = Vec::new();
    // Without this header a file has one picture and no room for a way up.
    if let Some(header) = header {
        let mut header = header.to_vec();
        let flags = header.first_mut().ok_or(Malformed)?;
        *flags &= !(EXIF_FLAG | XMP_FLAG);
        if let Some(up) = up {
            *flags |= EXIF_FLAG;
            write_chunk(&mut tail, b"EXIF", &exif::minimal(up));
        }
        write_chunk(&mut body, b"VP8X", &header);
    }
    body.extend(chunks);
    body.extend(tail);
    let size = u32::try_from(body.len()).map_err(|_| Malformed)?;
    Ok([&b"RIFF"[..], &size.to_le_bytes(), &body].concat())
}

fn write_chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend(kind);
    out.extend(u32::try_from(body.len()).unwrap_or_default().to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        chunks.iter().for_each(|(kind, content)| write_chunk(&mut body, kind, content));
        [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
    }

    #[test]
    fn hidden_data_go_and_the_header_no_longer_names_them() {
        let exif = [&b"Exif\0\0"[..], &exif::minimal(3), b"GPS"].concat();
        let dirty = picture(&[
            (b"VP8X", &[0x2c, 0, 0, 0, 9, 0, 0, 9, 0, 0]),
            (b"ICCP", b"odd"),
            (b"VP8 ", b"pixels"),
            (b"EXIF", &exif),
            (b"XMP ", b"<x/>"),
        ]);
        let clean = picture(&[
            (b"VP8X", &[0x28, 0, 0, 0, 9, 0, 0, 9, 0, 0]),
            (b"ICCP", b"odd"),
            (b"VP8 ", b"pixels"),
            (b"EXIF", &exif::minimal(3)),
        ]);
        assert_eq!(strip(&dirty).unwrap(), clean);
        assert_eq!(strip(&clean).unwrap(), clean);
        let plain = picture(&[(b"VP8L", b"pixels")]);
        assert_eq!(strip(&[&plain[..], b"behind"].concat()).unwrap(), plain);
    }

    #[test]
    fn torn_picture_does_no_harm() {
        let whole = picture(&[(b"VP8X", &[0; 10]), (b"VP8 ", b"pixels")]);
        for cut in 0..whole.len() {
            let _ = strip(&whole[..cut]);
        }
        assert_eq!(strip(b"RIFF\xff\xff\xff\xffWEBP"), Err(Malformed));
    }
}
