"""What looks like a secret and is none, by class, from the complaints of users of scanners: one small file per case."""
import base64
import hashlib
import json
import uuid

from values import BASE62, CHARSETS, WORDS, chars

CLASSES = {}
NOUNS = "order invoice customer payment session report account device basket shipment ticket profile voucher".split()
SERVICES = "stripe github slack openai aws datadog twilio sendgrid sentry mailgun shopify auth0 okta gitlab vault".split()
PACKAGES = "lodash react-dom axios chalk express typescript vite rollup semver yargs debug glob minimist uuid zod".split()
PYTHON = "requests urllib3 certifi idna numpy pandas pydantic starlette anyio click jinja2 attrs cffi rich".split()
SECRET = ["password", "token", "secret", "api_key", "access_token", "client_secret", "private_key", "auth_token"]


def negative(function):
    CLASSES[function.__name__] = function
    return function


def hexa(r, count):
    return chars(r, CHARSETS["hex"], count)


def b64(r, size):
    return base64.b64encode(r.randbytes(size)).decode()


def guid(r):
    return str(uuid.UUID(bytes=r.randbytes(16), version=4))


def version(r):
    return f"{r.randrange(0, 9)}.{r.randrange(0, 30)}.{r.randrange(0, 20)}"


def camel(text, pascal=False):
    words = [w for w in text.replace("-", "_").split("_") if w]
    head = words[0].capitalize() if pascal else words[0]
    return head + "".join(w.capitalize() for w in words[1:])


def name(r):
    """The name of a credential: what makes a scanner look at the value beside it."""
    return f"{r.choice(SERVICES)}_{r.choice(SECRET)}"


# Lock files and checksums


@negative
def npm_lock(r):
    packages = {f"node_modules/{p}": {"version": version(r), "resolved": f"https://registry.npmjs.org/{p}/-/{p}-{version(r)}.tgz",
                "integrity": "sha512-" + b64(r, 64)} for p in r.sample(PACKAGES, 4)}
    return "package-lock.json", json.dumps({"name": "web", "lockfileVersion": 3, "packages": packages}, indent=2)


@negative
def yarn_and_pnpm_lock(r):
    p, v = r.choice(PACKAGES), version(r)
    if r.random() < 0.5:
        return "yarn.lock", f'# yarn lockfile v1\n\n\n{p}@^{v}:\n  version "{v}"\n  resolved "https://registry.yarnpkg.com/{p}/-/{p}-{v}.tgz#{hexa(r, 40)}"\n  integrity sha512-{b64(r, 64)}\n'
    return "pnpm-lock.yaml", f"lockfileVersion: '9.0'\n\npackages:\n\n  {p}@{v}:\n    resolution: {{integrity: sha512-{b64(r, 64)}}}\n    engines: {{node: '>=18'}}\n"


@negative
def python_lock(r):
    p, v, form = r.choice(PYTHON), version(r), r.randrange(4)
    if form == 0:
        return "poetry.lock", f'[[package]]\nname = "{p}"\nversion = "{v}"\nfiles = [\n    {{file = "{p}-{v}.tar.gz", hash = "sha256:{hexa(r, 64)}"}},\n]\n\n[metadata]\ncontent-hash = "{hexa(r, 64)}"\n'
    if form == 1:
        return "requirements.txt", f"{p}=={v} \\\n    --hash=sha256:{hexa(r, 64)} \\\n    --hash=sha256:{hexa(r, 64)}\n"
    if form == 2:
        return "Pipfile.lock", json.dumps({"_meta": {"hash": {"sha256": hexa(r, 64)}}, "default": {p: {"hashes": ["sha256:" + hexa(r, 64)], "version": "==" + v}}}, indent=4)
    return "uv.lock", f'version = 1\n\n[[package]]\nname = "{p}"\nversion = "{v}"\nsdist = {{ url = "https://files.pythonhosted.org/packages/{hexa(r, 2)}/{hexa(r, 2)}/{hexa(r, 60)}/{p}-{v}.tar.gz", hash = "sha256:{hexa(r, 64)}", size = {r.randrange(10**4, 10**6)} }}\n'


@negative
def other_locks(r):
    v, form = version(r), r.randrange(7)
    if form == 0:
        return "Cargo.lock", f'version = 4\n\n[[package]]\nname = "secrecy"\nversion = "{v}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{hexa(r, 64)}"\n'
    if form == 1:
        return "go.sum", f"github.com/golang-jwt/jwt/v5 v{v} h1:{b64(r, 32)}\ngithub.com/golang-jwt/jwt/v5 v{v}/go.mod h1:{b64(r, 32)}\n"
    if form == 2:
        return "composer.lock", json.dumps({"content-hash": hexa(r, 32), "packages": [{"name": "firebase/php-jwt", "version": v, "source": {"type": "git", "reference": hexa(r, 40)}, "dist": {"shasum": hexa(r, 40)}}]}, indent=4)
    if form == 3:
        return "Podfile.lock", f"PODS:\n  - KeychainAccess ({v})\n\nSPEC CHECKSUMS:\n  KeychainAccess: {hexa(r, 40)}\n\nPODFILE CHECKSUM: {hexa(r, 40)}\n"
    if form == 4:
        return "flake.lock", json.dumps({"nodes": {"nixpkgs": {"locked": {"lastModified": 1765000000, "narHash": "sha256-" + b64(r, 32), "rev": hexa(r, 40), "type": "github"}}}, "version": 7}, indent=2)
    if form == 5:
        return ".terraform.lock.hcl", f'provider "registry.terraform.io/hashicorp/vault" {{\n  version = "{v}"\n  hashes = [\n    "h1:{b64(r, 32)}",\n    "zh:{hexa(r, 64)}",\n  ]\n}}\n'
    return "Package.resolved", json.dumps({"originHash": hexa(r, 64), "pins": [{"identity": "jwt-kit", "kind": "remoteSourceControl", "state": {"revision": hexa(r, 40), "version": v}}]}, indent=2)


@negative
def checksum_files(r):
    width, form = r.choice([32, 40, 64, 128]), r.randrange(3)
    file = f"release-{version(r)}.tar.gz"
    if form == 0:
        return {32: "MD5SUMS", 40: "SHA1SUMS", 64: "SHA256SUMS", 128: "SHA512SUMS"}[width], "".join(f"{hexa(r, width)}  {n}\n" for n in (file, "auth-token-service.deb"))
    if form == 1:
        return "checksums.txt", f"SHA256 ({file}) = {hexa(r, 64)}\nMD5 (password-store.zip) = {hexa(r, 32)}\n"
    return "scripts/install.sh", f"VERSION={version(r)}\nSHA256={hexa(r, 64)}\ncurl -fsSLO https://get.tools.io/{file}\necho \"$SHA256  {file}\" | sha256sum -c -\n"


@negative
def subresource_integrity(r):
    alg, size = r.choice([("sha256", 32), ("sha384", 48), ("sha512", 64)])
    return "web/index.html", f'<!doctype html>\n<script src="https://cdn.jsdelivr.net/npm/{r.choice(PACKAGES)}@{version(r)}" integrity="{alg}-{b64(r, size)}" crossorigin="anonymous"></script>\n'


