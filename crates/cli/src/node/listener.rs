//! The loop that accepts HTTP connections, for every listener of both nodes.

use std::{convert::Infallible, io, pin::Pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    StatusCode,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::head_timeout::{Expecting, HeadTimeout};

/// At most this many bytes are in a request's head. A service may have a smaller limit, and say so.
const MAX_HEAD: usize = 32 * 1024;
/// The time within which a request's head has to arrive, from its first byte.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection may be idle this long between requests: longer than proxies and load balancers keep theirs, which is 60 s by
/// default for nginx and AWS, so that it is they who close, and no request is lost.
const IDLE: Duration = Duration::from_secs(75);
/// A peer that reads nothing for this long is cut off.
const WRITE_STALL: Duration = Duration::from_secs(30);
/// At most this many connections are open at one listener.
const MAX_CONNECTIONS: usize = 10_000;

/// Accepts connections until `stop`, then gives open ones a moment to end. Unlike `axum::serve` it does not wait forever for
/// a request's head.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_idle(listener, router, IDLE, stop).await;
}

/// The same, with the time that a connection may be idle between two requests.
pub async fn serve_idle(listener: TcpListener, router: Router, idle: Duration, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Some(Ok(permit)) = stop.run_until_cancelled(permits.clone().acquire_owned()).await else { break };
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, or the peer has gone already.
                tracing::warn!(%error, "a connection cannot be accepted");
                time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is gone already");
        }
        let service = TowerToHyperService::new(router.clone());
        let stop = stop.clone();
        connections.spawn(async move {
            let first = stop.run_until_cancelled(time::timeout(HEAD_TIMEOUT, speaks_http2(&stream))).await;
            let Some(Ok(Ok(speaks_http2))) = first else { return };
            let mut stream = Box::pin(TimeoutStream::new(stream));
            stream.as_mut().set_write_timeout_pinned(Some(WRITE_STALL));
            let expecting = Expecting::head();
            let stream = TokioIo::new(HeadTimeout::new(stream, HEAD_TIMEOUT, expecting.clone()));
            let ended = if speaks_http2 {
                expecting.other();
                let mut builder = http2::Builder::new(TokioExecutor::new());
                builder.timer(TokioTimer::new()).max_concurrent_streams(64).max_header_list_size(MAX_HEAD as u32);
                until(builder.serve_connection(stream, service), stop, http2::Connection::graceful_shutdown).await
            } else {
                let mut builder = http1::Builder::new();
                builder.timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(MAX_HEAD);
                let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    expecting.other();
                    let (answer, expecting) = (service.call(request), expecting.clone());
                    async move {
                        let answer: Result<axum::response::Response, Infallible> = answer.await;
                        // What comes after an upgrade is no HTTP.
                        if answer.as_ref().is_ok_and(|answer| answer.status() != StatusCode::SWITCHING_PROTOCOLS) {
                            expecting.next_head();
                        }
                        answer
                    }
                });
                let connection = builder.serve_connection(stream, service).with_upgrades();
                until(connection, stop, http1::UpgradeableConnection::graceful_shutdown).await
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended");
            }
            drop(permit);
        });
    }
    connections.close();
    // Status streams never end on their own.
    let _ = time::timeout(Duration::from_secs(2), connections.wait()).await;
}

/// Serves a connection to its end. After `stop` it ends with the next answer.
async fn until<C: Future>(connection: C, stop: CancellationToken, shut_down: fn(Pin<&mut C>)) -> C::Output {
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            shut_down(connection.as_mut());
            connection.await
        }
    }
}

/// True if the client's first bytes are those of HTTP/2. No method of HTTP/1 begins with them.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; 3];
    loop {
        let count = stream.peek(&mut start).await?;
        match &start[..count] {
            // The rest is on its way.
            b"P" | b"PR" => time::sleep(Duration::from_millis(1)).await,
            start => return Ok(start == b"PRI"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use http_body_util::Empty;
    use hyper::{Request, Version, body::Bytes, client::conn::http2::handshake};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        task::JoinSet,
    };

    use super::*;

    #[tokio::test]
    async fn both_versions_are_spoken_however_their_first_bytes_come() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("binds");
        let address = listener.local_addr().expect("has one");
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let router = Router::new().route("/", get(async || "an egg"));
        let serving = serve(listener, router, stop.clone());
        tasks.spawn(serving);

        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.set_nodelay(true).expect("set");
        for part in ["P", "O", "ST / HTTP/1.1\r\nhost: nest\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"] {
            stream.write_all(part.as_bytes()).await.expect("written");
            time::sleep(Duration::from_millis(5)).await;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("read");
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");

        let stream = TcpStream::connect(address).await.expect("connects");
        let (mut sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("shakes hands");
        tasks.spawn(async { connection.await.expect("ends in good order") });
        let request = Request::get("http://nest/").body(Empty::<Bytes>::new()).expect("a request");
        let response = sender.send_request(request).await.expect("answers");
        assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));

        // Nobody waits for one that says nothing.
        let _silent = TcpStream::connect(address).await.expect("connects");
        time::sleep(Duration::from_millis(20)).await;
        drop(sender);
        stop.cancel();
        let ended = time::timeout(Duration::from_millis(1_900), tasks.join_all());
        assert!(ended.await.is_ok());
    }
}
