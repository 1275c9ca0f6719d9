//! Frames at every size that is drawn differently.

use cuckoo_protocol::{
    B256, Cai,
    status::{CasePart, CaseRow, CaseStage, Snapshot},
};
use cuckoo_tui::{
    Model, Msg, Palette, PaneSet, Thresholds,
    msg::Command,
    render_once, update,
    view::{draw, to_text},
};
use insta::assert_snapshot;
use ratatui::{Terminal, backend::TestBackend};
use unicode_width::UnicodeWidthStr;

use super::{demo, miner, model, staker};

/// Sizes that are divided differently.
const SIZES: [(u16, u16); 6] = [(200, 60), (160, 48), (120, 40), (80, 24), (60, 20), (39, 8)];

fn each_size(name: &str, prepare: impl Fn(&mut Model), snapshot: Option<fn() -> Snapshot>) {
    for (width, height) in SIZES {
        let mut model = model(snapshot.map(|snapshot| snapshot()), width, height);
        prepare(&mut model);
        assert_snapshot!(format!("{name}_{width}x{height}"), to_text(&model, width, height));
    }
}

#[test]
fn empty() {
    each_size("empty", |_| {}, None);
}

#[test]
fn demonstration() {
    each_size("demo", |_| {}, Some(demo));
    each_size("miner", |_| {}, Some(miner));
    each_size("staker", |_| {}, Some(staker));
}

#[test]
fn source_down() {
    let reason = "no answer from 127.0.0.1:9100: Connection refused";
    each_size(
        "down",
        |model| {
            update(model, Msg::SourceDown { reason: reason.to_owned(), now: 2_000 });
            update(model, Msg::Tick { now: 14_500 });
        },
        Some(demo),
    );
}

#[test]
fn never_reached() {
    let mut model = model(None, 80, 24);
    let reason = "no answer from 127.0.0.1:9100: Connection refused";
    update(&mut model, Msg::SourceDown { reason: reason.to_owned(), now: 3_000 });
    assert_snapshot!(to_text(&model, 80, 24));
}

#[test]
fn help() {
    each_size("help", |model| _ = update(model, Msg::Key(Command::Help)), Some(demo));
}

#[test]
fn every_pane_with_its_detail() {
    for (width, height) in [(160, 48), (80, 24)] {
        for (place, title) in PaneSet::default().titles().enumerate().skip(1) {
            let mut model = model(Some(demo()), width, height);
            update(&mut model, Msg::Key(Command::Focus(place)));
            let name = title.to_lowercase();
            assert_snapshot!(format!("{name}_{width}x{height}"), to_text(&model, width, height));
            update(&mut model, Msg::Key(Command::Detail));
            assert_snapshot!(format!("{name}_detail_{width}x{height}"), to_text(&model, width, height));
        }
    }
}

#[test]
fn every_pane_of_a_staker() {
    for (width, height) in [(160, 48), (80, 24)] {
        for (place, title) in PaneSet::Staker.titles().enumerate().skip(1) {
            let mut model = model(Some(staker()), width, height);
            update(&mut model, Msg::Key(Command::Focus(place)));
            update(&mut model, Msg::Key(Command::Detail));
            assert_snapshot!(
                format!("staker_{}_{width}x{height}", title.to_lowercase()),
                to_text(&model, width, height)
            );
        }
    }
}

#[test]
fn just_above_a_limit() {
    for (width, height) in [(140, 30), (100, 24), (110, 24), (40, 10)] {
        let model = model(Some(demo()), width, height);
        assert_snapshot!(format!("demo_{width}x{height}"), to_text(&model, width, height));
    }
}

