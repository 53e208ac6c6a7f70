//! The `trueup` command: arguments in, a report out, the verdict as exit status.

mod arguments;
mod commands;
mod outputs;
mod progress;
#[cfg(feature = "verify")]
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

use self::arguments::{Cli, Command};

/// Exit status of usage errors and of scans that could not look.
const COULD_NOT_LOOK: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Scan(scan) => commands::scan(&scan),
        Command::Posture(scan) => commands::posture(&scan),
        Command::Rules(rules) => commands::rules(&rules),
        Command::Explain(explain) => commands::explain(&explain),
        Command::Schema => commands::schema(),
        Command::Completions { shell } => commands::completions(shell),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.lines() {
                anstream::eprintln!("trueup: {line}");
            }
            ExitCode::from(COULD_NOT_LOOK)
        }
    }
}
