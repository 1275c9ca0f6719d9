//! Power cuts and syncs that fail, at any write of a node: what its disk had not synced is gone or torn when it starts again, and every
//! promise holds.

mod world;

use std::{fs, process::Stdio, time::Instant};

use cuckoo_protocol::{U256, contract::Staking};
use rand::{Rng, SeedableRng, rngs::StdRng};

use self::world::{LOAD, Machine, World, cuts, has_disks, say, seed};
use crate::harness::{
    books::units,
    chain::{Chain, Ran, account, write_secret},
    disk::{ANY, BROKEN, Disk, ENOSPC},
};

/// Power is cut in the coordinator, in its miner or in both, at each kind of write, also while they start again.
#[tokio::test(flavor = "multi_thread")]
async fn f3_power_cuts_at_any_write_lose_nothing_that_was_promised() {
    if !has_disks() {
        return;
    }
    let (cuts, seed) = (cuts(4), seed());
    say(&format!("CUCKOO_TEST_SEED={seed}"));
    let begin = Instant::now();
    let mut world = World::new(seed).await;
    world.start("coordinator");
    world.start("miner");
    world.until_served().await;
    let mut acknowledged = 0;
    while world.count() < cuts {
        let victims: &[&str] = [&["coordinator"][..], &["coordinator"], &["miner"], &["coordinator", "miner"]]
            [world.random.random_range(0..4)];
        // Only what has been written can be cut at.
        for role in victims {
            let (kind, count) = world.draw_cut(role);
            world.machine(role).disk.cut_at(&kind, count);
        }
        let begin = Instant::now();
        let asking = world
            .load(|world| {
                let is_cut = victims.iter().all(|role| !world.machine(role).disk.has_power());
                is_cut || begin.elapsed() > LOAD
            })
            .await;
        for role in victims {
            world.cut(role);
        }
        for role in victims {
            if world.random.random_bool(0.3) {
                let (kind, count) = world.draw_cut(role);
                world.machine(role).disk.cut_at(&kind, count.min(6));
            }
            world.start(role);
            world.machine(role).disk.keep_power();
            if !world.machine(role).disk.has_power() {
                world.cut(role);
                world.start(role);
            }
        }
        world.until_served().await;
        world.check(asking).await;
        acknowledged += world.acknowledged.len();
        world.forget();
    }
    say(&format!("{acknowledged} acknowledged, {} cuts in {:?}: {:#?}", world.count(), begin.elapsed(), world.cuts));
    assert!(acknowledged > cuts as usize * 4, "hardly anything was acknowledged: {acknowledged}");
}

/// A node that has nothing yet loses its power at any of its first writes: nothing is promised, and it starts.
#[tokio::test(flavor = "multi_thread")]
async fn f3_a_node_whose_power_is_cut_as_it_starts_for_the_first_time_starts_again() {
    if !has_disks() {
        return;
    }
    let (cuts, seed) = (cuts(6).div_ceil(4), seed());
    say(&format!("CUCKOO_TEST_SEED={seed}"));
    let mut world = World::new(seed).await;
    for round in 0..cuts {
        let role = if round % 2 == 0 { "coordinator" } else { "miner" };
        let options = world.machine(role).options.clone();
        let starts = world.machine(role).starts;
        *world.machine(role) = Machine::new(&world.chain, role, options, world.random.random());
        let count = world.random.random_range(1..60);
        let machine = world.machine(role);
        machine.starts = starts;
        machine.disk.cut_at(ANY, count);
        world.start(role);
        world.cut(role);
        world.start(role);
        drop(world.machine(role).service.take());
    }
    say(&format!("{} cuts: {:#?}", world.count(), world.cuts));
}

/// F6: what a failed sync was for may be lost, whatever the system shows of it: a node says so and goes on, or ends and starts again,
/// and keeps its promises through a power cut after that.
#[tokio::test(flavor = "multi_thread")]
async fn f6_syncs_that_fail_lose_nothing_that_was_promised() {
    if !has_disks() {
        return;
    }
    let seed = seed();
    say(&format!("CUCKOO_TEST_SEED={seed}"));
    let mut world = World::new(seed).await;
    world.start("coordinator");
    world.start("miner");
    world.until_served().await;
    let faults = [
        ("coordinator", "journal.db-wal", BROKEN),
        ("miner", "signed.db-wal", ENOSPC),
        ("coordinator", "assignments.log", BROKEN),
        ("coordinator", "journal.db-wal", ENOSPC),
        ("miner", "signed.db-wal", BROKEN),
        ("coordinator", "assignments.log", ENOSPC),
        ("coordinator", "temporary", BROKEN),
        ("coordinator", "evidence.db-wal", ENOSPC),
        ("miner", "evidence.db-wal", BROKEN),
        ("coordinator", "responses", ENOSPC),
    ];
    let faults = &faults[..faults.len().min(cuts(2) as usize)];
    let mut failed = 0;
    for (role, kind, error) in faults.iter().copied() {
        // A miner that refuses more pauses for a minute.
        let times = if role == "miner" { 1 } else { world.random.random_range(1..4) };
        world.machine(role).disk.fail_syncs(kind, error, times);
        let begin = Instant::now();
        let asking = world
            .load(|world| {
                let machine = world.machine(role);
                (machine.has_ended() || machine.disk.failed_syncs() == times) || begin.elapsed() > LOAD
            })
            .await;
        // It is asked again before its power is cut.
        world.until_up(role).await;
        failed += u32::from(world.machine(role).disk.failed_syncs() > 0);
        world.machine(role).disk.fail_syncs(kind, error, 0);
        world.until_up(role).await;
        let begin = Instant::now();
        let more = world.load(|_| begin.elapsed() > LOAD / 3).await;
        world.cut(role);
        world.start(role);
        world.until_served().await;
        for got in asking.join_all().await {
            world.keep(got);
        }
        world.check(more).await;
        world.forget();
    }
    say(&format!("{failed} of {} syncs failed", faults.len()));
    assert!(failed as usize * 2 > faults.len(), "hardly a sync failed: {failed}");
}

