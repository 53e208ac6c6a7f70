//! HSTS as an nginx server sends it, with the inheritance of `add_header`.

use super::{
    answer,
    tree::{Chain, Directive, Topic, directives, includes},
};
use crate::{
    extract::webserver::Hsts,
    fact::Fact,
    source::Source,
    span::Span,
    syntax::{Node, Value},
};

const NAME: &str = "strict-transport-security";

/// What one block says about the header.
#[derive(Clone, Copy)]
pub(super) enum Says<'a> {
    /// Sends it.
    Sends(Directive<'a>),
    /// Adds other headers, and so sends none of those of the blocks around.
    Drops(Directive<'a>),
    /// Adds no header.
    Nothing,
}

/// Adds what is known about HSTS.
pub(super) fn add(fact: Fact, server: Directive<'_>, chain: &Chain<'_>, source: &Source) -> Fact {
    let mut blocks = chain.outwards().map(|level| *level.hsts.get_or_init(|| says(level.list)));
    let found = blocks.find(|says| !matches!(says, Says::Nothing));
    let hidden = chain.outwards().find_map(|level| level.includes(Topic::Header));
    let all = directives(server.block).filter(|directive| directive.name == "location");
    let inside: Vec<_> = all.map(|location| (answer::takes_all(location), location, says(location.block))).collect();
    match found {
        Some(Says::Sends(directive)) => {
            let fact = sent(fact, directive);
            // A location that adds a header of its own sends only that.
            let dropped = inside.iter().find_map(|(_, location, says)| match says {
                Says::Drops(header) if includes(location.block, Topic::Header).is_none() => Some(header.node.span),
                _ => None,
            });
            match dropped {
                Some(span) => fact.with("hsts.dropped", Node::new(span, Value::Bool(true))),
                None => fact,
            }
        }
        _ => {
            let sends = |says: &Says<'_>| matches!(says, Says::Sends(_));
            let whole = inside.iter().find(|(all, _, says)| *all && sends(says));
            let some = inside.iter().find(|(_, _, says)| sends(says));
            let lua = lua_names_it(server.block, source, 0);
            match (whole, some.map(|(_, location, _)| location.place()).or(hidden).or(lua)) {
                (Some((_, _, Says::Sends(directive))), _) => sent(fact, *directive),
                // Some paths send it, or a file that is not at hand may.
                (_, Some(span)) => Hsts::unknown(span, "not resolved").add_to(fact),
                _ => fact,
            }
        }
    }
}

fn sent(fact: Fact, directive: Directive<'_>) -> Fact {
    let is_always = directive.name != "add_header" || directive.text(2) == Some("always");
    let value = if directive.name == "add_header" { directive.arguments.get(1) } else { directive.arguments.last() };
    let hsts = match value {
        Some(value) if directive.is_conditional => Hsts::unknown(value.span, "conditional"),
        Some(value) if directive.name != "add_header" => {
            // `more_set_headers "Name: value"`.
            let text = value.as_str().and_then(|text| text.split_once(':')).map(|(_, text)| text.trim());
            text.map_or_else(|| Hsts::unknown(value.span, "header"), |text| Hsts::read(&Node::string(value.span, text)))
        }
        Some(value) => Hsts::read(value),
        None => Hsts::unknown(directive.place(), "header"),
    };
    hsts.add_to(fact).with("hsts.always", Node::new(directive.node.span, Value::Bool(is_always)))
}

fn says(list: &[Node]) -> Says<'_> {
    let mut result = Says::Nothing;
    for directive in directives(list) {
        let name = directive.written(0).unwrap_or_default().to_ascii_lowercase();
        match directive.name {
            "add_header" if name == NAME => return Says::Sends(directive),
            "more_set_headers" => {
                let mut texts = directive.arguments.iter().filter_map(Node::as_str);
                if texts.any(|text| text.to_ascii_lowercase().starts_with(NAME)) {
                    return Says::Sends(directive);
                }
            }
            "add_header_inherit" if matches!(directive.text(0), Some("merge" | "on")) => return Says::Nothing,
            "add_header" if matches!(result, Says::Nothing) => result = Says::Drops(directive),
            _ => {}
        }
    }
    result
}

/// Lua that names the header, where it stands.
fn lua_names_it(list: &[Node], source: &Source, depth: usize) -> Option<Span> {
    directives(list).find_map(|directive| {
        if directive.name.contains("_by_lua") {
            let text = directive.node.span.text(&source.text).to_ascii_lowercase();
            return text.contains(NAME).then_some(directive.node.span);
        }
        if depth < 8 { lua_names_it(directive.block, source, depth + 1) } else { None }
    })
}
