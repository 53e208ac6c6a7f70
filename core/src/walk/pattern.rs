//! Patterns of ignore files, matched the way git matches them, in time and memory that no pattern can blow up.
//!
//! The general glob matchers build one automaton of all patterns. That is fast for patterns that mean well, but twenty
//! kilobytes of chosen ones cost them gigabytes, and ignore files come from the tree that is scanned.

use std::collections::HashMap;

/// The patterns of one ignore file; the last one that matches decides.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    all: Vec<Pattern>,
    /// Numbers of the patterns that are just a name (`node_modules/`), just an ending (`*.log`), just a path (`/build`).
    names: Table,
    endings: Table,
    paths: Table,
    /// Numbers of all others, which are tried one by one.
    others: Vec<usize>,
    /// Bytes of these.
    pub(super) cost: u64,
    /// Lines that cannot be a pattern.
    pub(super) defects: Vec<String>,
}

/// Only asked, never listed, so its order does not matter.
type Table = HashMap<Box<[u8]>, Vec<usize>>;

#[derive(Debug)]
struct Pattern {
    is_negated: bool,
    only_folders: bool,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    /// Found through a table.
    Tabled,
    /// The last part of the path, wherever it is.
    Name(Glob),
    /// The whole path from the ignore file's folder.
    Path(Vec<Part>),
}

#[derive(Debug)]
enum Part {
    /// `**`: any number of folders.
    AnyDepth,
    One(Glob),
}

/// A pattern for one part of a path.
#[derive(Debug, Default)]
struct Glob {
    tokens: Vec<Token>,
    /// Place of the last `*`.
    last_star: Option<usize>,
}

#[derive(Debug)]
enum Token {
    Byte(u8),
    Any,
    Star,
    /// Whether it is negated, and the ranges of bytes it names.
    Class(bool, Vec<(u8, u8)>),
}

impl Patterns {
    /// The patterns of a text, one on each line.
    pub(super) fn parse(text: &str) -> Self {
        let mut patterns = Self::default();
        for line in text.trim_start_matches('\u{FEFF}').lines() {
            if patterns.add(line).is_none() {
                patterns.defects.push(line.to_string());
            }
        }
        patterns
    }

    /// True when nothing can match.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether the path is ignored; nothing when no pattern says so or otherwise. The path starts at the ignore file's
    /// folder.
    pub(super) fn decide(&self, path: &[u8], is_folder: bool) -> Option<bool> {
        if self.all.is_empty() {
            return None;
        }
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        let ending = name.rsplit(|&byte| byte == b'.').next().filter(|ending| ending.len() < name.len());
        let fits = |number: &&usize| self.all.get(**number).is_some_and(|one| is_folder || !one.only_folders);
        let tabled = [self.names.get(name), self.paths.get(path), ending.and_then(|ending| self.endings.get(ending))];
        let tabled = tabled.into_iter().flatten().filter_map(|numbers| numbers.iter().rev().find(fits)).max();
        let others = self.others.iter().rev().take_while(|number| tabled.is_none_or(|tabled| *number > tabled));
        let matches = |number: &&usize| self.all.get(**number).is_some_and(|one| one.shape.matches(path, name));
        let other = others.filter(fits).find(matches);
        let number = other.or(tabled)?;
        self.all.get(*number).map(|one| !one.is_negated)
    }

    /// Adds what a line says; nothing when it says nothing that can be.
    fn add(&mut self, line: &str) -> Option<()> {
        let line = without_trailing_spaces(line);
        if line.is_empty() || line.starts_with('#') {
            return Some(());
        }
        let (is_negated, line) = line.strip_prefix('!').map_or((false, line), |line| (true, line));
        let (only_folders, line) = line.strip_suffix('/').map_or((false, line), |line| (true, line));
        let (is_rooted, line) = line.strip_prefix('/').map_or((false, line), |line| (true, line));
        if line.is_empty() {
            return None;
        }
        let number = self.all.len();
        let shape = if is_rooted || line.contains('/') { self.path(number, line)? } else { self.name(number, line)? };
        if !matches!(shape, Shape::Tabled) {
            self.others.push(number);
            self.cost += line.len() as u64;
        }
        self.all.push(Pattern { is_negated, only_folders, shape });
        Some(())
    }

    fn name(&mut self, number: usize, line: &str) -> Option<Shape> {
        let glob = Glob::parse(line)?;
        let table = match glob.tokens.as_slice() {
            [Token::Star, Token::Byte(b'.'), ending @ ..] => {
                literal(ending).filter(|ending| !ending.contains(&b'.')).map(|ending| self.endings.entry(ending.into()))
            }
            tokens => literal(tokens).map(|name| self.names.entry(name.into())),
        };
        match table {
            Some(entry) => {
                entry.or_default().push(number);
                Some(Shape::Tabled)
            }
            None => Some(Shape::Name(glob)),
        }
    }

