//! Columns that share a width: the most important grow first where there is room, the least important are left out first.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::widgets::text;

/// The side of a column that its text stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words stand on the left.
    Left,
    /// Figures stand on the right.
    Right,
}

/// One column.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// The least width: a column that would be narrower is left out.
    pub(crate) min: u16,
    /// The greatest width.
    pub(crate) max: u16,
    pub(crate) align: Align,
    /// The column with the highest rank is left out first, and the one with the lowest grows first.
    pub(crate) rank: u8,
}

impl Column {
    /// A column of figures, which always has the same width.
    pub(crate) const fn figures(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, min: width, max: width, align: Align::Right, rank }
    }

    /// True for a column of figures.
    pub(crate) fn is_figure(&self) -> bool {
        self.align == Align::Right
    }

    /// A column of words, which are cut where they do not fit.
    pub(crate) const fn words(title: &'static str, min: u16, max: u16, rank: u8) -> Self {
        Self { title, min, max, align: Align::Left, rank }
    }
}

/// Columns with their places in a row.
pub(crate) struct Table {
    columns: &'static [Column],
    /// The first cell and the width of each column that is shown.
    slots: Vec<Option<(u16, u16)>>,
}

impl Table {
    /// Places `columns` in `width` cells.
    pub(crate) fn new(columns: &'static [Column], width: u16) -> Self {
        let mut kept = vec![true; columns.len()];
        let needed = |kept: &[bool], gap: u16| {
            let count = kept.iter().filter(|kept| **kept).count() as u16;
            let cells: u16 = columns.iter().zip(kept).filter(|(_, kept)| **kept).map(|(column, _)| column.min).sum();
            cells + gap * count.saturating_sub(1)
        };
        while needed(&kept, 1) > width {
            let candidates = (0..columns.len()).filter(|index| kept[*index]);
            match candidates.max_by_key(|index| columns[*index].rank) {
                // The last column is never left out; it is cut instead.
                Some(index) if kept.iter().filter(|kept| **kept).count() > 1 => kept[index] = false,
                _ => break,
            }
        }
        let gap = if needed(&kept, 2) <= width { 2 } else { 1 };
        let mut widths: Vec<_> = columns.iter().map(|column| column.min).collect();
        let mut spare = width.saturating_sub(needed(&kept, gap));
        while spare > 0 {
            let growing = (0..columns.len()).filter(|index| kept[*index] && widths[*index] < columns[*index].max);
            let Some(index) = growing.min_by_key(|index| columns[*index].rank) else { break };
            let growth = spare.min(columns[index].max - widths[index]);
            widths[index] += growth;
            spare -= growth;
        }
        let mut slots = vec![None; columns.len()];
        let mut x = 0;
        for index in (0..columns.len()).filter(|index| kept[*index]) {
            slots[index] = Some((x, widths[index].min(width)));
            x += widths[index] + gap;
        }
        Self { columns, slots }
    }

    /// Writes the titles; the column that rows are ordered by has a mark, which points up where the least comes first.
    pub(crate) fn titles(&self, row: Rect, buffer: &mut Buffer, style: Style, sorted: Option<(usize, bool)>) {
        for (index, column) in self.columns.iter().enumerate() {
            match sorted {
                Some((sort, descending)) if sort == index => {
                    let mark = if descending { '▾' } else { '▴' };
                    self.cell(row, buffer, index, &format!("{}{mark}", column.title), style);
                }
                _ => self.cell(row, buffer, index, column.title, style),
            }
        }
    }

    /// Writes one cell, cut to its column.
    pub(crate) fn cell(&self, row: Rect, buffer: &mut Buffer, index: usize, content: &str, style: Style) {
        let Some(slot) = self.slot(row, index) else { return };
        let content = text::fit(content, slot.width);
        let indent = match self.columns[index].align {
            Align::Left => 0,
            Align::Right => slot.width.saturating_sub(text::width(&content)),
        };
        put(Rect { x: slot.x + indent, width: slot.width - indent, ..slot }, buffer, &content, style);
    }

    /// The cells of a column in `row`, if it is shown.
    pub(crate) fn slot(&self, row: Rect, index: usize) -> Option<Rect> {
        let (x, width) = (*self.slots.get(index)?)?;
        let slot = Rect { x: row.x.saturating_add(x), width, ..row }.intersection(row);
        (!slot.is_empty()).then_some(slot)
    }

    /// The column that has this cell of a row.
    pub(crate) fn at(&self, x: u16) -> Option<usize> {
        let holds = |slot: &Option<(u16, u16)>| slot.is_some_and(|(from, width)| (from..from + width).contains(&x));
        self.slots.iter().position(holds)
    }
}

/// Writes `content` at the beginning of `area`, cut to its width. Returns the number of cells used.
pub(crate) fn put(area: Rect, buffer: &mut Buffer, content: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return 0;
    }
    let content = text::fit(content, area.width);
    let (end, _) = buffer.set_stringn(area.x, area.y, content, usize::from(area.width), style);
    end - area.x
}

/// A bar of `area`'s width, filled to `part` of `whole` in steps of an eighth of a cell.
pub(crate) fn bar(area: Rect, buffer: &mut Buffer, part: u64, whole: u64, filled: Style, track: Style) {
    const EIGHTHS: [&str; 9] = ["░", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
    let eighths = u128::from(area.width) * 8 * u128::from(part.min(whole)) / u128::from(whole.max(1));
    // Whatever is more than zero shows.
    let eighths = if part > 0 { eighths.max(1) } else { 0 } as usize;
    for x in 0..area.width {
        let here = eighths.saturating_sub(usize::from(x) * 8).min(8);
        let (symbol, style) = (EIGHTHS[here], if here > 0 { filled } else { track });
        put(Rect { x: area.x + x, width: 1, ..area }, buffer, symbol, style);
    }
}

/// The first `rows` rows of `area`, and what is below them.
pub(crate) fn split_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLUMNS: [Column; 3] =
        [Column::words("NAME", 4, 10, 0), Column::figures("SIZE", 5, 2), Column::figures("AGE", 3, 1)];

    #[test]
    fn columns_are_left_out_by_rank_and_grow_to_their_limit() {
        let slots = |width| Table::new(&COLUMNS, width).slots;
        assert_eq!(slots(40), [Some((0, 10)), Some((12, 5)), Some((19, 3))]);
        assert_eq!(slots(16), [Some((0, 4)), Some((6, 5)), Some((13, 3))]);
        assert_eq!(slots(14), [Some((0, 4)), Some((5, 5)), Some((11, 3))]);
        assert_eq!(slots(13), [Some((0, 8)), None, Some((10, 3))]);
        assert_eq!(slots(5), [Some((0, 5)), None, None]);
        assert_eq!(slots(2), [Some((0, 2)), None, None]);
    }
}