#[test]
fn trouble_that_is_not_the_sources() {
    let mut snapshot = demo();
    snapshot.chain.problem = Some("no block for 48 s".to_owned());
    snapshot.node.draining = true;
    let mut model = model(Some(snapshot), 80, 24);
    update(&mut model, Msg::Key(Command::Freeze));
    let frozen: String = to_text(&model, 80, 24).lines().take(3).collect::<Vec<_>>().join("\n");
    update(&mut model, Msg::Key(Command::Freeze));
    let stale: String = to_text(&model, 80, 24).lines().take(3).collect::<Vec<_>>().join("\n");
    assert_snapshot!(format!("{frozen}\n\n{stale}"));
}

#[test]
fn a_dispute_is_on_the_screen_of_whoever_has_a_part_in_it() {
    let mut snapshot = demo();
    let robin = snapshot.nodes.iter().find(|node| node.name.raw() == "robin").expect("a miner").address;
    let case = CaseRow {
        id: B256::repeat_byte(7),
        accused: robin,
        part: CasePart::Challenger,
        stage: CaseStage::Committing,
        until: Some(snapshot.chain.block_at + 9 * 60_000),
        taken: Cai::ZERO,
    };
    let shown = |snapshot: &Snapshot| {
        let mut model = model(Some(snapshot.clone()), 120, 40);
        update(&mut model, Msg::Key(Command::Alerts));
        to_text(&model, 120, 40)
    };
    snapshot.cases = vec![case.clone()];
    let text = shown(&snapshot);
    let line = "dispute 0x07070707 of robin: this node is a challenger; its jurors commit to votes, 9m left";
    assert!(text.contains(line), "{text}");
    let shown_nodes = |snapshot: &Snapshot| {
        let mut model = model(Some(snapshot.clone()), 120, 40);
        update(&mut model, Msg::Key(Command::Focus(super::pane("Nodes"))));
        to_text(&model, 120, 40)
    };
    let on_trial = |text: &str| text.lines().any(|line| line.contains("robin") && line.contains("! trial"));
    assert!(on_trial(&shown_nodes(&snapshot)));
    snapshot.cases = vec![CaseRow { part: CasePart::Observer, ..case.clone() }];
    let text = shown(&snapshot);
    assert!(!text.contains("dispute 0x") && on_trial(&shown_nodes(&snapshot)), "{text}");
    snapshot.cases = vec![CaseRow { stage: CaseStage::Guilty, until: None, taken: Cai::from_whole(8_000), ..case }];
    let text = shown(&snapshot);
    assert!(text.contains("a challenger; guilty, 8,000 CAI taken") && !on_trial(&shown_nodes(&snapshot)), "{text}");
}

#[test]
fn once() {
    for (width, height) in [(80, 50), (120, 40), (60, 40)] {
        assert_snapshot!(format!("once_{width}x{height}"), render_once(&demo(), Thresholds::default(), width, height));
    }
}

/// A map of each cell's style, one letter per style, so that a change of colors shows on its own.
fn styles(palette: Palette) -> String {
    let mut model = model(Some(demo()), 80, 24);
    model.palette = palette;
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("a test terminal");
    terminal.draw(|frame| draw(&model, frame.area(), frame.buffer_mut())).expect("draws");
    let buffer = terminal.backend().buffer();
    let mut seen = vec![];
    let mut map = String::new();
    for y in 0..24 {
        for x in 0..80 {
            let cell = &buffer[(x, y)];
            // A blank without background or reversal looks the same in every style.
            let style = if cell.symbol() == " " && !cell.modifier.contains(ratatui::style::Modifier::REVERSED) {
                format!("{:?} {:?}", ratatui::style::Color::Reset, cell.bg)
            } else {
                format!("{:?} {:?} {:?}", cell.fg, cell.bg, cell.modifier)
            };
            let place = seen.iter().position(|known| *known == style).unwrap_or_else(|| {
                seen.push(style);
                seen.len() - 1
            });
            map.push(if place == 0 { '.' } else { (b'a' + place as u8 - 1) as char });
        }
        map.push('\n');
    }
    for (place, style) in seen.iter().enumerate() {
        let letter = if place == 0 { '.' } else { (b'a' + place as u8 - 1) as char };
        map.push_str(&format!("{letter} {style}\n"));
    }
    map
}

