//! How an event is read: one that does not decode is an error that says where it is from, and never nothing.

use alloy::{rpc::types::Log, sol_types::SolEvent};

use super::ChainError;

/// Reads an event of a known kind.
pub fn decode_event<E: SolEvent>(log: &Log) -> Result<E, ChainError> {
    E::decode_log_data(&log.inner.data).map_err(|error| {
        let block = log.block_number.map_or_else(|| "an unnamed block".to_owned(), |block| format!("block {block}"));
        let transaction = log
            .transaction_hash
            .map_or_else(|| "an unnamed transaction".to_owned(), |hash| format!("transaction {hash}"));
        ChainError::BrokenEvent {
            event: E::SIGNATURE,
            contract: log.address(),
            place: format!("{block}, {transaction}"),
            reason: error.to_string(),
        }
    })
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256, Bytes, LogData, U256};

    use super::*;
    use crate::contract::Staking;

    fn log(data: LogData) -> Log {
        let inner = alloy::primitives::Log { address: Address::repeat_byte(0xaa), data };
        Log { inner, block_number: Some(7), transaction_hash: Some(B256::repeat_byte(0xbb)), ..Log::default() }
    }

    #[test]
    fn a_known_event_with_broken_data_is_an_error_that_says_where_it_is_from() {
        let event =
            Staking::Voted { staker: Address::repeat_byte(1), node: Address::repeat_byte(2), amount: U256::from(3) };
        let good = event.encode_log_data();
        let read: Staking::Voted = decode_event(&log(good.clone())).expect("an event");
        assert_eq!((read.staker, read.node, read.amount), (event.staker, event.node, event.amount));

        let short = LogData::new_unchecked(good.topics().to_vec(), Bytes::new());
        let few_topics = LogData::new_unchecked(good.topics()[..1].to_vec(), good.data.clone());
        for broken in [short, few_topics] {
            let error = decode_event::<Staking::Voted>(&log(broken)).expect_err("broken").to_string();
            for part in
                ["Voted", &Address::repeat_byte(0xaa).to_string(), "block 7", &B256::repeat_byte(0xbb).to_string()]
            {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}
