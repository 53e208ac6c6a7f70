//! How a value reads: like words or like text drawn at random, in whole numbers.

use crate::probe::language::{CLASSES, PAIRS};

/// 0 small letter, 1 capital, 2 digit, 3 other.
pub(super) fn class_of(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// Costs of the language model as numbers.
#[allow(clippy::indexing_slicing)] // Computed when the program is built.
const fn numbers<const ROWS: usize, const COLUMNS: usize>(rows: &[&str; ROWS]) -> [[u8; COLUMNS]; ROWS] {
    let mut table = [[0; COLUMNS]; ROWS];
    let mut row = 0;
    while row < ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let mark = rows[row].as_bytes()[column];
            table[row][column] = if mark <= b'9' { mark - b'0' } else { mark - b'a' + 10 };
            column += 1;
        }
        row += 1;
    }
    table
}

static AFTER_LETTER: [[u8; 26]; 27] = numbers(&PAIRS);
static AFTER_CLASSES: [[u8; 4]; 16] = numbers(&CLASSES);

fn cost(row: Option<&[u8]>, column: usize) -> i32 {
    row.and_then(|row| row.get(column)).map_or(0, |cost| i32::from(*cost))
}

/// Quarter bits by which "drawn at random" explains a value better than "written by a person".
pub(super) fn randomness(value: &[u8]) -> i32 {
    let (mut first, mut second, mut before, mut written) = (3, 3, 0, 0);
    for byte in value {
        let class = class_of(*byte);
        written += cost(AFTER_CLASSES.get(first * 4 + second).map(|row| &row[..]), class);
        if class < 2 {
            let at = usize::from((byte | 32) - b'a');
            // A capital after a small letter starts a word.
            let row = if class == 1 && second == 0 { 0 } else { before };
            written += 2 * cost(AFTER_LETTER.get(row).map(|row| &row[..]), at);
            before = at + 1;
        } else {
            written += if class == 2 { 13 } else { 6 };
            before = 0;
        }
        (first, second) = (second, class);
    }
    let drawn = i32::try_from(value.len()).unwrap_or(i32::MAX / 4096) * alphabet_bits(value);
    written - (drawn + 32).div_euclid(64)
}

/// 256ths of a bit that a byte of the smallest usual alphabet has.
fn alphabet_bits(value: &[u8]) -> i32 {
    let small = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let large = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    if value.iter().all(small) || value.iter().all(large) {
        return 1024;
    }
    let mut has = [0_u32; 4];
    for byte in value {
        if let Some(class) = has.get_mut(class_of(*byte)) {
            *class = 1;
        }
    }
    let size: u32 = has.iter().zip([26, 26, 10, 4]).map(|(has, size)| has * size).sum();
    // The logarithm of each sum, times 256.
    match size {
        4 => 512,
        10 => 850,
        14 => 975,
        26 => 1203,
        30 => 1256,
        36 => 1324,
        40 => 1362,
        52 => 1459,
        56 => 1487,
        62 => 1524,
        66 => 1547,
        _ => 256,
    }
}

/// How the letters of a value read.
pub(super) struct Read {
    /// Eighths of a bit a letter costs on average.
    pub(super) mean: u32,
    /// The longest run of letters that read like a word.
    pub(super) longest: usize,
    pub(super) letters: u32,
}

/// Reads a value with the costs of letters after two others (0 is no letter or the start of a word).
pub(super) fn of(value: &[u8], costs: &[u8]) -> Read {
    let (mut total, mut letters, mut run, mut longest) = (0_u32, 0_u32, 0_usize, 0_usize);
    let (mut first, mut second, mut before) = (0_usize, 0_usize, 0_u8);
    for byte in value.iter().copied() {
        if !byte.is_ascii_alphabetic() || (byte.is_ascii_uppercase() && before.is_ascii_lowercase()) {
            (first, second, run) = (0, 0, 0);
        }
        before = byte;
        if !byte.is_ascii_alphabetic() {
            continue;
        }
        let symbol = usize::from((byte | 32) - 96);
        let cost = costs.get((first * 27 + second) * 27 + symbol).copied().unwrap_or(u8::MAX);
        total += u32::from(cost);
        letters += 1;
        run = if cost <= 46 { run + 1 } else { 0 };
        longest = longest.max(run);
        (first, second) = (second, symbol);
    }
    Read { mean: total.checked_div(letters).unwrap_or(0), longest, letters }
}

/// Slots of the letter triples of a value: letters in small case, digits as one, other bytes by kind.
pub(super) fn slots(value: &[u8]) -> impl Iterator<Item = usize> {
    let symbol = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => u32::from((byte | 32) - 96),
        b'0'..=b'9' => 27,
        0x80.. => 28,
        _ => u32::from(29 + (byte & 7)),
    };
    let mut symbols = value.iter().take(128).map(symbol).chain([0]);
    let (mut first, mut second) = (0, symbols.next().unwrap_or(0));
    symbols.map(move |third| {
        let triple = (first * 40 + second) * 40 + third;
        (first, second) = (second, third);
        (triple.wrapping_mul(2_654_435_761) >> 20) as usize
    })
}