#[test]
fn styles_of_each_palette() {
    for (name, palette) in [
        ("true_color", Palette::True),
        ("light", Palette::Light),
        ("ansi16", Palette::Ansi),
        ("no_color", Palette::Plain),
    ] {
        assert_snapshot!(format!("styles_{name}"), styles(palette));
    }
    assert!(!styles(Palette::Plain).contains("Rgb"));
}

#[test]
fn a_frozen_screen_says_what_it_hides() {
    let mut model = model(Some(demo()), 120, 40);
    update(&mut model, Msg::Key(Command::Freeze));
    let head = |model: &Model| to_text(model, 120, 40).lines().take(3).collect::<Vec<_>>().join("\n");
    assert!(head(&model).contains("‖ FROZEN"), "{}", head(&model));
    update(
        &mut model,
        Msg::SourceDown { reason: "no answer from 127.0.0.1:9100: Connection refused".into(), now: 3_000 },
    );
    update(&mut model, Msg::Tick { now: 125_000 });
    let text = head(&model);
    assert!(text.contains("‖ FROZEN 2m  ✕ DOWN 2m") && text.contains("Connection refused; figures are old"), "{text}");
}

#[test]
fn what_is_wrong_is_said_whole() {
    let mut snapshot = miner();
    let refusal = "warbler (0x005C5C): it answers 429: too many requests from this address, which its operator's proxy limits to 1 a second";
    snapshot.node.complaints = vec![refusal.into()];
    snapshot.node.problem = Some("the engine does not start: CUDA out of memory".into());
    let mut model = model(Some(snapshot), 120, 40);
    update(&mut model, Msg::Key(Command::Alerts));
    let text = to_text(&model, 120, 40).replace('│', "");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("which its operator's proxy limits to 1 a second"), "{text}");
    assert!(text.contains("CUDA out of memory") && text.contains("voucher 3h late"), "more than one is said: {text}");
}

/// A node that nobody is connected to is not well, once it has had the time to be.
#[test]
fn who_has_nobody_to_work_with_is_told() {
    let says = |mut snapshot: Snapshot, age: u64| {
        snapshot.nodes.iter_mut().for_each(|node| node.live = false);
        snapshot.node.started_at = snapshot.taken_at - age;
        cuckoo_tui::trouble(&snapshot, Thresholds::default()).join("\n")
    };
    for (snapshot, words) in [(miner(), "no coordinator is connected"), (demo(), "no miner is connected")] {
        assert!(!says(snapshot.clone(), 29_000).contains(words));
        assert!(says(snapshot.clone(), 31_000).contains(words));
        assert!(!cuckoo_tui::trouble(&snapshot, Thresholds::default()).join("\n").contains(words));
    }
    assert!(!says(staker(), 31_000).contains("is connected"));
}

/// A node that has just started again knows what it did on the day before: that is not what it did since.
#[test]
fn the_pace_of_a_day_is_that_of_a_day() {
    let model = model(Some(cuckoo_tui::Demo::new(7).with_past(demo())), 160, 48);
    let text = to_text(&model, 160, 48);
    let line = text.lines().find(|line| line.contains("done/s")).expect("a line");
    let figures: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(figures.iter().rev().take(2).all(|pace| (0.1..1.0).contains(pace)), "{line}");
}

/// A bar that is cut would look the same at half its length.
#[test]
fn bars_of_load_are_whole() {
    for width in [80, 100, 120, 160, 300] {
        let mut snapshot = miner();
        for device in snapshot.nodes.iter_mut().flat_map(|node| &mut node.devices) {
            device.utilisation_percent = Some(100);
        }
        let mut model = model(Some(snapshot), width, 40);
        update(&mut model, Msg::Key(Command::Focus(super::pane("GPUs"))));
        let text = to_text(&model, width, 40);
        assert!(text.contains(&"█".repeat(10)) && !text.contains("█…"), "{text}");
    }
}

