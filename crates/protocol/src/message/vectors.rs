//! The golden vectors of the messages, their signatures and costs, which the contracts' tests read too.

use std::{collections::BTreeSet, convert::Infallible, path::PathBuf, sync::LazyLock};

use alloy::primitives::{Address, B256, Bytes, U256};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    tests::{sign, signer, ticket},
    tree::{leaf, node},
    *,
};

static SETTLEMENT: LazyLock<Domain> = LazyLock::new(|| Domain::new(31_337, Address::repeat_byte(0xcc)));
static STAKING: LazyLock<Domain> = LazyLock::new(|| Domain::new(31_337, Address::repeat_byte(0xdd)));

/// A message as a vector: its fields, and its hashes.
struct Vector {
    name: &'static str,
    fields: Value,
    hash: B256,
}

impl Vector {
    fn new<M: Message + Serialize>(message: &M) -> Self {
        let mut fields = serde_json::to_value(message).expect("serialises");
        for field in fields.as_object_mut().expect("an object").values_mut() {
            // Integers as decimal strings, whatever their width.
            match field {
                Value::Number(number) => *field = json!(number.to_string()),
                Value::String(text) if text.starts_with("0x") && text.len() != 42 && text.len() != 66 => {
                    *field = json!(text.parse::<U256>().expect("an integer").to_string());
                }
                _ => {}
            }
        }
        Self { name: M::NAME, fields, hash: message.struct_hash() }
    }

    /// With the signature for the settlement contract.
    fn json(&self) -> Value {
        let digest = SETTLEMENT.digest_of(&self.hash);
        json!({
            "type": self.name,
            "message": self.fields,
            "structHash": self.hash,
            "digest": digest,
            "signature": signature_bytes(&sign(&digest)),
        })
    }
}

fn messages() -> [Vector; 7] {
    let register = Register {
        node: signer().address(),
        owner: Address::repeat_byte(1),
        role: 1,
        metadata: metadata_hash("gpu-box", "two cards in the cellar", ""),
        nonce: U256::ZERO,
        deadline: U256::from(1_800_000_000u64),
    };
    let login = Login {
        node: signer().address(),
        coordinator: Address::repeat_byte(7),
        audience: audience_hash("ws://127.0.0.1:1/link"),
        challenge: B256::repeat_byte(8),
        sessionKey: Address::repeat_byte(9),
        issued: 1_700_000_000,
        expires: 1_700_003_600,
    };
    let receipt = Receipt {
        ticket: SETTLEMENT.digest(&ticket()),
        outputCommitment: B256::repeat_byte(11),
        auditCommitment: B256::repeat_byte(12),
        promptTokens: 20,
        completionTokens: 30,
        finishReason: 1,
    };
    let verdict = Verdict {
        receipt: SETTLEMENT.digest(&receipt),
        auditor: Address::repeat_byte(13),
        outcome: 2,
        evidence: B256::repeat_byte(14),
    };
    [
        Vector::new(&register),
        Vector::new(&login),
        Vector::new(&ticket()),
        Vector::new(&receipt),
        Vector::new(&voucher(17)),
        Vector::new(&verdict),
        Vector::new(&Batch { root: B256::repeat_byte(15) }),
    ]
}

/// A statement that no contract reads.
fn acknowledgement() -> Vector {
    let (coordinator, miner) = (signer().address(), Address::repeat_byte(2));
    let receipt = B256::repeat_byte(16);
    Vector::new(&Acknowledgement { coordinator, miner, number: 17, receipt, owed: 2 * 10u128.pow(18) })
}

/// A request that no contract reads.
fn evidence_request() -> Vector {
    let (node, audience) = (signer().address(), Address::repeat_byte(7));
    Vector::new(&EvidenceRequest { dispute: B256::repeat_byte(18), node, audience, time: 1_700_000_000 })
}

