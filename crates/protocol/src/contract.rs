//! The contracts: node roles, and (with the feature `client`) bindings read from the committed artifacts.

#[cfg(feature = "client")]
pub use bindings::{
    access::AccessManager, blocks::BlockRandomness, court::DisputeCourt, drand::DrandRandomness,
    emission::EmissionController, evidence::Evidence, faucet::Faucet, jurors::JurorRegistry, settlement::Settlement,
    staking::Staking, token::CAIToken,
};

#[cfg(feature = "client")]
#[allow(missing_docs, unreachable_pub, clippy::all)]
mod bindings {
    /// Each contract in a module of its own: several have structs of the same name.
    macro_rules! bindings {
        ($($module:ident: $contract:ident, $file:literal;)*) => {
            $(pub mod $module {
                alloy::sol!(
                    #[derive(Debug)]
                    $contract,
                    $file
                );
            })*
        };
    }

    bindings! {
        access: AccessManager, "../../contracts/artifacts/AccessManager.json";
        blocks: BlockRandomness, "../../contracts/artifacts/BlockRandomness.json";
        court: DisputeCourt, "../../contracts/artifacts/DisputeCourt.json";
        drand: DrandRandomness, "../../contracts/artifacts/DrandRandomness.json";
        emission: EmissionController, "../../contracts/artifacts/EmissionController.json";
        evidence: Evidence, "../../contracts/artifacts/Evidence.json";
        faucet: Faucet, "../../contracts/artifacts/Faucet.json";
        jurors: JurorRegistry, "../../contracts/artifacts/JurorRegistry.json";
        settlement: Settlement, "../../contracts/artifacts/Settlement.json";
        staking: Staking, "../../contracts/artifacts/Staking.json";
        token: CAIToken, "../../contracts/artifacts/CAIToken.json";
    }
}

/// The signed messages as the contracts that check them take them.
#[cfg(feature = "client")]
mod messages {
    use super::bindings::{court, settlement};
    use crate::message::{Receipt, Ticket, Voucher};

    impl From<&Voucher> for settlement::Messages::Voucher {
        fn from(voucher: &Voucher) -> Self {
            let Voucher { coordinator, miner, cumulative, through } = *voucher;
            Self { coordinator, miner, cumulative, through }
        }
    }

    macro_rules! ticket_and_receipt {
        ($contract:ident) => {
            impl From<&Ticket> for $contract::Messages::Ticket {
                fn from(ticket: &Ticket) -> Self {
                    Self {
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
            }

            impl From<&Receipt> for $contract::Messages::Receipt {
                fn from(receipt: &Receipt) -> Self {
                    Self {
                        ticket: receipt.ticket,
                        outputCommitment: receipt.outputCommitment,
                        auditCommitment: receipt.auditCommitment,
                        promptTokens: receipt.promptTokens,
                        completionTokens: receipt.completionTokens,
                        finishReason: receipt.finishReason,
                    }
                }
            }
        };
    }

    ticket_and_receipt!(court);
    ticket_and_receipt!(settlement);
}

/// Roles at the network's AccessManager; each restricted function of its contracts belongs to one.
pub mod authority {
    /// Administers the manager itself.
    pub const ADMIN: u64 = 0;
    /// Changes parameters.
    pub const GOVERNOR: u64 = 1;
    /// Slashes stake: the contracts that prove or try offences.
    pub const SLASHER: u64 = 2;
    /// Funds the streams of rewards: the emission controller.
    pub const EMISSION: u64 = 3;
    /// Begins and ends pauses.
    pub const PAUSER: u64 = 4;
    /// Reports payments, which keep a node from being idle: the settlement contract.
    pub const PAYMENT: u64 = 5;
    /// Cancels what governors and administrators have scheduled.
    pub const GUARDIAN: u64 = 6;
}

/// The largest number that a ticket may have, as in the settlement contract: the claims up to it are all that there are.
pub const MAX_TICKET: u64 = u64::MAX >> 1;

/// What a node is registered as; the number is the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Role {
    /// Runs tasks.
    Miner = 1,
    /// Sends tasks.
    Coordinator = 2,
}

impl Role {
    /// The word people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Miner => "miner",
            Self::Coordinator => "coordinator",
        }
    }

    /// The own stake that a node must exceed, in whole CAI. The contract's constants are the authority; the tests compare.
    pub const fn minimum(self) -> u64 {
        match self {
            Self::Miner => 20_000,
            Self::Coordinator => 2_000_000,
        }
    }

    /// From the contract's number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Miner),
            2 => Some(Self::Coordinator),
            _ => None,
        }
    }
}
