//! The line on top: the node, its network, the block and epoch, and how far the figures can be trusted.

use cuckoo_protocol::status::{CaseRow, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    table::{bar, put},
    text::{Age, address, external, fit, grouped, short_count, stranger, width},
};
use crate::{
    model::{Feed, Health, Link, Model},
    theme::Theme,
};

/// The width of the epoch's progress bar.
const EPOCH_BAR: u16 = 10;

/// A piece of the header. Where there is no room, the one with the highest rank is left out first.
struct Piece {
    rank: u8,
    text: String,
    style: Style,
    /// The part and the whole of a bar that follows the text.
    progress: Option<(u64, u64)>,
}

impl Piece {
    fn new(rank: u8, text: String, style: Style) -> Self {
        Self { rank, text, style, progress: None }
    }

    fn width(&self) -> u16 {
        // The bar looks like ` ########## 68%`.
        width(&self.text) + if self.progress.is_some() { EPOCH_BAR + 6 } else { 0 }
    }
}

/// The state of the feed as a sign and a word.
fn state(model: &Model, theme: &Theme) -> (String, Style) {
    if model.frozen() {
        return ("‖ FROZEN".to_owned(), theme.warn);
    }
    match model.shown().health() {
        Health::Waiting => ("○ WAITING".to_owned(), theme.dim),
        Health::Live => ("● LIVE".to_owned(), theme.ok),
        Health::ChainTrouble => ("◐ STALE".to_owned(), theme.warn),
        Health::Silent(since) => (format!("◐ STALE {}", Age::of(since)), theme.warn),
        Health::Down(since) => (format!("✕ DOWN {}", Age::of(since)), theme.bad),
    }
}

/// The publishing node's role and name.
fn node(snapshot: &Snapshot) -> String {
    fit(&format!("{} {}", snapshot.node.role.as_str(), stranger(&snapshot.node.name)), 32).into_owned()
}

fn pieces(feed: &Feed, theme: &Theme) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(2, "cuckoo".to_owned(), theme.key)];
    let Some(snapshot) = feed.snapshot.as_deref() else { return pieces };
    let chain = &snapshot.chain;
    pieces.push(Piece::new(4, node(snapshot), theme.text));
    pieces.push(Piece::new(5, fit(&format!("v{}", external(&snapshot.node.version)), 14).into_owned(), theme.dim));
    pieces.push(Piece::new(1, fit(&external(&chain.network), 16).into_owned(), theme.text));
    let age = Age::of(feed.age(chain.block_at));
    pieces.push(Piece::new(0, format!("block {} ({age})", grouped(chain.block)), theme.text));
    let progress = Some((chain.into_epoch(), chain.epoch_seconds)).filter(|(_, seconds)| *seconds > 0);
    pieces.push(Piece { rank: 3, text: format!("epoch {}", grouped(chain.epoch)), style: theme.text, progress });
    pieces
}

/// Draws the header.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (state, style) = state(model, theme);
    let state_width = width(&state);
    let room = area.width.saturating_sub(state_width + 4);
    let mut pieces = pieces(model.shown(), theme);
    let gap = 2;
    while pieces.iter().map(|piece| piece.width() + gap).sum::<u16>() > room + gap {
        match pieces.iter().map(|piece| piece.rank).max() {
            Some(rank) => pieces.retain(|piece| piece.rank != rank),
            None => break,
        }
    }
    let mut rest = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(1), ..area };
    for piece in &pieces {
        let mut used = put(rest, buffer, &piece.text, piece.style);
        if let Some((part, whole)) = piece.progress {
            let track = Rect { x: rest.x + used + 1, width: EPOCH_BAR, ..rest };
            bar(track, buffer, part, whole, theme.accent, theme.track);
            let percent = u128::from(part) * 100 / u128::from(whole.max(1));
            let label = Rect { x: track.x + EPOCH_BAR + 1, width: 4, ..rest };
            put(label, buffer, &format!("{percent}%"), theme.text);
            used = piece.width();
        }
        rest.x += used + gap;
        rest.width = rest.width.saturating_sub(used + gap);
    }
    let right = Rect { x: area.right().saturating_sub(state_width + 1).max(area.x), width: state_width, ..area };
    put(right.intersection(area), buffer, &state, style);
}

