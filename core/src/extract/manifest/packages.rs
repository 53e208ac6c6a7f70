//! Dependencies that manifests name, in the ecosystems' own forms.

use super::super::Context;
use crate::{classify::Format, span::Span, syntax::Node};

/// Most dependencies of one manifest.
pub(super) const MAX: usize = 5000;

/// A dependency as a manifest names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dependency {
    pub(super) ecosystem: &'static str,
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) is_development: bool,
}

/// True for a manifest that is a program or plain text.
pub(super) fn is_text_manifest(name: &str) -> bool {
    matches!(name, "Gemfile" | "go.mod" | "build.gradle" | "build.gradle.kts" | "setup.py" | "libs.versions.toml")
        || name.ends_with(".gemspec")
}

/// Dependencies of a source, none when it is no manifest.
pub(super) fn read(cx: &Context<'_>) -> Vec<Dependency> {
    let path = cx.source.path.as_ref();
    let name = path.rsplit('/').next().unwrap_or(path);
    let root = cx.document.roots.first();
    let mut found = match (name, root) {
        ("package.json", Some(root)) => of_tables(
            "npm",
            root,
            &[
                ("dependencies", false),
                ("optionalDependencies", false),
                ("peerDependencies", false),
                ("devDependencies", true),
            ],
        ),
        ("composer.json", Some(root)) => of_tables("composer", root, &[("require", false), ("require-dev", true)]),
        ("Cargo.toml", Some(root)) => cargo(root),
        ("pyproject.toml", Some(root)) => pyproject(root),
        ("Pipfile", Some(root)) => of_tables("pypi", root, &[("packages", false), ("dev-packages", true)]),
        ("setup.cfg", _) | ("setup.py", _) => quoted_or_listed(cx),
        ("go.mod", _) => go(&cx.source.text),
        ("Gemfile", _) => gems(&cx.source.text),
        ("libs.versions.toml", Some(root)) => version_catalogue(root),
        (name, _) if name.ends_with(".gemspec") => gems(&cx.source.text),
        ("build.gradle" | "build.gradle.kts", _) => gradle(&cx.source.text),
        ("pom.xml", _) => pom(&cx.source.text),
        (name, _)
            if [".csproj", ".fsproj", ".vbproj", "Directory.Packages.props"].iter().any(|end| name.ends_with(end)) =>
        {
            nuget(&cx.source.text)
        }
        _ if cx.kind.format == Format::Requirements => requirements(&cx.source.text, name),
        _ => Vec::new(),
    };
    // One more than are kept tells that there were more.
    found.truncate(MAX + 1);
    found
}

fn dependency(ecosystem: &'static str, name: &str, span: Span, is_development: bool) -> Dependency {
    Dependency { ecosystem, name: name.to_owned(), span, is_development }
}

/// Keys of tables by name.
fn of_tables(ecosystem: &'static str, root: &Node, tables: &[(&str, bool)]) -> Vec<Dependency> {
    let tables =
        tables.iter().filter_map(|(table, is_development)| root.get(table).map(|table| (table, *is_development)));
    tables.flat_map(|(table, is_development)| keys(ecosystem, table, is_development)).collect()
}

fn keys(ecosystem: &'static str, table: &Node, is_development: bool) -> Vec<Dependency> {
    let named = table.entries().iter().filter_map(|(key, _)| key.as_str().map(|name| (key.span, name)));
    named.map(|(span, name)| dependency(ecosystem, name, span, is_development)).collect()
}

fn cargo(root: &Node) -> Vec<Dependency> {
    let tables = [("dependencies", false), ("build-dependencies", true), ("dev-dependencies", true)];
    let mut found = of_tables("cargo", root, &tables);
    if let Some(workspace) = root.get("workspace") {
        found.extend(of_tables("cargo", workspace, &tables));
    }
    for (_, target) in root.get("target").map(Node::entries).unwrap_or_default() {
        found.extend(of_tables("cargo", target, &tables));
    }
    found
}

