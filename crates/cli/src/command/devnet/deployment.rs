//! Deploys the contracts of a local network, and grants their roles as `contracts/script/Deploy.s.sol` does.

use std::time::Duration;

use alloy::{
    primitives::Bytes,
    sol_types::{SolCall, SolConstructor},
};
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Call, ChainError, Client, Network, RandomnessKind},
    contract::{
        AccessManager, BlockRandomness, CAIToken, DisputeCourt, EmissionController, Faucet, JurorRegistry, Role,
        Settlement, Staking, authority,
    },
};

use crate::{
    account::session::{Sent, settle},
    terminal::{Error, Result},
};

/// The most epochs that a dispute takes, as in the court's contract.
const CASE_EPOCHS: u64 = 6;
/// Longest unbonding period that the staking contract accepts, in seconds.
const MAX_UNBONDING: u64 = 30 * 24 * 3_600;
/// How long a transaction may take on a chain that mines each one at once.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What the caller chooses; everything else is as the deploy script has it for a local network. Durations are in seconds.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// The network's name.
    pub name: String,
    /// Length of an epoch.
    pub epoch_seconds: u64,
    /// Time between two blocks, as expected.
    pub block_time: u64,
    /// Time from the retraction of stake to its release.
    pub unbonding: u64,
    /// Time after a ticket's deadline in which its receipt can be disputed.
    pub dispute_window: u64,
    /// Time until escrow can be withdrawn.
    pub thaw: u64,
    /// Time after a ticket's deadline until it can be claimed, and until what was settled can be collected.
    pub claim_delay: u64,
    /// Length of one emission period.
    pub period: u64,
    /// CAI of one faucet request.
    pub drip: Cai,
    /// Time between two faucet requests for one address.
    pub cooldown: u64,
    /// Zero bits that the hash of a faucet request's work has to begin with.
    pub work_bits: u8,
}

impl Parameters {
    /// The longest time that a dispute can take. Unbonding must take longer, so that stake cannot leave before a dispute ends.
    pub fn longest_dispute(epoch_seconds: u64, dispute_window: u64) -> u64 {
        epoch_seconds.saturating_mul(CASE_EPOCHS).saturating_add(dispute_window)
    }

    /// Refuses parameters that the contracts would refuse, before anything is deployed.
    pub fn check(&self) -> Result<()> {
        if self.epoch_seconds < self.block_time.saturating_mul(2) {
            return Err(Error::usage(format_args!(
                "an epoch of {} s is too short for blocks that come every {} s",
                self.epoch_seconds, self.block_time
            ))
            .hint("choose an epoch of at least two blocks: --epoch SECONDS"));
        }
        let need = Self::longest_dispute(self.epoch_seconds, self.dispute_window);
        if self.unbonding > MAX_UNBONDING {
            return Err(Error::usage(format_args!(
                "with epochs of {} s, a dispute can take longer than stake can be held back",
                self.epoch_seconds
            ))
            .hint("choose shorter epochs: --epoch SECONDS"));
        }
        if self.unbonding <= need {
            return Err(Error::usage(format_args!("unbonding must take longer than {need} s")));
        }
        Ok(())
    }
}

/// CAI that is emitted to miners over time.
const MINING_RESERVE: u64 = 300_000_000;
/// CAI that is emitted to coordinators over time.
const STAKING_RESERVE: u64 = 110_000_000;
const FAUCET_FUNDS: u64 = 100_000_000;
const DAILY_DRIPS: u64 = 10_000_000;
/// The part of its stake that a proven fault costs a coordinator, in hundredths of a percent.
const FAULT_BPS: u16 = 1_000;
const SEATS: u64 = 31;
const BOND: u64 = 1_000;
/// A bond is at least this part of the accused's stake, in hundredths of a percent.
const BOND_BPS: u16 = 50;
/// What a juror is docked for each seat, in CAI.
const JUROR_DOCK: u64 = 20;

