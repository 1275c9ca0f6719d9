//! The `cuckoo` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    cuckoo::main()
}
