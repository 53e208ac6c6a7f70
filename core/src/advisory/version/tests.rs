use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

/// Rising chains; versions in one inner list are equal. From the specifications of the ecosystems.
const CHAINS: &[(&str, &[&[&str]])] = &[
    (
        "crates.io",
        &[
            &["0", "0.0.0"],
            &["1.0.0-alpha"],
            &["1.0.0-alpha.1"],
            &["1.0.0-alpha.beta"],
            &["1.0.0-beta"],
            &["1.0.0-beta.2"],
            &["1.0.0-beta.11"],
            &["1.0.0-rc.1"],
            &["1.0.0", "v1.0", "1", "1.0.0+build.7"],
            &["1.0.1-0"],
            &["1.0.1"],
            &["1.0.1.1"],
            &["1.2.9"],
            &["1.2.10"],
            &["99999999999999999999999.0.0"],
            &["100000000000000000000000.0.0"],
        ],
    ),
    (
        "Go",
        &[
            &["v0.0.0-20190101000000-abcdefabcdef"],
            &["v0.0.0-20200101000000-aaaaaaaaaaaa"],
            &["0.3.7"],
            &["v2.0.0+incompatible", "2.0.0"],
        ],
    ),
    (
        "PyPI",
        &[
            &["2004d"],
            &["1.0.dev456"],
            &["1.0a1"],
            &["1.0a2.dev456"],
            &["1.0a12.dev456"],
            &["1.0a12"],
            &["1.0b1.dev456"],
            &["1.0b2"],
            &["1.0b2.post345.dev456"],
            &["1.0b2.post345"],
            &["1.0rc1.dev456"],
            &["1.0rc1", "1.0c1", "1.0-rc-1"],
            &["1.0", "v1", "1.0.0"],
            &["1.0+abc.5"],
            &["1.0+abc.7"],
            &["1.0+5"],
            &["1.0.post456.dev34"],
            &["1.0.post456", "1.0-456"],
            &["1.1.dev1"],
            &["1!0.1"],
        ],
    ),
    (
        "RubyGems",
        &[
            &["1.0.a"],
            &["1.0.a.2"],
            &["1.0.b1"],
            &["1.0-1", "1.0.pre.1"],
            &["1.0", "1", "1.0.0"],
            &["1.0.1"],
            &["1.9.3"],
            &["1.10"],
        ],
    ),
    (
        "Packagist",
        &[
            &["dev-main"],
            &["1.0.0-dev"],
            &["1.0.0-alpha1", "1.0.0a1"],
            &["1.0.0-alpha2"],
            &["1.0.0-beta1", "v1.0.0-beta.1"],
            &["1.0.0-RC1"],
            &["1.0.0-RC10"],
            &["1.0", "v1.0.0.0", "1.0.0-stable"],
            &["1.0.0-p1", "1.0.0-patch1"],
            &["1.0.1-dev"],
            &["1.0.1"],
            &["1.12.0"],
            &["1.x-dev"],
            &["2.0"],
        ],
    ),
    (
        "NuGet",
        &[
            &["1.0.0-Alpha", "1.0.0-alpha"],
            &["1.0.0-alpha.2"],
            &["1.0.0-BETA"],
            &["1.0", "1.0.0.0", "1.0.0+meta"],
            &["1.0.0.1"],
            &["1.0.1"],
        ],
    ),
    (
        "Maven",
        &[
            &["1-alpha", "1.0.alpha"],
            &["1-alpha-1", "1a1", "1.0-a1"],
            &["1-beta"],
            &["1-milestone"],
            &["1-rc", "1-cr"],
            &["1-snapshot"],
            &["1", "1.0", "1-ga", "1.0.0.Final", "1-0", "1.release"],
            &["1-sp"],
            &["1-abc"],
            &["1-1", "1-ga-1", "1.0-1"],
            &["1.0.1"],
            &["1.1-SNAPSHOT"],
            &["1.1"],
            &["1.9"],
            &["1.10"],
        ],
    ),
    ("Maven", &[&["4.1.0.Beta1"], &["4.1.0.CR1"], &["4.1.0.Final", "4.1"], &["4.1.1.Beta1"], &["4.1.1.Final"]]),
    ("Hackage", &[&["1.0"], &["1.0.0"], &["1.0.1"], &["1.2"], &["1.10"]]),
    ("CRAN", &[&["0.9-1", "0.9.1"], &["0.9-10"], &["1.0"]]),
    (
        "Debian:12",
        &[
            &["1.0~~"],
            &["1.0~~a"],
            &["1.0~"],
            &["1.0~rc1-1"],
            &["1.0", "1.0-0", "0:1.0"],
            &["1.0-1"],
            &["1.0-1+deb12u1"],
            &["1.0a"],
            &["1.0+b"],
            &["1.0.1"],
            &["1.2"],
            &["1.10"],
            &["1:0.1"],
        ],
    ),
    (
        "Red Hat",
        &[&["1.0~rc1"], &["1.0"], &["1.0^git1"], &["1.0a"], &["1.0.1"], &["1.0.1-2"], &["1.0.1-10"], &["1:0.1"]],
    ),
    (
        "Alpine:v3.19",
        &[
            &["1.0_alpha1"],
            &["1.0_beta"],
            &["1.0_pre2"],
            &["1.0_rc1"],
            &["1.0"],
            &["1.0-r1"],
            &["1.0-r10"],
            &["1.0_p1"],
            &["1.0a"],
            &["1.0.1"],
            &["1.02"],
            &["1.1"],
            &["1.10"],
        ],
    ),
    ("Pub", &[&["1.0.0-a"], &["1.0.0"], &["1.0.0+1"], &["1.0.0+2"], &["1.0.1"]]),
    ("Julia", &[&["1.0.0-a"], &["1.0.0"], &["1.0.0+1"], &["1.0.1"]]),
    ("Hex", &[&["1.0.0-rc.0"], &["1.0.0"], &["1.4.10"]]),
];