/// Deploys a network under the client's key, which becomes its treasury, governor and administrator.
pub async fn deploy(client: &Client, parameters: &Parameters) -> Result<Network> {
    parameters.check()?;
    let owner = client.address().ok_or(ChainError::NoSigner)?;
    let deployed_at = client.head().await?.number;
    let token = CAIToken::constructorCall { treasury: owner };
    let cai = create(client, "CAI", &CAIToken::BYTECODE, &token).await?;
    let manager = AccessManager::constructorCall { initialAdmin: owner };
    let manager = create(client, "AccessManager", &AccessManager::BYTECODE, &manager).await?;
    let staking = Staking::constructorCall {
        cai_: cai,
        epochSeconds_: parameters.epoch_seconds,
        unbondingPeriod_: parameters.unbonding,
        authority_: manager,
    };
    let staking = create(client, "Staking", &Staking::BYTECODE, &staking).await?;
    let emission =
        EmissionController::constructorCall { staking_: staking, period_: parameters.period, authority_: manager };
    let emission = create(client, "EmissionController", &EmissionController::BYTECODE, &emission).await?;
    let settlement = Settlement::constructorCall {
        staking_: staking,
        authority_: manager,
        disputeWindow_: parameters.dispute_window,
        thawPeriod_: parameters.thaw,
        claimDelay_: parameters.claim_delay,
        faultBps_: FAULT_BPS,
    };
    let settlement = create(client, "Settlement", &Settlement::BYTECODE, &settlement).await?;
    let (randomness, court) = deploy_court(client, parameters, staking, settlement, manager).await?;
    let network = Network {
        name: parameters.name.clone(),
        staking,
        cai,
        settlement,
        court: Some(court),
        emission: Some(emission),
        randomness: Some(randomness),
        randomness_kind: Some(RandomnessKind::Block),
        authority: Some(manager),
        deployed_at,
        epoch_seconds: parameters.epoch_seconds,
        block_time_ms: parameters.block_time * 1_000,
        ..client.network().clone()
    };
    grant_roles(client, &Wiring { manager, staking, emission, settlement, court }, owner).await?;
    fund_reserves(client, cai, emission).await?;
    let faucet = Some(deploy_faucet(client, cai, owner, parameters).await?);
    Ok(Network { faucet, ..network })
}

/// Deploys the source of randomness, the registry of jurors, and the court. Returns the first and the last.
async fn deploy_court(
    client: &Client,
    parameters: &Parameters,
    staking: Address,
    settlement: Address,
    manager: Address,
) -> Result<(Address, Address)> {
    let randomness = create_with_code(client, "BlockRandomness", BlockRandomness::BYTECODE.to_vec()).await?;
    let jurors = JurorRegistry::constructorCall { staking_: staking };
    let jurors = create(client, "JurorRegistry", &JurorRegistry::BYTECODE, &jurors).await?;
    let court = DisputeCourt::constructorCall {
        staking_: staking,
        settlement_: settlement,
        randomness_: randomness,
        jurors_: jurors,
        authority_: manager,
        terms: DisputeCourt::Terms {
            seats: U256::from(SEATS),
            window: parameters.dispute_window,
            minimumJury: U256::ZERO.to(),
        },
        parameters_: DisputeCourt::Parameters {
            bond: Cai::from_whole(BOND).base_units().to(),
            bondBps: BOND_BPS,
            equivocationBps: 5_000,
            falsifiedBps: 2_000,
            jurorDock: Cai::from_whole(JUROR_DOCK).base_units().to(),
        },
    };
    let court = create(client, "DisputeCourt", &DisputeCourt::BYTECODE, &court).await?;
    Ok((randomness, court))
}

/// The manager's own functions whose calls a guardian can cancel.
const ADMINISTRATION: [[u8; 4]; 9] = [
    AccessManager::grantRoleCall::SELECTOR,
    AccessManager::setTargetFunctionRoleCall::SELECTOR,
    AccessManager::setTargetClosedCall::SELECTOR,
    AccessManager::setTargetAdminDelayCall::SELECTOR,
    AccessManager::updateAuthorityCall::SELECTOR,
    AccessManager::setRoleAdminCall::SELECTOR,
    AccessManager::setRoleGuardianCall::SELECTOR,
    AccessManager::setGrantDelayCall::SELECTOR,
    AccessManager::labelRoleCall::SELECTOR,
];

struct Wiring {
    manager: Address,
    staking: Address,
    emission: Address,
    settlement: Address,
    court: Address,
}

