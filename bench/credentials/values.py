"""Makes values from the templates of formats.toml, checksums included, from one seeded source of chance."""
import base64
import hashlib
import json
import re
import string
import uuid
import zlib

DIGITS = string.digits
LOWER = string.ascii_lowercase
UPPER = string.ascii_uppercase
BASE62 = DIGITS + UPPER + LOWER
CHARSETS = {
    "base62": BASE62,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": DIGITS,
    "lower": LOWER,
    "alpha": UPPER + LOWER,
    "lowernum": LOWER + DIGITS,
    "uppernum": UPPER + DIGITS,
    "base32": UPPER + "234567",
    "lower32": LOWER + "234567",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "b64": UPPER + LOWER + DIGITS + "+/",
    "b64url": UPPER + LOWER + DIGITS + "-_",
    "django": LOWER + DIGITS + "!@#$%^&*(-_=+)",
    "salt": UPPER + LOWER + DIGITS + "!@#$%^&*()-_[]{}<>~+=,.;:/?|",
}
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What a reader, or a scanner, may take for a placeholder; chance must not write it.
PLACEHOLDER = re.compile(
    r"x{3}|(.)\1{4}|test|fake|demo|dummy|exampl|sampl|todo|null|none|your|change|secret|passw|token|"
    r"01234|12345|23456|34567|45678|56789|98765|abcde|bcdef|qwert|asdf",
    re.I,
)
# For passwords that people think of: none is a word of configuration.
WORDS = """Walnut Harbor Copper Tundra Velvet Saddle Cricket Mango Glacier Pepper Lantern Otter Maple Thunder Biscuit
Canyon Falcon Juniper Marble Nectar Orchid Pebble Quartz Raven Sparrow Timber Umbra Violet Willow Zephyr""".split()


def chars(rnd, alphabet, count):
    """A run of characters of the alphabet."""
    return "".join(rnd.choice(alphabet) for _ in range(count))


def base62(number, width):
    """The number in base 62 (0-9A-Za-z), padded with zeros."""
    out = ""
    while number:
        number, rest = divmod(number, 62)
        out = BASE62[rest] + out
    return out.rjust(width, "0")


def rotl(value, by):
    return (value << by | value >> (32 - by)) & 0xFFFFFFFF


def marvin32(data, seed):
    """Marvin32 with a 64-bit seed, folded to 32 bits as Microsoft's identifiable keys do."""
    low, high = seed & 0xFFFFFFFF, seed >> 32
    data = bytes(data) + b"\x80"
    data += b"\0" * (-len(data) % 4) + b"\0\0\0\0"
    for at in range(0, len(data), 4):
        low = (low + int.from_bytes(data[at : at + 4], "little")) & 0xFFFFFFFF
        high ^= low
        low = (rotl(low, 20) + high) & 0xFFFFFFFF
        high = rotl(high, 9) ^ low
        low = (rotl(low, 27) + high) & 0xFFFFFFFF
        high = rotl(high, 19)
    return low ^ high


# Kinds of identifiable keys of Azure: length in bytes, place of the mark in the text, seed (IdentifiableMetadata.cs).
AZURE = {
    "+ASt": (64, 76, 0x44656661756C7430),
    "ACDb": (64, 76, 0x4D61737452573030),
    "+ABa": (64, 76, 0x4162416363743030),
    "+ASb": (32, 33, 0x4D616E6167653030),
    "+AEh": (32, 33, 0x53656E6430303030),
    "AzCa": (32, 33, 0x4163636573733030),
    "AzFu": (40, 44, 0x46756E6374693030),
    "AzSe": (39, 42, 0x5041646D696E3030),
    "+ACR": (39, 42, 0x41435244666C7430),
}


def azure_his(rnd, mark):
    size, place, seed = AZURE[mark]
    # The search service writes letters and digits only, so others are thrown away.
    while mark == "AzSe":
        text = azure_key(rnd, mark, size, place, seed)
        if text.isalnum():
            return text
    text = azure_key(rnd, mark, size, place, seed)
    # Keys of functions are written in the URL-safe alphabet.
    return text.replace("+", "-").replace("/", "_") if mark == "AzFu" else text


def azure_key(rnd, mark, size, place, seed):
    text = base64.b64encode(rnd.randbytes(size)).decode()
    raw = bytearray(base64.b64decode(text[:place] + mark + text[place + 4 :]))
    raw[-4:] = marvin32(raw[:-4], seed).to_bytes(4, "little")
    return base64.b64encode(raw).decode()


