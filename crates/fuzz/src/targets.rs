//! What strangers, peers and disks can hand to a node, as bytes: whatever they are, it is read or refused, and what was read says the
//! same when it is written again. `make fuzz` looks for bytes of which that is not so, and the tests try those in `corpus`.

use cuckoo::node::coordinator::{
    http::check_body,
    journal::{self, History},
};
use cuckoo_protocol::{
    Address, Untrusted,
    assign::log,
    evidence::Bundle,
    harmless,
    message::{
        Acknowledgement, Domain, Login, Message, Receipt, Register, Ticket, Verdict, Verifier, Voucher,
        proof::{Contradiction, Equivocation, contradiction_id},
    },
    sse,
    status::{
        Snapshot,
        delta::{apply, difference},
    },
    task::{ChatMessage, Examine, ReceiptRecord, Sampling},
    wire::{self, Body, Frame},
};
use cuckoo_tui::Thresholds;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is tried with bytes.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in `corpus`.
pub const TARGETS: [(&str, Target); 8] = [
    ("bodies", bodies),
    ("frames", frames),
    ("journal", journal),
    ("assignments", assignments),
    ("receipts", receipts),
    ("messages", messages),
    ("status", status),
    ("screen", screen),
];

/// The body of a request, behind a line with the path that it is for.
pub fn bodies(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(path) = std::str::from_utf8(&bytes[..end]) else { return };
    let Some(read) = check_body(path, &bytes[end + 1..]) else { return };
    if let Err((status, message)) = read {
        assert!((400..500).contains(&status), "{status}: {message}");
        assert!(!message.is_empty() && message.len() < 10_000, "{} bytes", message.len());
    }
}

/// A frame of the link, which either side may have sent.
pub fn frames(bytes: &[u8]) {
    let Ok(Some(body)) = Frame::parse(bytes) else { return };
    let written = Frame::encode(body.clone());
    let again = Frame::parse(&written).expect("what was written is read").expect("a frame that is known");
    // NaN differs from itself.
    assert_eq!(Frame::encode(again), written);
    match body {
        Body::Slots(slots) => slots.models.into_iter().for_each(|model| {
            let _ = (wire::b256(&model.manifest, "manifest"), model.kind());
            if let Ok(manifest) = model.manifest() {
                assert_eq!(wire::Manifest::from(&manifest).try_into().ok(), Some(manifest));
            }
        }),
        Body::Offer(offer) => {
            let wire::Offer { messages, sampling, examine, price, rate_prompt, rate_completion, .. } = *offer;
            let _ = (wire::amount(&price, "price"), wire::rate(&rate_prompt, &rate_completion));
            messages.into_iter().for_each(|message| drop(ChatMessage::try_from(message)));
            if let Some(sampling) = sampling.map(Sampling::from) {
                assert_eq!(Sampling::from(wire::Sampling::from(&sampling)), sampling);
            }
            drop(examine.map(Examine::from));
        }
        Body::Accept(lease) | Body::Cancel(lease) => drop(lease.parse()),
        Body::AskTokens(asked) => drop(asked.question()),
        Body::TellTokens(told) => drop(told.answer()),
        Body::Close(close) => drop(cuckoo_protocol::sentence(&close.message)),
        _ => {}
    }
}

/// The rows of a journal: the checkpoint's, an empty one, and the records', each behind its length in two bytes. Their checksums are
/// right, as those of a peer that writes on the same server are.
pub fn journal(bytes: &[u8]) {
    let (mut rows, mut rest) = (vec![vec![]], bytes);
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (row, after) = after.split_at(length);
        if row.is_empty() {
            rows.push(vec![]);
        } else if let Some(last) = rows.last_mut() {
            last.push(row.to_vec());
        }
        rest = after;
    }
    let mut rows = rows.into_iter();
    let (checkpoint, records) = (rows.next().unwrap_or_default(), rows.flatten().collect());
    let payer =
        journal::Payer { chain_id: 31_337, settlement: Address::repeat_byte(7), coordinator: Address::repeat_byte(8) };
    let Ok(History { mut checkpoint, events }) = journal::read_rows(&payer, checkpoint, records) else { return };
    // As a coordinator does that starts.
    let _ = events.iter().try_for_each(|event| checkpoint.apply(event).map(drop));
}

/// An assignment log.
pub fn assignments(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        if let Some((head, json, record)) = log::parse(line) {
            let _ = log::next_head(&head, json.as_bytes());
            let (line, head) = log::line(&head, &record).expect("what was read is written");
            assert_eq!(log::parse(&line).map(|(found, _, record)| (found, record)), Some((head, record)));
        }
    }
    if let Err(finding) = log::audit(text.lines()) {
        assert!(!finding.reason.is_empty());
    }
}

/// Reads JSON, and what is written of it again; `None` where it is something else.
fn json<T: DeserializeOwned + serde::Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&read).expect("what was read is written");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("what was written is read"), read);
    Some(read)
}

