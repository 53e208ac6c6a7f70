//! Checks every rule and vocabulary file and embeds them in compact form. A new file needs no line anywhere.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use trueup_core::rule::RuleSet;

fn main() -> ExitCode {
    match embed() {
        Ok(()) => ExitCode::SUCCESS,
        Err(defects) => {
            for defect in defects {
                // One line each: cargo shows them as errors of this crate.
                for line in defect.lines() {
                    tell(&format!("error={line}"));
                }
            }
            ExitCode::FAILURE
        }
    }
}

/// The only way to speak to cargo is standard output.
#[allow(clippy::print_stdout)]
fn tell(instruction: &str) {
    println!("cargo::{instruction}");
}

fn embed() -> Result<(), Vec<String>> {
    let one = |error: std::io::Error| vec![error.to_string()];
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    tell("rerun-if-changed=build.rs");
    for entry in fs::read_dir(&root).map_err(one)? {
        let path = entry.map_err(one)?.path();
        if path.is_dir() {
            tell(&format!("rerun-if-changed={}", path.display()));
            collect(&root, &path, &mut files).map_err(one)?;
        }
    }
    files.sort();
    let set = RuleSet::parse(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))?;
    let bare = set.to_bytes().map_err(|error| vec![error])?;
    let whole = set.to_bytes_with_cases().map_err(|error| vec![error])?;
    fs::write(out.join("rules.bin"), bare).map_err(one)?;
    fs::write(out.join("rules-with-cases.bin"), whole).map_err(one)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
