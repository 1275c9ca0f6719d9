//! The pane Tasks: counts, a chart of the speed, and the tasks, those that need somebody first.

use std::borrow::Cow;

use cuckoo_protocol::{
    Address,
    status::{Publisher, Snapshot, TaskRow, Topic},
    task::{Fault, Millis, Stage},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::pane::{Pane, Scene, draw_line, labelled};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank},
    theme::Theme,
    widgets::{
        chart::{self, Chart},
        table::{Column, put, split_top},
        text::{Age, address, coins, external, grouped, latency, sentence, short_count, stranger, width, wrapped},
    },
};

static COLUMNS: [Column; 12] = [
    Column::words("TASK", 8, 8, 0),
    Column::words("MODEL", 9, 24, 3),
    Column::words("STATE", 9, 9, 1),
    Column::figures("AGE", 4, 4),
    Column::figures("RAN", 5, 6),
    Column::figures("WAIT", 5, 10),
    Column::figures("FIRST", 5, 8),
    Column::figures("TOKENS", 6, 2),
    Column::figures("TOK/S", 5, 7),
    Column::figures("COST", 9, 9),
    Column::figures("TRY", 3, 11),
    Column::words("WITH", 9, 34, 5),
];

const NAMES: [&str; 12] =
    ["state", "model", "miner", "from", "key", "id", "reason", "age", "ran", "tokens", "try", "speed"];

/// The pane.
pub(super) struct Tasks;

/// A node's name, or its address where it has no visible name or is not registered.
pub(super) fn node_name(feed: &Feed, snapshot: &Snapshot, node: &Address) -> String {
    feed.board.node(snapshot, node).map_or_else(|| address(node), crate::model::name)
}

/// The milliseconds that a task's newest attempt has run, or did.
fn ran(feed: &Feed, task: &TaskRow) -> Option<Millis> {
    let begin = task.leased_at.or(task.first_token_at)?;
    Some(task.ended_at.unwrap_or_else(|| feed.node_now()).saturating_sub(begin))
}

/// The milliseconds that a task waited for a miner, or does.
fn waited(feed: &Feed, task: &TaskRow) -> Option<Millis> {
    let end = match task.state {
        Stage::Queued => feed.node_now(),
        _ => task.leased_at.or(task.ended_at.filter(|_| task.attempt == 0))?,
    };
    Some(end.saturating_sub(task.accepted_at))
}

/// Tenths of tokens per second since the first token.
fn speed(feed: &Feed, task: &TaskRow) -> Option<u64> {
    let begin = task.first_token_at?;
    let length = task.ended_at.unwrap_or_else(|| feed.node_now()).saturating_sub(begin).max(1);
    (task.completion_tokens > 1).then(|| u64::from(task.completion_tokens - 1).saturating_mul(10_000) / length)
}

/// A task's stage in a sign and a word.
pub(super) fn stage(stage: Stage, theme: &Theme) -> (&'static str, Style) {
    match stage {
        Stage::Queued => ("○ queued", theme.text),
        Stage::Leased => ("◐ leased", theme.accent),
        Stage::Running => ("▸ running", theme.accent),
        Stage::Done => ("✓ done", theme.ok),
        Stage::Failed => ("✕ failed", theme.bad),
        Stage::Expired => ("✕ expired", theme.bad),
        Stage::Cancelled => ("cancelled", theme.dim),
        // A newer node may know stages that this program does not.
        Stage::Unknown => ("unknown", theme.text),
    }
}

/// The first digits of a task's id, which commands take for the id as well.
pub(super) fn short_id(task: &TaskRow) -> String {
    task.id.to_string().chars().skip(2).take(8).collect()
}

/// Who has to do with a task: the coordinator that it comes from, or the miner that has it, or those that lost it.
fn with(feed: &Feed, snapshot: &Snapshot, task: &TaskRow) -> String {
    if let Some(coordinator) = &task.coordinator {
        return node_name(feed, snapshot, coordinator);
    }
    let mut names: Vec<String> = task.lost_by.iter().map(|miner| node_name(feed, snapshot, miner)).collect();
    let lost = names.len();
    names.extend(task.miner.iter().map(|miner| node_name(feed, snapshot, miner)));
    match names.as_slice() {
        [] => "-".to_owned(),
        [one, other] if one == other && lost == 2 => format!("{one} ×2"),
        names if lost > 0 && task.miner.is_some() => {
            let (last, before) = names.split_last().map_or(("", names), |(last, before)| (last.as_str(), before));
            format!("{last} after {}", before.join(", "))
        }
        names if task.state == Stage::Queued => format!("after {}", names.join(", ")),
        names => names.join(", "),
    }
}

