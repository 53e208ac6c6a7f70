//! Addresses in server configurations: host, port, and how far away that is.

use std::net::{IpAddr, Ipv4Addr};

/// A network address as far as its text tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::extract) struct Address {
    /// Lower case, without brackets.
    pub host: String,
    /// The port, when it is written.
    pub port: Option<u16>,
    /// A socket in the file system.
    pub is_socket: bool,
}

/// Takes `host:port`, `[v6]:port`, `*:port`, `port`, `unix:/path` apart. A lone number is a port.
pub(in crate::extract) fn read(text: &str) -> Address {
    if text.starts_with("unix:") || text.starts_with('/') {
        return Address { is_socket: true, ..Address::default() };
    }
    if let Ok(port) = text.parse() {
        return Address { port: Some(port), ..Address::default() };
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None if text.matches(':').count() > 1 => (text, None),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    Address {
        host: host.trim_end_matches('.').to_ascii_lowercase(),
        port: port.and_then(|port| port.parse().ok()),
        is_socket: false,
    }
}

/// Who a host is, seen from the server: `loopback`, `internal` (the same project or cluster), `private` (the same
/// network), `reserved` (kept for examples), `external`, `unknown`.
pub(in crate::extract) fn locality(host: &str) -> &'static str {
    if host.is_empty() || host.contains(['$', '{', '}', '<', '>', '%', ' ', '(']) {
        return "unknown";
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return locality_of(address);
    }
    let ends = |suffixes: &[&str]| {
        let mut suffixes = suffixes.iter();
        suffixes.any(|suffix| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if ends(&["localhost", "localdomain"]) {
        return "loopback";
    }
    // RFC 2606 and RFC 6761.
    if ends(&["example", "example.com", "example.org", "example.net", "test", "invalid"]) {
        return "reserved";
    }
    if !host.contains('.') || ends(&["svc", "cluster.local", "docker.internal"]) {
        return "internal";
    }
    if ends(&["local", "internal", "lan", "intranet", "corp", "home.arpa"]) { "private" } else { "external" }
}

fn locality_of(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(four) => locality_of_four(four),
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => locality_of_four(four),
            None if six.is_loopback() => "loopback",
            None if six.is_unique_local() || six.is_unicast_link_local() => "private",
            None if six.segments().starts_with(&[0x2001, 0xdb8]) => "reserved",
            None => "external",
        },
    }
}

fn locality_of_four(four: Ipv4Addr) -> &'static str {
    match four {
        _ if four.is_loopback() || four.is_unspecified() => "loopback",
        _ if four.is_private() || four.is_link_local() || shared(four) => "private",
        _ if four.is_documentation() => "reserved",
        _ => "external",
    }
}

/// 100.64.0.0/10, the space that carriers share (RFC 6598).
fn shared(four: Ipv4Addr) -> bool {
    matches!(four.octets(), [100, second, ..] if second & 0xC0 == 64)
}

/// Of several places a request may go to, the farthest.
pub(in crate::extract) fn farthest<'a>(localities: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR_TO_FAR: &[&str] = &["loopback", "internal", "private", "reserved", "unknown", "external"];
    localities.into_iter().max_by_key(|locality| NEAR_TO_FAR.iter().position(|word| word == locality))
}

/// Who can reach an address that a server binds: `public`, `internal`, `loopback`.
pub(in crate::extract) fn exposure(address: &Address) -> &'static str {
    if address.is_socket {
        return "loopback";
    }
    match address.host.as_str() {
        "" | "*" | "0.0.0.0" | "::" => "public",
        host => match locality(host) {
            "loopback" => "loopback",
            "private" | "internal" => "internal",
            _ => "public",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_and_placed() {
        let cases = [
            ("80", "", Some(80), "public", "unknown"),
            ("*:8080", "*", Some(8080), "public", "internal"),
            ("[::]:443", "::", Some(443), "public", "external"),
            ("[::1]:80", "::1", Some(80), "loopback", "loopback"),
            ("127.0.0.1:80", "127.0.0.1", Some(80), "loopback", "loopback"),
            ("localhost", "localhost", None, "loopback", "loopback"),
            ("10.0.0.1:80", "10.0.0.1", Some(80), "internal", "private"),
            ("100.64.3.1", "100.64.3.1", None, "internal", "private"),
            ("api.shop.io:443", "api.shop.io", Some(443), "public", "external"),
            ("a.prod.svc.cluster.local", "a.prod.svc.cluster.local", None, "internal", "internal"),
            ("ip-1.ec2.internal", "ip-1.ec2.internal", None, "internal", "private"),
            ("www.example.com", "www.example.com", None, "public", "reserved"),
            ("App:3000", "app", Some(3000), "internal", "internal"),
        ];
        for (text, host, port, bound, called) in cases {
            let address = read(text);
            let found = (address.host.as_str(), address.port, exposure(&address), locality(&address.host));
            assert_eq!(found, (host, port, bound, called), "{text}");
        }
        assert_eq!(exposure(&read("unix:/run/a.sock")), "loopback");
        assert_eq!(farthest(["loopback", "external", "private"]), Some("external"));
    }
}
