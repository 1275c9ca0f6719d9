//! The `cuckoo` binary.

use std::process::ExitCode;

/// Both nodes allocate small things on several threads all the time. There are no huge pages, with which open streams take half as much
/// memory again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cuckoo::main()
}
