//! Both nodes' machines in a simulated world: virtual time, one seed, and every fault that we know of. What was promised is checked at
//! every step.
//!
//! `CUCKOO_SIM_TASKS` sets how many tasks are handed in, `CUCKOO_SIM_SEED` the only seed that is run, `CUCKOO_SIM_FLAW` a rule that is broken
//! on purpose.

mod apps;
mod auditor;
mod books;
mod census;
mod chain;
mod check;
mod deadlines;
mod disk;
mod engine;
mod expect;
mod faults;
mod flaw;
mod gateway;
mod kinds;
mod lines;
mod links;
mod miners;
mod operator;
mod peers;
mod plan;
mod queue;
mod random;
mod record;
mod replicas;
mod runs;
mod trace;
mod turns;
mod world;

use std::{
    str::FromStr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use self::{census::Census, flaw::Flaw, plan::Plan, world::World};

/// Tasks of a run.
const TASKS: usize = 1_000;
/// Tasks in all, unless somebody wants others.
const USUAL: u64 = 10_000;

fn variable<T: FromStr>(name: &str) -> Option<T>
where
    T::Err: std::fmt::Debug,
{
    std::env::var(name).ok().map(|text| text.parse().expect("the variable has the form that main.rs describes"))
}

/// A run that failed, and how many tasks all runs had until then, at most.
struct Failure {
    seed: u64,
    text: String,
    tasks: u64,
}

fn run(seed: u64, flaw: Flaw) -> Result<Census, String> {
    let run = || World::new(Plan::new(seed, TASKS, flaw)).run();
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(census)) => Ok(census),
        Ok(Err((time, reason))) => Err(format!("after {:.6} s: {reason}", time as f64 / 1e6)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

/// Runs seeds from `first` on until this many tasks were accepted, or one fails; on this many threads.
fn runs(first: u64, tasks: u64, flaw: Flaw, threads: usize) -> Result<Census, Failure> {
    let (next, done, failed) = (AtomicU64::new(first), AtomicU64::new(0), AtomicBool::new(false));
    let total = Mutex::new((Census::default(), None::<Failure>));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if done.load(Ordering::Relaxed) >= tasks || failed.load(Ordering::Relaxed) {
                        return;
                    }
                    let found = run(seed, flaw);
                    let mut total = total.lock().expect("no thread panics");
                    match found {
                        Ok(census) => {
                            done.fetch_add(census.tasks(), Ordering::Relaxed);
                            total.0.add(&census);
                        }
                        Err(text) => {
                            failed.store(true, Ordering::Relaxed);
                            let tasks = done.load(Ordering::Relaxed) + TASKS as u64;
                            if total.1.as_ref().is_none_or(|failure| seed < failure.seed) {
                                total.1 = Some(Failure { seed, text, tasks });
                            }
                        }
                    }
                }
            });
        }
    });
    let (census, failure) = total.into_inner().expect("no thread panics");
    failure.map_or(Ok(census), Err)
}

#[test]
#[expect(clippy::print_stdout, reason = "the census is for the person who runs this with --nocapture")]
fn f23_promises_are_kept_whatever_fails() {
    let begun = Instant::now();
    let flaw = variable("CUCKOO_SIM_FLAW").unwrap_or_default();
    let seed = variable::<u64>("CUCKOO_SIM_SEED");
    let (tasks, threads) = match seed {
        Some(_) => (1, 1),
        None => (variable("CUCKOO_SIM_TASKS").unwrap_or(USUAL), thread::available_parallelism().map_or(1, usize::from)),
    };
    match runs(seed.unwrap_or(1), tasks, flaw, threads) {
        Ok(census) => {
            let (tasks, seconds) = (census.tasks(), begun.elapsed().as_secs_f64());
            println!("{census:#?}\n{tasks} tasks in {seconds:.1} s: {:.0} tasks/s", tasks as f64 / seconds);
            let missing = census.missing();
            assert!(missing.is_empty(), "not everything has happened that a run of {tasks} tasks is for: {missing:?}");
        }
        Err(Failure { seed, text, tasks }) => panic!(
            "within {tasks} tasks, seed {seed} fails {text}\n\
             again: CUCKOO_SIM_SEED={seed} cargo test -p cuckoo-protocol --test sim -- --nocapture promises"
        ),
    }
}
