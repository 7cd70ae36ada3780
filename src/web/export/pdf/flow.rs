//! Blocks one below the other, from page to page.

use super::font::{Fonts, Weight};
use super::paper::{Colour, HEIGHT, Paper, Role, Style, WIDTH};
use super::{Bar, Block, Column, Report, Side, Table, Tone};

const LEFT: f32 = 48.0;
const RIGHT: f32 = WIDTH - 48.0;
const TOP: f32 = 50.0;
/// Where the words of a page end, and the foot begins.
const BOTTOM: f32 = HEIGHT - 66.0;
/// Of a table's cell: to both sides, above and below.
const CELL: (f32, f32) = (4.0, 3.6);
const LABELS: f32 = 132.0;

const INK: Colour = Colour(0x1b, 0x20, 0x27);
const GREY: Colour = Colour(0x5b, 0x66, 0x74);
const LINE: Colour = Colour(0xd3, 0xd9, 0xe0);
const PALE: Colour = Colour(0xee, 0xf1, 0xf5);
const ACCENT: Colour = Colour(0x1f, 0x4e, 0x79);

const TITLE: Style = Style { weight: Weight::Bold, size: 20.0, colour: INK };
const SUBTITLE: Style = Style { weight: Weight::Regular, size: 13.0, colour: INK };
const OFFICE: Style = Style { weight: Weight::Bold, size: 9.5, colour: ACCENT };
const HEADING: Style = Style { weight: Weight::Bold, size: 12.5, colour: ACCENT };
const WORDS: Style = Style { weight: Weight::Regular, size: 9.5, colour: INK };
const STRONG: Style = Style { weight: Weight::Bold, size: 9.5, colour: INK };
const LABEL: Style = Style { weight: Weight::Regular, size: 9.5, colour: GREY };
const HEAD: Style = Style { weight: Weight::Bold, size: 8.0, colour: INK };
const BODY: Style = Style { weight: Weight::Regular, size: 8.0, colour: INK };
const FOOT: Style = Style { weight: Weight::Regular, size: 7.0, colour: GREY };

pub(super) struct Flow<'r, P> {
    report: &'r Report,
    fonts: &'r Fonts,
    paper: &'r mut P,
    /// The next free place, from above.
    y: f32,
    page: usize,
    pages: usize,
}

/// Where the columns of a table are.
struct Places(Vec<(f32, f32, Side)>);

impl Style {
    fn leading(self) -> f32 {
        self.size * 1.36
    }

    /// From the top of a line to the line that letters stand on.
    fn ascent(self) -> f32 {
        self.size * 1.02
    }
}

impl<'r, P: Paper> Flow<'r, P> {
    /// `pages`: how many there will be.
    pub(super) fn new(report: &'r Report, fonts: &'r Fonts, paper: &'r mut P, pages: usize) -> Self {
        Self { report, fonts, paper, y: TOP, page: 0, pages }
    }

    pub(super) fn run(mut self) {
        let report = self.report;
        self.new_page();
        self.top();
        for block in &report.blocks {
            match block {
                Block::Heading(words) => self.heading(words),
                Block::Paragraph(words) => {
                    self.lines(Role::Paragraph, WORDS, (LEFT, RIGHT), words);
                    self.y += 8.0;
                }
                Block::Facts(facts) => self.facts(facts),
                Block::Bars(bars) => self.bars(bars),
                Block::Table(table) => self.table(table),
            }
        }
    }

    fn new_page(&mut self) {
        self.paper.new_page();
        self.page += 1;
        self.y = TOP;
        self.foot();
        if self.page > 1 {
            let above = TOP - 16.0;
            let words = format!("{} · {}", self.report.municipality, self.report.title);
            let line = self.first_line(&words, FOOT, RIGHT - LEFT);
            self.paper.text((LEFT, above), FOOT, &line, None);
            self.paper.rectangle((LEFT, above + 5.0), (RIGHT - LEFT, 0.5), LINE);
            self.y = TOP + 4.0;
        }
    }

