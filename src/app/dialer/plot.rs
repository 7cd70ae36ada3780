//! The frontier as a picture: what busy operators cost in abandoned calls. Plain SVG, light, for the screen and for paper.

use std::fmt::Write as _;

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub operators: usize,
    /// From the fewest abandoned calls on.
    pub points: Vec<Point>,
}

/// Shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub abandoned: f64,
    pub busy: f64,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 500.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 60.0;
/// Lines are told apart by shape too: for those who print in grey or do not see colours (the colours are those of Okabe and Ito, 2008).
const LOOKS: [(&str, &str); 6] = [
    ("#0072b2", ""),
    ("#d55e00", "7 3"),
    ("#009e73", "2 3"),
    ("#aa3377", "9 3 2 3"),
    ("#b8860b", "4 2"),
    ("#333333", "1 2"),
];
/// Between two names beside the lines.
const NAME_HEIGHT: f64 = 16.0;

pub(super) fn svg(lines: &[Line], cap: f64, caption: &str) -> String {
    let axes = Axes::of(lines, cap);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\" fill=\"#222\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"16\" font-weight=\"bold\">Busy operators against abandoned calls</text>\n\
         <text x=\"{LEFT}\" y=\"44\" font-size=\"12\" fill=\"#555\">{}</text>\n",
        escaped(caption)
    );
    axes.draw(&mut out, cap);
    for (line, (colour, dashes)) in lines.iter().zip(LOOKS.iter().cycle()) {
        let corners: Vec<String> =
            line.points.iter().map(|p| format!("{:.1},{:.1}", axes.x(p.abandoned), axes.y(p.busy))).collect();
        put(
            &mut out,
            format_args!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\n",
                corners.join(" ")
            ),
        );
        for point in &line.points {
            let (x, y) = (axes.x(point.abandoned), axes.y(point.busy));
            put(
                &mut out,
                format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>\n"),
            );
        }
    }
    for (y, operators, colour) in names(lines, &axes) {
        let x = WIDTH - RIGHT + 10.0;
        put(
            &mut out,
            format_args!(
                "<text x=\"{x}\" y=\"{:.1}\" fill=\"{colour}\">{operators} operators</text>\n",
                y + 4.0
            ),
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Where the names of the lines stand: at their ends, moved apart.
fn names(lines: &[Line], axes: &Axes) -> Vec<(f64, usize, &'static str)> {
    let mut names: Vec<(f64, usize, &str)> = lines
        .iter()
        .zip(LOOKS.iter().cycle())
        .filter_map(|(line, look)| line.points.last().map(|end| (axes.y(end.busy), line.operators, look.0)))
        .collect();
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = f64::MIN;
    for name in &mut names {
        name.0 = name.0.max(free);
        free = name.0 + NAME_HEIGHT;
    }
    names
}

/// In percent, with whole steps.
#[derive(Debug)]
struct Axes {
    right: f64,
    low: f64,
    high: f64,
}

impl Axes {
    fn of(lines: &[Line], cap: f64) -> Self {
        let points = || lines.iter().flat_map(|line| &line.points);
        let right = points().map(|p| p.abandoned).fold(cap, f64::max) * 100.0;
        let low = points().map(|p| p.busy).fold(1.0, f64::min) * 100.0;
        let high = points().map(|p| p.busy).fold(0.0, f64::max) * 100.0;
        let (low, high) = ((low / 5.0).floor() * 5.0, ((high / 5.0).ceil() * 5.0).min(100.0));
        Self { right: (right * 2.0 + 0.2).ceil() / 2.0, low: low.min(high - 5.0), high }
    }

    fn x(&self, share: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (share * 100.0 / self.right)
    }

    fn y(&self, share: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (share * 100.0 - self.low) / (self.high - self.low)
    }

    fn draw(&self, out: &mut String, cap: f64) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for step in 0..=((self.high - self.low) / 5.0) as u32 {
            let percent = self.low + 5.0 * f64::from(step);
            let y = self.y(percent / 100.0);
            put(
                out,
                format_args!(
                    "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\n\
                     <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent:.0}</text>\n",
                    LEFT - 8.0,
                    y + 4.5
                ),
            );
        }
        for step in 0..=(self.right * 2.0) as u32 {
            let percent = f64::from(step) / 2.0;
            let x = self.x(percent / 100.0);
            put(
                out,
                format_args!(
                    "<line x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#222\"/>\n\
                     <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{percent:.1}</text>\n",
                    bottom + 5.0,
                    bottom + 20.0
                ),
            );
        }
        let (at, middle) = (self.x(cap), (LEFT + right) / 2.0);
        put(
            out,
            format_args!(
                "<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#222\"/>\n\
                 <line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" stroke=\"#c00\" stroke-dasharray=\"5 4\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#c00\" font-size=\"12\">cap of a day</text>\n\
                 <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">abandoned calls, % of live answers</text>\n\
                 <text transform=\"translate(22 {}) rotate(-90)\" text-anchor=\"middle\">operators busy, % of their time</text>\n",
                at - 6.0,
                bottom - 8.0,
                HEIGHT - 16.0,
                (TOP + bottom) / 2.0
            ),
        );
    }
}

/// Into a string: it cannot fail.
fn put(out: &mut String, piece: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(piece);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(operators: usize, busy: f64) -> Line {
        let points = vec![Point { abandoned: 0.0, busy: 0.72 }, Point { abandoned: 0.024, busy }];
        Line { operators, points }
    }

    #[test]
    fn every_line_is_drawn_and_named_apart_from_the_others() {
        let lines = [line(3, 0.79), line(5, 0.795), line(50, 0.935)];
        let svg = svg(&lines, 0.03, "a < b");
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert!(svg.contains("50 operators</text>") && svg.contains("a &lt; b"));
        let names = names(&lines, &Axes::of(&lines, 0.03));
        assert!(names.windows(2).all(|pair| pair[1].0 - pair[0].0 >= NAME_HEIGHT));
    }

    #[test]
    fn everything_lies_within_the_axes() {
        let lines = [line(3, 0.79), line(50, 0.999)];
        let axes = Axes::of(&lines, 0.03);
        for point in lines.iter().flat_map(|line| &line.points) {
            assert!((LEFT..=WIDTH - RIGHT).contains(&axes.x(point.abandoned)));
            assert!((TOP..=HEIGHT - BOTTOM).contains(&axes.y(point.busy)));
        }
        assert!(axes.right >= 3.0);
    }

    #[test]
    fn nothing_to_draw_is_drawn_as_nothing() {
        assert!(svg(&[], 0.03, "").ends_with("</svg>\n"));
    }
}
