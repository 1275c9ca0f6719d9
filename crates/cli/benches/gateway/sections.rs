//! What is measured of one contender: full load, latency at leisure, tokens, open streams.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    contenders::{Contender, Cost, DIRECT, is_ours},
    engine::{Engine, Pace},
    load::Load,
    process,
};

/// Connections of full load.
pub(crate) const CONNECTIONS: [usize; 3] = [32, 128, 512];
/// Requests a second at leisure.
const RATE: u32 = 100;
/// Streams that are read as fast as they come, and the tokens of each.
const FAST: (usize, u32) = (32, 128);
/// Streams whose tokens come at the pace of a model, and the tokens of each.
const PACED: (usize, u32) = (50, 50);
const PACE: Duration = Duration::from_millis(20);
/// Pace and tokens of the streams that are open at once.
const SLOW: (Duration, u32) = (Duration::from_millis(1_500), 14);
/// Time in which those are opened.
const RAMP: Duration = Duration::from_secs(8);
/// Time until all of them are open.
const OPEN: Duration = Duration::from_secs(12);
/// Time before full load that does not count.
const WARM_UP: Duration = Duration::from_secs(1);

/// Parts of the bench that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    Saturation,
    Latency,
    Tokens,
    Streams,
    Causes,
    Snapshot,
}

impl Section {
    pub(crate) const ALL: [Self; 6] =
        [Self::Saturation, Self::Latency, Self::Tokens, Self::Streams, Self::Causes, Self::Snapshot];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Saturation => "saturation",
            Self::Latency => "latency",
            Self::Tokens => "tokens",
            Self::Streams => "streams",
            Self::Causes => "causes",
            Self::Snapshot => "snapshot",
        }
    }

    /// A RAM disk and many miners are of interest where they change something.
    pub(crate) fn is_for(self, contender: &str) -> bool {
        let (in_memory, many) = (contender.ends_with("-ram"), contender.ends_with("-24"));
        match self {
            Self::Saturation => !in_memory,
            Self::Latency => true,
            Self::Tokens => !in_memory && !many,
            Self::Streams => !in_memory && !many && contender != DIRECT,
            Self::Causes => is_ours(contender) && !in_memory,
            Self::Snapshot => is_ours(contender) && !in_memory && !many,
        }
    }
}

/// What one contender did in one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) round: usize,
    pub(crate) contender: &'static str,
    /// Of the machine, before it.
    pub(crate) load_average: f64,
    pub(crate) saturation: Vec<Answers>,
    pub(crate) latency: Option<Answers>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) paced: Option<Tokens>,
}

/// Whole answers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answers {
    /// Connections of full load; at leisure, requests a second.
    pub(crate) load: usize,
    pub(crate) done: u64,
    /// Those that were done before the end of the measurement.
    pub(crate) in_time: u64,
    pub(crate) failed: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cost: Cost,
}

/// Tokens of streams.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tokens {
    pub(crate) tokens: u64,
    pub(crate) failed: u64,
    pub(crate) per_second: f64,
    pub(crate) cost: Cost,
}

/// Streams that were open at once.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Opened {
    pub(crate) streams: usize,
    /// Those that ended well.
    pub(crate) done: u64,
    /// Memory of each in the gateway, in kB.
    pub(crate) gateway_kb: f64,
    /// The same in the miners.
    pub(crate) miners_kb: f64,
}

impl Round {
    /// A line for whoever waits.
    pub(crate) fn summary(&self) -> String {
        let full = self.saturation.iter().map(|answers| {
            let (load, rate, each) = (answers.load, answers.per_second, answers.gateway_us());
            format!("{load} at once: {rate:.0}/s, {each:.1} us")
        });
        let latency =
            self.latency.iter().map(|answers| format!("p50 {:.2} ms, p99 {:.2} ms", answers.p50_ms, answers.p99_ms));
        let tokens = self.tokens.iter().map(|tokens| format!("{:.2} us/token", tokens.gateway_us()));
        let paced = self.paced.iter().map(|tokens| format!("{:.1} us/token at leisure", tokens.gateway_us()));
        let failed: u64 = self.saturation.iter().chain(&self.latency).map(|answers| answers.failed).sum();
        let failed = (failed > 0).then(|| format!("{failed} FAILED"));
        full.chain(latency).chain(tokens).chain(paced).chain(failed).collect::<Vec<_>>().join("; ")
    }
}

impl Answers {
    fn each(&self, micros: f64) -> f64 {
        micros / self.done.max(1) as f64
    }

    /// CPU of the gateway for a request, in microseconds.
    pub(crate) fn gateway_us(&self) -> f64 {
        self.each(self.cost.gateway_us())
    }

    /// The same with the miners.
    pub(crate) fn whole_us(&self) -> f64 {
        self.each(self.cost.gateway_us() + self.cost.miners.cpu_us)
    }

