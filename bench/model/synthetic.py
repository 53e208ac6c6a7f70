"""Lines that hold no secret, made from a seed: what users of scanners complain of. Two sets with different words and
forms: one to train on, one to judge on. No value comes from a repository."""
import random

from candidates import place_of

WORDS = {
    "train": """account archive banner basket border browser button calendar canvas category channel chapter cluster column
        comment content counter country current customer decoder default delivery desktop device dialog document editor
        element engine entity expected folder footer format gateway handler header history image index invoice item
        language layout listener loader machine manager marker matrix member message metric module monitor network
        notice number object option order packet panel parent parser partner payload picture platform player""".split(),
    "judge": """keyboard monkey existing subscription shortcut binding donkey turkey hockey jockey whiskey kidney journey
        provider primary foreign register resource response renewal review reader report request result rotate runner
        sample schedule schema scope screen search section selector sender server session setting shader signal
        snapshot source sprite stage station storage stream street student style summary support switch system table
        target ticket timer toggle topic tracker transfer trigger tunnel update upload vendor vertex visitor volume
        wallet warning weather widget window worker wrapper writer""".split(),
}
HEX, ALNUM, BASE64 = "0123456789abcdef", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", None
BASE64 = ALNUM + "+/"

# `{w}` a word, `{W}` a word with a capital, `{U}` in capitals, `{h:N}` hexadecimal, `{b:N}` base64, `{a:N}` letters and
# digits, `{d:N}` digits, `{u}` a uuid.
TRAIN = [
    ("src/app.py", 'token_name = "{w}_{w}"'),
    ("src/app.py", 'password = get_{w}_password("{w}")'),
    ("src/app.py", 'SECRET_{U} = "{w}-{w}"'),
    ("src/app.ts", "const {w}Token = this.{w}{W}Token;"),
    ("src/app.ts", "passwordField: '{w}{W}{W}',"),
    ("src/app.ts", "nextPageToken: '{b:24}',"),
    ("src/app.js", "password: data.{w}.password,"),
    ("src/App.java", 'private static final String TOKEN_{U} = "{W}{W}";'),
    ("src/App.java", "String password = {w}.get{W}Password();"),
    ("src/App.java", '@Value("${{{w}.{w}.password}}")'),
    ("src/main.go", 'Password: os.Getenv("{U}_PASSWORD"),'),
    ("src/main.go", "Token: {w}.{W}Token,"),
    ("src/main.cs", "var tokenProvider = {w}.{W}<{W}>();"),
    ("lib/app.rb", 'password: params[:{w}][:{w}],'),
    ("lib/app.php", "$password = $_POST['{w}'];"),
    ("config/app.yaml", "password: ${{{U}_{U}}}"),
    ("config/app.yaml", "secretName: {w}-{w}"),
    ("config/app.yaml", "password: {{{{ {w}_{w}_password }}}}"),
    ("config/app.yaml", "{w}_password: !vault |"),
    ("config/app.yaml", "password: ENC[AES256_GCM,data:{b:16},iv:{b:24},type:str]"),
    ("config/users.yml", "password: $2a$10${b:53}"),
    ("config/users.yml", "password: $6${a:16}${b:86}"),
    ("db/users.sql", "INSERT INTO users (password) VALUES ('$2y$10${b:53}');"),
    ("users.json", '"password": "$2b$12${b:53}",'),
    ("users.ldif", "userPassword: {{SSHA}}{b:40}"),
    ("pom/settings.conf", "password = {{{b:44}}}"),
    ("package-lock.json", '"{w}-token": "^{d:1}.{d:2}.{d:1}",'),
    ("go.sum", "github.com/{w}/token v1.{d:1}.{d:1} h1:{b:43}="),
    ("yarn.lock", "js-tokens@^4.{d:1}.0: integrity sha512-{b:86}=="),
    ("lang/messages.json", '"password_{w}": "{W} {w} {w}",'),
    ("web/page.html", '<input name="password" placeholder="{W}" value="{{{{ {w} }}}}">'),
    ("web/page.css", ".password-{w}: {w}-{w};"),
    ("docs/guide.md", "The token: {w} of the {w}."),
    ("docs/guide.md", "export {U}_TOKEN=<your-{w}-token>"),
    ("docs/guide.md", "--password <{w}>"),
    (".env.example", "{U}_SECRET=your-{w}-secret"),
    (".env", "{U}_SECRET_PATH=/etc/{w}/{w}"),
    ("infra/main.tf", "password = var.{w}_password"),
    ("infra/main.tf", 'secret_arn = "arn:aws:secretsmanager:eu-west-1:{d:12}:secret:{w}"'),
    ("infra/main.tf", "token = data.{w}.{w}.token"),
    ("src/app.py", 'token_id = "{u}"'),
    ("src/app.py", 'password_hash = "{h:40}"'),
    ("src/app.py", 'token_digest = "{h:64}"'),
    ("src/app.js", "const apiKeyPattern = /{w}[a-z]+/;"),
    ("src/app.js", "secretKey: '{w}.{w}.{w}',"),
    ("src/app.c", '#define PASSWORD_{U} 0x{h:8}'),
    ("src/app.c", "#define TOKEN_{U} {d:3}"),
    ("run.sh", "PASSWORD=$({w} --{w})"),
    ("run.sh", 'TOKEN="${{{U}_TOKEN}}"'),
    ("run.sh", "TOKEN=xxxxxxxxxxxxxxxx"),
    ("app.cfg", "password = ********"),
]
JUDGE = [
    ("settings/keys.json", '"token": "{w}", "key_binding": "{w}"'),
    ("app/models.py", 'api_key_name = "{w}-{w}"'),
    ("app/models.py", 'access_token_type = "{W}{W}"'),
    ("app/models.py", 'api_key_version = "v{d:1}beta{d:1}"'),
    ("app/models.py", 'public_api_key = "{b:44}"'),
    ("app/models.py", 'auth_key_id = "{u}"'),
    ("app/models.py", 'client_secret_id: str = "{u}"'),
    ("app/models.py", 'password = "password"'),
    ("infra/db.tf", 'password = "password"'),
    ("infra/db.tf", "master_password = random_password.{w}.result"),
    ("infra/db.tf", 'token = "${{var.{w}_token}}"'),
    ("web/src/main.ts", "const token = {w}{W}{W};"),
    ("web/src/main.ts", "tokenType = '{w}{W}';"),
    ("web/src/main.ts", "password: '{W} {w}',"),
    ("web/src/main.ts", "secret = process.env.{U}_SECRET"),
    ("web/src/main.ts", "apiKey: `${{{w}.{w}Key}}`,"),
    ("web/src/main.ts", "private readonly tokenService: {W}{W}Service,"),
    ("web/package-lock.json", '"integrity": "sha512-{b:86}==", "{w}-tokens": "~3.{d:1}.{d:2}"'),
    ("Cargo.lock", 'name = "{w}-token" checksum = "{h:64}"'),
    ("Pipfile.lock", '"secret-{w}": "sha256:{h:64}"'),
    ("web/index.html", '<img data-token="data:image/png;base64,{b:80}">'),
    ("web/index.html", '<label for="password">{W}</label>'),
    ("web/index.html", '<input type="password" id="{w}-{w}">'),
    ("test/fixtures/shadow", "root_password:$6${a:8}${b:86}:18000"),
    ("test/users.py", 'hashed_password="$2b$12${b:53}"'),
    ("test/users.py", 'password = "$argon2id$v=19$m=65536,t=3,p=4${b:22}${b:43}"'),
    ("secrets/app.enc.yaml", "api_token: ENC[AES256_GCM,data:{b:40},iv:{b:24},tag:{b:24},type:str]"),
    ("k8s/sealed.yaml", "secretKeyRef: {w}-{w}"),
    ("k8s/deploy.yaml", "secretKey: {w}-credentials"),
    ("k8s/deploy.yaml", "password: {{{{ .Values.{w}.password | quote }}}}"),
    ("deploy/url.sh", "curl https://{w}:$API_TOKEN@{w}.acme.io/?token=$TOKEN"),
    ("deploy/run.sh", 'export DB_PASSWORD="$(vault read {w}/{w})"'),
    ("deploy/run.sh", "TOKEN=$1"),
    ("config/app.properties", "{w}.password.encoder={w}"),
    ("config/app.properties", "{w}.token.header=X-{W}-{W}"),
    ("config/app.properties", "password=${{{U}_PASSWORD}}"),
    ("config/prod.env", "TOKEN_URL=https://{w}.acme.io/oauth/token"),
    ("config/prod.env", "API_KEY=changeme"),
    ("config/prod.env", "ACCESS_TOKEN_EXPIRE_MINUTES={d:2}"),
    ("i18n/en.json", '"resetPassword": "{W} {w} {w}"'),
    ("i18n/de.yml", "password: Passwort"),
    ("Main.java", "String token = request.getHeader(\"{W}\");"),
    ("Main.java", "private final TokenProvider token = new {W}{W}();"),
    ("Main.kt", 'val accessTokenUrl = "/{w}/{w}/token"'),
    ("main.go", 'tokenFile := "/var/run/secrets/{w}/token"'),
    ("main.go", "token, err := {w}.{W}Token(ctx)"),
    ("main.rs", "let secret = {w}.{w}_secret.clone();"),
    ("main.cs", 'public const string PasswordColumn = "{W}{W}";'),
    ("README.md", "Set `API_TOKEN=<{w}>` before the first {w}."),
    ("README.md", "password: your_{w}_password"),
    ("README.md", "client_secret={U}_CLIENT_SECRET"),
    ("README.md", "token: eyJ..."),
    ("db/seed.sql", "password varchar(255) default '{w}_{w}'"),
    ("lib/user.rb", "validates :password, length: {{ minimum: {d:1} }}"),
    ("lib/user.rb", "token: token_for(:{w}),"),
    ("lib/user.php", "'password' => $this->{w}->{w}(),"),
    ("lib/user.php", "'api_key' => env('{U}_API_KEY'),"),
    ("app.vue", '<password-field :token="{w}.{w}" />'),
    ("tokens.css", "--token-{w}: #{h:6};"),
    ("tokenizer.json", '"eos_token": "</{w}>", "pad_token": "[{U}]"'),
]


