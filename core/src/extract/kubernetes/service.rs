//! Services: which ports they open, and to whom.

use super::{Annotation, Annotations, Manifest, number, unknown};
use crate::{
    extract::{Context, webserver::host},
    fact::Fact,
    syntax::{Node, Value},
};

/// Names by which parts of the same source reach its services.
pub(super) fn names(manifests: &[Manifest<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    for service in manifests.iter().filter(|manifest| manifest.kind == "Service") {
        if let Some(name) = service.name.and_then(Node::as_str) {
            names.push(name.to_owned());
            names.extend(service.namespace.map(|namespace| format!("{name}.{namespace}")));
        }
    }
    names
}

/// Annotations that keep a load balancer inside of the network, and the values that say so. Read in the documentation
/// of the AWS, Google, Azure, Oracle, Alibaba and OpenStack controllers, 2026-11.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("load-balancer.hetzner.cloud/disable-public-network", &["true"]),
];

/// Parts of annotations' names that make a load balancer end TLS, or something in front of it.
const SECURED: &[&str] = &["ssl", "tls", "certificate", "cert", "https", "proxied", "redirect"];

/// The ports of a service.
pub(super) fn listeners(cx: &Context<'_>, manifest: &Manifest<'_>) -> Vec<Fact> {
    let Some(spec) = manifest.root.get("spec") else { return Vec::new() };
    let Some(ports) = spec.get("ports") else { return Vec::new() };
    let annotations = manifest.annotations();
    let exposure = exposure(spec, &annotations);
    let is_closed = is_closed_for_tls(manifest, spec, &annotations);
    let ports = ports.elements().iter().filter(|port| !port.entries().is_empty());
    ports
        .map(|port| {
            let at = port.get("port").unwrap_or(port);
            let mut fact = manifest.listener(cx, at).with("port", at.clone()).with(
                "exposure",
                match exposure {
                    Some(word) => Node::string(spec.get("type").unwrap_or(port).span, word),
                    None => unknown(at, "type of the service"),
                },
            );
            if let Some(protocol) = protocol(port, &annotations) {
                fact = fact.with("protocol", protocol);
            }
            if let Some(target) = port.get("targetPort") {
                fact = fact.with("target", target.clone());
            }
            // A load balancer without any other port has no place to redirect to; else the program decides.
            if is_closed { fact } else { fact.with("redirects-to", unknown(at, "what the pods answer")) }
        })
        .collect()
}

fn exposure(spec: &Node, annotations: &Annotations<'_>) -> Option<&'static str> {
    let Some(kind) = spec.get("type") else { return Some("internal") };
    match kind.as_str()? {
        "LoadBalancer" => {
            for (key, words) in INTERNAL {
                match annotations.get(key) {
                    Annotation::Unknown => return None,
                    Annotation::Text(..) if annotations.is(key, words) => return Some("internal"),
                    _ => {}
                }
            }
            Some(if is_for_few(spec)? { "internal" } else { "public" })
        }
        "NodePort" => Some("public"),
        "ClusterIP" | "ExternalName" => Some("internal"),
        _ => None,
    }
}

/// True when only private addresses may connect.
fn is_for_few(spec: &Node) -> Option<bool> {
    let ranges = spec.get("loadBalancerSourceRanges").map(Node::elements).unwrap_or_default();
    let mut all_private = !ranges.is_empty();
    for range in ranges {
        let address = range.as_str()?.split('/').next().unwrap_or_default();
        all_private &= address != "0.0.0.0" && matches!(host::locality(address), "private" | "loopback");
    }
    Some(all_private)
}

/// True for a load balancer that cannot answer over TLS: one open port for plain HTTP, nothing that would secure it.
fn is_closed_for_tls(manifest: &Manifest<'_>, spec: &Node, annotations: &Annotations<'_>) -> bool {
    let ports = spec.get("ports").map(Node::elements).unwrap_or_default();
    let is_http = |port: &Node| {
        port.get("port").and_then(Node::as_number) == Some(80.0)
            && port.get("protocol").is_none_or(|protocol| protocol.as_str() == Some("TCP"))
    };
    let address = manifest.address().to_ascii_lowercase();
    // What such a service leads to has its rules elsewhere.
    let is_gateway = ["ingress", "gateway", "traefik", "nginx", "proxy", "envoy", "kong", "istio", "acme", "redirect"]
        .iter()
        .any(|word| address.contains(word));
    let is_secured =
        annotations.has_unseen() || annotations.all().any(|(key, _, _)| SECURED.iter().any(|word| key.contains(word)));
    spec.get("type").and_then(Node::as_str) == Some("LoadBalancer")
        && spec.get("loadBalancerSourceRanges").is_none()
        && spec.get("loadBalancerClass").is_none()
        && matches!(ports, [only] if is_http(only))
        && manifest.name.is_some_and(|name| name.as_str().is_some())
        && !is_gateway
        && !is_secured
}

/// What is spoken on a port: what the load balancer is told, what the port is told, or its name and number.
fn protocol(port: &Node, annotations: &Annotations<'_>) -> Option<Node> {
    let own = port.get("port").unwrap_or(port);
    if port.get("protocol").is_some_and(|protocol| protocol.as_str() != Some("TCP")) {
        return None;
    }
    let number = own.as_number();
    let name = port.get("name").and_then(Node::as_str).unwrap_or_default().to_ascii_lowercase();
    if let Some(node) = at_balancer(own, number, &name, annotations) {
        return Some(node);
    }
    if let Some(said) = port.get("appProtocol") {
        let word = said.as_str().map(|word| word.rsplit('/').next().unwrap_or(word).to_ascii_lowercase());
        return Some(match word.as_deref() {
            Some("https" | "wss") => Node::string(said.span, "https"),
            Some("http" | "http2" | "h2c" | "ws") => Node::string(said.span, "http"),
            Some(other) => Node::string(said.span, other),
            None => unknown(said, "appProtocol"),
        });
    }
    let by_name = name.split('-').next().unwrap_or_default();
    let word = match (by_name, number) {
        ("https", _) => "https",
        ("http" | "http2", Some(443.0 | 8443.0)) => "https",
        ("http" | "http2" | "web", _) => "http",
        ("" | "tcp", Some(443.0)) => "https",
        (_, Some(80.0)) => "http",
        _ => return None,
    };
    Some(Node::string(own.span, word))
}

/// The listener of an AWS load balancer with a certificate: all of its ports, or the listed ones.
fn at_balancer(at: &Node, number: Option<f64>, name: &str, annotations: &Annotations<'_>) -> Option<Node> {
    let Annotation::Text(_, place) = annotations.get("service.beta.kubernetes.io/aws-load-balancer-ssl-cert") else {
        return None;
    };
    match annotations.get("service.beta.kubernetes.io/aws-load-balancer-ssl-ports") {
        Annotation::Unknown => Some(unknown(at, "ports with a certificate")),
        Annotation::Text(list, _) if list.trim() != "*" => {
            let mut ports = list.split(',').map(str::trim);
            let is_listed = ports.any(|port| port == name || port.parse().ok() == number);
            is_listed.then(|| Node::string(place.span, "https"))
        }
        _ => Some(Node::string(place.span, "https")),
    }
}

/// A plain port of an Ingress or the like.
pub(super) fn plain(fact: Fact, at: &Node, port: u16) -> Fact {
    fact.with_text("protocol", at.span, "http").with("port", number(at, port))
}

/// True for a value that is there and not empty.
pub(super) fn is_set(node: Option<&Node>) -> bool {
    node.is_some_and(|node| !matches!(&node.value, Value::Null) && (node.is_unknown() || !node.elements().is_empty()))
}
