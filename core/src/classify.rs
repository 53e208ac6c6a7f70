//! Path and first bytes to file kind: one table.

use serde::{Deserialize, Serialize};

/// The grammar of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// No grammar that trueup knows: text rules only.
    Text,
    /// YAML.
    Yaml,
    /// JSON, JSON with comments, JSON5.
    Json,
    /// TOML.
    Toml,
    /// HCL: Terraform, OpenTofu, tfvars.
    Hcl,
    /// XML.
    Xml,
    /// Dockerfile, Containerfile.
    Dockerfile,
    /// `KEY=value` files.
    Dotenv,
    /// INI.
    Ini,
    /// Java properties.
    Properties,
    /// nginx configuration.
    Nginx,
    /// Markdown.
    Markdown,
    /// SQL.
    Sql,
    /// Prisma schema.
    Prisma,
    /// `requirements.txt` and constraint files.
    Requirements,
    /// `go.mod`.
    GoMod,
    /// Shell scripts.
    Shell,
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// JavaScript, JSX.
    #[serde(rename = "javascript")]
    JavaScript,
    /// TypeScript.
    #[serde(rename = "typescript")]
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Go.
    Go,
    /// Java.
    Java,
}

impl Format {
    /// Programming languages whose calls and names are followed.
    pub fn is_program(self) -> bool {
        matches!(
            self,
            Self::Rust | Self::Python | Self::JavaScript | Self::TypeScript | Self::Tsx | Self::Go | Self::Java
        )
    }
}

/// What a file is for, as far as its path tells. A rule may weigh findings by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Shipped or deployed, for all the path says.
    Product,
    /// Tests, fixtures, mocks.
    Test,
    /// Examples, samples, demonstrations.
    Example,
    /// Documentation.
    Document,
    /// Code of others kept in the tree.
    Vendored,
    /// Made by a program: minified, generated, lock files.
    Generated,
}

/// Grammar and purpose of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKind {
    /// The grammar.
    pub format: Format,
    /// The purpose.
    pub role: Role,
}

/// Classifies a source by its path (forward slashes) and the start of its text.
pub fn classify(path: &str, head: &str) -> FileKind {
    let role = match role_of(path) {
        Role::Product if is_library_of_others(path, head) => Role::Vendored,
        Role::Product | Role::Test if says_generated(head) => Role::Generated,
        role => role,
    };
    FileKind { format: format_of(path, head), role }
}

/// Libraries of the browser that people copy into their trees, by the names their files go by.
const LIBRARIES: &[&str] = &[
    "ace",
    "ag-grid",
    "alpine",
    "amplitude",
    "angular",
    "anime",
    "axios",
    "babylon",
    "backbone",
    "bluebird",
    "bootstrap",
    "bulma",
    "chart",
    "ckeditor",
    "clipboard",
    "codemirror",
    "cytoscape",
    "d3",
    "datatables",
    "dojo",
    "dropzone",
    "echarts",
    "ember",
    "fabric",
    "flowtype",
    "fontawesome",
    "foundation",
    "gsap",
    "hammer",
    "handlebars",
    "highcharts",
    "highlight",
    "htmx",
    "hugerte",
    "isotope",
    "jquery",
    "jquery-ui",
    "jszip",
    "katex",
    "knockout",
    "leaflet",
    "lodash",
    "lunr",
    "mapbox-gl",
    "marked",
    "mathjax",
    "matter",
    "mermaid",
    "modernizr",
    "moment",
    "mootools",
    "mustache",
    "nunjucks",
    "openlayers",
    "p5",
    "papaparse",
    "pdf",
    "pdfjs",
    "phaser",
    "pixi",
    "plotly",
    "polymer",
    "popper",
    "prettify",
    "prism",
    "prototype",
    "qunit",
    "raphael",
    "react",
    "react-dom",
    "redoc",
    "requirejs",
    "require",
    "respond",
    "reveal",
    "scriptaculous",
    "select2",
    "slick",
    "socket.io",
    "sockjs",
    "swiper",
    "swagger-ui",
    "swagger-ui-bundle",
    "three",
    "tinymce",
    "toastr",
    "tween",
    "typeahead",
    "underscore",
    "video",
    "vue",
    "yui",
    "zepto",
    "zone",
];

