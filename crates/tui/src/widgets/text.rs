//! Text for cells: strangers' words are made harmless, everything is cut to its width, and figures are written short.

use std::{borrow::Cow, fmt};

use cuckoo_protocol::{Address, Cai, U256, Untrusted, task::Millis};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many bytes of a stranger's text are looked at. `Untrusted` shows far less, but finding the end of a grapheme that is a
/// megabyte long would cost too much in every frame.
const LOOKED_AT: usize = 2048;

/// What a stranger wrote, escaped and bounded.
pub(crate) fn stranger(text: &Untrusted) -> String {
    // `raw` is only cut here; what is left is shown through `Untrusted` again.
    external(text.raw())
}

/// A word that came from outside this program, escaped and bounded.
pub(crate) fn external(text: &str) -> String {
    let end = text.floor_char_boundary(LOOKED_AT);
    Untrusted::new(&text[..end]).to_string()
}

/// A sentence that came from outside this program, escaped, and bounded by what a screen can show.
pub(crate) fn sentence(text: &str) -> String {
    let end = text.floor_char_boundary(LOOKED_AT);
    cuckoo_protocol::sentence(&text[..end])
}

/// `text` in lines of at most `width` cells, at most `most` of them, broken between words where that is possible.
pub(crate) fn wrapped(text: &str, width: u16, most: usize) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split(' ') {
        let used = self::width(&line);
        if used > 0 && used + 1 + self::width(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if lines.len() >= most {
            break;
        }
    }
    if !line.is_empty() && lines.len() < most {
        lines.push(line);
    }
    lines.into_iter().map(|line| fit(&line, width).into_owned()).collect()
}

/// `one` or `many` things: `1 device`, `8 devices`.
pub(crate) fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(count)) }
}

/// `text` in at most `width` cells, with an ellipsis where it is cut. Characters that take no cell are dropped.
pub(crate) fn fit(text: &str, width: u16) -> Cow<'_, str> {
    let width = usize::from(width);
    if text.len() <= width && text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut fitted = String::with_capacity(text.len().min(width * 4));
    let (mut used, mut before_ellipsis) = (0, 0);
    for grapheme in text.graphemes(true) {
        let cells = grapheme.width();
        if cells == 0 {
            continue;
        }
        if used + cells > width {
            fitted.truncate(before_ellipsis);
            if width > 0 {
                fitted.push('…');
            }
            break;
        }
        used += cells;
        fitted.push_str(grapheme);
        if used < width {
            before_ellipsis = fitted.len();
        }
    }
    Cow::Owned(fitted)
}

/// The number of cells that `text` takes.
pub(crate) fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// A number with separators: `8214331` becomes `8,214,331`.
pub(crate) fn grouped(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number in at most six cells, rounded down: `8,214` or `82.1M`.
pub(crate) fn short_count(number: u64) -> String {
    if number < 100_000 { grouped(number) } else { scaled(u128::from(number)) }
}

/// An amount with two decimals, or with four where it is below one CAI, rounded down: `18.42`, `0.0480`, `12,400.00`.
pub(crate) fn coins(amount: Cai) -> String {
    const PLACES: usize = 4;
    let unit = U256::from(10u64).pow(U256::from(cuckoo_protocol::amount::DECIMALS - PLACES));
    match u128::try_from(amount.base_units() / unit) {
        Ok(0) if !amount.is_zero() => "<0.0001".to_owned(),
        Ok(parts) if parts < 10_000 => format!("0.{parts:04}"),
        Ok(parts) if parts < 100_000_000_000 => format!("{}.{:02}", grouped(parts / 10_000), parts % 10_000 / 100),
        _ => cai(amount),
    }
}

/// An amount of millionths of a CAI, as [`coins`] writes it.
pub(crate) fn micro(amount: u64) -> String {
    coins(Cai::from(u128::from(amount) * 1_000_000_000_000))
}

/// An amount in whole CAI, rounded down: `24,000`, `2,500,000`, `41.5M`.
pub(crate) fn cai(amount: Cai) -> String {
    let whole = amount.base_units() / U256::from(10u64).pow(U256::from(cuckoo_protocol::amount::DECIMALS));
    match u128::try_from(whole) {
        Ok(0) if !amount.is_zero() => "<1".to_owned(),
        Ok(whole) if whole < 10_000_000 => grouped(whole),
        Ok(whole) => scaled(whole),
        Err(_) => scaled(u128::MAX),
    }
}

/// A number as three digits and a unit, rounded down.
fn scaled(number: u128) -> String {
    const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];
    let mut scale = 1_000u128;
    for unit in UNITS {
        if number < scale * 1000 {
            let whole = number / scale;
            let tenth = number % scale * 10 / scale;
            return if whole < 100 { format!("{whole}.{tenth}{unit}") } else { format!("{whole}{unit}") };
        }
        scale *= 1000;
    }
    ">999E".to_owned()
}

