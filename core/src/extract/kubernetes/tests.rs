//! Manifests and the facts that they must give.

use crate::{
    extract::{extract, testing::extraction},
    fact::{Fact, FactKind},
    syntax::{Node, Value},
    vocabulary::Vocabulary,
};

const IMAGES: &str = "[values.images]\nredis = \"redis\"\npostgres = \"postgresql\"\n";

fn facts_of(path: &str, text: &str) -> Vec<Fact> {
    let vocabulary = Vocabulary::parse([("resources.x.toml", IMAGES)]).unwrap();
    extraction(path, text, &vocabulary, |cx, out| *out = extract(cx)).facts
}

fn shown(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        None => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Unknown(_)) => "?".to_owned(),
        Some(Value::List(items)) => items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join("+"),
        Some(_) => "...".to_owned(),
    }
}

fn lines(facts: &[Fact], kind: FactKind, fields: &[&str]) -> Vec<String> {
    let of_kind = facts.iter().filter(|fact| fact.kind == kind);
    let line = |fact: &Fact| {
        let values: Vec<String> = fields.iter().map(|field| shown(fact.get(field))).collect();
        format!("{} {} {}", fact.name, fact.environment.word(), values.join(" "))
    };
    of_kind.map(line).collect()
}

/// An Ingress for `shop.io` with these annotations and this much more of a specification.
fn ingress(annotations: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations: {annotations}\nspec:\n  \
         {spec}\n  rules:\n    - host: shop.io\n      http: {{ paths: [{{ path: /, backend: {{ service: {{ name: web }} }} }}] }}\n"
    )
}

#[test]
fn plain_requests_to_an_ingress_are_answered_as_its_controller_does() {
    const TLS: &str = "tls: [{ hosts: [shop.io], secretName: x }]";
    const NGINX: &str = "nginx.ingress.kubernetes.io";
    // Of the plain listener: exposure, where it redirects to, whether that is switched off.
    for (annotations, spec, expected) in [
        ("{}", "ingressClassName: nginx", "public - -"),
        ("{}", "tls: []", "public - -"),
        ("{}", "ingressClassName: nginx\n  tls: [{ hosts: [other.io] }]", "public - -"),
        ("{}", "ingressClassName: nginx\n  tls: [{ hosts: ['*.shop.io'] }]", "public - -"),
        ("{}", &format!("ingressClassName: nginx\n  {TLS}"), "public https -"),
        ("{}", "ingressClassName: nginx\n  tls: [{ secretName: x }]", "public https -"),
        ("{}", "ingressClassName: nginx\n  tls: [{ hosts: [SHOP.IO] }]", "public https -"),
        ("{}", TLS, "public ? -"),
        ("{}", &format!("ingressClassName: traefik\n  {TLS}"), "public ? -"),
        ("{}", "ingressClassName: traefik", "public ? -"),
        ("{}", "ingressClassName: nginx-internal", "internal - -"),
        ("{}", "ingressClassName: '{{ .Values.class }}'", "public ? -"),
        ("{}", "ingressClassName: nginx\n  tls: '{{ .Values.tls }}'", "public ? -"),
        ("{ NGINX/ssl-redirect: 'false' }", TLS, "public - true"),
        ("{ NGINX/ssl-redirect: false }", TLS, "public ? -"),
        ("{ NGINX/ssl-redirect: 'true' }", TLS, "public https -"),
        ("{ NGINX/ssl-redirect: '{{ .Values.redirect }}' }", TLS, "public ? -"),
        ("{ NGINX/ssl-redirect: 'false', NGINX/force-ssl-redirect: 'true' }", TLS, "public https -"),
        ("{ NGINX/force-ssl-redirect: 'true' }", "", "public https -"),
        ("{ NGINX/force-ssl-redirect: 'false' }", "", "public - -"),
        ("{ NGINX/ssl-redirect: 'false', NGINX/server-snippet: 'return 301 https://$host;' }", TLS, "public ? -"),
        ("{ NGINX/permanent-redirect: 'https://shop.com' }", "", "public https -"),
        ("{ NGINX/permanent-redirect: 'http://shop.com' }", "", "public http -"),
        ("{ NGINX/ssl-passthrough: 'true' }", "", "public https -"),
        ("{ external-dns.alpha.kubernetes.io/cloudflare-proxied: 'true' }", "", "public ? -"),
        ("{ haproxy.org/ssl-redirect: 'false' }", TLS, "public - true"),
        ("{ alb.ingress.kubernetes.io/scheme: internet-facing }", "ingressClassName: alb", "public - -"),
        ("{ alb.ingress.kubernetes.io/target-type: ip }", "ingressClassName: alb", "? - -"),
        (
            "{ alb.ingress.kubernetes.io/scheme: internal, alb.ingress.kubernetes.io/ssl-redirect: '443' }",
            "ingressClassName: alb",
            "internal https -",
        ),
        ("{ kubernetes.io/ingress.class: gce-internal }", "", "internal - -"),
    ] {
        let text = ingress(&annotations.replace("NGINX", NGINX), spec);
        let facts: Vec<Fact> = facts_of("deploy/web.yaml", &text);
        let plain: Vec<Fact> = facts.into_iter().filter(|fact| fact.text("protocol") == Some("http")).collect();
        let found = lines(&plain, FactKind::Listener, &["exposure", "redirects-to", "redirect-off"]);
        assert_eq!(found, [format!("web any {expected}")], "{annotations} {spec}");
    }
}