/// True for a script named as a well-known library, with its version or without, whose head says whose it is.
fn is_library_of_others(path: &str, head: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some(stem) = name.strip_suffix(".js").or_else(|| name.strip_suffix(".mjs")) else { return false };
    let is_version = |rest: &str| {
        let rest = rest.trim_start_matches(['-', '.']).trim_start_matches('v');
        rest.starts_with(|sign: char| sign.is_ascii_digit())
    };
    let names_library = LIBRARIES.iter().any(|library| {
        stem.strip_prefix(library).is_some_and(|rest| {
            rest.is_empty()
                || matches!(rest, ".bundle" | ".all" | ".slim" | "-all" | "-min" | ".module")
                || is_version(rest)
        })
    });
    names_library && {
        let head = head.to_ascii_lowercase();
        ["/*!", "@license", "@author", "copyright", "license"].iter().any(|mark| head.contains(mark))
    }
}

/// True for a source whose first lines say that a program wrote it (Go's form, and `@generated`).
fn says_generated(head: &str) -> bool {
    head.lines().take(40).any(|line| {
        let is_comment =
            line.starts_with("//") || line.starts_with('#') || line.starts_with(" *") || line.starts_with("/*");
        is_comment && (line.contains("@generated") || line.contains("Code generated ") && line.contains("DO NOT EDIT"))
    })
}

/// Whole file names, lower case.
const NAMES: &[(&str, Format)] = &[
    ("dockerfile", Format::Dockerfile),
    ("containerfile", Format::Dockerfile),
    ("go.mod", Format::GoMod),
    ("cargo.lock", Format::Toml),
    ("poetry.lock", Format::Toml),
    ("uv.lock", Format::Toml),
    ("pdm.lock", Format::Toml),
    ("pipfile", Format::Toml),
    ("pipfile.lock", Format::Json),
    ("composer.lock", Format::Json),
    ("bun.lock", Format::Json),
    ("package.resolved", Format::Json),
    ("pubspec.lock", Format::Yaml),
    ("renv.lock", Format::Json),
    ("nginx.conf", Format::Nginx),
    (".npmrc", Format::Properties),
    (".pypirc", Format::Ini),
    (".netrc", Format::Text),
    (".gitconfig", Format::Ini),
    ("setup.cfg", Format::Ini),
    ("tox.ini", Format::Ini),
    ("procfile", Format::Text),
    (".babelrc", Format::Json),
    (".eslintrc", Format::Json),
    ("jenkinsfile", Format::Text),
    ("makefile", Format::Text),
];

/// Extensions, lower case.
const EXTENSIONS: &[(&str, Format)] = &[
    ("yaml", Format::Yaml),
    ("yml", Format::Yaml),
    ("json", Format::Json),
    ("jsonc", Format::Json),
    ("json5", Format::Json),
    ("ipynb", Format::Json),
    ("har", Format::Json),
    ("template", Format::Json),
    ("toml", Format::Toml),
    ("tf", Format::Hcl),
    ("tofu", Format::Hcl),
    ("tfvars", Format::Hcl),
    ("hcl", Format::Hcl),
    ("xml", Format::Xml),
    ("pom", Format::Xml),
    ("csproj", Format::Xml),
    ("config", Format::Xml),
    ("plist", Format::Xml),
    ("dockerfile", Format::Dockerfile),
    ("env", Format::Dotenv),
    ("ini", Format::Ini),
    ("cfg", Format::Ini),
    ("cnf", Format::Ini),
    ("properties", Format::Properties),
    ("nginx", Format::Nginx),
    ("nginxconf", Format::Nginx),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("sql", Format::Sql),
    ("ddl", Format::Sql),
    ("prisma", Format::Prisma),
    ("sh", Format::Shell),
    ("bash", Format::Shell),
    ("zsh", Format::Shell),
    ("rs", Format::Rust),
    ("py", Format::Python),
    ("pyi", Format::Python),
    ("js", Format::JavaScript),
    ("jsx", Format::JavaScript),
    ("mjs", Format::JavaScript),
    ("cjs", Format::JavaScript),
    ("ts", Format::TypeScript),
    ("mts", Format::TypeScript),
    ("cts", Format::TypeScript),
    ("tsx", Format::Tsx),
    ("go", Format::Go),
    ("java", Format::Java),
];

