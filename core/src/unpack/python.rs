//! Compiled Python: the strings of a module, each with the name it is assigned to. Nothing is run.
//!
//! The form is that of CPython's Python/marshal.c; the numbers of instructions are those of the module `opcode` of 3.7
//! to 3.13. Of later versions strings are given without names.

use std::rc::Rc;

/// Objects within each other that are followed.
const DEPTH: usize = 60;

/// Most objects of one module, and most that is looked at of its code and constants.
const MOST: usize = 2_000_000;

/// Bytes before the module: mark, flags, time or hash of the source, size.
const HEADER: usize = 16;

/// True for a compiled module of Python 3.7 or later: mark, flags, and the beginning of a module's object.
pub(super) fn is_compiled(head: &[u8]) -> bool {
    version(head).is_some() && matches!(head.get(HEADER), Some(0x63 | 0xE3))
}

/// The number in the mark, which rises with every version.
fn version(head: &[u8]) -> Option<u16> {
    match head {
        [low, high, b'\r', b'\n', flags, 0, 0, 0, ..] if *flags <= 3 => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
    .filter(|number| (3390..3700).contains(number))
}

/// One line for each string: `NAME = "value"` where a name is known.
pub(super) fn text(bytes: &[u8], most: usize) -> String {
    let version = version(bytes).unwrap_or_default();
    let body = bytes.get(HEADER..).unwrap_or_default();
    let mut reader = Reader { bytes: body, at: 0, refs: Vec::new(), count: 0, version, codes: Vec::new() };
    // What was read before a break is there all the same.
    let _ = reader.object(0);
    let mut out = String::new();
    // One list may be named by many modules: what is looked at is counted, not what is written.
    let mut left = MOST;
    for code in &reader.codes {
        code.lines(version, most, &mut left, &mut out);
    }
    out
}

#[derive(Clone)]
enum Object {
    Text(Rc<str>),
    Bytes(Rc<[u8]>),
    List(Rc<[Object]>),
    Other,
}

impl Object {
    fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

struct Code {
    code: Object,
    consts: Object,
    names: Object,
    locals: Object,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Objects that may be named again; a place is taken before the object is read.
    refs: Vec<Object>,
    count: usize,
    version: u16,
    codes: Vec<Code>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn size(&mut self) -> Option<usize> {
        let four: [u8; 4] = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    }

    fn object(&mut self, depth: usize) -> Option<Object> {
        self.count += 1;
        if depth > DEPTH || self.count > MOST {
            return None;
        }
        let mark = self.byte()?;
        let place = (mark & 0x80 != 0).then(|| {
            self.refs.push(Object::Other);
            self.refs.len() - 1
        });
        let object = match mark & 0x7F {
            b'N' | b'F' | b'T' | b'S' | b'.' | b'0' => Object::Other,
            b'i' => self.take(4).map(|_| Object::Other)?,
            b'g' => self.take(8).map(|_| Object::Other)?,
            b'y' => self.take(16).map(|_| Object::Other)?,
            b'l' => {
                let digits = i32::from_le_bytes(self.take(4)?.try_into().ok()?).unsigned_abs();
                self.take(2 * digits as usize).map(|_| Object::Other)?
            }
            b'r' => {
                let index = self.size()?;
                self.refs.get(index).cloned()?
            }
            b's' => {
                let size = self.size()?;
                Object::Bytes(self.take(size)?.into())
            }
            b't' | b'u' | b'a' | b'A' => {
                let size = self.size()?;
                Object::Text(String::from_utf8_lossy(self.take(size)?).into())
            }
            b'z' | b'Z' => {
                let size = usize::from(self.byte()?);
                Object::Text(String::from_utf8_lossy(self.take(size)?).into())
            }
            b')' => {
                let count = usize::from(self.byte()?);
                self.list(count, depth)?
            }
            b'(' | b'[' | b'<' | b'>' => {
                let count = self.size()?;
                self.list(count, depth)?
            }
            b':' => self.list(3, depth)?,
            b'c' => self.code(depth)?,
            _ => return None,
        };
        if let Some(slot) = place.and_then(|place| self.refs.get_mut(place)) {
            *slot = object.clone();
        }
        Some(object)
    }

    fn list(&mut self, count: usize, depth: usize) -> Option<Object> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.object(depth + 1)?);
        }
        Some(Object::List(items.into()))
    }

    /// Python 3.8 counts arguments by position apart, 3.11 keeps local names together.
    fn code(&mut self, depth: usize) -> Option<Object> {
        let (is_joined, has_positions) = (self.version >= 3450, self.version >= 3410);
        let numbers = if has_positions && !is_joined { 6 } else { 5 };
        self.take(4 * numbers)?;
        let slot = self.codes.len();
        // Outer code stands before the functions in it.
        let none = || Object::Other;
        self.codes.push(Code { code: none(), consts: none(), names: none(), locals: none() });
        let (code, consts) = (self.object(depth + 1)?, self.object(depth + 1)?);
        let (names, locals) = (self.object(depth + 1)?, self.object(depth + 1)?);
        if let Some(place) = self.codes.get_mut(slot) {
            *place = Code { code, consts, names, locals };
        }
        // Two more lists of names (or kinds), the file and the name.
        for _ in 0..4 {
            self.object(depth + 1)?;
        }
        self.take(4)?;
        for _ in 0..if is_joined { 2 } else { 1 } {
            self.object(depth + 1)?;
        }
        Some(Object::Other)
    }
}

