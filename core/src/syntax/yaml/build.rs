//! Events of the YAML parser to nodes: anchors, merge keys, tags, limits.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, ScalarStyle, StructureStyle, Tag};

use super::scalar::{self, Meaning};
use crate::{
    error::NotificationId,
    source::SourceId,
    span::Span,
    syntax::{MAX_DEPTH, MAX_NODES, Node, Origin, Value, template},
};

/// Most nodes that aliases may add to one source.
const MAX_EXPANDED: usize = 200_000;

/// Bytes of text that weigh as much as one node, so that aliases of a long text cannot fill the memory.
const BYTES_PER_NODE: usize = 64;

/// Most notes that are kept; far fewer are reported.
const MOST_NOTES: usize = 1000;

/// Something that was not understood, and where.
pub(super) type Note = (Span, NotificationId, &'static str);

/// Builds the roots of one source.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    /// The text of the source, whatever the parser was given in its place.
    text: &'a str,
    source: SourceId,
    /// Parts of the text that were hidden from the parser, in order.
    masks: Vec<Span>,
    /// Where the text that the parser was given begins.
    pub(super) base: usize,
    pub(super) roots: Vec<Node>,
    /// What was not understood, in the order of reading.
    pub(super) notes: Vec<Note>,
    /// Start of the last thing that was understood.
    pub(super) reached: usize,
    /// A `{{` was read as two maps, which nobody writes.
    pub(super) template_as_map: bool,
    /// The next root goes on where the last one was broken off.
    resumes: bool,
    /// The document was taken up again once, so it cannot be read from its start.
    taken_up: bool,
    /// Roots before this document.
    earlier: usize,
    frames: Vec<Frame>,
    /// Open collections beyond the deepest that are kept.
    skipped: usize,
    skipped_from: usize,
    anchors: BTreeMap<String, Anchor>,
    pending: Option<Node>,
    nodes: usize,
    expanded: usize,
}

#[derive(Debug)]
struct Anchor {
    node: Node,
    size: usize,
    height: usize,
}

