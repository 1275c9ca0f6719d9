//! Text from strangers at every width: none of it controls the terminal, nothing panics and nothing is slow.

use std::time::Duration;

use cuckoo_protocol::{
    B256, Cai, U256, Untrusted,
    status::{
        CasePart, CaseRow, CaseStage, Condition, ConditionKind, DeviceKind, DeviceRow, Down, EventRow, GroupRow,
        JournalInfo, JournalPlace, Level, LogLevel, LogRow, ModelRow, Publisher, ReplicaRow, Snapshot, Topic,
    },
    task::Stage,
};
use cuckoo_tui::{
    Msg, PaneSet, Thresholds,
    msg::Command,
    render_once, update,
    view::{draw, to_text},
};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{demo, model, pane, staker};

fn names() -> Vec<Untrusted> {
    [
        "\u{1b}[31mred\u{1b}]0;title\u{7}\u{1b}]52;c;aGk=\u{7}\u{1b}P1q\u{1b}\\\u{9b}2J\r\n\0\u{7f}".to_owned(),
        "\u{202e}desrever\u{2066}\u{200f}".to_owned(),
        "\u{200b}".repeat(1 << 20),
        format!("e{}", "\u{301}".repeat(10_000)),
        "\u{301}\u{302}\u{303}".to_owned(),
        "👩\u{200d}".repeat(5_000),
        "漢".repeat(300_000),
        "🇦".repeat(1_000),
        String::new(),
        " \t ".to_owned(),
    ]
    .into_iter()
    .map(Untrusted::new)
    .collect()
}

/// A snapshot in which everything that a stranger or a broken node controls is hostile.
fn hostile() -> Snapshot {
    let mut snapshot = demo();
    let names = names();
    let name = |place: usize| names[place % names.len()].clone();
    snapshot.node.name = name(0);
    snapshot.node.version = name(0).raw().to_owned();
    snapshot.chain.network = name(1).raw().to_owned();
    snapshot.chain.problem = Some(name(2).raw().to_owned());
    (snapshot.chain.block, snapshot.chain.epoch, snapshot.chain.epoch_seconds) = (u64::MAX, u64::MAX, u64::MAX);
    for (place, node) in snapshot.nodes.iter_mut().enumerate() {
        node.name = name(place);
        (node.self_stake, node.weight) = (Cai::from_base_units(U256::MAX), Cai::from_base_units(U256::MAX));
        node.share_ppm = u32::MAX;
        let (kind, why) = (ConditionKind::Unknown, name(place + 4));
        node.condition = Some(Condition { kind, why, until: Some(u64::MAX) });
        node.models = (0..40)
            .map(|model| ModelRow { name: name(model), kind: Default::default(), free: u32::MAX, capacity: 0 })
            .collect();
        node.devices.push(DeviceRow {
            name: name(place + 1),
            kind: DeviceKind::Unknown,
            utilisation_percent: Some(u32::MAX),
            memory_used: Some(u64::MAX),
            memory_total: Some(0),
            temperature_celsius: Some(u32::MAX),
            power_milliwatts: Some(u32::MAX),
            problems: vec![name(place + 3), name(place)],
        });
    }
    for (place, task) in snapshot.recent.iter_mut().enumerate() {
        task.model = name(place);
        (task.reason, task.client) = (Some(name(place + 1)), Some(name(place + 2).raw().to_owned()));
        task.state = Stage::Unknown;
        (task.attempt, task.completion_tokens) = (u32::MAX, u32::MAX);
        (task.accepted_at, task.first_token_at, task.ended_at) = (u64::MAX, Some(0), Some(u64::MAX));
    }
    snapshot.cases.push(CaseRow {
        id: B256::repeat_byte(1),
        accused: snapshot.nodes[1].address,
        part: CasePart::Accused,
        stage: CaseStage::Unknown,
        until: Some(u64::MAX),
        taken: Cai::from_base_units(U256::MAX),
    });
    snapshot.node.complaints = (0..10).map(name).collect();
    let event = |place| EventRow {
        id: String::new(),
        at: u64::MAX,
        level: Level::Bad,
        topic: Topic::Node,
        subject: name(place).raw().to_owned(),
        words: name(place + 1),
    };
    snapshot.events = (0..10).map(event).collect();
    for account in snapshot.money.iter_mut().flat_map(|money| &mut money.accounts) {
        (account.total, account.unpaid, account.is_late) = (Cai::from_base_units(U256::MAX), u64::MAX, true);
    }
    snapshot.journal = Some(Box::new(JournalInfo {
        place: JournalPlace::Unknown,
        commit_us: u64::MAX,
        events: u64::MAX,
        replicas: Some((0..10).map(|place| ReplicaRow { address: name(place), since: u64::MAX }).collect()),
    }));
    let line = |place| LogRow {
        id: String::new(),
        at: u64::MAX,
        level: LogLevel::Error,
        target: name(place).raw().to_owned(),
        words: name(place + 1),
    };
    snapshot.logs = (0..10).map(line).collect();
    snapshot.tasks.completion_tokens = u64::MAX;
    (snapshot.tasks.queued, snapshot.tasks.running, snapshot.tasks.done) = (u64::MAX, u64::MAX, u64::MAX);
    snapshot
}

