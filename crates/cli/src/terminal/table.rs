//! Rows of data: aligned for a terminal, tab-separated for a pipe.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use cuckoo_protocol::{Cai, U256};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One value in two forms: for people, and for programs.
#[derive(Clone, Debug)]
pub struct Cell {
    shown: String,
    plain: String,
    right: bool,
}

impl Cell {
    /// Makes a cell with the same text in both forms. Programs get spaces for its tabs and line ends.
    pub fn text(value: impl fmt::Display) -> Self {
        let shown = value.to_string();
        Self { plain: shown.replace(['\t', '\n', '\r'], " "), shown, right: false }
    }

    /// Makes a cell with a number, aligned to the right.
    pub fn number(value: impl fmt::Display) -> Self {
        Self { right: true, ..Self::text(value) }
    }

    /// Makes a cell with an amount: grouped and with its unit for people, in base units for programs.
    pub fn amount(amount: Cai) -> Self {
        Self { shown: amount.to_string(), plain: amount.base_units().to_string(), right: true }
    }

    /// Makes a cell with an amount that keeps changing: cut to hundredths for people, in base units for programs.
    pub fn estimate(amount: Cai) -> Self {
        let units = amount.base_units();
        let hundredths = Cai::from_base_units(units - units % U256::from(10u64.pow(16)));
        Self { shown: hundredths.to_string(), ..Self::amount(amount) }
    }

    /// The same at the right of its column.
    #[must_use]
    pub fn at_right(self) -> Self {
        Self { right: true, ..self }
    }

    /// The same at the left of its column.
    #[must_use]
    pub fn at_left(self) -> Self {
        Self { right: false, ..self }
    }

    /// Makes a cell with a text for people and one for programs.
    pub fn both(shown: impl fmt::Display, plain: impl fmt::Display) -> Self {
        Self { shown: shown.to_string(), plain: plain.to_string(), right: false }
    }
}

/// A table as a terminal shows it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    /// The names of the columns that did not fit.
    pub(super) left_out: Vec<String>,
}

/// Spaces between two columns of a terminal.
const GAP: usize = 2;
/// A text is not cut to fewer columns of a terminal than this.
const LEAST_TEXT: usize = 16;
/// A word of this many hexadecimal digits loses its middle.
const LONG_NUMBER: usize = 40;

/// Rows and columns of a terminal.
struct Grid {
    headers: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    fn width_of(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.shown.width());
        cells.chain([self.headers[column].width()]).max().unwrap_or(0)
    }

    /// The columns of the terminal that a row takes; it begins with a blank.
    fn width(&self) -> usize {
        (0..self.headers.len()).map(|column| self.width_of(column) + GAP).sum::<usize>().saturating_sub(GAP - 1)
    }

    /// Removes the columns that are named as superfluous.
    fn remove(&mut self, superfluous: &[usize]) {
        let mut column = 0..;
        self.headers.retain(|_| column.next().is_some_and(|column| !superfluous.contains(&column)));
        for row in &mut self.rows {
            let mut column = 0..;
            row.retain(|_| column.next().is_some_and(|column| !superfluous.contains(&column)));
        }
    }

    /// Cuts the longest texts, the last column's first, until the rows fit or every text is as short as it may be.
    fn cut_texts(&mut self, width: usize) {
        for column in (0..self.headers.len()).rev() {
            let excess = self.width().saturating_sub(width);
            let now = self.width_of(column);
            if excess == 0 || now <= LEAST_TEXT || self.rows.iter().any(|row| row[column].right) {
                continue;
            }
            let most = now.saturating_sub(excess).max(LEAST_TEXT).max(self.headers[column].width());
            self.rows.iter_mut().for_each(|row| row[column].shown = cut(&row[column].shown, most));
        }
    }

    /// Leaves columns out, from the last one on, until the rows fit; the first one stays. Returns their names.
    fn leave_out(&mut self, width: usize) -> Vec<String> {
        let mut names = vec![];
        while self.width() > width && self.headers.len() > 1 {
            names.extend(self.headers.pop().map(|header| header.to_lowercase()));
            self.rows.iter_mut().for_each(|row| row.truncate(self.headers.len()));
        }
        names.reverse();
        names
    }
}

