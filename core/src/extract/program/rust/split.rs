//! Tokens of a file cut into items, so that one that does not parse does not take its neighbours with it.

use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// What ends an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not told yet.
    Open,
    /// A semicolon.
    Semicolon,
    /// A semicolon or a block in braces.
    Either,
}

/// Words that stand before an item's keyword.
const BEFORE: [&str; 8] = ["pub", "default", "unsafe", "async", "auto", "safe", "extern", "crate"];

/// The items of a file, a module or a block of methods. Inner attributes come out as items of their own.
pub(super) fn items(tokens: TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    let mut item: Vec<TokenTree> = Vec::new();
    let mut end = End::Open;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let next = tokens.peek();
        let mut ends = false;
        match &token {
            TokenTree::Ident(word) if end == End::Open => end = end_of(word, next),
            // `static ref` of `lazy_static`.
            TokenTree::Ident(word) if *word == "ref" && last_is(&item, "static") => continue,
            TokenTree::Punct(sign) => ends = sign.as_char() == ';',
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                ends = end != End::Semicolon && !in_angles(&item, next);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => ends = is_inner(&item),
            _ => {}
        }
        item.push(token);
        if ends {
            found.push(item.drain(..).collect());
            end = End::Open;
        }
    }
    if !item.is_empty() {
        // The last item of a macro may do without.
        if end == End::Semicolon {
            item.push(TokenTree::Punct(Punct::new(';', Spacing::Alone)));
        }
        found.push(item.into_iter().collect());
    }
    found
}

fn end_of(word: &Ident, next: Option<&TokenTree>) -> End {
    let next_is =
        |words: &[&str]| matches!(next, Some(TokenTree::Ident(next)) if words.iter().any(|word| next == word));
    let word = word.to_string();
    match word.as_str() {
        "extern" if next_is(&["crate"]) => End::Semicolon,
        "const" if next_is(&["fn", "unsafe", "async", "extern", "impl", "trait"]) => End::Open,
        "const" | "use" | "static" | "type" | "let" => End::Semicolon,
        // The words of an attribute stand in its brackets, so these are the item's own.
        word if BEFORE.contains(&word) => End::Open,
        _ => End::Either,
    }
}

fn last_is(item: &[TokenTree], word: &str) -> bool {
    matches!(item.last(), Some(TokenTree::Ident(last)) if last == word)
}

fn sign(token: Option<&TokenTree>) -> Option<char> {
    match token {
        Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
        _ => None,
    }
}

/// True for `<{ N }>` and its like.
fn in_angles(item: &[TokenTree], next: Option<&TokenTree>) -> bool {
    matches!(sign(item.last()), Some('<' | ',' | '=')) && matches!(sign(next), Some('>' | ','))
}

/// True for what stands before the brackets of an attribute of the whole file.
fn is_inner(item: &[TokenTree]) -> bool {
    matches!(item, [TokenTree::Punct(hash), TokenTree::Punct(mark)] if hash.as_char() == '#' && mark.as_char() == '!')
}

/// The statements of a block, cut at semicolons and after blocks.
pub(super) fn statements(tokens: TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    let mut statement: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let next_begins = match tokens.peek() {
            Some(TokenTree::Ident(word)) => *word != "else" && *word != "as",
            Some(TokenTree::Punct(sign)) => sign.as_char() == '#',
            _ => false,
        };
        let ends = match &token {
            TokenTree::Punct(sign) => sign.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && next_begins,
            _ => false,
        };
        statement.push(token);
        if ends {
            found.push(statement.drain(..).collect());
        }
    }
    found.push(statement.into_iter().collect());
    found
}

/// An item that ends in a block: what stands before, and what is in the block.
pub(super) fn head_and_block(item: &TokenStream) -> Option<(Vec<TokenTree>, TokenStream)> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    match tokens.pop()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some((tokens, group.stream())),
        _ => None,
    }
}

/// The tokens of a text. One that has no tokens as a whole (a quote or a bracket is open) is read part by part: parts
/// begin where a line begins with a word, and what cannot be read is left out, its place kept. The count is of those.
pub(super) fn tokens(text: &str) -> (TokenStream, usize) {
    proc_macro2::extra::invalidate_current_thread_spans();
    if let Ok(tokens) = text.parse() {
        return (tokens, 0);
    }
    let mut kept = String::with_capacity(text.len());
    let mut lost = 0;
    for part in parts(text) {
        if part.parse::<TokenStream>().is_ok() {
            kept.push_str(part);
        } else {
            lost += 1;
            // The same number of bytes, so that all that follows stays in its place.
            kept.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    (kept.parse().unwrap_or_default(), lost)
}

/// A text cut where an item may begin: a line that starts with a letter or an attribute, after one that ended an item.
fn parts(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let (mut at, mut ended) = (0, true);
    for line in text.split_inclusive('\n') {
        let starts = line.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '#' || letter == '/');
        if starts && ended && at > 0 {
            cuts.push(at);
        }
        let trimmed = line.trim_end();
        ended = trimmed.is_empty() || line.starts_with('}') || (starts && trimmed.ends_with([';', '}']));
        at += line.len();
    }
    cuts.push(text.len());
    cuts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?)).collect()
}

/// A place that no text has.
pub(super) fn nowhere() -> Span {
    Span::call_site()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_end_where_they_end() {
        let cases = [
            ("use a::{b, c}; fn f() -> [u8; { 1 }] { x } struct S;", 3),
            ("pub(crate) const fn f() {} const X: S = S { a: 1 }; static Y: u8 = if A { 1 } else { 2 };", 3),
            ("#![allow(x)] #[cfg(test)] mod tests { fn a() {} } extern crate a; extern \"C\" { fn b(); }", 4),
            ("impl<const N: usize> A<{ N }> for B<{ 1 }, C> {} struct T(u8); m! { a } m!(b); m![c];", 5),
            ("static ref A: u8 = x; static B: u8 = { y }", 2),
            ("macro_rules! m { () => {} } unsafe impl Send for A {} pub unsafe extern \"C\" fn f() {}", 3),
        ];
        for (text, count) in cases {
            let found = items(text.parse().unwrap());
            let shown: Vec<_> = found.iter().map(TokenStream::to_string).collect();
            assert_eq!(found.len(), count, "{shown:#?}");
            for item in found.iter().filter(|item| !item.to_string().replace(' ', "").starts_with("#!")) {
                assert!(syn::parse2::<syn::Item>(item.clone()).is_ok(), "{item}");
            }
        }
    }

    #[test]
    fn open_quotes_and_brackets_cost_their_part_only() {
        let text = "fn é() {}\n\nfn broken( {\n    x\n}\n\nfn good() { 1 }\n\nconst A: &str = \"open;\n";
        let (tokens, lost) = tokens(text);
        assert_eq!(lost, 2);
        assert_eq!(items(tokens.clone()).len(), 2);
        let good = items(tokens).pop().unwrap().into_iter().nth(1).unwrap().span();
        assert_eq!(text.get(good.byte_range()), Some("good"));
    }
}
