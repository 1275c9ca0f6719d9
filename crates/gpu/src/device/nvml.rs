//! NVIDIA GPUs, by the driver's own library, which is looked for at run time.

use nvml_wrapper::{
    Device, Nvml,
    bitmasks::device::ThrottleReasons,
    enum_wrappers::device::{EccCounter, MemoryError, TemperatureSensor},
};

use super::{DeviceKind, DeviceStatus, Probe};

/// Reads all GPUs.
#[derive(Debug)]
pub struct NvmlProbe {
    nvml: Nvml,
}

impl NvmlProbe {
    /// `None` where there is no driver.
    pub fn new() -> Option<Self> {
        Nvml::init().inspect_err(|error| tracing::debug!(%error, "no NVIDIA driver")).ok().map(|nvml| Self { nvml })
    }
}

impl Probe for NvmlProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        let count = self.nvml.device_count().unwrap_or(0);
        (0..count).filter_map(|index| self.nvml.device_by_index(index).ok()).map(|device| read(&device)).collect()
    }
}

fn read(device: &Device<'_>) -> DeviceStatus {
    let memory = device.memory_info().ok();
    DeviceStatus {
        name: device.name().unwrap_or_else(|_| "NVIDIA GPU".into()),
        kind: DeviceKind::Cuda,
        utilisation_percent: device.utilization_rates().ok().map(|rates| rates.gpu.min(100)),
        memory_used: memory.as_ref().map(|memory| memory.used),
        memory_total: memory.as_ref().map(|memory| memory.total),
        temperature_celsius: device.temperature(TemperatureSensor::Gpu).ok(),
        power_milliwatts: device.power_usage().ok(),
        problems: problems(device),
    }
}

fn problems(device: &Device<'_>) -> Vec<String> {
    let reasons = device.current_throttle_reasons().unwrap_or(ThrottleReasons::empty());
    let heat = ThrottleReasons::SW_THERMAL_SLOWDOWN | ThrottleReasons::HW_THERMAL_SLOWDOWN;
    let mut problems = vec![];
    if reasons.intersects(heat) {
        problems.push("heat slows it down".into());
    } else if reasons.contains(ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN) {
        problems.push("its power supply slows it down".into());
    }
    // Since the driver was loaded; earlier ones may be why a card was reset.
    match device.total_ecc_errors(MemoryError::Uncorrected, EccCounter::Volatile) {
        Ok(0) | Err(_) => {}
        Ok(count) => problems.push(super::memory_errors(count)),
    }
    problems
}
