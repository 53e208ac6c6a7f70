//! Features of the value itself.

use super::{
    feature::{Feature, Features},
    reading,
    seen::{NAMES, Seen, Words, is_wordy},
    words::{DIGEST, REFERENCE, SECRET, STAND_IN, beginnings, list, lists_of, parts},
};
use crate::probe::text::ROWS;

const LENGTHS: [usize; 13] = [4, 6, 8, 10, 12, 16, 20, 24, 32, 41, 64, 65, 128];
/// Quarter bits.
const RANDOM: [i32; 11] = [-80, -40, -20, -8, 0, 8, 16, 24, 40, 64, 100];
/// Eighths of a bit.
const READS: [u32; 7] = [24, 28, 32, 36, 40, 48, 56];

fn step<T: PartialOrd>(limits: &[T], value: T) -> usize {
    limits.iter().position(|limit| value < *limit).unwrap_or(limits.len())
}

/// Adds what is seen of the value alone, and of its likeness to the words of its name; gives its randomness in quarter
/// bits.
pub(super) fn see(seen: &Seen<'_>, names: &Words, costs: &[u8], found: &mut Features) -> i32 {
    let value = seen.value;
    let bits = reading::randomness(value);
    found.add_step(Feature::Length0, step(&LENGTHS, value.len()));
    found.add_step(Feature::Random0, step(&RANDOM, bits));
    let read = reading::of(value, costs);
    if read.letters < 2 {
        found.add(Feature::NoLetters);
    } else {
        found.add_step(Feature::Letter0, step(&READS, read.mean));
    }
    match read.longest {
        0..=3 => {}
        4..=5 => found.add(Feature::WordRun4),
        6..=7 => found.add(Feature::WordRun6),
        8..=11 => found.add(Feature::WordRun8),
        _ => found.add(Feature::WordRun12),
    }
    let mut small = [0_u8; 256];
    let small = small.get_mut(..value.len()).unwrap_or_default();
    small.copy_from_slice(value.get(..small.len()).unwrap_or_default());
    small.make_ascii_lowercase();
    classes(value, found);
    shape(value, found);
    code(value, found);
    beginning(small, found);
    stand_in(value, small, names, found);
    bits
}

fn classes(value: &[u8], found: &mut Features) {
    let length = value.len();
    let (mut counts, mut strong, mut changes, mut before) = ([0_usize; 4], 0, 0, None);
    let (mut kinds, mut digits_end) = ([0_u64; 4], 0);
    for byte in value {
        let class = reading::class_of(*byte);
        if let Some(count) = counts.get_mut(class) {
            *count += 1;
        }
        strong += usize::from(b"!#$%^&*?~|@".contains(byte));
        changes += usize::from(before.is_some_and(|before| before != class));
        before = Some(class);
        digits_end = if class == 2 { digits_end + 1 } else { 0 };
        if let Some(word) = kinds.get_mut(usize::from(*byte) / 64) {
            *word |= 1 << (byte % 64);
        }
    }
    let [small, large, digits, others] = counts;
    let mixed = match (small, large, digits) {
        _ if small == length => Some(Feature::OnlySmallLetters),
        _ if large == length => Some(Feature::OnlyCapitals),
        _ if digits == length => Some(Feature::OnlyDigits),
        (1.., 0, 1..) => Some(Feature::SmallAndDigits),
        (0, 1.., 1..) => Some(Feature::CapitalsAndDigits),
        (1.., 1.., 1..) => Some(Feature::BothCasesAndDigits),
        (1.., 1.., 0) => Some(Feature::BothCases),
        _ => None,
    };
    mixed.into_iter().for_each(|one| found.add(one));
    found.when(strong > 0 && others * 3 <= length, Feature::MarksOfPasswords);
    found.when(others * 4 > length, Feature::ManyMarks);
    found.when(others > 0 && others * 4 <= length, Feature::FewMarks);
    found.when(changes * 2 > length, Feature::ManyChangesOfClass);
    found.when(changes * 4 > length && changes * 2 <= length, Feature::SomeChangesOfClass);
    let different: u32 = kinds.iter().map(|word| word.count_ones()).sum();
    found.when(length >= 6 && different as usize == length, Feature::AllBytesDiffer);
    found.when(digits_end > 0 && digits_end < length && digits == digits_end, Feature::DigitsAtTheEndOnly);
}

