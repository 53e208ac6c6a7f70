//! Leaves out of a program what no rule can find anything in: functions without a trigger word and without personal
//! data that nothing of interest calls, and calls that would only matter with such data in their reach.
//!
//! Functions are told by lines without indentation, as formatters write them. What is left out becomes blanks, so that
//! every place stays where it is. Parsing is most of the cost of a scan, and most functions of most programs are of no
//! interest to any rule.

use std::{borrow::Cow, ops::Range};

use foldhash::{HashMap, HashMapExt};

use super::trigger::Interest;
use crate::vocabulary::{Categories, PersonalData};

/// Shorter programs are parsed whole: there is nothing to win.
const SHORT: usize = 4096;

/// How the line of a function begins.
const FUNCTIONS: &[&str] = &[
    "func ",
    "def ",
    "async def ",
    "function ",
    "async function ",
    "export function ",
    "export async function ",
    "fn ",
    "pub fn ",
    "pub async fn ",
    "async fn ",
    "pub(crate) fn ",
    "pub(super) fn ",
];

/// A function, or a stretch of anything else.
struct Piece<'t> {
    range: Range<usize>,
    /// Its name, for a function.
    name: Option<&'t str>,
    kept: bool,
    /// Personal data that rules ask for is named in it.
    has_data: bool,
    /// A call that personal data may reach stands in it.
    has_end: bool,
    /// Names that it calls.
    calls: Vec<&'t str>,
}

impl<'t> Piece<'t> {
    fn new(range: Range<usize>, name: Option<&'t str>) -> Self {
        Self { range, name, kept: name.is_none(), has_data: false, has_end: false, calls: Vec::new() }
    }

    fn holds(&self, places: &[usize]) -> bool {
        let from = places.partition_point(|at| *at < self.range.start);
        places.get(from).is_some_and(|at| *at < self.range.end)
    }
}

/// The program with blanks for what is of no interest. `wanted` are the categories of personal data that rules ask for.
pub(super) fn reduce<'t>(
    text: &'t str,
    interest: &Interest,
    wanted: Categories,
    people: &PersonalData,
) -> Cow<'t, str> {
    if text.len() < SHORT {
        return Cow::Borrowed(text);
    }
    let mut pieces = pieces(text);
    for piece in &mut pieces {
        let part = text.get(piece.range.clone()).unwrap_or_default();
        piece.has_end = piece.holds(&interest.ends);
        piece.has_data = people.occurs(part, wanted);
        piece.kept |= piece.has_data || piece.holds(&interest.others);
        piece.calls = calls(part).collect();
        piece.calls.sort_unstable();
        piece.calls.dedup();
    }
    keep_ends(&mut pieces);
    keep_called(&mut pieces);
    if pieces.iter().all(|piece| piece.kept) {
        return Cow::Borrowed(text);
    }
    let mut reduced = String::with_capacity(text.len());
    for piece in &pieces {
        let part = text.get(piece.range.clone()).unwrap_or_default();
        match piece.kept {
            true => reduced.push_str(part),
            false => reduced.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
        }
    }
    Cow::Owned(reduced)
}

/// Keeps calls that data may reach where a function with data answers, however many functions lie between.
fn keep_ends(pieces: &mut [Piece<'_>]) {
    let mut callers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        piece.calls.iter().for_each(|name| callers.entry(name).or_default().push(at));
    }
    let mut open: Vec<usize> =
        (0..pieces.len()).filter(|&at| pieces.get(at).is_some_and(|piece| piece.has_data)).collect();
    while let Some(name) = open.pop().map(|at| pieces.get(at).and_then(|piece| piece.name)) {
        // What calls it gets data from it; what has data itself is kept already.
        for at in name.and_then(|name| callers.remove(name)).unwrap_or_default() {
            if let Some(piece) = pieces.get_mut(at).filter(|piece| !piece.has_data) {
                piece.has_data = true;
                piece.kept |= piece.has_end;
                open.push(at);
            }
        }
    }
}

/// Keeps every function that something kept calls, for what it does with its arguments.
fn keep_called(pieces: &mut [Piece<'_>]) {
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.kept) {
        named.entry(piece.name.unwrap_or_default()).or_default().push(at);
    }
    let mut open: Vec<usize> = (0..pieces.len()).filter(|&at| pieces.get(at).is_some_and(|piece| piece.kept)).collect();
    while let Some(called) = open.pop().and_then(|at| pieces.get_mut(at)).map(|piece| std::mem::take(&mut piece.calls))
    {
        for at in called.into_iter().filter_map(|name| named.remove(name)).flatten() {
            if let Some(piece) = pieces.get_mut(at) {
                piece.kept = true;
                open.push(at);
            }
        }
    }
}

