//! Who takes part: people and node keys, what they sign, and the states that traces start from.

use std::{cell::RefCell, collections::BTreeMap};

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_protocol::{
    Cai,
    contract::Role,
    economy::{Description, Economy, Now, Operation, Parameters, Permission, Registration},
    message::signature_bytes,
};

use crate::{
    chain::{self, Deployment},
    compare::Run,
};

const PEOPLE: usize = 6;
const KEYS: usize = 9;

/// Node keys from here on are a coordinator's by habit, and those before a miner's.
const COORDINATORS: usize = 5;

/// When everything begins.
pub(crate) const GENESIS: Now = Now { time: 1_700_000_000 };

/// Contracts and model in the same state.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) deployment: Deployment,
    pub(crate) economy: Economy,
    pub(crate) now: Now,
}

/// Everyone, and where traces begin.
pub(crate) struct World {
    /// The first one holds all permissions and most of the supply, the last one nothing.
    pub(crate) people: Vec<Address>,
    /// Keys of nodes, registered or not.
    pub(crate) keys: Vec<Address>,
    signers: BTreeMap<Address, PrivateKeySigner>,
    /// Just deployed.
    pub(crate) bare: Scene,
    /// With nodes, votes, streams and escrow.
    pub(crate) furnished: Scene,
}

fn signer(name: &str, index: usize) -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&keccak256(format!("{name} {index}"))).expect("a valid key")
}

impl World {
    /// Deploys everything. The model gets the parameters that the contracts have, as `alter` leaves them.
    pub(crate) fn new(alter: impl FnOnce(&mut Parameters)) -> Self {
        let people: Vec<_> = (0..PEOPLE).map(|index| signer("person", index)).collect();
        let keys: Vec<_> = (0..KEYS).map(|index| signer("node", index)).collect();
        let signers = people.iter().chain(&keys).map(|signer| (signer.address(), signer.clone())).collect();
        let people: Vec<_> = people.iter().map(PrivateKeySigner::address).collect();
        let keys = keys.iter().map(PrivateKeySigner::address).collect();

        let first = people[0];
        let mut deployment = Deployment::new(first, GENESIS);
        let mut parameters = deployment.parameters.clone();
        alter(&mut parameters);
        let mut economy = Economy::new(parameters, first, chain::supply());
        for permission in
            [Permission::Governor, Permission::Slasher, Permission::Emission, Permission::Pauser, Permission::Payment]
        {
            economy.grant(permission, first);
            deployment.grant(permission, first);
        }
        let bare = Scene { deployment, economy, now: GENESIS };
        let mut world = Self { people, keys, signers, furnished: bare.clone(), bare };
        world.bare = world.after(&world.bare, world.supplies());
        world.furnished = world.bare.clone();
        world
    }

    /// Registers nodes, votes, funds the reserves and escrows.
    pub(crate) fn furnish(&mut self) {
        self.furnished = self.after(&self.bare, self.furniture());
    }

    /// The registered role that a key has by habit.
    pub(crate) fn role(&self, key: Address) -> Role {
        match self.keys.iter().position(|other| *other == key) {
            Some(index) if index >= COORDINATORS => Role::Coordinator,
            _ => Role::Miner,
        }
    }

    /// Keys of coordinators by habit.
    pub(crate) fn coordinators(&self) -> &[Address] {
        &self.keys[COORDINATORS..]
    }

    /// Keys of miners by habit.
    pub(crate) fn miners(&self) -> &[Address] {
        &self.keys[..COORDINATORS]
    }

    /// Signs a digest with anyone's key. The same few messages are signed over and over, so signatures are kept.
    pub(crate) fn sign(&self, who: Address, digest: B256) -> Bytes {
        thread_local! {
            static KNOWN: RefCell<BTreeMap<(Address, B256), Bytes>> = const { RefCell::new(BTreeMap::new()) };
        }
        KNOWN.with_borrow_mut(|known| {
            let fresh = || signature_bytes(&self.signers[&who].sign_hash_sync(&digest).expect("signs"));
            known.entry((who, digest)).or_insert_with(fresh).clone()
        })
    }

    fn after(&self, scene: &Scene, operations: Vec<(Address, Operation)>) -> Scene {
        let mut run = Run::new(scene);
        for (caller, operation) in operations {
            let agreed = run.step(self, caller, &operation, scene.now);
            assert!(matches!(agreed, Ok(Ok(_))), "{operation:?}: {agreed:?}");
        }
        run.scene(scene)
    }

    /// CAI in hand and allowances for most.
    fn supplies(&self) -> Vec<(Address, Operation)> {
        let Parameters { staking, emission, settlement, .. } = self.bare.deployment.parameters;
        let give = |to: usize, cai| Operation::Transfer { to: self.people[to], amount: Cai::from_whole(cai) };
        let mut operations: Vec<_> = [give(1, 60_000_000), give(2, 40_000_000), give(3, 5_000_000), give(4, 200_000)]
            .map(|operation| (self.people[0], operation))
            .into();
        let all = Cai::from_base_units(alloy::primitives::U256::MAX);
        for person in &self.people[..4] {
            for spender in [staking, emission, settlement] {
                operations.push((*person, Operation::Approve { spender, amount: all }));
            }
        }
        operations
    }

    fn furniture(&self) -> Vec<(Address, Operation)> {
        let cai = Cai::from_whole;
        let (p, n) = (&self.people, &self.keys);
        let deposit = |who: usize, amount| (p[who], Operation::Deposit { amount: cai(amount), permit: None });
        let register = |who: usize, node: usize, stake| {
            let description = Description {
                name: format!("node {node}"),
                introduction: String::new(),
                endpoint: "wss://example.org/link".into(),
            };
            let registration = Registration {
                node: n[node],
                role: self.role(n[node]),
                self_stake: cai(stake),
                description,
                deadline: alloy::primitives::U256::from(GENESIS.time),
            };
            (p[who], Operation::Register(Box::new(registration)))
        };
        let vote = |who: usize, node: usize, amount| {
            (p[who], Operation::Vote { node: n[node], amount: cai(amount), max_commission: 1_500 })
        };
        let fund = |role, amount| (p[0], Operation::Fund { role, amount: cai(amount) });
        let stream =
            |role, amount| (p[0], Operation::NotifyEmission { role, amount: cai(amount), duration: 30 * 86_400 });
        let escrow = |who: usize, node: usize, amount| {
            (p[who], Operation::DepositEscrow { coordinator: n[node], amount: cai(amount), permit: None })
        };
        vec![
            deposit(1, 20_000_000),
            deposit(2, 10_000_000),
            deposit(3, 1_000_000),
            register(1, 0, 30_000),
            register(2, 1, 20_001),
            register(1, 5, 3_000_000),
            register(2, 6, 2_000_001),
            (p[2], Operation::AnnounceCommission { node: n[1], bps: 1_500 }),
            vote(3, 0, 100_000),
            vote(2, 0, 70_001),
            vote(3, 1, 50_000),
            vote(3, 5, 400_000),
            fund(Role::Miner, 300_000_000),
            fund(Role::Coordinator, 110_000_000),
            stream(Role::Miner, 1_000_000),
            stream(Role::Coordinator, 333_333),
            escrow(1, 5, 10_000),
            escrow(3, 6, 777),
        ]
    }
}