fn shape(value: &[u8], found: &mut Features) {
    let bare = value.strip_prefix(b"0x").unwrap_or(value);
    let hex = bare.len() >= 8 && bare.iter().all(u8::is_ascii_hexdigit) && bare.iter().any(u8::is_ascii_digit);
    found.when(hex, Feature::Hex);
    found.when(value.iter().filter(|byte| **byte == b'/').count() >= 2, Feature::TwoSlashes);
    let number = |byte: &u8| byte.is_ascii_digit() || b".,:-+/_ TZ".contains(byte);
    found.when(value.iter().all(number), Feature::NumberWithMarks);
}

fn code(value: &[u8], found: &mut Features) {
    case(value).into_iter().for_each(|one| found.add(one));
    let has = |marks: &[u8]| value.iter().any(|byte| marks.contains(byte));
    found.when(has(b"("), Feature::Call);
    found.when(has(b"[]{}<>"), Feature::Bracket);
    found.when(
        value.first().is_some_and(|first| b"$*&!{[(%@|>=:.,+?)\\".contains(first)),
        Feature::StartsWithMarkOfCode,
    );
    found.when(value.last().is_some_and(|last| b"({[:.|&+=".contains(last)), Feature::EndsWithMarkOfCode);
    let head = value.get(..value.len().saturating_sub(2)).unwrap_or_default();
    found.when(head.contains(&b'='), Feature::HasEquals);
    found.when(has(b",;"), Feature::HasComma);
}

fn beginning(small: &[u8], found: &mut Features) {
    let said = beginnings().at_start(small);
    found.when(said & DIGEST != 0, Feature::DigestMark);
    found.when(said & REFERENCE != 0, Feature::ReferenceStart);
}

/// How words are joined; none where bytes other than those of names are in it.
fn case(value: &[u8]) -> Option<Feature> {
    let first = value.first()?;
    let named = |byte: &u8| is_wordy(*byte) || b"_-.".contains(byte);
    if !(first.is_ascii_alphabetic() || *first >= 0x80) || !value.iter().all(named) {
        return None;
    }
    if value.iter().filter(|byte| byte.is_ascii_digit()).count() > 2 {
        return None;
    }
    let small = value.iter().any(u8::is_ascii_lowercase);
    let large = value.iter().any(u8::is_ascii_uppercase);
    match [b'.', b'_', b'-'].map(|mark| value.contains(&mark)) {
        [false, false, false] if large && !small => Some(Feature::CaseUpper),
        [false, false, false] => {
            let inner = value.iter().skip(1).any(u8::is_ascii_uppercase);
            (small && inner).then_some(Feature::CaseCamel)
        }
        [true, ..] => Some(Feature::CaseDotted),
        [false, true, false] => small.then_some(Feature::CaseSnake),
        _ => Some(Feature::CaseKebab),
    }
}

fn stand_in(value: &[u8], small: &[u8], names: &Words, found: &mut Features) {
    let (whole, said) = (lists_of(small), parts().within(small));
    found.when(is_template(value), Feature::Template);
    found.when(whole & list::FAKE_WORDS != 0, Feature::StandInWord);
    found.when(whole & list::CONSTANTS != 0, Feature::KnownConstant);
    found.when(said & STAND_IN != 0, Feature::StandInPart);
    found.when(said & SECRET != 0, Feature::SaysSecretOrPassword);
    found.when(repeats(small), Feature::Repeats);
    found.when(small.len() >= 6 && counts(small), Feature::Counts);
    let words = Words::of(value, NAMES);
    let lists = words.iter().fold(0, |lists, word| lists | lists_of(word));
    found.when(lists & list::SAMPLES != 0, Feature::SaysExampleOrTest);
    found.when(lists & list::ADDRESSED != 0, Feature::SaysYourOrMy);
    let short = words.count() > 1 && lists & list::FAKE_SEGMENTS != 0;
    found.when(short, Feature::ShortWordOfAStandInInIt);
    likeness(&words, names, found);
}