/// Runs a command on a disk whose power is cut at one of its writes.
fn run_until_cut(chain: &Chain, disk: &Disk, arguments: &[&str], count: u32) -> Ran {
    disk.cut_at(ANY, count);
    let ran = run_on(chain, disk, arguments, true);
    disk.keep_power();
    // A command that ended loses its power a moment later.
    disk.cut();
    disk.restore();
    ran
}

fn run_on(chain: &Chain, disk: &Disk, arguments: &[&str], is_cut: bool) -> Ran {
    let mut command = chain.command(arguments);
    command.env("CUCKOO_DATA_DIR", disk.point()).env("HOME", disk.point());
    let mut command = disk.command(&command);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    if is_cut {
        disk.power(child.id());
    }
    Ran::new(child.wait_with_output().expect("ends"))
}

/// What a command says is done is done; what it has sent is known on this machine, and nothing is sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn f3_commands_whose_power_is_cut_send_nothing_twice_and_forget_nothing_that_they_said() {
    if !has_disks() {
        return;
    }
    let (cuts, seed) = (cuts(9).div_ceil(2), seed());
    say(&format!("CUCKOO_TEST_SEED={seed}"));
    let mut random = StdRng::seed_from_u64(seed);
    let chain = Chain::start().await;
    let client = chain.client().await;
    let disk = Disk::new(&chain.path("disk"), seed);
    disk.put("networks/local.json", &fs::read(chain.path("networks/local.json")).expect("read"));
    let staked = async || {
        let call = Staking::freeStakeOfCall { staker: account(0).address() };
        client.read(chain.network.staking, &call).await.expect("read")
    };
    let (mut done, mut keys, mut wallets) = (0, 0, vec![]);
    for round in 1..=cuts {
        let count = random.random_range(1..120);
        let (amount, before) = (format!("{round}"), staked().await);
        let ran = run_until_cut(&chain, &disk, &["stake", "deposit", &amount, "-a", "anvil:0"], count);
        let listed = run_on(&chain, &disk, &["tx", "list", "--json"], false).expect(0).data();
        for open in listed.as_array().expect("a list") {
            let hash = open["attempts"][0]["hash"].as_str().expect("a hash").to_owned();
            run_on(&chain, &disk, &["tx", "wait", &hash], false).expect(0);
        }
        let listed = run_on(&chain, &disk, &["tx", "list", "--all", "--json"], false).expect(0).data();
        let title = format!("Deposit {amount} CAI into your free stake");
        let known = listed.as_array().expect("a list").iter().filter(|intent| intent["title"] == *title).count();
        let gained = staked().await - before;
        assert_eq!(gained, units(u64::from(round)) * U256::from(known), "{listed}\n{ran:?}");
        assert!(ran.code != 0 || known == 1, "what was done is forgotten: {ran:?}");
        done += known;

        let ran = run_until_cut(&chain, &disk, &["coordinator", "keys", "new", &amount, "--json"], count % 20 + 1);
        let listed = run_on(&chain, &disk, &["coordinator", "keys", "list", "--json"], false).expect(0).data();
        let now = listed.as_array().expect("a list").len();
        assert!(now == keys || now == keys + 1, "{listed}");
        assert!(ran.code != 0 || now == keys + 1, "a key that was shown is lost: {ran:?}");
        keys = now;

        write_secret(&chain.path("password"), "correct horse");
        let (name, password) = (format!("wallet-{round}"), chain.password());
        let new = ["wallet", "new", &name, "--password-file", &password, "--json"];
        if run_until_cut(&chain, &disk, &new, count % 20 + 1).code == 0 {
            wallets.push(name);
        }
        let listed = run_on(&chain, &disk, &["wallet", "list", "--json"], false).expect(0).data().to_string();
        assert!(wallets.iter().all(|name| listed.contains(name)), "a wallet that was made is lost: {listed}");
    }
    say(&format!("{} cuts, {done} deposits, {keys} keys, {} wallets", cuts * 3, wallets.len()));
}
