//! After the pass: facts of all sources together, places, identities, suppressions, baseline, verdict.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    Request,
    draft::{At, Draft},
    facts,
    history::Past,
    join,
    members::Inner,
    pass::{Outcome, settle_environment},
    place::{Places, resolve},
    plan::Plan,
    verify::{Ask, Kept},
};
use crate::{
    classify::{Role, role_of},
    error::{Error, Notification, NotificationId},
    extract::Fragment,
    fact::{Environment, Fact, FactKind, Inventory},
    finding::{BaselineState, Finding, Fingerprint, Kind, Location, Validity, fingerprint},
    report::{ClaimState, ClaimVerdict, Report, Stats},
    rule::{Matcher, Rule, RuleSet},
    source::SourceId,
    span::{Region, Span},
    suppress::{External, Inline, State, is_over},
    syntax::{Node, Value},
    vocabulary::DEFAULT_FRAMEWORKS,
    walk::{Entry, Read, Selection},
};

/// A scan on its way from outcomes to a report.
pub(super) struct Finish<'a> {
    pub(super) request: &'a Request,
    pub(super) plan: &'a Plan<'a>,
    entries: &'a [Entry],
    pub(super) drafts: Vec<Draft>,
    places: Places,
    pub(super) facts: Vec<Fact>,
    inlines: Vec<(SourceId, Inline)>,
    secrets: HashMap<SourceId, Vec<Span>>,
    pub(super) notifications: Vec<Notification>,
    verdicts: Vec<Pending>,
    /// What only the history holds.
    pub(super) past: Vec<Past>,
    /// What members of archives hold.
    pub(super) inner: Vec<Inner>,
    pub(super) stats: Stats,
    /// Who asks providers about secrets, when they are to be asked.
    pub(super) ask: Option<&'a dyn Ask>,
    /// The secrets to ask about.
    pub(super) kept: Kept,
}

/// A verdict on a claim whose places are not resolved yet.
struct Pending {
    verdict: ClaimVerdict,
    at: At,
    evidence: Vec<(At, &'static str)>,
}

impl<'a> Finish<'a> {
    pub(super) fn new(request: &'a Request, plan: &'a Plan<'a>, entries: &'a [Entry]) -> Self {
        Self {
            request,
            plan,
            entries,
            drafts: Vec::new(),
            places: Places::new(),
            facts: Vec::new(),
            inlines: Vec::new(),
            secrets: HashMap::new(),
            notifications: Vec::new(),
            verdicts: Vec::new(),
            past: Vec::new(),
            inner: Vec::new(),
            stats: Stats::default(),
            ask: None,
            kept: Kept::default(),
        }
    }

    pub(super) fn path(&self, source: SourceId) -> &'a str {
        self.entries.get(source.index()).map_or("", |entry| entry.path.as_str())
    }

    /// Takes the outcomes in order of path. Gives the fragments.
    pub(super) fn collect(&mut self, outcomes: Vec<Outcome>) -> Vec<Fragment> {
        let mut fragments = Vec::new();
        for (index, mut outcome) in outcomes.into_iter().enumerate() {
            let source = SourceId(u32::try_from(index).unwrap_or(u32::MAX));
            self.stats.add(&outcome);
            self.drafts.append(&mut outcome.drafts);
            self.places.append(&mut outcome.places);
            self.inner.append(&mut outcome.inner);
            self.facts.append(&mut outcome.facts);
            fragments.append(&mut outcome.fragments);
            self.inlines.extend(outcome.inlines.into_iter().map(|inline| (source, inline)));
            if !outcome.secrets.is_empty() {
                self.secrets.insert(source, outcome.secrets);
            }
            self.notifications.append(&mut outcome.notifications);
        }
        fragments
    }