fn likeness(words: &Words, names: &Words, found: &mut Features) {
    if words.count() == 0 || names.count() == 0 {
        return;
    }
    if words.iter().eq(names.iter()) {
        found.add(Feature::IsItsName);
    } else if words.iter().all(|word| names.has(word)) {
        found.add(Feature::AllItsWordsInTheName);
    } else if words.iter().any(|word| word.len() > 2 && names.has(word)) {
        found.add(Feature::SharesAWordWithTheName);
    }
}

fn is_template(value: &[u8]) -> bool {
    let marks: [&[u8; 2]; 13] =
        [b"${", b"{{", b"}}", b"$(", b"#{", b"%(", b"<%", b"%>", b"$[", b"{%", b"%s", b"%d", b"%v"];
    let may = |byte: &u8| b"${}#%<".contains(byte);
    if value.iter().any(may) && value.windows(2).any(|pair| marks.iter().any(|mark| pair == *mark)) {
        return true;
    }
    let ends = (value.first().copied(), value.last().copied());
    let pairs = [b"<>", b"{}", b"[]", b"()", b"%%", b"@@", b"``", b"__"];
    value.len() > 2 && pairs.iter().any(|[open, close]| ends == (Some(*open), Some(*close)))
}

/// Few different bytes, one in a row, or a short period.
fn repeats(text: &[u8]) -> bool {
    let mut kinds = [0_u64; 4];
    for byte in text {
        if let Some(word) = kinds.get_mut(usize::from(*byte) / 64) {
            *word |= 1 << (byte % 64);
        }
    }
    let kinds: u32 = kinds.iter().map(|word| word.count_ones()).sum();
    let length = text.len();
    match length {
        0..=2 => return false,
        3..=5 => return kinds == 1,
        _ if kinds <= 2 || (length >= 16 && kinds <= 4) => return true,
        _ => {}
    }
    let (mut run, mut longest) = (1, 1);
    for (left, right) in text.iter().zip(text.iter().skip(1)) {
        run = if left == right { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    if (longest >= 5 && longest * 3 >= length) || longest >= 12 {
        return true;
    }
    let period =
        |period: usize| text.get(period..).zip(text.get(..length - period)).is_some_and(|(left, right)| left == right);
    length >= 8 && (1..=(length / 2).min(40)).any(period)
}

/// Which bytes stand beside a byte in a row of the keyboard.
const NEIGHBOURS: [u128; 128] = neighbours();

#[allow(clippy::indexing_slicing)] // Computed when the program is built.
const fn neighbours() -> [u128; 128] {
    let mut table = [0_u128; 128];
    let mut row = 0;
    while row < ROWS.len() {
        let marks = ROWS[row].as_bytes();
        let mut at = 1;
        while at < marks.len() {
            let (left, right) = (marks[at - 1], marks[at]);
            table[left as usize] |= 1 << right;
            table[right as usize] |= 1 << left;
            at += 1;
        }
        row += 1;
    }
    table
}

/// More than half lies in runs of four along the alphabet, the digits or a row of the keyboard.
fn counts(text: &[u8]) -> bool {
    let follows = |left: u8, right: u8| {
        (is_wordy(left) && is_wordy(right) && left.abs_diff(right) == 1)
            || (right < 128 && NEIGHBOURS.get(usize::from(left)).is_some_and(|row| row & (1 << right) != 0))
    };
    let (mut covered, mut run) = (0, 0);
    let close = |run: usize| if run >= 3 { run + 1 } else { 0 };
    for (left, right) in text.iter().zip(text.iter().skip(1)) {
        if follows(*left, *right) {
            run += 1;
        } else {
            covered += close(run);
            run = 0;
        }
    }
    (covered + close(run)) * 2 > text.len()
}
