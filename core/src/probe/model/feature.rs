//! The features of the model, in the order of its weights; names are those of the data file.

/// Declares the features once: variant, name, and what a person is told.
macro_rules! features {
    ($($variant:ident $name:literal $says:literal)*) => {
        /// What may be seen of a candidate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(dead_code)] // Those of a scale are reached by counting from its first.
        pub(super) enum Feature { $($variant),* }

        /// Their names.
        pub(super) const NAMES: &[&str] = &[$($name),*];

        /// What a person is told of them; `{n}` is the number of characters, `{name}` the name.
        pub(super) const SAYS: &[&str] = &[$($says),*];
    };
}

features! {
    Length0 "length < 4" "{n} characters long"
    Length1 "length < 6" "{n} characters long"
    Length2 "length < 8" "{n} characters long"
    Length3 "length < 10" "{n} characters long"
    Length4 "length < 12" "{n} characters long"
    Length5 "length < 16" "{n} characters long"
    Length6 "length < 20" "{n} characters long"
    Length7 "length < 24" "{n} characters long"
    Length8 "length < 32" "{n} characters long"
    Length9 "length < 41" "{n} characters long"
    Length10 "length < 64" "{n} characters long"
    Length11 "length < 65" "{n} characters long"
    Length12 "length < 128" "{n} characters long"
    Length13 "length >= 128" "{n} characters long"
    Random0 "randomness < -20 bits" "reads like words"
    Random1 "randomness < -10 bits" "reads like words"
    Random2 "randomness < -5 bits" "reads like words"
    Random3 "randomness < -2 bits" "reads like words"
    Random4 "randomness < 0 bits" "reads like words"
    Random5 "randomness < 2 bits" "may be words"
    Random6 "randomness < 4 bits" "may be words"
    Random7 "randomness < 6 bits" "may be words"
    Random8 "randomness < 10 bits" "{n} characters that look drawn at random"
    Random9 "randomness < 16 bits" "{n} characters that look drawn at random"
    Random10 "randomness < 25 bits" "{n} characters that look drawn at random"
    Random11 "randomness >= 25 bits" "{n} characters that look drawn at random"
    NoLetters "no letters" "it has no letters"
    Letter0 "letter < 3 bits" "its letters make words"
    Letter1 "letter < 3.5 bits" "its letters make words"
    Letter2 "letter < 4 bits" "its letters make words"
    Letter3 "letter < 4.5 bits" "its letters make words"
    Letter4 "letter < 5 bits" "its letters may make words"
    Letter5 "letter < 6 bits" "its letters may make words"
    Letter6 "letter < 7 bits" "its letters make no words"
    Letter7 "letter >= 7 bits" "its letters make no words"
    WordRun4 "word run 4-5" "there is a word in it"
    WordRun6 "word run 6-7" "there is a word in it"
    WordRun8 "word run 8-11" "there is a word in it"
    WordRun12 "word run >= 12" "there is a word in it"
    OnlySmallLetters "only small letters" "only small letters"
    OnlyCapitals "only capitals" "only capitals"
    OnlyDigits "only digits" "only digits"
    SmallAndDigits "small and digits" "small letters and digits"
    CapitalsAndDigits "capitals and digits" "capitals and digits"
    BothCases "both cases" "capitals and small letters without a digit"
    BothCasesAndDigits "both cases and digits" "capitals, small letters and digits"
    MarksOfPasswords "marks of passwords" "marks as in passwords"
    FewMarks "few marks" "marks between its letters"
    ManyMarks "many marks" "many marks between its letters"
    ManyChangesOfClass "many changes of class" "kinds of characters change often"
    SomeChangesOfClass "some changes of class" "kinds of characters change often"
    AllBytesDiffer "all bytes differ" "no character twice"
    DigitsAtTheEndOnly "digits at the end only" "digits at its end only"
    Hex "hex" "hexadecimal digits"
    TwoSlashes "two slashes" "slashes in it"
    NumberWithMarks "number with marks" "a number"
    DigestMark "digest mark" "marked as a digest"
    CaseUpper "case: upper word" "a word in capitals"
    CaseCamel "case: camel" "joined as names of programs are"
    CaseDotted "case: dotted" "parts joined by dots"
    CaseSnake "case: snake" "parts joined by underscores"
    CaseKebab "case: kebab" "parts joined by hyphens"
    Call "call" "marks of a program in it"
    Bracket "bracket" "marks of a program in it"
    StartsWithMarkOfCode "starts with mark of code" "marks of a program in it"
    EndsWithMarkOfCode "ends with mark of code" "marks of a program in it"
    HasEquals "has =" "an equals sign in it"
    HasComma "has comma" "marks of a program in it"
    ReferenceStart "reference start" "begins like a reference"
    KnownConstant "known constant" "a constant of a language"
    Template "template" "a template"
    StandInWord "stand-in word" "words of a stand-in in it"
    StandInPart "stand-in part" "words of a stand-in in it"
    Repeats "repeats" "repeats itself"
    Counts "counts" "counts up or along the keyboard"
    SaysExampleOrTest "says example or test" "words of a stand-in in it"
    SaysYourOrMy "says your or my" "words of a stand-in in it"
    SaysSecretOrPassword "says secret or password" "it says that it is a secret"
    ShortWordOfAStandInInIt "short word of a stand-in in it" "words of a stand-in in it"
    IsItsName "is its name" "repeats its name"
    AllItsWordsInTheName "all its words in the name" "repeats its name"
    SharesAWordWithTheName "shares a word with the name" "shares a word with its name"
    Password "password" "called {name}"
    Token "token" "called {name}"
    Key "key" "called {name}"
    Credential "credential" "called {name}"
    LastAboutIt "last: about it" "the name speaks of something about a secret"
    LastId "last: id" "the name speaks of something about a secret"
    LastNameOrUser "last: name or user" "the name speaks of something about a secret"
    LastHash "last: hash" "the name speaks of something about a secret"
    FirstOther "first: other" "the name speaks of something else"
    Public "public" "the name says that it is public"
    SaysTestOrFake "says test or fake" "the name says that it is none"
    HashWord "hash word" "the name speaks of a digest"
    CsrfOrNextOrCursor "csrf or next or cursor" "the name speaks of something else"
    NoSecretWord "no secret word" "the name speaks of no secret"
    ManyWords "many words" "called {name}"
    HasDotOrArrow "has dot or arrow" "called {name}"
    NameIsAMethod "name is a method" "the name is a method"
    Plural "plural" "the name is a plural"
    LastIsTheSecretWord "last is the secret word" "called {name}"
    DoubleQuote "double quote" "a literal"
    NoQuote "no quote" "without quotes"
    NoQuoteInCode "no quote in code" "without quotes in a program"
    ClosedAtOnce "closed at once" "a literal"
    LiteralGoesOnWithWords "literal goes on with words" "a sentence goes on behind it"
    LiteralGoesOn "literal goes on" "the literal goes on behind it"
    BehindALiteral "behind a literal" "stands behind a literal"
    ByEquals "by =" "assigned with `=`"
    ByColon "by :" "assigned with `:`"
    ByArrow "by => or :=" "assigned"
    ByParen "by (" "an argument"
    ByComma "by ," "one of several arguments"
    ByTag "by >" "in a tag"
    ByComparison "by ==" "compared with"
    LineEnds "line ends" "nothing follows on its line"
    ThenComma "then ," "more follows on its line"
    ThenParen "then )" "more follows on its line"
    ThenAWord "then a word" "more follows on its line"
    ThenATag "then a tag" "more follows on its line"
    Comment "comment" "in a comment"
    UserNameNear "user name near" "beside the name of a user"
    AddressNear "address near" "beside an address"
    OptionOfACommand "option of a command" "an option of a command"
    TestWordsNear "a test's words near" "beside words of a test"
    Declares "declares" "declared"
    TypeOfAParameter "type of a parameter" "beside the type of a parameter"
    LongLine "long line" "in a long line"
    TwoValuesOnTheLine "two values on the line" "beside other values"
    FilePython "file: python" "in Python"
    FileScript "file: script" "in a script"
    FileGo "file: go" "in Go"
    FileJava "file: java" "in Java"
    FileShell "file: shell" "in a shell script"
    FileJson "file: json" "in JSON"
    FileSettings "file: settings" "in a settings file"
    FileMarkup "file: markup" "in markup"
    TestPath "test path" "in a test"
    ExamplePath "example path" "in an example"
    VendorPath "vendor path" "in code of others"
    Translation "translation" "in a translation"
    LockOrGenerated "lock or generated" "in a generated file"
    PasswordAndReadsLikeWords "password & reads like words" "called {name}"
    PasswordAndRandom "password & random" "called {name}"
    TokenOrKeyAndReadsLikeWords "token or key & reads like words" "called {name}"
    TokenOrKeyAndRandom "token or key & random" "called {name}"
    TokenOrKeyAndShort "token or key & short" "too short for a key"
    PasswordAndQuoted "password & quoted" "called {name}"
    SecretAndQuoted "secret & quoted" "called {name}"
    TokenOrKeyAndQuoted "token or key & quoted" "called {name}"
}

/// Some of the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features([u64; 3]);

impl Features {
    /// Adds one.
    pub(super) fn add(&mut self, feature: Feature) {
        self.add_number(feature as usize);
    }

    /// Adds one if `holds`.
    pub(super) fn when(&mut self, holds: bool, feature: Feature) {
        if holds {
            self.add(feature);
        }
    }

    /// Adds the one that lies `step` behind the first of a scale.
    pub(super) fn add_step(&mut self, first: Feature, step: usize) {
        self.add_number(first as usize + step);
    }

    fn add_number(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether it is one of them.
    pub(super) fn has(&self, feature: Feature) -> bool {
        let number = feature as usize;
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Their numbers, ascending.
    pub(super) fn numbers(self) -> impl Iterator<Item = usize> {
        (0_usize..).zip(self.0).flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let low = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(at * 64 + low)
            })
        })
    }
}
