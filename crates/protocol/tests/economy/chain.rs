//! The committed contracts on an in-process EVM.

use alloy::{
    primitives::{Address, Bytes, Log, TxKind, U256},
    sol,
    sol_types::{SolCall, SolConstructor},
};
use cuckoo_protocol::{
    Cai,
    economy::{Now, Parameters, Permission},
};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm,
    context::{BlockEnv, TxEnv, result::ExecutionResult},
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};

sol!(CAIToken, "../../contracts/artifacts/CAIToken.json");
sol!(EmissionController, "../../contracts/artifacts/EmissionController.json");
sol!(
    #[derive(Debug, PartialEq)]
    Settlement,
    "../../contracts/artifacts/Settlement.json"
);
sol!(
    #[derive(Debug, PartialEq)]
    Staking,
    "../../contracts/artifacts/Staking.json"
);

/// All CAI there will ever be.
pub(crate) const SUPPLY: u64 = 1_000_000_000;
const GAS_LIMIT: u64 = 16_000_000;
const DEPLOYER: Address = Address::repeat_byte(0xde);
/// Stands in for the AccessManager: `canCall(caller, target, selector)` is the storage slot `caller ^ selector`, and no delay.
const AUTHORITY: Address = Address::repeat_byte(0xac);
/// calldataload(4), calldataload(0x44), xor, sload, mstore(0, _), return(0, 0x40)
const AUTHORITY_CODE: [u8; 14] = [0x60, 4, 0x35, 0x60, 0x44, 0x35, 0x18, 0x54, 0x5f, 0x52, 0x60, 0x40, 0x5f, 0xf3];

/// A chain with the network's contracts, at the state of one moment.
#[derive(Clone)]
pub(crate) struct Deployment {
    pub(crate) database: InMemoryDB,
    pub(crate) token: Address,
    pub(crate) parameters: Parameters,
    /// Another emission controller of the same token and staking contract.
    pub(crate) successor: Address,
}

/// That chain, running.
pub(crate) struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
}

/// What a transaction came to: its logs, or the data that it reverted with.
pub(crate) type Outcome = Result<Vec<Log>, Bytes>;

impl Deployment {
    /// Deploys the contracts, with the whole supply in the treasury's hands.
    pub(crate) fn new(treasury: Address, now: Now) -> Self {
        let mut database = InMemoryDB::default();
        let code = Bytecode::new_legacy(AUTHORITY_CODE.to_vec().into());
        database.insert_account_info(AUTHORITY, AccountInfo::from_bytecode(code));
        let mut chain = Chain::new(database, 31_337);
        chain.at(now);
        let mut parameters = Parameters {
            chain_id: 31_337,
            staking: Address::ZERO,
            emission: Address::ZERO,
            settlement: Address::ZERO,
            epoch_seconds: 1_800,
            unbonding_period: 7 * 86_400,
            period: 7 * 86_400,
            dispute_window: 2 * 86_400,
            thaw_period: 3 * 86_400,
            claim_delay: 4 * 3_600,
            fault_bps: 1_000,
        };
        let token = chain.create(&CAIToken::BYTECODE, CAIToken::constructorCall { treasury });
        parameters.staking = chain.create(
            &Staking::BYTECODE,
            Staking::constructorCall {
                cai_: token,
                epochSeconds_: parameters.epoch_seconds,
                unbondingPeriod_: parameters.unbonding_period,
                authority_: AUTHORITY,
            },
        );
        let mut controller = || {
            chain.create(
                &EmissionController::BYTECODE,
                EmissionController::constructorCall {
                    staking_: parameters.staking,
                    period_: parameters.period,
                    authority_: AUTHORITY,
                },
            )
        };
        parameters.emission = controller();
        let successor = controller();
        parameters.settlement = chain.create(
            &Settlement::BYTECODE,
            Settlement::constructorCall {
                staking_: parameters.staking,
                authority_: AUTHORITY,
                disputeWindow_: parameters.dispute_window,
                thawPeriod_: parameters.thaw_period,
                claimDelay_: parameters.claim_delay,
                faultBps_: parameters.fault_bps,
            },
        );
        let mut deployment = Self { database: chain.into_database(), token, parameters, successor };
        deployment.grant(Permission::Slasher, deployment.parameters.settlement);
        deployment.grant(Permission::Payment, deployment.parameters.settlement);
        deployment.grant(Permission::Emission, deployment.parameters.emission);
        deployment
    }

