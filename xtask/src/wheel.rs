//! One wheel: the extension module for every Python from 3.10 on, and the native command as its script.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Outcome, binary, build as build_workspace, root, run, target};

/// What builds and tests the wheel.
const TOOLS: [&str; 5] = ["maturin>=1.9,<2", "pytest>=8,<10", "mypy>=1.11,<3", "pyarrow>=17", "jsonschema>=4,<5"];

/// Builds the wheel into `target/wheels` and gives its path.
pub(super) fn build() -> Outcome<PathBuf> {
    build_workspace()?;
    let python = venv()?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "maturin>=1.9,<2"]))?;
    let scripts = root().join("python/trueup.data/scripts");
    let told = |error: std::io::Error| error.to_string();
    fs::create_dir_all(&scripts).map_err(told)?;
    let command = binary();
    let name = command.file_name().unwrap_or_default().to_owned();
    fs::copy(&command, scripts.join(name)).map_err(told)?;
    let wheels = target().join("wheels");
    if wheels.is_dir() {
        fs::remove_dir_all(&wheels).map_err(told)?;
    }
    run(Command::new(&python)
        .args(["-m", "maturin", "build", "--release", "--locked", "--out"])
        .arg(&wheels)
        .current_dir(root().join("python")))?;
    fs::read_dir(&wheels)
        .map_err(told)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| format!("no wheel in {}", wheels.display()))
}

/// Installs the wheel and uses it as its user would.
pub(super) fn test(wheel: &Path) -> Outcome {
    let python = venv()?;
    if !packages(&TOOLS)? {
        return Err("the tools that test the wheel cannot be installed".to_owned());
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]).arg(wheel))?;
    run(Command::new(&python).args(["-m", "pytest", "-q", "python/tests"]).current_dir(root()))?;
    run(Command::new(&python).args(["-m", "mypy.stubtest", "trueup", "--ignore-missing-stub"]).current_dir(root()))
}

/// Installs packages for the tests. False, and said, where no package index can be reached: what needs them is skipped.
pub(super) fn packages(names: &[&str]) -> Outcome<bool> {
    let python = venv()?;
    let installed = run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(names)).is_ok();
    if !installed {
        println!("skipped: {} cannot be installed, so what needs them is NOT tested", names.join(", "));
    }
    Ok(installed)
}

/// The wheel, built and tested as far as packages can be had.
pub(super) fn build_and_test() -> Outcome {
    if packages(&TOOLS)? { test(&build()?) } else { Ok(()) }
}

/// The interpreter of a virtual environment below the target folder.
pub(super) fn venv() -> Outcome<PathBuf> {
    let folder = target().join("venv");
    let python = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    if !python.is_file() {
        let base = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(base).args(["-m", "venv"]).arg(&folder))?;
    }
    Ok(python)
}
