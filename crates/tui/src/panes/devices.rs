//! The pane Devices: each node's devices, how busy and how hot they are.

use cuckoo_protocol::status::{DeviceRow, NodeRow};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{Board, DeviceLine, Feed},
    theme::Theme,
    widgets::{
        pane::{Pane, Scene},
        table::{Column, Table, bar, put},
        text::{grouped, measured, memory, stranger, width},
    },
};

/// From this temperature on, a device throttles or is about to.
const HOT_CELSIUS: u32 = 85;

static COLUMNS: [Column; 7] = [
    Column::words("DEVICE", 16, 28, 0),
    Column::words("KIND", 5, 5, 6),
    Column::words("", 4, 12, 4),
    Column::figures("LOAD", 4, 1),
    Column::figures("MEMORY", 10, 2),
    Column::figures("TEMP", 4, 3),
    Column::figures("POWER", 5, 5),
];

/// The pane. Each node has a line of its own above its devices.
pub(super) struct Devices;

impl Pane for Devices {
    fn title(&self) -> &'static str {
        "Devices"
    }

    fn weight(&self) -> u16 {
        29
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.board.devices.len()
    }

    fn empty(&self) -> &'static str {
        "No node has reported devices yet."
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let board = &scene.feed.board;
        match (board.device_count, board.power_milliwatts / 1000) {
            (0, _) => String::new(),
            (count, 0) => format!("{count} devices"),
            (count, watts) => format!("{count} devices, {} W", grouped(watts)),
        }
    }

    fn draw_titles(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) {
        Table::new(&COLUMNS, area.width).titles(area, buffer, theme.heading);
    }

    fn draw_row(&self, scene: &Scene<'_>, row: usize, area: Rect, buffer: &mut Buffer) {
        match scene.feed.board.devices.get(row) {
            Some(DeviceLine::Node(node)) => {
                if let Some(node) = scene.snapshot.nodes.get(*node) {
                    draw_node(scene.theme, node, area, buffer);
                }
            }
            Some(DeviceLine::Device(node, index)) => {
                if let Some((_, device)) = Board::device(scene.snapshot, *node, *index) {
                    draw_device(scene.theme, device, area, buffer);
                }
            }
            None => {}
        }
    }
}

fn draw_node(theme: &Theme, node: &NodeRow, area: Rect, buffer: &mut Buffer) {
    let models: Vec<String> = node.models.iter().take(4).map(|model| stranger(&model.name)).collect();
    let used = put(area, buffer, &stranger(&node.name), theme.text);
    let rest = Rect { x: area.x + used, width: area.width - used, ..area };
    if !models.is_empty() {
        put(rest, buffer, &format!(" serves {}", models.join(", ")), theme.dim);
    }
}

/// A device's name, without its maker where the whole name does not fit: the device's kind says who made it.
fn brief(name: &str, cells: u16) -> &str {
    const MAKERS: [&str; 5] = ["NVIDIA GeForce ", "NVIDIA ", "AMD Instinct ", "AMD ", "Apple "];
    if width(name) <= cells {
        return name;
    }
    MAKERS.iter().find_map(|maker| name.strip_prefix(maker)).unwrap_or(name)
}

fn draw_device(theme: &Theme, device: &DeviceRow, area: Rect, buffer: &mut Buffer) {
    let table = Table::new(&COLUMNS, area.width);
    // A device is indented by one cell below its node.
    if let Some(slot) = table.slot(area, 0) {
        let slot = Rect { x: slot.x + 1, width: slot.width - 1, ..slot };
        match device.problems.first() {
            // The problem takes the name's place; the row still shows which device it is.
            Some(problem) => drop(put(slot, buffer, &format!("! {}", stranger(problem)), theme.bad)),
            None => drop(put(slot, buffer, brief(&stranger(&device.name), slot.width), theme.text)),
        }
    }
    table.cell(area, buffer, 1, device.kind.as_str(), theme.dim);
    if let (Some(slot), Some(percent)) = (table.slot(area, 2), device.utilisation_percent) {
        bar(slot, buffer, u64::from(percent), 100, theme.accent, theme.track);
    }
    table.cell(area, buffer, 3, &measured(device.utilisation_percent, "%"), theme.text);
    table.cell(area, buffer, 4, &memory(device.memory_used, device.memory_total), theme.text);
    let hot = device.temperature_celsius.is_some_and(|celsius| celsius >= HOT_CELSIUS);
    let temperature = measured(device.temperature_celsius, if hot { "!" } else { "°" });
    table.cell(area, buffer, 5, &temperature, if hot { theme.bad } else { theme.text });
    let watts = device.power_milliwatts.map(|milliwatts| milliwatts / 1000);
    table.cell(area, buffer, 6, &measured(watts, "W"), theme.text);
}
