//! How paths and names are shown: safe to print, with forward slashes, and close to what was meant.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

/// `path` below `root` with forward slashes, and whether something of the name is not shown as it is in bytes.
pub(super) fn shown_path(relative: &Path) -> (String, bool) {
    let mut shown = String::with_capacity(relative.as_os_str().len());
    let mut lossy = false;
    for component in relative.components() {
        if !shown.is_empty() && !shown.ends_with('/') {
            shown.push('/');
        }
        let part = component.as_os_str();
        match part.to_str() {
            Some(text) => push_printable(&mut shown, text),
            None => {
                lossy = true;
                push_printable(&mut shown, &part.to_string_lossy());
            }
        }
    }
    (shown, lossy)
}

/// The text with control characters escaped, so that a name cannot steer a terminal or forge a line of a log.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_printable(&mut out, text);
    out
}

fn push_printable(out: &mut String, text: &str) {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        if is_unprintable(character) { out.extend(character.escape_unicode()) } else { out.push(character) }
    }
}

/// Control characters, and the marks that reorder or hide text on screen.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// `path` as bytes the way git writes it: relative, forward slashes.
pub(super) fn git_path(relative: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStrExt::as_bytes(relative.as_os_str()).to_vec()
    }
    #[cfg(not(unix))]
    {
        relative.to_string_lossy().replace('\\', "/").into_bytes()
    }
}

/// The path that git's bytes name, or nothing when they could lead out of the folder or into `.git`: an index is
/// untrusted input.
pub(super) fn from_git_path(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    let path = Path::new(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes));
    #[cfg(not(unix))]
    let path = Path::new(std::str::from_utf8(bytes).ok()?);
    let inside = |part: Component<'_>| matches!(part, Component::Normal(name) if !is_git_folder(name));
    (!bytes.contains(&0) && path.components().next().is_some() && path.components().all(inside))
        .then(|| path.to_path_buf())
}

/// True for the name of git's own folder (or file, in a linked worktree or a submodule).
pub(super) fn is_git_folder(name: &OsStr) -> bool {
    name == ".git"
}

/// `path` without `.` and `..`, resolved by name alone.
pub(super) fn normalised(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Names longer than this are not compared: nobody mistypes them.
const LONGEST_COMPARED: usize = 100;

/// The name of `known` closest to `wanted`, when it is close enough to be a slip of the finger.
pub(super) fn nearest(wanted: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let wanted_letters: Vec<char> = wanted.chars().take(LONGEST_COMPARED + 1).collect();
    if wanted_letters.len() > LONGEST_COMPARED {
        return None;
    }
    let limit = (wanted_letters.len() / 3).clamp(1, 3);
    known
        .filter_map(|name| {
            let letters: Vec<char> = name.chars().take(LONGEST_COMPARED + 1).collect();
            let far = distance(&wanted_letters, &letters);
            (far <= limit && far < letters.len()).then_some((far, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// Number of letters to add, drop, change or swap with their neighbour; beyond reach when the lengths differ much.
fn distance(from: &[char], to: &[char]) -> usize {
    if from.len().abs_diff(to.len()) > 3 || from.len().max(to.len()) > LONGEST_COMPARED {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut before: Option<char> = None;
    for (row, &letter) in from.iter().enumerate() {
        let mut next = vec![row + 1];
        let mut left: Option<char> = None;
        for (column, &other) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut best = at(&last, column) + usize::from(letter != other);
            best = best.min(at(&last, column + 1) + 1).min(at(&next, column) + 1);
            if before == Some(other) && left == Some(letter) && column > 0 {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            next.push(best);
            left = Some(other);
        }
        before_last = std::mem::replace(&mut last, next);
        before = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_steer_a_terminal_are_escaped() {
        for (name, shown) in [
            ("src/app.py", "src/app.py"),
            ("a\u{1b}[31m/b\n.txt", "a\\u{1b}[31m/b\\u{a}.txt"),
            ("über/日本.rs", "über/日本.rs"),
            ("x\u{202e}gpj.sh", "x\\u{202e}gpj.sh"),
            ("a\u{85}b", "a\\u{85}b"),
        ] {
            assert_eq!(shown_path(Path::new(name)), (shown.to_string(), false));
        }
    }

    #[test]
    fn only_paths_that_stay_inside_come_out_of_git() {
        for (bytes, inside) in [
            (&b"a/b.txt"[..], true),
            (b"../etc/passwd", false),
            (b"a/../../x", false),
            (b"/etc/passwd", false),
            (b".git/config", false),
            (b"sub/.git/hooks/x", false),
            (b"", false),
            (b"a\0b", false),
            (b".github/workflows/ci.yml", true),
        ] {
            assert_eq!(from_git_path(bytes).is_some(), inside, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn the_nearest_name_is_a_slip_away() {
        let known = || ["main", "master", "develop", "src", "settings.py"].map(String::from).into_iter();
        for (wanted, nearby) in [
            ("mian", Some("main")),
            ("mastre", Some("master")),
            ("scr", Some("src")),
            ("setting.py", Some("settings.py")),
            ("release", None),
            ("x", None),
        ] {
            assert_eq!(nearest(wanted, known()).as_deref(), nearby, "{wanted}");
        }
    }
}