def filled(form, chance, words):
    """A form with its holes filled."""
    out, at = [], 0
    while at < len(form):
        if form.startswith("{{", at) or form.startswith("}}", at):
            out.append(form[at])
            at += 2
        elif form[at] == "{":
            end = form.index("}", at)
            hole, _, count = form[at + 1:end].partition(":")
            word = chance.choice(words)
            alphabet = {"h": HEX, "b": BASE64, "a": ALNUM, "d": "123456789"}.get(hole)
            if alphabet:
                out.append("".join(chance.choice(alphabet) for _ in range(int(count))))
            elif hole == "u":
                parts = ["".join(chance.choice(HEX) for _ in range(size)) for size in (8, 4, 4, 4, 12)]
                out.append("-".join(parts))
            else:
                out.append({"w": word, "W": word.capitalize(), "U": word.upper()}[hole])
            at = end + 1
        else:
            out.append(form[at])
            at += 1
    return "".join(out)


def lines(which, each, seed=7):
    """(path, line) without a secret, `each` of every form."""
    chance = random.Random(f"{which} {seed}")
    forms = TRAIN if which == "train" else JUDGE
    return [(path, filled(form, chance, WORDS[which])) for path, form in forms for _ in range(each)]


def candidates(rule, some):
    """(number of the line, path, before, value, after, above) of what the rule offers in lines."""
    for number, (path, line) in enumerate(some):
        data = line.encode() + b"\n"
        for start, end, first in rule.candidates(data):
            before, value, after, above = place_of(data, start, end, first)
            yield number, path, before, value, after, above
