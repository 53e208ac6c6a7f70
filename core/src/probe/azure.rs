//! Keys of Azure that carry a Marvin checksum (formats: microsoft/security-utilities, MIT).

use super::{Answer, Candidate, Random, encode, random::ALNUM};

/// Signature inside the base64 text, and the seeds of the services that use it.
const KEYS: &[(&str, &str, &[u64])] = &[
    ("+ASt", "Azure Storage", &[0x4465_6661_756c_7430]),
    ("+ABa", "Azure Batch", &[0x4162_4163_6374_3030]),
    ("+ASb", "Azure Service Bus", MESSAGING),
    ("+AEh", "Azure Event Hubs", MESSAGING),
    ("+ARm", "Azure Relay", MESSAGING),
    ("ACDb", "Azure Cosmos DB", COSMOS),
    ("AzCa", "Azure Cache for Redis", &[0x4163_6365_7373_3030]),
    ("AzSe", "Azure AI Search", &[0x5175_6572_7930_3030, 0x5041_646d_696e_3030]),
    ("AzFu", "Azure Functions", &[0x4d61_7374_6572_3030, 0x5379_7374_656d_3030, 0x4675_6e63_7469_3030]),
    ("+ACR", "Azure Container Registry", &[0x4143_5244_666c_7430]),
    ("AIoT", "Azure IoT", &[0x496f_5448_7562_3030, 0x4470_734b_6579_3030, 0x4465_7669_6365_3030]),
    ("APIM", "Azure API Management", APIM),
    ("+AMC", "Azure ML classic", &[0x436c_6173_7369_6330]),
    ("AZEG", "Azure Event Grid", &[]),
];
const MESSAGING: &[u64] = &[
    0x5379_7374_656d_3030,
    0x556e_6b6e_6f77_6e30,
    0x5365_6e64_3030_3030,
    0x4d61_6e61_6765_3030,
    0x4c69_7374_656e_3030,
];
const COSMOS: &[u64] = &[
    0x5379_7341_6c6c_3030,
    0x5265_736f_7572_3030,
    0x4d61_7374_524f_3030,
    0x5379_7374_524f_3030,
    0x456e_6372_7970_3030,
    0x4d61_7374_5257_3030,
    0x5379_7374_5257_3030,
];
const APIM: &[u64] = &[0x5465_6e61_6e74_3030, 0x496f_5448_7562_3030, 0x4761_7465_7779_3030, 0x4769_744b_6579_3030];
const CLIENT_SEED: u64 = 0x4161_6450_7764_3030;
const CLIENT_ALPHABET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// Marvin32, the seeded string hash of .NET, folded to 32 bits.
fn marvin(data: &[u8], seed: u64) -> u32 {
    let half = |bits: u64| u32::try_from(bits & 0xffff_ffff).unwrap_or_default();
    let (mut low, mut high) = (half(seed), half(seed >> 32));
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let little = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    let chunks = data.chunks_exact(4);
    let tail = [chunks.remainder(), &[0x80]].concat();
    for chunk in chunks {
        mix(little(chunk));
    }
    mix(little(&tail));
    mix(0)
}

fn has_check(bytes: &[u8], seed: u64) -> bool {
    bytes.split_last_chunk::<4>().is_some_and(|(data, check)| marvin(data, seed) == u32::from_le_bytes(*check))
}

/// The signature stands ten characters before the end or padding of the base64 text.
fn signature_of(value: &str) -> Option<&str> {
    let text = value.trim_end_matches('=');
    let at = text.len().checked_sub(10)?;
    text.get(at..at + 4)
}

fn judge_key(value: &str, only: Option<&str>) -> Answer {
    let Some(signature) = signature_of(value) else { return Answer::CannotTell };
    if only.is_some_and(|only| only != signature) {
        return Answer::CannotTell;
    }
    let Some((_, service, seeds)) = KEYS.iter().find(|(name, _, _)| *name == signature) else {
        return Answer::CannotTell;
    };
    match encode::from_base64(value) {
        Some(bytes) if bytes.len() >= 24 => {
            if seeds.iter().any(|seed| has_check(&bytes, *seed)) {
                Answer::Yes(format!("{service} key, checksum is valid"))
            } else if seeds.len() == 1 {
                Answer::No("checksum is wrong")
            } else {
                // Services with several seeds may have seeds that were never published.
                Answer::CannotTell
            }
        }
        _ => Answer::CannotTell,
    }
}