/// A receipt, the evidence of an answer, or proofs of faults.
pub fn receipts(bytes: &[u8]) {
    if let Some(record) = json::<ReceiptRecord>(bytes) {
        let _ = (record.verify(""), record.hash(), record.ticket.cost(&record.receipt));
    }
    if let Ok(bundle) = Bundle::decode(bytes) {
        assert_eq!(bundle.encode(), bytes, "an id names one content");
        let _ = bundle.verify();
    }
    let domain = Domain::new(1, Address::ZERO);
    if let Ok(contradiction) = serde_json::from_slice::<Contradiction>(bytes) {
        let _ = contradiction_id(&domain, &contradiction.a.voucher, &contradiction.b.voucher);
    }
    if let Ok(equivocation) = serde_json::from_slice::<Equivocation>(bytes) {
        let _ = (equivocation.id(&domain), equivocation.verify(&domain));
    }
}

/// Bytes of hexadecimal digits.
fn decode(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.strip_prefix("0x")?.as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(pair).collect()
}

/// A message behind a line with its kind, and its signature behind another line, in hexadecimal digits.
pub fn messages(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.splitn(3, '\n');
    let (Some(kind), Some(signature), Some(message)) = (lines.next(), lines.next(), lines.next()) else { return };
    let Some(signature) = decode(signature.trim()) else { return };
    fn check<T: DeserializeOwned + Message>(message: &str, signature: &[u8]) {
        let Ok(message) = serde_json::from_str::<T>(message) else { return };
        let domain = Domain::new(31_337, Address::repeat_byte(7));
        let other = Domain::new(31_338, Address::repeat_byte(7));
        assert_ne!(domain.digest(&message), other.digest(&message));
        let Ok(signer) = domain.signer(&message, signature) else { return };
        // Who has signed it for one chain has signed it for that chain, and however it is asked.
        assert!(domain.verify(&message, signature, signer).is_ok());
        let mut verifier = Verifier::default();
        assert!((0..2).all(|_| verifier.verify(&domain, &message, signature, signer).is_ok()));
        assert_ne!(other.signer(&message, signature).ok(), Some(signer));
        assert!(domain.verify(&message, &[signature, &[0]].concat(), signer).is_err(), "there is one form of it");
    }
    match kind {
        "Ticket" => check::<Ticket>(message, &signature),
        "Receipt" => check::<Receipt>(message, &signature),
        "Voucher" => check::<Voucher>(message, &signature),
        "Acknowledgement" => check::<Acknowledgement>(message, &signature),
        "Login" => check::<Login>(message, &signature),
        "Register" => check::<Register>(message, &signature),
        "Verdict" => check::<Verdict>(message, &signature),
        _ => {}
    }
}

/// What a node's status feed sends: a document, and patches of it, each an event.
pub fn status(bytes: &[u8]) {
    let mut reader = sse::Reader::new(1 << 20);
    let Ok(events) = reader.push(bytes) else { return };
    let mut document: Option<Value> = None;
    for data in events.into_iter().filter_map(sse::Event::data) {
        let Ok(value) = serde_json::from_slice::<Value>(&data) else { continue };
        let Some(document) = &mut document else {
            document = Some(value);
            continue;
        };
        let before = document.clone();
        apply(document, value);
        let (Ok(old), Ok(new)) = (Snapshot::deserialize_from(&before), Snapshot::deserialize_from(document)) else {
            continue;
        };
        // What the node itself would send leads to the same.
        let write = |snapshot: &Snapshot| serde_json::to_value(snapshot).expect("what was read is written");
        let (mut patched, wanted) = (write(&old), write(&new));
        let patch = difference(&patched, &wanted);
        apply(&mut patched, patch);
        assert_eq!(Snapshot::deserialize_from(&patched).expect("a snapshot"), new);
    }
}

/// Reads a document without taking it.
trait Deserialize: Sized {
    fn deserialize_from(document: &Value) -> Result<Self, serde_json::Error>;
}

impl<T: DeserializeOwned> Deserialize for T {
    fn deserialize_from(document: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(document)
    }
}

fn assert_steers_nothing(shown: &str) {
    let steers = |character: char| {
        (character.is_control() && !matches!(character, '\n' | '\t'))
            || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(shown.chars().find(|character| steers(*character)), None, "{shown:?}");
}

fn assert_harmless(shown: &str) {
    let is_hidden = |character: char| matches!(character, '\t' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    assert_steers_nothing(shown);
    assert_eq!(shown.chars().find(|character| is_hidden(*character)), None, "{shown:?}");
}

/// Text of a stranger, and a snapshot, on a screen.
pub fn screen(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert_steers_nothing(&harmless(&text));
    assert_harmless(&cuckoo_protocol::sentence(&text));
    assert_harmless(&Untrusted::new(text.as_ref()).to_string());
    if let Ok(snapshot) = serde_json::from_slice::<Snapshot>(bytes) {
        for (width, height) in [(120, 40), (33, 7)] {
            assert_harmless(&cuckoo_tui::render_once(&snapshot, Thresholds::default(), width, height));
        }
        let _ = (cuckoo_tui::trouble(&snapshot, Thresholds::default()), cuckoo_tui::commands(&snapshot));
    }
}
