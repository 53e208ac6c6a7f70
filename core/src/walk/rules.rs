//! Rule files of users.

use std::{fs, path::Path};

use crate::error::{Error, ErrorKind};

/// A rule file is no larger than this.
const LARGEST: u64 = 1024 * 1024;

/// Reads one rule file, or every `.toml` file of a folder and the folders below, in order of path.
///
/// # Errors
/// A path that is not there, a folder without rules, a file that cannot be read.
pub fn read_rules(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut files = Vec::new();
    if path.is_dir() {
        let mut builder = ignore::WalkBuilder::new(path);
        builder.standard_filters(false).follow_links(false).sort_by_file_path(Path::cmp).max_depth(Some(16));
        for entry in builder.build().filter_map(Result::ok) {
            let is_rule = entry.path().extension().is_some_and(|extension| extension == "toml");
            if is_rule && entry.file_type().is_some_and(|kind| kind.is_file()) {
                files.push(read(entry.path())?);
            }
        }
        if files.is_empty() {
            return Err(Error::new(ErrorKind::Rules, "no rule (.toml) in the folder").at(path));
        }
    } else {
        files.push(read(path)?);
    }
    Ok(files)
}

fn read(path: &Path) -> Result<(String, String), Error> {
    let refuse = |defect: String| Error::new(ErrorKind::Rules, defect).at(path);
    let size = fs::metadata(path).map_err(|error| refuse(super::open::explain(&error)))?.len();
    if size > LARGEST {
        return Err(refuse("larger than a rule can be (1 MiB)".into()));
    }
    let text = fs::read_to_string(path).map_err(|error| refuse(super::open::explain(&error)))?;
    Ok((path.display().to_string().replace('\\', "/"), text))
}
