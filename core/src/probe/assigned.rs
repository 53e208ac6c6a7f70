//! Whether the value of a named setting is a secret: the name, the shape of the value and the place weigh together.

use super::{
    Answer, Candidate,
    language::randomness,
    model::{self, Judged, Level},
    name::{self, name_before, words_of},
    place,
    setting_words::{ABOUT, BETWEEN, FALSE, KEY_MAKERS, OTHER, PASSWORDS, REFERENCES},
    text::{self, placeholder},
};

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Chosen by a person, perhaps short.
    Password,
    /// May be either.
    Secret,
    /// Made by a generator.
    Token,
}

/// How sure we are.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Likely(Judged),
    Possible(Judged),
    No(&'static str),
}

/// The words of the name, past types and `value` that stand between it and the value.
fn name_words(candidate: &Candidate<'_>) -> Vec<String> {
    let mut before = place::to_operator(candidate.before);
    if let Some((method, of_object)) = place::called(before) {
        let words = words_of(method);
        return match words.split_first() {
            Some((first, rest)) if !rest.is_empty() && (first == "set" || first == "with") => rest.to_vec(),
            _ if of_object => words,
            _ => Vec::new(), // `getpass("…")` asks for one.
        };
    }
    for _ in 0..4 {
        let name = name_before(before);
        let words = words_of(name);
        if before.split(name).next().is_some_and(|head| !name.is_empty() && head.ends_with("::")) {
            return Vec::new(); // `AWS::SecretsManager::Secret` names a type.
        }
        let between = words.len() <= 1 && words.iter().all(|word| BETWEEN.contains(&word.as_str()));
        if !between || (name.is_empty() && before.trim().is_empty()) {
            return words;
        }
        before = match before.rfind(name) {
            Some(at) if !name.is_empty() => before.get(..at).unwrap_or(""),
            _ => break,
        };
        if before.trim_matches(|mark: char| mark.is_whitespace() || "-\"'{,<>".contains(mark)).is_empty() {
            // The name stands on the line above: `- name: DB_PASSWORD`.
            let above = candidate.line.split(candidate.before).next().unwrap_or("");
            if let Some((_, named)) = above.rsplit_once("variable \"") {
                return words_of(named.split('"').next().unwrap_or(""));
            }
            let above = above.trim_end();
            let above = above.strip_suffix("</key>").unwrap_or(above);
            return words_of(name_before(above.trim_end_matches(['"', '\'', ','])));
        }
    }
    Vec::new()
}

/// What the name says, or why it speaks of something else.
fn kind_of(words: &[String]) -> Result<Kind, &'static str> {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let ends = |end: &str| words.iter().any(|word| word.len() > end.len() && word.ends_with(end));
    // Numbers after a name count the names of a kind (`password2`).
    let last = words
        .iter()
        .rev()
        .map(|word| word.trim_end_matches(|mark: char| mark.is_ascii_digit()))
        .find(|word| !word.is_empty());
    if last.is_some_and(|word| ABOUT.contains(&word)) {
        return Err("the name speaks of something about a secret");
    }
    if has(FALSE) {
        return Err("the name says that it is none");
    }
    if words.first().is_some_and(|word| OTHER.contains(&word.as_str())) || has(&["public", "publishable"]) {
        return Err("the name speaks of something else");
    }
    let pairs = words.windows(2).any(|pair| {
        matches!(pair, [maker, key] if key.trim_end_matches(|mark: char| mark.is_ascii_digit()) == "key" && KEY_MAKERS.contains(&maker.as_str()))
    });
    if has(PASSWORDS)
        || ends("password")
        || ends("passwd")
        || ends("pwd")
        || words.iter().any(|word| word.starts_with("password"))
    {
        Ok(Kind::Password)
    } else if has(&["secret", "secrets", "credential", "credentials", "psk"]) || ends("secret") {
        Ok(Kind::Secret)
    } else if pairs
        || has(&["token", "tokens"])
        || ends("token")
        || ends("apikey")
        || ends("accesskey")
        || has(&["apikey", "accesskey", "secretkey", "authkey", "privatekey"])
    {
        Ok(Kind::Token)
    } else {
        Err("the name speaks of no secret")
    }
}