    fn path(&mut self, number: usize, line: &str) -> Option<Shape> {
        let part = |part: &str| match part {
            "" => None,
            // Git's matcher takes any run of two stars and more for the same.
            stars if stars.len() > 1 && stars.bytes().all(|byte| byte == b'*') => Some(Part::AnyDepth),
            part => Glob::parse(part).map(Part::One),
        };
        let parts: Vec<Part> = line.split('/').map(part).collect::<Option<_>>()?;
        let whole: Option<Vec<Vec<u8>>> = parts
            .iter()
            .map(|part| match part {
                Part::One(glob) => literal(&glob.tokens),
                Part::AnyDepth => None,
            })
            .collect();
        match whole {
            Some(whole) => {
                self.paths.entry(whole.join(&b'/').into()).or_default().push(number);
                Some(Shape::Tabled)
            }
            None => Some(Shape::Path(parts)),
        }
    }
}

/// Spaces at the end do not count, unless one is escaped.
fn without_trailing_spaces(line: &str) -> &str {
    let kept = line.trim_end_matches(' ');
    let slashes = kept.len() - kept.trim_end_matches('\\').len();
    // An odd number of backslashes escapes the space after them.
    if slashes % 2 == 1 && kept.len() < line.len() { line.get(..=kept.len()).unwrap_or(kept) } else { kept }
}

/// The bytes that tokens without a wildcard stand for.
fn literal(tokens: &[Token]) -> Option<Vec<u8>> {
    let bytes = tokens.iter().map(|token| if let Token::Byte(byte) = token { Some(*byte) } else { None });
    bytes.collect()
}

impl Shape {
    fn matches(&self, path: &[u8], name: &[u8]) -> bool {
        match self {
            Self::Tabled => false,
            Self::Name(glob) => glob.matches(name),
            Self::Path(parts) => path_matches(parts, path),
        }
    }
}

/// Matches parts of a pattern against parts of a path, giving each `**` as little as will do: what follows the last
/// `**` met is all that ever has to be tried again.
fn path_matches(parts: &[Part], path: &[u8]) -> bool {
    let names: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    let (mut part, mut name, mut retry) = (0, 0, None);
    loop {
        let is_match = match (parts.get(part), names.get(name)) {
            (None, None) => return true,
            // At the end, `**` stands for what is inside a folder, not for the folder itself.
            (Some(Part::AnyDepth), here) if part + 1 == parts.len() => return here.is_some(),
            (Some(Part::AnyDepth), _) => {
                part += 1;
                retry = Some((part, name));
                continue;
            }
            (Some(Part::One(glob)), Some(here)) => glob.matches(here),
            (_, None) => return false,
            (None, Some(_)) => false,
        };
        if is_match {
            (part, name) = (part + 1, name + 1);
            continue;
        }
        let Some((again, from)) = retry else { return false };
        retry = Some((again, from + 1));
        (part, name) = (again, from + 1);
    }
}

impl Glob {
    /// Nothing when a class or an escape is left open: git lets such a pattern match nothing.
    fn parse(text: &str) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            rest = after;
            tokens.push(match first {
                b'*' if matches!(tokens.last(), Some(Token::Star)) => continue,
                b'*' => Token::Star,
                b'?' => Token::Any,
                b'\\' => {
                    let (escaped, after) = rest.split_first()?;
                    rest = after;
                    Token::Byte(*escaped)
                }
                b'[' => {
                    let (class, after) = class(rest)?;
                    rest = after;
                    class
                }
                byte => Token::Byte(*byte),
            });
        }
        let last_star = tokens.iter().rposition(|token| matches!(token, Token::Star));
        Some(Self { tokens, last_star })
    }

    /// Linear but for stars that are followed by others, and those never go back beyond the last one met.
    fn matches(&self, name: &[u8]) -> bool {
        let (mut token, mut byte, mut retry) = (0, 0, None);
        loop {
            let is_match = match (self.tokens.get(token), name.get(byte)) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    let after = self.tokens.len() - token - 1;
                    if self.last_star == Some(token) {
                        // Every token after the last star takes one byte, so it is known where they start.
                        let Some(start) = name.len().checked_sub(after).filter(|start| *start >= byte) else {
                            return false;
                        };
                        (byte, retry) = (start, None);
                    } else {
                        retry = Some((token + 1, byte));
                    }
                    token += 1;
                    continue;
                }
                (Some(one), Some(here)) => one.matches(*here),
                _ => false,
            };
            if is_match {
                (token, byte) = (token + 1, byte + 1);
                continue;
            }
            let Some((again, from)) = retry.filter(|(_, from)| *from < name.len()) else { return false };
            retry = Some((again, from + 1));
            (token, byte) = (again, from + 1);
        }
    }
}

impl Token {
    fn matches(&self, byte: u8) -> bool {
        match self {
            Self::Byte(one) => *one == byte,
            Self::Any => true,
            Self::Star => false,
            Self::Class(is_negated, ranges) => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&byte)) != *is_negated
            }
        }
    }
}