@negative
def git_object_ids(r):
    sha, form = hexa(r, 40), r.randrange(4)
    if form == 0:
        return ".github/workflows/ci.yml", f"on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/create-github-app-token@{sha} # v2\n"
    if form == 1:
        return ".git-blame-ignore-revs", f"# Reformat everything\n{sha}\n{hexa(r, 40)}\n"
    if form == 2:
        return "src/build.py", f'BUILD_COMMIT = "{sha}"\nGIT_SHA = "{hexa(r, 40)}"\n'
    return "CHANGELOG.md", f"## {version(r)}\n- rotate the token earlier ([{sha[:7]}](https://github.com/shop/orders/commit/{sha}))\n"


@negative
def docker_digests(r):
    image = r.choice(["hashicorp/vault", "redis", "postgres", "quay.io/keycloak/keycloak"])
    if r.random() < 0.5:
        return "Dockerfile", f"FROM {image}:{version(r)}@sha256:{hexa(r, 64)}\nCMD [\"server\"]\n"
    return "k8s/deployment.yaml", f"spec:\n  containers:\n    - name: token-service\n      image: {image}@sha256:{hexa(r, 64)}\n"


@negative
def git_lfs_pointers(r):
    return f"assets/{r.choice(NOUNS)}.bin", f"version https://git-lfs.github.com/spec/v1\noid sha256:{hexa(r, 64)}\nsize {r.randrange(10**5, 10**8)}\n"


@negative
def version_pins(r):
    forms = [("tool-versions", ".tool-versions", f"nodejs {version(r)}\nvault {version(r)}\n"),
             ("", "pom.xml", f"<project>\n  <dependency>\n    <groupId>io.jsonwebtoken</groupId>\n    <artifactId>jjwt-api</artifactId>\n    <version>{version(r)}</version>\n  </dependency>\n</project>\n"),
             ("", "package.json", json.dumps({"dependencies": {"jsonwebtoken": "^" + version(r), "passport-auth-token": version(r), "@aws-sdk/client-secrets-manager": "^3.%d.0" % r.randrange(100, 900)}}, indent=2)),
             ("", "config/api.yml", f"stripe:\n  api_version: '2025-0{r.randrange(1, 9)}-1{r.randrange(0, 9)}'\n  token_version: {version(r)}\n")]
    return r.choice(forms)[1:]


# Ids that are public


@negative
def uuids_as_ids(r):
    noun, form = r.choice(NOUNS), r.randrange(5)
    if form == 0:
        return "data/seed.json", json.dumps([{"id": guid(r), f"{noun}_id": guid(r), "api_key_id": guid(r)}], indent=2)
    if form == 1:
        return "src/ids.ts", f"export const {noun.upper()}_ID = '{guid(r)}';\nexport const tokenTypeId = '{guid(r)}';\n"
    if form == 2:
        return "db/seed.sql", f"INSERT INTO {noun}s (id, parent_id) VALUES ('{guid(r)}', '{guid(r)}');\n"
    if form == 3:
        return "App.sln", f'Project("{{{guid(r).upper()}}}") = "Auth.Tokens", "Auth.Tokens.csproj", "{{{guid(r).upper()}}}"\nEndProject\n'
    return "config/app.yml", f"tenant_id: {guid(r)}\nclient_id: {guid(r)}\nkey_id: {guid(r)}\n"


@negative
def public_client_ids(r):
    forms = [("GOOGLE_CLIENT_ID", f"{r.randrange(10**11, 10**12)}-{chars(r, CHARSETS['lowernum'], 32)}.apps.googleusercontent.com"),
             ("AZURE_CLIENT_ID", guid(r)), ("OKTA_CLIENT_ID", "0oa" + chars(r, BASE62, 17)), ("AUTH0_CLIENT_ID", chars(r, BASE62, 32)),
             ("SPOTIFY_CLIENT_ID", hexa(r, 32)), ("GITHUB_CLIENT_ID", "Iv1." + hexa(r, 16)), ("AWS_COGNITO_CLIENT_ID", chars(r, CHARSETS["lowernum"], 26)),
             ("TWILIO_ACCOUNT_SID", "AC" + hexa(r, 32)), ("CLOUDFLARE_ACCOUNT_ID", hexa(r, 32)), ("FACEBOOK_APP_ID", str(r.randrange(10**14, 10**15)))]
    key, value = r.choice(forms)
    if r.random() < 0.5:
        return ".env.production", f"PORT=8080\n{key}={value}\n"
    return "src/config.ts", f"export const {camel(key.lower())} = '{value}';\n"


@negative
def publishable_keys(r):
    forms = [("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", "pk_live_51" + chars(r, BASE62, 97)), ("NEXT_PUBLIC_POSTHOG_KEY", "phc_" + chars(r, BASE62, 43)),
             ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", "pk_live_" + base64.b64encode(b"clerk.shop.io$").decode()), ("VITE_RECAPTCHA_SITE_KEY", "6L" + chars(r, BASE62, 6) + "AAAAA" + chars(r, BASE62, 27)),
             ("TURNSTILE_SITE_KEY", "0x4AAAAAA" + chars(r, BASE62, 14)), ("VITE_SENTRY_DSN", f"https://{hexa(r, 32)}@o{r.randrange(10**5, 10**6)}.ingest.sentry.io/{r.randrange(10**6, 10**7)}"),
             ("GA_MEASUREMENT_ID", "G-" + chars(r, CHARSETS["uppernum"], 10)), ("LANGFUSE_PUBLIC_KEY", "pk-lf-" + guid(r)), ("NEXT_PUBLIC_MAPBOX_TOKEN", "pk." + b64(r, 45) + "." + chars(r, BASE62, 22)),
             ("VAPID_PUBLIC_KEY", "B" + chars(r, CHARSETS["b64url"], 86)), ("RAZORPAY_KEY_ID", "rzp_live_" + chars(r, BASE62, 14)), ("SQUARE_APPLICATION_ID", "sq0idp-" + chars(r, BASE62, 22))]
    key, value = r.choice(forms)
    if r.random() < 0.5:
        return ".env.production", f"PORT=3000\n{key}={value}\n"
    return "web/config.js", f"window.config = {{\n  {camel(key.lower())}: '{value}',\n}};\n"


@negative
def terraform_ids(r):
    kind, prefix = r.choice([("aws_vpc", "vpc"), ("aws_subnet", "subnet"), ("aws_security_group", "sg"), ("aws_instance", "i")])
    attributes = {"id": f"{prefix}-0{hexa(r, 16)}", "arn": f"arn:aws:ec2:eu-west-1:{r.randrange(10**11, 10**12)}:{prefix}/{prefix}-0{hexa(r, 16)}", "owner_id": str(r.randrange(10**11, 10**12)), "kms_key_id": f"arn:aws:kms:eu-west-1:{r.randrange(10**11, 10**12)}:key/{guid(r)}"}
    return "infra/terraform.tfstate", json.dumps({"version": 4, "lineage": guid(r), "resources": [{"type": kind, "name": "main", "instances": [{"attributes": attributes}]}]}, indent=2)


