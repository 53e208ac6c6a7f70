//! Quantities of prose: lengths of time, shares, sizes, and how often something happens.

use crate::{
    extract::cron,
    vocabulary::{
        Claims,
        words::{Word, words},
    },
};

const DAY: f64 = 1440.0;

/// A number with its unit, in base units (minutes, kilobytes, scores of one).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Amount {
    pub(super) from: usize,
    pub(super) len: usize,
    pub(super) value: f64,
    pub(super) measures: String,
    factor: f64,
}

/// Amounts of a text in order. `1 h 30 min` is one, `1-2 hours` is its upper end.
pub(super) fn amounts(text: &str, list: &[Word], claims: &Claims) -> Vec<Amount> {
    let mut found: Vec<Amount> = Vec::new();
    let mut at = 0;
    while at < list.len() {
        let Some(amount) = amount_at(list, at, claims) else {
            at += 1;
            continue;
        };
        at += amount.len;
        let joins = found.last().filter(|last| {
            last.measures == amount.measures && last.factor > amount.factor && is_near(text, list, last, amount.from)
        });
        if joins.is_some() {
            if let Some(last) = found.last_mut() {
                last.value += amount.value;
                last.len = at - last.from;
            }
        } else {
            found.push(amount);
        }
    }
    found
}

/// True when nothing but blanks or `and` stands between an amount and the word at `next`.
fn is_near(text: &str, list: &[Word], last: &Amount, next: usize) -> bool {
    let ends = list.get(last.from + last.len - 1).map_or(0, |word| word.at.end);
    let starts = list.get(next).map_or(0, |word| word.at.start);
    text.get(ends..starts).is_some_and(|gap| matches!(gap.trim(), "" | "and"))
}

fn amount_at(list: &[Word], at: usize, claims: &Claims) -> Option<Amount> {
    let word = list.get(at)?.text.as_str();
    let digits = word.trim_end_matches(|sign: char| sign.is_alphabetic());
    let suffix = word.get(digits.len()..).unwrap_or_default();
    if let Some(unit) = claims.unit(suffix).filter(|_| !suffix.is_empty() && !digits.is_empty()) {
        return finite(digits).map(|value| amount(at, 1, value * unit.factor, &unit.measures, unit.factor));
    }
    let value = finite(word).or_else(|| claims.number(word))?;
    // "half an hour", "2 business days".
    let is_filler = |word: &&Word| ["a", "an", "of", "business", "working", "calendar"].contains(&word.text.as_str());
    let filler = usize::from(list.get(at + 1).filter(is_filler).is_some());
    let unit = list.get(at + 1 + filler).and_then(|word| claims.unit(&word.text))?;
    Some(amount(at, filler + 2, value * unit.factor, &unit.measures, unit.factor))
}

fn amount(from: usize, len: usize, value: f64, measures: &str, factor: f64) -> Amount {
    Amount { from, len, value, measures: measures.to_owned(), factor }
}

fn finite(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// A length of time in minutes: the longest that the text names, so that a text with several parts accuses nobody of
/// missing the shortest. `unit` is what a number without a unit counts (from a key such as "RTO (hours)").
pub(super) fn duration(text: &str, key: &str, claims: &Claims) -> Option<f64> {
    let list = words(text);
    let times = amounts(text, &list, claims).into_iter().filter(|amount| amount.measures == "time");
    if let Some(longest) = times.map(|amount| amount.value).reduce(f64::max) {
        return Some(longest);
    }
    if let Some(often) = claims.frequencies(&list).first() {
        return Some(often.what.factor);
    }
    let mut numbers = list.iter().filter_map(|word| finite(&word.text).or_else(|| claims.number(&word.text)));
    let number = numbers.next().filter(|_| numbers.next().is_none())?;
    if number == 0.0 {
        return Some(0.0);
    }
    let unit =
        words(key).into_iter().find_map(|word| claims.unit(&word.text).filter(|unit| unit.measures == "time").cloned());
    unit.map(|unit| number * unit.factor)
}

/// Shares of a hundred in a text, each with the words before and after it up to the next one.
fn shares(text: &str) -> Vec<(f64, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.find(['%', '％']) {
        let (before, after) = rest.split_at_checked(sign).unwrap_or((rest, ""));
        let after = after.trim_start_matches(['%', '％']);
        let trimmed = before.trim_end();
        let digits = trimmed.trim_end_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '.' | ','));
        let number = trimmed.get(digits.len()..).unwrap_or_default().replace(',', ".");
        if let Some(value) = finite(number.trim_matches('.')).filter(|value| (0.0..=100.0).contains(value)) {
            let next = after.find(|sign: char| sign.is_ascii_digit()).unwrap_or(after.len());
            let label = format!("{digits} {}", after.get(..next).unwrap_or_default());
            found.push((value, label));
        }
        rest = after;
    }
    found
}

