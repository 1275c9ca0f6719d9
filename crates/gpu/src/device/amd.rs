//! AMD GPUs, by what the kernel's driver writes to `/sys`: no library is needed.
//!
//! Files and units: <https://docs.kernel.org/gpu/amdgpu/thermal.html> and <https://docs.kernel.org/gpu/amdgpu/driver-misc.html>.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::probe::{DeviceKind, DeviceStatus, Probe, memory_errors};

/// AMD's number as a maker of PCI devices.
const VENDOR: &str = "0x1002";

/// Reads all GPUs.
#[derive(Debug)]
pub struct AmdProbe {
    /// A directory for each GPU.
    devices: Vec<PathBuf>,
}

impl AmdProbe {
    /// `None` where there is no GPU of AMD's.
    pub fn new() -> Option<Self> {
        Self::below(Path::new("/sys"))
    }

    fn below(sys: &Path) -> Option<Self> {
        let cards = fs::read_dir(sys.join("class/drm")).ok()?.flatten();
        // `card0` is a GPU, `card0-DP-1` one of its connectors.
        let is_card = |name: &str| name.strip_prefix("card").is_some_and(|rest| rest.parse::<u32>().is_ok());
        let cards = cards.filter(|entry| entry.file_name().to_str().is_some_and(is_card));
        let mut devices: Vec<_> = cards.map(|entry| entry.path().join("device")).collect();
        // Without the driver `amdgpu`, a device says nothing of its memory.
        devices.retain(|device| read(device, "vendor").as_deref() == Some(VENDOR) && used(device).is_some());
        devices.sort();
        (!devices.is_empty()).then_some(Self { devices })
    }
}

fn read(device: &Path, file: &str) -> Option<String> {
    fs::read_to_string(device.join(file)).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn number<T: FromStr>(device: &Path, file: &str) -> Option<T> {
    read(device, file)?.parse().ok()
}

fn used(device: &Path) -> Option<u64> {
    number(device, "mem_info_vram_used")
}

/// The sensors' directory: its number depends on the order in which drivers were loaded.
fn find_sensors(device: &Path) -> Option<PathBuf> {
    fs::read_dir(device.join("hwmon")).ok()?.flatten().map(|entry| entry.path()).min()
}

impl Probe for AmdProbe {
    fn sample(&mut self) -> Vec<DeviceStatus> {
        self.devices.iter().map(|device| status(device)).collect()
    }
}

fn status(device: &Path) -> DeviceStatus {
    let sensors = find_sensors(device).unwrap_or_default();
    let name = read(device, "product_name").or_else(|| Some(format!("AMD GPU {}", read(device, "device")?)));
    // The hottest place decides, where it is measured: the second sensor is the junction.
    let celsius = |sensor: &str| number::<u32>(&sensors, sensor).map(|millidegrees| millidegrees / 1_000);
    let microwatts = number::<u64>(&sensors, "power1_average").or_else(|| number(&sensors, "power1_input"));
    let errors = uncorrected(device).unwrap_or(0);
    DeviceStatus {
        name: name.unwrap_or_else(|| "AMD GPU".into()),
        kind: DeviceKind::Rocm,
        utilisation_percent: number::<u32>(device, "gpu_busy_percent").map(|percent| percent.min(100)),
        memory_used: used(device),
        memory_total: number(device, "mem_info_vram_total"),
        temperature_celsius: celsius("temp2_input").or_else(|| celsius("temp1_input")),
        power_milliwatts: microwatts.and_then(|microwatts| u32::try_from(microwatts / 1_000).ok()),
        problems: (errors > 0).then(|| memory_errors(errors)).into_iter().collect(),
    }
}

/// Memory errors that could not be corrected: the file says `ue: 0` and `ce: 0` on lines of their own.
fn uncorrected(device: &Path) -> Option<u64> {
    let text = read(device, "ras/umc_err_count")?;
    text.lines().find_map(|line| line.trim().strip_prefix("ue:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(device: &Path, files: &[(&str, &str)]) {
        for (file, text) in files {
            let path = device.join(file);
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, text).expect("written");
        }
    }

    #[test]
    fn a_gpu_is_read_as_the_kernel_shows_it() {
        let sys = tempfile::tempdir().expect("a directory");
        assert!(AmdProbe::below(sys.path()).is_none());
        let card = |name: &str| sys.path().join("class/drm").join(name).join("device");
        write(&card("card0"), &[("vendor", "0x1a03\n")]);
        write(&card("card1-DP-1"), &[("vendor", "0x1002\n"), ("mem_info_vram_used", "1\n")]);
        write(
            &card("card1"),
            &[
                ("vendor", "0x1002\n"),
                ("device", "0x740f\n"),
                ("product_name", "AMD INSTINCT MI210 (MCM) OAM AC MBA\n"),
                ("gpu_busy_percent", "87\n"),
                ("mem_info_vram_used", "12884901888\n"),
                ("mem_info_vram_total", "68702699520\n"),
                ("hwmon/hwmon5/temp1_input", "51000\n"),
                ("hwmon/hwmon5/temp2_input", "63000\n"),
                ("hwmon/hwmon5/power1_average", "213000000\n"),
                ("ras/umc_err_count", "ue: 2\nce: 40\n"),
            ],
        );
        write(&card("card2"), &[("vendor", "0x1002\n"), ("device", "0x73bf\n"), ("mem_info_vram_used", "0\n")]);
        let devices = AmdProbe::below(sys.path()).expect("GPUs").sample();
        let [full, bare] = devices.as_slice() else { panic!("{devices:?}") };
        let expected = DeviceStatus {
            name: "AMD INSTINCT MI210 (MCM) OAM AC MBA".into(),
            kind: DeviceKind::Rocm,
            utilisation_percent: Some(87),
            memory_used: Some(12 << 30),
            memory_total: Some(68_702_699_520),
            temperature_celsius: Some(63),
            power_milliwatts: Some(213_000),
            problems: vec!["2 memory errors that could not be corrected".into()],
        };
        assert_eq!(full, &expected);
        assert_eq!((bare.name.as_str(), bare.memory_total, bare.power_milliwatts), ("AMD GPU 0x73bf", None, None));
        assert_eq!((bare.memory_used, &bare.problems), (Some(0), &vec![]));
    }
}
