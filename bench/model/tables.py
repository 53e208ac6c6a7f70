"""Words and tables of the features."""
import math

BETWEEN = frozenset("""
any byte bytes char const content data default defaultvalue nvarchar object optional or securestring static str string
text value varchar
""".encode().split())

ABOUT = frozenset("""
action address age alg algo algorithm arg arn at attempts attr attribute audience backend builder button by callback
caption changed class col column config constraints contract count date decimals desc description digest dir directory
disabled duration element email enabled encoder encoding endpoint engine env error errors event example expiration
expire expires expiry factory failed field fields file filename flow folder form format func function generator grant
handler hash hashed header headers help helper hint host icon id ids image index input instructions issuer key_name
kind label len length lifetime limit link list location manager map mask matching max message method min mismatch mode
model msg name names option options page param parameter parser path paths pattern placeholder policies policy prefix
property props provider question reader ref regex regexp region required requirements reset rotation route rule rules
sample schema scope scopes score selector service set settings size source state status storage store strategy
strength subject success suffix summary supplier symbol table template test text time timeout tip tips title tooltip
ttl type types uri url urls user username validation validator var variable vault version view warning
""".encode().split())

OTHER = frozenset("""
antiforgery ast bos cache cancellation change check completion confirm continuation csrf current cursor decrypt design
disable enable encrypt enter eos error errors foreign forgot get has hash hashed hide i18n idempotency incorrect input
invalid is label left lexer locale mandatory mask max min missing new next no num old output pad page parse parser
partition prev previous primary prompt public publishable repeat request require requires reset resume right set show
site sort sub sync syntax title toggle total unk update use validate verify with word wrong xsrf
""".encode().split())

FALSE = frozenset("""
bogus dummy fake mock mocked placeholder
""".encode().split())

PASSWORDS = frozenset("""
adminpass contrasena dbpass mailpass masterauth mysqlpass pass passcode passphrase passwd password passwort psw pswd
pw pwd redispass requirepass rootpass senha smtppass userpass
""".encode().split())

REFERENCES = frozenset((
    b'!getatt', b'!ref', b'!sub', b'!vault', b'$1$', b'$2a$', b'$2b$', b'$2y$', b'$5$', b'$6$', b'$apr1$', b'$argon2',
    b'@microsoft.keyvault', b'arn:', b'awssm', b'azurekeyvault', b'bcrypt', b'config.', b'data.',
    b'doppler', b'enc(', b'enc:', b'enc[', b'env(', b'env.', b'env:', b'file:', b'fn::', b'gcp:', b'keyvault',
    b'local.', b'module.', b'op://', b'os.', b'params.', b'pbkdf2', b'process.', b'projects/', b'ref+',
    b'request.', b'scrypt:', b'secret://', b'secrets.', b'secretsmanager', b'self.', b'settings.', b'sha256:', b'ssm:', b'system.', b'this.',
    b'var.', b'vault.', b'vault:', b'{bcrypt}', b'{cipher}', b'{sha}', b'{ssha}',
))

FAKE_PARTS = frozenset((
    b'****', b'-here', b'....', b'[hidden]', b'[masked]', b'____', b'_here', b'cafebabe', b'change-me', b'change_me',
    b'changeit', b'changeme', b'deadbeef', b'dummy', b'example', b'fake-', b'fake_', b'fakekey', b'fixme', b'foobar',
    b'goes-here', b'insert-', b'insert_', b'inserthere', b'invalid', b'ipsum', b'lorem', b'my-api', b'my-password',
    b'my-secret', b'my-token', b'my_api', b'my_password', b'my_secret', b'my_token', b'mypassword', b'mysecret',
    b'mytoken', b'not-real', b'not_real', b'notreal', b'null', b'placeholder', b'redacted', b'replace-me',
    b'replace_me', b'replace_with', b'replaceme', b'replacewith', b's3cr3t', b'sample-', b'sample_', b'samplekey',
    b'secret-key', b'secret_key', b'secretkey', b'some-', b'some_', b'super-secret', b'super_secret', b'supersecret',
    b'test-key', b'test-secret', b'test-token', b'test_key', b'test_secret', b'test_token', b'testkey', b'testsecret',
    b'testtoken', b'todo-', b'todo_', b'undefined', b'xxxx', b'your ', b'your-', b'your_', b'yourapi', b'yourkey',
    b'yourpassword', b'yoursecret', b'yourtoken', b'\xe2\x80\xa2\xe2\x80\xa2',
))

FAKE_WORDS = frozenset("""
*** abc abcd api-key api_key apikey ask auth authorization auto bar basic baz bearer boolean contraseña credential
credentials default disabled empty enabled encrypted env false file foo hash hasło hidden input int kennwort key login
lösenord n/a na nil no none null number object off on optional parola pass passord passwd password passwort plain
plaintext private prompt public pwd redacted required salt secret senha string tbd test testing text todo token true
undefined unset user username value vault wachtwoord xxx yes пароль パスワード 密码
""".encode().split())

FAKE_SEGMENTS = frozenset("""
abc bar baz demo dev fake foo here insert key local mock my password sample secret some temp test the todo token value
xyz your
""".encode().split())

HASH_WORDS = frozenset("""
blake2 blake3 checksum checksums commit contenthash crc crc32 digest digests etag fingerprint gitcommit hashes
integrity md5 narhash rev revision sha sha1 sha224 sha256 sha256sum sha384 sha512 shasum sri sum thumbprint
vcsrevision
""".encode().split())

