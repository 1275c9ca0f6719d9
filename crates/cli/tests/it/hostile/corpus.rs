//! What fuzzing began with and what it found, one input after the other and with changes, see `make fuzz`.

use std::{
    fs,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use rand::{Rng, SeedableRng, rngs::StdRng};

#[path = "../../../../fuzz/src/targets.rs"]
#[allow(unreachable_pub)]
mod targets;

/// The inputs of a target, with their names.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let folder = fs::read_dir(folder).unwrap_or_else(|error| panic!("{target}: {error}"));
    let mut inputs: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    inputs.sort();
    inputs.into_iter().map(|path| (path.display().to_string(), fs::read(path).expect("read"))).collect()
}

#[track_caller]
fn try_input(name: &str, target: targets::Target, bytes: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| target(bytes)) {
        let said = panic.downcast_ref::<String>().map_or("it panicked", String::as_str);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{name}: {said}; the input: {digits}");
    }
}

#[test]
fn what_was_found_by_fuzzing_stays_harmless() {
    for (name, target) in targets::TARGETS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "{name} has no inputs");
        for (path, bytes) in inputs {
            assert!(bytes.len() < 64 << 10, "{path} is large");
            try_input(&path, target, &bytes);
        }
    }
}

/// Changes some bytes, doubles or removes a part, or puts a part of another input there.
fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut StdRng) {
    for _ in 0..random.random_range(1..5) {
        let (from, length) = (random.random_range(0..=bytes.len()), random.random_range(0..40));
        let part = from..(from + length).min(bytes.len());
        match random.random_range(0..7) {
            0 => drop(bytes.drain(part)),
            1 => {
                let part = bytes[part].to_vec();
                bytes.splice(from..from, part);
            }
            2 => {
                let begin = random.random_range(0..=other.len());
                let end = (begin + length).min(other.len());
                bytes.splice(part, other[begin..end].iter().copied());
            }
            3 => bytes.insert(from, random.random()),
            4 => {
                let number =
                    [b"0".as_slice(), b"-1", b"18446744073709551616", b"1e400", b"null", b"[]", b"{}", b"\"\""];
                bytes.splice(part, number[random.random_range(0..number.len())].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
        }
    }
}

/// Ten thousand frames, and less of the others, which take longer; `CUCKOO_TEST_FUZZ` is for how many seconds each kind is tried instead.
#[test]
fn what_is_changed_at_random_is_read_or_refused() {
    let seconds = std::env::var("CUCKOO_TEST_FUZZ").ok().map(|text| text.parse().expect("seconds"));
    for (name, target) in targets::TARGETS {
        let inputs = inputs(name);
        let begin = Instant::now();
        let mut tried = 0;
        let is_over = |tried: u64| match seconds {
            Some(seconds) => begin.elapsed() > Duration::from_secs(seconds),
            None => tried == if name == "frames" { 10_000 } else { 300 },
        };
        while !is_over(tried) {
            let mut random = StdRng::seed_from_u64(tried);
            let (_, first) = &inputs[random.random_range(0..inputs.len())];
            let (_, other) = &inputs[random.random_range(0..inputs.len())];
            let mut bytes = first.clone();
            change(&mut bytes, other, &mut random);
            try_input(&format!("{name}, {tried}"), target, &bytes);
            tried += 1;
        }
        if seconds.is_some() {
            let said = format!("{name}: {tried} inputs in {:?}\n", begin.elapsed());
            std::io::stderr().write_all(said.as_bytes()).expect("said");
        }
        assert!(tried > 0, "{name} was not tried");
    }
}