    /// Times that a thread of the gateway left its core, for a request.
    pub(crate) fn switches(&self) -> f64 {
        self.each(self.cost.gateway.switches as f64)
    }

    /// A counter's growth for a request. Not a number where the gateway does not count it.
    pub(crate) fn counted(&self, name: &str) -> f64 {
        self.cost.counters.get(name).map_or(f64::NAN, |grown| self.each(*grown))
    }

    /// CPU of the gateway's threads of one name for a request, in microseconds.
    pub(crate) fn thread_us(&self, name: &str) -> f64 {
        self.cost.gateway.threads.get(name).map_or(0.0, |micros| self.each(*micros))
    }
}

impl Tokens {
    /// CPU of the gateway for a token, in microseconds.
    pub(crate) fn gateway_us(&self) -> f64 {
        self.cost.gateway_us() / self.tokens.max(1) as f64
    }

    /// The same with the miners.
    pub(crate) fn whole_us(&self) -> f64 {
        (self.cost.gateway_us() + self.cost.miners.cpu_us) / self.tokens.max(1) as f64
    }
}

/// All sections of a round.
pub(crate) async fn measure(
    round: usize,
    contender: &Contender,
    engine: &Engine,
    sections: &[Section],
    during: Duration,
) -> Round {
    let load = Load::new(contender.port);
    load.until_ready().await;
    let has = |section: Section| sections.contains(&section) && section.is_for(contender.name);
    let mut measured = Round {
        round,
        contender: contender.name,
        load_average: process::load_average(),
        saturation: vec![],
        latency: None,
        tokens: None,
        paced: None,
    };
    load.saturate(8, WARM_UP.min(during)).await;
    if has(Section::Saturation) {
        for connections in CONNECTIONS {
            measured.saturation.push(saturate(contender, connections, during).await);
        }
    }
    if has(Section::Latency) {
        let (seen, cost) = contender.cost_of(load.relaxed(RATE, during)).await;
        measured.latency = Some(answers(RATE as usize, seen, during, cost));
    }
    if has(Section::Tokens) {
        measured.tokens = Some(tokens(contender, FAST, during).await);
        engine.set(Pace { token: PACE, is_stamped: false });
        measured.paced = Some(tokens(contender, PACED, during).await);
        engine.set(Pace::default());
    }
    measured
}

/// As many whole answers as some connections get.
pub(crate) async fn saturate(contender: &Contender, connections: usize, during: Duration) -> Answers {
    let load = Load::new(contender.port);
    let (seen, cost) = contender.cost_of(load.saturate(connections, during)).await;
    answers(connections, seen, during, cost)
}

fn answers(load: usize, seen: crate::load::Seen, during: Duration, cost: Cost) -> Answers {
    let (done, in_time, failed) = (seen.done, seen.in_time, seen.failed);
    let (p50_ms, p99_ms) = seen.percentiles();
    Answers { load, done, in_time, failed, per_second: in_time as f64 / during.as_secs_f64(), p50_ms, p99_ms, cost }
}

async fn tokens(contender: &Contender, (streams, each): (usize, u32), during: Duration) -> Tokens {
    let load = Load::new(contender.port);
    let started = Instant::now();
    let (seen, cost) = contender.cost_of(load.stream(streams, each, during)).await;
    let per_second = seen.tokens as f64 / started.elapsed().as_secs_f64();
    Tokens { tokens: seen.tokens, failed: seen.failed, per_second, cost }
}

/// Many streams at once, in a gateway that has done nothing before.
pub(crate) async fn open_streams(contender: &Contender, engine: &Engine, streams: usize) -> Opened {
    let load = Load::new(contender.port);
    load.until_ready().await;
    let (pace, each) = SLOW;
    engine.set(Pace { token: pace, is_stamped: false });
    let idle = contender.memory();
    // When most of them are open.
    let fullest = async {
        let mut fullest = (0, idle);
        loop {
            sleep(Duration::from_millis(500)).await;
            fullest = fullest.max((engine.open(), contender.memory()));
            if fullest.0 >= streams as u64 {
                return fullest;
            }
        }
    };
    let loaded = load.open(streams, each, RAMP);
    let (seen, fullest) = tokio::join!(loaded, timeout(OPEN, fullest));
    engine.set(Pace::default());
    // The engine never had all of them: the figure would be of fewer streams than the column says.
    let of = |memory: u64, idle: u64| memory.saturating_sub(idle) as f64 / streams as f64 / 1024.0;
    let (gateway_kb, miners_kb) =
        fullest.map_or((f64::NAN, f64::NAN), |(_, (gateway, miners))| (of(gateway, idle.0), of(miners, idle.1)));
    Opened { streams, done: seen.done, gateway_kb, miners_kb }
}
