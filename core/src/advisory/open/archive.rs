//! Archives of records, inflated on all threads without keeping more than one record a thread.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use rayon::prelude::*;
use zip::ZipArchive;

use super::MAX_FILE;

/// Members one thread takes at a time.
const CHUNK: usize = 512;

/// Bytes read ahead: members are small and lie one behind the other.
const AHEAD: usize = 64 * 1024;

/// Visits every JSON member of an archive; parts come back in the order of the archive.
pub(super) fn each<T: Default + Send>(
    path: &Path,
    visit: impl Fn(&str, io::Result<&[u8]>, &mut T) + Sync,
) -> Result<Vec<T>, String> {
    let reader =
        Shared::new(File::open(path).map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    let archive = ZipArchive::new(reader).map_err(|error| error.to_string())?;
    let starts: Vec<usize> = (0..archive.len()).step_by(CHUNK).collect();
    let parts = starts.into_par_iter().map(|start| {
        let (mut archive, mut part, mut bytes) = (archive.clone(), T::default(), Vec::new());
        for index in start..archive.len().min(start.saturating_add(CHUNK)) {
            let mut member = match archive.by_index(index) {
                Ok(member) => member,
                Err(error) => {
                    visit(&format!("member {index}"), Err(io::Error::other(error.to_string())), &mut part);
                    continue;
                }
            };
            let name = member.name().unwrap_or_default().into_owned();
            if !member.is_file() || !name.ends_with(".json") {
                continue;
            }
            bytes.clear();
            let read = member.by_ref().take(MAX_FILE + 1).read_to_end(&mut bytes);
            let content = match read {
                Ok(size) if size as u64 > MAX_FILE => Err(io::Error::other("larger than 64 MiB")),
                Ok(_) => Ok(bytes.as_slice()),
                Err(error) => Err(error),
            };
            visit(&name, content, &mut part);
        }
        part
    });
    Ok(parts.collect())
}

/// One open file read by many threads, each at its own position.
#[derive(Debug)]
struct Shared {
    file: Arc<File>,
    size: u64,
    position: u64,
    ahead: Vec<u8>,
    ahead_from: u64,
}

impl Shared {
    fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), size, position: 0, ahead: Vec::new(), ahead_from: 0 })
    }

    /// Bytes already read from the position on.
    fn buffered(&self) -> &[u8] {
        let from = self.position.checked_sub(self.ahead_from).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.ahead.get(from..)).unwrap_or_default()
    }
}

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self {
            file: Arc::clone(&self.file),
            size: self.size,
            position: self.position,
            ahead: Vec::new(),
            ahead_from: 0,
        }
    }
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() {
            let mut ahead = std::mem::take(&mut self.ahead);
            ahead.resize(AHEAD, 0);
            let count = read_at(&self.file, &mut ahead, self.position)?;
            ahead.truncate(count);
            (self.ahead, self.ahead_from) = (ahead, self.position);
        }
        let count = self.buffered().read(buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}