@negative
def cloud_resource_names(r):
    account = r.randrange(10**11, 10**12)
    forms = [f"secret_arn = \"arn:aws:secretsmanager:eu-west-1:{account}:secret:prod/db-password-{chars(r, BASE62, 6)}\"\n",
             f"key_vault_secret_id = \"https://shop-kv.vault.azure.net/secrets/db-password/{hexa(r, 32)}\"\n",
             f"kms_key = \"projects/shop-prod/locations/global/keyRings/main/cryptoKeys/token-{hexa(r, 4)}\"\n",
             f"role_arn = \"arn:aws:iam::{account}:role/token-rotator\"\naccess_key_id_parameter = \"/prod/{r.choice(SERVICES)}/access_key_id\"\n"]
    return "infra/main.auto.tfvars", r.choice(forms)


@negative
def pagination_cursors(r):
    cursor = base64.b64encode(json.dumps({"id": r.randrange(10**5, 10**7), "created": "2026-03-01"}).encode()).decode()
    key = r.choice(["next_page_token", "nextPageToken", "cursor", "continuation_token", "nextToken", "page_token", "sync_token"])
    return "data/page.json", json.dumps({"items": [{"id": r.randrange(10**4, 10**6)}], key: r.choice([cursor, chars(r, CHARSETS["b64url"], 28)]), "etag": f'"{hexa(r, 32)}"'}, indent=2)


@negative
def trace_ids(r):
    return "logs/app.log", f"2026-03-14T08:12:44Z INFO trace_id={hexa(r, 32)} span_id={hexa(r, 16)} request_id={guid(r)} msg=\"token refreshed\" user_id={r.randrange(10**5, 10**6)} session_key=cart\n"


# Placeholders and references

PLACEHOLDERS = ["your_{n}_here", "YOUR_{N}", "<{N}>", "<your-{k}>", "xxxxxxxxxxxxxxxxxxxxxxxx", "XXXX-XXXX-XXXX-XXXX", "changeme", "change-me-in-production",
                "replace_me", "REPLACE_WITH_YOUR_{N}", "[{N}]", "****************", "....................", "insert-{k}-here", "todo", "my-{k}", "example-{k}",
                "enter_your_{n}", "{n}_goes_here", "dummy_{n}", "fake-{k}", "placeholder", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "sk-...", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "0000000000000000000000000000000000000000", "<redacted>", "[REDACTED]", "secret", "none",
                "abcdefghijklmnopqrstuvwxyz123456", "1234567890abcdef1234567890abcdef", "00000000-0000-0000-0000-000000000000", "xoxb-your-token", "SG.xxxxx.yyyyy", "not-a-real-{k}", "put-your-{k}-here"]


def placeholder(r, key):
    return r.choice(PLACEHOLDERS).format(n=key, N=key.upper(), k=key.replace("_", "-"))


@negative
def placeholders_env(r):
    keys = [name(r) for _ in range(3)]
    return r.choice([".env.template", ".env.dist", ".env", "config/app.env"]), "".join(f"{k.upper()}={placeholder(r, k.split('_', 1)[1])}\n" for k in keys)


@negative
def placeholders_code(r):
    key, other = name(r), name(r)
    text = placeholder(r, key.split("_", 1)[1])
    forms = [("src/config.py", f'{key.upper()} = "{text}"\n'), ("src/config.js", f"const {camel(key)} = '{text}';\nconst {camel(other)} = '';\n"),
             ("config/settings.yml", f"{key.split('_', 1)[0]}:\n  {key.split('_', 1)[1]}: \"{text}\"\n"), ("config/app.json", json.dumps({key: text}, indent=2)),
             ("src/Config.java", f'class Config {{\n  static final String {key.upper()} = "{text}";\n}}\n')]
    return r.choice(forms)


@negative
def placeholders_documentation(r):
    key, service = r.choice(SECRET), r.choice(SERVICES)
    forms = [f"```sh\nexport {service.upper()}_{key.upper()}=<your {key.replace('_', ' ')}>\n```\n", f'```sh\ncurl -H "Authorization: Bearer $TOKEN" https://api.{service}.com/v1\n```\n',
             f'```sh\ncurl -H "Authorization: Bearer YOUR_{key.upper()}" https://api.{service}.com/v1\n```\n', f"```py\nclient = Client({key}=\"your-{key.replace('_', '-')}\")\n```\n",
             f"Set `{service.upper()}_{key.upper()}` to the {key.replace('_', ' ')} from the dashboard, for example `abc123...`.\n", f"```\npostgres://USER:PASSWORD@HOST:5432/DATABASE\n```\n"]
    return "README.md", "# Setup\n\n" + r.choice(forms)


@negative
def environment_references(r):
    key = name(r)
    env = key.upper()
    forms = [("src/config.js", f"const {camel(key)} = process.env.{env};\n"), ("src/config.py", f'{key} = os.environ["{env}"]\npassword = os.getenv("DB_PASSWORD", "")\n'),
             ("docker-compose.yml", f"services:\n  api:\n    environment:\n      {env}: ${{{env}}}\n      DB_PASSWORD: ${{DB_PASSWORD:?not set}}\n"),
             (".github/workflows/ci.yml", f"jobs:\n  a:\n    env:\n      {env}: ${{{{ secrets.{env} }}}}\n"), ("main.go", f'package main\n\nvar {camel(key)} = os.Getenv("{env}")\n'),
             ("src/main/resources/application.yml", f"app:\n  {key.replace('_', '-')}: ${{{env}}}\n  password: ${{DB_PASSWORD:}}\n"), ("infra/main.tf", f'provider "x" {{\n  {key} = var.{key}\n  password = data.vault_generic_secret.db.data["password"]\n}}\n'),
             ("config/database.rb", f"config.{key} = ENV.fetch('{env}')\n"), ("scripts/run.sh", f'export {env}="${{{env}:-}}"\nPASSWORD=$(cat /run/secrets/db_password)\ncurl -u "$USER:$PASSWORD" https://api.shop.io\n'),
             ("config.php", f"<?php\nreturn ['{key}' => env('{env}')];\n"), ("Jenkinsfile", f"environment {{\n  {env} = credentials('{key.replace('_', '-')}')\n}}\n"), ("src/main.rs", f'let {key} = std::env::var("{env}")?;\n')]
    return r.choice(forms)