#[test]
fn chains_rise_and_equals_are_equal() {
    for (ecosystem, chain) in CHAINS {
        let flat: Vec<(usize, &str)> = chain
            .iter()
            .enumerate()
            .flat_map(|(rank, versions)| versions.iter().map(move |version| (rank, *version)))
            .collect();
        for (left, a) in &flat {
            for (right, b) in &flat {
                assert_eq!(compare(ecosystem, a, b), left.cmp(right), "{ecosystem}: {a} against {b}");
            }
        }
    }
}

#[test]
fn local_parts_count_only_against_local_bounds() {
    assert_eq!(public("PyPI", "2.0.1+cu118", "2.0.1"), "2.0.1");
    assert_eq!(public("PyPI", "2.0.1+cu118", "2.0.1+cu117"), "2.0.1+cu118");
    assert_eq!(public("npm", "2.0.1+x", "2.0.1"), "2.0.1+x");
}

#[test]
fn exclusive_bounds_become_installable_versions() {
    assert_eq!(installable("crates.io", "1.2.4-0"), "1.2.4");
    assert_eq!(installable("crates.io", "1.2.4-rc-0"), "1.2.4-rc-0");
    assert_eq!(installable("Debian:12", "1.2.4-0"), "1.2.4-0");
}

const ECOSYSTEMS: &[&str] =
    &["crates.io", "PyPI", "RubyGems", "Packagist", "NuGet", "Maven", "Pub", "Hackage", "Debian", "Alpine", "Red Hat"];

/// Texts near versions, and any text.
fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        "v?[0-9]{1,2}([.+~_^-]?(0|1|01|10|a|b1|rc|alpha|beta|dev|post1|final|ga|sp|snapshot|p|r2|pre|x|git)){0,5}",
        "[0-9a-c.~_^:+-]{0,8}",
        ".{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn orders_are_total(a in version(), b in version(), c in version(), at in 0..ECOSYSTEMS.len()) {
        let order = |left: &str, right: &str| compare(ECOSYSTEMS[at], left, right);
        prop_assert_eq!(order(&a, &a), Ordering::Equal);
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        let mut sorted = [&a, &b, &c];
        sorted.sort_by(|left, right| order(left, right));
        prop_assert!(order(sorted[0], sorted[1]) != Ordering::Greater);
        prop_assert!(order(sorted[1], sorted[2]) != Ordering::Greater);
        prop_assert!(order(sorted[0], sorted[2]) != Ordering::Greater);
        // Equals are interchangeable.
        if order(&a, &b) == Ordering::Equal {
            prop_assert_eq!(order(&a, &c), order(&b, &c));
        }
    }
}