fn task(feed: &Feed, row: usize) -> Option<&TaskRow> {
    feed.snapshot.as_deref()?.recent.get(row)
}

fn known(value: Option<u64>) -> Rank {
    value.map_or(Rank::Unknown, |value| Rank::Number(value.into()))
}

/// The height of the chart in a body of this many rows.
const fn chart_rows(body: u16) -> u16 {
    match body {
        ..16 => 0,
        16..24 => 3,
        24..40 => 6,
        _ => 9,
    }
}

impl Pane for Tasks {
    fn title(&self) -> &'static str {
        "Tasks"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Task]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.recent.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        task(feed, row).map(|task| task.id.0)
    }

    /// What a miner holds, what waits, then what has ended, the newest first.
    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        match task(feed, row).map(|task| task.state) {
            Some(Stage::Running | Stage::Leased) => 0,
            Some(Stage::Queued) => 1,
            _ => 2,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some(task) = task(feed, row) else { return Rank::Unknown };
        match column {
            0 => Rank::Word(task.id.to_string()),
            1 => Rank::Word(task.model.raw().to_owned()),
            2 => Rank::Word(task.state.as_str().to_owned()),
            3 => Rank::Number(-i128::from(task.accepted_at)),
            4 => known(ran(feed, task)),
            5 => known(waited(feed, task)),
            6 => known(task.first_token_at.map(|at| at.saturating_sub(task.accepted_at))),
            7 => Rank::Number(task.completion_tokens.into()),
            8 => known(speed(feed, task)),
            9 => known(task.cost.map(|cost| u64::try_from(cost.base_units() >> 20).unwrap_or(u64::MAX))),
            10 => Rank::Number(task.attempt.into()),
            _ => feed.snapshot.as_deref().map_or(Rank::Unknown, |snapshot| Rank::Word(with(feed, snapshot, task))),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let (Some(task), Some(snapshot)) = (task(feed, row), feed.snapshot.as_deref()) else { return Field::Unknown };
        let figure = |value: Option<u64>| value.map_or(Field::Unknown, Field::Number);
        match name {
            "state" => Field::Words(task.state.as_str().to_owned()),
            "model" => Field::Words(task.model.raw().to_owned()),
            "miner" => {
                let miners = task.lost_by.iter().chain(&task.miner);
                Field::Words(miners.map(|miner| node_name(feed, snapshot, miner)).collect::<Vec<_>>().join(" "))
            }
            "from" => task.coordinator.map_or(Field::Unknown, |from| Field::Words(node_name(feed, snapshot, &from))),
            "key" => task.client.clone().map_or(Field::Unknown, Field::Words),
            "id" => Field::Words(task.id.to_string()),
            "reason" => task.reason.as_ref().map_or(Field::Unknown, |reason| Field::Words(reason.raw().to_owned())),
            "age" => Field::Number(feed.age(task.accepted_at)),
            "ran" => figure(ran(feed, task)),
            "tokens" => Field::Number(task.completion_tokens.into()),
            "try" => Field::Number(task.attempt.into()),
            "speed" => figure(speed(feed, task).map(|tenths| tenths / 10)),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(task) = task(feed, row) else { return ("".into(), theme.text) };
        let text = if task.ended_at.is_some() { theme.dim } else { theme.text };
        let time = |time: Option<Millis>| time.map_or_else(|| "-".to_owned(), |time| Age::of(time).to_string());
        let cell = match column {
            0 => short_id(task),
            1 => stranger(&task.model),
            2 => {
                let (words, style) = stage(task.state, theme);
                return (words.into(), style);
            }
            3 => Age::of(feed.age(task.accepted_at)).to_string(),
            4 => time(ran(feed, task)),
            5 => time(waited(feed, task)),
            6 => task.first_token_at.map_or_else(|| "-".to_owned(), |at| latency(at.saturating_sub(task.accepted_at))),
            7 => short_count(task.completion_tokens.into()),
            8 => speed(feed, task).map_or_else(
                || "-".to_owned(),
                |tenths| match tenths {
                    0..10_000 => format!("{}.{}", tenths / 10, tenths % 10),
                    tenths => short_count(tenths / 10),
                },
            ),
            9 => task.cost.map_or_else(|| "-".to_owned(), coins),
            10 => task.attempt.to_string(),
            _ => {
                let style = if task.attempt > 1 && task.coordinator.is_none() { theme.warn } else { text };
                return (with(feed, snapshot, task).into(), style);
            }
        };
        (cell.into(), text)
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        task(scene.feed, row).map_or_else(String::new, |task| format!("Task {}", short_id(task)))
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, width: u16) -> Vec<Line<'static>> {
        let Scene { feed, snapshot, theme, .. } = *scene;
        let Some(task) = task(feed, row) else { return vec![] };
        let (words, style) = stage(task.state, theme);
        let fault = match task.fault {
            Some(Fault::Request) => ", the request's fault",
            Some(Fault::Network) => ", the network's fault",
            None => "",
        };
        let age = Age::of(feed.age(task.ended_at.unwrap_or(task.accepted_at)));
        let since =
            if task.ended_at.is_some() { format!("{words} {age} ago{fault}") } else { format!("{words}, {age} old") };
        let mut lines =
            vec![labelled(theme, "id", task.id.to_string(), theme.text), labelled(theme, "state", since, style)];
        if let Some(reason) = &task.reason {
            let reason = wrapped(&sentence(reason.raw()), width.saturating_sub(10), 3);
            let label = |place| if place == 0 { "reason" } else { "" };
            lines.extend(
                reason.into_iter().enumerate().map(|(place, line)| labelled(theme, label(place), line, theme.text)),
            );
        }
        lines.push(labelled(theme, "model", stranger(&task.model), theme.text));
        for miner in &task.lost_by {
            lines.push(labelled(theme, "lost by", format!("{} {miner}", node_name(feed, snapshot, miner)), theme.warn));
        }
        if let Some(miner) = &task.miner {
            let words = format!("{} {miner}, try {}", node_name(feed, snapshot, miner), task.attempt);
            lines.push(labelled(theme, "miner", words, theme.text));
        }
        if let Some(coordinator) = &task.coordinator {
            lines.push(labelled(
                theme,
                "from",
                format!("{} {coordinator}", node_name(feed, snapshot, coordinator)),
                theme.text,
            ));
        }
        let tokens = match (task.prompt_tokens, task.max_tokens) {
            (Some(prompt), _) => format!("{} after a prompt of {}", grouped(task.completion_tokens), grouped(prompt)),
            (None, 0) => grouped(task.completion_tokens),
            (None, most) => format!("{} of at most {}", grouped(task.completion_tokens), grouped(most)),
        };
        lines.push(labelled(theme, "tokens", tokens, theme.text));
        lines.push(labelled(theme, "time", times(feed, task), theme.text));
        if let Some(cost) = task.cost {
            let words = match (task.ended_at, task.coordinator) {
                (None, _) => format!("at most {cost}"),
                (Some(_), Some(_)) => format!("pays {cost}"),
                (Some(_), None) => format!("costs {cost}"),
            };
            lines.push(labelled(theme, "money", words, theme.text));
        } else if matches!(task.state, Stage::Failed | Stage::Expired) {
            lines.push(labelled(theme, "money", "costs nothing: it was not delivered", theme.dim));
        }
        if let Some(client) = &task.client {
            lines.push(labelled(theme, "key", external(client), theme.text));
        }
        if let Some(command) = self.command(feed, row) {
            lines.push(labelled(theme, "command", command, theme.dim));
        }
        lines
    }

    fn actions(&self, feed: &Feed, row: Option<usize>, home: &Home) -> Vec<Action> {
        let Some(task) = row.and_then(|row| task(feed, row)) else { return vec![] };
        // Commands on tasks ask the applications' listener of a coordinator: where that is another one than usual, is not known here.
        if !is_coordinator(feed) || home.is_remote || home.connect.is_some() {
            return vec![];
        }
        let mut actions = vec![Action::new("show it", format!("cuckoo task show {}", task.id))];
        if task.ended_at.is_none() {
            actions.push(Action::new("cancel it", format!("cuckoo task cancel {}", task.id)));
        }
        if task.state == Stage::Done {
            let file = format!("evidence-{}.json", short_id(task));
            let command = format!("cuckoo task evidence {} --out {file}", task.id);
            actions.push(Action::new("write its evidence to a file", command));
        }
        actions
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        task(feed, row).map(|task| task.id.to_string())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        task(feed, row).filter(|_| is_coordinator(feed)).map(|task| format!("cuckoo task show {}", task.id))
    }

    fn head_height(&self, _feed: &Feed, body: u16) -> u16 {
        1 + chart_rows(body)
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
        let (counts, rest) = split_top(inside, 1);
        draw_counts(scene, counts, buffer);
        draw_speed(scene, rest, buffer);
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let counts = &scene.snapshot.tasks;
        format!("{} running, {} queued", grouped(counts.running), grouped(counts.queued))
    }

    fn empty(&self) -> &'static str {
        "No tasks yet."
    }

    fn shown_ages(&self, snapshot: &Snapshot) -> Vec<Millis> {
        snapshot.recent.iter().map(|task| task.accepted_at).collect()
    }
}