#[test]
fn a_wider_terminal_shows_no_less() {
    for focus in 1..PaneSet::default().titles().count() {
        let titles = |width: u16| {
            let mut model = model(Some(demo()), width, 48);
            update(&mut model, Msg::Key(Command::Focus(focus)));
            let text = to_text(&model, width, 48);
            let words = ["FIRST", "POWER", "TOK/S", "OWED", "WHY", "MEMORY", "AT RISK", "STAGE"];
            words.into_iter().filter(|word| text.contains(word)).collect::<Vec<_>>()
        };
        let mut before = vec![];
        for width in [80, 100, 110, 120, 140, 160, 200, 240, 300] {
            let now = titles(width);
            assert!(before.iter().all(|word| now.contains(word)), "{before:?} becomes {now:?} at {width}");
            before = now;
        }
    }
}

/// 1,000 nodes with eight devices each and 10,000 tasks, most of which wait.
fn overloaded() -> Snapshot {
    let mut snapshot = demo();
    let (rows, recent) = (snapshot.nodes.clone(), snapshot.recent.clone());
    let device = rows.iter().flat_map(|node| &node.devices).next().expect("a device").clone();
    let node = |place: usize| {
        let mut node = rows[place % rows.len()].clone();
        if place >= rows.len() {
            node.address = cuckoo_protocol::Address::left_padding_from(&place.to_be_bytes());
        }
        node.devices = vec![device.clone(); 8];
        node
    };
    snapshot.nodes = (0..1_000).map(node).collect();
    let task = |place: usize| {
        let mut task = recent[place % recent.len()].clone();
        task.id = cuckoo_protocol::TaskId(B256::left_padding_from(&place.to_be_bytes()));
        task
    };
    snapshot.recent = (1..=10_000).map(task).collect();
    snapshot.tasks.queued = 9_900;
    snapshot
}

/// Whatever there is to show, a frame is as large as its terminal, says whether it can be believed, and shows how much waits.
#[test]
fn every_state_fits_every_size() {
    let prepare = |model: &mut Model, state: &str| {
        let reason = "no answer from 127.0.0.1:9100: Connection refused".to_owned();
        match state {
            "down" => drop(update(model, Msg::SourceDown { reason, now: 3_000 })),
            "frozen" => drop(update(model, Msg::Key(Command::Freeze))),
            _ => {}
        }
        update(model, Msg::Tick { now: if state == "up" { 2_500 } else { 125_000 } });
    };
    for (width, height) in [(300, 80), (200, 60), (160, 48), (120, 40), (80, 24), (40, 10)] {
        for (snapshot, is_overload) in
            [(None, false), (Some(demo()), false), (Some(overloaded()), true), (Some(miner()), false)]
        {
            for (name, mark) in [("up", ""), ("down", "✕"), ("frozen", "‖")] {
                let mut model = model(snapshot.clone(), width, height);
                prepare(&mut model, name);
                for focus in 0..PaneSet::default().titles().count() {
                    update(&mut model, Msg::Key(Command::Focus(focus)));
                    let text = to_text(&model, width, height);
                    let state = format!("{name} {width}x{height}, pane {focus}:\n{text}");
                    assert_eq!(text.lines().count(), usize::from(height), "{state}");
                    let too_wide = text.lines().find(|line| line.width() > usize::from(width));
                    assert_eq!(too_wide, None, "{state}");
                    let head: String = text.lines().take(3).collect();
                    assert!(head.contains(mark) || snapshot.is_none(), "{state}");
                    if is_overload && focus == 0 && width >= 120 {
                        assert!(text.contains("9,900"), "how much waits is not said: {state}");
                    }
                }
            }
        }
    }
}
