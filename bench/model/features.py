"""The one definition of what the model sees of a candidate. Bytes and integers only; every feature is present or not.

`Place` holds what a scanner knows of a value: `path`, `before` (the text before the value on its line), `value`,
`after` (the rest of the line) and `above` (text of earlier lines, from the line on which the match began). A byte from
0x80 on counts as a letter without case. `features` gives the numbers of the features that are present, in order, and
`trigrams` the slots of the letter triples of the value.
"""
from collections import namedtuple

import tables

Place = namedtuple("Place", "path before value after above")

# ---------------------------------------------------------------------------------------------------------------------
# Bytes


def lower(byte):
    return 97 <= byte <= 122


def upper(byte):
    return 65 <= byte <= 90


def digit(byte):
    return 48 <= byte <= 57


def letter(byte):
    return lower(byte) or upper(byte) or byte >= 128


def wordy(byte):
    return letter(byte) or digit(byte)


def hexadecimal(byte):
    return digit(byte) or 97 <= byte <= 102 or 65 <= byte <= 70


def words_of(text, limit=16):
    """`apiKeyID`, `API_KEY_ID` and `api-key-id` have the words api, key, id; at most the last `limit`."""
    words, word, before = [], bytearray(), 0
    for at, byte in enumerate(text):
        if not wordy(byte):
            if word:
                words.append(bytes(word))
                word = bytearray()
        else:
            small = at + 1 < len(text) and lower(text[at + 1])
            if word and upper(byte) and (lower(before) or (upper(before) and small)):
                words.append(bytes(word))
                word = bytearray()
            word.append(byte + 32 if upper(byte) else byte)
        before = byte
    if word:
        words.append(bytes(word))
    return words[-limit:]


OPENERS = frozenset(b" \t\r\n\"'`:=>({[],+@|?&*;\\")
NAME = frozenset(b"_-.$")


def name_span(text):
    """Start and end of the last name in a text: past what opens a value."""
    end = len(text)
    while end > 0 and text[end - 1] in OPENERS:
        end -= 1
    start = end
    while start > 0 and (wordy(text[start - 1]) or text[start - 1] in NAME):
        start -= 1
    return start, end


def name_of(place):
    """(name, what stands between it and the value). Words of types between them are passed over, at most three times;
    behind a name on a line above stands the whole text before."""
    text = place.before
    for _ in range(4):
        start, end = name_span(text)
        name = text[start:end]
        words = words_of(name)
        if words and not (len(words) == 1 and words[0] in tables.BETWEEN | tables.WRAPPERS):
            return name, place.before[end:]
        if start == 0 or not name:
            break
        text = text[:start]
    above = place.above.rstrip(b" \t\r\n\"',")
    if above.endswith(b"</key>"):
        above = above[:-6]
    start, end = name_span(above)
    return above[start:end], place.before


LONGEST = 256  # Bytes of a value that count; what follows them is text after it.


def place_of_candidate(path, before, value, after, above):
    """The place of what the pattern took: the default of an expansion ends at its brace (`${PASSWORD:-default}@host`),
    the parameter of an address at the next one (`?token=value&page=2`)."""
    end = len(value)
    if b"${" in before[-80:] and b"}" not in before[before.rfind(b"${"):] and b"}" in value:
        end = value.index(b"}")
    if before[-1:] == b"=":
        for at in range(1, end):
            if value[at] == 38 and b"=" in value[at:]:
                end = at
                break
    end = min(end or len(value), LONGEST)
    return Place(path, before, value[:end], value[end:] + after, above)


# ---------------------------------------------------------------------------------------------------------------------
# How a value reads


def class_of(byte):
    return 0 if lower(byte) else 1 if upper(byte) else 2 if digit(byte) else 3


