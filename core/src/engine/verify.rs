//! Whether secrets still work: what is asked about, once each, and what the answers make of the findings.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use super::finish::Finish;
use crate::{
    error::{Notification, NotificationId},
    finding::{Finding, Location, Severity, Validity},
    rule::{Call, Private, Verify},
    source::Place,
    span::Region,
};

/// Most requests of one scan.
pub const MOST_ASKED: usize = 200;

/// Sends requests. Implemented outside: the library opens no socket.
pub trait Ask: Sync {
    /// One reply for each call, in the same order. No call is equal to another.
    fn ask(&self, calls: &[Call]) -> Vec<Reply>;
}

/// What became of a request.
pub enum Reply {
    /// There is an answer.
    Answer {
        /// The status code of HTTP.
        status: u16,
        /// The beginning of the body.
        body: Vec<u8>,
    },
    /// There is none, and why in fixed words: an error's own text may name the address, and that the secret.
    Failed(&'static str),
}

impl fmt::Debug for Reply {
    /// The body tells whose secret it is.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, .. } => write!(out, "Answer({status})"),
            Self::Failed(reason) => write!(out, "Failed({reason})"),
        }
    }
}

/// A secret, with what else of the match its request needs.
#[derive(Debug)]
pub(super) struct Held(Vec<(String, Private)>);

impl Held {
    pub(super) fn new(verify: &Verify, value: &dyn Fn(&str) -> Option<String>) -> Self {
        let names = verify.names().into_iter();
        Self(names.filter_map(|name| Some((name.to_owned(), Private::new(value(name)?)))).collect())
    }

    fn value(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal().to_owned())
    }
}

/// Secrets by where their finding stands: a finding itself never holds one. Matches of one rule do not overlap, so
/// that rule and place tell them apart.
pub(super) type Kept = HashMap<(String, String, Place, Option<Region>), Arc<Held>>;

fn key(rule: &str, location: &Location) -> (String, String, Place, Option<Region>) {
    (rule.to_owned(), location.shown_path().into_owned(), location.place.clone(), location.region)
}

/// A request with the findings it is about.
struct Question<'r> {
    verify: &'r Verify,
    call: Call,
    findings: Vec<usize>,
}

impl<'a> Finish<'a> {
    /// Takes the secrets out of what will be findings.
    pub(super) fn keep(&mut self) {
        if self.ask.is_none() {
            return;
        }
        let mut kept = Kept::new();
        let mut keep = |rule: usize, location: &Location, held: Option<Arc<Held>>| {
            if let (Some(rule), Some(held)) = (self.plan.rules.get(rule), held) {
                kept.insert(key(&rule.id, location), held);
            }
        };
        for draft in &self.drafts {
            if draft.held.is_some() {
                keep(draft.rule, &self.location(draft.at, None), draft.held.clone());
            }
        }
        for past in &self.past {
            keep(past.draft.rule, &past.placed.location, past.draft.held.clone());
        }
        for inner in &self.inner {
            keep(inner.draft.rule, &inner.location, inner.draft.held.clone());
        }
        for draft in self
            .drafts
            .iter_mut()
            .chain(self.past.iter_mut().map(|past| &mut past.draft))
            .chain(self.inner.iter_mut().map(|inner| &mut inner.draft))
        {
            draft.held = None;
        }
        self.kept = kept;
    }

