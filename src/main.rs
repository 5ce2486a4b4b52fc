//! The `assize` command.

use assize::cli::{self, Exit};

fn main() -> Exit {
    cli::main()
}
