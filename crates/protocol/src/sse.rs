//! Server-sent events: turns bytes as they arrive into events, with a limit on what a server can make a reader hold.
//!
//! It is our own because of that limit. `eventsource-stream` 0.2.3, `async-sse` 5.1.0 and `sse-stream` 0.3.0 keep lines of any
//! length. `sse-core` 0.2.3 has a limit, but it gives neither comments, which tell the dashboard that a silent node is there,
//! nor the last event of a server that does not end it with an empty line.

/// A line, or an event's data, is longer than the reader's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server sent an event of more than {limit} bytes")]
pub struct TooLong {
    /// The limit in bytes.
    pub limit: usize,
}

/// What the server sent. Names, ids and retry times are skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The data of an event, its lines joined by line feeds.
    Data(Vec<u8>),
    /// A comment: it says only that the server is there.
    Comment,
}

impl Event {
    /// The data, if this is not a comment.
    pub fn data(self) -> Option<Vec<u8>> {
        match self {
            Self::Data(data) => Some(data),
            Self::Comment => None,
        }
    }
}

/// Reads an event stream piece by piece. Lines end with LF, CR or CR LF.
#[derive(Debug)]
pub struct Reader {
    limit: usize,
    line: Vec<u8>,
    data: Vec<u8>,
    /// True once the event has data, which may be empty.
    has_data: bool,
    /// True where the last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    /// True once the first line has been read, which may begin with a byte order mark.
    begun: bool,
}

impl Reader {
    /// A reader that refuses a line, or an event's data, of more than `limit` bytes.
    pub const fn new(limit: usize) -> Self {
        Self { limit, line: Vec::new(), data: Vec::new(), has_data: false, after_cr: false, begun: false }
    }

    /// Takes bytes and returns the events that they complete. After an error the stream cannot be read further.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let second_of_pair = end == 0 && self.after_cr && bytes[0] == b'\n';
            self.after_cr = bytes[end] == b'\r';
            if !second_of_pair {
                self.extend_line(&bytes[..end])?;
                events.extend(self.end_line()?);
            }
            bytes = &bytes[end + 1..];
        }
        self.after_cr &= bytes.is_empty();
        self.extend_line(bytes)?;
        Ok(events)
    }

    /// The data of an event that the server did not end with an empty line.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, TooLong> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        Ok(self.has_data.then_some(self.data))
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if bytes.len() > self.limit - self.line.len() {
            return Err(TooLong { limit: self.limit });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Event>, TooLong> {
        let mut line = std::mem::take(&mut self.line);
        let event = self.read_line(&line);
        // The next line goes into the same memory.
        line.clear();
        self.line = line;
        event
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Option<Event>, TooLong> {
        let first = !std::mem::replace(&mut self.begun, true);
        let line = line.strip_prefix("\u{feff}".as_bytes()).filter(|_| first).unwrap_or(line);
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return Ok(std::mem::take(&mut self.has_data).then_some(Event::Data(data)));
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        if field.is_empty() {
            return Ok(Some(Event::Comment));
        }
        if field == b"data" {
            let value = value.strip_prefix(b":").unwrap_or(value);
            self.add_data(value.strip_prefix(b" ").unwrap_or(value))?;
        }
        Ok(None)
    }

    fn add_data(&mut self, value: &[u8]) -> Result<(), TooLong> {
        let separator: &[u8] = if self.has_data { b"\n" } else { b"" };
        if self.data.len() + separator.len() + value.len() > self.limit {
            return Err(TooLong { limit: self.limit });
        }
        self.has_data = true;
        self.data.extend_from_slice(separator);
        self.data.extend_from_slice(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;
    const STREAM: &str =
        ": hello\r\n\r\ndata: {\"a\":1}\n\nevent: x\rdata:two\rdata: lines\r\rid: 3\n\ndata\n\ndata: [DONE]\n\n:\n";

    fn data(text: &str) -> Event {
        Event::Data(text.as_bytes().to_vec())
    }

    fn expected() -> Vec<Event> {
        let events = ["{\"a\":1}", "two\nlines", "", "[DONE]"].map(data);
        [Event::Comment].into_iter().chain(events).chain([Event::Comment]).collect()
    }

    #[test]
    fn all_line_ends_comments_and_fields() {
        assert_eq!(Reader::new(LIMIT).push(STREAM.as_bytes()), Ok(expected()));
        for size in 1..STREAM.len() {
            let mut reader = Reader::new(LIMIT);
            let pieces = STREAM.as_bytes().chunks(size);
            let events: Vec<_> = pieces.flat_map(|piece| reader.push(piece).expect("parses")).collect();
            assert_eq!(events, expected(), "in pieces of {size}");
            assert_eq!((reader.line.len(), reader.data.len()), (0, 0));
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_at_the_beginning_only() {
        let stream = "\u{feff}data: x\n\n\u{feff}data: y\n\ndata: \u{feff}z\n\n";
        assert_eq!(Reader::new(LIMIT).push(stream.as_bytes()), Ok(vec![data("x"), data("\u{feff}z")]));
    }

    #[test]
    fn an_event_without_its_empty_line_is_given_at_the_end() {
        for stream in ["data: x", "data: x\n"] {
            let mut reader = Reader::new(LIMIT);
            assert_eq!(reader.push(stream.as_bytes()), Ok(vec![]));
            assert_eq!(reader.finish(), Ok(Some(b"x".to_vec())));
        }
        assert_eq!(Reader::new(LIMIT).finish(), Ok(None));
    }

    #[test]
    fn endless_lines_and_events_are_refused() {
        let too_long = TooLong { limit: LIMIT };
        for start in ["", ":", "data: ", "id: "] {
            let line = format!("{start}{}", "x".repeat(LIMIT + 1 - start.len()));
            assert_eq!(Reader::new(LIMIT).push(line.as_bytes()), Err(too_long), "{start:?}");
            assert_eq!(Reader::new(LIMIT).push(&line.as_bytes()[1..]), Ok(vec![]));
        }
        let line = format!("data: {}\n", "x".repeat(LIMIT / 2));
        assert_eq!(Reader::new(LIMIT).push(line.repeat(3).as_bytes()), Err(too_long));
        // Empty lines of data count as well: each adds a line feed.
        let mut reader = Reader::new(1024);
        assert_eq!(reader.push("data\n".repeat(1025).as_bytes()), Ok(vec![]));
        assert_eq!(reader.push(b"data\n"), Err(TooLong { limit: 1024 }));
    }

    #[test]
    fn what_a_server_can_make_a_reader_hold_is_bounded() {
        for end in ["", "\n"] {
            let mut reader = Reader::new(1024);
            let piece = format!("data: {}{end}", "x".repeat(200));
            let pushed = (0..1_000).take_while(|_| reader.push(piece.as_bytes()).is_ok()).count();
            assert!(pushed < 10, "{pushed} pieces");
            assert!(reader.line.len() <= 1024 && reader.data.len() <= 1024);
        }
    }

    proptest! {
        #[test]
        fn cutting_does_not_matter(cuts in proptest::collection::vec(0..STREAM.len(), 0..20)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut reader = Reader::new(LIMIT);
            let mut events = Vec::new();
            for pair in cuts.windows(2) {
                events.extend(reader.push(&STREAM.as_bytes()[pair[0]..pair[1]]).expect("parses"));
            }
            prop_assert_eq!(events, expected());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, limit in 0usize..64) {
            let _ = Reader::new(limit).push(&bytes);
        }
    }
}
