//! Charts of bars with axes.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Sparkline, Widget},
};

use super::{
    table::put,
    text::{short_count, width},
};
use crate::theme::Theme;

/// The width of the labels on the left.
const LABELS: u16 = 7;

/// What a chart shows.
pub(crate) struct Chart<'a> {
    /// A value for each column, the newest last.
    pub(crate) columns: &'a [u64],
    /// What the values are divided by for the labels: 1,000 for thousandths.
    pub(crate) unit: u64,
    /// The span of time in words.
    pub(crate) span: &'a str,
    pub(crate) style: Style,
}

/// The number of columns that a chart of this width has.
pub(crate) fn columns(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(LABELS))
}

impl Chart<'_> {
    /// Draws the chart: the greatest value and 0 on the left, the span below. An area of one or two rows has no axes.
    pub(crate) fn draw(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        if area.height < 3 || area.width < LABELS + 8 {
            spark(self.columns, self.style, area, buffer);
            return;
        }
        let plot = Rect { x: area.x + LABELS, width: area.width - LABELS, height: area.height - 1, ..area };
        let peak = self.columns.iter().copied().max().unwrap_or(0);
        let label = |y: u16, value: u64, buffer: &mut Buffer| {
            let words = format!("{:>6}┤", short_count(value / self.unit.max(1)));
            put(Rect { y, width: LABELS, height: 1, ..area }, buffer, &words, theme.dim);
        };
        for row in 0..plot.height {
            put(Rect { x: area.x + LABELS - 1, y: plot.y + row, width: 1, height: 1 }, buffer, "│", theme.border);
        }
        label(plot.y, peak, buffer);
        if plot.height >= 4 {
            label(plot.y + plot.height / 2, peak / 2, buffer);
        }
        spark(self.columns, self.style, plot, buffer);
        let bottom = Rect { y: plot.bottom(), height: 1, ..area };
        put(bottom, buffer, "     0┼", theme.dim);
        put(Rect { y: bottom.y, height: 1, ..plot }, buffer, &"─".repeat(usize::from(plot.width)), theme.border);
        let begin = format!("{} ago", self.span);
        put(Rect { x: plot.x + 1, width: plot.width - 1, ..bottom }, buffer, &begin, theme.dim);
        let end = plot.right().saturating_sub(width("now"));
        put(Rect { x: end, width: plot.right() - end, ..bottom }, buffer, "now", theme.dim);
    }
}

/// Draws bars without axes, the newest on the right even while there are few.
pub(crate) fn spark(columns: &[u64], style: Style, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let peak = columns.iter().copied().max().unwrap_or(0);
    let skipped = columns.len().saturating_sub(usize::from(area.width));
    let columns = &columns[skipped..];
    let missing = area.width.saturating_sub(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    let area = Rect { x: area.x + missing, width: area.width - missing, ..area };
    Sparkline::default().data(columns).max(peak.max(1)).style(style).render(area, buffer);
}

/// Bars in one line of text.
pub(crate) fn line(columns: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let peak = columns.iter().copied().max().unwrap_or(0).max(1);
    let bar = |value: &u64| BARS[usize::try_from(u128::from(*value) * 7 / u128::from(peak)).unwrap_or(7).min(7)];
    columns.iter().map(bar).collect()
}
