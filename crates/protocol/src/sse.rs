//! Server-sent events: turns bytes as they arrive into events' data, with a bound on what one event may hold.

/// Bytes that one line, or one event's data, may have.
const MAX_EVENT: usize = 1 << 20;

/// The stream holds a line or an event that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server sent an event of more than {MAX_EVENT} bytes")]
pub struct TooLong;

/// Reads an event stream piece by piece. Lines end with LF, CR or CR LF; comments, names and ids are skipped.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    after_cr: bool,
}

impl SseParser {
    /// Takes bytes and returns the data of the events that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let second_of_pair = std::mem::replace(&mut self.after_cr, byte == b'\r') && byte == b'\n';
            match byte {
                b'\n' if second_of_pair => {}
                b'\n' | b'\r' => events.extend(self.end_line()?),
                _ if self.line.len() >= MAX_EVENT => return Err(TooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    /// The data of an event that the server did not end with an empty line.
    pub fn finish(mut self) -> Result<Option<String>, TooLong> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        Ok(self.has_data.then_some(self.data))
    }

    fn end_line(&mut self) -> Result<Option<String>, TooLong> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return Ok(std::mem::take(&mut self.has_data).then_some(data));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            if self.data.len() + value.len() > MAX_EVENT {
                return Err(TooLong);
            }
            if self.has_data {
                self.data.push('\n');
            }
            self.data.push_str(value);
            self.has_data = true;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str =
        ": hello\r\n\r\ndata: {\"a\":1}\n\nevent: x\rdata:two\rdata: lines\r\rid: 3\n\ndata\n\ndata: [DONE]\n\n";

    fn expected() -> Vec<String> {
        ["{\"a\":1}", "two\nlines", "", "[DONE]"].map(String::from).to_vec()
    }

    #[test]
    fn all_line_ends_comments_and_fields() {
        assert_eq!(SseParser::default().push(STREAM.as_bytes()).expect("parses"), expected());
    }

    #[test]
    fn an_event_without_its_empty_line_is_given_at_the_end() {
        let mut parser = SseParser::default();
        assert_eq!(parser.push(b"data: x").expect("parses"), Vec::<String>::new());
        assert_eq!(parser.finish().expect("parses"), Some("x".into()));
    }

    #[test]
    fn endless_lines_and_events_are_refused() {
        assert_eq!(SseParser::default().push(&vec![b'x'; MAX_EVENT + 1]), Err(TooLong));
        let line = format!("data: {}\n", "x".repeat(MAX_EVENT / 2));
        assert_eq!(SseParser::default().push(line.repeat(3).as_bytes()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn cutting_does_not_matter(cuts in proptest::collection::vec(0..STREAM.len(), 0..20)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut parser = SseParser::default();
            let mut events = Vec::new();
            for pair in cuts.windows(2) {
                events.extend(parser.push(&STREAM.as_bytes()[pair[0]..pair[1]]).expect("parses"));
            }
            prop_assert_eq!(events, expected());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = SseParser::default().push(&bytes);
        }
    }
}
