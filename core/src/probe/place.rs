//! What the place of a value says: the text after it, the string it stands in, the file it belongs to.

use super::{Answer, Candidate, language::randomness, name::name_before, text};

/// Folders and parts of file names of texts that people read in their language.
pub(super) const TRANSLATIONS: &[&str] = &[
    "i18n",
    "l10n",
    "intl",
    "locale",
    "locales",
    "lang",
    "langs",
    "language",
    "languages",
    "lproj",
    "translation",
    "translations",
    "messages",
];
const TRANSLATION_ENDS: &[&str] =
    &[".po", ".pot", ".xlf", ".xliff", ".xlb", ".resx", ".strings", ".stringsdict", ".arb", ".ftl", ".lng"];

/// Whether the file holds the texts of an interface, where `password` names a label.
pub(super) fn is_translation(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    let texts = ["json", "json5", "yaml", "yml", "properties", "xml", "php", "js", "ts", "toml", "ini", "txt"];
    folders.split(['/', '.']).any(|folder| TRANSLATIONS.contains(&folder) || folder.starts_with("values-"))
        || texts.contains(&end) && stem.split(['_', '-', '.']).any(|part| TRANSLATIONS.contains(&part))
        || TRANSLATION_ENDS.iter().any(|end| name.ends_with(end))
        || name == "strings.xml"
        || end == "properties" && is_locale(stem)
}

/// `errors_pt_BR` ends with a language and a country.
fn is_locale(stem: &str) -> bool {
    let parts: Vec<&str> = stem.split('_').collect();
    let short = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    matches!(parts.as_slice(), [_, .., language, country] if short(language) && short(country))
}

/// The text after the value, to the end of the line.
pub(super) fn after<'a>(candidate: &Candidate<'a>) -> &'a str {
    let head = [candidate.before, candidate.value].concat();
    candidate.line.find(&head).and_then(|at| candidate.line.get(at + head.len()..)).unwrap_or("")
}

/// What may open between an operator and a literal.
const WRAPPERS: &[&str] = &["[]byte(", "String::from(", "SecretStr(", "Buffer.from(", "Some(", "bytes(", "str("];

/// The text up to the operator, without what opens the literal of the value: `f"`, `("`, `[]byte("`, `<string>`.
pub(super) fn to_operator(before: &str) -> &str {
    if let Some(head) = before.trim_end().strip_suffix("<string>").map(str::trim_end) {
        return head.strip_suffix("</key>").unwrap_or(before);
    }
    let open = before.trim_end_matches(['"', '\'', '`']);
    if open.len() == before.len() {
        return before;
    }
    let bare = open.trim_end_matches(['b', 'r', 'u', 'f', 'n', 'l', 'B', 'R', 'U', 'F', 'N', 'L', '$', '@']);
    let prefixed = open.len() - bare.len() <= 2 && bare.ends_with([' ', '=', ':', '(', ',', '[', '\t']);
    let open = if prefixed { bare } else { open };
    if let Some(head) = WRAPPERS.iter().find_map(|wrapper| open.strip_suffix(wrapper)) {
        return head;
    }
    let paren = open.strip_suffix('(').filter(|head| head.trim_end().ends_with(['=', ':']));
    paren.unwrap_or(if prefixed { bare } else { before })
}

/// The name of the method whose first argument the value is, and whether it is one of an object: `db.setPassword("`.
pub(super) fn called(before: &str) -> Option<(&str, bool)> {
    let open = before.trim_end_matches(['"', '\'', '`', ' ']).strip_suffix('(')?;
    let name = name_before(open);
    if name.is_empty() || !open.ends_with(name) {
        return None;
    }
    let head = open.get(..open.len() - name.len()).unwrap_or("");
    match name.rsplit_once('.') {
        Some((_, method)) => Some((method, true)),
        None => Some((name, head.ends_with("->") || head.ends_with("?."))),
    }
}