/// Assigns a role to each restricted function and grants the roles, all in one transaction.
async fn grant_roles(client: &Client, contracts: &Wiring, governor: Address) -> Result<()> {
    let Wiring { manager, staking, emission, settlement, court } = *contracts;
    let label = |role: u64, name: &str| AccessManager::labelRoleCall { roleId: role, label: name.into() }.abi_encode();
    let assign = |target: Address, selectors: &[[u8; 4]], role: u64| {
        let selectors = selectors.iter().map(Into::into).collect();
        AccessManager::setTargetFunctionRoleCall { target, selectors, roleId: role }.abi_encode()
    };
    let grant = |role: u64, account: Address| {
        AccessManager::grantRoleCall { roleId: role, account, executionDelay: 0 }.abi_encode()
    };
    let data = [
        label(authority::GOVERNOR, "GOVERNOR"),
        label(authority::SLASHER, "SLASHER"),
        label(authority::EMISSION, "EMISSION"),
        label(authority::PAUSER, "PAUSER"),
        label(authority::PAYMENT, "PAYMENT"),
        label(authority::GUARDIAN, "GUARDIAN"),
        assign(staking, &[Staking::slashCall::SELECTOR, Staking::chargeCall::SELECTOR], authority::SLASHER),
        assign(staking, &[Staking::recordPaymentCall::SELECTOR], authority::PAYMENT),
        assign(staking, &[Staking::notifyEmissionCall::SELECTOR], authority::EMISSION),
        assign(staking, &[Staking::pauseCall::SELECTOR, Staking::unpauseCall::SELECTOR], authority::PAUSER),
        assign(
            emission,
            &[EmissionController::setHalvingCall::SELECTOR, EmissionController::migrateCall::SELECTOR],
            authority::GOVERNOR,
        ),
        assign(
            settlement,
            &[Settlement::setFaultBpsCall::SELECTOR, Settlement::retireCall::SELECTOR],
            authority::GOVERNOR,
        ),
        assign(
            court,
            &[DisputeCourt::setParametersCall::SELECTOR, DisputeCourt::retireCall::SELECTOR],
            authority::GOVERNOR,
        ),
        grant(authority::EMISSION, emission),
        grant(authority::SLASHER, settlement),
        grant(authority::PAYMENT, settlement),
        grant(authority::SLASHER, court),
        grant(authority::GOVERNOR, governor),
        grant(authority::PAUSER, governor),
        grant(authority::GUARDIAN, governor),
    ];
    let watched = (authority::GOVERNOR..=authority::PAYMENT)
        .map(|role| AccessManager::setRoleGuardianCall { roleId: role, guardian: authority::GUARDIAN }.abi_encode());
    // What the manager's administrators schedule is the guardian's to cancel as well.
    let own = assign(manager, &ADMINISTRATION, authority::GOVERNOR);
    let data = data.into_iter().chain(watched).chain([own]).map(Bytes::from).collect();
    send(client, &Call::new(manager, &AccessManager::multicallCall { data })).await?;
    Ok(())
}

/// Fills the emission reserves. Their first periods begin once somebody earns.
async fn fund_reserves(client: &Client, cai: Address, emission: Address) -> Result<()> {
    let all = Cai::from_whole(MINING_RESERVE + STAKING_RESERVE);
    send(client, &Call::new(cai, &CAIToken::approveCall { spender: emission, value: all.base_units() })).await?;
    for (role, reserve) in [(Role::Miner, MINING_RESERVE), (Role::Coordinator, STAKING_RESERVE)] {
        let amount = Cai::from_whole(reserve).base_units();
        send(client, &Call::new(emission, &EmissionController::fundCall { role: role as u8, amount })).await?;
    }
    Ok(())
}

/// Starts the present emission period of a role, unless it was started. A node of the role has to be registered.
pub async fn start_period(client: &Client, role: Role) -> Result<()> {
    let Some(emission) = client.network().emission else { return Ok(()) };
    let call = Call::new(emission, &EmissionController::startPeriodCall { role: role as u8 });
    match client.send(&call, TIMEOUT).await {
        Err(ChainError::Reverts(revert)) if revert.name == "PeriodRunning" => Ok(()),
        sent => settle(sent?, TIMEOUT).map(drop),
    }
}

async fn deploy_faucet(client: &Client, cai: Address, admin: Address, parameters: &Parameters) -> Result<Address> {
    let coin = U256::from(10).pow(U256::from(18));
    let faucet = Faucet::constructorCall {
        cai_: cai,
        dripAmount_: parameters.drip.base_units(),
        cooldown_: parameters.cooldown,
        dailyCap_: Cai::from_whole(DAILY_DRIPS).base_units(),
        gasAmount_: coin,
        admin_: admin,
        workBits_: parameters.work_bits,
    };
    let faucet = create(client, "Faucet", &Faucet::BYTECODE, &faucet).await?;
    let funds = CAIToken::transferCall { to: faucet, value: Cai::from_whole(FAUCET_FUNDS).base_units() };
    send(client, &Call::new(cai, &funds)).await?;
    send(client, &Call::new(faucet, &Faucet::setGranterCall { granter: admin, allowed: true })).await?;
    send(client, &Call::transfer(faucet, coin * U256::from(1_000))).await?;
    Ok(faucet)
}

async fn create(client: &Client, name: &str, bytecode: &[u8], constructor: &impl SolConstructor) -> Result<Address> {
    create_with_code(client, name, [bytecode, &constructor.abi_encode()].concat()).await
}

async fn create_with_code(client: &Client, name: &str, code: Vec<u8>) -> Result<Address> {
    let sent = send(client, &Call::create(code.into())).await;
    match sent.map_err(|error| error.context(format_args!("deploying {name}")))? {
        Sent::Confirmed { created: Some(address), .. } => Ok(address),
        _ => Err(Error::failure(format_args!("deploying {name} created no contract"))),
    }
}

async fn send(client: &Client, call: &Call) -> Result<Sent> {
    settle(client.send(call, TIMEOUT).await?, TIMEOUT)
}