    /// Goes on to the next page if so much does not fit on this one.
    fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.new_page();
        }
    }

    fn top(&mut self) {
        let report = self.report;
        self.lines(Role::Paragraph, OFFICE, (LEFT, RIGHT), &report.municipality);
        self.y += 3.0;
        self.paper.rectangle((LEFT, self.y), (RIGHT - LEFT, 1.6), ACCENT);
        self.y += 14.0;
        self.lines(Role::Title, TITLE, (LEFT, RIGHT), &report.title);
        if !report.subtitle.is_empty() {
            self.y += 2.0;
            self.lines(Role::Paragraph, SUBTITLE, (LEFT, RIGHT), &report.subtitle);
        }
        self.y += 12.0;
    }

    fn foot(&mut self) {
        let made = &self.report.made;
        let y = HEIGHT - 48.0;
        self.paper.rectangle((LEFT, y), (RIGHT - LEFT, 0.5), LINE);
        let number = format!("{}/{}", self.page, self.pages);
        let wide = self.fonts.face(Weight::Bold).width(&number, 8.0);
        let style = Style { weight: Weight::Bold, size: 8.0, colour: INK };
        self.paper.text((RIGHT - wide, y + 12.0), style, &number, None);
        for (words, below) in [(&made.words, 12.0), (&made.digest, 22.0)] {
            let line = self.first_line(words, FOOT, RIGHT - LEFT - 50.0);
            self.paper.text((LEFT, y + below), FOOT, &line, None);
        }
    }

    fn first_line(&self, words: &str, style: Style, width: f32) -> String {
        self.fonts
            .face(style.weight)
            .lines(words, style.size, width, 1)
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// Words between two margins, in as many lines as they take.
    fn lines(&mut self, role: Role, style: Style, (left, right): (f32, f32), words: &str) {
        let piece = self.paper.piece(role);
        for line in self.fonts.face(style.weight).lines(words, style.size, right - left, usize::MAX) {
            self.need(style.leading());
            self.paper.text((left, self.y + style.ascent()), style, &line, Some(piece));
            self.y += style.leading();
        }
    }

    /// Never alone at the end of a page.
    fn heading(&mut self, words: &str) {
        self.need(90.0);
        self.y += 8.0;
        self.lines(Role::Heading, HEADING, (LEFT, RIGHT), words);
        self.y += 4.0;
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        for (label, words) in facts {
            self.need(WORDS.leading() * 2.0);
            let (top, page) = (self.y, self.page);
            self.lines(Role::Paragraph, LABEL, (LEFT, LEFT + LABELS - 8.0), label);
            let below = self.y;
            if self.page == page {
                self.y = top;
            }
            self.lines(Role::Paragraph, WORDS, (LEFT + LABELS, RIGHT), words);
            if self.page == page {
                self.y = self.y.max(below);
            }
            self.y += 2.0;
        }
        self.y += 8.0;
    }

    fn bars(&mut self, bars: &[Bar]) {
        const VALUES: f32 = 112.0;
        let (from, to) = (LEFT + LABELS, RIGHT - VALUES);
        let face = |style: Style| self.fonts.face(style.weight);
        for bar in bars {
            let label = face(WORDS).lines(&bar.label, WORDS.size, LABELS - 10.0, 3);
            let value = face(STRONG).lines(&bar.value, STRONG.size, VALUES - 10.0, 3);
            let height = WORDS.leading() * label.len().max(value.len()).max(1) as f32 + 5.0;
            self.need(height);
            let pieces = (self.paper.piece(Role::Paragraph), self.paper.piece(Role::Paragraph));
            let first = self.y + WORDS.ascent();
            for (nth, line) in label.iter().enumerate() {
                self.paper.text((LEFT, first + WORDS.leading() * nth as f32), WORDS, line, Some(pieces.0));
            }
            for (nth, line) in value.iter().enumerate() {
                let x = RIGHT - face(STRONG).width(line, STRONG.size);
                self.paper.text((x, first + STRONG.leading() * nth as f32), STRONG, line, Some(pieces.1));
            }
            let part = if bar.part.is_finite() { bar.part.clamp(0.0, 1.0) } else { 0.0 };
            self.paper.rectangle((from, self.y + 2.5), (to - from, 8.0), PALE);
            if part > 0.0 {
                // One of very many is seen too.
                let wide = ((to - from) * part).max(1.0);
                self.paper.rectangle((from, self.y + 2.5), (wide, 8.0), colour(bar.tone));
            }
            self.y += height;
        }
        self.y += 8.0;
    }

    fn table(&mut self, table: &Table) {
        let places = Places::of(table, self.fonts);
        if table.rows.is_empty() {
            self.need(60.0);
        }
        self.paper.piece(Role::TableBegins);
        self.head(table, &places, true);
        for row in &table.rows {
            let cells = self.cells(row, &places, BODY);
            let height = height(&cells, BODY);
            if self.y + height > BOTTOM {
                self.new_page();
                self.head(table, &places, false);
            }
            self.row(&cells, &places, BODY, Some(Role::Cell));
            self.paper.rectangle((LEFT, self.y), (RIGHT - LEFT, 0.4), LINE);
        }
        self.paper.piece(Role::TableEnds);
        if table.rows.is_empty() {
            self.y += 6.0;
            self.lines(Role::Paragraph, LABEL, (LEFT + CELL.0, RIGHT), &table.empty);
        }
        self.y += 12.0;
    }

    /// Read aloud once, seen on every page.
    fn head(&mut self, table: &Table, places: &Places, is_first: bool) {
        let headings: Vec<String> = table.columns.iter().map(|column| column.heading.clone()).collect();
        let cells = self.cells(&headings, places, HEAD);
        let height = height(&cells, HEAD);
        // With a row below it.
        self.need(height + 40.0);
        self.paper.rectangle((LEFT, self.y), (RIGHT - LEFT, height), PALE);
        self.row(&cells, places, HEAD, is_first.then_some(Role::HeadCell));
        self.paper.rectangle((LEFT, self.y), (RIGHT - LEFT, 0.8), ACCENT);
    }

    /// Lines of each cell. No cell is higher than half a page.
    fn cells(&self, row: &[String], places: &Places, style: Style) -> Vec<Vec<String>> {
        let most = ((BOTTOM - TOP) / 2.0 / style.leading()) as usize;
        let face = self.fonts.face(style.weight);
        let empty = String::new();
        let cells = places.0.iter().zip(row.iter().chain(std::iter::repeat(&empty)));
        cells.map(|((_, width, _), words)| face.lines(words, style.size, *width, most)).collect()
    }

    fn row(&mut self, cells: &[Vec<String>], places: &Places, style: Style, role: Option<Role>) {
        if role.is_some() {
            self.paper.piece(Role::RowBegins);
        }
        let first = self.y + CELL.1 + style.ascent();
        for ((x, width, side), lines) in places.0.iter().zip(cells) {
            let piece = role.map(|role| self.paper.piece(role));
            for (nth, line) in lines.iter().enumerate() {
                let x = match side {
                    Side::Start => *x,
                    Side::End => x + width - self.fonts.face(style.weight).width(line, style.size),
                };
                self.paper.text((x, first + style.leading() * nth as f32), style, line, piece);
            }
        }
        self.y += height(cells, style);
    }
}

