//! From what a caller says to what a scan needs: configuration, policy, rules, advisories, baseline, declaration.
//! The command line and Python both come through here, so that they mean the same.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::{
    advisory::AdvisoryIndex,
    baseline::Baseline,
    config::{Config, FILES},
    engine::{Input, Request},
    error::{Error, ErrorKind},
    gate::Threshold,
    rule::RuleSet,
    walk::{self, Options},
};

/// What a caller says.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where the sources are.
    pub options: Options,
    /// Sources in memory, in place of files.
    pub memory: Option<Vec<(String, Vec<u8>)>>,
    /// Families or rule ids.
    pub only: Vec<String>,
    /// Where the configuration is.
    pub config: ConfigPlace,
    /// A trusted configuration that takes the place of everything in the tree: `FILE` or `REF:PATH`.
    pub policy: Option<String>,
    /// Files or folders of more rules.
    pub rules: Vec<PathBuf>,
    /// Folders of advisory data.
    pub advisories: Vec<PathBuf>,
    /// An earlier SARIF report.
    pub baseline: Option<PathBuf>,
    /// The declared document.
    pub declaration: Option<PathBuf>,
    /// Lowest severity that fails.
    pub fail_on: Option<Threshold>,
    /// Only findings that are not in the baseline fail.
    pub new_only: bool,
    /// What was not understood fails.
    pub strict: bool,
    /// Today, for suppressions that end.
    pub today: Option<Date>,
    /// Threads; 0 for as many as there are processors.
    pub threads: usize,
}

/// Where the configuration is.
#[derive(Clone, Debug, Default)]
pub enum ConfigPlace {
    /// In the folder of the first path or one above, up to the repository's top.
    #[default]
    Discover,
    /// Nowhere: defaults.
    None,
    /// In a file.
    File(PathBuf),
}

/// What a scan needs.
#[derive(Debug)]
pub struct Prepared {
    /// What to scan, and how.
    pub request: Request,
    /// Rules, those of the user included.
    pub rules: RuleSet,
    /// Where advisories are.
    pub advisories: AdvisoryIndex,
}

/// Where a configuration came from, for the paths it names.
enum Base {
    /// A folder of the file system.
    Folder(PathBuf),
    /// A git reference.
    Reference(String),
}

/// Prepares a scan.
///
/// # Errors
/// Every defect of configuration, rules, baseline and advisory data that can be seen before reading a source.
pub fn prepare(setup: &Setup, mut rules: RuleSet) -> Result<Prepared, Error> {
    let start = setup.options.paths.first().cloned().unwrap_or_else(|| PathBuf::from("."));
    let (mut config, base) = configuration(setup, &start)?;
    if let Some(fail_on) = setup.fail_on {
        config.gate.fail_on = Some(fail_on);
        config.gate.families.clear();
    }
    config.gate.new_only |= setup.new_only;
    if setup.strict {
        config.gate.incomplete = crate::config::Incomplete::Fail;
    }
    let configured: Vec<String> = config.rules.paths.clone();
    user_rules(&mut rules, &setup.rules, &configured, &base, &start)?;
    let advisories = advisories(setup, &config, &base)?;
    let baseline = baseline(setup, &config, &base, &start)?;
    let declaration = declaration(setup, &config, &base, &start)?;
    let input = match &setup.memory {
        Some(files) => Input::Memory(files.clone()),
        None => Input::Files(setup.options.clone()),
    };
    let request = Request {
        input,
        config,
        only: setup.only.clone(),
        declaration,
        baseline,
        ignore_inline: setup.policy.is_some(),
        today: setup.today,
        threads: setup.threads,
    };
    Ok(Prepared { request, rules, advisories })
}

fn configuration(setup: &Setup, start: &Path) -> Result<(Config, Base), Error> {
    if let Some(policy) = &setup.policy {
        let (name, bytes) = walk::read_trusted(policy, start)?;
        let text = utf8(&name, bytes)?;
        let config = Config::parse(&name, &text)?.unwrap_or_default();
        return Ok((config, policy_base(policy, start)));
    }
    let found = match &setup.config {
        ConfigPlace::None => None,
        ConfigPlace::File(path) => Some(path.clone()),
        ConfigPlace::Discover if setup.memory.is_some() => None,
        // A pyproject.toml without our table must not hide a trueup.toml above it.
        ConfigPlace::Discover => FILES.iter().find_map(|name| walk::find_upwards(start, &[name])),
    };
    let Some(path) = found else { return Ok((Config::default(), Base::Folder(folder_of(start)))) };
    let text = read(&path)?;
    let config = Config::parse(&path.display().to_string(), &text)?.unwrap_or_default();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((config, Base::Folder(folder)))
}