/// Instructions that are looked at.
const STORE_SUBSCR: u8 = 60;
const STORE_NAME: u8 = 90;
const STORE_ATTR: u8 = 95;
const STORE_GLOBAL: u8 = 97;
const LOAD_CONST: u8 = 100;
const LOAD_NAME: u8 = 101;
const BUILD_MAP: u8 = 105;
const LOAD_ATTR: u8 = 106;
const LOAD_GLOBAL: u8 = 116;
const LOAD_FAST: u8 = 124;
const STORE_FAST: u8 = 125;
const EXTENDED_ARG: u8 = 144;
const KW_NAMES: u8 = 172;

/// The numbers of 3.13, and what they were before; the others mean something else there.
const LATER: &[(u8, u8)] = &[
    (0, 0),
    (39, STORE_SUBSCR),
    (48, BUILD_MAP),
    (71, EXTENDED_ARG),
    (82, LOAD_ATTR),
    (83, LOAD_CONST),
    (85, LOAD_FAST),
    (91, LOAD_GLOBAL),
    (92, LOAD_NAME),
    (108, STORE_ATTR),
    (110, STORE_FAST),
    (113, STORE_GLOBAL),
    (114, STORE_NAME),
];

/// An instruction by the number it had until 3.12; `u8::MAX` for one that is not looked at.
fn instruction(version: u16, number: u8) -> u8 {
    match version {
        ..3550 => number,
        3550..3600 => LATER.iter().find(|(later, _)| *later == number).map_or(u8::MAX, |(_, before)| *before),
        _ => u8::MAX,
    }
}

/// Stands for a value that is no constant.
const UNKNOWN: usize = usize::MAX;

impl Code {
    /// Constants with the names that they are put into, then those without a name.
    fn lines(&self, version: u16, most: usize, left: &mut usize, out: &mut String) {
        let consts = self.consts.list();
        let length = match &self.code {
            Object::Bytes(code) => code.len(),
            _ => 0,
        };
        let Some(rest) = left.checked_sub(consts.len().saturating_add(length)) else { return };
        *left = rest;
        let mut push = |name: &str, value: &str| {
            if !value.is_empty() && out.len() + name.len() + value.len() < most {
                let sign = if name.is_empty() { "" } else { " = " };
                out.push_str(&format!("{name}{sign}\"{value}\"\n"));
            }
        };
        let mut is_told = vec![false; consts.len()];
        for (name, index) in self.pairs(version) {
            if let (Some(value), Some(is_told)) = (consts.get(index).and_then(Object::text), is_told.get_mut(index)) {
                *is_told = true;
                push(name, value);
            }
        }
        for constant in consts.iter().zip(is_told).filter(|(_, is_told)| !is_told).map(|(constant, _)| constant) {
            let inner = constant.list();
            let inner = inner.get(..inner.len().min(*left)).unwrap_or_default();
            *left -= inner.len();
            constant.text().into_iter().chain(inner.iter().filter_map(Object::text)).for_each(|value| push("", value));
        }
    }