/// The quote that opens the literal of the value, if there is one.
pub(super) fn quote(candidate: &Candidate<'_>) -> Option<char> {
    candidate.before.chars().next_back().filter(|mark| matches!(mark, '"' | '\'' | '`'))
}

/// Whether the quote before the value ends a literal: `""`, or `"Password:"` with the name in it.
pub(super) fn is_behind_literal(candidate: &Candidate<'_>) -> bool {
    let Some(quote) = quote(candidate) else { return false };
    let before = candidate.before;
    let run = before.chars().rev().take_while(|mark| *mark == quote).count();
    if run == 2 {
        // SQL doubles the quotes of a literal within a literal.
        let closing = after(candidate).chars().take_while(|mark| *mark == quote).count();
        return closing < 2;
    }
    let name = name_before(before);
    let Some(at) = before.rfind(name).filter(|_| run == 1 && !name.is_empty()) else { return false };
    let opened = before.get(..at).is_some_and(|head| head.ends_with(quote));
    let between = before.get(at + name.len()..).unwrap_or("");
    opened && between.matches(quote).count() == 1 && !between.contains('\\')
}

/// Whether name and value stand in one literal: `"PGPASSWORD=…"` in a list of arguments, `"${db.password:…}"`.
pub(super) fn is_inside_literal(candidate: &Candidate<'_>) -> bool {
    let before = candidate.before;
    let name = name_before(before.trim_end_matches('-'));
    let Some(at) = before.rfind(name).filter(|_| !name.is_empty()) else { return false };
    let quotes = |mark: &char| matches!(mark, '"' | '\'' | '`');
    let opening = before.get(..at).and_then(|head| head.chars().next_back()).filter(quotes);
    let between = before.get(at + name.len()..).unwrap_or("");
    let default = before.get(..at).is_some_and(|head| head.ends_with("${")) && between.starts_with(':');
    default || opening.is_some_and(|quote| between == "=" && after(candidate).starts_with(quote))
}

/// Whether the value is the first word of a sentence: `"password": "Enter your password"`.
pub(super) fn is_sentence(candidate: &Candidate<'_>) -> bool {
    let rest = after(candidate);
    let rest = match quote(candidate) {
        Some(quote) => rest.split(quote).next().unwrap_or(""),
        None if starts_its_line(candidate) => rest.split(" #").next().unwrap_or(""),
        None => return false,
    };
    let rest = rest.trim_start_matches([',', ';', ':', '.', '!', '?', ')', '”', '»']);
    let words = rest.trim_start();
    words.len() < rest.len() && words.starts_with(char::is_alphabetic)
}

/// Whether the name stands first in a line of a file where a value runs to the end of its line.
fn starts_its_line(candidate: &Candidate<'_>) -> bool {
    let lines = [".properties", ".yaml", ".yml", ".ini"];
    let path = candidate.path.to_ascii_lowercase();
    let name = name_before(candidate.before);
    let head = candidate.before.trim_start_matches([' ', '\t', '#', '!', ';', '-', '"', '\'']);
    !name.is_empty() && head.starts_with(name.trim_start_matches('-')) && lines.iter().any(|end| path.ends_with(end))
}

/// Whether the name is a sentence itself: `"Invalid e-mail or password.": "…"`.
pub(super) fn is_named_by_sentence(candidate: &Candidate<'_>) -> bool {
    let before = candidate.before.trim_end_matches(['"', '\'', '`']).trim_end();
    let key = before.trim_end_matches([':', '=', '>', ' ', '\t']);
    let Some(quote) = key.chars().next_back().filter(|mark| matches!(mark, '"' | '\'' | '`')) else { return false };
    let key = key.trim_end_matches(quote).rsplit(quote).next().unwrap_or("");
    let words = key.split_whitespace().filter(|word| word.starts_with(char::is_alphabetic)).count();
    words > 2 && !key.contains(['=', ';', '{', '$'])
}

