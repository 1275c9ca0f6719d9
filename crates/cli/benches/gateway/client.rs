//! An application that costs little: under full load it shares the cores with what is measured.

use std::{io, net::Ipv4Addr};

use hyper::body::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What an answer's head can have.
const MAX_HEADERS: usize = 32;
/// How an answer ends whose length is not known from its head.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A keep-alive connection that asks for whole answers.
pub(crate) struct Client {
    stream: TcpStream,
    request: Bytes,
    answer: Vec<u8>,
}

/// Where an answer's body begins, its length if the head says it, and whether the status is 200.
struct Head {
    length: usize,
    body: Option<usize>,
    is_ok: bool,
}

impl Client {
    pub(crate) async fn connect(port: u16, body: &[u8]) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len(),
        );
        Ok(Self { stream, request: [head.as_bytes(), body].concat().into(), answer: vec![] })
    }

    /// The body of the answer to one more request, with the sizes of its chunks if it comes in chunks.
    pub(crate) async fn ask(&mut self) -> io::Result<&[u8]> {
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if head.is_none() {
                head = Head::parse(&self.answer)?;
            }
            let Some(Head { length, body, is_ok }) = head else { continue };
            let came = &self.answer[length..];
            if !body.map_or_else(|| came.ends_with(LAST_CHUNK), |body| came.len() >= body) {
                continue;
            }
            return if is_ok { Ok(&self.answer[length..]) } else { Err(io::Error::other("another status than 200")) };
        }
    }
}

impl Head {
    /// Nothing while it has not come whole.
    fn parse(text: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(text).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let is_ok = response.code == Some(200);
        let body = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let body = body.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
        Ok(Some(Self { length, body, is_ok }))
    }
}
