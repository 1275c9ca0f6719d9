//! The pane Logs: what the node wrote to its log, the newest first.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256,
    status::{LogLevel, LogRow},
};
use ratatui::{style::Style, text::Line};

use super::pane::{Pane, Scene, labelled};
use crate::{
    model::{Feed, Field, Key, Rank},
    theme::Theme,
    widgets::{
        table::Column,
        text::{Age, external, moment, sentence, wrapped},
    },
};

static COLUMNS: [Column; 4] = [
    Column::figures("AGO", 4, 1),
    Column::words("LEVEL", 5, 5, 0),
    Column::words("PART", 10, 26, 3),
    Column::words("WHAT IT SAYS", 20, 300, 2),
];

const NAMES: [&str; 4] = ["level", "part", "text", "age"];

/// The pane.
pub(super) struct Logs;

fn log(feed: &Feed, row: usize) -> Option<&LogRow> {
    feed.snapshot.as_deref()?.logs.get(row)
}

/// The part of the program without what all of its parts begin with.
fn part(row: &LogRow) -> String {
    external(
        row.target.strip_prefix("cuckoo::node::").or_else(|| row.target.strip_prefix("cuckoo")).unwrap_or(&row.target),
    )
    .trim_start_matches("::")
    .to_owned()
}

fn style(level: LogLevel, theme: &Theme) -> Style {
    match level {
        LogLevel::Error => theme.bad,
        LogLevel::Warn => theme.warn,
        LogLevel::Info => theme.text,
        LogLevel::Debug | LogLevel::Trace => theme.dim,
    }
}

impl Pane for Logs {
    fn title(&self) -> &'static str {
        "Logs"
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.logs.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        let id = log(feed, row)?.id.parse::<u64>().ok()?;
        Some(B256::left_padding_from(&id.to_be_bytes()))
    }

    fn descends(&self) -> bool {
        true
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some(row) = log(feed, row) else { return Rank::Unknown };
        match column {
            0 => Rank::Number(feed.age(row.at).into()),
            1 => Rank::Number((row.level as u8).into()),
            2 => Rank::Word(part(row)),
            _ => Rank::Word(row.words.raw().to_owned()),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let Some(row) = log(feed, row) else { return Field::Unknown };
        match name {
            "level" => Field::Words(row.level.as_str().to_owned()),
            "part" => Field::Words(part(row)),
            "text" => Field::Words(sentence(row.words.raw())),
            "age" => Field::Number(feed.age(row.at)),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = log(feed, row) else { return ("".into(), theme.text) };
        let style = style(row.level, theme);
        match column {
            0 => (Age::of(feed.age(row.at)).to_string().into(), theme.dim),
            1 => (row.level.as_str().into(), style),
            2 => (part(row).into(), theme.dim),
            _ => (sentence(row.words.raw()).into(), style),
        }
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        log(scene.feed, row).map_or_else(String::new, part)
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = log(feed, row) else { return vec![] };
        let mut lines = vec![
            labelled(theme, "at", format!("{}, {} ago", moment(row.at), Age::of(feed.age(row.at))), theme.text),
            labelled(theme, "level", row.level.as_str(), style(row.level, theme)),
            labelled(theme, "part", external(&row.target), theme.text),
        ];
        let words = wrapped(&sentence(row.words.raw()), width.saturating_sub(10), 12);
        lines.extend(
            words.into_iter().enumerate().map(|(place, line)| {
                labelled(theme, if place == 0 { "says" } else { "" }, line, style(row.level, theme))
            }),
        );
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        log(feed, row).map(|row| sentence(row.words.raw()))
    }

    fn empty(&self) -> &'static str {
        "Nothing was written yet, or the node is older than this dashboard."
    }
}
