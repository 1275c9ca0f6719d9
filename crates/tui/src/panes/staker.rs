//! The pane Overview of a staker: what there is in which state, what comes next, whom it is behind, and what happened.

use cuckoo_protocol::{
    Cai,
    status::{CaseRow, HoldingRow, Level, NodeRow, Pay, Snapshot},
    task::Millis,
};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    holdings, leaderboard,
    overview::{Part, draw_parts, happened},
    pane::{Pane, Scene, labelled, sign},
};
use crate::{
    model::{Action, Feed, Home, name},
    widgets::text::{Age, address, cai, coins, fit, grouped, sentence, share, time_left},
};

/// The pane.
pub(super) struct Overview;

impl Pane for Overview {
    fn title(&self) -> &'static str {
        "Overview"
    }

    fn short(&self) -> &'static str {
        "Overv"
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let left = vec![
            Part::new("Every CAI by state", "2 all".to_owned(), holdings::sums(scene), 8),
            Part::new("Behind nodes", "3 all".to_owned(), behind(scene), 2),
            Part::new("What happened", "5 all".to_owned(), happened(scene), 2),
        ];
        let right = vec![
            Part::new("Next", String::new(), next(scene), 2),
            Part::new("Pays best", "after commission".to_owned(), best(scene), 2),
            Part::new("Disputes", "4 all".to_owned(), disputes(scene), 1),
            Part::new("Network", String::new(), network(scene), 2),
        ];
        draw_parts(scene, left, right, area, buffer);
    }

    fn actions(&self, _feed: &Feed, _row: Option<usize>, _home: &Home) -> Vec<Action> {
        vec![
            Action::new("claim all rewards", "cuckoo stake claim --all".to_owned()),
            Action::new("what is where", "cuckoo balance".to_owned()),
            Action::new("what nodes pay", "cuckoo vote leaderboard".to_owned()),
        ]
    }

    fn shown_ages(&self, _snapshot: &Snapshot) -> Vec<Millis> {
        vec![]
    }
}

fn row(scene: &Scene<'_>, node: &NodeRow, words: String) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("{:<14}", fit(&name(node), 13)), scene.theme.text),
        Span::styled(words, scene.theme.text),
    ])
}

/// The nodes that the staker is behind, the largest stake first.
fn behind(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let mut nodes: Vec<_> = scene
        .snapshot
        .nodes
        .iter()
        .filter_map(|node| Some((node, node.pay.as_ref()?)))
        .filter(|(_, pay)| !pay.mine.is_zero())
        .collect();
    nodes.sort_by_key(|(_, pay)| std::cmp::Reverse(pay.mine));
    if nodes.is_empty() {
        return vec![Line::styled("Nothing is behind any node; 3 shows what each pays.", scene.theme.dim)];
    }
    let line = |(node, pay): (&NodeRow, &Pay)| {
        let note = leaderboard::note(scene.snapshot, node);
        let note = if note.is_empty() { note } else { format!("  ▲ {note}") };
        let day = coins(pay.in_a_day(node.weight, pay.mine));
        row(scene, node, format!("{:>10} CAI  {:>7} a day  {}{note}", cai(pay.mine), day, leaderboard::commission(pay)))
    };
    nodes.into_iter().take(12).map(line).collect()
}

/// The nodes that pay best after commission.
fn best(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let pays =
        |node: &NodeRow| node.pay.as_ref().filter(|_| node.active)?.yield_ppm(node.weight).filter(|ppm| *ppm > 0);
    let mut nodes: Vec<_> = scene.snapshot.nodes.iter().filter_map(|node| Some((pays(node)?, node))).collect();
    nodes.sort_by_key(|(ppm, _)| std::cmp::Reverse(*ppm));
    if nodes.is_empty() {
        return vec![Line::styled("No node earns rewards at the moment.", scene.theme.dim)];
    }
    let line = |(ppm, node): (u64, &NodeRow)| {
        let commission = node.pay.as_ref().map(leaderboard::commission).unwrap_or_default();
        let year = share(u32::try_from(ppm).unwrap_or(u32::MAX));
        row(scene, node, format!("{year:>7} in a year  {:<11}  takes {commission}", node.role.as_str()))
    };
    nodes.into_iter().take(6).map(line).collect()
}

