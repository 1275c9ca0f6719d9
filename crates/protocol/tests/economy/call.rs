//! Operations as transactions: which contract, which function, and the signatures that go with it.

use alloy::{
    primitives::{Address, Bytes, U256},
    sol,
    sol_types::{SolCall, SolStruct, eip712_domain},
};
use cuckoo_protocol::{
    contract::Role,
    economy::{Description, Item, Operation, Registration, Rotation},
    message::{self, Domain, Message, Receipt, Ticket, Voucher},
};

use crate::{
    chain::{CAIToken, Deployment, EmissionController, Messages, Settlement, Staking},
    world::World,
};

sol! {
    /// EIP-2612.
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

/// Makes transactions of `caller`, whose next permit has the nonce `nonce`.
pub(crate) struct Caller<'a> {
    pub(crate) world: &'a World,
    pub(crate) deployment: &'a Deployment,
    pub(crate) caller: Address,
    pub(crate) nonce: u64,
    /// The role of the node that the operation names.
    pub(crate) role: Option<Role>,
}

impl Caller<'_> {
    /// The contract to call, and with what.
    pub(crate) fn transaction(&self, operation: &Operation) -> (Address, Bytes) {
        let parameters = &self.deployment.parameters;
        let data = match operation {
            Operation::Transfer { .. } | Operation::Approve { .. } => return (self.deployment.token, token(operation)),
            Operation::Fund { .. }
            | Operation::StartPeriod { .. }
            | Operation::SetHalving { .. }
            | Operation::Migrate { .. } => return (parameters.emission, emission(operation)),
            Operation::DepositEscrow { .. }
            | Operation::StartThaw { .. }
            | Operation::WithdrawEscrow { .. }
            | Operation::Settle { .. }
            | Operation::Collect { .. }
            | Operation::Redeem { .. }
            | Operation::ClaimTicket { .. }
            | Operation::PayOut { .. }
            | Operation::Announce { .. }
            | Operation::Retire
            | Operation::ProveContradiction { .. }
            | Operation::ProveShortSettlement { .. }
            | Operation::SetFaultBps { .. } => return (parameters.settlement, self.settlement(operation)),
            staking => self.staking(staking),
        };
        (parameters.staking, data)
    }

    fn domain(&self, contract: Address) -> Domain {
        Domain::new(self.deployment.parameters.chain_id, contract)
    }

    /// Signs what is meant for the settlement contract.
    fn sign(&self, who: Address, message: &impl Message) -> Bytes {
        self.world.sign(who, self.domain(self.deployment.parameters.settlement).digest(message))
    }

    /// The signature of a permit of `amount` for `spender`, in parts.
    fn permit(&self, spender: Address, value: U256, deadline: u64) -> (u8, [u8; 32], [u8; 32]) {
        let permit = Permit {
            owner: self.caller,
            spender,
            value,
            nonce: U256::from(self.nonce),
            deadline: U256::from(deadline),
        };
        let domain = eip712_domain! {
            name: "Cuckoo AI",
            version: "1",
            chain_id: self.deployment.parameters.chain_id,
            verifying_contract: self.deployment.token,
        };
        let signature = self.world.sign(self.caller, permit.eip712_signing_hash(&domain));
        let part = |from: usize| signature[from..from + 32].try_into().expect("32 bytes");
        (signature[64], part(0), part(32))
    }

    fn staking(&self, operation: &Operation) -> Bytes {
        let spender = self.deployment.parameters.staking;
        match operation {
            Operation::Deposit { amount, permit: None } => {
                Staking::depositCall { amount: amount.base_units() }.abi_encode()
            }
            Operation::Deposit { amount, permit: Some(deadline) } => {
                let (v, r, s) = self.permit(spender, amount.base_units(), *deadline);
                let (amount, deadline) = (amount.base_units(), U256::from(*deadline));
                Staking::depositWithPermitCall { amount, deadline, v, r: r.into(), s: s.into() }.abi_encode()
            }
            Operation::Withdraw { amount } => Staking::withdrawCall { amount: amount.base_units() }.abi_encode(),
            Operation::Register(registration) => self.register(registration),
            Operation::Update { node, description } => {
                let Description { name, introduction, endpoint } = (**description).clone();
                Staking::updateCall { node: *node, name, introduction, endpoint }.abi_encode()
            }
            Operation::Deregister { node } => Staking::deregisterCall { node: *node }.abi_encode(),
            Operation::AnnounceCommission { node, bps } => {
                Staking::announceCommissionCall { node: *node, bps: *bps }.abi_encode()
            }
            Operation::Vote { node, amount, max_commission } => {
                let (node, amount, max) = (*node, amount.base_units(), *max_commission);
                Staking::voteCall { node, amount, maxCommissionBps: max }.abi_encode()
            }
            Operation::DepositAndVote { node, amount, max_commission, permit: None } => {
                let (node, amount, max) = (*node, amount.base_units(), *max_commission);
                Staking::depositAndVoteCall { node, amount, maxCommissionBps: max }.abi_encode()
            }
            Operation::DepositAndVote { node, amount, max_commission, permit: Some(deadline) } => {
                let max = *max_commission;
                let (v, r, s) = self.permit(spender, amount.base_units(), *deadline);
                let (amount, deadline) = (amount.base_units(), U256::from(*deadline));
                let (node, r, s) = (*node, r.into(), s.into());
                Staking::depositAndVoteWithPermitCall { node, amount, maxCommissionBps: max, deadline, v, r, s }
                    .abi_encode()
            }
            Operation::Retract { node, amount } => {
                Staking::retractCall { node: *node, amount: amount.base_units() }.abi_encode()
            }
            Operation::Release { node } => Staking::releaseCall { node: *node }.abi_encode(),
            Operation::Claim { node } => Staking::claimCall { node: *node }.abi_encode(),
            Operation::Rotate(rotation) => self.rotate(rotation),
            Operation::MarkIdle { node } => Staking::markIdleCall { node: *node }.abi_encode(),
            Operation::RecordPayment { coordinator, miner } => {
                Staking::recordPaymentCall { coordinator: *coordinator, miner: *miner }.abi_encode()
            }
            Operation::Slash { node, amount, reward_bps, evidence } => {
                let (node, amount, bps) = (*node, amount.base_units(), *reward_bps);
                Staking::slashCall { node, amount, rewardBps: bps, evidence: evidence.clone() }.abi_encode()
            }
            Operation::Charge { node, amount, reward_bps } => {
                Staking::chargeCall { node: *node, amount: amount.base_units(), rewardBps: *reward_bps }.abi_encode()
            }
            Operation::NotifyEmission { role, amount, duration } => {
                let (role, amount, duration) = (*role as u8, amount.base_units(), *duration);
                Staking::notifyEmissionCall { role, amount, duration }.abi_encode()
            }
            Operation::Pause => Staking::pauseCall {}.abi_encode(),
            Operation::Unpause => Staking::unpauseCall {}.abi_encode(),
            other => unreachable!("not of the staking contract: {other:?}"),
        }
        .into()
    }

    /// A node key's consent to be the caller's.
    fn consent(&self, node: Address, role: Role, description: &Description, deadline: U256) -> Bytes {
        let metadata = message::metadata_hash(&description.name, &description.introduction, &description.endpoint);
        let consent =
            message::Register { node, owner: self.caller, role: role as u8, metadata, nonce: U256::ZERO, deadline };
        self.world.sign(node, self.domain(self.deployment.parameters.staking).digest(&consent))
    }

    fn register(&self, registration: &Registration) -> Vec<u8> {
        let Registration { node, role, self_stake, ref description, deadline } = *registration;
        Staking::registerCall {
            node,
            role: role as u8,
            selfStake: self_stake.base_units(),
            name: description.name.clone(),
            introduction: description.introduction.clone(),
            endpoint: description.endpoint.clone(),
            deadline,
            signature: self.consent(node, role, description, deadline),
        }
        .abi_encode()
    }

    fn rotate(&self, rotation: &Rotation) -> Vec<u8> {
        let Rotation { node, new_key, ref description, deadline } = *rotation;
        // The consent names the node's role; where there is no node, the contract does not get to look at it.
        let role = self.role.unwrap_or(Role::Miner);
        Staking::rotateCall {
            node,
            newKey: new_key,
            name: description.name.clone(),
            introduction: description.introduction.clone(),
            endpoint: description.endpoint.clone(),
            deadline,
            signature: self.consent(new_key, role, description, deadline),
        }
        .abi_encode()
    }

    fn settlement(&self, operation: &Operation) -> Bytes {
        let spender = self.deployment.parameters.settlement;
        match operation {
            Operation::DepositEscrow { coordinator, amount, permit: None } => {
                Settlement::depositCall { coordinator: *coordinator, amount: amount.base_units() }.abi_encode()
            }
            Operation::DepositEscrow { coordinator, amount, permit: Some(deadline) } => {
                let (v, r, s) = self.permit(spender, amount.base_units(), *deadline);
                let (amount, deadline) = (amount.base_units(), U256::from(*deadline));
                let (coordinator, r, s) = (*coordinator, r.into(), s.into());
                Settlement::depositWithPermitCall { coordinator, amount, deadline, v, r, s }.abi_encode()
            }
            Operation::StartThaw { coordinator, amount } => {
                Settlement::startThawCall { coordinator: *coordinator, amount: amount.base_units() }.abi_encode()
            }
            Operation::WithdrawEscrow { coordinator } => {
                Settlement::withdrawCall { coordinator: *coordinator }.abi_encode()
            }
            Operation::Settle { coordinator, items } => {
                Settlement::settleCall { coordinator: *coordinator, lines: Item::lines(items) }.abi_encode()
            }
            Operation::Collect { coordinator, miner } => {
                Settlement::collectCall { coordinator: *coordinator, miner: *miner }.abi_encode()
            }
            Operation::Redeem { voucher } => {
                let (voucher, signature) = self.voucher(voucher);
                Settlement::redeemCall { voucher, signature }.abi_encode()
            }
            Operation::ClaimTicket { ticket, receipt } => Settlement::claimTicketCall {
                ticketSignature: self.sign(ticket.coordinator, &**ticket),
                receiptSignature: self.sign(ticket.miner, &**receipt),
                ticket: contract_ticket(ticket),
                receipt: contract_receipt(receipt),
            }
            .abi_encode(),
            Operation::PayOut { miner } => Settlement::payOutCall { miner: *miner }.abi_encode(),
            Operation::Announce { commitment } => Settlement::announceCall { commitment: *commitment }.abi_encode(),
            Operation::Retire => Settlement::retireCall {}.abi_encode(),
            Operation::ProveContradiction { a, b, salt } => {
                let ((a, signature_a), (b, signature_b)) = (self.voucher(a), self.voucher(b));
                Settlement::proveContradictionCall {
                    a,
                    signatureA: signature_a,
                    b,
                    signatureB: signature_b,
                    salt: *salt,
                }
                .abi_encode()
            }
            Operation::ProveShortSettlement { voucher, salt } => {
                let (voucher, signature) = self.voucher(voucher);
                Settlement::proveShortSettlementCall { voucher, signature, salt: *salt }.abi_encode()
            }
            Operation::SetFaultBps { bps } => Settlement::setFaultBpsCall { faultBps_: *bps }.abi_encode(),
            other => unreachable!("not of the settlement contract: {other:?}"),
        }
        .into()
    }

    fn voucher(&self, voucher: &Voucher) -> (Messages::Voucher, Bytes) {
        let Voucher { coordinator, miner, cumulative, through } = *voucher;
        let signature = self.sign(coordinator, voucher);
        (Messages::Voucher { coordinator, miner, cumulative, through }, signature)
    }
}

