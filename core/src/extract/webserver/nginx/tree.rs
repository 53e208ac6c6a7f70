//! A view of nginx's directives: contexts and what they inherit, includes, conditions of templates.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use super::header::Says;
use crate::{
    span::Span,
    syntax::{Node, Value, nginx::TEMPLATE},
};

/// One directive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directive<'a> {
    pub node: &'a Node,
    pub name: &'a str,
    pub arguments: &'a [Node],
    pub block: &'a [Node],
    pub has_block: bool,
    /// Stands between `{% if %}` and `{% endif %}` or the like.
    pub is_conditional: bool,
}

impl<'a> Directive<'a> {
    /// The place of the arguments, or of all of it.
    pub(super) fn place(self) -> Span {
        self.node.get("arguments").map_or(self.node.span, |arguments| arguments.span)
    }

    /// The text of an argument.
    pub(super) fn text(self, index: usize) -> Option<&'a str> {
        self.arguments.get(index).and_then(Node::as_str)
    }

    /// An argument's text with its holes as they are written: enough to see how a URL starts.
    pub(super) fn written(self, index: usize) -> Option<&'a str> {
        match &self.arguments.get(index)?.value {
            Value::String(text) | Value::Unknown(text) => Some(text),
            _ => None,
        }
    }
}

/// The directives of a block, lines of a template engine left out.
pub(super) fn directives(list: &[Node]) -> impl Iterator<Item = Directive<'_>> {
    let mut open: Vec<bool> = Vec::new();
    list.iter().filter_map(move |node| {
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        let arguments = node.get("arguments").map_or(&[][..], Node::elements);
        if name == TEMPLATE {
            follow(arguments, &mut open);
            return None;
        }
        let block = node.get("block");
        Some(Directive {
            node,
            name,
            arguments,
            block: block.map_or(&[][..], Node::elements),
            has_block: block.is_some(),
            is_conditional: open.contains(&true),
        })
    })
}

/// What a line of a template engine does.
enum Control {
    /// Opens a part; true when it may be left out.
    Opens(bool),
    Closes,
    /// `else`, an assignment, a comment.
    Nothing,
    /// Puts text there that is not at hand.
    Inserts,
}

fn control(arguments: &[Node]) -> Control {
    let Some(Node { value: Value::Unknown(text), .. }) = arguments.first() else { return Control::Nothing };
    if text.starts_with("{#") || text.starts_with("{{!") || text.starts_with("{{/*") || text.starts_with("<%#") {
        return Control::Nothing;
    }
    let is_statement = text.starts_with("{%") || (text.starts_with("<%") && !text.starts_with("<%="));
    let inner = text.trim_matches(['{', '}', '<', '>', '%', '-', '~', '+', ' ', '=']);
    let mut words = inner.split([' ', '\t', '(', '\n']).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    match first {
        "if" | "unless" | "with" | "#if" | "#unless" | "#with" | "ifequal" => Control::Opens(true),
        "for" | "range" | "#each" | "#for" | "block" | "define" | "raw" | "filter" | "macro" | "call" => {
            Control::Opens(false)
        }
        "end" | "endif" | "endfor" | "endunless" | "endwith" | "endblock" | "endraw" | "endfilter" | "endmacro"
        | "endcall" => Control::Closes,
        "else" | "elif" | "elsif" | "elseif" | "set" | "assign" | "import" | "from" | "extends" => Control::Nothing,
        "include" | "template" => Control::Inserts,
        _ if first.starts_with('/') || first == "}" => Control::Closes,
        _ if first.starts_with('$') || inner.contains(":=") => Control::Nothing,
        // Ruby: `<% list.each do |x| %>`.
        _ if is_statement && (inner.ends_with('|') || inner.ends_with(" do")) => Control::Opens(false),
        _ if is_statement => Control::Nothing,
        _ => Control::Inserts,
    }
}

fn follow(arguments: &[Node], open: &mut Vec<bool>) {
    match control(arguments) {
        Control::Opens(conditional) => open.push(conditional),
        Control::Closes => drop(open.pop()),
        Control::Nothing | Control::Inserts => {}
    }
}

/// What an include is asked about: files that everyone knows answer some questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Protocols and suites.
    Tls,
    /// Headers of answers.
    Header,
    /// Redirects and locations.
    Answer,
    /// What a location passes on, and how.
    Pass,
}

impl Topic {
    const ALL: [Self; 4] = [Self::Tls, Self::Header, Self::Answer, Self::Pass];
}

/// Files that come with nginx or a distribution and say nothing about any topic.
const PLAIN: &[&str] = &[
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "koi-utf",
    "koi-win",
    "win-utf",
    "fastcgi-php.conf",
    "snakeoil.conf",
    "dhparam.conf",
];

/// Words in the names of files that set headers, caches or certificates and redirect nothing.
const NOT_ROUTING: &[&str] = &[
    "ssl",
    "tls",
    "cert",
    "gzip",
    "brotli",
    "header",
    "security",
    "hsts",
    "cache",
    "log",
    "cors",
    "php",
    "fastcgi",
    "letsencrypt",
    "acme",
    "error",
    "param",
    "compress",
    "csp",
    "proxy",
    "block",
    "bot",
    "limit",
    "auth",
    "expires",
];