/// Splits a program into functions and what stands between them.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let body = line.trim_end();
        let last = pieces.last_mut();
        // Blank and indented lines, closing brackets and a lone opening one go on with what is there.
        if body.is_empty() || body.starts_with([' ', '\t', '}', ')', ']']) || body == "{" {
            match last {
                Some(piece) => piece.range.end = start,
                None => pieces.push(Piece::new(from..start, None)),
            }
            continue;
        }
        match (last, function(body)) {
            (Some(piece), None) if piece.name.is_none() => piece.range.end = start,
            (_, name) => pieces.push(Piece::new(from..start, name)),
        }
    }
    keep_decorated(text, &mut pieces);
    pieces
}

/// A decorator or an attribute above a function needs the function.
fn keep_decorated(text: &str, pieces: &mut [Piece<'_>]) {
    let mut decorated = false;
    for piece in pieces {
        piece.kept |= decorated;
        let before = text.get(piece.range.clone()).unwrap_or_default();
        let last = before.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        decorated = piece.name.is_none() && last.starts_with(['@', '#', ')', ']']);
    }
}

/// The name of the function whose first line this is.
fn function(line: &str) -> Option<&str> {
    let rest = FUNCTIONS.iter().find_map(|start| line.strip_prefix(start))?;
    // The receiver of a method stands before its name.
    let rest = match rest.strip_prefix('(') {
        Some(receiver) => receiver.split_once(')')?.1.trim_start(),
        None => rest,
    };
    rest.split(|letter: char| !is_part(letter)).next().filter(|name| !name.is_empty())
}

/// Names that a text calls: functions, and methods of its own object. What a call of another object's method does is
/// not followed.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let name = before.rsplit(|letter: char| !is_part(letter)).next().filter(|name| !name.is_empty())?;
        let owner = before.get(..before.len() - name.len())?;
        // `this`, `self`, and receivers, which have a letter or two.
        let is_own = owner.strip_suffix('.').is_none_or(|owner| {
            owner.rsplit(|letter: char| !is_part(letter)).next().is_some_and(|owner| (1..=4).contains(&owner.len()))
        });
        is_own.then_some(name)
    })
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are left, with filling behind so that the text is long enough to be reduced.
    fn left(text: &str) -> Vec<String> {
        let people: PersonalData = toml::from_str("[[category]]\nkey = 'mail'\nstrict = ['email']").unwrap();
        let long = format!("{text}\nx = 1\n{}", "\n".repeat(SHORT));
        let places = |word: &str| long.match_indices(word).map(|(at, _)| at).collect();
        let interest = Interest { ends: places("log("), others: places("tls(") };
        let reduced = reduce(&long, &interest, Categories::MAX, &people);
        assert_eq!(reduced.len(), long.len());
        assert_eq!(reduced.lines().count(), long.lines().count());
        reduced.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn functions_without_interest_become_blanks() {
        for (text, gone) in [
            ("func a() {\n\ttls(x)\n}\nfunc b() {\n\tc := é\n}", vec!["func b() {", "\tc := é"]),
            // A call that data may reach is of interest where data is, or a function answers with it.
            ("func a() {\n\tlog(x)\n}", vec!["func a() {", "\tlog(x)", "}"]),
            ("func a() {\n\tlog(b())\n}\nfunc b() {\n\tc()\n}\nfunc c() {\n\treturn email\n}", vec![]),
            (
                "func (s *S) a() {\n\tsend(u.email)\n}\nfunc send(m string) {\n\tput(m)\n}\nfunc put(m string) {\n}",
                vec![],
            ),
            ("@app.get\ndef a():\n    pass\ndef b():\n    pass", vec!["def b():", "    pass"]),
            (
                "class A:\n    def a(self):\n        pass\ndef b(\n    c,\n):\n    pass\nd = 1",
                vec!["def b(", "    c,", "):", "    pass"],
            ),
        ] {
            let lines = left(text);
            for line in &gone {
                let there = lines.iter().filter(|known| known == line).count();
                let before = text.lines().filter(|known| known == line).count();
                assert_eq!(there, before - 1, "{line} in {text}");
            }
            if gone.is_empty() {
                assert_eq!(lines.len(), text.lines().count() + 1, "{text}");
            }
        }
    }
}
