//! What the flow of a report is put on: real pages, or a count of them.

use super::font::Weight;

/// Points of 1/72 inch.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub u8, pub u8, pub u8);

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub weight: Weight,
    pub size: f32,
    pub colour: Colour,
}

/// What a piece of text is, for who has it read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Heading,
    Paragraph,
    TableBegins,
    RowBegins,
    HeadCell,
    Cell,
    TableEnds,
}

/// A piece that has a role; it may be drawn in several lines, on several pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece(pub usize);

pub(super) trait Paper {
    fn new_page(&mut self);
    fn piece(&mut self, role: Role) -> Piece;
    /// `at`: where the line begins, on its base line. Without a piece it is not part of what the report says, as a page number is not.
    fn text(&mut self, at: (f32, f32), style: Style, words: &str, piece: Option<Piece>);
    /// Its upper left corner, its width and its height.
    fn rectangle(&mut self, at: (f32, f32), size: (f32, f32), colour: Colour);
}

#[derive(Debug, Default)]
pub(super) struct Count {
    pub pages: usize,
}

impl Paper for Count {
    fn new_page(&mut self) {
        self.pages += 1;
    }

    fn piece(&mut self, _: Role) -> Piece {
        Piece(0)
    }

    fn text(&mut self, _: (f32, f32), _: Style, _: &str, _: Option<Piece>) {}

    fn rectangle(&mut self, _: (f32, f32), _: (f32, f32), _: Colour) {}
}
