//! The pane Overview: by the node's role, what its operator wants to know at one look.

use std::collections::BTreeMap;

use cuckoo_protocol::{
    contract::Role,
    status::{NodeRow, Publisher, Snapshot, TaskRow},
    task::{Millis, Stage},
};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout as Split, Rect},
    text::{Line, Span},
};

use super::{
    devices, log, money,
    nodes::{self, needs_an_eye},
    pane::{Pane, Scene, draw_lines, labelled},
    tasks::{draw_speed, node_name, short_id, stage},
};
use crate::{
    model::{Action, Feed, Home, name},
    widgets::{
        frame::{BORDERS, Frame},
        text::{Age, coins, external, fit, grouped, latency, plural, sentence, share, short_count, stranger},
    },
};

/// From this width on there are two columns.
const TWO: u16 = 110;

/// The pane.
pub(super) struct Overview;

/// A box of the overview.
pub(super) struct Part {
    title: &'static str,
    right: String,
    lines: Vec<Line<'static>>,
    /// Lines that it has at least where there is any room: what does not fit is left out from the end.
    least: u16,
    /// The chart of the speed instead of lines.
    is_chart: bool,
}

impl Part {
    pub(super) fn new(title: &'static str, right: String, lines: Vec<Line<'static>>, least: u16) -> Self {
        Self { title, right, lines, least, is_chart: false }
    }

    fn wanted(&self) -> u16 {
        if self.is_chart { 8 } else { u16::try_from(self.lines.len()).unwrap_or(u16::MAX).max(1) }
    }
}

impl Pane for Overview {
    fn title(&self) -> &'static str {
        "Overview"
    }

    fn short(&self) -> &'static str {
        "Overv"
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let (left, right) = parts(scene, area.width);
        draw_parts(scene, left, right, area, buffer);
    }

    fn actions(&self, feed: &Feed, _row: Option<usize>, home: &Home) -> Vec<Action> {
        let Some(snapshot) = feed.snapshot.as_deref().filter(|_| !home.is_remote) else { return vec![] };
        let role = snapshot.node.role.as_str();
        vec![
            Action::new("show its state", home.command(&format!("cuckoo {role} status"))),
            Action::new("check this machine", "cuckoo doctor".to_owned()),
            Action::new("finish its tasks and end", home.command(&format!("cuckoo {role} drain"))),
        ]
    }

    fn shown_ages(&self, snapshot: &Snapshot) -> Vec<Millis> {
        let held = snapshot.recent.iter().filter(|task| task.ended_at.is_none());
        held.map(|task| task.accepted_at).take(40).collect()
    }
}

/// Draws the boxes of the left and of the right side beside each other where there is room.
pub(super) fn draw_parts(scene: &Scene<'_>, left: Vec<Part>, right: Vec<Part>, area: Rect, buffer: &mut Buffer) {
    let has_border = area.width >= BORDERS;
    if area.width >= TWO {
        let [one, other] = Split::horizontal([Constraint::Fill(56), Constraint::Fill(44)]).areas(area);
        stack(scene, &left, has_border, one, buffer);
        stack(scene, &right, has_border, other, buffer);
    } else {
        // One below the other: what is on the right comes after the first boxes, and what happened comes last.
        let mut parts = left;
        let last = parts.pop();
        parts.extend(right);
        parts.extend(last);
        stack(scene, &parts, has_border, area, buffer);
    }
}

/// Draws boxes below each other. Each has its least height, then what it wants, in their order; the last one has the rest.
fn stack(scene: &Scene<'_>, parts: &[Part], has_border: bool, area: Rect, buffer: &mut Buffer) {
    let frame = if has_border { 2 } else { 1 };
    let mut heights = vec![0u16; parts.len()];
    let mut rest = area.height;
    for (height, part) in heights.iter_mut().zip(parts) {
        let least = part.least.min(part.wanted()) + frame;
        if least <= rest {
            *height = least;
            rest -= least;
        }
    }
    for (height, part) in heights.iter_mut().zip(parts).filter(|(height, _)| **height > 0) {
        let more = (part.wanted() + frame).saturating_sub(*height).min(rest);
        *height += more;
        rest -= more;
    }
    if let Some(height) = heights.iter_mut().rev().find(|height| **height > 0) {
        *height += rest;
    }
    let mut y = area.y;
    for (height, part) in heights.into_iter().zip(parts).filter(|(height, _)| *height > 0) {
        let area = Rect { y, height, ..area };
        y += height;
        let frame = Frame { title: part.title, right: &part.right, has_border, is_focused: false };
        let inside = frame.draw(scene.theme, area, buffer);
        if part.is_chart {
            draw_speed(scene, inside, buffer);
        } else {
            draw_lines(inside, buffer, &part.lines);
        }
    }
}

