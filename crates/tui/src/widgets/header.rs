//! The line on top: the node, its network, the block and epoch, and how far the figures can be trusted.

use cuckoo_protocol::status::{Level, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    table::{bar, put},
    text::{Age, address, external, fit, grouped, sentence, short_count, stranger, width},
};
use crate::{
    model::{Feed, Health, Link, Model},
    panes::pane::{badge, sign},
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

/// The state of the feed as a sign and a word. While the screen is frozen it is still the source's that is watched.
fn state(model: &Model, theme: &Theme) -> (String, Style) {
    let is_bad = model.shown().alerts.iter().any(|alert| alert.level == Level::Bad);
    let (state, style) = match model.live.health() {
        Health::Waiting => ("○ WAITING".to_owned(), theme.dim),
        Health::Live if is_bad => ("▲ LIVE".to_owned(), theme.bad),
        Health::Live => ("● LIVE".to_owned(), theme.ok),
        Health::ChainTrouble => ("◐ STALE".to_owned(), theme.warn),
        Health::Silent(since) => (format!("◐ STALE {}", Age::of(since)), theme.warn),
        Health::Down(since) => (format!("✕ DOWN {}", Age::of(since)), theme.bad),
    };
    if let Some(scrub) = &model.scrub {
        let sign = if scrub.is_paused { "‖" } else { "▶" };
        let cut = if scrub.is_cut { ", cut off" } else { "" };
        let (at, length) = (clock(scrub.at), clock(scrub.length));
        return (format!("{sign} {at} of {length}{cut} ×{}", scrub.speed), theme.warn);
    }
    let Some(since) = model.frozen_for() else { return (state, style) };
    let frozen = match since {
        0..60_000 => "‖ FROZEN".to_owned(),
        since => format!("‖ FROZEN {}", Age::of(since)),
    };
    match model.live.health() {
        Health::Live => (frozen, theme.warn),
        _ => (format!("{frozen}  {state}"), style),
    }
}

/// A time since the beginning: `1:02:03`, `12:30`.
fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// The publishing node's role and name.
fn node(snapshot: &Snapshot) -> String {
    let name = match snapshot.node.name.raw().trim() {
        "" => address(&snapshot.node.address),
        _ => stranger(&snapshot.node.name),
    };
    fit(&format!("{} {name}", snapshot.node.role.as_str()), 32).into_owned()
}

fn pieces(feed: &Feed, theme: &Theme) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(5, "cuckoo".to_owned(), theme.key)];
    let Some(snapshot) = feed.snapshot.as_deref() else { return pieces };
    let chain = &snapshot.chain;
    pieces.push(Piece::new(1, node(snapshot), theme.text));
    pieces.push(Piece::new(6, fit(&format!("v{}", external(&snapshot.node.version)), 14).into_owned(), theme.dim));
    pieces.push(Piece::new(2, fit(&external(&chain.network), 16).into_owned(), theme.text));
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

/// What is wrong: first what is wrong with the source, then what the node says. With each its sign and its style.
pub(crate) fn notices(model: &Model, theme: &Theme) -> Vec<(&'static str, Style, String)> {
    let mut notices = vec![];
    let is_old = model.live.snapshot.is_some();
    match (&model.live.link, model.live.health()) {
        (Link::Down { reason, .. }, _) => {
            let shown = if is_old { "figures are old" } else { "trying again" };
            notices.push(("✕", theme.bad, format!("{}; {shown}", sentence(reason))));
        }
        (_, Health::Silent(since)) => {
            notices.push(("✕", theme.bad, format!("the node has been silent for {}; figures are old", Age::of(since))));
        }
        _ => {}
    }
    let alerts = model.shown().alerts.iter();
    notices.extend(alerts.map(|alert| {
        let (mark, style) = sign(alert.level, theme);
        (mark, style, alert.words.clone())
    }));
    notices
}

/// The rows that alerts take, at most this many.
pub(crate) fn alert_rows(model: &Model, most: u16) -> u16 {
    let is_down = matches!(model.live.link, Link::Down { .. }) || matches!(model.live.health(), Health::Silent(_));
    let count = model.shown().alerts.len() + usize::from(is_down);
    u16::try_from(count).unwrap_or(u16::MAX).min(most)
}