    /// Runs fact rules on facts that took several sources, and keeps them.
    pub(super) fn linked(&mut self, mut linked: Vec<Fact>) {
        let entries = self.entries;
        let path_of = |source: SourceId| entries.get(source.index()).map_or("", |entry| entry.path.as_str());
        for fact in &mut linked {
            settle_environment(fact, role_of(path_of(fact.source)));
        }
        self.stats.facts += linked.len() as u64;
        self.drafts.extend(facts::run(self.plan, &linked, &path_of));
        let declared = self.facts.iter().any(|fact| fact.kind == FactKind::Claim);
        linked.retain(|fact| self.plan.keeps(fact, declared));
        self.facts.append(&mut linked);
        // In order of path (source ids follow it) and place.
        self.facts.sort_by(|a, b| (a.source, a.span, a.kind, &a.name).cmp(&(b.source, b.span, b.kind, &b.name)));
    }

    /// Judges claims and other joins.
    pub(super) fn join(&mut self) {
        let facts = std::mem::take(&mut self.facts);
        let chosen = self.declaration(&facts);
        let is_other = |fact: &Fact| fact.kind == FactKind::Claim && Some(fact.source) != chosen;
        let inventory = Inventory::new(facts.into_iter().filter(|fact| !is_other(fact)).collect());
        let entries = self.entries;
        let path_of = |source: SourceId| entries.get(source.index()).map_or("", |entry| entry.path.as_str());
        let mut judged: BTreeSet<(String, Environment)> = BTreeSet::new();
        for judgement in join::run(self.plan, &inventory, &path_of) {
            let left = judgement.left;
            if left.kind == FactKind::Claim {
                judged.insert((left.name.clone(), left.environment));
                let rule = self.plan.rules.get(judgement.rule).map_or("", |rule| rule.id.as_str());
                self.verdicts.push(pending(left, rule, judgement.state, judgement.built, judgement.evidence));
            }
            self.drafts.extend(judgement.draft);
        }
        for claim in inventory.of(FactKind::Claim) {
            if !judged.contains(&(claim.name.clone(), claim.environment)) {
                let state = match claim.text("state") {
                    Some("unfilled") => ClaimState::Unfilled,
                    Some("attested") => ClaimState::Attested,
                    _ => ClaimState::NotChecked,
                };
                self.verdicts.push(pending(claim, "", state, None, Vec::new()));
            }
        }
        self.facts = inventory.all().to_vec();
    }

    /// The one source whose claims count: the named document, else the best-ranked one, else the first.
    fn declaration(&self, facts: &[Fact]) -> Option<SourceId> {
        let named = self.request.declaration.as_ref().map(|(path, _)| path.as_str());
        let named = named.or(self.request.config.posture.document.as_deref());
        // What stands in a fixture or an example promises nothing, unless it is named.
        let speaks = |fact: &&Fact| {
            named.is_some() || !matches!(role_of(self.path(fact.source)), Role::Test | Role::Example | Role::Vendored)
        };
        let claims = facts.iter().filter(|fact| fact.kind == FactKind::Claim).filter(speaks);
        match named {
            Some(path) => {
                claims.map(|fact| fact.source).find(|&source| self.path(source) == path.trim_start_matches("./"))
            }
            None => claims
                .map(|fact| {
                    (fact.get("document-rank").and_then(Node::as_number).map_or(99, |rank| rank as u8), fact.source)
                })
                .min()
                .map(|(_, source)| source),
        }
    }