/// The boxes of the left and of the right side. The last one on the left is what happened.
fn parts(scene: &Scene<'_>, width: u16) -> (Vec<Part>, Vec<Part>) {
    let tokens = scene.feed.history.tokens.rate(5);
    let chart = Part { is_chart: true, ..Part::new("Throughput", format!("{} tokens/s", grouped(tokens)), vec![], 2) };
    let happened = || Part::new("What happened", "7 all".to_owned(), happened(scene), 2);
    let least = if width >= TWO { 3 } else { 2 };
    match scene.snapshot.node.role {
        Publisher::Miner => {
            let left = vec![
                Part::new("Earning", String::new(), money::figures(scene), least),
                Part::new("Coordinators", "3 all".to_owned(), others(scene), least.min(2)),
                running(scene, width, least),
                happened(),
            ];
            let gpus = Part::new("GPUs", devices_right(scene), devices::brief_rows(scene, scene.theme, 8), 2);
            (left, vec![chart, gpus, Part::new("Node", String::new(), node(scene), 3)])
        }
        Publisher::Coordinator | Publisher::Staker | Publisher::Group => {
            let left = vec![
                Part::new("Escrow and money", "4 all".to_owned(), money::figures(scene), 2),
                Part::new("Miners that need an eye", "3 all".to_owned(), others(scene), 2),
                Part::new("What failed", "2 all".to_owned(), failed(scene), 2),
                running(scene, width, 2),
                happened(),
            ];
            let service = Part::new("Service", "now, 1 h, 24 h".to_owned(), service(scene), 2);
            let models = Part::new("By model", String::new(), models(scene), 2);
            let clients = Part::new("Clients", "by open and recent tasks".to_owned(), clients(scene), 1);
            (left, vec![service, chart, models, clients, Part::new("Node", String::new(), node(scene), 2)])
        }
    }
}

fn devices_right(scene: &Scene<'_>) -> String {
    let board = &scene.feed.board;
    format!("{}, {} W", plural(board.devices.len(), "device"), grouped(board.power_milliwatts / 1_000))
}

/// The nodes that the publishing node works with: at a miner all coordinators, at a coordinator the miners that need an eye.
fn others(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let is_miner = snapshot.node.role == Role::Miner;
    let others = || snapshot.nodes.iter().filter(|node| node.role != snapshot.node.role && node.active);
    let mut rows: Vec<&NodeRow> = others().filter(|node| is_miner || needs_an_eye(snapshot, node)).collect();
    rows.sort_by_key(|node| (node.condition.as_ref().map_or(u8::MAX, |condition| condition.kind as u8), node.live));
    let mut lines: Vec<_> = rows
        .into_iter()
        .take(12)
        .map(|node| {
            let (words, style) = nodes::state(snapshot, theme, node);
            let why = nodes::why(feed, node);
            let figures = match (why.is_empty(), is_miner) {
                (false, _) => why,
                (true, true) => format!("share {}; draws won and missed: cuckoo miner why", share(node.share_ppm)),
                (true, false) => format!("{} done, {} lost", grouped(node.done), grouped(node.lost)),
            };
            Line::from(vec![
                Span::styled(format!("{:<14}", fit(&name(node), 13)), theme.text),
                Span::styled(format!("{words:<13}"), style),
                Span::styled(figures, theme.text),
            ])
        })
        .collect();
    if lines.is_empty() {
        let count = others().count();
        let words = match (is_miner, count) {
            (true, _) => "No coordinator is registered.".to_owned(),
            (false, 0) => "No miner is active.".to_owned(),
            (false, count) => format!("None: {} active, all well.", plural(count, "miner")),
        };
        lines.push(Line::styled(words, theme.dim));
    }
    lines
}

