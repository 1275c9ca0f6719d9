//! What a sample of the processor is spent on, by the functions that were running.

/// Causes in the order of the report.
pub(crate) const CAUSES: [&str; 14] = [
    SOCKETS, WAKE_UPS, KERNEL, JOURNAL, SIGNATURES, HASHING, JSON, LOG, DECISIONS, HTTP, FRAMES, RUNTIME, ALLOCATION,
    REST,
];

const SOCKETS: &str = "kernel: sockets, epoll";
const WAKE_UPS: &str = "kernel: wake-ups, switches";
const KERNEL: &str = "kernel: rest";
const JOURNAL: &str = "journal: SQLite, files";
const SIGNATURES: &str = "signatures";
const HASHING: &str = "hashing";
const JSON: &str = "JSON, serde";
const LOG: &str = "assignment log";
const DECISIONS: &str = "decisions";
const HTTP: &str = "HTTP";
const FRAMES: &str = "WebSocket, frames";
const RUNTIME: &str = "tokio, locks";
const ALLOCATION: &str = "allocation";
pub(crate) const REST: &str = "rest";

/// Parts of the names of the kernel's functions. The first row that has one of a sample's functions says its cause.
const KERNEL_PARTS: [(&str, &[&str]); 5] = [
    (
        JOURNAL,
        &["fsync", "fdatasync", "pwrite", "pread", "ext4_", "xfs_", "btrfs_", "jbd2_", "iomap_", "shmem_file", "fcntl"],
    ),
    (WAKE_UPS, &["futex", "eventfd", "schedule", "try_to_wake_up", "finish_task_switch", "timerfd"]),
    (SOCKETS, &["sock", "tcp_", "inet_", "skb", "epoll", "sys_send", "sys_recv", "accept", "net_rx"]),
    (ALLOCATION, &["page_fault", "mmap", "munmap", "madvise", "sys_brk"]),
    (KERNEL, &[""]),
];

/// Beginnings of paths in Rust, and of functions in C.
const PATHS: [(&str, &[&str]); 10] = [
    (
        SIGNATURES,
        &["secp256k1", "rustsecp256k1", "k256", "ecdsa", "elliptic_curve", "alloy_signer", "cuckoo_protocol::message"],
    ),
    (
        HASHING,
        &["keccak", "Keccak", "sha3", "sha2", "alloy_sol_types", "alloy_primitives::utils", "blake3", "crc32fast"],
    ),
    (JSON, &["serde_json", "serde", "itoa", "zmij", "ryu"]),
    (
        ALLOCATION,
        &[
            "malloc",
            "_int_malloc",
            "_int_free",
            "free",
            "cfree",
            "calloc",
            "__libc_calloc",
            "realloc",
            "_int_realloc",
            "__libc_malloc",
            "__libc_free",
            "unlink_chunk",
            "tcache_",
            "sysmalloc",
            "mi_",
            "_mi_",
            "mimalloc",
            "__rust_",
            "__rdl_",
            "alloc::alloc",
            "__rustc",
        ],
    ),
    (
        JOURNAL,
        &[
            "sqlite3",
            "rusqlite",
            "libsqlite3_sys",
            "cuckoo::node::coordinator::journal",
            "cuckoo::node::miner::signed_record",
        ],
    ),
    (LOG, &["cuckoo_protocol::assign::log", "cuckoo::node::coordinator::assignments"]),
    (
        FRAMES,
        &[
            "tungstenite",
            "tokio_tungstenite",
            "prost",
            "cuckoo_protocol::wire",
            "cuckoo::node::coordinator::link",
            "cuckoo::node::miner::link",
            "cuckoo::node::coordinator::stream",
        ],
    ),
    (
        HTTP,
        &[
            "hyper",
            "hyper_util",
            "axum",
            "tower",
            "http",
            "httparse",
            "reqwest",
            "cuckoo::node::coordinator::http",
            "cuckoo::node::listener",
            "cuckoo_gpu::engine",
            "cuckoo_protocol::sse",
            "matchit",
            "url",
            "idna",
            "form_urlencoded",
        ],
    ),
    (DECISIONS, &["cuckoo_protocol", "cuckoo::node", "rand"]),
    (
        RUNTIME,
        &[
            "tokio",
            "mio",
            "futures",
            "parking_lot",
            "std::sync",
            "std::thread",
            "std::sys",
            "pthread_",
            "__pthread",
            "___pthread",
            "__lll_",
            "metrics",
        ],
    ),
];

/// The cause of a sample: its functions from the innermost outwards, those of the kernel first.
pub(crate) fn cause(kernel: &[String], user: &[String]) -> &'static str {
    if !kernel.is_empty() {
        let has = |parts: &[&str]| kernel.iter().any(|function| parts.iter().any(|part| function.contains(part)));
        return KERNEL_PARTS.iter().find(|(_, parts)| has(parts)).map_or(KERNEL, |(cause, _)| cause);
    }
    // Copies, collections and the like belong to whoever calls them.
    user.iter().find_map(|function| of_function(function)).unwrap_or(REST)
}

fn of_function(mangled: &str) -> Option<&'static str> {
    let name = format!("{:#}", rustc_demangle::demangle(mangled));
    let (first, second) = paths(&name);
    // A stream or a future is its type's: the trait says nothing of what it does.
    of_path(first).filter(|cause| *cause != RUNTIME).or_else(|| of_path(second)).or_else(|| of_path(first))
}

fn of_path(path: &str) -> Option<&'static str> {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| path.starts_with(beginning));
    PATHS.iter().find(|(_, beginnings)| begins(beginnings)).map(|(cause, _)| *cause)
}

/// The paths that a function's name begins with: of `<Type as Trait>::function` the trait's and then the type's, of others
/// their own and nothing.
fn paths(name: &str) -> (&str, &str) {
    let Some(inner) = name.strip_prefix('<') else { return (name, "") };
    let mut depth = 0_usize;
    for (at, character) in inner.char_indices() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' if depth > 0 && !inner[..at].ends_with('-') => depth -= 1,
            '>' if !inner[..at].ends_with('-') => return (plain(&inner[..at]), ""),
            ' ' if depth == 0 && inner[at..].starts_with(" as ") => {
                let described = &inner[at + 4..];
                return (plain(described), plain(&inner[..at]));
            }
            _ => {}
        }
    }
    (plain(inner), "")
}

/// A type's path without what points to it.
fn plain(path: &str) -> &str {
    path.trim_start_matches(['&', '*', '<', '(', '[']).trim_start_matches("mut ").trim_start_matches("dyn ")
}
