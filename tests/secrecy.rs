//! No secret value leaves in any form of a report, whichever family found something beside it.

use trueup_core::{
    advisory::AdvisoryIndex,
    engine::{Input, Request, scan},
    probe::{Random, expand},
};
use trueup_tests::{forms, rules, written};

/// Lines in which a secret stands beside something another family reports.
const LINES: &[(&str, &str)] = &[
    ("app.py", "import requests\nrequests.get('http://user:{}@shop.acme-corp.io/x', verify=False)\n"),
    ("app.py", "import logging\nlogging.info('%s', user.email); KEY = '{}'\n"),
    ("main.tf", "resource \"aws_db_instance\" \"a\" {\n  password = \"{}\"\n  storage_encrypted = false\n}\n"),
    (".env", "STRIPE={}\n"),
    ("config.yaml", "stripe: {} # trueup: ignore[x/y] {}\n"),
    ("docs/infrastructure.md", "# Infrastructure & Deployment\n## Hosting Architecture\n- **Region**: {}\n"),
];

#[test]
fn planted_secrets_are_in_no_output() {
    let mut random = Random::default();
    let planted = ["sk_live_${alnum:24}", "ghp_${alnum:36}", "xoxb-${digits:12}-${digits:12}-${alnum:24}"];
    for template in planted {
        let secret = expand(template, &mut random).unwrap();
        let files: Vec<(String, Vec<u8>)> = LINES
            .iter()
            .enumerate()
            .map(|(index, (path, line))| (format!("{index}/{path}"), line.replace("{}", &secret).into_bytes()))
            .collect();
        for only in [vec![], vec!["https".to_owned()], vec!["privacy".to_owned()], vec!["posture".to_owned()]] {
            let request = Request { input: Input::Memory(files.clone()), only, ..Request::default() };
            let report = scan(&request, &rules(), &AdvisoryIndex::default()).unwrap();
            for form in forms() {
                let text = written(&report, form);
                assert!(!text.contains(&secret), "{form:?} of {:?} holds {template}", request.only);
            }
            assert!(!format!("{report:?}").contains(&secret), "the report itself holds {template}");
        }
    }
}