fn voucher(through: u64) -> Voucher {
    let (coordinator, miner) = (signer().address(), Address::repeat_byte(2));
    Voucher { coordinator, miner, cumulative: 3 * 10u128.pow(18), through }
}

/// Every type for every contract: the digest, and its signature.
fn matrix() -> Vec<Value> {
    let mut rows = vec![];
    for (domain, contract) in [("staking", *STAKING), ("settlement", *SETTLEMENT)] {
        for message in messages() {
            let digest = contract.digest_of(&message.hash);
            let signature = signature_bytes(&sign(&digest));
            rows.push(json!({"domain": domain, "type": message.name, "digest": digest, "signature": signature}));
        }
    }
    rows
}

/// The signatures of a batch; `seen` is given the digest that was signed.
fn batch_signatures(domain: &Domain, hashes: &[B256], mut seen: impl FnMut(&B256)) -> Vec<Bytes> {
    let signatures = sign_batch(
        |digest| {
            seen(digest);
            Ok::<_, Infallible>(sign(digest))
        },
        domain,
        hashes,
    );
    signatures.expect("signs")
}

/// Batches of vouchers that differ in `through`, and the signatures of some of them.
fn batches() -> Vec<Value> {
    let batch = |size: u64| {
        let hashes: Vec<_> = (0..size).map(|through| voucher(through).struct_hash()).collect();
        let mut digest = B256::ZERO;
        let signatures = batch_signatures(&SETTLEMENT, &hashes, |signed| digest = *signed);
        let members: BTreeSet<_> = [0, size / 3, size / 2, size - 1].into();
        let members = members.into_iter().map(|index| {
            let at = index as usize;
            json!({"through": index, "structHash": hashes[at], "signature": signatures[at]})
        });
        json!({"size": size, "digest": digest, "members": members.collect::<Vec<_>>()})
    };
    [1, 2, 3, 5, 8, 300, 4_096].map(batch).into()
}

/// Signatures of vouchers that nobody may accept, each with the reason.
fn refused() -> Vec<Value> {
    let hashes: Vec<_> = (0..4).map(|through| voucher(through).struct_hash()).collect();
    let good = batch_signatures(&SETTLEMENT, &hashes, |_| ()).remove(0);
    let leaves: Vec<_> = hashes.iter().map(leaf).collect();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        bytes
    };
    // A path of 13 words to a root that is signed.
    let siblings: Vec<_> = (1..=13).map(B256::repeat_byte).collect();
    let root = siblings.iter().fold(leaves[0], |hash, sibling| node(&hash, sibling));
    let mut deep = signature_bytes(&sign(&SETTLEMENT.digest(&Batch { root }))).to_vec();
    siblings.iter().for_each(|sibling| deep.extend_from_slice(sibling.as_slice()));
    let other_domain = batch_signatures(&STAKING, &hashes, |_| ()).remove(0).to_vec();
    let cases = [
        ("a path of 13 words", hashes[0], deep),
        ("a path with a part of a word", hashes[0], good[..good.len() - 1].to_vec()),
        ("a path without its last word", hashes[0], good[..good.len() - 32].to_vec()),
        ("the signature of the root without a path", hashes[0], good[..65].to_vec()),
        ("another message of the batch", hashes[1], good.to_vec()),
        ("an inner node as a message", node(&leaves[0], &leaves[1]), [&good[..65], &good[97..]].concat()),
        ("a changed word", hashes[0], changed(70, good[70] ^ 1)),
        ("v 0", hashes[0], changed(64, good[64] - 27)),
        ("another contract", hashes[0], other_domain),
    ];
    let row = |(reason, hash, signature): (&str, B256, Vec<u8>)| json!({"reason": reason, "structHash": hash, "signature": Bytes::from(signature)});
    cases.map(row).into()
}

