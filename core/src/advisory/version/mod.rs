//! Order of versions, one small file per way of ordering. Every order is a comparison of keys, so it is total,
//! antisymmetric and transitive whatever the texts are; nothing fails.

mod alpine;
mod debian;
mod dotted;
mod maven;
mod packagist;
mod pypi;
mod rpm;
mod rubygems;
mod semver;
mod token;

use std::cmp::Ordering;

/// How an ecosystem orders its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    SemVer,
    SemVerWithBuild,
    SemVerFolded,
    PyPi,
    RubyGems,
    Packagist,
    Maven,
    Dotted,
    Debian,
    Alpine,
    Rpm,
}

/// Ecosystems of the OSV schema by the part before the colon, lower case. Those not listed order as semantic versions.
const SCHEMES: &[(&str, Scheme)] = &[
    ("almalinux", Scheme::Rpm),
    ("alpaquita", Scheme::Alpine),
    ("alpine", Scheme::Alpine),
    ("azure linux", Scheme::Rpm),
    ("bellsoft hardened containers", Scheme::Alpine),
    ("chainguard", Scheme::Alpine),
    ("cran", Scheme::Dotted),
    ("debian", Scheme::Debian),
    ("echo", Scheme::Debian),
    ("ghc", Scheme::Dotted),
    ("hackage", Scheme::Dotted),
    ("julia", Scheme::SemVerWithBuild),
    ("mageia", Scheme::Rpm),
    ("maven", Scheme::Maven),
    ("minimos", Scheme::Alpine),
    ("nuget", Scheme::SemVerFolded),
    ("openeuler", Scheme::Rpm),
    ("opensuse", Scheme::Rpm),
    ("packagist", Scheme::Packagist),
    ("photon os", Scheme::Rpm),
    ("pub", Scheme::SemVerWithBuild),
    ("pypi", Scheme::PyPi),
    ("red hat", Scheme::Rpm),
    ("rocky linux", Scheme::Rpm),
    ("rubygems", Scheme::RubyGems),
    ("suse", Scheme::Rpm),
    ("ubuntu", Scheme::Debian),
    ("wolfi", Scheme::Alpine),
];

fn scheme(ecosystem: &str) -> Scheme {
    let base = ecosystem.split(':').next().unwrap_or_default();
    let known = SCHEMES.iter().find(|(name, _)| base.eq_ignore_ascii_case(name));
    known.map_or(Scheme::SemVer, |&(_, scheme)| scheme)
}

/// Compares two versions as their ecosystem (an OSV name, suffix allowed) does. Total: texts that are no version of
/// the ecosystem have a place of their own, so sorting and searching always work.
pub fn compare(ecosystem: &str, a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim(), b.trim());
    match scheme(ecosystem) {
        Scheme::SemVer => semver::compare(a, b),
        Scheme::SemVerWithBuild => semver::compare_with_build(a, b),
        Scheme::SemVerFolded => semver::compare(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()),
        Scheme::PyPi => pypi::compare(a, b),
        Scheme::RubyGems => rubygems::compare(a, b),
        Scheme::Packagist => packagist::compare(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()),
        Scheme::Maven => maven::compare(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()),
        Scheme::Dotted => dotted::compare(a, b),
        Scheme::Debian => debian::compare(a, b),
        Scheme::Alpine => alpine::compare(a, b),
        Scheme::Rpm => rpm::compare(a, b),
    }
}

/// The part of an installed version that a bound is compared with. PEP 440: a local part (`2.0.1+cu118`) does not
/// count against a bound without one.
pub(super) fn public<'a>(ecosystem: &str, installed: &'a str, bound: &str) -> &'a str {
    match installed.split_once('+') {
        Some((public, _)) if scheme(ecosystem) == Scheme::PyPi && !bound.contains('+') => public,
        _ => installed,
    }
}

/// Cuts what makes an exclusive lower bound of a semantic version: the first version after `1.2.3` is `1.2.4-0`, which
/// nobody publishes; `1.2.4` is what a reader can install.
pub(super) fn installable<'a>(ecosystem: &str, version: &'a str) -> &'a str {
    match version.strip_suffix("-0") {
        Some(release) if scheme(ecosystem) == Scheme::SemVer && !release.contains(['-', '+']) => release,
        _ => version,
    }
}

#[cfg(test)]
mod tests;