/// The first include of a block, or line of a template engine, that may say something about a topic.
pub(super) fn includes(list: &[Node], topic: Topic) -> Option<Span> {
    list.iter().find_map(|node| {
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        let arguments = node.get("arguments").map_or(&[][..], Node::elements);
        let hides = match name {
            TEMPLATE => matches!(control(arguments), Control::Inserts),
            "include" => arguments.first().is_none_or(|file| file.as_str().is_none_or(|file| says(file, topic))),
            _ => false,
        };
        hides.then_some(node.span)
    })
}

fn says(file: &str, topic: Topic) -> bool {
    let lower = file.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let folders = ["conf.d/", "sites-", "modules-", "http.d/", "vhosts", "servers/", "upstreams/"];
    if PLAIN.contains(&name) || (name.contains('*') && folders.iter().any(|folder| lower.contains(folder))) {
        return false;
    }
    match topic {
        // certbot's file sets protocols and suites, and nothing else.
        Topic::Header => name != "options-ssl-nginx.conf",
        Topic::Answer => !NOT_ROUTING.iter().any(|word| name.contains(word)),
        Topic::Tls | Topic::Pass => true,
    }
}

/// A block around a place. What is asked of it for every server or location inside is found out once.
pub(super) struct Level<'a> {
    pub(super) list: &'a [Node],
    /// The last directive of each name.
    last: BTreeMap<&'a str, Directive<'a>>,
    /// Variables and the texts they are set to, in order; of more than two only the first two.
    variables: BTreeMap<&'a str, Vec<Option<&'a str>>>,
    includes: [OnceCell<Option<Span>>; Topic::ALL.len()],
    tells_of_proxy: OnceCell<bool>,
    /// What the block says about HSTS.
    pub(super) hsts: OnceCell<Says<'a>>,
}

impl<'a> Level<'a> {
    fn new(list: &'a [Node]) -> Self {
        let (mut last, mut variables) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for directive in directives(list) {
            last.insert(directive.name, directive);
            if let Some(name) = directive.text(0).and_then(|name| name.strip_prefix('$'))
                && directive.name == "set"
            {
                let values = variables.entry(name).or_default();
                if values.len() < 2 {
                    values.push(directive.text(1));
                }
            }
        }
        Self {
            list,
            last,
            variables,
            includes: Default::default(),
            tells_of_proxy: OnceCell::new(),
            hsts: OnceCell::new(),
        }
    }

    /// The first include that may say something about a topic.
    pub(super) fn includes(&self, topic: Topic) -> Option<Span> {
        let find = || includes(self.list, topic);
        self.includes.get(topic as usize).map_or_else(find, |known| *known.get_or_init(find))
    }
}

/// Blocks around a place, outermost first.
#[derive(Clone)]
pub(super) struct Chain<'a>(Vec<Rc<Level<'a>>>);

/// A directive as it holds at a place.
pub(super) enum Setting<'a> {
    /// Written at that place or inherited.
    Found(Directive<'a>),
    /// An include that is not at hand may hold it.
    Unknown(Span),
    /// Nowhere in this file.
    Absent,
}

impl<'a> Chain<'a> {
    /// Only one block.
    pub(super) fn new(list: &'a [Node]) -> Self {
        Self(vec![Rc::new(Level::new(list))])
    }

    /// The same, one block further in.
    pub(super) fn with(&self, list: &'a [Node]) -> Self {
        let mut all = self.0.clone();
        all.push(Rc::new(Level::new(list)));
        Self(all)
    }

    /// The innermost block.
    pub(super) fn inner(&self) -> &'a [Node] {
        self.0.last().map(|level| level.list).unwrap_or_default()
    }

    /// Blocks from the innermost out.
    pub(super) fn outwards(&self) -> impl Iterator<Item = &Level<'a>> {
        self.0.iter().rev().map(Rc::as_ref)
    }

    /// The text that a variable is set to, when the blocks around set it once, and to text.
    pub(super) fn variable(&self, name: &str) -> Option<&'a str> {
        let mut values = self.outwards().filter_map(|level| level.variables.get(name)).flatten();
        values.next().copied().flatten().filter(|_| values.next().is_none())
    }

    /// A directive that inner blocks inherit and replace as a whole.
    pub(super) fn find(&self, name: &str, topic: Topic) -> Setting<'a> {
        for level in self.outwards() {
            if let Some(&found) = level.last.get(name) {
                return Setting::Found(found);
            }
            if let Some(span) = level.includes(topic) {
                return Setting::Unknown(span);
            }
        }
        Setting::Absent
    }

    /// True when addresses or schemes are taken from a proxy in front.
    pub(super) fn mentions_proxy_in_front(&self) -> bool {
        self.outwards().any(|level| *level.tells_of_proxy.get_or_init(|| tells_of_proxy(level.list, 0)))
    }
}

fn tells_of_proxy(list: &[Node], depth: usize) -> bool {
    depth < 8
        && directives(list).any(|directive| match directive.name {
            "set_real_ip_from" | "real_ip_header" => true,
            // Other servers speak for themselves, and `http` is in the chain by itself.
            "server" | "upstream" | "http" | "stream" if directive.has_block => false,
            "proxy_set_header" => {
                let is_forwarded = directive.text(0).is_some_and(|name| name.eq_ignore_ascii_case("x-forwarded-proto"));
                is_forwarded && directive.text(1).is_some_and(|value| value.contains("http_x_forwarded_proto"))
            }
            _ => tells_of_proxy(directive.block, depth + 1),
        })
}
