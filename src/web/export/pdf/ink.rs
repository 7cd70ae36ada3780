//! Real pages, by `krilla`.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};

use super::font::Fonts;
use super::paper::{Colour, HEIGHT, Paper, Piece, Role, Style, WIDTH};
use super::{PdfError, Report};

pub(super) struct Ink<'f> {
    document: Document,
    fonts: &'f Fonts,
    /// Of the page that is being made.
    strokes: Vec<Stroke>,
    has_page: bool,
    is_tagged: bool,
    pieces: Vec<(Role, Vec<Identifier>)>,
}

enum Stroke {
    Text { at: (f32, f32), style: Style, words: String, piece: Option<Piece> },
    Rectangle { at: (f32, f32), size: (f32, f32), colour: Colour },
}

impl<'f> Ink<'f> {
    pub(super) fn new(fonts: &'f Fonts, is_tagged: bool) -> Result<Self, PdfError> {
        let archive = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish();
        let configuration = archive.map_err(|why| PdfError(format!("{why:?}")))?;
        let settings = SerializeSettings { configuration, enable_tagging: is_tagged, ..Default::default() };
        let document = Document::new_with(settings);
        Ok(Self { document, fonts, strokes: Vec::new(), has_page: false, is_tagged, pieces: Vec::new() })
    }

    pub(super) fn finish(mut self, report: &Report) -> Result<Vec<u8>, PdfError> {
        self.end_page();
        self.document.set_metadata(metadata(report));
        if self.is_tagged {
            self.document.set_tag_tree(tree(self.pieces));
        }
        self.document.finish().map_err(|why| PdfError(format!("{why:?}")))
    }

    fn end_page(&mut self) {
        let strokes = std::mem::take(&mut self.strokes);
        let Some(settings) = PageSettings::from_wh(WIDTH, HEIGHT).filter(|_| self.has_page) else { return };
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        for stroke in strokes {
            match stroke {
                Stroke::Rectangle { at, size, colour } => rectangle(&mut surface, at, size, colour),
                Stroke::Text { at, style, words, piece } => {
                    let tag = match piece {
                        Some(_) => ContentTag::Span(SpanTag::empty()),
                        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
                    };
                    let id = surface.start_tagged(tag);
                    text(&mut surface, self.fonts, at, style, &words);
                    surface.end_tagged();
                    let piece =
                        piece.filter(|_| self.is_tagged).and_then(|piece| self.pieces.get_mut(piece.0));
                    if let Some((_, ids)) = piece {
                        ids.push(id);
                    }
                }
            }
        }
        surface.finish();
        page.finish();
    }
}

impl Paper for Ink<'_> {
    fn new_page(&mut self) {
        self.end_page();
        self.has_page = true;
    }

    fn piece(&mut self, role: Role) -> Piece {
        if self.is_tagged {
            self.pieces.push((role, Vec::new()));
        }
        Piece(self.pieces.len().saturating_sub(1))
    }

    fn text(&mut self, at: (f32, f32), style: Style, words: &str, piece: Option<Piece>) {
        if !words.is_empty() {
            self.strokes.push(Stroke::Text { at, style, words: words.to_owned(), piece });
        }
    }

    fn rectangle(&mut self, at: (f32, f32), size: (f32, f32), colour: Colour) {
        self.strokes.push(Stroke::Rectangle { at, size, colour });
    }
}

fn fill(colour: Colour) -> Fill {
    Fill { paint: rgb::Color::new(colour.0, colour.1, colour.2).into(), ..Default::default() }
}

fn rectangle(surface: &mut Surface<'_>, at: (f32, f32), size: (f32, f32), colour: Colour) {
    let Some(shape) = Rect::from_xywh(at.0, at.1, size.0, size.1) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(shape);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.set_fill(Some(fill(colour)));
    surface.draw_path(&path);
    surface.end_tagged();
}

fn text(surface: &mut Surface<'_>, fonts: &Fonts, at: (f32, f32), style: Style, words: &str) {
    let face = fonts.face(style.weight);
    let glyph = |(from, letter): (usize, char)| {
        let (glyph, advance) = face.letter(letter);
        KrillaGlyph {
            glyph_id: GlyphId::new(u32::from(glyph)),
            text_range: from..from + letter.len_utf8(),
            x_advance: advance,
            x_offset: 0.0,
            y_offset: 0.0,
            y_advance: 0.0,
            location: None,
        }
    };
    let glyphs: Vec<KrillaGlyph> = words.char_indices().map(glyph).collect();
    surface.set_fill(Some(fill(style.colour)));
    surface.draw_glyphs(Point::from_xy(at.0, at.1), &glyphs, face.font.clone(), words, style.size, false);
}

fn metadata(report: &Report) -> Metadata {
    let at = &report.made.at;
    let small = |number: i8| number.unsigned_abs();
    let offset = at.offset().seconds() / 60;
    let made = DateTime::new(at.year().unsigned_abs())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(i8::try_from(offset / 60).unwrap_or_default())
        .utc_offset_minute(u8::try_from(offset.abs() % 60).unwrap_or_default());
    let title = match report.subtitle.as_str() {
        "" => report.title.clone(),
        subtitle => format!("{} – {subtitle}", report.title),
    };
    Metadata::new()
        .title(title)
        .language(report.language.clone())
        .authors(vec![report.municipality.clone()])
        .creator("Odziv".to_owned())
        .description(report.made.digest.clone())
        .creation_date(made)
}

/// What is a heading, a paragraph, a table, in the order in which it is read.
fn tree(pieces: Vec<(Role, Vec<Identifier>)>) -> TagTree {
    let mut tree = TagTree::new();
    let (mut table, mut row): (Option<TagGroup>, Option<TagGroup>) = (None, None);
    let level = |number: u16| std::num::NonZeroU16::new(number).unwrap_or(std::num::NonZeroU16::MIN);
    for (role, ids) in pieces {
        if matches!(role, Role::RowBegins | Role::TableEnds)
            && let (Some(table), Some(row)) = (&mut table, row.take())
        {
            table.push(row);
        }
        let mut group = match role {
            Role::Title => TagGroup::new(Tag::Hn(level(1), None)),
            Role::Heading => TagGroup::new(Tag::Hn(level(2), None)),
            Role::Paragraph => TagGroup::new(Tag::P),
            Role::HeadCell => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
            Role::Cell => TagGroup::new(Tag::TD),
            Role::RowBegins => {
                row = Some(TagGroup::new(Tag::TR));
                continue;
            }
            Role::TableBegins => {
                table = Some(TagGroup::new(Tag::Table));
                continue;
            }
            Role::TableEnds => {
                if let Some(table) = table.take() {
                    tree.push(table);
                }
                continue;
            }
        };
        for id in ids {
            group.push(id);
        }
        match &mut row {
            Some(row) if matches!(role, Role::HeadCell | Role::Cell) => row.push(group),
            _ => tree.push(group),
        }
    }
    tree
}

impl std::fmt::Debug for Ink<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ink").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}
