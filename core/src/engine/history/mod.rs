//! Secrets that git's history holds: every text that was ever committed is looked at once by the rules that find
//! secrets, and in a text what stood in no version before.
//!
//! A fault that was mended is no fault of today, so no other rule looks at old texts. A secret that was taken out of
//! the tree still leaks to everybody who can fetch, and it is one matter however many versions of however many files
//! it stood in: all sightings of one secret become one finding, and none when the tree itself has that finding.

mod seen;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use self::seen::{Seen, encoded_in, is_apt};
use super::{
    Request, Watch, decode,
    draft::{At, Draft},
    finish::Finish,
    pass::{MOST, inlines},
    place::{Placed, Places, resolve},
    plan::Plan,
    runs, text,
    trigger::Heard,
};
use crate::{
    error::{Error, ErrorKind, Notification, NotificationId},
    finding::{Finding, Suppression},
    report::Stats,
    rule::{Matcher, Rule, RuleSet},
    source::{Place, Source},
    span::Lines,
    suppress::Inline,
    walk::{Brought, History, Version},
};

/// The property that names the commit which brought a secret in.
pub(super) const COMMIT: &str = "commit";
/// The property that says whether the tree still holds the secret.
pub(super) const STATE: &str = "history";

/// A secret of the history.
pub(super) struct Past {
    /// Its rule is an index into the plan of the scan.
    pub(super) draft: Draft,
    /// Its place in the version that brought it in.
    pub(super) placed: Placed,
    /// The last version at that path has a comment that accepts it.
    pub(super) accepted: Option<Suppression>,
    /// The commit that first had it, by path.
    pub(super) commits: BTreeMap<Arc<str>, String>,
}

/// What a history gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) past: Vec<Past>,
    pub(super) notifications: Vec<Notification>,
}

/// Rule and identity: what makes it one secret.
type Key = (usize, String);

/// One secret at one path.
struct Track {
    /// Rank of the commit and byte of the text, of the first sighting.
    first: (u32, u32),
    draft: Draft,
    placed: Placed,
    /// Rank of the last commit that brought a version with it, and what that version says about it.
    last: (u32, Option<Suppression>),
}

struct Search<'a> {
    plan: Plan<'a>,
    request: &'a Request,
    found: Mutex<HashMap<Key, BTreeMap<Arc<str>, Track>>>,
    seen: Seen,
    /// Texts in which more is encoded than is decoded of one.
    cut: AtomicU64,
}