@negative
def secret_manager_references(r):
    key, service = r.choice(SECRET), r.choice(SERVICES)
    forms = [("k8s/deployment.yaml", f"env:\n  - name: {service.upper()}_{key.upper()}\n    valueFrom:\n      secretKeyRef:\n        name: {service}-credentials\n        key: {key.replace('_', '-')}\n"),
             ("config/app.yml", f"{key}: vault:secret/data/{service}#{key}\n"), (".env", f"{key.upper()}=op://production/{service}/{key}\n"), ("config/app.yml", f"{key}: ref+awsssm://prod/{service}/{key}\n"),
             ("serverless.yml", f"provider:\n  environment:\n    {key.upper()}: ${{ssm:/prod/{service}/{key}}}\n"), ("template.yaml", f"Resources:\n  Db:\n    Properties:\n      MasterUserPassword: '{{{{resolve:secretsmanager:prod/{service}:SecretString:{key}}}}}'\n"),
             ("appsettings.json", json.dumps({"ConnectionStrings": {"Main": f"@Microsoft.KeyVault(SecretUri=https://shop.vault.azure.net/secrets/{service}-{key.replace('_', '-')}/)"}}, indent=2)),
             ("k8s/external.yaml", f"apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  data:\n    - secretKey: {key}\n      remoteRef:\n        key: prod/{service}/{key}\n")]
    return r.choice(forms)


@negative
def template_expressions(r):
    key = name(r)
    forms = [("roles/api/templates/app.conf.j2", f"{key} = {{{{ {key} }}}}\npassword = {{{{ lookup('env', 'DB_PASSWORD') }}}}\n"), ("charts/templates/secret.yaml", f"data:\n  {key}: {{{{ .Values.{camel(key)} | b64enc | quote }}}}\n"),
             ("views/login.erb", f"<input type=\"password\" value=\"<%= params[:password] %>\">\n<meta name=\"{key}\" content=\"<%= @{key} %>\">\n"), ("deploy/app.conf.tpl", f"{key}=%%{key.upper()}%%\npassword=@DB_PASSWORD@\n"),
             ("deploy/app.env.tmpl", f"{key.upper()}={{{{ with secret \"kv/app\" }}}}{{{{ .Data.{key} }}}}{{{{ end }}}}\n"), ("src/mail.ts", f"const header = `Bearer ${{{camel(key)}}}`;\nconst url = `https://${{user}}:${{password}}@${{host}}/db`;\n"),
             ("app/settings.py", f'dsn = f"postgresql://{{user}}:{{password}}@{{host}}/{{database}}"\nheader = "Bearer {{}}".format({key})\n')]
    return r.choice(forms)


# Words of programs


@negative
def identifiers(r):
    key, noun = r.choice(SECRET), r.choice(NOUNS)
    forms = [("src/auth.ts", f"const {camel(key)} = await this.{noun}{camel(key, True)}Provider.getCurrent{camel(key, True)}();\nconst existing{camel(noun, True)}Token = existing{camel(noun, True)}Subscription;\n"),
             ("src/Auth.java", f"String {camel(key)} = {noun}Repository.find{camel(key, True)}By{camel(noun, True)}Id({noun}Id);\nprivate {camel(key, True)}Provider {camel(key)}Provider;\n"),
             ("app/auth.py", f"{key} = {noun}.get_{key}()\nself.{key} = {key}_for_{noun}\nif {key} != {noun}_{key}_digest:\n    raise Invalid{camel(key, True)}Error({key})\n"),
             ("internal/auth.go", f"{camel(key)} := cfg.{camel(noun, True)}{camel(key, True)}Source\nrequest.{camel(key, True)} = credentialsFromContextOrDefault\n")]
    return r.choice(forms)


@negative
def enum_constants(r):
    key, noun = r.choice(SECRET), r.choice(NOUNS)
    forms = [("src/types.ts", f"export enum GrantType {{\n  Password = 'password',\n  RefreshToken = 'refresh_token',\n  {camel(key, True)} = '{noun}_{key}',\n}}\n"), ("src/Field.java", f'enum Field {{\n  {key.upper()}("{key}"), {noun.upper()}_TOKEN("{noun}Token");\n}}\n'),
             ("app/consts.py", f'PASSWORD_FIELD = "password_confirmation"\nTOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"\n{key.upper()}_HEADER = "X-{noun.capitalize()}-Authorization"\n'),
             ("pkg/keys.go", f'const (\n\t{camel(key, True)}Key = "{noun}.{key}.v1"\n\tTokenCookieName = "{noun}_session_token"\n)\n'), ("src/actions.js", f"export const FETCH_{key.upper()}_SUCCESS = '{noun}/FETCH_{key.upper()}_SUCCESS';\n")]
    return r.choice(forms)


@negative
def type_annotations(r):
    key, noun = r.choice(SECRET), r.choice(NOUNS)
    forms = [("src/types.ts", f"export interface {camel(noun, True)}Login {{\n  username: string;\n  password: string;\n  {camel(key)}?: string | null;\n  token: Promise<AccessTokenResponse>;\n}}\n"),
             ("app/models.py", f"class Login(BaseModel):\n    password: SecretStr\n    {key}: Optional[str] = None\n    token: Annotated[str, Depends(oauth2_scheme)]\n"), ("src/login.rs", f"pub struct Login {{\n    pub password: SecretString,\n    pub {key}: Option<String>,\n}}\n"),
             ("src/Login.kt", f"data class Login(val password: CharArray, val {camel(key)}: String?)\n"), ("main.go", f'type Login struct {{\n\tPassword string `json:"password" validate:"required,min=8"`\n\t{camel(key, True)} string `yaml:"{key}"`\n}}\n'), ("src/Login.cs", f"public record Login(string Password, string? {camel(key, True)});\n")]
    return r.choice(forms)


@negative
def function_calls(r):
    key, noun = r.choice(SECRET), r.choice(NOUNS)
    forms = [("src/auth.py", f"password = generate_password(length=24)\n{key} = secrets.token_urlsafe(32)\ntoken = self.fetch_{noun}_token(client_id)\n"), ("src/auth.js", f"const password = crypto.randomBytes(32).toString('hex');\nconst {camel(key)} = await getSecretValue('{noun}/{key}');\n"),
             ("src/Auth.java", f"String password = passwordEncoder.encode(request.getPassword());\nString {camel(key)} = config.getString(\"{noun}.{key}\");\n"), ("main.go", f'{camel(key)}, err := vault.ReadSecret(ctx, "{noun}/{key}")\ntoken := r.Header.Get("X-{noun.capitalize()}-Token")\n'),
             ("infra/main.tf", f'resource "random_password" "{noun}" {{\n  length = 32\n}}\n\noutput "{key}" {{\n  value     = random_password.{noun}.result\n  sensitive = true\n}}\n'), ("app/auth.rb", f"{key} = SecureRandom.hex(32)\npassword = Rails.application.credentials.dig(:{noun}, :{key})\n"), ("lib/auth.php", f"<?php\n$password = $request->input('password');\n${key} = bin2hex(random_bytes(32));\n$hash = password_hash($password, PASSWORD_ARGON2ID);\n")]
    return r.choice(forms)