/// Storage account keys: 64 bytes, `+ASt` before the checksum. Keys made before 2022 have neither.
pub(super) fn storage(candidate: &Candidate<'_>) -> Answer {
    judge_key(candidate.value, Some("+ASt"))
}

/// Any of Azure's identifiable keys.
pub(super) fn key(candidate: &Candidate<'_>) -> Answer {
    judge_key(candidate.value, None)
}

pub(super) fn forge_storage(random: &mut Random, _: &str) -> String {
    forge_key(random, "+ASt")
}

/// A key of 64 bytes with the signature (`+ASt`, `ACDb` …), or of 32 for services that use 32.
pub(super) fn forge_key(random: &mut Random, signature: &str) -> String {
    let known = KEYS.iter().find(|(name, _, seeds)| *name == signature && !seeds.is_empty()).or(KEYS.first());
    let Some((signature, _, seeds)) = known else { return String::new() };
    // 64 bytes put the signature at digit 76, 32 bytes at digit 33 with two bits of the next digit before the checksum.
    let short = ["+ASb", "+AEh", "+ARm", "AIoT", "AzCa", "+ACR"].contains(signature);
    let (digits, last) = if short { (33, "A") } else { (76, "") };
    let text = format!("{}{signature}{last}", random.text(ALNUM, digits));
    let mut bytes = encode::from_base64(&text).unwrap_or_default();
    let check = marvin(&bytes, seeds.first().copied().unwrap_or_default());
    bytes.extend(check.to_le_bytes());
    encode::to_base64(&bytes)
}

fn client_check(before: &str) -> String {
    let text = encode::number(u64::from(marvin(before.as_bytes(), CLIENT_SEED)), CLIENT_ALPHABET, 0);
    text.chars().take(3).collect()
}

/// Entra client secrets: `8Q~` after three characters, the last three of 40 are a checksum; `7Q~` has none.
pub(super) fn client_secret(candidate: &Candidate<'_>) -> Answer {
    let value = candidate.value;
    if value.len() != 40 || value.get(3..6) != Some("8Q~") {
        return Answer::CannotTell;
    }
    match value.split_at_checked(37) {
        Some((before, check)) => Answer::when(client_check(before) == check, "checksum is valid", "checksum is wrong"),
        None => Answer::CannotTell,
    }
}

pub(super) fn forge_client_secret(random: &mut Random, _: &str) -> String {
    let before = format!("{}8Q~{}", random.text(ALNUM, 3), random.text(ALNUM, 31));
    format!("{before}{}", client_check(&before))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Microsoft's own published example, put together here.
    #[test]
    fn microsofts_example_has_a_right_checksum() {
        let value = ["zzz8", "Q~", &"z".repeat(31), "blP"].concat();
        assert!(matches!(client_secret(&Candidate::of(&value)), Answer::Yes(_)));
        let wrong = ["zzz8", "Q~", &"z".repeat(31), "blQ"].concat();
        assert_eq!(client_secret(&Candidate::of(&wrong)), Answer::No("checksum is wrong"));
    }

    #[test]
    fn keys_of_every_service_are_proved() {
        let mut random = Random::default();
        for (signature, service, seeds) in KEYS {
            if seeds.is_empty() {
                continue;
            }
            let value = forge_key(&mut random, signature);
            assert_eq!(signature_of(&value), Some(*signature), "{value}");
            let answer = key(&Candidate::of(&value));
            assert_eq!(answer, Answer::Yes(format!("{service} key, checksum is valid")), "{value}");
        }
    }

    #[test]
    fn older_keys_are_not_judged() {
        let value = encode::to_base64(&Random::default().bytes(64));
        assert_eq!(storage(&Candidate::of(&value)), Answer::CannotTell);
        let legacy = format!("abc7Q~{}", "d".repeat(31));
        assert_eq!(client_secret(&Candidate::of(&legacy)), Answer::CannotTell);
    }
}