/// Looks at all texts of a history.
pub(super) fn search(
    request: &Request,
    rules: &RuleSet,
    plan: &Plan<'_>,
    history: &History,
    (watch, stats): (&Watch, &mut Stats),
) -> Result<Found, Error> {
    let looks = |rule: &Rule| runs(request, rule) && matches!(&rule.matcher, Matcher::Text(text) if text.is_secret());
    if !plan.rules.iter().any(|rule| looks(rule)) {
        let message = "no rule that runs finds secrets, so there is nothing to look for in the history";
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    let plan_of_secrets = Plan::new(rules, looks)?.asking(plan.asks());
    let lines = plan_of_secrets.texts.iter().map(|text| usize::from(text.text.lines)).max().unwrap_or(0);
    let search = Search {
        plan: plan_of_secrets,
        request,
        found: Mutex::default(),
        seen: Seen::new(lines.max(decode::LINES)),
        cut: AtomicU64::new(0),
    };
    watch.total.fetch_add(history.total(), Ordering::Relaxed);
    let reading = history.read(&watch.stop, &watch.done, &|version| search.look(version));
    let mut notifications = history.unread(&reading);
    let cut = search.cut.load(Ordering::Relaxed);
    if cut > 0 {
        let message = format!("in {cut} texts of the history more is encoded than is decoded of one file");
        notifications.push(Notification::new("", NotificationId::Limit, message));
    }
    stats.commits = history.commits();
    stats.versions = reading.texts.into_inner();
    stats.version_bytes = reading.bytes.into_inner();
    stats.version_binary = reading.binary.into_inner();
    stats.version_by_id = reading.by_id.into_inner();
    Ok(Found { past: search.finish(plan), notifications })
}

impl Search<'_> {
    /// Looks at what is new in a text, and at all of it when there is something to find.
    fn look(&self, version: &Version<'_>) {
        let text = &*version.text;
        let brought: Vec<Brought> = version.brought().collect();
        if !is_apt(text) {
            self.look_at_all(version, &brought);
            return;
        }
        let parts = self.seen.parts(text, paths(&brought));
        let news = self.seen.news(text, &parts);
        let is_whole = news.first().is_some_and(|range| *range == (0..text.len()));
        if !is_whole && let Some(encoded) = self.find_nothing(text, &news, &brought) {
            // What is decoded of one text must not depend on the texts before it.
            let new = encoded.iter().filter(|&at| parts.iter().any(|part| part.is_new() && part.range.contains(at)));
            if encoded_in(&parts) + new.count() as u64 <= decode::MOST as u64 {
                self.seen.learn(&parts, &encoded, &[]);
                return;
            }
        }
        if let Some((encoded, found)) = self.look_at_all(version, &brought) {
            self.seen.learn(&parts, &encoded, &found);
        }
    }

    /// Where something is encoded in these ranges of a text; none as soon as something is found.
    fn find_nothing(&self, text: &str, ranges: &[Range<usize>], brought: &[Brought]) -> Option<Vec<usize>> {
        let mut encoded = Vec::new();
        for range in ranges {
            let part = text.get(range.clone())?;
            let heard = self.hear(part);
            let mut layers = decode::layers(part);
            if layers.is_cut {
                return None;
            }
            encoded.extend(layers.all.iter().map(|layer| range.start + layer.part.start));
            let hidden = self.seen.take_known(&mut layers, paths(brought));
            if heard.texts.is_empty() && layers.all.is_empty() {
                continue;
            }
            let lines = Lines::new(part);
            for brought in brought {
                let source = Source { text: part.into(), ..Source::memory(&brought.path, b"") };
                if !text::run(&self.plan, &source, &lines, &heard.texts, &layers).drafts.is_empty() {
                    return None;
                }
            }
            self.seen.learn_hidden(&hidden);
        }
        Some(encoded)
    }

    fn hear(&self, text: &str) -> Heard {
        let mut heard = self.plan.triggers.hear(text);
        heard.texts.retain(|&index, _| self.plan.texts.get(index).is_some_and(|text| text.rule.is_some()));
        heard
    }

    /// Where something is encoded, and where something was found; none when not all was decoded.
    fn look_at_all(&self, version: &Version<'_>, all: &[Brought]) -> Option<(Vec<usize>, Vec<Range<usize>>)> {
        let heard = self.hear(&version.text);
        let mut layers = decode::layers(&version.text);
        self.cut.fetch_add(u64::from(layers.is_cut), Ordering::Relaxed);
        let encoded = layers.all.iter().map(|layer| layer.part.start).collect();
        let hidden = self.seen.take_known(&mut layers, paths(all));
        let mut spans = Vec::new();
        for brought in all.iter().filter(|_| !heard.texts.is_empty() || !layers.all.is_empty()) {
            let source = version.at(brought);
            let lines = Lines::new(&source.text);
            let mut found = text::run(&self.plan, &source, &lines, &heard.texts, &layers);
            spans.extend(found.drafts.iter().map(|draft| draft.at.span.from()..draft.at.span.to()));
            let mut counts: HashMap<usize, usize> = HashMap::new();
            found.drafts.retain(|draft| {
                let count = counts.entry(draft.rule).or_default();
                *count += 1;
                *count <= MOST
            });
            if !found.drafts.is_empty() {
                let inlines = inlines(&self.plan, &lines, &source.text, &heard.suppressions);
                self.note(&source, &lines, brought, found, &inlines);
            }
        }
        if spans.is_empty() {
            self.seen.learn_hidden(&hidden);
        }
        (!layers.is_cut).then_some((encoded, spans))
    }

    /// Keeps what was not seen at that path in an older version. Only that is placed: a frame costs more than a look.
    fn note(
        &self,
        source: &Source,
        lines: &Lines<'_>,
        brought: &Brought,
        found: text::TextMatches,
        inlines: &[Inline],
    ) {
        let mut new: Vec<(Draft, Option<Suppression>)> = Vec::new();
        {
            let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            for draft in found.drafts {
                let accepted = self.accepted(&draft, lines, inlines);
                let key = (draft.rule, draft.identity.clone());
                match all.get_mut(&key).and_then(|paths| paths.get_mut(&brought.path)) {
                    Some(track) => {
                        track.say(brought.rank, &accepted);
                        if (brought.rank, draft.at.span.start) < track.first {
                            new.push((draft, accepted));
                        }
                    }
                    None => new.push((draft, accepted)),
                }
            }
        }
        let wanted: BTreeSet<At> = new.iter().map(|(draft, _)| draft.at).collect();
        let mut places = Places::new();
        resolve(&self.plan, source, &found.secrets, &wanted, &mut places);
        let mut all = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        for (draft, accepted) in new {
            let Some(placed) = places.get(&draft.at).cloned() else { continue };
            let first = (brought.rank, draft.at.span.start);
            let paths = all.entry((draft.rule, draft.identity.clone())).or_default();
            match paths.get_mut(&brought.path) {
                Some(track) => {
                    track.say(brought.rank, &accepted);
                    if first < track.first {
                        (track.first, track.draft, track.placed) = (first, draft, placed);
                    }
                }
                None => {
                    let track = Track { first, draft, placed, last: (brought.rank, accepted) };
                    paths.insert(Arc::clone(&brought.path), track);
                }
            }
        }
    }

    fn accepted(&self, draft: &Draft, lines: &Lines<'_>, inlines: &[Inline]) -> Option<Suppression> {
        if inlines.is_empty() || self.request.ignore_inline {
            return None;
        }
        let rule = self.plan.rules.get(draft.rule)?;
        let line = lines.line_of(draft.at.span.start);
        let former = self.plan.former(&rule.id);
        let valid = inlines.iter().filter(|inline| inline.fault(self.request.today).is_none());
        valid.into_iter().find(|inline| inline.accepts_line(line, &rule.id, former)).map(Inline::suppression)
    }

    /// One finding for each secret: at the path where it weighs most, then where it was brought to last. The last path
    /// is what the tree's finding was about before the secret was taken out, so that a baseline knows it again.
    fn finish(self, plan: &Plan<'_>) -> Vec<Past> {
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut past: Vec<Past> = Vec::with_capacity(found.len());
        for ((rule, _), paths) in found {
            let id = self.plan.rules.get(rule).map(|rule| rule.id.as_str());
            let Some(index) = plan.rules.iter().position(|rule| Some(rule.id.as_str()) == id) else { continue };
            let commits = paths.iter().map(|(path, track)| (Arc::clone(path), commit(&track.placed))).collect();
            let best = paths.into_iter().max_by(|(path, one), (other_path, other)| {
                (one.draft.severity, one.first.0, path).cmp(&(other.draft.severity, other.first.0, other_path))
            });
            let Some((_, mut track)) = best else { continue };
            track.draft.rule = index;
            past.push(Past { draft: track.draft, placed: track.placed, accepted: track.last.1, commits });
        }
        past.sort_by(|one, other| {
            let key = |past: &Past| (past.draft.rule, past.draft.identity.clone());
            key(one).cmp(&key(other))
        });
        past
    }
}

