//! What each message changes, and when it asks for a frame.

use std::sync::Arc;

use cuckoo_tui::{
    Demo, Effect, Model, Msg,
    model::{Health, Link},
    msg::Command,
    panes, update,
};

use super::{demo, model, pane};

fn key(model: &mut Model, command: Command) -> Vec<Effect> {
    update(model, Msg::Key(command))
}

#[test]
fn an_unchanged_snapshot_is_only_a_sign_of_life() {
    let mut model = model(Some(demo()), 120, 40);
    let effects = update(&mut model, Msg::Snapshot { snapshot: Arc::new(demo()), now: 6_000 });
    assert_eq!(effects, []);
    assert_eq!((model.live.heard_at, model.live.arrived_at), (6_000, 1_000));
    // The node's clock goes on from the first arrival.
    assert_eq!(update(&mut model, Msg::Tick { now: 6_000 }), [Effect::Redraw]);
    assert_eq!(model.live.node_now(), demo().taken_at + 5_000);
}

#[test]
fn silence_is_stale_and_an_error_is_down() {
    let mut model = model(Some(demo()), 120, 40);
    assert_eq!(model.live.health(), Health::Live);
    update(&mut model, Msg::Tick { now: 11_001 });
    assert_eq!(model.live.health(), Health::Silent(10_001));
    let down = |now| Msg::SourceDown { reason: "gone".to_owned(), now };
    assert_eq!(update(&mut model, down(12_000)), [Effect::Redraw]);
    assert_eq!(update(&mut model, down(15_000)), []);
    update(&mut model, Msg::Tick { now: 15_000 });
    assert_eq!(model.live.health(), Health::Down(3_000));
    let other = Msg::SourceDown { reason: "still gone".to_owned(), now: 16_000 };
    assert_eq!(update(&mut model, other), [Effect::Redraw]);
    assert_eq!(model.live.link, Link::Down { since: 12_000, reason: "still gone".to_owned() });
    assert_eq!(update(&mut model, Msg::Snapshot { snapshot: Arc::new(demo()), now: 17_000 }), [Effect::Redraw]);
    assert_eq!(model.live.health(), Health::Live);
}

#[test]
fn a_frozen_screen_stays_while_the_node_goes_on() {
    let mut demo = Demo::new(7);
    let mut model = model(Some(demo.snapshot()), 120, 40);
    assert_eq!(key(&mut model, Command::Freeze), [Effect::Redraw]);
    let held = model.shown().clone();
    for second in 2..30 {
        demo.step();
        let snapshot = Arc::new(demo.snapshot());
        assert_eq!(update(&mut model, Msg::Snapshot { snapshot, now: second * 1_000 }), []);
        assert_eq!(update(&mut model, Msg::Tick { now: second * 1_000 }), []);
    }
    assert_eq!(update(&mut model, Msg::SourceDown { reason: "gone".to_owned(), now: 31_000 }), []);
    assert_eq!(*model.shown(), held);
    assert_eq!(key(&mut model, Command::Freeze), [Effect::Redraw]);
    assert_eq!(model.shown().snapshot.as_ref().map(|snapshot| snapshot.generation), Some(demo.snapshot().generation));
    assert_eq!(model.shown().health(), Health::Down(0));
}

#[test]
fn time_asks_for_a_frame_only_when_it_shows() {
    let mut snapshot = demo();
    let (taken_at, hour) = (snapshot.taken_at, 3_600_000);
    snapshot.chain.block_at = taken_at - hour;
    snapshot.tasks.completion_tokens = 0;
    for task in &mut snapshot.recent {
        (task.accepted_at, task.first_token_at, task.ended_at) = (taken_at - hour, None, Some(taken_at - hour));
    }
    let mut model = model(Some(snapshot.clone()), 120, 40);
    let mut at = |now| {
        let frames = update(&mut model, Msg::Tick { now });
        update(&mut model, Msg::Snapshot { snapshot: Arc::new(snapshot.clone()), now });
        frames
    };
    for second in 2..600 {
        assert_eq!(at(second * 1_000), [], "after {second} s");
    }
    assert_eq!(at(hour + 1_000), [Effect::Redraw]);
}

