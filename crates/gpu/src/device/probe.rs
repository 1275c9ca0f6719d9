//! What a probe is and what it sees: one device at one moment.

pub use cuckoo_protocol::status::DeviceKind;
use cuckoo_protocol::{Untrusted, status::DeviceRow, wire};

/// Looks at devices. A value that cannot be read is absent, which is not an error: a probe never stops work.
pub trait Probe: Send {
    /// The devices as they are now. May take some milliseconds.
    fn sample(&mut self) -> Vec<DeviceStatus>;
}

/// One device at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Its name, such as `NVIDIA H100 80GB HBM3`.
    pub name: String,
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
    pub problems: Vec<String>,
}

pub(super) fn memory_errors(count: u64) -> String {
    let errors = if count == 1 { "error" } else { "errors" };
    format!("{count} memory {errors} that could not be corrected")
}

impl From<DeviceStatus> for wire::Device {
    fn from(device: DeviceStatus) -> Self {
        Self {
            name: device.name,
            kind: device.kind.as_str().into(),
            utilisation_percent: device.utilisation_percent,
            memory_used: device.memory_used,
            memory_total: device.memory_total,
            temperature_celsius: device.temperature_celsius,
            power_milliwatts: device.power_milliwatts,
            problems: device.problems,
        }
    }
}

impl From<DeviceStatus> for DeviceRow {
    fn from(device: DeviceStatus) -> Self {
        Self {
            name: Untrusted::from(device.name),
            kind: device.kind,
            utilisation_percent: device.utilisation_percent,
            memory_used: device.memory_used,
            memory_total: device.memory_total,
            temperature_celsius: device.temperature_celsius,
            power_milliwatts: device.power_milliwatts,
            problems: device.problems.into_iter().map(Untrusted::from).collect(),
        }
    }
}
