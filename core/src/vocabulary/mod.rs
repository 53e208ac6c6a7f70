//! Vocabulary: data that maps formats to facts and matters to controls. One file stem, one section; adding a stanza
//! to a file changes no code.

mod calls;
mod claims;
mod comments;
mod controls;
mod occurrence;
mod personal_data;
mod resources;
mod services;
pub mod words;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    calls::*,
    claims::*,
    comments::*,
    controls::*,
    occurrence::{Categories, WHOLE_PERSON, bit_of, is_comment},
    personal_data::*,
    resources::*,
    services::*,
};

/// All vocabulary of a rule set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Matters and the control ids that each framework files them under.
    pub controls: Controls,
    /// Names of personal data.
    pub personal_data: PersonalData,
    /// Roles of functions: log, third party, HTTP client, mask.
    pub calls: Calls,
    /// Infrastructure resources and what they are as facts.
    pub resources: Resources,
    /// Third-party services and platforms, and how they show themselves.
    pub services: Services,
    /// The declaration's items: canonical ids, synonyms, values.
    pub claims: Claims,
    /// Comments by which other scanners are told to pass over a line.
    pub comments: Comments,
}

impl Vocabulary {
    /// Reads vocabulary files (path, text). The file's stem up to the first dot names the section, so
    /// `resources.aws.toml` and `resources.azure.toml` add to one section. Lists every defect.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<String>> {
        let (mut vocabulary, mut defects) = (Self::default(), Vec::new());
        for (path, text) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let read = match name.split('.').next().unwrap_or_default() {
                "controls" => section(text).map(|part| vocabulary.controls.extend(part)),
                "personal-data" => section(text).map(|part| vocabulary.personal_data.extend(part)),
                "calls" => section(text).map(|part| vocabulary.calls.extend(part)),
                "resources" => section(text).map(|part| vocabulary.resources.extend(part)),
                "services" => section(text).map(|part| vocabulary.services.extend(part)),
                "claims" => section(text).map(|part| vocabulary.claims.extend(part)),
                "comments" => section(text).map(|part| vocabulary.comments.extend(part)),
                other => Err(format!(
                    "unknown vocabulary \"{other}\"; one of controls, personal-data, calls, resources, services, claims, \
                     comments"
                )),
            };
            if let Err(defect) = read {
                defects.push(format!("{path}: {defect}"));
            }
        }
        if defects.is_empty() { Ok(vocabulary) } else { Err(defects) }
    }
}

fn section<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}
