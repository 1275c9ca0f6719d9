//! Requests that begin at the same time travel together: the first one waits until every other future that is ready has added its
//! own, and sends them all as one batch.

use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::{
    Rpc,
    answer::Failure,
    queue::{Lead, Request, Waiting},
};

impl Rpc {
    /// Asks once, together with what else is asked at this moment.
    pub(super) async fn together(&self, request: &Request) -> Result<Box<RawValue>, Failure> {
        loop {
            let (sender, receiver) = oneshot::channel();
            let leads = {
                let mut waiting = self.queue.lock();
                waiting.push(Waiting { request: request.clone(), answer: sender });
                waiting.len() == 1
            };
            if leads {
                let lead = Lead(&self.queue);
                tokio::task::yield_now().await;
                let all = lead.0.take();
                // Others may lead now.
                std::mem::forget(lead);
                let (requests, answers): (Vec<_>, Vec<_>) =
                    all.into_iter().map(|one| (one.request, one.answer)).unzip();
                for (answer, found) in answers.into_iter().zip(self.send(&requests).await) {
                    // The caller may be gone.
                    let _ = answer.send(found);
                }
            }
            // Without an answer the one that led was dropped.
            if let Ok(found) = receiver.await {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures::{FutureExt, future::join_all};
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::JoinSet,
    };

    use super::*;

    /// An endpoint that answers every request with its parameters, in batches of `most` requests or fewer; counts what it was sent.
    async fn endpoint(most: usize) -> (Rpc, Arc<AtomicUsize>, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (count, mut server) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        let counted = count.clone();
        server.spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.expect("a connection");
                let mut bytes = vec![];
                let request: Value = loop {
                    socket.read_buf(&mut bytes).await.expect("a request");
                    let text = String::from_utf8_lossy(&bytes);
                    if let Some((_, body)) = text.split_once("\r\n\r\n")
                        && let Ok(body) = serde_json::from_str(body)
                    {
                        break body;
                    }
                };
                counted.fetch_add(1, Ordering::Relaxed);
                let one = |request: &Value| json!({"id": request["id"], "result": request["params"]});
                let answer = match &request {
                    Value::Array(requests) if requests.len() > most => {
                        json!({"id": null, "error": {"code": -32600, "message": "batch limit exceeded"}})
                    }
                    // In another order than they were asked in.
                    Value::Array(requests) => requests.iter().rev().map(one).collect(),
                    request => one(request),
                };
                let (answer, head) = (answer.to_string(), "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ");
                let _ = socket.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes()).await;
            }
        });
        (Rpc::new(url.parse().expect("a URL"), None).expect("a client"), count, server)
    }

    async fn ask(rpc: &Rpc, number: u64) -> u64 {
        let [found] = rpc.request::<[u64; 1]>("eth_test", json!([number])).await.expect("an answer");
        found
    }

    #[tokio::test]
    async fn what_is_asked_at_the_same_time_is_one_request_and_each_gets_its_own_answer() {
        let (rpc, count, _server) = endpoint(1_000).await;
        let found = join_all((0..40).map(|number| ask(&rpc, number))).await;
        assert_eq!((found, count.load(Ordering::Relaxed)), ((0..40).collect(), 1));
        assert_eq!(ask(&rpc, 7).await, 7);
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn an_endpoint_that_takes_few_at_once_or_one_is_asked_for_less() {
        for most in [0, 1, 3, 25] {
            let (rpc, count, _server) = endpoint(most).await;
            for round in 0..2 {
                let before = count.load(Ordering::Relaxed);
                let found = join_all((0..40).map(|number| ask(&rpc, number))).await;
                assert_eq!(found, (0..40).collect::<Vec<_>>(), "{most}");
                // It is refused once, and known afterwards.
                let sent = count.load(Ordering::Relaxed) - before;
                assert!(round == 0 || sent <= 40 / (most / 2).max(1) + 1, "{most}: {sent}");
            }
        }
    }

    #[tokio::test]
    async fn one_that_is_dropped_before_it_has_asked_holds_nobody_up() {
        let (rpc, count, _server) = endpoint(1_000).await;
        let mut leads = Box::pin(ask(&rpc, 1));
        assert!(leads.as_mut().now_or_never().is_none());
        let mut follows = Box::pin(ask(&rpc, 2));
        assert!(follows.as_mut().now_or_never().is_none());
        drop(leads);
        assert_eq!((follows.await, count.load(Ordering::Relaxed)), (2, 1));
    }
}