def azure_client_secret(rnd, _):
    alphabet = LOWER + UPPER + "1234567890.-_~"
    text = chars(rnd, BASE62, 3) + "8Q~" + chars(rnd, alphabet, 31)
    number, digits = marvin32(text.encode(), 0x4161645077643030), ""
    for _ in range(6):
        number, rest = divmod(number, 66)
        digits = alphabet[rest] + digits
    return text + digits[:3]


def crc32_github(rnd, prefix):
    body = chars(rnd, BASE62, 30)
    return prefix + body + base62(zlib.crc32(body.encode()), 6)


def github_pat(rnd, _):
    text = "github_pat_11" + chars(rnd, CHARSETS["base32"], 7) + "0" + chars(rnd, BASE62, 12)
    text += "_" + chars(rnd, BASE62, 43)
    return text + base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:8] + chars(rnd, BASE62, 8)


def gitlab_routable(rnd, prefix):
    routing = f"o:{base62(rnd.randrange(10**3, 10**6), 1).lower()}\nu:{base62(rnd.randrange(10**4, 10**7), 1).lower()}"
    raw = routing.encode() + rnd.randbytes(16) + bytes([len(routing)])
    payload = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    text = f"{prefix}{payload}.01.{base36(len(payload), 2)}"
    return text + base36(zlib.crc32(text.encode()), 7)


def base36(number, width):
    out = ""
    while number:
        number, rest = divmod(number, 36)
        out = (DIGITS + LOWER)[rest] + out
    return out.rjust(width, "0")


def vercel(rnd, prefix):
    body = chars(rnd, BASE62, 50)
    return prefix + body + base62(zlib.crc32(body.encode()), 6)


def cloudflare(rnd, prefix):
    body = chars(rnd, BASE62, 40)
    return f"{prefix}{body}{zlib.crc32(body.encode()):08x}"


def grafana(rnd, prefix):
    text = prefix + chars(rnd, BASE62, 32)
    return f"{text}_{zlib.crc32(text.encode()).to_bytes(4, 'little').hex()}"


def atlassian(rnd, prefix):
    tail = {"ATBB": 24}.get(prefix, 168 if prefix.startswith("ATATT") else 160)
    alphabet = BASE62 if prefix == "ATBB" else CHARSETS["b64url"]
    text = prefix + chars(rnd, alphabet, tail) + ("" if prefix == "ATBB" else "=")
    return f"{text}{zlib.crc32(text.encode()):08X}"


def zuplo(rnd, _):
    body = chars(rnd, CHARSETS["hex"], 32)
    return f"zpka_{body}_{zlib.crc32(body.encode()):08x}"


def atlassian_dc(rnd, _):
    raw = b"%d:" % rnd.randrange(10**11, 10**12) + rnd.randbytes(20)
    return base64.b64encode(raw).decode().rstrip("=")


def pypi(rnd, host):
    def packet(kind, data):
        return bytes([kind, len(data)]) + data

    identifier = json.dumps([2, [chars(rnd, LOWER, 8)], str(uuid.UUID(bytes=rnd.randbytes(16), version=4))]).encode()
    raw = b"\x02" + packet(1, host.encode()) + packet(2, identifier) + b"\0\0\x06\x20" + rnd.randbytes(32)
    return "pypi-" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def sentry_org(rnd, _):
    body = {"iat": rnd.randrange(1_700_000_000, 1_790_000_000) + 0.25, "url": "https://sentry.io",
            "region_url": "https://us.sentry.io", "org": chars(rnd, LOWER, 8)}
    return f"sntrys_{base64.b64encode(json.dumps(body).encode()).decode().rstrip('=')}_{chars(rnd, CHARSETS['b64'], 43)}"


def glc(rnd, _):
    body = {"o": str(rnd.randrange(10**5, 10**6)), "n": "ci-" + chars(rnd, LOWER, 6), "k": chars(rnd, BASE62, 24),
            "m": {"r": "eu"}}
    return "glc_" + base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def grafana_legacy(rnd, _):
    body = {"k": chars(rnd, BASE62, 32), "n": "deploy-" + chars(rnd, LOWER, 5), "id": 1}
    return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode()


def jfrog_ref(rnd, _):
    text = f"reftkn:01:{rnd.randrange(17 * 10**8, 18 * 10**8)}:{chars(rnd, BASE62, 28)}"
    return base64.b64encode(text.encode()).decode().rstrip("=")


