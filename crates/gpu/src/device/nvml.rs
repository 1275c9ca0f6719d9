//! NVIDIA GPUs, by the driver's own library, which is looked for at run time.

use nvml_wrapper::{
    Device, Nvml,
    bitmasks::device::ThrottleReasons,
    enum_wrappers::device::{EccCounter, MemoryError, TemperatureSensor},
    error::NvmlError,
};

use super::probe::{DeviceKind, DeviceStatus, Probe, memory_errors};

/// NVIDIA's number on the bus, as the system writes it.
const NVIDIA: &str = "0x10de";

/// Reads all GPUs.
#[derive(Debug)]
pub struct NvmlProbe {
    /// The driver's library, or what is wrong with the driver of GPUs that are there.
    driver: Result<Nvml, String>,
    /// What was there at first, by index: one that is lost does not go unnoticed.
    names: Vec<String>,
}

impl NvmlProbe {
    /// `None` where there is no driver, or no GPU. A driver that does not work is not the same as none: nobody is to run models on the
    /// CPU beside a GPU without being told.
    pub fn new() -> Option<Self> {
        Self::of(Nvml::init(), has_nvidia_device)
    }

    fn of(driver: Result<Nvml, NvmlError>, has_device: impl Fn() -> bool) -> Option<Self> {
        let nvml = match driver {
            Ok(nvml) => nvml,
            Err(error) => {
                tracing::debug!(%error, "no NVIDIA driver");
                let problem = why_broken(&error, has_device)?;
                return Some(Self { driver: Err(problem), names: vec!["NVIDIA GPU".into()] });
            }
        };
        let count = nvml.device_count().unwrap_or(0);
        let name = |index| nvml.device_by_index(index).and_then(|device| device.name());
        let names: Vec<_> = (0..count).map(|index| name(index).unwrap_or_else(|_| "NVIDIA GPU".into())).collect();
        (!names.is_empty()).then_some(Self { driver: Ok(nvml), names })
    }
}

/// Why a driver that is installed does not work; `None` where there is nothing that it could drive.
fn why_broken(error: &NvmlError, has_device: impl Fn() -> bool) -> Option<String> {
    match error {
        NvmlError::LibRmVersionMismatch => {
            Some("the driver was updated while it was loaded, so that its library and its module differ: reboot".into())
        }
        NvmlError::NoPermission => {
            Some("this user has no permission to use the driver: put it into the group that owns /dev/nvidia*".into())
        }
        // Images for containers have the library on machines without a GPU as well.
        NvmlError::DriverNotLoaded if has_device() => {
            Some("the driver is installed and not loaded: modprobe nvidia, or reboot".into())
        }
        _ => None,
    }
}

/// Whether the machine has a device of NVIDIA's on its bus.
fn has_nvidia_device() -> bool {
    let devices = std::fs::read_dir("/sys/bus/pci/devices").into_iter().flatten().flatten();
    devices
        .map(|device| std::fs::read_to_string(device.path().join("vendor")).unwrap_or_default())
        .any(|vendor| vendor.trim() == NVIDIA)
}

/// The architectures of all GPUs, such as `sm90`, each once; `None` where the driver does not say.
#[cfg(feature = "mistralrs")]
pub(crate) fn cuda_architectures() -> Option<String> {
    let nvml = Nvml::init().ok()?;
    let mut found = vec![];
    for index in 0..nvml.device_count().ok()? {
        let capability = nvml.device_by_index(index).and_then(|device| device.cuda_compute_capability()).ok()?;
        found.push(format!("sm{}{}", capability.major, capability.minor));
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then(|| found.join("+"))
}

impl Probe for NvmlProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        let nvml = match &self.driver {
            Ok(nvml) => nvml,
            Err(problem) => return self.names.iter().map(|name| without_figures(name, problem.clone())).collect(),
        };
        let sample = |(index, name): (u32, &String)| {
            let device = nvml.device_by_index(index);
            device.and_then(|device| read(&device, name)).unwrap_or_else(|error| unusable(name, &error))
        };
        (0..).zip(&self.names).map(sample).collect()
    }
}

/// What is left of a GPU that the driver does not reach.
fn unusable(name: &str, error: &NvmlError) -> DeviceStatus {
    let problem = match error {
        NvmlError::GpuLost => "the driver has lost it; only a restart of the machine brings it back".into(),
        NvmlError::ResetRequired => "it needs a reset: nvidia-smi --gpu-reset".into(),
        other => format!("the driver does not reach it: {other}"),
    };
    without_figures(name, problem)
}

