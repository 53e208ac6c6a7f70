//! Severity as a number from 0 to 10: CVSS vectors of versions 2 to 4, and the words databases use without one.

use cvss::Cvss;

/// The base score of a vector; metrics beyond the base of version 3 and unknown ones are left out.
pub(super) fn score(vector: &str) -> Option<f64> {
    let vector = vector.trim();
    if let Ok(score) = vector.parse::<f64>() {
        return (0.0..=10.0).contains(&score).then_some(score);
    }
    if vector.starts_with("CVSS:3") {
        let base = vector.split('/').filter(|metric| {
            let name = metric.split(':').next().unwrap_or_default();
            matches!(name, "CVSS" | "AV" | "AC" | "PR" | "UI" | "S" | "C" | "I" | "A")
        });
        return parsed(&base.collect::<Vec<_>>().join("/"));
    }
    if vector.starts_with("CVSS:") { parsed(vector) } else { version_2(vector) }
}

fn parsed(vector: &str) -> Option<f64> {
    vector.parse::<Cvss>().ok().map(|cvss| cvss.score()).filter(|score| (0.0..=10.0).contains(score))
}

/// The base equation of CVSS 2.0 (first.org/cvss/v2/guide).
fn version_2(vector: &str) -> Option<f64> {
    let weight = |name: &str, weights: [(&str, f64); 3]| {
        let value = vector.split(['/', '(', ')']).find_map(|metric| metric.strip_prefix(name)?.strip_prefix(':'))?;
        weights.into_iter().find(|(word, _)| *word == value).map(|(_, weight)| weight)
    };
    let vector_weight = weight("AV", [("L", 0.395), ("A", 0.646), ("N", 1.0)])?;
    let complexity = weight("AC", [("H", 0.35), ("M", 0.61), ("L", 0.71)])?;
    let authentication = weight("Au", [("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let impacts = [("N", 0.0), ("P", 0.275), ("C", 0.66)];
    let kept = (1.0 - weight("C", impacts)?) * (1.0 - weight("I", impacts)?) * (1.0 - weight("A", impacts)?);
    let impact = 10.41 * (1.0 - kept);
    let exploitability = 20.0 * vector_weight * complexity * authentication;
    let factor = if impact == 0.0 { 0.0 } else { 1.176 };
    Some((((0.6 * impact + 0.4 * exploitability - 1.5) * factor) * 10.0).round() / 10.0)
}

/// The lowest score of the band that a word names (CVSS 3.1, table 14).
pub(super) fn of_word(word: &str) -> Option<f64> {
    match word.trim().to_ascii_lowercase().as_str() {
        "critical" => Some(9.0),
        "high" | "important" => Some(7.0),
        "medium" | "moderate" => Some(4.0),
        "low" => Some(0.1),
        "none" => Some(0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_each_version_have_their_published_score() {
        let cases = [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(9.8)),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", Some(6.1)),
            ("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P/RL:O", Some(6.2)),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(9.3)),
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", Some(7.8)),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", Some(10.0)),
            ("AV:L/AC:H/Au:N/C:N/I:N/A:N", Some(0.0)),
            ("7.5", Some(7.5)),
            ("CVSS:3.1/AV:X", None),
            ("high", None),
        ];
        for (vector, wanted) in cases {
            assert_eq!(score(vector), wanted, "{vector}");
        }
        assert_eq!(of_word("MODERATE"), Some(4.0));
        assert_eq!(of_word("unknown"), None);
    }
}