    /// Gives `account` a permission.
    pub(crate) fn grant(&mut self, permission: Permission, account: Address) {
        let selectors: &[[u8; 4]] = match permission {
            Permission::Governor => &[
                EmissionController::setHalvingCall::SELECTOR,
                EmissionController::migrateCall::SELECTOR,
                Settlement::setFaultBpsCall::SELECTOR,
                Settlement::retireCall::SELECTOR,
            ],
            Permission::Slasher => &[Staking::slashCall::SELECTOR, Staking::chargeCall::SELECTOR],
            Permission::Payment => &[Staking::recordPaymentCall::SELECTOR],
            Permission::Emission => &[Staking::notifyEmissionCall::SELECTOR],
            Permission::Pauser => &[Staking::pauseCall::SELECTOR, Staking::unpauseCall::SELECTOR],
        };
        for selector in selectors {
            let slot = U256::from_be_bytes(account.into_word().0) ^ (U256::from(u32::from_be_bytes(*selector)) << 224);
            self.database.insert_account_storage(AUTHORITY, slot, U256::ONE).expect("in memory");
        }
    }

    /// Starts a chain from this state.
    pub(crate) fn start(&self) -> Chain {
        Chain::new(self.database.clone(), self.parameters.chain_id)
    }
}

impl Chain {
    fn new(database: InMemoryDB, chain_id: u64) -> Self {
        let context = Context::mainnet().with_db(database).modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN);
            cfg.chain_id = chain_id;
            cfg.disable_nonce_check = true;
        });
        Self { evm: context.build_mainnet() }
    }

    /// The state so far.
    pub(crate) fn into_database(self) -> InMemoryDB {
        self.evm.ctx.journaled_state.database
    }

    /// From now on it is this block.
    pub(crate) fn at(&mut self, now: Now) {
        self.evm.set_block(BlockEnv {
            // Nothing in the contracts depends on it.
            number: U256::from(now.time),
            timestamp: U256::from(now.time),
            basefee: 0,
            ..BlockEnv::default()
        });
    }

    fn create(&mut self, bytecode: &Bytes, arguments: impl SolConstructor) -> Address {
        let code: Vec<u8> = bytecode.iter().copied().chain(arguments.abi_encode()).collect();
        let transaction = transaction(DEPLOYER, TxKind::Create, code.into());
        let result = self.evm.transact_commit(transaction).expect("a valid transaction");
        result.created_address().unwrap_or_else(|| panic!("not deployed: {result:?}"))
    }

    /// Sends a transaction.
    pub(crate) fn send(&mut self, from: Address, to: Address, data: Bytes) -> Outcome {
        match self.evm.transact_commit(transaction(from, TxKind::Call(to), data)).expect("a valid transaction") {
            ExecutionResult::Success { logs, .. } => Ok(logs),
            ExecutionResult::Revert { output, .. } => Err(output),
            halt @ ExecutionResult::Halt { .. } => panic!("{halt:?}"),
        }
    }

    /// Calls a view.
    pub(crate) fn view<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let transaction = transaction(DEPLOYER, TxKind::Call(to), call.abi_encode().into());
        let result = self.evm.transact(transaction).expect("a valid transaction").result;
        assert!(result.is_success(), "{}: {result:?}", C::SIGNATURE);
        C::abi_decode_returns(result.output().expect("a call's output")).expect("the artifact's ABI")
    }
}

fn transaction(caller: Address, kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv { caller, kind, data, gas_limit: GAS_LIMIT, gas_price: 0, chain_id: Some(31_337), ..TxEnv::default() }
}

/// The whole supply.
pub(crate) fn supply() -> Cai {
    Cai::from_whole(SUPPLY)
}
