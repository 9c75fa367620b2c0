//! Bars in groups, as SVG.

use std::fmt::Write;

use super::frame;

/// Bars that belong together.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) bars: Vec<(&'static str, f64)>,
}

/// What is drawn.
pub(crate) struct Bars {
    pub(crate) title: String,
    pub(crate) groups: Vec<Group>,
    /// Whose bars stand out.
    pub(crate) whose: &'static str,
    /// Where a line is drawn that the bars are compared with.
    pub(crate) line: Option<f64>,
    /// What is longer is cut off, so that the others can still be told apart; its number says how long.
    pub(crate) most: f64,
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 40.0;
const ROW: f64 = 17.0;

// === impl Bars ===

impl Bars {
    /// Draws it: each group has a heading, each bar its name before it and its value behind it.
    pub(crate) fn svg(&self) -> String {
        let rows: usize = self.groups.iter().map(|group| group.bars.len() + 2).sum();
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let height = TOP + rows as f64 * ROW;
        let mut svg = frame::begin(WIDTH, height, 16.0, &self.title);
        let mut y = TOP;
        for group in &self.groups {
            writeln!(svg, "<text x=\"16\" y=\"{}\" font-weight=\"bold\">{}</text>", y + 13.0, group.title)
                .expect("a text takes all");
            y += ROW;
            y = self.group(&mut svg, group, y) + ROW;
        }
        svg + "</svg>\n"
    }

    fn group(&self, svg: &mut String, group: &Group, top: f64) -> f64 {
        let longest = group.bars.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
        let scale = (WIDTH - LEFT - RIGHT) / longest.min(self.most);
        let mut y = top;
        for (name, value) in &group.bars {
            let colour = if *name == self.whose { "#0072b2" } else { "#bbbbbb" };
            let width = value.clamp(0.0, self.most) * scale;
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\n\
                 <rect x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"/>\n\
                 <text x=\"{:.1}\" y=\"{}\">{}</text>",
                LEFT - 6.0,
                y + 13.0,
                y + 2.0,
                ROW - 4.0,
                LEFT + width + 5.0,
                y + 13.0,
                number(*value, self.most),
            )
            .expect("a text takes all");
            y += ROW;
        }
        if let Some(line) = self.line {
            let x = LEFT + line * scale;
            writeln!(svg, "<line x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{y}\" stroke=\"#d55e00\"/>")
                .expect("a text takes all");
        }
        y
    }
}

fn number(value: f64, most: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { 0 };
    format!("{}{value:.decimals$}", if value > most { "… " } else { "" })
}
