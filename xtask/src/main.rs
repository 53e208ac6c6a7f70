//! `cargo xtask`: everything that takes more than one cargo command.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod sarif;
mod wheel;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const USAGE: &str = "cargo xtask test | wheel | rust | python | sarif | scan
  test    rust, scan, sarif and python: what a change has to pass
  rust    format, build, Rust tests
  wheel   one wheel with the module and the native command, into target/wheels
  python  install the wheel into target/venv; pytest and stubtest
  sarif   golden reports through the public validator from npm (named as skipped where npm is absent)
  scan    trueup on its own repository, as a gate";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let outcome = match words.first().map(String::as_str) {
        Some("test") => test(),
        Some("rust") => rust(),
        Some("wheel") => wheel::build().map(|_| ()),
        Some("python") => wheel::build().and_then(|wheel| wheel::test(&wheel)),
        Some("sarif") => sarif::validate(),
        Some("scan") => own_scan(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

type Outcome<T = ()> = Result<T, String>;

fn test() -> Outcome {
    rust()?;
    own_scan()?;
    sarif::validate()?;
    wheel::build_and_test()
}

/// One profile for all of it, so that dependencies are built once.
fn rust() -> Outcome {
    cargo(&["fmt", "--all", "--check"])?;
    build()?;
    cargo(&["test", "--release", "--workspace", "--quiet"])?;
    // The command as it is shipped has no network; what has is tested apart, against this machine only.
    cargo(&["test", "--release", "--workspace", "--features", "trueup/verify", "--bin", "trueup", "--quiet"])
}

/// Always the whole workspace: a part of it would be built with other features, and so once more.
fn build() -> Outcome {
    cargo(&["build", "--release", "--workspace"])
}

/// Our own repository has to pass our own gate, with the rules and suppressions of `trueup.toml`.
fn own_scan() -> Outcome {
    build()?;
    run(Command::new(binary()).args(["scan", ".", "--tracked"]).current_dir(root()))
}

/// The top folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The native command.
fn binary() -> PathBuf {
    target().join("release").join(format!("trueup{}", env::consts::EXE_SUFFIX))
}

fn cargo(arguments: &[&str]) -> Outcome {
    run(Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments).current_dir(root()))
}

/// Runs a command and says it first.
fn run(command: &mut Command) -> Outcome {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let line = words.join(" ");
    println!("+ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{line}: {status}")),
        Err(error) => Err(format!("{line}: {error}")),
    }
}
