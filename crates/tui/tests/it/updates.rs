//! What each message changes, and when it asks for a frame.

use std::sync::Arc;

use cuckoo_tui::{
    Demo, Effect, Model, Msg, PaneSet,
    model::{Health, Link},
    msg::Command,
    update,
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
    // What is shown stays, and that the source is gone is said.
    let down = Msg::SourceDown { reason: "gone".to_owned(), now: 31_000 };
    assert_eq!(update(&mut model, down), [Effect::Redraw]);
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
    key(&mut model, Command::Focus(pane("Tasks")));
    let list = |model: &Model| model.lists[pane("Tasks")].clone();
    key(&mut model, Command::Scroll(-1));
    assert_eq!(list(&model).cursor, 0);
    assert_eq!(key(&mut model, Command::Scroll(3)), [Effect::Redraw]);
    assert_eq!((list(&model).cursor, list(&model).offset), (3, 0));
    key(&mut model, Command::Bottom);
    let last = list(&model).cursor;
    assert_eq!(last, demo().recent.len() - 1);
    assert!(list(&model).offset > 100);
    assert_eq!(key(&mut model, Command::Page(1)), []);
    key(&mut model, Command::Scroll(-1));
    assert_eq!(list(&model).cursor, last - 1);
    assert_eq!(key(&mut model, Command::Top), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::PreviousPane), [Effect::Redraw]);
    assert_eq!(model.focus, pane("Overview"));
    assert_eq!(key(&mut model, Command::Bottom), []);
    assert_eq!(key(&mut model, Command::Help), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::Back), [Effect::Redraw]);
    assert_eq!(key(&mut model, Command::Back), []);
    assert_eq!(key(&mut model, Command::Quit), [Effect::Quit]);
}

#[test]
fn the_cursor_holds_on_to_its_row() {
    let mut demo = Demo::new(7);
    let mut model = model(Some(demo.snapshot()), 120, 40);
    key(&mut model, Command::Focus(pane("Tasks")));
    key(&mut model, Command::Scroll(20));
    let id = |model: &Model| {
        let snapshot = model.shown().snapshot.clone().expect("a snapshot");
        snapshot.recent[model.lists[model.focus].current().expect("a row")].id
    };
    let held = id(&model);
    for second in 2..20 {
        demo.step();
        update(&mut model, Msg::Snapshot { snapshot: Arc::new(demo.snapshot()), now: second * 1_000 });
        assert_eq!(id(&model), held, "after {second} s");
    }
    // One that follows stays at its place.
    key(&mut model, Command::Follow);
    assert_eq!(model.lists[model.focus].cursor, 0);
}

#[test]
fn a_filter_is_typed_completed_and_removed() {
    let mut model = model(Some(demo()), 120, 40);
    key(&mut model, Command::Focus(pane("Tasks")));
    let all = model.lists[model.focus].order.len();
    key(&mut model, Command::Filter);
    for character in "sta".chars() {
        key(&mut model, Command::Type(character));
    }
    key(&mut model, Command::Complete);
    for character in "failed".chars() {
        key(&mut model, Command::Type(character));
    }
    assert_eq!(key(&mut model, Command::Enter), [Effect::Redraw]);
    let list = &model.lists[model.focus];
    assert_eq!(list.filter.text, "state:failed");
    assert_eq!(list.order.len() as u64, demo().tasks.failed);
    assert!(list.order.len() < all);
    // A wrong one says why, and stays to be mended.
    key(&mut model, Command::Filter);
    for character in " wrong:x".chars() {
        key(&mut model, Command::Type(character));
    }
    key(&mut model, Command::Enter);
    assert!(model.said.contains("there is no `wrong` here"), "{}", model.said);
    key(&mut model, Command::Back);
    key(&mut model, Command::Back);
    assert_eq!(model.lists[model.focus].order.len(), all);
}