impl Places {
    /// As wide as their table says, but none narrower than its words: a word that is no address is not divided where others have room.
    fn of(table: &Table, fonts: &Fonts) -> Self {
        let all: f32 = table.columns.iter().map(|column| column.width.max(0.0)).sum();
        let share = |column: &Column| (RIGHT - LEFT) * column.width.max(0.0) / all.max(f32::EPSILON);
        let least: Vec<f32> = (0..table.columns.len()).map(|at| least(table, at, fonts)).collect();
        let asked: Vec<f32> = table.columns.iter().map(share).collect();
        // What the narrow ones need more than they have is taken from what the others do not need.
        let lack: f32 = asked.iter().zip(&least).map(|(asked, least)| (least - asked).max(0.0)).sum();
        let spare: f32 = asked.iter().zip(&least).map(|(asked, least)| (asked - least).max(0.0)).sum();
        let (given, taken) =
            if lack <= spare { (1.0, lack / spare.max(f32::EPSILON)) } else { (spare / lack, 1.0) };
        let mut x = LEFT;
        let place = |((column, asked), least): ((&Column, &f32), &f32)| {
            let width = asked + (least - asked).max(0.0) * given - (asked - least).max(0.0) * taken;
            let place = (x + CELL.0, (width - CELL.0 * 2.0).max(1.0), column.side);
            x += width;
            place
        };
        Self(table.columns.iter().zip(&asked).zip(&least).map(place).collect())
    }
}

/// The width that a column needs for its longest word, of those that have no seam.
fn least(table: &Table, column: usize, fonts: &Fonts) -> f32 {
    const LOOKED_AT: usize = 1_000;
    const MOST: f32 = 90.0;
    let widest = |words: &str, style: Style| {
        let words = words.split([' ', '\n']).filter(|word| !word.contains(['@', '/', '.', '_']));
        words
            .map(|word| fonts.face(style.weight).width(word, style.size))
            .filter(|width| *width <= MOST)
            .fold(0.0, f32::max)
    };
    let head = table.columns.get(column).map_or(0.0, |column| widest(&column.heading, HEAD));
    let cells = table.rows.iter().take(LOOKED_AT).filter_map(|row| row.get(column));
    cells.map(|words| widest(words, BODY)).fold(head, f32::max) + CELL.0 * 2.0 + 0.5
}

fn height(cells: &[Vec<String>], style: Style) -> f32 {
    let lines = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
    style.leading() * lines as f32 + CELL.1 * 2.0
}

fn colour(tone: Tone) -> Colour {
    match tone {
        Tone::Good => Colour(0x2f, 0x7d, 0x4f),
        Tone::Fair => Colour(0x7f, 0xb0, 0x8f),
        Tone::Doubtful => Colour(0xd9, 0x9a, 0x1c),
        Tone::Bad => Colour(0xb3, 0x3a, 0x2e),
        Tone::Idle => Colour(0x96, 0xa1, 0xae),
    }
}
