//! Cron expressions: how far apart two runs can lie.

/// Longest time between two runs of a cron expression, in minutes. Five fields, or six with a year (AWS) or with
/// seconds first (Quartz, Spring); `@daily` and its like. `None` when it is no cron expression.
pub(crate) fn interval(expression: &str) -> Option<f64> {
    let is_aws = expression.trim().starts_with("cron(");
    let text = expression.trim().trim_start_matches("cron(").trim_end_matches(')').trim();
    match text.to_ascii_lowercase().as_str() {
        "@hourly" => return Some(60.0),
        "@daily" | "@midnight" => return Some(1440.0),
        "@weekly" => return Some(10_080.0),
        "@monthly" => return Some(44_640.0),
        "@yearly" | "@annually" => return Some(525_600.0),
        _ => {}
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let fields = match fields.as_slice() {
        [_, rest @ ..] if fields.len() == 6 && !(is_aws || has_year(&fields)) => rest,
        all => all,
    };
    let [minute, hour, day, month, weekday, ..] = fields else { return None };
    if fields.len() > 6 {
        return None;
    }
    let minutes = values(minute, 0, 59)?;
    let hours = values(hour, 0, 23)?;
    let days = values(day, 1, 31)?;
    let months = values(month, 1, 12)?;
    let weekdays = values(weekday, 0, 7)?;
    if months.len() < 12 {
        return Some(gap(&months, 12) * 44_640.0);
    }
    // Either day field may be open; where both are narrowed, either one starts a run.
    let (all_days, all_weekdays) = (days.len() >= 31, weekdays.len() >= 7);
    let by_week = (!all_weekdays).then(|| gap(&weekdays, 7) * 1440.0);
    let by_month = (!all_days).then(|| if days.len() == 1 { 44_640.0 } else { gap(&days, 31) * 1440.0 });
    if let Some(wide) = [by_week, by_month].into_iter().flatten().reduce(f64::min) {
        return Some(wide.max(within_day(&minutes, &hours)));
    }
    Some(within_day(&minutes, &hours))
}

/// True for six fields of which the last is a year and not the first a second: AWS puts `?` into one of the fields that
/// are third and fifth there, Quartz into one that is fourth and sixth.
fn has_year(fields: &[&str]) -> bool {
    let is_open = |at: usize| fields.get(at) == Some(&"?");
    is_open(2) || is_open(4) || fields.last().is_some_and(|year| year.starts_with("19") || year.starts_with("20"))
}

fn within_day(minutes: &[u32], hours: &[u32]) -> f64 {
    if hours.len() >= 24 {
        return gap(minutes, 60);
    }
    gap(hours, 24) * 60.0
}

/// Largest distance between neighbours on a circle of `size`.
fn gap(values: &[u32], size: u32) -> f64 {
    let Some(first) = values.first() else { return f64::from(size) };
    let wrapped = values.iter().copied().skip(1).chain(std::iter::once(first + size));
    let widest = values.iter().zip(wrapped).map(|(from, to)| to.saturating_sub(*from)).max();
    f64::from(widest.unwrap_or(size))
}

/// Sorted values of one field.
fn values(field: &str, low: u32, high: u32) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range {
            "*" | "?" | "L" | "W" => (low, high),
            _ => match range.split_once('-') {
                Some((from, to)) => (value(from)?, value(to)?),
                None if part.contains('/') => (value(range)?, high),
                None => (value(range)?, value(range)?),
            },
        };
        if from < low || to > high.max(7) || from > to {
            return None;
        }
        found.extend((from..=to).step_by(step as usize));
    }
    if high == 7 && found.contains(&7) {
        // Sunday is 0 and 7.
        found.retain(|&day| day != 7);
        found.push(0);
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

fn value(text: &str) -> Option<u32> {
    const NAMES: &[(&str, u32)] = &[
        ("SUN", 0),
        ("MON", 1),
        ("TUE", 2),
        ("WED", 3),
        ("THU", 4),
        ("FRI", 5),
        ("SAT", 6),
        ("JAN", 1),
        ("FEB", 2),
        ("MAR", 3),
        ("APR", 4),
        ("MAY", 5),
        ("JUN", 6),
        ("JUL", 7),
        ("AUG", 8),
        ("SEP", 9),
        ("OCT", 10),
        ("NOV", 11),
        ("DEC", 12),
    ];
    // Jenkins spreads runs with `H`: some fixed value of the field.
    if text == "H" {
        return Some(1);
    }
    let upper = text.to_ascii_uppercase();
    let head: String = upper.chars().filter(|sign| *sign != 'L' && *sign != '#').take(3).collect();
    NAMES.iter().find(|(name, _)| *name == head).map(|&(_, value)| value).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_longest_wait_between_two_runs() {
        let cases = [
            ("0 3 * * *", Some(1440.0)),
            ("cron(0 5 ? * * *)", Some(1440.0)),
            ("0 */6 * * *", Some(360.0)),
            ("*/15 * * * *", Some(15.0)),
            ("0 1,13 * * *", Some(720.0)),
            ("0 3 * * 0", Some(10_080.0)),
            ("0 3 * * 1-5", Some(4320.0)),
            ("0 0 2 * * *", Some(1440.0)),
            ("0 0 1 * *", Some(44_640.0)),
            ("@hourly", Some(60.0)),
            ("H 2 * * 7", Some(10_080.0)),
            ("30 4 1 1 *", Some(535_680.0)),
            ("whenever it suits", None),
            ("61 99 * * *", None),
            ("", None),
        ];
        for (expression, minutes) in cases {
            assert_eq!(interval(expression), minutes, "{expression}");
        }
    }
}