TRANSLATIONS = frozenset("""
i18n intl l10n lang langs language languages locale locales lproj messages translation translations
""".encode().split())

# Costs of the language model of the scanner: a letter after a letter in half bits, a class after two classes in quarter bits.
PAIRS = """8a7899ab8fd999a8g868bbbdig ha89iealame687o9m675bedecf 5ead6fgk79k5ee7el99d6ikl8k 7hbe6ei7an88eh4ek9b6aglldp 6df93dci5hjbdg7dla9dagihdn 9f88cbcjgih7a6gbd567hcd8dm 7fdd87fk4ol8ed6fn79a8kjjcp 9hei3gc96piac8bgn68c9ihldg 5gef4hjj6nhfbg6gkac77jfock ab89ab9mimg9947alb76hbqcrb 8hgf4hih9gdehg5ckh3g9hejhj 9fec2ddg6kjcdbceid7cbgcefh 6fga56gj5oh8hi6eoha99ekobn 4afd4hhm7niaaf76kgae9ilkdj 7i867a6i9jdcgb8dlg75bcihgl db98hcckcic874b9q5a98cagil 5idc5fhb9pg7eh69l6b89gjm9n ggdfeefigji8dehgdaad1feiik 6hab4eak6pddbb6fn988adilap bj9g4gg97ndceg99gf849gflbn 6ibf4fk75qkddh7dp79abjfg9i b7bc7bdn9ql786e8q776ilofok 4idh2fej5nmfegbclgdgijkgkm 6gee7hh94mhch86gk67eilajkm 8g8d6eif8mjeagd5hdd3ghibbk bcbcafbhdlk978a3ke66hgcjgf 8ige2fhf6khdee5hkifhgfjicb""".split()
CLASSES = "1lvb 0hpz 9h48 1jlk 0jxu k1nb k93a c1ks 5k4h 966g eh2b 4a7i 0zon 53mm gq37 29zr".split()
# 256ths of a bit: a character of an alphabet of this size (4 quarter bits times 64).
LOG2 = [0] + [round(math.log2(size) * 4 * 64) for size in range(1, 100)]
ROWS = (b"qwertyuiop", b"asdfghjkl", b"zxcvbnm", b"1234567890", b"0123456789abcdef", b"qazwsxedcrfvtgbyhnujmikolp")
ROW_PAIRS = frozenset(pair for row in ROWS for left, right in zip(row, row[1:]) for pair in ((left, right), (right, left)))
WRAPPERS = frozenset(b"some secretstr from buffer ptr securestring charptr".split())
TEMPLATES = (b"${", b"{{", b"}}", b"$(", b"#{", b"%(", b"<%", b"%>", b"$[", b"{%", b"%s", b"%d", b"%v")
PAIRED = frozenset((b"<>", b"{}", b"[]", b"()", b"%%", b"@@", b"``", b"__"))
DIGESTS = (b"sha1-", b"sha256-", b"sha384-", b"sha512-", b"sha1:", b"sha256:", b"sha512:", b"md5:", b"h1:", b"$2a$", b"$2b$",
           b"$2y$", b"$argon2", b"$5$", b"$6$", b"$1$", b"$apr1$", b"{ssha}", b"{sha}", b"sha1$", b"sha256$", b"pbkdf2", b"scrypt:", b"enc[", b"enc(", b"{cipher}")
CONSTANTS = frozenset(b"nil null none true false undefined self this yes no on off void string str bytes object".split())
COPIES = frozenset(b"example sample dist template tmpl tpl j2 erb bak old orig in".split())
TEST_PATHS = frozenset(b"test tests testing testdata spec specs fixture fixtures mock mocks e2e it integration".split())
KINDS = {
    "python": frozenset(b"py pyi ipynb".split()), "script": frozenset(b"js ts jsx tsx mjs cjs vue".split()),
    "ruby": frozenset(b"rb rake".split()), "php": frozenset(b"php".split()), "go": frozenset(b"go".split()),
    "java": frozenset(b"java kt scala groovy gradle".split()), "c": frozenset(b"c h cc cpp hpp cs m swift rs fs vb hs".split()),
    "shell": frozenset(b"sh bash zsh bat cmd ps1 bats dockerfile mk".split()), "json": frozenset(b"json json5 jsonc ndjson".split()),
    "yaml": frozenset(b"yaml yml".split()), "settings": frozenset(b"ini properties conf cfg cnf toml config tfvars tf env hcl".split()),
    "markup": frozenset(b"xml html htm plist xaml svg css scss".split()), "docs": frozenset(b"md rst adoc asciidoc txt markdown".split()),
    "data": frozenset(b"sql csv tsv log har".split()),
}
TELLING = ("python", "script", "go", "java", "shell", "json", "settings", "markup")
CODE = frozenset(end for kind in ("python", "script", "ruby", "php", "go", "java", "c") for end in KINDS[kind])
SAMPLES = frozenset(b"example test demo sample dummy fake mock foo bar".split())
ADDRESSED = frozenset(b"your my some the here insert enter replace".split())
PASSING = frozenset(b"csrf xsrf next continuation cancellation cursor page parser lexer sync authenticity".split())
DECLARED = frozenset((b"var ", b"let ", b"cons", b"def ", b"func", b"priv", b"publ", b"fina", b"stat"))
EXAMPLE_PATHS = frozenset(b"example examples sample samples demo template templates".split())
VENDOR_PATHS = frozenset(b"vendor node third dist extern external".split())
GENERATED = frozenset(b"lock generated gen min sum".split())
