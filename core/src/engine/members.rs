//! Rules for secrets on the texts of an archive. What lies in one is no configuration that runs, so no other rule looks.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    decode,
    draft::{At, Draft},
    finish::Finish,
    pass::{MOST, Outcome, inlines},
    place::{Places, resolve},
    plan::Plan,
    text,
};
use crate::{
    error::{Notification, NotificationId},
    finding::{Finding, Location, Suppression},
    rule::Matcher,
    source::{Place, Source, SourceId},
    span::Lines,
    suppress::Inline,
    unpack::{self, Member},
    walk::Entry,
};

/// A match in a member, placed in its text.
pub(super) struct Inner {
    pub(super) draft: Draft,
    pub(super) location: Location,
    /// The comment beside it that accepts it.
    accepted: Option<Inline>,
}

/// Looks at every text of an archive.
pub(super) fn look(plan: &Plan<'_>, entry: &Entry, id: SourceId, bytes: &[u8]) -> Outcome {
    let mut outcome = Outcome { bytes: bytes.len() as u64, ..Outcome::default() };
    let is_asked = plan.texts.iter().any(|text| text.rule.is_some() && text.masks());
    // Of a change only what it touches is judged, and a file that did not change was touched nowhere.
    if !is_asked || entry.changed.as_ref().is_some_and(|changes| changes.is_empty()) {
        return outcome;
    }
    let mut look = Look { plan, entry, id, counts: BTreeMap::new(), inner: Vec::new(), members: 0, cut: 0 };
    outcome.notifications = unpack::open(&entry.path, bytes, entry.limit(), &mut |member| look.member(&member));
    let mut note = |message: String| {
        outcome.notifications.push(Notification::new(&*entry.path, NotificationId::Limit, message));
    };
    for (rule, count) in look.counts.iter().filter(|(_, count)| **count > MOST) {
        let id = plan.rules.get(*rule).map_or("", |rule| rule.id.as_str());
        note(format!("{id} has {count} findings in this archive; {MOST} are reported"));
    }
    if look.cut > 0 {
        note(format!("in {} members more is encoded than is decoded of one file", look.cut));
    }
    (outcome.inner, outcome.members) = (look.inner, look.members);
    outcome
}

struct Look<'a> {
    plan: &'a Plan<'a>,
    entry: &'a Entry,
    id: SourceId,
    /// Matches of each rule, those that are not kept too.
    counts: BTreeMap<usize, usize>,
    inner: Vec<Inner>,
    members: u64,
    /// Members in which more is encoded than is decoded.
    cut: u64,
}

impl Look<'_> {
    fn member(&mut self, member: &Member<'_>) {
        self.members += 1;
        let shown = format!("{}!/{}", self.entry.path, member.path);
        let source = Source { id: self.id, place: self.place(), ..Source::memory(&shown, member.bytes) };
        let heard = self.plan.triggers.hear(&source.text);
        let layers = decode::layers(&source.text);
        self.cut += u64::from(layers.is_cut);
        if heard.texts.is_empty() && layers.all.is_empty() {
            return;
        }
        let lines = Lines::new(&source.text);
        let mut found = text::run(self.plan, &source, &lines, &heard.texts, &layers);
        found.drafts.retain(|draft| {
            let is_secret = self
                .plan
                .rules
                .get(draft.rule)
                .is_some_and(|rule| matches!(&rule.matcher, Matcher::Text(text) if text.is_secret()));
            let count = self.counts.entry(draft.rule).or_default();
            *count += usize::from(is_secret);
            is_secret && *count <= MOST
        });
        let inlines = inlines(self.plan, &lines, &source.text, &heard.suppressions);
        let wanted: BTreeSet<At> = found.drafts.iter().map(|draft| draft.at).collect();
        let mut places = Places::new();
        resolve(self.plan, &source, &found.secrets, &wanted, &mut places);
        for draft in found.drafts {
            let Some(placed) = places.get(&draft.at) else { continue };
            let id = self.plan.rules.get(draft.rule).map_or("", |rule| rule.id.as_str());
            let line = lines.line_of(draft.at.span.start);
            let accepted = inlines.iter().find(|inline| inline.accepts_line(line, id, self.plan.former(id))).cloned();
            let location = Location {
                path: self.entry.path.clone(),
                member: Some(member.path.to_owned()),
                ..placed.location.clone()
            };
            self.inner.push(Inner { draft, location, accepted });
        }
    }

    fn place(&self) -> Place {
        self.entry.place()
    }
}

impl Finish<'_> {
    /// A finding in a member. Its line is none of the file that readers see, so that the hash which code scanning
    /// compares is our own.
    pub(super) fn inner_finding(&self, inner: Inner) -> Finding {
        let mut draft = Draft { stable: true, related: Vec::new(), flow: Vec::new(), ..inner.draft };
        draft.message = self.plan.mask(&draft.message);
        let accepted =
            inner.accepted.filter(|inline| !self.request.ignore_inline && inline.fault(self.request.today).is_none());
        let suppression: Option<Suppression> = accepted.as_ref().map(Inline::suppression);
        Finding { suppression, ..self.placed_finding(draft, inner.location, None) }
    }
}