fn look_up(table: &[(&str, Format)], word: &str) -> Option<Format> {
    table.iter().find(|(name, _)| *name == word).map(|&(_, format)| format)
}

fn format_of(path: &str, head: &str) -> Format {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    if let Some(format) = look_up(NAMES, name) {
        return format;
    }
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return Format::Dotenv;
    }
    if name.starts_with("dockerfile.") || name.starts_with("containerfile.") {
        return Format::Dockerfile;
    }
    if is_requirements(&lower, name) {
        return Format::Requirements;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension == "conf"
        || (extension.is_empty() && lower.contains("nginx/"))
        || lower.contains("sites-available/")
        || lower.contains("sites-enabled/")
    {
        return if looks_like_nginx(&lower, head) { Format::Nginx } else { Format::Ini };
    }
    if extension == "template" {
        return match head.trim_start().chars().next() {
            Some('{' | '[') => Format::Json,
            _ if head.contains("AWSTemplateFormatVersion") => Format::Yaml,
            _ if looks_like_nginx(&lower, head) => Format::Nginx,
            _ => Format::Text,
        };
    }
    look_up(EXTENSIONS, extension).unwrap_or_else(|| by_head(head))
}

fn is_requirements(path: &str, name: &str) -> bool {
    let text = name.ends_with(".txt") || name.ends_with(".in");
    text && (name.starts_with("requirements")
        || name.starts_with("constraints")
        || name.contains("requirements.")
        || path.contains("requirements/"))
}

fn looks_like_nginx(path: &str, head: &str) -> bool {
    let words = [
        "server {",
        "server{",
        "location ",
        "upstream ",
        "proxy_pass",
        "listen ",
        "http {",
        "ssl_protocols",
        "add_header ",
    ];
    path.contains("nginx") || words.iter().filter(|word| head.contains(*word)).count() >= 2
}

fn by_head(head: &str) -> Format {
    let first = head.lines().next().unwrap_or_default();
    match first.strip_prefix("#!") {
        Some(program) if program.contains("python") => Format::Python,
        Some(program) if program.contains("node") => Format::JavaScript,
        Some(program)
            if ["sh", "bash", "zsh", "dash", "ksh"].iter().any(|shell| program.trim_end().ends_with(shell)) =>
        {
            Format::Shell
        }
        _ if first.starts_with("<?xml") => Format::Xml,
        _ => Format::Text,
    }
}

/// Folder names that say what a file is for, lower case. The innermost folder decides.
const ROLES: &[(&str, Role)] = &[
    ("test", Role::Test),
    ("tests", Role::Test),
    ("testing", Role::Test),
    ("testhelper", Role::Test),
    ("testhelpers", Role::Test),
    ("testutil", Role::Test),
    ("testutils", Role::Test),
    ("__tests__", Role::Test),
    ("testdata", Role::Test),
    ("test-data", Role::Test),
    ("test_data", Role::Test),
    ("fixture", Role::Test),
    ("fixtures", Role::Test),
    ("__fixtures__", Role::Test),
    ("mock", Role::Test),
    ("mocks", Role::Test),
    ("__mocks__", Role::Test),
    ("spec", Role::Test),
    ("specs", Role::Test),
    ("e2e", Role::Test),
    ("cypress", Role::Test),
    ("benches", Role::Test),
    ("benchmarks", Role::Test),
    ("example", Role::Example),
    ("examples", Role::Example),
    ("sample", Role::Example),
    ("samples", Role::Example),
    ("demo", Role::Example),
    ("demos", Role::Example),
    ("tutorial", Role::Example),
    ("tutorials", Role::Example),
    ("doc", Role::Document),
    ("docs", Role::Document),
    ("documentation", Role::Document),
    ("vendor", Role::Vendored),
    ("node_modules", Role::Vendored),
    ("third_party", Role::Vendored),
    ("third-party", Role::Vendored),
    ("bower_components", Role::Vendored),
    ("dist", Role::Generated),
    ("generated", Role::Generated),
    ("__generated__", Role::Generated),
];

