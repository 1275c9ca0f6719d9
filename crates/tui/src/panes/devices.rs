//! The pane Devices: what computes, how busy and how hot it is.

use cuckoo_protocol::status::{DeviceRow, NodeRow, Snapshot};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    model::{Board, DeviceLine, Feed, Model, Pane},
    theme::Theme,
    view::{draw_empty, frame, inside, visible},
    widgets::{
        table::{Column, Table, bar, put, split_top},
        text::{external, grouped, measured, memory, stranger, width},
    },
};

/// From here on a device throttles or is about to.
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

/// Where the rows stand.
pub(crate) fn body(area: Rect) -> Rect {
    split_top(inside(area), 1).1
}

/// The columns in `width` cells.
pub(crate) fn table(width: u16) -> Table<7> {
    Table::new(&COLUMNS, width)
}

/// Draws the pane.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let feed = model.shown();
    let (count, watts) = (feed.board.device_count, feed.board.power_milliwatts / 1000);
    let summary = match (count, watts) {
        (0, _) => String::new(),
        (_, 0) => format!("{count} devices"),
        _ => format!("{count} devices, {} W", grouped(watts)),
    };
    frame(model, theme, Pane::Devices, &summary, area, buffer);
    let inside = inside(area);
    let Some(snapshot) = feed.snapshot.as_deref().filter(|_| count > 0) else {
        draw_empty(feed, theme, "No node has reported devices yet.", inside, buffer);
        return;
    };
    let table = table(inside.width);
    table.titles(split_top(inside, 1).0, buffer, theme.heading);
    for (place, area) in visible(model, Pane::Devices, body(area)) {
        row(feed, snapshot, theme, place, &table, area, buffer);
    }
}

/// Draws one row.
pub(crate) fn row(
    feed: &Feed,
    snapshot: &Snapshot,
    theme: &Theme,
    place: usize,
    table: &Table<7>,
    area: Rect,
    buffer: &mut Buffer,
) {
    match feed.board.devices.get(place) {
        Some(DeviceLine::Node(node)) => {
            if let Some(node) = snapshot.nodes.get(*node) {
                head(theme, node, area, buffer);
            }
        }
        Some(DeviceLine::Device(node, index)) => {
            if let Some((_, device)) = Board::device(snapshot, *node, *index) {
                device_row(theme, device, table, area, buffer);
            }
        }
        None => {}
    }
}

fn head(theme: &Theme, node: &NodeRow, area: Rect, buffer: &mut Buffer) {
    let models: Vec<String> = node.models.iter().take(4).map(|model| stranger(&model.name)).collect();
    let used = put(area, buffer, &stranger(&node.name), theme.text);
    let rest = Rect { x: area.x + used, width: area.width - used, ..area };
    if !models.is_empty() {
        put(rest, buffer, &format!(" serves {}", models.join(", ")), theme.dim);
    }
}

/// A device's name without its maker, which its kind tells, where the whole name does not fit.
fn brief(name: &str, cells: u16) -> &str {
    const MAKERS: [&str; 5] = ["NVIDIA GeForce ", "NVIDIA ", "AMD Instinct ", "AMD ", "Apple "];
    if width(name) <= cells {
        return name;
    }
    MAKERS.iter().find_map(|maker| name.strip_prefix(maker)).unwrap_or(name)
}

fn device_row(theme: &Theme, device: &DeviceRow, table: &Table<7>, area: Rect, buffer: &mut Buffer) {
    // One cell further in than the node that has it.
    if let Some(slot) = table.slot(area, 0) {
        let slot = Rect { x: slot.x + 1, width: slot.width - 1, ..slot };
        match device.problems.first() {
            // What is wrong is told where the name was; which device it is, its row tells.
            Some(problem) => drop(put(slot, buffer, &format!("! {}", stranger(problem)), theme.bad)),
            None => drop(put(slot, buffer, brief(&stranger(&device.name), slot.width), theme.text)),
        }
    }
    table.cell(area, buffer, 1, &external(&device.kind), theme.dim);
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