fn pyproject(root: &Node) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut listed = |list: Option<&Node>, is_development: bool| {
        for item in list.map(Node::elements).unwrap_or_default() {
            if let Some(name) = item.as_str().and_then(python_name) {
                found.push(dependency("pypi", &name, item.span, is_development));
            }
        }
    };
    listed(root.at(&["project", "dependencies"]), false);
    for (_, extra) in root.at(&["project", "optional-dependencies"]).map(Node::entries).unwrap_or_default() {
        listed(Some(extra), false);
    }
    for (_, group) in root.get("dependency-groups").map(Node::entries).unwrap_or_default() {
        listed(Some(group), true);
    }
    listed(root.at(&["tool", "uv", "dev-dependencies"]), true);
    for (_, group) in root.at(&["tool", "pdm", "dev-dependencies"]).map(Node::entries).unwrap_or_default() {
        listed(Some(group), true);
    }
    let poetry = root.at(&["tool", "poetry"]);
    if let Some(poetry) = poetry {
        found.extend(of_tables("pypi", poetry, &[("dependencies", false), ("dev-dependencies", true)]));
        for (name, group) in poetry.get("group").map(Node::entries).unwrap_or_default() {
            let is_development = name.as_str() != Some("main");
            found
                .extend(group.get("dependencies").map(|table| keys("pypi", table, is_development)).unwrap_or_default());
        }
    }
    found.retain(|dependency| dependency.name != "python");
    for dependency in &mut found {
        dependency.name = python_name(&dependency.name).unwrap_or_default();
    }
    found
}

/// The normal name of a requirement: lower case, hyphens, no version, extra or marker (PEP 503, 508).
fn python_name(text: &str) -> Option<String> {
    let end = text
        .find(|sign: char| !(sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let name = text.get(..end)?.to_ascii_lowercase().replace(['_', '.'], "-");
    (!name.is_empty()).then_some(name)
}

fn requirements(text: &str, file: &str) -> Vec<Dependency> {
    let is_development = ["dev", "test", "lint", "doc"].iter().any(|word| file.contains(word));
    let lines = placed_lines(text).filter(|(line, _)| !line.starts_with(['#', '-', '.', '/']) && !line.contains("://"));
    let named = lines.filter_map(|(line, span)| python_name(line).map(|name| (name, span)));
    named.map(|(name, span)| dependency("pypi", &name, span, is_development)).collect()
}

/// Lines of a text without blanks around them, and where they stand.
fn placed_lines(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let start = at;
        at += whole.len();
        let line = whole.trim();
        let lead = whole.len() - whole.trim_start().len();
        (!line.is_empty()).then(|| (line, Span::new(start + lead, start + lead + line.len())))
    })
}

/// Requirements of `setup.cfg` (one to a line) and `setup.py` (strings), by what looks like one.
fn quoted_or_listed(cx: &Context<'_>) -> Vec<Dependency> {
    let text = &cx.source.text;
    let mut within = false;
    let mut found = Vec::new();
    for (line, span) in placed_lines(text) {
        if line.contains("install_requires")
            || line.contains("extras_require")
            || line.contains("options.extras_require")
        {
            within = true;
        } else if line.starts_with('[') || line.starts_with("],") || line.starts_with(')') {
            within = within && !line.starts_with(')') && line.contains("extras_require");
        }
        if !within {
            continue;
        }
        let names: Vec<String> = match line.contains(['"', '\'']) {
            true => line.split(['"', '\'']).skip(1).step_by(2).filter_map(python_name).collect(),
            false if !line.contains('=') || line.contains("==") || line.contains(">=") => {
                python_name(line).into_iter().collect()
            }
            false => Vec::new(),
        };
        found.extend(names.iter().map(|name| dependency("pypi", name, span, false)));
    }
    found
}

fn go(text: &str) -> Vec<Dependency> {
    let mut within = false;
    let mut found = Vec::new();
    for (line, span) in placed_lines(text) {
        match line {
            "require (" => within = true,
            ")" => within = false,
            _ => {
                let module = if within { Some(line) } else { line.strip_prefix("require ") };
                let Some(module) = module.filter(|line| !line.starts_with("//")) else { continue };
                // What others need is not what this project uses.
                if !module.contains("// indirect") {
                    found.extend(module.split_whitespace().next().map(|name| dependency("go", name, span, false)));
                }
            }
        }
    }
    found
}

