//! Peers that send more than there is a reason for: what they can make a coordinator remember, write down and hold is bounded.

use std::time::{Duration, Instant};

use cuckoo_protocol::{
    manifest::ModelManifest,
    task::Kind,
    wire::{self, Body},
};
use futures::SinkExt;
use reqwest::Client;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::miners::{Target, code, report, until_closed};
use crate::harness::{
    link::{next, send},
    network::resident,
};

/// The target's assignment log.
async fn assignments(target: &Target) -> String {
    let url = target.endpoint.replace("ws://", "http://").replace("/link", "/assignments");
    Client::new().get(url).send().await.expect("answers").text().await.expect("text")
}

/// Bytes of what the coordinator has told its operator.
fn told(target: &Target) -> u64 {
    std::fs::metadata(target.chain.path("coordinator.log")).expect("a file").len()
}

/// Lines of the target's assignment log.
async fn lines(target: &Target) -> usize {
    assignments(target).await.lines().count()
}

/// A report of slots for the model `m` and for others, whose names have this many bytes.
fn long_report(slots: u32, sequence: u64, (names, bytes): (usize, usize)) -> wire::Slots {
    let mut report = report(Kind::Text, slots, sequence);
    for number in 0..names {
        let name = format!("{number:0bytes$}");
        let manifest = ModelManifest { name: name.clone(), ..ModelManifest::default() };
        let (manifest, preimage) = (manifest.id().to_vec(), Some((&manifest).into()));
        report.models.push(wire::ModelSlots { name, manifest, preimage, ..report.models[0].clone() });
    }
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn v4_reports_of_slots_over_many_logins_take_few_bytes_of_both_logs() {
    let target = Target::start().await;
    let mut socket = target.offering(1).await;
    // Its model's name stands for what it offers from the first task on, so that each change of its slots is written down.
    target.task(&mut socket).await;
    let (assigned, told, began) = (assignments(&target).await.len(), told(&target), Instant::now());
    const LOGINS: u64 = 12;
    for login in 0..LOGINS {
        let (mut socket, answer) = target.knock().await;
        assert!(matches!(answer, Some(Body::Welcome(_))), "{answer:?}");
        for sequence in 1..40u64 {
            send(&mut socket, long_report(1 + (sequence % 2) as u32, sequence, (15, 256))).await;
        }
        // What a session has sent is dropped with it. The first one's reports are those that count at once.
        while login == 0 && assignments(&target).await.len() < assigned + (32 << 10) {
            assert!(began.elapsed() < Duration::from_secs(30), "reports of slots are not written down");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let (assigned, told) = (assignments(&target).await.len() - assigned, self::told(&target) - told);
    // Sixteen at once, then one a second, of 4 KiB of names each; and what is said of logins.
    let most = (24 + began.elapsed().as_secs() as usize) * (6 << 10) + (LOGINS as usize) * (2 << 10);
    assert!(
        (32 << 10..most).contains(&assigned),
        "{assigned} bytes of the assignment log, and at most {most} are expected"
    );
    assert!(told < (16 << 10) + LOGINS * (2 << 10), "{told} bytes of the log");
    // Longer ones are refused with the reason.
    let (mut socket, _) = target.knock().await;
    send(&mut socket, long_report(1, 1, (255, 256))).await;
    let farewell = until_closed(&mut socket).await;
    let Some(Body::Close(close)) = &farewell else { panic!("{farewell:?}") };
    assert!(close.message.contains("4096 bytes together"), "{}", close.message);
    assert_eq!(code(farewell), "protocol");
}

#[tokio::test(flavor = "multi_thread")]
async fn v4_what_a_miner_says_without_work_takes_bounded_memory_and_log() {
    let target = Target::start().await;
    let before = resident(target.coordinator.id());
    // Large signs of life whose answers nobody reads: the answers are short, and too many end the session.
    let mut socket = target.offering(1).await;
    for number in 0..40 {
        let log_head = vec![7; 1 << 20];
        send(&mut socket, wire::Ping { number, log_entries: 1, log_head }).await;
    }
    let farewell = loop {
        match next(&mut socket).await {
            Some(Body::Pong(pong)) => assert!(pong.log_head.is_empty()),
            Some(Body::Ping(_)) => {}
            other => break other,
        }
    };
    // The coordinator may have cut the connection while more was on its way.
    assert!(farewell.is_none() || code(farewell) == "protocol");
    let grown = resident(target.coordinator.id()).saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} kB more");
    // Slots that change all the time are written down now and then.
    let mut socket = target.offering(1).await;
    // Its model's name stands for what it offers from the first task on.
    target.task(&mut socket).await;
    let (begun, began) = (lines(&target).await, Instant::now());
    for sequence in 2..3_000u64 {
        send(&mut socket, report(Kind::Text, 1 + (sequence % 2) as u32, sequence)).await;
    }
    // They are written for as long as they are read, and a busy coordinator begins late.
    while lines(&target).await < begun + 5 {
        assert!(began.elapsed() < Duration::from_secs(30), "slots are not written down");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let written = lines(&target).await - begun;
    let most = 20 + 2 * began.elapsed().as_secs() as usize;
    assert!((5..most).contains(&written), "{written} lines, and at most {most} are expected");
    // A report that is too large ends the session.
    let mut large = report(Kind::Text, 1, 10_000);
    large.models = vec![large.models[0].clone(); 1_000];
    send(&mut socket, large).await;
    assert_eq!(code(until_closed(&mut socket).await), "protocol");
}

#[tokio::test(flavor = "multi_thread")]
async fn v16_strangers_count_after_the_upgrade_too() {
    let target = Target::start().await;
    let before = resident(target.coordinator.id());
    let (mut strangers, mut refused) = (vec![], 0);
    for _ in 0..1_050 {
        match connect_async(&target.endpoint).await {
            Ok((socket, _)) => strangers.push(socket),
            Err(_) => refused += 1,
        }
    }
    let each = resident(target.coordinator.id()).saturating_sub(before) / strangers.len() as u64;
    // The first ones may have had their time by then.
    assert!(refused > 0 || strangers.len() > 1_000, "{refused} of 1,050 are refused");
    assert!(each <= 64, "{each} kB each");
    for socket in &mut strangers {
        let _ = socket.send(Message::Close(None)).await;
    }
    drop(strangers);
    let begun = Instant::now();
    while connect_async(&target.endpoint).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(15), "the places are not given back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v4_a_miner_that_logs_in_again_and_again_is_told_to_wait() {
    let target = Target::start().await;
    let mut told = false;
    for _ in 0..40 {
        let (mut socket, answer) = target.knock().await;
        if matches!(answer, Some(Body::Welcome(_))) {
            continue;
        }
        told = true;
        assert_eq!(code(answer), "closed");
        let _ = socket.close(None).await;
        break;
    }
    assert!(told, "forty logins at once are written to the assignment log");
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        if matches!(target.knock().await.1, Some(Body::Welcome(_))) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "it is not let in again");
    }
}
