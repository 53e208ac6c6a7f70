//! Rule files of users.

use std::path::Path;

use super::open::{self, Obstacle};
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
    let refused = |obstacle: Obstacle| match obstacle {
        Obstacle::TooLarge(_) => refuse("larger than a rule can be (1 MiB)".into()),
        obstacle => refuse(obstacle.about("", LARGEST).message),
    };
    // The configuration of the scanned tree may name a pipe or a device, which has no end.
    let (mut file, size) = open::open(path, true).map_err(refused)?;
    let mut bytes = Vec::new();
    open::read_rest(&mut file, size.min(LARGEST), LARGEST, &mut bytes).map_err(refused)?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("not UTF-8".into()))?;
    Ok((path.display().to_string().replace('\\', "/"), text))
}
