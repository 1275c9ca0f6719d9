//! The pane GPUs: each device, how busy and how hot it is, those with trouble first.

use std::borrow::Cow;

use cuckoo_protocol::{
    B256,
    status::{DeviceRow, Level, NodeRow, Topic},
};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout as Split, Rect},
    style::Style,
    text::Line,
};

use super::pane::{Pane, Scene, labelled};
use crate::{
    model::{Feed, Field, Key, Rank, name},
    theme::Theme,
    widgets::{
        chart::{self, Chart},
        table::{Column, put, split_top},
        text::{external, grouped, measured, memory, plural, sentence, stranger, wrapped},
    },
};

static COLUMNS: [Column; 10] = [
    Column::words("#", 3, 3, 0),
    Column::words("NODE", 8, 20, 5),
    Column::words("DEVICE", 10, 26, 1),
    Column::words("LOAD", 10, 10, 8),
    Column::figures("", 4, 2),
    Column::figures("MEMORY", 10, 6),
    Column::figures("TEMP", 4, 3),
    Column::figures("POWER", 5, 4),
    Column::words("SERVES", 10, 40, 9),
    Column::words("PROBLEM", 12, 80, 7),
];

const NAMES: [&str; 9] = ["gpu", "node", "device", "kind", "model", "problem", "load", "temp", "power"];

/// The pane.
pub(super) struct Devices;

/// A device's name without its maker: its kind says who made it.
pub(super) fn brief(device: &DeviceRow) -> String {
    const MAKERS: [&str; 5] = ["NVIDIA GeForce ", "NVIDIA ", "AMD Instinct ", "AMD ", "Apple "];
    let name = stranger(&device.name);
    MAKERS.iter().find_map(|maker| name.strip_prefix(maker)).unwrap_or(&name).to_owned()
}

/// How much a device's state matters.
pub(super) fn level(device: &DeviceRow, hot_from: u32) -> Level {
    let is_hot = device.temperature_celsius.is_some_and(|celsius| celsius >= hot_from);
    match (device.problems.is_empty(), is_hot) {
        (false, _) => Level::Bad,
        (true, true) => Level::Warn,
        (true, false) => Level::Info,
    }
}

/// All problems of a device in one line.
pub(super) fn problems(device: &DeviceRow) -> String {
    device.problems.iter().map(|problem| sentence(problem.raw())).collect::<Vec<_>>().join("; ")
}

fn device(feed: &Feed, row: usize) -> Option<(&NodeRow, usize, &DeviceRow)> {
    feed.board.device(feed.snapshot.as_deref()?, row)
}

/// A load as a bar of this many cells.
pub(super) fn bar(percent: u32, cells: usize) -> String {
    const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let eighths = usize::try_from(percent.min(100)).unwrap_or(0) * cells * 8 / 100;
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((!eighths.is_multiple_of(8)).then(|| EIGHTHS[eighths % 8 - 1]));
    bar
}