/// Whether letters of other scripts than ASCII say that a text is written in a language.
pub(super) fn is_foreign_word(value: &str) -> bool {
    let letters = value.chars().filter(|mark| mark.is_alphabetic()).count();
    let foreign = value.chars().filter(|mark| mark.is_alphabetic() && !mark.is_ascii()).count();
    let marked = value.chars().any(|mark| mark.is_ascii_digit() || "@#$%^&*+=~?|\\/<>{}[]_".contains(mark));
    foreign * 2 > letters || (foreign > 0 && !marked)
}

/// A parameter expansion of a shell that holds no value: `${PASSWORD:?not set}`, `${PASSWORD:+yes}`.
pub(super) fn is_expansion(candidate: &Candidate<'_>) -> bool {
    let name = name_before(candidate.before);
    let head = candidate.before.rfind(name).and_then(|at| candidate.before.get(..at)).unwrap_or("");
    !name.is_empty() && head.ends_with("${") && candidate.value.starts_with(['?', '+', '#', '%', '/'])
}

/// The default of an expansion ends at its brace: `${PASSWORD:-default}@host`.
pub(super) fn default_of<'a>(candidate: &Candidate<'a>) -> &'a str {
    let name = name_before(candidate.before.trim_end_matches('-'));
    let head = candidate.before.rfind(name).and_then(|at| candidate.before.get(..at)).unwrap_or("");
    match candidate.value.split_once('}') {
        Some((value, _)) if !name.is_empty() && head.ends_with("${") => value,
        _ => candidate.value,
    }
}

