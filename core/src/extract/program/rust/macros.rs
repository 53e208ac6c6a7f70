//! Macros: syn gives their tokens, and most of those are expressions between commas.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{
    Expr, Lit, Macro, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser, discouraged::Speculative},
};

use super::{Writer, depth, split};
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

/// Macros inside macros that are looked into.
const MAX_MACROS: usize = 6;
/// Macros whose tokens are patterns of code or files, not code.
const OPAQUE: [&str; 16] = [
    "stringify",
    "quote",
    "quote_spanned",
    "parse_quote",
    "include",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "macro_rules",
    "asm",
    "global_asm",
    "module_path",
    "cfg",
    "compile_error",
    "syn_quote",
];
/// Macros whose text has braces of its own.
const NO_FORMAT: [&str; 12] = [
    "concat",
    "query",
    "query_as",
    "query_scalar",
    "sql",
    "regex",
    "html",
    "include_query",
    "json",
    "path",
    "uri",
    "css",
];
/// Macros that write what they are called for, in every logging crate.
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];
/// Words that items begin with.
const ITEMS: [&str; 13] =
    ["pub", "fn", "static", "struct", "enum", "impl", "mod", "trait", "use", "extern", "type", "union", "const"];

/// One argument.
struct Argument {
    /// The name it is given: the last word of `user.email = x`, or the text of `"email" => x`.
    key: Option<proc_macro2::Span>,
    is_text: bool,
    value: Expr,
}

/// Arguments, and what of the tokens is none.
#[derive(Default)]
struct Arguments {
    list: Vec<Argument>,
    others: Vec<Group>,
}

impl Writer<'_> {
    /// A call of a macro; gives its place.
    pub(super) fn macro_call(&mut self, mac: &Macro, field: Field) -> Span {
        let span = self.path_span(&mac.path).cover(self.span(mac.delimiter.span().close()));
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if self.macros >= MAX_MACROS || OPAQUE.contains(&name.as_str()) || !depth::is_bounded(&mac.tokens) {
            return self.leaf(Shape::Compare, field, span);
        }
        self.macros += 1;
        self.expanded(mac, &name, span, field);
        self.macros -= 1;
        span
    }

    fn expanded(&mut self, mac: &Macro, name: &str, span: Span, field: Field) {
        match name {
            "table" if self.table(&mac.path, mac.tokens.clone()) => {}
            "json" => self.json(&mac.tokens.clone().into_iter().collect::<Vec<_>>(), span, field),
            "vec" => self.gathered(mac, Shape::List, span, field),
            "concat" => self.gathered(mac, Shape::Concat, span, field),
            "matches" | "assert_matches" | "debug_assert_matches" => {
                let at = self.open(Shape::Compare, field);
                if let Some(first) = arguments(&mac.tokens).list.first() {
                    self.expression(&first.value, Field::None);
                }
                self.close(at, span);
            }
            _ if matches!(mac.delimiter, syn::MacroDelimiter::Brace(_)) && self.block_macro(&mac.tokens) => {}
            _ => self.called(mac, name, span, field),
        }
    }

    /// `vec![a, b]`, `concat!("a", "b")`.
    fn gathered(&mut self, mac: &Macro, shape: Shape, span: Span, field: Field) {
        let at = self.open(shape, field);
        for argument in arguments(&mac.tokens).list {
            self.expression(&argument.value, Field::None);
        }
        self.close(at, span);
    }

    /// A macro that looks like a function.
    fn called(&mut self, mac: &Macro, name: &str, span: Span, field: Field) {
        let at = self.open(Shape::Call, field);
        self.path(&mac.path, Field::Callee);
        if mac.path.segments.len() == 1 && LEVELS.contains(&name) {
            let word = self.slice(self.path_span(&mac.path));
            self.bare_macros.insert(word);
        }
        let arguments = arguments(&mac.tokens);
        let mut may_format = !NO_FORMAT.contains(&name);
        for argument in &arguments.list {
            let keyword = argument.key.map(|key| {
                let open = self.open(Shape::Keyword, Field::None);
                let span = self.span(key);
                if argument.is_text {
                    self.leaf(Shape::String, Field::Key, span);
                } else {
                    self.leaf(Shape::Word, Field::Key, span);
                }
                (open, span)
            });
            let value = match &argument.value {
                Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) && may_format && keyword.is_none() => {
                    may_format = false;
                    let span = self.span(literal.lit.span());
                    self.format(span, Field::None)
                }
                value => self.expression(value, Field::None),
            };
            if let Some((open, key)) = keyword {
                self.close(open, key.cover(value));
            }
        }
        self.within(&arguments.others);
        self.close(at, span);
    }

    /// Blocks in braces among what is no argument (`select!`, `cfg_if!`): statements or items, or nothing of ours.
    fn within(&mut self, groups: &[Group]) {
        let at = self.open(Shape::Pass, Field::None);
        for group in groups.iter().filter(|group| group.delimiter() == Delimiter::Brace) {
            if self.macros < MAX_MACROS {
                self.macros += 1;
                self.block_macro(&group.stream());
                self.macros -= 1;
            }
        }
        self.close(at, Span::default());
    }

    /// Tokens in braces as items or as statements; false when they are neither.
    fn block_macro(&mut self, tokens: &TokenStream) -> bool {
        let first =
            tokens.clone().into_iter().find(|token| !matches!(token, TokenTree::Punct(_) | TokenTree::Group(_)));
        let is_item = matches!(&first, Some(TokenTree::Ident(word)) if ITEMS.iter().any(|item| word == item));
        if is_item {
            let unread = self.program.unread;
            let at = self.open(Shape::Pass, Field::None);
            self.items(tokens.clone(), 0);
            self.close(at, Span::default());
            // A macro may look like items and be none: that is no fault of the file.
            self.program.unread = unread;
            return true;
        }
        let at = self.open(Shape::Pass, Field::None);
        let read = self.loose(tokens.clone());
        self.close(at, Span::default());
        read
    }

    /// `json!({ "key": value, "list": [1, 2] })`.
    fn json(&mut self, tokens: &[TokenTree], span: Span, field: Field) {
        match tokens {
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                let at = self.open(Shape::Map, field);
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                for entry in tokens.split(|token| is_sign(token, ',')) {
                    self.json_entry(entry);
                }
                self.close(at, span);
            }
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
                let at = self.open(Shape::List, field);
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                for element in tokens.split(|token| is_sign(token, ',')).filter(|element| !element.is_empty()) {
                    self.json(element, self.place_of(element), Field::None);
                }
                self.close(at, span);
            }
            tokens => match syn::parse2::<Expr>(tokens.iter().cloned().collect()) {
                Ok(value) => _ = self.expression(&value, field),
                Err(_) => _ = self.leaf(Shape::Compare, field, span),
            },
        }
    }

    fn json_entry(&mut self, entry: &[TokenTree]) {
        // A colon of a path stands beside another one; the first that does not ends the key.
        let Some(colon) = entry.iter().position(|token| is_sign(token, ':')) else { return };
        let (Some(key), Some(value)) = (entry.first(), entry.get(colon + 1..)) else { return };
        let at = self.open(Shape::Pair, Field::None);
        let start = self.span(key.span());
        match key {
            TokenTree::Literal(_) if colon == 1 => _ = self.leaf(Shape::String, Field::Key, start),
            _ => _ = self.leaf(Shape::Compare, Field::Key, start),
        }
        let place = self.place_of(value);
        self.json(value, place, Field::Value);
        self.close(at, start.cover(place));
    }

    fn place_of(&self, tokens: &[TokenTree]) -> Span {
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => self.between(first.span(), last.span()),
            _ => self.span(split::nowhere()),
        }
    }
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The arguments of a macro, as far as its tokens are any.
fn arguments(tokens: &TokenStream) -> Arguments {
    let parse = |input: ParseStream<'_>| -> syn::Result<Arguments> {
        let mut found = Arguments::default();
        while !input.is_empty() {
            argument(input, &mut found)?;
        }
        Ok(found)
    };
    parse.parse2(tokens.clone()).unwrap_or_default()
}