fn assert_harmless(frame: &str) {
    let steers = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    assert_eq!(frame.chars().find(|character| steers(*character)), None);
    let marks = |run: &[char]| run.iter().all(|character| ('\u{300}'..'\u{370}').contains(character));
    assert!(!frame.chars().collect::<Vec<_>>().windows(8).any(marks), "marks are piled up");
}

#[test]
fn every_width_is_harmless() {
    let snapshot = hostile();
    let snapshot = std::sync::Arc::new(snapshot);
    for width in 1..=300 {
        let at_a_limit = [39, 40, 79, 80, 99, 100, 139, 140].contains(&width);
        let heights = [1, 9, 10, 24, 60];
        for height in heights.into_iter().filter(|height| at_a_limit || *height == heights[usize::from(width) % 5]) {
            let mut model = model(None, width, height);
            for now in [0, u64::MAX] {
                update(&mut model, Msg::Snapshot { snapshot: snapshot.clone(), now });
            }
            let panes = if at_a_limit { PaneSet::default().titles().count() } else { 2 };
            for focus in (0..panes).map(|place| (place + usize::from(width)) % PaneSet::default().titles().count()) {
                for key in [Command::Focus(focus), Command::Bottom, Command::Detail] {
                    update(&mut model, Msg::Key(key));
                }
                assert_harmless(&to_text(&model, width, height));
            }
            update(&mut model, Msg::Key(Command::Focus(pane("GPUs"))));
            update(&mut model, Msg::Key(Command::Alerts));
            assert_harmless(&to_text(&model, width, height));
            update(&mut model, Msg::SourceDown { reason: "\u{1b}[2J".repeat(500), now: 3 });
            update(&mut model, Msg::Key(Command::Help));
            assert_harmless(&to_text(&model, width, height));
        }
    }
    assert_harmless(&render_once(&snapshot, Thresholds::default(), u16::MAX, u16::MAX));
    assert_harmless(&render_once(&snapshot, Thresholds::default(), 0, 0));
}

/// What an owner of stake sees, and who watches several nodes, of the same texts.
#[test]
fn panes_of_stakers_and_of_groups_are_harmless() {
    let names = names();
    let name = |place: usize| names[place % names.len()].clone();
    let mut stake = staker();
    for (place, node) in stake.nodes.iter_mut().enumerate() {
        node.name = name(place);
    }
    for (place, row) in stake.stake.iter_mut().flat_map(|stake| &mut stake.rows).enumerate() {
        (row.name, row.id) = (name(place), name(place + 1).raw().to_owned());
        (row.amount, row.until) = (Cai::from_base_units(U256::MAX), Some(u64::MAX));
    }
    let mut group = hostile();
    group.node.role = Publisher::Group;
    group.group = (0..10)
        .map(|place| GroupRow {
            name: name(place),
            worst: Some(name(place + 1)),
            down: (place % 2 == 0).then(|| Down { since: u64::MAX, reason: name(place + 2).raw().to_owned() }),
            version: name(place + 3).raw().to_owned(),
            bad: u32::MAX,
            tokens_per_second: u64::MAX,
            ..GroupRow::new(format!("{place}{}", name(place + 4).raw()))
        })
        .collect();
    for snapshot in [stake, group] {
        let set = PaneSet::of(Some(snapshot.node.role));
        for (width, height) in [(300, 80), (160, 48), (80, 24), (40, 10)] {
            let mut model = model(Some(snapshot.clone()), width, height);
            for focus in 0..set.titles().count() {
                for key in [Command::Focus(focus), Command::Bottom, Command::Detail] {
                    update(&mut model, Msg::Key(key));
                }
                assert_harmless(&to_text(&model, width, height));
            }
        }
    }
}

#[test]
fn a_hostile_frame_costs_no_more_than_its_cells() {
    let started = |texts: usize| {
        let mut snapshot = hostile();
        for node in &mut snapshot.nodes {
            node.name = Untrusted::new("wide 字 ".repeat(texts));
        }
        let model = model(Some(snapshot), 200, 60);
        let area = Rect { x: 0, y: 0, width: 200, height: 60 };
        let drawn = (0..5).map(|_| {
            let started = thread_time();
            draw(&model, area, &mut Buffer::empty(area));
            thread_time() - started
        });
        drawn.min().unwrap_or_default()
    };
    // What does not fit is not read: a thousand times the text takes no more of the processor, but for what measuring costs.
    let (short, long) = (started(100), started(100_000));
    assert!(long < short * 4 + Duration::from_millis(5), "{long:?} instead of {short:?}");
}

/// What this thread has used of the processor: other work on the machine changes nothing about it.
fn thread_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs().try_into().unwrap_or_default())
}

#[test]
fn a_drawn_area_is_never_left() {
    let model = model(Some(demo()), 120, 40);
    // The terminal shrank after the last message about its size.
    let area = Rect { x: 0, y: 0, width: 17, height: 3 };
    draw(&model, area, &mut Buffer::empty(area));
    draw(&model, Rect::ZERO, &mut Buffer::empty(Rect::ZERO));
}
