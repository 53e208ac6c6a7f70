//! The encodings tokens are written in. Every decoder returns none instead of failing.

pub(super) const BASE62: &str = super::random::ALNUM;
pub(super) const BASE36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
pub(super) const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Data character set of bech32 (BIP-173).
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// `number` in the base of an alphabet, most significant first, padded with the zero digit to `width`.
pub(super) fn number(number: u64, alphabet: &str, width: usize) -> String {
    let base = alphabet.len().max(2) as u64;
    let mut left = number;
    let mut digits = Vec::new();
    while left > 0 || digits.len() < width {
        let at = usize::try_from(left % base).unwrap_or_default();
        digits.push(alphabet.as_bytes().get(at).copied().map_or('0', char::from));
        left /= base;
    }
    digits.iter().rev().collect()
}

fn value_in(alphabet: &str, mark: u8) -> Option<u32> {
    alphabet.bytes().position(|other| other == mark).and_then(|at| u32::try_from(at).ok())
}

/// Packs characters of `width` bits each into bytes; left-over bits are dropped.
fn unpack(values: impl Iterator<Item = Option<u32>>, width: u32) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(values.size_hint().0 * width as usize / 8);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for value in values {
        held = (held << width) | value?;
        bits += width;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(out)
}

fn pack(bytes: &[u8], alphabet: &str, width: u32) -> String {
    let mut out = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    let mut push = |value: u32| {
        let mark = usize::try_from(value).ok().and_then(|at| alphabet.as_bytes().get(at));
        out.push(mark.copied().map_or('A', char::from));
    };
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= width {
            bits -= width;
            push((held >> bits) & ((1 << width) - 1));
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        push((held << (width - bits)) & ((1 << width) - 1));
    }
    out
}

/// Base64 of either alphabet, with or without padding.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.len() % 4 == 1 {
        return None;
    }
    let value = |mark: u8| match mark {
        b'A'..=b'Z' => Some(u32::from(mark - b'A')),
        b'a'..=b'z' => Some(u32::from(mark - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(mark - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    unpack(text.bytes().map(value), 6)
}

/// Base64 with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut out = pack(bytes, BASE64, 6);
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// Base64 of the URL alphabet, without padding.
pub(super) fn to_base64_url(bytes: &[u8]) -> String {
    pack(bytes, BASE64_URL, 6)
}

/// Upper-case base32 (RFC 4648), without padding.
pub(super) fn to_base32(bytes: &[u8]) -> String {
    pack(bytes, super::random::BASE32, 5)
}

/// Upper-case base32 (RFC 4648), without padding.
pub(super) fn from_base32(text: &str) -> Option<Vec<u8>> {
    unpack(text.bytes().map(|mark| value_in(super::random::BASE32, mark)), 5)
}

/// Base58 of Bitcoin. Texts of more than 256 characters are refused: the cost is quadratic.
pub(super) fn from_base58(text: &str) -> Option<Vec<u8>> {
    if text.len() > 256 {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for mark in text.bytes() {
        let mut carry = value_in(BASE58, mark)?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 0xff).ok()?;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).ok()?);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|mark| *mark == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

fn bech32_remainder(values: impl Iterator<Item = u32>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let mut sum = 1_u32;
    for value in values {
        let top = sum >> 25;
        sum = ((sum & 0x1ff_ffff) << 5) ^ value;
        for (bit, term) in GENERATOR.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                sum ^= term;
            }
        }
    }
    sum
}

fn bech32_prefix(prefix: &str) -> impl Iterator<Item = u32> + '_ {
    let high = prefix.bytes().map(|byte| u32::from(byte >> 5));
    high.chain([0]).chain(prefix.bytes().map(|byte| u32::from(byte & 31)))
}

/// Whether a text ends in a right bech32 checksum (BIP-173; one case throughout, no limit of 90 as age has none).
pub(super) fn is_bech32(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return false;
    }
    let Some((prefix, data)) = lower.rsplit_once('1') else { return false };
    if prefix.is_empty() || data.len() < 6 {
        return false;
    }
    let values: Option<Vec<u32>> = data.bytes().map(|mark| value_in(BECH32, mark)).collect();
    values.is_some_and(|values| bech32_remainder(bech32_prefix(prefix).chain(values)) == 1)
}

/// The bech32 text of a lower-case prefix and bytes.
pub(super) fn to_bech32(prefix: &str, bytes: &[u8]) -> String {
    let data = pack(bytes, BECH32, 5);
    let values: Vec<u32> = data.bytes().filter_map(|mark| value_in(BECH32, mark)).collect();
    let rest = bech32_remainder(bech32_prefix(prefix).chain(values).chain([0; 6])) ^ 1;
    let check = (0..6).rev().map(|at| (rest >> (5 * at)) & 31);
    let marks = check.filter_map(|value| BECH32.chars().nth(usize::try_from(value).ok()?));
    format!("{prefix}1{data}{}", marks.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_agree_with_published_examples() {
        assert_eq!(to_base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(to_base64(b"fooba"), "Zm9vYmE=");
        assert_eq!(to_base64_url(b"\xff\xfe"), "__4");
        assert_eq!(from_base64("Zm9vYmE=").as_deref(), Some(&b"fooba"[..]));
        assert_eq!(from_base64("__4").as_deref(), Some(&b"\xff\xfe"[..]));
        assert_eq!(from_base64("Zm9v!"), None);
        assert_eq!(to_base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(from_base32("MZXW6YTBOI").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(from_base58("2NEpo7TZRRrLZSi2U").as_deref(), Some(&b"Hello World!"[..]));
        assert_eq!(number(0, BASE62, 6), "000000");
        assert_eq!(number(62, BASE62, 2), "10");
    }

    #[test]
    fn bech32_agrees_with_the_standard() {
        for text in ["A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"] {
            assert!(is_bech32(text), "{text}");
        }
        for text in ["A12UEL5l", "a12uel5m", "1qzzfhee", "", "x1b4n0q5v"] {
            assert!(!is_bech32(text), "{text}");
        }
        assert!(is_bech32(&to_bech32("nsec", &[7; 32])));
    }
}