/// A collection that is still open.
#[derive(Debug)]
struct Frame {
    start: usize,
    end: usize,
    flow: bool,
    depth: usize,
    tag: Option<(Meaning, Span)>,
    anchor: Option<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    List(Vec<Node>),
    Map {
        entries: Vec<(Node, Node)>,
        key: Option<Node>,
        /// The key is a plain `<<`.
        merges: bool,
        merged: Vec<Node>,
    },
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, source: SourceId, masks: Vec<Span>) -> Self {
        Self {
            text,
            source,
            masks,
            base: 0,
            roots: Vec::new(),
            notes: Vec::new(),
            reached: 0,
            template_as_map: false,
            resumes: false,
            taken_up: false,
            earlier: 0,
            frames: Vec::new(),
            skipped: 0,
            skipped_from: 0,
            anchors: BTreeMap::new(),
            pending: None,
            nodes: 0,
            expanded: 0,
        }
    }

    /// Takes one event of the text that was given to the parser. False when a limit says that no more should come.
    pub(super) fn take(&mut self, event: Event<'_>, at: granit_parser::Span, given: &str) -> bool {
        let range = at.byte_range().unwrap_or_default();
        let span = Span::new(range.start, range.end).shifted(self.base);
        // The name of an anchor comes behind the node that it names, before anything else.
        if let Event::Anchor(_, name) = &event {
            self.anchor(name);
            return true;
        }
        if let Some(node) = self.pending.take() {
            self.add(node);
        }
        if !matches!(event, Event::SequenceEnd | Event::MappingEnd | Event::DocumentEnd | Event::StreamEnd) {
            self.reached = self.reached.max(span.from());
        }
        let tag = |tag: Option<std::borrow::Cow<'_, Tag>>, base: usize| {
            let place = at.tag_span().and_then(|span| span.byte_range())?;
            Some((scalar::meaning(tag.as_deref()?), Span::new(place.start, place.end).shifted(base)))
        };
        match event {
            Event::DocumentStart(..) if !self.resumes => {
                self.anchors.clear();
                self.taken_up = false;
                self.earlier = self.roots.len();
            }
            Event::Scalar(text, style, _, found) => {
                self.scalar(&text, style, self.place(span, style, given), tag(found, self.base))
            }
            Event::SequenceStart(style, _, found) => {
                self.open(span, style, tag(found, self.base), Kind::List(Vec::new()));
            }
            Event::MappingStart(style, _, found) => {
                let kind = Kind::Map { entries: Vec::new(), key: None, merges: false, merged: Vec::new() };
                self.open(span, style, tag(found, self.base), kind);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span.to()),
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(span),
            _ => {}
        }
        if self.nodes >= MAX_NODES {
            self.note(span, NotificationId::Limit, "has too many values; the rest was not read");
        }
        self.nodes < MAX_NODES
    }

    /// The next events belong to the same document as the last ones, or to another one.
    pub(super) fn resume(&mut self, same: bool) {
        (self.resumes, self.taken_up) = (same, same);
    }

    /// True when the document cannot be read from its start again.
    pub(super) fn resumes_now(&self) -> bool {
        self.taken_up
    }

    /// Forgets what was built and noted since a document began.
    pub(super) fn go_back(&mut self, roots: usize, notes: usize) {
        self.roots.truncate(roots);
        self.notes.truncate(notes);
        self.reached = 0;
    }

    /// A part of the text is hidden from the parser from now on.
    pub(super) fn hide(&mut self, span: Span) {
        if !span.is_empty() {
            let at = self.masks.partition_point(|mask| mask.start <= span.start);
            self.masks.insert(at, span);
        }
    }

    /// Closes what is open, because the text cannot be read on.
    pub(super) fn break_off(&mut self) {
        if let Some(node) = self.pending.take() {
            self.add(node);
        }
        self.skipped = 0;
        while !self.frames.is_empty() {
            self.close(0);
        }
    }

    /// Where the outermost open bracket begins.
    pub(super) fn bracket(&self) -> Option<usize> {
        self.frames.iter().find(|frame| frame.flow).map(|frame| frame.start)
    }

    /// Where the outermost open collection begins, and whether it is a list.
    pub(super) fn outermost(&self) -> Option<(usize, bool)> {
        self.frames.first().map(|frame| (frame.start, matches!(frame.kind, Kind::List(_))))
    }

    pub(super) fn note(&mut self, span: Span, id: NotificationId, message: &'static str) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push((span, id, message));
        }
    }

    fn open(&mut self, span: Span, style: StructureStyle, tag: Option<(Meaning, Span)>, kind: Kind) {
        let wraps = usize::from(matches!(tag, Some((Meaning::Wrap(_), _))));
        let depth = self.frames.last().map_or(1, |frame| frame.depth + 1) + wraps;
        if self.skipped > 0 || depth >= MAX_DEPTH {
            if self.skipped == 0 {
                self.skipped_from = span.from();
            }
            self.skipped += 1;
            return;
        }
        self.nodes += 1;
        let flow = style == StructureStyle::Flow;
        let mut start = span.from();
        if flow && self.text.get(start..).is_some_and(|rest| rest.starts_with("{{")) {
            self.template_as_map = true;
        }
        if !flow && matches!(kind, Kind::List(_)) {
            start = self.dash(start);
        }
        self.frames.push(Frame { start, end: span.to().max(start), flow, depth, tag, anchor: None, kind });
    }

    /// The first `-` of a block list: the parser points at it or at the first element.
    fn dash(&self, start: usize) -> usize {
        let before = self.text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']);
        let here = self.text.as_bytes().get(start) == Some(&b'-');
        if !here && before.ends_with('-') { before.len() - 1 } else { start }
    }

    fn close(&mut self, end: usize) {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0 {
                let span = Span::new(self.skipped_from, end.max(self.skipped_from));
                self.note(span, NotificationId::TooDeep, "is nested too deep to be read");
                self.add(Node::new(span, Value::Unknown(String::new())));
            }
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        // The end of a block collection is only noticed where the next thing begins.
        let end = if frame.flow { end.max(frame.end) } else { frame.end };
        let span = Span::new(frame.start, end);
        let value = match frame.kind {
            Kind::List(items) => Value::List(items),
            Kind::Map { mut entries, key, merged, .. } => {
                if let Some(key) = key {
                    let place = Span::new(key.span.to(), key.span.to());
                    entries.push((key, Node::new(place, Value::Null)));
                }
                self.merge(&mut entries, merged);
                Value::Map(entries)
            }
        };
        let mut node = Node::new(span, value);
        if let Some((meaning, tag)) = frame.tag {
            node = self.tagged(meaning, tag, node);
        }
        if let Some(name) = frame.anchor {
            self.remember(name, &node);
        }
        self.add(node);
    }

    /// Adds the entries of merged maps. The map's own keys win, then earlier maps.
    fn merge(&mut self, entries: &mut Vec<(Node, Node)>, merged: Vec<Node>) {
        if merged.is_empty() {
            return;
        }
        let mut known: BTreeSet<String> =
            entries.iter().filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect();
        for map in merged {
            let through = map.span;
            let Value::Map(found) = map.value else {
                // Nothing tells which keys would come from here.
                let key = Node::new(Span::new(through.from(), through.from()), Value::Unknown("<<".to_owned()));
                entries.push((key, Node { value: Value::Unknown(String::new()), ..map }));
                continue;
            };
            for (key, mut value) in found {
                if key.as_str().is_some_and(|key| !known.insert(key.to_owned())) {
                    continue;
                }
                if value.origin == Origin::Explicit {
                    value.origin = Origin::Resolved(vec![(self.source, through)]);
                }
                entries.push((key, value));
            }
        }
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, node: Node) {
        if self.skipped > 0 {
            return;
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root(node);
            return;
        };
        frame.end = frame.end.max(node.span.to());
        match &mut frame.kind {
            Kind::List(items) => items.push(node),
            Kind::Map { entries, key, merges, merged } => match key.take() {
                None => *key = Some(node),
                Some(_) if std::mem::take(merges) => match node.value {
                    Value::List(items) => merged.extend(items),
                    _ => merged.push(node),
                },
                Some(name) if name.is_unknown() && matches!(node.value, Value::Null) => {
                    entries.push((name, Node { value: Value::Unknown(String::new()), ..node }));
                }
                Some(name) => entries.push((name, node)),
            },
        }
    }

    fn root(&mut self, node: Node) {
        let resumes = std::mem::take(&mut self.resumes);
        let broken = resumes && self.roots.len() > self.earlier;
        if let Some(last) = self.roots.last_mut().filter(|_| broken) {
            let span = last.span.cover(node.span);
            match (&mut last.value, node.value) {
                (Value::Map(entries), Value::Map(more)) => entries.extend(more),
                (Value::List(items), Value::List(more)) => items.extend(more),
                (_, value) => {
                    self.roots.push(Node { value, ..node });
                    return;
                }
            }
            last.span = span;
            return;
        }
        // A document of nothing is not worth a root: templates and separators leave many.
        if !(matches!(node.value, Value::Null) && node.span.is_empty()) {
            self.roots.push(node);
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span, tag: Option<(Meaning, Span)>) {
        self.nodes += 1;
        if self.skipped > 0 {
            return;
        }
        let is_key = matches!(self.frames.last(), Some(Frame { kind: Kind::Map { key: None, .. }, .. }));
        let empty = span.is_empty() && style == ScalarStyle::Plain;
        let value = if let Some(written) = self.masked(span, style) {
            Value::Unknown(written)
        } else if template::may_hold(text) {
            Value::Unknown(text.to_owned())
        } else if empty {
            Value::Null
        } else if is_key || style != ScalarStyle::Plain || matches!(tag, Some((Meaning::Text, _))) {
            Value::String(text.to_owned())
        } else {
            scalar::plain(text)
        };
        if is_key && style == ScalarStyle::Plain && text == "<<" {
            self.expect_merge();
        }
        let mut node = Node::new(span, value);
        if let Some((meaning, tag)) = tag.filter(|_| !is_key) {
            node = self.tagged(meaning, tag, node);
        }
        self.pending = Some(node);
    }

    fn expect_merge(&mut self) {
        if let Some(Frame { kind: Kind::Map { merges, .. }, .. }) = self.frames.last_mut() {
            *merges = true;
        }
    }

    /// The place of a scalar: block scalars without the line ends behind them, missing values behind the colon.
    fn place(&self, span: Span, style: ScalarStyle, given: &str) -> Span {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                Span::new(span.from(), span.from() + span.text(given).trim_end().len())
            }
            ScalarStyle::Plain if span.is_empty() && self.text.as_bytes().get(span.from()) == Some(&b':') => {
                Span::new(span.from() + 1, span.from() + 1)
            }
            _ => span,
        }
    }

    /// The text of the source for a scalar that was hidden in part.
    fn masked(&self, span: Span, style: ScalarStyle) -> Option<String> {
        let first = self.masks.partition_point(|mask| mask.end <= span.start);
        let hidden: Vec<_> = self.masks.get(first..)?.iter().take_while(|mask| mask.overlaps(span)).copied().collect();
        let whole = hidden.iter().fold(span, |whole, mask| whole.cover(*mask));
        if hidden.is_empty() {
            return None;
        }
        let written = whole.text(self.text);
        Some(match style {
            ScalarStyle::Plain => written.trim().to_owned(),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                written.trim().trim_matches(['"', '\'']).to_owned()
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let line = self.text.get(..span.from()).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
                outdented(written, line.len())
            }
        })
    }

    fn tagged(&mut self, meaning: Meaning, tag: Span, node: Node) -> Node {
        match meaning {
            Meaning::Keep | Meaning::Text => node,
            Meaning::Typed => match &node.value {
                Value::String(text) => Node { value: scalar::plain(text), ..node },
                _ => node,
            },
            Meaning::Wrap(name) => {
                self.nodes += 1;
                scalar::wrap(name, tag, node, self.text)
            }
            Meaning::Elsewhere => {
                let span = tag.cover(node.span);
                Node::new(span, Value::Unknown(span.text(self.text).to_owned()))
            }
        }
    }

    /// The node that was opened or finished last gets a name.
    fn anchor(&mut self, name: &str) {
        if self.skipped > 0 {
            return;
        }
        match self.pending.take() {
            Some(node) => {
                self.remember(name.to_owned(), &node);
                self.pending = Some(node);
            }
            None => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.anchor = Some(name.to_owned());
                }
            }
        }
    }

    /// Keeps a copy for aliases, as long as copies stay few.
    fn remember(&mut self, name: String, node: &Node) {
        let (size, height) = measure(node);
        self.anchors.remove(&name);
        if self.spend(size) {
            self.anchors.insert(name, Anchor { node: node.clone(), size, height });
        }
    }

    fn spend(&mut self, size: usize) -> bool {
        let fits = self.expanded + size <= MAX_EXPANDED;
        if fits {
            self.expanded += size;
        }
        fits
    }

    fn alias(&mut self, span: Span) {
        self.nodes += 1;
        let written = span.text(self.text);
        let depth = self.frames.last().map_or(0, |frame| frame.depth);
        let found = self.anchors.get(written.trim_start_matches('*')).map(|anchor| (anchor.size, anchor.height));
        let unknown = Node::new(span, Value::Unknown(written.to_owned()));
        let node = match found {
            None if self.expanded < MAX_EXPANDED / 2 => {
                self.note(span, NotificationId::Syntax, "an alias of nothing that was named before");
                unknown
            }
            Some((_, height)) if depth + height >= MAX_DEPTH => {
                self.note(span, NotificationId::TooDeep, "is nested too deep to be read");
                unknown
            }
            Some((size, _)) if self.spend(size) => {
                let copy = self.anchors.get(written.trim_start_matches('*')).map(|anchor| anchor.node.clone());
                let Some(copy) = copy else { return };
                let mut through = vec![(self.source, copy.span)];
                if let Origin::Resolved(earlier) = copy.origin {
                    through.extend(earlier);
                }
                Node { span, value: copy.value, origin: Origin::Resolved(through) }
            }
            _ => {
                self.note(span, NotificationId::Limit, "has aliases that stand for too many values");
                unknown
            }
        };
        self.pending = Some(node);
    }
}

/// Number of nodes, long texts counted as several, and how deep they go.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match &node.value {
        Value::List(items) => items.iter().map(measure).collect(),
        Value::Map(entries) => entries.iter().flat_map(|(key, value)| [measure(key), measure(value)]).collect(),
        Value::String(text) | Value::Unknown(text) => return (1 + text.len() / BYTES_PER_NODE, 1),
        _ => return (1, 1),
    };
    children.iter().fold((1, 1), |(size, height), child| (size + child.0, height.max(child.1 + 1)))
}

/// The lines of a block scalar without their common indentation.
fn outdented(written: &str, indent: usize) -> String {
    let mut out = String::with_capacity(written.len());
    for (at, line) in written.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let blank = line.bytes().take(indent).take_while(|&byte| byte == b' ').count();
        out.push_str(line.get(if at > 0 { blank } else { 0 }..).unwrap_or_default().trim_end_matches('\r'));
    }
    out
}