impl Pane for Devices {
    fn title(&self) -> &'static str {
        "GPUs"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Device]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.board.devices.len()
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        let (node, index, _) = device(feed, row)?;
        let mut key = B256::left_padding_from(node.address.as_slice());
        key[..8].copy_from_slice(&(index as u64).to_be_bytes());
        Some(key)
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        match device(feed, row).map(|(_, _, device)| level(device, feed.thresholds.hot_celsius)) {
            Some(Level::Bad) => 0,
            Some(Level::Warn) => 1,
            _ => 2,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some((node, index, device)) = device(feed, row) else { return Rank::Unknown };
        let figure = |figure: Option<u64>| figure.map_or(Rank::Unknown, |figure| Rank::Number(figure.into()));
        match column {
            0 => Rank::Number(index as i128),
            1 => Rank::Word(name(node)),
            2 => Rank::Word(device.name.raw().to_owned()),
            3 | 4 => figure(device.utilisation_percent.map(u64::from)),
            5 => figure(device.memory_used),
            6 => figure(device.temperature_celsius.map(u64::from)),
            7 => figure(device.power_milliwatts.map(u64::from)),
            8 => node.models.first().map_or(Rank::Unknown, |model| Rank::Word(model.name.raw().to_owned())),
            _ => Rank::Word(problems(device)),
        }
    }

    fn field(&self, feed: &Feed, row: usize, field: &str) -> Field {
        let Some((node, index, device)) = device(feed, row) else { return Field::Unknown };
        let figure = |figure: Option<u32>| figure.map_or(Field::Unknown, |figure| Field::Number(figure.into()));
        match field {
            "gpu" => Field::Number(index as u64),
            "node" => Field::Words(name(node)),
            "device" => Field::Words(device.name.raw().to_owned()),
            "kind" => Field::Words(device.kind.as_str().to_owned()),
            "model" => Field::Words(node.models.iter().map(|model| model.name.raw()).collect::<Vec<_>>().join(" ")),
            "problem" => Field::Words(problems(device)),
            "load" => figure(device.utilisation_percent),
            "temp" => figure(device.temperature_celsius),
            "power" => figure(device.power_milliwatts.map(|milliwatts| milliwatts / 1_000)),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let theme = scene.theme;
        let Some((node, index, device)) = device(scene.feed, row) else { return ("".into(), theme.text) };
        let level = level(device, scene.feed.thresholds.hot_celsius);
        let load = device.utilisation_percent;
        let style = match level {
            Level::Bad => theme.bad,
            Level::Warn => theme.warn,
            Level::Info => theme.text,
        };
        match column {
            0 => {
                let mark = if level == Level::Info { " " } else { "▲" };
                (format!("{mark}{index}").into(), style)
            }
            1 => (name(node).into(), theme.text),
            2 => (brief(device).into(), theme.text),
            3 => {
                let full = load.is_some_and(|percent| percent >= 95);
                (bar(load.unwrap_or(0), 10).into(), if full { theme.warn } else { theme.accent })
            }
            4 => (measured(load, "%").into(), theme.text),
            5 => (memory(device.memory_used, device.memory_total).into(), theme.text),
            6 => {
                let is_hot =
                    device.temperature_celsius.is_some_and(|celsius| celsius >= scene.feed.thresholds.hot_celsius);
                let unit = if is_hot { "!" } else { "°" };
                (measured(device.temperature_celsius, unit).into(), if is_hot { theme.bad } else { theme.text })
            }
            7 => (measured(device.power_milliwatts.map(|milliwatts| milliwatts / 1_000), "W").into(), theme.text),
            8 => (
                node.models.iter().take(4).map(|model| stranger(&model.name)).collect::<Vec<_>>().join(", ").into(),
                theme.dim,
            ),
            _ => (problems(device).into(), theme.bad),
        }
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        device(scene.feed, row).map_or_else(String::new, |(node, index, device)| {
            format!("GPU {index} of {}: {}", name(node), brief(device))
        })
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let theme = scene.theme;
        let Some((node, index, device)) = device(scene.feed, row) else { return vec![] };
        let mut lines = vec![labelled(
            theme,
            "device",
            format!("{} ({})", stranger(&device.name), device.kind.as_str()),
            theme.text,
        )];
        for problem in &device.problems {
            let words = wrapped(&sentence(problem.raw()), width.saturating_sub(10), 3);
            let label = |place| if place == 0 { "problem" } else { "" };
            lines.extend(
                words.into_iter().enumerate().map(|(place, line)| labelled(theme, label(place), line, theme.bad)),
            );
        }
        let watts = device.power_milliwatts.map(|milliwatts| milliwatts / 1_000);
        let words = format!(
            "load {}, {}, {}, {}",
            measured(device.utilisation_percent, " %"),
            memory(device.memory_used, device.memory_total),
            measured(device.temperature_celsius, "°"),
            measured(watts, " W")
        );
        lines.push(labelled(theme, "now", words, theme.text));
        let own = scene.feed.history.devices.get(index).filter(|_| node.address == scene.snapshot.node.address);
        if let Some(history) = own {
            let columns = usize::from(width.saturating_sub(22)).min(60);
            let (span, seconds) = scene.range;
            for (label, gauge, unit) in [("load", &history.load, "%"), ("heat", &history.celsius, "°")] {
                let line = chart::line(&gauge.columns(columns, seconds));
                let words = format!("{line} peak {}{unit} in {span}", gauge.peak(seconds));
                lines.push(labelled(theme, label, words, theme.accent));
            }
        }
        for model in node.models.iter().take(4) {
            let words = format!("{}: {} of {} slots free", stranger(&model.name), model.free, model.capacity);
            lines.push(labelled(theme, "serves", words, theme.text));
        }
        let is_hot = device.temperature_celsius.is_some_and(|celsius| celsius >= scene.feed.thresholds.hot_celsius);
        if is_hot || device.problems.iter().any(|problem| problem.raw().contains("heat")) {
            lines.push(labelled(theme, "to do", "clean its fan, or cap its power with the command below", theme.text));
        }
        if let Some(command) = self.command(scene.feed, row) {
            lines.push(labelled(theme, "command", command, theme.dim));
        }
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        device(feed, row).map(|(node, index, _)| format!("{}/{index}", node.address))
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        let (_, index, device) = device(feed, row)?;
        let watts = device.power_milliwatts.map(|milliwatts| u64::from(milliwatts) * 8 / 10_000)?;
        let is_cuda = device.kind == cuckoo_protocol::status::DeviceKind::Cuda;
        is_cuda.then(|| format!("nvidia-smi -i {index} -pl {}", watts.max(100)))
    }

    fn head_height(&self, _feed: &Feed, body: u16) -> u16 {
        if body >= 24 { 7 } else { 0 }
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
        let [left, right] = Split::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(2).areas(inside);
        let history = &scene.feed.history;
        let (span, seconds) = scene.range;
        for (area, title, gauge) in
            [(left, "watts of all devices", &history.watts), (right, "tasks that run", &history.running)]
        {
            let (label, plot) = split_top(area, 1);
            let columns = gauge.columns(chart::columns(plot), seconds);
            let words = format!("{title}, peak {} in {span}", grouped(gauge.peak(seconds)));
            put(label, buffer, &words, scene.theme.dim);
            Chart { columns: &columns, unit: 1, span, style: scene.theme.accent }.draw(scene.theme, plot, buffer);
        }
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let board = &scene.feed.board;
        match (board.devices.len(), board.power_milliwatts / 1_000) {
            (0, _) => String::new(),
            (count, 0) => plural(count, "device"),
            (count, watts) => format!("{}, {} W", plural(count, "device"), grouped(watts)),
        }
    }

    fn empty(&self) -> &'static str {
        "No node has reported devices yet."
    }
}