/// A class from behind its `[`, and what follows its `]`.
fn class(text: &[u8]) -> Option<(Token, &[u8])> {
    let (is_negated, mut rest) = match text {
        [b'!' | b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut ranges = Vec::new();
    let mut is_first = true;
    loop {
        match rest {
            [b']', after @ ..] if !is_first => return Some((Token::Class(is_negated, ranges), after)),
            [b'[', b':', after @ ..] => {
                let end = after.windows(2).position(|pair| pair == b":]")?;
                let (name, after) = after.split_at_checked(end)?;
                ranges.extend_from_slice(named_class(name)?);
                rest = after.get(2..)?;
            }
            _ => {
                let (from, after) = class_byte(rest)?;
                rest = after;
                let to = match rest {
                    [b'-', after @ ..] if !matches!(after, [b']', ..] | []) => {
                        let (to, after) = class_byte(after)?;
                        rest = after;
                        to
                    }
                    _ => from,
                };
                ranges.push((from, to));
            }
        }
        is_first = false;
    }
}

fn class_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [b'\\', byte, rest @ ..] => Some((*byte, rest)),
        [b'\\'] | [] => None,
        [byte, rest @ ..] => Some((*byte, rest)),
    }
}

/// The classes of POSIX, in ASCII as git has them.
fn named_class(name: &[u8]) -> Option<&'static [(u8, u8)]> {
    Some(match name {
        b"alnum" => &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        b"alpha" => &[(b'A', b'Z'), (b'a', b'z')],
        b"blank" => &[(b' ', b' '), (b'\t', b'\t')],
        b"cntrl" => &[(0, 31), (127, 127)],
        b"digit" => &[(b'0', b'9')],
        b"graph" => &[(33, 126)],
        b"lower" => &[(b'a', b'z')],
        b"print" => &[(32, 126)],
        b"punct" => &[(33, 47), (58, 64), (91, 96), (123, 126)],
        b"space" => &[(b' ', b' '), (9, 13)],
        b"upper" => &[(b'A', b'Z')],
        b"xdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_to_git() {
        for (pattern, path, is_folder, decision) in [
            ("*.log", "a/b.log", false, Some(true)),
            ("*.log", "a/log", false, None),
            ("*.tar.gz", "x.tar.gz", false, Some(true)),
            ("*log", "catalog", false, Some(true)),
            ("log*", "a/logs", true, Some(true)),
            ("build/", "a/build", false, None),
            ("build/", "a/build", true, Some(true)),
            ("/build", "a/build", true, None),
            ("/build", "build", false, Some(true)),
            ("a/build", "x/a/build", true, None),
            ("**/a/build", "x/y/a/build", true, Some(true)),
            ("**/a/build", "a/build", true, Some(true)),
            ("a/**/b", "a/b", false, Some(true)),
            ("a/**/b", "a/x/y/b", false, Some(true)),
            ("a/**/b", "a/x/y/c", false, None),
            ("a/**", "a", true, None),
            ("a/**", "a/x/y", false, Some(true)),
            ("a/**/*.c", "a/b/c/d.c", false, Some(true)),
            ("a/*", "a/b/c", false, None),
            ("**", "a/b", false, Some(true)),
            ("!a", "a", false, Some(false)),
            ("\\!a", "!a", false, Some(true)),
            ("\\#a", "#a", false, Some(true)),
            ("#a", "#a", false, None),
            ("a\\ ", "a ", false, Some(true)),
            ("a  ", "a", false, Some(true)),
            ("a\\*b", "a*b", false, Some(true)),
            ("a\\*b", "axb", false, None),
            ("[Bb]in", "Bin", true, Some(true)),
            ("[!a-c]x", "dx", false, Some(true)),
            ("[!a-c]x", "bx", false, None),
            ("[]-]x", "]x", false, Some(true)),
            ("[a-]x", "-x", false, Some(true)),
            ("x[[:digit:]z]", "x7", false, Some(true)),
            ("x[[:digit:]z]", "xz", false, Some(true)),
            ("[a", "[a", false, None),
            ("a\\", "a\\", false, None),
            ("a//b", "a/b", false, None),
            ("a?c", "abc", false, Some(true)),
            ("*a*b*", "xxaxxbxx", false, Some(true)),
            ("*a*b", "xaxbxc", false, None),
            ("a*a", "a", false, None),
            ("a*", "a", false, Some(true)),
            ("*\n!keep", "keep", false, Some(false)),
            ("!keep\n*", "keep", false, Some(true)),
            ("keep\n!*.x\nk*", "k.x", false, Some(true)),
        ] {
            assert_eq!(
                Patterns::parse(pattern).decide(path.as_bytes(), is_folder),
                decision,
                "{pattern:?} on {path:?}"
            );
        }
    }
}
