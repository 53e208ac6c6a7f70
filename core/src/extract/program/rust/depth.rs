//! How deep syn would go into some tokens, told before it does: it calls itself for each bracket and prefix, and its
//! trees are dropped link by link.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Deepest nesting of brackets.
const MAX_BRACKETS: usize = 160;
/// Most prefixes, assignments and open angles around one token: each is a call of the parser in itself.
const MAX_PREFIXES: usize = 400;
/// Most tokens of the unfinished parts around one token: what bounds a chain of methods or operators.
const MAX_CHAIN: usize = 12_000;

/// Keywords after which an expression, a type or a pattern begins.
const OPENING: [&str; 24] = [
    "return", "break", "yield", "become", "move", "in", "mut", "dyn", "impl", "fn", "ref", "raw", "const", "static",
    "match", "while", "if", "else", "for", "let", "unsafe", "async", "box", "as",
];
/// Those that may follow one another without end.
const RECURSIVE: [&str; 12] =
    ["return", "break", "yield", "become", "dyn", "impl", "fn", "match", "while", "if", "let", "for"];

/// One open bracket, and what stands unfinished in it.
struct Level {
    tokens: proc_macro2::token_stream::IntoIter,
    state: State,
    /// It lies in a macro, whose tokens are judged when they are read themselves; only its depth counts, since the
    /// buffer that syn makes of all tokens is built by recursion.
    of_macro: bool,
}

/// What stands unfinished at one level.
#[derive(Default)]
struct State {
    length: usize,
    prefixes: usize,
    angles: usize,
    /// What stood before can be the left side of an operator.
    operand: bool,
    /// A block in braces stood before: a new statement may begin.
    after_block: bool,
    /// An exclamation mark stood before, with or without a name: what follows in brackets is a macro's.
    of_macro: bool,
    is_use: bool,
    tick: bool,
    previous: Option<(char, Spacing)>,
}

/// True when syn can take the tokens.
pub(super) fn is_bounded(tokens: &TokenStream) -> bool {
    let level = |tokens: TokenStream, of_macro| Level { tokens: tokens.into_iter(), state: State::default(), of_macro };
    let mut open = vec![level(tokens.clone(), false)];
    // Sums over the levels that are open.
    let (mut chain, mut prefixes) = (0usize, 0usize);
    while let Some(last) = open.last_mut() {
        let before = (last.state.length, last.state.prefixes + last.state.angles);
        let Some(token) = last.tokens.next() else {
            chain -= before.0;
            prefixes -= before.1;
            open.pop();
            continue;
        };
        let mut of_macro = true;
        if !last.of_macro {
            of_macro = last.state.take(&token);
            chain = chain + last.state.length - before.0;
            prefixes = prefixes + last.state.prefixes + last.state.angles - before.1;
        }
        if let TokenTree::Group(group) = token {
            open.push(level(group.stream(), of_macro));
        }
        if chain > MAX_CHAIN || prefixes > MAX_PREFIXES || open.len() > MAX_BRACKETS {
            return false;
        }
    }
    true
}

impl State {
    /// Reads one token; true for the brackets of a macro.
    fn take(&mut self, token: &TokenTree) -> bool {
        let is_block = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if self.after_block && begins_statement(token) {
            *self = Self::default();
        }
        self.after_block = is_block;
        self.length += 1;
        match token {
            TokenTree::Ident(ident) => self.word(&ident.to_string()),
            TokenTree::Punct(punct) => self.sign(punct.as_char(), punct.spacing()),
            TokenTree::Literal(_) => self.after_operand(),
            TokenTree::Group(_) => {
                let of_macro = self.of_macro;
                self.after_operand();
                return of_macro;
            }
        }
        false
    }

    fn after_operand(&mut self) {
        self.operand = true;
        self.of_macro = false;
        self.previous = None;
    }

    fn word(&mut self, word: &str) {
        self.is_use |= word == "use";
        // The name of a lifetime is no operand.
        self.operand = !self.tick && !OPENING.contains(&word);
        self.tick = false;
        self.prefixes += usize::from(RECURSIVE.contains(&word));
        self.previous = None;
        // `macro_rules! name {}`: the mark before the name still counts.
    }