#[test]
fn some_ingresses_have_no_plain_side_that_could_be_judged() {
    let canary = ingress("{ nginx.ingress.kubernetes.io/canary: 'true' }", "");
    let closed = ingress("{ kubernetes.io/ingress.allow-http: 'false' }", "ingressClassName: gce");
    let secure = ingress("{ traefik.ingress.kubernetes.io/router.entrypoints: websecure }", "");
    let alb = ingress("{ alb.ingress.kubernetes.io/certificate-arn: 'arn:x' }", "ingressClassName: alb");
    let patch = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: web }\nspec:\n  rules: [{ host: shop.io }]\n";
    for text in [canary.as_str(), &closed, &secure, &alb, patch] {
        let facts = facts_of("deploy/web.yaml", text);
        let plain =
            facts.iter().filter(|fact| fact.kind == FactKind::Listener && fact.text("protocol") == Some("http"));
        assert_eq!(plain.count(), 0, "{text}");
    }
    let base = facts_of("k8s/base/web.yaml", &ingress("{}", "ingressClassName: nginx"));
    assert_eq!(lines(&base, FactKind::Listener, &["redirects-to"]), ["web any ?"]);
}

#[test]
fn hosts_decide_who_reaches_an_ingress() {
    for (host, expected) in [
        ("shop.io", "public"),
        ("app.localhost", "loopback"),
        ("app.127.0.0.1.nip.io", "loopback"),
        ("app.10.0.0.7.nip.io", "internal"),
        ("app.203.0.113.9.nip.io", "public"),
        ("grafana.corp", "internal"),
    ] {
        let facts = facts_of("deploy/web.yaml", &ingress("{}", "").replace("shop.io", host));
        let found = lines(&facts, FactKind::Listener, &["exposure", "server-names"]);
        assert_eq!(found, [format!("web any {expected} {host}")]);
    }
}

#[test]
fn services_open_ports_to_those_who_can_reach_them() {
    let balancer = "service.beta.kubernetes.io/aws-load-balancer";
    for (metadata, spec, expected) in [
        ("", "ports: [{ port: 80 }]", vec!["shop any internal 80 http ?"]),
        ("", "type: ClusterIP\n  ports: [{ port: 80 }]", vec!["shop any internal 80 http ?"]),
        ("", "type: NodePort\n  ports: [{ port: 80, name: http }]", vec!["shop any public 80 http ?"]),
        ("", "type: LoadBalancer\n  ports: [{ port: 80, name: http }]", vec!["shop any public 80 http -"]),
        (
            "",
            "type: LoadBalancer\n  ports: [{ port: 80, name: http }, { port: 443, name: https }]",
            vec!["shop any public 80 http ?", "shop any public 443 https ?"],
        ),
        ("", "type: LoadBalancer\n  ports: [{ port: 8080, name: http }]", vec!["shop any public 8080 http ?"]),
        ("", "type: LoadBalancer\n  ports: [{ port: 53, protocol: UDP }]", vec!["shop any public 53 - ?"]),
        ("", "type: LoadBalancer\n  ports: [{ port: 9000, appProtocol: https }]", vec!["shop any public 9000 https ?"]),
        ("", "type: '{{ .Values.type }}'\n  ports: [{ port: 80 }]", vec!["shop any ? 80 http ?"]),
        (
            "",
            "type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8]\n  ports: [{ port: 80 }]",
            vec!["shop any internal 80 http ?"],
        ),
        (
            "BALANCER-internal: 'true'",
            "type: LoadBalancer\n  ports: [{ port: 80 }]",
            vec!["shop any internal 80 http -"],
        ),
        ("BALANCER-ssl-cert: arn", "type: LoadBalancer\n  ports: [{ port: 80 }]", vec!["shop any public 80 https ?"]),
        (
            "BALANCER-ssl-cert: arn, BALANCER-ssl-ports: '443'",
            "type: LoadBalancer\n  ports: [{ port: 80 }, { port: 443 }]",
            vec!["shop any public 80 http ?", "shop any public 443 https ?"],
        ),
    ] {
        let metadata = metadata.replace("BALANCER", balancer);
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{ name: shop, annotations: {{ {metadata} }} }}\nspec:\n  {spec}\n"
        );
        let facts = facts_of("k8s/shop.yaml", &text);
        let found = lines(&facts, FactKind::Listener, &["exposure", "port", "protocol", "redirects-to"]);
        assert_eq!(found, expected, "{metadata} {spec}");
    }
}

