//! SQL: the columns that `CREATE TABLE` and `ALTER TABLE` declare, whatever the dialect; all else is passed over.

use super::{
    Document, MAX_NODES, Node, Value,
    scan::{Defects, Scan},
};
use crate::{
    error::{Notification, NotificationId},
    source::Source,
    span::Span,
};

/// Parses one source. The root is one list of statements.
pub(super) fn parse(source: &Source) -> (Document, Vec<Notification>) {
    let text: &str = &source.text;
    let lexer = Lexer { scan: Scan::new(text), open_string: false };
    let mut reader =
        Reader { text, lexer, ahead: None, defects: Defects::default(), statements: Vec::new(), nodes: 0, last: 0 };
    reader.read();
    let root = Node::new(Span::new(0, text.len()), Value::List(reader.statements));
    (Document { roots: vec![root] }, reader.defects.notifications(source))
}

/// What a piece of a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    /// A quoted identifier.
    Quoted,
    String,
    Sign(u8),
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    span: Span,
}

/// Longest quoted identifier; a quote without its partner must not cost more than this.
const MAX_QUOTED: usize = 512;

/// Most pieces of one column that are looked at.
const MAX_PIECES: usize = 64;

struct Lexer<'a> {
    scan: Scan<'a>,
    /// A quote was never closed, so none after it is a string either.
    open_string: bool,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            self.scan.take_while(|byte| byte.is_ascii_whitespace() || byte == 0);
            if !self.comment() {
                break;
            }
        }
        let start = self.scan.at;
        let first = self.scan.peek()?;
        let kind = match first {
            b'\'' if !self.open_string => self.string(),
            b'"' | b'`' => self.quoted(first, first),
            b'[' => self.quoted(b'[', b']'),
            b'$' => self.dollars(),
            _ if is_word(first) => {
                self.scan.take_while(|byte| is_word(byte) || byte == b'$');
                Kind::Word
            }
            _ => {
                self.scan.bump(1);
                Kind::Sign(first)
            }
        };
        Some(Token { kind, span: Span::new(start, self.scan.at) })
    }

    /// Steps over a comment. `#` begins one for MySQL, but also names temporary tables and operators.
    fn comment(&mut self) -> bool {
        let hash = self.scan.peek() == Some(b'#')
            && self.scan.ahead(1).is_none_or(|next| !is_word(next) && !matches!(next, b'>' | b'-'));
        if self.scan.sees("--") || hash {
            self.scan.take_line();
            return true;
        }
        if !self.scan.sees("/*") {
            return false;
        }
        // MySQL runs what stands in `/*! .. */`; only its marks are passed over.
        self.scan.bump(2);
        if self.scan.eat("!") {
            self.scan.take_while(|byte| byte.is_ascii_digit());
            return true;
        }
        let rest = self.rest();
        let end = memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
        self.scan.bump(end);
        true
    }

    fn rest(&self) -> &[u8] {
        self.scan.text.as_bytes().get(self.scan.at..).unwrap_or_default()
    }

    /// A string. A backslash escapes the quote in MySQL and is nothing special elsewhere: what follows tells which.
    fn string(&mut self) -> Kind {
        let rest = self.rest();
        let mut at = 1;
        let mut end = None;
        while let Some(quote) = rest.get(at..).and_then(|rest| memchr::memchr(b'\'', rest)) {
            at += quote + 1;
            let next = rest.get(at).copied();
            let slashes = rest.get(1..at - 1).map_or(0, |body| body.iter().rev().take_while(|&&b| b == b'\\').count());
            if slashes % 2 == 1 && next.is_some_and(|next| !matches!(next, b',' | b')' | b';' | b'\n' | b'\r')) {
                continue;
            }
            if next == Some(b'\'') {
                at += 1;
                continue;
            }
            end = Some(at);
            break;
        }
        self.open_string = end.is_none();
        self.scan.bump(end.unwrap_or(1));
        if end.is_some() { Kind::String } else { Kind::Sign(b'\'') }
    }

    /// A quoted identifier; a quote without a partner near by is a sign of its own.
    fn quoted(&mut self, open: u8, close: u8) -> Kind {
        let rest = self.rest();
        let near = rest.get(1..rest.len().min(MAX_QUOTED)).unwrap_or_default();
        let mut bytes = near.iter().enumerate().peekable();
        while let Some((at, &byte)) = bytes.next() {
            if byte == close && bytes.next_if(|(_, next)| **next == close).is_none() {
                self.scan.bump(at + 2);
                return Kind::Quoted;
            }
        }
        self.scan.bump(1);
        Kind::Sign(open)
    }

    /// `$tag$ .. $tag$`: the body of a function, which declares no column.
    fn dollars(&mut self) -> Kind {
        let rest = self.rest();
        let tag = rest.iter().skip(1).take(MAX_QUOTED).take_while(|&&byte| is_word(byte)).count();
        if rest.get(tag + 1) != Some(&b'$') {
            self.scan.bump(1);
            return Kind::Sign(b'$');
        }
        let (mark, body) = rest.split_at_checked(tag + 2).unwrap_or((rest, &[]));
        let end = memchr::memmem::find(body, mark).map_or(rest.len(), |end| end + mark.len() * 2);
        self.scan.bump(end);
        Kind::String
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Reader<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    ahead: Option<Token>,
    defects: Defects,
    statements: Vec<Node>,
    nodes: usize,
    /// Where the piece taken last ends.
    last: usize,
}