/// Prints rows with aligned columns. With a width, texts that are longer are wrapped.
fn aligned(headers: &[String], rows: &[Vec<Cell>], width: Option<usize>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING);
    match width.map(u16::try_from) {
        Some(Ok(width)) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        _ => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    if !headers.is_empty() {
        table.set_header(headers);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| {
            let alignment = if cell.right { CellAlignment::Right } else { CellAlignment::Left };
            comfy_table::Cell::new(&cell.shown).set_alignment(alignment)
        }));
    }
    table.trim_fmt() + "\n"
}

/// The text with at most this many columns of a terminal, cut with an ellipsis.
fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if kept.width() + character.width().unwrap_or(0) >= most {
            break;
        }
        kept.push(character);
    }
    format!("{}…", kept.trim_end())
}

/// The text with `0x2536…FF23` in the place of addresses and hashes.
fn shorten_numbers(text: &str) -> String {
    let shortened = |word: &str| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        let is_long = digits.len() >= LONG_NUMBER && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_long {
            true => format!("{}…{}", &word[..word.len() - digits.len() + 4], &word[word.len() - 4..]),
            false => word.to_owned(),
        }
    };
    text.split(' ').map(shortened).collect::<Vec<_>>().join(" ")
}

/// Rows under column names.
#[derive(Clone, Debug)]
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Makes a table without rows.
    pub fn new(headers: impl IntoIterator<Item = &'static str>) -> Self {
        Self { headers: headers.into_iter().collect(), rows: vec![] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row, for building a table in one expression.
    #[must_use]
    pub fn with(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.row(cells);
        self
    }

    /// Formats the rows for a terminal of this many columns; without a number nothing is shortened. A table with names of its columns
    /// is never wrapped: addresses lose their middle, texts their end, and the last columns are left out until a row is one line.
    /// A single row that is too long becomes a list of its fields. Without rows there is nothing, since column names alone say nothing.
    pub(super) fn for_terminal(&self, width: Option<usize>) -> Shown {
        if self.rows.is_empty() {
            return Shown::default();
        }
        let headers: Vec<_> = self.headers.iter().map(|header| header.to_uppercase()).collect();
        let mut rows = self.rows.clone();
        rows.iter_mut().for_each(|row| row.resize(headers.len().max(row.len()), Cell::text("")));
        if headers.iter().all(String::is_empty) {
            let text = aligned(&[], &rows, width);
            return Shown { text, left_out: vec![] };
        }
        let mut grid = Grid { headers, rows };
        let empty = |column: &usize| !grid.rows.is_empty() && grid.rows.iter().all(|row| row[*column].shown.is_empty());
        let empty: Vec<_> = (0..grid.headers.len()).filter(empty).collect();
        grid.remove(&empty);
        let Some(width) = width.filter(|width| grid.width() > *width) else {
            return Shown { text: aligned(&grid.headers, &grid.rows, None), left_out: vec![] };
        };
        if let [row] = grid.rows.as_slice() {
            let fields = grid.headers.iter().zip(row).filter(|(_, cell)| !cell.shown.is_empty());
            let fields = fields.map(|(header, cell)| vec![Cell::text(header.to_lowercase()), cell.clone().at_left()]);
            return Shown { text: aligned(&[], &fields.collect::<Vec<_>>(), Some(width)), left_out: vec![] };
        }
        grid.rows.iter_mut().flatten().for_each(|cell| cell.shown = shorten_numbers(&cell.shown));
        grid.cut_texts(width);
        let left_out = grid.leave_out(width);
        Shown { text: aligned(&grid.headers, &grid.rows, None), left_out }
    }

    pub(super) fn for_pipe(&self, headers: bool) -> String {
        let mut text = String::new();
        if headers {
            text.push_str(&self.headers.join("\t"));
            text.push('\n');
        }
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|cell| cell.plain.as_str()).collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "0x253635A200F797e746DE81C1BdE3c335c88BFF23";

    fn table() -> Table {
        let row = |name: &str, introduction: &str| {
            let amount = Cell::amount(Cai::from_whole(2_500_000));
            [Cell::text(name), Cell::text(ADDRESS), amount, Cell::text(""), Cell::text(introduction)]
        };
        Table::new(["name", "node", "weight", "until", "introduction"])
            .with(row("miner-1", "two cards under the desk of a newcomer, at night only"))
            .with(row("miner-2", ""))
    }

    #[test]
    fn a_row_is_one_line_of_the_terminal_whatever_has_to_go() {
        let wide = table().for_terminal(Some(200)).text;
        assert!(wide.contains(ADDRESS) && wide.contains("at night only") && !wide.contains("UNTIL"), "{wide}");
        assert_eq!(table().for_terminal(None).text, wide);
        let usual = table().for_terminal(Some(80));
        assert!(usual.text.contains("0x2536…FF23") && usual.text.contains("two cards"), "{usual:?}");
        assert!(usual.text.lines().all(|line| line.width() <= 80), "{usual:?}");
        assert_eq!((usual.text.lines().count(), usual.left_out), (3, vec![]));
        let narrow = table().for_terminal(Some(40));
        assert!(narrow.text.lines().all(|line| line.width() <= 40), "{narrow:?}");
        assert_eq!(narrow.left_out, ["introduction"]);
        assert!(narrow.text.contains("2,500,000 CAI"), "{narrow:?}");
    }

    #[test]
    fn one_row_is_a_list_of_its_fields_with_whole_addresses() {
        let mut one = table();
        one.rows.truncate(1);
        let shown = one.for_terminal(Some(80));
        let lines: Vec<_> = shown.text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines[..3], [vec!["name", "miner-1"], vec!["node", ADDRESS], vec!["weight", "2,500,000", "CAI"]]);
        assert!(shown.left_out.is_empty(), "{shown:?}");
    }

    #[test]
    fn pipes_get_everything_whole() {
        let row = table().for_pipe(false);
        let fields: Vec<_> = row.lines().next().unwrap_or_default().split('\t').collect();
        assert_eq!(fields[1..4], [ADDRESS, "2500000000000000000000000", ""]);
    }

    #[test]
    fn only_long_numbers_lose_their_middle() {
        assert_eq!(shorten_numbers(&format!("against {ADDRESS} now")), "against 0x2536…FF23 now");
        assert_eq!(shorten_numbers(&"ab".repeat(32)), "abab…abab");
        for text in ["deadbeef", "0x1234", "a word", "x0x253635A200F797e746DE81C1BdE3c335c88BFF23"] {
            assert_eq!(shorten_numbers(text), text);
        }
        assert_eq!(cut("矿工矿工矿工", 7), "矿工矿…");
    }

    #[test]
    fn people_get_no_column_names_without_rows_and_programs_do() {
        let table = Table::new(["dispute", "bond"]);
        assert_eq!((table.for_terminal(None).text.as_str(), table.for_pipe(false).as_str()), ("", ""));
        assert_eq!(table.for_pipe(true), "dispute\tbond\n");
        let table = table.with([Cell::text("one\ttwo"), Cell::amount(Cai::from_whole(1_000))]);
        let shown = table.for_terminal(None).text;
        assert!(shown.starts_with(" DISPUTE") && shown.ends_with("1,000 CAI\n"), "{shown:?}");
        assert_eq!(table.for_pipe(true), "dispute\tbond\none two\t1000000000000000000000\n");
    }
}