/// Files where a bare word is a value and not the name of a variable.
fn is_settings_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ends = [
        ".env",
        ".yaml",
        ".yml",
        ".ini",
        ".properties",
        ".conf",
        ".cfg",
        ".cnf",
        ".config",
        ".toml",
        ".tfvars",
        ".xml",
        ".plist",
        ".txt",
        ".log",
        ".md",
        ".rst",
        ".npmrc",
        ".pypirc",
        ".netrc",
        ".json",
        ".csv",
        ".sh",
        ".bash",
        ".zsh",
        ".bat",
        ".cmd",
        ".ps1",
        ".sql",
        ".service",
        ".reg",
        ".url",
        ".cred",
        ".credentials",
        ".bak",
        ".old",
        ".template",
        ".sample",
        ".example",
        ".dist",
    ];
    ends.iter().any(|end| name.ends_with(end))
        || name.starts_with(".env")
        || name.starts_with("dockerfile")
        || name.starts_with("docker-compose")
        || !name.contains('.')
}

fn judge(whole: &Candidate<'_>) -> Verdict {
    let candidate = &Candidate { value: place::default_of(whole), ..*whole };
    let value = candidate.value;
    let words = name_words(candidate);
    let kind = match kind_of(&words) {
        Ok(kind) => kind,
        Err(reason) => return Verdict::No(reason),
    };
    if place::is_behind_literal(candidate) || place::is_expansion(candidate) {
        return Verdict::No("behind a literal");
    }
    let quoted = place::quote(candidate).is_some() || place::is_inside_literal(candidate);
    // A statement of SQL puts its texts in quotes.
    let is_bare = !is_settings_file(candidate.path) || candidate.path.ends_with(".sql");
    if !quoted && (is_bare || candidate.before.trim_end().ends_with(',')) {
        return Verdict::No("a name of the program");
    }
    let listed = candidate.before.trim_end_matches(['"', '\'', '`', ' ', '\t']).ends_with(',');
    if (listed || value.starts_with('#')) && (randomness(value) < 8.0 || value.len() < 10) {
        return Verdict::No("an argument among others");
    }
    let lower = value.to_ascii_lowercase();
    if REFERENCES.iter().any(|start| lower.starts_with(start))
        || lower.contains("getenv")
        || lower.contains("secretref")
    {
        return Verdict::No("reference or hash");
    }
    if let Some(reason) = placeholder(value, &words) {
        return Verdict::No(reason);
    }
    if place::is_pattern(value) {
        return Verdict::No("a regular expression");
    }
    if place::is_sealed(value) {
        return Verdict::No("ciphertext");
    }
    if let Answer::No(reason) = name::not_hash_field(candidate) {
        return Verdict::No(reason);
    }
    let syntax = ['$', '*', '&', '!', '{', '[', '(', '%', '@', '|', '>', '='];
    if value.ends_with('(') || (!quoted && value.starts_with(syntax)) {
        return Verdict::No("syntax");
    }
    weigh(whole, candidate, kind, &words, quoted)
}

/// Characters that a secret has at least.
const SHORTEST: usize = 4;

/// What the form of a value alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Drawn at random: nobody writes so.
    Drawn,
    /// As passwords are made.
    Password,
    /// One word or more.
    Words,
    Other,
}

fn form(candidate: &Candidate<'_>, kind: Kind, words: &[String]) -> Form {
    let value = candidate.value;
    let bits = randomness(value);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    if value.chars().count() >= 16 && bits >= if has_digit { 8.0 } else { 25.0 } && text::identifier(value).is_none() {
        return Form::Drawn;
    }
    if kind == Kind::Password
        && !text::is_weak_word(value)
        && matches!(text::password_strength(value, words), Answer::Yes(_))
    {
        return Form::Password;
    }
    let joined = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_.".contains(&byte));
    if (joined && bits < 6.0) || text::identifier(value) == Some("identifier") { Form::Words } else { Form::Other }
}

/// What is neither a reference nor a stand-in: the model weighs it, within what grammar and form allow.
fn weigh(whole: &Candidate<'_>, candidate: &Candidate<'_>, kind: Kind, words: &[String], quoted: bool) -> Verdict {
    let value = candidate.value;
    if place::is_foreign_word(value) || place::is_named_by_sentence(candidate) {
        return Verdict::No("words of a language");
    }
    if let Some(reason) = text::never_secret(value) {
        return Verdict::No(reason);
    }
    if value.chars().count() < SHORTEST {
        return Verdict::No("too short");
    }
    let form = form(candidate, kind, words);
    if place::is_translation(candidate.path) && form != Form::Drawn {
        return Verdict::No("text of an interface");
    }
    if form == Form::Words && !quoted && (kind != Kind::Password || place::is_prose(candidate)) {
        return Verdict::No("a word");
    }
    let sentence = randomness(value) < 8.0 && place::is_sentence(candidate);
    if sentence && (kind != Kind::Password || !quoted) {
        return Verdict::No("sentence");
    }
    let judged = model::judge(whole);
    let level = match (judged.level, form) {
        (_, Form::Drawn) | (Level::Unlikely | Level::Possible, Form::Password) => Level::Likely,
        (Level::No, Form::Password) => Level::Possible,
        (level, _) => level,
    };
    let weak = sentence
        || text::is_uuid(value)
        || (kind == Kind::Password && place::is_stored_digest(candidate))
        // True or not, a password that is a word is worth little: most are those of services on one's own machine.
        || form == Form::Words;
    match if weak { level.min(Level::Possible) } else { level } {
        Level::Likely => Verdict::Likely(judged),
        Level::Possible => Verdict::Possible(judged),
        Level::Unlikely | Level::No => Verdict::No("more speaks against it"),
    }
}

