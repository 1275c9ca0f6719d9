//! The `cuckoo` binary.

use std::process::ExitCode;

/// Both nodes allocate small things on several threads all the time. Huge pages are off: with them an open stream takes half as much
/// memory again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cuckoo::main()
}