/// First words of what a table holds besides columns.
const CONSTRAINTS: &[&str] = &[
    "constraint",
    "primary",
    "foreign",
    "unique",
    "key",
    "index",
    "check",
    "fulltext",
    "spatial",
    "exclude",
    "like",
    "period",
    "projection",
    "partition",
];

/// Words behind a type.
const AFTER_TYPE: &[&str] = &[
    "not",
    "null",
    "default",
    "primary",
    "unique",
    "references",
    "check",
    "comment",
    "collate",
    "generated",
    "as",
    "constraint",
    "encode",
    "encrypted",
    "on",
    "auto_increment",
    "autoincrement",
    "identity",
    "key",
    "masked",
    "sparse",
    "stored",
    "virtual",
    "compression",
    "codec",
    "storage",
    "charset",
    "invisible",
    "visible",
    "after",
    "first",
    "options",
    "using",
];

/// Words that begin another statement, where a semicolon was left out.
const STARTS: &[&str] = &["create", "insert", "go", "select", "begin", "end", "grant"];

impl<'a> Reader<'a> {
    fn read(&mut self) {
        while let Some(token) = self.take() {
            if self.nodes >= MAX_NODES {
                let here = Span::new(token.span.from(), token.span.from());
                self.defects.note(self.text, here, NotificationId::Limit, "has too many values; the rest was not read");
                return;
            }
            if self.says(token, "create") {
                self.create(token.span);
            } else if self.says(token, "alter") {
                self.alter(token.span);
            }
        }
    }

    fn peek(&mut self) -> Option<Token> {
        if self.ahead.is_none() {
            self.ahead = self.lexer.next();
        }
        self.ahead
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek();
        self.ahead = None;
        self.last = token.map_or(self.last, |token| token.span.to());
        token
    }

    fn says(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Word && token.span.text(self.text).eq_ignore_ascii_case(word)
    }