/// Whether the node that is shown can be asked for its tasks by commands.
fn is_coordinator(feed: &Feed) -> bool {
    feed.snapshot.as_ref().is_some_and(|snapshot| snapshot.node.role == Publisher::Coordinator)
}

/// How a task's time went, in words.
fn times(feed: &Feed, task: &TaskRow) -> String {
    let mut parts = vec![];
    if let Some(waited) = waited(feed, task) {
        parts.push(format!("waited {}", latency(waited)));
    }
    if let Some(first) = task.first_token_at {
        parts.push(format!("first token after {}", latency(first.saturating_sub(task.accepted_at))));
    }
    if let Some(ran) = ran(feed, task) {
        parts.push(format!("ran {}", latency(ran)));
    }
    if let Some(tenths) = speed(feed, task) {
        parts.push(format!("{}.{} tokens/s", tenths / 10, tenths % 10));
    }
    if let Some(deadline) = task.deadline.filter(|_| task.ended_at.is_none()) {
        parts.push(format!("deadline in {}", Age::of(deadline.saturating_sub(feed.node_now()))));
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

/// Draws the counts, as many of them as fit: what failed is left out last.
fn draw_counts(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let (theme, tasks) = (scene.theme, &scene.snapshot.tasks);
    let failed = if tasks.failed > 0 { theme.bad } else { theme.dim };
    let mut rest = area;
    for (count, word, style) in [
        (tasks.running, "running", theme.accent),
        (tasks.queued, "queued", theme.text),
        (tasks.failed, "failed", failed),
        (tasks.done, "done", theme.ok),
        (tasks.cancelled, "cancelled", theme.dim),
        (tasks.lost, "attempts lost", theme.dim),
        (tasks.completion_tokens, "tokens", theme.dim),
    ] {
        let count = short_count(count);
        let cells = width(&count) + 1 + width(word);
        if cells > rest.width {
            break;
        }
        draw_line(
            rest,
            buffer,
            &Line::from(vec![Span::styled(count, style), Span::styled(format!(" {word}"), theme.dim)]),
        );
        let used = (cells + 2).min(rest.width);
        rest = Rect { x: rest.x + used, width: rest.width - used, ..rest };
    }
}

/// Draws the tokens per second now, the peak, and the chart.
pub(super) fn draw_speed(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (theme, tokens) = (scene.theme, &scene.feed.history.tokens);
    let (span, seconds) = scene.range;
    let (label, plot) = split_top(area, 1);
    let columns = tokens.columns(chart::columns(plot), seconds);
    let now = tokens.rate(5);
    // Columns are means over steps that have ended: what goes on now may be more.
    let peak = ((columns.iter().copied().max().unwrap_or(0) + 500) / 1_000).max(now);
    let used = put(label, buffer, &grouped(now), theme.accent) + 1;
    let rest = Rect { x: label.x + used, width: label.width.saturating_sub(used), ..label };
    put(rest, buffer, &format!("tokens/s, peak {} in {span}", grouped(peak)), theme.dim);
    Chart { columns: &columns, unit: 1_000, span, style: theme.accent }.draw(theme, plot, buffer);
}