/// What answers cost by a ticket's rates, up to its price.
fn costs() -> Vec<Value> {
    let most = u128::MAX;
    let cases = [
        (0, 0, 0, 7, 7),
        (most, 1, 1, 0, 0),
        (most, 1, 1, 1, 0),
        (most, 1, 1, 500, 500),
        (most, 1, 1, 500, 501),
        (most, 700, 1_300, 40, 3),
        (most, 10u128.pow(18), 2 * 10u128.pow(18), 3_000, 300),
        (3_600 * 10u128.pow(18), 10u128.pow(18), 2 * 10u128.pow(18), 3_000, 300),
        (3_599 * 10u128.pow(18), 10u128.pow(18), 2 * 10u128.pow(18), 3_000, 300),
        (5, 3, 0, u32::MAX, u32::MAX),
        (most, most, most, u32::MAX, u32::MAX),
        (most - 1, most, 0, 1_000, 0),
    ];
    let row = |(price, prompt, completion, prompt_tokens, completion_tokens): (u128, u128, u128, u32, u32)| {
        let ticket = Ticket { price, promptRate: prompt, completionRate: completion, ..Ticket::default() };
        let receipt =
            Receipt { promptTokens: prompt_tokens, completionTokens: completion_tokens, ..Receipt::default() };
        json!({
            "price": price.to_string(),
            "promptRate": prompt.to_string(),
            "completionRate": completion.to_string(),
            "promptTokens": prompt_tokens.to_string(),
            "completionTokens": completion_tokens.to_string(),
            "cost": ticket.cost(&receipt).to_string(),
        })
    };
    cases.map(row).into()
}

fn vectors() -> Value {
    json!({
        "domain": {
            "name": "Cuckoo",
            "version": "1",
            "chainId": SETTLEMENT.chain_id(),
            "verifyingContract": SETTLEMENT.contract(),
        },
        "domains": {"staking": STAKING.contract(), "settlement": SETTLEMENT.contract()},
        "signer": signer().address(),
        "vectors": messages()[..6].iter().map(Vector::json).collect::<Vec<_>>(),
        "acknowledgement": acknowledgement().json(),
        "evidenceRequest": evidence_request().json(),
        "batch": messages()[6].json(),
        "matrix": matrix(),
        "batches": batches(),
        "refused": refused(),
        "costs": costs(),
    })
}

/// `UPDATE_VECTORS=1 cargo test -p cuckoo-protocol` writes the file again.
#[test]
fn golden_vectors_are_the_ones_the_contracts_check() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/test/vectors/messages.json");
    let fresh = vectors();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, format!("{fresh:#}\n")).expect("written");
    }
    let committed = std::fs::read_to_string(&path).expect("the vectors are committed");
    // As values: the order of the fields depends on what other crates ask of the JSON library.
    let committed: Value = serde_json::from_str(&committed).expect("JSON");
    assert_eq!(committed, fresh, "run UPDATE_VECTORS=1 cargo test -p cuckoo-protocol");
}

#[test]
fn every_type_has_a_digest_of_its_own_for_every_contract() {
    let rows = matrix();
    let digests: BTreeSet<_> = rows.iter().map(|row| row["digest"].to_string()).collect();
    assert_eq!((digests.len(), rows.len()), (14, 14));
    let unread = [acknowledgement(), evidence_request()].map(|vector| vector.json()["digest"].to_string());
    assert!(unread[0] != unread[1] && unread.iter().all(|digest| !digests.contains(digest)));
}

#[test]
fn the_vectors_signatures_are_checked_as_the_contracts_check_them() {
    let signer = signer().address();
    let check = |row: &Value| {
        let hash: B256 = row["structHash"].as_str().expect("a hash").parse().expect("a hash");
        let signature: Bytes = row["signature"].as_str().expect("bytes").parse().expect("bytes");
        Verifier::default().signer_of(&SETTLEMENT, &hash, &signature) == Ok(signer)
    };
    for batch in batches() {
        assert!(batch["members"].as_array().expect("members").iter().all(check), "{batch}");
    }
    for row in refused() {
        assert!(!check(&row), "{row}");
    }
}
