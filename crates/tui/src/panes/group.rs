//! The pane Group: several nodes, those that need somebody first.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256,
    status::{GroupRow, Snapshot, Topic},
    task::Millis,
};
use ratatui::{style::Style, text::Line};

use super::pane::{Pane, Scene, labelled};
use crate::{
    model::{self, Feed, Field, Key, Rank},
    theme::Theme,
    widgets::{
        table::Column,
        text::{Age, external, grouped, micro, plural, sentence, short_count, wrapped},
    },
};

static COLUMNS: [Column; 10] = [
    Column::words("NODE", 10, 22, 0),
    Column::words("ROLE", 11, 11, 7),
    Column::words("STATE", 10, 11, 1),
    Column::figures("TOK/S", 6, 3),
    Column::figures("RUN", 5, 4),
    Column::figures("QUEUED", 6, 5),
    Column::figures("CAI/H", 9, 6),
    Column::figures("BLOCK", 11, 8),
    Column::words("AT", 12, 24, 9),
    Column::words("WHY", 30, 120, 2),
];

const NAMES: [&str; 5] = ["name", "role", "state", "at", "why"];

/// The pane.
pub(super) struct Group;

fn member(feed: &Feed, row: usize) -> Option<&GroupRow> {
    feed.snapshot.as_deref()?.group.get(row)
}

fn state(feed: &Feed, theme: &Theme, row: &GroupRow) -> (String, Style) {
    match (&row.down, row.role, row.bad, row.warn) {
        (Some(down), ..) => (format!("✕ down {}", Age::of(feed.age(down.since))), theme.bad),
        (None, None, ..) => ("○ waiting".to_owned(), theme.dim),
        (None, _, 1.., _) => (format!("✕ {}", row.bad), theme.bad),
        (None, _, 0, 1..) => (format!("▲ {}", row.warn), theme.warn),
        (None, _, 0, 0) => ("● well".to_owned(), theme.ok),
    }
}

fn why(row: &GroupRow) -> String {
    match (&row.down, &row.worst) {
        // The row says already who does not answer.
        (Some(down), _) => {
            let reason = down.reason.strip_prefix("no answer from ").and_then(|rest| rest.split_once(": "));
            sentence(reason.map_or(down.reason.as_str(), |(_, reason)| reason))
        }
        (None, Some(worst)) => {
            let more = (row.bad + row.warn).saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!("; {more} more") };
            format!("{}{more}", sentence(worst.raw()))
        }
        (None, None) => String::new(),
    }
}

impl Pane for Group {
    fn title(&self) -> &'static str {
        "Group"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Node]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.group.len())
    }

    fn key(&self, _feed: &Feed, row: usize) -> Option<Key> {
        Some(B256::left_padding_from(&(row as u64 + 1).to_be_bytes()))
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        match member(feed, row) {
            Some(GroupRow { down: Some(_), .. }) => 0,
            Some(GroupRow { bad: 1.., .. }) => 1,
            Some(GroupRow { warn: 1.., .. }) => 2,
            Some(GroupRow { role: None, .. }) => 3,
            _ => 4,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let urgency = self.urgency(feed, row);
        let Some(row) = member(feed, row) else { return Rank::Unknown };
        let figure = |value: u64| if row.down.is_some() { Rank::Unknown } else { Rank::Number(value.into()) };
        match column {
            0 => Rank::Word(model::member(row)),
            1 => row.role.map_or(Rank::Unknown, |role| Rank::Word(role.as_str().to_owned())),
            2 => Rank::Number(urgency.into()),
            3 => figure(row.tokens_per_second),
            4 => figure(row.running),
            5 => figure(row.queued),
            6 => figure(row.hour),
            7 => figure(row.block),
            8 => Rank::Word(row.id.clone()),
            _ => Rank::Word(why(row)),
        }
    }

    fn field(&self, feed: &Feed, row: usize, field: &str) -> Field {
        let Some(row) = member(feed, row) else { return Field::Unknown };
        match field {
            "name" => Field::Words(model::member(row)),
            "role" => Field::Words(row.role.map_or("", |role| role.as_str()).to_owned()),
            "state" => Field::Words(state(feed, &Theme::of(crate::Palette::Plain), row).0),
            "at" => Field::Words(external(&row.id)),
            "why" => Field::Words(why(row)),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = member(feed, row) else { return ("".into(), theme.text) };
        let is_up = row.down.is_none() && row.role.is_some();
        let text = if is_up { theme.text } else { theme.dim };
        let figure = |words: String| if is_up { words } else { "-".to_owned() };
        let cell = match column {
            0 => model::member(row),
            1 => row.role.map_or("-", |role| role.as_str()).to_owned(),
            2 => {
                let (words, style) = state(feed, theme, row);
                return (words.into(), style);
            }
            3 => figure(short_count(row.tokens_per_second)),
            4 => figure(short_count(row.running)),
            5 => figure(short_count(row.queued)),
            6 => figure(micro(row.hour)),
            7 => figure(grouped(row.block)),
            8 => external(&row.id),
            _ => why(row),
        };
        (cell.into(), text)
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        member(scene.feed, row).map_or_else(String::new, model::member)
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let Scene { feed, theme, .. } = *scene;
        let Some(row) = member(feed, row) else { return vec![] };
        let (words, style) = state(feed, theme, row);
        let mut lines = vec![labelled(theme, "state", words, style)];
        let reason = wrapped(&why(row), width.saturating_sub(10), 3).into_iter().filter(|line| !line.is_empty());
        lines.extend(
            reason.enumerate().map(|(at, line)| labelled(theme, if at == 0 { "why" } else { "" }, line, style)),
        );
        lines.push(labelled(theme, "at", external(&row.id), theme.text));
        if let Some(address) = row.address {
            lines.push(labelled(theme, "address", address.to_string(), theme.text));
        }
        if !row.version.is_empty() {
            lines.push(labelled(theme, "version", external(&row.version), theme.text));
        }
        lines.push(labelled(theme, "command", "Enter opens it; Esc comes back", theme.dim));
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        let row = member(feed, row)?;
        Some(row.address.map_or_else(|| row.id.clone(), |address| address.to_string()))
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        member(feed, row).map(|row| format!("cuckoo tui --connect http://{}", external(&row.id)))
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let rows = &scene.snapshot.group;
        let down = rows.iter().filter(|row| row.down.is_some()).count();
        let sick = rows.iter().filter(|row| row.down.is_none() && row.bad > 0).count();
        let tokens: u64 = rows.iter().map(|row| row.tokens_per_second).sum();
        let count = plural(rows.len(), "node");
        format!("{count}, {down} down, {sick} in trouble, {} tokens/s", grouped(tokens))
    }

    fn empty(&self) -> &'static str {
        "No node is watched."
    }

    fn shown_ages(&self, snapshot: &Snapshot) -> Vec<Millis> {
        snapshot.group.iter().filter_map(|row| Some(row.down.as_ref()?.since)).collect()
    }
}
