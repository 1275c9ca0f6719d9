//! Tests of what a run says over its link, and when.

use alloy::{
    primitives::{Address, B256},
    signers::local::PrivateKeySigner,
};
use cuckoo_gpu::engine::{ScriptedConfig, scripted::Scripted};
use cuckoo_protocol::{
    chain::Network,
    message::{Domain, Receipt, Ticket},
    miner::{Link, Terms},
    price::Rate,
    task::{ChatMessage, ChatRole, Sampling, TaskId, audit_commitment, output_commitment},
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    host::clock,
    node::{
        chain_view::ChainView,
        miner::{
            config::{Config, Jury},
            shared::Shared,
            signed_record::{self, Kept, SignedRecord},
        },
    },
};

const COORDINATOR: Address = Address::repeat_byte(5);

/// A miner with a scripted engine, logged in at one coordinator.
struct Bench {
    shared: Arc<Shared>,
    outbox: Arc<Outbox>,
    link: Link,
    manifest: B256,
    frames: Vec<Body>,
    _record: SignedRecord,
    _folder: TempDir,
}

impl Bench {
    async fn start(tokens_per_second: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Scripted::new(ScriptedConfig { tokens_per_second, tokens: 5, ..ScriptedConfig::default() });
        let engine: Arc<dyn cuckoo_gpu::Engine> = Arc::new(engine);
        let manifest = engine.models()[0].manifest.id();
        let config = Config {
            network: Network::undeployed("test", 31_337, "http://127.0.0.1:1".parse().expect("a URL")),
            signer: PrivateKeySigner::random(),
            data: folder.path().to_owned(),
            admin_listen: ([127, 0, 0, 1], 0).into(),
            engine,
            terms: Terms { max_unpaid: 1, least: Rate::default() },
            evidence_bytes: 1 << 20,
            payout_above: cuckoo_protocol::Cai::ZERO,
            outbox: folder.path().join("outbox"),
            jury: Jury { takes_part: false, calibrations: Arc::default() },
        };
        let (store, ..) = signed_record::open(folder.path()).expect("opens");
        let (chain, stop) = (ChainView::default(), CancellationToken::new());
        let shared = Shared::new(config, &Kept::default(), None, chain, Handle::current(), stop);
        let (key, report) = ((shared.signer.clone(), shared.domain), shared.clone());
        let queue = shared.record.clone();
        let record = SignedRecord::start(store, queue, key, move |outcomes| report.recorded(outcomes));
        let (outbox, link) = (Arc::new(Outbox::default()), Link { coordinator: COORDINATOR, session: 1 });
        // Its only coordinator is offered all slots, before and after it takes one.
        shared.act([Input::Coordinators(vec![(COORDINATOR, 1)])]);
        shared.open(link, outbox.clone(), Input::Welcome { link, prices: Default::default() });
        let _record = record.expect("starts");
        let mut bench = Self { shared, outbox, link, manifest, frames: vec![], _record, _folder: folder };
        assert!(matches!(bench.take().await[..], [Body::Slots(_)]));
        bench
    }

    fn domain(&self) -> Domain {
        self.shared.domain
    }

    /// All that leaves in the next write.
    async fn take(&mut self) -> Vec<Body> {
        self.frames.clear();
        let taken = time::timeout(Duration::from_secs(20), self.outbox.take(&mut self.frames)).await;
        assert_eq!(taken, Ok(true));
        std::mem::take(&mut self.frames)
    }

    fn offer(&self, quiet: bool) -> Order {
        let messages = vec![ChatMessage { role: ChatRole::User, content: "hello".into() }];
        let sampling = Sampling { max_tokens: 5, ..Sampling::default() };
        let ticket = Ticket {
            coordinator: COORDINATOR,
            miner: self.shared.signer.address(),
            task: B256::repeat_byte(3),
            attempt: 1,
            number: 7,
            model: self.manifest,
            deadline: clock::now_seconds() + 60,
            ..Ticket::default()
        };
        let quote = Rate::default().quote(&messages, sampling.max_tokens);
        let order = Order {
            digest: self.domain().digest(&ticket),
            ticket,
            signature: Default::default(),
            rate: Rate::default(),
            quote,
            salt: B256::repeat_byte(4),
            quiet,
            class: String::new(),
        };
        let request = Request { model: "scripted".into(), messages, sampling, examine: None };
        let (link, request) = (self.link, Box::new(request));
        self.shared.act([Input::Offered { link, order: Box::new(order.clone()), request }]);
        order
    }

    /// Checks a result against everything that was sent for it.
    fn check(&self, order: &Order, chunks: &[wire::Chunk], result: &wire::TaskResult) {
        let text: String = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
        let ids: Vec<u32> = chunks.iter().flat_map(|chunk| chunk.token_ids.clone()).collect();
        let log_probabilities: Vec<f32> = chunks.iter().flat_map(|chunk| chunk.log_probabilities.clone()).collect();
        let receipt = Receipt {
            ticket: order.digest,
            outputCommitment: output_commitment(&order.salt, &ids, &text),
            auditCommitment: audit_commitment("scripted", &log_probabilities),
            promptTokens: result.prompt_tokens,
            completionTokens: 5,
            finishReason: result.finish_reason as u8,
        };
        assert!(!text.is_empty());
        assert_eq!(result.lease, Some(wire::Lease::new(TaskId(order.ticket.task), 1)));
        assert_eq!(self.domain().verify(&receipt, &result.signature, self.shared.signer.address()), Ok(()));
    }
}

#[tokio::test]
async fn a_quiet_answer_is_one_write() {
    let mut bench = Bench::start(0).await;
    let order = bench.offer(true);
    let frames = bench.take().await;
    let [Body::Chunk(chunk), Body::Result(result)] = &frames[..] else { panic!("{frames:?}") };
    bench.check(&order, std::slice::from_ref(chunk), result);
}

#[tokio::test]
async fn a_quiet_answer_that_takes_its_time_is_begun_and_then_gathered() {
    // A token every 100 ms.
    let mut bench = Bench::start(10).await;
    let order = bench.offer(true);
    assert_eq!(bench.take().await, [Body::Accept(order.lease())], "nothing was there for 20 ms");
    let mut chunks = vec![];
    let (last, result) = loop {
        match &bench.take().await[..] {
            [Body::Chunk(chunk)] => chunks.push(chunk.clone()),
            [Body::Chunk(chunk), Body::Result(result)] => break (chunk.clone(), result.clone()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(chunks[0].pieces, 1, "the first token is sent at once");
    assert!(chunks.len() <= 3, "and the others now and then");
    chunks.push(last);
    bench.check(&order, &chunks, &result);
    assert_eq!(bench.shared.read(|machine| machine.view().recent[0].completion_tokens), 5);
}

#[tokio::test]
async fn an_answer_that_is_read_goes_piece_by_piece() {
    let mut bench = Bench::start(20).await;
    let order = bench.offer(false);
    let mut frames = vec![];
    while !matches!(frames.last(), Some(Body::Result(_))) {
        frames.extend(bench.take().await);
    }
    assert_eq!(frames.remove(0), Body::Accept(order.lease()));
    let Some(Body::Result(result)) = frames.pop() else { panic!("no result") };
    let chunks: Vec<_> = frames
        .into_iter()
        .map(|frame| match frame {
            Body::Chunk(chunk) => chunk,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(chunks.len() >= 3, "{} chunks", chunks.len());
    bench.check(&order, &chunks, &result);
}