@negative
def keybindings(r):
    keys = ["ctrl+shift+k ctrl+shift+u", "cmd+k cmd+alt+left", "ctrl+alt+shift+pageup", "shift+alt+f12", "<C-w><C-l>", "C-c C-x C-w", "Ctrl+Shift+Alt+F4"]
    forms = [("keybindings.json", json.dumps([{"key": r.choice(keys), "command": "workbench.action.terminal.sendSequence", "when": "terminalFocus && !suggestWidgetVisible"}], indent=2)), ("config/hotkeys.yml", f"bindings:\n  - key: {r.choice(keys)}\n    action: next_{r.choice(NOUNS)}\n"),
             ("alacritty.toml", f'[[keyboard.bindings]]\nkey = "{r.choice("ABCDEFGH")}"\nmods = "Control|Shift|Alt"\nchars = "\\u001b[1;5{r.choice("ABCD")}"\n'), ("init.el", f'(global-set-key (kbd "{r.choice(keys)}") \'toggle-{r.choice(NOUNS)}-password)\n'), ("src/hotkeys.ts", f"export const hotkeys = {{ accessKey: '{r.choice(keys)}', key: 'ArrowRight', secretKey: 'Shift+{r.choice('ABCDEF')}' }};\n")]
    return r.choice(forms)


@negative
def styles(r):
    noun = r.choice(NOUNS)
    forms = [("web/app.css", f".password-{noun}-input {{ color: #{hexa(r, 6)}; background: #{hexa(r, 8)}; }}\n.token__{noun}--active {{ box-shadow: 0 0 2px #{hexa(r, 6)}; }}\n"), ("src/Login.jsx", f"const tokenClassName = 'flex items-center px-4 py-2 text-sm bg-gray-{r.randrange(1, 9)}00 hover:bg-{noun}-500';\n"),
             ("web/app.module.css.ts", f"export const passwordField = 'Login_passwordField__{chars(r, BASE62, 5)}';\nexport const tokenBadge = 'Badge_token__{chars(r, BASE62, 5)}';\n"), ("src/theme.json", json.dumps({"token": {"colorPrimary": "#" + hexa(r, 6), "colorBgSecret": "#" + hexa(r, 8)}}, indent=2)), ("src/styled.js", f"const PasswordInput = styled.input.withConfig({{ componentId: 'sc-{chars(r, BASE62, 6)}-0' }})``;\n")]
    return r.choice(forms)


@negative
def token_patterns(r):
    forms = [("src/mask.py", "TOKEN_RE = re.compile(r'ghp_[A-Za-z0-9]{36}|glpat-[0-9A-Za-z_-]{20}')\nPASSWORD = r'^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d@$!%*?&]{8,}$'\n"), ("src/validate.ts", "const apiKeyPattern = /^sk_(live|test)_[0-9a-zA-Z]{24,}$/;\nconst passwordRegex = '^(?=.*[a-z])(?=.*[0-9]).{10,64}$';\n"),
             ("rules/mask.yml", "token:\n  pattern: '(?i)bearer\\s+[a-z0-9\\-_.=]{20,}'\npassword: '[^\\s\"]{8,}'\n"), ("main.go", 'var secretPattern = regexp.MustCompile(`(AKIA|ASIA)[A-Z0-9]{16}`)\n'), ("src/Mask.java", 'String TOKEN = "xox[baprs]-[0-9]{10,13}-[0-9a-zA-Z]{24}";\n')]
    path, text = r.choice(forms)
    return path, f"{'#' if path.endswith(('py', 'yml')) else '//'} {r.choice(NOUNS)}\n" + text


@negative
def file_paths(r):
    key, service = r.choice(SECRET), r.choice(SERVICES)
    forms = [("config/app.yml", f"{key}_file: /run/secrets/{service}_{key}\nprivate_key: /etc/ssl/private/{service}-{hexa(r, 4)}.pem\npassword: /var/lib/{service}/.pgpass\n"), ("docker-compose.yml", f"services:\n  db:\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/db_password\n      SSL_KEY: ./certs/{service}.key\n"),
             ("app/settings.py", f'SECRET_KEY_PATH = "/opt/{service}/keys/{key}.json"\nGOOGLE_APPLICATION_CREDENTIALS = "/var/secrets/google/key.json"\n'), ("deploy/run.sh", f"ssh -i ~/.ssh/id_ed25519_{service} deploy@host\nexport KUBECONFIG=$HOME/.kube/{service}-token.yaml\n"), ("src/main/resources/application.properties", f"server.ssl.key-store=classpath:keystore/{service}.p12\nserver.ssl.key-alias={service}\njwt.public-key=classpath:keys/{service}.pub\n")]
    return r.choice(forms)


@negative
def plain_urls(r):
    service, noun = r.choice(SERVICES), r.choice(NOUNS)
    forms = [("config/app.yml", f"auth:\n  token_url: https://login.{service}.com/oauth2/v2.0/token\n  password_reset_url: https://shop.io/{noun}/reset-password?token={{token}}\n"), (".env", f"DATABASE_URL=postgres://localhost:5432/{noun}s\nREDIS_URL=redis://cache:6379/0\nTOKEN_ENDPOINT=https://{service}.com/api/v1/tokens\n"),
             ("src/links.ts", f"export const apiKeysHelp = 'https://dashboard.{service}.com/account/apikeys#create-a-secret-key';\nexport const tokenUri = 'https://oauth2.googleapis.com/token';\n"), ("README.md", f"Get an API key at https://{service}.com/settings/tokens/new?scopes=repo&description={noun}.\n"), ("src/images.json", json.dumps({"avatar": f"https://images.cdn.io/{hexa(r, 32)}/{noun}.png?w=640&v={hexa(r, 8)}"}))]
    return r.choice(forms)


# Words of people


@negative
def translations(r):
    words = [{"password": "Passwort", "password_confirmation": "Passwort wiederholen", "forgot_password": "Passwort vergessen?", "token_expired": "Der Link ist nicht mehr gültig"}, {"password": "Mot de passe", "wrong_password": "Mot de passe incorrect", "api_key": "Clé d'API", "secret": "Clé secrète"},
             {"password": "Contraseña", "token": "Código de verificación", "reset_password": "Restablecer contraseña"}, {"password": "パスワード", "token": "トークン", "secret": "シークレットキー"}, {"password": "Wachtwoord", "access_token": "Toegangssleutel", "password_hint": "Minstens8tekens"}]
    chosen, form, screen = r.choice(words), r.randrange(4), r.choice(NOUNS)
    if form == 0:
        return "web/locales/de.json", json.dumps({screen: chosen}, ensure_ascii=False, indent=2)
    if form == 1:
        return "config/locales/fr.yml", f"fr:\n  {screen}:\n" + "".join(f'    {k}: "{v}"\n' for k, v in chosen.items())
    if form == 2:
        return "src/main/resources/messages_nl.properties", "".join(f"{screen}.{k}={v}\n" for k, v in chosen.items())
    return f"locale/es/{screen}.po", "".join(f'msgid "{k}"\nmsgstr "{v}"\n\n' for k, v in chosen.items())


