//! What a miner wants done, in this order.

use std::sync::Arc;

use alloy::primitives::Address;

use super::{
    credit::{AcknowledgementError, Objection, VoucherError},
    input::LeaseId,
    order::{Completed, Order, Request},
};
use crate::{
    message::{SignedAcknowledgement, SignedVoucher},
    task::TaskId,
    wire::Body,
};

/// Effects of a step, in order.
pub type Effects = Vec<Effect>;

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send a frame over the coordinator's link. What was sent before for the same lease goes first.
    Send {
        /// The coordinator.
        coordinator: Address,
        /// The frame's content.
        body: Body,
    },
    /// Run the engine; the answer is [`super::Input::Generated`] or [`super::Input::Failed`]. Frames with what it generates go over
    /// the link of the ticket's coordinator.
    Start {
        /// The lease.
        lease: LeaseId,
        /// The ticket, and what belongs to it.
        order: Arc<Order>,
        /// What to generate.
        request: Box<Request>,
    },
    /// Stop the engine's run; nothing of it is wanted.
    Stop {
        /// The lease.
        lease: LeaseId,
    },
    /// Sign a receipt, once it is on disk that nothing else was signed for the attempt. The answer is [`super::Input::Recorded`].
    Record {
        /// The lease.
        lease: LeaseId,
        /// What is to be signed.
        completed: Box<Completed>,
    },
    /// Keep a voucher in place of an older one. It need not be on disk at once: its coordinator sends it again.
    Keep(Box<SignedVoucher>),
    /// Keep a voucher that takes back a part of an earlier one, if the two contradict each other: together they prove a fault.
    KeepRefused(Box<SignedVoucher>),
    /// Keep an acknowledgement beside the claim that it is for. It need not be on disk at once.
    KeepAcknowledgement(Box<SignedAcknowledgement>),
    /// Nothing is left to do for a coordinator, and nothing new is taken: its link may be closed, once everything is sent.
    Part {
        /// The coordinator.
        coordinator: Address,
    },
    /// Let the miner's operator know.
    Notice(Notice),
}

/// Something that the miner's operator should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// The miner does not work for a coordinator.
    #[error("not working for the coordinator {coordinator}: {reason}")]
    Objects {
        /// The coordinator.
        coordinator: Address,
        /// The reason.
        reason: Objection,
    },
    /// The miner works for a coordinator again.
    #[error("working for the coordinator {coordinator} again")]
    Agrees {
        /// The coordinator.
        coordinator: Address,
    },
    /// A lease has ended without a result.
    #[error("attempt {attempt} of task {task} ended without a result: {reason}")]
    NoResult {
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: u32,
        /// The reason.
        reason: String,
    },
    /// An acknowledgement is not accepted.
    #[error("an acknowledgement of the coordinator {coordinator} is not accepted: {error}")]
    Acknowledgement {
        /// The coordinator.
        coordinator: Address,
        /// The reason.
        error: AcknowledgementError,
    },
    /// A voucher is not accepted.
    #[error("a voucher of the coordinator {coordinator} is not accepted: {error}")]
    Voucher {
        /// The coordinator.
        coordinator: Address,
        /// The reason.
        error: VoucherError,
    },
}