fn contract_ticket(ticket: &Ticket) -> Messages::Ticket {
    Messages::Ticket {
        coordinator: ticket.coordinator,
        miner: ticket.miner,
        task: ticket.task,
        attempt: ticket.attempt,
        number: ticket.number,
        model: ticket.model,
        promptCommitment: ticket.promptCommitment,
        parameters: ticket.parameters,
        price: ticket.price,
        promptRate: ticket.promptRate,
        completionRate: ticket.completionRate,
        deadline: ticket.deadline,
    }
}

fn contract_receipt(receipt: &Receipt) -> Messages::Receipt {
    Messages::Receipt {
        ticket: receipt.ticket,
        outputCommitment: receipt.outputCommitment,
        auditCommitment: receipt.auditCommitment,
        promptTokens: receipt.promptTokens,
        completionTokens: receipt.completionTokens,
        finishReason: receipt.finishReason,
    }
}

fn token(operation: &Operation) -> Bytes {
    match operation {
        Operation::Transfer { to, amount } => {
            CAIToken::transferCall { to: *to, value: amount.base_units() }.abi_encode()
        }
        Operation::Approve { spender, amount } => {
            CAIToken::approveCall { spender: *spender, value: amount.base_units() }.abi_encode()
        }
        other => unreachable!("not of the token: {other:?}"),
    }
    .into()
}

fn emission(operation: &Operation) -> Bytes {
    match operation {
        Operation::Fund { role, amount } => {
            EmissionController::fundCall { role: *role as u8, amount: amount.base_units() }.abi_encode()
        }
        Operation::StartPeriod { role } => EmissionController::startPeriodCall { role: *role as u8 }.abi_encode(),
        Operation::SetHalving { seconds } => EmissionController::setHalvingCall { halving_: *seconds }.abi_encode(),
        Operation::Migrate { successor } => EmissionController::migrateCall { successor: *successor }.abi_encode(),
        other => unreachable!("not of the emission controller: {other:?}"),
    }
    .into()
}