/// Draws what is wrong: all in one line where there is one, and otherwise one in each.
pub(crate) fn draw_alerts(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    const MORE: &str = "a all";
    if area.is_empty() {
        return;
    }
    let notices = notices(model, theme);
    let line = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), height: 1, ..area };
    if area.height > 1 || !model.interactive {
        for ((sign, style, words), row) in notices.iter().zip(0..area.height) {
            put(Rect { y: line.y + row, ..line }, buffer, &format!("{sign} {words}"), *style);
        }
        return;
    }
    let mut rest = line;
    let more = width(MORE) + 2;
    let total: u16 = notices.iter().map(|(.., words)| width(words).saturating_add(5)).fold(0, u16::saturating_add);
    if total > rest.width || notices.len() > 1 {
        let at = line.right().saturating_sub(width(MORE));
        put(Rect { x: at, width: line.right() - at, ..line }, buffer, MORE, theme.key);
        rest.width = rest.width.saturating_sub(more);
    }
    for (place, (sign, style, words)) in notices.iter().enumerate() {
        let count =
            if place == 0 && notices.len() > 1 { format!("{sign}{} ", notices.len()) } else { format!("{sign} ") };
        // A later one is shown where more than its beginning fits.
        if place > 0 && rest.width < 16 {
            break;
        }
        let used = put(rest, buffer, &format!("{count}{words}"), *style) + 2;
        rest.x = rest.x.saturating_add(used);
        rest.width = rest.width.saturating_sub(used);
    }
}

/// A pane's name in the line of tabs.
pub(crate) struct Tab {
    /// The pane's place in the table.
    pub(crate) pane: usize,
    /// Its first column.
    pub(crate) x: u16,
    words: String,
    badge: Option<(String, Level)>,
}

impl Tab {
    /// Its width with its badge.
    pub(crate) fn width(&self) -> u16 {
        width(&self.words) + self.badge.as_ref().map_or(0, |(words, _)| width(words) + 1)
    }
}

/// The panes' names and where they stand: with their badges, in full, short, or as numbers, whatever fits.
pub(crate) fn tabs(model: &Model, width: u16) -> Vec<Tab> {
    let make = |form: u8, gap: u16| {
        let mut x = 1;
        let mut tabs = vec![];
        for (pane, part) in model.panes().iter().enumerate() {
            let name = match form {
                0 => part.title(),
                1 => part.short(),
                _ => "",
            };
            let badge = badge(*part, model.shown()).map(|(count, level)| {
                let sign = if level == Level::Bad { "✕" } else { "▲" };
                (if form == 0 { format!("{sign}{count}") } else { sign.to_owned() }, level)
            });
            let mark = if pane == model.focus { '▸' } else { ' ' };
            let tab = Tab { pane, x, words: format!("{mark}{} {name}", pane + 1).trim_end().to_owned(), badge };
            x += tab.width() + gap;
            tabs.push(tab);
        }
        tabs
    };
    let fits = |tabs: &Vec<Tab>| tabs.last().is_none_or(|tab| tab.x + tab.width() <= width);
    let forms = [(0, 2), (0, 1), (1, 1), (1, 0), (2, 1)].map(|(form, gap)| make(form, gap));
    let place = forms.iter().position(fits).unwrap_or(forms.len() - 1);
    forms.into_iter().nth(place).unwrap_or_default()
}

/// Draws the names of the panes.
pub(crate) fn draw_tabs(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    for tab in tabs(model, area.width) {
        let style = if tab.pane == model.focus { theme.key } else { theme.dim };
        let place = Rect { x: area.x + tab.x, width: area.width.saturating_sub(tab.x), ..area };
        let used = put(place, buffer, &tab.words, style) + 1;
        if let Some((words, level)) = &tab.badge {
            let place = Rect { x: place.x.saturating_add(used), width: place.width.saturating_sub(used), ..place };
            put(place, buffer, words, sign(*level, theme).1);
        }
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
