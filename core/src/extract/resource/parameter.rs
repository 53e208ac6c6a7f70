//! Parameters of databases: which of them make a server refuse connections without TLS.

use crate::syntax::{Node, Value};

/// Names of parameters, and the values by which they demand TLS.
/// docs.aws.amazon.com RDS, Redshift and DocumentDB parameter groups, 2026-11.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("rds.force_ssl", &["1", "on", "true"]),
    ("require_secure_transport", &["1", "on", "true"]),
    ("require_ssl", &["1", "on", "true"]),
    ("tls", &["enabled", "tls1.2+", "tls1.3+", "fips-140-3"]),
];

/// Whether one of the parameters decides about TLS, and how. `None` when none is there.
pub(super) fn forces_tls<'n>(parameters: impl Iterator<Item = &'n Node>) -> Option<Node> {
    parameters.filter(|parameter| !parameter.is_unknown()).find_map(|parameter| {
        let name = parameter.get("name")?.as_str()?;
        let (_, values) = PARAMETERS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
        let value = parameter.get("value")?;
        let word = match &value.value {
            Value::String(text) => text.to_ascii_lowercase(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Some(value.clone()),
        };
        Some(Node { value: Value::Bool(values.contains(&word.as_str())), ..value.clone() })
    })
}
