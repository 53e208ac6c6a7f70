//! Addresses: which object an expression refers to.

use std::collections::BTreeMap;

use super::Object;

/// True for the address of an object, module or data source (`aws_kms_key.main.arn`, `module.kms.key`): what it gives is
/// set, though only a run tells its value. Variables and computations may still turn out empty.
pub(in crate::extract) fn names_object(text: &str) -> bool {
    let root = text.split(['.', '[']).next().unwrap_or_default();
    let holds_value = matches!(root, "var" | "local" | "each" | "count" | "self" | "path" | "terraform" | "");
    let nested_variable = text.contains(".var.");
    let plain = text.chars().all(|letter| letter.is_alphanumeric() || "_-.[]\"*:/@".contains(letter));
    let steps = text.contains('.') && !text.starts_with('.') && root.starts_with(char::is_alphabetic);
    plain && steps && !holds_value && !nested_variable
}

/// An address without the elements of `count` and `for_each`.
fn base(address: &str) -> String {
    let (mut base, mut depth) = (String::new(), 0usize);
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => base.push(letter),
            _ => {}
        }
    }
    base
}

/// Objects by their address.
pub(super) struct Addresses {
    objects: BTreeMap<String, Vec<usize>>,
    names: Vec<String>,
}

impl Addresses {
    pub(super) fn new(objects: &[Object]) -> Self {
        let mut addresses = Self { objects: BTreeMap::new(), names: Vec::new() };
        for (index, object) in objects.iter().enumerate() {
            addresses.objects.entry(base(&object.name)).or_default().push(index);
            addresses.names.push(object.name.clone());
        }
        addresses
    }

    /// The objects that an expression refers to; several when only a run tells which element is meant.
    pub(super) fn targets(&self, text: &str) -> Vec<usize> {
        let whole = base(text.trim());
        let mut rest = whole.as_str();
        let found = loop {
            if let Some(found) = self.objects.get(rest) {
                break found;
            }
            match rest.rsplit_once('.') {
                Some((shorter, _)) => rest = shorter,
                None => return Vec::new(),
            }
        };
        let exact: Vec<usize> = found.iter().copied().filter(|&at| self.is_prefix(at, text)).collect();
        if exact.is_empty() { found.clone() } else { exact }
    }

    fn is_prefix(&self, at: usize, text: &str) -> bool {
        let rest = self.names.get(at).and_then(|name| text.strip_prefix(name.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_from_variables_and_computations() {
        for address in
            ["aws_kms_key.main.arn", "module.kms.key_arn", "data.aws_kms_key.x.arn", "module.a[\"x\"].aws_x.y.id"]
        {
            assert!(names_object(address), "{address}");
        }
        for text in
            ["var.key", "local.x", "module.a.var.key", "try(a.b, null)", "x ? a.b : null", "each.value.id", "word"]
        {
            assert!(!names_object(text), "{text}");
        }
    }
}