/// Whether a value in an assignment may be a secret, and what says so.
pub(super) fn assigned_secret(candidate: &Candidate<'_>) -> Answer {
    match judge(candidate) {
        Verdict::No(reason) => Answer::No(reason),
        Verdict::Likely(judged) => Answer::Yes(model::evidence(candidate, &judged, Level::Likely)),
        Verdict::Possible(judged) => Answer::Perhaps(model::evidence(candidate, &judged, Level::Possible)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Random, random::ALNUM};

    fn judge_line(path: &str, marked: &str) -> Verdict {
        let (before, rest) = marked.split_once('«').unwrap();
        let (value, after) = rest.split_once('»').unwrap();
        let line = format!("{before}{value}{after}");
        let last = before.rsplit('\n').next().unwrap();
        judge(&Candidate { value, line: &line, before: last, path })
    }

    #[test]
    fn secrets_in_assignments_are_likely() {
        let token = Random::default().text(ALNUM, 32);
        let lines = [
            ("a.py", "db_password = \"«hunter2!X»\"".to_owned()),
            ("a.ts", "const password: string = '«Tr0ub4dor&3»';".to_owned()),
            ("a.ts", format!("const key = process.env.API_KEY || '«{token}»';")),
            ("a.py", format!("os.getenv(\"SECRET_TOKEN\", \"«{token}»\")")),
            (".env", format!("AUTH_TOKEN=«{token}»")),
            ("a.yaml", "  password: «kX9#pQ2vL7»".to_owned()),
            ("a.yaml", "- name: DB_PASSWORD\n  value: «S0mmer-Regen7»".to_owned()),
            ("a.xml", "<add key=\"ApiKey\" value=\"«".to_owned() + &token + "»\" />"),
            ("a.xml", format!("<apiKey>«{token}»</apiKey>")),
            ("a.go", format!("cfg.ClientSecret = `«{token}»`")),
            ("a.rs", format!("const API_KEY: &str = \"«{token}»\";")),
            ("run.sh", "mysql --password=«gr33nTea!9» db".to_owned()),
            ("a.go", "args := []string{\"PGPASSWORD=«gr33nTea!9»\"}".to_owned()),
            ("compose.yml", "URL: postgres://u:${DB_PASSWORD:-«gr33nTea!9»}@db/x".to_owned()),
            ("a.py", "os.environ[\"DB_PASSWORD\"] = \"«gr33nTea!9»\"".to_owned()),
            ("a.py", format!("TOKEN = b\"«{token}»\"")),
            ("a.py", "password = (\"«gr33nTea!9»\")".to_owned()),
            ("a.py", "add_argument(\"--password\", default=\"«gr33nTea!9»\")".to_owned()),
            ("a.go", format!("jwtSecret := []byte(\"«{token}»\")")),
            ("A.java", "source.setPassword(\"«gr33nTea!9»\");".to_owned()),
            ("a.cs", "builder.WithPassword(\"«gr33nTea!9»\")".to_owned()),
            ("a.rs", "config.password(\"«gr33nTea!9»\")".to_owned()),
            ("a.ts", "auth: { user: 'x', pass: '«gr33nTea!9»' }".to_owned()),
            ("a.ts", "password: process.env.PW ?? '«gr33nTea!9»'".to_owned()),
            ("a.plist", format!("<key>ApiToken</key><string>«{token}»</string>")),
            ("Dockerfile", "ENV DB_PASSWORD «gr33nTea!9»".to_owned()),
            (".env", format!("DB_PASSWORD=«n{token}»")),
            ("a.tf", "variable \"db_password\" {\n  type = string\n  default = \"«gr33nTea!9»\"".to_owned()),
            ("i18n/de.json", format!("\"apiToken\": \"«{token}»\"")),
        ];
        for (path, line) in &lines {
            assert!(matches!(judge_line(path, line), Verdict::Likely(_)), "{path}: {line}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        let lines = [
            ("a.py", "password = «get_password»()"),
            ("a.py", "password_hash = \"«$2b$12$abcdefghijk»\""),
            ("a.py", "token_url = \"«https://auth.acme.io/token»\""),
            ("a.py", "password_field = \"«newPassword»\""),
            ("a.ts", "nextToken: \"«aGVsbG8gd29ybGQ4OTc2»\""),
            ("a.yaml", "password: «${DB_PASSWORD}»"),
            ("a.yaml", "secretName: «tls-certificate-9»"),
            ("a.yaml", "password: «ENC[AES256_GCM,data:abc=»"),
            (".env", "PASSWORD=«changeme»"),
            (".env", "API_KEY=«your-api-key»"),
            ("a.java", "String PASSWORD = \"«password»\";"),
            ("a.java", "private static final String TOKEN_HEADER = \"«X-Auth-Token9»\";"),
            ("a.js", "csrfToken: '«k3Jh5g6Fd7s8A9q0»'"),
            ("a.json", "\"publicKey\": \"«k3Jh5g6Fd7s8A9q0»\""),
            ("a.tf", "password = «var.db_password»"),
            ("a.py", "tokenizer_token = «nltk.word»"),
            ("a.md", "the secret: «keep»"),
            ("a.js", "password: '«Enter your password»'"),
            ("a.ts", "secretKeyRef: «database-credentials»"),
            ("a.py", "\"AWS::SecretsManager::Secret\": \"«48205d4ffd7feba3»\""),
            ("a.py", "Moved(\"HTTPPasswordX\", \"«urllib2»\", 1)"),
            ("a.py", "Token.Number: \"«#ansiyellow»\""),
            ("a.py", "getpass(\"«Passw0rd9»\")"),
            ("a.ts", "resetPassword('«User1_123»')"),
            ("a.tf", "variable \"db_user\" {\n  type = string\n  default = \"«gr33nTea!9»\""),
            ("package-lock.json", "\"@inquirer/password\": \"«^4.0.17»\","),
            ("a.py", "filter(password=\"\"«).update(password=make_password(None»))"),
            ("mvnw", "wget --http-password=\"«$MVNW_PASSWORD»\" x"),
            ("compose.yml", "URL: x:${POSTGRES_PASSWORD:-«changeme}@db/x9»"),
            ("compose.yml", "URL: x:${POSTGRES_PASSWORD:«?Variable» not set}@db"),
            ("a.ts", "const FAKE_PASSWORD = '«hKwZbTqe»';"),
            ("a.ts", "const BeeTokenAddress = '«0xda39a3ee5e6b4b0d3255bfef95601890afd80709»'"),
            ("a.ts", "styleUrls: ['./password-setting.component.scss', '«../../common.scss»'],"),
            ("a.json", "\"MANDATORY_PASSWORD\": \"«Lūdzu», ievadiet paroli.\""),
            ("a.json", "\"CURRENT_PASSWORD\": \"«请提供密码»\""),
            ("a.json", "\"Invalid email or password.\": \"«Heslo9»\""),
            ("i18n/nl.json", "\"PASSWORD\": \"«Lozinka9»\""),
            ("a.properties", "login.password.remote=«OpenMRS» password of a user"),
            ("a.py", r"PASSWORD = r'«^(?=.*[A-Z])(?=.*\d)[A-Za-z\d@$!%*?&]{8,}$»'"),
            ("A.java", "String TOKEN = \"«abc[xyz]-[0-9]{10,13}-[0-9a-zA-Z]{24}»\";"),
            ("a.sql", "UPDATE users SET password = «crypt(:password», gen_salt('bf'));"),
        ];
        for (path, line) in lines {
            assert!(matches!(judge_line(path, line), Verdict::No(_)), "{path}: {line}: {:?}", judge_line(path, line));
        }
    }

    #[test]
    fn weak_values_are_possible() {
        let lines = [
            ("a.py", "password = \"«postgres»\""),
            ("a.py", "password = \"«password123»\""),
            ("a.py", "password = \"«tiger-lily-99»\""),
            ("a.json", "\"password\": \"«Wijzig»\""),
            ("a.yml", "password: '«kitten» lesser pooch karate'"),
            ("seed.sql", "INSERT password='«da39a3ee5e6b4b0d3255bfef95601890afd80709»'"),
            ("a.yaml", "client_secret: «3f2504e0-4f89-11d3-9a0c-0305e82c3301»"),
        ];
        for (path, line) in lines {
            assert!(matches!(judge_line(path, line), Verdict::Possible(_)), "{path}: {line}");
        }
    }
}