    fn is_one_of(&self, token: Token, words: &[&str]) -> bool {
        words.iter().any(|word| self.says(token, word))
    }

    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.peek().is_some_and(|token| self.is_one_of(token, words));
        if found {
            self.take();
        }
        found
    }

    fn sees(&mut self, sign: u8) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    /// A name without its quotes, and without the schema before it.
    fn name(&mut self) -> Option<Node> {
        loop {
            while self.sees(b'#') {
                self.take();
            }
            let token = self.peek().filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))?;
            self.take();
            if !self.sees(b'.') {
                return Some(self.named(token));
            }
            self.take();
        }
    }

    fn named(&self, token: Token) -> Node {
        let written = token.span.text(self.text);
        let inner = written.get(1..written.len().saturating_sub(1)).filter(|_| token.kind != Kind::Word);
        Node::string(token.span, inner.unwrap_or(written))
    }

    /// Behind `CREATE`.
    fn create(&mut self, start: Span) {
        let mut spare = 6;
        while !self.eat(&["table"]) {
            let is_word = self.peek().is_some_and(|token| token.kind == Kind::Word && !self.is_one_of(token, STARTS));
            if !is_word || spare == 0 {
                return;
            }
            spare -= 1;
            self.take();
        }
        let statement = Node::string(Span::new(start.from(), self.last), "create-table");
        while self.eat(&["if", "not", "exists"]) {}
        let Some(table) = self.name() else { return };
        let mut spare = 8;
        while !self.sees(b'(') {
            let leads = |token: Token| {
                matches!(token.kind, Kind::Word | Kind::Quoted)
                    && !self.is_one_of(token, &["as", "like", "select", "partition", "of", "alter", "clone"])
                    && !self.is_one_of(token, STARTS)
            };
            let ahead = self.ahead;
            if spare == 0 || !ahead.is_some_and(leads) {
                return;
            }
            spare -= 1;
            self.take();
        }
        let Some(open) = self.take() else { return };
        let columns = self.elements(open.span);
        self.push(start, statement, table, columns);
    }

    /// Behind `ALTER`.
    fn alter(&mut self, start: Span) {
        if !self.eat(&["table"]) {
            return;
        }
        let statement = Node::string(Span::new(start.from(), self.last), "alter-table");
        while self.eat(&["if", "exists", "only"]) {}
        let Some(table) = self.name() else { return };
        let mut columns = Vec::new();
        let mut adds = false;
        loop {
            let named = self.eat(&["add"]);
            adds =
                named || (adds && self.peek().is_some_and(|next| !self.is_one_of(next, &["drop", "alter", "modify"])));
            self.eat(&["column"]);
            while self.eat(&["if", "not", "exists"]) {}
            // `ADD (a INT, b INT)`: what follows the bracket is no column.
            let list = if adds && self.sees(b'(') { self.take() } else { None };
            columns.append(&mut list.map(|open| self.elements(open.span)).unwrap_or_default());
            let (pieces, end) = self.element(0);
            if adds && list.is_none() {
                columns.extend(self.column(&pieces, end));
            }
            if !self.sees(b',') {
                break;
            }
            self.take();
        }
        if !columns.is_empty() {
            self.push(start, statement, table, columns);
        }
    }

    /// Columns up to the bracket that closes them.
    fn elements(&mut self, open: Span) -> Vec<Node> {
        let mut columns = Vec::new();
        loop {
            let (pieces, end) = self.element(1);
            columns.extend(self.column(&pieces, end));
            if self.sees(b',') {
                self.take();
            } else if self.sees(b')') {
                self.take();
                return columns;
            } else {
                self.defects.syntax(self.text, open, "this table is not closed");
                return columns;
            }
        }
    }

    /// The pieces up to a comma or an end at this level, and where the last one ends.
    fn element(&mut self, level: usize) -> (Vec<Token>, usize) {
        let (mut pieces, mut depth, mut end) = (Vec::new(), 0_usize, self.last);
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Sign(b';') => break,
                Kind::Sign(b',') if depth == 0 => break,
                Kind::Sign(b')') if depth == 0 && level > 0 => break,
                Kind::Sign(b'(') => depth += 1,
                Kind::Sign(b')') => depth = depth.saturating_sub(1),
                // A column may be called `end`; a statement never begins with a comma, a name or a type.
                Kind::Word if self.says(token, "create") || (level == 0 && self.ends(token, pieces.len())) => break,
                _ => {}
            }
            self.take();
            end = token.span.to();
            if pieces.len() < MAX_PIECES {
                pieces.push(token);
            }
        }
        (pieces, end)
    }

    /// True where an `ALTER TABLE` that no semicolon ends is over.
    fn ends(&self, token: Token, before: usize) -> bool {
        let starts_line = self
            .text
            .get(..token.span.from())
            .is_some_and(|before| before.trim_end_matches([' ', '\t']).ends_with('\n'));
        before > 0 && (self.is_one_of(token, STARTS) || (starts_line && self.says(token, "alter")))
    }

    /// A column; `None` for a constraint.
    fn column(&mut self, pieces: &[Token], end: usize) -> Option<Node> {
        let (&first, rest) = pieces.split_first()?;
        let is_name = matches!(first.kind, Kind::Word | Kind::Quoted | Kind::String);
        if !is_name || self.is_one_of(first, CONSTRAINTS) || first.span.text(self.text).starts_with('$') {
            return None;
        }
        let mut depth = 0_usize;
        let typed = rest.iter().enumerate().take_while(|(at, token)| {
            match token.kind {
                Kind::Sign(b'(' | b'<') => depth += 1,
                Kind::Sign(b')' | b'>') => depth = depth.saturating_sub(1),
                _ => {}
            }
            let is_charset = *at > 0 && self.is_one_of(**token, &["character", "set"]);
            depth > 0 || !(self.is_one_of(**token, AFTER_TYPE) || is_charset)
        });
        let empty = Span::new(first.span.to(), first.span.to());
        let kind = typed.map(|(_, token)| token.span).reduce(Span::cover).unwrap_or(empty);
        let whole = Span::new(first.span.from(), end);
        self.nodes += 8;
        let mut node = Node::map(whole);
        node.set("name", self.named(first));
        node.set("type", Node::string(kind, kind.text(self.text)));
        node.set("text", Node::string(whole, whole.text(self.text)));
        Some(node)
    }

    fn push(&mut self, start: Span, statement: Node, table: Node, columns: Vec<Node>) {
        let end = Span::new(self.last, self.last);
        let place = columns.iter().map(|column| column.span).reduce(Span::cover).unwrap_or(end);
        let mut node = Node::map(Span::new(start.from(), self.last));
        node.set("statement", statement);
        node.set("table", table);
        node.set("columns", Node::new(place, Value::List(columns)));
        self.nodes += 8;
        self.statements.push(node);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        scan::check,
        tests::{check_cases, check_spans},
    };
    use crate::classify::Format;

    const COLUMN: &str =
        r#"{"statement": "create-table", "table": "t", "columns": [{"name": "a", "type": "INT", "text": "a INT"}]}"#;

    #[test]
    fn tables_and_their_columns_are_read_in_every_dialect() {
        let one = format!("[{COLUMN}]");
        let one: &[&str] = &[&one];
        let two = format!("[{COLUMN}, {COLUMN}]");
        check_cases(
            Format::Sql,
            &[
                ("", &["[]"], &[]),
                ("create table t (a INT);", one, &[]),
                ("CREATE TEMP TABLE IF NOT EXISTS \"s\".`t` (a INT) ENGINE=InnoDB;", one, &[]),
                ("CREATE TABLE [dbo].[t] ([a] INT)", &[&one[0].replace("a INT\"}", "[a] INT\"}")], &[]),
                (
                    "# (c\n-- (d\n/* ( */CREATE TABLE t (a INT -- e, f\n, PRIMARY KEY (a), CONSTRAINT c CHECK (a > 1));",
                    one,
                    &[],
                ),
                ("SELECT 'CREATE TABLE x (y INT)'; $f$ CREATE TABLE x (y INT) $f$; CREATE TABLE t (a INT);", one, &[]),
                ("INSERT INTO x VALUES ('it\\'s ('), ('\\'), ('b''');CREATE TABLE t (a INT);", one, &[]),
                ("CREATE TABLE t (a INT); CREATE TABLE u AS SELECT b FROM c; CREATE TABLE t (a INT)", &[&two], &[]),
                ("CREATE TABLE t (a INT; CREATE TABLE t (a INT);", &[&two], &["1:16"]),
                ("CREATE TABLE t (a INT", one, &["1:16"]),
                (
                    "CREATE TABLE u (b DECIMAL(1, 2) DEFAULT 'x, y' NOT NULL, c character varying(9) COMMENT 'z');",
                    &[
                        r#"[{"statement": "create-table", "table": "u", "columns": [{"name": "b", "type": "DECIMAL(1, 2)", "text": "b DECIMAL(1, 2) DEFAULT 'x, y' NOT NULL"}, {"name": "c", "type": "character varying(9)", "text": "c character varying(9) COMMENT 'z'"}]}]"#,
                    ],
                    &[],
                ),
                (
                    "ALTER TABLE ONLY s.t ADD COLUMN IF NOT EXISTS a INT, DROP COLUMN b, ADD CONSTRAINT c UNIQUE (d);\nALTER TABLE t RENAME TO u;",
                    &[&one[0].replace("create-table", "alter-table")],
                    &[],
                ),
                ("ALTER TABLE t ADD (a INT)\nGO", &[&one[0].replace("create-table", "alter-table")], &[]),
            ],
        );
    }

    #[test]
    fn spans_hold_the_text_of_every_part() {
        let text = "x;CREATE  TABLE s.\"t\" ( a  INT /* c */ NULL -- d\n);";
        let whole = "CREATE  TABLE s.\"t\" ( a  INT /* c */ NULL -- d\n)";
        let column = "a  INT /* c */ NULL";
        let expected =
            [text, whole, "", "CREATE  TABLE", "", "\"t\"", "", column, column, "", "a", "", "INT", "", column];
        check_spans(Format::Sql, text, &expected);
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for open in ["CREATE TABLE a (", "ALTER TABLE a ADD b (", "$a$", "\\'", "\"\"", "[", "CREATE ", "a,", "(", "#"]
        {
            check::bounded(super::parse, open, "", ")");
        }
        check::survives(super::parse, "CREATE TABLE \"a\".b (c é(1, 2) '\\'x', d INT);\nALTER TABLE a ADD h TEXT;\n");
    }
}