def randomness(value):
    """Quarter bits by which "drawn at random" explains a value better than "written by a person"; the tables of the
    scanner's language model."""
    first = second = 3
    before, written = 0, 0
    for byte in value:
        kind = class_of(byte)
        written += int(tables.CLASSES[first * 4 + second][kind], 36)
        if kind < 2:
            at = (byte | 32) - 97
            row = 0 if kind == 1 and second == 0 else before
            written += 2 * int(tables.PAIRS[row][at], 36)
            before = at + 1
        else:
            written += 13 if kind == 2 else 6
            before = 0
        first, second = second, kind
    return written - (len(value) * tables.LOG2[alphabet(value)] + 32) // 64


def alphabet(value):
    """Size of the smallest usual alphabet that has all characters."""
    for first in (97, 65):
        if all(digit(byte) or first <= byte <= first + 5 for byte in value):
            return 16
    kinds = {class_of(byte) for byte in value}
    return max(2, sum((26, 26, 10, 4)[kind] for kind in kinds))


def letters_of(value):
    """The value as symbols: 0 what is no letter or the start of a word, 1 to 26 letters."""
    symbols, before = [0], 0
    for byte in value:
        if lower(byte) or upper(byte):
            if upper(byte) and lower(before):
                symbols.append(0)
            symbols.append((byte | 32) - 96)
        elif symbols[-1] != 0:
            symbols.append(0)
        before = byte
    if symbols[-1] != 0:
        symbols.append(0)
    return symbols


