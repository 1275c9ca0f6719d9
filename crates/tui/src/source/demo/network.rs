//! Who is in the made-up network, with which machines.

use cuckoo_protocol::{Cai, status::DeviceKind, task::Millis};

/// Milliseconds of a second.
pub(super) const SECOND: Millis = 1_000;

/// Each coordinator's name, own stake and votes, both in whole CAI.
pub(super) const COORDINATORS: [(&str, u64, u64); 2] = [("warbler", 2_400_000, 1_310_000), ("pipit", 2_050_000, 0)];

/// Each miner's name, own stake and votes, both in whole CAI, and the place of its machine in [`MACHINES`].
pub(super) const MINERS: [(&str, u64, u64, usize); 9] = [
    ("dunnock", 64_000, 410_500, 0),
    ("robin", 120_000, 182_250, 1),
    ("wagtail", 45_000, 96_000, 2),
    ("redstart", 30_500, 61_800, 2),
    ("sedge", 28_000, 40_000, 3),
    ("whinchat", 25_000, 22_400, 4),
    ("linnet", 22_000, 8_000, 3),
    ("brambling", 20_001, 4_500, 4),
    ("wren", 19_200, 900, 4),
];

/// A kind of machine.
pub(super) struct Machine {
    /// The name of its devices.
    pub(super) device: &'static str,
    pub(super) kind: DeviceKind,
    /// The number of its devices.
    pub(super) count: usize,
    /// The memory of each device.
    pub(super) gibibytes: u64,
    /// The power that each device draws when it is idle and when it is busy.
    pub(super) watts: (u32, u32),
    pub(super) models: &'static [&'static str],
    /// The number of tasks that it runs at once.
    pub(super) capacity: u32,
    /// The tokens per second of each task.
    pub(super) speed: u64,
}

pub(super) const SMALL: &str = "smollm2-135m-instruct";
pub(super) const MIDDLE: &str = "qwen3-8b-q4_k";
pub(super) const LARGE: &str = "llama-3.3-70b-q4_k";

pub(super) const MACHINES: [Machine; 5] = [
    Machine {
        device: "NVIDIA H100 80GB HBM3",
        kind: DeviceKind::Cuda,
        count: 2,
        gibibytes: 80,
        watts: (72, 640),
        models: &[LARGE, MIDDLE],
        capacity: 6,
        speed: 38,
    },
    Machine {
        device: "AMD Instinct MI300X",
        kind: DeviceKind::Rocm,
        count: 1,
        gibibytes: 192,
        watts: (140, 690),
        models: &[LARGE],
        capacity: 4,
        speed: 31,
    },
    Machine {
        device: "NVIDIA GeForce RTX 4090",
        kind: DeviceKind::Cuda,
        count: 2,
        gibibytes: 24,
        watts: (28, 410),
        models: &[MIDDLE],
        capacity: 3,
        speed: 52,
    },
    Machine {
        device: "Apple M3 Max",
        kind: DeviceKind::Metal,
        count: 1,
        gibibytes: 64,
        watts: (9, 61),
        models: &[MIDDLE, SMALL],
        capacity: 2,
        speed: 24,
    },
    Machine {
        device: "AMD EPYC 7543P",
        kind: DeviceKind::Cpu,
        count: 1,
        gibibytes: 128,
        watts: (0, 0),
        models: &[SMALL],
        capacity: 2,
        speed: 17,
    },
];

/// The ids of API keys.
pub(super) const CLIENTS: [&str; 3] = ["acme", "labs", "night-shift"];

/// Why miners lose tasks.
pub(super) const REASONS: [&str; 3] =
    ["its session closed", "engine worker ended (signal 9)", "it sent nothing for 30 s"];

/// What this many tokens cost: 0.0001 CAI each.
pub(super) fn price(tokens: u32) -> Cai {
    Cai::from(u128::from(tokens) * 100_000_000_000_000)
}

/// The miner whose answers were found to be another model's, and the one that loses tasks.
pub(super) const CHEAT: &str = "redstart";
pub(super) const LOSER: &str = "whinchat";

/// The miner that has no session.
pub(super) const AWAY: &str = "linnet";
/// The miner that is below its minimum stake.
pub(super) const OUT: &str = "wren";