/// A policy that is a file names paths beside it; one from git names paths of the same commit.
fn policy_base(policy: &str, start: &Path) -> Base {
    let is_file = policy.starts_with("./") || policy.starts_with("../") || Path::new(policy).is_absolute();
    match policy.split_once(':') {
        Some((reference, _)) if !is_file => Base::Reference(reference.to_owned()),
        _ => Base::Folder(folder_of(start).join(policy).parent().map(Path::to_path_buf).unwrap_or_default()),
    }
}

fn folder_of(start: &Path) -> PathBuf {
    if start.is_file() { start.parent().map(Path::to_path_buf).unwrap_or_default() } else { start.to_path_buf() }
}

impl Base {
    /// Reads a file that the configuration names.
    fn read(&self, path: &str, start: &Path) -> Result<String, Error> {
        match self {
            Self::Folder(folder) => read(&folder.join(path)),
            Self::Reference(reference) => {
                let (name, bytes) = walk::read_trusted(&format!("{reference}:{path}"), start)?;
                utf8(&name, bytes)
            }
        }
    }
}

fn user_rules(
    set: &mut RuleSet,
    named: &[PathBuf],
    configured: &[String],
    base: &Base,
    start: &Path,
) -> Result<(), Error> {
    let mut files: Vec<(String, String)> = Vec::new();
    for path in named {
        files.extend(walk::read_rules(path)?);
    }
    for path in configured {
        match base {
            Base::Folder(folder) => files.extend(walk::read_rules(&folder.join(path))?),
            Base::Reference(_) if path.ends_with(".toml") => files.push((path.clone(), base.read(path, start)?)),
            Base::Reference(reference) => {
                let message =
                    format!("rules.paths: \"{path}\" is read from {reference}; name the .toml files one by one");
                return Err(Error::new(ErrorKind::Configuration, message));
            }
        }
    }
    set.extend(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))).map_err(|defects| Error {
        kind: ErrorKind::Rules,
        path: None,
        defects,
    })
}

fn advisories(setup: &Setup, config: &Config, base: &Base) -> Result<AdvisoryIndex, Error> {
    let mut dirs = setup.advisories.clone();
    if dirs.is_empty()
        && let Some(dir) = &config.advisories.dir
    {
        dirs.push(match base {
            Base::Folder(folder) => folder.join(dir),
            Base::Reference(_) => PathBuf::from(dir),
        });
    }
    if dirs.is_empty() { Ok(AdvisoryIndex::default()) } else { AdvisoryIndex::open(&dirs) }
}

fn baseline(setup: &Setup, config: &Config, base: &Base, start: &Path) -> Result<Option<Baseline>, Error> {
    let (name, text) = match (&setup.baseline, &config.gate.baseline) {
        (Some(path), _) => (path.display().to_string(), read(path)?),
        (None, Some(path)) => (path.clone(), base.read(path, start)?),
        (None, None) => return Ok(None),
    };
    Baseline::parse(&name, &text).map(Some)
}

fn declaration(setup: &Setup, config: &Config, base: &Base, start: &Path) -> Result<Option<(String, Vec<u8>)>, Error> {
    match (&setup.declaration, &config.posture.document) {
        (Some(path), _) => {
            let shown = path.display().to_string().trim_start_matches("./").replace('\\', "/");
            Ok(Some((shown, read(path)?.into_bytes())))
        }
        // A policy from git pins the declaration of that commit: the tree cannot promise less than was agreed.
        (None, Some(path)) if matches!(base, Base::Reference(_)) => {
            Ok(Some((path.clone(), base.read(path, start)?.into_bytes())))
        }
        _ => Ok(None),
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let name = path.display().to_string();
    // A colon in a file's name is no git reference here.
    let spec = if path.is_absolute() { name.clone() } else { format!("./{name}") };
    let (_, bytes) = walk::read_trusted(&spec, Path::new("."))?;
    utf8(&name, bytes)
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::new(ErrorKind::Configuration, "not UTF-8").at(name))
}
