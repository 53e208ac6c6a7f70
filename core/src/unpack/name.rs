//! Names of members as they are shown: whatever an archive says, they steer no terminal and lead nowhere.

/// Most bytes of a name that are shown; of a longer one the end tells more.
const LONGEST: usize = 400;

/// The name of a member: forward slashes, no way out, nothing that acts on a terminal.
pub(super) fn shown(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw.get(raw.len().saturating_sub(4 * LONGEST)..).unwrap_or(raw));
    let parts: Vec<String> = text
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .map(|part| part.chars().map(|letter| if is_hazard(letter) { '\u{FFFD}' } else { letter }).collect())
        .collect();
    let whole = parts.join("/");
    let cut = whole.ceil_char_boundary(whole.len().saturating_sub(LONGEST));
    match whole.get(cut..).unwrap_or_default() {
        "" => "unnamed".to_owned(),
        end => end.to_owned(),
    }
}

/// Control characters, and the marks that reorder or hide text on screen.
fn is_hazard(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// The way to a member of an archive, whose own way is empty for the outer file.
pub(super) fn within(archive: &str, member: &str) -> String {
    if archive.is_empty() { member.to_owned() } else { format!("{archive}!/{member}") }
}

/// What a compressed file holds is called like it without the ending.
pub(super) fn without_ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = match name.rsplit_once('.') {
        Some((stem, "gz" | "bz2" | "xz" | "zst" | "zstd" | "z" | "Z")) if !stem.is_empty() => stem,
        Some((stem, "tgz" | "tbz2" | "txz" | "tzst")) if !stem.is_empty() => stem,
        Some((stem, "svgz")) => return shown(format!("{stem}.svg").as_bytes()),
        _ => name,
    };
    shown(stem.as_bytes())
}