/// Millionths as a percentage with one decimal, rounded down.
pub(crate) fn share(ppm: u32) -> String {
    format!("{}.{}%", ppm / 10_000, ppm / 1000 % 10)
}

/// Used and total memory, `20.1/80G`, or `-` where neither is known.
pub(crate) fn memory(used: Option<u64>, total: Option<u64>) -> String {
    let gib = |bytes: u64| {
        let tenths = (u128::from(bytes) * 10) >> 30;
        if tenths >= 1000 || tenths.is_multiple_of(10) {
            format!("{}", tenths / 10)
        } else {
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    };
    match (used, total) {
        (Some(used), Some(total)) => format!("{}/{}G", gib(used), gib(total)),
        (None, Some(total)) => format!("?/{}G", gib(total)),
        (Some(used), None) => format!("{}G", gib(used)),
        (None, None) => "-".to_owned(),
    }
}

/// A figure with its unit, or `-` where it is not known.
pub(crate) fn measured(value: Option<u32>, unit: &str) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value}{unit}"))
}

/// A time in seconds with three digits: `0.84s`, `12.3s`, `410s`.
pub(crate) fn latency(milliseconds: Millis) -> String {
    match milliseconds {
        0..10_000 => format!("{}.{:02}s", milliseconds / 1000, milliseconds % 1000 / 10),
        10_000..100_000 => format!("{}.{}s", milliseconds / 1000, milliseconds % 1000 / 100),
        _ => format!("{}s", milliseconds / 1000),
    }
}

/// A duration in its largest unit, so that it changes no more often than a person cares about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Age(u64, char);

impl Age {
    pub(crate) const fn of(milliseconds: Millis) -> Self {
        match milliseconds / 1000 {
            seconds @ 0..60 => Self(seconds, 's'),
            seconds @ 60..3_600 => Self(seconds / 60, 'm'),
            seconds @ 3_600..86_400 => Self(seconds / 3_600, 'h'),
            seconds => Self(seconds / 86_400, 'd'),
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0, self.1)
    }
}

/// A time that is left, in its two largest units: `13d 19h`, `5h 12m`, `4m`, `9s`.
pub(crate) fn time_left(milliseconds: Millis) -> String {
    let seconds = milliseconds / 1_000;
    let two = |large: u64, unit: char, small: u64, part: char| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit} {small}{part}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, 'h', seconds / 60 % 60, 'm'),
        _ => two(seconds / 86_400, 'd', seconds / 3_600 % 24, 'h'),
    }
}