/// The tasks that run or wait, the oldest first.
fn running(scene: &Scene<'_>, width: u16, least: u16) -> Part {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let mut held: Vec<&TaskRow> = snapshot.recent.iter().filter(|task| task.ended_at.is_none()).collect();
    held.sort_by_key(|task| (task.state == Stage::Queued, task.accepted_at));
    let mut lines: Vec<_> = held
        .into_iter()
        .take(20)
        .map(|task| {
            let (words, style) = stage(task.state, theme);
            let who =
                task.coordinator.or(task.miner).map_or_else(|| "-".to_owned(), |node| node_name(feed, snapshot, &node));
            let first = task.first_token_at.map(|at| latency(at.saturating_sub(task.accepted_at)));
            let cost = task.cost.filter(|_| width >= 90).map_or_else(String::new, |cost| format!("  {}", coins(cost)));
            Line::from(vec![
                Span::styled(format!("{} {:<20}", short_id(task), fit(&stranger(&task.model), 19)), theme.text),
                Span::styled(format!("{words:<10}"), style),
                Span::styled(
                    format!(
                        "{:>4} {:>6} {:>6} tok  {:<11}{cost}",
                        Age::of(feed.age(task.accepted_at)).to_string(),
                        first.unwrap_or_else(|| "-".to_owned()),
                        short_count(task.completion_tokens.into()),
                        fit(&who, 11),
                    ),
                    theme.text,
                ),
            ])
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line::styled("No task runs or waits.", theme.dim));
    }
    let counts = &snapshot.tasks;
    let own = feed.board.node(snapshot, &snapshot.node.address);
    let slots: u64 = own.map_or(0, |node| node.models.iter().map(|model| u64::from(model.capacity)).sum());
    let of = if slots > 0 { format!(" of {slots} slots") } else { String::new() };
    let mut right = format!("{} running{of}, {} queued", grouped(counts.running), grouped(counts.queued));
    if counts.oldest_wait_ms > 0 {
        right.push_str(&format!(", oldest waits {}", Age::of(counts.oldest_wait_ms)));
    }
    Part::new("Work", right, lines, least)
}

/// Why tasks failed, by reason, the most frequent first.
fn failed(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let failed = |task: &&TaskRow| matches!(task.state, Stage::Failed | Stage::Expired);
    let mut reasons: BTreeMap<String, (u64, Millis, BTreeMap<String, u64>)> = BTreeMap::new();
    for task in snapshot.recent.iter().filter(failed) {
        let reason =
            task.reason.as_ref().map_or_else(|| task.state.as_str().to_owned(), |reason| sentence(reason.raw()));
        let entry = reasons.entry(reason).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(task.ended_at.unwrap_or(0));
        for miner in &task.lost_by {
            *entry.2.entry(node_name(feed, snapshot, miner)).or_default() += 1;
        }
    }
    let mut rows: Vec<_> = reasons.into_iter().collect();
    rows.sort_by_key(|(_, (count, ..))| std::cmp::Reverse(*count));
    let hour = feed.history.failed.sum(money::HOUR);
    let done = feed.history.done.sum(money::HOUR);
    let style = if hour > 0 { theme.bad } else { theme.dim };
    let mut lines = vec![Line::styled(format!("{} failed and {} done in 1 h", grouped(hour), grouped(done)), style)];
    lines.extend(rows.into_iter().take(8).map(|(reason, (count, last, miners))| {
        let by = miners
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or_else(String::new, |(miner, count)| format!("  {miner} ×{count}"));
        Line::from(vec![
            Span::styled(format!("{count:>3} ×  "), theme.bad),
            Span::styled(format!("{reason}{by}"), theme.text),
            Span::styled(format!("  {} ago", Age::of(feed.age(last))), theme.dim),
        ])
    }));
    lines
}

/// How well applications are served: now, in the last hour and in the last day.
fn service(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let history = &feed.history;
    let spans = [60, money::HOUR, money::DAY];
    let row = |label: &str, cells: [String; 3]| {
        let [now, hour, day] = cells;
        labelled(theme, label, format!("{now:>9} {hour:>9} {day:>9}"), theme.text)
    };
    let per_second = |count: u64, seconds: usize| {
        // What is remembered may be older than the node's process.
        let up = snapshot.taken_at.saturating_sub(snapshot.node.started_at) / 1_000;
        let seconds = (seconds as u64).min(up.max(history.done.known())).max(1);
        format!("{}.{:02}", count / seconds, count * 100 / seconds % 100)
    };
    let firsts: Vec<u64> = {
        let mut firsts: Vec<_> = snapshot
            .recent
            .iter()
            .filter_map(|task| Some(task.first_token_at?.saturating_sub(task.accepted_at)))
            .collect();
        firsts.sort_unstable();
        firsts
    };
    let at = |part: usize| firsts.get((firsts.len() * part / 100).min(firsts.len().saturating_sub(1))).copied();
    let time = |time: Option<u64>| time.map_or_else(|| "-".to_owned(), latency);
    let success = |seconds| {
        let (done, failed) = (history.done.sum(seconds), history.failed.sum(seconds));
        (done * 1_000)
            .checked_div(done + failed)
            .map_or_else(|| "-".to_owned(), |per| format!("{}.{} %", per / 10, per % 10))
    };
    vec![
        labelled(theme, "first tok", format!("p50 {}  p95 {} of recent tasks", time(at(50)), time(at(95))), theme.text),
        row("success", spans.map(success)),
        row("done/s", spans.map(|seconds| per_second(history.done.sum(seconds), seconds))),
        row("longest", spans.map(|seconds| time(Some(history.first_token.peak(seconds)).filter(|peak| *peak > 0)))),
        row("queued", spans.map(|seconds| grouped(history.queued.peak(seconds)))),
    ]
}