fn paths(brought: &[Brought]) -> impl Iterator<Item = &str> {
    brought.iter().map(|brought| &*brought.path)
}

impl Track {
    fn say(&mut self, rank: u32, accepted: &Option<Suppression>) {
        // Of two equal secrets in one version, one that nobody accepted decides.
        if rank > self.last.0 || (rank == self.last.0 && accepted.is_none()) {
            self.last = (rank, accepted.clone());
        }
    }
}

/// The commit of a place.
pub(super) fn commit(placed: &Placed) -> String {
    match &placed.location.place {
        Place::Commit(id) => id.clone(),
        _ => String::new(),
    }
}

impl Finish<'_> {
    /// Looks at what git's history holds.
    pub(super) fn history(&mut self, rules: &RuleSet, history: &History, watch: &Watch) -> Result<(), Error> {
        let options = (watch, &mut self.stats);
        let found = search(self.request, rules, self.plan, history, options)?;
        self.past = found.past;
        self.notifications.extend(found.notifications);
        Ok(())
    }

    /// Of a secret that the tree and its history hold the tree's finding stays, and learns which commit brought it in.
    pub(super) fn meet_past(&mut self) {
        let past = std::mem::take(&mut self.past);
        let known: HashMap<(usize, &str), usize> =
            past.iter().enumerate().map(|(at, past)| ((past.draft.rule, past.draft.identity.as_str()), at)).collect();
        let mut is_present = vec![false; past.len()];
        let mut drafts = std::mem::take(&mut self.drafts);
        for draft in &mut drafts {
            let Some(&at) = known.get(&(draft.rule, draft.identity.as_str())) else { continue };
            let path = self.path(draft.at.source);
            let Some(past) = past.get(at) else { continue };
            let commit = past.commits.get(path).cloned().unwrap_or_else(|| commit(&past.placed));
            draft.properties.insert(COMMIT.to_owned(), commit.into());
            draft.properties.insert(STATE.to_owned(), "present".into());
            if let Some(present) = is_present.get_mut(at) {
                *present = true;
            }
        }
        self.drafts = drafts;
        let gone = past.into_iter().zip(is_present).filter(|(_, is_present)| !is_present);
        self.past = gone.map(|(past, _)| past).collect();
    }

    /// A finding of what only the history holds. The lines of an old version have no place in the tree, so that the
    /// hash which code scanning compares is our own.
    pub(super) fn past_finding(&self, past: Past) -> Finding {
        let commit = commit(&past.placed);
        let mut draft = Draft { stable: true, related: Vec::new(), flow: Vec::new(), ..past.draft };
        let short = commit.get(..12).unwrap_or(&commit);
        let said = self.plan.mask(&draft.message);
        draft.message = format!("{}; it is in git's history: commit {short}", said.trim_end_matches('.'));
        draft.properties.insert(COMMIT.to_owned(), commit.into());
        draft.properties.insert(STATE.to_owned(), "deleted".into());
        let finding = self.placed_finding(draft, past.placed.location, None);
        Finding { suppression: past.accepted, ..finding }
    }
}
