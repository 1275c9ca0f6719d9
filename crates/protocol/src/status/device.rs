//! Devices as dashboards show them.

use serde::{Deserialize, Serialize};

use crate::Untrusted;

/// A device of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Its name, such as `NVIDIA H100 80GB HBM3`.
    pub name: Untrusted,
    /// What drives it.
    pub kind: DeviceKind,
    /// How busy it is, from 0 to 100.
    pub utilisation_percent: Option<u32>,
    /// Memory that is taken, in bytes.
    pub memory_used: Option<u64>,
    /// Memory that it has, in bytes.
    pub memory_total: Option<u64>,
    /// Its temperature in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// The power that it draws, in milliwatts.
    pub power_milliwatts: Option<u32>,
    /// What its operator should know, in words: that heat slows it down, that its memory fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Untrusted>,
}

/// What drives a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// NVIDIA.
    Cuda,
    /// AMD.
    Rocm,
    /// Apple.
    Metal,
    /// No accelerator.
    Cpu,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl DeviceKind {
    /// The word in frames and snapshots.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Metal => "metal",
            Self::Cpu => "cpu",
            Self::Unknown => "unknown",
        }
    }

    /// The kind that a frame's word stands for.
    pub fn parse(word: &str) -> Self {
        let known = [Self::Cuda, Self::Rocm, Self::Metal, Self::Cpu];
        known.into_iter().find(|kind| kind.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// Problems of one device that are shown at most; a stranger sends them.
const MAX_PROBLEMS: usize = 4;

impl From<crate::wire::Device> for DeviceRow {
    fn from(device: crate::wire::Device) -> Self {
        Self {
            name: Untrusted::from(device.name),
            kind: DeviceKind::parse(&device.kind),
            utilisation_percent: device.utilisation_percent,
            memory_used: device.memory_used,
            memory_total: device.memory_total,
            temperature_celsius: device.temperature_celsius,
            power_milliwatts: device.power_milliwatts,
            problems: device.problems.into_iter().take(MAX_PROBLEMS).map(Untrusted::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_kind_is_written_as_the_word_it_always_was() {
        let kinds = [
            (DeviceKind::Cuda, "cuda"),
            (DeviceKind::Rocm, "rocm"),
            (DeviceKind::Metal, "metal"),
            (DeviceKind::Cpu, "cpu"),
        ];
        for (kind, word) in kinds {
            assert_eq!((kind.as_str(), DeviceKind::parse(word)), (word, kind));
            assert_eq!(serde_json::to_value(kind).expect("encodes"), word);
            assert_eq!(serde_json::from_value::<DeviceKind>(word.into()).expect("decodes"), kind);
        }
        // A stranger's word, or a newer version's.
        assert_eq!(DeviceKind::parse("\u{1b}[2J"), DeviceKind::Unknown);
        assert_eq!(serde_json::from_value::<DeviceKind>("tpu".into()).expect("decodes"), DeviceKind::Unknown);
    }
}
