//! The pane Tasks: their counts, a graph of their speed, and the newest ones.

use cuckoo_protocol::{
    Address, Untrusted,
    status::{Snapshot, TaskRow},
    task::{Millis, Stage},
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    widgets::{Sparkline, Widget},
};

use crate::{
    model::{Feed, History},
    theme::Theme,
    widgets::{
        pane::{Pane, Scene},
        table::{Column, Table, put, split_top},
        text::{Age, address, grouped, latency, short_count, stranger, width},
    },
};

/// The least number of seconds that the graph shows.
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

/// The height of the graph in a pane that is `inside` cells high within its frame.
const fn graph_rows(inside: u16) -> u16 {
    match inside {
        ..10 => 0,
        10..16 => 1,
        16..24 => 2,
        24..40 => 3,
        _ => 4,
    }
}

/// The pane. Counts and a graph of the speed stand above the list.
pub(super) struct Tasks;

impl Pane for Tasks {
    fn title(&self) -> &'static str {
        "Tasks"
    }

    fn weight(&self) -> u16 {
        38
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.recent.len())
    }

    fn empty(&self) -> &'static str {
        "No tasks yet."
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        format!("{} tokens", short_count(scene.snapshot.tasks.completion_tokens))
    }

    /// The counts, and where there is room the graph between its label and a blank line.
    fn head_height(&self, inside: u16) -> u16 {
        match graph_rows(inside) {
            0 => 1,
            graph => graph + 3,
        }
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let (counts, rest) = split_top(area, 1);
        draw_counts(scene.snapshot, scene.theme, counts, buffer);
        let (label, rest) = split_top(rest, 1);
        let graph = Rect { height: rest.height.saturating_sub(1), ..rest };
        draw_graph(&scene.feed.history, scene.theme, label, graph, buffer);
    }

    fn draw_titles(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        Table::new(&COLUMNS, area.width).titles(area, buffer, theme.heading);
    }

    fn draw_row(&self, scene: &Scene<'_>, row: usize, area: Rect, buffer: &mut Buffer) {
        if let Some(task) = scene.snapshot.recent.get(row) {
            draw_task(scene, task, area, buffer);
        }
    }

    /// The compact list has no room for more beside everything else.
    fn compact_rows(&self) -> usize {
        5
    }

    fn shown_ages(&self, snapshot: &Snapshot) -> Vec<Millis> {
        snapshot.recent.iter().map(|task| task.accepted_at).collect()
    }
}

/// Draws the counts, as many of them as fit.
fn draw_counts(snapshot: &Snapshot, theme: &Theme, area: Rect, buffer: &mut Buffer) {
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

fn draw_graph(history: &History, theme: &Theme, label: Rect, area: Rect, buffer: &mut Buffer) {
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
    // The newest column is on the right, even while there is little history.
    let missing = area.width.saturating_sub(u16::try_from(columns.len()).unwrap_or(u16::MAX));
    let area = Rect { x: area.x + missing, width: area.width - missing, ..area };
    Sparkline::default().data(columns).max(peak.max(1)).style(theme.accent).render(area, buffer);
}

/// A task's stage in a sign and a word.
fn stage(stage: Stage, theme: &Theme) -> (&'static str, Style) {
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

fn draw_task(scene: &Scene<'_>, task: &TaskRow, area: Rect, buffer: &mut Buffer) {
    let Scene { feed, snapshot, theme } = *scene;
    let table = Table::new(&COLUMNS, area.width);
    let (stage, style) = stage(task.state, theme);
    let text = if task.ended_at.is_some() { theme.dim } else { theme.text };
    // Eight digits, which commands take for the id as well.
    let id = task.id.to_string().chars().skip(2).take(8).collect::<String>();
    table.cell(area, buffer, 0, &id, text);
    table.cell(area, buffer, 1, &stranger(&task.model), text);
    table.cell(area, buffer, 2, stage, style);
    table.cell(area, buffer, 3, &Age::of(feed.age(task.accepted_at)).to_string(), text);
    table.cell(area, buffer, 4, &first_token(task), text);
    table.cell(area, buffer, 5, &short_count(u64::from(task.completion_tokens)), text);
    table.cell(area, buffer, 6, &miner(feed, snapshot, task), if task.attempt > 1 { theme.warn } else { text });
}

fn first_token(task: &TaskRow) -> String {
    task.first_token_at.map_or_else(|| "-".to_owned(), |at| latency(at.saturating_sub(task.accepted_at)))
}

/// The miner that has the task, and the attempt where it is not the first. A miner without a visible name is shown by its
/// address.
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
