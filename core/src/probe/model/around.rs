//! Features of what stands around the value: its name, the rest of the line, the kind of file.

use super::{
    feature::{Feature, Features},
    seen::{Seen, Words, last, trim_end, trim_start},
    words::{list, lists_of},
};

/// Blanks as Python knows them.
const BLANKS: &[u8] = b" \t\n\r\x0b\x0c";

/// What the words of a name say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kind {
    pub(super) password: bool,
    pub(super) secret: bool,
    pub(super) token_or_key: bool,
}

fn ends_with_any(text: &[u8], ends: &[&[u8]]) -> bool {
    ends.iter().any(|end| text.ends_with(end))
}

/// Digits at the end count the names of a kind (`password2`).
fn without_number(word: &[u8]) -> &[u8] {
    let bare = trim_end(word, b"0123456789");
    if bare.is_empty() { word } else { bare }
}

fn is_password(word: &[u8], lists: u32) -> bool {
    lists & list::PASSWORDS != 0 || word.starts_with(b"passw") || ends_with_any(word, &[b"password", b"passwd", b"pwd"])
}

/// Adds what the name says.
pub(super) fn see_name(seen: &Seen<'_>, name: &[u8], between: &[u8], words: &Words, found: &mut Features) -> Kind {
    let mut kind = Kind::default();
    let (mut lists, mut first, mut last_word, mut last_lists, mut last_password) = (0, None, &b""[..], 0, false);
    for word in words.iter().map(without_number) {
        let own = lists_of(word);
        last_password = is_password(word, own);
        kind.password |= last_password;
        kind.secret |= own & list::SECRETS != 0 || word.ends_with(b"secret");
        let token = ends_with_any(word, &[b"token", b"tokens"]);
        let key = word.ends_with(b"key");
        kind.token_or_key |= token || key;
        found.when(token, Feature::Token);
        found.when(key, Feature::Key);
        found.when(word.starts_with(b"cred"), Feature::Credential);
        first.get_or_insert(own);
        lists |= own;
        (last_word, last_lists) = (word, own);
    }
    found.when(kind.password, Feature::Password);
    found.when(last_lists & list::ABOUT != 0, Feature::LastAboutIt);
    found.when(last_lists & list::IDS != 0, Feature::LastId);
    found.when(last_lists & list::PEOPLE != 0, Feature::LastNameOrUser);
    found.when(last_lists & list::HASHES != 0, Feature::LastHash);
    found.when(first.is_some_and(|lists| lists & list::OTHER != 0), Feature::FirstOther);
    found.when(lists & list::PUBLIC != 0, Feature::Public);
    found.when(lists & list::FALSE != 0, Feature::SaysTestOrFake);
    found.when(lists & list::HASH_WORDS != 0, Feature::HashWord);
    found.when(lists & list::PASSING != 0, Feature::CsrfOrNextOrCursor);
    let none = !(kind.password || kind.secret || kind.token_or_key || found.has(Feature::Credential));
    found.when(none, Feature::NoSecretWord);
    found.when(words.count() >= 4, Feature::ManyWords);
    let dotted = name.contains(&b'.') || ends_with_any(seen.head(name, between), &[b"->", b"::"]);
    found.when(dotted, Feature::HasDotOrArrow);
    found.when(between.first() == Some(&b'('), Feature::NameIsAMethod);
    let plural = last_word.len() > 4 && last_word.ends_with(b"s") && !last_word.ends_with(b"ss");
    found.when(plural, Feature::Plural);
    let is_secret = last_password || ends_with_any(last_word, &[b"secret", b"token", b"key"]);
    found.when(is_secret, Feature::LastIsTheSecretWord);
    kind
}

/// The quote that opens the literal of the value.
fn quote_of(before: &[u8]) -> Option<u8> {
    before.last().copied().filter(|mark| matches!(mark, b'"' | b'\'' | b'`'))
}

/// Adds how the value is written and what stands around it. `path` is in small letters.
pub(super) fn see_place(seen: &Seen<'_>, path: &[u8], name: &[u8], between: &[u8], found: &mut Features) {
    let quote = quote_of(seen.before);
    found.when(quote == Some(b'"'), Feature::DoubleQuote);
    found.when(quote.is_none(), Feature::NoQuote);
    if let Some(quote) = quote {
        literal(seen, quote, found);
        let count = between.iter().filter(|byte| **byte == quote).count();
        let behind = between.len() >= 2 && count == 1 && seen.head(name, between).last() == Some(&quote);
        found.when(behind, Feature::BehindALiteral);
    } else {
        found.when(is_code(extension(path)), Feature::NoQuoteInCode);
    }
    operator(seen, quote, between).into_iter().for_each(|one| found.add(one));
    rest(seen, quote, found);
    line(seen, name, found);
}

