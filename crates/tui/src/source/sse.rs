//! Server-sent events, as much of them as a stream of documents needs.

/// Takes bytes as they come and gives events as they end.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that hold no end of line.
    searched: usize,
    data: Vec<u8>,
    has_data: bool,
}

/// What the server sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The data of an event.
    Data(Vec<u8>),
    /// A comment: the server is there.
    Comment,
}

impl Decoder {
    /// Takes in `bytes`.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes held.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() + self.data.len()
    }

    /// The next event that is complete.
    pub(super) fn next(&mut self) -> Option<Event> {
        loop {
            let end = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n');
            let Some(end) = end.map(|end| self.searched + end) else {
                self.searched = self.buffer.len();
                return None;
            };
            let event = self.line(end);
            self.buffer.drain(..=end);
            self.searched = 0;
            if event.is_some() {
                return event;
            }
        }
    }

    /// Takes in the line that ends at `end`.
    fn line(&mut self, end: usize) -> Option<Event> {
        let line = &self.buffer[..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            let event = self.has_data.then(|| Event::Data(std::mem::take(&mut self.data)));
            self.has_data = false;
            return event;
        }
        if line.starts_with(b":") {
            return Some(Event::Comment);
        }
        if let Some(value) = line.strip_prefix(b"data:") {
            if self.has_data {
                self.data.push(b'\n');
            }
            self.has_data = true;
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_the_bytes_arrive() {
        let sent = b": hello\r\nevent: status\nid: 4\ndata: {\"a\":\ndata:1}\n\n\ndata: second\r\n\r\n:\n";
        let expected =
            [Event::Comment, Event::Data(b"{\"a\":\n1}".to_vec()), Event::Data(b"second".to_vec()), Event::Comment];
        for size in 1..sent.len() {
            let mut decoder = Decoder::default();
            let mut events = vec![];
            for chunk in sent.chunks(size) {
                decoder.push(chunk);
                events.extend(std::iter::from_fn(|| decoder.next()));
            }
            assert_eq!(events, expected, "in chunks of {size}");
            assert_eq!(decoder.len(), 0);
        }
    }
}
