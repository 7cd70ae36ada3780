//! PNG (ISO 15948): a row of chunks. Kept are those that a decoder must know, and those of colour, size and movement.

use super::{Input, Malformed, exif};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// §5.3: no chunk is longer.
const LONGEST: u32 = 0x7fff_ffff;
#[rustfmt::skip]
const KEPT: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND",
    b"tRNS", b"bKGD", b"sBIT", b"hIST", b"sPLT", b"pHYs",
    b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI",
    b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut input = Input(bytes);
    if input.take(SIGNATURE.len())? != SIGNATURE {
        return Err(Malformed);
    }
    let up = orientation(input.0);
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(SIGNATURE);
    loop {
        let whole = input.0;
        let (kind, body) = chunk(&mut input)?;
        if kind == *b"IDAT" && out.len() < SIGNATURE.len() + 12 {
            return Err(Malformed);
        }
        if KEPT.contains(&&kind) {
            let length = whole.len() - input.0.len();
            out.extend(whole.get(..length).unwrap_or_default());
        }
        if kind == *b"IHDR"
            && let Some(up) = up
        {
            write_chunk(&mut out, b"eXIf", &exif::minimal(up));
        }
        if kind == *b"IEND" {
            return if body.is_empty() { Ok(out) } else { Err(Malformed) };
        }
    }
}

fn chunk<'a>(input: &mut Input<'a>) -> Result<([u8; 4], &'a [u8]), Malformed> {
    let length = u32::from_be_bytes(input.array()?);
    let kind = input.array()?;
    if length > LONGEST {
        return Err(Malformed);
    }
    let body = input.take(usize::try_from(length).map_err(|_| Malformed)?)?;
    // Check sums are the decoder's business: what is kept is kept with its own.
    input.take(4)?;
    Ok((kind, body))
}

fn orientation(chunks: &[u8]) -> Option<u8> {
    let mut input = Input(chunks);
    loop {
        match chunk(&mut input).ok()? {
            (kind, body) if kind == *b"eXIf" => return exif::orientation(body),
            (kind, _) if kind == *b"IEND" => return None,
            _ => {}
        }
    }
}

fn write_chunk(out: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) {
    out.extend(u32::try_from(body.len()).unwrap_or_default().to_be_bytes());
    out.extend(kind);
    out.extend(body);
    out.extend(crc(&[kind, body].concat()).to_be_bytes());
}

/// Annex D; of some dozens of bytes, so without a table.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(extra: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        write_chunk(&mut out, b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
        extra.iter().for_each(|(kind, body)| write_chunk(&mut out, kind, body));
        write_chunk(&mut out, b"IDAT", b"pixels");
        write_chunk(&mut out, b"IEND", b"");
        out
    }

    #[test]
    fn words_times_and_places_go_and_colours_stay() {
        let exif = [&exif::minimal(8)[..], b"GPS"].concat();
        let mut dirty = picture(&[
            (b"iCCP", b"colours"),
            (b"tEXt", b"Author\0Mira"),
            (b"iTXt", b"XML:com.adobe.xmp"),
            (b"zTXt", b"x"),
            (b"tIME", b"1234567"),
            (b"eXIf", &exif),
            (b"prVt", b"whatever"),
        ]);
        dirty.extend(b"behind the end");
        let clean = strip(&dirty).unwrap();
        assert_eq!(clean, picture(&[(b"eXIf", &exif::minimal(8)), (b"iCCP", b"colours")]));
        assert_eq!(strip(&clean).unwrap(), clean);
    }

    #[test]
    fn check_sum_is_that_of_the_standard() {
        let end = picture(&[]);
        assert_eq!(end[end.len() - 4..], [0xae, 0x42, 0x60, 0x82]);
    }

    #[test]
    fn torn_picture_is_no_picture() {
        let whole = picture(&[]);
        for cut in 0..whole.len() {
            assert_eq!(strip(&whole[..cut]), Err(Malformed), "{cut}");
        }
    }
}
