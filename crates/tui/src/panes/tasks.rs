//! The pane Tasks: how many, how fast, and which.

use cuckoo_protocol::{
    Address, Untrusted,
    status::{Snapshot, TaskRow},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Sparkline, Widget},
};

use crate::{
    model::{Feed, History, Model, Pane},
    theme::Theme,
    view::{draw_empty, frame, inside, visible},
    widgets::{
        table::{Column, Table, put, split_top},
        text::{Age, address, external, grouped, latency, short_count, stranger, width},
    },
};

/// Seconds that the graph shows at least.
const GRAPH_SECONDS: usize = 300;

static COLUMNS: [Column; 7] = [
    Column::words("TASK", 8, 8, 0),
    Column::words("MODEL", 11, 22, 3),
    Column::words("STATE", 9, 9, 1),
    Column::figures("AGE", 4, 4),
    Column::figures("TTFT", 5, 6),
    Column::figures("TOKENS", 6, 2),
    Column::words("MINER", 9, 28, 5),
];

/// Rows of the graph in a pane with so many rows inside.
const fn graph_rows(inside: u16) -> u16 {
    match inside {
        ..10 => 0,
        10..16 => 1,
        16..24 => 2,
        24..40 => 3,
        _ => 4,
    }
}

/// Counts, the graph with its label and a blank line, and the rows under their titles.
fn parts(area: Rect) -> [Rect; 4] {
    let inside = inside(area);
    let graph = graph_rows(inside.height);
    let (counts, rest) = split_top(inside, 1);
    let (label, rest) = split_top(rest, u16::from(graph > 0));
    let (graph, rest) = split_top(rest, graph);
    let rest = if graph.height > 0 { split_top(rest, 1).1 } else { rest };
    [counts, label, graph, rest]
}

/// Where the rows stand.
pub(crate) fn body(area: Rect) -> Rect {
    let [.., rest] = parts(area);
    split_top(rest, 1).1
}

/// The columns in `width` cells.
pub(crate) fn table(width: u16) -> Table<7> {
    Table::new(&COLUMNS, width)
}

/// Draws the pane.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let feed = model.shown();
    let Some(snapshot) = feed.snapshot.as_deref() else {
        frame(model, theme, Pane::Tasks, "", area, buffer);
        draw_empty(feed, theme, "", inside(area), buffer);
        return;
    };
    let summary = format!("{} tokens", short_count(snapshot.tasks.completion_tokens));
    frame(model, theme, Pane::Tasks, &summary, area, buffer);
    let [counted, label, graphed, rest] = parts(area);
    counts(snapshot, theme, counted, buffer);
    graph(&feed.history, theme, label, graphed, buffer);
    if snapshot.recent.is_empty() {
        draw_empty(feed, theme, "No tasks yet.", rest, buffer);
        return;
    }
    let table = table(rest.width);
    table.titles(split_top(rest, 1).0, buffer, theme.heading);
    for (place, area) in visible(model, Pane::Tasks, body(area)) {
        row(feed, snapshot, theme, place, &table, area, buffer);
    }
}

/// Draws the counts; those that do not fit are left out.
pub(crate) fn counts(snapshot: &Snapshot, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let tasks = &snapshot.tasks;
    let failed = if tasks.failed > 0 { theme.bad } else { theme.dim };
    let mut rest = area;
    for (count, word, style) in [
        (tasks.running, "running", theme.accent),
        (tasks.queued, "queued", theme.text),
        (tasks.done, "done", theme.ok),
        (tasks.failed, "failed", failed),
        (tasks.cancelled, "cancelled", theme.dim),
    ] {
        let count = short_count(count);
        let cells = width(&count) + 1 + width(word);
        if cells > rest.width {
            break;
        }
        let used = put(rest, buffer, &count, style) + 1;
        put(Rect { x: rest.x + used, width: rest.width - used, ..rest }, buffer, word, theme.dim);
        let used = (cells + 2).min(rest.width);
        rest = Rect { x: rest.x + used, width: rest.width - used, ..rest };
    }
}

fn graph(history: &History, theme: &Theme, label: Rect, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let step = History::step(usize::from(area.width), GRAPH_SECONDS);
    let columns = history.columns(usize::from(area.width), step);
    let peak = columns.iter().copied().max().unwrap_or(0);
    let minutes = usize::from(area.width) * step / 60;
    let used = put(label, buffer, &grouped(history.rate(5)), theme.accent) + 1;
    let line = format!("tokens/s, peak {} in {minutes} min", grouped(peak / 1000));
    put(Rect { x: label.x + used, width: label.width.saturating_sub(used), ..label }, buffer, &line, theme.dim);
    // The newest is on the right, also while there is little history.
    let missing = area.width.saturating_sub(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    let area = Rect { x: area.x + missing, width: area.width - missing, ..area };
    Sparkline::default().data(columns).max(peak.max(1)).style(theme.accent).render(area, buffer);
}

/// A task's state in a sign and a word.
fn state(state: &str, theme: &Theme) -> (String, Style) {
    match state {
        "queued" => ("○ queued".to_owned(), theme.text),
        "leased" => ("◐ leased".to_owned(), theme.accent),
        "running" => ("▸ running".to_owned(), theme.accent),
        "done" => ("✓ done".to_owned(), theme.ok),
        "failed" => ("✕ failed".to_owned(), theme.bad),
        "expired" => ("✕ expired".to_owned(), theme.bad),
        "cancelled" => ("cancelled".to_owned(), theme.dim),
        // A newer node may know states that this program does not.
        other => (external(other), theme.text),
    }
}

/// Draws one row.
pub(crate) fn row(
    feed: &Feed,
    snapshot: &Snapshot,
    theme: &Theme,
    place: usize,
    table: &Table<7>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(task) = snapshot.recent.get(place) else { return };
    let (state, style) = state(&task.state, theme);
    let text = if task.ended_at.is_some() { theme.dim } else { theme.text };
    let id = task.id.to_string();
    table.cell(area, buffer, 0, id.get(..8).unwrap_or(&id), text);
    table.cell(area, buffer, 1, &stranger(&task.model), text);
    table.cell(area, buffer, 2, &state, style);
    table.cell(area, buffer, 3, &Age::of(feed.age(task.accepted_at)).to_string(), text);
    table.cell(area, buffer, 4, &first_token(task), text);
    table.cell(area, buffer, 5, &short_count(u64::from(task.completion_tokens)), text);
    table.cell(area, buffer, 6, &miner(feed, snapshot, task), if task.attempt > 1 { theme.warn } else { text });
}

fn first_token(task: &TaskRow) -> String {
    task.first_token_at.map_or_else(|| "-".to_owned(), |at| latency(at.saturating_sub(task.accepted_at)))
}

/// Who has the task, and the attempt where it is not the first. A miner without a name that shows has its address.
fn miner(feed: &Feed, snapshot: &Snapshot, task: &TaskRow) -> String {
    let Some(miner) = &task.miner else { return "-".to_owned() };
    let name = miner_name(feed, snapshot, miner);
    if task.attempt > 1 { format!("{name} (try {})", task.attempt) } else { name }
}

fn miner_name(feed: &Feed, snapshot: &Snapshot, miner: &Address) -> String {
    let named = |name: &Untrusted| !name.raw().trim().is_empty();
    match feed.board.node(snapshot, miner) {
        Some(node) if named(&node.name) => stranger(&node.name),
        _ => address(miner),
    }
}