@negative
def form_labels(r):
    noun = r.choice(NOUNS)
    forms = [("web/login.html", f'<form id="{noun}">\n  <label for="password">Password</label>\n  <input type="password" name="password" id="{noun}-password" placeholder="Enter your password" autocomplete="current-password">\n  <input type="hidden" name="csrf_token" value="">\n</form>\n'), ("src/Login.tsx", f'<TextField label="Password" type="password" name="{noun}Password" helperText="At least 12 characters" />\n<Input secretKey="password" token="primary" />\n'),
             ("src/validate.ts", f"const messages = {{\n  password: 'Password must contain at least one number',\n  token: 'Invalid or expired token',\n  {noun}: 'Required',\n}};\n"), ("app/forms.py", f'password = forms.CharField(label="Password", help_text="Your {noun} password")\ntoken_error = "The token you entered is not valid."\n'), ("web/login.vue", f'<q-input v-model="password" :type="isPwd ? \'password\' : \'text\'" hint="{noun} password" />\n')]
    return r.choice(forms)


@negative
def prose(r):
    service, key = r.choice(SERVICES), r.choice(SECRET).replace("_", " ")
    forms = [f"The {key}: keep it out of the repository. Password: at least fourteen characters, never shared.\n", f"{service.capitalize()} tokens expire after {r.randrange(1, 90)} days; the secret is rotated by the platform team.\n", f"Usage: tool --password PASSWORD --token TOKEN --{key.replace(' ', '-')} VALUE\n", f"Note that `{key.replace(' ', '_')} = null` turns authentication with {service} off.\n"]
    return r.choice(["docs/security.md", "CONTRIBUTING.md", "notes.txt"]), "# Notes\n\n" + r.choice(forms)


@negative
def license_texts(r):
    return r.choice(["LICENSE", "NOTICE", "COPYING"]), f"Copyright (c) {r.randrange(2009, 2026)} {r.choice(WORDS)} {r.choice(WORDS)}\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files\n(the \"Software\"), to deal in the Software without restriction. Key: SPDX-License-Identifier: {r.choice(['MIT', 'Apache-2.0', 'BSD-3-Clause'])}\n"


@negative
def log_messages(r):
    noun, key = r.choice(NOUNS), r.choice(SECRET)
    forms = [("src/auth.py", f'log.info("password changed for {noun} %s", {noun}_id)\nlog.warning("{key}=%s", mask({key}))\n'), ("src/auth.js", f"console.log('token: ' + maskToken(token));\nthrow new Error('Missing {key}: set it in the environment');\n"), ("logs/auth.log", f"2026-03-14 08:12:44 WARN {noun}-service password=******** token=[FILTERED] {key}=<redacted>\n"), ("main.go", f'return fmt.Errorf("{key}: %w", ErrInvalidPasswordOrToken)\n')]
    return r.choice(forms)


# Bytes written as text


def noise(r, size, head):
    return base64.b64encode(head + r.randbytes(size)).decode()


@negative
def inline_images(r):
    png, gif = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0", b"GIF89a\x10\0\x10\0"
    mime, data = r.choice([("image/png", noise(r, 220, png)), ("image/gif", noise(r, 90, gif)), ("image/jpeg", noise(r, 300, b"\xff\xd8\xff\xe0\0\x10JFIF"))])
    uri = f"data:{mime};base64,{data}"
    forms = [("web/app.css", f".key-icon {{ background: url({uri}); }}\n"), ("web/index.html", f'<img alt="token" src="{uri}">\n'), ("src/icons.ts", f"export const keyIcon = '{uri}';\n"), ("analysis/plot.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [], "metadata": {}, "execution_count": 1, "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"image/png": noise(r, 300, png)}}]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))]
    return r.choice(forms)


@negative
def inline_fonts(r):
    return "web/fonts.css", f"@font-face {{ font-family: 'Keys'; src: url(data:font/woff2;base64,{noise(r, 400, b'wOF2')}) format('woff2'); }}\n"


@negative
def source_maps(r):
    mappings = ";".join("".join(chars(r, CHARSETS["b64"].replace("/", ""), 4) + "," for _ in range(8)).rstrip(",") for _ in range(12))
    if r.random() < 0.5:
        return "web/dist/app.js.map", json.dumps({"version": 3, "file": "app.js", "sources": ["../src/token.ts"], "names": ["password", "apiKey", "getToken"], "mappings": mappings})
    inline = base64.b64encode(json.dumps({"version": 3, "sources": ["token.ts"], "mappings": mappings}).encode()).decode()
    return "web/dist/token.js", f"export const a=1;\n//# sourceMappingURL=data:application/json;base64,{inline}\n"


@negative
def minified_code(r):
    v = [chars(r, CHARSETS["lower"], 1) + chars(r, BASE62, 1) for _ in range(5)]
    return r.choice(["web/dist/vendor.min.js", "static/js/main." + hexa(r, 8) + ".js"]), f'!function(e,t){{"use strict";var {v[0]}=t.password,{v[1]}={{token:{v[0]},key:"{r.choice(NOUNS)}",secret:!0}};e.{v[2]}=function({v[3]}){{return {v[3]}.accessToken||{v[1]}.token}},e.chunk={{{r.randrange(10, 999)}:"{hexa(r, 20)}",{r.randrange(10, 999)}:"{hexa(r, 20)}"}},e.apiKey={v[4]}}}(this,{{}});\n'


@negative
def sops_ciphertext(r):
    def enc(size):
        return f"ENC[AES256_GCM,data:{b64(r, size)},iv:{b64(r, 32)},tag:{b64(r, 16)},type:str]"

    if r.random() < 0.5:
        return "secrets/prod.enc.yaml", f"db_password: {enc(18)}\n{name(r)}: {enc(30)}\nsops:\n    mac: {enc(64)}\n    version: 3.9.0\n"
    return "secrets/prod.enc.json", json.dumps({"api_key": enc(24), "password": enc(12), "sops": {"mac": enc(64), "version": "3.9.0"}}, indent=2)


@negative
def sealed_ciphertext(r):
    form = r.randrange(4)
    if form == 0:
        return "k8s/sealed.yaml", f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: api\nspec:\n  encryptedData:\n    password: AgB{b64(r, 300)}\n    {name(r)}: AgA{b64(r, 300)}\n"
    if form == 1:
        body = "\n          ".join(chars(r, "0123456789", 80) for _ in range(4))
        return "ansible/group_vars/all.yml", f"db_password: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n          {body}\n"
    if form == 2:
        return ".travis.yml", f'language: node_js\nenv:\n  global:\n    - secure: "{b64(r, 256)}"\ndeploy:\n  api_key:\n    secure: {b64(r, 256)}\n'
    return "Pulumi.prod.yaml", f"encryptionsalt: v1:{b64(r, 8)}:v1:{b64(r, 12)}:{b64(r, 30)}\nconfig:\n  shop:dbPassword:\n    secure: v1:{b64(r, 12)}:{b64(r, 34)}\n"


