use super::*;
use crate::{
    classify::{Format, classify},
    extract::Wanted,
    source::Source,
    syntax,
    vocabulary::Vocabulary,
};

/// Each package on one line: `ecosystem name version scope direct via "place of the version"`.
fn packages(path: &str, text: &str) -> (Vec<String>, Vec<Notification>) {
    let kind = classify(path, text);
    packages_as(path, text, kind.format)
}

/// The same with a format of choice, for shapes that JSON can spell.
fn packages_as(path: &str, text: &str, format: Format) -> (Vec<String>, Vec<Notification>) {
    let source = Source::memory(path, text.as_bytes());
    let kind = classify(path, text);
    let (document, _) = syntax::parse(&source, format);
    let vocabulary = Vocabulary::default();
    let cx = Context { source: &source, kind, document: &document, vocabulary: &vocabulary, wanted: Wanted::all() };
    let mut out = Extraction::default();
    extract(&cx, &mut out);
    let line = |fact: &Fact| {
        let field = |key| fact.text(key).unwrap_or("-").to_owned();
        let direct = fact.get("direct").and_then(Node::as_bool);
        let via: Vec<&str> = fact.get("via").unwrap().elements().iter().filter_map(Node::as_str).collect();
        let place = fact.get("version").unwrap().span.text(text);
        let direct = direct.map_or("?", |direct| if direct { "direct" } else { "indirect" });
        assert!(fact.span.text(text).contains(place), "{fact:?}");
        let [ecosystem, version, scope] = ["ecosystem", "version", "scope"].map(field);
        format!("{ecosystem} {} {version} {scope} {direct} {} {place}", fact.name, via.join(">"))
    };
    (out.facts.iter().map(line).collect(), out.notifications)
}

fn check(path: &str, text: &str, wanted: &[&str]) {
    let (found, notifications) = packages(path, text);
    assert_eq!(found, wanted, "{path}");
    assert_eq!(notifications, [], "{path}");
}

#[test]
fn cargo_locks_of_every_version() {
    check(
        "Cargo.lock",
        r#"version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["a 1.0.0", "helper"]
[[package]]
name = "helper"
version = "0.1.0"
dependencies = ["c"]
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"
dependencies = ["b"]
[[package]]
name = "a"
version = "2.0.0"
source = "registry+https://example.org/index"
[[package]]
name = "b"
version = "1.1.0"
source = "sparse+https://index.crates.io/"
dependencies = ["a 2.0.0 (registry+https://example.org/index)"]
[[package]]
name = "c"
version = "3.0.0"
source = "git+https://example.org/c?branch=main#0a1b2c"
"#,
        &[
            r#"crates.io a 1.0.0 production direct  "1.0.0""#,
            r#"crates.io:private a 2.0.0 production indirect a>b "2.0.0""#,
            r#"crates.io b 1.1.0 production indirect a "1.1.0""#,
            r#"crates.io:git c 3.0.0 production direct  "3.0.0""#,
        ],
    );
    check(
        "old/Cargo.lock",
        r#"[root]
name = "app"
version = "0.1.0"
dependencies = ["a 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)"]
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
[metadata]
"checksum a 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)" = "00"
"#,
        &[r#"crates.io a 1.0.0 production direct  "1.0.0""#],
    );
}

#[test]
fn npm_locks_resolve_as_node_does() {
    check(
        "package-lock.json",
        r#"{"name": "app", "lockfileVersion": 3, "packages": {
  "": {"name": "app", "workspaces": ["tools"], "dependencies": {"a": "^1"}, "devDependencies": {"t": "*"}},
  "tools": {"version": "1.0.0", "optionalDependencies": {"b": "*"}},
  "node_modules/tools": {"resolved": "tools", "link": true},
  "node_modules/a": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz",
    "dependencies": {"b": "^2"}},
  "node_modules/a/node_modules/b": {"version": "2.0.0", "dependencies": {"@s/c": "*", "gone": "*"}},
  "node_modules/b": {"version": "1.0.0", "optional": true},
  "node_modules/@s/c": {"version": "3.0.0-rc.1"},
  "node_modules/alias": {"name": "real", "version": "4.0.0", "dev": true},
  "node_modules/t": {"version": "5.0.0", "dev": true, "dependencies": {"alias": "*"}},
  "node_modules/fork": {"version": "1.0.0", "resolved": "git+ssh://git@github.com/x/fork.git#0a1b2c"},
  "node_modules/t/node_modules/b": {"version": "1.0.0", "dev": true}
}}"#,
        &[
            r#"npm a 1.0.0 production direct  "1.0.0""#,
            r#"npm b 2.0.0 production indirect a "2.0.0""#,
            r#"npm b 1.0.0 optional direct  "1.0.0""#,
            r#"npm @s/c 3.0.0-rc.1 production indirect a>b "3.0.0-rc.1""#,
            r#"npm real 4.0.0 development indirect t "4.0.0""#,
            r#"npm t 5.0.0 development direct  "5.0.0""#,
            r#"npm:git fork 1.0.0 production indirect  "1.0.0""#,
        ],
    );
    check(
        "web/npm-shrinkwrap.json",
        r#"{"lockfileVersion": 1, "requires": true, "dependencies": {
  "a": {"version": "1.0.0", "requires": {"b": "^2"}, "dependencies": {"b": {"version": "2.0.0", "bundled": true}}},
  "b": {"version": "npm:real@1.0.0", "dev": true},
  "g": {"version": "git+https://github.com/x/g.git#0a1b2c"}
}}"#,
        &[
            r#"npm a 1.0.0 production direct  "1.0.0""#,
            r#"npm b 2.0.0 production ? a "2.0.0""#,
            r#"npm real 1.0.0 development direct  1.0.0"#,
            r#"npm:git g git+https://github.com/x/g.git#0a1b2c production direct  "git+https://github.com/x/g.git#0a1b2c""#,
        ],
    );
    check(
        "node_modules/x/package-lock.json",
        r#"{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}"#,
        &[],
    );
}