def discord_bot(rnd, _):
    user = base64.b64encode(str(rnd.randrange(10**18, 13 * 10**17)).encode()).decode().rstrip("=")
    when = base64.urlsafe_b64encode(rnd.randrange(100_000_000, 150_000_000).to_bytes(4, "big")).decode().rstrip("=")
    return f"{user}.{when}.{chars(rnd, CHARSETS['b64url'], 38)}"


def age(rnd, _):
    alphabet, prefix = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", "age-secret-key-"
    number = int.from_bytes(rnd.randbytes(32), "big") << 4
    data = [number >> (5 * at) & 31 for at in range(51, -1, -1)]
    check = 1
    for value in [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + data + [0] * 6:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, poly in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= poly if top >> bit & 1 else 0
    check ^= 1
    data += [check >> (5 * at) & 31 for at in range(5, -1, -1)]
    return (prefix + "1" + "".join(alphabet[v] for v in data)).upper()


def b64json(rnd, keys):
    body = {key: chars(rnd, BASE62, 20) for key in keys.split(",")}
    return base64.b64encode(json.dumps(body, separators=(",", ":")).encode()).decode().rstrip("=")


def jwt(rnd, flavour):
    """A signed-looking JSON Web Token; the signature is chance."""
    header = {"alg": "EdDSA" if flavour == "eddsa" else "HS256", "typ": "JWT"}
    now = rnd.randrange(1740000000, 1770000000)
    body = {"sub": chars(rnd, LOWER, 9), "iat": now, "jti": chars(rnd, CHARSETS["hex"], 16)}
    if flavour == "supabase_service":
        body = {"iss": "supabase", "ref": chars(rnd, LOWER, 20), "role": "service_role", "iat": now, "exp": now + 10**8}
    parts = [base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, body)]
    signature = rnd.randbytes(64 if flavour == "eddsa" else 32)
    return ".".join(p.decode().rstrip("=") for p in parts + [base64.urlsafe_b64encode(signature)])


def der(tag, *parts):
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x82]) + len(body).to_bytes(2, "big")
    return bytes([tag]) + size + body


def integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def pem(rnd, kind):
    """A private key: true structure, numbers of chance (no primes are looked for)."""
    if kind == "openssh":
        return openssh(rnd)
    if kind == "ec":
        body = der(0x30, integer(1), der(4, rnd.randbytes(32)), der(0xA0, bytes.fromhex("06082a8648ce3d030107")),
                   der(0xA1, der(3, b"\0\4" + rnd.randbytes(64))))
        return armour("EC PRIVATE KEY", body)
    if kind == "pkcs8ed":
        return armour("PRIVATE KEY", der(0x30, integer(0), der(0x30, bytes.fromhex("06032b6570")),
                                         der(4, der(4, rnd.randbytes(32)))))
    odd = [rnd.getrandbits(bits) | 1 | 1 << (bits - 1) for bits in (1024, 1024, 2048, 1024, 1024, 1024)]
    first, second, private, one, two, three = odd
    key = der(0x30, *map(integer, (0, first * second, 65537, private, first, second, one, two, three)))
    if kind == "rsa":
        return armour("RSA PRIVATE KEY", key)
    return armour("PRIVATE KEY", der(0x30, integer(0), der(0x30, bytes.fromhex("06092a864886f70d0101010500")), der(4, key)))


def armour(label, body, width=64):
    text = base64.b64encode(body).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def openssh(rnd):
    def field(data):
        return len(data).to_bytes(4, "big") + data

    public, seed, check = rnd.randbytes(32), rnd.randbytes(32), rnd.randbytes(4)
    blob = field(b"ssh-ed25519") + field(public)
    private = check + check + blob + field(seed + public) + field(b"deploy")
    private += bytes(range(1, 1 + -len(private) % 8))
    raw = b"openssh-key-v1\0" + field(b"none") + field(b"none") + field(b"") + b"\0\0\0\1" + field(blob) + field(private)
    return armour("OPENSSH PRIVATE KEY", raw, 70)


def password(rnd, count):
    """A generated password: letters, digits and marks that no format needs escaped, letters at both ends."""
    inner = [rnd.choice("!#%*_+?.^~"), rnd.choice(DIGITS), rnd.choice(UPPER), rnd.choice(LOWER)]
    inner += [rnd.choice(BASE62 + "!#%*_+?.^~") for _ in range(count - 6)]
    rnd.shuffle(inner)
    return rnd.choice(LOWER + UPPER) + "".join(inner) + rnd.choice(BASE62)


