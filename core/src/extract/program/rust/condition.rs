//! Attributes that make an item part of the tests.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// Last words of attributes of test functions (std, tokio, rstest, wasm-bindgen and others share them).
const TESTS: [&str; 8] =
    ["test", "bench", "rstest", "test_case", "wasm_bindgen_test", "quickcheck", "proptest", "traced_test"];

/// True for an item that exists in tests only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        match &attribute.meta {
            Meta::List(list) if last == "cfg" => implies_test(list.tokens.clone(), 0),
            _ => TESTS.contains(&last.as_str()),
        }
    })
}

/// The same for the inside of an attribute's brackets.
pub(super) fn is_test_attribute(tokens: TokenStream) -> bool {
    let mut last = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => last = ident.to_string(),
            TokenTree::Group(group) if last == "cfg" => return implies_test(group.stream(), 0),
            TokenTree::Punct(sign) if sign.as_char() == ':' => {}
            _ => break,
        }
    }
    TESTS.contains(&last.as_str())
}

/// The same for what follows `#!`.
pub(super) fn is_test_tokens(tokens: impl Iterator<Item = TokenTree>) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => is_test_attribute(group.stream()),
        _ => false,
    })
}

/// True when a condition holds in tests only: `test`, `all(test, ...)`, `any` of such, a feature named for tests.
fn implies_test(tokens: TokenStream, depth: usize) -> bool {
    let parts = separated(tokens);
    let Some(part) = parts.first().filter(|_| parts.len() == 1 && depth < 8) else { return false };
    match part.as_slice() {
        [TokenTree::Ident(word)] => *word == "test",
        [TokenTree::Ident(word), TokenTree::Group(group)] => {
            let mut inner = separated(group.stream()).into_iter().filter(|part| !part.is_empty());
            let holds = |part: Vec<TokenTree>| implies_test(part.into_iter().collect(), depth + 1);
            match word.to_string().as_str() {
                "all" => inner.any(holds),
                "any" => inner.next().is_some_and(holds) && inner.all(holds),
                _ => false,
            }
        }
        [TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Literal(value)] => {
            *word == "feature"
                && value.to_string().trim_matches('"').split(['-', '_']).any(|word| word.starts_with("test"))
        }
        _ => false,
    }
}

fn separated(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(sign), _) if sign.as_char() == ',' => parts.push(Vec::new()),
            (_, Some(part)) => part.push(token),
            _ => {}
        }
    }
    if parts.len() > 1 && parts.last().is_some_and(Vec::is_empty) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_hold_in_tests_only() {
        let cases = [
            ("test", true),
            ("cfg(test)", true),
            ("tokio::test", true),
            ("tokio::test(flavor = \"multi_thread\")", true),
            ("cfg(all(unix, test))", true),
            ("cfg(any(test, feature = \"test-util\"))", true),
            ("cfg(feature = \"testing\")", true),
            ("cfg(any(test, unix))", false),
            ("cfg(not(test))", false),
            ("cfg(feature = \"latest\")", false),
            ("derive(Test)", false),
            ("cfg_attr(test, derive(Debug))", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_test_attribute(text.parse().unwrap()), expected, "{text}");
            let item: syn::ItemFn = syn::parse_str(&format!("#[{text}] fn f() {{}}")).unwrap();
            assert_eq!(is_test(&item.attrs), expected, "{text}");
        }
    }
}