#[test]
fn yarn_locks_classic_and_berry() {
    check(
        "yarn.lock",
        "# THIS IS AN AUTOGENERATED FILE.\n# yarn lockfile v1\n\n\n\"@s/a@^1.0.0\", \"@s/a@^1.1.0\":\n  version \"1.1.0\"\n  \
         resolved \"https://registry.yarnpkg.com/@s/a/-/a-1.1.0.tgz#00\"\n  integrity sha512-00\n  dependencies:\n    b \
         \"2.x || 3\"\n\nb@*, \"b@2.x || 3\":\n  version \"2.0.0\"\n  resolved \
         \"https://registry.yarnpkg.com/b/-/b-2.0.0.tgz#00\"\n\n\"c@npm:real@^1\":\n  version \"1.0.0\"\n\n\"d@github:x/d\":\n  \
         version \"0.0.1\"\n",
        &[
            r#"npm @s/a 1.1.0 production direct  "1.1.0""#,
            r#"npm b 2.0.0 production ? @s/a "2.0.0""#,
            r#"npm real 1.0.0 production direct  "1.0.0""#,
            r#"npm:git d 0.0.1 production direct  "0.0.1""#,
        ],
    );
    check(
        "berry/yarn.lock",
        "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n\"a@npm:^1.0.0, a@npm:^1.2.0\":\n  version: 1.2.0\n  resolution: \
         \"a@npm:1.2.0\"\n  dependencies:\n    b: \"npm:^2.0.0\"\n  checksum: 10c0/00\n  languageName: node\n  linkType: \
         hard\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"app@workspace:.\"\n  dependencies:\n    a: \
         \"npm:^1.0.0\"\n    c: \"patch:c@npm%3A3.0.0#fix\"\n  languageName: unknown\n  linkType: soft\n\n\"b@npm:^2.0.0\":\n  \
         version: 2.0.1\n  resolution: \"b@npm:2.0.1\"\n\n\"c@patch:c@npm%3A3.0.0#fix\":\n  version: 3.0.0\n  resolution: \
         \"c@patch:c@npm%3A3.0.0#fix::version=3.0.0\"\n\n\"d@https://github.com/x/d.git#commit=0a\":\n  version: 1.0.0\n  \
         resolution: \"d@https://github.com/x/d.git#commit=0a\"\n",
        &[
            "npm a 1.2.0 production direct  1.2.0",
            "npm b 2.0.1 production indirect a 2.0.1",
            "npm c 3.0.0 production direct  3.0.0",
            "npm:git d 1.0.0 production indirect  1.0.0",
        ],
    );
}

