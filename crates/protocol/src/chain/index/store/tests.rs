//! The index of events by itself, in memory and in a file.

use super::*;

fn event(block: u64, index: u64, topics: &[u8]) -> Log {
    let topics = topics.iter().map(|byte| B256::repeat_byte(*byte)).collect();
    let data = LogData::new_unchecked(topics, Bytes::from(vec![block as u8]));
    let inner = alloy::primitives::Log { address: Address::repeat_byte(0xaa), data };
    Log {
        inner,
        block_number: Some(block),
        log_index: Some(index),
        block_hash: Some(B256::repeat_byte(block as u8)),
        transaction_hash: Some(B256::repeat_byte(1)),
        transaction_index: Some(2),
        ..Log::default()
    }
}

#[test]
fn events_come_back_as_they_were_and_by_their_topics() {
    let store = Store::open(None, "a network".into());
    let generation = store.known().generation;
    let logs = [event(3, 0, &[1, 7]), event(3, 1, &[2]), event(5, 0, &[1, 8]), event(6, 9, &[1, 7, 9])];
    store.insert(generation, 1, 10, &logs).expect("inserted");
    let filter = Filter::new().address(Address::repeat_byte(0xaa));
    assert_eq!(store.select(&filter, 0, 10).expect("read"), logs);
    let kind = filter.clone().event_signature(B256::repeat_byte(1));
    assert_eq!(store.select(&kind, 4, 10).expect("read"), logs[2..]);
    let of = kind.clone().topic1(B256::repeat_byte(7));
    assert_eq!(store.select(&of, 0, 10).expect("read"), [logs[0].clone(), logs[3].clone()]);
    assert_eq!(store.select(&of.topic2(B256::repeat_byte(9)), 0, 10).expect("read"), logs[3..]);
    let elsewhere = Filter::new().address(Address::repeat_byte(0xbb)).event_signature(B256::repeat_byte(1));
    assert!(store.select(&elsewhere, 0, 10).expect("read").is_empty());
    let newest = store.newest(&[B256::repeat_byte(1)], 0, 10).expect("read");
    assert_eq!(newest, [logs[2].clone(), logs[3].clone()], "one for each first value");
    assert_eq!(store.newest(&[B256::repeat_byte(1)], 0, 5).expect("read"), [logs[0].clone(), logs[2].clone()]);
}

#[test]
fn gaps_are_what_no_span_covers_in_whatever_order_they_come() {
    let store = Store::open(None, "a network".into());
    let generation = store.known().generation;
    let gaps = || store.gaps(10, 99).expect("read");
    assert_eq!(gaps(), [(10, 99)]);
    for (first, last) in [(50, 59), (10, 19), (90, 120), (20, 29)] {
        store.insert(generation, first, last, &[]).expect("inserted");
    }
    assert_eq!(gaps(), [(30, 49), (60, 89)]);
    store.insert(generation, 25, 95, &[]).expect("inserted");
    assert!(gaps().is_empty());
}

#[test]
fn what_was_read_of_a_chain_that_is_forgotten_is_not_written() {
    let directory = std::env::temp_dir().join(format!("cuckoo-events-{}", std::process::id()));
    let path = directory.join("1-aa.db");
    let (first, second) = (Store::open(Some(path.clone()), "a".into()), Store::open(Some(path.clone()), "a".into()));
    let known = first.known();
    assert_eq!(known, second.known());
    let anchor = Block { number: 7, hash: B256::repeat_byte(7) };
    first.set_anchor(known.generation, anchor).expect("written");
    assert_eq!(second.known().anchor, Some(anchor));
    second.forget();
    assert!(first.insert(known.generation, 1, 7, &[event(3, 0, &[1])]).is_err());
    assert_eq!(first.known().anchor, None);
    // Another network, or another version of this one, begins with nothing.
    let now = first.known().generation;
    first.set_anchor(now, anchor).expect("written");
    assert_eq!(Store::open(Some(path), "b".into()).known().anchor, None);
    std::fs::remove_dir_all(directory).expect("removed");
}