fn without_figures(name: &str, problem: String) -> DeviceStatus {
    DeviceStatus {
        name: name.into(),
        kind: DeviceKind::Cuda,
        utilisation_percent: None,
        memory_used: None,
        memory_total: None,
        temperature_celsius: None,
        power_milliwatts: None,
        problems: vec![problem],
    }
}

/// An error where the GPU is there no more; what it does not tell is absent.
fn read(device: &Device<'_>, name: &str) -> Result<DeviceStatus, NvmlError> {
    let memory = match device.memory_info() {
        Err(error @ (NvmlError::GpuLost | NvmlError::ResetRequired)) => return Err(error),
        answer => answer.ok(),
    };
    Ok(DeviceStatus {
        name: name.into(),
        kind: DeviceKind::Cuda,
        utilisation_percent: device.utilization_rates().ok().map(|rates| rates.gpu.min(100)),
        memory_used: memory.as_ref().map(|memory| memory.used),
        memory_total: memory.as_ref().map(|memory| memory.total),
        temperature_celsius: device.temperature(TemperatureSensor::Gpu).ok(),
        power_milliwatts: device.power_usage().ok(),
        problems: problems(device),
    })
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
        Ok(count) => problems.push(memory_errors(count)),
    }
    problems
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs, path::Path, process::Command};

    use super::*;

    /// A driver that loses a GPU while `lost` exists, at its handle or later.
    fn driver(directory: &Path, lost: &Path, handles: bool) -> Result<Nvml, NvmlError> {
        let (library, source) = (directory.join(format!("{handles}.so")), "tests/fake_nvml.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(format!("-DLOST=\"{}\"", lost.display()))
            .arg(format!("-DHANDLES={}", i32::from(handles)))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source))
            .status();
        assert!(built.expect("a C compiler, which every linker of Rust's comes with").success());
        Nvml::builder().lib_path(library.as_os_str()).init()
    }

    #[test]
    fn a_driver_that_does_not_work_is_a_gpu_with_a_problem_and_not_a_machine_without_one() {
        for (error, has_device, said) in [
            (NvmlError::LibRmVersionMismatch, false, Some("reboot")),
            (NvmlError::NoPermission, false, Some("group")),
            (NvmlError::DriverNotLoaded, true, Some("modprobe")),
            (NvmlError::DriverNotLoaded, false, None),
            (NvmlError::LibraryNotFound, true, None),
        ] {
            let name = error.to_string();
            let devices = NvmlProbe::of(Err(error), || has_device).map(|mut probe| probe.sample());
            let problem = devices.as_ref().map(|devices| devices[0].problems[0].as_str());
            assert_eq!(problem.is_some(), said.is_some(), "{name}: {problem:?}");
            assert!(problem.unwrap_or_default().contains(said.unwrap_or_default()), "{name}: {problem:?}");
            assert!(devices.is_none_or(|devices| devices.len() == 1 && devices[0].kind == DeviceKind::Cuda));
        }
    }

    #[test]
    fn a_gpu_that_is_lost_stays_in_the_list_with_what_happened() {
        let directory = tempfile::tempdir().expect("a directory");
        for handles in [true, false] {
            let lost = directory.path().join("lost");
            let found = NvmlProbe::of(driver(directory.path(), &lost, handles), || true);
            let mut probe = found.expect("two GPUs");
            let before = probe.sample();
            let names: Vec<_> = before.iter().map(|device| device.name.as_str()).collect();
            assert_eq!(names, ["Fake 0", "Fake 1"]);
            for device in &before {
                assert_eq!((device.utilisation_percent, device.temperature_celsius), (Some(97), Some(61)));
                assert_eq!((device.memory_used, device.memory_total), (Some(30), Some(80)));
                assert_eq!((device.power_milliwatts, &device.problems), (None, &vec![]), "not supported");
            }

            fs::write(&lost, "").expect("written");
            let now = probe.sample();
            assert_eq!(now[0], before[0]);
            assert_eq!((now[1].name.as_str(), now[1].memory_used), ("Fake 1", None));
            assert!(now[1].problems[0].contains("lost"), "{:?}", now[1].problems);

            fs::remove_file(&lost).expect("removed");
            assert_eq!(probe.sample(), before);
        }
    }
}