#[test]
fn pnpm_locks_of_every_version() {
    check(
        "pnpm-lock.yaml",
        "lockfileVersion: 5.4\nspecifiers:\n  a: ^1\ndependencies:\n  a: 1.0.0_b@2.0.0\ndevDependencies:\n  '@s/t': \
         3.0.0\npackages:\n  /a/1.0.0_b@2.0.0:\n    resolution: {integrity: sha512-00}\n    dependencies:\n      b: \
         2.0.0\n    dev: false\n  /b/2.0.0:\n    resolution: {integrity: sha512-00}\n    dev: false\n  /@s/t/3.0.0:\n    \
         resolution: {integrity: sha512-00}\n    dev: true\n  github.com/x/g/0a1b2c:\n    resolution: {tarball: \
         https://codeload.github.com/x/g/tar.gz/0a1b2c}\n    name: g\n    version: 1.0.0\n",
        &[
            "npm a 1.0.0 production direct  1.0.0",
            "npm b 2.0.0 production indirect a 2.0.0",
            "npm @s/t 3.0.0 development direct  3.0.0",
            "npm:url g 1.0.0 production indirect  1.0.0",
        ],
    );
    check(
        "v6/pnpm-lock.yaml",
        "lockfileVersion: '6.0'\ndependencies:\n  '@s/a':\n    specifier: ^1\n    version: 1.0.0(b@2.0.0)\npackages:\n  \
         /@s/a@1.0.0(b@2.0.0):\n    resolution: {integrity: sha512-00}\n    dependencies:\n      b: 2.0.0\n  /b@2.0.0:\n    \
         resolution: {integrity: sha512-00}\n    optional: true\n",
        &["npm @s/a 1.0.0 production direct  1.0.0", "npm b 2.0.0 optional indirect @s/a 2.0.0"],
    );
    check(
        "v9/pnpm-lock.yaml",
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      a:\n        specifier: ^1\n        version: \
         1.0.0(@s/b@2.0.0)\n  web:\n    dependencies:\n      alias:\n        specifier: npm:c@3\n        version: \
         c@3.0.0\npackages:\n  '@s/b@2.0.0':\n    resolution: {integrity: sha512-00}\n  a@1.0.0:\n    resolution: {integrity: \
         sha512-00}\n  c@3.0.0:\n    resolution: {integrity: sha512-00}\n  g@https://codeload.github.com/x/g/tar.gz/0a1b:\n    \
         resolution: {tarball: https://codeload.github.com/x/g/tar.gz/0a1b}\n    version: 0.1.0\nsnapshots:\n  \
         '@s/b@2.0.0': {}\n  a@1.0.0(@s/b@2.0.0):\n    dependencies:\n      '@s/b': 2.0.0\n  c@3.0.0: {}\n",
        &[
            "npm @s/b 2.0.0 development indirect a 2.0.0",
            "npm a 1.0.0 development direct  1.0.0",
            "npm c 3.0.0 production direct  3.0.0",
            "npm:url g 0.1.0 production indirect  0.1.0",
        ],
    );
}

#[test]
fn python_locks() {
    check(
        "poetry.lock",
        "[[package]]\nname = \"Flask\"\nversion = \"2.0\"\ngroups = [\"main\"]\nfiles = [{file = \"x\", hash = \"00\"}]\n\
         [package.dependencies]\nWerkzeug = \">=2\"\n[[package]]\nname = \"werkzeug\"\nversion = \"2.0.1\"\ngroups = \
         [\"main\", \"dev\"]\n[[package]]\nname = \"pytest\"\nversion = \"7.0\"\ncategory = \"dev\"\n[[package]]\nname = \
         \"x\"\nversion = \"1.0\"\noptional = true\n[package.source]\ntype = \"git\"\n[metadata]\nlock-version = \"2.1\"\n",
        &[
            r#"PyPI Flask 2.0 production direct  "2.0""#,
            r#"PyPI werkzeug 2.0.1 production ? Flask "2.0.1""#,
            r#"PyPI pytest 7.0 development direct  "7.0""#,
            r#"PyPI:git x 1.0 optional direct  "1.0""#,
        ],
    );
    check(
        "uv.lock",
        "version = 1\nrevision = 3\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { virtual = \".\" }\n\
         dependencies = [{ name = \"a\" }]\n[package.dev-dependencies]\ndev = [{ name = \"t\", version = \"1.0\" }]\n\
         [[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies = \
         [{ name = \"t\", version = \"2.0\", marker = \"os_name == 'nt'\" }]\nsdist = { url = \"x\", hash = \"00\" }\n\
         [[package]]\nname = \"t\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n[[package]]\n\
         name = \"t\"\nversion = \"2.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n",
        &[
            r#"PyPI a 1.0 production direct  "1.0""#,
            r#"PyPI t 1.0 development direct  "1.0""#,
            r#"PyPI t 2.0 production indirect a "2.0""#,
        ],
    );
    check(
        "pdm.lock",
        "[metadata]\nlock_version = \"4.5.0\"\n[[package]]\nname = \"a\"\nversion = \"1.0\"\ngroups = [\"default\"]\n\
         dependencies = [\"B.c>=1; python_version > '3'\"]\n[[package]]\nname = \"b-c\"\nversion = \"1.1\"\ngroups = \
         [\"dev\"]\n",
        &[r#"PyPI a 1.0 production direct  "1.0""#, r#"PyPI b-c 1.1 development ? a "1.1""#],
    );
    check(
        "pylock.web.toml",
        "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1.0\"\ndependencies = [{name = \"b\"}]\n\
         [[packages]]\nname = \"b\"\nversion = \"2.0\"\nvcs = {type = \"git\", url = \"x\"}\n",
        &[r#"PyPI a 1.0 production direct  "1.0""#, r#"PyPI:git b 2.0 production ? a "2.0""#],
    );
    check(
        "Pipfile.lock",
        r#"{"_meta": {"pipfile-spec": 6}, "default": {"a": {"version": "==1.0", "hashes": ["x"]}, "e": {"path": "."}},
            "develop": {"b": {"version": "==2.0"}, "a": {"version": "==1.0"}}}"#,
        &["PyPI a 1.0 production ?  1.0", "PyPI b 2.0 development ?  2.0"],
    );
}

#[test]
fn requirements_that_are_pinned() {
    let text = r#"[{"name": "A.b", "specifier": "==1.0", "version": "1.0", "hashes": ["x"]},
        {"name": "c", "specifier": "===2.0", "marker": "x"}, {"name": "d", "specifier": ">=1"}, {"include": "base.txt"},
        {"name": "e", "specifier": "==1.*"}, {"name": "f", "url": "git+https://example.org/f.git"}]"#;
    let (found, notifications) = packages_as("requirements.txt", text, Format::Json);
    assert_eq!(found, [r#"PyPI A.b 1.0 production ?  "1.0""#, "PyPI c 2.0 production ?  2.0"]);
    let words: Vec<_> = notifications.iter().map(|notification| notification.id.word()).collect();
    assert_eq!(words, ["not-locked"]);
    let (found, _) = packages_as("requirements/dev.txt", text, Format::Json);
    assert_eq!(found[1], "PyPI c 2.0 development ?  2.0");
    for path in ["constraints.txt", "requirements.in"] {
        assert_eq!(packages_as(path, text, Format::Json), (vec![], vec![]), "{path}");
    }
}

#[test]
fn go_modules_with_replacements() {
    let text = r#"{"module": "example.org/app", "go": "1.22", "require": [
        {"path": "example.org/a", "version": "v1.0.0", "indirect": false},
        {"path": "example.org/b", "version": "v1.1.0", "indirect": true},
        {"path": "example.org/c", "version": "v1.2.0"}, {"path": "example.org/d", "version": "v1.3.0"},
        {"path": "example.org/e", "version": "v1.4.0"}], "replace": [
        {"old": "example.org/b", "new": "example.org/fork", "new_version": "v9.0.0"},
        {"old": "example.org/c", "new": "../c"},
        {"old": "example.org/d", "old_version": "v1.2.9", "new": "../d"},
        {"old": "example.org/e", "new": "../e"},
        {"old": "example.org/e", "old_version": "v1.4.0", "new": "example.org/e", "new_version": "v1.4.1"}]}"#;
    let (found, notifications) = packages_as("go.mod", text, Format::Json);
    let wanted = [
        r#"Go example.org/a v1.0.0 production direct  "v1.0.0""#,
        r#"Go example.org/d v1.3.0 production direct  "v1.3.0""#,
        r#"Go example.org/fork v9.0.0 production indirect  "v9.0.0""#,
        r#"Go example.org/e v1.4.1 production direct  "v1.4.1""#,
    ];
    assert_eq!((found.as_slice(), notifications), (wanted.map(str::to_owned).as_slice(), vec![]));
}

#[test]
fn locks_of_ruby_and_php() {
    check(
        "Gemfile.lock",
        "GIT\n  remote: https://example.org/g.git\n  revision: 0a1b\n  specs:\n    g (0.1.0)\n      rack\n\nPATH\n  remote: \
         .\n  specs:\n    app (1.0.0)\n      rails (~> 7.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    \
         nokogiri (1.13.0-x86_64-linux)\n    rack (2.2.3.1)\n    rails (7.0.4)\n      nokogiri (>= 1.6)\n\nPLATFORMS\n  \
         ruby\n\nDEPENDENCIES\n  app!\n  g!\n\nBUNDLED WITH\n   2.3.0\n",
        &[
            "RubyGems:git g 0.1.0 production direct  0.1.0",
            "RubyGems nokogiri 1.13.0 production indirect rails 1.13.0",
            "RubyGems rack 2.2.3.1 production indirect g 2.2.3.1",
            "RubyGems rails 7.0.4 production direct  7.0.4",
        ],
    );
    check(
        "composer.lock",
        r#"{"packages": [{"name": "A/b", "version": "v1.0.0", "require": {"php": ">=8", "a/C": "*"}},
            {"name": "a/c", "version": "dev-main"}], "packages-dev": [{"name": "a/t", "version": "9.5"}]}"#,
        &[
            r#"Packagist A/b v1.0.0 production direct  "v1.0.0""#,
            r#"Packagist:git a/c dev-main production ? A/b "dev-main""#,
            r#"Packagist a/t 9.5 development direct  "9.5""#,
        ],
    );
}