@negative
def password_hashes(r):
    alphabet = "./" + BASE62
    forms = ["$2b$12$" + chars(r, alphabet, 53), f"$argon2id$v=19$m=65536,t=3,p=4${b64(r, 16).rstrip('=')}${b64(r, 32).rstrip('=')}", f"pbkdf2_sha256$870000${chars(r, BASE62, 22)}${b64(r, 32)}", "$6$" + chars(r, BASE62, 16) + "$" + chars(r, alphabet, 86), "{SSHA}" + b64(r, 24), f"$apr1${chars(r, BASE62, 8)}${chars(r, alphabet, 22)}", f"scrypt:32768:8:1${chars(r, BASE62, 16)}${hexa(r, 128)}"]
    value = r.choice(forms)
    return r.choice([("db/seed.sql", f"INSERT INTO users (email, password) VALUES ('ada@shop.io', '{value}');\n"), ("config/users.yml", f"users:\n  - name: ada\n    password_hash: '{value}'\n"), (".htpasswd", f"ada:{value}\n"), ("data/users.json", json.dumps([{"email": "ada@shop.io", "password": value}], indent=2))])


@negative
def public_keys(r):
    ed = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + r.randbytes(32)).decode()
    rsa = base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\1\1\0" + r.randbytes(256)).decode()
    forms = [("deploy/authorized_keys", f"ssh-ed25519 {ed} ops@shop\n"), ("infra/keys.tf", f'resource "aws_key_pair" "ops" {{\n  public_key = "ssh-rsa {rsa} ops@shop"\n}}\n'), ("etc/known_hosts", f"git.shop.io ssh-ed25519 {ed}\n|1|{b64(r, 20)}|{b64(r, 20)} ssh-ed25519 {ed}\n"),
             ("config/jwks.json", json.dumps({"keys": [{"kty": "RSA", "kid": chars(r, CHARSETS["b64url"], 22), "use": "sig", "alg": "RS256", "e": "AQAB", "n": chars(r, CHARSETS["b64url"], 342)}]}, indent=2)), ("wg0.conf", f"[Peer]\nPublicKey = {b64(r, 32)}\nAllowedIPs = 10.0.0.0/24\n"), ("config/app.yml", f"age_recipient: age1{chars(r, 'qpzry9x8gf2tvdw0s3jn54khce6mua7l', 58)}\nminisign_public_key: RW{b64(r, 40)}\n")]
    return r.choice(forms)


@negative
def certificates(r):
    def pem(label, size):
        text = base64.b64encode(b"0\x82\x03" + r.randbytes(size)).decode()
        return "\n".join([f"-----BEGIN {label}-----", *(text[i : i + 64] for i in range(0, len(text), 64)), f"-----END {label}-----"])

    label, size = r.choice([("CERTIFICATE", 600), ("PUBLIC KEY", 291), ("CERTIFICATE REQUEST", 400), ("PGP PUBLIC KEY BLOCK", 500), ("PGP SIGNATURE", 400), ("DH PARAMETERS", 265)])
    block = pem(label, size)
    return r.choice([("certs/ca.pem", block + "\n"), ("k8s/ca.yaml", "data:\n  ca: |\n    " + block.replace("\n", "\n    ") + "\n"), ("src/ca.py", f'TOKEN_SIGNING_CERTIFICATE = """{block}\n"""\n'), ("k8s/kubeconfig.yaml", f"clusters:\n  - cluster:\n      certificate-authority-data: {base64.b64encode(block.encode()).decode()}\n      server: https://k8s.shop.io\n")])


@negative
def hash_vectors(r):
    text = r.choice(NOUNS) + str(r.randrange(100))
    digest = r.choice([hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512])(text.encode()).hexdigest()
    forms = [("src/hash.rs", f'const VECTORS: &[(&str, &str)] = &[("{text}", "{digest}")];\n'), ("pkg/hash.go", f'var golden = []struct{{in, out string}}{{{{"{text}", "{digest}"}}}}\n'), ("src/hash.py", f'EXPECTED_DIGEST = "{digest}"\nmd5 = "{hashlib.md5(text.encode()).hexdigest()}"\n'), ("src/hash.c", "static const unsigned char key_table[16] = { " + ", ".join(f"0x{b:02x}" for b in r.randbytes(16)) + " };\n"), ("config/assets.json", json.dumps({f"js/{text}.js": f"js/{text}.{digest[:20]}.js", "hash": digest}, indent=2))]
    return r.choice(forms)


# Schemas


@negative
def api_schemas(r):
    noun, key = r.choice(NOUNS), r.choice(SECRET)
    forms = [("openapi.yaml", f"components:\n  securitySchemes:\n    apiKey:\n      type: apiKey\n      name: X-{noun.capitalize()}-Api-Key\n      in: header\n  schemas:\n    Login:\n      properties:\n        password: {{type: string, format: password, minLength: 12}}\n        {key}: {{type: string}}\n"), ("schema.json", json.dumps({"properties": {"password": {"type": "string", "description": f"Password of the {noun}"}, key: {"$ref": "#/definitions/NonEmptyString"}}, "required": ["password", key]}, indent=2)),
             ("schema.graphql", f"type Mutation {{\n  login(password: String!, {camel(key)}: String): AuthPayload!\n  reset{camel(noun, True)}Password(token: ID!): Boolean\n}}\n"), ("auth.proto", f'syntax = "proto3";\nmessage Login {{\n  string password = 1;\n  string {key} = 2;\n  bytes {noun}_token = 3 [deprecated = true];\n}}\n'), ("charts/values.schema.json", json.dumps({"properties": {"auth": {"properties": {"existingSecret": {"type": "string", "default": ""}, "secretKey": {"type": "string", "default": f"{noun}-password"}}}}}, indent=2))]
    return r.choice(forms)


@negative
def sql_columns(r):
    noun, key = r.choice(NOUNS), r.choice(SECRET)
    forms = [f"CREATE TABLE {noun}s (\n  id uuid PRIMARY KEY,\n  password varchar(255) NOT NULL,\n  {key} text DEFAULT NULL,\n  token_hash bytea\n);\n", f"SELECT u.password, t.{key} AS current_{key} FROM {noun}s u JOIN tokens t ON t.{noun}_id = u.id;\n", f"ALTER TABLE {noun}s RENAME COLUMN {key} TO encrypted_{key};\nCREATE INDEX idx_{noun}_{key} ON {noun}s ({key});\n", f"UPDATE {noun}s SET password = crypt(:password, gen_salt('bf')), {key} = NULL WHERE id = :id;\n"]
    return "db/migrate.sql", r.choice(forms)


@negative
def csrf_and_nonce_names(r):
    forms = [("web/layout.html", '<meta name="csrf-param" content="authenticity_token">\n<meta name="csrf-token" content="{{ csrf_token }}">\n'), ("nginx/site.conf", f"add_header Content-Security-Policy \"script-src 'sha256-{b64(r, 32)}' 'nonce-$request_id'\";\nproxy_set_header X-CSRF-Token $http_x_csrf_token;\n"), ("src/http.ts", "axios.defaults.xsrfCookieName = 'XSRF-TOKEN';\naxios.defaults.xsrfHeaderName = 'X-XSRF-TOKEN';\n"), ("web/verify.html", f'<meta name="google-site-verification" content="{chars(r, CHARSETS["b64url"], 43)}">\n<meta name="facebook-domain-verification" content="{chars(r, CHARSETS["lowernum"], 30)}">\n'), ("dns/zone.txt", f'shop.io. IN TXT "v=DKIM1; k=rsa; p={b64(r, 162)}"\nshop.io. IN TXT "MS=ms{r.randrange(10**7, 10**8)}"\n')]
    path, text = r.choice(forms)
    return path, text + f"<!-- {r.choice(NOUNS)} -->\n" if path.endswith("html") else text