const WORKLOADS: &str = r#"
apiVersion: v1
kind: Service
metadata: { name: cache, namespace: prod }
spec: { ports: [{ port: 6379 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: cache, namespace: prod }
spec:
  replicas: 3
  volumeClaimTemplates: [{ metadata: { name: data } }]
  template: { spec: { containers: [{ name: redis, image: "redis:7.2@sha256:abc" }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: report, namespace: prod }
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: main
              image: shop/report:{{ .Values.tag }}
              env:
                - { name: CACHE, value: "redis://cache.prod:6379" }
                - { name: API, value: http://api.shop.io/v1 }
                - { name: DB, value: "postgres://$(DB_HOST)/x" }
                - { name: KEY, valueFrom: { secretKeyRef: { name: a, key: b } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { kind: Deployment, name: web } }
---
apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { key: value }
"#;

#[test]
fn workloads_say_what_they_run_keep_and_call() {
    let facts = facts_of("k8s/all.yaml", WORKLOADS);
    let fields = ["type", "replicas", "schedule", "scaling.min", "scaling.max", "containers.name", "stringData"];
    assert_eq!(
        lines(&facts, FactKind::Resource, &fields),
        [
            "prod/cache production kubernetes/Service - - - - - -",
            "prod/cache production kubernetes/StatefulSet 3 - - - redis -",
            "prod/report production kubernetes/CronJob - 0 3 * * * - - main -",
            "web any kubernetes/HorizontalPodAutoscaler - - 2 9 - -",
            "keys any kubernetes/Secret - - - - - -",
        ]
    );
    let stores = lines(&facts, FactKind::Store, &["engine", "version", "class", "persistent", "replicas", "exposure"]);
    assert_eq!(stores, ["prod/cache production redis 7.2 cache true 3 ?"]);
    let endpoints = lines(&facts, FactKind::Endpoint, &["scheme", "host", "locality", "tls"]);
    assert_eq!(
        endpoints,
        [
            "CACHE production redis cache.prod internal false",
            "API production http api.shop.io external false",
            "DB production postgres ? ? -",
        ]
    );
}

#[test]
fn lists_hold_objects_and_other_files_are_left_alone() {
    let list = r#"{ "apiVersion": "v1", "kind": "List", "items": [
        { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "a" }, "spec": { "ports": [{ "port": 443 }] } }
    ] }"#;
    let found = lines(&facts_of("k8s/list.json", list), FactKind::Listener, &["port", "protocol"]);
    assert_eq!(found, ["a any 443 https"]);
    for text in [
        "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "apiVersion: 2024-01-01\nkind: Service\nmetadata: { name: a }\nspec: { ports: [{ port: 80 }] }\n",
        "kind: Service\nmetadata: { name: a }\n",
        "replicaCount: 2\nservice: { type: LoadBalancer, port: 80 }\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    ] {
        let facts = facts_of("k8s/x.yaml", text);
        assert_eq!(facts.iter().filter(|fact| fact.text("format") == Some("kubernetes")).count(), 0, "{text}");
    }
}