#[test]
fn locks_of_other_languages() {
    check(
        "packages.lock.json",
        r#"{"version": 1, "dependencies": {"net8.0": {
            "A": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"b": "2.0.0"}},
            "B": {"type": "Transitive", "resolved": "2.0.0"}, "Own": {"type": "Project"}}}}"#,
        &[r#"NuGet A 1.0.0 production direct  "1.0.0""#, r#"NuGet B 2.0.0 production indirect A "2.0.0""#],
    );
    check(
        "pubspec.lock",
        "packages:\n  a:\n    dependency: \"direct main\"\n    source: hosted\n    version: \"1.0.0\"\n  t:\n    \
         dependency: \"direct dev\"\n    source: git\n    version: \"2.0.0\"\n",
        &[r#"Pub a 1.0.0 production direct  "1.0.0""#, r#"Pub:git t 2.0.0 development direct  "2.0.0""#],
    );
    check(
        "Package.resolved",
        r#"{"version": 2, "pins": [{"identity": "nio", "location": "https://github.com/a/nio.git", "state": {"version": "2.0.0"}},
            {"identity": "x", "location": "https://github.com/a/x", "state": {"branch": "main"}}]}"#,
        &[r#"SwiftURL https://github.com/a/nio.git 2.0.0 production ?  "2.0.0""#],
    );
    check(
        "bun.lock",
        r#"{"lockfileVersion": 1, "workspaces": {"": {"name": "app", "dependencies": {"a": "^1"}, "devDependencies": {"t": "*"},},},
            "packages": {"a": ["a@1.0.0", "", {"dependencies": {"b": "^2"}}, "sha512-00"], "a/b": ["b@2.0.0", "", {}, "sha512-00"],
            "b": ["b@1.0.0", "", {}, "sha512-00"], "t": ["@s/t@3.0.0", "", {"dependencies": {"b": "1"}}, "sha512-00"],
            "g": ["g@github:x/g#0a1b", {}, "x-g-0a1b"],},}"#,
        &[
            "npm a 1.0.0 production direct  1.0.0",
            "npm b 2.0.0 production indirect a 2.0.0",
            "npm b 1.0.0 development indirect @s/t 1.0.0",
            "npm @s/t 3.0.0 development direct  3.0.0",
            "npm:git g github:x/g#0a1b production indirect  github:x/g#0a1b",
        ],
    );
    check(
        "mix.lock",
        "%{\n  \"a\": {:hex, :a, \"1.0.0\", \"00\", [:mix], [{:b, \"~> 2.0\", [hex: :b_hex, repo: \"hexpm\", optional: \
         false]}], \"hexpm\", \"00\"},\n  \"b\": {:hex, :b_hex, \"2.0.1\", \"00\", [:rebar3], [], \"hexpm\", \
         \"00\"},\n  \"g\": {:git, \"https://example.org/g.git\", \"0a1b\", []},\n}\n",
        &[
            "Hex a 1.0.0 production direct  1.0.0",
            "Hex b_hex 2.0.1 production ? a 2.0.1",
            "Hex:git g 0a1b production direct  0a1b",
        ],
    );
    check(
        "gradle.lockfile",
        "# comment=x\norg.a:b:1.0=compileClasspath,runtimeClasspath\norg.t:t:2.0=testCompileClasspath\nempty=\n",
        &["Maven org.a:b 1.0 production ?  1.0", "Maven org.t:t 2.0 development ?  2.0"],
    );
    check(
        "cabal.project.freeze",
        "active-repositories: hackage.haskell.org:merge\nconstraints: any.aeson ==2.0.3.0,\n             any.base ==4.15,\n             \
         aeson +fast\n",
        &["Hackage aeson 2.0.3.0 production ?  2.0.3.0", "Hackage base 4.15 production ?  4.15"],
    );
    check(
        "Manifest.toml",
        "julia_version = \"1.9.0\"\nmanifest_format = \"2.0\"\n[[deps.A]]\ndeps = [\"B\"]\ngit-tree-sha1 = \"00\"\nuuid = \
         \"1\"\nversion = \"1.0.0\"\n[[deps.B]]\nuuid = \"2\"\nversion = \"2.0.0+1\"\n[[deps.Dates]]\nuuid = \"3\"\n",
        &[r#"Julia A 1.0.0 production direct  "1.0.0""#, r#"Julia B 2.0.0+1 production ? A "2.0.0+1""#],
    );
    check("app/Manifest.toml", "[package]\nname = \"x\"\n", &[]);
    check(
        "renv.lock",
        r#"{"R": {"Version": "4.2"}, "Packages": {"R6": {"Package": "R6", "Version": "2.5.1", "Source": "Repository", "Hash": "00"},
            "g": {"Package": "g", "Version": "0.1", "Source": "GitHub"}}}"#,
        &[r#"CRAN R6 2.5.1 production ?  "2.5.1""#, r#"CRAN:git g 0.1 production ?  "0.1""#],
    );
}

