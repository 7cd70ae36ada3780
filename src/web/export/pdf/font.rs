//! Letters: which there are, how wide they are, and where a line may end.

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use unicode_normalization::UnicodeNormalization;

use super::PdfError;

const REGULAR: &[u8] = include_bytes!("fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/NotoSans-Bold.ttf");
/// All letters that the fonts have are below it, so a table finds them.
const LETTERS: u32 = 0x2500;
/// For what the fonts do not have.
const UNKNOWN: char = '\u{fffd}';
/// Where a word that is too long for its line may be divided: behind these, so that addresses stay readable, and before a hyphen. A line that
/// ends with one is joined without it by whoever copies the words out.
const SEAMS: [char; 7] = ['@', '.', '/', '_', ',', ';', ':'];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

pub(super) struct Face {
    pub font: Font,
    /// Glyph and width, in parts of the size, by letter. Glyph 0 is none.
    letters: Vec<(u16, f32)>,
    unknown: (u16, f32),
}

impl Fonts {
    pub(super) fn load() -> Result<Self, PdfError> {
        Ok(Self { regular: Face::load(REGULAR)?, bold: Face::load(BOLD)? })
    }

    pub(super) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }
}

impl Face {
    fn load(octets: &'static [u8]) -> Result<Self, PdfError> {
        let broken = || PdfError("a font is broken".to_owned());
        let font = Font::new(octets.into(), 0).ok_or_else(broken)?;
        let face = FontRef::new(octets).map_err(|_| broken())?;
        let (map, metrics) = (face.charmap(), face.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let letter = |code: u32| {
            let glyph = map.map(code).unwrap_or_default();
            (
                u16::try_from(glyph.to_u32()).unwrap_or_default(),
                metrics.advance_width(glyph).unwrap_or_default(),
            )
        };
        let letters = (0..LETTERS).map(letter).collect();
        let unknown = Some(letter(u32::from(UNKNOWN))).filter(|letter| letter.0 != 0);
        Ok(Self { font, letters, unknown: unknown.unwrap_or_else(|| letter(u32::from('?'))) })
    }

    /// The glyph of a letter and its width, in parts of the size.
    pub(super) fn letter(&self, letter: char) -> (u16, f32) {
        let found = self.letters.get(letter as usize).copied().unwrap_or_default();
        if found.0 == 0 { self.unknown } else { found }
    }

    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.letter(c).1).sum::<f32>() * size
    }

    /// The text in lines that fit, `most` of them; what does not fit any more is left out with a sign of it.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32, most: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            self.paragraph(&clean(paragraph), size, width, most, &mut lines);
            if lines.len() > most {
                break;
            }
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.push('…');
                while self.width(last, size) > width && last.chars().count() > 1 {
                    last.pop();
                    last.pop();
                    last.push('…');
                }
            }
        }
        lines
    }

    fn paragraph(&self, text: &str, size: f32, width: f32, most: usize, lines: &mut Vec<String>) {
        let space = self.letter(' ').1 * size;
        let (mut line, mut used) = (String::new(), 0.0);
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if lines.len() > most {
                return;
            }
            let mut word = word;
            let mut wide = self.width(word, size);
            if !line.is_empty() && used + space + wide <= width {
                line.push(' ');
                line.push_str(word);
                used += space + wide;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            while wide > width && lines.len() <= most {
                let (fits, rest) = self.divided(word, size, width);
                lines.push(fits.to_owned());
                word = rest;
                wide = self.width(word, size);
            }
            line.push_str(word);
            used = wide;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }

    /// As much of a word as fits, one letter at least, and the rest.
    fn divided<'w>(&self, word: &'w str, size: f32, width: f32) -> (&'w str, &'w str) {
        let (mut used, mut fits, mut seam) = (0.0, 0, 0);
        for (at, letter) in word.char_indices() {
            used += self.letter(letter).1 * size;
            if used > width && at > 0 {
                seam = if letter == '-' { at } else { seam };
                break;
            }
            if letter == '-' {
                seam = at;
            }
            fits = at + letter.len_utf8();
            if SEAMS.contains(&letter) {
                seam = fits;
            }
        }
        // A seam near the beginning would leave a line nearly empty.
        word.split_at(if seam * 3 > fits { seam } else { fits })
    }
}

/// Letters put together (`c` with a mark over it is `č`), spaces of all kinds as one, and nothing that cannot be drawn.
fn clean(text: &str) -> String {
    let is_unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' | '\u{ad}')
    };
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ' || ('\u{400}'..='\u{45f}').contains(&c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    text.nfc().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_unseen(*c)).collect()
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fonts")
    }
}