/// What is wrong or unusual, in words.
pub(crate) fn notice(model: &Model) -> Option<String> {
    let feed = model.shown();
    let snapshot = feed.snapshot.as_deref();
    if let Link::Down { reason, .. } = &feed.link {
        let shown = if snapshot.is_some() { "figures are old" } else { "trying again" };
        return Some(format!("{}; {shown}", external(reason)));
    }
    let snapshot = snapshot?;
    if let Some(problem) = &snapshot.chain.problem {
        return Some(format!("chain: {}", external(problem)));
    }
    if let Some(problem) = &snapshot.node.problem {
        return Some(external(problem));
    }
    if snapshot.node.draining {
        return Some("draining: this node finishes its tasks and accepts no new ones".to_owned());
    }
    snapshot.cases.iter().find_map(|case| Some(dispute(feed, snapshot, case, case.part.words()?)))
}

/// A dispute that the node has a part in, in words.
fn dispute(feed: &Feed, snapshot: &Snapshot, case: &CaseRow, part: &str) -> String {
    let accused = match feed.board.node(snapshot, &case.accused) {
        Some(node) => stranger(&node.name),
        None => address(&case.accused),
    };
    let id = case.id.to_string();
    let mut words = format!("dispute {} of {accused}: {part}; {}", id.get(..10).unwrap_or(&id), case.stage.words());
    if let Some(until) = case.until {
        // The chain's time is the time of its newest block.
        words.push_str(&format!(", {} left", Age::of(until.saturating_sub(snapshot.chain.block_at))));
    }
    if !case.taken.is_zero() {
        words.push_str(&format!(", {} taken", case.taken));
    }
    words
}

/// Draws the notice.
pub(crate) fn draw_notice(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let style = if matches!(model.shown().link, Link::Down { .. }) { theme.bad } else { theme.warn };
    let line = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    if let Some(notice) = notice(model) {
        put(line, buffer, &format!("! {notice}"), style);
    }
}

/// Draws the names of the panes.
pub(crate) fn draw_tabs(
    titles: impl Iterator<Item = &'static str>,
    model: &Model,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut rest = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(1), ..area };
    if area.is_empty() {
        return;
    }
    for (place, title) in titles.enumerate() {
        let (mark, style) = if place == model.focus { ('▸', theme.key) } else { (' ', theme.dim) };
        let used = put(rest, buffer, &format!("{mark}{} {title}", place + 1), style) + 3;
        rest.x += used;
        rest.width = rest.width.saturating_sub(used);
    }
    // Where there are tabs, the header has no room for the node.
    if let Some(snapshot) = model.shown().snapshot.as_deref() {
        let node = node(snapshot);
        let left = rest.width.saturating_sub(width(&node) + 1);
        put(Rect { x: rest.x + left, width: rest.width - left, ..rest }, buffer, &node, theme.text);
    }
}

/// Draws the state, the counts and the block in one line, for a terminal that has room for no more.
pub(crate) fn one_line(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let (state, style) = state(model, theme);
    let used = put(area, buffer, &state, style) + 1;
    let rest = Rect { x: area.x.saturating_add(used), width: area.width.saturating_sub(used), ..area };
    let Some(snapshot) = model.shown().snapshot.as_deref() else {
        put(rest, buffer, "cuckoo", theme.text);
        return;
    };
    let tasks = &snapshot.tasks;
    let counts = format!("{} running {} queued", short_count(tasks.running), short_count(tasks.queued));
    let short = format!("{}r {}q", short_count(tasks.running), short_count(tasks.queued));
    let block = format!("#{}", grouped(snapshot.chain.block));
    let full = format!("{counts} {block}");
    let line = [&full, &counts, &short].into_iter().find(|line| width(line) <= rest.width).unwrap_or(&short);
    put(rest, buffer, line, theme.text);
}