/// The devices with trouble one by one, and one line for all that are well.
pub(super) fn brief_rows(scene: &Scene<'_>, theme: &Theme, most: usize) -> Vec<Line<'static>> {
    let feed = scene.feed;
    let mut rows: Vec<usize> = (0..feed.board.devices.len()).collect();
    rows.sort_by_key(|row| Devices.urgency(feed, *row));
    let own = scene.snapshot.node.address;
    let mut lines = vec![];
    for row in rows.iter().take(most) {
        let Some((node, index, device)) = device(feed, *row) else { continue };
        let (mark, style) = match level(device, feed.thresholds.hot_celsius) {
            Level::Info => (" ", theme.text),
            Level::Warn => ("▲", theme.warn),
            Level::Bad => ("▲", theme.bad),
        };
        let owner = if node.address == own { String::new() } else { format!("{:<10} ", external(&name(node))) };
        let words = format!(
            "{mark}{index} {owner}{:<16} {:<8} {:>4} {:>4} {:>5} ",
            crate::widgets::text::fit(&brief(device), 16),
            bar(device.utilisation_percent.unwrap_or(0), 8),
            measured(device.utilisation_percent, "%"),
            measured(device.temperature_celsius, "°"),
            measured(device.power_milliwatts.map(|milliwatts| milliwatts / 1_000), "W"),
        );
        let problem = ratatui::text::Span::styled(problems(device), theme.bad);
        lines.push(Line::from(vec![ratatui::text::Span::styled(words, style), problem]));
    }
    if rows.len() > most {
        let well = rows[most..].iter().all(|row| Devices.urgency(feed, *row) == 2);
        let words = if well { "all well" } else { "some with trouble" };
        lines.push(Line::styled(format!("  …{} more, {words}", rows.len() - most), theme.dim));
    }
    lines
}