/// The share that a text promises: the one named as the whole (`overall`, `lines`), else the lowest.
pub(super) fn percent(text: &str, claims: &Claims) -> Option<f64> {
    let shares = shares(text);
    let is_whole = |label: &str| words(label).iter().any(|word| claims.words().whole.contains(&word.text));
    let whole = shares.iter().find(|(_, label)| shares.len() > 1 && is_whole(label)).map(|(value, _)| *value);
    if let Some(value) = whole.or_else(|| shares.iter().map(|(value, _)| *value).reduce(f64::min)) {
        return Some(value);
    }
    let list = words(text);
    if let Some(share) = claims.percents(&list).first() {
        return Some(share.what.value);
    }
    // "80", "80 percent", "at least 80".
    let numbers: Vec<f64> = list.iter().filter_map(|word| finite(&word.text)).collect();
    match numbers.as_slice() {
        [value] if (1.0..=100.0).contains(value) => Some(*value),
        _ => None,
    }
}

/// How often something is done, in minutes, and for how many days it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    pub(super) interval: Option<f64>,
    pub(super) retention: Option<f64>,
}

/// Reads `daily, kept 30 days`, `every 6 h (retention: 2 weeks)`, `0 3 * * *`, `30 daily, 12 monthly`.
pub(super) fn schedule(text: &str, claims: &Claims) -> Schedule {
    let list = words(text);
    let words = claims.words();
    let word_at = |at: Option<usize>| at.and_then(|at| list.get(at)).map_or("", |word| word.text.as_str());
    let mut intervals: Vec<f64> = cron_in(text).into_iter().collect();
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for often in claims.frequencies(&list) {
        let before = finite(word_at(often.from.checked_sub(1)));
        let joined = often
            .from
            .checked_sub(1)
            .and_then(|at| list.get(at))
            .zip(list.get(often.from))
            .is_some_and(|(number, word)| text.get(number.at.end..word.at.start) == Some("-"));
        match before.filter(|count| *count > 0.0) {
            Some(count) if joined => intervals.push(count * often.what.factor),
            Some(count) => {
                intervals.push(often.what.factor);
                kept.push((often.what.factor, count * often.what.factor / DAY));
            }
            None => intervals.push(often.what.factor),
        }
    }
    let mut spans: Vec<f64> = Vec::new();
    for amount in amounts(text, &list, claims).into_iter().filter(|amount| amount.measures == "time") {
        if words.every.iter().any(|every| every == word_at(amount.from.checked_sub(1))) {
            intervals.push(amount.value);
            continue;
        }
        if matches!(word_at(amount.from.checked_sub(1)), "times" | "x" | "once" | "twice" | "at") {
            continue;
        }
        let around = amount.from.saturating_sub(3)..amount.from + amount.len + 3;
        let is_kept = list.get(around.start..around.end.min(list.len())).unwrap_or_default();
        let said = is_kept.iter().any(|word| words.keeping.contains(&word.text));
        if said || amount.value >= DAY {
            spans.push(amount.value / DAY);
        }
    }
    if let Some(times) = times_a(&list, claims) {
        intervals.push(times);
    }
    let every_unit = list.iter().zip(list.iter().skip(1)).filter(|(first, _)| words.every.contains(&first.text));
    intervals.extend(every_unit.filter_map(|(_, unit)| claims.unit(&unit.text)).map(|unit| unit.factor));
    kept.sort_by(|left, right| left.0.total_cmp(&right.0));
    let counted = kept.first().map(|(_, days)| *days);
    Schedule {
        interval: intervals.into_iter().reduce(f64::min),
        retention: spans.into_iter().reduce(f64::min).or(counted),
    }
}

