//! Stop texts: cuts an output before the first of them, even where one arrives in pieces.

/// Passes text on as soon as it is certain that no stop text begins in it.
#[derive(Clone, Debug)]
pub struct StopFilter {
    stops: Vec<String>,
    held: String,
    /// The number of the stop text that was found.
    stopped: Option<u32>,
}

impl StopFilter {
    /// A filter for these texts; empty ones are ignored.
    pub fn new(stops: &[String]) -> Self {
        Self { stops: stops.to_vec(), held: String::new(), stopped: None }
    }

    /// Takes more text and returns what may be shown. After a stop text nothing more is.
    pub fn push(&mut self, text: &str) -> String {
        if self.stopped.is_some() {
            return String::new();
        }
        self.held.push_str(text);
        // Among stop texts that occur, the one that is complete first ends the output: a reader that goes token by token
        // sees that one. Of those complete at the same place the longest wins, because it begins first.
        let found = (0..)
            .zip(&self.stops)
            .filter(|(_, stop)| !stop.is_empty())
            .filter_map(|(number, stop)| self.held.find(stop.as_str()).map(|start| (start + stop.len(), start, number)))
            .min();
        if let Some((_, start, number)) = found {
            self.stopped = Some(number);
            self.held.truncate(start);
            return std::mem::take(&mut self.held);
        }
        let certain = self.held.len() - self.longest_beginning();
        let rest = self.held.split_off(certain);
        std::mem::replace(&mut self.held, rest)
    }

    /// The text held back, once it is certain that no more comes.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// True once a stop text was found.
    pub const fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// The number of the stop text that was found, in the order in which they were given.
    pub const fn stopped_by(&self) -> Option<u32> {
        self.stopped
    }

    /// Bytes at the end of the held text that could be the beginning of a stop text.
    fn longest_beginning(&self) -> usize {
        self.stops
            .iter()
            .flat_map(|stop| stop.char_indices().skip(1).map(move |(end, _)| &stop[..end]))
            .filter(|beginning| self.held.ends_with(beginning))
            .map(str::len)
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run<'a>(stops: &[&str], pieces: impl IntoIterator<Item = &'a str>) -> (String, bool) {
        let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut filter = StopFilter::new(&stops);
        let mut out = String::new();
        for piece in pieces {
            out.push_str(&filter.push(piece));
        }
        out.push_str(&filter.finish());
        (out, filter.is_stopped())
    }

    #[test]
    fn a_stop_text_in_pieces_is_found() {
        assert_eq!(run(&["STOP"], ["a S", "T", "OP b"]), ("a ".into(), true));
        assert_eq!(run(&["é!"], ["caf", "é", "! x"]), ("caf".into(), true));
    }

    #[test]
    fn a_false_beginning_is_given_back() {
        assert_eq!(run(&["STOP"], ["a ST", "AY"]), ("a STAY".into(), false));
        assert_eq!(run(&["aab"], ["aa", "aab"]), ("aa".into(), true));
        assert_eq!(run(&["STOP"], ["a STO"]), ("a STO".into(), false));
    }

    #[test]
    fn text_that_cannot_begin_a_stop_is_not_held_back() {
        let mut filter = StopFilter::new(&["\n\n".into()]);
        assert_eq!(filter.push("hello"), "hello");
        assert_eq!(filter.push("\n"), "");
        assert_eq!(filter.push("x"), "\nx");
    }

    #[test]
    fn the_stop_that_is_complete_first_wins() {
        assert_eq!(run(&["bcdef", "cd"], ["abcdef"]), ("ab".into(), true));
        assert_eq!(run(&["d", "bcd"], ["abcd"]), ("a".into(), true));
        assert_eq!(run(&[""], ["abc"]), ("abc".into(), false));
        let mut filter = StopFilter::new(&[String::new(), "d".into(), "bcd".into()]);
        filter.push("ab");
        assert_eq!(filter.stopped_by(), None);
        filter.push("cd");
        assert_eq!(filter.stopped_by(), Some(2));
    }

    proptest! {
        #[test]
        fn no_stop_text_ever_appears_and_cutting_does_not_matter(
            text in "[abc é]{0,40}",
            stops in proptest::collection::vec("[abc é]{1,4}", 0..4),
            cuts in proptest::collection::vec(0usize..40, 0..10),
        ) {
            let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|&cut| text.is_char_boundary(cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let (out, stopped) = run(&stops, pieces);
            for stop in &stops {
                prop_assert!(!out.contains(stop));
            }
            prop_assert!(text.starts_with(&out));
            prop_assert_eq!(stopped, stops.iter().any(|stop| text.contains(stop)));
            // One character at a time gives the same text as the whole at once.
            let whole = run(&stops, [text.as_str()]);
            let single = run(&stops, text.split_inclusive(|_| true));
            prop_assert_eq!(&whole, &single);
            prop_assert_eq!(whole.0, out);
        }
    }
}
