//! The pane Events: what happened, the newest first.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256,
    status::{EventRow, Topic},
    task::Millis,
};
use ratatui::{style::Style, text::Line};

use super::pane::{Pane, Scene, labelled, sign};
use crate::{
    model::{Feed, Field, Key, Rank},
    theme::Theme,
    widgets::{
        table::Column,
        text::{Age, external, sentence, wrapped},
    },
};

static COLUMNS: [Column; 4] = [
    Column::figures("AGO", 4, 1),
    Column::words("", 1, 1, 0),
    Column::words("ABOUT", 6, 7, 3),
    Column::words("WHAT HAPPENED", 20, 200, 2),
];

const NAMES: [&str; 4] = ["level", "about", "text", "age"];

/// The pane.
pub(super) struct Log;

fn event(feed: &Feed, row: usize) -> Option<&EventRow> {
    feed.events.get(row)
}

const fn about(topic: Topic) -> &'static str {
    match topic {
        Topic::Task => "task",
        Topic::Node => "node",
        Topic::Money => "money",
        Topic::Device => "GPU",
        Topic::Chain => "chain",
        Topic::Own => "node",
    }
}

/// One event in one line.
pub(super) fn line(scene: &Scene<'_>, event: &EventRow) -> Line<'static> {
    let (mark, style) = sign(event.level, scene.theme);
    let age = Age::of(scene.feed.age(event.at)).to_string();
    Line::from(vec![
        ratatui::text::Span::styled(format!("{age:>4} "), scene.theme.dim),
        ratatui::text::Span::styled(format!("{mark} {}", sentence(event.words.raw())), style),
    ])
}

impl Pane for Log {
    fn title(&self) -> &'static str {
        "Events"
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.events.len()
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        let event = event(feed, row)?;
        let same = feed.events[..row].iter().rev().take_while(|before| before.at == event.at).count();
        let mut key = B256::ZERO;
        key[..8].copy_from_slice(&event.at.to_be_bytes());
        key[8..16].copy_from_slice(&(same as u64).to_be_bytes());
        Some(key)
    }

    fn descends(&self) -> bool {
        true
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some(event) = event(feed, row) else { return Rank::Unknown };
        match column {
            0 => Rank::Number(-i128::from(event.at)),
            1 => Rank::Number(event.level as i128),
            2 => Rank::Word(about(event.topic).to_owned()),
            _ => Rank::Word(event.words.raw().to_owned()),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let Some(event) = event(feed, row) else { return Field::Unknown };
        match name {
            "level" => Field::Words(format!("{:?}", event.level)),
            "about" => Field::Words(format!("{} {}", about(event.topic), event.subject)),
            "text" => Field::Words(event.words.raw().to_owned()),
            "age" => Field::Number(feed.age(event.at)),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let theme: &Theme = scene.theme;
        let Some(event) = event(scene.feed, row) else { return ("".into(), theme.text) };
        let (mark, style) = sign(event.level, theme);
        match column {
            0 => (Age::of(scene.feed.age(event.at)).to_string().into(), theme.dim),
            1 => (mark.into(), style),
            2 => (about(event.topic).into(), theme.dim),
            _ => (sentence(event.words.raw()).into(), if mark == "·" { theme.text } else { style }),
        }
    }

    fn name(&self, _scene: &Scene<'_>, _row: usize) -> String {
        "Event".to_owned()
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let theme = scene.theme;
        let Some(event) = event(scene.feed, row) else { return vec![] };
        let (_, style) = sign(event.level, theme);
        let ago = format!("{} ago", Age::of(scene.feed.age(event.at)));
        let mut lines = vec![labelled(theme, "when", ago, theme.text)];
        let words = wrapped(&sentence(event.words.raw()), width.saturating_sub(10), 6);
        let label = |place| if place == 0 { "what" } else { "" };
        lines.extend(words.into_iter().enumerate().map(|(place, line)| labelled(theme, label(place), line, style)));
        if !event.subject.is_empty() {
            lines.push(labelled(theme, "about", external(&event.subject), theme.text));
        }
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        event(feed, row).map(|event| external(&event.subject)).filter(|subject| !subject.is_empty())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        let event = event(feed, row)?;
        let subject = external(&event.subject);
        match event.topic {
            Topic::Task => Some(format!("cuckoo task show {subject}")),
            Topic::Chain if !subject.is_empty() => Some(format!("cuckoo dispute show {subject}")),
            _ => None,
        }
    }

    fn empty(&self) -> &'static str {
        "Nothing has happened since this dashboard was opened."
    }

    fn shown_ages(&self, _snapshot: &cuckoo_protocol::status::Snapshot) -> Vec<Millis> {
        vec![]
    }
}
