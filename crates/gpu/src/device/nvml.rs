//! NVIDIA GPUs, by the driver's own library, which is looked for at run time.

use nvml_wrapper::{Device, Nvml, enum_wrappers::device::TemperatureSensor};

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
    }
}