def reading(value, table):
    """(eighth bits a letter costs on average, the longest run of letters that read like a word, letters)."""
    symbols = letters_of(value)
    total = count = run = longest = 0
    first = second = 0
    for symbol in symbols:
        if symbol == 0:
            first, second, run = 0, 0, 0
            continue
        cost = table[(first * 27 + second) * 27 + symbol]
        total += cost
        count += 1
        run = run + 1 if cost <= 46 else 0
        longest = max(longest, run)
        first, second = second, symbol
    return (total // count if count else 0), longest, count


SLOTS = 4096


def trigrams(value):
    """Slots of the triples of symbols: letters in small case, digits as one, other bytes by kind."""
    symbols = [0]
    for byte in value[:128]:
        if lower(byte) or upper(byte):
            symbols.append((byte | 32) - 96)
        elif digit(byte):
            symbols.append(27)
        elif byte >= 128:
            symbols.append(28)
        else:
            symbols.append(29 + (byte & 7))
    symbols.append(0)
    slots = []
    for at in range(len(symbols) - 2):
        triple = (symbols[at] * 40 + symbols[at + 1]) * 40 + symbols[at + 2]
        slots.append((triple * 2654435761 & 0xFFFFFFFF) >> 20)
    return slots


# ---------------------------------------------------------------------------------------------------------------------
# Shapes


def repeats(value):
    """Few different bytes, one in a row, or a short period."""
    text = value.lower()
    length = len(text)
    if length < 3:
        return False
    kinds = len(set(text))
    if length < 6:
        return kinds == 1
    if kinds <= 2 or (length >= 16 and kinds <= 4):
        return True
    run = longest = 1
    for at in range(1, length):
        run = run + 1 if text[at] == text[at - 1] else 1
        longest = max(longest, run)
    if (longest >= 5 and longest * 3 >= length) or longest >= 12:
        return True
    for period in range(1, min(length // 2, 40) + 1):
        if length >= 8 and all(text[at] == text[at - period] for at in range(period, length)):
            return True
    return False


def counts(value):
    """More than half lies in runs of four along the alphabet, the digits or a row of the keyboard."""
    text = value.lower()
    covered = run = 0
    for at in range(1, len(text) + 1):
        follows = False
        if at < len(text):
            left, right = text[at - 1], text[at]
            step = right - left
            follows = wordy(left) and wordy(right) and step in (1, -1)
            follows = follows or (left, right) in tables.ROW_PAIRS
        if follows:
            run += 1
        else:
            covered += run + 1 if run >= 3 else 0
            run = 0
    return covered * 2 > len(text)


def case_of(value):
    """How words are joined; None where bytes other than of names are in it."""
    if not value or not all(wordy(byte) or byte in b"_-." for byte in value) or not letter(value[0]):
        return None
    lowers = any(lower(byte) for byte in value)
    uppers = any(upper(byte) for byte in value)
    marks = {byte for byte in value if byte in b"_-."}
    if any(digit(byte) for byte in value) and len([byte for byte in value if digit(byte)]) > 2:
        return None
    if not marks:
        if uppers and not lowers:
            return "upper word"
        return "camel" if lowers and any(upper(byte) for byte in value[1:]) else None
    if marks == {46}:
        return "dotted"
    if marks == {95}:
        return "snake" if lowers else None
    if marks == {45}:
        return "kebab"
    return "dotted" if 46 in marks else "kebab"


def template(value):
    if any(mark in value for mark in tables.TEMPLATES):
        return True
    first, last = value[:1], value[-1:]
    return len(value) > 2 and (first + last) in tables.PAIRED


def extension(path):
    name = path[path.rfind(b"/") + 1:]
    if name.startswith(b".env") or name.endswith(b".env"):
        return b"env"
    if name.startswith(b"dockerfile"):
        return b"dockerfile"
    dot = name.rfind(b".")
    if dot < 0:
        return b""
    end = name[dot + 1:]
    if end in tables.COPIES:  # `settings.py.example`
        inner = name.rfind(b".", 0, dot)
        if inner > 0:
            return name[inner + 1:dot]
    return end


# ---------------------------------------------------------------------------------------------------------------------
# The features: name, group. The group is what a person is told.

GROUPS = {
    "length": "how long the value is",
    "random": "how much the value looks drawn at random",
    "words": "how much the value reads like words",
    "shape": "the form of the value",
    "code": "the value looks like a part of a program",
    "stand-in": "the value looks like a stand-in",
    "name": "what the name speaks of",
    "same": "the value repeats its name",
    "literal": "how the value is written",
    "place": "the text around the value",
    "file": "the kind of file",
    "letters": "the letters of the value",
}
FEATURES = []
NUMBER = {}


def declare(group, *names):
    for name in names:
        NUMBER[name] = len(FEATURES)
        FEATURES.append((name, group))


LENGTHS = (4, 6, 8, 10, 12, 16, 20, 24, 32, 41, 64, 65, 128)
declare("length", *(f"length < {limit}" for limit in LENGTHS), "length >= 128")
RANDOM = (-80, -40, -20, -8, 0, 8, 16, 24, 40, 64, 100)
declare("random", *(f"randomness < {limit / 4:g} bits" for limit in RANDOM), "randomness >= 25 bits")
READS = (24, 28, 32, 36, 40, 48, 56)
declare("words", "no letters", *(f"letter < {limit / 8:g} bits" for limit in READS), "letter >= 7 bits")
declare("words", "word run 4-5", "word run 6-7", "word run 8-11", "word run >= 12")
declare("shape", "only small letters", "only capitals", "only digits", "small and digits", "capitals and digits",
        "both cases", "both cases and digits", "marks of passwords", "few marks", "many marks",
        "many changes of class", "some changes of class", "all bytes differ", "digits at the end only")
declare("shape", "hex", "two slashes", "number with marks", "digest mark")
declare("code", *(f"case: {case}" for case in ("upper word", "camel", "dotted", "snake", "kebab")),
        "call", "bracket", "starts with mark of code", "ends with mark of code", "has =", "has comma",
        "reference start", "known constant")
declare("stand-in", "template", "stand-in word", "stand-in part", "repeats", "counts",
        "says example or test", "says your or my", "says secret or password",
        "short word of a stand-in in it")
declare("same", "is its name", "all its words in the name", "shares a word with the name")
declare("name", "password", "token", "key", "credential", "last: about it", "last: id", "last: name or user",
        "last: hash", "first: other", "public", "says test or fake", "hash word", "csrf or next or cursor", "no secret word",
        "many words", "has dot or arrow", "name is a method", "plural", "last is the secret word")
declare("literal", "double quote", "no quote", "no quote in code", "closed at once",
        "literal goes on with words", "literal goes on", "behind a literal")
declare("place", "by =", "by :", "by => or :=", "by (", "by ,", "by >", "by ==", "line ends",
        "then ,", "then )", "then a word", "then a tag", "comment",
        "user name near", "address near", "option of a command", "a test's words near", "declares",
        "type of a parameter", "long line", "two values on the line")
declare("file", *(f"file: {kind}" for kind in tables.TELLING), "test path", "example path",
        "vendor path", "translation", "lock or generated")
declare("name", "password & reads like words", "password & random", "token or key & reads like words",
        "token or key & random", "token or key & short", "password & quoted", "secret & quoted", "token or key & quoted")


def bucket(limits, value):
    for at, limit in enumerate(limits):
        if value < limit:
            return at
    return len(limits)


def features(place, table):
    """Numbers of the features that are present, ascending."""
    found = set()
    name, between = name_of(place)
    of_value(place, table, found)
    kind = of_name(place, name, between, found)
    of_likeness(place.value, name, found)
    of_place(place, name, between, found)
    of_file(place, found)
    of_pairs(place.value, kind, found)
    return sorted(NUMBER[one] for one in found)


def of_value(place, table, found):
    value = place.value
    length = len(value)
    found.add(FEATURES[bucket(LENGTHS, length)][0])
    found.add(FEATURES[NUMBER["randomness < -20 bits"] + bucket(RANDOM, randomness(value))][0])
    mean, longest, letters = reading(value, table)
    if letters < 2:
        found.add("no letters")
    else:
        found.add(FEATURES[NUMBER["no letters"] + 1 + bucket(READS, mean)][0])
    if longest >= 4:
        found.add("word run 4-5" if longest < 6 else "word run 6-7" if longest < 8 else
                  "word run 8-11" if longest < 12 else "word run >= 12")
    of_classes(value, found)
    of_shape(value, found)
    of_code(value, found)
    of_stand_in(value, found)


def of_classes(value, found):
    small = sum(lower(byte) for byte in value)
    large = sum(upper(byte) for byte in value)
    digits = sum(digit(byte) for byte in value)
    length = len(value)
    others = length - small - large - digits
    strong = sum(byte in b"!#$%^&*?~|" or byte == 64 for byte in value)
    if small == length:
        found.add("only small letters")
    elif large == length:
        found.add("only capitals")
    elif digits == length:
        found.add("only digits")
    elif small and digits and not large:
        found.add("small and digits")
    elif large and digits and not small:
        found.add("capitals and digits")
    elif small and large and digits:
        found.add("both cases and digits")
    elif small and large:
        found.add("both cases")
    if strong and others * 3 <= length:
        found.add("marks of passwords")
    if others:
        found.add("many marks" if others * 4 > length else "few marks")
    changes = sum(class_of(left) != class_of(right) for left, right in zip(value, value[1:]))
    if changes * 2 > length:
        found.add("many changes of class")
    elif changes * 4 > length:
        found.add("some changes of class")
    if length >= 6 and len(set(value)) == length:
        found.add("all bytes differ")
    head = value.rstrip(b"0123456789")
    if head != value and head and not any(digit(byte) for byte in head):
        found.add("digits at the end only")


def of_shape(value, found):
    bare = value[2:] if value[:2] == b"0x" else value
    if len(bare) >= 8 and all(hexadecimal(byte) for byte in bare) and any(digit(byte) for byte in bare):
        found.add("hex")
    if value.count(b"/") >= 2:
        found.add("two slashes")
    if all(digit(byte) or byte in b".,:-+/_ TZ" for byte in value):
        found.add("number with marks")
    start = value[:10].lower()
    if any(start.startswith(mark) for mark in tables.DIGESTS):
        found.add("digest mark")


def of_code(value, found):
    case = case_of(value)
    if case:
        found.add(f"case: {case}")
    if 40 in value:
        found.add("call")
    if any(byte in b"[]{}<>" for byte in value):
        found.add("bracket")
    if value[0] in b"$*&!{[(%@|>=:.,+?)\\":
        found.add("starts with mark of code")
    if value[-1] in b"({[:.|&+=":
        found.add("ends with mark of code")
    if 61 in value[:-2]:
        found.add("has =")
    if 44 in value or 59 in value:
        found.add("has comma")
    start = value[:20].lower()
    if any(start.startswith(mark) for mark in tables.REFERENCES):
        found.add("reference start")
    if value.lower() in tables.CONSTANTS:
        found.add("known constant")


def of_stand_in(value, found):
    text = value.lower()
    if template(value):
        found.add("template")
    if text in tables.FAKE_WORDS:
        found.add("stand-in word")
    if any(part in text for part in tables.FAKE_PARTS):
        found.add("stand-in part")
    if repeats(value):
        found.add("repeats")
    if len(value) >= 6 and counts(value):
        found.add("counts")
    words = words_of(value)
    if any(word in tables.SAMPLES for word in words):
        found.add("says example or test")
    if any(word in tables.ADDRESSED for word in words):
        found.add("says your or my")
    if any(part in text for part in (b"secret", b"passw", b"token", b"credential", b"apikey", b"api_key", b"api-key")):
        found.add("says secret or password")
    if len(words) > 1 and any(word in tables.FAKE_SEGMENTS for word in words):
        found.add("short word of a stand-in in it")


def of_likeness(value, name, found):
    words, names = words_of(value), words_of(name)
    if not words or not names:
        return
    if words == names:
        found.add("is its name")
    elif all(word in names for word in words):
        found.add("all its words in the name")
    elif any(word in names and len(word) > 2 for word in words):
        found.add("shares a word with the name")


def head_of(place, name, between):
    """The text before the name; empty when it stands on a line above."""
    return place.before[:max(len(place.before) - len(between) - len(name), 0)]


def is_password(word):
    return word in tables.PASSWORDS or word.startswith(b"passw") or word.endswith((b"password", b"passwd", b"pwd"))


def of_name(place, name, between, found):
    words = [word.rstrip(b"0123456789") or word for word in words_of(name)]
    last = words[-1] if words else b""
    password = any(is_password(word) for word in words)
    secret = any(word in (b"secret", b"secrets", b"psk") or word.endswith(b"secret") for word in words)
    token = any(word in (b"token", b"tokens") or word.endswith((b"token", b"tokens")) for word in words)
    key = any(word == b"key" or word.endswith(b"key") for word in words)
    credential = any(word.startswith(b"cred") for word in words)
    says = {
        "password": password, "token": token, "key": key, "credential": credential,
        "last: about it": last in tables.ABOUT, "last: id": last in (b"id", b"ids", b"identifier"),
        "last: name or user": last in (b"name", b"names", b"user", b"username", b"email"),
        "last: hash": last in (b"hash", b"hashed", b"digest", b"salt"),
        "first: other": bool(words) and words[0] in tables.OTHER,
        "public": any(word in (b"public", b"publishable", b"pub") for word in words),
        "says test or fake": any(word in tables.FALSE for word in words),
        "hash word": any(word in tables.HASH_WORDS for word in words),
        "csrf or next or cursor": any(word in tables.PASSING for word in words),
        "no secret word": not (password or secret or token or key or credential),
        "many words": len(words) >= 4,
        "has dot or arrow": 46 in name or head_of(place, name, between).endswith((b"->", b"::")),
        "name is a method": between[:1] == b"(",
        "plural": len(last) > 4 and last.endswith(b"s") and not last.endswith(b"ss"),
        "last is the secret word": is_password(last) or last.endswith((b"secret", b"token", b"key")),
    }
    found.update(what for what, so in says.items() if so)
    return (password, secret, token or key)


def of_place(place, name, between, found):
    before, after = place.before, place.after
    quote = before[-1:] if before[-1:] in (b'"', b"'", b"`") else b""
    if quote == b'"':
        found.add("double quote")
    elif not quote:
        found.add("no quote")
    if quote:
        rest = after.lstrip(b"\\")
        inside = after.split(quote)[0]
        if rest.startswith(quote):
            found.add("closed at once")
        elif b" " in inside.rstrip() and any(letter(byte) for byte in inside):
            found.add("literal goes on with words")
        else:
            found.add("literal goes on")
        if len(between) >= 2 and between.count(quote) == 1 and head_of(place, name, between).endswith(quote):
            found.add("behind a literal")
    elif extension(place.path.lower()) in tables.CODE:
        found.add("no quote in code")
    operator = between.rstrip(b"\"'` \t\\")
    if quote and operator[-1:] in (b"b", b"u", b"r", b"f", b"@", b"$", b"L", b"n"):
        operator = operator[:-1].rstrip()
    if operator.endswith(b"=="):
        found.add("by ==")
    elif operator.endswith((b"=>", b":=")):
        found.add("by => or :=")
    elif operator.endswith(b"="):
        found.add("by =")
    elif operator.endswith((b":-", b"||", b"??")) or (b"${" in before[-80:] and operator.endswith(b":")):
        pass  # The default of a variable.
    elif operator.endswith(b":"):
        found.add("by :")
    elif operator.endswith(b"("):
        found.add("by (")
    elif operator.endswith(b","):
        found.add("by ,")
    elif operator.endswith(b">"):
        found.add("by >")
    of_rest(place, quote, found)
    of_line(place, name, found)


def of_rest(place, quote, found):
    rest = place.after.lstrip(b"\\")
    if quote and rest.startswith(quote):
        rest = rest[1:]
    bare = rest.lstrip(b" \t")
    first = bare[:1]
    if not first:
        found.add("line ends")
    elif first in b",)":
        found.add("then " + first.decode())
    elif first == b"<":
        found.add("then a tag")
    elif letter(first[0]) and len(bare) < len(rest):
        found.add("then a word")


def of_line(place, name, found):
    line = (place.before[-160:] + b" " + place.after[:160]).lower()
    start = place.before.lstrip(b" \t")[:4]
    if start.startswith((b"#", b"//", b"/*", b"* ", b"--", b"<!--", b";", b"%", b"rem ")):
        found.add("comment")
    if any(word in line for word in (b"user", b"login", b"email")):
        found.add("user name near")
    if b"://" in line:
        found.add("address near")
    if name.startswith(b"-"):
        found.add("option of a command")
    if any(word in line for word in (b"assert", b"expect", b"should", b"equal", b"mock")):
        found.add("a test's words near")
    if start in tables.DECLARED:
        found.add("declares")
    if any(word in line for word in (b"string ", b"str,", b": str", b"*string", b"type=")):
        found.add("type of a parameter")
    if len(place.before) + len(place.after) > 300:
        found.add("long line")
    if line.count(b"=") + line.count(b": ") >= 3:
        found.add("two values on the line")


def of_file(place, found):
    path = place.path.lower()
    end = extension(path)
    for kind, ends in tables.KINDS.items():
        if kind in tables.TELLING and end in ends:
            found.add(f"file: {kind}")
    words = words_of(path, 64)
    if any(word in tables.TEST_PATHS or word.startswith(b"test") or word.endswith(b"test") for word in words):
        found.add("test path")
    if any(word in tables.EXAMPLE_PATHS for word in words):
        found.add("example path")
    if any(word in tables.VENDOR_PATHS for word in words):
        found.add("vendor path")
    if any(word in tables.TRANSLATIONS for word in words):
        found.add("translation")
    if any(word in tables.GENERATED for word in words[-3:]):
        found.add("lock or generated")


def of_pairs(value, kind, found):
    password, secret, token = kind
    bits = randomness(value)
    quoted = "no quote" not in found
    says = {
        "password & reads like words": password and bits < 0, "password & random": password and bits >= 24,
        "token or key & reads like words": token and bits < 0, "token or key & random": token and bits >= 24,
        "token or key & short": token and len(value) < 12, "password & quoted": password and quoted,
        "secret & quoted": secret and quoted, "token or key & quoted": token and quoted,
    }
    found.update(what for what, so in says.items() if so)