    fn sign(&mut self, sign: char, spacing: Spacing) {
        let joined = self.previous.filter(|(_, spacing)| *spacing == Spacing::Joint).map(|(sign, _)| sign);
        self.of_macro = sign == '!' && self.operand;
        self.tick = sign == '\'';
        match sign {
            ';' => *self = Self::default(),
            ',' => *self = Self { angles: self.angles, is_use: self.is_use, ..Self::default() },
            '>' if joined == Some('=') => *self = Self { angles: self.angles, ..Self::default() },
            '>' if joined == Some('-') => self.prefixes += 1,
            '>' => self.angles = self.angles.saturating_sub(1),
            '<' => self.angles += 1,
            '=' if joined.is_none() && spacing == Spacing::Alone => self.prefixes += 1,
            '=' if joined.is_some_and(|before| !matches!(before, '=' | '<' | '>' | '!' | '.')) => self.prefixes += 1,
            ':' if self.is_use => self.prefixes += 1,
            '.' if joined == Some('.') => {}
            '!' | '-' | '*' | '&' | '|' | '.' | '@' if !self.operand => self.prefixes += 1,
            _ => {}
        }
        self.operand = sign == '?' || (sign == '>' && self.operand);
        self.previous = Some((sign, spacing));
    }
}

/// True for a token that after a block begins a statement, not what the block's value is used for.
fn begins_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => *ident != "else" && *ident != "as",
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Literal(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_syn_would_recurse_on_is_counted() {
        let many = 20_000;
        let unbounded = [
            format!("const X: u8 = {}1{};", "(".repeat(500), ")".repeat(500)),
            format!("const X: u8 = {}1;", "!".repeat(many)),
            format!("const X: u8 = {}1;", "&".repeat(many)),
            format!("const X: u8 = {}1;", "& mut ".repeat(many)),
            format!("const X: u8 = {}1;", "- ".repeat(many)),
            format!("const X: u8 = {}1;", ".. ".repeat(many)),
            format!("fn f() {{ {}1 }}", "return ".repeat(many)),
            format!("fn f() {{ {}1 }}", "|a| ".repeat(many)),
            format!("fn f() {{ {}1 }}", "a = ".repeat(many)),
            format!("fn f() {{ {}1 }}", "a += ".repeat(many)),
            format!("fn f() {{ {} {{}} }}", "if ".repeat(many)),
            format!("fn f() {{ a{} }}", ".b()".repeat(many)),
            format!("fn f() {{ a{} }}", " + b".repeat(many)),
            format!("fn f() {{ a{} }}", " as u8".repeat(many)),
            format!("fn f() {{ if a {{}} {} }}", "else if a {}".repeat(many)),
            format!("type X = {}u8;", "&'a ".repeat(many)),
            format!("type X = {}u8;", "*const ".repeat(many)),
            format!("type X = {}u8;", "fn() -> ".repeat(many)),
            format!("type X = {}u8{};", "A<".repeat(many), ">".repeat(many)),
            format!("type X = {}u8{};", "A<u8, ".repeat(many), ">".repeat(many)),
            format!("use {}a;", "a::".repeat(many)),
        ];
        for text in &unbounded {
            let tokens: TokenStream = text.parse().unwrap();
            assert!(!is_bounded(&tokens), "{}", text.get(..40).unwrap_or(text));
        }
        let bounded = [
            format!("const X: [u8; 9] = [{}];", "-1, ".repeat(many)),
            format!("fn f() {{ {} }}", "if a {} else if b { return 1; } match c { _ => &d }".repeat(many)),
            format!("fn f() {{ {} }}", "let x = a == b;".repeat(many)),
            format!("fn f() {{ match x {{ {} }} }}", "A => {} B => &c,".repeat(many)),
            format!("fn f() {{ a{} }}", ".b(c)?".repeat(1000)),
            format!("fn f() {{ match x {{ {} 1 => {{}} }} }}", "1..=2 | '3'..='4' |".repeat(600)),
            format!("m! {{ {} }}", "a b".repeat(many)),
            format!("macro_rules! m {{ {} }}", "a b".repeat(many)),
        ];
        for text in &bounded {
            let tokens: TokenStream = text.parse().unwrap();
            assert!(is_bounded(&tokens), "{}", text.get(..40).unwrap_or(text));
        }
    }
}