fn gems(text: &str) -> Vec<Dependency> {
    let mut group: Option<bool> = None;
    let mut found = Vec::new();
    for (line, span) in placed_lines(text) {
        let is_development =
            |text: &str| (text.contains(":development") || text.contains(":test")) && !text.contains(":production");
        if line.starts_with("group ") {
            group = Some(is_development(line));
        } else if line == "end" {
            group = None;
        }
        let call = [
            "gem ",
            "gem(",
            "spec.add_dependency",
            "spec.add_runtime_dependency",
            "s.add_dependency",
            "s.add_runtime_dependency",
        ];
        let Some(rest) = call.iter().find_map(|call| line.strip_prefix(call)) else { continue };
        if let Some(name) = rest.split(['"', '\'']).nth(1) {
            found.push(dependency("gem", name, span, group.unwrap_or(false) || is_development(rest)));
        }
    }
    found
}

fn gradle(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (line, span) in placed_lines(text) {
        let starts = [
            "implementation",
            "api",
            "compileOnly",
            "runtimeOnly",
            "compile",
            "testImplementation",
            "testRuntimeOnly",
            "androidTestImplementation",
            "kapt",
            "annotationProcessor",
        ];
        let Some(start) =
            starts.iter().find(|start| line.strip_prefix(**start).is_some_and(|rest| rest.starts_with([' ', '('])))
        else {
            continue;
        };
        let name = line.split(['"', '\'']).nth(1).unwrap_or_default();
        let parts: Vec<&str> = name.split(':').collect();
        if let [group, artifact, ..] = parts.as_slice() {
            found.push(dependency(
                "maven",
                &format!("{group}:{artifact}"),
                span,
                start.to_ascii_lowercase().contains("test"),
            ));
        }
    }
    found
}

fn version_catalogue(root: &Node) -> Vec<Dependency> {
    let libraries = root.get("libraries").map(Node::entries).unwrap_or_default();
    let named = libraries.iter().filter_map(|(key, body)| {
        let whole = body.get("module").or(Some(body)).and_then(Node::as_str).map(str::to_owned);
        let parts = || Some(format!("{}:{}", body.get("group")?.as_str()?, body.get("name")?.as_str()?));
        whole.or_else(parts).map(|name| (key.span, name))
    });
    named
        .map(|(span, name)| dependency("maven", &name.split(':').take(2).collect::<Vec<_>>().join(":"), span, false))
        .collect()
}

/// `<dependency>` elements of a POM. Text is enough: group and artifact are never nested deeper.
fn pom(text: &str) -> Vec<Dependency> {
    let element = |block: &str, name: &str| {
        let (_, rest) = block.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim().to_owned())
    };
    let mut found = Vec::new();
    for (at, _) in text.match_indices("<dependency>") {
        let Some((block, _)) = text.get(at..).and_then(|rest| rest.split_once("</dependency>")) else { break };
        let (Some(group), Some(artifact)) = (element(block, "groupId"), element(block, "artifactId")) else { continue };
        let is_test = element(block, "scope").as_deref() == Some("test");
        let span = Span::new(at, at + block.len() + "</dependency>".len());
        found.push(dependency("maven", &format!("{group}:{artifact}"), span, is_test));
    }
    found
}

fn nuget(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("<Package") {
        let Some(tag) = text.get(at..).and_then(|rest| rest.split_once('>')).map(|(tag, _)| tag) else { break };
        let is_reference = tag.starts_with("<PackageReference") || tag.starts_with("<PackageVersion");
        let name = tag
            .split_once("Include=")
            .map(|(_, rest)| rest.trim_start_matches(['"', '\'']))
            .and_then(|rest| rest.split(['"', '\'']).next());
        if let Some(name) = name.filter(|_| is_reference) {
            found.push(dependency("nuget", name, Span::new(at, at + tag.len() + 1), false));
        }
    }
    found
}