/// A moment as people write it, in UTC: `2026-12-12 04:10`.
pub(crate) fn moment(at: Millis) -> String {
    // RFC 3339 ends with the year 9999.
    let seconds = (at / 1_000).min(253_402_300_799);
    let text = humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
    let text = text.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

/// Hundredths of a percent: `5 %`, `5.50 %`.
pub(crate) fn percent(bps: u16) -> String {
    match bps % 100 {
        0 => format!("{} %", bps / 100),
        rest => format!("{}.{rest:02} %", bps / 100),
    }
}

/// The beginning and the end of an address: `0x70997970…79c8`.
pub(crate) fn address(address: &Address) -> String {
    let hex = format!("{address:#x}");
    format!("{}…{}", &hex[..10], &hex[hex.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_cells_and_says_so() {
        for (text, width, expected) in [
            ("wagtail", 7, "wagtail"),
            ("wagtail", 6, "wagta…"),
            ("wagtail", 1, "…"),
            ("wagtail", 0, ""),
            ("漢字漢字", 8, "漢字漢字"),
            ("漢字漢字", 7, "漢字漢…"),
            ("漢字漢字", 6, "漢字…"),
            ("漢", 1, "…"),
            ("\u{301}e\u{301}", 3, "e\u{301}"),
        ] {
            assert_eq!(fit(text, width), expected, "{text:?} in {width}");
        }
    }

    #[test]
    fn amounts_round_down() {
        assert_eq!(cai(Cai::ZERO), "0");
        assert_eq!(cai(Cai::from(1u128)), "<1");
        assert_eq!(coins(Cai::from_whole(12_400)), "12,400.00");
        assert_eq!(coins(Cai::from(48_000_000_000_000_000u128)), "0.0480");
        assert_eq!((coins(Cai::from(1u128)), coins(Cai::ZERO)), ("<0.0001".to_owned(), "0.0000".to_owned()));
        assert_eq!(coins(Cai::from_base_units(U256::MAX)), ">999E");
        assert_eq!(micro(18_420_000), "18.42");
        assert_eq!(cai(Cai::from_whole(2_500_000)), "2,500,000");
        assert_eq!(cai(Cai::from_whole(12_399_999)), "12.3M");
        assert_eq!(cai(Cai::from_whole(999_999_999)), "999M");
        assert_eq!(cai(Cai::from_base_units(U256::MAX)), ">999E");
    }

    #[test]
    fn figures_fit_their_columns() {
        assert_eq!(short_count(99_999), "99,999");
        assert_eq!(short_count(u64::MAX), "18.4E");
        assert_eq!(share(123_456), "12.3%");
        assert_eq!(share(1_000_000), "100.0%");
        assert_eq!(memory(Some(20 << 30), Some(24 << 30)), "20/24G");
        assert_eq!(memory(Some((20 << 30) + (1 << 29)), Some(80 << 30)), "20.5/80G");
        assert_eq!(latency(840), "0.84s");
        assert_eq!(latency(12_345), "12.3s");
        assert_eq!((time_left(1_191_600_000), time_left(864_000_000)), ("13d 19h".into(), "10d".into()));
        assert_eq!(
            (time_left(18_720_000), time_left(250_000), time_left(9_999)),
            ("5h 12m".into(), "4m".into(), "9s".into())
        );
        assert_eq!((moment(1_796_962_200_000).as_str(), percent(550).as_str()), ("2026-12-11 04:10 UTC", "5.50 %"));
        assert_eq!(moment(u64::MAX), "9999-12-31 23:59 UTC");
        assert_eq!(Age::of(59_999).to_string(), "59s");
        assert_eq!(Age::of(60_000).to_string(), "1m");
        assert_eq!(Age::of(u64::MAX).to_string(), "213503982334d");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(wrapped("answers 429: too many requests", 14, 5), ["answers 429:", "too many", "requests"]);
        assert_eq!(wrapped("answers 429: too many requests", 14, 2), ["answers 429:", "too many"]);
        assert_eq!(wrapped("supercalifragilistic", 8, 2), ["superca…"]);
        assert_eq!((plural(1, "device"), plural(2_000, "device")), ("1 device".to_owned(), "2,000 devices".to_owned()));
    }

    #[test]
    fn a_megabyte_costs_little() {
        let hostile = Untrusted::new("\u{200b}".repeat(1 << 20));
        assert!(stranger(&hostile).len() < 1024);
        let stacked = Untrusted::new(format!("e{}", "\u{301}".repeat(1 << 20)));
        assert!(stranger(&stacked).len() < 1024);
    }
}
