//! The `cuckoo` binary.

use std::process::ExitCode;

/// Both nodes allocate small things on several threads all the time. Without huge pages, with which idle connections take twice the memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cuckoo::main()
}