#[test]
fn commands_are_typed_and_rows_are_sorted_and_copied() {
    let mut model = model(Some(demo()), 120, 40);
    let run = |model: &mut Model, line: &str| {
        key(model, Command::Palette);
        for character in line.chars() {
            key(model, Command::Type(character));
        }
        key(model, Command::Enter)
    };
    run(&mut model, "nod");
    assert_eq!(model.focus, pane("Nodes"));
    run(&mut model, "sort done");
    let snapshot = demo();
    let done: Vec<_> = model.lists[model.focus].order.iter().map(|row| snapshot.nodes[*row].done).collect();
    assert!(done.is_sorted_by(|one, other| one >= other), "{done:?}");
    let effects = key(&mut model, Command::Copy);
    let first = snapshot.nodes[model.lists[model.focus].order[0]].address.to_string();
    assert!(effects.contains(&Effect::Copy(first.clone())), "{effects:?}");
    run(&mut model, "theme light");
    assert_eq!(model.palette.name(), "light");
    run(&mut model, "range 24h");
    assert_eq!(model.seconds(), 86_400);
    run(&mut model, "nonsense");
    assert!(model.said.contains("there is no command `nonsense`"));
    assert!(run(&mut model, "quit").contains(&Effect::Quit));
}

#[test]
fn the_mouse_goes_where_it_points() {
    let mut model = model(Some(demo()), 120, 40);
    let frame = cuckoo_tui::view::to_text(&model, 120, 40);
    let column = |row: usize, words: &str| {
        let line = frame.lines().nth(row).expect("a line");
        line.split(words).next().expect("words").chars().count() as u16
    };
    key(&mut model, Command::Click(column(1, "3 Nodes"), 1));
    assert_eq!(model.focus, pane("Nodes"));
    let layout = cuckoo_tui::view::Layout::of(&model, model.size);
    key(&mut model, Command::Click(10, layout.list.y + 5));
    assert_eq!(model.lists[model.focus].cursor, 3);
    key(&mut model, Command::Click(4, layout.list.y + 1));
    assert_eq!(model.lists[model.focus].sort, Some(0));
    key(&mut model, Command::Click(3, layout.alerts.y));
    assert_eq!(model.overlay, cuckoo_tui::model::Overlay::Alerts);
}

#[test]
fn keys_cycle_through_all_panes_of_the_table() {
    let count = PaneSet::default().titles().count();
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
    assert_eq!(model.focus, 0, "there is no such pane");
}

#[test]
fn a_shrinking_list_takes_the_view_along() {
    let mut model = model(Some(demo()), 80, 24);
    key(&mut model, Command::Focus(pane("Tasks")));
    key(&mut model, Command::Bottom);
    let mut shorter = demo();
    shorter.generation += 1;
    shorter.recent.truncate(4);
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(shorter), now: 3_000 });
    let list = &model.lists[model.focus];
    assert_eq!((list.offset, list.order.len(), list.cursor), (0, 4, 3));
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

#[test]
fn the_past_that_a_node_remembers_is_shown_although_the_dashboard_was_just_opened() {
    let mut demo = Demo::new(7);
    let mut history = cuckoo_protocol::status::History::default();
    let mut before = demo.snapshot();
    for _ in 0..3_000 {
        demo.step();
        let after = demo.snapshot();
        history.record(Some(&before), &after);
        before = after;
    }
    // The node is asked for its status first, and then for the stream, which begins with the same and the history.
    let mut model = model(Some(demo.snapshot()), 120, 40);
    // Until then it is made of the tasks in the snapshot.
    assert!(model.live.history.done.sum(3_600) < 200, "{}", model.live.history.done.sum(3_600));
    let whole = cuckoo_protocol::status::Snapshot { history: Some(Box::new(history)), ..demo.snapshot() };
    assert_eq!(update(&mut model, Msg::Snapshot { snapshot: Arc::new(whole), now: 2_000 }), [Effect::Redraw]);
    assert!(model.live.history.done.sum(3_600) > 500, "{}", model.live.history.done.sum(3_600));
}