    /// The report.
    pub(super) fn report(mut self, set: &RuleSet) -> Report {
        let mut gate = self.request.config.gate();
        gate.advisories_required |= self.asked_for_advisories();
        self.mask_messages();
        self.resolve_rest();
        self.meet_past();
        self.keep();
        let mut findings = self.findings();
        self.only_changed(&mut findings);
        findings.extend(std::mem::take(&mut self.inner).into_iter().map(|inner| self.inner_finding(inner)));
        findings.extend(std::mem::take(&mut self.past).into_iter().map(|past| self.past_finding(past)));
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        number(&mut findings);
        self.suppress(&mut findings);
        if let Some(baseline) = &self.request.baseline {
            for finding in &mut findings {
                let known = baseline.has(&finding.fingerprint.own);
                finding.baseline = if known { BaselineState::Unchanged } else { BaselineState::New };
            }
        }
        let fixed = self
            .request
            .baseline
            .as_ref()
            .map_or(0, |baseline| baseline.gone(findings.iter().map(|finding| finding.fingerprint.own.as_str())));
        self.verify(&mut findings);
        self.notifications.sort();
        self.notifications.dedup();
        let verdict = gate.judge(&findings, &self.notifications);
        let frameworks = self.request.config.controls.frameworks.clone();
        Report {
            repository: None,
            rules: self.plan.rules.iter().map(|&rule| Arc::clone(rule)).collect(),
            controls: set.vocabulary.controls.clone(),
            frameworks: frameworks.unwrap_or_else(|| DEFAULT_FRAMEWORKS.iter().map(|&key| key.to_owned()).collect()),
            claims: self.claims(),
            findings,
            notifications: self.notifications,
            fixed,
            gate,
            verdict,
            stats: self.stats,
        }
    }

    /// True when rules that need advisory data were named, or are required, and not merely left in.
    pub(super) fn asked_for_advisories(&self) -> bool {
        if self.request.config.gate().advisories_required {
            return true;
        }
        let only = &self.request.only;
        let is_named =
            |rule: &Rule| only.iter().any(|word| *word == rule.id || word.trim_end_matches("/*") == rule.family());
        self.plan.rules.iter().any(|rule| is_named(rule) && matches!(rule.matcher, Matcher::Advisory(_)))
    }

    /// Text of sources in messages and properties may hold credentials (an address with a password).
    fn mask_messages(&mut self) {
        for draft in &mut self.drafts {
            draft.message = self.plan.mask(&draft.message);
            for value in draft.properties.values_mut() {
                if let serde_json::Value::String(text) = value {
                    *text = self.plan.mask(text);
                }
            }
        }
        for pending in &mut self.verdicts {
            pending.verdict.declared = self.plan.mask(&pending.verdict.declared);
            pending.verdict.built = pending.verdict.built.as_deref().map(|built| self.plan.mask(built));
        }
    }

    /// Reads sources of places that are not resolved a second time, one after the other.
    fn resolve_rest(&mut self) {
        let drafts = self.drafts.iter().flat_map(Draft::places);
        let claims = self
            .verdicts
            .iter()
            .flat_map(|pending| std::iter::once(pending.at).chain(pending.evidence.iter().map(|(at, _)| *at)));
        let open: BTreeSet<At> = drafts.chain(claims).filter(|at| !self.places.contains_key(at)).collect();
        let sources: BTreeSet<SourceId> = open.iter().map(|at| at.source).collect();
        for id in sources {
            let Some(entry) = self.entries.get(id.index()) else { continue };
            if let Read::Source(source) = entry.read(id) {
                self.stats.reread += 1;
                let secrets = self.secrets.get(&id).map_or(&[][..], Vec::as_slice);
                resolve(self.plan, &source, secrets, &open, &mut self.places);
            }
        }
    }

