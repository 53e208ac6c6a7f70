//! Items: functions, types and what is implemented for them.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Block, Expr, Fields, FnArg, ImplItem, Item, ItemImpl, ItemStruct, ItemTrait, Meta, Path, Signature,
    Stmt, TraitItem, Type,
};

use super::{Writer, condition, depth, split};
use crate::{
    extract::program::grammar::{Field, Shape},
    span::Span,
};

impl Writer<'_> {
    /// One item.
    pub(super) fn item(&mut self, item: &Item) {
        match item {
            Item::Use(item) => self.import(item),
            Item::ExternCrate(item) => self.extern_crate(item),
            Item::Fn(item) => self.function(&item.attrs, &item.sig, &item.block),
            Item::Const(item) => self.constant(&item.ident, &item.ty, &item.expr),
            Item::Static(item) => self.constant(&item.ident, &item.ty, &item.expr),
            Item::Mod(item) => {
                self.declared.insert(self.slice(self.name_span(&item.ident)));
                if let Some((brace, items)) = &item.content {
                    if condition::is_test(&item.attrs) {
                        let span = self.between(item.mod_token.span, brace.span.close());
                        self.program.tests.push(span);
                    }
                    items.iter().for_each(|item| self.item(item));
                }
            }
            Item::Struct(item) => self.structure(item),
            Item::Enum(item) => {
                let at = self.open(Shape::Class, Field::None);
                self.word(&item.ident, Field::Name);
                let body = self.leaf(Shape::Block, Field::Body, self.span(item.brace_token.span.join()));
                let span = self.span(item.enum_token.span).cover(body);
                self.close(at, span);
            }
            Item::Impl(item) => self.implementation(item),
            Item::Trait(item) => self.interface(item),
            Item::Macro(item) => {
                if let Some(name) = &item.ident {
                    self.declared.insert(self.slice(self.name_span(name)));
                } else {
                    let tests = condition::is_test(&item.attrs);
                    let at = self.open(Shape::Pass, Field::None);
                    let span = self.macro_call(&item.mac, Field::None);
                    self.close(at, span);
                    self.program.tests.extend(tests.then_some(span));
                }
            }
            _ => {}
        }
    }

    /// `const NAME: T = value;`
    fn constant(&mut self, name: &proc_macro2::Ident, kind: &Type, value: &Expr) {
        let at = self.open(Shape::Declarator, Field::None);
        let start = self.word(name, Field::Name);
        self.kind(kind);
        let end = self.expression(value, Field::Value);
        self.close(at, start.cover(end));
    }

    /// A function or method with its body.
    pub(super) fn function(&mut self, attributes: &[Attribute], signature: &Signature, body: &Block) {
        let span = self.between(signature.fn_token.span, body.brace_token.span.close());
        if condition::is_test(attributes) {
            self.program.tests.push(span);
        }
        let at = self.begin_function(signature);
        self.body(body);
        self.close(at, span);
    }

    fn begin_function(&mut self, signature: &Signature) -> usize {
        let at = self.open(Shape::Function, Field::None);
        self.word(&signature.ident, Field::Name);
        let list = self.open(Shape::Parameters, Field::Parameters);
        for input in &signature.inputs {
            // The receiver is known without being bound.
            let FnArg::Typed(input) = input else { continue };
            let parameter = self.open(Shape::Parameter, Field::None);
            self.pattern(&input.pat, Field::None);
            self.kind(&input.ty);
            self.close(parameter, self.span(input.colon_token.span));
        }
        self.close(list, self.span(signature.paren_token.span.join()));
        at
    }

    /// A body whose last expression is the answer.
    pub(super) fn body(&mut self, body: &Block) {
        let at = self.open(Shape::Block, Field::Body);
        self.answer(&body.stmts);
        self.close(at, self.span(body.brace_token.span.join()));
    }

    /// Statements, the last of which may be the answer of a function.
    fn answer(&mut self, statements: &[Stmt]) {
        let Some((last, before)) = statements.split_last() else { return };
        before.iter().for_each(|statement| self.statement(statement));
        let at = self.program.events.len();
        match last {
            Stmt::Expr(expression, None) if !matches!(expression, Expr::Return(_)) => {
                self.open(Shape::Return, Field::None);
                let span = self.expression(expression, Field::Value);
                self.close(at, span);
            }
            Stmt::Macro(call) if call.semi_token.is_none() => {
                self.open(Shape::Return, Field::None);
                let span = self.macro_call(&call.mac, Field::Value);
                self.close(at, span);
            }
            _ => self.statement(last),
        }
    }

    /// A function of whose body only some statements parse.
    pub(super) fn repair_function(&mut self, head: &[TokenTree], body: TokenStream) {
        let empty = TokenTree::Group(proc_macro2::Group::new(proc_macro2::Delimiter::Brace, TokenStream::new()));
        let header: TokenStream = head.iter().cloned().chain([empty]).collect();
        let parsed = depth::is_bounded(&header).then(|| syn::parse2::<syn::ItemFn>(header).ok()).flatten();
        let Some(function) = parsed else { return };
        let at = self.begin_function(&function.sig);
        let block = self.open(Shape::Block, Field::Body);
        for statement in split::statements(body) {
            self.loose(statement);
        }
        let span = self.span(function.sig.fn_token.span);
        self.close(block, span);
        self.close(at, span);
    }

    /// Statements that may parse; true when they did.
    pub(super) fn loose(&mut self, tokens: TokenStream) -> bool {
        use syn::parse::Parser;
        let parsed = depth::is_bounded(&tokens).then(|| Block::parse_within.parse2(tokens).ok()).flatten();
        let Some(statements) = parsed else { return false };
        statements.iter().for_each(|statement| self.statement(statement));
        true
    }

    fn structure(&mut self, item: &ItemStruct) {
        self.derives(&item.attrs);
        let at = self.open(Shape::Class, Field::None);
        let name = self.word(&item.ident, Field::Name);
        let block = self.open(Shape::Block, Field::Body);
        let mut end = name;
        if let Fields::Named(fields) = &item.fields {
            end = self.span(fields.brace_token.span.close());
            for field in &fields.named {
                self.derives(&field.attrs);
                if let Some(name) = &field.ident {
                    self.field(name, &field.ty);
                }
            }
        }
        self.close(block, end);
        let span = self.span(item.struct_token.span).cover(end);
        self.close(at, span);
    }

    fn field(&mut self, name: &proc_macro2::Ident, kind: &Type) {
        let at = self.open(Shape::FieldDefinition, Field::None);
        let mut span = self.word(name, Field::Name);
        if let Some(kind) = self.written_type(kind) {
            self.leaf(Shape::Type, Field::Type, kind);
            span = span.cover(kind);
        }
        self.close(at, span);
    }

    /// Attributes as marks of what follows: what is derived, each on its own, and the others as they are called.
    fn derives(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let path = attribute.path();
            if path.is_ident("doc") || path.is_ident("cfg") || path.is_ident("allow") {
                continue;
            }
            let Meta::List(list) = &attribute.meta else { continue };
            let whole = self.between(attribute.pound_token.span, attribute.bracket_token.span.close());
            if !path.is_ident("derive") {
                self.mark(path, Some(whole));
            } else if depth::is_bounded(&list.tokens) {
                let parse = syn::punctuated::Punctuated::<Path, syn::Token![,]>::parse_terminated;
                let derived = list.parse_args_with(parse).unwrap_or_default();
                derived.iter().for_each(|path| self.mark(path, None));
            }
        }
    }

    fn mark(&mut self, path: &Path, whole: Option<Span>) {
        let at = self.open(Shape::Decorator, Field::None);
        let span = self.path(path, Field::None);
        self.close(at, whole.unwrap_or(span));
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let at = self.open(Shape::Class, Field::None);
        if let Some(name) = self.named_type(&item.self_ty) {
            let last = self.slice(name).rfind(':').map_or(0, |colon| colon + 1);
            self.leaf(Shape::Word, Field::Name, Span::new(name.from() + last, name.to()));
        }
        if let Some((interface, _)) = &item.trait_ {
            let bases = self.open(Shape::Bases, Field::None);
            let span = self.path(interface, Field::None);
            self.close(bases, span);
        }
        let block = self.open(Shape::Block, Field::Body);
        for part in &item.items {
            match part {
                ImplItem::Fn(function) => self.function(&function.attrs, &function.sig, &function.block),
                ImplItem::Const(constant) => self.constant(&constant.ident, &constant.ty, &constant.expr),
                _ => {}
            }
        }
        let span = self.between(item.impl_token.span, item.brace_token.span.close());
        self.close(block, span);
        self.close(at, span);
        if condition::is_test(&item.attrs) {
            self.program.tests.push(span);
        }
    }

    fn interface(&mut self, item: &ItemTrait) {
        let at = self.open(Shape::Class, Field::None);
        self.word(&item.ident, Field::Name);
        let block = self.open(Shape::Block, Field::Body);
        for part in &item.items {
            if let TraitItem::Fn(function) = part
                && let Some(body) = &function.default
            {
                self.function(&function.attrs, &function.sig, body);
            }
        }
        let span = self.between(item.trait_token.span, item.brace_token.span.close());
        self.close(block, span);
        self.close(at, span);
    }

    /// Diesel's `table! { users (id) { id -> Integer, email -> Text, } }`.
    pub(super) fn table(&mut self, name: &Path, tokens: TokenStream) -> bool {
        let mut table = None;
        let mut columns = None;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if columns.is_none() && ident != "use" => table = Some(ident),
                TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace => {
                    columns = Some(group.stream());
                }
                // What is brought in comes before the table's name.
                _ => {}
            }
        }
        let (Some(table), Some(columns)) = (table, columns) else { return false };
        self.mark(name, None);
        let at = self.open(Shape::Class, Field::None);
        let span = self.word(&table, Field::Name);
        let block = self.open(Shape::Block, Field::Body);
        let mut tokens: Vec<TokenTree> = Vec::new();
        for token in columns {
            if matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ',') {
                self.column(&tokens);
                tokens.clear();
            } else {
                tokens.push(token);
            }
        }
        self.column(&tokens);
        self.close(block, span);
        self.close(at, span);
        true
    }

    fn column(&mut self, tokens: &[TokenTree]) {
        let mut words = tokens.iter().filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident),
            _ => None,
        });
        let (Some(name), Some(kind)) = (words.next(), words.next()) else { return };
        let at = self.open(Shape::FieldDefinition, Field::None);
        let span = self.word(name, Field::Name);
        let last = tokens.last().map_or(kind.span(), TokenTree::span);
        let kind = self.between(kind.span(), last);
        self.leaf(Shape::Type, Field::Type, kind);
        self.close(at, span.cover(kind));
    }
}
