//! Deploys the contracts of a local network, and grants their roles as `contracts/script/Deploy.s.sol` does.

use std::time::Duration;

use alloy::{
    primitives::Bytes,
    sol_types::{SolCall, SolConstructor},
};
use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Call, Client, Network},
    contract::{
        AccessManager, CAIToken, DisputeCourt, EmissionController, Faucet, Role, Settlement, Staking, authority,
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
    /// Length of an epoch in blocks.
    pub epoch_blocks: u64,
    /// Longest time between two blocks.
    pub block_time: u64,
    /// Time from the retraction of stake to its release.
    pub unbonding: u64,
    /// Time after a ticket's deadline in which its receipt can be disputed.
    pub dispute_window: u64,
    /// Time until escrow can be withdrawn.
    pub thaw: u64,
    /// Length of one emission period.
    pub period: u64,
    /// CAI of one faucet request.
    pub drip: Cai,
    /// Time between two faucet requests for one address.
    pub cooldown: u64,
}

impl Parameters {
    /// The longest time that a dispute can take. Unbonding must take longer, so that stake cannot leave before a dispute ends.
    pub fn longest_dispute(epoch_blocks: u64, block_time: u64, dispute_window: u64) -> u64 {
        epoch_blocks.saturating_mul(block_time).saturating_mul(CASE_EPOCHS).saturating_add(dispute_window)
    }

    /// Refuses parameters that the contracts would refuse, before anything is deployed.
    pub fn check(&self) -> Result<()> {
        let need = Self::longest_dispute(self.epoch_blocks, self.block_time, self.dispute_window);
        if self.unbonding > MAX_UNBONDING {
            return Err(Error::usage(format_args!(
                "with epochs of {} blocks, a dispute can take longer than stake can be held back",
                self.epoch_blocks
            ))
            .hint("choose shorter epochs: --epoch-blocks N"));
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
const SEATS: u64 = 3;
const BOND: u64 = 1_000;

/// Deploys a network under the client's key, which becomes its treasury, governor and administrator.
pub async fn deploy(client: &Client, parameters: &Parameters) -> Result<Network> {
    parameters.check()?;
    let owner = client.address().ok_or(cuckoo_protocol::chain::ChainError::NoSigner)?;
    let deployed_at = client.head().await?.number;
    let token = CAIToken::constructorCall { treasury: owner };
    let cai = create(client, "CAI", &CAIToken::BYTECODE, &token).await?;
    let manager = AccessManager::constructorCall { initialAdmin: owner };
    let manager = create(client, "AccessManager", &AccessManager::BYTECODE, &manager).await?;
    let staking = Staking::constructorCall {
        cai_: cai,
        epochBlocks_: parameters.epoch_blocks,
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
        claimDelay_: 0,
        faultBps_: FAULT_BPS,
    };
    let settlement = create(client, "Settlement", &Settlement::BYTECODE, &settlement).await?;
    let court = DisputeCourt::constructorCall {
        staking_: staking,
        authority_: manager,
        seats_: U256::from(SEATS),
        window_: parameters.dispute_window,
        maxBlockTime_: parameters.block_time,
        parameters_: DisputeCourt::Parameters {
            bond: Cai::from_whole(BOND).base_units().to(),
            equivocationBps: 5_000,
            falsifiedBps: 2_000,
            jurorBps: 10,
        },
    };
    let court = create(client, "DisputeCourt", &DisputeCourt::BYTECODE, &court).await?;
    let network = Network {
        name: parameters.name.clone(),
        staking,
        cai,
        settlement,
        court: Some(court),
        emission: Some(emission),
        authority: Some(manager),
        deployed_at,
        epoch_blocks: parameters.epoch_blocks,
        block_time_ms: parameters.block_time * 1_000,
        ..client.network().clone()
    };
    grant_roles(client, &Wiring { manager, staking, emission, settlement, court }, owner).await?;
    fill_reserves(client, cai, emission).await?;
    let faucet = Some(deploy_faucet(client, cai, owner, parameters).await?);
    Ok(Network { faucet, ..network })
}

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
        assign(staking, &[Staking::slashCall::SELECTOR], authority::SLASHER),
        assign(staking, &[Staking::notifyEmissionCall::SELECTOR], authority::EMISSION),
        assign(staking, &[Staking::pauseCall::SELECTOR, Staking::unpauseCall::SELECTOR], authority::PAUSER),
        assign(emission, &[EmissionController::setHalvingCall::SELECTOR], authority::GOVERNOR),
        assign(settlement, &[Settlement::setFaultBpsCall::SELECTOR], authority::GOVERNOR),
        assign(court, &[DisputeCourt::setParametersCall::SELECTOR], authority::GOVERNOR),
        grant(authority::EMISSION, emission),
        grant(authority::SLASHER, settlement),
        grant(authority::SLASHER, court),
        grant(authority::GOVERNOR, governor),
        grant(authority::PAUSER, governor),
    ];
    let data = data.into_iter().map(Bytes::from).collect();
    send(client, &Call::new(manager, &AccessManager::multicallCall { data })).await?;
    Ok(())
}

/// Fills the emission reserves and starts their first periods.
async fn fill_reserves(client: &Client, cai: Address, emission: Address) -> Result<()> {
    let all = Cai::from_whole(MINING_RESERVE + STAKING_RESERVE);
    send(client, &Call::new(cai, &CAIToken::approveCall { spender: emission, value: all.base_units() })).await?;
    for (role, reserve) in [(Role::Miner, MINING_RESERVE), (Role::Coordinator, STAKING_RESERVE)] {
        let amount = Cai::from_whole(reserve).base_units();
        send(client, &Call::new(emission, &EmissionController::fundCall { role: role as u8, amount })).await?;
        send(client, &Call::new(emission, &EmissionController::startPeriodCall { role: role as u8 })).await?;
    }
    Ok(())
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
    };
    let faucet = create(client, "Faucet", &Faucet::BYTECODE, &faucet).await?;
    let funds = CAIToken::transferCall { to: faucet, value: Cai::from_whole(FAUCET_FUNDS).base_units() };
    send(client, &Call::new(cai, &funds)).await?;
    send(client, &Call::new(faucet, &Faucet::setGranterCall { granter: admin, allowed: true })).await?;
    send(client, &Call::transfer(faucet, coin * U256::from(1_000))).await?;
    Ok(faucet)
}

async fn create(client: &Client, name: &str, bytecode: &[u8], constructor: &impl SolConstructor) -> Result<Address> {
    let code = [bytecode, &constructor.abi_encode()].concat();
    let sent = send(client, &Call::create(code.into())).await;
    match sent.map_err(|error| error.context(format_args!("deploying {name}")))? {
        Sent::Confirmed { created: Some(address), .. } => Ok(address),
        _ => Err(Error::failure(format_args!("deploying {name} created no contract"))),
    }
}

async fn send(client: &Client, call: &Call) -> Result<Sent> {
    settle(client.send(call, TIMEOUT).await?, TIMEOUT)
}