/// Whether a text is the digest of a password in a row of a table.
pub(super) fn is_stored_digest(candidate: &Candidate<'_>) -> bool {
    let path = candidate.path.to_ascii_lowercase();
    let row = [".sql", ".csv", ".tsv", ".dump"].iter().any(|end| path.ends_with(end))
        || candidate.before.contains("<column ")
        || candidate.line.contains("salt=");
    row && candidate.value.len() >= 32 && candidate.value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether the name stands in a sentence of a document: `the password: keep it`.
pub(super) fn is_prose(candidate: &Candidate<'_>) -> bool {
    let path = candidate.path.to_ascii_lowercase();
    let documents = [".md", ".markdown", ".rst", ".txt", ".adoc"].iter().any(|end| path.ends_with(end));
    let name = name_before(candidate.before);
    let head = candidate.before.rfind(name).and_then(|at| candidate.before.get(..at)).unwrap_or("");
    documents && !name.is_empty() && head.trim_end().ends_with(char::is_alphanumeric)
}

/// Whether an address with a password leads away from the machine or its compose network, or the password was drawn at
/// random: `root:root@db` in a compose file is what it seems.
pub(super) fn worth_reaching(candidate: &Candidate<'_>) -> Answer {
    let rest = after(candidate);
    let host = rest.strip_prefix('@').unwrap_or(rest);
    let host = host.split(['/', '?', '#', ':', ',', ' ', '"', '\'', '`', ')', ';', '<']).next().unwrap_or("");
    let near = host.is_empty()
        || host == "0.0.0.0"
        || host.starts_with("127.")
        || host.starts_with('[')
        || host.ends_with(".docker.internal")
        || host.ends_with(".localhost")
        || host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let weak = randomness(candidate.value) < 6.0 || text::looks_fake(candidate.value);
    if near && weak { Answer::No("simple password of a local service") } else { Answer::yes() }
}

/// True for a regular expression: what a password has to look like is none.
pub(super) fn is_pattern(value: &str) -> bool {
    let signs = ["[a-z", "[A-Z", "[0-9", "[^", "\\d", "\\w", "\\s", "\\S", "(?=", "(?!", "(?:", "(?i", "(?<", "(?P<"];
    let has_class = signs.iter().any(|sign| value.contains(sign));
    // A class alone may stand in a password; what is repeated, grouped or bound is a pattern.
    has_class && ["{", "+", "*", "(?", "^", "$"].iter().any(|sign| value.contains(sign))
}

/// True for what Sealed Secrets writes: a version, the length of an encrypted key, the key, the text.
pub(super) fn is_sealed(value: &str) -> bool {
    const LEAST: usize = 100;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    value.len() >= LEAST && value.starts_with("Ag") && value.bytes().all(is_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges a line with the value between `«` and `»`.
    fn ask<T>(test: fn(&Candidate<'_>) -> T, path: &str, marked: &str) -> T {
        let (before, rest) = marked.split_once('«').unwrap();
        let (value, after) = rest.split_once('»').unwrap();
        let line = format!("{before}{value}{after}");
        test(&Candidate { value, line: &line, before, path })
    }

    #[test]
    fn translations_are_known_by_their_path() {
        let cases = [
            ("web/src/assets/i18n/de_DE.json", true),
            ("api/src/main/resources/messages_fr.properties", true),
            ("api/messages.properties", true),
            ("locale/de/LC_MESSAGES/django.po", true),
            ("app/src/main/res/values-pt/strings.xml", true),
            ("res/de.lproj/Localizable.strings", true),
            ("src/lang/ko-kr-lang.json", true),
            ("errors_pt_BR.properties", true),
            ("config/application.properties", false),
            ("config/database_eu.properties", false),
            ("config/mysql_db_ro.yaml", false),
            ("src/language_server/main.rs", false),
            ("src/messages.go", false),
            (".env", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_translation(path), expected, "{path}");
        }
    }

    #[test]
    fn sentences_are_told_from_values() {
        let cases = [
            ("a.json", "\"password\": \"«Wijzig» Bender zijn wachtwoord\"", true),
            ("a.json", "\"password\": \"«Please», repeat it\"", true),
            ("a.properties", "login.password.remote=«OpenMRS» password of a user", true),
            ("a.yaml", "  password: «Geheim» bitte eingeben", true),
            ("a.yaml", "  password: «k3Jh5g6Fd7» # rotate me", false),
            ("a.yaml", "  command: tool --password «k3Jh5g6Fd7» run", false),
            ("a.json", "\"password\": \"«k3Jh5g6Fd7»\", \"user\": \"x\"", false),
            ("run.sh", "PASSWORD=«k3Jh5g6Fd7» ./start", false),
            ("a.py", "f(password='«k3Jh5g6Fd7»', user='x')", false),
        ];
        for (path, marked, expected) in cases {
            assert_eq!(ask(is_sentence, path, marked), expected, "{marked}");
        }
    }

    #[test]
    fn sentences_as_names_are_known() {
        let cases = [
            ("\"Invalid email or password.\": \"«Falsch»\"", true),
            ("'Reset your password' => '«Zuruecksetzen»'", true),
            ("\"db password\": \"«k3Jh5g6Fd7»\"", false),
            ("env[\"DB_PASSWORD\"] = \"«k3Jh5g6Fd7»\"", false),
            ("password: \"«k3Jh5g6Fd7»\"", false),
        ];
        for (marked, expected) in cases {
            assert_eq!(ask(is_named_by_sentence, "a.json", marked), expected, "{marked}");
        }
    }

    #[test]
    fn code_behind_a_literal_is_no_value() {
        let cases = [
            ("filter(password=\"\"«).update(password=make(None»))", true),
            ("createElement(\"label\",null,\"Password:\"«),p.createElement(»\"code\")", true),
            ("password: \"«k3Jh5g6Fd7»\"", false),
            ("{\"password\": \"«k3Jh5g6Fd7»\"}", false),
            ("EXEC('ALTER LOGIN app WITH PASSWORD = ''«k3Jh5g6Fd7»''')", false),
            ("KEY = \"\"\"«k3Jh5g6Fd7»\"\"\"", false),
            ("run(\"--password=\\\"«k3Jh5g6Fd7»\\\"\")", false),
        ];
        for (marked, expected) in cases {
            assert_eq!(ask(is_behind_literal, "a.py", marked), expected, "{marked}");
        }
        let cases = [
            ("env: [\"PGPASSWORD=«k3Jh5g6Fd7»\"]", true),
            ("@Value(\"${db.password:«k3Jh5g6Fd7»}\")", true),
            ("env: [\"PGPASSWORD=\" + «secret.value»]", false),
            ("call(password=«get_password»)", false),
        ];
        for (marked, expected) in cases {
            assert_eq!(ask(is_inside_literal, "a.ts", marked), expected, "{marked}");
        }
    }

    #[test]
    fn texts_of_languages_are_no_passwords() {
        for value in
            ["Zapomniałem", "忘记密码", "密码长度在8到128之间", "Пароль", "Contraseña", "เปลี่ยนรหัสผ่าน", "à¤ªà¤¾à¤¸"]
        {
            assert!(is_foreign_word(value), "{value}");
        }
        for value in ["hunter2!", "kX9#§pQ2$!vL7tR", "Änder9ung!", "k3Jh5g6Fd7", "12345"] {
            assert!(!is_foreign_word(value), "{value}");
        }
    }

    #[test]
    fn what_opens_a_literal_is_taken_off() {
        let cases = [
            ("TOKEN = b\"", "TOKEN = "),
            ("password = $@\"", "password = "),
            ("password = (\"", "password = "),
            ("key := []byte(\"", "key := "),
            ("let secret = String::from(\"", "let secret = "),
            ("<key>ApiToken</key> <string>", "<key>ApiToken"),
            ("password = \"", "password = "),
            ("db.setPassword(\"", "db.setPassword("),
            ("PASSWORD=", "PASSWORD="),
        ];
        for (before, expected) in cases {
            assert_eq!(to_operator(before), expected, "{before}");
        }
        let cases = [
            ("db.setPassword(\"", Some(("setPassword", true))),
            ("$db->password('", Some(("password", true))),
            ("getpass(\"", Some(("getpass", false))),
            ("f(password, \"", None),
            ("password = \"", None),
        ];
        for (before, expected) in cases {
            assert_eq!(called(before), expected, "{before}");
        }
    }

    #[test]
    fn expansions_and_digests_are_known() {
        let cases = [
            ("x: postgres://u:${PASSWORD:«?Variable» not set}", true),
            ("case \"${MVNW_PASSWORD:«+has-password»}\" in", true),
            ("x: ${PASSWORD:-«k3Jh5g6Fd7»}", false),
            ("PASSWORD=«+k3Jh5g6Fd7»", false),
        ];
        for (marked, expected) in cases {
            assert_eq!(ask(is_expansion, "a.yaml", marked), expected, "{marked}");
        }
        let marked = [("x: ${DB_PASSWORD:-«postgres}@db/x»", "postgres"), ("x: {password: «a}b»}", "a}b")];
        for (marked, value) in marked {
            let (before, rest) = marked.split_once('«').unwrap();
            let candidate = Candidate { value: rest.split_once('»').unwrap().0, line: marked, before, path: "" };
            assert_eq!(default_of(&candidate), value, "{marked}");
        }
        let digest = "<column name=\"password\" value=\"«da39a3ee5e6b4b0d3255bfef95601890afd80709»\"/>";
        assert!(ask(is_stored_digest, "data.xml", digest));
        assert!(!ask(is_stored_digest, ".env", "DB_PASSWORD=«da39a3ee5e6b4b0d3255bfef95601890afd80709»"));
    }

    #[test]
    fn simple_passwords_of_local_services_are_worth_little() {
        let cases = [
            ("mysql://root:«whalehello»@db:3306/mysql", false),
            ("mysql://root:«whalehello»@127.0.0.1/mysql", false),
            ("redis://:«whalehello»@localhost", false),
            ("mysql://root:«whalehello»@db.acme.io/mysql", true),
            ("mysql://root:«whalehello»@10.1.2.3/mysql", true),
            ("mysql://root:«whalehello»@${HOST}/mysql", true),
            ("amqp://worker:«k3Jh5g6Fd7»@rabbit:5672//", true),
        ];
        for (marked, expected) in cases {
            let answer = ask(worth_reaching, "compose.yml", marked);
            assert_eq!(matches!(answer, Answer::Yes(_)), expected, "{marked}");
        }
    }
}