#[test]
fn what_is_not_understood_is_said() {
    let cases = [
        ("Cargo.lock", "version = 5\n", "unsupported"),
        ("package-lock.json", r#"{"lockfileVersion": 4, "packages": {}}"#, "unsupported"),
        ("package-lock.json", r#"{"name": "x"}"#, "unsupported"),
        ("pnpm-lock.yaml", "lockfileVersion: '10.0'\n", "unsupported"),
        ("pnpm-lock.yaml", "packages: {}\n", "unsupported"),
        ("uv.lock", "version = 2\n", "unsupported"),
        ("poetry.lock", "[metadata]\nlock-version = \"3.0\"\n", "unsupported"),
        ("pdm.lock", "[metadata]\nlock_version = \"5.0\"\n", "unsupported"),
        ("pylock.toml", "[[packages]]\nname = \"a\"\n", "unsupported"),
        ("Pipfile.lock", r#"{"_meta": {"pipfile-spec": 7}}"#, "unsupported"),
        ("yarn.lock", "__metadata:\n  version: 12\n", "unsupported"),
        ("yarn.lock", "something else", "unsupported"),
    ];
    for (path, text, wanted) in cases {
        let words: Vec<&str> = packages(path, text).1.iter().map(|notification| notification.id.word()).collect();
        assert_eq!(words, [wanted], "{path}: {text}");
    }
}

#[test]
fn manifests_know_their_locks() {
    assert!(locks_for("package.json").contains(&"pnpm-lock.yaml"));
    assert!(locks_for("go.mod").is_empty());
}
