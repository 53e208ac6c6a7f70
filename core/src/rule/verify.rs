//! How a provider is asked whether a secret still works: one request that changes nothing, as data.
//!
//! The library sends nothing. It fills the request and judges the answer; who sends it stands outside.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use super::{
    Scalar,
    hole::{Goes, Private, Template},
    schema::ScalarsFile,
};
use crate::finding::Validity;

/// The `[verify]` table of a rule, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verify {
    /// The page of the provider's documentation that says so.
    pub reference: String,
    /// The verb.
    pub method: Method,
    /// Where it goes; never a hole.
    pub host: String,
    url: Template,
    headers: Vec<(String, Template)>,
    body: Option<(Content, Template)>,
    /// Only secrets of this form are asked about.
    only: Option<String>,
    valid: Outcome,
    invalid: Option<Outcome>,
}

/// Verbs that may be sent. `post` is for services whose questions have no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    #[default]
    Get,
    /// POST
    Post,
}

impl Method {
    /// As it is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Content {
    #[default]
    Json,
    Form,
}

/// What an answer looks like: one of the status codes, and every value that the body must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outcome {
    status: Vec<u16>,
    json: Vec<(String, Vec<Scalar>)>,
}

/// A request, filled. Equal ones are sent once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The verb.
    pub method: Method,
    /// Where it goes, for limits and messages.
    pub host: String,
    /// The whole address.
    pub url: Private,
    /// Names and values.
    pub headers: Vec<(String, Private)>,
    /// What is sent with a POST.
    pub body: Option<Private>,
}

impl Verify {
    /// The groups of the pattern that it needs.
    pub fn names(&self) -> Vec<&str> {
        let headers = self.headers.iter().map(|(_, value)| value);
        let body = self.body.iter().map(|(_, body)| body);
        let mut names: Vec<&str> =
            std::iter::once(&self.url).chain(headers).chain(body).flat_map(Template::names).chain(["secret"]).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The request about one secret; `None` when it is not to be asked about or cannot be sent as it is.
    pub fn call(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<Call> {
        if let Some(only) = &self.only {
            let secret = Private::new(value("secret")?);
            if !regex::Regex::new(only).ok()?.is_match(secret.reveal()) {
                return None;
            }
        }
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        for (name, template) in &self.headers {
            headers.push((name.clone(), template.fill(Goes::Header, value)?));
        }
        let body = match &self.body {
            Some((content, template)) => {
                headers.push(("content-type".to_owned(), Private::new(content.kind())));
                Some(template.fill(content.goes(), value)?)
            }
            None => None,
        };
        let url = self.url.fill(Goes::Percent, value)?;
        Some(Call { method: self.method, host: self.host.clone(), url, headers, body })
    }

    /// What an answer says.
    pub fn judge(&self, status: u16, body: &[u8]) -> Validity {
        let json = || serde_json::from_slice::<Value>(body).ok();
        match (self.valid.is_met(status, &json), self.invalid.as_ref().is_some_and(|no| no.is_met(status, &json))) {
            (true, false) => Validity::Active,
            (false, true) => Validity::Inactive,
            _ => Validity::Unknown,
        }
    }
}

impl Content {
    fn kind(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    fn goes(self) -> Goes {
        match self {
            Self::Json => Goes::Json,
            Self::Form => Goes::Percent,
        }
    }
}

impl Outcome {
    fn is_met(&self, status: u16, json: &dyn Fn() -> Option<Value>) -> bool {
        if !self.status.contains(&status) {
            return false;
        }
        if self.json.is_empty() {
            return true;
        }
        json().is_some_and(|json| {
            self.json.iter().all(|(pointer, values)| {
                json.pointer(pointer).is_some_and(|found| values.iter().any(|value| is_equal(found, value)))
            })
        })
    }
}

fn is_equal(found: &Value, value: &Scalar) -> bool {
    match value {
        Scalar::Text(text) => found.as_str() == Some(text),
        Scalar::Bool(flag) => found.as_bool() == Some(*flag),
        Scalar::Number(number) => found.as_f64() == Some(*number),
    }
}

/// The table as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VerifyFile {
    #[serde(deserialize_with = "page")]
    reference: String,
    #[serde(default)]
    method: Method,
    #[serde(deserialize_with = "address")]
    url: (String, Template),
    #[serde(default, deserialize_with = "headers")]
    headers: Vec<(String, Template)>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    content: Content,
    #[serde(default, deserialize_with = "form")]
    only: Option<String>,
    valid: OutcomeFile,
    invalid: Option<OutcomeFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeFile {
    #[serde(deserialize_with = "codes")]
    status: Vec<u16>,
    #[serde(default)]
    json: BTreeMap<String, ScalarsFile>,
}

fn page<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let page = String::deserialize(deserializer)?;
    let is_page = page.starts_with("https://");
    if is_page { Ok(page) } else { Err(D::Error::custom("the page of the documentation is an https:// address")) }
}

fn form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let form = String::deserialize(deserializer)?;
    regex::Regex::new(&form).map_err(|error| D::Error::custom(error.to_string()))?;
    Ok(Some(form))
}

fn codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u16>, D::Error> {
    let codes = Vec::<u16>::deserialize(deserializer)?;
    // A redirect says nothing about a secret, and no list would take everything for an answer.
    let is_sound = !codes.is_empty() && codes.iter().all(|code| matches!(code, 200..=299 | 400..=499));
    if is_sound { Ok(codes) } else { Err(D::Error::custom("status codes of answers: one or more of 2xx and 4xx")) }
}

/// Scheme and host are written out, so that no value decides where a secret goes.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(String, Template), D::Error> {
    let text = String::deserialize(deserializer)?;
    let template = Template::parse(&text).map_err(D::Error::custom)?;
    let rest = template
        .head()
        .strip_prefix("https://")
        .ok_or_else(|| D::Error::custom("an address starts with https:// and a host, before any hole"))?;
    let (host, _) = rest
        .split_once('/')
        .ok_or_else(|| D::Error::custom("the host is written out: no hole may stand in it, and a / ends it"))?;
    if !is_host(host) {
        return Err(D::Error::custom(format!("\"{host}\" is no host: a name with dots, no port, no credentials")));
    }
    if !template.literals().all(|text| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')) {
        return Err(D::Error::custom("an address has visible ASCII only, and no #"));
    }
    Ok((host.to_owned(), template))
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.contains('.') && host.split('.').all(is_label) && top.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Headers that say how a request is carried are not a rule's to set.
const CARRIAGE: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "te",
    "upgrade",
    "expect",
    "trailer",
    "user-agent",
];

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Template)>, D::Error> {
    let mut headers = Vec::new();
    for (name, text) in BTreeMap::<String, String>::deserialize(deserializer)? {
        let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let lower = name.to_ascii_lowercase();
        if !is_token || CARRIAGE.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return Err(D::Error::custom(format!("\"{name}\" is no header that a rule may set")));
        }
        let value = Template::parse(&text).map_err(|error| D::Error::custom(format!("{name}: {error}")))?;
        if !value.literals().all(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~'))) {
            return Err(D::Error::custom(format!("{name}: a header is visible ASCII on one line")));
        }
        headers.push((lower, value));
    }
    Ok(headers)
}

