//! The paths that were asked for, found on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{names, open};
use crate::error::{Error, ErrorKind};

/// The paths that were asked for.
pub(super) struct Named {
    pub(super) stdin: bool,
    pub(super) folders: Vec<PathBuf>,
    pub(super) files: Vec<(PathBuf, u64)>,
    /// Pipes, sockets, devices.
    pub(super) others: Vec<PathBuf>,
}

impl Named {
    /// Follows links in the names, once: what is reported is where they lead.
    pub(super) fn resolve(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut named = Self { stdin: false, folders: Vec::new(), files: Vec::new(), others: Vec::new() };
        let mut defects = Vec::new();
        let current = [PathBuf::from(".")];
        for path in if paths.is_empty() { &current } else { paths } {
            if path.as_os_str() == "-" {
                named.stdin = true;
                continue;
            }
            match fs::canonicalize(path).and_then(|real| Ok((real.metadata()?, real))) {
                // A folder that was asked for and cannot be listed must not pass for one that holds nothing.
                Ok((metadata, real)) if metadata.is_dir() => match fs::read_dir(&real) {
                    Ok(_) => named.folders.push(real),
                    Err(error) => defects.push(absent(path, &error)),
                },
                Ok((metadata, real)) if metadata.is_file() => named.files.push((real, metadata.len())),
                Ok((_, real)) => named.others.push(real),
                Err(error) => defects.push(absent(path, &error)),
            }
        }
        if defects.is_empty() { Ok(named) } else { Err(Error { kind: ErrorKind::Input, path: None, defects }) }
    }

    /// The deepest folder that holds everything named.
    pub(super) fn common_folder(&self) -> Result<PathBuf, Error> {
        let files = self.files.iter().map(|(file, _)| file).chain(&self.others);
        let parents = files.map(|file| file.parent().unwrap_or(file));
        let mut folders = parents.chain(self.folders.iter().map(PathBuf::as_path));
        let Some(first) = folders.next() else { return current_folder() };
        let shared = |common: PathBuf, folder: &Path| {
            common.ancestors().find(|above| folder.starts_with(above)).map_or_else(PathBuf::new, Path::to_path_buf)
        };
        Ok(folders.fold(first.to_path_buf(), shared))
    }

    /// Git's own folder holds other people's objects and hooks, and is never read.
    pub(super) fn refuse_git_folder(&self, root: &Path) -> Result<(), Error> {
        let all = self.files.iter().map(|(file, _)| file).chain(&self.folders).chain(&self.others);
        let is_inside = |path: &&PathBuf| {
            let below = path.strip_prefix(root).unwrap_or(path);
            below.components().any(|part| names::is_git_folder(part.as_os_str()))
        };
        let defects: Vec<String> = all
            .filter(is_inside)
            .map(|path| format!("`{}` is part of git's own folder, which is not scanned", shown(path)))
            .collect();
        if defects.is_empty() { Ok(()) } else { Err(Error { kind: ErrorKind::Input, path: None, defects }) }
    }

    /// True when the path below the root was asked for, by itself or with a folder around it.
    pub(super) fn holds(&self, root: &Path, relative: &Path) -> bool {
        let path = root.join(relative);
        self.folders.iter().any(|folder| path.starts_with(folder)) || self.names_file(&path)
    }

    pub(super) fn names_file(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, _)| file == path)
    }
}

/// A path as it was named, safe to print.
pub(super) fn shown(path: &Path) -> String {
    names::printable(&path.to_string_lossy())
}

/// Where relative names start.
pub(super) fn current_folder() -> Result<PathBuf, Error> {
    fs::canonicalize(".")
        .map_err(|error| Error::new(ErrorKind::Input, format!("the current folder {}", open::explain(&error))))
}

/// Says what is wrong with a path that cannot be had, and which one may have been meant.
fn absent(path: &Path, error: &io::Error) -> String {
    let name = shown(path);
    if error.kind() != io::ErrorKind::NotFound {
        return format!("`{name}` {}", open::explain(error));
    }
    if path.symlink_metadata().is_ok() {
        return format!("`{name}` is a symbolic link that leads nowhere");
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let wanted = path.file_name().map(|wanted| wanted.to_string_lossy().into_owned());
    let near = fs::read_dir(parent.unwrap_or(Path::new("."))).ok().zip(wanted).and_then(|(entries, wanted)| {
        let known = entries.map_while(Result::ok).take(10_000);
        names::nearest(&wanted, known.map(|entry| entry.file_name().to_string_lossy().into_owned()))
    });
    match near {
        Some(near) => {
            let near = parent.map_or_else(|| PathBuf::from(&near), |parent| parent.join(&near));
            format!("no such file or folder `{name}`; did you mean `{}`?", shown(&near))
        }
        None => format!("no such file or folder `{name}`"),
    }
}
