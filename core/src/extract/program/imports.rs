//! What a file imports: local names and what they are called by everyone.

use tree_sitter::Node;

use super::grammar::Language;

/// One local name and its canonical name; an empty local name is a wildcard.
pub(super) type Import<'a> = (&'a str, String);

/// Most names of one import statement.
const MAX_NAMES: usize = 2000;

/// Names that an import statement brings.
pub(super) fn read<'a>(node: Node<'_>, text: &'a str, language: Language) -> Vec<Import<'a>> {
    match language {
        Language::Python => python(node, text),
        Language::Go => go(node, text),
        Language::Java => java(of(node, text)).into_iter().collect(),
        Language::JavaScript | Language::TypeScript | Language::Tsx => script(node, text),
        Language::Rust => Vec::new(),
    }
}

fn of<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or_default()
}

fn python<'a>(node: Node<'_>, text: &'a str) -> Vec<Import<'a>> {
    let module = node.child_by_field_name("module_name").map(|name| of(name, text));
    let mut cursor = node.walk();
    let names = node.children_by_field_name("name", &mut cursor).take(MAX_NAMES);
    let pair = |item: Node<'_>| -> Option<Import<'a>> {
        let (name, alias) = match item.kind() {
            "aliased_import" => {
                (of(item.child_by_field_name("name")?, text), Some(of(item.child_by_field_name("alias")?, text)))
            }
            _ => (of(item, text), None),
        };
        Some(match (module, alias) {
            (Some(module), alias) if module.ends_with('.') => (alias.unwrap_or(name), format!("{module}{name}")),
            (Some(module), alias) => (alias.unwrap_or(name), format!("{module}.{name}")),
            (None, Some(alias)) => (alias, name.to_owned()),
            // `import a.b` binds `a`.
            (None, None) => {
                let top = name.split('.').next().unwrap_or(name);
                (top, top.to_owned())
            }
        })
    };
    names.filter_map(pair).collect()
}

fn script<'a>(node: Node<'_>, text: &'a str) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    let Some(module) = script_module(node, text) else { return found };
    let mut cursor = node.walk();
    let clauses: Vec<_> = node.named_children(&mut cursor).take(MAX_NAMES).collect();
    let clause = clauses.iter().find(|child| child.kind() == "import_clause");
    // `import x = require("m")` has its own clause.
    if let Some(required) = clauses.iter().find(|child| child.kind() == "import_require_clause") {
        found.extend(required.named_child(0).map(|name| (of(name, text), module.to_owned())));
    }
    let Some(clause) = clause else { return found };
    let mut cursor = clause.walk();
    for child in clause.named_children(&mut cursor).take(MAX_NAMES) {
        match child.kind() {
            "identifier" => found.push((of(child, text), module.to_owned())),
            "namespace_import" => {
                found.extend(child.named_child(0).map(|name| (of(name, text), module.to_owned())));
            }
            "named_imports" => found.extend(script_names(child, text, module)),
            _ => {}
        }
    }
    found
}

fn script_module<'a>(node: Node<'_>, text: &'a str) -> Option<&'a str> {
    let direct = node.child_by_field_name("source");
    let inner = || {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find_map(|child| child.child_by_field_name("source"))
    };
    direct.or_else(inner).map(|source| of(source, text).trim_matches(['"', '\'', '`']))
}

fn script_names<'a>(list: Node<'_>, text: &'a str, module: &str) -> Vec<Import<'a>> {
    let mut cursor = list.walk();
    let specifiers = list.named_children(&mut cursor).take(MAX_NAMES);
    let pair = |item: Node<'_>| {
        let name = of(item.child_by_field_name("name")?, text);
        let alias = item.child_by_field_name("alias").map_or(name, |alias| of(alias, text));
        Some((alias, if name == "default" { module.to_owned() } else { format!("{module}.{name}") }))
    };
    specifiers.filter_map(pair).collect()
}

fn go<'a>(node: Node<'_>, text: &'a str) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    // Specs stand in the declaration or in a list inside it, never deeper.
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor).take(MAX_NAMES) {
        if child.kind() == "import_spec" {
            found.extend(go_spec(child, text));
            continue;
        }
        let mut inner = child.walk();
        found.extend(child.named_children(&mut inner).take(MAX_NAMES).flat_map(|spec| go_spec(spec, text)));
    }
    found
}

fn go_spec<'a>(spec: Node<'_>, text: &'a str) -> Vec<Import<'a>> {
    let Some(path) = spec.child_by_field_name("path").map(|path| of(path, text).trim_matches(['"', '`'])) else {
        return Vec::new();
    };
    let canonical = go_path(path);
    if let Some(name) = spec.child_by_field_name("name").map(|name| of(name, text)) {
        return vec![(name, canonical)];
    }
    go_names(path).into_iter().map(|name| (name, canonical.clone())).collect()
}

/// A module path without its major version, so that one name serves all versions.
fn go_path(path: &str) -> String {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let parts = path.split('/').filter(|part| !is_version(part));
    let plain = |part: &str| match part.rsplit_once('.') {
        Some((stem, version)) if is_version(version) => stem.to_owned(),
        _ => part.to_owned(),
    };
    parts.map(plain).collect::<Vec<_>>().join("/")
}

/// Names a package may have that is imported without one: the path's last part, with and without its usual trimmings.
fn go_names(path: &str) -> Vec<&str> {
    let is_version =
        |part: &&str| part.strip_prefix('v').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let last = path.rsplit('/').find(|part| !is_version(part)).unwrap_or(path);
    let stem = last.split('.').next().unwrap_or(last);
    let mut names = vec![last, stem];
    for bare in
        [stem.strip_prefix("go-"), stem.strip_suffix("-go"), stem.strip_suffix("-golang"), stem.rsplit('-').next()]
    {
        names.extend(bare.filter(|name| !name.is_empty() && *name != "go"));
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn java(statement: &str) -> Option<Import<'_>> {
    let inner = statement.strip_prefix("import")?.trim().trim_end_matches(';').trim();
    let path = inner.strip_prefix("static ").map_or(inner, str::trim);
    if let Some(package) = path.strip_suffix(".*") {
        return Some(("", package.to_owned()));
    }
    Some((path.rsplit('.').next()?, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_packages_are_found_by_their_usual_names() {
        let cases = [
            ("net/http", "net/http", "http"),
            ("github.com/getsentry/sentry-go", "github.com/getsentry/sentry-go", "sentry"),
            ("github.com/go-resty/resty/v2", "github.com/go-resty/resty", "resty"),
            ("gopkg.in/segmentio/analytics-go.v3", "gopkg.in/segmentio/analytics-go", "analytics"),
            ("gopkg.in/yaml.v3", "gopkg.in/yaml", "yaml"),
            ("github.com/redis/go-redis/v9", "github.com/redis/go-redis", "redis"),
        ];
        for (path, canonical, name) in cases {
            assert_eq!(go_path(path), canonical);
            assert!(go_names(path).contains(&name), "{path}");
        }
        assert_eq!(java("import static a.B.c;"), Some(("c", "a.B.c".to_owned())));
        assert_eq!(java("import java.net.*;"), Some(("", "java.net".to_owned())));
    }
}
