//! Events of OSV ranges to intervals, and whether a version lies in one.

use std::cmp::Ordering;

use super::version;

/// One event of a range, as OSV writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// First affected version; `0` is before every version.
    Introduced(String),
    /// First version after the affected ones.
    Fixed(String),
    /// Last affected version.
    LastAffected(String),
    /// Where the range is cut without a fix.
    Limit(String),
}

impl Event {
    fn version(&self) -> &str {
        match self {
            Self::Introduced(version) | Self::Fixed(version) | Self::LastAffected(version) | Self::Limit(version) => {
                version
            }
        }
    }
}

/// Where an interval ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nowhere.
    Open,
    /// Before a version that is a fix.
    Fixed(String),
    /// Before a version that is no fix.
    Before(String),
    /// After a version.
    Through(String),
}

/// A stretch of affected versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// First affected version; `None` is before every version.
    pub(super) from: Option<String>,
    /// Where it ends.
    pub(super) to: End,
}

impl Interval {
    /// True when a version lies inside, by the order of its ecosystem.
    pub(super) fn contains(&self, ecosystem: &str, installed: &str) -> bool {
        let against = |bound: &str| {
            let installed = version::public(ecosystem, installed, bound);
            version::compare(ecosystem, installed, bound)
        };
        self.from.as_deref().is_none_or(|from| against(from) != Ordering::Less)
            && match &self.to {
                End::Open => true,
                End::Fixed(end) | End::Before(end) => against(end) == Ordering::Less,
                End::Through(end) => against(end) != Ordering::Greater,
            }
    }
}

/// Turns the events of one range into intervals. The order in which events are written means nothing; at one and the
/// same version, an interval that is open ends before the next begins, and one that begins and ends there is empty.
pub(super) fn intervals(ecosystem: &str, mut events: Vec<Event>) -> Vec<Interval> {
    let order = |a: &Event, b: &Event| match (a.version() == "0", b.version() == "0") {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => version::compare(ecosystem, a.version(), b.version()),
    };
    events.sort_by(order);
    let (mut found, mut open) = (Vec::new(), None::<Option<String>>);
    for group in events.chunk_by(|a, b| order(a, b) == Ordering::Equal) {
        let start = group.iter().find_map(|event| match event {
            Event::Introduced(version) => Some((version != "0").then(|| version.clone())),
            _ => None,
        });
        let (before, through) = ends(group);
        let was_open = open.is_some();
        if let Some(end) = &before
            && let Some(from) = open.take()
        {
            found.push(Interval { from, to: end.clone() });
        }
        if start.is_some() && open.is_none() && (before.is_none() || was_open) {
            open.clone_from(&start);
        }
        if let Some(to) = through
            && let Some(from) = open.take()
        {
            found.push(Interval { from, to });
            // One interval ends with this version and the next begins with it.
            open = start.filter(|_| was_open && before.is_none());
        }
    }
    if let Some(from) = open {
        found.push(Interval { from, to: End::Open });
    }
    found
}

/// The ends among events of one version: before it (a fix wins over a limit) and after it.
fn ends(group: &[Event]) -> (Option<End>, Option<End>) {
    let (mut fixed, mut limit, mut through) = (None, None, None);
    for event in group {
        match event {
            Event::Introduced(_) => {}
            Event::Fixed(version) => fixed = Some(End::Fixed(version.clone())),
            Event::Limit(version) => limit = Some(End::Before(version.clone())),
            Event::LastAffected(version) => through = Some(End::Through(version.clone())),
        }
    }
    (fixed.or(limit), through)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<Event> {
        text.split_whitespace()
            .map(|word| {
                let version = word[1..].to_owned();
                match &word[..1] {
                    "+" => Event::Introduced(version),
                    "-" => Event::Fixed(version),
                    "=" => Event::LastAffected(version),
                    _ => Event::Limit(version),
                }
            })
            .collect()
    }

    #[test]
    fn versions_lie_inside_as_the_schema_says() {
        let cases: &[(&str, &str, &[&str], &[&str])] = &[
            ("crates.io", "+0", &["0.0.0", "99.0.0"], &[]),
            ("crates.io", "+0 -1.0.1", &["0.1.0", "1.0.1-rc.1"], &["1.0.1", "2.0.0"]),
            ("crates.io", "-1.0.1 +0", &["0.1.0"], &["1.0.1"]),
            ("npm", "+1.0.0 -1.2.0 +2.0.0 -2.1.0", &["1.0.0", "2.0.5"], &["0.9.0", "1.5.0", "2.1.0"]),
            ("npm", "+1.0.0 =1.2.0", &["1.0.0", "1.2.0"], &["1.2.1", "0.9.0"]),
            ("npm", "=1.0.0 +1.0.0", &["1.0.0"], &["0.9.9", "1.0.1"]),
            ("npm", "+1.0.0 -1.0.0", &[], &["1.0.0", "1.0.1", "0.1.0"]),
            ("npm", "+0 -1.0.0 +1.0.0 -1.1.0", &["0.1.0", "1.0.0"], &["1.1.0"]),
            ("npm", "+0 =1.0.0 +1.0.0 =2.0.0", &["0.1.0", "1.0.0", "1.5.0", "2.0.0"], &["2.0.1"]),
            ("npm", "+0 !2.0.0", &["1.0.0"], &["2.0.0"]),
            ("npm", "-1.0.0", &[], &["0.9.0", "1.0.0"]),
            ("PyPI", "+0 =2.0.1", &["2.0.1+cu118"], &["2.0.2"]),
            ("Go", "+0 -0.3.7", &["v0.3.6", "v0.0.0-20200101000000-aaaaaaaaaaaa"], &["v0.3.7"]),
        ];
        for (ecosystem, range, inside, outside) in cases {
            let found = intervals(ecosystem, events(range));
            let affected = |version: &&&str| found.iter().any(|interval| interval.contains(ecosystem, version));
            assert_eq!(inside.iter().filter(affected).count(), inside.len(), "{ecosystem} {range}: {found:?}");
            assert_eq!(outside.iter().filter(affected).count(), 0, "{ecosystem} {range}: {found:?}");
        }
    }
}