fn literal(seen: &Seen<'_>, quote: u8, found: &mut Features) {
    let inside = seen.after.split(|byte| *byte == quote).next().unwrap_or_default();
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    found.add(if trim_start(seen.after, b"\\").first() == Some(&quote) {
        Feature::ClosedAtOnce
    } else if trim_end(inside, BLANKS).contains(&b' ') && inside.iter().any(letter) {
        Feature::LiteralGoesOnWithWords
    } else {
        Feature::LiteralGoesOn
    });
}

fn operator(seen: &Seen<'_>, quote: Option<u8>, between: &[u8]) -> Option<Feature> {
    let mut text = trim_end(between, b"\"'` \t\\");
    if quote.is_some()
        && let Some((prefix, head)) = text.split_last()
        && b"burf@$Ln".contains(prefix)
    {
        text = trim_end(head, BLANKS);
    }
    let expands = || last(seen.before, 80).windows(2).any(|pair| pair == b"${");
    match text {
        [.., b'=', b'='] => Some(Feature::ByComparison),
        [.., b'=', b'>'] | [.., b':', b'='] => Some(Feature::ByArrow),
        [.., b'='] => Some(Feature::ByEquals),
        // The default of a variable.
        [.., b':', b'-'] | [.., b'|', b'|'] | [.., b'?', b'?'] => None,
        [.., b':'] => (!expands()).then_some(Feature::ByColon),
        [.., b'('] => Some(Feature::ByParen),
        [.., b','] => Some(Feature::ByComma),
        [.., b'>'] => Some(Feature::ByTag),
        _ => None,
    }
}

fn rest(seen: &Seen<'_>, quote: Option<u8>, found: &mut Features) {
    let mut rest = trim_start(seen.after, b"\\");
    if let Some((first, tail)) = rest.split_first()
        && Some(*first) == quote
    {
        rest = tail;
    }
    let bare = trim_start(rest, b" \t");
    match bare.first() {
        None => found.add(Feature::LineEnds),
        Some(b',') => found.add(Feature::ThenComma),
        Some(b')') => found.add(Feature::ThenParen),
        Some(b'<') => found.add(Feature::ThenATag),
        Some(first) => {
            let letter = first.is_ascii_alphabetic() || *first >= 0x80;
            found.when(letter && bare.len() < rest.len(), Feature::ThenAWord);
        }
    }
}

fn line(seen: &Seen<'_>, name: &[u8], found: &mut Features) {
    let (before, after) = (seen.before, seen.after);
    let start = trim_start(before, b" \t");
    let start = start.get(..4).unwrap_or(start);
    let marks: [&[u8]; 9] = [b"#", b"//", b"/*", b"* ", b"--", b"<!--", b";", b"%", b"rem "];
    found.when(marks.iter().any(|mark| start.starts_with(mark)), Feature::Comment);
    found.when(name.first() == Some(&b'-'), Feature::OptionOfACommand);
    let declares =
        matches!(start, b"var " | b"let " | b"cons" | b"def " | b"func" | b"priv" | b"publ" | b"fina" | b"stat");
    found.when(declares, Feature::Declares);
    found.when(before.len() + after.len() > 300, Feature::LongLine);
    let mut near = [b' '; 321];
    let before = last(before, 160);
    let after = after.get(..160).unwrap_or(after);
    let length = before.len() + 1 + after.len();
    near.iter_mut()
        .zip(before.iter().chain(b" ").chain(after))
        .for_each(|(slot, byte)| *slot = byte.to_ascii_lowercase());
    neighbours(near.get(..length).unwrap_or_default(), found);
}

/// What the text around a value speaks of, in one pass.
fn neighbours(near: &[u8], found: &mut Features) {
    let mut pairs = 0;
    for at in 0..near.len() {
        let text = near.get(at..).unwrap_or_default();
        match text {
            [b'=', ..] => pairs += 1,
            [b':', tail @ ..] => {
                found.when(tail.starts_with(b"//"), Feature::AddressNear);
                pairs += usize::from(tail.first() == Some(&b' '));
                found.when(tail.starts_with(b" str"), Feature::TypeOfAParameter);
            }
            [b'u', ..] => found.when(text.starts_with(b"user"), Feature::UserNameNear),
            [b'l', ..] => found.when(text.starts_with(b"login"), Feature::UserNameNear),
            [b'e', ..] => {
                found.when(text.starts_with(b"email"), Feature::UserNameNear);
                found.when(text.starts_with(b"expect") || text.starts_with(b"equal"), Feature::TestWordsNear);
            }
            [b'a', ..] => found.when(text.starts_with(b"assert"), Feature::TestWordsNear),
            [b'm', ..] => found.when(text.starts_with(b"mock"), Feature::TestWordsNear),
            [b's', ..] => {
                found.when(text.starts_with(b"should"), Feature::TestWordsNear);
                let is_type = text.starts_with(b"string ") || text.starts_with(b"str,");
                found.when(is_type, Feature::TypeOfAParameter);
            }
            [b'*', ..] => found.when(text.starts_with(b"*string"), Feature::TypeOfAParameter),
            [b't', ..] => found.when(text.starts_with(b"type="), Feature::TypeOfAParameter),
            _ => {}
        }
    }
    found.when(pairs >= 3, Feature::TwoValuesOnTheLine);
}

