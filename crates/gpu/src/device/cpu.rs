//! The CPU and its memory, as the operating system reports them.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::probe::{DeviceKind, DeviceStatus, Probe};

/// Reads the CPU. Utilisation is that since the sample before, so the first one has none.
#[derive(Debug)]
pub struct CpuProbe {
    system: System,
    name: String,
    sampled: bool,
}

impl CpuProbe {
    /// A probe of this machine; `None` where the operating system tells nothing.
    pub fn new() -> Option<Self> {
        let cpu = CpuRefreshKind::nothing().with_usage();
        let memory = MemoryRefreshKind::nothing().with_ram();
        let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(cpu).with_memory(memory)).ok()?;
        let cores = system.cpus().len();
        let brand = system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).filter(|brand| !brand.is_empty());
        let name = format!("{} ({cores} cores)", brand.as_deref().unwrap_or("CPU"));
        Some(Self { system, name, sampled: false })
    }
}

impl Probe for CpuProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        let usage = self.system.global_cpu_usage().clamp(0.0, 100.0).round() as u32;
        let known = std::mem::replace(&mut self.sampled, true);
        vec![DeviceStatus {
            name: self.name.clone(),
            kind: DeviceKind::Cpu,
            utilisation_percent: known.then_some(usage),
            memory_used: Some(self.system.used_memory()),
            memory_total: Some(self.system.total_memory()),
            temperature_celsius: None,
            power_milliwatts: None,
            problems: vec![],
        }]
    }
}