#[test]
fn signs_of_life_between_heartbeats_do_not_hold_the_clock() {
    let mut model = model(Some(demo()), 120, 40);
    for second in 3..20 {
        let snapshot = Arc::new(demo());
        assert_eq!(update(&mut model, Msg::Snapshot { snapshot, now: second * 1_000 - 300 }), []);
        assert_eq!(update(&mut model, Msg::Tick { now: second * 1_000 }), [Effect::Redraw], "after {second} s");
    }
    let down = |now| Msg::SourceDown { reason: "gone".to_owned(), now };
    update(&mut model, down(20_000));
    for second in 21..40 {
        assert_eq!(update(&mut model, down(second * 1_000 - 300)), []);
        assert_eq!(update(&mut model, Msg::Tick { now: second * 1_000 }), [Effect::Redraw], "after {second} s");
    }
}

#[test]
fn keys_move_within_what_there_is() {
    let mut model = model(Some(demo()), 80, 24);
    assert_eq!(key(&mut model, Command::Scroll(-1)), []);
    assert_eq!(key(&mut model, Command::Scroll(3)), [Effect::Redraw]);
    let moved = model.offsets.iter().enumerate().filter(|(_, offset)| **offset > 0);
    assert_eq!(moved.collect::<Vec<_>>(), [(pane("Tasks"), &3)]);
    key(&mut model, Command::Bottom);
    let last = model.offsets[pane("Tasks")];
    assert!(last > 50 && last < demo().recent.len(), "{last}");
    assert_eq!(key(&mut model, Command::Page(1)), []);
    key(&mut model, Command::Scroll(-1));
    assert_eq!(model.offset(pane("Tasks")), last - 1);
    assert_eq!(key(&mut model, Command::Top), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::PreviousPane), [Effect::Redraw]);
    assert_eq!(model.focus, pane("Stake"));
    // All nodes fit, so there is nothing to scroll.
    assert_eq!(key(&mut model, Command::Bottom), []);
    key(&mut model, Command::NextPane);
    key(&mut model, Command::NextPane);
    assert_eq!(model.focus, pane("Devices"));
    assert_eq!(key(&mut model, Command::Help), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::Back), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::Back), []);
    assert_eq!(key(&mut model, Command::Quit), [Effect::Quit]);
}

#[test]
fn keys_cycle_through_all_panes_of_the_table() {
    let count = panes::titles().count();
    let mut model = model(Some(demo()), 80, 24);
    for (step, first) in [(Command::NextPane, 1), (Command::PreviousPane, count - 1)] {
        key(&mut model, Command::Focus(0));
        key(&mut model, step);
        assert_eq!(model.focus, first);
        for _ in 1..count {
            assert_ne!(model.focus, 0);
            key(&mut model, step);
        }
        assert_eq!(model.focus, 0);
    }
    key(&mut model, Command::Focus(usize::MAX));
    assert_eq!(model.focus, count - 1);
}

#[test]
fn a_shrinking_list_takes_the_view_along() {
    let mut model = model(Some(demo()), 80, 24);
    key(&mut model, Command::Bottom);
    let mut shorter = demo();
    shorter.generation += 1;
    shorter.recent.truncate(4);
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(shorter), now: 3_000 });
    assert!(model.offsets.iter().all(|offset| *offset == 0));
}

#[test]
fn a_resize_to_the_same_size_is_nothing() {
    let mut model = model(Some(demo()), 80, 24);
    assert_eq!(update(&mut model, Msg::Resize { width: 80, height: 24 }), []);
    assert_eq!(update(&mut model, Msg::Resize { width: 81, height: 24 }), [Effect::Redraw]);
}

#[test]
fn a_model_survives_being_written_down() {
    let model = model(Some(demo()), 80, 24);
    let json = serde_json::to_string(&model).expect("serialises");
    assert_eq!(serde_json::from_str::<Model>(&json).expect("parses"), model);
}