    /// Names and the constants that are put into them: by assignment, by name of an argument, by key.
    fn pairs(&self, version: u16) -> Vec<(&str, usize)> {
        let Object::Bytes(code) = &self.code else { return Vec::new() };
        let (mut pairs, mut loaded, mut high) = (Vec::new(), Vec::new(), 0);
        for word in code.chunks_exact(2) {
            let (Some(&what), Some(&low)) = (word.first(), word.get(1)) else { continue };
            let index = high | usize::from(low);
            let what = instruction(version, what);
            high = if what == EXTENDED_ARG { (index << 8) & 0xFF_FFFF } else { 0 };
            match what {
                // The second is a place that the interpreter uses for itself.
                EXTENDED_ARG | 0 => continue,
                LOAD_NAME | LOAD_GLOBAL | LOAD_FAST => loaded.push(UNKNOWN),
                LOAD_ATTR => {
                    loaded.pop();
                    loaded.push(UNKNOWN);
                }
                LOAD_CONST | KW_NAMES => match self.consts.list().get(index).map_or(&[][..], Object::list) {
                    [] => loaded.push(index),
                    keys => {
                        let values = loaded.len().checked_sub(keys.len()).and_then(|from| loaded.get(from..));
                        let named = keys.iter().zip(values.unwrap_or_default());
                        pairs.extend(named.filter_map(|(key, &value)| Some((key.text()?, value))));
                        loaded.push(index);
                    }
                },
                _ => {
                    self.put(what, index, &loaded, &mut pairs);
                    loaded.clear();
                }
            }
        }
        pairs
    }

    /// An instruction that takes what was loaded.
    fn put<'c>(&'c self, what: u8, index: usize, loaded: &[usize], pairs: &mut Vec<(&'c str, usize)>) {
        let from_top = |count: usize| loaded.len().checked_sub(count).and_then(|at| loaded.get(at)).copied();
        let constant = |index: usize| self.consts.list().get(index).and_then(Object::text);
        let name = |names: &'c Object| names.list().get(index).and_then(Object::text);
        let (name, value) = match what {
            STORE_NAME | STORE_GLOBAL => (name(&self.names), from_top(1)),
            STORE_FAST => (name(&self.locals), from_top(1)),
            STORE_ATTR => (name(&self.names), from_top(2)),
            STORE_SUBSCR => (from_top(1).and_then(constant), from_top(3)),
            BUILD_MAP => {
                let from = loaded.len().saturating_sub(index.saturating_mul(2));
                for pair in loaded.get(from..).unwrap_or_default().chunks_exact(2) {
                    if let [key, value] = pair
                        && let Some(key) = constant(*key)
                    {
                        pairs.push((key, *value));
                    }
                }
                return;
            }
            _ => return,
        };
        if let (Some(name), Some(value)) = (name, value) {
            pairs.push((name, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module as CPython 3.11 writes it, from instructions, constants and names.
    fn module(code: &[u8], consts: &[&str], names: &[&str]) -> Vec<u8> {
        let size = |count: usize| u32::try_from(count).unwrap().to_le_bytes();
        let bytes = |data: &[u8]| [b"s".as_slice(), &size(data.len()), data].concat();
        let text = |text: &str| [&[b'z', u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let list = |items: &[&str]| {
            let count = u8::try_from(items.len()).unwrap();
            [vec![b')', count], items.iter().flat_map(|item| text(item)).collect()].concat()
        };
        let mut out = [&3495u16.to_le_bytes()[..], b"\r\n", &[0; 12], &[0xE3], &[0; 20], &bytes(code)].concat();
        out.extend([list(consts), list(names), list(&[]), bytes(b""), text("a.py"), text("a"), text("a")].concat());
        out.extend([size(1).to_vec(), bytes(b""), bytes(b"")].concat());
        out
    }

    #[test]
    fn constants_stand_beside_their_names() {
        // A = "one"; b.C = "two"; d["key"] = "three"; {"k": "four"}; "alone"
        let code = [
            151, 0, 100, 0, 90, 0, 100, 1, 101, 1, 95, 2, 0, 0, 0, 0, 100, 2, 101, 3, 100, 3, 60, 0, 100, 4, 100, 5,
            105, 1, 1, 0, 100, 6, 1, 0,
        ];
        let consts = ["one", "two", "three", "key", "k", "four", "alone"];
        let bytes = module(&code, &consts, &["A", "b", "C", "d"]);
        assert!(is_compiled(&bytes));
        let expected = "A = \"one\"\nC = \"two\"\nkey = \"three\"\nk = \"four\"\n\"key\"\n\"k\"\n\"alone\"\n";
        assert_eq!(text(&bytes, 1000), expected);
        assert!(text(&bytes, 20).len() <= 24);
        for end in 0..bytes.len() {
            let _ = text(&bytes[..end], 1000);
            for wrong in [0, b'(', b'r', b'c' | 0x80, 0xFF] {
                let mut broken = bytes.clone();
                broken[end] = wrong;
                let _ = text(&broken, 1000);
            }
        }
    }

    #[test]
    fn nesting_ends_at_its_depth() {
        let bytes = [module(&[], &[], &[])[..37].to_vec(), b")\x01".repeat(1_000_000)].concat();
        assert_eq!(text(&bytes, 1000), "");
    }
}
