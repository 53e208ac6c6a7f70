//! Reports through Microsoft's validator, which comes from npm as a self-contained program.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Outcome, binary, root, run, target, wheel};

/// The version whose rules the project has been measured with.
const PACKAGE: &str = "@microsoft/sarif-multitool@5.7.0";

/// Scans the fixtures and validates the reports.
pub(super) fn validate() -> Outcome {
    let reports = target().join("sarif");
    fs::create_dir_all(&reports).map_err(|error| error.to_string())?;
    let report = reports.join("fixtures.sarif");
    // Outside the repository: below `fixtures/` they would be judged as tests, and weigh less.
    let copy = env::temp_dir().join(format!("trueup-fixtures-{}", std::process::id()));
    copy_folder(&root().join("fixtures"), &copy).map_err(|error| error.to_string())?;
    let status = Command::new(binary())
        .args(["scan", ".", "--no-config", "--quiet", "--output"])
        .arg(format!("sarif={}", report.display()))
        .current_dir(&copy)
        .status()
        .map_err(|error| error.to_string())?;
    fs::remove_dir_all(&copy).map_err(|error| error.to_string())?;
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("scanning the fixtures ended with {status}"));
    }
    if !wheel::packages(&["jsonschema>=4,<5"])? {
        return Ok(());
    }
    let python = wheel::venv()?;
    run(Command::new(&python).arg(root().join("tests/sarif_check.py")).arg(&report))?;
    let Some(multitool) = multitool() else {
        println!("skipped: SARIF multitool (npm is absent or has no build of it for this machine)");
        return Ok(());
    };
    let result = reports.join("validation.sarif");
    run(Command::new(multitool)
        .args(["validate"])
        .arg(&report)
        .args(["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--log", "ForceOverwrite", "-o"])
        .arg(&result))?;
    // Its exit status is 0 even with errors: the results file tells.
    run(Command::new(&python).arg(root().join("tests/sarif_check.py")).arg("--validation").arg(&result))
}

fn multitool() -> Option<PathBuf> {
    let folder = target().join("npm");
    let program = folder.join("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool");
    if !program.is_file() {
        fs::create_dir_all(&folder).ok()?;
        let install = ["install", "--no-audit", "--no-fund", "--silent", "--prefix"];
        let status = Command::new("npm").args(install).arg(&folder).arg(PACKAGE).status().ok()?;
        if !status.success() || !program.is_file() {
            return None;
        }
    }
    // npm 11 does not run the step that sets the run bit.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).ok()?;
    }
    Some(program)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
