//! The GPU of an Apple chip, by what its driver writes to the registry of devices: `ioreg` shows that to any user.
//!
//! It has the machine's memory. Temperature and power are not there; what tells them needs root. Keys of the registry: that of
//! `AGXAccelerator`, as `ioreg -r -d 1 -c IOAccelerator` prints it.

use std::{
    io,
    process::{Command, Stdio},
};

use serde::Deserialize;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::probe::{DeviceKind, DeviceStatus, Probe};

/// The path of `ioreg` on macOS, so that no other program of that name is run.
const IOREG: &str = "/usr/sbin/ioreg";

/// Reads the GPU of an Apple chip.
#[derive(Debug)]
pub struct AppleProbe {
    /// The machine's memory in bytes.
    memory: u64,
}

/// What the driver writes of one GPU, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Accelerator {
    model: String,
    #[serde(rename = "gpu-core-count")]
    cores: Option<u64>,
    #[serde(rename = "PerformanceStatistics")]
    statistics: Statistics,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statistics {
    #[serde(rename = "Device Utilization %")]
    utilisation: Option<u32>,
    #[serde(rename = "In use system memory")]
    memory: Option<u64>,
}

impl AppleProbe {
    /// `None` where there is no GPU of Apple's.
    pub fn new() -> Option<Self> {
        if !cfg!(target_os = "macos") {
            return None;
        }
        let memory = MemoryRefreshKind::nothing().with_ram();
        let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).ok()?;
        let mut probe = Self { memory: system.total_memory() };
        (!probe.sample().is_empty()).then_some(probe)
    }
}

impl Probe for AppleProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        registry().map(|list| devices(&list, self.memory)).unwrap_or_default()
    }
}

/// A property list of all GPUs.
fn registry() -> io::Result<Vec<u8>> {
    let mut ioreg = Command::new(IOREG);
    ioreg.args(["-a", "-r", "-d", "1", "-c", "IOAccelerator"]).stdin(Stdio::null()).stderr(Stdio::null());
    Ok(ioreg.output()?.stdout)
}

/// Those of Apple's in a property list, none where it cannot be read, in a machine with this many bytes of memory.
fn devices(list: &[u8], memory: u64) -> Vec<DeviceStatus> {
    let entries: Vec<plist::Value> = plist::from_bytes(list).unwrap_or_default();
    let accelerators = entries.iter().filter_map(|entry| plist::from_value::<Accelerator>(entry).ok());
    accelerators
        .filter(|accelerator| accelerator.model.starts_with("Apple"))
        .map(|accelerator| status(accelerator, memory))
        .collect()
}

fn status(accelerator: Accelerator, memory: u64) -> DeviceStatus {
    let Accelerator { model, cores, statistics } = accelerator;
    DeviceStatus {
        name: cores.map_or_else(|| model.clone(), |cores| format!("{model} ({cores} GPU cores)")),
        kind: DeviceKind::Metal,
        utilisation_percent: statistics.utilisation.map(|percent| percent.min(100)),
        memory_used: statistics.memory.map(|used| used.min(memory)),
        memory_total: Some(memory),
        temperature_celsius: None,
        power_milliwatts: None,
        problems: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list as `ioreg` writes it, without what is not read here.
    fn list(entries: &str) -> Vec<u8> {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><array>{entries}</array></plist>"#
        )
        .into_bytes()
    }

    const M3: &str = "<dict>
        <key>IOClass</key><string>AGXAcceleratorG15X</string>
        <key>IORegistryEntryID</key><integer>4294968410</integer>
        <key>model</key><string>Apple M3 Pro</string>
        <key>gpu-core-count</key><integer>18</integer>
        <key>vendor-id</key><data>axAAAA==</data>
        <key>PerformanceStatistics</key><dict>
            <key>Alloc system memory</key><integer>4783898624</integer>
            <key>Device Utilization %</key><integer>29</integer>
            <key>In use system memory</key><integer>1154580480</integer>
            <key>In use system memory (driver)</key><integer>0</integer>
            <key>Renderer Utilization %</key><integer>27</integer>
        </dict>
    </dict>";

    #[test]
    fn a_gpu_is_read_as_its_driver_shows_it() {
        let expected = DeviceStatus {
            name: "Apple M3 Pro (18 GPU cores)".into(),
            kind: DeviceKind::Metal,
            utilisation_percent: Some(29),
            memory_used: Some(1_154_580_480),
            memory_total: Some(36 << 30),
            temperature_celsius: None,
            power_milliwatts: None,
            problems: vec![],
        };
        let other = "<dict><key>model</key><data>QU1E</data></dict>";
        assert_eq!(devices(&list(&format!("{other}{M3}")), 36 << 30), [expected]);
    }

    #[test]
    fn what_is_missing_or_no_gpu_of_apples_is_no_error() {
        let bare = "<dict><key>model</key><string>Apple M9</string></dict>";
        let found = devices(&list(bare), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].utilisation_percent, found[0].memory_used),
            ("Apple M9", None, None)
        );
        for nothing in [list(""), list("<dict/>"), vec![], b"no property list".to_vec()] {
            assert_eq!(devices(&nothing, 1), []);
        }
        assert_eq!(AppleProbe::new().is_some(), cfg!(all(target_os = "macos", target_arch = "aarch64")));
    }
}