/// Checks what no single value shows. `groups` are the names of the groups of the rule's pattern.
pub(super) fn check(file: VerifyFile, groups: &[&str], defect: &mut dyn FnMut(String)) -> Verify {
    let (host, url) = file.url;
    let body = body(file.body.as_deref(), file.method, file.content, defect);
    let verify = Verify {
        reference: file.reference,
        method: file.method,
        host,
        url,
        headers: file.headers,
        body,
        only: file.only,
        valid: outcome(file.valid),
        invalid: file.invalid.map(outcome),
    };
    if !groups.contains(&"secret") {
        defect("only what finds a secret can ask about one: a pattern with a group `secret`".to_owned());
    }
    for name in verify.names() {
        if name != "secret" && !groups.contains(&name) {
            defect(format!("nothing fills the hole {{{name}}} of the request"));
        }
    }
    if !verify.is_about_the_secret() {
        defect("the request has no hole {secret}".to_owned());
    }
    let (yes, no) = (&verify.valid, verify.invalid.as_ref());
    if no.is_some_and(|no| {
        let shared = yes.status.iter().any(|code| no.status.contains(code));
        shared && (yes.json.is_empty() || no.json.is_empty())
    }) {
        defect("valid and invalid share a status code: both have to say what the body holds".to_owned());
    }
    for (pointer, _) in yes.json.iter().chain(no.into_iter().flat_map(|no| &no.json)) {
        if !pointer.starts_with('/') {
            defect(format!("\"{pointer}\" is no place in JSON: /name, /name/0 (RFC 6901)"));
        }
    }
    verify
}

impl Verify {
    fn is_about_the_secret(&self) -> bool {
        let headers = self.headers.iter().map(|(_, value)| value);
        let mut all = std::iter::once(&self.url).chain(headers).chain(self.body.iter().map(|(_, body)| body));
        all.any(|template| template.names().contains(&"secret"))
    }
}

fn outcome(file: OutcomeFile) -> Outcome {
    let json = file.json.into_iter().map(|(pointer, values)| (pointer, values.0)).collect();
    Outcome { status: file.status, json }
}

/// The body, if any.
fn body(
    text: Option<&str>,
    method: Method,
    content: Content,
    defect: &mut dyn FnMut(String),
) -> Option<(Content, Template)> {
    let text = text?;
    if method == Method::Get {
        defect("a body is sent with POST only".to_owned());
    }
    let template = Template::parse(text).map_err(|message| defect(format!("body: {message}"))).ok()?;
    // A hole outside of a string would let a value write JSON of its own.
    let sample = template.fill(content.goes(), &|_| Some("x".to_owned()));
    let is_json = |text: Private| serde_json::from_str::<Value>(text.reveal()).is_ok();
    if content == Content::Json && !sample.is_some_and(is_json) {
        defect("body: no JSON; holes stand in its strings".to_owned());
    }
    Some((content, template))
}