    /// Has every secret of an open finding asked about, and settles what the answers mean.
    pub(super) fn verify(&mut self, findings: &mut [Finding]) {
        let Some(ask) = self.ask else { return };
        let mut questions = self.questions(findings);
        // Where there are too many the gravest are asked about.
        questions.sort_by_key(|question| {
            Reverse(question.findings.iter().filter_map(|&at| findings.get(at)).map(|finding| finding.severity).max())
        });
        let left = questions.split_off(questions.len().min(MOST_ASKED));
        if !left.is_empty() {
            let message =
                format!("{} further secrets were not asked about: {MOST_ASKED} are the most of one scan", left.len());
            self.notifications.push(Notification::new("", NotificationId::NotVerified, message));
        }
        let (calls, asked): (Vec<Call>, Vec<_>) =
            questions.into_iter().map(|question| (question.call, (question.verify, question.findings))).unzip();
        let mut replies = ask.ask(&calls).into_iter();
        let mut failures: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
        for (call, (verify, about)) in calls.iter().zip(asked) {
            let reply = replies.next().unwrap_or(Reply::Failed("no reply"));
            let (validity, said) = match reply {
                Reply::Answer { status, body } => told(&call.host, verify.judge(status, &body), status),
                Reply::Failed(reason) => {
                    *failures.entry((call.host.clone(), reason)).or_default() += 1;
                    (Validity::Unknown, format!("unknown: {} could not be asked", call.host))
                }
            };
            for at in about {
                if let Some(finding) = findings.get_mut(at) {
                    self.settle(finding, validity, &said);
                }
            }
        }
        for finding in left.iter().flat_map(|question| &question.findings) {
            if let Some(finding) = findings.get_mut(*finding) {
                finding.validity = Validity::Unknown;
            }
        }
        self.notifications.extend(failures.into_iter().map(|((host, reason), count)| {
            let message = format!("{host} could not be asked about {count} of the secrets: {reason}");
            Notification::new("", NotificationId::NotVerified, message)
        }));
    }

    /// The requests, equal ones once. What somebody accepted is not sent anywhere.
    fn questions(&mut self, findings: &[Finding]) -> Vec<Question<'a>> {
        let kept = std::mem::take(&mut self.kept);
        let (mut questions, mut known): (Vec<Question<'a>>, HashMap<u64, Vec<usize>>) = Default::default();
        for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.is_open()) {
            let Some(held) = kept.get(&key(&finding.rule, &finding.location)) else { continue };
            let rule = self.plan.rules.iter().find(|rule| rule.id == finding.rule);
            let Some(verify) = rule.and_then(|rule| rule.verify.as_ref()) else { continue };
            let Some(call) = verify.call(&|name| held.value(name)) else { continue };
            // A number stands for the call, so that no copy of the secret is made.
            let mut hasher = DefaultHasher::new();
            call.hash(&mut hasher);
            let alike = known.entry(hasher.finish()).or_default();
            let same = alike
                .iter()
                .copied()
                .find(|&index| questions.get(index).is_some_and(|other| other.call == call && other.verify == verify));
            match same.and_then(|index| questions.get_mut(index)) {
                Some(question) => question.findings.push(at),
                None => {
                    alike.push(questions.len());
                    questions.push(Question { verify, call, findings: vec![at] });
                }
            }
        }
        questions
    }

    /// An active secret is as bad as it gets, wherever it stands; one that opens nothing weighs little. A severity that
    /// the configuration gives to the rule is only lowered.
    fn settle(&self, finding: &mut Finding, validity: Validity, said: &str) {
        finding.validity = validity;
        finding.evidence = Some(match finding.evidence.take() {
            Some(evidence) => format!("{evidence}; {said}"),
            None => said.to_owned(),
        });
        finding.severity = match validity {
            Validity::Active if self.request.config.rules.severity.contains_key(&finding.rule) => finding.severity,
            Validity::Active => Severity::Critical,
            Validity::Inactive => finding.severity.min(Severity::Low),
            Validity::NotAsked | Validity::Unknown => finding.severity,
        };
    }
}

/// What an answer says, in words.
fn told(host: &str, validity: Validity, status: u16) -> (Validity, String) {
    let said = match validity {
        Validity::Active => format!("active: {host} accepts it"),
        Validity::Inactive => format!("inactive: {host} refuses it"),
        _ => format!("unknown: {host} answers {status}, which settles nothing"),
    };
    (validity, said)
}
