//! Messages with holes.

/// Fills `{name}` holes from `value`; a hole without a value shows `?`. `{{` is a literal `{`.
pub fn fill(template: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            rest = after;
            continue;
        }
        let Some(close) = from.find('}') else {
            out.push_str(from);
            return out;
        };
        let name = from.get(1..close).unwrap_or_default();
        out.push_str(&value(name).unwrap_or_else(|| "?".into()));
        rest = from.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The names of the holes of a template.
pub(super) fn holes(template: &str) -> Vec<String> {
    let names = std::cell::RefCell::new(Vec::new());
    fill(template, &|name| {
        names.borrow_mut().push(name.to_owned());
        None
    });
    names.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_braces_kept() {
        let value = |name: &str| (name == "port").then(|| "80".to_owned());
        assert_eq!(fill("on {port} of {host}, {{x}", &value), "on 80 of ?, {x}");
        assert_eq!(holes("{a} {b.c}"), ["a", "b.c"]);
    }
}
