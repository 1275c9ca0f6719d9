//! The miner's side of a link, seen by a coordinator that is the test.

use std::{process::Stdio, sync::Arc, time::Duration};

use cuckoo_protocol::{
    chain::Mirror,
    contract::Role,
    wire::{self, Body},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::harness::{
    chain::{Chain, free_port},
    link::{next, send},
    proxy::{Act, Proxy, description},
    service::{Service, listen, node, register},
};

/// Lets a miner log in, whoever it is.
async fn logged_in(listener: &TcpListener, coordinator: &[u8]) -> WebSocketStream<TcpStream> {
    logged_in_at(listener, coordinator, vec![]).await
}

/// The same, and announces these prices.
pub(super) async fn logged_in_at(
    listener: &TcpListener,
    coordinator: &[u8],
    prices: Vec<wire::Price>,
) -> WebSocketStream<TcpStream> {
    let accepted = timeout(Duration::from_secs(60), listener.accept()).await.expect("a miner comes");
    let mut socket = accept_async(accepted.expect("accepts").0).await.expect("a WebSocket");
    assert!(matches!(next(&mut socket).await, Some(Body::Hello(_))));
    let (version, challenge) = (wire::VERSION, vec![7; 32]);
    send(&mut socket, wire::Challenge { version, challenge, coordinator: coordinator.to_vec(), ..Default::default() })
        .await;
    assert!(matches!(next(&mut socket).await, Some(Body::Login(_))));
    send(&mut socket, wire::Welcome { session: 1, silence_ms: 10_000, prices }).await;
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_s_first_words_offer_its_slots_even_while_its_chain_hangs() {
    let chain = Chain::start().await;
    let (_, link, _) = register(&chain);
    let listener = TcpListener::bind(("127.0.0.1", link)).await.expect("the registered port");
    let mut mirror = Mirror::new(chain.client().await);
    let registry = mirror.poll().await.expect("reads").registry;
    let coordinator = registry.nodes.values().find(|node| node.role == Role::Coordinator).expect("registered").address;
    let endpoint = Proxy::start(&chain, |_, _| Act::Pass).await;
    let network = description(&chain, "proxied", &[&endpoint.url]);
    let options = [
        vec!["--engine".into(), "scripted".into(), "-n".into(), network],
        listen("--admin-listen", free_port()).to_vec(),
    ]
    .concat();
    let _miner = Service(node(&chain, "miner", &options).stderr(Stdio::null()).spawn().expect("runs"));
    for hangs in [false, true] {
        if hangs {
            let asked = Arc::new(Notify::new());
            let ask = asked.clone();
            endpoint.now(move |_, _| {
                ask.notify_one();
                Act::Hang
            });
            timeout(Duration::from_secs(60), asked.notified()).await.expect("the chain is followed");
        }
        let mut socket = logged_in(&listener, coordinator.as_slice()).await;
        let Some(Body::Slots(slots)) = next(&mut socket).await else { panic!("its slots come later") };
        let [model] = &slots.models[..] else { panic!("{slots:?}") };
        assert!(model.capacity > 0);
        assert_eq!(model.granted, model.capacity, "hangs: {hangs}");
    }
}