/// What comes next, the soonest first: what can be had now, what ends, commissions that change, and the next epoch.
fn next(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let mut items: Vec<(Millis, String, bool)> = vec![];
    let rows = || feed.snapshot.iter().filter_map(|snapshot| snapshot.stake.as_deref()).flat_map(|stake| &stake.rows);
    let words = |row: &HoldingRow| format!("{} CAI {} {}", coins(row.amount), row.state.words(), holdings::place(row));
    items.extend(rows().filter(|row| row.state.is_ready()).map(|row| (0, words(row), true)));
    items.extend(rows().filter_map(|row| Some((holdings::left(feed, row)?, words(row), false))));
    for node in &snapshot.nodes {
        let Some(pay) = node.pay.as_ref().filter(|pay| !pay.mine.is_zero()) else { continue };
        if let Some(next) = pay.next_commission {
            let left = next.at.saturating_sub(snapshot.chain.block_at);
            items.push((left, format!("commission of {}: {}", name(node), leaderboard::commission(pay)), false));
        }
    }
    for case in snapshot.cases.iter().filter(|case| case.part.is_any()) {
        let Some(until) = case.until else { continue };
        let left = until.saturating_sub(snapshot.chain.block_at);
        items.push((left, format!("dispute of {}: {}", accused(scene, case), case.stage.words()), false));
    }
    let epoch = snapshot.chain.to_next_epoch().saturating_mul(1_000);
    items.push((epoch, format!("epoch {} begins", grouped(snapshot.chain.epoch.saturating_add(1))), false));
    items.sort_by_key(|(left, ..)| *left);
    let line = |(left, words, is_ready): (Millis, String, bool)| {
        let (when, style) = if is_ready { ("now".to_owned(), theme.accent) } else { (time_left(left), theme.text) };
        Line::from(vec![Span::styled(format!("{when:>8}  "), theme.dim), Span::styled(words, style)])
    };
    items.into_iter().take(12).map(line).collect()
}

fn accused(scene: &Scene<'_>, case: &CaseRow) -> String {
    let node = scene.feed.board.node(scene.snapshot, &case.accused);
    node.map_or_else(|| address(&case.accused), name)
}

/// The disputes, with the staker's part in them.
fn disputes(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { snapshot, theme, .. } = *scene;
    if snapshot.cases.is_empty() {
        return vec![Line::styled("None is open.", theme.dim)];
    }
    let line = |case: &CaseRow| {
        let left = case.until.map(|until| until.saturating_sub(snapshot.chain.block_at));
        let left = left.map_or_else(String::new, |left| format!(", {} left", time_left(left)));
        let part = case.part.words(snapshot.node.role).map_or_else(String::new, |part| format!("; {part}"));
        let level = if case.part.is_any() { Level::Bad } else { Level::Info };
        let (mark, style) = sign(level, theme);
        Line::styled(format!("{mark} {}: {}{left}{part}", accused(scene, case), case.stage.words()), style)
    };
    snapshot.cases.iter().take(8).map(line).collect()
}

/// The chain, and what the roles amount to.
fn network(scene: &Scene<'_>) -> Vec<Line<'static>> {
    let Scene { feed, snapshot, theme, .. } = *scene;
    let chain = match &snapshot.chain.problem {
        Some(problem) => (sentence(problem), theme.bad),
        None => (format!("read, block {} old", Age::of(feed.age(snapshot.chain.block_at))), theme.text),
    };
    let role = |sum: &crate::model::RoleSum| {
        format!("{} of {} active, {} CAI", grouped(sum.active), grouped(sum.nodes), cai(sum.weight))
    };
    let fees = snapshot.stake.as_ref().map(|stake| Cai::from_base_units(stake.coin)).unwrap_or_default();
    let style = if fees.is_zero() { theme.warn } else { theme.text };
    vec![
        labelled(theme, "chain", chain.0, chain.1),
        labelled(theme, "miners", role(&feed.board.miners), theme.text),
        labelled(theme, "coords", role(&feed.board.coordinators), theme.text),
        labelled(theme, "fees", format!("{} of the chain's own coin", coins(fees)), style),
        labelled(theme, "owner", snapshot.node.address.to_string(), theme.dim),
    ]
}
