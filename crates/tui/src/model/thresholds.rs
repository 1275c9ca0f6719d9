//! From where on a figure is called trouble.

use cuckoo_protocol::task::Millis;
use serde::{Deserialize, Serialize};

/// From where on a figure is called trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// A device's temperature, in degrees Celsius: from here on it is called hot.
    pub hot_celsius: u32,
    /// How long the oldest task may wait, in milliseconds.
    pub longest_wait: Millis,
}

impl Default for Thresholds {
    /// 85 degrees, where devices throttle or are about to, and 5 s.
    fn default() -> Self {
        Self { hot_celsius: 85, longest_wait: 5_000 }
    }
}