/// The models that miners offer: how many offer each, how many slots are taken, and what waits.
fn models(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { snapshot, theme, .. } = *scene;
    #[derive(Default)]
    struct Sum {
        miners: u64,
        free: u64,
        capacity: u64,
        queued: u64,
        oldest: Option<Millis>,
    }
    let mut models: BTreeMap<&str, Sum> = BTreeMap::new();
    for model in snapshot.nodes.iter().filter(|node| node.live).flat_map(|node| &node.models) {
        let sum = models.entry(model.name.raw()).or_default();
        sum.miners += 1;
        sum.free += u64::from(model.free);
        sum.capacity += u64::from(model.capacity);
    }
    for task in snapshot.recent.iter().filter(|task| task.state == Stage::Queued) {
        let sum = models.entry(task.model.raw()).or_default();
        sum.queued += 1;
        sum.oldest = Some(sum.oldest.map_or(task.accepted_at, |oldest| oldest.min(task.accepted_at)));
    }
    let mut rows: Vec<_> = models.into_iter().collect();
    rows.sort_by_key(|(_, sum)| (std::cmp::Reverse(sum.queued), std::cmp::Reverse(sum.capacity)));
    let mut lines = vec![Line::styled("MODEL               MINERS  FREE OF SLOTS  QUEUED  OLDEST", theme.heading)];
    lines.extend(rows.into_iter().take(10).map(|(model, sum)| {
        let is_full = sum.free == 0 && sum.capacity > 0;
        let oldest = sum.oldest.map_or_else(|| "-".to_owned(), |at| Age::of(scene.feed.age(at)).to_string());
        let words = format!(
            "{:<20}{:>5} {:>6} of {:>5} {:>7} {oldest:>7}{}",
            fit(&external(model), 19),
            sum.miners,
            sum.free,
            sum.capacity,
            sum.queued,
            if is_full {
                "  ▲ full"
            } else if sum.miners == 0 {
                "  ✕ no miner"
            } else {
                ""
            }
        );
        Line::styled(words, if is_full || sum.miners == 0 { theme.warn } else { theme.text })
    }));
    lines
}

/// Who asks most, by the tasks in the snapshot.
fn clients(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { snapshot, theme, .. } = *scene;
    let mut clients: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for task in &snapshot.recent {
        let Some(client) = &task.client else { continue };
        let entry = clients.entry(client).or_default();
        entry.0 += u64::from(task.ended_at.is_none());
        entry.1 += 1;
        entry.2 += u64::from(task.completion_tokens);
    }
    if clients.is_empty() {
        return vec![Line::styled("No recent task came with a key.", theme.dim)];
    }
    let mut rows: Vec<_> = clients.into_iter().collect();
    rows.sort_by_key(|(_, (open, all, _))| std::cmp::Reverse((*open, *all)));
    let row = |(client, (open, all, tokens)): (&str, (u64, u64, u64))| {
        Line::styled(
            format!(
                "{:<16} {open:>4} open {all:>5} tasks {:>7} tokens",
                fit(&external(client), 16),
                short_count(tokens)
            ),
            theme.text,
        )
    };
    rows.into_iter().take(6).map(row).collect()
}

/// The publishing node itself.
fn node(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let node = &snapshot.node;
    let own = feed.board.node(snapshot, &node.address);
    let mut lines = vec![];
    let up = Age::of(feed.age(node.started_at));
    lines.push(labelled(theme, "up", format!("{up}, version {}", fit(&external(&node.version), 16)), theme.text));
    for model in own.into_iter().flat_map(|node| node.models.iter().take(6)) {
        let is_full = model.free == 0;
        let words = format!("{}: {} of {} slots free", stranger(&model.name), model.free, model.capacity);
        lines.push(labelled(theme, "slots", words, if is_full { theme.warn } else { theme.text }));
    }
    lines.extend(money::stake(scene));
    let chain = match &snapshot.chain.problem {
        Some(problem) => (sentence(problem), theme.bad),
        None => (format!("read, block {} old", Age::of(feed.age(snapshot.chain.block_at))), theme.text),
    };
    lines.push(labelled(theme, "chain", chain.0, chain.1));
    if let Some(problem) = &node.problem {
        lines.push(labelled(theme, "problem", sentence(problem), theme.bad));
    }
    lines.push(labelled(theme, "key", node.address.to_string(), theme.dim));
    lines
}

/// What happened, the newest first.
pub(super) fn happened(scene: &Scene<'_>) -> Vec<Line<'static>> {
    if scene.feed.events.is_empty() {
        return vec![Line::styled("Nothing yet.", scene.theme.dim)];
    }
    scene.feed.events.iter().rev().take(40).map(|event| log::line(scene, event)).collect()
}
