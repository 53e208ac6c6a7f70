//! Names of packages: OSV ecosystems, one spelling per package, package URLs.

use std::borrow::Cow;

/// Package URL type of each ecosystem (OSV name, purl type), as the purl type registry lists them.
const PURL_TYPES: &[(&str, &str)] = &[
    ("Bitnami", "bitnami"),
    ("CRAN", "cran"),
    ("ConanCenter", "conan"),
    ("GitHub Actions", "githubactions"),
    ("Go", "golang"),
    ("Hackage", "hackage"),
    ("Hex", "hex"),
    ("Julia", "julia"),
    ("Maven", "maven"),
    ("NuGet", "nuget"),
    ("Packagist", "composer"),
    ("Pub", "pub"),
    ("PyPI", "pypi"),
    ("RubyGems", "gem"),
    ("SwiftURL", "swift"),
    ("crates.io", "cargo"),
    ("npm", "npm"),
];

/// Where a package comes from. Only what a public registry serves is the package that an advisory speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The ecosystem's own registry, or a mirror of it.
    #[default]
    Registry,
    /// Another registry whose packages are not those of the public one.
    Private,
    /// A version control system.
    Git,
    /// An address.
    Url,
    /// A folder or file.
    Path,
}

impl Origin {
    /// The word in facts and after the ecosystem.
    pub fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Private => "private",
            Self::Git => "git",
            Self::Url => "url",
            Self::Path => "path",
        }
    }

    /// Reads the origin off an address as lock files write it; `None` for a plain version or range.
    pub fn of_address(address: &str) -> Option<Self> {
        let lower = address.trim().to_ascii_lowercase();
        let starts = |heads: &[&str]| heads.iter().any(|head| lower.starts_with(head));
        if starts(&[
            "git+",
            "git:",
            "git@",
            "git://",
            "github:",
            "gitlab:",
            "bitbucket:",
            "gist:",
            "hg+",
            "svn+",
            "bzr+",
        ]) || (starts(&["http://", "https://", "ssh://"])
            && lower.split(['#', '?']).next().is_some_and(|address| address.ends_with(".git")))
        {
            return Some(Self::Git);
        }
        if starts(&["file:", "link:", "portal:", "workspace:", "./", "../", "/", "~"]) {
            return Some(Self::Path);
        }
        starts(&["http:", "https:", "ssh:"]).then_some(Self::Url)
    }
}

/// The ecosystem of a fact: the OSV name for packages of the registry, and a name that no advisory has
/// (`npm:git`) for others: a fork with the name of a package is not that package.
pub fn ecosystem(base: &str, origin: Origin) -> Cow<'_, str> {
    match origin {
        Origin::Registry => Cow::Borrowed(base),
        other => Cow::Owned(format!("{base}:{}", other.word())),
    }
}

/// An ecosystem without the address of a further registry of the same ecosystem
/// (`Packagist:https://packages.drupal.org/8`): its packages are named apart from those of the first registry. The
/// release of a distribution (`Debian:12`) stays.
pub fn canonical_ecosystem(ecosystem: &str) -> &str {
    match ecosystem.split_once(':') {
        Some((base, suffix)) if suffix.contains("://") => base,
        _ => ecosystem,
    }
}

/// The one spelling of a package's name in its ecosystem.
pub fn canonical_name<'a>(ecosystem: &str, name: &'a str) -> Cow<'a, str> {
    let base = ecosystem.split(':').next().unwrap_or_default();
    let folded = || match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    match base {
        "PyPI" => pep503(name),
        "NuGet" | "Packagist" | "Pub" | "Hex" | "GitHub Actions" => folded(),
        "SwiftURL" => {
            let bare = name.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
            Cow::Owned(bare.trim_end_matches(".git").to_ascii_lowercase())
        }
        _ => Cow::Borrowed(name),
    }
}

/// PEP 503: lower case, and every run of `-`, `_` and `.` is one hyphen.
fn pep503(name: &str) -> Cow<'_, str> {
    let is_normal = |pair: &[u8]| !matches!(pair, [b'-', b'-']);
    let plain = name.bytes().all(|byte| !matches!(byte, b'_' | b'.' | b'A'..=b'Z'));
    if plain && name.as_bytes().windows(2).all(is_normal) {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    Cow::Owned(normal)
}

/// The package URL of a package; `None` for an ecosystem without a purl type.
pub fn purl(ecosystem: &str, name: &str, version: &str) -> Option<String> {
    let base = ecosystem.split(':').next().unwrap_or_default();
    let kind = PURL_TYPES.iter().find(|(known, _)| *known == base).map(|&(_, kind)| kind)?;
    let name = canonical_name(base, name);
    let mut purl = format!("pkg:{kind}/");
    let separator = if base == "Maven" { ':' } else { '/' };
    for (index, part) in name.split(separator).enumerate() {
        if index > 0 {
            purl.push('/');
        }
        encode(part, &mut purl);
    }
    if !version.is_empty() {
        purl.push('@');
        encode(version, &mut purl);
    }
    Some(purl)
}

/// Percent-encodes everything but what a package URL leaves as it is.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        let cases = [
            ("PyPI", "Zope.Interface", "zope-interface"),
            ("PyPI", "a__b.-c", "a-b-c"),
            ("PyPI", "plain-name", "plain-name"),
            ("Packagist", "Symfony/HTTP-Kernel", "symfony/http-kernel"),
            ("Packagist:https://packages.drupal.org/8", "drupal/Core", "drupal/core"),
            ("npm", "JSONStream", "JSONStream"),
            ("crates.io", "Inflector", "Inflector"),
            ("SwiftURL", "https://github.com/Apple/swift-nio.git", "github.com/apple/swift-nio"),
        ];
        for (ecosystem, name, wanted) in cases {
            assert_eq!(canonical_name(ecosystem, name), wanted, "{ecosystem} {name}");
        }
        assert_eq!(canonical_ecosystem("Packagist:https://packages.drupal.org/8"), "Packagist");
        assert_eq!(canonical_ecosystem("Debian:12"), "Debian:12");
    }

    #[test]
    fn package_urls_are_encoded() {
        let cases = [
            ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            ("PyPI", "Torch", "2.0.1+cu118", "pkg:pypi/torch@2.0.1%2Bcu118"),
            ("Go", "github.com/a/b", "v1.2.3", "pkg:golang/github.com/a/b@v1.2.3"),
            ("Maven", "org.a:b", "1.0", "pkg:maven/org.a/b@1.0"),
            ("crates.io:git", "time", "", "pkg:cargo/time"),
        ];
        for (ecosystem, name, version, wanted) in cases {
            assert_eq!(purl(ecosystem, name, version).as_deref(), Some(wanted));
        }
        assert_eq!(purl("Debian:12", "openssl", "1"), None);
    }

    #[test]
    fn addresses_tell_origins() {
        let cases = [
            ("git+ssh://git@github.com/a/b.git#0a1b", Some(Origin::Git)),
            ("https://github.com/a/b.git#main", Some(Origin::Git)),
            ("https://codeload.github.com/a/b/tar.gz/0a1b", Some(Origin::Url)),
            ("file:../shared", Some(Origin::Path)),
            ("^1.2.3", None),
            ("npm:other@1.2.3", None),
        ];
        for (address, wanted) in cases {
            assert_eq!(Origin::of_address(address), wanted, "{address}");
        }
    }
}
