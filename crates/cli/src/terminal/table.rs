//! Rows of data: aligned for a terminal, tab-separated for a pipe.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement, presets};
use cuckoo_protocol::{Cai, U256};

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

    /// Makes a cell with a text for people and one for programs.
    pub fn both(shown: impl fmt::Display, plain: impl fmt::Display) -> Self {
        Self { shown: shown.to_string(), plain: plain.to_string(), right: false }
    }
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

    /// The rows for people, each with its line end; nothing where there is none, since column names alone say nothing.
    pub(super) fn for_terminal(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if self.headers.iter().any(|header| !header.is_empty()) {
            table.set_header(self.headers.iter().map(|header| header.to_uppercase()));
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| {
                let alignment = if cell.right { CellAlignment::Right } else { CellAlignment::Left };
                comfy_table::Cell::new(&cell.shown).set_alignment(alignment)
            }));
        }
        table.trim_fmt() + "\n"
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

    #[test]
    fn people_get_no_column_names_without_rows_and_programs_do() {
        let table = Table::new(["dispute", "bond"]);
        assert_eq!((table.for_terminal().as_str(), table.for_pipe(false).as_str()), ("", ""));
        assert_eq!(table.for_pipe(true), "dispute\tbond\n");
        let table = table.with([Cell::text("one\ttwo"), Cell::amount(Cai::from_whole(1_000))]);
        let shown = table.for_terminal();
        assert!(shown.starts_with(" DISPUTE") && shown.ends_with("1,000 CAI\n"), "{shown:?}");
        assert_eq!(table.for_pipe(true), "dispute\tbond\none two\t1000000000000000000000\n");
    }
}
