//! Named yes/no checks that data cannot express. (Interim: the probe helper's module takes this one's place.)

/// What a probe sees.
pub struct Candidate<'a> {
    /// The reported text.
    pub value: &'a str,
    /// The whole line.
    pub line: &'a str,
    /// Text of the line before the value.
    pub before: &'a str,
    /// Path of the source.
    pub path: &'a str,
}

/// Answer of a probe.
pub enum Answer {
    /// Yes, with a fragment of a sentence that says how we know.
    Yes(String),
    /// No, with the reason.
    No(&'static str),
    /// Neither.
    CannotTell,
}

/// Generator of case values.
#[derive(Default)]
pub struct Random;

/// A named check.
pub struct Probe {
    /// Name in rule files.
    pub name: &'static str,
    /// What it tells.
    pub doc: &'static str,
    /// The check.
    pub test: fn(&Candidate<'_>) -> Answer,
    /// Makes a value that passes.
    pub forge: Option<fn(&mut Random, &str) -> String>,
}

/// All probes.
pub const PROBES: &[Probe] = &[];

/// The probe of a name.
pub fn find(name: &str) -> Option<&'static Probe> {
    PROBES.iter().find(|probe| probe.name == name)
}

/// Expands case templates.
pub fn expand(text: &str, _random: &mut Random) -> Result<String, String> {
    Ok(text.to_owned())
}