@negative
def config_switches(r):
    noun = r.choice(NOUNS)
    forms = [("config/auth.yml", f"password:\n  min_length: 12\n  require_digits: true\ntoken:\n  ttl: 3600s\n  algorithm: HS256\n  issuer: https://{noun}.shop.io\nsecret_name: {noun}-credentials\n"), (".env", f"TOKEN_TTL=86400\nPASSWORD_MIN_LENGTH=12\nSECRET_BACKEND=vault\nAPI_KEY_HEADER=X-API-Key\nAUTH_TOKEN_PREFIX={noun}_\n"), ("etc/pam.ini", f"password_encryption = scram-sha-256\nauth_plugin = caching_sha2_password\nsecret_store = keyring-{noun}\n"), ("infra/main.tf", f'resource "aws_iam_account_password_policy" "{noun}" {{\n  minimum_password_length = 14\n  max_password_age        = 90\n}}\n'), ("config/app.properties", f"spring.security.oauth2.client.registration.{noun}.client-authentication-method=client_secret_basic\nkeystore.type=PKCS12\nsecret.engine=kv-v2\n")]
    return r.choice(forms)


@negative
def long_plain_data(r):
    forms = [("data/addresses.csv", "name,wallet\n" + "".join(f"{w},0x{hexa(r, 40)}\n" for w in r.sample(WORDS, 3))), ("config/chain.ts", f"export const tokenAddress = '0x{hexa(r, 40)}';\nexport const genesisHash = '0x{hexa(r, 64)}';\n"), ("data/places.json", json.dumps({"place_id": "ChIJ" + chars(r, CHARSETS["b64url"], 23), "geohash": chars(r, CHARSETS["lowernum"], 9)}, indent=2)), ("src/molecules.py", 'SMILES = "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"\nPRIMER_KEY = "' + chars(r, "ACGT", 36) + '"\n'), ("config/store.json", json.dumps({"product_key_feature": "quiet", "sku": chars(r, CHARSETS["uppernum"], 12), "gtin": str(r.randrange(10**12, 10**13)), "iban_check": "DE" + str(r.randrange(10**19, 10**20))}, indent=2)), ("video/playlist.m3u8", f"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"https://cdn.shop.io/keys/{guid(r)}\"\nsegment-{hexa(r, 32)}.ts\n")]
    return r.choice(forms)


@negative
def same_word_values(r):
    key, noun = r.choice(SECRET), r.choice(NOUNS)
    forms = [("infra/main.tf", f'resource "x" "{noun}" {{\n  username = "username"\n  password = "password"\n  {key} = "{key}"\n}}\n'), ("src/fields.py", f'FIELDS = {{"password": "password", "{key}": "{noun}_{key}"}}\n'), ("src/routes.js", f"const routes = {{ password: '/{noun}/password', token: 'token', {camel(key)}: '{camel(key)}' }};\n"), ("src/Columns.java", f'String PASSWORD = "PASSWORD";\nString {key.upper()} = "{noun}.{key}";\n')]
    return r.choice(forms)


@negative
def url_variables(r):
    noun, service = r.choice(NOUNS), r.choice(SERVICES)
    forms = [("scripts/clone.sh", f"git clone https://oauth2:$GITLAB_TOKEN@gitlab.com/shop/{noun}.git\npsql postgres://app:${{DB_PASSWORD}}@db/{noun}\n"), ("config/app.yml", f"database:\n  url: postgres://{{{{ user }}}}:{{{{ password }}}}@db:5432/{noun}\n"), ("src/db.ts", f"const url = `mongodb://${{user}}:${{pass}}@${{host}}/{noun}`;\n"), ("src/db.py", f'URL = "mysql://%s:%s@db/{noun}" % (user, password)\n'), (".npmrc", f"//npm.{service}.com/:_authToken=${{NPM_TOKEN}}\n"), ("nginx/proxy.conf", f'proxy_set_header Authorization "Bearer $http_x_{noun}_token";\n')]
    return r.choice(forms)


@negative
def git_binary_patches(r):
    alphabet = BASE62 + "!#$%&()*+-;<=>?@^_`{|}~"
    lines = "".join("z" + chars(r, alphabet, 65) + "\n" for _ in range(4))
    return "patches/0001-logo.patch", f"diff --git a/logo.png b/logo.png\nindex {hexa(r, 40)}..{hexa(r, 40)} 100644\nGIT binary patch\ndelta 220\n{lines}\n"


@negative
def build_manifests(r):
    noun = r.choice(NOUNS)
    forms = [("web/dist/manifest.json", json.dumps({f"src/{noun}-token.ts": {"file": f"assets/{noun}-{chars(r, BASE62, 8)}.js", "css": [f"assets/{noun}-{chars(r, BASE62, 8)}.css"]}}, indent=2)), ("src/persisted.json", json.dumps({hexa(r, 64): f"query {noun} {{ token {{ id }} }}"}, indent=2)), ("sw.js", f"precacheAndRoute([{{ url: '/{noun}/key.html', revision: '{hexa(r, 32)}' }}]);\n"), (".yarn/install-state.json", json.dumps({"cacheKey": "10c0", "checksum": hexa(r, 128)}, indent=2)), ("docs/sbom.json", json.dumps({"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:" + guid(r), "components": [{"name": "jsonwebtoken", "hashes": [{"alg": "SHA-512", "content": hexa(r, 128)}]}]}, indent=2))]
    return r.choice(forms)


@negative
def resource_names(r):
    noun, service = r.choice(NOUNS), r.choice(SERVICES)
    forms = [("k8s/ingress.yaml", f"spec:\n  tls:\n    - hosts: [{noun}.shop.io]\n      secretName: {noun}-shop-io-tls-{hexa(r, 5)}\n"), ("charts/values.yaml", f"auth:\n  existingSecret: {service}-credentials\n  secretKeys:\n    adminPasswordKey: postgres-password\n    tokenKey: {noun}-token\n"), ("k8s/account.yaml", f"kind: ServiceAccount\nsecrets:\n  - name: {noun}-token-{chars(r, CHARSETS['lowernum'], 5)}\nimagePullSecrets:\n  - name: {service}-registry-credentials\n"), ("docker-compose.yml", f"services:\n  db:\n    secrets: [{service}_password]\nsecrets:\n  {service}_password:\n    external: true\n    name: {noun}_{service}_password_v3\n"), ("infra/main.tf", f'resource "aws_secretsmanager_secret" "{noun}" {{\n  name = "prod/{noun}/{service}-api-key"\n}}\n\nresource "aws_api_gateway_api_key" "{noun}" {{\n  name = "{service}-partner-key"\n}}\n')]
    return r.choice(forms)
