//! URLs in program code: where they lead, as far as their text tells.

use std::net::{IpAddr, Ipv4Addr};

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Url {
    /// Lower case, without `://`.
    pub(crate) scheme: String,
    /// Lower case; empty when the text does not tell it.
    pub(crate) host: String,
    /// The port, when written.
    pub(crate) port: Option<u16>,
    /// The URL without its user and password.
    pub(crate) text: String,
}

const SCHEMES: [&str; 7] = ["http", "https", "ws", "wss", "ftp", "ftps", "grpc"];

/// Reads a URL or, when not `whole`, the start of one. `None` for other text.
pub(crate) fn read(text: &str, whole: bool) -> Option<Url> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return None;
    }
    let end = rest.find(['/', '?', '#', '\\']);
    let authority = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
    let after = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    let named = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = split_port(named);
    // What follows an unfinished `localhost` is its port.
    let is_told = whole || end.is_some() || named.len() > host.len() || matches!(host, "localhost" | "127.0.0.1");
    let is_host = is_told && !host.is_empty() && !host.contains(['{', '}', '$', '<', '>', '%', '*', ' ']);
    Some(Url {
        host: if is_host { host.to_ascii_lowercase() } else { String::new() },
        port: port.parse().ok(),
        text: format!("{scheme}://{named}{after}"),
        scheme,
    })
}

fn split_port(authority: &str) -> (&str, &str) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.trim_start_matches(':'));
    }
    authority.split_once(':').unwrap_or((authority, ""))
}

/// Who can be reached at a host: `loopback`, `internal`, `private`, `reserved` (names and networks kept for examples),
/// `external`, or `unknown`.
pub(crate) fn locality(host: &str) -> &'static str {
    let host = host.trim_end_matches('.');
    if host.is_empty() {
        return "unknown";
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return locality_of_address(address);
    }
    let ends = |suffixes: &[&str]| {
        suffixes
            .iter()
            .any(|suffix| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if ends(&["localhost", "localdomain"]) {
        return "loopback";
    }
    // RFC 2606 and RFC 6761.
    if ends(&["example.com", "example.org", "example.net", "example", "test", "invalid"]) {
        return "reserved";
    }
    if ends(&["svc", "cluster.local", "local", "internal", "lan", "intranet", "corp", "home.arpa"])
        || !host.contains('.')
        || host.starts_with("metadata.")
    {
        return "internal";
    }
    "external"
}

fn locality_of_address(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(four) => locality_of_four(four),
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => locality_of_four(four),
            None if six.is_loopback() || six.is_unspecified() => "loopback",
            None if six.is_unique_local() => "private",
            None if six.is_unicast_link_local() => "internal",
            None if six.segments().starts_with(&[0x2001, 0xdb8]) => "reserved",
            None => "external",
        },
    }
}

fn locality_of_four(four: Ipv4Addr) -> &'static str {
    match four {
        _ if four.is_loopback() || four.is_unspecified() => "loopback",
        // RFC 6598: shared between a carrier and its customers.
        _ if four.is_private()
            || (four.octets().starts_with(&[100])
                && four.octets().get(1).is_some_and(|second| second & 0xc0 == 64)) =>
        {
            "private"
        }
        _ if four.is_link_local() => "internal",
        _ if four.is_documentation() => "reserved",
        _ => "external",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_a_locality() {
        let cases = [
            ("http://localhost:8080/x", true, "localhost", "loopback"),
            ("http://127.0.0.1", true, "127.0.0.1", "loopback"),
            ("http://[::1]:80/", true, "::1", "loopback"),
            ("http://redis:6379", true, "redis", "internal"),
            ("http://a.b.svc.cluster.local", true, "a.b.svc.cluster.local", "internal"),
            ("http://192.168.1.4/x", true, "192.168.1.4", "private"),
            ("http://169.254.169.254/latest", true, "169.254.169.254", "internal"),
            ("http://www.example.com/", true, "www.example.com", "reserved"),
            ("http://203.0.113.7/", true, "203.0.113.7", "reserved"),
            ("http://api.shop.io/v1", true, "api.shop.io", "external"),
            ("http://user:word@api.shop.io/v1", true, "api.shop.io", "external"),
            ("http://", false, "", "unknown"),
            ("http://api.", false, "", "unknown"),
            ("http://api.shop.io/", false, "api.shop.io", "external"),
            ("http://api.shop.io:", false, "api.shop.io", "external"),
            ("http://localhost", false, "localhost", "loopback"),
            ("http://100.100.100.200/x", true, "100.100.100.200", "private"),
            ("http://${HOST}/x", true, "", "unknown"),
        ];
        for (text, whole, host, expected) in cases {
            let url = read(text, whole).unwrap();
            assert_eq!((url.host.as_str(), locality(&url.host)), (host, expected), "{text}");
        }
        assert_eq!(read("mailto:a@b", true), None);
        assert_eq!(read("http://user:word@h/", true).unwrap().text, "http://h/");
    }
}
