//! The devices of this machine and what they are doing, by NVML, by AMD's or Apple's driver or, without any, the operating system.

mod amd;
mod apple;
mod cpu;
mod nvml;
mod probe;

pub use amd::AmdProbe;
pub use apple::AppleProbe;
pub use cpu::CpuProbe;
pub use nvml::NvmlProbe;
#[cfg(feature = "mistralrs")]
pub(crate) use nvml::cuda_architectures;
pub use probe::{DeviceKind, DeviceStatus, Probe};

/// A machine that tells nothing about itself.
struct NoProbe;

impl Probe for NoProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        Vec::new()
    }
}

/// The probe for this machine: NVML, AMD's or Apple's driver where it finds a GPU, else the CPU.
pub fn detect() -> Box<dyn Probe> {
    if let Some(probe) = NvmlProbe::new() {
        return Box::new(probe);
    }
    if let Some(probe) = AmdProbe::new() {
        return Box::new(probe);
    }
    if let Some(probe) = AppleProbe::new() {
        return Box::new(probe);
    }
    match CpuProbe::new() {
        Some(probe) => Box::new(probe),
        None => Box::new(NoProbe),
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::{status::DeviceRow, wire};

    use super::*;

    #[test]
    fn some_device_is_always_found() {
        let devices = detect().sample();
        assert!(!devices.is_empty());
        for device in devices {
            assert!(!device.name.is_empty());
            assert!(device.utilisation_percent.is_none_or(|value| value <= 100));
            assert!(device.memory_used <= device.memory_total);
            let wire = wire::Device::from(device.clone());
            let row = DeviceRow::from(device);
            assert_eq!((wire.name.as_str(), wire.kind.as_str()), (row.name.raw(), row.kind.as_str()));
        }
    }
}
