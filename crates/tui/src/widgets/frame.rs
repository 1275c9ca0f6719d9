//! Frames: a border where there is room for one, and a rule above where there is not.

use ratatui::{
    buffer::Buffer,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Widget},
};

use super::{table::put, text};
use crate::theme::Theme;

/// Below this width of the screen, frames are rules: borders would take a sixth of it.
pub(crate) const BORDERS: u16 = 100;

/// How a frame looks.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// The name on the left.
    pub(crate) title: &'a str,
    /// A few words on the right. They are left out where they do not fit.
    pub(crate) right: &'a str,
    /// True where all sides have a border.
    pub(crate) has_border: bool,
    /// True where keys go.
    pub(crate) is_focused: bool,
}

impl Frame<'_> {
    /// The area inside.
    pub(crate) fn inside(has_border: bool, area: Rect) -> Rect {
        let inside = match has_border {
            true => Rect {
                x: area.x.saturating_add(2),
                y: area.y.saturating_add(1),
                width: area.width.saturating_sub(4),
                height: area.height.saturating_sub(2),
            },
            false => Rect {
                x: area.x.saturating_add(1),
                y: area.y.saturating_add(1),
                width: area.width.saturating_sub(2),
                height: area.height.saturating_sub(1),
            },
        };
        inside.intersection(area)
    }

    /// Draws the frame. Returns the area inside.
    pub(crate) fn draw(self, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Rect {
        if area.is_empty() {
            return Rect::ZERO;
        }
        let border = if self.is_focused { theme.accent } else { theme.border };
        let style = if self.is_focused { theme.key } else { theme.heading };
        let title = format!(" {} ", self.title);
        let right = format!(" {} ", self.right);
        let has_right = !self.right.is_empty() && text::width(&title) + text::width(&right) + 4 <= area.width;
        if self.has_border {
            let mut block = Block::bordered()
                .border_type(BorderType::Rounded)
                .border_style(border)
                .title(Span::styled(title, style));
            if has_right {
                block = block.title(Line::styled(right, theme.dim).alignment(Alignment::Right));
            }
            block.render(area, buffer);
        } else {
            put(area, buffer, &"─".repeat(usize::from(area.width)), border);
            put(Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, buffer, &title, style);
            if has_right {
                let x = area.right().saturating_sub(text::width(&right) + 1);
                put(Rect { x, width: area.right() - x, ..area }, buffer, &right, theme.dim);
            }
        }
        Self::inside(self.has_border, area)
    }
}
