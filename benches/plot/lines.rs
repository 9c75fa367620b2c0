//! Lines over a range of load, as SVG.

use std::fmt::Write;

use super::frame;

/// One line.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// What is drawn.
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    /// Where the upper end of the picture is; what is above is cut off.
    pub(crate) most: f64,
    /// Into how many parts the axes are divided, and what is written below the ends of them.
    pub(crate) steps: u32,
    pub(crate) label: fn(f64) -> String,
    pub(crate) lines: Vec<Line>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Told apart by people who see red and green alike, too (Okabe and Ito).
const COLOURS: [&str; 8] =
    ["#999999", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

// === impl Plot ===

impl Plot {
    /// Draws it.
    pub(crate) fn svg(&self) -> String {
        let mut svg = frame::begin(WIDTH, HEIGHT, LEFT, &self.title);
        self.axes(&mut svg);
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            self.line(&mut svg, line, colour);
        }
        self.legend(&mut svg);
        svg + "</svg>\n"
    }

    fn span(&self) -> (f64, f64) {
        let all = || self.lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x);
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    }

    fn place(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (low, high) = self.span();
        let right = LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT);
        (right, HEIGHT - BOTTOM - (y / self.most).min(1.0) * (HEIGHT - TOP - BOTTOM))
    }

    fn axes(&self, svg: &mut String) {
        let (low, high) = self.span();
        for part in 0..=self.steps {
            let share = f64::from(part) / f64::from(self.steps);
            let (value, x) = (self.most * share, low + (high - low) * share);
            let (left, y) = self.place((low, value));
            let end = WIDTH - RIGHT;
            let lines = format!(
                "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{end}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
                left - 6.0,
                y + 4.0,
                short(value),
                self.place((x, 0.0)).0,
                HEIGHT - BOTTOM + 18.0,
                (self.label)(x),
            );
            svg.push_str(&lines);
        }
        let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
        let titles = format!(
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate(16 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            HEIGHT - 12.0,
            self.x,
            f64::midpoint(TOP, HEIGHT - BOTTOM),
            self.y,
        );
        svg.push_str(&titles);
    }

    fn line(&self, svg: &mut String, line: &Line, colour: &str) {
        // Behind the first point that is cut off nothing is to be seen.
        let seen = line.points.iter().position(|(_, y)| *y > self.most).map_or(line.points.len(), |n| n + 1);
        let places = line.points[..seen].iter().map(|point| self.place(*point));
        let path: Vec<String> = places.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let drawn = format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
            path.join(" ")
        );
        svg.push_str(&drawn);
    }

    fn legend(&self, svg: &mut String) {
        let mut y = TOP + 8.0;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let x = WIDTH - RIGHT + 12.0;
            let row = format!(
                "<line x1=\"{x}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"3\"/>\n\
                 <text x=\"{}\" y=\"{}\">{}</text>\n",
                x + 16.0,
                x + 22.0,
                y + 4.0,
                line.name
            );
            svg.push_str(&row);
            y += 20.0;
        }
    }
}

/// Writes a number without zeros that say nothing.
pub(crate) fn short(value: f64) -> String {
    let mut text = String::new();
    write!(text, "{value:.2}").expect("a text takes all");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