/// One argument and the comma after it, or the tokens up to there.
fn argument(input: ParseStream<'_>, found: &mut Arguments) -> syn::Result<()> {
    let mut key = key(input)?;
    // `%value`, `?value` of tracing: how it is written.
    if input.peek(Token![%]) || input.peek(Token![?]) {
        input.parse::<TokenTree>()?;
    }
    let mut is_text = false;
    loop {
        let ahead = input.fork();
        let parsed = ahead.parse::<Expr>();
        let ends = ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(Token![;]) || ahead.peek(Token![=>]);
        let Some(value) = parsed.ok().filter(|_| ends) else {
            return skip(input, found);
        };
        input.advance_to(&ahead);
        if input.peek(Token![=>]) && key.is_none() {
            input.parse::<Token![=>]>()?;
            // `"key" => value` of slog and of maps.
            if let Expr::Lit(literal) = &value {
                key = Some(literal.lit.span());
                is_text = true;
            }
            if input.peek(Token![%]) || input.peek(Token![?]) {
                input.parse::<TokenTree>()?;
            }
            if key.is_some() {
                continue;
            }
        }
        found.list.push(Argument { key, is_text, value });
        if input.peek(Token![,]) || input.peek(Token![;]) || input.peek(Token![=>]) {
            input.parse::<TokenTree>()?;
            if input.peek(Token![>]) {
                input.parse::<TokenTree>()?;
            }
        }
        return Ok(());
    }
}

/// `name =`, `user.email =`, `target:` before a value.
fn key(input: ParseStream<'_>) -> syn::Result<Option<proc_macro2::Span>> {
    let ahead = input.fork();
    let Ok(mut last) = ahead.call(syn::Ident::parse_any) else { return Ok(None) };
    while ahead.peek(Token![.]) && ahead.peek2(syn::Ident) {
        ahead.parse::<Token![.]>()?;
        last = ahead.call(syn::Ident::parse_any)?;
    }
    let is_equal = ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]);
    let is_colon = ahead.peek(Token![:]) && !ahead.peek(Token![::]);
    if !is_equal && !is_colon {
        return Ok(None);
    }
    ahead.parse::<TokenTree>()?;
    input.advance_to(&ahead);
    Ok(Some(last.span()))
}

/// Passes tokens up to the next comma or semicolon; blocks among them are kept.
fn skip(input: ParseStream<'_>, found: &mut Arguments) -> syn::Result<()> {
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        if is_sign(&token, ',') || is_sign(&token, ';') {
            return Ok(());
        }
        if let TokenTree::Group(group) = token {
            found.others.push(group);
        }
    }
    Ok(())
}