/// The extension of a path in small letters; of a copy (`settings.py.example`) the inner one.
fn extension(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    if name.starts_with(b".env") || name.ends_with(b".env") {
        return b"env";
    }
    if name.starts_with(b"dockerfile") {
        return b"dockerfile";
    }
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else { return b"" };
    let (stem, end) = (name.get(..dot).unwrap_or_default(), name.get(dot + 1..).unwrap_or_default());
    let copies = matches!(
        end,
        b"example"
            | b"sample"
            | b"dist"
            | b"template"
            | b"tmpl"
            | b"tpl"
            | b"j2"
            | b"erb"
            | b"bak"
            | b"old"
            | b"orig"
            | b"in"
    );
    match stem.iter().rposition(|byte| *byte == b'.') {
        Some(inner) if copies && inner > 0 => stem.get(inner + 1..).unwrap_or_default(),
        _ => end,
    }
}

/// The kind of file that an extension tells, if it tells one that counts.
fn kind_of(extension: &[u8]) -> Option<Feature> {
    match extension {
        b"py" | b"pyi" | b"ipynb" => Some(Feature::FilePython),
        b"js" | b"ts" | b"jsx" | b"tsx" | b"mjs" | b"cjs" | b"vue" => Some(Feature::FileScript),
        b"go" => Some(Feature::FileGo),
        b"java" | b"kt" | b"scala" | b"groovy" | b"gradle" => Some(Feature::FileJava),
        b"sh" | b"bash" | b"zsh" | b"bat" | b"cmd" | b"ps1" | b"bats" | b"dockerfile" | b"mk" => {
            Some(Feature::FileShell)
        }
        b"json" | b"json5" | b"jsonc" | b"ndjson" => Some(Feature::FileJson),
        b"ini" | b"properties" | b"conf" | b"cfg" | b"cnf" | b"toml" | b"config" | b"tfvars" | b"tf" | b"env"
        | b"hcl" => Some(Feature::FileSettings),
        b"xml" | b"html" | b"htm" | b"plist" | b"xaml" | b"svg" | b"css" | b"scss" => Some(Feature::FileMarkup),
        _ => None,
    }
}

/// Whether it is the extension of a program, where a bare word is a name.
fn is_code(extension: &[u8]) -> bool {
    matches!(kind_of(extension), Some(Feature::FilePython | Feature::FileScript | Feature::FileGo | Feature::FileJava))
        || matches!(
            extension,
            b"rb"
                | b"rake"
                | b"php"
                | b"c"
                | b"h"
                | b"cc"
                | b"cpp"
                | b"hpp"
                | b"cs"
                | b"m"
                | b"swift"
                | b"rs"
                | b"fs"
                | b"vb"
                | b"hs"
        )
}

/// Adds what the path says; it is in small letters.
pub(super) fn see_file(path: &[u8], found: &mut Features) {
    const PARTS: usize = 64;
    kind_of(extension(path)).into_iter().for_each(|one| found.add(one));
    let words = Words::of(path, PARTS);
    let count = words.count();
    for (at, word) in words.iter().enumerate() {
        let lists = lists_of(word);
        let test = lists & list::TEST_PATHS != 0 || word.starts_with(b"test") || word.ends_with(b"test");
        found.when(test, Feature::TestPath);
        found.when(lists & list::EXAMPLE_PATHS != 0, Feature::ExamplePath);
        found.when(lists & list::VENDOR_PATHS != 0, Feature::VendorPath);
        found.when(lists & list::TRANSLATIONS != 0, Feature::Translation);
        found.when(lists & list::GENERATED != 0 && at + 3 >= count, Feature::LockOrGenerated);
    }
}

/// Adds what two things together say. `bits` is the randomness of the value in quarter bits.
pub(super) fn see_pairs(seen: &Seen<'_>, kind: Kind, bits: i32, found: &mut Features) {
    let quoted = !found.has(Feature::NoQuote);
    found.when(kind.password && bits < 0, Feature::PasswordAndReadsLikeWords);
    found.when(kind.password && bits >= 24, Feature::PasswordAndRandom);
    found.when(kind.token_or_key && bits < 0, Feature::TokenOrKeyAndReadsLikeWords);
    found.when(kind.token_or_key && bits >= 24, Feature::TokenOrKeyAndRandom);
    found.when(kind.token_or_key && seen.value.len() < 12, Feature::TokenOrKeyAndShort);
    found.when(kind.password && quoted, Feature::PasswordAndQuoted);
    found.when(kind.secret && quoted, Feature::SecretAndQuoted);
    found.when(kind.token_or_key && quoted, Feature::TokenOrKeyAndQuoted);
}
