//! One wheel: the extension module for every Python from 3.10 on, and the native command as its script.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Outcome, binary, build as build_workspace, root, run, target};

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
    let pip = |words: &[&str]| run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(words));
    pip(&["pytest>=8,<10", "mypy>=1.11,<3", "pyarrow>=17", "jsonschema>=4,<5"])?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]).arg(wheel))?;
    run(Command::new(&python).args(["-m", "pytest", "-q", "python/tests"]).current_dir(root()))?;
    run(Command::new(&python).args(["-m", "mypy.stubtest", "trueup", "--ignore-missing-stub"]).current_dir(root()))
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
