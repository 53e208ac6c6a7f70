//! Secrets inside of archives and documents, and how every form of report tells where they are.

use std::io::{Cursor, Write as _};

use trueup_core::{
    advisory::AdvisoryIndex,
    emit::Form,
    engine::{Input, Request, scan},
    finding::Finding,
    probe::{Random, expand},
    report::Report,
};
use trueup_tests::{rules, scan_memory, written};
use zip::{ZipWriter, write::SimpleFileOptions};

fn key() -> String {
    expand("sk_live_${alnum:24}", &mut Random::default()).unwrap()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn scanned(files: &[(&str, &[u8])]) -> Report {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    let request = Request { input: Input::Memory(files), ..Request::default() };
    scan(&request, &rules(), &AdvisoryIndex::default()).unwrap()
}

/// Rule, path as shown and line of each finding.
fn found(report: &Report) -> Vec<(&str, String, u32)> {
    let told = |finding: &'_ Finding| (finding.location.shown_path().into_owned(), finding.location.line());
    report
        .findings
        .iter()
        .map(|finding| {
            let (path, line) = told(finding);
            (finding.rule.as_str(), path, line)
        })
        .collect()
}

const RULE: &str = "secrets/stripe-live-key";

#[test]
fn a_key_in_an_archive_is_told_with_its_member_in_every_form() {
    let key = key();
    let text = format!("A = 1\nSTRIPE = '{key}'\n");
    let jar = zip_of(&[("conf/app.py", text.as_bytes())]);
    let outer = zip_of(&[("lib/a.jar", &jar), ("one.py", text.as_bytes()), ("two.py", text.as_bytes())]);
    let report = scanned(&[("dist files/app.zip", &outer), ("src/app.py", text.as_bytes())]);
    let zip = "dist files/app.zip!/";
    let expected = [
        (RULE, format!("{zip}lib/a.jar!/conf/app.py"), 2),
        (RULE, format!("{zip}one.py"), 2),
        (RULE, format!("{zip}two.py"), 2),
        (RULE, "src/app.py".to_owned(), 2),
    ];
    assert_eq!(found(&report), expected);
    let sarif: serde_json::Value = serde_json::from_str(&written(&report, Form::Sarif)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut prints: Vec<&serde_json::Value> = Vec::new();
    for result in &results[..3] {
        let location = &result["locations"][0];
        assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "dist%20files/app.zip");
        // A line of a member is none of the outer file.
        assert_eq!(location["physicalLocation"]["region"]["startLine"], 1);
        let member = location["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap();
        assert!(result["message"]["text"].as_str().unwrap().contains(member));
        assert_eq!(result["properties"]["line"], 2);
        prints.extend([
            &result["partialFingerprints"]["trueup/v1"],
            &result["partialFingerprints"]["primaryLocationLineHash"],
        ]);
    }
    let count = prints.len();
    prints.sort_by_key(|print| print.to_string());
    prints.dedup();
    assert_eq!((prints.len(), count), (6, 6), "members have fingerprints of their own");
    assert!(results[3]["locations"][0].get("logicalLocations").is_none());
    for form in [Form::Text, Form::Markdown, Form::Junit] {
        assert!(written(&report, form).contains("app.zip!/lib/a.jar!/conf/app.py"), "{form:?}");
    }
    for form in [Form::Github, Form::Gitlab] {
        assert!(written(&report, form).contains("(in lib/a.jar!/conf/app.py, line 2)"), "{form:?}");
    }
    for form in trueup_tests::forms() {
        assert!(!written(&report, form).contains(&key), "{form:?} tells the key");
    }
}

#[test]
fn comments_accept_and_other_rules_do_not_look() {
    let text = format!("STRIPE = '{}'  # gitleaks:allow\n", key());
    let main = "resource \"aws_lb_listener\" \"a\" {\n  port = 80\n  protocol = \"HTTP\"\n}\n";
    let report = scanned(&[("a.zip", &zip_of(&[("app.py", text.as_bytes()), ("main.tf", main.as_bytes())]))]);
    let accepted: Vec<bool> = report.findings.iter().map(|finding| finding.suppression.is_some()).collect();
    assert_eq!(accepted, [true]);
}

#[test]
fn documents_are_read_as_people_read_them() {
    let key = key();
    let (start, end) = key.split_at(15);
    let word = format!(
        "<?xml version=\"1.0\"?>\n<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Our &amp; key: </w:t></w:r><w:r>\
         <w:t>{start}</w:t></w:r><w:r><w:t xml:space=\"preserve\">{end}</w:t></w:r></w:p></w:body></w:document>"
    );
    let password = expand("${alnum:18}", &mut Random::default()).unwrap();
    let table = format!(
        "<w:document xmlns:w=\"w\"><w:body><w:p/><w:tbl><w:tr><w:tc><w:p><w:r><w:t>DB_PASSWORD</w:t></w:r></w:p></w:tc>\
         <w:tc><w:p><w:r><w:t>{password}</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"
    );
    let strings = format!("<sst><si><t>Stripe</t></si><si><r><t>{start}</t></r><r><t>{end}</t></r></si></sst>");
    let sheet = "<worksheet><sheetData><row r=\"1\"><c t=\"s\"><v>0</v></c><c><v>5</v></c><c t=\"s\"><v>1</v></c></row>\
                 </sheetData></worksheet>";
    let open = format!(
        "<office:document-content><office:body><text:h>Keys</text:h><text:p>It is <text:span>{start}</text:span>{end}\
         </text:p></office:body></office:document-content>"
    );
    let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    for (path, bytes, member, rule, line) in [
        ("a.docx", zip_of(&[types, ("word/document.xml", word.as_bytes())]), "word/document.xml", RULE, 1),
        ("b.docx", zip_of(&[types, ("word/document.xml", table.as_bytes())]), "word/document.xml", "", 2),
        (
            "a.xlsx",
            zip_of(&[
                types,
                ("xl/sharedStrings.xml", strings.as_bytes()),
                ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ]),
            "xl/worksheets/sheet1.xml",
            RULE,
            1,
        ),
        ("a.odt", zip_of(&[("mimetype", b"application/x"), ("content.xml", open.as_bytes())]), "content.xml", RULE, 2),
    ] {
        let report = scanned(&[(path, &bytes)]);
        let found = found(&report);
        assert_eq!(found.len(), 1, "{path} {found:?}");
        assert_eq!((&*found[0].1, found[0].2), (&*format!("{path}!/{member}"), line), "{path}");
        assert!(rule.is_empty() || found[0].0 == rule, "{found:?}");
    }
}

#[test]
fn notebooks_and_traffic_keep_the_lines_of_their_file() {
    let password = expand("${alnum:18}", &mut Random::default()).unwrap();
    let notebook = format!(
        "{{\n \"cells\": [\n  {{\n   \"cell_type\": \"code\",\n   \"source\": [\n    \"import os\\n\",\n    \
         \"db_password = \\\"{password}\\\"\\n\",\n    \"x = 1\"\n   ]\n  }}\n ],\n \"nbformat\": 4\n}}\n"
    );
    let report = scan_memory(&[("work/a.ipynb", &notebook)]);
    let places: Vec<u32> = report.findings.iter().map(|finding| finding.location.line()).collect();
    assert_eq!(places, [7], "{:?}", found(&report));
    assert!(!written(&report, Form::Json).contains(&password));
    let region = report.findings[0].location.region.unwrap();
    let column = notebook.lines().nth(6).unwrap().find(&password).unwrap() + 1;
    assert_eq!((region.start_column as usize, region.end_column as usize), (column, column + password.len()));
    let traffic = format!(
        "{{\"log\": {{\"entries\": [\n{{\"request\": {{\"url\": \"https://example.org\", \"postData\": {{\"params\": [\n\
         {{\"name\": \"client_secret\",\n \"value\": \"{password}\"}}]}}}}}}]}}}}\n"
    );
    let report = scan_memory(&[("work/a.har", &traffic)]);
    let places: Vec<u32> = report.findings.iter().map(|finding| finding.location.line()).collect();
    assert_eq!(places, [4], "{:?}", found(&report));
}