def human(rnd, _):
    """A password of the kind people think of."""
    one, two = rnd.sample(WORDS, 2)
    form = rnd.randrange(3)
    if form == 0:
        return f"{one}{rnd.choice('!#*_')}{two}{rnd.randrange(13, 98)}"
    if form == 1:
        return f"{one.replace('a', '4').replace('e', '3')}{rnd.randrange(1962, 2012)}{rnd.choice('!*?')}{two[:3]}"
    return f"{two[:4]}{rnd.randrange(13, 98)}{one}{rnd.choice('!#*')}{chars(rnd, LOWER, 3)}"


def ulid(rnd, _):
    return "01J" + chars(rnd, CROCKFORD, 23)


def uuid4(rnd, _):
    return str(uuid.UUID(bytes=rnd.randbytes(16), version=4))


def escape_url(text):
    return "".join(c if c in BASE62 + "-_.~" else f"%{ord(c):02X}" for c in text)


NAMED = {
    "uuid4": uuid4, "UUID4": lambda r, a: uuid4(r, a).upper(), "ULID": ulid, "ulidlower": lambda r, a: ulid(r, a).lower(),
    "b64bytes": lambda r, a: base64.b64encode(r.randbytes(int(a))).decode(),
    "b64urlbytes": lambda r, a: base64.urlsafe_b64encode(r.randbytes(int(a))).decode(),
    "choice": lambda r, a: r.choice(a.split("|")), "pass": lambda r, a: password(r, int(a)), "human": human, "jwt": jwt,
    "jwtbody": lambda r, a: jwt(r, "").split(".", 1)[1], "b64json": b64json, "pem": pem, "pipe": lambda r, a: "|",
    "azure_his": azure_his, "azure_client_secret": azure_client_secret, "crc32_github": crc32_github,
    "github_pat": github_pat, "gitlab_routable": gitlab_routable, "vercel": vercel, "cloudflare": cloudflare,
    "grafana": grafana, "atlassian": atlassian, "zuplo": zuplo, "atlassian_dc": atlassian_dc, "pypi": pypi,
    "sentry_org": sentry_org, "glc": glc, "grafana_legacy": grafana_legacy, "jfrog_ref": jfrog_ref,
    "discord_bot": discord_bot, "age": age, "ado_pat": None,
}


def ado_pat(rnd, _):
    """The older token of Azure DevOps: 32 bytes in base32, four of them a checksum of the others."""
    raw = bytearray(rnd.randbytes(32))
    places = (22, 8, 7, 2)
    rest = bytes(b for at, b in enumerate(raw) if at not in places)
    check = (zlib.crc32(rest) ^ 0xE0B9692D) & 0xFFFFFFFF
    for at, place in enumerate(places):
        raw[place] = check >> (8 * at) & 0xFF
    return base64.b32encode(raw).decode().rstrip("=").lower()


NAMED["ado_pat"] = ado_pat


def fill(template, rnd):
    """The template with each `{name:argument}` replaced; arguments may hold templates."""
    out, at = "", 0
    while at < len(template):
        if template[at] != "{":
            out, at = out + template[at], at + 1
            continue
        depth, end = 1, at + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(template[end], 0)
            end += 1
        out, at = out + part(template[at + 1 : end - 1], rnd), end
    return out


def part(text, rnd):
    name, _, argument = text.partition(":")
    if name == "b64text":
        return base64.b64encode(fill(argument, rnd).encode()).decode()
    if name == "urlenc":
        return escape_url(fill(argument, rnd))
    if name in CHARSETS:
        low, _, high = argument.partition("-")
        count = rnd.randint(int(low), int(high or low))
        first = chars(rnd, "123456789", 1) if name == "digits" else chars(rnd, CHARSETS[name], 1)
        return first + chars(rnd, CHARSETS[name], count - 1)
    return NAMED[name](rnd, argument)


def marks(value):
    """What in the value may be taken for a placeholder."""
    return {m.group().lower() for m in PLACEHOLDER.finditer(value)}


def make(template, rnd):
    """A value that does not look like a placeholder by accident; words that every value of the template has may stay."""
    known = set.intersection(*(marks(fill(template, rnd)) for _ in range(6)))
    for _ in range(200):
        value = fill(template, rnd)
        if len(value) > 400 or not marks(value) - known:
            return value
    raise ValueError(f"no value for {template}")
