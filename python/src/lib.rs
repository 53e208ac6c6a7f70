//! `trueup._trueup`: the engine for Python. Thin: arguments in, `scan`, frozen objects out.

mod arrow;
mod report;

use std::{path::PathBuf, sync::atomic::Ordering, thread, time::Duration};

use pyo3::{create_exception, exceptions::PyException, prelude::*};
use trueup_core::{
    engine::{Watch, scan_watched},
    error::Error,
    gate::Threshold,
    setup::{ConfigPlace, Prepared, Setup, prepare},
    walk::Range,
};

use self::report::{Finding, Report, Verdict};

create_exception!(trueup, TrueupError, PyException, "A scan could not be made: every defect on a line of its own.");

/// How often a running scan asks whether Ctrl-C was pressed.
const POLL: Duration = Duration::from_millis(20);

fn failed(error: Error) -> PyErr {
    TrueupError::new_err(error.to_string())
}

/// Options that both doors take.
struct Options {
    only: Option<Vec<String>>,
    config: Option<PathBuf>,
    rules: Option<Vec<PathBuf>>,
    advisories: Option<Vec<PathBuf>>,
    declaration: Option<PathBuf>,
    baseline: Option<PathBuf>,
    fail_on: Option<String>,
    threads: Option<usize>,
}

impl Options {
    fn setup(self) -> PyResult<Setup> {
        let fail_on = match self.fail_on.as_deref() {
            None => None,
            Some(word) => Some(threshold(word)?),
        };
        let threads = self.threads.unwrap_or(0);
        let mut setup = Setup {
            only: self.only.unwrap_or_default(),
            config: self.config.map_or(ConfigPlace::Discover, ConfigPlace::File),
            rules: self.rules.unwrap_or_default(),
            advisories: self.advisories.unwrap_or_default(),
            declaration: self.declaration,
            new_only: self.baseline.is_some(),
            baseline: self.baseline,
            fail_on,
            today: Some(jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()),
            threads,
            ..Setup::default()
        };
        setup.options.threads = threads;
        Ok(setup)
    }
}

fn threshold(word: &str) -> PyResult<Threshold> {
    use Threshold::{Critical, High, Info, Low, Medium, Never};
    [Critical, High, Medium, Low, Info, Never].into_iter().find(|threshold| threshold.word() == word).ok_or_else(|| {
        TrueupError::new_err(format!("unknown severity \"{word}\"; one of critical, high, medium, low, info, never"))
    })
}

/// Scans without the interpreter lock, and stops soon after Ctrl-C.
fn run(py: Python<'_>, setup: &Setup) -> PyResult<Report> {
    let watch = Watch::default();
    let outcome = py.detach(|| {
        thread::scope(|scope| {
            let scan = scope.spawn(|| {
                let rules = trueup_rules::builtin().map_err(TrueupError::new_err)?;
                let Prepared { request, rules, advisories } = prepare(setup, rules).map_err(failed)?;
                scan_watched(&request, &rules, &advisories, &watch).map_err(failed)
            });
            while !scan.is_finished() {
                thread::park_timeout(POLL);
                if let Err(interrupt) = Python::attach(|py| py.check_signals()) {
                    watch.stop.store(true, Ordering::Relaxed);
                    let _ = scan.join();
                    return Err(interrupt);
                }
            }
            scan.join().map_err(|_| TrueupError::new_err("the scan ended in a defect of trueup; please report it"))?
        })
    })?;
    Report::new(&outcome).map_err(TrueupError::new_err)
}

/// Scans files and folders.
#[pyfunction]
#[pyo3(signature = (paths=None, *, only=None, config=None, rules=None, advisories=None, declaration=None, baseline=None, fail_on=None, history=None, threads=None))]
#[allow(clippy::too_many_arguments)]
fn scan(
    py: Python<'_>,
    paths: Option<Paths>,
    only: Option<Vec<String>>,
    config: Option<PathBuf>,
    rules: Option<Vec<PathBuf>>,
    advisories: Option<Paths>,
    declaration: Option<PathBuf>,
    baseline: Option<PathBuf>,
    fail_on: Option<String>,
    history: Option<History>,
    threads: Option<usize>,
) -> PyResult<Report> {
    let advisories = advisories.map(Paths::into_vec);
    let options = Options { only, config, rules, advisories, declaration, baseline, fail_on, threads };
    let mut setup = options.setup()?;
    setup.options.history = history.and_then(History::range);
    setup.options.paths = paths.map(Paths::into_vec).unwrap_or_else(|| vec![PathBuf::from(".")]);
    run(py, &setup)
}

/// Scans bytes in memory under a name.
#[pyfunction]
#[pyo3(signature = (name, data, *, only=None, config=None, rules=None, fail_on=None))]
fn scan_bytes(
    py: Python<'_>,
    name: String,
    data: Vec<u8>,
    only: Option<Vec<String>>,
    config: Option<PathBuf>,
    rules: Option<Vec<PathBuf>>,
    fail_on: Option<String>,
) -> PyResult<Report> {
    let options =
        Options { only, config, rules, advisories: None, declaration: None, baseline: None, fail_on, threads: Some(1) };
    let mut setup = options.setup()?;
    setup.memory = Some(vec![(name, data)]);
    run(py, &setup)
}

/// All of the history, none of it, or a range.
#[derive(FromPyObject)]
enum History {
    All(bool),
    Range(String),
}

impl History {
    fn range(self) -> Option<Range> {
        match self {
            Self::All(all) => all.then_some(Range::All),
            Self::Range(words) => Some(Range::of_words(&words)),
        }
    }
}

/// One path or several.
#[derive(FromPyObject)]
enum Paths {
    One(PathBuf),
    Many(Vec<PathBuf>),
}

impl Paths {
    fn into_vec(self) -> Vec<PathBuf> {
        match self {
            Self::One(path) => vec![path],
            Self::Many(paths) => paths,
        }
    }
}

/// The engine of trueup.
#[pymodule(gil_used = false)]
fn _trueup(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("TrueupError", module.py().get_type::<TrueupError>())?;
    module.add_class::<Finding>()?;
    module.add_class::<Report>()?;
    module.add_class::<Verdict>()?;
    module.add_function(wrap_pyfunction!(scan, module)?)?;
    module.add_function(wrap_pyfunction!(scan_bytes, module)?)
}
