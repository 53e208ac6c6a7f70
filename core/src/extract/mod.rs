//! Trees to facts: what each format says in the words that rules match on.

mod cloudformation;
mod compose;
mod connection;
mod cron;
pub mod declaration;
mod hosting;
mod image;
mod kubernetes;
pub mod lockfile;
mod manifest;
mod pipeline;
mod program;
mod resource;
mod schema;
mod terraform;
#[cfg(test)]
mod testing;
mod webserver;

pub use self::terraform::TerraformFile;
use crate::{
    classify::{FileKind, Format},
    error::{Notification, NotificationId},
    fact::{Fact, FactKind},
    source::Source,
    span::Span,
    syntax::{self, Document},
    vocabulary::Vocabulary,
};

/// Which kinds of facts some active rule asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted(u16);

impl Wanted {
    /// Every kind.
    pub fn all() -> Self {
        FactKind::ALL.into_iter().fold(Self::default(), |wanted, kind| wanted.and(kind))
    }

    /// The same set with one more kind.
    #[must_use]
    pub fn and(self, kind: FactKind) -> Self {
        Self(self.0 | 1 << kind as u16)
    }

    /// What either set asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when the kind is asked for.
    pub fn has(self, kind: FactKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    /// True when any of the kinds is asked for.
    pub fn any(self, kinds: &[FactKind]) -> bool {
        kinds.iter().any(|&kind| self.has(kind))
    }
}

/// What an extractor reads.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The source.
    pub source: &'a Source,
    /// Its grammar and purpose.
    pub kind: FileKind,
    /// Its tree; empty for program code, which the program extractor parses itself.
    pub document: &'a Document,
    /// Maps from formats to facts.
    pub vocabulary: &'a Vocabulary,
    /// Which kinds of facts to build; others may be left out.
    pub wanted: Wanted,
}

/// What an extractor found in one source.
#[derive(Clone, Debug, Default)]
pub struct Extraction {
    /// Facts that are complete.
    pub facts: Vec<Fact>,
    /// Personal data and where it goes, within this source.
    pub flows: Vec<Flow>,
    /// Parts that mean something only together with other sources (Terraform modules, values files).
    pub fragments: Vec<Fragment>,
    /// What was not understood.
    pub notifications: Vec<Notification>,
}

impl Extraction {
    /// Says that a limit on numbers left something of the source unseen: what is hidden behind many must not look clean.
    fn cut(&mut self, cx: &Context<'_>, message: &str) {
        self.notifications.push(Notification::new(&*cx.source.path, NotificationId::Limit, message));
    }
}

/// A value that goes from one fact to another in the same source.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Index of the datum in `Extraction::facts`.
    pub from: usize,
    /// Index of the call in `Extraction::facts`.
    pub to: usize,
    /// Where the datum stands in the call: the region a finding points at.
    pub span: Span,
    /// Places on the way (assignments), in order.
    pub steps: Vec<Span>,
    /// Roles of the functions passed on the way (`mask`, `hash`, `encrypt`).
    pub through: Vec<String>,
}

/// A part of something larger than one source. Fragments of all sources are linked after the last one was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fragment {
    /// A Terraform source: its module is evaluated as a whole.
    Terraform(TerraformFile),
}

/// True for a source without a data tree that is read for its name alone: a `Procfile`, a `Gemfile`, a coverage
/// setting written as a program.
pub fn is_read_by_name(path: &str, vocabulary: &Vocabulary) -> bool {
    pipeline::is_read_by_name(path) || manifest::is_read_by_name(path) || vocabulary.services.knows_path(path)
}

/// Shorter YAML is parsed whatever it says: that costs little, and its defects are named.
const SHORT_YAML: usize = 1024;

/// False for a YAML file that none of the extractors below reads anything in, told without a parse: most YAML of a
/// repository is somebody's data, and no format takes longer to parse. Files with anchors, deep nesting or rows of brackets are
/// parsed nonetheless, since what is made to harm its readers is worth a word.
pub fn may_be_read(path: &str, kind: FileKind, text: &str, vocabulary: &Vocabulary) -> bool {
    if kind.format != Format::Yaml || text.len() < SHORT_YAML {
        return true;
    }
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let says = |marks: &[&str]| marks.iter().all(|mark| has(mark));
    let is_odd = ["[[[[", "{{{{", "[{[{", "- - - -"].into_iter().any(has)
        || has(&" ".repeat(syntax::MAX_DEPTH))
        || says(&[" &", " *"])
        || says(&[" &", "[*"]);
    is_odd
        || [kubernetes::MARKS, compose::MARKS, cloudformation::MARKS].into_iter().any(says)
        || pipeline::is_pipeline(path)
        || lockfile::is_lock(path)
        || manifest::is_yaml(path)
        || vocabulary.services.knows_path(path)
}

/// Facts of one source.
pub fn extract(cx: &Context<'_>) -> Extraction {
    let mut out = Extraction::default();
    for part in [
        terraform::extract,
        cloudformation::extract,
        kubernetes::extract,
        compose::extract,
        pipeline::extract,
        webserver::extract,
        hosting::extract,
        lockfile::extract,
        manifest::extract,
        schema::extract,
        declaration::extract,
        program::extract,
    ] {
        part(cx, &mut out);
    }
    out
}

/// Facts that need several sources, from the fragments of all of them (in order of path).
pub fn link(fragments: Vec<Fragment>, vocabulary: &Vocabulary) -> (Vec<Fact>, Vec<Notification>) {
    let mut terraform = Vec::new();
    for fragment in fragments {
        match fragment {
            Fragment::Terraform(file) => terraform.push(file),
        }
    }
    terraform::link(&terraform, vocabulary)
}
