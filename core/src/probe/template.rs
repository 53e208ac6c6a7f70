//! Templates in cases: test secrets are made when a test runs and never stored.

use super::{
    Random, encode, find,
    random::{ALNUM, BASE32, DIGITS, HEX, LOWER, UPPER},
};

/// Longest text one template may make.
const LONGEST: usize = 20_000;

/// Words for `${words:N}`: common, short and in no list of placeholders.
const WORDS: &[&str] = &[
    "river", "copper", "window", "harvest", "silent", "orange", "planet", "velvet", "marble", "forest", "lantern",
    "bridge", "canyon", "meadow", "thunder", "winter", "garden", "ribbon", "summit", "pepper", "island", "mirror",
    "rocket", "saddle", "timber", "violet", "walnut", "anchor", "basket", "candle", "desert", "engine",
];

/// Expands case templates: `${alnum:24}`, `${lower:8}`, `${upper:8}`, `${digits:12}`, `${hex:32}`, `${HEX:32}`,
/// `${base32:16}`, `${base64:44}`, `${base64url:43}` (the number is the length in characters), `${words:3}` (joined
/// by a hyphen) and `${forge:PROBE:ARGUMENT}`.
///
/// Other texts in `${…}` stay as they are, for cases quote shells and Terraform; only what looks like a template but
/// is none (`${random:8}`) is an error.
pub fn expand(text: &str, random: &mut Random) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("${") {
        out.push_str(head);
        let known = match tail.split_once('}') {
            Some((inside, after)) => template(inside, random)?.map(|made| (made, after)),
            None => None,
        };
        match known {
            Some((made, after)) => {
                out.push_str(&made);
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The text a template makes; none when it is no template.
fn template(inside: &str, random: &mut Random) -> Result<Option<String>, String> {
    let (name, argument) = inside.split_once(':').unwrap_or((inside, ""));
    if name == "forge" {
        return forge(argument, random).map(Some);
    }
    let Some(make) = maker(name) else {
        let like = !name.is_empty() && name.chars().all(char::is_alphanumeric) && argument.parse::<usize>().is_ok();
        return if like {
            Err(format!(
                "unknown template ${{{inside}}}: alnum, lower, upper, digits, hex, HEX, base32, base64, base64url, \
                 words or forge"
            ))
        } else {
            Ok(None)
        };
    };
    match argument.parse::<usize>() {
        Ok(length) if (1..=LONGEST).contains(&length) => Ok(Some(make(random, length))),
        _ => Err(format!("template ${{{inside}}} needs a length from 1 to {LONGEST}")),
    }
}

type Maker = fn(&mut Random, usize) -> String;

fn maker(name: &str) -> Option<Maker> {
    Some(match name {
        "alnum" => |random, length| random.text(ALNUM, length),
        "lower" => |random, length| random.text(LOWER, length),
        "upper" => |random, length| random.text(UPPER, length),
        "digits" => |random, length| random.text(DIGITS, length),
        "hex" => |random, length| random.text(HEX, length),
        "HEX" => |random, length| random.text(HEX, length).to_uppercase(),
        "base32" => |random, length| random.text(BASE32, length),
        "base64" => base64,
        "base64url" => |random, length| random.text(encode::BASE64_URL, length),
        "words" => words,
        _ => return None,
    })
}

/// Base64 of that many characters. Lengths at which keys of 16, 32 or 64 bytes end (24, 44, 88) carry their padding.
fn base64(random: &mut Random, length: usize) -> String {
    match length {
        24 => encode::to_base64(&random.bytes(16)),
        44 => encode::to_base64(&random.bytes(32)),
        88 => encode::to_base64(&random.bytes(64)),
        _ => encode::to_base64(&random.bytes(length)).chars().take(length).collect(),
    }
}

fn words(random: &mut Random, count: usize) -> String {
    let chosen: Vec<&str> = (0..count).filter_map(|_| WORDS.get(random.below(WORDS.len())).copied()).collect();
    chosen.join("-")
}

fn forge(argument: &str, random: &mut Random) -> Result<String, String> {
    let (name, argument) = argument.split_once(':').unwrap_or((argument, ""));
    let probe = find(name).ok_or_else(|| format!("template ${{forge:{name}}} names no probe"))?;
    match probe.forge {
        Some(make) => Ok(make(random, argument)),
        None => Err(format!("probe {name} cannot forge a value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_expand_to_their_length_and_alphabet() {
        let cases: &[(&str, usize, fn(char) -> bool)] = &[
            ("${alnum:24}", 24, |c| c.is_ascii_alphanumeric()),
            ("${lower:8}", 8, |c| c.is_ascii_lowercase()),
            ("${upper:8}", 8, |c| c.is_ascii_uppercase()),
            ("${digits:12}", 12, |c| c.is_ascii_digit()),
            ("${hex:32}", 32, |c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()),
            ("${HEX:32}", 32, |c| c.is_ascii_hexdigit() && !c.is_ascii_lowercase()),
            ("${base32:16}", 16, |c| BASE32.contains(c)),
            ("${base64:44}", 44, |c| c.is_ascii_alphanumeric() || "+/=".contains(c)),
            ("${base64:43}", 43, |c| c.is_ascii_alphanumeric() || "+/".contains(c)),
            ("${base64url:43}", 43, |c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            ("${forge:npm-checksum:}", 40, |c| c.is_ascii_alphanumeric() || c == '_'),
        ];
        for (text, length, allowed) in cases {
            let made = expand(text, &mut Random::default()).unwrap();
            assert_eq!(made.chars().count(), *length, "{text} -> {made}");
            assert!(made.chars().all(allowed), "{text} -> {made}");
            assert_eq!(made, expand(text, &mut Random::default()).unwrap());
        }
        assert_eq!(expand("a ${words:3} b", &mut Random::default()).unwrap().matches('-').count(), 2);
    }

    #[test]
    fn other_texts_stay() {
        let cases =
            ["${DB_PASSWORD}", "${var.name}", "${PORT:-80}", "${env:STAGE}", "${", "$", "${}", "é${x", "a}${{b}}"];
        for text in cases {
            assert_eq!(expand(text, &mut Random::default()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn mistakes_are_reported() {
        let cases = [
            "${random:8}",
            "${alnum:0}",
            "${alnum:x}",
            "${alnum}",
            "${hex:999999}",
            "${forge:none}",
            "${forge:luhn2:x}",
        ];
        for text in cases {
            assert!(expand(text, &mut Random::default()).is_err(), "{text}");
        }
    }
}