/// `4 times a day`, `2x per week`.
fn times_a(list: &[Word], claims: &Claims) -> Option<f64> {
    list.windows(4).find_map(|four| {
        let [count, times, per, unit] = four else { return None };
        let is_times =
            matches!(times.text.as_str(), "times" | "x") && matches!(per.text.as_str(), "a" | "per" | "each");
        let count = finite(&count.text).or_else(|| claims.number(&count.text)).filter(|count| *count > 0.0)?;
        claims.unit(&unit.text).filter(|_| is_times).map(|unit| unit.factor / count)
    })
}

/// The interval of a cron expression that stands in a text.
fn cron_in(text: &str) -> Option<f64> {
    let fields: Vec<&str> = text.split(['`', ' ', '"', '(', ')']).filter(|field| !field.is_empty()).collect();
    let is_field = |field: &&str| {
        let mut signs = field.chars();
        signs.all(|sign| sign.is_ascii_digit() || matches!(sign, '*' | '/' | ',' | '-' | '?'))
    };
    fields.windows(5).find_map(|five| {
        let whole = five.iter().all(is_field) && five.iter().any(|field| field.contains(['*', '?']));
        whole.then(|| cron::interval(&five.join(" "))).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::declaration::tests::claims;

    #[test]
    fn durations_are_minutes() {
        let cases = [
            ("4 hours", Some(240.0)),
            ("< 15 min", Some(15.0)),
            ("≤ 1h", Some(60.0)),
            ("1 hour 30 minutes", Some(90.0)),
            ("1-2 hours", Some(120.0)),
            ("half an hour", Some(30.0)),
            ("Two hours (database), 24 hours (files)", Some(1440.0)),
            ("1 business day", Some(1440.0)),
            ("0", Some(0.0)),
            ("30s", Some(0.5)),
            ("as soon as possible", None),
        ];
        for (text, minutes) in cases {
            assert_eq!(duration(text, "RTO", &claims()), minutes, "{text}");
        }
        assert_eq!(duration("4", "RTO (hours)", &claims()), Some(240.0));
    }

    #[test]
    fn percents_take_the_whole_or_the_lowest() {
        let cases = [
            ("99.95%", Some(99.95)),
            ("99,9 %", Some(99.9)),
            ("≥ 80%", Some(80.0)),
            ("90% branches, 80% lines", Some(80.0)),
            ("85% overall, 70% per file", Some(85.0)),
            ("four nines", Some(99.99)),
            ("80", Some(80.0)),
            ("80 percent minimum", Some(80.0)),
            ("high", None),
            ("250%", None),
        ];
        for (text, value) in cases {
            assert_eq!(percent(text, &claims()), value, "{text}");
        }
    }

    #[test]
    fn schedules_tell_how_often_from_how_long() {
        let cases = [
            ("daily, kept 30 days", Some(1440.0), Some(30.0)),
            ("Daily automated backups with 7-day retention", Some(1440.0), Some(7.0)),
            ("every 6 hours (retention: 2 weeks)", Some(360.0), Some(14.0)),
            ("Every hour", Some(60.0), None),
            ("6-hourly", Some(360.0), None),
            ("30 daily, 12 monthly", Some(1440.0), Some(30.0)),
            ("4 times a day", Some(360.0), None),
            ("`0 3 * * *`, 14 d", Some(1440.0), Some(14.0)),
            ("Nightly at 03:00 UTC", Some(1440.0), None),
            ("Point-in-time recovery, 35 days", Some(5.0), Some(35.0)),
            ("weekly full and daily incremental, retained for 1 month", Some(1440.0), Some(30.0)),
            ("sometimes", None, None),
        ];
        for (text, interval, retention) in cases {
            assert_eq!(schedule(text, &claims()), Schedule { interval, retention }, "{text}");
        }
    }
}