    /// Drafts to findings, in order of path, region and rule.
    fn findings(&mut self) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            std::mem::take(&mut self.drafts).into_iter().map(|draft| self.finding(draft)).collect();
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        findings.dedup_by(|a, b| order(a) == order(b) && a.message == b.message);
        findings
    }

    fn finding(&self, draft: Draft) -> Finding {
        let location = self.location(draft.at, None);
        let line_hash = self.places.get(&draft.at).and_then(|placed| placed.line_hash.clone());
        self.placed_finding(draft, location, line_hash)
    }

    pub(super) fn placed_finding(&self, draft: Draft, location: Location, line_hash: Option<String>) -> Finding {
        let rule = self.plan.rules.get(draft.rule);
        let id = rule.map_or_else(String::new, |rule| rule.id.clone());
        let own = fingerprint(&[&id, &location.shown_path(), &draft.identity]);
        // Code scanning merges results of one rule whose hash is equal: what is not about its line brings its own.
        let line_hash = match draft.stable {
            true => Some(format!("{}:1", own.get(..16).unwrap_or(&own))),
            false => line_hash,
        };
        let severity = match self.request.config.rules.severity.get(&id) {
            // A lowered match (in a test, refuted) stays lowered.
            Some(&severity) => {
                if rule.is_some_and(|rule| draft.severity < rule.severity) {
                    severity.min(draft.severity)
                } else {
                    severity
                }
            }
            None => draft.severity,
        };
        let many = |places: Vec<(At, String)>| -> Vec<Location> {
            places.into_iter().map(|(at, message)| self.location(at, Some(message))).collect()
        };
        Finding {
            fingerprint: Fingerprint { own, line_hash },
            rule: id,
            severity,
            kind: draft.kind,
            message: draft.message,
            evidence: draft.evidence,
            location,
            related: many(draft.related),
            flow: many(draft.flow),
            fix: None,
            baseline: BaselineState::None,
            suppression: None,
            validity: Validity::NotAsked,
            properties: draft.properties,
        }
    }

    pub(super) fn location(&self, at: At, message: Option<String>) -> Location {
        match self.places.get(&at) {
            Some(placed) => Location { message, ..placed.location.clone() },
            None => Location {
                path: self.path(at.source).to_owned(),
                member: None,
                place: self.entries.get(at.source.index()).map_or(crate::source::Place::Memory, Entry::place),
                region: None,
                snippet: None,
                message,
            },
        }
    }

    /// Of a change only what it touches is judged.
    fn only_changed(&self, findings: &mut Vec<Finding>) {
        let changes: HashMap<&str, _> =
            self.entries.iter().filter_map(|entry| Some((entry.path.as_str(), entry.changed.as_ref()?))).collect();
        if changes.is_empty() {
            return;
        }
        findings.retain(|finding| match (changes.get(finding.location.path.as_str()), finding.location.region) {
            (Some(changes), Some(region)) => changes.touch(region),
            _ => true,
        });
    }

    /// Marks accepted findings; suppressions that are over, unused or without reason become facts that rules judge.
    fn suppress(&mut self, findings: &mut Vec<Finding>) {
        let mut facts = Vec::new();
        let whole = match &self.request.input {
            super::Input::Files(options) => matches!(options.selection, Selection::Worktree | Selection::Tracked),
            super::Input::Memory(_) => true,
        };
        for (source, inline) in std::mem::take(&mut self.inlines) {
            let path = self.path(source);
            let mut state = inline.fault(self.request.today);
            let meant: Vec<&mut Finding> = findings
                .iter_mut()
                .filter(|finding| {
                    finding.location.path == path && inline.accepts(finding, self.plan.former(&finding.rule))
                })
                .collect();
            if self.request.ignore_inline {
                if state.is_none() && !meant.is_empty() {
                    let message = format!(
                        "a comment on line {} accepts {}; the policy does not admit it",
                        inline.lines.first(),
                        inline.rules.join(", ")
                    );
                    self.notifications.push(Notification::new(path, NotificationId::SuppressionNotAdmitted, message));
                }
                continue;
            }
            if state.is_none() {
                state = Some(if meant.is_empty() { State::Unused } else { State::Used });
                for finding in meant {
                    finding.suppression = Some(inline.suppression());
                }
            }
            let state = state.unwrap_or(State::Unused);
            // What was written for another scanner is that one's to judge.
            let is_own = inline.tool.is_none();
            if is_own && (state != State::Unused || (whole && self.ran(&inline.rules))) {
                facts.push(suppression_fact(source, &inline, state));
            }
        }
        for external in self.request.config.suppress.iter().filter_map(External::new) {
            if is_over(external.entry().until.as_deref(), self.request.today) {
                let entry = external.entry();
                let message = format!(
                    "the suppression of {} at {} is over since {}",
                    entry.rule,
                    entry.path,
                    entry.until.as_deref().unwrap_or_default()
                );
                self.notifications.push(Notification::new("", NotificationId::SuppressionOver, message));
                continue;
            }
            for finding in findings.iter_mut().filter(|finding| finding.suppression.is_none()) {
                if external.accepts(finding, self.plan.former(&finding.rule)) {
                    finding.suppression = Some(external.suppression());
                }
            }
        }
        self.judge_suppressions(facts, findings);
    }

    /// True when every rule a suppression names was run: only then is it unused.
    fn ran(&self, words: &[String]) -> bool {
        words.iter().all(|word| {
            self.plan.rules.iter().any(|rule| crate::suppress::covers(word, &rule.id, self.plan.former(&rule.id)))
                && !word.ends_with("/*")
        })
    }

    fn judge_suppressions(&mut self, facts: Vec<Fact>, findings: &mut Vec<Finding>) {
        let entries = self.entries;
        let path_of = |source: SourceId| entries.get(source.index()).map_or("", |entry| entry.path.as_str());
        self.drafts = facts::run(self.plan, &facts, &path_of);
        if self.drafts.is_empty() {
            return;
        }
        let mut more = self.findings();
        number(&mut more);
        findings.append(&mut more);
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
    }

    fn claims(&mut self) -> Vec<ClaimVerdict> {
        let pending = std::mem::take(&mut self.verdicts);
        let mut claims: Vec<(At, ClaimVerdict)> = pending
            .into_iter()
            .map(|pending| {
                let mut verdict = pending.verdict;
                verdict.location = self.location(pending.at, None);
                verdict.evidence =
                    pending.evidence.iter().map(|(at, role)| self.location(*at, Some((*role).to_owned()))).collect();
                (pending.at, verdict)
            })
            .collect();
        claims.sort_by(|(at, a), (other, b)| {
            (at, &a.claim, &a.rule, &a.environment).cmp(&(other, &b.claim, &b.rule, &b.environment))
        });
        claims.into_iter().map(|(_, verdict)| verdict).collect()
    }

    /// Every advisory result needs its package fact.
    pub(super) fn advisories(&mut self, index: &crate::advisory::AdvisoryIndex) -> Result<(), Error> {
        super::advisories::run(self, index)
    }
}