/// The purpose of a file, from its path alone.
pub fn role_of(path: &str) -> Role {
    let lower = path.to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let of_folder = |folder: &str| ROLES.iter().find(|(word, _)| *word == folder).map(|&(_, role)| role);
    if folders.split('/').any(|folder| matches!(of_folder(folder), Some(Role::Vendored))) {
        return Role::Vendored;
    }
    if name.contains(".min.") || name.ends_with("_pb2.py") || name.ends_with(".pb.go") || name.contains(".generated.") {
        return Role::Generated;
    }
    if is_test_name(name) {
        return Role::Test;
    }
    if let Some(role) = folders.rsplit('/').find_map(of_folder) {
        return role;
    }
    match name.rsplit_once('.') {
        Some((stem, _)) if stem.ends_with(".example") || stem.ends_with("-example") || stem.ends_with(".sample") => {
            Role::Example
        }
        Some((_, "example" | "sample" | "dist" | "template" | "tmpl")) => Role::Example,
        Some((_, "md" | "markdown" | "rst" | "adoc")) => Role::Document,
        _ => Role::Product,
    }
}

fn is_test_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    name.contains(".test.")
        || name.contains(".spec.")
        || name.contains("_test.")
        || name.contains("_spec.")
        || name.starts_with("test_")
        || name == "conftest.py"
        || name == "locustfile.py"
        || name == "tests.rs"
        || name == "test.rs"
        || (stem.len() > 4 && name.ends_with("test.java"))
        || name.ends_with("tests.java")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_follow_names_extensions_and_first_lines() {
        let cases = [
            ("Dockerfile", "", Format::Dockerfile),
            ("api/Dockerfile.prod", "", Format::Dockerfile),
            (".env.production", "", Format::Dotenv),
            ("requirements-dev.txt", "", Format::Requirements),
            ("requirements/base.txt", "", Format::Requirements),
            ("conf/site.conf", "server {\n listen 80;\n}", Format::Nginx),
            ("conf/my.conf", "[mysqld]\nssl=0", Format::Ini),
            ("etc/nginx/sites-enabled/default", "", Format::Nginx),
            ("bin/run", "#!/usr/bin/env python3\n", Format::Python),
            ("bin/up", "#!/bin/sh\n", Format::Shell),
            ("main.tf", "", Format::Hcl),
            ("stack.template", "{\"Resources\": {}}", Format::Json),
            ("README", "", Format::Text),
        ];
        for (path, head, format) in cases {
            assert_eq!(classify(path, head).format, format, "{path}");
        }
    }

    #[test]
    fn heads_tell_generated_code_and_libraries_of_others() {
        let banner = "/**\n * @author somebody\n */\n";
        let cases = [
            ("client/api.go", "// Code generated by protoc-gen-go. DO NOT EDIT.\n", Role::Generated),
            ("client/api.go", "package a\n\nconst s = \"// Code generated by me. DO NOT EDIT.\"\n", Role::Product),
            ("src/schema.ts", "/**\n * @generated by graphql-codegen\n */\n", Role::Generated),
            ("web/private/three.js", banner, Role::Vendored),
            ("web/three-0.69.1.js", banner, Role::Vendored),
            ("web/three.js", "import { scene } from './scene'\n", Role::Product),
            ("web/threefold.js", banner, Role::Product),
            ("web/chart-of-accounts.js", banner, Role::Product),
        ];
        for (path, head, role) in cases {
            assert_eq!(classify(path, head).role, role, "{path} {head}");
        }
    }

    #[test]
    fn roles_follow_folders_and_names() {
        let cases = [
            ("src/main.rs", Role::Product),
            ("tests/data/a.yaml", Role::Test),
            ("src/user.test.ts", Role::Test),
            ("examples/app/main.tf", Role::Example),
            ("vendor/lib/tests/a.go", Role::Vendored),
            (".env.example", Role::Example),
            ("docs/infrastructure.md", Role::Document),
            ("web/app.min.js", Role::Generated),
        ];
        for (path, role) in cases {
            assert_eq!(role_of(path), role, "{path}");
        }
    }
}