fn pending(
    left: &Fact,
    rule: &str,
    state: ClaimState,
    built: Option<String>,
    evidence: Vec<(At, &'static str)>,
) -> Pending {
    let at = At { source: left.source, span: left.span };
    let verdict = ClaimVerdict {
        claim: left.name.clone(),
        declared: left.text("text").unwrap_or_default().to_owned(),
        location: Location {
            path: String::new(),
            member: None,
            place: crate::source::Place::Memory,
            region: None,
            snippet: None,
            message: None,
        },
        rule: rule.to_owned(),
        verdict: state,
        environment: left.environment.word().to_owned(),
        built,
        evidence: Vec::new(),
    };
    Pending { verdict, at, evidence }
}

fn suppression_fact(source: SourceId, inline: &Inline, state: State) -> Fact {
    let span = inline.span;
    let rules = inline.rules.iter().map(|rule| Node::string(span, rule.as_str())).collect();
    let fact = Fact::new(FactKind::Suppression, inline.rules.join(", "), source, span)
        .with_text("state", span, state.word())
        .with("rules", Node::new(span, Value::List(rules)));
    match &inline.until {
        Some(until) => fact.with_text("until", span, until.as_str()),
        None => fact,
    }
}

/// Order of a report: path, member, region, rule, then what is said.
fn order(finding: &Finding) -> (&str, Option<&str>, Option<Region>, &str, &str, Kind) {
    let location = &finding.location;
    (&location.path, location.member.as_deref(), location.region, &finding.rule, &finding.message, finding.kind)
}

/// Equal findings of one file are told apart by their ordinal.
fn number(findings: &mut [Finding]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint.own.clone()).or_default();
        *count += 1;
        if *count > 1 {
            finding.fingerprint.own = fingerprint(&[&finding.fingerprint.own, &count.to_string()]);
        }
    }
}
